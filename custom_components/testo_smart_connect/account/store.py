"""Keeps what is remembered of an account on the disk."""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import closing
from pathlib import Path
import re
from typing import Any
import uuid

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import STORAGE_DIR, Store

from ..const import DOMAIN, LOGGER
from ..history.alarm_file import AlarmFile
from ..history.ledger_file import LedgerError
from ..monitoring.alarms import AlarmLog
from ..monitoring.codec import NOT_UNDERSTOOD
from ..monitoring.episodes import Identity
from ..monitoring.revisions import Record
from .memory import Memory, from_data, to_data

_VERSION = 1
_SAVE_DELAY = 10.0
"""Seconds; gathers the changes of one read into one write."""
_HARMLESS = re.compile(r"[A-Za-z0-9-]{1,64}")
_UNREADABLE = (*NOT_UNDERSTOOD, OSError, HomeAssistantError)
"""Not understood, or on a disk that fails, or without permission."""


def ledger_path(hass: HomeAssistant, tenant: str) -> Path:
    """Return where the readings of an account are kept: too many for a store."""
    return _path(hass, tenant, "readings")


def _path(hass: HomeAssistant, tenant: str, kind: str) -> Path:
    return Path(hass.config.path(STORAGE_DIR, f"{_file_name(tenant)}.{kind}"))


def _file_name(tenant: str) -> str:
    """Return the name of an account's files: a tenant is what a cloud says, not a path."""
    if not _HARMLESS.fullmatch(tenant):
        tenant = str(uuid.uuid5(uuid.NAMESPACE_OID, tenant))
    return f"{DOMAIN}.{tenant}"


class MemoryStore:
    """Keeps the memory of one account on disk."""

    def __init__(self, hass: HomeAssistant, tenant: str) -> None:
        """Open the store of a tenant."""
        self._hass = hass
        self._store: Store[dict[str, Any]] = Store(
            hass,
            _VERSION,
            _file_name(tenant),
            private=True,
            atomic_writes=True,
            serialize_in_event_loop=False,
        )
        self._alarms = _path(hass, tenant, "alarms")
        self._saved: Mapping[Identity, Record] = {}
        """The alarm records that are on disk."""
        self._failing = False
        self._writing = asyncio.Lock()
        """One after the other: what was known before must not be written last."""
        self._closed = False

    async def load(self) -> Memory:
        """Return what was stored; nothing for a new account or an unreadable store."""
        memory = await self._load()
        alarm_log = await self._hass.async_add_executor_job(self._load_alarms)
        if alarm_log is not None:
            memory.alarm_log, self._saved = alarm_log, alarm_log.records
        return memory

    async def _load(self) -> Memory:
        try:
            data = await self._store.async_load()
            if data is None:
                return Memory()
            memory, lost = await self._hass.async_add_executor_job(from_data, data)
        except _UNREADABLE as err:
            LOGGER.warning(
                "What was stored of an account cannot be read (%s); it is read from the cloud anew",
                type(err).__name__,
            )
            return Memory()
        _say_lost(lost)
        return memory

    def _load_alarms(self) -> AlarmLog | None:
        if not self._alarms.exists():
            return None
        try:
            with closing(AlarmFile(self._alarms)) as file:
                alarm_log, lost = file.load()
        except LedgerError as err:
            LOGGER.warning(
                "The alarms that were stored of an account cannot be read (%s);"
                " they are read from the cloud anew",
                type(err).__name__,
            )
            return None
        _say_lost({"alarms": lost} if lost else {})
        return alarm_log

    async def save(self, memory: Memory) -> None:
        """Save at once, even if whoever asks for it is cancelled meanwhile."""
        if not self._closed:
            await self._shielded(self._write(memory))

    async def save_alarms(self, alarm_log: AlarmLog) -> None:
        """Save the alarms at once: an event that was given must not be given again."""
        if not self._closed:
            await self._shielded(self._write_alarms(alarm_log))

    @callback
    def save_soon(self, memory: Memory) -> None:
        """Save within seconds, or when Home Assistant stops; all but the alarms."""
        if not self._closed:
            self._store.async_delay_save(lambda: to_data(memory), _SAVE_DELAY)

    async def close(self, memory: Memory) -> None:
        """Save for the last time: an account that is unloaded must not overwrite its successor."""
        self._closed = True
        await self._shielded(self._write(memory))

    async def _shielded(self, work: Coroutine[Any, Any, None]) -> None:
        # Home Assistant waits for it when it stops.
        await asyncio.shield(self._hass.async_create_task(work))

    async def _write(self, memory: Memory) -> None:
        await self._write_alarms(memory.alarm_log)
        async with self._writing:
            data = await self._hass.async_add_executor_job(to_data, memory)
            await self._store.async_save(data)

    async def _write_alarms(self, alarm_log: AlarmLog) -> None:
        def work() -> None:
            with closing(AlarmFile(self._alarms)) as file:
                file.save(alarm_log, self._saved)

        async with self._writing:
            try:
                await self._hass.async_add_executor_job(work)
            except LedgerError as err:
                if not self._failing:
                    LOGGER.error("The alarms of an account cannot be saved: %s", err)
                self._failing = True
            else:
                self._saved, self._failing = alarm_log.records, False

    async def remove(self) -> None:
        """Delete what was stored."""
        await self._store.async_remove()
        await self._hass.async_add_executor_job(AlarmFile(self._alarms).remove)


def _say_lost(parts: Mapping[str, int]) -> None:
    if parts:
        LOGGER.warning(
            "Parts of what was stored of an account are not understood (%s); they are read"
            " from the cloud anew where it has them",
            ", ".join(f"{name}: {count}" for name, count in sorted(parts.items())),
        )
