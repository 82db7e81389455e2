"""Alarms in Home Assistant: scenarios A2 and A4, and what must never happen."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.event import async_track_state_change_event
import pytest

from tests.integration.conftest import MINUTE, World
from tests.simulator import Channel, Fleet, Kind, Limit, Logger, band

TEN = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def logger(fleet: Fleet) -> Logger:
    """Return a fridge with limits that measures every five minutes."""
    fleet.connection_timeout = timedelta(days=3)
    return fleet.add_logger(
        fleet.add_site("Apotheke Köln"),
        "Kühlschrank 1",
        kind=Kind.TEMPERATURE,
        measuring=5 * MINUTE,
        communication=5 * MINUTE,
        limits=band("Temperature", alarm=(-50, 50)),
    )


def probe(logger: Logger) -> Channel:
    """Return the only channel of a logger."""
    return logger.sensors[0].channels[0]


def channel_id(logger: Logger) -> str:
    """Return the unique id of the first channel."""
    return f"{logger.serial}_{logger.sensors[0].serial}_1"


async def test_a2_one_alarm_one_recovery_over_a_restart(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    entry = await world.add_account()
    alarm = f"{channel_id(logger)}_alarm"
    probe(logger).hold(TEN + 30 * MINUTE, TEN + 90 * MINUTE, 60.0)
    await world.to(TEN + 50 * MINUTE)

    state = world.state(alarm)
    assert state.state == "on"
    assert state.attributes["direction"] == "upper"
    assert state.attributes["value"] == 60.0
    assert state.attributes["limit"] == 50.0
    since = state.attributes["since"]
    (raised,) = world.events(logger.serial)
    assert raised["event_type"] == "alarm_raised"
    assert raised["serial"] == logger.serial
    assert raised["site"] == "Apotheke Köln"
    assert raised["raised_at"] == since
    assert raised["cleared_at"] is None
    assert raised["duration"] is None
    assert raised["late"] is False
    assert raised["unit"] == "°C"

    assert await hass.config_entries.async_unload(entry.entry_id)
    await world.advance(5 * MINUTE)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await world.settle()
    assert world.value(alarm) == "on"
    await world.to(TEN + 120 * MINUTE)

    assert world.value(alarm) == "off"
    first, second = unique_events(world, logger)
    assert first["event_type"] == "alarm_raised"
    assert second["event_type"] == "alarm_cleared"
    assert second["episode_id"] == first["episode_id"] == state.attributes["episode_id"]
    assert second["raised_at"] == since
    truth = world.fleet.transitions(TEN, world.now)
    assert second["cleared_at"] == truth[-1].at.isoformat()
    assert second["duration"] == (truth[-1].at - datetime.fromisoformat(since)).total_seconds()
    states = [state.state for entity, state in world.changes if entity == world.entity_id(alarm)]
    assert states == collapse(states)
    assert [name for name in states if name in {"on", "off"}].count("on") <= 3


def unique_events(world: World, logger: Logger) -> list[dict[str, object]]:
    """Return the events; a state that is written again after a restart is none."""
    entity = world.entity_id(f"{logger.serial}_alarms")
    seen: dict[str, dict[str, object]] = {}
    for changed, state in world.changes:
        if changed == entity and state.state not in {"unknown", "unavailable"}:
            seen.setdefault(state.state, dict(state.attributes))
    return list(seen.values())


def collapse(states: list[str]) -> list[str]:
    """Return the states; the alarm must not have been off between two times on."""
    shown = [name for name in states if name in {"on", "off"}]
    text = " ".join(shown)
    assert "on off on" not in text, text
    return states


async def test_a4_late_rows_give_late_events_and_never_a_state(
    world: World, logger: Logger
) -> None:
    channel = probe(logger)
    channel.hold(TEN + 60 * MINUTE, TEN + 120 * MINUTE, 60.0)
    logger.outage(TEN + 30 * MINUTE, TEN + 240 * MINUTE)
    await world.add_account()
    await world.to(TEN + 250 * MINUTE)

    raised, cleared = unique_events(world, logger)
    assert (raised["event_type"], cleared["event_type"]) == ("alarm_raised", "alarm_cleared")
    assert raised["late"] is True
    assert cleared["late"] is True
    truth = world.fleet.transitions(TEN, world.now)
    assert [raised["raised_at"], cleared["cleared_at"]] == [row.at.isoformat() for row in truth]
    entity = world.entity_id(f"{channel_id(logger)}_alarm")
    assert "on" not in {state.state for changed, state in world.changes if changed == entity}
    sensor = world.entity_id(channel_id(logger))
    values = {state.state for changed, state in world.changes if changed == sensor}
    assert "60.0" not in values


async def test_whoever_is_told_finds_the_entity_as_told(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    """An automation may look at the alarm entity as its condition."""
    await world.add_account()
    alarm, found = world.entity_id(f"{channel_id(logger)}_alarm"), []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        told, shown = event.data["new_state"], hass.states.get(alarm)
        assert told is not None
        assert shown is not None
        found.append((told.attributes["event_type"], shown.state))
        if shown.state == "on":
            known = shown.attributes["known_since"]
            assert told.attributes["known_since"] == known
            assert world.now - datetime.fromisoformat(known) < MINUTE

    entity_id = world.entity_id(f"{logger.serial}_alarms")
    stop = async_track_state_change_event(hass, entity_id, note)
    probe(logger).hold(TEN + 30 * MINUTE, TEN + 90 * MINUTE, 60.0)
    await world.to(TEN + 120 * MINUTE)
    stop()
    assert found == [("alarm_raised", "on"), ("alarm_cleared", "off")]


async def test_alarms_of_a_long_time_without_a_network_are_told_once_it_is_back(
    world: World, logger: Logger
) -> None:
    """The cloud filters by the time of the alarm, which is long ago when it arrives."""
    world.fleet.connection_timeout = timedelta(days=9)
    probe(logger).hold(TEN + 3 * HOUR, TEN + 5 * HOUR, 60.0)
    probe(logger).hold(TEN + 30 * HOUR, TEN + 200 * HOUR, -60.0)
    logger.outage(TEN + HOUR, TEN + 36 * HOUR)
    await world.add_account()
    await world.to(TEN + 35 * HOUR, step=2 * HOUR)
    assert world.events(logger.serial) == []
    # Statuses tell that it is back, every 15 minutes, then alarms are read from further back, every
    # 5; each a tenth later at most, and the clock goes on by 5 minutes.
    await world.to(TEN + 36 * HOUR + 30 * MINUTE, step=5 * MINUTE)
    told = unique_events(world, logger)
    assert {it["late"] for it in told} == {True}
    truth = world.fleet.transitions(TEN, world.now)
    assert [row.raised for row in truth] == [True, False, True]
    assert Counter(str(it["raised_at"]) for it in told) == {
        truth[0].at.isoformat(): 2,
        truth[2].at.isoformat(): 1,
    }
    await world.to(TEN + 54 * HOUR, step=2 * HOUR)
    assert unique_events(world, logger) == told


async def test_the_past_of_a_site_that_is_chosen_later_is_nobodys_news(
    hass: HomeAssistant, world: World, fleet: Fleet, logger: Logger
) -> None:
    other = fleet.add_logger(
        fleet.add_site("Lager"),
        "Regal",
        kind=Kind.TEMPERATURE,
        limits=band("Temperature", alarm=(-50, 50)),
    )
    entry = await world.add_account()
    hass.config_entries.async_update_entry(entry, options={"sites": [logger.site.id]})
    await hass.config_entries.async_reload(entry.entry_id)
    for start in (10, 100):
        probe(other).hold(TEN + start * MINUTE, TEN + (start + 60) * MINUTE, 60.0)
    await world.to(TEN + 90 * MINUTE)
    hass.config_entries.async_update_entry(entry, options={})
    await hass.config_entries.async_reload(entry.entry_id)
    await world.to(TEN + 4 * HOUR)
    told = unique_events(world, other)
    assert [it["event_type"] for it in told] == ["alarm_raised", "alarm_cleared"]
    assert datetime.fromisoformat(str(told[0]["raised_at"])) > TEN + 100 * MINUTE


async def test_the_first_read_is_silent_but_right(world: World, logger: Logger) -> None:
    channel = probe(logger)
    channel.hold(TEN - 10 * HOUR, TEN - 8 * HOUR, 60.0)
    channel.hold(TEN - 2 * HOUR, TEN + 20 * HOUR, -60.0)
    await world.add_account()

    assert world.events(logger.serial) == []
    state = world.state(f"{channel_id(logger)}_alarm")
    assert state.state == "on"
    assert state.attributes["direction"] == "lower"
    assert world.value(f"{world.fleet.tenant_uuid}_active_alarms") == "1"
    assert world.value(f"{world.fleet.tenant_uuid}_active_warnings") == "0"
    await world.advance(HOUR)
    assert world.events(logger.serial) == []


async def test_in_place_rows_are_understood_as_well(world: World, logger: Logger) -> None:
    world.faults.in_place_alarms = True
    await world.add_account()
    probe(logger).hold(TEN + 30 * MINUTE, TEN + 90 * MINUTE, 60.0)
    await world.to(TEN + 120 * MINUTE)
    assert [event["event_type"] for event in unique_events(world, logger)] == [
        "alarm_raised",
        "alarm_cleared",
    ]
    assert world.value(f"{channel_id(logger)}_alarm") == "off"


async def test_system_alarms_stand_on_the_device(world: World, logger: Logger) -> None:
    await world.add_account()
    logger.low_battery(TEN + 10 * MINUTE, TEN + 60 * MINUTE)
    await world.to(TEN + 30 * MINUTE)
    state = world.state(f"{logger.serial}_system_alarm")
    assert state.state == "on"
    assert "battery" in state.attributes["reason"]
    assert state.attributes["since"] is not None
    assert world.value(f"{channel_id(logger)}_alarm") == "off"
    await world.to(TEN + 90 * MINUTE)
    assert world.value(f"{logger.serial}_system_alarm") == "off"
    assert [event["event_type"] for event in unique_events(world, logger)] == [
        "system_alarm_raised",
        "system_alarm_cleared",
    ]


async def test_warnings_and_alarms_are_two_bands(world: World, fleet: Fleet) -> None:
    logger = fleet.add_logger(
        fleet.add_site("Labor"),
        "Schrank",
        kind=Kind.TEMPERATURE,
        limits=band("Temperature", warning=(-40, 40), alarm=(-50, 50)),
    )
    await world.add_account()
    probe(logger).hold(TEN + 30 * MINUTE, TEN + 90 * MINUTE, 45.0)
    await world.to(TEN + 75 * MINUTE)
    assert world.value(f"{channel_id(logger)}_warning") == "on"
    assert world.value(f"{channel_id(logger)}_alarm") == "off"
    assert world.value(f"{fleet.tenant_uuid}_active_warnings") == "1"
    assert world.value(f"{fleet.tenant_uuid}_active_alarms") == "0"


async def test_a_door_gets_its_alarm_entity_once_one_is_seen(world: World, fleet: Fleet) -> None:
    gateway = fleet.add_gateway(fleet.add_site("Halle"), "Gateway")
    limit = Limit("Door", "upper", "Alarm", 0.5)
    door = gateway.add_radio_sensor("Tor", kind=Kind.DOOR, limits=[limit])
    door.channels[0].hold(TEN - 40 * HOUR, TEN + 30 * MINUTE, 0)
    door.channels[0].hold(TEN + 30 * MINUTE, TEN + 90 * MINUTE, 1)
    door.channels[0].hold(TEN + 90 * MINUTE, TEN + 900 * MINUTE, 0)
    await world.add_account()
    await world.to(TEN + 80 * MINUTE)
    unique = f"{gateway.serial}_{door.serial}_1_alarm"
    assert world.value(unique) == "on"
    assert world.events(door.serial)[0]["serial"] == door.serial


@pytest.mark.expect_warnings
async def test_an_unread_feed_makes_alarms_unavailable_never_off(
    world: World, logger: Logger
) -> None:
    await world.add_account()
    probe(logger).hold(TEN + 10 * MINUTE, TEN + 20 * HOUR, 60.0)
    await world.to(TEN + 40 * MINUTE)
    alarm = f"{channel_id(logger)}_alarm"
    assert world.value(alarm) == "on"
    world.faults.set({"on": {"alarms": {"server_error": 500}}})
    await world.advance(20 * MINUTE)
    assert world.value(alarm) == "on"
    await world.advance(20 * MINUTE)
    for key in (
        alarm,
        f"{logger.serial}_system_alarm",
        f"{world.fleet.tenant_uuid}_active_alarms",
    ):
        assert world.value(key) == "unavailable", key
    assert float(world.value(channel_id(logger))) == 60.0
    world.faults.on = {}
    await world.advance(31 * MINUTE)
    assert world.value(alarm) == "on"


async def test_no_event_is_lost_while_the_event_entity_is_disabled(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    entry = await world.add_account()
    registry = er.async_get(hass)
    entity_id = world.entity_id(f"{logger.serial}_alarms")
    registry.async_update_entity(entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    await hass.config_entries.async_reload(entry.entry_id)
    probe(logger).hold(TEN + 10 * MINUTE, TEN + 20 * HOUR, 60.0)
    await world.to(TEN + 40 * MINUTE)
    registry.async_update_entity(entity_id, disabled_by=None)
    await hass.config_entries.async_reload(entry.entry_id)
    await world.advance(20 * MINUTE)
    assert world.events(logger.serial) == [], "what the user did not want is not told later"
    assert world.value(f"{channel_id(logger)}_alarm") == "on"


async def test_alarms_of_a_device_that_is_not_known_yet_are_told_once_it_is(
    hass: HomeAssistant, world: World, fleet: Fleet, logger: Logger
) -> None:
    entry = await world.add_account()
    late = fleet.add_logger(
        logger.site,
        "Neu",
        kind=Kind.TEMPERATURE,
        measuring=5 * MINUTE,
        communication=5 * MINUTE,
        limits=band("Temperature", alarm=(-50, 50)),
    )
    late.sensors[0].channels[0].hold(TEN + 10 * MINUTE, TEN + 20 * HOUR, 60.0)
    await world.to(TEN + 60 * MINUTE)
    with pytest.raises(KeyError):
        world.entity_id(f"{late.serial}_alarms")
    await world.to(TEN + 13 * HOUR, step=5 * MINUTE)
    assert [event["event_type"] for event in world.events(late.serial)] == ["alarm_raised"]
    assert entry.state.recoverable
    assert hass.states.get(world.entity_id(f"{late.serial}_alarms"))


async def test_an_event_waits_for_its_entity(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    entry = await world.add_account()
    registry = er.async_get(hass)
    registry.async_remove(world.entity_id(f"{logger.serial}_alarms"))
    probe(logger).hold(TEN + 10 * MINUTE, TEN + 20 * HOUR, 60.0)
    await world.to(TEN + 40 * MINUTE)
    await hass.config_entries.async_reload(entry.entry_id)
    await world.advance(10 * MINUTE)
    assert [event["event_type"] for event in world.events(logger.serial)] == ["alarm_raised"]
