"""Alarms that are pushed: within seconds, each once beside the feed."""

from datetime import timedelta
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE
from tests.simulator import Faults, Fleet, Kind, Logger, Site, band
from tests.simulator.broker import alarm_message
from tests.simulator.feeds import alarm_rows

from .conftest import SaverisWorld, network

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def listening(world: SaverisWorld) -> ConfigEntry[Any]:
    """Add an account that listens."""
    entry = await world.add_account()
    world.hass.config_entries.async_update_entry(entry, options={"push": True})
    await world.hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    return entry


@pytest.fixture
async def entry(world: SaverisWorld, logger: Logger) -> ConfigEntry[Any]:
    """Return an account whose push is up."""
    assert logger.serial
    made = await listening(world)
    await world.until(lambda: push(world) == "on")
    return made


def push(world: SaverisWorld) -> str:
    """Return the state of the push."""
    return world.value(f"{world.fleet.tenant_uuid}_push")


def violate(world: SaverisWorld, logger: Logger, lasting: timedelta = 2 * HOUR) -> None:
    """Let a fridge be too warm from now on."""
    logger.sensors[0].channels[0].hold(world.now, world.now + lasting, 12.0)


def publish(world: SaverisWorld, since: timedelta = HOUR) -> int:
    """Push what the feed has of the last hour; return how much."""
    rows = [*alarm_rows(world.fleet, Faults(), world.now, (world.now - since, world.now))]
    for row in rows:
        world.broker.publish(world.simulator.username, "alarms", alarm_message(row))
    return len(rows)


def told(world: SaverisWorld, logger: Logger) -> list[str]:
    """Return the events that were given."""
    return [it["event_type"] for it in world.events(logger.serial)]


async def test_an_alarm_comes_at_once_and_is_told_once(
    world: SaverisWorld, logger: Logger, entry: ConfigEntry[Any]
) -> None:
    """Pushed twice and read later, it is one; so is its end."""
    assert entry.entry_id
    violate(world, logger)
    for _ in range(40):
        await world.advance(MINUTE)
        if publish(world):
            break
    jobs = world.jobs("/v3/alarms")
    await world.until(lambda: told(world, logger))
    publish(world)
    alarm = f"{logger.serial}_{logger.sensors[0].serial}_1_alarm"
    assert world.value(alarm) == "on"
    assert told(world, logger) == ["alarm_raised"]
    assert world.jobs("/v3/alarms") == jobs, "nobody had to ask"
    (event,) = world.events(logger.serial)
    assert (event["site"], event["limit"], event["value"]) == ("Kantine Köln", 8.0, 12.0)
    await world.advance(2 * HOUR)
    publish(world)
    await world.until(lambda: len(told(world, logger)) > 1)
    await world.advance(40 * MINUTE)
    assert told(world, logger) == ["alarm_raised", "alarm_cleared"]
    assert world.value(alarm) == "off"


async def test_while_it_is_up_the_feed_is_read_every_half_hour(
    world: SaverisWorld, logger: Logger, entry: ConfigEntry[Any]
) -> None:
    assert entry.entry_id
    await world.advance(10 * MINUTE)
    before = world.jobs("/v3/alarms")
    await world.advance(3 * HOUR)
    assert 5 <= world.jobs("/v3/alarms") - before <= 6
    assert world.value(f"{logger.serial}_{logger.sensors[0].serial}_1_alarm") == "off"


