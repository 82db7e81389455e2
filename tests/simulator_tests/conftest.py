"""A small fleet on a standing clock, its simulator, and a plain client."""

import csv
from datetime import UTC, datetime, timedelta
import io
from typing import TYPE_CHECKING, Any
import zlib

import aiohttp
import orjson
import pytest
from yarl import URL

from tests.simulator import (
    Faults,
    Fleet,
    Gateway,
    Kind,
    Logger,
    ManualClock,
    RadioSensor,
    SaverisDataSimulator,
    SensoristOddities,
    Simulator,
    band,
)

from .management_client import Manager, managing
from .sensorist_client import Caller, calling

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from tests.simulator.jobserver import JobServer

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FRIDGE = band("Temperature", warning=(3.0, 7.0), alarm=(2.0, 8.0))


class JobClient[S: JobServer]:
    """What any client of a cloud with jobs does, without any tolerance."""

    def __init__(self, http: aiohttp.ClientSession, simulator: S, headers: dict[str, str]) -> None:
        """Talk to a simulator with a credential."""
        self.http = http
        self.simulator = simulator
        self.headers = headers

    async def post(self, path: str, body: Any = None) -> tuple[int, Any]:
        """Submit a body; return status and decoded answer."""
        url = self.simulator.base_url + path
        data = orjson.dumps({} if body is None else body)
        async with self.http.post(url, data=data, headers=self.headers) as response:
            return response.status, orjson.loads(await response.read())

    async def poll(self, path: str, uuid: str) -> tuple[int, Any]:
        """Poll a job; return status and decoded answer."""
        url = f"{self.simulator.base_url}{path}/{uuid}"
        async with self.http.get(url, headers=self.headers) as response:
            return response.status, orjson.loads(await response.read())

    async def links(self, path: str, **body: Any) -> list[str]:
        """Return the links of a completed job."""
        status, submitted = await self.post(path, body)
        assert status == 200, submitted
        _, polled = await self.poll(path, submitted["request_uuid"])
        assert polled["status"] == "Completed", polled
        links: list[str] = polled["data_urls"]
        return links

    async def get(self, link: str, **headers: str) -> tuple[int, bytes]:
        """Download a link exactly as it is."""
        async with self.http.get(URL(link, encoded=True), headers=headers) as response:
            return response.status, await response.read()

    async def files(self, path: str, **body: Any) -> list[bytes]:
        """Return the files of a completed job."""
        answers = [await self.get(link) for link in await self.links(path, **body)]
        assert {status for status, _ in answers} <= {200}
        return [content for _, content in answers]

    async def rows(self, path: str, **body: Any) -> list[dict[str, Any]]:
        """Return the rows of a JSON result."""
        body["options"] = {"result_file_format": "JSON"}
        files = await self.files(path, **body)
        return [
            orjson.loads(line)
            for content in files
            for line in zlib.decompress(content, zlib.MAX_WBITS | 16).splitlines()
        ]

    async def table(self, path: str, **body: Any) -> tuple[list[str], list[dict[str, str]]]:
        """Return the header and the rows of a CSV result."""
        (content,) = await self.files(path, **body)
        reader = csv.DictReader(io.StringIO(content.decode()))
        rows = list(reader)
        return list(reader.fieldnames or ()), rows


class Client(JobClient[Simulator]):
    """One with a key."""

    def __init__(self, http: aiohttp.ClientSession, simulator: Simulator) -> None:
        """Talk to a simulator with its good key."""
        super().__init__(http, simulator, {"x-custom-api-key": simulator.api_key})


class Guest(JobClient[SaverisDataSimulator]):
    """One that signs in."""

    async def ask(self, body: Any) -> tuple[int, Any]:
        """Ask for a token with any body; return status and decoded answer."""
        url = f"{self.simulator.base_url}/v1/token"
        async with self.http.post(url, data=orjson.dumps(body)) as response:
            return response.status, orjson.loads(await response.read())

    async def sign_in(self, username: str | None = None) -> str:
        """Sign in with the good password, and use the token from now on."""
        simulator = self.simulator
        status, told = await self.ask(
            {"username": username or simulator.username, "password": simulator.password}
        )
        assert status == 200, told
        token: str = told["IdToken"]
        self.headers = {"Authorization": f"Bearer {token}"}
        return token

    async def at_once(self, path: str) -> tuple[int, Any]:
        """Ask a synchronous path; return status and decoded answer."""
        async with self.http.get(self.simulator.base_url + path, headers=self.headers) as response:
            return response.status, orjson.loads(await response.read())


