"""Hours in which readings are missing: when to ask for them again, when to give up.

Only what lies between two readings of a channel is a gap. What is missing since the last
one is a logger that is silent, and that is told elsewhere.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from .history import HOUR
from .model import ChannelKey

LONGEST_LATE: Final = timedelta(days=30)
"""What is older is not looked for any more."""
_DAY = timedelta(days=1)
_EAGER: Final = (timedelta(), HOUR, 6 * HOUR, _DAY, 3 * _DAY, 7 * _DAY, 14 * _DAY)
"""When to ask after a gap was seen, where nothing else would bring late readings."""
_PATIENT: Final = (_DAY, 3 * _DAY, 7 * _DAY)
"""The same, where they come by themselves."""
_HOPELESS = 2 * _DAY
"""How long after it was seen a gap that was asked for counts as lasting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Missing readings of a sensor on one day (UTC)."""

    sensor: str
    day: datetime
    seen: datetime
    hours: tuple[datetime, ...] = ()
    """The hours that lack readings, by their starts and in order."""
    asked: int = 0
    """How often it was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is known of all gaps, and what to do about them now."""

    gaps: tuple[Gap, ...] = ()
    due: tuple[Gap, ...] = ()
    """Those to ask for now; they count as asked."""


def plan(
    gaps: Iterable[Gap],
    hours: Mapping[ChannelKey, Collection[datetime]],
    now: datetime,
    *,
    eager: bool,
) -> Plan:
    """Compare the known gaps with the hours that lack readings now."""
    known = {(gap.sensor, gap.day): gap for gap in gaps}
    missing: dict[tuple[str, datetime], set[datetime]] = {}
    for (sensor, _), starts in hours.items():
        for start in starts:
            if now - start <= LONGEST_LATE:
                missing.setdefault((sensor, start.replace(hour=0)), set()).add(start)
    found, due = [], []
    waits = _EAGER if eager else _PATIENT
    for (sensor, day), starts in sorted(missing.items()):
        gap = known.get((sensor, day)) or Gap(sensor=sensor, day=day, seen=now)
        gap = replace(gap, hours=tuple(sorted(starts)))
        if gap.asked < len(waits) and now - gap.seen >= waits[gap.asked]:
            gap = replace(gap, asked=gap.asked + 1)
            due.append(gap)
        found.append(gap)
    return Plan(gaps=tuple(found), due=tuple(due))


def lasting(gaps: Iterable[Gap], now: datetime) -> tuple[Gap, ...]:
    """Return the gaps that asking did not close."""
    return tuple(gap for gap in gaps if gap.asked and now - gap.seen >= _HOPELESS)
