"""What is remembered of an account over a restart."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
import re
from typing import Any
import uuid

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.storage import STORAGE_DIR, Store

from .clouds.smart_connect import Habits
from .clouds.wait import Wait
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
_NOT_UNDERSTOOD = (TypeError, ValueError, KeyError, AttributeError)
"""Made by a later release or by another hand."""
_UNREADABLE = (*_NOT_UNDERSTOOD, OSError, HomeAssistantError)
"""The same, or on a disk that fails, or without permission."""
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
    wait: Wait = field(default_factory=Wait)

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
        "wait": dump(memory.wait),
    }


class _Parts:
    """What is stored, part by part; what is not understood is left out and counted."""

    def __init__(self, data: dict[str, Any]) -> None:
        """Take what came from the disk."""
        self._data = data
        self.lost: Counter[str] = Counter()

    def one[T](self, name: str, kind: type[T]) -> T | None:
        """Return one value; None if there is none, as in data of the first releases."""
        stored = self._data.get(name)
        return None if stored is None else self._read(name, partial(load, kind), stored)

    def many[T](self, name: str, read: Callable[[Any], T]) -> list[T]:
        """Return the values of a list."""
        items = self._items(name, list)
        return [value for item in items if (value := self._read(name, read, item)) is not None]

    def named[T](self, name: str, kind: type[T]) -> dict[str, T]:
        """Return values by their names."""
        return {
            key: value
            for key, item in self._items(name, dict).items()
            if item is not None
            and (value := self._read(name, partial(load, kind), item)) is not None
        }

    def _items[C: (list[Any], dict[str, Any])](self, name: str, kind: type[C]) -> C:
        stored = self._data.get(name, kind())
        if isinstance(stored, kind):
            return stored
        self.lost[name] += 1
        return kind()

    def _read[T](self, name: str, read: Callable[[Any], T], stored: Any) -> T | None:
        try:
            return read(stored)
        except _NOT_UNDERSTOOD:
            self.lost[name] += 1
            return None


def from_data(data: dict[str, Any]) -> tuple[Memory, Mapping[str, int]]:
    """Return the memory that was stored, and how much of each part is not understood."""
    parts = _Parts(data)
    times = parts.named("alarms", datetime)
    memory = Memory(
        roster=parts.one("roster", Roster) or Roster(),
        locations=tuple(parts.many("locations", partial(load, Location))),
        limits=tuple(parts.many("limits", partial(load, Limit))),
        statuses={it.device_uuid: it for it in parts.many("statuses", partial(load, DeviceStatus))},
        latest={it.key: it for it in parts.many("latest", partial(load, Reading))},
        book=AlarmBook(
            records={it.identity: it for it in parts.many("records", partial(load, Record))},
            **{name: at for name, at in times.items() if name in _BOOK_TIMES},
        ),
        habits=parts.one("habits", Habits) or Habits(),
        looked_back=frozenset(parts.many("looked_back", _channel_key)),
        seen=frozenset(parts.many("seen", _seen)),
        arrival=parts.one("arrival", Arrival) or Arrival(),
        spans=tuple(parts.many("spans", partial(load, Span))),
        imports=parts.named("imports", Import),
        gaps=tuple(parts.many("gaps", partial(load, Gap))),
        good=parts.named("good", datetime),
        acknowledged=parts.named("acknowledged", Acknowledgement),
        snoozed=parts.named("snoozed", datetime),
        known_since=parts.named("known_since", datetime),
        wait=parts.one("wait", Wait) or Wait(),
    )
    return memory, parts.lost


def _channel_key(stored: Any) -> ChannelKey:
    uuid, number = stored
    return load(str, uuid), load(int, number)


def _seen(stored: Any) -> tuple[ChannelKey, str]:
    *key, severity = stored
    return _channel_key(key), load(str, severity)


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
            memory, lost = await self._hass.async_add_executor_job(from_data, data)
        except _UNREADABLE as err:
            LOGGER.warning(
                "What was stored of an account cannot be read (%s); it is read from the cloud anew",
                type(err).__name__,
            )
            return Memory()
        if lost:
            LOGGER.warning(
                "Parts of what was stored of an account are not understood (%s); they are read"
                " from the cloud anew where it has them",
                ", ".join(f"{name}: {count}" for name, count in sorted(lost.items())),
            )
        return memory

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
