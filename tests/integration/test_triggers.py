"""Automations: what a user builds on the triggers and the condition, in a real Home Assistant."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from homeassistant.core import CoreState, Event, HomeAssistant, callback
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import condition as condition_helper
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import label_registry as lr
from homeassistant.helpers import trigger as trigger_helper
from homeassistant.setup import async_setup_component
import probatio
import pytest

from custom_components.testo_smart_connect import condition as our_condition
from custom_components.testo_smart_connect import trigger as our_trigger
from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE, World
from tests.simulator import Channel, Fleet, Kind, Logger, Site, band

TEN = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIVE = 5 * MINUTE
DOCS = Path(__file__).parents[2] / "docs"
TOLD = "told"
"""The event by which an automation tells the test that it ran."""
COMPONENTS = ("battery", "door", "temperature")

type Target = Mapping[str, Any]
type Triggers = tuple[Mapping[str, Any], ...]


@pytest.fixture
def site(fleet: Fleet) -> Site:
    """Return a site; its name becomes an area."""
    fleet.connection_timeout = timedelta(days=3)
    return fleet.add_site("Apotheke Köln")


@pytest.fixture
def logger(fleet: Fleet, site: Site) -> Logger:
    """Return a fridge with two bands that measures and sends every five minutes."""
    return add_fridge(fleet, site, "Kühlschrank 1")


@pytest.fixture
def other(fleet: Fleet) -> Logger:
    """Return a fridge at another site, which no target of the tests reaches."""
    return add_fridge(fleet, fleet.add_site("Labor"), "Kühlschrank 2")


def add_fridge(fleet: Fleet, site: Site, name: str) -> Logger:
    """Add a fridge with limits."""
    return fleet.add_logger(
        site,
        name,
        kind=Kind.TEMPERATURE,
        measuring=FIVE,
        communication=FIVE,
        limits=band("Temperature", warning=(-40, 40), alarm=(-50, 50)),
    )


def probe(logger: Logger) -> Channel:
    """Return the only channel of a logger."""
    return logger.sensors[0].channels[0]


def channel_id(logger: Logger) -> str:
    """Return the unique id of the first channel."""
    return f"{logger.serial}_{logger.sensors[0].serial}_1"


def area_id(world: World, site: Site) -> str:
    """Return the area that was suggested for a site."""
    area = ar.async_get(world.hass).async_get_area_by_name(site.name)
    assert area is not None
    return area.id


def label(world: World, serial: str) -> str:
    """Put a label on a device and return it."""
    made = lr.async_get(world.hass).async_create("Impfstoffe").label_id
    dr.async_get(world.hass).async_update_device(world.device_id(serial), labels={made})
    return made


class Automation:
    """An automation that only writes down what it was told."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Listen; nothing is set up yet."""
        self.hass = hass
        self.runs: list[dict[str, Any]] = []
        hass.bus.async_listen(TOLD, self._note)

    @callback
    def _note(self, event: Event) -> None:
        self.runs.append({**event.data["facts"], **event.data})

    @property
    def types(self) -> list[str]:
        """Return the event types of all runs."""
        return [run["event_type"] for run in self.runs]

    def of(self, position: int) -> list[str]:
        """Return the event types that one of the automations was told."""
        return [run["event_type"] for run in self.runs if run["automation"] == position]

    async def set_up(self, *automations: Triggers) -> None:
        """Set up automations, each with some triggers."""
        for component in COMPONENTS:
            assert await async_setup_component(self.hass, component, {})
        config = [
            {
                "alias": f"Automation {position}",
                "mode": "queued",
                "max": 50,
                "triggers": list(triggers),
                "actions": [
                    {
                        "event": TOLD,
                        "event_data": {
                            "automation": position,
                            "name": "{{ trigger.platform.partition('.')[2] }}",
                            "facts": "{{ dict(trigger.to_state.attributes,"
                            " state=trigger.to_state.state, entity=trigger.entity_id) }}",
                            "together": "{{ trigger.changes | default([], true)"
                            " | map(attribute='to_state.attributes')"
                            " | map(attribute='episode_id', default=0) | list }}",
                        },
                    }
                ],
            }
            for position, triggers in enumerate(automations)
        ]
        assert await async_setup_component(self.hass, "automation", {"automation": config})
        await self.hass.async_block_till_done()
        states = [state.state for state in self.hass.states.async_all("automation")]
        assert states == ["on"] * len(config)


