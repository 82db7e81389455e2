"""Where the axes of a figure have their marks, and what stands there."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
import math

from .words import Words

_MOST_VALUES = 6
_DAY = timedelta(days=1)
_HOURS = {1: 3, 2: 6, 4: 12}
"""Up to so many days there is a mark each so many hours."""
_STEPS = (1, 2, 3, 7, 14)
"""Days between two labels; where that is not enough, months are labelled."""

type TimeTick = tuple[datetime, str]
"""When (UTC), and what stands there; nothing at a mark without a label."""


def value_ticks(low: float, high: float) -> tuple[list[float], int]:
    """Return round values from low to high, and how many decimals they have."""
    rough = (high - low) / _MOST_VALUES
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    count = range(math.ceil(low / step), math.floor(high / step) + 1)
    return [number * step for number in count], max(0, -math.floor(math.log10(step) + 1e-9))


def time_ticks(start: datetime, end: datetime, most: int, say: Words) -> list[TimeTick]:
    """Return marks at local midnights, or finer or coarser, with at most about so many labels."""
    days = (end - start) / _DAY
    for span, hours in _HOURS.items():
        if days <= span + 0.1:
            return [*_hours(start, end, hours, say)]
    step = next((step for step in _STEPS if days / step <= most), None)
    if step is None:
        return [*_months(start, end, say)]
    found = _midnights(start, end, say)
    return [
        (at, say.short_day(day) if number % step == 0 else "")
        for number, (at, day) in enumerate(found)
    ]


def _midnights(start: datetime, end: datetime, say: Words) -> Iterator[tuple[datetime, date]]:
    day = start.astimezone(say.zone).date()
    while (at := datetime.combine(day, time(), say.zone).astimezone(UTC)) <= end:
        if at >= start:
            yield at, day
        day += _DAY


def _hours(start: datetime, end: datetime, step: int, say: Words) -> Iterator[TimeTick]:
    day = start.astimezone(say.zone).date()
    while day <= end.astimezone(say.zone).date():
        for hour in range(0, 24, step):
            at = datetime.combine(day, time(hour), say.zone).astimezone(UTC)
            if start <= at <= end:
                yield at, f"{hour:02}:00" if hour else say.short_day(day)
        day += _DAY


def _months(start: datetime, end: datetime, say: Words) -> Iterator[TimeTick]:
    for at, day in _midnights(start, end, say):
        if day.day == 1:
            yield at, say.month(day)
