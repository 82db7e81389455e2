"""A Saveris 2 cloud beside Home Assistant, and Smart Connect over the same loggers."""

from collections.abc import AsyncIterator
from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from tests.integration.conftest import World, running
from tests.simulator import Fleet, Kind, Logger, Saveris2Simulator, Simulator, Site, band

MARK = "@saveris_2"


class Saveris2World(World[Saveris2Simulator]):
    """The world of an account with a token."""

    kind = "saveris_2"

    @override
    def typed(self, **changes: Any) -> dict[str, Any]:
        """Return what a user types to connect to the simulator."""
        return {
            "region": "eu",
            "token": self.simulator.token,
            "advanced": {"base_url": self.simulator.base_url},
            **changes,
        }

    @property
    def account(self) -> str:
        """Return the unique id of the entry."""
        return f"saveris_2_{self.fleet.tenant_uuid}"

    def channel(self, logger: Logger, number: int = 0) -> str:
        """Return the unique id of a channel."""
        return f"{logger.serial}{MARK}_{logger.serial}_{number}"

    def calls(self, path: str = "/measuringPoint") -> int:
        """Return how many calls were made, of one kind or of all."""
        return sum(it.path.endswith(path) or path == "/measuringPoint" for it in self.requests())

    def told(self, logger: Logger) -> list[str]:
        """Return the events that were given of a logger."""
        return [it["event_type"] for it in self.events(f"{logger.serial}{MARK}")]


@pytest.fixture
async def world(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    fleet: Fleet,
    socket_enabled: None,  # noqa: ARG001  it allows sockets
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Saveris2World]:
    """Return a running cloud beside Home Assistant; pauses take no time."""
    freezer.move_to(fleet.clock.now())
    simulator = Saveris2Simulator(fleet)
    async with running(Saveris2World(hass, freezer, simulator), monkeypatch) as made:
        yield made


@pytest.fixture
async def smart(world: Saveris2World, fleet: Fleet) -> AsyncIterator[Simulator]:
    """Return the Smart Connect cloud that has the same loggers."""
    assert world
    simulator = Simulator(fleet)
    simulator.faults.run_time = 0
    await simulator.start()
    simulator.pause = world.pass_by
    yield simulator
    await simulator.stop()


@pytest.fixture
def site(fleet: Fleet) -> Site:
    """Return a restaurant."""
    return fleet.add_site("Kantine Köln")


@pytest.fixture
def fridge(fleet: Fleet, site: Site) -> Logger:
    """Return a logger with one channel and limits."""
    limits = band("Temperature", alarm=(2.0, 8.0))
    return fleet.add_logger(site, "Kühlschrank 1", kind=Kind.TEMPERATURE, limits=limits)


@pytest.fixture
def climate(fleet: Fleet, site: Site) -> Logger:
    """Return a logger of temperature and humidity."""
    return fleet.add_logger(site, "Lager", kind=Kind.CLIMATE)


@pytest.fixture
def freezer_pair(fleet: Fleet, site: Site) -> Logger:
    """Return a logger with a probe in each of two freezers."""
    limits = band("Temperature", alarm=(None, -10.0))
    return fleet.add_logger(site, "Tiefkühler", kind=Kind.PROBES, limits=limits)