@pytest.fixture
def automation(hass: HomeAssistant) -> Automation:
    """Return what writes the runs down."""
    return Automation(hass)


def ours(name: str, target: Target, **options: Any) -> dict[str, Any]:
    """Return one of our triggers or conditions as a user writes it."""
    return {"trigger": f"{DOMAIN}.{name}", "target": dict(target), "options": options}


def both(target: Target, **options: Any) -> Triggers:
    """Return the triggers of both directions."""
    return tuple(ours(name, target, **options) for name in ("alarm_raised", "alarm_cleared"))


def connection(target: Target) -> Triggers:
    """Return the triggers of a connection."""
    return tuple(ours(name, target) for name in ("logger_offline", "logger_online"))


# Alarms


@pytest.mark.parametrize("kind", ["entity_id", "device_id", "area_id", "label_id"])
async def test_every_alarm_of_the_target_exactly_once(
    world: World, automation: Automation, logger: Logger, other: Logger, kind: str
) -> None:
    await world.add_account()
    targets = {
        "entity_id": lambda: world.entity_id(f"{logger.serial}_alarms"),
        "device_id": lambda: world.device_id(logger.serial),
        "area_id": lambda: area_id(world, logger.site),
        "label_id": lambda: label(world, logger.serial),
    }
    await automation.set_up(both({kind: targets[kind]()}))
    for start in (30, 120, 210):
        probe(logger).hold(TEN + start * MINUTE, TEN + (start + 40) * MINUTE, 60.0)
        probe(other).hold(TEN + start * MINUTE, TEN + (start + 40) * MINUTE, -60.0)
    await world.to(TEN + 300 * MINUTE)

    truth = [
        row
        for row in world.fleet.transitions(TEN, world.now)
        if row.severity == "Alarm" and row.serial == logger.sensors[0].serial
    ]
    assert [row.raised for row in truth] == [True, False] * 3
    assert automation.types == ["alarm_raised", "alarm_cleared"] * 3
    for run, row in zip(automation.runs, truth, strict=True):
        assert run["name"] == run["event_type"]
        assert run["entity"] == world.entity_id(f"{logger.serial}_alarms")
        assert run["raised_at" if row.raised else "cleared_at"] == row.at.isoformat()
        assert run["serial"] == logger.serial
        assert run["site"] == "Apotheke Köln"
        assert run["property"] == "Temperature"
        assert run["direction"] == "upper"
        assert run["severity"] == "alarm"
        assert run["limit"] == 50.0
        assert run["unit"] == "°C"
        assert run["late"] is False
    assert [run["value"] for run in automation.runs[::2]] == [60.0] * 3
    for raised, cleared in zip(automation.runs[::2], automation.runs[1::2], strict=True):
        assert raised["episode_id"] == cleared["episode_id"]
        assert raised["cleared_at"] is None
        assert cleared["duration"] > 0
    assert len({run["episode_id"] for run in automation.runs}) == 3


async def test_the_severity_chooses(world: World, automation: Automation, logger: Logger) -> None:
    await world.add_account()
    target = {"device_id": world.device_id(logger.serial)}
    await automation.set_up(
        both(target),
        both(target, severity="warning"),
        both(target, severity=["warning", "system_alarm"]),
    )
    probe(logger).hold(TEN + 30 * MINUTE, TEN + 60 * MINUTE, 45.0)
    probe(logger).hold(TEN + 120 * MINUTE, TEN + 150 * MINUTE, 60.0)
    logger.low_battery(TEN + 180 * MINUTE, TEN + 240 * MINUTE)
    await world.to(TEN + 300 * MINUTE)

    alarm, warning, system = (
        [f"{kind}_raised", f"{kind}_cleared"] for kind in ("alarm", "warning", "system_alarm")
    )
    assert automation.of(0) == alarm + system
    assert automation.of(1) == warning * 2
    assert automation.of(2) == warning * 2 + system
    assert "battery" in automation.runs[-1]["reason"]


