"""Every fault of logins and of pushed alarms: what is shown, what it costs, what is left of it."""

from bisect import bisect_left
from collections import Counter
from datetime import datetime, timedelta
import errno
import re
from typing import Any

import aiohttp
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.kinds.saveris_data import SaverisDataKind
from tests.integration.conftest import MINUTE, START
from tests.integration.fault_table import Affected
from tests.integration.test_faults import told
from tests.integration.test_late_readings import assert_complete
from tests.simulator import Faults, Fleet, Kind, Logger, band
from tests.simulator.broker import alarm_message
from tests.simulator.channels import Channel
from tests.simulator.feeds import alarm_rows

from .conftest import SaverisWorld, network
from .fault_table import FAULTS, RELOAD, REPAIR, Fault

# When something was last updated is off until a user wants it.
pytestmark = pytest.mark.usefixtures("entity_registry_enabled_by_default")

HOUR = timedelta(hours=1)
STEP = 5 * MINUTE
BEGIN = START + 45 * MINUTE
"""When the fault begins."""
LASTING = 140 * MINUTE
LIMITS = band("Temperature", alarm=(2.0, 8.0))
BROKER = "/web-socket"
_DOWN = re.compile(r"Error fetching (.+) data: ")
_UP = re.compile(r"Fetching (.+) data recovered")
_BLINK = timedelta(seconds=6)
"""Longer than the first pause of who lost a connection."""
_BEAT = timedelta(seconds=5)
"""A step in which heart-beats are in time."""
_HANDSHAKE, _FAREWELL = timedelta(seconds=30), timedelta(seconds=10)
"""The longest times of both, which end sooner when all is well."""


@pytest.fixture
def loggers(fleet: Fleet) -> Affected[Logger]:
    """Return the fridges; beside them there is a sensor of the climate."""
    site = fleet.add_site("Kantine Köln")
    far = BEGIN + 48 * HOUR

    def fridge(name: str, begin: datetime, end: datetime) -> Logger:
        made = fleet.add_logger(site, name, kind=Kind.TEMPERATURE, limits=LIMITS)
        made.sensors[0].channels[0].hold(START - 48 * HOUR, begin, 5.0)
        made.sensors[0].channels[0].hold(begin, end, 12.0)
        made.sensors[0].channels[0].hold(end, far + HOUR, 5.5)
        return made

    found = Affected(
        lasting=fridge("Kühlschrank 1", START + 5 * MINUTE, far),
        ending=fridge("Kühlschrank 2", START + 5 * MINUTE, BEGIN + HOUR),
        passing=fridge("Kühlschrank 3", BEGIN + 10 * MINUTE, BEGIN + 50 * MINUTE),
        beginning=fridge("Kühlschrank 4", BEGIN + 100 * MINUTE, far),
    )
    fleet.add_logger(site, "Klima", kind=Kind.CLIMATE)
    return found


