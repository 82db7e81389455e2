"""What is remembered of an account over a restart."""

import asyncio
from collections.abc import Coroutine, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
import re
from typing import Any
import uuid

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import STORAGE_DIR, Store

from .clouds.smart_connect import Habits
from .const import DOMAIN, LOGGER
from .monitoring.alarm_file import AlarmFile
from .monitoring.alarms import AlarmBook
from .monitoring.arrival import Arrival
from .monitoring.codec import dump, load
from .monitoring.episodes import Identity
from .monitoring.gaps import Gap
from .monitoring.handling import Acknowledgement
from .monitoring.imports import Import
from .monitoring.ledger_file import LedgerError
from .monitoring.model import (
    ChannelKey,
    DeviceStatus,
    Inventory,
    Limit,
    Location,
    Reading,
)
from .monitoring.revisions import Record
from .monitoring.roster import Roster
from .monitoring.spans import Span

_VERSION = 1
_SAVE_DELAY = 10.0
"""Seconds; gathers the changes of one cycle into one write."""
_HARMLESS = re.compile(r"[A-Za-z0-9-]{1,64}")
_UNREADABLE = (TypeError, ValueError, KeyError, AttributeError, OSError, HomeAssistantError)
"""Made by a later release or by another hand, on a disk that fails, or without permission."""


@dataclass(slots=True, kw_only=True)
class Memory:
    """Everything that was learnt about an account.

    The collections are replaced, never changed, so that a save may read them in a
    worker thread.
    """

    roster: Roster = field(default_factory=Roster)
    locations: tuple[Location, ...] = ()
    limits: tuple[Limit, ...] = ()
    statuses: dict[str, DeviceStatus] = field(default_factory=dict)
    latest: dict[ChannelKey, Reading] = field(default_factory=dict)
    book: AlarmBook = field(default_factory=AlarmBook)
    returned: datetime | None = None
    """When a device last came back after a longer silence than each read of the feed goes back."""
    habits: Habits = field(default_factory=Habits)
    looked_back: frozenset[ChannelKey] = frozenset()
    """Channels that were read as far back as new ones are."""
    seen: frozenset[tuple[ChannelKey, str]] = frozenset()
    """Channels and severities that an alarm was ever seen for."""
    arrival: Arrival = field(default_factory=Arrival)
    spans: tuple[Span, ...] = ()
    """What is to be read again, the next first."""
    imports: dict[str, Import] = field(default_factory=dict)
    """The imports that are not done, by id."""
    gaps: tuple[Gap, ...] = ()
    """Where readings are missing."""
    good: dict[str, datetime] = field(default_factory=dict)
    """When each resource was last read to its end."""
    acknowledged: dict[str, Acknowledgement] = field(default_factory=dict)
    """By episode id."""
    snoozed: dict[str, datetime] = field(default_factory=dict)
    """Until when, by the serial of the thing."""
    known_since: dict[str, datetime] = field(default_factory=dict)
    """When an open episode was first shown, by its id."""

    @property
    def inventory(self) -> Inventory:
        """Return all known devices."""
        return self.roster.inventory


def to_data(memory: Memory) -> dict[str, Any]:
    """Return the memory as JSON data."""
    return {
        "roster": dump(memory.roster),
        "locations": dump(memory.locations),
        "limits": dump(memory.limits),
        "statuses": dump(list(memory.statuses.values())),
        "latest": dump(list(memory.latest.values())),
        "returned": dump(memory.returned),
        "habits": dump(memory.habits),
        "looked_back": [list(key) for key in memory.looked_back],
        "seen": [[*key, severity] for key, severity in memory.seen],
        "arrival": dump(memory.arrival),
        "spans": dump(memory.spans),
        "imports": dump(memory.imports),
        "gaps": dump(memory.gaps),
        "good": dump(memory.good),
        "acknowledged": dump(memory.acknowledged),
        "snoozed": dump(memory.snoozed),
        "known_since": dump(memory.known_since),
    }


