"""A button on each device: all its open alarms, acknowledged with a thumb."""

from datetime import timedelta

from homeassistant.core import Context, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from tests.integration.conftest import MINUTE, START, World
from tests.simulator import Fleet, Kind, Logger, band

HOUR = timedelta(hours=1)


@pytest.fixture
def logger(fleet: Fleet) -> Logger:
    """Return a logger with two probes, which get too warm after an hour."""
    limits = band("Temperature", alarm=(2.0, 8.0))
    logger = fleet.add_logger(
        *(fleet.add_site("Köln"), "Kühlzelle"),
        kind=Kind.PROBES,
        measuring=5 * MINUTE,
        communication=5 * MINUTE,
        limits=limits,
    )
    for sensor in logger.sensors:
        sensor.channels[0].hold(START - 24 * HOUR, START + HOUR, 5.0)
        sensor.channels[0].hold(START + HOUR, START + 3 * HOUR, 12.0)
        sensor.channels[0].hold(START + 3 * HOUR, START + 48 * HOUR, 5.0)
    return logger


async def press(hass: HomeAssistant, entity_id: str, context: Context | None = None) -> None:
    await hass.services.async_call(
        "button", "press", {"entity_id": entity_id}, blocking=True, context=context
    )


async def test_a_thumb_acknowledges_all_that_is_open(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    await world.add_account()
    button = f"{logger.serial}_acknowledge"
    alarms = [f"{logger.serial}_{it.serial}_1_alarm" for it in logger.sensors]
    assert world.value(button) == "unavailable", "there is nothing to acknowledge"
    await world.advance(90 * MINUTE)
    assert [world.value(it) for it in alarms] == ["on", "on"]
    assert world.value(button) == "unknown"

    user = MockUser(name="Anna", is_owner=True).add_to_hass(hass)
    await press(hass, world.entity_id(button), Context(user_id=user.id))
    for alarm in alarms:
        attributes = world.state(alarm).attributes
        assert attributes["acknowledged"] is True
        assert attributes["acknowledged_by"] == "Anna"
        assert attributes["note"] is None
    at = world.state(alarms[0]).attributes["acknowledged_at"]
    await world.advance(5 * MINUTE)
    await press(hass, world.entity_id(button))
    attributes = world.state(alarms[0]).attributes
    assert (attributes["acknowledged_by"], attributes["acknowledged_at"]) == ("Anna", at)

    await world.advance(3 * HOUR)
    assert [world.value(it) for it in alarms] == ["off", "off"]
    assert world.value(button) == "unavailable"


async def test_one_device_says_nothing_of_another(
    world: World, fleet: Fleet, logger: Logger
) -> None:
    other = fleet.add_logger(logger.site, "Lager")
    await world.add_account()
    await world.advance(90 * MINUTE)
    assert world.value(f"{other.serial}_acknowledge") == "unavailable"
    assert world.value(f"{logger.serial}_acknowledge") != "unavailable"
    button = world.entity_id(f"{logger.serial}_acknowledge")
    before = [it for it in world.changes if it[0] == button]
    await world.advance(HOUR)
    assert [it for it in world.changes if it[0] == button] == before, "only if something changes"
