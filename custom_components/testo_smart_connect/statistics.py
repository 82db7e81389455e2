"""Hourly statistics: what the loggers measured, in the long-term statistics of the sensors.

Home Assistant compiles an hour from the states that it saw, which are those of the polls.
Once it has done so, the hour is written anew from all readings of that hour. An hour that
it has not compiled is never touched: a row in its way makes the recorder lose that hour
for every sensor in the house.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import isclose
from typing import Final

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
)
from homeassistant.components.recorder.tasks import SynchronizeTask
from homeassistant.components.sensor.const import UNIT_CONVERTERS
from homeassistant.const import (
    ATTR_DEVICE_CLASS,
    ATTR_UNIT_OF_MEASUREMENT,
    EVENT_RECORDER_HOURLY_STATISTICS_GENERATED,
)
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance, session_scope
from homeassistant.util import dt as dt_util
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from .account import Account
from .const import DOMAIN, LOGGER
from .monitoring.history import HOUR, HourValue, hour_of
from .monitoring.ledger import HourValues
from .monitoring.ledger_file import LedgerError
from .monitoring.model import ChannelKey

_FIVE_MINUTES = timedelta(minutes=5)
_SLICE: Final = 500
"""Hours that are written before the event loop and the recorder get their turn."""


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


class StatisticsWriter:
    """Writes what waits in the ledger of an account, each hour once the recorder is done."""

    def __init__(self, account: Account) -> None:
        """Prepare; ``start`` listens."""
        self._hass: HomeAssistant = account.hass
        self._account = account
        self._busy = False
        self._again = False

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Write after each hour that the recorder has compiled; return how to stop that."""

        @callback
        def compiled(_event: Event) -> None:
            self.ask()

        return self._hass.bus.async_listen(EVENT_RECORDER_HOURLY_STATISTICS_GENERATED, compiled)

    @callback
    def ask(self) -> None:
        """Write soon what may be written."""
        self._again = True
        if not self._busy:
            self._account.entry.async_create_background_task(
                self._hass, self._work(), f"{self._account.title} statistics"
            )

    async def _work(self) -> None:
        self._busy = True
        try:
            while self._again:
                self._again = False
                await self._write()
        except (LedgerError, SQLAlchemyError) as err:
            # The readings cycle and the recorder tell of their troubles themselves, and
            # what waits goes on waiting.
            LOGGER.debug("Statistics have to wait: %s", type(err).__name__)
        finally:
            self._busy = False

    async def _write(self) -> None:
        instance = get_instance(self._hass)
        # The event comes before the commit.
        await self._caught_up(instance)
        before = await instance.async_add_executor_job(_written_until, self._hass)
        if before is None:
            return
        work = self._hass.async_add_executor_job
        after = None
        while values := await work(self._account.ledger.pending, before, _SLICE, after):
            after = values[-1]
            await self._write_slice(instance, values)

    async def _write_slice(self, instance: Recorder, values: HourValues) -> None:
        """Write some hours that do not stand in the database yet as they should."""
        waiting = await self._note_written(instance, await self._series(instance, values))
        for series in waiting:
            # One that was renamed meanwhile has its statistics on their way to the new name,
            # and what is queued behind that would begin others under the old one.
            if self._recorded(series.key) == series.metadata["statistic_id"]:
                rows = [row.data for row in series.rows]
                async_import_statistics(self._hass, series.metadata, rows)
        if waiting:
            await self._caught_up(instance)
            await self._note_written(instance, waiting)

    async def _caught_up(self, instance: Recorder) -> None:
        """Wait until the recorder has done all that is in its queue by now, however slow."""
        done: asyncio.Future[None] = self._hass.loop.create_future()
        instance.queue_task(SynchronizeTask(done))
        await done

    async def _note_written(self, instance: Recorder, waiting: list[Series]) -> list[Series]:
        """Note what is found in the database as written, and return the rest."""
        found = await instance.async_add_executor_job(_read, self._hass, waiting)
        done = [pair for row in found for pair in row.values]
        await self._hass.async_add_executor_job(self._account.ledger.written, done)
        return [
            replace(series, rows=rest)
            for series in waiting
            if (rest := tuple(row for row in series.rows if row not in found))
        ]

    async def _series(self, instance: Recorder, values: HourValues) -> list[Series]:
        """Return what to write; a removed, disabled or excluded entity has none."""
        by_key: dict[ChannelKey, HourValues] = {}
        for key, value in values:
            by_key.setdefault(key, []).append((key, value))
        entities = {
            key: entity_id for key in by_key if (entity_id := self._recorded(key)) is not None
        }
        known = await instance.async_add_executor_job(_metadata, self._hass, set(entities.values()))
        found = []
        for key, entity_id in entities.items():
            metadata = known.get(entity_id) or self._new_metadata(entity_id)
            # What came without a unit has that of its channel, as on the dashboard.
            spot = self._account.shape.spots.get(key)
            unit = spot.channel.unit if spot else None
            rows = tuple(_rows(metadata, by_key[key], unit))
            if rows:
                found.append(Series(key=key, metadata=metadata, rows=rows))
        return found

    def _recorded(self, key: ChannelKey) -> str | None:
        """Return the entity of a channel that the recorder makes statistics of."""
        registry, spot = er.async_get(self._hass), self._account.shape.spots.get(key)
        entity_id = spot and registry.async_get_entity_id("sensor", DOMAIN, spot.unique_id)
        entity = registry.async_get(entity_id) if entity_id else None
        if entity is None or entity.disabled or "state_class" not in (entity.capabilities or {}):
            return None
        return entity.entity_id if is_entity_recorded(self._hass, entity.entity_id) else None

    def _new_metadata(self, entity_id: str) -> StatisticMetaData:
        """Return what the recorder would note of a sensor that it has not compiled yet."""
        state = self._hass.states.get(entity_id)
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


def _written_until(hass: HomeAssistant) -> datetime | None:
    """Return before which hour everything may be written; None if that is not known.

    That is the hour last compiled, by what the database says: the hours before it are
    done for good. A run in the future is one of a clock that was wrong.
    """
    query = select(func.max(StatisticsRuns.start)).where(StatisticsRuns.start <= dt_util.utcnow())
    with session_scope(hass=hass, read_only=True) as session:
        # PostgreSQL gives times in the zone of the server, SQLite without any.
        newest = process_timestamp(session.execute(query).scalar())
    return None if newest is None else hour_of(newest + _FIVE_MINUTES) - HOUR


def _metadata(hass: HomeAssistant, entity_ids: set[str]) -> Mapping[str, StatisticMetaData]:
    found = get_metadata(hass, statistic_ids=entity_ids) if entity_ids else {}
    return {entity_id: metadata for entity_id, (_, metadata) in found.items()}


def _read(hass: HomeAssistant, waiting: Iterable[Series]) -> set[Row]:
    """Return the rows that stand in the database as they should, in the stored unit."""
    wanted = {series.metadata["statistic_id"]: series for series in waiting}
    if not wanted:
        return set()
    known = get_metadata(hass, statistic_ids=set(wanted))
    rows = {
        (number, row.start.timestamp()): row
        for entity_id, (number, _) in known.items()
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


def _rows(metadata: StatisticMetaData, pairs: HourValues, own: str | None) -> Iterable[Row]:
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


def _same(value: float) -> float:
    return value