class Life:
    """Lets time pass with a cloud that pushes each alarm once, and with what befalls it."""

    def __init__(self, world: SaverisWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stand between Home Assistant and the broker."""
        self.world = world
        self.fault: Fault | None = None
        end = BEGIN + 12 * HOUR
        rows = alarm_rows(world.fleet, Faults(), end, (START, end))
        self._coming = sorted(
            ((datetime.fromisoformat(row["processed_at"]), row) for row in rows),
            key=lambda it: it[0],
            reverse=True,
        )
        """What will be pushed, and when; the next one comes last."""
        self.tried: list[datetime] = []
        """When somebody wanted to connect to where no broker was."""
        self.connected: list[datetime] = []
        connect = aiohttp.TCPConnector.connect

        async def checked(
            connector: aiohttp.TCPConnector, request: aiohttp.ClientRequest, **more: Any
        ) -> Any:
            if request.url.path == BROKER:
                self.tried.append(world.now)
                if self.fault is not None and self.fault.unreachable:
                    refused = ConnectionRefusedError(errno.ECONNREFUSED, "refused")
                    raise aiohttp.ClientConnectorError(request.connection_key, refused)
            return await connect(connector, request, **more)

        monkeypatch.setattr(aiohttp.TCPConnector, "connect", checked)
        # It is waited for here, as long as it takes and no longer.
        monkeypatch.setattr("tests.integration.saveris.conftest._TALK", 1)

    async def throw(self, fault: Fault) -> None:
        """Let something fail from now on."""
        self.fault, world = fault, self.world
        world.faults.on = {"token": fault.token}
        for name, value in fault.broker.items():
            setattr(world.broker.faults, name, value)
        if fault.wrong_login:
            world.simulator.users[world.simulator.username] = "another"
        if fault.where == "token":
            world.simulator.revoke_tokens()
        else:
            await world.broker.cut()
        await self.calm()

    async def heal(self) -> None:
        """Let everything work again; who is connected stays so."""
        world, fault = self.world, self.fault
        assert fault is not None
        self.fault = None
        world.faults.on = {}
        fresh = type(world.broker.faults)()
        for name in fault.broker:
            if name != "heart_beat":
                setattr(world.broker.faults, name, getattr(fresh, name))
        if fault.wrong_login:
            world.simulator.users[world.simulator.username] = (
                world.hass.config_entries.async_entries(DOMAIN)[0].data["password"]
            )

    async def go(self, duration: timedelta, step: timedelta = STEP) -> None:
        """Let time pass."""
        world, end = self.world, self.world.now + duration
        while world.now < end:
            before = world.now
            await world.to(min(world.now + step, end), step)
            fault = self.fault
            if fault and fault.revokes and _passed(before, world.now, fault.revokes):
                world.simulator.revoke_tokens()
            self._publish()
            if fault and fault.cuts and _passed(before, world.now, fault.cuts):
                await self.calm()
                await world.broker.cut()
                await self.calm()
                await world.to(world.now + _BLINK)
            await self.calm()

    async def calm(self) -> None:
        """Let whoever talks to the broker or wants to come to an end of it."""
        world, broker = self.world, self.world.broker.faults
        # A heart-beat takes as long as a farewell.
        busy = {_HANDSHAKE} if broker.heart_beat != "0,0" else {_HANDSHAKE, _FAREWELL}
        for _ in range(3_000):
            await network()
            await world.settle()
            sleeping = {at - world.now for at, it in world._sleeping if not it.done()}  # noqa: SLF001  who is up to what
            if broker.mute or (not sleeping & busy and (sleeping or self._is_idle())):
                break
        else:
            pytest.fail("it does not come to rest")
        await network()
        await world.settle()

    def _is_idle(self) -> bool:
        """Tell whether nobody sleeps because somebody listens for ever, or never will."""
        broker = self.world.broker
        return bool(broker.faults.refused_queues) or any(it.subscriptions for it in broker.peers)

    def _publish(self) -> None:
        world = self.world
        while self._coming and self._coming[-1][0] <= world.now:
            _, row = self._coming.pop()
            world.broker.publish(world.simulator.username, "alarms", alarm_message(row))


@pytest.fixture
def life(world: SaverisWorld, loggers: Affected[Logger], monkeypatch: pytest.MonkeyPatch) -> Life:
    """Return what lets time pass."""
    assert [*loggers]
    return Life(world, monkeypatch)


@pytest.fixture
async def entry(world: SaverisWorld, loggers: Affected[Logger], life: Life) -> ConfigEntry[Any]:
    """Return an account that listens and has two open alarms, at the moment of the fault."""
    # As the form leaves it, without the time that this takes.
    made = MockConfigEntry(
        domain=DOMAIN,
        unique_id=world.fleet.tenant_uuid,
        title="Muster Monitoring GmbH",
        data={"kind": world.kind, **SaverisDataKind().data_of(world.typed())},
        options={"push": True},
    )
    made.add_to_hass(world.hass)
    assert await world.hass.config_entries.async_setup(made.entry_id)
    await world.settle()
    await world.until(lambda: push(world) == "on")
    await life.go(BEGIN - world.now, 15 * MINUTE)
    assert cloud(world) == "on"
    for logger in (loggers.lasting, loggers.ending):
        assert told(world, logger) == ["alarm_raised"]
        assert world.value(alarm(logger)) == "on"
    assert_current(world)
    return made


def _passed(before: datetime, now: datetime, every: timedelta) -> bool:
    return (before - BEGIN) // every != (now - BEGIN) // every


def push(world: SaverisWorld) -> str:
    """Return the state of the push."""
    return world.value(f"{world.fleet.tenant_uuid}_push")


def cloud(world: SaverisWorld) -> str:
    """Return the state of the cloud."""
    return world.value(f"{world.fleet.tenant_uuid}_cloud")


def alarm(logger: Logger) -> str:
    """Return the unique id of the alarm of a fridge."""
    return f"{logger.serial}_{logger.sensors[0].serial}_1_alarm"


def shown(world: SaverisWorld, unique_id: str, since: datetime) -> list[tuple[datetime, str]]:
    """Return what an entity was since a moment, and when."""
    entity_id = world.entity_id(unique_id)
    return [
        (state.last_updated, state.state)
        for changed, state in world.changes
        if changed == entity_id and state.last_updated >= since
    ]


def value_of(channel: Channel) -> str:
    """Return the unique id of the value of a channel."""
    return f"{channel.sensor.device.serial}_{channel.sensor.serial}_{channel.number}"


def assert_nothing_invented(world: SaverisWorld, loggers: Affected[Logger]) -> None:
    """Each value was measured before it was shown, and no alarm is over before its end."""
    for channel in world.fleet.channels:
        readings = channel.sensor.readings(START - HOUR, world.now, world.fleet.lag)
        measured = [(it.visible_at, it.value) for it in readings if it.channel is channel]
        for at, state in shown(world, value_of(channel), BEGIN):
            known = {value for visible_at, value in measured if visible_at <= at}
            assert state in {"unavailable", "unknown"} or float(state) in known
    assert {it for _, it in shown(world, alarm(loggers.lasting), BEGIN)} <= {"on", "unavailable"}
    for at, state in shown(world, alarm(loggers.ending), BEGIN):
        assert state != "off" or at > BEGIN + HOUR
    for at, state in shown(world, alarm(loggers.beginning), BEGIN):
        assert state != "on" or at > BEGIN + 100 * MINUTE
        assert state != "off" or at <= BEGIN + 100 * MINUTE + HOUR


def assert_current(world: SaverisWorld) -> None:
    """Compare what is shown with the newest readings at the last update, a moment ago."""
    update = datetime.fromisoformat(world.value(f"{world.fleet.tenant_uuid}_last_update"))
    assert world.now - update < 20 * MINUTE
    for channel in world.fleet.channels:
        newest = world.fleet.latest(channel, update)
        assert newest is not None
        assert float(world.value(value_of(channel))) == newest.value


def lines(caplog: pytest.LogCaptureFixture) -> tuple[Counter[str], Counter[str]]:
    """Return how often each kind of reading was told to fail and to work again."""
    texts = [it.getMessage() for it in caplog.records]
    return (
        Counter(found[1] for it in texts if (found := _DOWN.match(it))),
        Counter(found[1] for it in texts if (found := _UP.match(it))),
    )


def busiest(times: list[datetime]) -> int:
    """Return how many there were in the hour that had most."""
    return max((bisect_left(times, at + HOUR) - no for no, at in enumerate(times)), default=0)


def assert_cheap(world: SaverisWorld, life: Life, fault: Fault) -> None:
    """Count what was asked since the fault began."""
    asked = [it.at for it in world.requests()]
    logins = [it.at for it in world.requests("POST", "/v1/token")]
    figures = busiest(asked), busiest(logins), busiest(life.tried)
    assert figures[0] <= fault.most
    assert figures[1] <= fault.logins
    assert figures[2] <= fault.connects


async def mend(hass: HomeAssistant, world: SaverisWorld, fault: Fault, life: Life) -> None:
    """Do what a person has to do, if anything."""
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert [it["context"]["source"] for it in flows] == [SOURCE_REAUTH] * fault.asks
    for flow in flows:
        typed = {"username": world.simulator.username, "password": world.simulator.password}
        result = await world.submit(flow, typed)
        assert result["reason"] == "reauth_successful"
    if fault.recovery == RELOAD:
        (made,) = hass.config_entries.async_entries(DOMAIN)
        assert await hass.config_entries.async_reload(made.entry_id)
    await life.calm()


async def heal(life: Life) -> None:
    """End the fault; heart-beats are shown to work where there are some."""
    fault, world = life.fault, life.world
    assert fault is not None
    await life.heal()
    await mend(world.hass, world, fault, life)
    if "heart_beat" not in fault.broker:
        await life.go(fault.healing, min(STEP, fault.healing / 6))
        return
    for _ in range(fault.healing // _BEAT):
        await life.go(_BEAT, _BEAT)
        if push(world) == "on" and world.broker.peers and world.broker.peers[0].beats > 4:
            break
    begun = world.now
    await life.go(2 * MINUTE, _BEAT)
    assert {state for _, state in shown(world, f"{world.fleet.tenant_uuid}_push", begun)} <= {"on"}
    world.broker.faults.heart_beat = "0,0"
    await world.broker.cut()
    await life.calm()
    await life.go(2 * MINUTE, MINUTE / 2)
    # One more failure after many.
    await life.go(6 * MINUTE, MINUTE)


@pytest.mark.expect_warnings
@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_fault(  # noqa: PLR0913, PLR0917  one fault has many sides
    hass: HomeAssistant,
    world: SaverisWorld,
    loggers: Affected[Logger],
    life: Life,
    entry: ConfigEntry[Any],
    caplog: pytest.LogCaptureFixture,
    fault: Fault,
) -> None:
    caplog.clear()
    world.simulator.requests.clear()
    life.tried.clear()
    await life.throw(fault)
    await life.go(LASTING)
    assert_cheap(world, life, fault)
    assert (cloud(world) == "off") is fault.turns_cloud_off
    assert push(world) in fault.push
    issues = {
        it.translation_key for it in ir.async_get(hass).issues.values() if it.domain == DOMAIN
    }
    assert issues == ({"push_refused"} if fault.seen == REPAIR else set())
    if fault.turns_cloud_off:
        assert world.value(alarm(loggers.lasting)) == "unavailable"
        assert {world.value(value_of(it)) for it in world.fleet.channels} == {"unavailable"}
    else:
        # Whatever is pushed or not.
        assert_current(world)
        for logger, events, state in loggers:
            assert told(world, logger) == events
            assert world.value(alarm(logger)) == state
        assert "unavailable" not in {it for _, it in shown(world, alarm(loggers.lasting), BEGIN)}

    await heal(life)
    down, up = lines(caplog)
    # Those that are loaded anew know of no failure.
    assert up == (Counter() if fault.asks else down)
    assert set(down.values()) <= {1}
    assert push(world) == "on"
    assert cloud(world) == "on"
    assert not ir.async_get(hass).issues
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert_current(world)
    assert_nothing_invented(world, loggers)
    for logger, events, state in loggers:
        assert told(world, logger) == events
        assert world.value(alarm(logger)) == state
    await life.go(30 * MINUTE, 15 * MINUTE)
    for logger, events, _ in loggers:
        assert told(world, logger) == events
    await assert_complete(world, entry)
    assert push(world) == "on"
