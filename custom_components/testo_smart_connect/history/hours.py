"""What the readings of an hour say together.

An hour is a UTC hour, ``start <= time < start + 1 h``, and a reading belongs to the hour
in which it was measured. Readings in different units are never mixed: an hour in which a
channel changed its unit has one value for each of them.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import compress, count, islice, pairwise
from math import fsum
from operator import itemgetter, ne
from struct import Struct
from typing import NamedTuple

from ..monitoring.model import ChannelKey
from .batch import Batch

HOUR = timedelta(hours=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = 3600
_READING = Struct("qdddiI")
"""Hash of the uuid, measured, value, received, channel, number of the unit."""
_HASH = itemgetter(0)
_NEVER = float("-inf")

type _Row = tuple[int, float, float, float, int, int]


class HourValue(NamedTuple):
    """The readings of one channel in one hour, in the unit in which they came.

    A tuple, because there are so many of them: it is made in a fifth of the time.
    """

    start: datetime
    count: int  # type: ignore[assignment]  # that of a tuple is never asked for
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


class Hours:
    """Sums up readings by hour in memory, which takes some 40 bytes for each of them.

    Of rows with the same uuid, which a sensor has for itself, the one counts that the
    cloud processed later; without such a time, or with the same one, that which came later.
    """

    def __init__(self) -> None:
        """Start without readings."""
        self._packed: defaultdict[str, list[bytes]] = defaultdict(list)
        self._units = _Numbers()

    def add(self, batch: Batch) -> None:
        """Take some readings in."""
        received = batch.received
        if None in received:
            received = [_NEVER if it is None else it for it in received]
        units = map(self._units.__getitem__, batch.units)
        packed = b"".join(
            map(
                _READING.pack,
                *(map(hash, batch.uuids), batch.at, batch.values, received),
                *(batch.channels, units),
                strict=True,
            )
        )
        # Those of a sensor mostly stand together, and stay so.
        sensors, size = batch.sensors, _READING.size
        changes = map(ne, sensors, islice(sensors, 1, None), strict=False)
        ends = [*compress(count(1), changes), len(sensors)]
        for begin, end in pairwise([0, *ends] if sensors else ()):
            self._packed[sensors[begin]].append(packed[begin * size : end * size])

    def taken(self) -> Iterator[tuple[ChannelKey, HourValue]]:
        """Take out the values of all hours, one for each unit, those of a sensor together."""
        units, starts = [*self._units], _Starts()
        while self._packed:
            sensor, packed = self._packed.popitem()
            rows = [*_READING.iter_unpack(b"".join(packed))]
            if len({*map(_HASH, rows)}) < len(rows):
                rows = _newest(rows)
            hours: defaultdict[tuple[int, float, int], list[float]] = defaultdict(list)
            for _, at, value, _, channel, unit in rows:
                hours[channel, at // _SECONDS, unit].append(value)
            for (channel, hour, unit), values in hours.items():
                values.sort()
                lowest, highest = values[0], values[-1]
                mean = fsum(values) / len(values)
                if not lowest <= mean <= highest:
                    # That of equal numbers may differ from them in the last digit.
                    mean = min(max(mean, lowest), highest)
                yield (
                    (sensor, channel),
                    HourValue(starts[hour], len(values), mean, lowest, highest, units[unit]),
                )


class _Numbers(dict[str | None, int]):
    """Numbers texts as they come."""

    def __missing__(self, text: str | None) -> int:
        number = self[text] = len(self)
        return number


class _Starts(dict[float, datetime]):
    """The starts of hours by their numbers, each computed once."""

    def __missing__(self, number: float) -> datetime:
        start = self[number] = start_of(int(number))
        return start


def _newest(rows: Iterable[_Row]) -> list[_Row]:
    found: dict[int, _Row] = {}
    for row in rows:
        known = found.get(row[0])
        if known is None or row[3] >= known[3]:
            found[row[0]] = row
    return [*found.values()]
