"""Every fault of the Sensorist cloud: what is shown, what it costs, and what is left of it."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import errno
import gzip
import re
import socket
from typing import Any, Literal, override

import aiohttp
from aiohttp import web
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.history.hours import hour_of
from tests.integration.conftest import MINUTE, START
from tests.integration.fault_table import Affected
from tests.simulator import Channel, Fleet, Gateway, Kind, RadioSensor
from tests.simulator import sensorist as simulated
from tests.simulator.sensorist_envelope import good

from .conftest import MARK, SensoristWorld

# When something was last updated is off until a user wants it.
pytestmark = pytest.mark.usefixtures("entity_registry_enabled_by_default")

HOUR = timedelta(hours=1)
STEP = 5 * MINUTE
BEGIN = START + 75 * MINUTE
"""When the fault begins."""
LASTING = 140 * MINUTE
WARM, LIMIT, COOL = 33.0, 30.0, 20.0

READ = ("users", "gateways", "measurements", "alarms", "history")
OFF = "*Cloud connection* goes off"
ALL = f"{OFF}, values and alarms become unavailable"
ASKS = f"{ALL}; Home Assistant asks for the login"
VALUES = f"{OFF}, values become unavailable; alarms go on"
ALARMS = f"{OFF}, alarms become unavailable; values go on"
NAMES = f"{OFF}; values and alarms go on"
NOTHING = "Nothing"
MISREAD = "A repair says that rows cannot be read; values and alarms go on"
UNREAD = "A repair says that alarms cannot be read, they become unavailable; values go on"
BY_RESOURCE = {
    "users": NAMES,
    "gateways": ALL,
    "measurements": VALUES,
    "alarms": ALARMS,
    "history": ALARMS,
}
"""What a user sees if one resource fails."""
_DOWN = re.compile(r"Error fetching (.+) data: ")
_UP = re.compile(r"Fetching (.+) data recovered")

type Broken = Literal["refused", "unknown host"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault of some resources, or of all."""

    name: str
    resources: tuple[str, ...] = ()
    """Where alone it is; nothing means everywhere."""
    switches: Mapping[str, Any] = field(default_factory=dict)
    """Switches of the simulator, where the fault is."""
    odd: Mapping[str, Any] = field(default_factory=dict)
    """What is odd about the answers, everywhere."""
    torn: bool = False
    """Half of each answer, which is no JSON any more, of the resources that are named."""
    network: Broken | None = None
    """What becomes of a connection instead."""
    seen: str = ALL
    most: int = 40
    """Requests in any hour."""

    @override
    def __str__(self) -> str:
        """Return the name of the test."""
        return f"{'+'.join(self.resources) or 'all'}-{self.name}"

    @property
    def turns_off(self) -> bool:
        """Tell whether the cloud is shown as disconnected."""
        return self.seen.startswith(OFF)

    @property
    def asks(self) -> bool:
        """Tell whether the login is asked for."""
        return self.seen == ASKS

    @property
    def hides_values(self) -> bool:
        """Tell whether values are unavailable."""
        return self.seen in {ALL, ASKS, VALUES}

    @property
    def hides_alarms(self) -> bool:
        """Tell whether alarms are unavailable."""
        return self.seen in {ALL, ASKS, ALARMS, UNREAD}


def _fault(name: str, *resources: str, **more: Any) -> Fault:
    own = {it: more.pop(it) for it in ("odd", "torn", "network", "seen", "most") if it in more}
    return Fault(name=name, resources=resources, switches=more, **own)


def _each(name: str, resources: tuple[str, ...] = READ, **more: Any) -> Iterator[Fault]:
    """Yield the same fault of each resource alone."""
    for it in resources:
        yield _fault(name, it, **{"seen": BY_RESOURCE[it], **more})


def _odd(name: str, most: int = 40, seen: str = NOTHING, **odd: Any) -> Fault:
    return _fault(name, odd=odd, seen=seen, most=most)


