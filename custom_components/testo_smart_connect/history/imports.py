"""History that a user asked for: how far it is, and what it brought."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from ..monitoring.model import ChannelKey
from .hours import HOUR, HourValue
from .ranges import ReadRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """An import of full hours, ``start <= t < end`` in UTC; what it brought so far.

    Its jobs are not listed but derived from how many are done: of years of thousands of
    sensors there are thousands.
    """

    id: str
    start: datetime
    end: datetime
    jobs: int
    """How many jobs it takes."""
    sensors: tuple[str, ...] = ()
    """In order of their uuids."""
    done: int = 0
    rows: int = 0
    """Readings, each counted once."""
    hours: int = 0
    """Hours of channels with readings."""
    gaps: int = 0
    """Stretches of full hours without readings between others."""
    left_out: int = 0
    """Sensors that were meant, but are not recorded."""

    def advanced(self, brought: Import) -> Import:
        """Return it after one more job."""
        return replace(
            self,
            done=self.done + 1,
            rows=self.rows + brought.rows,
            hours=self.hours + brought.hours,
            gaps=self.gaps + brought.gaps,
        )

    def next_range(self, longest: timedelta, most_sensors: int) -> ReadRange:
        """Return the read range of the next job: the newest time of all sensors first."""
        parts = -(-len(self.sensors) // most_sensors)
        window, part = divmod(self.done, parts)
        end = self.end - window * longest
        return ReadRange(
            sensors=self.sensors[part * most_sensors : (part + 1) * most_sensors],
            start=max(self.start, end - longest),
            end=end,
            task=self.id,
        )

    def includes(self, sensors: Collection[str], start: datetime, end: datetime) -> bool:
        """Tell whether it brings all of another import."""
        return self.start <= start and end <= self.end and {*self.sensors} >= {*sensors}

    @property
    def percent(self) -> int:
        """Return how far it is."""
        return 100 * self.done // self.jobs


def jobs_of(
    sensors: Collection[str],
    period: tuple[datetime, datetime],
    longest: timedelta,
    most_sensors: int,
) -> int:
    """Return how many jobs it takes to read some sensors during a period."""
    start, end = period
    return -(-(end - start) // longest) * -(-len(sensors) // most_sensors)


def brought(read_range: ReadRange, values: Iterable[tuple[ChannelKey, HourValue]]) -> Import:
    """Return what one job brought."""
    rows, starts = 0, dict[ChannelKey, set[datetime]]()
    for key, value in values:
        rows += value.count
        starts.setdefault(key, set()).add(value.start)
    hours = [sorted(each) for each in starts.values()]
    return Import(
        id=read_range.task or "",
        start=read_range.start,
        end=read_range.end,
        jobs=1,
        rows=rows,
        hours=sum(map(len, hours)),
        gaps=sum(later - hour > HOUR for each in hours for hour, later in pairwise(each)),
    )
