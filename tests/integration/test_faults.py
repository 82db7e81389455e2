"""Every fault of the cloud: what is shown meanwhile, what it costs, and what is left of it."""

from bisect import bisect_left
from collections import Counter
from datetime import datetime, timedelta
import errno
import logging
import re
import socket
from typing import Any

import aiohttp
from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE, START, World
from tests.integration.fault_table import EXTRAS, FAULTS, Fault
from tests.integration.test_late_readings import assert_complete
from tests.simulator import Fleet, Kind, Logger, band

# When something was last updated is off until a user wants it.
pytestmark = pytest.mark.usefixtures("entity_registry_enabled_by_default")

HOUR = timedelta(hours=1)
BEGIN = START + HOUR
"""When the fault begins."""
LIMITS = band("Temperature", alarm=(2.0, 8.0))
_DOWN = re.compile(r"Error fetching (.+) data: ")
_UP = re.compile(r"Fetching (.+) data recovered")


class Network:
    """Fails connections of one step, or to hosts that cannot be, before they are made."""

    def __init__(self, world: World) -> None:
        """Let everything pass."""
        self._world = world
        self._files = world.simulator.file_url
        self.fault: Fault | None = None
        self.tried: list[datetime] = []

    def check(self, request: aiohttp.ClientRequest) -> None:
        """Raise what a connection that cannot be made raises."""
        is_file = str(request.url).startswith(self._files)
        step = "submit" if request.method == "POST" else "download" if is_file else "poll"
        broken = self.fault.network if self.fault and self.fault.step == step else None
        if str(request.url.host).endswith(".invalid"):
            broken = "unknown host"
        if broken is None:
            return
        self.tried.append(self._world.now)
        if broken == "refused":
            refused = ConnectionRefusedError(errno.ECONNREFUSED, "refused")
            raise aiohttp.ClientConnectorError(request.connection_key, refused)
        unknown = socket.gaierror(socket.EAI_NONAME, "unknown")
        raise aiohttp.ClientConnectorDNSError(request.connection_key, unknown)


@pytest.fixture
def network(world: World, monkeypatch: pytest.MonkeyPatch) -> Network:
    """Return what stands between Home Assistant and the cloud."""
    made = Network(world)
    connect = aiohttp.TCPConnector.connect

    async def checked(
        connector: aiohttp.TCPConnector, request: aiohttp.ClientRequest, **more: Any
    ) -> Any:
        made.check(request)
        return await connect(connector, request, **more)

    monkeypatch.setattr(aiohttp.TCPConnector, "connect", checked)
    return made


@pytest.fixture
def loggers(fleet: Fleet) -> tuple[Logger, Logger, Logger]:
    """Return one whose alarm passes during the fault, one whose alarm lasts, and another."""
    site = fleet.add_site("Apotheke Köln")
    passing = fleet.add_logger(site, "Kühlschrank 1", limits=LIMITS)
    lasting = fleet.add_logger(site, "Kühlschrank 2", limits=LIMITS)
    for logger in (passing, lasting):
        logger.sensors[0].channels[0].hold(START - 48 * HOUR, BEGIN + 10 * MINUTE, 5.0)
    passing.sensors[0].channels[0].hold(BEGIN + 10 * MINUTE, BEGIN + 40 * MINUTE, 12.0)
    passing.sensors[0].channels[0].hold(BEGIN + 40 * MINUTE, BEGIN + 48 * HOUR, 6.0)
    lasting.sensors[0].channels[0].hold(BEGIN + 10 * MINUTE, BEGIN + 48 * HOUR, 12.0)
    # A log without rows has no file: a fault of the downloads would spare it by chance. One
    # row is within reach of each read, the end of an alarm that began before.
    earlier = fleet.add_logger(site, "Kühlschrank 3", limits=LIMITS)
    earlier.sensors[0].channels[0].hold(START - 72 * HOUR, START - 30 * HOUR, 5.0)
    earlier.sensors[0].channels[0].hold(START - 30 * HOUR, START - 10 * HOUR, 12.0)
    earlier.sensors[0].channels[0].hold(START - 10 * HOUR, BEGIN + 48 * HOUR, 5.0)
    return passing, lasting, fleet.add_logger(site, "Klima", kind=Kind.CLIMATE)