async def test_what_happens_at_once_can_be_told_together(
    world: World, automation: Automation, logger: Logger, site: Site
) -> None:
    fridges = [logger, *(add_fridge(world.fleet, site, f"Schrank {place}") for place in range(6))]
    await world.add_account()
    target = {"area_id": area_id(world, site)}
    await automation.set_up(both(target), both(target, together=True))
    for each in fridges:
        probe(each).hold(TEN + 30 * MINUTE, TEN + 60 * MINUTE, 60.0)
    await world.to(TEN + 120 * MINUTE)
    assert automation.of(0) == ["alarm_raised"] * 7 + ["alarm_cleared"] * 7
    assert automation.of(1) == ["alarm_raised", "alarm_cleared"]
    alone = [run for run in automation.runs if run["automation"] == 0]
    raised, cleared = (run for run in automation.runs if run["automation"] == 1)
    assert raised["together"] == [run["episode_id"] for run in alone[:7]]
    assert cleared["together"] == [run["episode_id"] for run in alone[7:]]
    assert raised["episode_id"] == raised["together"][0]
    assert {tuple(run["together"]) for run in alone} == {()}


async def test_what_an_automation_waits_for_is_dropped_when_it_is_turned_off(
    hass: HomeAssistant, world: World, automation: Automation, logger: Logger
) -> None:
    await world.add_account()
    await automation.set_up(both({"device_id": world.device_id(logger.serial)}, together=True))
    events = world.entity_id(f"{logger.serial}_alarms")
    turned_off: list[str] = []

    async def turn_off(event: Event) -> None:
        """Turn it off and on after it has noticed the event, and before it runs."""
        if event.data["entity_id"] == events:
            for _ in range(10):
                await asyncio.sleep(0)
            for action in ("turn_off", "turn_on"):
                await hass.services.async_call(
                    "automation", action, {"entity_id": "all"}, blocking=True
                )
            turned_off.append(events)

    probe(logger).hold(TEN + 30 * MINUTE, TEN + 60 * MINUTE, 60.0)
    hass.bus.async_listen("state_changed", turn_off)
    await world.to(TEN + 50 * MINUTE)
    assert events in turned_off
    assert not automation.runs


async def test_an_alarm_over_between_two_polls_is_told_twice_in_order(
    world: World, automation: Automation, logger: Logger
) -> None:
    await world.add_account()
    target = {"device_id": world.device_id(logger.serial)}
    await automation.set_up(both(target, include_late=True), both(target))
    logger.outage(TEN + 30 * MINUTE, TEN + 240 * MINUTE)
    probe(logger).hold(TEN + 60 * MINUTE, TEN + 100 * MINUTE, 60.0)
    probe(logger).hold(TEN + 130 * MINUTE, TEN + 170 * MINUTE, -60.0)
    await world.to(TEN + 250 * MINUTE)

    assert automation.types == ["alarm_raised", "alarm_cleared"] * 2
    assert {run["late"] for run in automation.runs} == {True}
    assert [run["direction"] for run in automation.runs] == ["upper"] * 2 + ["lower"] * 2
    truth = [row for row in world.fleet.transitions(TEN, world.now) if row.severity == "Alarm"]
    assert [run["cleared_at"] or run["raised_at"] for run in automation.runs[1::2]] == [
        row.at.isoformat() for row in truth if not row.raised
    ]
    assert [run["raised_at"] for run in automation.runs[::2]] == [
        row.at.isoformat() for row in truth if row.raised
    ]

    automation.runs.clear()
    probe(logger).hold(TEN + 300 * MINUTE, TEN + 340 * MINUTE, 60.0)
    await world.to(TEN + 400 * MINUTE)
    for position in (0, 1):
        assert automation.of(position) == ["alarm_raised", "alarm_cleared"], "what is on time"


