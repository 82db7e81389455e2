"""A simulated day: how much is asked of the cloud, and how late Home Assistant knows."""

import asyncio
from datetime import UTC, datetime, timedelta
from statistics import fmean, median

from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from pytest_homeassistant_custom_component import patch_time  # noqa: F401 - moves HA's clock

from custom_components.testo_smart_connect import config_flow
from custom_components.testo_smart_connect.clouds.base import Resource
from custom_components.testo_smart_connect.clouds.http.credentials import Key
from custom_components.testo_smart_connect.clouds.http.transport import Transport
from custom_components.testo_smart_connect.clouds.jobs.runner import JobRunner
from custom_components.testo_smart_connect.clouds.jobs.smart_connect import KEY_HEADER, SmartConnect
from custom_components.testo_smart_connect.kinds import base
from tests.integration.conftest import World
from tests.simulator import Fleet, Logger, ManualClock, Simulator

from .house import home, no_pause

_BEGIN = datetime(2026, 7, 1, 9, 50, 30, tzinfo=UTC)
_STEP = timedelta(seconds=15)
_QUARTER = timedelta(minutes=15)


async def measure(hours: int) -> dict[str, float]:
    """Return submissions in a quarter of an hour, polls of a job, and delays in seconds."""
    clock = ManualClock(_BEGIN)
    fleet = Fleet(clock, seed=3)
    site = fleet.add_site("Apotheke Köln")
    # Loggers do not measure in step: each has a moment of its own.
    loggers = [
        fleet.add_logger(site, f"Logger {place}", phase=place * timedelta(seconds=113))
        for place in range(8)
    ]
    for module in (base, config_flow):
        setattr(module, "sleep", no_pause)  # noqa: B010 - it is imported there
    with freeze_time(_BEGIN) as freezer:
        async with home() as hass:
            simulator = Simulator(fleet)
            simulator.faults.run_time = 0
            await simulator.start()
            assert isinstance(freezer, FrozenDateTimeFactory)
            world = World(hass, freezer, simulator)
            await world.add_account()
            # What only happens once after the set-up is not what a day looks like.
            await world.advance(timedelta(hours=1), step=_STEP)
            world.changes.clear()
            simulator.requests.clear()
            begun = world.now
            await world.advance(timedelta(hours=hours), step=_STEP)
            submitted = [record.at for record in world.requests("POST")]
            delays = [delay for logger in loggers for delay in _delays(world, logger, begun)]
            polls = await _polls(hass, simulator, clock)
            await simulator.stop()
    quarters = hours * 4
    return {
        "submissions": len(submitted) / quarters,
        "polls": polls,
        "delay": median(delays),
        "interval": SmartConnect.traits.intervals[Resource.READINGS].default.total_seconds(),
    }


def _delays(world: World, logger: Logger, begun: datetime) -> list[float]:
    """Return how long after the cloud had them the readings of a logger were shown."""
    channel = logger.sensors[0].channels[0]
    entity_id = world.entity_id(f"{logger.serial}_{logger.sensors[0].serial}_1")
    shown = [
        state.last_updated
        for changed, state in world.changes
        if changed == entity_id and state.state not in {"unknown", "unavailable"}
    ]
    found = []
    for at in shown:
        reading = world.fleet.latest(channel, at)
        assert reading is not None
        if reading.visible_at >= begun:
            found.append((at - reading.visible_at).total_seconds())
    return found


async def _polls(hass: HomeAssistant, simulator: Simulator, clock: ManualClock) -> float:
    """Return how often a job is asked for that takes as long as jobs do."""
    simulator.faults.run_time = None

    async def pause(seconds: float) -> None:
        clock.advance(timedelta(seconds=seconds))
        await asyncio.sleep(0)

    session = async_get_clientsession(hass)
    key = Key(name="key", header=KEY_HEADER, key=simulator.api_key)
    transport = Transport(session, simulator.base_url, key, sleep=pause)
    cloud = SmartConnect(JobRunner(transport))
    polls = []
    for _ in range(20):
        timing = (await cloud.status()).report.timing
        assert timing is not None
        polls.append(timing.polls)
    return fmean(polls)
