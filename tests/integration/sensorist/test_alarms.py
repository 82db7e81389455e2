"""Alarms that a user set with Sensorist: open, told once, with their limit."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE
from tests.simulator import RadioSensor

from .conftest import MARK, SensoristWorld

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEP = 5 * MINUTE


def told(world: SensoristWorld, sensor: RadioSensor) -> list[str]:
    """Return the events that were given of a sensor."""
    return [it["event_type"] for it in world.events(f"{sensor.serial}{MARK}")]


def warm(world: SensoristWorld, sensor: RadioSensor, lasting: timedelta = 3 * HOUR) -> None:
    """Let it be too warm for a while."""
    sensor.channels[0].hold(world.now, world.now + lasting, 33.0)


async def test_an_alarm_comes_and_goes_once(world: SensoristWorld, cellar: RadioSensor) -> None:
    channel = cellar.channels[0]
    world.simulator.add_alarm(channel, "above", 30.0)
    world.simulator.add_alarm(channel, "below", 5.0)
    await world.add_account()
    alarm = f"{world.channel(channel)}_alarm"
    assert world.value(alarm) == "off"
    warm(world, cellar)
    await world.advance(2 * HOUR, step=STEP)
    state = world.state(alarm)
    facts = {name: state.attributes[name] for name in ("direction", "value", "limit")}
    assert (state.state, facts) == ("on", {"direction": "upper", "value": 33.0, "limit": 30.0})
    await world.advance(3 * HOUR, step=STEP)
    assert world.value(alarm) == "off"
    assert told(world, cellar) == ["alarm_raised", "alarm_cleared"]
    raised, cleared = world.events(f"{cellar.serial}{MARK}")
    assert raised["raised_at"] == cleared["raised_at"]
    assert cleared["duration"] > 0
    assert cleared["peak"] == 33.0
    assert not world.simulator.early


@pytest.mark.parametrize(
    "odd",
    [
        {"history_form": "logs"},
        {"history_form": "alarms"},
        {"history_form": "keyed", "history_without_ids": True},
        {"history_untidy": True},
        {"alarms_spelt_oddly": True},
        {"broken_rows": True},
    ],
    ids=str,
)
@pytest.mark.expect_warnings
async def test_however_the_log_is_written(
    world: SensoristWorld, cellar: RadioSensor, odd: dict[str, Any]
) -> None:
    for name, value in odd.items():
        setattr(world.simulator.odd, name, value)
    world.simulator.add_alarm(cellar.channels[0], "above", 30.0)
    await world.add_account()
    warm(world, cellar)
    await world.advance(6 * HOUR, step=STEP)
    assert told(world, cellar) == ["alarm_raised", "alarm_cleared"]


@pytest.mark.parametrize("before", [True, False])
async def test_a_log_may_begin_or_stop_to_give_ids(
    world: SensoristWorld, cellar: RadioSensor, *, before: bool
) -> None:
    world.simulator.add_alarm(cellar.channels[0], "above", 30.0)
    world.simulator.odd.history_without_ids = before
    await world.add_account()
    warm(world, cellar)
    await world.advance(2 * HOUR, step=STEP)
    world.simulator.odd.history_without_ids = not before
    await world.advance(4 * HOUR, step=STEP)
    assert told(world, cellar) == ["alarm_raised", "alarm_cleared"]


async def test_two_alarms_of_one_direction_are_two(
    world: SensoristWorld, cellar: RadioSensor
) -> None:
    channel = cellar.channels[0]
    world.simulator.add_alarm(channel, "above", 30.0)
    world.simulator.add_alarm(channel, "above", 32.0)
    await world.add_account()
    channel.hold(world.now, world.now + 2 * HOUR, 33.0)
    channel.hold(world.now + 2 * HOUR, world.now + 4 * HOUR, 31.0)
    await world.advance(3 * HOUR, step=STEP)
    assert world.value(f"{world.channel(channel)}_alarm") == "on"
    await world.advance(4 * HOUR, step=STEP)
    assert world.value(f"{world.channel(channel)}_alarm") == "off"
    assert sorted(told(world, cellar)) == 2 * ["alarm_cleared"] + 2 * ["alarm_raised"]


async def test_a_limit_is_shown(
    world: SensoristWorld, cellar: RadioSensor, entity_registry_enabled_by_default: None
) -> None:
    assert entity_registry_enabled_by_default is None
    world.simulator.add_alarm(cellar.channels[0], "above", 30.0)
    await world.add_account()
    assert world.value(f"{world.channel(cellar.channels[0])}_upper_alarm_limit") == "30.0"


async def test_what_is_open_at_first_is_not_told(
    world: SensoristWorld, cellar: RadioSensor
) -> None:
    world.simulator.add_alarm(cellar.channels[0], "above", 30.0)
    warm(world, cellar, DAY)
    await world.advance(2 * HOUR, step=STEP)
    await world.add_account()
    await world.advance(HOUR, step=STEP)
    assert world.value(f"{world.channel(cellar.channels[0])}_alarm") == "on"
    assert told(world, cellar) == []


@pytest.mark.parametrize("by", ["action", "web page"])
async def test_an_alarm_that_is_deleted_while_it_is_open_is_over(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor, by: str
) -> None:
    """Its log ends there, so that nobody would ever tell."""
    channel = cellar.channels[0]
    mine = world.simulator.add_alarm(channel, "above", 30.0)
    entry = await world.add_account()
    warm(world, cellar, DAY)
    await world.advance(HOUR, step=STEP)
    alarm = f"{world.channel(channel)}_alarm"
    assert world.value(alarm) == "on"
    if by == "action":
        await hass.services.async_call(
            DOMAIN, "delete_alarm", {"alarm_id": str(mine.id)}, blocking=True
        )
        await world.advance(20 * MINUTE, step=STEP)
    else:
        world.simulator.alarms.remove([mine.id], world.now)
        await world.advance(65 * MINUTE, step=STEP)
    assert world.value(alarm) == "off"
    await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    await world.advance(3 * HOUR, step=STEP)
    assert told(world, cellar) == ["alarm_raised", "alarm_cleared"]
    raised, cleared = world.events(f"{cellar.serial}{MARK}")
    assert (raised["direction"], cleared["direction"]) == ("upper", "upper")
    assert not world.simulator.early


async def test_a_deletion_ends_an_open_alarm_at_once(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor
) -> None:
    """Nothing is read for that, and a reload does not bring it back."""
    channel = cellar.channels[0]
    mine = world.simulator.add_alarm(channel, "above", 30.0)
    entry = await world.add_account()
    warm(world, cellar, DAY)
    await world.advance(HOUR, step=STEP)
    alarm = f"{world.channel(channel)}_alarm"
    assert world.value(alarm) == "on"
    world.simulator.requests.clear()
    data = {"alarm_id": str(mine.id)}
    await hass.services.async_call(DOMAIN, "delete_alarm", data, blocking=True)
    await world.settle()
    assert world.value(alarm) == "off"
    assert told(world, cellar) == ["alarm_raised", "alarm_cleared"]
    assert [it.method for it in world.requests()] == ["DELETE"]
    for _ in range(2):
        await hass.config_entries.async_reload(entry.entry_id)
        await world.settle()
        assert world.value(alarm) == "off"
    await world.advance(2 * HOUR, step=STEP)
    assert told(world, cellar) == ["alarm_raised", "alarm_cleared"]
    assert not world.simulator.early


async def test_an_alarm_that_is_deleted_when_it_is_over_says_nothing(
    world: SensoristWorld, cellar: RadioSensor
) -> None:
    channel = cellar.channels[0]
    mine = world.simulator.add_alarm(channel, "above", 30.0)
    await world.add_account()
    warm(world, cellar)
    await world.advance(5 * HOUR, step=STEP)
    world.simulator.alarms.remove([mine.id], world.now)
    await world.advance(5 * HOUR, step=STEP)
    assert told(world, cellar) == ["alarm_raised", "alarm_cleared"]
    assert world.value(f"{world.channel(channel)}_alarm") == "off"


async def test_a_list_that_is_empty_once_ends_no_alarm(
    world: SensoristWorld, cellar: RadioSensor
) -> None:
    channel = cellar.channels[0]
    mine = world.simulator.add_alarm(channel, "above", 30.0)
    await world.add_account()
    warm(world, cellar, DAY)
    await world.advance(HOUR, step=STEP)
    del world.simulator.limits[mine.id]
    await world.advance(15 * MINUTE, step=STEP)
    world.simulator.limits[mine.id] = mine
    for _ in range(4):
        await world.advance(30 * MINUTE, step=STEP)
        assert world.value(f"{world.channel(channel)}_alarm") == "on"
    assert told(world, cellar) == ["alarm_raised"]


async def test_an_alarm_that_is_newer_than_the_list_is_told_once(
    world: SensoristWorld, cellar: RadioSensor
) -> None:
    """Its log may be read before the list says what it is."""
    channel = cellar.channels[0]
    world.simulator.odd.max_age["alarms"] = 2 * 3600
    await world.add_account()
    await world.advance(20 * MINUTE, step=STEP)
    world.simulator.add_alarm(channel, "above", 30.0)
    warm(world, cellar, DAY)
    await world.advance(5 * HOUR, step=STEP)
    (raised,) = world.events(f"{cellar.serial}{MARK}")
    assert (raised["event_type"], raised["direction"]) == ("alarm_raised", "upper")
    assert not world.simulator.early


async def test_an_alarm_that_was_deleted_before_the_set_up_is_nobodys(
    world: SensoristWorld, cellar: RadioSensor
) -> None:
    channel = cellar.channels[0]
    mine = world.simulator.add_alarm(channel, "above", 30.0)
    warm(world, cellar, HOUR)
    await world.advance(30 * MINUTE, step=STEP)
    world.simulator.alarms.remove([mine.id], world.now)
    await world.advance(2 * DAY, step=6 * HOUR)
    world.simulator.add_alarm(channel, "above", 35.0, since=world.now)
    await world.add_account()
    await world.advance(2 * HOUR, step=STEP)
    assert world.value(f"{world.channel(channel)}_alarm") == "off"
    assert told(world, cellar) == []


async def test_an_alarm_that_was_open_for_long_ends_when_it_is_deleted(
    world: SensoristWorld, cellar: RadioSensor
) -> None:
    """No window that is read reaches back to its beginning."""
    channel = cellar.channels[0]
    mine = world.simulator.add_alarm(channel, "above", 30.0)
    channel.hold(world.now - 10 * DAY, world.now + 10 * DAY, 33.0)
    await world.add_account()
    await world.advance(HOUR, step=STEP)
    assert world.value(f"{world.channel(channel)}_alarm") == "on"
    world.simulator.alarms.remove([mine.id], world.now)
    await world.advance(HOUR, step=STEP)
    assert world.value(f"{world.channel(channel)}_alarm") == "off"


async def test_an_alarm_is_told_once_although_it_was_listed_late(
    world: SensoristWorld, cellar: RadioSensor
) -> None:
    channel = cellar.channels[0]
    mine = world.simulator.add_alarm(channel, "above", 30.0)
    world.simulator.alarms.remove([mine.id], world.now + 10 * DAY)
    await world.add_account()
    await world.advance(20 * MINUTE, step=STEP)
    warm(world, cellar, DAY)
    await world.advance(40 * MINUTE, step=STEP)
    world.simulator.limits[mine.id] = mine
    await world.advance(2 * HOUR, step=STEP)
    (raised,) = world.events(f"{cellar.serial}{MARK}")
    assert (raised["event_type"], raised["direction"]) == ("alarm_raised", "upper")


async def test_an_alarm_that_is_gone_for_long_is_forgotten(
    world: SensoristWorld, cellar: RadioSensor, hass_storage: dict[str, Any]
) -> None:
    """Its log is still told, but says nothing any more."""
    mine = world.simulator.add_alarm(cellar.channels[0], "above", 30.0)
    await world.add_account()
    warm(world, cellar)
    await world.advance(5 * HOUR, step=STEP)
    world.simulator.alarms.remove([mine.id], world.now)

    def kept() -> list[str]:
        (stored,) = (it["data"] for key, it in hass_storage.items() if key.startswith(DOMAIN))
        return [it["alarm"]["id"] for it in stored["habits"]["alarms"]]

    await world.advance(DAY, step=HOUR)
    assert kept() == [str(mine.id)]
    await world.advance(8 * DAY, step=6 * HOUR)
    assert kept() == []
    assert told(world, cellar) == ["alarm_raised", "alarm_cleared"]