async def test_a_restart_triggers_nothing(
    hass: HomeAssistant, world: World, automation: Automation, logger: Logger
) -> None:
    entry = await world.add_account()
    target = {"device_id": world.device_id(logger.serial)}
    await automation.set_up(both(target), connection(target))
    probe(logger).hold(TEN + 30 * MINUTE, TEN + 20 * HOUR, 60.0)
    await world.to(TEN + 60 * MINUTE)
    assert automation.types == ["alarm_raised"]
    for _ in range(3):
        assert await hass.config_entries.async_unload(entry.entry_id)
        await world.advance(FIVE)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await world.advance(FIVE)
    assert world.value(f"{channel_id(logger)}_alarm") == "on"
    assert automation.types == ["alarm_raised"]


async def test_what_happened_during_a_stop_is_told_once(
    hass: HomeAssistant, world: World, automation: Automation, logger: Logger
) -> None:
    entry = await world.add_account()
    await automation.set_up(both({"device_id": world.device_id(logger.serial)}))
    probe(logger).hold(TEN + 30 * MINUTE, TEN + 90 * MINUTE, 60.0)
    await world.to(TEN + 60 * MINUTE)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await world.to(TEN + 180 * MINUTE)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await world.advance(HOUR)
    assert automation.types == ["alarm_raised", "alarm_cleared"]
    assert automation.runs[1]["late"] is True
    assert automation.runs[1]["episode_id"] == automation.runs[0]["episode_id"]


async def test_the_first_read_of_an_account_triggers_nothing(
    hass: HomeAssistant, world: World, automation: Automation, site: Site, logger: Logger
) -> None:
    area = ar.async_get(hass).async_create(site.name)
    target = {"area_id": area.id}
    await automation.set_up(
        both(target, severity=["alarm", "warning", "system_alarm"]), connection(target)
    )
    probe(logger).hold(TEN - 10 * HOUR, TEN - 8 * HOUR, 60.0)
    probe(logger).hold(TEN - 2 * HOUR, TEN + 20 * HOUR, -60.0)
    await world.add_account()
    await world.advance(HOUR)
    assert world.value(f"{channel_id(logger)}_alarm") == "on"
    assert automation.runs == []


async def test_a_new_logger_belongs_to_the_target_at_once(
    world: World, automation: Automation, fleet: Fleet, site: Site, logger: Logger
) -> None:
    await world.add_account()
    await automation.set_up(both({"area_id": area_id(world, site)}))
    new = add_fridge(fleet, site, "Neu")
    probe(new).hold(TEN + 60 * MINUTE, TEN + 90 * MINUTE, 60.0)
    await world.to(TEN + 13 * HOUR, step=FIVE)
    assert automation.types == ["alarm_raised", "alarm_cleared"]
    assert {run["serial"] for run in automation.runs} == {new.serial}
    assert logger.serial != new.serial


async def test_events_of_others_do_not_matter(
    hass: HomeAssistant, world: World, automation: Automation, logger: Logger
) -> None:
    await world.add_account()
    foreign = er.async_get(hass).async_get_or_create("event", "demo", "bell").entity_id
    named = [foreign, "event.unknown", world.entity_id(f"{channel_id(logger)}_alarm")]
    await automation.set_up(both({"entity_id": named}))
    for entity_id in named:
        for moment in ("2026-07-01T10:00:00", "2026-07-01T10:01:00"):
            hass.states.async_set(entity_id, moment, {"event_type": "alarm_raised"})
    await world.settle()
    assert automation.runs == []


async def test_what_is_learnt_while_home_assistant_starts_triggers_after_it(
    hass: HomeAssistant, world: World, automation: Automation, logger: Logger
) -> None:
    entry = await world.add_account()
    target = {"device_id": world.device_id(logger.serial)}
    probe(logger).hold(TEN + 30 * MINUTE, TEN + 20 * HOUR, 60.0)
    await world.to(TEN + 20 * MINUTE)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await world.to(TEN + 60 * MINUTE)
    hass.set_state(CoreState.not_running)
    await automation.set_up(both(target))
    assert await hass.config_entries.async_setup(entry.entry_id)
    await world.settle()
    await hass.async_start()
    await world.advance(HOUR)
    assert automation.types == ["alarm_raised"]