def period(start: datetime, end: datetime) -> dict[str, str]:
    """Return the date members of a body."""
    return {"date_time_from": start.isoformat(), "date_time_until": end.isoformat()}


def cut(row: dict[str, Any], names: tuple[str, ...]) -> tuple[Any, ...]:
    """Return some columns of a row."""
    return tuple(row[name] for name in names)


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that stands at noon UTC."""
    return ManualClock(NOON)


@pytest.fixture
def fleet(clock: ManualClock) -> Fleet:
    """Return two sites with three loggers and a gateway with two radio sensors; no lag."""
    fleet = Fleet(clock, since=NOON - timedelta(days=2))
    fleet.lag = timedelta()
    first, second = fleet.add_site("Apotheke Köln"), fleet.add_site('Archive, wing "B"')
    fleet.add_logger(first, "Kühlschrank", kind=Kind.TEMPERATURE, serial="1001", limits=FRIDGE)
    fleet.add_logger(second, "Depot", kind=Kind.CLIMATE, serial="1002")
    fleet.add_logger(second, "Zelle", kind=Kind.PROBES, serial="1003", mains=True, battery=None)
    gateway = fleet.add_gateway(first, "Gateway", serial="2001")
    gateway.add_radio_sensor("Labor", kind=Kind.PRODUCT, serial="3001", limits=FRIDGE)
    gateway.add_radio_sensor("Tür", kind=Kind.DOOR, serial="3002")
    return fleet


@pytest.fixture
def logger(fleet: Fleet) -> Logger:
    """Return the fridge, a temperature logger in 15/15 cycles with limits."""
    return fleet.logger("1001")


@pytest.fixture
def labor(fleet: Fleet) -> RadioSensor:
    """Return the product temperature, a radio sensor of the gateway with limits."""
    sensor = fleet.sensor("3001")
    assert isinstance(sensor, RadioSensor)
    return sensor


@pytest.fixture
async def simulator(fleet: Fleet, socket_enabled: None) -> AsyncGenerator[Simulator]:  # noqa: ARG001 - it allows sockets
    """Return a running simulator whose jobs are done at once and deliver no row twice."""
    simulator = Simulator(fleet)
    simulator.faults.run_time = 0
    simulator.faults.duplicates = 0
    await simulator.start()
    yield simulator
    await simulator.stop()


@pytest.fixture
async def client(simulator: Simulator) -> AsyncGenerator[Client]:
    """Return a client of the simulator."""
    async with aiohttp.ClientSession() as http:
        yield Client(http, simulator)


@pytest.fixture
async def data(fleet: Fleet, socket_enabled: None) -> AsyncGenerator[SaverisDataSimulator]:  # noqa: ARG001 - it allows sockets
    """Return the other cloud over the same fleet; its jobs are done at once as well."""
    data = SaverisDataSimulator(fleet, faults=Faults(run_time=0, duplicates=0.0))
    await data.start()
    yield data
    await data.stop()


@pytest.fixture
def faults(data: SaverisDataSimulator) -> Faults:
    """Return its switches."""
    return data.faults


@pytest.fixture
async def guest(data: SaverisDataSimulator) -> AsyncGenerator[Guest]:
    """Return a client of it that has signed in."""
    async with aiohttp.ClientSession() as http:
        guest = Guest(http, data, {})
        await guest.sign_in()
        yield guest


@pytest.fixture
async def caller(fleet: Fleet, socket_enabled: None) -> AsyncGenerator[Caller]:  # noqa: ARG001 - it allows sockets
    """Return a client of a Sensorist cloud."""
    async with calling(fleet) as caller:
        yield caller


@pytest.fixture
async def manager(fleet: Fleet, socket_enabled: None) -> AsyncGenerator[Manager]:  # noqa: ARG001 - it allows sockets
    """Return a client of a Device Management cloud that has signed in."""
    async with managing(fleet) as manager:
        yield manager


@pytest.fixture
def odd(caller: Caller) -> SensoristOddities:
    """Return what is odd about it."""
    return caller.cloud.odd


@pytest.fixture
def gateway(fleet: Fleet) -> Gateway:
    """Return the first gateway."""
    return fleet.gateways[0]
