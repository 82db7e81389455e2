"""What happens while Home Assistant starts, and after it stood still for long."""

from datetime import timedelta

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
import pytest

from tests.integration.conftest import MINUTE, World
from tests.simulator import Fleet, Kind, Logger, band


@pytest.fixture
def logger(fleet: Fleet) -> Logger:
    """Return a logger that measures and sends every quarter of an hour."""
    return fleet.add_logger(
        fleet.add_site("Apotheke Köln"),
        "Kühlschrank 1",
        kind=Kind.TEMPERATURE,
        limits=band("Temperature", alarm=(-50, 50)),
    )


async def test_the_cloud_is_not_asked_before_automations_listen(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    entry = await world.add_account()
    await hass.config_entries.async_unload(entry.entry_id)
    await world.advance(10 * MINUTE)
    logger.sensors[0].channels[0].hold(world.now, world.now + timedelta(hours=5), 60.0)
    await world.advance(60 * MINUTE)
    world.simulator.requests.clear()
    hass.set_state(CoreState.starting)
    await hass.config_entries.async_setup(entry.entry_id)
    await world.settle()
    assert world.requests() == []
    assert world.events(logger.serial) == []

    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await world.settle()
    assert [event["event_type"] for event in world.events(logger.serial)] == ["alarm_raised"]


@pytest.mark.usefixtures("logger")
async def test_an_account_may_go_before_home_assistant_has_started(
    hass: HomeAssistant, world: World
) -> None:
    entry = await world.add_account()
    await hass.config_entries.async_unload(entry.entry_id)
    world.simulator.requests.clear()
    hass.set_state(CoreState.starting)
    await hass.config_entries.async_setup(entry.entry_id)
    assert await hass.config_entries.async_unload(entry.entry_id)
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await world.advance(60 * MINUTE)
    assert world.requests() == []


async def test_a_long_stop_of_home_assistant_is_no_silence_of_the_logger(
    hass: HomeAssistant, world: World, fleet: Fleet, logger: Logger
) -> None:
    entry = await world.add_account()
    await hass.config_entries.async_unload(entry.entry_id)
    await world.advance(timedelta(days=2), step=timedelta(days=1))
    world.changes.clear()
    hass.set_state(CoreState.starting)
    await hass.config_entries.async_setup(entry.entry_id)
    assert world.value(f"{logger.serial}_connection") == "unknown"
    assert world.value(f"{fleet.tenant_uuid}_loggers_offline") == "unknown"
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await world.settle()
    assert world.value(f"{logger.serial}_connection") == "on"
    connection = world.entity_id(f"{logger.serial}_connection")
    assert "off" not in {state.state for entity, state in world.changes if entity == connection}


async def test_an_alarm_of_a_device_held_for_inactive_is_told(
    world: World, fleet: Fleet, logger: Logger
) -> None:
    fleet.set_active(logger.serial, active=False)
    await world.add_account()
    assert world.value(f"{logger.serial}_alarms") == "unavailable"
    fleet.set_active(logger.serial, active=True)
    logger.sensors[0].channels[0].hold(world.now, world.now + timedelta(hours=5), 60.0)
    await world.advance(60 * MINUTE)
    assert [event["event_type"] for event in world.events(logger.serial)] == ["alarm_raised"]
