"""What all entities share, and how a platform finds those it should have."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
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
from homeassistant.helpers.translation import async_load_integrations

from .account.account import Account, TestoConfigEntry
from .account.subscriptions import ACCOUNT, Subject, nothing
from .account.turns import in_turns
from .const import DOMAIN
from .monitoring.identity import identity
from .monitoring.instruments import Instrument
from .monitoring.model import DeviceStatus, Sensor

type Candidates = Iterator[tuple[str, Callable[[], Entity]]]
"""Unique ids of the entities that should exist, each with what makes the entity.

It is called only where there is no such entity yet: of thousands, hardly one is ever new.
"""
type CandidatesOf = Callable[[Account, Instrument], Candidates]


async def add_as_found(
    entry: TestoConfigEntry, add: AddConfigEntryEntitiesCallback, candidates_of: CandidatesOf
) -> None:
    """Add a platform's entities of all instruments, now and whenever new ones should exist."""
    finder = _Finder(entry, add, candidates_of)
    entry.async_on_unload(finder.stop)
    entry.async_on_unload(entry.runtime_data.subscriptions.listen_new(finder.look))
    await finder.look()


@dataclass(frozen=True, kw_only=True)
class ForInstruments:
    """What a description of an entity also tells: which instruments have one."""

    key: str
    exists_fn: Callable[[Instrument, DeviceStatus], bool] = lambda _instrument, _status: True


def described[D: ForInstruments](
    make: Callable[[Account, Instrument, D], Entity],
    descriptions: Iterable[D],
    account: Account,
    instrument: Instrument,
) -> Candidates:
    """Yield what a table describes, as far as the instrument has it."""
    status = account.status_of(instrument)
    for description in descriptions:
        if description.exists_fn(instrument, status):
            yield (
                instrument.identity(description.key),
                partial(make, account, instrument, description),
            )


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
        candidates_of: CandidatesOf,
    ) -> None:
        """Have found nothing yet."""
        self._entry = entry
        self._add = add
        self._candidates_of = candidates_of
        self._account = entry.runtime_data
        self._hass = self._account.hass
        self._registry = er.async_get(self._hass)
        self._platform = async_get_current_platform()
        self._known: set[str] = set()
        self._taken: set[str] = set()
        self._one_at_a_time = asyncio.Lock()
        self._stop: CALLBACK_TYPE = nothing

    async def look(self, serials: Iterable[str] | None = None) -> None:
        """Add what is new of some instruments, or of all."""
        async with self._one_at_a_time:
            # What names are made of. It is there, unless the language was changed just now.
            await async_load_integrations(self._hass, {DOMAIN})
            wanted: set[str] = set()
            taken: set[str] = set()
            new: list[Entity] = []
            async for unique_id, make in in_turns(self._candidates(serials)):
                entity_id = self._entity_id(unique_id)
                if entity_id is not None and not self._is_ours(entity_id):
                    taken.add(entity_id)
                elif unique_id not in wanted:
                    wanted.add(unique_id)
                    if await self._is_missing(unique_id, entity_id):
                        new.append(make())
            if serials is None:
                self._forget(wanted, taken)
            self._known |= wanted
            # Replaced, never changed: what is tracked is looked up by it once more.
            self._taken = self._taken | taken
            self.stop()
            self._stop = async_track_entity_registry_updated_event(
                self._hass, self._taken, self._freed
            )
            if new:
                self._add(new)

    def _candidates(self, serials: Iterable[str] | None) -> Candidates:
        account = self._account
        instruments = account.instruments if serials is None else map(account.instrument, serials)
        for instrument in filter(None, instruments):
            yield from self._candidates_of(account, instrument)

    @callback
    def _forget(self, wanted: set[str], taken: set[str]) -> None:
        """Let go of what was removed by somebody, or is another account's by now."""
        self._known -= {
            unique_id
            for unique_id in self._known - wanted
            if (entity_id := self._entity_id(unique_id)) is None or entity_id in taken
        }
        self._taken = set()

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
        self._view = account.view
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


def device_info_of(
    account: Account, instrument: Instrument, probe: Sensor | None
) -> DeviceInfo | ChildDeviceInfo:
    """Return the device of an instrument, or of the probe where a logger has several."""
    device = DOMAIN, instrument.identity()
    if probe is None:
        return DeviceInfo(identifiers={device})
    return ChildDeviceInfo(
        identifiers={(DOMAIN, instrument.identity_of(probe))},
        parent_device_id=dr.async_get_device_id_by_identifier(
            account.hass, device, config_entry_id=account.entry.entry_id
        ),
    )


class AccountEntity(TestoEntity):
    """An entity of the account itself."""

    def __init__(self, account: Account, key: str) -> None:
        """Stand on the service device."""
        super().__init__(account, identity(account.tenant, key), ACCOUNT)
        self._attr_device_info = DeviceInfo(identifiers={(DOMAIN, identity(account.tenant))})


class InstrumentEntity(TestoEntity):
    """An entity of a logger, gateway or radio sensor."""

    def __init__(
        self, account: Account, instrument: Instrument, key: str, *aspects: Subject
    ) -> None:
        """Stand on the device of the instrument; listen to more than its status."""
        super().__init__(account, instrument.identity(key), instrument.serial, *aspects)
        self._serial = instrument.serial
        self._first = instrument
        self._attr_device_info = device_info_of(account, instrument, None)

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
