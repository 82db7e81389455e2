"""Devices come, are renamed and go with the inventory."""

from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryDisabler
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED, EVENT_STATE_CHANGED
from homeassistant.core import (
    CoreState,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE, World
from tests.simulator import Fleet, Kind, Logger

HALF_DAY = timedelta(hours=13)


@pytest.fixture
def loggers(fleet: Fleet) -> list[Logger]:
    """Return three loggers at two sites."""
    cologne, bern = fleet.add_site("Köln"), fleet.add_site("Bern")
    return [
        fleet.add_logger(cologne, "Eins", kind=Kind.TEMPERATURE),
        fleet.add_logger(cologne, "Zwei", kind=Kind.PROBES),
        fleet.add_logger(bern, "Drei", kind=Kind.TEMPERATURE),
    ]


def serials(hass: HomeAssistant, entry_id: str) -> set[str]:
    """Return the serials of all devices of an account."""
    registry = dr.async_get(hass)
    return {
        name
        for device in dr.async_entries_for_config_entry(registry, entry_id)
        for _, name in device.identifiers
    }


@pytest.mark.quality_rule("dynamic-devices")
async def test_new_loggers_appear_without_a_reload(
    hass: HomeAssistant, world: World, fleet: Fleet, loggers: list[Logger]
) -> None:
    entry = await world.add_account()
    new = fleet.add_logger(loggers[0].site, "Vier", kind=Kind.TEMPERATURE)
    await world.advance(HALF_DAY, step=5 * MINUTE)
    assert new.serial in serials(hass, entry.entry_id)
    assert float(world.value(f"{new.serial}_{new.sensors[0].serial}_1"))
    assert world.value(f"{new.serial}_battery") == "87"


async def test_new_loggers_appear_on_a_reload(
    hass: HomeAssistant, world: World, fleet: Fleet, loggers: list[Logger]
) -> None:
    """For those who cannot wait; a restart of Home Assistant asks for nothing."""
    entry = await world.add_account()
    await world.advance(20 * MINUTE)
    new = fleet.add_logger(loggers[0].site, "Vier", kind=Kind.TEMPERATURE)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    assert new.serial in serials(hass, entry.entry_id)
    assert await hass.config_entries.async_unload(entry.entry_id)
    world.simulator.requests.clear()
    hass.set_state(CoreState.starting)
    assert await hass.config_entries.async_setup(entry.entry_id)
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await world.settle()
    assert not world.requests("POST")


@pytest.mark.quality_rule("stale-devices")
async def test_a_device_goes_when_two_inventories_lack_it(
    hass: HomeAssistant, world: World, fleet: Fleet, loggers: list[Logger]
) -> None:
    entry = await world.add_account()
    gone = loggers[1]
    fleet.remove(gone.serial)
    await world.advance(HALF_DAY, step=5 * MINUTE)
    assert gone.serial in serials(hass, entry.entry_id)
    await world.advance(HALF_DAY, step=5 * MINUTE)
    assert gone.serial not in serials(hass, entry.entry_id)
    with pytest.raises(KeyError):
        world.entity_id(f"{gone.serial}_connection")
    assert {loggers[0].serial, loggers[2].serial} <= serials(hass, entry.entry_id)


@pytest.mark.expect_warnings
async def test_failed_and_empty_inventories_remove_nothing(
    hass: HomeAssistant, world: World, fleet: Fleet, loggers: list[Logger]
) -> None:
    entry = await world.add_account()
    before = serials(hass, entry.entry_id)
    world.faults.set({"on": {"properties": {"server_error": 500}}})
    await world.advance(timedelta(hours=30), step=10 * MINUTE)
    assert serials(hass, entry.entry_id) == before
    world.faults.on = {}
    for logger in loggers:
        fleet.remove(logger.serial)
    await world.advance(timedelta(hours=30), step=10 * MINUTE)
    assert serials(hass, entry.entry_id) == before


async def test_a_rename_follows_testo_and_keeps_ids(
    hass: HomeAssistant, world: World, fleet: Fleet, loggers: list[Logger]
) -> None:
    entry = await world.add_account()
    unique = f"{loggers[0].serial}_{loggers[0].sensors[0].serial}_1"
    entity_id = world.entity_id(unique)
    fleet.rename(loggers[0].serial, "Kühlraum Süd")
    await world.advance(HALF_DAY, step=5 * MINUTE)
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, loggers[0].serial), entry.entry_id
    )
    assert device is not None
    assert device.name == "Kühlraum Süd"
    assert world.entity_id(unique) == entity_id
    assert world.state(unique).attributes["friendly_name"] == "Kühlraum Süd Temperature"


