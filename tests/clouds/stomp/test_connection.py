"""What a broker may answer, and what each of it means."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
import traceback

from aiohttp import web
import pytest

from custom_components.testo_smart_connect.clouds.errors import (
    AuthenticationError,
    BadDataError,
    CloudConnectionError,
    CloudError,
    RateLimitError,
    RefusedError,
    ServerError,
    TooLargeError,
)
from custom_components.testo_smart_connect.clouds.stomp.connection import Message, connected
from custom_components.testo_smart_connect.clouds.stomp.errors import (
    QueueRefusedError,
    TooManyConnectionsError,
)
from custom_components.testo_smart_connect.clouds.stomp.frames import LARGEST_FRAME
from custom_components.testo_smart_connect.clouds.stomp.listener import State
from tests.simulator.broker import Broker
from tests.simulator.peer import BrokerFaults
from tests.simulator.virtual_time import VirtualTime

from .conftest import Maker
from .desk import SECRET, USER, Handler

CONNECTED = "CONNECTED\nversion:1.2\nheart-beat:0,0\n\n\0"
PROOF = {"Authorization": f"Bearer {SECRET}"}


def error(message: str, *headers: str) -> str:
    return "\n".join(("ERROR", f"message:{message}", *headers, "", "")) + "\0"


async def outcome(
    listen: Maker, proof: dict[str, str] = PROOF, on_message: Callable[[Message], None] = print
) -> None:
    """Listen to the alarms over one connection."""
    async with connected(
        listen.session, listen.address, proof, sleep=listen.time.sleep
    ) as connection:
        await connection.subscribe(USER, "alarms")
        await connection.listen(on_message)


async def failure(listen: Maker, proof: dict[str, str] = PROOF) -> CloudError:
    """Return how a connection fails, which betrays nothing."""
    with pytest.raises(CloudError) as caught:
        await asyncio.wait_for(outcome(listen, proof), 10)
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert SECRET not in repr(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("said", "expected", "doing"),
    [
        ((), CloudConnectionError, "connect"),
        ((CONNECTED,), CloudConnectionError, "listen"),
        ((CONNECTED.replace("1.2", "1.1"),), BadDataError, "connect"),
        (("CONNECTED\n\n\0",), BadDataError, "connect"),
        (("RECEIPT\nreceipt-id:1\n\n\0",), BadDataError, "connect"),
        (("HELLO\n\n\0",), BadDataError, "connect"),
        ((CONNECTED.replace("0,0", "soon"),), BadDataError, "connect"),
        ((CONNECTED.replace("0,0", f"{'9' * 5000},0"),), BadDataError, "connect"),
        ((CONNECTED, "MESSAGE\nno header\n\n\0"), BadDataError, "listen"),
        ((CONNECTED, "x" * LARGEST_FRAME), TooLargeError, "listen"),
        ((error("invalid authorization"),), AuthenticationError, "connect"),
        ((f"ERROR\n\nInvalid authorization for {SECRET}\0",), AuthenticationError, "connect"),
        ((CONNECTED, error("invalid authorization")), AuthenticationError, "listen"),
        ((error("x", "error-code:max-connections-reached"),), TooManyConnectionsError, "connect"),
        ((error("wait", "error-code:rate-limit-exceeded"),), RateLimitError, "connect"),
        ((error("no", "queue:/queue/u/alarms"),), QueueRefusedError, "connect"),
        ((error(f"Unable to process {SECRET}"),), ServerError, "connect"),
        ((b"ERROR\n\n\xff\0",), ServerError, "connect"),
    ],
)
async def test_answer_becomes_an_error(
    listen: Maker, said: tuple[str | bytes, ...], expected: type[CloudError], doing: str
) -> None:
    listen.desk.handler = None
    listen.desk.said = said
    found = await failure(listen)
    assert type(found) is expected
    assert found.doing in {doing, "subscribe"}
    assert found.resource == "pushed alarms"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("20_error_auth", AuthenticationError),
        ("21_error_max_connections", TooManyConnectionsError),
        ("22_error_rate_limit", RateLimitError),
        ("23_error_subscription", QueueRefusedError),
        ("24_error_unexpected", ServerError),
    ],
)
async def test_errors_of_the_vendor(
    listen: Maker, samples: dict[str, bytes], name: str, expected: type[CloudError]
) -> None:
    listen.desk.handler = None
    listen.desk.said = (CONNECTED, samples[name])
    found = await failure(listen)
    assert type(found) is expected
    if isinstance(found, QueueRefusedError):
        assert found.queue == "measurements-v2"
    assert found.retry_after == (480 if expected is RateLimitError else None)


def status(code: int) -> Handler:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=code)

    return answer


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (200, RefusedError),
        (401, RefusedError),
        (404, RefusedError),
        (429, RateLimitError),
        (503, ServerError),
    ],
)
async def test_no_websocket(listen: Maker, code: int, expected: type[CloudError]) -> None:
    listen.desk.handler = status(code)
    assert type(await failure(listen)) is expected


async def test_nobody_is_there(listen: Maker) -> None:
    await listen.desk.stop()
    assert type(await failure(listen)) is CloudConnectionError


async def test_proof_does_not_follow_a_redirect(listen: Maker) -> None:
    async def elsewhere(request: web.Request) -> web.StreamResponse:
        if request.path == "/web-socket":
            return web.Response(status=302, headers={"Location": "/elsewhere"})
        socket = web.WebSocketResponse(protocols=("v12.stomp",), timeout=2)
        await socket.prepare(request)
        heard.append(await socket.receive())
        await socket.close()
        return socket

    heard: list[object] = []
    listen.desk.handler = elsewhere
    assert type(await failure(listen)) is RefusedError
    await listen.time.until(lambda: heard)
    assert SECRET not in str(heard)


async def test_proof_that_no_frame_can_hold(listen: Maker) -> None:
    assert type(await failure(listen, {"Authorization": f"{SECRET}\n"})) is BadDataError


async def test_sub_protocol(listen: Maker) -> None:
    listen.desk.handler = None
    await failure(listen)
    assert listen.desk.protocols == ["v12.stomp"]
    assert "Authorization:Bearer" in listen.desk.heard[0]


async def test_broker_without_an_answer(listen: Maker, broker: Broker) -> None:
    broker.faults.mute = True
    task = asyncio.ensure_future(failure(listen))
    await listen.time.until(lambda: broker.connects)
    await listen.time.advance(31)
    assert type(await task) is CloudConnectionError


@pytest.mark.parametrize("offer", ["0,0", "4000,0", "0,4000", "4000,4000", "60000,60000"])
async def test_heart_beats_are_negotiated(listen: Maker, broker: Broker, offer: str) -> None:
    """The slower side counts, and zero means never."""
    broker.faults.heart_beat = offer
    ears = listen()
    await listen.time.until(lambda: ears.statuses)
    (peer,) = broker.peers
    await listen.time.advance(600)
    assert ears.states == [State.UP]
    wants = int(offer.split(",")[1])
    due = 600_000 / max(10_000, wants) if wants else 0
    assert due <= peer.beats <= due * 1.3
    broker.faults.silent = True
    can = int(offer.split(",", maxsplit=1)[0])
    await listen.time.advance(max(10, can / 1000) * 1.6)
    assert (State.DOWN in ears.states) == bool(can)


@pytest.mark.parametrize("pieces", [None, 1, 7])
@pytest.mark.parametrize(
    "faults", [BrokerFaults(), BrokerFaults(glue=True), BrokerFaults(text=False)]
)
async def test_frames_in_any_packing(
    listen: Maker, broker: Broker, pieces: int | None, faults: BrokerFaults
) -> None:
    broker.faults = replace(faults, pieces=pieces)
    bodies = ['{"unit":"°C"}'.encode(), b"", b"x" * 500, b"\0\n\0"]
    for body in bodies:
        broker.publish(USER, "alarms", body)
    ears = listen()
    await listen.time.until(lambda: len(ears.messages) == len(bodies))
    assert ears.bodies == bodies


async def test_frames_that_nobody_expects(listen: Maker) -> None:
    """They do no harm; a message without a destination is of no known queue."""
    listen.desk.handler = None
    receipt = "RECEIPT\n\n\0"
    listen.desk.said = (CONNECTED, CONNECTED, "MESSAGE\n\nbody\0", receipt, "MESSAGE\n\nlate\0")
    messages: list[Message] = []
    with pytest.raises(CloudConnectionError):
        await outcome(listen, PROOF, messages.append)
    assert messages == [Message("", b"body")]


async def test_error_of_the_caller_is_not_ours(listen: Maker, broker: Broker) -> None:
    def full(_: Message) -> None:
        message = "the disk is full"
        raise OSError(message)

    listen.login.good = {SECRET}
    broker.publish(USER, "alarms", {})
    with pytest.raises(OSError, match="full"):
        await outcome(listen, PROOF, full)
    await listen.time.until(lambda: not broker.peers)


async def test_connection_that_is_gone_when_it_should_end(
    listen: Maker, broker: Broker, time: VirtualTime
) -> None:
    listen.login.good = {SECRET}
    async with connected(
        listen.session, listen.address, PROOF, sleep=listen.time.sleep
    ) as connection:
        await broker.cut()
        with pytest.raises(CloudConnectionError):
            await connection.listen(print)
        with pytest.raises(CloudConnectionError):
            await connection.subscribe(USER, "alarms")
        leaving = asyncio.ensure_future(connection.leave())
        await time.advance(11)
        await leaving
        await connection.listen(print)
