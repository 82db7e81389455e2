"""What stands in the statistics of the recorder, and how hours get there.

All that hangs on the inside of the recorder is here. What takes a ``HomeAssistant`` reads
the database and belongs in the recorder's executor.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isclose
from typing import override

from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.db_schema import Statistics, StatisticsRuns
from homeassistant.components.recorder.entity_options import is_entity_recorded
from homeassistant.components.recorder.models import (
    StatisticData,
    StatisticMeanType,
    StatisticMetaData,
    process_timestamp,
)
from homeassistant.components.recorder.statistics import (
    STATISTIC_UNIT_TO_UNIT_CONVERTER,
    UNIT_CLASS_TO_UNIT_CONVERTER,
    async_import_statistics,
    get_metadata,
    import_statistics,
)
from homeassistant.components.recorder.tasks import RecorderTask, SynchronizeTask
from homeassistant.components.sensor.const import UNIT_CONVERTERS
from homeassistant.const import ATTR_DEVICE_CLASS, ATTR_UNIT_OF_MEASUREMENT
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.recorder import get_instance, session_scope
from homeassistant.util import dt as dt_util
from sqlalchemy import func, select, tuple_

from ..history.hours import HOUR, HourValue, hour_of
from ..history.ledger import HourValues
from ..monitoring.model import ChannelKey

_FIVE_MINUTES = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An hour as it is to stand in the statistics, and the values that it was made of."""

    start: datetime
    mean: float
    lowest: float
    highest: float
    values: tuple[tuple[ChannelKey, HourValue], ...]

    def is_like(self, *stored: float | None) -> bool:
        """Tell whether a mean, minimum and maximum are those of the hour."""
        ours = (self.mean, self.lowest, self.highest)
        return all(
            there is not None and isclose(there, value, rel_tol=1e-9, abs_tol=1e-9)
            for there, value in zip(stored, ours, strict=True)
        )

    @property
    def data(self) -> StatisticData:
        """Return what the recorder takes."""
        return {"start": self.start, "mean": self.mean, "min": self.lowest, "max": self.highest}


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The hours of one sensor, in the unit of its statistics."""

    key: ChannelKey
    metadata: StatisticMetaData
    rows: tuple[Row, ...]


@dataclass(slots=True)
class WriteTask(RecorderTask):
    """Writes hours, unless the unit of their statistics has become another one.

    The recorder does one task after the other, so that nobody changes it in between here.
    An import of its own would take over our unit and leave the values of other hours as
    they are. What is not written goes on waiting.
    """

    series: Series

    @override
    def run(self, instance: Recorder) -> None:
        """Write in the recorder's thread."""
        metadata = self.series.metadata
        with session_scope(session=instance.get_session(), read_only=True) as session:
            known = instance.statistics_meta_manager.get(session, metadata["statistic_id"])
        if known is not None and _unit(known[1]) != _unit(metadata):
            return
        rows = [row.data for row in self.series.rows]
        if not import_statistics(instance, metadata, rows, Statistics):
            # The database was busy.
            instance.queue_task(self)


async def caught_up(hass: HomeAssistant) -> None:
    """Wait until the recorder has done all that is in its queue by now, however slow."""
    done: asyncio.Future[None] = hass.loop.create_future()
    get_instance(hass).queue_task(SynchronizeTask(done))
    await done


@callback
def is_recorded(hass: HomeAssistant, entity_id: str) -> bool:
    """Tell whether the recorder takes an entity."""
    return is_entity_recorded(hass, entity_id)


def written_until(hass: HomeAssistant) -> datetime | None:
    """Return before which hour everything may be written; None if that is not known.

    That is the hour last compiled, by what the database says: the hours before it are
    done for good. A run in the future is one of a clock that was wrong.
    """
    query = select(func.max(StatisticsRuns.start)).where(StatisticsRuns.start <= dt_util.utcnow())
    with session_scope(hass=hass, read_only=True) as session:
        # PostgreSQL gives times in the zone of the server, SQLite without any.
        newest = process_timestamp(session.execute(query).scalar())
    return None if newest is None else hour_of(newest + _FIVE_MINUTES) - HOUR


def metadata_of(hass: HomeAssistant, entity_ids: set[str]) -> Mapping[str, StatisticMetaData]:
    """Return what is noted of the statistics of some entities, by entity; not of new ones."""
    found = get_metadata(hass, statistic_ids=entity_ids) if entity_ids else {}
    return {entity_id: metadata for entity_id, (_, metadata) in found.items()}


@callback
def new_metadata(hass: HomeAssistant, entity_id: str) -> StatisticMetaData:
    """Return what the recorder would note of a sensor that it has not compiled yet."""
    state = hass.states.get(entity_id)
    unit = state.attributes.get(ATTR_UNIT_OF_MEASUREMENT) if state else None
    kind = state.attributes.get(ATTR_DEVICE_CLASS) if state else None
    converter = UNIT_CONVERTERS.get(kind)
    if converter is None or unit not in converter.VALID_UNITS:
        converter = STATISTIC_UNIT_TO_UNIT_CONVERTER.get(unit)
    return {
        "mean_type": StatisticMeanType.ARITHMETIC,
        "has_sum": False,
        "name": None,
        "source": "recorder",
        "statistic_id": entity_id,
        "unit_class": converter.UNIT_CLASS if converter else None,
        "unit_of_measurement": unit,
    }