FAULTS: tuple[Fault, ...] = (
    _fault("connection refused", network="refused"),
    _fault("DNS failure", network="unknown host"),
    _fault("connection reset", connection_reset=True),
    _fault("connection reset in the middle of an answer", cut_body=True),
    _fault("no answer in time", slow=70.0),
    _fault("an answer bit by bit", drip=20.0),
    _fault("HTTP 400", server_error=400),
    _fault("HTTP 401", unauthorized=True, seen=ASKS),
    _fault("HTTP 403", forbidden=True, seen=ASKS),
    _fault("HTTP 404", unknown_path=True),
    _fault("HTTP 413", server_error=413),
    _fault("HTTP 429", rate_limit=True),
    _fault("HTTP 429 with a time to wait", rate_limit=True, retry_after=600),
    _fault("HTTP 500", server_error=500),
    _fault("HTTP 502", server_error=502),
    _fault("HTTP 503 with a time to wait", server_error=503, retry_after=1800),
    _fault("HTTP 504", server_error=504),
    _fault("HTTP 403 of a firewall", gateway_problem="WAF_FILTERED"),
    _fault("a web page instead of an answer", html=True),
    _fault("an empty answer", empty_body=True),
    _fault("a wrong content type", wrong_type=True, seen=NOTHING),
    _fault("a redirect to a web page", redirect=True),
    *_each("HTTP 500", server_error=500),
    *_each("HTTP 404", refused=404),
    # There is no right but that of the login.
    *_each("HTTP 403", refused=403, seen=ASKS),
    *_each("connection reset", connection_reset=True),
    *_each("a web page instead of an answer", html=True),
    *_each("half an answer", torn=True),
    *(
        _fault(f"code {code}", it, odd={"code": {it: code}}, seen=BY_RESOURCE[it])
        for it in READ
        for code in (400, 500)
    ),
    *(
        # Nobody knows how alarms are told: that is no fault of the cloud.
        _fault(
            f"payload {kind}",
            it,
            odd={"payload": {it: kind}},
            seen=UNREAD if it in {"alarms", "history"} else BY_RESOURCE[it],
        )
        for it in READ[1:]
        for kind in ("missing", "null", "other")
    ),
    _fault("no payload", "users", odd={"payload": {"users": "missing"}}, seen=NOTHING),
    _odd("rows that cannot be read", broken_rows=True, seen=MISREAD),
    _odd("raw rows in disorder", raw_untidy=True),
    _odd("small pages", page=3, most=80),
    _odd("pages without an end", repeats_page=True),
    _odd("no header for caches", no_cache_header=True),
    _odd("max-age in the header alone", age_in_body=0),
    _odd("alarms spelt in another way", alarms_spelt_oddly=True),
    _odd("a log in disorder, twice", history_untidy=True),
    _odd("a log of another name", history_form="logs"),
)


@pytest.fixture
def sensors(fleet: Fleet, gateway: Gateway, world: SensoristWorld) -> Affected[RadioSensor]:
    """Return the rooms, with an alarm each; beside them there is a second gateway."""
    far = BEGIN + 48 * HOUR

    def room(name: str, begin: datetime, end: datetime) -> RadioSensor:
        made = gateway.add_radio_sensor(name, kind=Kind.TEMPERATURE)
        channel = made.channels[0]
        channel.hold(START - 48 * HOUR, begin, COOL)
        channel.hold(begin, end, WARM)
        channel.hold(end, far + HOUR, COOL + 1)
        world.simulator.add_alarm(channel, "above", LIMIT, since=START - 24 * HOUR)
        return made

    found = Affected(
        lasting=room("Rum 1", START + STEP, far),
        ending=room("Rum 2", START + STEP, BEGIN + HOUR),
        passing=room("Rum 3", BEGIN + 10 * MINUTE, BEGIN + 50 * MINUTE),
        beginning=room("Rum 4", BEGIN + 100 * MINUTE, far),
    )
    fleet.add_gateway(gateway.site, "Loft").add_radio_sensor("Loft", kind=Kind.CLIMATE)
    return found