@pytest.mark.expect_warnings
async def test_when_it_fails_the_feed_is_read_as_before(
    world: SaverisWorld,
    logger: Logger,
    entry: ConfigEntry[Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One line down, one line up."""
    assert entry.entry_id
    assert logger.serial
    caplog.set_level(logging.INFO)
    world.broker.faults.unable = True
    await world.broker.cut()
    await world.until(lambda: push(world) == "off")
    before = world.jobs("/v3/alarms")
    await world.advance(HOUR)
    assert 9 <= world.jobs("/v3/alarms") - before <= 14
    world.broker.faults.unable = False
    await world.advance(8 * MINUTE)
    await world.until(lambda: push(world) == "on")
    lines = [it.getMessage() for it in caplog.records if "pushed" in it.getMessage()]
    assert len([it for it in lines if "not pushed" in it]) == 1
    assert len([it for it in lines if "pushed again" in it]) == 1


async def test_what_waits_while_nobody_listens_is_taken_up(
    world: SaverisWorld, logger: Logger, entry: ConfigEntry[Any]
) -> None:
    assert await world.hass.config_entries.async_unload(entry.entry_id)
    violate(world, logger, 5 * HOUR)
    await world.advance(30 * MINUTE)
    assert publish(world)
    assert await world.hass.config_entries.async_setup(entry.entry_id)
    await world.settle()
    await world.until(lambda: push(world) == "on")
    await world.advance(5 * MINUTE)
    assert told(world, logger) == ["alarm_raised"]


@pytest.mark.expect_warnings
async def test_a_missing_permission_is_a_repair_and_no_more_attempts(
    hass: HomeAssistant, world: SaverisWorld, logger: Logger
) -> None:
    assert logger.serial
    world.broker.faults.refused_queues = {"alarms"}
    await listening(world)
    await world.until(lambda: push(world) == "off" and ir.async_get(hass).issues)
    (issue,) = ir.async_get(hass).issues.values()
    assert issue.translation_key == "push_refused"
    connects, jobs = world.broker.connects, world.jobs("/v3/alarms")
    await world.advance(HOUR)
    assert world.broker.connects == connects
    assert 9 <= world.jobs("/v3/alarms") - jobs <= 14


async def test_alarms_stay_known_while_jobs_take_time(
    hass: HomeAssistant, world: SaverisWorld, logger: Logger, entry: ConfigEntry[Any]
) -> None:
    """The next read of the feed comes some seconds after it was due."""
    assert entry.entry_id

    async def pass_by(seconds: float) -> None:
        await world.pass_by(seconds)
        async_fire_time_changed(hass, world.now)
        await network()

    world.simulator.pause = pass_by
    world.faults.on = {"alarms": {"slow": 2.0}}
    alarm = world.entity_id(f"{logger.serial}_{logger.sensors[0].serial}_1_alarm")
    world.changes.clear()
    await world.advance(80 * MINUTE)
    assert {state.state for entity_id, state in world.changes if entity_id == alarm} <= {"off"}


async def test_what_is_long_over_is_nobodys_news(
    world: SaverisWorld, fleet: Fleet, site: Site
) -> None:
    """A queue that nobody emptied for months."""
    limits = band("Temperature", alarm=(2.0, 8.0))
    logger = fleet.add_logger(
        site, "Alt", kind=Kind.TEMPERATURE, limits=limits, since=world.now - 100 * DAY
    )
    probe = logger.sensors[0].channels[0]
    for days in (60, 50, 40):
        probe.hold(world.now - days * DAY, world.now - days * DAY + 2 * HOUR, 12.0)
    rows = [
        *alarm_rows(world.fleet, Faults(), world.now, (world.now - 70 * DAY, world.now - 35 * DAY))
    ]
    assert rows
    for row in rows[:-1]:
        world.broker.publish(world.simulator.username, "alarms", alarm_message(row))
    await listening(world)
    await world.until(lambda: push(world) == "on")
    await world.advance(10 * MINUTE)
    assert told(world, logger) == []
    assert world.value(f"{logger.serial}_{logger.sensors[0].serial}_1_alarm") == "off"


@pytest.mark.expect_warnings
async def test_a_broker_that_refuses_good_tokens_costs_one_login(
    world: SaverisWorld, logger: Logger
) -> None:
    assert logger.serial
    world.faults.token_life = 86_400
    world.broker.faults.refuse_authorization = True
    await listening(world)
    await world.until(lambda: push(world) == "off")
    await world.advance(5 * HOUR, step=5 * MINUTE)
    assert world.logins <= 2


async def test_what_cannot_be_read_harms_nothing(
    world: SaverisWorld, logger: Logger, entry: ConfigEntry[Any]
) -> None:
    assert entry.entry_id
    for _ in range(2):
        world.broker.publish(world.simulator.username, "alarms", {"uuid": None})
        await world.advance(15 * MINUTE)
    assert push(world) == "on"
    assert told(world, logger) == []
    reports = (await world.diagnostics(entry))["cloud"]["reports"]
    assert reports["pushed alarms"]["rejected"]
    (issue,) = ir.async_get(world.hass).issues.values()
    assert issue.translation_key == "misread"
    assert issue.translation_placeholders is not None
    assert "alarms that are pushed" in issue.translation_placeholders["reasons"]


async def test_without_the_option_nobody_listens(world: SaverisWorld, logger: Logger) -> None:
    assert logger.serial
    await world.add_account()
    await world.advance(HOUR)
    assert world.broker.connects == 0
    with pytest.raises(KeyError):
        world.entity_id(f"{world.fleet.tenant_uuid}_push")


async def test_the_option_is_offered_where_there_is_push(
    hass: HomeAssistant, world: SaverisWorld, logger: Logger
) -> None:
    assert logger.serial
    entry = await world.add_account()
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert form["data_schema"] is not None
    assert "push" in {str(it) for it in form["data_schema"].schema}
    result = await hass.config_entries.options.async_configure(
        form["flow_id"], {"alarm_interval": 5, "measurement_interval": 15, "push": True}
    )
    assert result["type"] == "create_entry"
    await world.settle()
    await world.until(lambda: push(world) == "on")


async def test_switched_off_again_it_leaves_nothing(
    hass: HomeAssistant, world: SaverisWorld, entry: ConfigEntry[Any]
) -> None:
    hass.config_entries.async_update_entry(entry, options={})
    await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    with pytest.raises(KeyError):
        world.entity_id(f"{world.fleet.tenant_uuid}_push")


@pytest.mark.expect_warnings
async def test_alarms_stay_while_the_feed_takes_over(
    world: SaverisWorld, logger: Logger, entry: ConfigEntry[Any]
) -> None:
    """The feed was read half an hour ago, as it should be: that is no reason to know nothing."""
    assert entry.entry_id
    alarm = f"{logger.serial}_{logger.sensors[0].serial}_1_alarm"
    await world.advance(HOUR)
    await world.advance(29 * MINUTE)
    world.changes.clear()
    world.faults.set({"on": {"alarms": {"server_error": 503}}})
    world.broker.faults.unable = True
    await world.broker.cut()
    await world.until(lambda: push(world) == "off")
    await world.advance(20 * MINUTE)
    assert world.value(alarm) == "off"
    await world.advance(2 * HOUR)
    assert world.value(alarm) == "unavailable"


async def test_a_day_of_listening_takes_no_more_logins(
    world: SaverisWorld, entry: ConfigEntry[Any]
) -> None:
    assert entry.entry_id
    await world.advance(timedelta(days=1), step=2 * MINUTE)
    assert world.logins <= 30
    assert push(world) == "on"
    assert DOMAIN in world.hass.config.components
