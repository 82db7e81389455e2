"""What all entities share."""

import asyncio
from collections.abc import Callable, Iterator
from typing import override

from homeassistant.core import CALLBACK_TYPE, Event, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import ChildDeviceInfo, DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import (
    AddConfigEntryEntitiesCallback,
    async_get_current_platform,
)
from homeassistant.helpers.event import async_track_entity_registry_updated_event

from .account.account import Account, TestoConfigEntry
from .account.subscriptions import ACCOUNT, Subject, nothing
from .account.turns import in_turns
from .const import DOMAIN
from .monitoring.instruments import InstalledChannel, Instrument
from .monitoring.model import ChannelKey, Reading
from .monitoring.quantities import Quantity

type Candidates = Iterator[tuple[str, Callable[[], Entity]]]
"""Unique ids of the entities that should exist, each with its maker."""


async def add_as_found(
    entry: TestoConfigEntry,
    add: AddConfigEntryEntitiesCallback,
    candidates: Callable[[], Candidates],
) -> None:
    """Add entities now and whenever new ones should exist."""
    finder = _Finder(entry, add, candidates)
    entry.async_on_unload(finder.stop)
    entry.async_on_unload(entry.runtime_data.subscriptions.listen_new(finder.look))
    await finder.look()


class _Finder:
    """Finds the entities of one platform that should exist and do not.

    What was removed is forgotten, so that a logger that returns gets its entities back.
    One that only lost its reason is still there, unavailable; one that got another unique
    id is there as well. One that measures something else by now is made anew. What another
    account shows is left to it until it is free.
    """

    def __init__(
        self,
        entry: TestoConfigEntry,
        add: AddConfigEntryEntitiesCallback,
        candidates: Callable[[], Candidates],
    ) -> None:
        """Have found nothing yet."""
        self._entry = entry
        self._add = add
        self._candidates = candidates
        self._hass = entry.runtime_data.hass
        self._registry = er.async_get(self._hass)
        self._platform = async_get_current_platform()
        self._known: set[str] = set()
        self._one_at_a_time = asyncio.Lock()
        self._stop: CALLBACK_TYPE = nothing

    async def look(self) -> None:
        """Add what is new."""
        async with self._one_at_a_time:
            wanted: set[str] = set()
            taken: set[str] = set()
            new: list[Entity] = []
            async for unique_id, make in in_turns(self._candidates()):
                entity_id = self._entity_id(unique_id)
                if entity_id is not None and not self._is_ours(entity_id):
                    taken.add(entity_id)
                elif unique_id not in wanted:
                    wanted.add(unique_id)
                    if await self._is_missing(unique_id, entity_id):
                        new.append(make())
            gone = {
                unique_id
                for unique_id in self._known - wanted
                if (entity_id := self._entity_id(unique_id)) is None or entity_id in taken
            }
            self._known = (self._known - gone) | wanted
            self.stop()
            self._stop = async_track_entity_registry_updated_event(self._hass, taken, self._freed)
            if new:
                self._add(new)

    async def _is_missing(self, unique_id: str, entity_id: str | None) -> bool:
        """Tell whether there is no such entity, or one that must not stay as it is."""
        entity = self._platform.entities.get(entity_id or "")
        if isinstance(entity, TestoEntity) and entity.is_outdated:
            await entity.async_remove()
            return True
        return entity is None and unique_id not in self._known

    def _entity_id(self, unique_id: str) -> str | None:
        return self._registry.async_get_entity_id(self._platform.domain, DOMAIN, unique_id)

    def _is_ours(self, entity_id: str) -> bool:
        entity = self._registry.async_get(entity_id)
        return entity is None or entity.config_entry_id == self._entry.entry_id

    @callback
    def _freed(self, _event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        """Look again, once for all entities of a device that goes."""
        self.stop()
        self._entry.async_create_background_task(
            self._hass, self.look(), f"{self._entry.title} entities", eager_start=False
        )

    @callback
    def stop(self) -> None:
        """Wait for nothing any more."""
        self._stop()
        self._stop = nothing


class TestoEntity(Entity):
    """An entity that is told of changes by its account."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, account: Account, unique_id: str, *subjects: Subject) -> None:
        """Listen to the given subjects."""
        self.account = account
        self._attr_unique_id = unique_id
        self._subjects = subjects

    @override
    async def async_added_to_hass(self) -> None:
        """Begin to listen."""
        self.refresh()
        for subject in self._subjects:
            self.async_on_remove(self.account.subscriptions.listen(subject, self._told))

    @property
    def is_outdated(self) -> bool:
        """Tell whether it was made for something else than there is now."""
        return False

    @callback
    def refresh(self) -> None:
        """Take over what Home Assistant asks for several times while it writes a state."""

    @callback
    def _told(self) -> None:
        self.refresh()
        self.async_write_ha_state()

    async def async_update(self) -> None:
        """Read the account soon, when somebody asks for it."""
        self.account.requested.send()


class AccountEntity(TestoEntity):
    """An entity of the account itself."""

    def __init__(self, account: Account, key: str) -> None:
        """Stand on the service device."""
        super().__init__(account, f"{account.tenant}_{key}", ACCOUNT)
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, account.tenant)})


class InstrumentEntity(TestoEntity):
    """An entity of a logger, gateway or radio sensor."""

    def __init__(
        self, account: Account, instrument: Instrument, key: str, *aspects: Subject
    ) -> None:
        """Stand on the device of the instrument; listen to more than its status."""
        super().__init__(account, f"{instrument.serial}_{key}", instrument.serial, *aspects)
        self._serial = instrument.serial
        self._first = instrument
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, instrument.serial)})

    @property
    def instrument(self) -> Instrument:
        """Return the instrument as it is now, or as it last was."""
        return self.account.instrument(self._serial) or self._first

    @property
    @override
    def available(self) -> bool:
        """An inactive or vanished device has nothing to say."""
        instrument = self.account.instrument(self._serial)
        return instrument is not None and instrument.device.active


class ChannelEntity(TestoEntity):
    """An entity of one channel, on its instrument or on the probe it belongs to."""

    def __init__(
        self,
        account: Account,
        instrument: Instrument,
        installed: InstalledChannel,
        suffix: str = "",
        *aspects: Subject,
    ) -> None:
        """Stand on the instrument, or on the probe where a logger has several.

        Listen to aspects instead of the readings.
        """
        super().__init__(
            account, f"{installed.unique_id}{suffix}", *(aspects or (installed.stable_key,))
        )
        self._first = installed
        self._names = installed.unique_id, installed.stable_key
        self.quantity = installed.channel.quantity
        self._attr_translation_key = f"{self.quantity}{suffix}"
        number = f" {installed.channel.number}" if installed.repeated else ""
        self._attr_translation_placeholders = {"number": number}
        if self.quantity is Quantity.OTHER:
            self._attr_translation_placeholders["label"] = _label(installed)
        if installed.probe is None:
            self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, instrument.serial)})
        else:
            self._attr_device_info = ChildDeviceInfo(
                identifiers={(DOMAIN, installed.probe.serial)},
                parent_device_id=dr.async_get_device_id_by_identifier(
                    account.hass,
                    (DOMAIN, instrument.serial),
                    config_entry_id=account.entry.entry_id,
                ),
            )

    @property
    def _now(self) -> InstalledChannel | None:
        return self.account.topology.channel_of(*self._names)

    @property
    def _key(self) -> ChannelKey:
        return self.installed.key

    @property
    def installed(self) -> InstalledChannel:
        """Return the channel as it is now, or as it last was."""
        return self._now or self._first

    @property
    @override
    def is_outdated(self) -> bool:
        """Tell whether the channel has another name by now, or measures something else."""
        installed, first = self.installed, self._first
        is_same = installed.channel == first.channel and installed.repeated == first.repeated
        return not is_same and _description(installed) != _description(first)

    @property
    @override
    def available(self) -> bool:
        """An inactive or vanished device has nothing to say."""
        installed = self._now
        return installed is not None and installed.device.active


class ReadingEntity(ChannelEntity):
    """The newest reading of a channel; one that is too old is none."""

    @property
    def reading(self) -> Reading | None:
        """Return the newest reading, however old."""
        installed = self._now
        return None if installed is None else self.account.memory.latest.get(installed.key)

    @property
    @override
    def available(self) -> bool:
        """A value that is too old is no value, and neither is one that never came."""
        account, installed = self.account, self._now
        if (
            installed is None
            or not installed.device.active
            or installed.key in account.freshness.stale
        ):
            return False
        if self.is_outdated:
            return False
        return installed.key in account.memory.latest or account.health.last_update is None


def _description(installed: InstalledChannel) -> tuple[Quantity, bool, int | None, str | None]:
    """Return what an entity of a channel is made after."""
    channel = installed.channel
    label = _label(installed) if channel.quantity is Quantity.OTHER else None
    return channel.quantity, installed.repeated, channel.decimals, label


def _label(installed: InstalledChannel) -> str:
    """Return the vendor's words for a quantity without an own name."""
    channel = installed.channel
    for text in (channel.extension, channel.property_name):
        if text and text.casefold() != "unknown":
            return text
    return f"Channel {channel.number}"
