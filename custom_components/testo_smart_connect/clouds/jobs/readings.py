"""Rows of measurements → readings, by the million.

Facts: Smart Connect reference, part 6.4.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import isfinite
from operator import itemgetter
from types import NoneType

from ...history.batch import Batch
from ...monitoring.model import Reading
from ...monitoring.quantities import unit_of
from .fields import (
    LARGEST_INTEGER,
    LARGEST_NUMBER,
    YEARS,
    Row,
    RowError,
    door_word,
    identifier,
    integer,
    moment,
    needed,
    needed_moment,
    number,
    text,
)
from .rows import RowCount, derived

_MEMBERS = itemgetter(
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
    """Read a block at once, or smaller and smaller parts of it around its unusual rows."""
    batch = _usual(block)
    if batch is not None:
        row_count.rows += len(batch)
        yield batch
    elif len(block) <= _FEW or _usual(block[:1]) is _usual(block[-1:]) is None:
        # One by one they take ten times as long, but looking for others costs time as well.
        yield Batch.of(row_count.parse(block, reading))
    else:
        middle = len(block) // 2
        yield from _batches(block[:middle], row_count)
        yield from _batches(block[middle:], row_count)


def _usual(block: Sequence[Row]) -> Batch | None:
    """Read a block column by column; None if any of its rows is spelt otherwise."""
    try:
        columns = zip(*map(_MEMBERS, block), strict=True)
        uuids, sensors, channels, told, values, units, processed = columns
        names = "".join(uuids) + "".join(sensors)
        texts = {*told, *processed}
        moments = map(datetime.fromisoformat, texts)
        seconds = dict(zip(texts, map(datetime.timestamp, moments), strict=True))
        known_units = {unit: _unit(unit) for unit in {*units}}
        if not {*map(type, values)} <= _NUMBERS:
            values = tuple(map(_number, values, units, strict=True))
        is_usual = (
            {*map(len, uuids), *map(len, sensors)} == {_UUID_LENGTH}
            and names.isascii()
            and not any(blank in names for blank in _BLANKS)
            and {*map(type, channels)} == {int}
            and min(channels) >= 0
            and max(channels) <= LARGEST_INTEGER
            and (kinds := {*map(type, values)}) <= _NUMBERS
            and isfinite(sum(values))
            and min(values) > -LARGEST_NUMBER
            and max(values) < LARGEST_NUMBER
            and {*map(type, known_units)} <= {str, NoneType}
            and _are_standard(texts)
            and min(seconds.values()) >= _FIRST
            and max(seconds.values()) < _END
        )
    except KeyError, TypeError, ValueError, OverflowError:
        return None
    if not is_usual:
        return None
    return Batch(
        uuids=uuids,
        sensors=sensors,
        channels=channels,
        at=[*map(seconds.__getitem__, told)],
        values=values if kinds == {float} else [*map(float, values)],
        units=[*map(known_units.__getitem__, units)],
        received=[*map(seconds.__getitem__, processed)],
    )


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