@pytest.mark.expect_warnings
async def test_a_user_may_remove_only_what_testo_no_longer_has(
    hass: HomeAssistant, world: World, loggers: list[Logger], hass_ws_client: WebSocketGenerator
) -> None:
    assert await async_setup_component(hass, "config", {})
    entry = await world.add_account()
    registry = dr.async_get(hass)
    present = registry.async_get_device_by_identifier((DOMAIN, loggers[1].serial), entry.entry_id)
    absent = registry.async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, "4711")}
    )
    assert present is not None
    client = await hass_ws_client(hass)
    for device, allowed in ((present, False), (absent, True)):
        await client.send_json_auto_id(
            {
                "type": "config/device_registry/remove",
                "device_id": device.id,
            }
        )
        answer = await client.receive_json()
        assert answer["success"] is allowed, answer


@pytest.mark.expect_warnings
async def test_devices_of_a_disabled_account_can_be_judged_as_well(
    hass: HomeAssistant, world: World, loggers: list[Logger], hass_ws_client: WebSocketGenerator
) -> None:
    """By what is remembered, with the sites that were chosen."""
    assert await async_setup_component(hass, "config", {})
    entry = await world.add_account()
    cologne, bern = loggers[0].site.id, loggers[2]
    registry = dr.async_get(hass)

    def device(serial: str) -> dr.DeviceEntry:
        found = registry.async_get_device_by_identifier((DOMAIN, serial), entry.entry_id)
        assert found is not None
        return found

    hass.config_entries.async_update_entry(entry, options={"sites": [cologne]})
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    client = await hass_ws_client(hass)
    for serial, allowed in ((loggers[1].serial, False), (bern.serial, True)):
        await client.send_json_auto_id(
            {"type": "config/device_registry/remove", "device_id": device(serial).id}
        )
        answer = await client.receive_json()
        assert answer["success"] is allowed, answer


async def test_loggers_that_are_switched_off_here_are_not_counted_as_offline(
    hass: HomeAssistant, world: World, fleet: Fleet, loggers: list[Logger]
) -> None:
    entry = await world.add_account()
    for logger in loggers[:2]:
        logger.outage(world.now)
    await world.advance(timedelta(hours=2))
    offline = f"{fleet.tenant_uuid}_loggers_offline"
    assert world.value(offline) == "2"
    registry = dr.async_get(hass)
    device = registry.async_get_device_by_identifier((DOMAIN, loggers[0].serial), entry.entry_id)
    assert device is not None
    registry.async_update_device(device.id, disabled_by=dr.DeviceEntryDisabler.USER)
    await world.advance(10 * MINUTE)
    assert world.value(offline) == "1"


