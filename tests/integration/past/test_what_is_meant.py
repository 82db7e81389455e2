"""Which devices an action is about: also those that measure nothing, and those that go."""

from datetime import datetime, timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from tests.integration.conftest import MINUTE, START, World
from tests.simulator import Fleet, Gateway, Kind, Logger, Simulator, Site

from .asking import DAY, HOUR, ask, probe

NEARLY_HALF_A_DAY = timedelta(hours=11, minutes=30)


@pytest.fixture
def gateway(world: World, fleet: Fleet, site: Site) -> Gateway:
    """Return a gateway that nothing sends through, and which the cloud shows all the same."""
    world.faults.sensorless_gateway = True
    gateway = fleet.add_gateway(site, "Funk")
    gateway.power_loss(START - 2 * HOUR)
    return gateway


async def test_a_gateway_has_alarms_of_its_own(
    world: World, gateway: Gateway, logger: Logger
) -> None:
    await world.add_account()
    device_id = world.device_id(gateway.serial)
    targets: list[dict[str, Any]] = [{}, {"device_id": device_id}]
    for target in targets:
        (alarm,) = (await ask(world, "get_alarms", period="today", **target))["alarms"]
        assert (alarm["serial"], alarm["device_id"]) == (gateway.serial, device_id)
        assert (alarm["severity"], alarm["open"]) == ("system_alarm", True)
    other = world.device_id(logger.serial)
    assert not (await ask(world, "get_alarms", period="today", device_id=other))["alarms"]


async def test_what_measures_nothing_belongs_to_the_inventory(
    world: World, gateway: Gateway, logger: Logger
) -> None:
    await world.add_account()
    found = await ask(world, "get_inventory")
    assert found["sites"] == [{"name": "Apotheke Köln", "devices": 2}]
    sensors = {it["serial"]: len(it["sensors"]) for it in found["devices"]}
    assert sensors == {gateway.serial: 0, logger.serial: 1}
    with pytest.raises(ServiceValidationError) as refused:
        await ask(
            *(world, "get_report"),
            period="yesterday",
            device_id=world.device_id(gateway.serial),
        )
    assert refused.value.translation_key == "measures_nothing"


async def test_an_area_means_what_is_in_it(
    hass: HomeAssistant, world: World, fleet: Fleet, site: Site, gateway: Gateway
) -> None:
    """A sensor that the user put elsewhere is not there; a label on a battery means no values."""
    probes = fleet.add_logger(site, "Schrank", kind=Kind.PROBES)
    await world.add_account()
    registry, here = er.async_get(hass), ar.async_get(hass).async_get_area_by_name(site.name)
    elsewhere = ar.async_get(hass).async_create("Lager")
    assert here is not None
    first, second = (f"{probes.serial}_{sensor.serial}_1" for sensor in probes.sensors)
    registry.async_update_entity(world.entity_id(first), area_id=elsewhere.id)
    registry.async_update_entity(world.entity_id(f"{probes.serial}_battery"), labels={"power"})

    async def entities(**target: Any) -> list[str]:
        found = await ask(world, "get_measurements", period="today", interval="day", **target)
        return [it["entity_id"] for it in found["channels"]]

    assert await entities(area_id=elsewhere.id) == [world.entity_id(first)]
    assert await entities(area_id=here.id) == [world.entity_id(second)]
    with pytest.raises(ServiceValidationError):
        await entities(label_id="power")
    found = await ask(world, "get_inventory", area_id=here.id)
    assert {it["serial"] for it in found["devices"]} == {probes.serial, gateway.serial}


