"""An account with a token: its set-up, devices, values and how it asks."""

from datetime import timedelta
from typing import Any, Literal

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.kinds.table import KINDS
from tests.integration.conftest import MINUTE
from tests.simulator import Fleet, Logger

from .conftest import MARK, Saveris2World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def device_of(hass: HomeAssistant, serial: str, entry: ConfigEntry[Any]) -> dr.DeviceEntry:
    """Return the device of a logger."""
    found = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, f"{serial}{MARK}"), entry.entry_id
    )
    assert found is not None
    return found


async def test_set_up(
    hass: HomeAssistant, world: Saveris2World, fleet: Fleet, fridge: Logger, climate: Logger
) -> None:
    entry = await world.add_account()

    assert entry.unique_id == world.account
    assert entry.data == {
        "kind": "saveris_2",
        "region": "eu",
        "token": world.simulator.token,
        "base_url": world.simulator.base_url,
    }
    device = device_of(hass, fridge.serial, entry)
    assert (device.name, device.model, device.serial_number) == (
        "Kühlschrank 1",
        "Saveris 2-T1",
        fridge.serial,
    )
    assert device.area_id == "kantine_koln"
    for logger, number, channel in ((fridge, 0, 0), (climate, 0, 0), (climate, 1, 1)):
        reading = fleet.latest(logger.sensors[0].channels[channel], world.now)
        assert reading is not None
        state = world.state(world.channel(logger, number))
        assert float(state.state) == pytest.approx(reading.value)
        assert state.attributes["measured_at"] == reading.at.isoformat()
    humidity = world.state(world.channel(climate, 1)).attributes
    assert (humidity["device_class"], humidity["unit_of_measurement"]) == ("humidity", "%")
    assert world.value(f"{world.account}_calls_left") == str(world.simulator.calls_left)


async def test_two_freezers_on_one_logger_are_told_apart(
    hass: HomeAssistant, world: Saveris2World, freezer_pair: Logger
) -> None:
    entry = await world.add_account()
    assert device_of(hass, freezer_pair.serial, entry).name == "Tiefkühler"
    names = [world.state(world.channel(freezer_pair, it)).name for it in (0, 1)]
    assert names == ["Tiefkühler Temperature 1", "Tiefkühler Temperature 2"]


@pytest.mark.parametrize(
    "switch",
    ["fahrenheit", "no_iso", "decimal_comma", "twin_ids"],
)
async def test_however_a_value_is_spelt(
    world: Saveris2World, fleet: Fleet, fridge: Logger, climate: Logger, switch: str
) -> None:
    setattr(world.simulator.odd, switch, True)
    await world.add_account()
    for logger in (fridge, climate):
        reading = fleet.latest(logger.sensors[0].channels[0], world.now)
        assert reading is not None
        state = world.state(world.channel(logger))
        assert float(state.state) == pytest.approx(reading.value, abs=0.05)
        assert state.attributes["unit_of_measurement"] == "°C"


async def test_a_channel_without_a_serial_in_its_name(
    hass: HomeAssistant, world: Saveris2World, fridge: Logger
) -> None:
    channel = fridge.sensors[0].channels[0]
    name = world.simulator.channel_name(channel)
    world.simulator.odd.odd_names = {name: "Fühler links"}
    entry = await world.add_account()
    serial = f"{world.simulator.point_of(fridge)}_Fühler links"
    assert device_of(hass, serial, entry).name == "Kühlschrank 1"
    assert world.value(f"{serial}{MARK}_{serial}_0") != "unavailable"


@pytest.mark.parametrize("spelling", ["row", "hashes", "dots", "empty", "null"])
async def test_an_unplugged_probe_is_no_value_and_keeps_its_entity(
    world: Saveris2World,
    fridge: Logger,
    climate: Logger,
    spelling: Literal["row", "hashes", "dots", "empty", "null"],
) -> None:
    await world.add_account()
    odd = world.simulator.odd
    name = world.simulator.channel_name(fridge.sensors[0].channels[0])
    odd.missing_value = {name: spelling}
    await world.advance(5 * HOUR, step=5 * MINUTE)
    assert world.value(world.channel(fridge)) == "unavailable"
    assert world.value(f"{fridge.serial}{MARK}_connection") == "off"
    assert world.value(world.channel(climate)) != "unavailable"
    await world.advance(3 * DAY, step=15 * MINUTE)
    odd.missing_value = {}
    await world.advance(HOUR, step=5 * MINUTE)
    assert world.value(world.channel(fridge)) != "unavailable"


async def test_a_logger_whose_measuring_point_is_gone_goes_with_the_second_list(
    hass: HomeAssistant, world: Saveris2World, fleet: Fleet, fridge: Logger, climate: Logger
) -> None:
    entry = await world.add_account()
    fleet.remove(fridge.serial)
    await world.advance(20 * HOUR, step=15 * MINUTE)
    assert device_of(hass, fridge.serial, entry)
    await world.advance(3 * DAY, step=15 * MINUTE)
    registry = dr.async_get(hass)
    identifier = (DOMAIN, f"{fridge.serial}{MARK}")
    assert registry.async_get_device_by_identifier(identifier, entry.entry_id) is None
    assert device_of(hass, climate.serial, entry)


