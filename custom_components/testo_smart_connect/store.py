"""What is remembered of an account over a restart."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
import re
from typing import Any
import uuid

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import STORAGE_DIR, Store

from .clouds.smart_connect import Habits
from .const import DOMAIN, LOGGER
from .monitoring.alarms import AlarmBook, Record
from .monitoring.arrival import Arrival
from .monitoring.codec import dump, load
from .monitoring.gaps import Gap
from .monitoring.handling import Acknowledgement
from .monitoring.imports import Import
from .monitoring.model import (
    ChannelKey,
    DeviceStatus,
    Inventory,
    Limit,
    Location,
    Reading,
)
from .monitoring.roster import Roster
from .monitoring.spans import Span

_VERSION = 1
_SAVE_DELAY = 10.0
"""Seconds; gathers the changes of one cycle into one write."""
_HARMLESS = re.compile(r"[A-Za-z0-9-]{1,64}")
_UNREADABLE = (TypeError, ValueError, KeyError, AttributeError, OSError, HomeAssistantError)
"""Made by a later release or by another hand, on a disk that fails, or without permission."""
_BOOK_TIMES = ("read", "wide", "open_since", "forgotten")


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
        "records": dump(list(memory.book.records.values())),
        "alarms": {name: dump(getattr(memory.book, name)) for name in _BOOK_TIMES},
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
        book=AlarmBook(
            records={item.identity: item for item in many(Record, "records")},
            **{name: load(datetime, at) for name, at in data["alarms"].items() if at},
        ),
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


def ledger_path(hass: HomeAssistant, tenant: str) -> Path:
    """Return where the readings of an account are kept: too many for a store."""
    return Path(hass.config.path(STORAGE_DIR, f"{_file_name(tenant)}.readings"))


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

    async def load(self) -> Memory:
        """Return what was stored; nothing for a new account or an unreadable store."""
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

    async def save(self, memory: Memory) -> None:
        """Save at once."""
        data = await self._hass.async_add_executor_job(to_data, memory)
        await self._store.async_save(data)

    def save_soon(self, memory: Memory) -> None:
        """Save within seconds, or when Home Assistant stops."""
        self._store.async_delay_save(lambda: to_data(memory), _SAVE_DELAY)

    async def remove(self) -> None:
        """Delete what was stored."""
        await self._store.async_remove()
