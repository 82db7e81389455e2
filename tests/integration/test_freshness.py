"""Scenario A3: silence is not safety, and a failed poll is not silence."""

import asyncio
from datetime import UTC, datetime, timedelta
import threading

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.testo_smart_connect.monitoring.freshness import Facts, Freshness, freshness
from tests.integration.conftest import MINUTE, World
from tests.simulator import Fleet, Kind, Logger

TEN = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)


@pytest.fixture
def logger(fleet: Fleet) -> Logger:
    """Return a logger that measures and sends every quarter of an hour."""
    site = fleet.add_site("Apotheke Köln")
    made = fleet.add_logger(site, "Kühlschrank 1", kind=Kind.TEMPERATURE)
    made.sensors[0].channels[0].hold(TEN, TEN + MINUTE, 5.1)
    return made


def channel_id(logger: Logger, sensor: int = 0) -> str:
    """Return the unique id of the first channel of a sensor."""
    return f"{logger.serial}_{logger.sensors[sensor].serial}_1"


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.quality_rule("entity-unavailable")
async def test_a3_a_silent_logger_turns_stale_by_its_own_schedule(
    world: World, fleet: Fleet, logger: Logger
) -> None:
    await world.add_account()
    logger.outage(TEN + MINUTE)
    await world.to(TEN + 40 * MINUTE)
    assert float(world.value(channel_id(logger))) == pytest.approx(5.1, abs=1e-5)
    assert world.value(f"{logger.serial}_connection") == "on"
    assert world.value(f"{fleet.tenant_uuid}_loggers_offline") == "0"

    await world.to(TEN + 46 * MINUTE)
    assert world.value(channel_id(logger)) == "unavailable"
    assert world.value(f"{logger.serial}_connection") == "off"
    assert world.value(f"{fleet.tenant_uuid}_loggers_offline") == "1"
    assert world.value(f"{logger.serial}_last_measurement") == TEN.isoformat()
    assert world.value(f"{channel_id(logger)}_alarm") == "off"
    assert world.value(f"{logger.serial}_battery") == "87"
    assert world.value(f"{fleet.tenant_uuid}_cloud") == "on"
    changes = [state.state for entity, state in world.changes if entity.endswith("_connection")]
    assert changes.count("off") == 1


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.expect_warnings
async def test_a3_a_dead_cloud_is_one_problem_and_values_age_alone(
    world: World, fleet: Fleet, logger: Logger
) -> None:
    await world.add_account()
    await world.to(TEN + 5 * MINUTE + timedelta(seconds=30))
    await world.advance(3 * MINUTE)
    assert world.value(f"{logger.serial}_last_measurement") == TEN.isoformat()
    world.faults.server_error = 503
    await world.to(TEN + 44 * MINUTE)
    assert float(world.value(channel_id(logger))) == pytest.approx(5.1, abs=1e-5)
    assert world.value(f"{logger.serial}_connection") == "on"
    assert world.value(f"{fleet.tenant_uuid}_cloud") == "off"
    await world.to(TEN + 50 * MINUTE)
    assert world.value(channel_id(logger)) == "unavailable"
    assert world.value(f"{channel_id(logger)}_alarm") == "unavailable"
    assert world.value(f"{fleet.tenant_uuid}_active_alarms") == "unavailable"


async def test_a_silent_probe_is_not_hidden_by_a_logger_that_reports(
    world: World, fleet: Fleet
) -> None:
    made = fleet.add_logger(fleet.add_site("Labor"), "Schrank", kind=Kind.PROBES)
    made.break_sensor(TEN + MINUTE, TEN + timedelta(days=1), sensor=1)
    await world.add_account()
    await world.to(TEN + 60 * MINUTE)

    assert float(world.value(channel_id(made, 0)))
    assert world.value(channel_id(made, 1)) == "unavailable"
    assert world.value(f"{made.serial}_connection") == "on"


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_readings_from_a_clock_ahead_are_not_shown(world: World, logger: Logger) -> None:
    await world.add_account()
    await world.to(TEN + 8 * MINUTE)
    shown = datetime.fromisoformat(world.value(f"{logger.serial}_last_measurement"))
    assert shown <= world.now


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_values_never_go_back_in_time(world: World, logger: Logger) -> None:
    logger.outage(TEN + MINUTE, TEN + 100 * MINUTE)
    await world.add_account()
    await world.to(TEN + 180 * MINUTE)
    sensor = world.entity_id(f"{logger.serial}_last_measurement")
    times = [
        datetime.fromisoformat(state.state)
        for entity, state in world.changes
        if entity == sensor and state.state not in {"unknown", "unavailable"}
    ]
    assert times == sorted(times)
    assert times[-1] > TEN + 150 * MINUTE


