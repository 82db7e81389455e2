"""Stretches of time whose readings are to be read from a cloud once more."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched, zip_longest

from .hours import HOUR, hour_of

_DAY = 24 * HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRange:
    """Some sensors during a time: full hours, ``start <= t < end``, UTC."""

    sensors: tuple[str, ...]
    start: datetime
    end: datetime
    task: str | None = None
    """The import that it belongs to; None where readings are repaired."""


def windows(
    start: datetime, end: datetime, longest: timedelta
) -> Iterator[tuple[datetime, datetime]]:
    """Yield parts of a time that are not too long for one job, the newest first."""
    while start < end:
        begin = max(start, end - longest)
        yield begin, end
        end = begin


def ranges_of(
    hours: Mapping[str, Iterable[datetime]], longest: timedelta, most_sensors: int
) -> tuple[ReadRange, ...]:
    """Return read ranges that cover single hours of sensors, one for each job.

    Days that follow each other share a read range, and so do sensors that lack the same days.
    """
    stretches: dict[tuple[datetime, datetime], list[str]] = {}
    for sensor, lacking in hours.items():
        for stretch in _stretches(lacking):
            stretches.setdefault(stretch, []).append(sensor)
    return tuple(
        ReadRange(sensors=part, start=begin, end=until)
        for (start, end), sensors in sorted(stretches.items())
        for begin, until in windows(start, end, longest)
        for part in batched(sorted(sensors), most_sensors, strict=False)
    )


def queued(
    ranges: Iterable[ReadRange],
    hours: Mapping[str, Iterable[datetime]],
    now: datetime,
    longest: timedelta,
    most_sensors: int,
) -> tuple[ReadRange, ...]:
    """Return the read ranges that wait and those of more hours, each once and none yet to come."""
    wanted = dict.fromkeys((*ranges, *ranges_of(hours, longest, most_sensors)))
    return tuple(read_range for read_range in wanted if read_range.start <= now)


def _stretches(hours: Iterable[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """Join hours by whole days (UTC), so that sensors that lack the same days agree."""
    days = sorted({hour_of(hour).replace(hour=0) for hour in hours})
    start = None
    for day, following in zip_longest(days, days[1:]):
        start, end = start or day, day + _DAY
        if following != end:
            yield start, end
            start = None
