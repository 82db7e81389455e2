"""The broker, as any client of it sees it: frames as they travel."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp import web
import pytest

from tests.simulator import ManualClock
from tests.simulator.broker import Broker, alarm_message
from tests.simulator.peer import BrokerFaults
from tests.simulator.virtual_time import VirtualTime

from .conftest import NOON

USERS = {"good": "ann", "other": "bob"}
CONNECT = "CONNECT\naccept-version:1.2\nhost:x\nheart-beat:0,0\nAuthorization:Bearer good\n\n\0"
SUBSCRIBE = "SUBSCRIBE\nid:sub-0\ndestination:/queue/ann/alarms\nack:auto\n\n\0"

type Client = aiohttp.ClientWebSocketResponse
type Open = Callable[..., Awaitable[Client]]


@pytest.fixture
def time(clock: ManualClock) -> VirtualTime:
    return VirtualTime(clock)


@pytest.fixture
def users() -> dict[str, str]:
    return dict(USERS)


@pytest.fixture
def broker(time: VirtualTime, users: dict[str, str]) -> Broker:
    return Broker(time.now, users.get, time.sleep)


@pytest.fixture
async def connect(broker: Broker, socket_enabled: None) -> AsyncGenerator[Open]:  # noqa: ARG001 - it allows sockets
    """Return what opens a WebSocket and sends some frames."""
    app = web.Application()
    app.router.add_get("/web-socket", broker.handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    sockets: list[Client] = []

    async def opened(*frames: str) -> Client:
        socket = await session.ws_connect(f"ws://127.0.0.1:{port}/web-socket")
        sockets.append(socket)
        for frame in frames:
            await socket.send_str(frame)
        return socket

    async with aiohttp.ClientSession() as session:
        yield opened
        for socket in sockets:
            await socket.close()
    await runner.cleanup()


async def text(socket: Client) -> str:
    """Return the next message but heart-beats."""
    while (told := await socket.receive_str(timeout=5)) == "\n":
        pass
    return told


async def ended(socket: Client) -> bool:
    """Tell whether the broker closes the connection."""
    return (await socket.receive(timeout=5)).type is aiohttp.WSMsgType.CLOSE


async def test_session(connect: Open, broker: Broker) -> None:
    socket = await connect(CONNECT)
    assert await text(socket) == (
        "CONNECTED\nserver:ActiveMQ/5.17.2\nheart-beat:10000,10000\n"
        "session:ID:simulated-broker-1\nversion:1.2\nuser-name:ann\n\n\0\n"
    )
    broker.publish("ann", "alarms", {"unit": "°C"})
    assert broker.waiting("ann", "alarms") == 1
    await socket.send_str(SUBSCRIBE)
    assert await text(socket) == (
        "MESSAGE\nexpires:0\ndestination:/queue/ann/alarms\nsubscription:sub-0\npriority:4\n"
        f"message-id:ID\\csimulated-broker-1\ntimestamp:{int(NOON.timestamp())}000\n"
        'content-type:application/json\ncontent-length:14\n\n{"unit":"°C"}\0\n'
    )
    assert broker.waiting("ann", "alarms") == 0
    await socket.send_str("DISCONNECT\nreceipt:bye:1\n\n\0")
    assert await text(socket) == "RECEIPT\nreceipt-id:bye\\c1\n\n\0\n"
    assert await ended(socket)


@pytest.mark.parametrize(
    ("fault", "told", "header"),
    [
        ({"refuse_authorization": True}, "invalid authorization", ""),
        ({"unable": True}, "Unable to process the request.", ""),
        ({"full": True}, "Maximum parallel", "error-code:max-connections-reached"),
        ({"wait_ms": 480_000}, "wait 480000 ms", "error-code:rate-limit-exceeded"),
        ({"refused_queues": {"alarms"}}, "license for queue\\c alarms", "queue:alarms"),
    ],
)
async def test_errors(
    connect: Open, broker: Broker, fault: dict[str, Any], told: str, header: str
) -> None:
    broker.faults = BrokerFaults(**fault)
    socket = await connect(CONNECT, SUBSCRIBE)
    error = await text(socket)
    if error.startswith("CONNECTED"):
        error = await text(socket)
    head, _, body = error.removesuffix("\0\n").partition("\n\n")
    command, message, *headers = head.split("\n")
    assert command == "ERROR"
    assert told in message
    assert header in ("", *headers)
    assert f"content-length:{len(body)}" in headers
    assert message == "message:" + body.replace(":", "\\c")
    assert await ended(socket)


async def test_queue_of_somebody_else(connect: Open) -> None:
    socket = await connect(CONNECT, SUBSCRIBE.replace("ann", "bob"))
    await text(socket)
    assert "queue:alarms" in await text(socket)
    assert await ended(socket)


async def test_four_connections_of_each_user(connect: Open) -> None:
    bobs = CONNECT.replace("good", "other")
    for frame in (CONNECT, CONNECT, CONNECT, CONNECT, bobs):
        assert (await text(await connect(frame))).startswith("CONNECTED")
    assert "max-connections-reached" in await text(await connect(CONNECT))


async def test_consumers_take_turns(connect: Open, broker: Broker) -> None:
    sockets = [await connect(CONNECT, SUBSCRIBE) for _ in range(2)]
    for socket in sockets:
        await text(socket)
    for number in range(4):
        broker.publish("ann", "alarms", b"%d" % number)
    bodies = {(await text(socket))[-3] for socket in sockets for _ in range(2)}
    assert bodies == {"0", "1", "2", "3"}


async def test_connection_ends_with_the_token(
    connect: Open, broker: Broker, users: dict[str, str], time: VirtualTime
) -> None:
    broker.faults.close_at_token_end = True
    socket = await connect(CONNECT.replace("0,0", "0,10000"))
    await text(socket)
    await time.advance(30)
    del users["good"]
    await time.advance(10)
    assert [await socket.receive_str(timeout=5) for _ in range(3)] == ["\n"] * 3
    assert await ended(socket)


async def test_client_that_promised_heart_beats(connect: Open, time: VirtualTime) -> None:
    socket = await connect(CONNECT.replace("0,0", "10000,0"))
    await text(socket)
    for _ in range(5):
        await time.advance(9)
        await socket.send_str("\n")
    await time.advance(21)
    assert await ended(socket)


async def test_message_that_never_left_goes_to_the_next(
    connect: Open, broker: Broker, time: VirtualTime
) -> None:
    first = await connect(CONNECT, SUBSCRIBE)
    await text(first)
    await time.settle()
    (peer,) = broker.peers
    closing = peer.socket.close()
    broker.publish("ann", "alarms", b"1")
    await closing
    second = await connect(CONNECT, SUBSCRIBE)
    await text(second)
    assert (await text(second)).endswith("1\0\n")


@pytest.mark.expect_warnings
async def test_frames_that_no_client_sends(connect: Open, broker: Broker) -> None:
    """A client that breaks the rules is a fault of the client, which its test must see."""
    socket = await connect("CONNECT\n\n")
    assert (await socket.receive(timeout=5)).type is not aiohttp.WSMsgType.TEXT
    assert broker.frames == []


def test_system_alarm_has_no_value() -> None:
    row = {
        "uuid": "a1",
        "tenant_uuid": "t1",
        "alarm_reason": "Alarm condition is violated",
        "alarm_status": "Alarm",
        "last_status_change_time": "2026-07-01T06:25:03Z",
        "alarm_condition_type": "Sensor is broken",
        "alarm_severity": "Alarm",
        "alarm_time": "2026-07-01T06:25:00Z",
        "alarm_time_local": "2026-07-01T08:25:00+02:00",
        "serial_no": "1001",
        "alarm_source_uuid": "s1",
        "processed_at": "2026-07-01T06:27:25Z",
        "physical_unit": None,
        "alarm_value": None,
        "physical_property_name": "Temperature",
        "physical_extension": "Unknown",
    }
    system = alarm_message(row | {"alarm_type": "sensor system alarm"})
    assert "physical_value" not in system
    assert system["serial_number"] == "1001"
    measured = alarm_message(
        row | {"alarm_type": "measurement_alarm", "alarm_value": 8.5, "physical_unit": "°C"}
    )
    assert {*measured} - {*system} == {
        *("alarm_delay", "alarm_value", "physical_unit"),
        *("physical_value", "physical_value_extension"),
    }
    assert measured["alarm_value"] == "8.5"
    assert measured["alarm_type"] == "measurement alarm"