async def test_a_channel_that_never_measured_is_unavailable_after_one_wide_look(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    made = fleet.add_logger(
        fleet.add_site("Labor"), "Neu", kind=Kind.TEMPERATURE, since=TEN + timedelta(days=3)
    )
    await world.add_account()
    assert world.value(channel_id(made)) == "unavailable"
    assert world.value(f"{made.serial}_connection") == "unknown"
    looks = [
        record.body
        for record in world.requests("POST", "measurements")
        if record.body and "$filter" in record.body.get("odata", {})
    ]
    assert len(looks) == 1
    assert made.sensors[0].uuid in looks[0]["odata"]["$filter"]
    world.simulator.requests.clear()
    await world.advance(timedelta(hours=1))
    assert all(
        "$filter" not in record.body.get("odata", {})
        for record in world.requests("POST", "measurements")
        if record.body
    )
    assert hass.states.get(world.entity_id(channel_id(made)))


async def test_a_logger_that_was_silent_for_long_before_set_up_is_offline(
    world: World, fleet: Fleet, logger: Logger
) -> None:
    """No reading is found, but its last contact is told."""
    logger.outage(TEN - timedelta(days=8))
    await world.add_account()
    await world.advance(10 * MINUTE)
    assert world.value(f"{logger.serial}_connection") == "off"
    assert world.value(f"{fleet.tenant_uuid}_loggers_offline") == "1"
    assert world.value(channel_id(logger)) == "unavailable"


async def test_a_contact_announced_for_years_ahead_keeps_nothing_alive(
    world: World, logger: Logger
) -> None:
    await world.add_account()
    logger.outage(TEN + MINUTE)
    world.faults.set(
        {"on": {"status": {"extra_columns": {"next_communication_time": "2036-01-01T00:00:00Z"}}}}
    )
    await world.to(TEN + 58 * MINUTE)
    assert world.value(f"{logger.serial}_connection") == "on", "twice its cycle is waited"
    await world.to(TEN + 70 * MINUTE)
    assert world.value(f"{logger.serial}_connection") == "off"
    assert world.value(channel_id(logger)) == "unavailable"


async def test_a_gateway_whose_clock_is_ahead_is_offline_when_it_is_silent(
    world: World, fleet: Fleet
) -> None:
    gateway = fleet.add_gateway(fleet.add_site("Halle"), "Gateway")
    gateway.add_radio_sensor("Kühlzelle", kind=Kind.PRODUCT)
    ahead = dict.fromkeys(("last_communication_time", "status_time"), "2036-01-01T00:00:00Z")
    world.faults.set({"on": {"status": {"extra_columns": ahead}}})
    await world.add_account()
    assert world.value(f"{gateway.serial}_connection") == "on"
    gateway.outage(TEN + MINUTE)
    await world.to(TEN + 70 * MINUTE)
    assert world.value(f"{gateway.serial}_connection") == "off"


async def test_a_gateway_is_offline_by_its_own_contact(world: World, fleet: Fleet) -> None:
    gateway = fleet.add_gateway(fleet.add_site("Halle"), "Gateway")
    radio = gateway.add_radio_sensor("Kühlzelle", kind=Kind.PRODUCT)
    await world.add_account()
    assert world.value(f"{gateway.serial}_connection") == "on"
    assert world.value(f"{radio.serial}_connection") == "on"
    radio.outage(TEN + MINUTE)
    await world.to(TEN + 60 * MINUTE)
    assert world.value(f"{gateway.serial}_connection") == "on"
    assert world.value(f"{radio.serial}_connection") == "off"
    gateway.outage(TEN + 61 * MINUTE)
    await world.to(TEN + 120 * MINUTE)
    assert world.value(f"{gateway.serial}_connection") == "off"


async def turns() -> None:
    """Let tasks and threads do what they can while no time passes."""
    for _ in range(300):
        await asyncio.sleep(0)


async def test_what_was_judged_from_less_never_comes_last(
    hass: HomeAssistant, world: World, logger: Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The timer and a read may judge at the same time, and either may take longer."""
    await world.add_account()
    logger.outage(TEN + MINUTE, TEN + 44 * MINUTE)
    await world.to(TEN + 44 * MINUTE)
    assert world.value(f"{logger.serial}_connection") == "on"
    began, may_end = threading.Event(), threading.Event()

    def slow_at_first(facts: Facts, before: Freshness) -> Freshness:
        if not began.is_set():
            began.set()
            may_end.wait(10)
        return freshness(facts, before)

    monkeypatch.setattr(
        "custom_components.testo_smart_connect.account.view.freshness", slow_at_first
    )
    for _ in range(24):
        if not began.is_set():
            await world.pass_by(15)
            async_fire_time_changed(hass, world.now)
            await turns()
    assert began.is_set()
    assert world.now < TEN + 50 * MINUTE, "it was the timer, which knows of no new reading"
    asked = len(world.requests("POST", "/v2/measurements"))
    for _ in range(40):
        await world.pass_by(15)
        async_fire_time_changed(hass, world.now)
        await turns()
    assert len(world.requests("POST", "/v2/measurements")) > asked
    # What the cloud answers is read, while the first judgement still takes its time.
    await turns()
    may_end.set()
    await world.settle()
    assert world.value(f"{logger.serial}_connection") == "on"
    assert float(world.value(channel_id(logger)))
