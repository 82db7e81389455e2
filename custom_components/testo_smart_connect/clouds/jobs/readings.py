"""Rows of measurements → readings, by the million, in two ways to one result.

The plain way is ``reading``: one row, however it is spelt. The fast way is ``_by_columns``: a
whole block of rows at once, a column at a time, which takes a tenth of the time. It asks of
each column whether it is spelt as clouds spell it almost always, and leaves a block in which
anything is not to the plain way, cut smaller around the odd row. A property test holds one
against the other; ``scripts/benchmark`` tells what it buys.

Facts: Smart Connect reference, part 6.4.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import isfinite
from operator import itemgetter
from types import NoneType

from ...history.batch import Batch
from ...monitoring.model import Reading
from ..count import RowCount
from ..fields import (
    LARGEST_INTEGER,
    LARGEST_NUMBER,
    YEARS,
    Row,
    RowError,
    derived,
    door_word,
    identifier,
    integer,
    moment,
    needed,
    needed_moment,
    number,
    text,
)
from ..units import unit_of

_COLUMNS = itemgetter(
    *("uuid", "sensor_uuid", "channel_no", "timestamp", "measurement"),
    *("physical_unit", "processed_at"),
)
_FIRST, _END = (datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in (YEARS.start, YEARS.stop))
_STANDARD_LENGTHS = {len("2026-07-01T10:15:00Z"), len("2026-07-01T10:15:00.000Z")}
_SIGNS = {"-": 2, "T": 1, ":": 2, "Z": 1}
_UUID_LENGTH = 36
_BLANKS = " \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"
"""What is cut off a text."""
_FEW = 16
_NUMBERS = {float, int}
_FARTHEST = timedelta(days=1)
"""How far the clock of a logger may be ahead: that of a wrong zone is, by half a day."""


def readings(blocks: Iterable[Sequence[Row]], row_count: RowCount) -> Iterator[Batch]:
    """Yield the measurements of all rows, many of a block together."""
    for block in blocks:
        yield from _batches(block, row_count)


def credible(batches: Iterable[Batch], now: datetime, row_count: RowCount) -> Iterator[Batch]:
    """Yield the readings without those that claim to be measured more than a day from now."""
    limit = (now + _FARTHEST).timestamp()
    for batch in batches:
        kept = batch.picked(at <= limit for at in batch.at)
        if lost := len(batch) - len(kept):
            row_count.reject("ahead_of_time", lost)
        yield kept


def _batches(block: Sequence[Row], row_count: RowCount) -> Iterator[Batch]:
    """Read a block at once, or smaller and smaller parts of it around its odd rows."""
    batch = _by_columns(block)
    if batch is not None:
        row_count.rows += len(batch)
        yield batch
    elif len(block) <= _FEW or _by_columns(block[:1]) is _by_columns(block[-1:]) is None:
        # One by one they take ten times as long, but looking for others costs time as well.
        yield Batch.of(row_count.parse(block, reading))
    else:
        middle = len(block) // 2
        yield from _batches(block[:middle], row_count)
        yield from _batches(block[middle:], row_count)


# The fast way: each question is asked of a whole column.


def _by_columns(block: Sequence[Row]) -> Batch | None:
    """Read a block; None if any of its rows is spelt otherwise than almost all are."""
    try:
        columns = zip(*map(_COLUMNS, block), strict=True)
        uuids, sensors, channels, told, values, units, processed = columns
        seconds = _seconds({*told, *processed})
        standard_units = {unit: _unit(unit) for unit in {*units}}
        if not {*map(type, values)} <= _NUMBERS:
            values = tuple(map(_number, values, units, strict=True))
        is_usual = (
            seconds is not None
            and _are_uuids(uuids)
            and _are_uuids(sensors)
            and _are_channels(channels)
            and _are_finite(values)
            and {*map(type, standard_units)} <= {str, NoneType}
        )
    except KeyError, TypeError, ValueError, OverflowError:
        return None
    if not is_usual or seconds is None:
        return None
    return Batch(
        uuids=uuids,
        sensors=sensors,
        channels=channels,
        at=[*map(seconds.__getitem__, told)],
        values=values if {*map(type, values)} == {float} else [*map(float, values)],
        units=[*map(standard_units.__getitem__, units)],
        received=[*map(seconds.__getitem__, processed)],
    )


def _are_uuids(texts: Sequence[str]) -> bool:
    """Tell whether nothing of these texts would be cut, refused or replaced."""
    every = "".join(texts)
    return (
        {*map(len, texts)} == {_UUID_LENGTH}
        and every.isascii()
        and not any(blank in every for blank in _BLANKS)
    )


def _are_channels(numbers: Sequence[int]) -> bool:
    return {*map(type, numbers)} == {int} and 0 <= min(numbers) <= max(numbers) <= LARGEST_INTEGER


def _are_finite(values: Sequence[float]) -> bool:
    return (
        {*map(type, values)} <= _NUMBERS
        and isfinite(sum(values))
        and -LARGEST_NUMBER < min(values) <= max(values) < LARGEST_NUMBER
    )


def _seconds(times: Collection[str]) -> Mapping[str, float] | None:
    """Return the seconds since 1970 by the texts of times; None if any is not standard."""
    moments = map(datetime.fromisoformat, times)
    seconds = dict(zip(times, map(datetime.timestamp, moments), strict=True))
    if not _are_standard(times):
        return None
    return seconds if _FIRST <= min(seconds.values()) <= max(seconds.values()) < _END else None


def _number(told: object, unit: str | None) -> object:
    """Return a number for the word of a door contact; anything else as it is told."""
    if type(told) in _NUMBERS or unit is not None:
        return told
    word = door_word(told)
    return told if word is None else word


def _are_standard(times: Collection[str]) -> bool:
    """Tell whether times that Python reads are spelt ``2026-07-01T10:15:00Z``, or with ms.

    It reads many more forms than clouds write. Of these lengths and signs there is but one
    for each length, and weeks, which are known by their letter.
    """
    every = "".join(times)
    return (
        {*map(len, times)} <= _STANDARD_LENGTHS
        and {sign: every.count(sign) / len(times) for sign in _SIGNS} == _SIGNS
        and "W" not in every
    )


@lru_cache(maxsize=256)
def _unit(told: str | None) -> str | None:
    return unit_of(text({"physical_unit": told}, "physical_unit"))


# The plain way: one row.


def reading(row: Row) -> Iterator[Reading]:
    """Parse a measurement, however it is spelt; one without a value says nothing."""
    sensor = needed(row, "sensor_uuid")
    channel = integer(row, "channel_no")
    if channel is None:
        message = "no_channel_no"
        raise RowError(message)
    at = needed_moment(row, "timestamp")
    unit = unit_of(text(row, "physical_unit"))
    value = number(row, "measurement")
    if value is None and unit is None:
        # Of a temperature, the same would be nonsense.
        value = door_word(row.get("measurement"))
    if value is None:
        if text(row, "measurement") is not None:
            message = "bad_measurement"
            raise RowError(message)
        return
    yield Reading(
        uuid=identifier(row, "uuid") or derived(sensor, channel, at),
        sensor_uuid=sensor,
        channel=channel,
        at=at,
        value=value,
        unit=unit,
        received=moment(row, "processed_at"),
    )
