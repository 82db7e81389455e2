"""History that a user asked for: how far it is, and what it brought."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import batched, pairwise

from .history import HOUR, HourValue
from .model import ChannelKey
from .spans import Span, windows


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """An import of full hours, ``start <= t < end`` in UTC; what it brought so far."""

    id: str
    start: datetime
    end: datetime
    jobs: int
    """How many jobs it takes."""
    done: int = 0
    rows: int = 0
    """Readings, each counted once."""
    hours: int = 0
    """Hours of channels with readings."""
    gaps: int = 0
    """Stretches of full hours without readings between others."""

    def advanced(self, brought: Import) -> Import:
        """Return it after one more job."""
        return replace(
            self,
            done=self.done + 1,
            rows=self.rows + brought.rows,
            hours=self.hours + brought.hours,
            gaps=self.gaps + brought.gaps,
        )

    @property
    def percent(self) -> int:
        """Return how far it is."""
        return 100 * self.done // self.jobs


def spans_for(
    sensors: Iterable[str],
    period: tuple[datetime, datetime],
    task: str,
    longest: timedelta,
    most_sensors: int,
) -> tuple[Span, ...]:
    """Return the spans of an import, one for each job, the newest first."""
    return tuple(
        Span(sensors=part, start=start, end=end, task=task)
        for start, end in windows(*period, longest)
        for part in batched(sorted(sensors), most_sensors, strict=False)
    )


def brought(span: Span, values: Iterable[tuple[ChannelKey, HourValue]]) -> Import:
    """Return what one job brought."""
    rows, starts = 0, dict[ChannelKey, set[datetime]]()
    for key, value in values:
        rows += value.count
        starts.setdefault(key, set()).add(value.start)
    hours = [sorted(each) for each in starts.values()]
    return Import(
        id=span.task or "",
        start=span.start,
        end=span.end,
        jobs=1,
        rows=rows,
        hours=sum(map(len, hours)),
        gaps=sum(later - hour > HOUR for each in hours for hour, later in pairwise(each)),
    )