async def test_alarms_of_a_device_that_is_still_held_for_inactive_are_told(
    world: World, automation: Automation, fleet: Fleet, logger: Logger
) -> None:
    await world.add_account()
    await automation.set_up(both({"device_id": world.device_id(logger.serial)}))
    fleet.set_active(logger.serial, active=False)
    await world.to(TEN + 14 * HOUR, step=FIVE)
    fleet.set_active(logger.serial, active=True)
    probe(logger).hold(TEN + 15 * HOUR, TEN + 16 * HOUR, 60.0)
    await world.to(TEN + 30 * HOUR, step=FIVE)
    assert automation.types == ["alarm_raised", "alarm_cleared"]


# Connections


async def test_offline_and_online_once_each(
    hass: HomeAssistant, world: World, automation: Automation, site: Site, logger: Logger
) -> None:
    entry = await world.add_account()
    account = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, world.fleet.tenant_uuid), entry.entry_id
    )
    assert account is not None
    target = {"area_id": area_id(world, site), "device_id": account.id}
    await automation.set_up(
        connection(target),
        (ours("logger_offline", target, **{"for": {"minutes": 30}}),),
        (ours("logger_offline", target, **{"for": {"hours": 3}}),),
    )
    logger.outage(TEN + 30 * MINUTE, TEN + 120 * MINUTE)
    await world.to(TEN + 85 * MINUTE)
    assert [run["name"] for run in automation.runs] == ["logger_offline"]
    await world.to(TEN + 180 * MINUTE)
    assert [run["name"] for run in automation.runs[1:]] == ["logger_offline", "logger_online"]
    assert {run["entity"] for run in automation.runs} == {
        world.entity_id(f"{logger.serial}_connection")
    }
    assert [run["state"] for run in automation.runs] == ["off", "off", "on"]


async def test_what_falls_silent_at_once_can_be_told_together(
    world: World, automation: Automation, site: Site, logger: Logger
) -> None:
    fridges = [logger, add_fridge(world.fleet, site, "Kühlschrank 2")]
    await world.add_account()
    target = {"area_id": area_id(world, site)}
    await automation.set_up(
        tuple(ours(name, target, together=True) for name in ("logger_offline", "logger_online"))
    )
    for each in fridges:
        each.outage(TEN + 30 * MINUTE, TEN + 120 * MINUTE)
    await world.to(TEN + 180 * MINUTE)
    assert [(run["name"], len(run["together"])) for run in automation.runs] == [
        ("logger_offline", 2),
        ("logger_online", 2),
    ]


@pytest.mark.expect_warnings
async def test_a_failing_cloud_is_no_logger(
    hass: HomeAssistant, world: World, automation: Automation, logger: Logger
) -> None:
    await world.add_account()
    cloud = world.entity_id(f"{world.fleet.tenant_uuid}_cloud")
    await automation.set_up(connection({"entity_id": cloud}))
    world.faults.server_error = 503
    await world.advance(25 * MINUTE)
    state = hass.states.get(cloud)
    assert state is not None
    assert state.state == "off"
    world.faults.server_error = None
    await world.advance(HOUR)
    assert world.value(f"{world.fleet.tenant_uuid}_cloud") == "on"
    assert automation.runs == []
    assert logger.serial


async def test_what_was_unknown_does_not_trigger(
    world: World, automation: Automation, fleet: Fleet, site: Site
) -> None:
    new = fleet.add_logger(site, "Neu", kind=Kind.TEMPERATURE, since=TEN + 60 * MINUTE)
    await world.add_account()
    await automation.set_up(connection({"device_id": world.device_id(new.serial)}))
    assert world.value(f"{new.serial}_connection") == "unknown"
    await world.to(TEN + 90 * MINUTE)
    assert world.value(f"{new.serial}_connection") == "on"
    assert automation.runs == []


async def test_what_was_unavailable_does_not_trigger(
    hass: HomeAssistant, world: World, automation: Automation, logger: Logger
) -> None:
    entry = await world.add_account()
    await automation.set_up(connection({"device_id": world.device_id(logger.serial)}))
    logger.outage(TEN)
    await hass.config_entries.async_unload(entry.entry_id)
    await world.to(TEN + 3 * HOUR)
    assert world.value(f"{logger.serial}_connection") == "unavailable"
    await hass.config_entries.async_setup(entry.entry_id)
    await world.advance(20 * MINUTE)
    assert world.value(f"{logger.serial}_connection") == "off"
    assert automation.runs == []


