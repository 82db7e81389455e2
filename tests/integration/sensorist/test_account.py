"""An account with an e-mail address: devices, values, ages, requests."""

from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.kinds.table import KINDS
from tests.integration.conftest import MINUTE
from tests.simulator import Fleet, Gateway, Kind, RadioSensor

from .conftest import MARK, SensoristWorld

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEP, QUARTER = 5 * MINUTE, 15 * MINUTE


async def test_set_up(
    hass: HomeAssistant, world: SensoristWorld, fleet: Fleet, gateway: Gateway, cellar: RadioSensor
) -> None:
    entry = await world.add_account()
    assert entry.unique_id == world.account
    registry = dr.async_get(hass)
    device = registry.async_get_device_by_identifier(
        (DOMAIN, f"{cellar.serial}{MARK}"), entry.entry_id
    )
    above = registry.async_get_device_by_identifier(
        (DOMAIN, f"{gateway.serial}{MARK}"), entry.entry_id
    )
    assert device is not None
    assert above is not None
    assert (device.name, device.manufacturer, device.via_device_id) == (
        "Kælder rum 2",
        "Sensorist",
        above.id,
    )
    for channel in cellar.channels[:2]:
        reading = fleet.latest(channel, world.now)
        assert reading is not None
        state = world.state(world.channel(channel))
        assert float(state.state) == pytest.approx(reading.value)
        assert state.attributes["measured_at"] == reading.at.isoformat()
    battery = world.state(world.source(cellar, world.simulator.battery_id(cellar)))
    assert (battery.attributes["device_class"], battery.attributes["unit_of_measurement"]) == (
        "voltage",
        "V",
    )
    assert world.value(f"{gateway.serial}{MARK}_connection") == "on"
    assert world.value(f"{cellar.serial}{MARK}_connection") == "on"
    assert not world.simulator.early


async def test_a_day_never_asks_too_early(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor
) -> None:
    entry = await world.add_account()
    for step in range(24 * 4):
        await world.advance(QUARTER, step=STEP)
        if step % 5 == 0:
            await hass.config_entries.async_reload(entry.entry_id)
            await world.settle()
    assert not world.simulator.early
    assert world.value(world.channel(cellar.channels[0])) != "unavailable"


def test_the_host() -> None:
    kind = KINDS["sensorist"]
    assert kind.hosts({"base_url": None}) == {"reach_sensorist": "https://api.sensorist.com"}
    assert kind.hosts({"base_url": "https://x.example"}) == {}


async def test_a_form_asks_for_nothing_that_is_known(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor
) -> None:
    """Who tries the set-up again, or reconfigures, gets the answers that are still good."""
    assert cellar
    entry = await world.add_account()
    for _ in range(3):
        form = await hass.config_entries.flow.async_init(
            DOMAIN, context={"source": "reconfigure", "entry_id": entry.entry_id}
        )
        result = await world.submit(form, world.typed())
        assert result["reason"] == "reconfigure_successful"
        await world.settle()
        again = await world.submit(await world.start_flow(), world.typed())
        assert again["reason"] == "already_configured"
    assert not world.simulator.early


async def test_a_wrong_password_is_asked_for_although_answers_are_known(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor
) -> None:
    assert cellar
    entry = await world.add_account()
    form = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": "reconfigure", "entry_id": entry.entry_id}
    )
    result = await world.submit(form, world.typed(password="wrong"))
    assert result["errors"] == {"base": "invalid_auth"}
    result = await world.submit(result, world.typed())
    assert result["reason"] == "reconfigure_successful"
    await world.settle()
    assert entry.data["password"] == world.simulator.password
    # Only asking tells; a person does it, and it is one request.
    assert [it.path for it in world.simulator.early] == ["/v1/users"]


async def test_who_asks_every_minute_gets_no_request_too_early(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor
) -> None:
    assert await async_setup_component(hass, "homeassistant", {})
    await world.add_account()
    entity_id = world.entity_id(world.channel(cellar.channels[0]))
    for _ in range(2 * 60):
        await world.advance(MINUTE)
        await hass.services.async_call(
            "homeassistant", "update_entity", {"entity_id": entity_id}, blocking=True
        )
        await world.settle()
    assert not world.simulator.early


async def test_the_longer_of_two_ages_binds(world: SensoristWorld, cellar: RadioSensor) -> None:
    assert cellar
    world.simulator.odd.max_age = dict.fromkeys(("users", "gateways", "alarms"), 2 * 3600)
    world.simulator.odd.age_in_body = 900
    await world.add_account()
    await world.advance(timedelta(hours=5), step=STEP)
    assert not world.simulator.early
    asked = [it.path for it in world.requests()]
    assert asked.count("/v1/alarms") == 3


@pytest.mark.expect_warnings
async def test_an_error_is_not_asked_for_again_after_a_restart(
    world: SensoristWorld, cellar: RadioSensor, hass_storage: dict[str, Any]
) -> None:
    """What has to be left alone until when is on the disk, however Home Assistant stops."""
    assert cellar
    await world.add_account()
    world.simulator.odd.code = {"alarms": 500}
    await world.advance(20 * MINUTE, step=STEP)
    await world.advance(2 * MINUTE)
    (stored,) = (it["data"] for key, it in hass_storage.items() if key.startswith(DOMAIN))
    known = stored["habits"]["cache"]["/alarms?"]
    assert known["answer"] is None
    assert timedelta() < datetime.fromisoformat(known["until"]) - world.now < QUARTER


@pytest.mark.parametrize(
    ("kind", "name", "device_class"),
    [
        (("Pressure", "Unknown", "hPa", 1), "Loft Pressure", "atmospheric_pressure"),
        (("Illuminance", "Unknown", "lx", 0), "Loft Illuminance", "illuminance"),
        (("CO2", "Unknown", "ppm", 0), "Loft Extra", None),
        (("Mystery", "Unknown", "x", 0), "Loft Other value", None),
    ],
    ids=str,
)
async def test_kinds_have_plain_names(
    world: SensoristWorld, gateway: Gateway, kind: Any, name: str, device_class: str | None
) -> None:
    """None is called as it is abbreviated in the answers."""
    sensor = gateway.add_radio_sensor("Loft", kind=Kind.of(kind))
    await world.add_account()
    state = world.state(world.channel(sensor.channels[0]))
    assert state.attributes["friendly_name"] == name
    assert state.attributes.get("device_class") == device_class
