"""A move that is cut off anywhere leaves a working account of one kind or the other.

Home Assistant writes the config entry and both registries at different times, so that after a
crash each of them may be as it was before or as it is after. What is on the disk for certain is
what the move notes before it begins.
"""

from datetime import timedelta
from itertools import product
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE
from tests.simulator import Logger, Simulator

from .conftest import MARK, Saveris2World
from .moves import move, registered

HOUR = timedelta(hours=1)
BEFORE, AFTER = False, True


class Disk:
    """What is on the disk before the move, and after it."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
        """Remember the state before."""
        self._hass, self._entry = hass, entry
        self._told = {BEFORE: self._look()}

    def _look(self) -> dict[str, Any]:
        hass, entry = self._hass, self._entry
        devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        return {
            "entry": {"data": {**entry.data}, "unique_id": entry.unique_id, "title": entry.title},
            "entities": registered(hass, entry),
            "devices": {device.id: device.identifiers for device in devices},
        }

    def moved(self) -> None:
        """Remember the state after."""
        self._told[AFTER] = self._look()

    def entities(self, when: bool) -> dict[str, str]:  # noqa: FBT001  before or after
        """Return the unique ids by entity id."""
        found: dict[str, str] = self._told[when]["entities"]
        return found

    def crash(self, *, entry: bool, entities: bool, devices: bool) -> None:
        """Let each part be what it was before or after."""
        hass = self._hass
        hass.config_entries.async_update_entry(self._entry, **self._told[entry]["entry"])
        registry, now = er.async_get(hass), registered(hass, self._entry)
        wanted = self._told[entities]["entities"]
        for entity_id in now.keys() - wanted.keys():
            registry.async_remove(entity_id)
        for entity_id, unique_id in wanted.items():
            if entity_id in now and now[entity_id] != unique_id:
                registry.async_update_entity(entity_id, new_unique_id=unique_id)
        known = dr.async_get(hass)
        for device_id, identifiers in self._told[devices]["devices"].items():
            device = known.async_get(device_id)
            if device is not None and device.identifiers != identifiers:
                known.async_update_device(device_id, new_identifiers=identifiers)


@pytest.mark.parametrize(("entities", "devices"), product((BEFORE, AFTER), repeat=2))
@pytest.mark.parametrize("entry_is", [BEFORE, AFTER])
async def test_whatever_was_written(  # noqa: PLR0913, PLR0917  the parts of the disk
    hass: HomeAssistant,
    world: Saveris2World,
    smart: Simulator,
    fridge: Logger,
    climate: Logger,
    entry_is: bool,  # noqa: FBT001  before or after
    entities: bool,  # noqa: FBT001  the same
    devices: bool,  # noqa: FBT001  the same
) -> None:
    assert climate
    entry = await world.add_account()
    disk = Disk(hass, entry)
    await move(world, entry, smart)
    disk.moved()
    assert await hass.config_entries.async_unload(entry.entry_id)

    disk.crash(entry=entry_is, entities=entities, devices=devices)
    hass.set_state(CoreState.starting)
    assert await hass.config_entries.async_setup(entry.entry_id)
    hass.set_state(CoreState.running)
    hass.bus.async_fire("homeassistant_started")
    await world.settle()

    assert entry.state is ConfigEntryState.LOADED
    found, wanted = registered(hass, entry), disk.entities(entry_is)
    assert {entity_id: found[entity_id] for entity_id in wanted} == wanted
    assert len({*found.values()}) == len(found)
    serial = fridge.serial if entry_is else f"{fridge.serial}{MARK}"
    registry = dr.async_get(hass)
    assert registry.async_get_device_by_identifier((DOMAIN, serial), entry.entry_id)
    assert len(dr.async_entries_for_config_entry(registry, entry.entry_id)) == 3
    await world.advance(HOUR, step=5 * MINUTE)
    sensor = f"{serial}_{fridge.sensors[0].serial if entry_is else fridge.serial}_{int(entry_is)}"
    assert world.value(sensor) != "unavailable"
    assert world.value(f"{sensor}_alarm") == "off"


async def test_after_it_is_all_on_the_disk_nothing_is_kept_of_it(
    hass: HomeAssistant, world: Saveris2World, smart: Simulator, fridge: Logger, hass_storage: Any
) -> None:
    """The next start finds nothing to do, and lets go of the old account."""
    assert fridge
    entry = await world.add_account()
    await move(world, entry, smart)
    journal = f"{DOMAIN}.{entry.entry_id}.move"
    assert journal in hass_storage
    old = {it for it in hass_storage if it.startswith(DOMAIN)}
    assert await hass.config_entries.async_unload(entry.entry_id)
    hass.set_state(CoreState.starting)
    assert await hass.config_entries.async_setup(entry.entry_id)
    hass.set_state(CoreState.running)
    await world.settle()
    left = {it for it in hass_storage if it.startswith(DOMAIN)}
    assert journal not in left
    assert len(left) == len(old) - 2
