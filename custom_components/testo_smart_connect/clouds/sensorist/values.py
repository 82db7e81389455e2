"""Rows of measurements → readings. Facts: Sensorist reference, parts 3.3 and 10."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from ...history.batch import Batch
from ...monitoring.model import Reading
from ..count import RowCount
from ..errors import BadDataError
from ..fields import Row, RowError, integer, needed_moment, number
from .tree import Source

MEASURED: Final = frozenset({1, 5})
"""Regular, and sent by a button; grouped, blank and interpolated rows are no readings."""
_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_AHEAD = timedelta(days=1)
_MOST_SEQ = 4_102_444_800_000_000
"""That of the year 2100."""


def by_source(answer: Mapping[str, Any], doing: str, resource: str) -> dict[int, list[Any]]:
    """Return the rows by data source, whether one or several of each."""
    found = answer.get("measurements")
    if isinstance(found, list) and not found:
        return {}
    if not isinstance(found, dict):
        raise BadDataError(doing, resource, "the answer holds no measurements")
    rows: dict[int, list[Any]] = {}
    for name, told in found.items():
        if str(name).isdecimal():
            rows[int(name)] = told if isinstance(told, list) else [told]
    return rows


def next_offset(answer: Mapping[str, Any]) -> int | None:
    """Return where the next page begins, None after the last one."""
    inner = answer.get("measurements")
    told = integer(answer, "next")
    if told is None and isinstance(inner, dict):
        told = integer(inner, "next")
    return told if told is not None and told > 0 else None


def batch(
    rows: Mapping[int, list[Any]],
    sources: Mapping[int, Source],
    now: datetime,
    row_count: RowCount,
    window: tuple[datetime, datetime],
) -> Batch:
    """Return what was measured in a window, of one page."""
    start, end = window
    found = _readings(rows, sources, now, row_count)
    return Batch.of(it for it in found if start <= it.at < end)


def _readings(
    rows: Mapping[int, list[Any]], sources: Mapping[int, Source], now: datetime, row_count: RowCount
) -> Iterator[Reading]:
    """Yield what was measured; what belongs to no source that is known is left out."""
    for number_, told in rows.items():
        source = sources.get(number_)
        if source is not None:
            rows_of = row_count.objects(told)
            yield from row_count.parse(rows_of, partial(_reading, source, now))


def _reading(source: Source, now: datetime, row: Row) -> Iterator[Reading]:
    kind = integer(row, "type")
    value = number(row, "value")
    if (kind is not None and kind not in MEASURED) or value is None:
        return
    at = needed_moment(row, "date")
    if at > now + _AHEAD:
        message = "ahead_of_time"
        raise RowError(message)
    received = stored_at(row)
    # A sequence number need not be another one for each, and is a new one if it is stored anew.
    yield Reading(
        uuid=f"{source.id} {at.isoformat()}",
        sensor_uuid=source.sensor,
        channel=source.id,
        at=at,
        value=value,
        unit=source.channel.unit,
        received=received,
    )


def stored_at(row: Row) -> datetime | None:
    """Return when a reading was stored, which its sequence number tells."""
    told = number(row, "seq")
    if told is None or not 0 < told < _MOST_SEQ:
        return None
    return _EPOCH + int(told) * _MICROSECOND


def seq_of(at: datetime) -> int:
    """Return the first sequence number of what was stored from a moment on."""
    return (at - _EPOCH) // _MICROSECOND