async def test_whatever_is_told_while_a_silent_logger_goes_knows_nothing_of_it(
    hass: HomeAssistant, world: World, fleet: Fleet, loggers: list[Logger]
) -> None:
    """The count is written again as soon as the device is gone, and no sooner looked up."""
    await world.add_account()
    offline = f"{fleet.tenant_uuid}_loggers_offline"
    loggers[1].outage(world.now)
    await world.advance(timedelta(hours=2))
    assert world.value(offline) == "1"
    entity_id, seen = world.entity_id(offline), list[str]()

    @callback
    def write_again(event: Event[dr.EventDeviceRegistryUpdatedData]) -> None:
        if event.data["action"] == "remove":
            er.async_get(hass).async_update_entity(entity_id, name=f"Silent {len(seen)}")

    @callback
    def look(event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] == entity_id and (state := event.data["new_state"]):
            seen.append(state.name)

    hass.bus.async_listen(dr.EVENT_DEVICE_REGISTRY_UPDATED, write_again)
    hass.bus.async_listen(EVENT_STATE_CHANGED, look)
    fleet.remove(loggers[1].serial)
    await world.advance(2 * HALF_DAY, step=5 * MINUTE)
    assert any("Silent 0" in name for name in seen)
    assert world.value(offline) == "0"


async def test_a_returning_logger_gets_its_entities_back(
    hass: HomeAssistant, world: World, fleet: Fleet, loggers: list[Logger]
) -> None:
    entry = await world.add_account()
    serial = loggers[0].serial
    fleet.remove(serial)
    await world.advance(2 * HALF_DAY, step=10 * MINUTE)
    assert serial not in serials(hass, entry.entry_id)
    fleet.add_logger(loggers[1].site, "Eins", kind=Kind.TEMPERATURE, serial=serial)
    await world.advance(HALF_DAY, step=10 * MINUTE)
    assert world.value(f"{serial}_connection") == "on"
    assert er.async_get(hass).async_get(world.entity_id(f"{serial}_connection"))


# --- Channels that go -----------------------------------------------------------------------------


async def without_a_channel(world: World, fleet: Fleet) -> tuple[ConfigEntry[Any], str]:
    """Return an account whose logger has lost a channel, and the unique id of its sensor."""
    logger = fleet.add_logger(fleet.add_site("Köln"), "Saal", kind=Kind.CLIMATE)
    entry = await world.add_account()
    unique_id = f"{logger.serial}_{logger.sensors[0].serial}_4"
    assert is_there(world.hass, unique_id)
    logger.sensors[0].channels.pop()
    return entry, unique_id


def is_there(hass: HomeAssistant, unique_id: str) -> bool:
    return er.async_get(hass).async_get_entity_id("sensor", DOMAIN, unique_id) is not None


async def test_a_restart_is_no_inventory(hass: HomeAssistant, world: World, fleet: Fleet) -> None:
    """Its entities go when two inventories lack it: one that comes back keeps its name."""
    entry, unique_id = await without_a_channel(world, fleet)
    await world.advance(HALF_DAY, step=10 * MINUTE)
    assert is_there(hass, unique_id)
    world.simulator.requests.clear()
    assert await hass.config_entries.async_unload(entry.entry_id)
    hass.set_state(CoreState.starting)
    assert await hass.config_entries.async_setup(entry.entry_id)
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await world.settle()
    assert not world.requests("POST", "properties")
    assert is_there(hass, unique_id)
    await world.advance(HALF_DAY, step=10 * MINUTE)
    assert not is_there(hass, unique_id)


@pytest.mark.expect_warnings
async def test_names_that_fail_are_no_inventory(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    _, unique_id = await without_a_channel(world, fleet)
    world.faults.set({"on": {"locations": {"server_error": 500}}})
    await world.advance(HALF_DAY, step=10 * MINUTE)
    assert is_there(hass, unique_id)


async def test_what_went_before_an_update_goes_as_well(
    hass: HomeAssistant, world: World, fleet: Fleet, hass_storage: dict[str, Any]
) -> None:
    """The release before noted nothing of entities whose channel is gone."""
    entry, unique_id = await without_a_channel(world, fleet)
    await world.advance(HALF_DAY, step=10 * MINUTE)
    assert await hass.config_entries.async_unload(entry.entry_id)
    hass_storage[f"{DOMAIN}.{fleet.tenant_uuid}"]["data"].pop("orphaned")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await world.advance(2 * HALF_DAY, step=10 * MINUTE)
    assert not is_there(hass, unique_id)