def busiest_hour(world: World, network: Network) -> int:
    """Return how many requests were made or tried in the hour that had most."""
    times = sorted([*network.tried, *(record.at for record in world.simulator.requests)])
    return max(bisect_left(times, at + HOUR) - number for number, at in enumerate(times))


def throw(world: World, network: Network, fault: Fault) -> None:
    """Let a step fail from now on."""
    world.faults.on = dict.fromkeys(fault.places, fault.switches)
    network.fault = fault


def heal(world: World, network: Network) -> None:
    """Let everything work again."""
    world.faults.on = {}
    network.fault = None


def lines(caplog: pytest.LogCaptureFixture) -> tuple[Counter[str], Counter[str]]:
    """Return how often each cycle was told to fail and to work again; nothing else may be told."""
    down: Counter[str] = Counter()
    up: Counter[str] = Counter()
    for record in caplog.records:
        text = record.getMessage()
        assert record.exc_info is None or record.levelno <= logging.DEBUG, text
        if found := _DOWN.match(text):
            down[found[1]] += 1
        elif found := _UP.match(text):
            up[found[1]] += 1
        else:
            assert record.levelno < logging.WARNING or text.startswith("Executing <"), text
    return down, up


def assert_current(world: World, fleet: Fleet) -> None:
    """Compare what is shown with the newest readings at the last update, a moment ago."""
    update = datetime.fromisoformat(world.value(f"{fleet.tenant_uuid}_last_update"))
    assert world.now - update < 20 * MINUTE
    for channel in fleet.channels:
        sensor = channel.sensor
        newest = fleet.latest(channel, update)
        assert newest is not None
        shown = world.value(f"{sensor.device.serial}_{sensor.serial}_{channel.number}")
        assert float(shown) == newest.value


def told(world: World[Any], logger: Logger) -> list[str]:
    """Return the types of all events of a logger; a restart shows the last one again."""
    entity_id = world.entity_id(f"{logger.serial}_alarms")
    events = [
        (state.state, state.attributes["event_type"])
        for changed, state in world.changes
        if changed == entity_id and state.state not in {"unknown", "unavailable"}
    ]
    return [kind for _, kind in dict.fromkeys(events)]


def assert_alarms(world: World, passing: Logger, lasting: Logger) -> None:
    """Each event once and in order, each alarm as it is."""
    assert told(world, passing) == ["alarm_raised", "alarm_cleared"]
    assert told(world, lasting) == ["alarm_raised"]
    for logger, state in ((passing, "off"), (lasting, "on")):
        assert world.value(f"{logger.serial}_{logger.sensors[0].serial}_1_alarm") == state


@pytest.mark.expect_warnings
@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_fault(  # noqa: PLR0913, PLR0917 - one fault has many sides
    hass: HomeAssistant,
    world: World,
    network: Network,
    loggers: tuple[Logger, Logger, Logger],
    caplog: pytest.LogCaptureFixture,
    fault: Fault,
) -> None:
    passing, lasting, _ = loggers
    cloud = f"{world.fleet.tenant_uuid}_cloud"
    entry = await world.add_account()
    await world.to(BEGIN, step=10 * MINUTE)
    assert await world.asking_by_arrival(entry) == "works"
    caplog.clear()
    world.simulator.requests.clear()
    throw(world, network, fault)
    if fault.resources == EXTRAS:
        # They are read twice a day otherwise.
        assert await hass.config_entries.async_reload(entry.entry_id)
    await world.advance(75 * MINUTE, step=5 * MINUTE)
    assert (world.value(cloud) == "off") is fault.turns_off
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert [flow["context"]["source"] for flow in flows] == [SOURCE_REAUTH] * fault.asks_for_a_key
    issues = {issue.translation_key for issue in ir.async_get(hass).issues.values()}
    assert ("no_permission" in issues) is fault.asks_for_a_licence
    assert busiest_hour(world, network) <= fault.most

    heal(world, network)
    await world.advance(50 * MINUTE, step=5 * MINUTE)
    assert world.value(cloud) == "on"
    assert await world.asking_by_arrival(entry) == "works"
    assert_current(world, world.fleet)
    assert_alarms(world, passing, lasting)
    await assert_complete(world, entry)
    down, up = lines(caplog)
    assert down == up
    assert set(down.values()) == ({1} if fault.is_logged else set())