async def test_an_account_that_is_not_loaded_is_not_left_out_silently(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    """What the user disabled is no part of anything."""
    entry = await world.add_account()
    target: dict[str, Any] = {"device_id": world.device_id(logger.serial), "period": "today"}
    assert await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(ServiceValidationError) as refused:
        await ask(world, "get_alarms", **target)
    assert refused.value.translation_key == "service_config_entry_not_loaded"
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    named = {"entity_id": world.entity_id(f"{logger.serial}_alarms"), "period": "today"}
    for disabled in (target, named):
        with pytest.raises(ServiceValidationError) as refused:
            await ask(world, "get_alarms", **disabled)
        assert refused.value.translation_key == "no_channels"


async def test_what_is_unknown_or_foreign_is_named(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    """Also beside what is ours: nothing is left out silently. An area may hold anything."""
    entry = await world.add_account()
    mine = world.device_id(logger.serial)
    foreign = MockConfigEntry(domain="sun", title="Sun")
    foreign.add_to_hass(hass)
    sun = dr.async_get(hass).async_get_or_create(
        config_entry_id=foreign.entry_id, identifiers={("sun", "1")}, name="Sun"
    )
    hass.states.async_set("sun.sun", "above_horizon")
    targets: list[tuple[dict[str, Any], str]] = [
        ({"device_id": [mine, sun.id]}, "Sun"),
        ({"device_id": [mine, "abc"]}, "abc"),
        ({"entity_id": ["sun.sun", world.entity_id(f"{logger.serial}_alarms")]}, "sun.sun"),
        ({"area_id": "nowhere"}, "nowhere"),
        ({"floor_id": "above"}, "above"),
        ({"label_id": "red"}, "red"),
    ]
    for target, named in targets:
        with pytest.raises(ServiceValidationError) as refused:
            await ask(world, "get_alarms", period="today", **target)
        assert refused.value.translation_key == "foreign_targets"
        assert refused.value.translation_placeholders == {"targets": named}
    with pytest.raises(ServiceValidationError) as refused:
        await ask(world, "get_alarms", period="today", device_id=mine, config_entry_id="xx")
    assert refused.value.translation_key == "service_config_entry_not_found"
    area = ar.async_get(hass).async_get_area_by_name("Apotheke Köln")
    assert area is not None
    dr.async_get(hass).async_update_device(sun.id, area_id=area.id)
    er.async_get(hass).async_get_or_create(
        *("sensor", "sun", "height"), config_entry=foreign, device_id=sun.id
    )
    found = await ask(world, "get_inventory", area_id=area.id, config_entry_id=entry.entry_id)
    assert [it["serial"] for it in found["devices"]] == [logger.serial]


async def test_of_two_accounts_one_may_be_meant(
    world: World, logger: Logger, second: Simulator
) -> None:
    first = await world.add_account()
    other = await world.add_account(api_key="second key", advanced={"base_url": second.base_url})
    devices = [world.device_id(logger.serial, first), world.device_id("80000001", other)]
    found = await ask(*(world, "get_inventory"), device_id=devices, config_entry_id=first.entry_id)
    assert [it["serial"] for it in found["devices"]] == [logger.serial]
    found = await ask(world, "get_inventory", device_id=devices)
    assert {it["serial"] for it in found["devices"]} == {logger.serial, "80000001"}


async def test_the_device_of_the_account_stands_for_all_of_it(
    world: World, fleet: Fleet, gateway: Gateway, logger: Logger
) -> None:
    await world.add_account()
    account = world.device_id(fleet.tenant_uuid)
    found = await ask(world, "get_inventory", device_id=account)
    assert {it["serial"] for it in found["devices"]} == {gateway.serial, logger.serial}


async def test_a_logger_may_go_while_its_past_is_read(
    hass: HomeAssistant, world: World, fleet: Fleet, site: Site, logger: Logger
) -> None:
    """The report is about what there was when it was asked for."""
    other = fleet.add_logger(site, "Bleibt", kind=Kind.TEMPERATURE)
    assert other.serial
    await world.add_account()
    device_id = world.device_id(logger.serial)
    fleet.remove(logger.serial)
    await world.advance(2 * NEARLY_HALF_A_DAY, step=5 * MINUTE)

    async def pass_by(seconds: float) -> None:
        await world.pass_by(seconds)
        async_fire_time_changed(hass, world.now)

    world.simulator.pause = pass_by
    world.faults.set({"on": {"measurements": {"slow": 6.0}}})
    begin, reports = START - 100 * DAY, list[Any]()
    registry = dr.async_get(hass)
    while registry.async_get(device_id):
        found = await ask(
            *(world, "get_report"),
            device_id=device_id,
            start=begin.isoformat(),
            end=(begin + 13 * DAY).isoformat(),
        )
        reports += found["reports"]
    assert {(it["serial"], it["name"]) for it in reports} == {(logger.serial, logger.name)}


@pytest.mark.parametrize(
    ("start", "end", "key"),
    [
        ("0001-01-01 00:00:00", "0001-01-02 00:00:00", "too_early"),
        ("0001-01-01T00:00:00+14:00", None, "too_early"),
        ("1969-12-31T23:00:00+00:00", "2026-07-01T00:00:00+00:00", "too_early"),
        ("9999-12-31T23:00:00-12:00", None, "wrong_order"),
        ("2026-06-30T00:00:00+00:00", "9999-12-31T23:59:59-12:00", None),
        ("2020-06-30T00:00:00+00:00", None, "too_long"),
    ],
)
async def test_the_ends_of_the_calendar(
    world: World, logger: Logger, start: str, end: str | None, key: str | None
) -> None:
    assert logger.serial
    await world.add_account()
    period: dict[str, Any] = {"start": start} if end is None else {"start": start, "end": end}
    if key is None:
        found = await ask(world, "get_measurements", interval="day", **period)
        assert datetime.fromisoformat(found["end"]) == world.now
        return
    with pytest.raises(ServiceValidationError) as refused:
        await ask(world, "get_measurements", interval="day", **period)
    assert refused.value.translation_key == key


async def test_the_cycle_of_readings_where_nobody_tells_it(world: World, logger: Logger) -> None:
    world.faults.missing_columns = {
        f"{of}_measuring_cycle{kind}" for of in ("device", "sensor") for kind in ("", "_effective")
    }
    assert probe(logger)
    await world.add_account()
    (report,) = (await ask(world, "get_report", period="yesterday"))["reports"]
    assert report["cycle_seconds"] == 900.0
