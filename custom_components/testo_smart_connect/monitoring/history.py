"""What the readings of an hour say together.

An hour is a UTC hour, ``start <= time < start + 1 h``, and a reading belongs to the hour
in which it was measured. Readings in different units are never mixed: an hour in which a
channel changed its unit has one value for each of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import fsum

from .model import ChannelKey, Reading

HOUR = timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class HourValue:
    """The readings of one channel in one hour, in the unit in which they came."""

    start: datetime
    count: int
    mean: float
    """Arithmetic: every reading counts once, however long the wait for the next one."""
    lowest: float
    highest: float
    unit: str | None = None


def hour_of(at: datetime) -> datetime:
    """Return the start of the hour of a UTC time."""
    return at.replace(minute=0, second=0, microsecond=0)


def number_of(at: datetime) -> int:
    """Return the number of the hour of a UTC time, counted from 1970."""
    return (at - EPOCH) // HOUR


def start_of(number: int) -> datetime:
    """Return the start of an hour by its number."""
    return EPOCH + number * HOUR


def is_newer(reading: Reading, known: Reading) -> bool:
    """Tell whether a row replaces another one of the same uuid.

    The one that the cloud processed later is right, and without such a time, or with the
    same one, the row that came later.
    """
    if known.received is None:
        return True
    return reading.received is not None and reading.received >= known.received


def hours_of(
    readings: Iterable[Reading],
) -> dict[ChannelKey, dict[datetime, tuple[HourValue, ...]]]:
    """Return the values of all hours, by channel and start; each uuid counts once.

    All readings are held in memory meanwhile.
    """
    newest: dict[str, Reading] = {}
    for reading in readings:
        known = newest.get(reading.uuid)
        if known is None or is_newer(reading, known):
            newest[reading.uuid] = reading
    groups: dict[ChannelKey, dict[datetime, dict[str | None, list[float]]]] = {}
    for reading in newest.values():
        by_unit = groups.setdefault(reading.key, {}).setdefault(hour_of(reading.at), {})
        by_unit.setdefault(reading.unit, []).append(reading.value)
    return {
        key: {
            start: tuple(_value(start, unit, values) for unit, values in by_unit.items())
            for start, by_unit in sorted(hours.items())
        }
        for key, hours in groups.items()
    }


def _value(start: datetime, unit: str | None, values: list[float]) -> HourValue:
    lowest, highest = min(values), max(values)
    return HourValue(
        start=start,
        count=len(values),
        # The mean of equal numbers may differ from them in the last digit.
        mean=min(max(fsum(values) / len(values), lowest), highest),
        lowest=lowest,
        highest=highest,
        unit=unit,
    )
