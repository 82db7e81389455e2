"""A Sensorist cloud beside Home Assistant."""

from collections.abc import AsyncIterator
from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from tests.integration.conftest import World, running
from tests.simulator import (
    Channel,
    Fleet,
    Gateway,
    Kind,
    RadioSensor,
    SensoristSimulator,
    Site,
)

MARK = "@sensorist"


class SensoristWorld(World[SensoristSimulator]):
    """The world of an account with an e-mail address."""

    kind = "sensorist"

    @override
    def typed(self, **changes: Any) -> dict[str, Any]:
        """Return what a user types to connect to the simulator."""
        return {
            "email": self.simulator.email,
            "password": self.simulator.password,
            "advanced": {"base_url": self.simulator.base_url},
            **changes,
        }

    @property
    def account(self) -> str:
        """Return the unique id of the entry."""
        return f"sensorist_{self.simulator.user_id()}"

    def source(self, sensor: RadioSensor, number: int) -> str:
        """Return the unique id of a data source, by its number."""
        return f"{sensor.device.serial}{MARK}_{sensor.serial}_{number}"

    def channel(self, channel: Channel) -> str:
        """Return the unique id of a channel."""
        sensor = channel.sensor
        assert isinstance(sensor, RadioSensor)
        return self.source(sensor, self.simulator.source_id(channel))


@pytest.fixture
async def world(
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    fleet: Fleet,
    socket_enabled: None,  # noqa: ARG001  it allows sockets
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[SensoristWorld]:
    """Return a running cloud beside Home Assistant; pauses take no time."""
    freezer.move_to(fleet.clock.now())
    simulator = SensoristSimulator(fleet)
    simulator.odd.without_loggers = True
    async with running(SensoristWorld(hass, freezer, simulator), monkeypatch) as made:
        yield made


@pytest.fixture
def site(fleet: Fleet) -> Site:
    """Return a cellar."""
    return fleet.add_site("Kælder")


@pytest.fixture
def gateway(fleet: Fleet, site: Site) -> Gateway:
    """Return a gateway without sensors."""
    return fleet.add_gateway(site, "Gateway")


@pytest.fixture
def cellar(gateway: Gateway) -> RadioSensor:
    """Return a sensor of temperature and humidity."""
    return gateway.add_radio_sensor("Kælder rum 2", kind=Kind.CLIMATE)
