"""Rows of measurements → readings, by the million.

Facts: Smart Connect reference, part 6.4.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from ..monitoring.model import Reading
from ..monitoring.quantities import unit_of
from .fields import (
    LARGEST_INTEGER,
    LARGEST_NUMBER,
    YEARS,
    Row,
    RowError,
    identifier,
    integer,
    moment,
    needed,
    needed_moment,
    number,
    text,
)
from .rows import Tally, derived

_STANDARD = datetime.fromisoformat
_UUID_LENGTH = 36


def readings(found: Iterable[Row], tally: Tally) -> Iterator[Reading]:
    """Yield the measurements of all rows."""
    for row in found:
        # Of millions of rows almost all are spelt like this; the others take three times as long.
        try:
            uuid, sensor, channel = row["uuid"], row["sensor_uuid"], row["channel_no"]
            at, received = _STANDARD(row["timestamp"]), _STANDARD(row["processed_at"])
            value, unit = row["measurement"], _unit(row["physical_unit"])
        except KeyError, TypeError, ValueError:
            yield from tally.parse((row,), reading)
            continue
        if (
            type(value) is float
            and type(channel) is int
            and at.tzinfo is received.tzinfo is UTC
            and type(uuid) is type(sensor) is str
            and len(uuid) == len(sensor) == _UUID_LENGTH
            and -LARGEST_NUMBER < value < LARGEST_NUMBER
            and 0 <= channel <= LARGEST_INTEGER
            and at.year in YEARS
            and received.year in YEARS
        ):
            tally.rows += 1
            yield Reading(
                uuid=uuid,
                sensor_uuid=sensor,
                channel=channel,
                at=at,
                value=value,
                unit=unit,
                received=received,
            )
        else:
            yield from tally.parse((row,), reading)


@lru_cache(maxsize=256, typed=True)
def _unit(told: Any) -> str | None:
    return unit_of(text({"physical_unit": told}, "physical_unit"))


def reading(row: Row) -> Iterator[Reading]:
    """Parse a measurement, however it is spelt; one without a value says nothing."""
    sensor = needed(row, "sensor_uuid")
    channel = integer(row, "channel_no")
    if channel is None:
        message = "no_channel_no"
        raise RowError(message)
    at = needed_moment(row, "timestamp")
    value = number(row, "measurement")
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
        unit=unit_of(text(row, "physical_unit")),
        received=moment(row, "processed_at"),
    )
