"""What all entities share."""

import asyncio
from collections.abc import Callable, Iterator
from typing import override

from homeassistant.core import callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import ChildDeviceInfo, DeviceInfo
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import (
    AddConfigEntryEntitiesCallback,
    async_get_current_platform,
)

from .account import Account, TestoConfigEntry
from .const import DOMAIN
from .monitoring.model import ChannelKey, Reading
from .monitoring.quantities import Quantity
from .monitoring.things import Spot, Thing
from .subscriptions import ACCOUNT, Subject

_BATCH = 500
"""Candidates looked at before the event loop gets its turn: each takes some microseconds."""

type Candidates = Iterator[tuple[str, Callable[[], Entity]]]
"""Unique ids of the entities that should exist, each with its maker."""


async def add_as_found(
    entry: TestoConfigEntry,
    add: AddConfigEntryEntitiesCallback,
    candidates: Callable[[], Candidates],
) -> None:
    """Add entities now and whenever new ones should exist.

    What was removed is forgotten, so that a logger that returns gets its entities back.
    One that only lost its reason is still there, unavailable; one that got another unique
    id is there as well.
    """
    known: set[str] = set()
    registry = er.async_get(entry.runtime_data.hass)
    platform = async_get_current_platform()
    one_at_a_time = asyncio.Lock()

    async def look() -> None:
        async with one_at_a_time:
            wanted = {}
            for number, (unique_id, make) in enumerate(candidates(), 1):
                wanted[unique_id] = make
                if number % _BATCH == 0:
                    await asyncio.sleep(0)
            known.difference_update(
                [
                    unique_id
                    for unique_id in known - wanted.keys()
                    if registry.async_get_entity_id(platform.domain, DOMAIN, unique_id) is None
                ]
            )
            new = [
                make()
                for unique_id, make in wanted.items()
                if unique_id not in known
                and registry.async_get_entity_id(platform.domain, DOMAIN, unique_id)
                not in platform.entities
            ]
            known.update(wanted)
            if new:
                add(new)

    entry.async_on_unload(entry.runtime_data.subscriptions.listen_new(look))
    await look()


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

    @callback
    def refresh(self) -> None:
        """Take over what Home Assistant asks for several times while it writes a state."""

    @callback
    def _told(self) -> None:
        self.refresh()
        self.async_write_ha_state()

    async def async_update(self) -> None:
        """Read the account soon, when somebody asks for it."""
        self.account.on_request()


class AccountEntity(TestoEntity):
    """An entity of the account itself."""

    def __init__(self, account: Account, key: str) -> None:
        """Stand on the service device."""
        super().__init__(account, f"{account.tenant}_{key}", ACCOUNT)
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, account.tenant)})


class ThingEntity(TestoEntity):
    """An entity of a logger, gateway or radio sensor."""

    def __init__(self, account: Account, thing: Thing, key: str, *aspects: Subject) -> None:
        """Stand on the device of the thing; listen to more than its status."""
        super().__init__(account, f"{thing.serial}_{key}", thing.serial, *aspects)
        self._serial = thing.serial
        self._first = thing
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, thing.serial)})

    @property
    def thing(self) -> Thing:
        """Return the thing as it is now, or as it last was."""
        return self.account.thing(self._serial) or self._first

    @property
    @override
    def available(self) -> bool:
        """An inactive or vanished device has nothing to say."""
        thing = self.account.thing(self._serial)
        return thing is not None and thing.device.active


class ChannelEntity(TestoEntity):
    """An entity of one channel, on its thing or on the probe it belongs to."""

    def __init__(
        self, account: Account, thing: Thing, spot: Spot, suffix: str = "", *aspects: Subject
    ) -> None:
        """Stand on the thing, or on the probe where a logger has several.

        Listen to aspects instead of the readings.
        """
        super().__init__(account, f"{spot.unique_id}{suffix}", *(aspects or (spot.key,)))
        self._first, self._first_key = spot, spot.key
        self.quantity = spot.channel.quantity
        self._attr_translation_key = f"{self.quantity}{suffix}"
        number = f" {spot.channel.number}" if spot.repeated else ""
        self._attr_translation_placeholders = {"number": number}
        if self.quantity is Quantity.OTHER:
            self._attr_translation_placeholders["label"] = _label(spot)
        if spot.part is None:
            self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, thing.serial)})
        else:
            self._attr_device_info = ChildDeviceInfo(
                identifiers={(DOMAIN, spot.part.serial)},
                parent_device_id=dr.async_get_device_id_by_identifier(
                    account.hass,
                    (DOMAIN, thing.serial),
                    config_entry_id=account.entry.entry_id,
                ),
            )

    @property
    def _key(self) -> ChannelKey:
        return self.account.current(self._first_key)

    @property
    def spot(self) -> Spot:
        """Return the channel as it is now, or as it last was."""
        return self.account.shape.spots.get(self._key, self._first)

    @property
    @override
    def available(self) -> bool:
        """An inactive or vanished device has nothing to say."""
        spot = self.account.shape.spots.get(self._key)
        return spot is not None and spot.device.active


class ReadingEntity(ChannelEntity):
    """The newest reading of a channel; one that is too old is none."""

    @property
    def reading(self) -> Reading | None:
        """Return the newest reading, however old."""
        return self.account.memory.latest.get(self._key)

    @property
    @override
    def available(self) -> bool:
        """A value that is too old is no value, and neither is one that never came."""
        account, key = self.account, self._key
        spot = account.shape.spots.get(key)
        if spot is None or not spot.device.active or key in account.outlook.stale:
            return False
        return key in account.memory.latest or account.health.last_update is None


def _label(spot: Spot) -> str:
    """Return the vendor's words for a quantity without an own name."""
    channel = spot.channel
    for text in (channel.extension, channel.property_name):
        if text and text.casefold() != "unknown":
            return text
    return f"Channel {channel.number}"
