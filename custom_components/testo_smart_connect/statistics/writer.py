"""Hourly statistics: what the loggers measured, in the long-term statistics of the sensors.

Home Assistant compiles an hour from the states that it saw, which are those of the polls.
Once it has done so, the hour is written anew from all readings of that hour. An hour that
it has not compiled is never touched: a row in its way makes the recorder lose that hour
for every sensor in the house.
"""

from dataclasses import replace
from typing import Final

from homeassistant.const import EVENT_RECORDER_HOURLY_STATISTICS_GENERATED
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance
from sqlalchemy.exc import SQLAlchemyError

from ..account.account import Account
from ..const import DOMAIN, LOGGER
from ..history.ledger import HourValues, Ledger
from ..history.ledger_file import LedgerError
from ..history.witness import note, witnesses, write_again
from ..monitoring.model import ChannelKey
from .recorder import (
    Series,
    WriteTask,
    any_stands,
    caught_up,
    is_recorded,
    metadata_of,
    new_metadata,
    rows_of,
    standing,
    written_until,
)

_SLICE: Final = 500
"""Hours that are written before the event loop and the recorder get their turn."""
_WITNESSES: Final = 20
"""Hours that are looked for: somebody may have deleted the statistics of some sensors."""


class StatisticsWriter:
    """Writes what waits in the ledger of an account, each hour once the recorder is done."""

    def __init__(self, account: Account) -> None:
        """Prepare; ``start`` listens."""
        self._hass: HomeAssistant = account.hass
        self._account = account
        self._recorder = get_instance(self._hass)
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
            # The readings coordinator and the recorder tell of their troubles themselves, and
            # what waits goes on waiting.
            LOGGER.debug("Statistics have to wait: %s", type(err).__name__)
        finally:
            self._busy = False

    async def _write(self) -> None:
        # The event comes before the commit.
        await caught_up(self._hass)
        before = await self._recorder.async_add_executor_job(written_until, self._hass)
        if before is None:
            return
        work = self._hass.async_add_executor_job
        if await self._is_new():
            LOGGER.info(
                "%s: the recorder has another database; what is kept is written to it",
                self._account.entry.title,
            )
            await work(write_again, self._account.ledger)
        after = None
        while values := await work(self._account.ledger.pending, before, _SLICE, after):
            after = values[-1]
            await self._write_slice(values)

    async def _is_new(self) -> bool:
        """Tell whether nothing is there any more of what was seen in the database."""
        work = self._hass.async_add_executor_job
        seen = await work(witnesses, self._account.ledger, _WITNESSES)
        places = {
            (entity_id, start.timestamp())
            for key, start in seen
            if (entity_id := recorded_entity(self._account, key)) is not None
        }
        return bool(places) and not await self._recorder.async_add_executor_job(
            any_stands, self._hass, places
        )

    async def _write_slice(self, values: HourValues) -> None:
        """Write some hours that do not stand in the database yet as they should."""
        waiting = await self._note_written(await self._series(values))
        for series in waiting:
            # One that was renamed meanwhile has its statistics on their way to the new name,
            # and what is queued behind that would begin others under the old one.
            if recorded_entity(self._account, series.key) == series.metadata["statistic_id"]:
                self._recorder.queue_task(WriteTask(series))
        if waiting:
            await caught_up(self._hass)
            await self._note_written(waiting)

    async def _note_written(self, waiting: list[Series]) -> list[Series]:
        """Note what is found in the database as written, and return the rest."""
        found = await self._recorder.async_add_executor_job(standing, self._hass, waiting)
        done = [pair for row in found for pair in row.values]
        await self._hass.async_add_executor_job(_note_done, self._account.ledger, done)
        return [
            replace(series, rows=rest)
            for series in waiting
            if (rest := tuple(row for row in series.rows if row not in found))
        ]

    async def _series(self, values: HourValues) -> list[Series]:
        """Return what to write; a removed, disabled or excluded entity has none."""
        by_key: dict[ChannelKey, HourValues] = {}
        for key, value in values:
            by_key.setdefault(key, []).append((key, value))
        entities = {
            key: entity_id
            for key in by_key
            if (entity_id := recorded_entity(self._account, key)) is not None
        }
        known = await self._recorder.async_add_executor_job(
            metadata_of, self._hass, set(entities.values())
        )
        found = []
        for key, entity_id in entities.items():
            metadata = known.get(entity_id) or new_metadata(self._hass, entity_id)
            # What came without a unit has that of its channel, as on the dashboard.
            installed = self._account.view.topology.channels.get(key)
            unit = installed.channel.unit if installed else None
            rows = tuple(rows_of(metadata, by_key[key], unit))
            if rows:
                found.append(Series(key=key, metadata=metadata, rows=rows))
        return found


@callback
def recorded_entity(account: Account, key: ChannelKey) -> str | None:
    """Return the entity of a channel that the recorder makes statistics of."""
    hass, installed = account.hass, account.view.topology.channels.get(key)
    registry = er.async_get(hass)
    entity_id = installed and registry.async_get_entity_id("sensor", DOMAIN, installed.unique_id)
    entity = registry.async_get(entity_id) if entity_id else None
    if entity is None or entity.disabled or "state_class" not in (entity.capabilities or {}):
        return None
    if entity.config_entry_id != account.entry.entry_id:
        return None  # another account shows the same logger, and writes it
    return entity.entity_id if is_recorded(hass, entity.entity_id) else None


def _note_done(ledger: Ledger, done: HourValues) -> None:
    """Note hours as written, and as witnesses of where that was."""
    ledger.written(done)
    note(ledger, ((key, value.start) for key, value in done))
