"""What the diagnostics of an account tell, and what they keep to themselves."""

from collections.abc import Iterator
from datetime import timedelta
import json
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest

from custom_components.testo_smart_connect.account.store import ledger_path
from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import START, Download, World
from tests.simulator import Fleet, Kind, band

MINUTE = timedelta(minutes=1)


@pytest.fixture
def house(fleet: Fleet) -> Fleet:
    """Return two sites with every kind of device, an alarm and a silent logger."""
    cologne, bern = fleet.add_site("Apotheke Köln"), fleet.add_site("Museum Bern")
    fridge = fleet.add_logger(
        cologne, "Kühlschrank Impfstoffe", limits=band("Temperature", alarm=(2.0, 8.0))
    )
    fridge.sensors[0].channels[0].hold(START - 90 * MINUTE, START + 90 * MINUTE, 12.5)
    fleet.add_logger(bern, "Vitrine Süd", kind=Kind.CLIMATE, mains=True)
    fleet.add_logger(bern, "Tiefkühlzelle", kind=Kind.PROBES).outage(START - 600 * MINUTE)
    gateway = fleet.add_gateway(cologne, "Gateway Erdgeschoß")
    gateway.add_radio_sensor("Laborkühlschrank", kind=Kind.PRODUCT)
    gateway.add_radio_sensor("Tür Kühlraum", kind=Kind.DOOR)
    return fleet


def private(world: World, entry: ConfigEntry[Any]) -> Iterator[str]:
    """Yield everything that names a customer, a place, a device or opens a door."""
    fleet = world.fleet
    yield from (world.simulator.api_key, fleet.tenant_uuid, fleet.customer_uuid, fleet.customer)
    yield from (world.simulator.base_url, world.simulator.file_url, entry.title)
    for site in fleet.sites:
        yield from (site.id, site.name)
    for device in fleet.devices:
        yield from (device.serial, device.uuid, device.name)
        for sensor in device.sensors:
            yield from (sensor.serial, sensor.uuid, sensor.name)
            yield from (channel.uuid for channel in sensor.channels)
    for record in world.simulator.requests:
        _, _, signature = record.path.partition("X-Amz-Signature=")
        if signature:
            yield signature


@pytest.mark.quality_rule("diagnostics")
async def test_diagnostics_tell_what_helps(world: World, house: Fleet, diagnose: Download) -> None:
    entry = await world.add_account()
    await world.advance(20 * MINUTE)
    found = await diagnose(entry)

    assert found["account"] == {
        "kind": "smart_connect",
        "region": "eu",
        "own_address": True,
        "key_expires": "2027-06-30",
        "options": {},
    }
    cloud = found["cloud"]
    assert set(cloud["learnt"]["select_works"]) == {"properties", "measurements", "alarms"}
    assert set(cloud["last_good"]) >= {"alarms", "readings", "status", "inventory"}
    resources = ("alarms", "readings", "status", "inventory", "locations", "limits")
    assert cloud["failures"] == dict.fromkeys(resources, 0)
    assert cloud["traits"]["by_arrival"] is True
    report = cloud["reports"]["properties"]
    assert report["rejected"] == {}
    assert report["rows"] == sum(
        len(sensor.channels) for device in house.devices for sensor in device.sensors
    )
    alarms = found["alarms"]
    # A hot fridge, and a logger that does not communicate.
    assert alarms["open"] == {"alarms": 1, "warnings": 1}
    assert alarms["conditions"]["upper"] == 1
    assert alarms["known_transitions"] >= 1
    assert alarms["due"] == 0
    assert alarms["without_device"] == 0
    assert found["unmatched_channels"] == 0

    instruments = found["instruments"]
    assert list(instruments) == [f"device_{number}" for number in range(1, 7)]
    kinds = sorted(instrument["kind"] for instrument in instruments.values())
    assert kinds == ["gateway", "logger", "logger", "logger", "radio_sensor", "radio_sensor"]
    assert {instrument["site"] for instrument in instruments.values()} == {"site_1", "site_2"}
    (offline,) = (instrument for instrument in instruments.values() if instrument["offline"])
    assert [channel["stale"] for channel in offline["channels"]] == [True, True]
    assert all(instrument["active"] for instrument in instruments.values())
    (climate,) = (
        instrument for instrument in instruments.values() if len(instrument["channels"]) == 4
    )
    assert climate["status"]["mains"] is True
    assert climate["model"] == Kind.CLIMATE.model
    first = climate["channels"][0]
    assert first["property"] == "Temperature"
    assert first["unit"] == "°C"
    assert first["number"] == 1
    assert first["stale"] is False
    assert first["measured"] == "2026-07-01T10:00:00+00:00"


