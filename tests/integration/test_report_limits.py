"""Limits that a user enters for reports: HA-side only, kept whatever happens."""

from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE, World
from tests.simulator import Fleet, Kind, Logger


@pytest.fixture
def logger(fleet: Fleet) -> Logger:
    return fleet.add_logger(fleet.add_site("Köln"), "Kühlschrank", serial="90000001")


def limit_of(logger: Logger, direction: str) -> str:
    return f"{logger.serial}_{logger.sensors[0].serial}_1_report_{direction}"


async def test_they_are_off_until_somebody_wants_them(
    hass: HomeAssistant, world: World, fleet: Fleet, logger: Logger
) -> None:
    door = fleet.add_gateway(logger.site, "Gateway").add_radio_sensor("Tür", kind=Kind.DOOR)
    await world.add_account()
    registry = er.async_get(hass)
    for direction in ("lower", "upper"):
        entity_id = registry.async_get_entity_id("number", DOMAIN, limit_of(logger, direction))
        assert entity_id is not None
        entity = registry.async_get(entity_id)
        assert entity is not None
        assert entity.disabled_by is er.RegistryEntryDisabler.INTEGRATION
        assert entity.entity_category == "config"
    ids = {it.unique_id for it in registry.entities.values() if door.serial in it.unique_id}
    assert ids
    assert not [it for it in ids if "report" in it], "a door has no limits"


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_what_is_entered_stays(hass: HomeAssistant, world: World, logger: Logger) -> None:
    entry = await world.add_account()
    number = world.entity_id(limit_of(logger, "upper"))
    state = hass.states.get(number)
    assert state is not None
    assert state.state == "unknown"
    assert state.attributes["unit_of_measurement"] == "°C"
    await hass.services.async_call(
        "number", "set_value", {"entity_id": number, "value": 8.5}, blocking=True
    )
    assert world.value(limit_of(logger, "upper")) == "8.5"
    assert world.value(limit_of(logger, "lower")) == "unknown"
    await world.advance(20 * MINUTE)
    assert world.value(limit_of(logger, "upper")) == "8.5"
    assert await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    assert world.value(limit_of(logger, "upper")) == "8.5"


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_nothing_of_testo_hangs_on_them(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    await world.add_account()
    number = world.entity_id(limit_of(logger, "upper"))
    await hass.services.async_call(
        "number", "set_value", {"entity_id": number, "value": -40}, blocking=True
    )
    world.simulator.requests.clear()
    await world.advance(timedelta(hours=1))
    alarm = limit_of(logger, "upper").replace("_report_upper", "_alarm")
    assert world.value(alarm) == "off"
    assert world.state(alarm).attributes["limit"] is None
    assert not [it for it in world.simulator.requests if "limit" in it.path]
