"""Hours in which readings are missing: when to ask for them again, when to give up.

Only what lies between two readings of a channel is a gap. What is missing since the last
one is a logger that is silent, and that is told elsewhere.

The hours of a day are kept as the bits of a number: many loggers that are off for weeks
lack hundreds of thousands of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from .hours import HOUR

type Lacking = Mapping[str, Mapping[datetime, int]]
"""The hours that lack readings, by sensor and day (UTC): bit n stands for hour n."""

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
    lacking: int = 0
    """The hours that lack readings: bit n stands for hour n."""
    asked: int = 0
    """How often it was asked for."""

    @property
    def hours(self) -> Iterator[datetime]:
        """Yield the hours that lack readings, by their starts and in order."""
        return (self.day + hour * HOUR for hour in range(24) if self.lacking >> hour & 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is known of all gaps, and what to do about them now."""

    gaps: tuple[Gap, ...] = ()
    due: tuple[Gap, ...] = ()
    """Those to ask for now; they count as asked."""


def plan(gaps: Iterable[Gap], lacking: Lacking, now: datetime, *, eager: bool) -> Plan:
    """Compare the known gaps with the hours that lack readings now."""
    known = {(gap.sensor, gap.day): gap for gap in gaps}
    found, due = [], []
    waits = _EAGER if eager else _PATIENT
    for sensor, days in sorted(lacking.items()):
        for day, hours in sorted(days.items()):
            if now - day > LONGEST_LATE:
                continue
            gap = known.get((sensor, day)) or Gap(sensor=sensor, day=day, seen=now)
            gap = replace(gap, lacking=hours)
            if gap.asked < len(waits) and now - gap.seen >= waits[gap.asked]:
                gap = replace(gap, asked=gap.asked + 1)
                due.append(gap)
            found.append(gap)
    return Plan(gaps=tuple(found), due=tuple(due))


def lasting(gaps: Iterable[Gap], now: datetime) -> tuple[Gap, ...]:
    """Return the gaps that asking did not close."""
    return tuple(gap for gap in gaps if gap.asked and gap.lacking and now - gap.seen >= _HOPELESS)