class Network:
    """Fails connections before they are made, and tears answers."""

    def __init__(self, world: SensoristWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let everything pass."""
        self.fault: Fault | None = None
        self.tried: list[datetime] = []
        """When somebody wanted to connect and could not."""
        connect = aiohttp.TCPConnector.connect

        async def checked(
            connector: aiohttp.TCPConnector, request: aiohttp.ClientRequest, **more: Any
        ) -> Any:
            broken = self.fault.network if self.fault else None
            if broken is not None:
                self.tried.append(world.now)
            if broken == "refused":
                refused = ConnectionRefusedError(errno.ECONNREFUSED, "refused")
                raise aiohttp.ClientConnectorError(request.connection_key, refused)
            if broken == "unknown host":
                unknown = socket.gaierror(socket.EAI_NONAME, "unknown")
                raise aiohttp.ClientConnectorDNSError(request.connection_key, unknown)
            return await connect(connector, request, **more)

        def answer(request: web.Request, *told: Any) -> web.Response:
            response = good(request, *told)
            body: Any = response.body
            _, resource, *_ = told
            if self.fault and self.fault.torn and resource in self.fault.resources:
                is_zipped = "Content-Encoding" in response.headers
                plain = gzip.decompress(body) if is_zipped else body
                half = plain[: len(plain) // 2]
                response.body = gzip.compress(half) if is_zipped else half
            return response

        monkeypatch.setattr(aiohttp.TCPConnector, "connect", checked)
        monkeypatch.setattr(simulated, "good", answer)


@pytest.fixture
def network(world: SensoristWorld, monkeypatch: pytest.MonkeyPatch) -> Network:
    """Return what stands between Home Assistant and the cloud."""
    return Network(world, monkeypatch)


def throw(world: SensoristWorld, network: Network, fault: Fault) -> None:
    """Let something fail from now on."""
    network.fault = fault
    if fault.resources:
        world.faults.on = dict.fromkeys(fault.resources, fault.switches)
    else:
        world.faults.on = {"sync": fault.switches}
    for name, value in fault.odd.items():
        setattr(world.simulator.odd, name, value)


def heal(world: SensoristWorld, network: Network) -> None:
    """Let everything work again."""
    fresh = type(world.simulator.odd)()
    for name in network.fault.odd if network.fault else ():
        setattr(world.simulator.odd, name, getattr(fresh, name))
    world.faults.on = {}
    network.fault = None


def alarm_of(world: SensoristWorld, sensor: RadioSensor) -> str:
    """Return the unique id of the alarm of a room."""
    return f"{world.channel(sensor.channels[0])}_alarm"


def told(world: SensoristWorld, sensor: RadioSensor) -> list[str]:
    """Return the types of all events of a sensor; a reload shows the last one again."""
    entity_id = world.entity_id(f"{sensor.serial}{MARK}_alarms")
    events = [
        (state.state, state.attributes["event_type"])
        for changed, state in world.changes
        if changed == entity_id and state.state not in {"unknown", "unavailable"}
    ]
    return [kind for _, kind in dict.fromkeys(events)]


def shown(world: SensoristWorld, unique_id: str) -> list[tuple[datetime, str]]:
    """Return what an entity was since the fault began, and when."""
    entity_id = world.entity_id(unique_id)
    return [
        (state.last_updated, state.state)
        for changed, state in world.changes
        if changed == entity_id and state.last_updated >= BEGIN
    ]


def sources(world: SensoristWorld) -> list[Channel]:
    """Return the channels that are data sources."""
    return [it for it in world.fleet.channels if it.spec.derive is None]


def assert_nothing_invented(world: SensoristWorld, sensors: Affected[RadioSensor]) -> None:
    """Each value was measured before it was shown, and no alarm is over before its end."""
    for channel in sources(world):
        readings = channel.sensor.readings(START - HOUR, world.now, world.fleet.lag)
        measured = [(it.visible_at, it.value) for it in readings if it.channel is channel]
        for at, state in shown(world, world.channel(channel)):
            known = {value for visible_at, value in measured if visible_at <= at}
            assert state in {"unavailable", "unknown"} or float(state) in known
    alarms = {it: shown(world, alarm_of(world, it)) for it, _, _ in sensors}
    assert {state for _, state in alarms[sensors.lasting]} <= {"on", "unavailable"}
    for at, state in alarms[sensors.ending]:
        assert state != "off" or at > BEGIN + HOUR
    for at, state in alarms[sensors.beginning]:
        assert state != "on" or at > BEGIN + 100 * MINUTE


def assert_current(world: SensoristWorld) -> None:
    """Compare what is shown with the newest readings at the last update, a moment ago."""
    update = datetime.fromisoformat(world.value(f"{world.account}_last_update"))
    assert world.now - update < 20 * MINUTE
    for channel in sources(world):
        newest = world.fleet.latest(channel, update)
        assert newest is not None
        assert float(world.value(world.channel(channel))) == newest.value


async def assert_complete(world: SensoristWorld, entry: ConfigEntry[Any]) -> None:
    """Compare what is counted with the truth of each hour of a day."""
    first, last = hour_of(START - 22 * HOUR), hour_of(world.now - 30 * MINUTE)
    pending = await world.unwritten(last, entry)
    known = Counter({(key[1], it.start): it.count for key, it in pending if it.start >= first})
    wanted = {world.simulator.source_id(it): it for it in sources(world)}
    by_channel = {channel: number for number, channel in wanted.items()}
    true = Counter(
        (by_channel[it.channel], hour_of(it.at))
        for it in world.fleet.readings(first, last)
        if it.channel in by_channel
    )
    assert {key: count for key, count in known.items() if key[0] in wanted} == true
    assert len(true) > 24 * len(wanted)


def assert_seen(world: SensoristWorld, sensors: Affected[RadioSensor], fault: Fault) -> None:
    """Compare what is shown after hours of a fault with what the table says."""
    assert (world.value(f"{world.account}_cloud") == "off") is fault.turns_off
    if fault.hides_values:
        values = {world.value(world.channel(it)) for it in sources(world)}
        assert values == {"unavailable"}
    else:
        assert_current(world)
        for channel in sources(world):
            assert "unavailable" not in {it for _, it in shown(world, world.channel(channel))}
    for sensor, events, state in sensors:
        assert world.value(alarm_of(world, sensor)) == (
            "unavailable" if fault.hides_alarms else state
        )
        if not fault.hides_alarms:
            assert told(world, sensor) == events
            assert "unavailable" not in {it for _, it in shown(world, alarm_of(world, sensor))}
    issues = {it.translation_key for it in ir.async_get(world.hass).issues.values()}
    assert issues - {"config_entry_reauth"} == (
        {"misread"} if fault.seen in {MISREAD, UNREAD} else set()
    )


def lines(caplog: pytest.LogCaptureFixture) -> tuple[Counter[str], Counter[str]]:
    """Return how often each kind of reading was told to fail and to work again."""
    texts = [it.getMessage() for it in caplog.records]
    return (
        Counter(found[1] for it in texts if (found := _DOWN.match(it))),
        Counter(found[1] for it in texts if (found := _UP.match(it))),
    )


def busiest_hour(world: SensoristWorld, network: Network) -> int:
    """Return how many requests were made or tried in the hour that had most."""
    times = sorted([*network.tried, *(it.at for it in world.requests())])
    return max((bisect_left(times, at + HOUR) - no for no, at in enumerate(times)), default=0)


@pytest.mark.expect_warnings
@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_fault(  # noqa: PLR0913, PLR0917  one fault has many sides
    hass: HomeAssistant,
    world: SensoristWorld,
    network: Network,
    sensors: Affected[RadioSensor],
    caplog: pytest.LogCaptureFixture,
    fault: Fault,
) -> None:
    entry = await world.add_account()
    await world.to(BEGIN, step=STEP)
    for sensor in (sensors.lasting, sensors.ending):
        assert told(world, sensor) == ["alarm_raised"]
    assert_current(world)
    caplog.clear()
    world.simulator.requests.clear()
    throw(world, network, fault)
    await world.advance(LASTING, step=STEP)
    assert_seen(world, sensors, fault)
    assert busiest_hour(world, network) <= fault.most
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert [it["context"]["source"] for it in flows] == [SOURCE_REAUTH] * fault.asks
    refused = [it for it in world.requests() if it.status in {401, 403}]
    assert not fault.asks or len(refused) == 1, "a login that was refused is not sent again"

    heal(world, network)
    for flow in flows:
        typed = {"email": world.simulator.email, "password": world.simulator.password}
        result = await world.submit(flow, typed)
        assert result["reason"] == "reauth_successful"
    await world.advance(40 * MINUTE, step=STEP)
    assert world.value(f"{world.account}_cloud") == "on"
    assert_current(world)
    assert_nothing_invented(world, sensors)
    for sensor, events, state in sensors:
        assert told(world, sensor) == events
        assert world.value(alarm_of(world, sensor)) == state
    await world.advance(65 * MINUTE, step=STEP)
    for sensor, events, _ in sensors:
        assert told(world, sensor) == events
    await assert_complete(world, entry)
    down, up = lines(caplog)
    # Those that are loaded anew know of no failure.
    assert up == (Counter() if fault.asks else down)
    assert set(down.values()) == ({1} if fault.turns_off or fault.seen == UNREAD else set())
    assert not ir.async_get(hass).issues
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert not world.simulator.early
