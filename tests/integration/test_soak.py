"""Weeks in the life of an account with everything that goes wrong, and what is left of it.

A few loggers for a few days by default; with ``HYPOTHESIS_PROFILE=nightly`` twelve for sixty.
"""

from datetime import UTC, datetime, timedelta
import os
from random import Random

from homeassistant.components.recorder.core import Recorder
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.testo_smart_connect.history.hours import hour_of
from tests.integration.conftest import MINUTE, World
from tests.integration.house import HOUSE, House, assert_alike
from tests.simulator import Fleet, Kind, Logger

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
DAYS, LOGGERS = (60, 12) if LONG else (4, 5)
SETTLED = 2 * DAY
"""Within which everything is made up for once the last trouble is over."""
# The clocks of Berlin go back on 25 October.
BEGIN = datetime(2026, 10, 23, 9, 50, 30, tzinfo=UTC)
MOST_SUBMISSIONS_A_DAY = 96 * 2 + 288 + 2 * 3 + 12 + 60
"""Readings and status, alarms, inventory, daily wide reads, repairs (see the README)."""
_CYCLES = (
    (5, 5),
    (15, 15),
    (15, 24 * 60),
    (120, 120),
    (10, 240),
    (15, 60),
    (30, 60),
    (60, 60),
)

pytestmark = [
    pytest.mark.usefixtures("recorder_mock"),
    pytest.mark.expect_warnings,
]


@pytest.fixture
def enable_statistics() -> bool:
    """Let the recorder compile as it does in a house."""
    return True


@pytest.fixture
def begin() -> datetime:
    """Return when the world begins."""
    return BEGIN


@pytest.fixture
def loggers(fleet: Fleet) -> list[Logger]:
    """Return loggers of different cycles."""
    fleet.connection_timeout = timedelta(days=90)
    sites = [fleet.add_site(name) for name in ("Apotheke Köln", "Lager")]
    kinds = (Kind.TEMPERATURE, Kind.CLIMATE, Kind.PROBES)
    return [
        fleet.add_logger(
            sites[number % 2],
            f"Logger {number}",
            kind=kinds[number % 3],
            measuring=_CYCLES[number % len(_CYCLES)][0] * MINUTE,
            communication=_CYCLES[number % len(_CYCLES)][1] * MINUTE,
        )
        for number in range(LOGGERS)
    ]


async def test_after_all_troubles_every_hour_is_what_was_measured(
    hass: HomeAssistant, world: World, loggers: list[Logger], recorder_mock: Recorder
) -> None:
    random = Random(4)  # noqa: S311 - the same troubles each time
    await hass.config.async_set_time_zone("Europe/Berlin")
    assert await async_setup_component(hass, "sensor", {})
    house = House(hass, world, recorder_mock)
    world.faults.duplicates = 0.05
    end = world.now + DAYS * DAY
    for logger in loggers:
        at = world.now + random.random() * DAY
        while at < end - SETTLED:
            longest = min(9 * DAY, end - SETTLED - at)
            length = max(5 * MINUTE, random.random() ** 4 * longest)
            logger.outage(at, at + length)
            at += length + (0.5 + random.random()) * DAY
    entry = await world.add_account()
    trouble = world.now + 6 * HOUR
    while world.now < end:
        if world.now >= trouble and world.now < end - SETTLED:
            kind, length = random.choice(("cloud", "off", "reload")), random.random() * 8 * HOUR
            if kind == "cloud":
                world.faults.server_error = 503
            else:
                assert await hass.config_entries.async_unload(entry.entry_id)
            await house.to(world.now + (length if kind != "reload" else 10 * MINUTE))
            world.faults.server_error = None
            if entry.state is ConfigEntryState.NOT_LOADED:
                assert await hass.config_entries.async_setup(entry.entry_id)
            trouble = world.now + (4 + random.random() * 20) * HOUR
        await house.to(min(world.now + HOUR, end))

    first = BEGIN.replace(minute=0, second=0) + HOUR
    recent = end.replace(minute=0, second=0) - 3 * HOUR
    for logger in loggers:
        # What is measured now is uploaded at the next contact.
        last = hour_of(recent - logger.communication)
        for sensor in logger.sensors:
            for channel in sensor.channels:
                entity_id = world.entity_id(f"{logger.serial}_{sensor.serial}_{channel.number}")
                truth = house.truth(first, last, channel)
                found = await house.hours(entity_id, first, last)
                # A logger that measures every other hour leaves the recorder's own in between.
                assert_alike({hour: it for hour, it in found.items() if hour in truth}, truth)
    theirs = await house.hours(HOUSE, first, recent)
    assert len(theirs) == (recent - first) // HOUR, "the other sensor has lost an hour"
    submissions = len(world.requests("POST"))
    assert submissions <= DAYS * MOST_SUBMISSIONS_A_DAY, submissions / DAYS
