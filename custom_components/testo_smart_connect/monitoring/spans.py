"""Stretches of time whose readings are to be read from a cloud once more."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched

from .history import HOUR, hour_of
from .model import ChannelKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
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


def spans_of(
    hours: Mapping[ChannelKey, Iterable[datetime]], longest: timedelta, most_sensors: int
) -> tuple[Span, ...]:
    """Return spans that cover single hours of channels, one for each job.

    Days that follow each other share a span, and so do sensors that lack the same days.
    """
    by_sensor: dict[str, set[datetime]] = {}
    for (sensor, _), lacking in hours.items():
        by_sensor.setdefault(sensor, set()).update(lacking)
    stretches: dict[tuple[datetime, datetime], set[str]] = {}
    for sensor, lacking in by_sensor.items():
        for stretch in _stretches(lacking):
            stretches.setdefault(stretch, set()).add(sensor)
    return tuple(
        Span(sensors=tuple(part), start=begin, end=until)
        for (start, end), sensors in sorted(stretches.items())
        for begin, until in windows(start, end, longest)
        for part in batched(sorted(sensors), most_sensors, strict=False)
    )


def _stretches(hours: Iterable[datetime]) -> Iterator[tuple[datetime, datetime]]:
    """Join hours by whole days (UTC), so that sensors that lack the same days agree."""
    days = sorted({hour_of(hour).replace(hour=0) for hour in hours})
    while days:
        start = end = days.pop(0)
        while days and days[0] == end + _DAY:
            end = days.pop(0)
        yield start, end + _DAY


_DAY = 24 * HOUR