async def test_diagnostics_name_nobody(
    hass: HomeAssistant, world: World, house: Fleet, diagnose: Download
) -> None:
    entry = await world.add_account()
    chosen = [house.sites[1].id]
    form = await hass.config_entries.options.async_init(entry.entry_id)
    await hass.config_entries.options.async_configure(
        form["flow_id"],
        {"alarm_interval": 5, "measurement_interval": 15, "stale_after": 90, "sites": chosen},
    )
    await world.settle()
    await world.advance(20 * MINUTE)
    found = await diagnose(entry)

    secrets = set(private(world, entry))
    assert len(secrets) > 40
    text = json.dumps(found, ensure_ascii=False)
    assert not [secret for secret in secrets if secret in text]
    alias = sorted(site.id for site in house.sites).index(chosen[0]) + 1
    assert found["account"]["options"]["sites"] == [f"site_{alias}"]
    assert found["account"]["options"]["stale_after"] == 90
    assert {instrument["site"] for instrument in found["instruments"].values()} == {f"site_{alias}"}
    assert len(found["instruments"]) == 2
    assert found["unmatched_channels"] == 0


async def test_diagnostics_count_what_was_not_understood(
    world: World, house: Fleet, diagnose: Download
) -> None:
    entry = await world.add_account()
    world.faults.garbage_line = True
    world.faults.bad_time = True
    world.faults.one_file = True
    await world.advance(20 * MINUTE)
    found = await diagnose(entry)

    reports = found["cloud"]["reports"]
    readings = reports["measurements"]
    assert readings["rejected"] == {"bad_json": 1, "no_timestamp": 1}
    assert readings["rows"] > 2
    assert reports["alarms"]["rejected"]["bad_json"] == 1
    assert reports["status"]["rejected"]["bad_json"] == 1
    text = json.dumps(found, ensure_ascii=False)
    assert not [secret for secret in private(world, entry) if secret in text]
    assert house.devices


@pytest.mark.expect_warnings
async def test_diagnostics_of_an_account_in_trouble(
    world: World, house: Fleet, diagnose: Download
) -> None:
    entry = await world.add_account()
    world.faults.server_error = 503
    await world.advance(40 * MINUTE)
    found = await diagnose(entry)

    failures = found["cloud"]["failures"]
    assert failures["alarms"] > 1
    assert failures["readings"] >= 1
    assert failures["inventory"] == 0
    assert found["cloud"]["last_good"]["readings"] < world.now.isoformat()
    assert {instrument["kind"] for instrument in found["instruments"].values()} >= {
        "logger",
        "gateway",
    }
    assert house.devices


async def test_diagnostics_of_an_option_for_a_site_that_is_gone(
    hass: HomeAssistant, world: World, house: Fleet, diagnose: Download
) -> None:
    entry = await world.add_account()
    gone = house.sites[1].id
    hass.config_entries.async_update_entry(entry, options={"sites": [gone]})
    for logger in house.loggers[1:]:
        house.remove(logger.serial)
    await world.advance(26 * 60 * MINUTE, step=13 * 60 * MINUTE)
    found = await diagnose(entry)

    assert found["account"]["options"]["sites"] == ["site_?"]
    assert found["unmatched_channels"] == 0, "what was read of removed devices is forgotten"
    assert gone not in json.dumps(found)


