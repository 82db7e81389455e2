"""A Saveris Data cloud with a broker beside Home Assistant."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
import time
from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from tests.integration.conftest import MINUTE, World, running
from tests.integration.timers import fire_due
from tests.simulator import Fleet, Gateway, Kind, Logger, SaverisDataSimulator, Site, band
from tests.simulator.broker import Broker

_SHORT = 4.0
"""Seconds of a pause in which nothing happens: between submitting a job and its first poll."""
_LONG, _TALK = 3_000, 10
"""Milliseconds at least."""


async def network() -> None:
    """Let what is on its way arrive: the clock of the event loop stands still."""
    await asyncio.to_thread(time.sleep, 0.001)


class SaverisWorld(World[SaverisDataSimulator]):
    """The world of an account with a login."""

    kind = "saveris_data"

    def __init__(
        self, hass: HomeAssistant, freezer: FrozenDateTimeFactory, simulator: SaverisDataSimulator
    ) -> None:
        """Mount the broker beside the interface."""
        super().__init__(hass, freezer, simulator)
        self.broker = Broker(lambda: self.now, simulator.token_user, sleep=self.sleep)
        # Time goes in steps of minutes here, in which each side would take the other for dead.
        self.broker.faults.heart_beat = "0,0"
        simulator.extensions.append(
            lambda app: app.router.add_get("/web-socket", self.broker.handler)
        )
        self._sleeping: list[tuple[datetime, asyncio.Future[None]]] = []

    @override
    def typed(self, **changes: Any) -> dict[str, Any]:
        """Return what a user types to connect to the simulator."""
        return {
            "region": "eu",
            "username": self.simulator.username,
            "password": self.simulator.password,
            "advanced": {"environment": "p", "base_url": self.simulator.base_url},
            **changes,
        }

    async def sleep(self, seconds: float) -> None:
        """Wait until the world is so much older; jobs are done at once."""
        if seconds < _SHORT:
            await asyncio.sleep(0)
            return
        future = asyncio.get_running_loop().create_future()
        self._sleeping.append((self.now + timedelta(seconds=seconds), future))
        await future

    @override
    async def settle(self) -> None:
        """Wait until nothing is going on but waiting for messages."""
        every = self.hass._background_tasks  # noqa: SLF001  those that end, apart from those that listen
        while working := [
            it for it in every if not (isinstance(it, asyncio.Task) and "push" in it.get_name())
        ]:
            await asyncio.wait(working)
        await self.hass.async_block_till_done()

    @override
    async def to(self, moment: datetime, step: timedelta = MINUTE) -> None:
        """Let time pass until a moment, a step at a time; wake who slept until then."""
        while self.now < moment:
            self._clock.move_to(min(self.now + step, moment))
            self._freezer.move_to(self.now)
            due = [future for at, future in self._sleeping if at <= self.now]
            self._sleeping = [it for it in self._sleeping if it[0] > self.now]
            for future in due:
                if not future.done():
                    future.set_result(None)
            fire_due(self.hass, self.now)
            await self.settle()
            if due:
                # Who was woken may talk to somebody before time goes on.
                for _ in range(_TALK):
                    await network()
                await self.settle()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something is true that comes over the network."""
        for _ in range(_LONG):
            if condition():
                return
            await self.settle()
            await network()
        pytest.fail("it did not become true")

    @property
    def logins(self) -> int:
        """Return how often somebody logged in."""
        return len(self.requests("POST", "/v1/token"))

    def jobs(self, path: str) -> int:
        """Return how many jobs were submitted to a path."""
        return len(self.requests("POST", path))


@pytest.fixture
async def world(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    fleet: Fleet,
    socket_enabled: None,  # noqa: ARG001  it allows sockets
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[SaverisWorld]:
    """Return a running cloud beside Home Assistant; jobs take no time."""
    freezer.move_to(fleet.clock.now())
    simulator = SaverisDataSimulator(fleet)
    simulator.faults.run_time = 0
    async with running(SaverisWorld(hass, freezer, simulator), monkeypatch) as made:
        monkeypatch.setattr("custom_components.testo_smart_connect.kinds.base.sleep", made.sleep)
        yield made


@pytest.fixture
def site(fleet: Fleet) -> Site:
    """Return a restaurant."""
    return fleet.add_site("Kantine Köln")


@pytest.fixture
def logger(fleet: Fleet, site: Site) -> Logger:
    """Return a fridge."""
    return fleet.add_logger(
        site, "Kühlschrank 1", kind=Kind.TEMPERATURE, limits=band("Temperature", alarm=(2.0, 8.0))
    )


@pytest.fixture
def gateway(fleet: Fleet, site: Site) -> Gateway:
    """Return a gateway with a radio sensor."""
    gateway = fleet.add_gateway(site, "Funk")
    gateway.add_radio_sensor("Truhe", kind=Kind.TEMPERATURE)
    return gateway
