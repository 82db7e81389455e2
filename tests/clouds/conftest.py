"""A client whose pauses move the clock of the simulated cloud, so that no test waits."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from datetime import UTC, datetime, timedelta
import zlib

import aiohttp
from aiohttp import set_zlib_backend
from isal import isal_zlib
import pytest

from custom_components.testo_smart_connect.clouds.http.transport import Transport
from custom_components.testo_smart_connect.clouds.jobs.learnt import Dialect
from tests.hypothesis_profiles import register
from tests.simulator import Faults, Fleet, Kind, ManualClock, Simulator, band

from .desk import Desk
from .reader import Reader, key_of

register()

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
FRIDGE = band("Temperature", warning=(3.0, 7.0), alarm=(2.0, 8.0), hysteresis=0.5)


class Patience:
    """Sleeps by moving a clock, and remembers for how long."""

    def __init__(self, clock: ManualClock) -> None:
        """Wait on a clock."""
        self.clock = clock
        self.pauses: list[float] = []

    async def __call__(self, seconds: float) -> None:
        """Let the seconds pass at once."""
        self.pauses.append(seconds)
        self.clock.advance(timedelta(seconds=seconds))
        await asyncio.sleep(0)


class Maker:
    """Makes clients that share a session and a patience."""

    def __init__(self, session: aiohttp.ClientSession, patience: Patience) -> None:
        """Keep what the clients share."""
        self.session = session
        self.patience = patience

    def __call__(self, url: str, key: str, dialect: Dialect | None = None) -> Reader:
        """Return a client of an address."""
        now = self.patience.clock.now
        transport = Transport(self.session, url, key_of(key), sleep=self.patience, now=now)
        return Reader(transport, dialect)


@pytest.fixture(params=[zlib, isal_zlib], ids=lambda engine: engine.__name__)
def engine(request: pytest.FixtureRequest) -> Iterator[None]:
    """Unzip with Python's engine, and with the one that Home Assistant prefers."""
    set_zlib_backend(request.param)
    yield
    set_zlib_backend(zlib)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def patience(clock: ManualClock) -> Patience:
    return Patience(clock)


@pytest.fixture
def fleet(clock: ManualClock) -> Fleet:
    """Return two sites with loggers, a gateway, open, ended and system alarms."""
    fleet = Fleet(clock, since=NOON - timedelta(days=10))
    fleet.lag = timedelta()
    first, second = fleet.add_site("Apotheke Köln"), fleet.add_site('Archive, wing "B"')
    fridge = fleet.add_logger(first, "Kühlschrank", kind=Kind.PRODUCT, serial="1001", limits=FRIDGE)
    fleet.add_logger(second, "Depot", kind=Kind.CLIMATE, serial="1002")
    fleet.add_logger(second, "Zelle", kind=Kind.PROBES, serial="1003", mains=True, battery=None)
    fleet.add_logger(second, "Lager", serial="1004", active=False)
    gateway = fleet.add_gateway(first, "Gateway", serial="2001")
    gateway.add_radio_sensor("Labor", kind=Kind.PRODUCT, serial="3001", limits=FRIDGE)
    gateway.add_radio_sensor("Tür", kind=Kind.DOOR, serial="3002")
    fridge.sensors[0].channels[0].hold(NOON - DAY, NOON - DAY + timedelta(hours=1), 9.0)
    fridge.sensors[0].channels[0].hold(NOON - timedelta(hours=1), NOON + DAY, 7.5)
    fridge.sensors[0].channels[0].hold(NOON - 2 * DAY, NOON - 2 * DAY + timedelta(hours=1), None)
    fridge.low_battery(NOON - 9 * DAY, NOON - 8 * DAY)
    return fleet


@pytest.fixture
async def simulator(fleet: Fleet, socket_enabled: None) -> AsyncGenerator[Simulator]:  # noqa: ARG001 - it allows sockets
    """Return a running simulator that delivers no row twice."""
    simulator = Simulator(fleet)
    simulator.faults.duplicates = 0
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
def faults(simulator: Simulator) -> Faults:
    return simulator.faults


@pytest.fixture
async def client(patience: Patience, socket_enabled: None) -> AsyncGenerator[Maker]:  # noqa: ARG001 - it allows sockets
    # The simulated clouds share the loop: a busy machine must not fail a test by a warning.
    asyncio.get_running_loop().slow_callback_duration = 10
    async with aiohttp.ClientSession() as session:
        yield Maker(session, patience)
    await asyncio.get_running_loop().shutdown_default_executor()


@pytest.fixture
def cloud(client: Maker, simulator: Simulator) -> Reader:
    """Return a client of the simulator that knows nothing yet."""
    return client(simulator.base_url, simulator.api_key)


@pytest.fixture
async def desk(socket_enabled: None) -> AsyncGenerator[Desk]:  # noqa: ARG001 - it allows sockets
    desk = Desk()
    await desk.start()
    yield desk
    await desk.stop()


@pytest.fixture
def reader(client: Maker, desk: Desk) -> Reader:
    """Return a client of the desk."""
    return client(desk.url, "desk-key")
