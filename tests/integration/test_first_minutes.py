"""Scenario A1: what a user sees in the first five minutes."""

from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import START, World
from tests.simulator import Fleet, Kind

HOUR = timedelta(hours=1)
FRIDGE, PROBE = "12345678", "22345678"
UPLOADED = START.replace(minute=0, second=0)


@pytest.fixture
def pharmacy(fleet: Fleet) -> Fleet:
    """Return a fridge that uploads hourly and a logger that uploads daily."""
    site = fleet.add_site("Apotheke Köln")
    fridge = fleet.add_logger(
        site, "Kühlschrank 1", kind=Kind.TEMPERATURE, serial=FRIDGE, communication=HOUR
    )
    (channel,) = fridge.sensors[0].channels
    for minutes, value in ((45, 4.9), (30, 5.0), (15, 5.2), (0, 5.1)):
        at = UPLOADED - timedelta(minutes=minutes)
        channel.hold(at, at + timedelta(minutes=1), value)
    # Uploads at 13:00 each day, so that before ten the newest reading is 21 h old.
    fleet.add_logger(
        site,
        "Lager",
        kind=Kind.TEMPERATURE,
        serial=PROBE,
        communication=24 * HOUR,
        phase=13 * HOUR,
    )
    return fleet


def unique_id(fleet: Fleet, serial: str, number: int = 1) -> str:
    """Return the unique id of a channel of a logger's first sensor."""
    return f"{serial}_{fleet.device(serial).sensors[0].serial}_{number}"


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.quality_rule("has-entity-name")
async def test_a1_values_times_and_areas_are_there_at_once(
    hass: HomeAssistant, world: World, pharmacy: Fleet
) -> None:
    entry = await world.add_account(api_key=f" '{world.simulator.api_key}' \n")

    assert entry.title == pharmacy.customer
    assert entry.unique_id == pharmacy.tenant_uuid
    fridge = unique_id(pharmacy, FRIDGE)
    temperature = world.state(fridge)
    assert float(temperature.state) == pytest.approx(5.1, abs=1e-5)
    assert temperature.attributes["friendly_name"] == "Kühlschrank 1 Temperature"
    assert temperature.attributes["unit_of_measurement"] == "°C"
    assert world.value(f"{FRIDGE}_last_measurement") == UPLOADED.isoformat()
    assert world.value(f"{FRIDGE}_connection") == "on"
    assert world.value(f"{fridge}_alarm") == "off"
    devices = dr.async_get(hass)
    device = devices.async_get_device_by_identifier((DOMAIN, FRIDGE), entry.entry_id)
    assert device is not None
    assert device.area_id is not None
    area = ar.async_get(hass).async_get_area(device.area_id)
    assert area is not None
    assert area.name == "Apotheke Köln"
    assert device.serial_number == FRIDGE


async def test_a1_a_daily_uploader_shows_its_value(world: World, pharmacy: Fleet) -> None:
    await world.add_account()

    lager = pharmacy.logger(PROBE)
    reading = pharmacy.latest(lager.sensors[0].channels[0], world.now)
    assert reading is not None
    assert world.now - reading.at > timedelta(hours=20)
    assert float(world.value(unique_id(pharmacy, PROBE))) == reading.value
    assert world.value(f"{PROBE}_connection") == "on"


@pytest.mark.quality_rule("config-flow-test-coverage")
async def test_a1_the_wrong_region_is_explained_and_nothing_typed_is_lost(
    world: World, pharmacy: Fleet
) -> None:
    assert pharmacy.loggers
    flow = await world.start_flow()
    world.faults.unauthorized = True
    typed = world.typed(region="ap")
    result = await world.submit(flow, typed)

    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": "invalid_auth"}
    schema = result["data_schema"]
    assert schema is not None
    suggested = {
        str(marker): (marker.description or {}).get("suggested_value") for marker in schema.schema
    }
    assert suggested["region"] == "ap"
    assert suggested["api_key"] == typed["api_key"]
    assert suggested["key_expires"] == typed["key_expires"]

    world.faults.unauthorized = False
    result = await world.submit(result, world.typed())
    assert result["type"] is FlowResultType.CREATE_ENTRY
