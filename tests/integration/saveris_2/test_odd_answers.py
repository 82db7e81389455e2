"""What the cloud may say one day: odd names, empty lists, wrong clocks, another logger."""

from collections.abc import Callable
import copy
from datetime import timedelta
import json
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE, Download
from tests.simulator import Fleet, Logger

from .conftest import MARK, Saveris2World
from .moves import registered
from .test_alarms import extra

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEP, QUARTER = 5 * MINUTE, 15 * MINUTE


def tamper(world: Saveris2World, change: Callable[[str, dict[str, Any]], None]) -> None:
    """Change each answer before it is sent."""
    simulator = world.simulator
    content: Any = type(simulator)._content  # noqa: SLF001  what the simulator has no switch for

    def tampered(reply: Any, now: Any) -> Any:
        body = copy.deepcopy(content(simulator, reply, now))
        change(reply.resource, body)
        return body

    simulator._content = tampered  # type: ignore[method-assign]  # noqa: SLF001  as above


def name_of(world: Saveris2World, logger: Logger) -> str:
    """Return what the first channel of a logger is called."""
    return world.simulator.channel_name(logger.sensors[0].channels[0])


def has_device(hass: HomeAssistant, entry: ConfigEntry[Any], serial: str) -> bool:
    """Tell whether there is a device of a logger."""
    registry, identifier = dr.async_get(hass), (DOMAIN, f"{serial}{MARK}")
    return registry.async_get_device_by_identifier(identifier, entry.entry_id) is not None


async def test_two_points_may_call_their_channels_alike(
    hass: HomeAssistant, world: Saveris2World, fridge: Logger, climate: Logger
) -> None:
    both = (fridge, climate)
    world.simulator.odd.odd_names = {name_of(world, it): "Temperature" for it in both}
    entry = await world.add_account()
    points = [world.simulator.point_of(it) for it in both]
    wanted = {f"{it}_Temperature{MARK}_{it}_Temperature_0" for it in points}
    assert wanted <= {*registered(hass, entry).values()}


async def test_a_logger_that_was_replaced_goes_and_the_new_one_is_warned_of(
    hass: HomeAssistant, world: Saveris2World, fridge: Logger
) -> None:
    entry = await world.add_account()
    await world.advance(HOUR, step=STEP)
    world.simulator.odd.odd_names = {name_of(world, fridge): "T1_99990000_0"}
    await world.advance(DAY, step=2 * QUARTER)
    fridge.outage(world.now, world.now + 6 * HOUR)
    await world.advance(5 * HOUR, step=STEP)
    assert world.value(f"99990000{MARK}_system_alarm") == "on"
    assert world.value(f"{fridge.serial}{MARK}_system_alarm") == "off"
    await world.advance(4 * DAY, step=2 * QUARTER)
    assert not has_device(hass, entry, fridge.serial)
    assert has_device(hass, entry, "99990000")


@pytest.mark.expect_warnings
@pytest.mark.parametrize("points", [None, [], ["torn"], [{"id": "zzzzz", "name": "Neu"}, "torn"]])
async def test_a_list_of_points_that_says_nothing_takes_no_name_away(
    world: Saveris2World, fridge: Logger, points: Any
) -> None:
    await world.add_account()
    name = world.state(world.channel(fridge)).name

    def change(resource: str, body: dict[str, Any]) -> None:
        if resource == "measuring_points":
            body["measuringPoints"] = points

    tamper(world, change)
    await world.advance(3 * DAY, step=QUARTER)
    assert world.state(world.channel(fridge)).name == name


async def test_lists_that_are_read_again_at_once_count_once(
    hass: HomeAssistant, world: Saveris2World, fleet: Fleet, fridge: Logger, climate: Logger
) -> None:
    assert climate
    entry = await world.add_account()
    await world.advance(HOUR, step=STEP)
    fleet.remove(fridge.serial)
    for _ in range(3):
        await hass.config_entries.async_reload(entry.entry_id)
        await world.settle()
        await world.advance(HOUR, step=STEP)
    assert has_device(hass, entry, fridge.serial)