async def test_silence_is_noticed_by_the_longest_usual_gap(
    world: Saveris2World, fleet: Fleet, fridge: Logger
) -> None:
    """A logger that sends every six hours is not late after three; one of a quarter is."""
    slow = fleet.add_logger(fridge.site, "Truhe", communication=6 * HOUR)
    await world.add_account()
    await world.advance(3 * DAY, step=15 * MINUTE)
    seen = []
    for _ in range(4 * 24):
        await world.advance(15 * MINUTE, step=15 * MINUTE)
        seen.append(world.value(world.channel(slow)))
    assert "unavailable" not in seen
    fridge.outage(world.now)
    slow.outage(world.now)
    await world.advance(4 * HOUR, step=15 * MINUTE)
    assert world.value(world.channel(fridge)) == "unavailable"
    await world.advance(14 * HOUR, step=15 * MINUTE)
    assert world.value(world.channel(slow)) == "unavailable"


async def test_values_and_alarms_every_half_hour_points_once_a_day(
    world: Saveris2World, fridge: Logger
) -> None:
    assert fridge
    await world.add_account()
    before = len(world.requests())
    await world.advance(26 * HOUR, step=5 * MINUTE)
    paths = [it.path.rpartition("/")[2] for it in world.requests()[before:]]
    assert 43 <= paths.count("value") <= 52
    assert 43 <= paths.count("alarm") <= 52
    assert paths.count("measuringPoint") == 1


@pytest.mark.expect_warnings
async def test_a_refused_token_asks_once(
    hass: HomeAssistant, world: Saveris2World, fridge: Logger
) -> None:
    await world.add_account()
    good = world.simulator.token
    world.simulator.set_tokens(["ey.another.token"])
    before = len(world.requests())
    await world.advance(3 * HOUR, step=5 * MINUTE)
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_REAUTH
    assert len(world.requests()) - before <= 12
    world.simulator.set_tokens([good])
    result = await world.submit(flow, {"token": f' "Bearer {good}" '})
    assert result["reason"] == "reauth_successful"
    await world.settle()
    assert world.value(world.channel(fridge)) != "unavailable"


async def test_a_wrong_token_in_the_form(world: Saveris2World, fridge: Logger) -> None:
    assert fridge
    form = await world.start_flow()
    result = await world.submit(form, world.typed(token="ey.wrong.token"))
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": "invalid_auth"}
    result = await world.submit(result, world.typed(token="“ ”"))
    assert result["errors"] == {"token": "invalid_auth"}


async def test_an_html_page_is_no_account(world: Saveris2World, fridge: Logger) -> None:
    assert fridge
    world.faults.html = True
    result = await world.submit(await world.start_flow(), world.typed())
    assert result["errors"] == {"base": "cloud_error"}


@pytest.mark.expect_warnings
async def test_what_only_brings_names_may_fail(
    hass: HomeAssistant, world: Saveris2World, fridge: Logger
) -> None:
    world.faults.on = {"measuring_points": {"server_error": 500}}
    entry = await world.add_account()
    assert device_of(hass, fridge.serial, entry).name == f"Saveris 2-T1 {fridge.serial}"
    assert world.value(world.channel(fridge)) != "unavailable"
    assert world.value(f"{world.account}_cloud") == "on"
    world.faults.on = {}
    await world.advance(DAY, step=15 * MINUTE)
    assert device_of(hass, fridge.serial, entry).name == "Kühlschrank 1"


async def test_the_way_to_smart_connect_is_offered(
    hass: HomeAssistant, world: Saveris2World, fridge: Logger
) -> None:
    assert fridge
    await world.add_account()
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"move_to_smart_connect_{world.account}")
    assert issue is not None
    assert issue.is_fixable


@pytest.mark.expect_warnings
async def test_a_403_is_about_the_token(
    hass: HomeAssistant, world: Saveris2World, fridge: Logger
) -> None:
    assert fridge
    await world.add_account()
    world.faults.forbidden = True
    await world.advance(HOUR, step=5 * MINUTE)
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_REAUTH


def test_the_hosts_of_the_regions() -> None:
    kind = KINDS["saveris_2"]
    found = [kind.hosts({"region": it, "base_url": None}) for it in ("eu", "am", "ap")]
    assert found == [
        {"reach_saveris_2_eu": "https://www.saveris.net"},
        {"reach_saveris_2_am": "https://americas.saveris.net"},
        {"reach_saveris_2_ap": "https://apac.saveris.net"},
    ]
    assert kind.hosts({"region": "eu", "base_url": "https://x.example"}) == {}
