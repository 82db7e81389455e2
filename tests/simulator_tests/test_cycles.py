"""Other cycles: configured at once, lived by from the next communication on."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.simulator import Fleet, Gateway, Logger, ManualClock
from tests.simulator.spans import Grid, Span

from .conftest import HOUR, NOON, Client, Guest

MINUTE = timedelta(minutes=1)
CYCLES = (
    "device_communication_log_time",
    "device_measuring_cycle",
    "device_measuring_cycle_effective",
    "sensor_measuring_cycle",
    "sensor_measuring_cycle_effective",
)


async def cycles(client: Client, serial: str) -> set[tuple[Any, ...]]:
    """Return the cycles that device properties tell, in minutes."""
    rows = await client.rows("/v3/devices/properties")
    return {
        tuple(row[name] // 60_000 for name in CYCLES)
        for row in rows
        if row["device_serial_no"] == serial
    }


def minutes(logger: Logger, start: datetime, end: datetime) -> list[int]:
    """Return when a logger measured, in minutes after noon."""
    return [(at - NOON) // MINUTE for at in logger.sensors[0].instants(start, end)]


async def test_a_logger_learns_of_its_cycles(
    client: Client, clock: ManualClock, logger: Logger
) -> None:
    """Also if the question is asked just when it communicates."""
    assert await cycles(client, "1001") == {(15, 15, 15, 15, 15)}
    logger.ask_cycles(NOON, communication=HOUR, measuring=5 * MINUTE)
    for minute in (0, 14):
        clock.move_to(NOON + minute * MINUTE)
        assert await cycles(client, "1001") == {(60, 5, 15, 5, 15)}
    clock.move_to(NOON + 15 * MINUTE)
    assert await cycles(client, "1001") == {(60, 5, 5, 5, 5)}
    assert minutes(logger, NOON - HOUR / 2, NOON + HOUR / 2) == [-30, -15, 0, 15, 20, 25]
    assert logger.contact(NOON + MINUTE) == NOON + 15 * MINUTE
    assert logger.contact(NOON + 16 * MINUTE) == NOON + HOUR
    assert logger.last_contact(NOON + 59 * MINUTE) == NOON + 15 * MINUTE


async def test_what_is_measured_arrives_in_the_new_rhythm(
    client: Client, clock: ManualClock, fleet: Fleet, logger: Logger
) -> None:
    logger.ask_cycles(NOON, communication=HOUR, measuring=30 * MINUTE)
    clock.advance(3 * HOUR)
    found = [
        it for it in fleet.readings(NOON, NOON + 3 * HOUR) if it.channel.sensor.device is logger
    ]
    told = [((it.at - NOON) // MINUTE, (it.visible_at - NOON) // MINUTE) for it in found]
    assert told == [(0, 0), (15, 15), (30, 60), (60, 60), (90, 120), (120, 120), (150, 180)]
    status = await client.rows("/v3/devices/status")
    (row,) = (it for it in status if it["serial_no"] == "1001")
    assert row["last_communication"] == "2026-07-01T15:00:00Z"
    assert row["next_communication"] == "2026-07-01T16:00:00Z"


async def test_the_next_communication_by_the_cycle_that_is_known(
    client: Client, clock: ManualClock, logger: Logger
) -> None:
    clock.advance(MINUTE)
    logger.ask_cycles(clock.now(), communication=HOUR)
    status = await client.rows("/v3/devices/status")
    (row,) = (it for it in status if it["serial_no"] == "1001")
    assert row["next_communication"] == "2026-07-01T12:15:00Z"


def test_an_outage_delays_what_a_logger_learns(logger: Logger) -> None:
    logger.ask_cycles(NOON, communication=5 * MINUTE, measuring=5 * MINUTE)
    logger.outage(NOON + MINUTE, NOON + HOUR - MINUTE)
    assert logger.grid.since == logger.sensors[0].grid.since == NOON + HOUR
    assert minutes(logger, NOON, NOON + 70 * MINUTE) == [0, 15, 30, 45, 60, 65]
    logger.outage(NOON + 2 * HOUR, NOON + 3 * HOUR)
    assert logger.grid.since == NOON + HOUR


def test_a_logger_that_sleeps_learns_nothing(logger: Logger) -> None:
    logger.set_active(NOON, active=False)
    logger.ask_cycles(NOON + MINUTE, communication=HOUR)
    assert logger.grid.since > NOON + 1000 * HOUR
    logger.set_active(NOON + HOUR + MINUTE, active=True)
    assert logger.grid.since == NOON + HOUR + 15 * MINUTE


def test_the_last_question_counts(logger: Logger) -> None:
    logger.ask_cycles(NOON, measuring=5 * MINUTE)
    logger.ask_cycles(NOON + MINUTE, measuring=30 * MINUTE)
    assert minutes(logger, NOON, NOON + HOUR) == [0, 15, 30]
    logger.ask_cycles(NOON + 2 * MINUTE, measuring=15 * MINUTE)
    assert logger.sensors[0].grid == Grid(15 * MINUTE)
    logger.ask_cycles(NOON, measuring=5 * MINUTE)
    logger.ask_cycles(NOON + HOUR, measuring=10 * MINUTE)
    found = minutes(logger, NOON, NOON + 2 * HOUR)
    assert found == [0, *range(15, 75, 5), 75, 80, 90, 100, 110]


async def test_a_gateway_passes_them_on(client: Client, clock: ManualClock, fleet: Fleet) -> None:
    gateway = fleet.device("2001")
    assert isinstance(gateway, Gateway)
    labor, door = gateway.sensors
    gateway.ask_cycles(NOON, measuring=5 * MINUTE, sensors=[door])
    assert await cycles(client, "2001") == {(15, 5, 15, 15, 15), (15, 5, 15, 5, 15)}
    clock.advance(15 * MINUTE)
    assert await cycles(client, "2001") == {(15, 5, 5, 15, 15), (15, 5, 5, 5, 5)}
    assert labor.grid == Grid(15 * MINUTE)


async def test_the_status_of_a_sensor(guest: Guest, clock: ManualClock, fleet: Fleet) -> None:
    fleet.device("2001").ask_cycles(NOON, measuring=5 * MINUTE)
    for minute, following in ((0, "12:15"), (15, "12:20")):
        clock.move_to(NOON + minute * MINUTE)
        rows = await guest.rows("/v3/sensors/status")
        assert {row["next_communication"][11:16] for row in rows} == {following}


async def test_effective_is_what_the_cloud_has_heard(
    client: Client, clock: ManualClock, fleet: Fleet, logger: Logger
) -> None:
    """A contact takes as long as a reading to be known."""
    fleet.lag = timedelta(seconds=3)
    logger.ask_cycles(NOON, measuring=5 * MINUTE)
    clock.move_to(NOON + 15 * MINUTE)
    assert await cycles(client, "1001") == {(15, 5, 15, 5, 15)}
    clock.advance(fleet.lag)
    assert await cycles(client, "1001") == {(15, 5, 5, 5, 5)}


@pytest.mark.parametrize("minute", range(-40, 60, 7))
def test_before_and_after(minute: int) -> None:
    """Whichever way one asks a grid that has changed."""
    grid = Grid(15 * MINUTE).then(20 * MINUTE, NOON).then(7 * MINUTE, NOON + 40 * MINUTE)
    known = [NOON + at * MINUTE for at in (-45, -30, -15, 0, 20, 40)]
    week = Grid(7 * MINUTE)
    known += [week.at_or_after(NOON + 41 * MINUTE) + step * 7 * MINUTE for step in range(8)]
    at = NOON + minute * MINUTE
    assert grid.at_or_after(at) == min(it for it in known if it >= at)
    assert grid.at_or_before(at) == max(it for it in known if it <= at)
    gap = (Span(at, at + MINUTE),)
    assert grid.last_outside(at, gap) == max(it for it in known if it < at)
    cycle = 15 if minute < 0 else 20 if minute < 40 else 7
    assert grid.cycle_at(at) == cycle * MINUTE