async def test_diagnostics_of_an_account_that_is_switched_off(
    hass: HomeAssistant, world: World, house: Fleet, diagnose: Download
) -> None:
    entry = await world.add_account()
    chosen = house.sites[0].id
    hass.config_entries.async_update_entry(entry, options={"sites": [chosen]})
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, house.loggers[0].serial), entry.entry_id
    )
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    for found in (await diagnose(entry), await diagnose(entry, device)):
        assert found["state"] == "not_loaded"
        assert found["known_devices"] == len(house.devices)
        assert found["account"]["options"]["sites"][0].startswith("site_")
        assert {*found["cloud"]["last_good"]} >= {"alarms", "readings"}
        text = json.dumps(found, ensure_ascii=False)
        assert not [secret for secret in private(world, entry) if secret in text]


@pytest.mark.quality_rule("diagnostics")
async def test_diagnostics_of_one_device(
    hass: HomeAssistant, world: World, house: Fleet, diagnose: Download
) -> None:
    """Those of a device tell of it alone; a probe is part of its logger."""
    entry = await world.add_account()
    await world.advance(20 * MINUTE)
    registry = dr.async_get(hass)
    fridge, _, freezer = house.loggers

    async def of(serial: str) -> dict[str, Any]:
        device = registry.async_get_device_by_identifier((DOMAIN, serial), entry.entry_id)
        found: dict[str, Any] = await diagnose(entry, device)
        text = json.dumps(found, ensure_ascii=False)
        assert not [secret for secret in private(world, entry) if secret in text]
        return found

    found = await of(fridge.serial)
    assert found["version"] == "0.1.0"
    assert found["device"]["model"] == fridge.model
    (channel,) = found["device"]["channels"]
    # It was asked for a day back from when it was added.
    assert channel["last_24_hours"] == {"counted": 96, "expected": 96}
    (episode,) = found["episodes"]
    assert episode == {
        "system": False,
        "condition": "upper",
        "severity": "alarm",
        "property": "Temperature",
        "extension": "Unknown",
        "raised": "2026-07-01T08:45:00+00:00",
        "cleared": None,
    }
    reports = found["cloud"]["reports"]
    assert {*reports} >= {"properties", "measurements", "alarms", "status"}
    assert reports["alarms"]["timing"]["polls"] == 1
    child = registry.async_get_child_device_by_identifier(
        (DOMAIN, freezer.sensors[1].serial), entry.entry_id
    )
    found = await diagnose(entry, child)
    assert len(found["device"]["channels"]) == 2
    assert found["episodes"][0]["system"] is True
    assert (await of(house.tenant_uuid))["instruments"].keys() == {
        f"device_{number}" for number in range(1, 7)
    }
    absent = registry.async_get_or_create(
        config_entry_id=entry.entry_id, identifiers={(DOMAIN, "4711")}
    )
    found = await diagnose(entry, absent)
    assert (found["device"], found["episodes"]) == (None, [])


@pytest.mark.expect_warnings
async def test_diagnostics_without_a_ledger(
    hass: HomeAssistant, world: World, house: Fleet, diagnose: Download
) -> None:
    """A disk that fails is a reason to ask for diagnostics, not to have none."""
    entry = await world.add_account()
    path = ledger_path(hass, house.tenant_uuid)
    assert await hass.config_entries.async_unload(entry.entry_id)
    path.unlink()
    path.mkdir()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await world.settle()
    found = await diagnose(entry)
    channels = [
        channel
        for instrument in found["instruments"].values()
        for channel in instrument["channels"]
    ]
    assert {channel["last_24_hours"]["counted"] for channel in channels} == {None}