def _unit(metadata: StatisticMetaData) -> tuple[str | None, str | None]:
    return metadata["unit_class"], metadata["unit_of_measurement"]


def any_stands(hass: HomeAssistant, places: Collection[tuple[str, float]]) -> bool:
    """Tell whether the statistics have any of some hours, by entity and timestamp."""
    known = get_metadata(hass, statistic_ids={entity_id for entity_id, _ in places})
    wanted = [(known[name][0], start) for name, start in places if name in known]
    query = select(Statistics.id).where(
        tuple_(Statistics.metadata_id, Statistics.start_ts).in_(wanted)
    )
    with session_scope(hass=hass, read_only=True) as session:
        return session.execute(query.limit(1)).first() is not None


def standing(hass: HomeAssistant, waiting: Iterable[Series]) -> set[Row]:
    """Return the rows that stand in the database as they should, in the stored unit."""
    wanted = {series.metadata["statistic_id"]: series for series in waiting}
    if not wanted:
        return set()
    known = get_metadata(hass, statistic_ids=set(wanted))
    rows = {
        (number, row.start.timestamp()): row
        for entity_id, (number, metadata) in known.items()
        if _unit(metadata) == _unit(wanted[entity_id].metadata)
        for row in wanted[entity_id].rows
    }
    if not rows:
        return set()
    query = select(
        Statistics.metadata_id,
        Statistics.start_ts,
        Statistics.mean,
        Statistics.min,
        Statistics.max,
    ).where(
        Statistics.metadata_id.in_({number for number, _ in rows}),
        # Not all between the first and the last: a late one may be a month before the others.
        Statistics.start_ts.in_({start for _, start in rows}),
    )
    with session_scope(hass=hass, read_only=True) as session:
        return {
            row
            for number, start, *stored in session.execute(query)
            if (row := rows.get((number, start))) is not None and row.is_like(*stored)
        }


def rows_of(metadata: StatisticMetaData, pairs: HourValues, own: str | None) -> Iterable[Row]:
    """Yield the hours of a sensor, whose own unit is given, in the unit of its statistics."""
    converter = UNIT_CLASS_TO_UNIT_CONVERTER.get(metadata["unit_class"])
    unit = metadata["unit_of_measurement"]
    by_start: dict[datetime, HourValues] = {}
    for pair in pairs:
        by_start.setdefault(pair[1].start, []).append(pair)
    for start, found in by_start.items():
        count, total, lowest, highest = 0, 0.0, [], []
        for _, value in found:
            # A channel may have changed its unit within the hour.
            change: Callable[[float], float] = _same
            given = value.unit or own
            if given == unit:
                pass
            elif converter and {given, unit} <= converter.VALID_UNITS:
                change = converter.converter_factory(given, unit)
            else:
                break
            count += value.count
            total += value.count * change(value.mean)
            lowest.append(change(value.lowest))
            highest.append(change(value.highest))
        else:
            yield Row(
                start=start,
                mean=total / count,
                lowest=min(lowest),
                highest=max(highest),
                values=tuple(found),
            )


def converted(old: StatisticMetaData, new: StatisticMetaData) -> Callable[[float], float] | None:
    """Return what makes values of one series those of another; None if that cannot be."""
    units = old["unit_of_measurement"], new["unit_of_measurement"]
    if len({*units}) == 1:
        return _same
    # What was written long ago has no class.
    classes = {old["unit_class"], new["unit_class"]} - {None}
    converter = UNIT_CLASS_TO_UNIT_CONVERTER.get(classes.pop()) if len(classes) == 1 else None
    if converter is None or not {*units} <= converter.VALID_UNITS:
        return None
    return converter.converter_factory(*units)


def first_hour(hass: HomeAssistant, entity_id: str) -> datetime | None:
    """Return the first hour in the statistics of an entity, None without any."""
    known = get_metadata(hass, statistic_ids={entity_id})
    if entity_id not in known:
        return None
    query = select(func.min(Statistics.start_ts)).where(
        Statistics.metadata_id == known[entity_id][0]
    )
    with session_scope(hass=hass, read_only=True) as session:
        first = session.execute(query).scalar()
    return None if first is None else dt_util.utc_from_timestamp(first)


def hours_before(
    hass: HomeAssistant, entity_id: str, end: datetime, change: Callable[[float], float]
) -> list[StatisticData]:
    """Return the hours in the statistics of an entity before one, in another unit."""
    number, _ = get_metadata(hass, statistic_ids={entity_id})[entity_id]
    query = (
        select(Statistics.start_ts, Statistics.mean, Statistics.min, Statistics.max)
        .where(Statistics.metadata_id == number, Statistics.start_ts < end.timestamp())
        .order_by(Statistics.start_ts)
    )
    with session_scope(hass=hass, read_only=True) as session:
        rows = session.execute(query).all()
    return [
        {
            "start": dt_util.utc_from_timestamp(start),
            "mean": change(mean),
            "min": change(lowest),
            "max": change(highest),
        }
        for start, mean, lowest, highest in rows
        if None not in {mean, lowest, highest}
    ]


@callback
def import_hours(
    hass: HomeAssistant, metadata: StatisticMetaData, rows: list[StatisticData]
) -> None:
    """Let the recorder write hours, all of them or none."""
    async_import_statistics(hass, metadata, rows)


def _same(value: float) -> float:
    return value
