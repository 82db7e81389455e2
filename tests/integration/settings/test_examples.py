"""The examples of the documentation that need a login for settings."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.documented import ACTIONS, OF_SETTINGS, run_actions
from tests.simulator import Fleet, Kind, Site

from .conftest import SettingsWorld


async def test_sites_are_set_as_the_examples_do(
    hass: HomeAssistant, world: SettingsWorld, fleet: Fleet, site: Site
) -> None:
    logger = fleet.add_logger(site, "Kühlschrank 1", kind=Kind.CLIMATE, limits=())
    world.management.odd.readable.add("settings")
    await world.add_login()
    elsewhere = {"site": site.name, "time_zone": "Europe/London"}
    await hass.services.async_call(DOMAIN, "set_site_time_zone", elsewhere, blocking=True)
    (watched,) = ACTIONS["create_measuring_object"]
    channel = f"{logger.serial}_{logger.sensors[0].serial}_{logger.sensors[0].channels[0].number}"
    er.async_get(hass).async_update_entity(
        world.entity_id(channel), new_entity_id=watched["data"]["entity_id"]
    )
    await world.settle()
    await run_actions(hass, *OF_SETTINGS)
    (bonn,) = (it for it in fleet.sites if it.name == "Filiale Bonn")
    assert world.management.connect_keys[bonn.id]
    (*_, zone, made, limits) = world.management.writes
    assert zone.body["timezone"] == "Europe/Berlin"
    assert made.body["name"] == "Vaccine fridge"
    (conditions,) = limits.body["measurement_alarm_condition_set"]
    told = [(it["limit_value"], it["delay"]) for it in conditions["measurement_alarm_conditions"]]
    assert told == [(2.0, 600_000), (8.0, 600_000)]
