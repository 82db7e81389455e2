# ruff: noqa: EM102, TRY003 - a DemoError is made for its text
"""The simulated cloud of the demonstration, and the truth about its fleet."""

from datetime import datetime, timedelta
from pathlib import Path
import re
import sys
from typing import Any, Self

from aiohttp import ClientSession
import orjson

from tests.simulator import (
    GOOD_EMAIL,
    GOOD_KEY,
    GOOD_PASSWORD,
    GOOD_USER,
    MANAGEMENT_PASSWORD,
    MANAGEMENT_USER,
    Fleet,
    RealClock,
    demo_fleet,
    saveris_2_token,
)

from .child import Child, until, usable_port
from .errors import DemoError

ROOT = Path(__file__).parents[2]
TIME_LAPSE = 60
"""How much faster the world lives unless real time is asked for."""
SETTINGS_LAPSE = 8
"""The same where loggers can be set: of shorter cycles nobody could tell the unit."""
LOGGERS = 12
HISTORY = timedelta(days=63)
"""In real time: the whole of last month, whichever day it is."""
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_ADDRESS = re.compile(r"^base url: (\S+:(\d+))$", re.MULTILINE)
_SETTINGS = re.compile(r"^settings url: +(\S+)$", re.MULTILINE)


class Cloud:
    """A simulator in a process of its own."""

    def __init__(
        self, kind: str, child: Child, base_url: str, speed: int, http: ClientSession
    ) -> None:
        """Talk to a simulator that runs."""
        self.kind = kind
        self.child = child
        self.base_url = base_url
        self.speed = speed
        self.successor: Cloud | None = None
        """The cloud that has the same loggers and replaces this one."""
        self._http = http
        self.fleet: Fleet = demo_fleet(RealClock(), loggers=LOGGERS, speed=speed, history=HISTORY)
        """The same world once more, to know what is in it; what happens tells `truth`."""

    @classmethod
    async def start(
        cls, kind: str, folder: Path, speed: int, http: ClientSession, *, settings: bool = False
    ) -> Self:
        """Start the simulator on free ports; in a folder that is kept, where it was before."""
        more = ("--settings", "--settings-port", "0") if settings else ()
        cloud = await cls._start(kind, folder / "simulator.log", speed, http, *more)
        if kind == "saveris_2":
            try:
                cloud.successor = await cls._start(
                    "smart_connect", folder / "successor.log", speed, http
                )
            except BaseException:
                await cloud.stop()
                raise
        return cloud

    async def stop(self) -> None:
        """End what was started."""
        await self.child.stop()
        if self.successor is not None:
            await self.successor.stop()

    @classmethod
    async def _start(
        cls, kind: str, log: Path, speed: int, http: ClientSession, *more: str
    ) -> Self:
        port = str(_port_before(log))
        child = await Child.start(
            "the simulated cloud",
            log,
            *(sys.executable, "-m", "tests.simulator", "--port", port, "--file-port", "0"),
            *("--cloud", kind, "--speed", str(speed), "--loggers", str(LOGGERS)),
            *("--days", str(HISTORY.days)),
            # Jobs of the real cloud take longer; here the first look finds them done.
            *("--faults", "run_time=1"),
            *more,
            folder=ROOT,
        )

        def address() -> str | None:
            child.check()
            found = _ADDRESS.search(child.printed)
            return found[1] if found else None

        try:
            base_url = await until("the simulated cloud's address", address, seconds=30)
        except BaseException:
            await child.stop()
            raise
        return cls(kind, child, base_url, speed, http)

    @property
    def login(self) -> dict[str, Any]:
        """Return what its form asks for."""
        if self.kind == "saveris_2":
            return {
                "token": saveris_2_token(self.fleet.tenant_uuid),
                "advanced": {"base_url": self.base_url},
            }
        if self.kind == "sensorist":
            return {
                "email": GOOD_EMAIL,
                "password": GOOD_PASSWORD,
                "advanced": {"base_url": self.base_url},
            }
        if self.kind == "saveris_data":
            return {
                "username": GOOD_USER,
                "password": GOOD_PASSWORD,
                "advanced": {"environment": "p", "base_url": self.base_url},
            }
        return {"api_key": GOOD_KEY, "advanced": {"base_url": self.base_url}}

    @property
    def settings_login(self) -> dict[str, Any]:
        """Return what the form of the login for settings asks for, all but the site."""
        found = _SETTINGS.search(self.child.printed)
        if found is None:
            raise DemoError("the simulated cloud named no address for settings")
        return {
            "username": MANAGEMENT_USER,
            "password": MANAGEMENT_PASSWORD,
            "write": True,
            "advanced": {"environment": "p", "base_url": found[1]},
        }

    async def truth(self, at: str | None = None) -> dict[str, Any]:
        """Return what the cloud knows, now or at an instant (ISO UTC)."""
        query = {"at": at} if at else {}
        async with self._http.get(f"{self.base_url}/admin/truth", params=query) as response:
            known: dict[str, Any] = await self._body(response.status, await response.read())
            return known

    async def readings(self, serial: str, start: datetime, end: datetime) -> list[dict[str, Any]]:
        """Return what the first channel of a sensor measured in a time and the cloud has."""
        query = {"serial": serial, "channel": "1", **_period(start, end)}
        async with self._http.get(f"{self.base_url}/admin/readings", params=query) as response:
            found: list[dict[str, Any]] = await self._body(response.status, await response.read())
            return found

    async def hold(
        self, serial: str, value: float, period: tuple[datetime, datetime] | None = None
    ) -> None:
        """Let the first channel of a sensor measure one value, from now on or in a time (UTC)."""
        during = _period(*period) if period else {}
        await self._tell("hold", {"serial": serial, "value": value, **during})

    async def calm(self, serial: str) -> None:
        """Let the first channel of a sensor leave its limits only when it is told to."""
        await self._tell("calm", {"serial": serial})

    async def break_sensor(self, serial: str, start: datetime, end: datetime) -> None:
        """Let a sensor measure nothing for a while (UTC)."""
        await self._tell("break_sensor", {"serial": serial, **_period(start, end)})

    async def disconnect(self, serial: str, start: datetime, end: datetime) -> None:
        """Take away the network of a logger for a while (UTC); it goes on measuring."""
        await self._tell("outage", {"serial": serial, **_period(start, end)})

    async def requests(self) -> list[dict[str, Any]]:
        """Return all requests that arrived."""
        async with self._http.get(f"{self.base_url}/admin/requests") as response:
            found: list[dict[str, Any]] = orjson.loads(await response.read())
            return found

    async def early(self) -> list[dict[str, Any]]:
        """Return the requests that came before the answer before was too old."""
        async with self._http.get(f"{self.base_url}/admin/early") as response:
            found: list[dict[str, Any]] = await self._body(response.status, await response.read())
            return found

    async def fail(self, **faults: Any) -> None:
        """Set switches of the simulator."""
        async with self._http.patch(f"{self.base_url}/admin/faults", json=faults) as response:
            await self._body(response.status, await response.read())

    async def _tell(self, command: str, body: dict[str, Any]) -> None:
        async with self._http.post(f"{self.base_url}/admin/{command}", json=body) as response:
            await self._body(response.status, await response.read())

    async def _body(self, status: int, body: bytes) -> Any:
        if status != 200:
            raise DemoError(f"the simulated cloud's admin endpoint answered {status}")
        return orjson.loads(body)


def _period(start: datetime, end: datetime) -> dict[str, str]:
    return {"start": f"{start:{_MOMENT}}", "end": f"{end:{_MOMENT}}"}


def _port_before(log: Path) -> int:
    """Return the port of an earlier run, if it is free still: the account knows it by that."""
    try:
        found = _ADDRESS.search(log.read_text(errors="replace"))
        return usable_port(int(found[2])) if found else 0
    except FileNotFoundError, DemoError:
        return 0