async def test_a_long_stop_is_no_silence_of_the_logger(
    hass: HomeAssistant, world: World, automation: Automation, logger: Logger
) -> None:
    entry = await world.add_account()
    await automation.set_up(connection({"device_id": world.device_id(logger.serial)}))
    await hass.config_entries.async_unload(entry.entry_id)
    await world.to(TEN + 3 * HOUR)
    await hass.config_entries.async_setup(entry.entry_id)
    await world.advance(20 * MINUTE)
    assert world.value(f"{logger.serial}_connection") == "on"
    assert automation.runs == []


# The condition


async def checker(
    hass: HomeAssistant, target: Target, **options: Any
) -> condition_helper.ConditionChecker:
    """Return the condition as an automation has it."""
    config = {
        "condition": f"{DOMAIN}.alarm_active",
        "target": dict(target),
        "options": options,
    }
    valid = await condition_helper.async_validate_condition_config(hass, config)
    return await condition_helper.async_from_config(hass, valid)


async def test_the_condition_holds_while_an_alarm_is_open(
    hass: HomeAssistant, world: World, site: Site, logger: Logger, other: Logger
) -> None:
    await world.add_account()
    target = {"area_id": area_id(world, site)}
    usual = await checker(hass, target)
    warning = await checker(hass, target, severity="warning")
    system = await checker(hass, {"label_id": label(world, logger.serial)}, severity="system_alarm")
    elsewhere = await checker(hass, {"device_id": world.device_id(other.serial)})
    long = await checker(hass, target, **{"for": {"minutes": 35}})
    conditions = (usual, warning, system, elsewhere, long)

    def now() -> list[bool | None]:
        return [each.async_check() for each in conditions]

    assert now() == [False] * 5
    probe(logger).hold(TEN + 30 * MINUTE, TEN + 60 * MINUTE, 45.0)
    probe(logger).hold(TEN + 60 * MINUTE, TEN + 120 * MINUTE, 60.0)
    await world.to(TEN + 55 * MINUTE)
    assert now() == [False, True, False, False, False]
    await world.to(TEN + 85 * MINUTE)
    assert now() == [True, True, False, False, False]
    await world.to(TEN + 119 * MINUTE)
    assert now() == [True, True, False, False, True]
    await world.to(TEN + 150 * MINUTE)
    assert now() == [False] * 5
    logger.low_battery(TEN + 160 * MINUTE)
    await world.to(TEN + 200 * MINUTE)
    assert now() == [True, False, True, False, True]
    for each in conditions:
        each.async_unload()