async def test_a_wrong_clock_once_spoils_nothing(
    world: Saveris2World, fleet: Fleet, fridge: Logger
) -> None:
    slow = fleet.add_logger(fridge.site, "Truhe", communication=6 * HOUR)
    name, wrong = name_of(world, slow), [True]

    def change(resource: str, body: dict[str, Any]) -> None:
        if resource == "values" and wrong[0]:
            for row in body["measuringPoints"]:
                if row["channelName"] == name:
                    row["timestamp"] = "2099-01-01T00:00:00Z"

    tamper(world, change)
    entry = await world.add_account()
    await world.advance(HOUR, step=STEP)
    reports = (await world.diagnostics(entry))["cloud"]["reports"]
    assert reports["readings"]["rejected"] == {"ahead_of_time": 1}
    wrong[0] = False
    await world.advance(4 * DAY, step=QUARTER)
    seen = []
    for _ in range(2 * 96):
        await world.advance(QUARTER, step=QUARTER)
        seen.append(world.value(world.channel(slow)))
    assert "unavailable" not in seen


async def test_an_alarm_that_is_still_to_come_has_begun_by_now(
    world: Saveris2World, fridge: Logger
) -> None:
    await world.add_account()
    await world.advance(HOUR, step=STEP)
    began = world.now
    world.simulator.odd.extra_alarms = [extra(world, fridge, timestamp="2026-12-24T00:00:00Z")]
    await world.advance(HOUR, step=STEP)
    world.simulator.odd.extra_alarms = []
    await world.advance(HOUR, step=STEP)
    raised, cleared = world.events(f"{fridge.serial}{MARK}")
    assert began.isoformat() <= raised["raised_at"] <= (began + HOUR).isoformat()
    assert cleared["duration"] > 0


async def test_a_channel_at_two_points_has_one_alarm(
    world: Saveris2World, fridge: Logger, climate: Logger
) -> None:
    await world.add_account()
    await world.advance(HOUR, step=STEP)
    other = world.simulator.point_of(climate)
    both = [extra(world, fridge), extra(world, fridge, measuringPointId=other)]
    world.simulator.odd.extra_alarms = both
    await world.advance(HOUR, step=STEP)
    world.simulator.odd.extra_alarms = [extra(world, fridge, measuringPointId="zzzzz")]
    await world.advance(HOUR, step=STEP)
    assert world.told(fridge) == ["alarm_raised"]


async def test_diagnostics_name_nobody(
    world: Saveris2World, fridge: Logger, climate: Logger, diagnose: Download, hass: HomeAssistant
) -> None:
    world.simulator.odd.odd_names = {name_of(world, fridge): "Geheimer Name"}
    message = f"Logger {fridge.serial} at {fridge.name} is silent"
    entry = await world.add_account()
    point = world.simulator.point_of(climate)
    world.simulator.odd.extra_warnings = [{"message": message, "measuringPointId": point}]
    await world.advance(HOUR, step=STEP)
    system_alarm = world.state(f"{climate.serial}{MARK}_system_alarm")
    assert (system_alarm.state, system_alarm.attributes["reason"]) == ("on", message)
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, f"{climate.serial}{MARK}"), entry.entry_id
    )
    found = [await diagnose(entry), await diagnose(entry, device)]
    assert found[0]["cloud"]["learnt"]["channels"] == 3
    (episode,) = found[1]["episodes"]
    assert (episode["system"], episode["severity"]) == (True, "warning")
    await hass.config_entries.async_unload(entry.entry_id)
    found.append(await diagnose(entry))
    told = json.dumps(found, ensure_ascii=False)
    points = (world.simulator.point_of(it) for it in (fridge, climate))
    private = (world.simulator.token, "Geheimer", fridge.serial, climate.serial, *points)
    for word in (*private, fridge.name, climate.name, world.fleet.tenant_uuid):
        assert word not in told
    registry = er.async_get(hass)
    assert er.async_entries_for_config_entry(registry, entry.entry_id)