def from_data(data: dict[str, Any]) -> Memory:
    """Return the memory that was stored."""

    def many[T](kind: type[T], name: str) -> tuple[T, ...]:
        return tuple(load(kind, item) for item in data[name])

    def named[T](kind: type[T], name: str) -> dict[str, T]:
        # Data of the first releases does not have all of these.
        return {key: load(kind, item) for key, item in data.get(name, {}).items()}

    return Memory(
        roster=load(Roster, data["roster"]),
        locations=many(Location, "locations"),
        limits=many(Limit, "limits"),
        statuses={item.device_uuid: item for item in many(DeviceStatus, "statuses")},
        latest={item.key: item for item in many(Reading, "latest")},
        book=_first_book(data),
        returned=load(datetime, at) if (at := data.get("returned")) else None,
        habits=load(Habits, data["habits"]),
        looked_back=frozenset((uuid, number) for uuid, number in data["looked_back"]),
        seen=frozenset(((uuid, no), severity) for uuid, no, severity in data["seen"]),
        arrival=load(Arrival, data.get("arrival", {})),
        spans=tuple(load(Span, item) for item in data.get("spans", ())),
        imports=named(Import, "imports"),
        gaps=tuple(load(Gap, item) for item in data.get("gaps", ())),
        good=named(datetime, "good"),
        acknowledged=named(Acknowledgement, "acknowledged"),
        snoozed=named(datetime, "snoozed"),
        known_since=named(datetime, "known_since"),
    )


def _first_book(data: dict[str, Any]) -> AlarmBook:
    """Return the alarm book as the first release stored it, before it had a file of its own."""
    records = (load(Record, item) for item in data.get("records", ()))
    times = data.get("alarms", {})
    return AlarmBook(
        records={item.identity: item for item in records},
        **{name: load(datetime, at) for name, at in times.items() if at},
    )


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
        book = await self._hass.async_add_executor_job(self._load_alarms)
        if book is not None:
            memory.book, self._saved = book, book.records
        return memory

    async def _load(self) -> Memory:
        try:
            data = await self._store.async_load()
            if data is None:
                return Memory()
            return await self._hass.async_add_executor_job(from_data, data)
        except _UNREADABLE as err:
            LOGGER.warning(
                "What was stored of an account cannot be read (%s); it is read from the cloud anew",
                type(err).__name__,
            )
            return Memory()

    def _load_alarms(self) -> AlarmBook | None:
        if not self._alarms.exists():
            return None
        try:
            with closing(AlarmFile(self._alarms)) as file:
                return file.load()
        except (*_UNREADABLE, LedgerError) as err:
            LOGGER.warning(
                "The alarms that were stored of an account cannot be read (%s);"
                " they are read from the cloud anew",
                type(err).__name__,
            )
            return None

    async def save(self, memory: Memory) -> None:
        """Save at once, even if whoever asks for it is cancelled meanwhile."""
        await self._shielded(self._write(memory))

    async def save_alarms(self, book: AlarmBook) -> None:
        """Save the alarms at once: an event that was given must not be given again."""
        await self._shielded(self._write_alarms(book))

    @callback
    def save_soon(self, memory: Memory) -> None:
        """Save within seconds, or when Home Assistant stops; all but the alarms."""
        if not self._closed:
            self._store.async_delay_save(lambda: to_data(memory), _SAVE_DELAY)

    async def close(self, memory: Memory) -> None:
        """Save for the last time: an account that is unloaded must not overwrite its successor."""
        await self.save(memory)
        self._closed = True

    async def _shielded(self, work: Coroutine[Any, Any, None]) -> None:
        if self._closed:
            work.close()
            return
        # Home Assistant waits for it when it stops.
        await asyncio.shield(self._hass.async_create_task(work))

    async def _write(self, memory: Memory) -> None:
        await self._write_alarms(memory.book)
        async with self._writing:
            data = await self._hass.async_add_executor_job(to_data, memory)
            await self._store.async_save(data)

    async def _write_alarms(self, book: AlarmBook) -> None:
        def work() -> None:
            with closing(AlarmFile(self._alarms)) as file:
                file.save(book, self._saved)

        async with self._writing:
            try:
                await self._hass.async_add_executor_job(work)
            except LedgerError as err:
                if not self._failing:
                    LOGGER.error("The alarms of an account cannot be saved: %s", err)
                self._failing = True
            else:
                self._saved, self._failing = book.records, False

    async def remove(self) -> None:
        """Delete what was stored."""
        await self._store.async_remove()
        await self._hass.async_add_executor_job(AlarmFile(self._alarms).remove)