@pytest.mark.expect_warnings
async def test_an_unread_feed_is_no_active_alarm(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    await world.add_account()
    alarm = f"{channel_id(logger)}_alarm"
    active = await checker(hass, {"device_id": world.device_id(logger.serial)})
    probe(logger).hold(TEN + 10 * MINUTE, TEN + 20 * HOUR, 60.0)
    await world.to(TEN + 40 * MINUTE)
    assert active.async_check() is True
    world.faults.set({"on": {"alarms": {"server_error": 500}}})
    await world.advance(40 * MINUTE)
    assert world.value(alarm) == "unavailable"
    assert active.async_check() is False
    world.faults.on = {}
    await world.advance(31 * MINUTE)
    assert active.async_check() is True
    active.async_unload()


async def test_a_duration_counts_from_the_true_beginning(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    entry = await world.add_account()
    probe(logger).hold(TEN + 10 * MINUTE, TEN + 20 * HOUR, 60.0)
    await world.to(TEN + 100 * MINUTE)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    target = {"entity_id": world.entity_id(f"{channel_id(logger)}_alarm")}
    told = world.state(f"{channel_id(logger)}_alarm").attributes["since"]
    since = datetime.fromisoformat(told)
    shorter = await checker(hass, target, **{"for": world.now - since - MINUTE})
    longer = await checker(hass, target, **{"for": world.now - since + MINUTE})
    assert shorter.async_check() is True
    assert longer.async_check() is False
    shorter.async_unload()
    longer.async_unload()


# Home Assistant's own triggers


async def test_temperature_crossed_threshold(
    world: World, automation: Automation, site: Site, logger: Logger
) -> None:
    await world.add_account()
    await automation.set_up(
        (
            {
                "trigger": "temperature.crossed_threshold",
                "target": {"area_id": area_id(world, site)},
                "options": {
                    "threshold": {
                        "type": "above",
                        "value": {"number": 30, "unit_of_measurement": "°C"},
                    }
                },
            },
        )
    )
    probe(logger).hold(TEN + 30 * MINUTE, TEN + 60 * MINUTE, 35.0)
    await world.to(TEN + 90 * MINUTE)
    (run,) = automation.runs
    assert run["entity"] == world.entity_id(channel_id(logger))
    assert float(run["state"]) == 35.0


async def test_door_opened(world: World, automation: Automation, fleet: Fleet, site: Site) -> None:
    gateway = fleet.add_gateway(site, "Gateway")
    door = gateway.add_radio_sensor("Tor", kind=Kind.DOOR)
    door.channels[0].hold(TEN - 40 * HOUR, TEN + 30 * MINUTE, 0)
    door.channels[0].hold(TEN + 30 * MINUTE, TEN + 60 * MINUTE, 1)
    door.channels[0].hold(TEN + 60 * MINUTE, TEN + 20 * HOUR, 0)
    await world.add_account()
    target = {"area_id": area_id(world, site)}
    await automation.set_up(
        ({"trigger": "door.opened", "target": target}, {"trigger": "door.closed", "target": target})
    )
    await world.to(TEN + 120 * MINUTE)
    assert [run["name"] for run in automation.runs] == ["opened", "closed"]
    assert {run["entity"] for run in automation.runs} == {
        world.entity_id(f"{gateway.serial}_{door.serial}_1")
    }


async def test_battery_level_crossed_threshold(
    world: World, automation: Automation, site: Site, logger: Logger
) -> None:
    await world.add_account()
    await automation.set_up(
        (
            {
                "trigger": "battery.level_crossed_threshold",
                "target": {"area_id": area_id(world, site)},
                "options": {"threshold": {"type": "below", "value": {"number": 20}}},
            },
        )
    )
    logger.low_battery(TEN + 30 * MINUTE)
    await world.to(TEN + 90 * MINUTE)
    (run,) = automation.runs
    assert run["entity"] == world.entity_id(f"{logger.serial}_battery")


# The automation editor


async def test_the_editor_offers_them(hass: HomeAssistant, world: World, logger: Logger) -> None:
    await world.add_account()
    for helper, names in (
        (trigger_helper, our_trigger.TRIGGERS),
        (condition_helper, our_condition.CONDITIONS),
    ):
        offered = await helper.async_get_all_descriptions(hass)
        for name in names:
            description = offered[f"{DOMAIN}.{name}"]
            assert description is not None
            (entity,) = description["target"]["entity"]
            assert entity["integration"] == DOMAIN
    assert logger.serial


PAGES = sorted(DOCS.glob("triggers/*.md")) + sorted(DOCS.glob("conditions/*.md"))


@pytest.mark.quality_rule("docs-triggers")
@pytest.mark.quality_rule("docs-conditions")
def test_each_has_its_page() -> None:
    names = {path.stem for path in PAGES}
    assert names == {*our_trigger.TRIGGERS, *our_condition.CONDITIONS}
    for path in PAGES:
        assert f"`{DOMAIN}.{path.stem}`" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "options",
    [
        {"severity": []},
        {"severity": "error"},
        {"include_late": "perhaps"},
        {"for": 5},
        {"together": "perhaps"},
    ],
)
async def test_mistakes_are_refused(
    hass: HomeAssistant, world: World, logger: Logger, options: dict[str, Any]
) -> None:
    await world.add_account()
    target = {"device_id": world.device_id(logger.serial)}
    wrong = {"platform": f"{DOMAIN}.alarm_raised", "target": target, "options": options}
    with pytest.raises(probatio.Invalid):
        await trigger_helper.async_validate_trigger_config(hass, [wrong])
