"""One connection to a STOMP broker: proves the account, subscribes, receives.

Facts: the STOMP 1.2 specification; Saveris Data API reference, appendix A.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
import re
from typing import Literal

import aiohttp
from yarl import URL

from ..errors import (
    BadDataError,
    CloudConnectionError,
    CloudError,
    RateLimitError,
    RefusedError,
    ServerError,
    TooLargeError,
)
from ..http.transport import Sleep
from .errors import meaning
from .frames import (
    HEART_BEAT,
    LARGEST_FRAME,
    Decoder,
    Frame,
    FrameError,
    FrameTooLargeError,
    encode,
)
from .timer import stopped, within

_VERSION = "1.2"
_PROTOCOL = "v12.stomp"
_OFFER = (10_000, 10_000)
"""Milliseconds between the heart-beats that we can send, and between those that we want."""
_HASTE = 0.8
"""Part of the agreed time after which a heart-beat is sent, as it has a way to go."""
_PATIENCE = 1.5
"""Times the agreed time after which a broker that is not heard of counts as gone."""
_LONGEST_HANDSHAKE = 30.0
"""Seconds until the broker has accepted the account."""
_LONGEST_FAREWELL = 10.0
"""Seconds for the broker to confirm that it sends nothing more."""
_CLOSING = aiohttp.ClientWSTimeout(ws_close=2.0)
_RECEIPT = "bye"
_BEATS = re.compile(r"([0-9]{1,9}),([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Message:
    """What came out of a queue. Its body is as the cloud sent it: nothing is checked."""

    queue: str
    """The last part of its name, such as ``alarms``."""
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a broker is, and how it is spoken of."""

    url: str
    """``wss://`` or ``ws://``, with the path."""
    resource: str
    """What its messages are called in errors."""
    credential: str
    """What is named as refused: the ``name`` of the credentials."""


@asynccontextmanager
async def connected(
    session: aiohttp.ClientSession, address: Address, proof: Mapping[str, str], *, sleep: Sleep
) -> AsyncGenerator[Connection]:
    """Hold a connection that the broker accepted; the proof goes with the first frame.

    Takes its leave of the broker at the end. Raises a CloudError.
    """
    async with AsyncExitStack() as closing:
        with _translated("connect", address):
            work = _accepted(session, address, proof, sleep, closing)
            connection = await within(_LONGEST_HANDSHAKE, sleep, work)
        closing.push_async_callback(stopped, asyncio.ensure_future(connection.beat()))
        yield connection


async def _accepted(
    session: aiohttp.ClientSession,
    address: Address,
    proof: Mapping[str, str],
    sleep: Sleep,
    closing: AsyncExitStack,
) -> Connection:
    """Open a WebSocket, see to its end, and let the broker accept the account."""
    socket = await session.ws_connect(
        address.url, protocols=(_PROTOCOL,), timeout=_CLOSING, max_msg_size=4 * LARGEST_FRAME
    )
    connection = Connection(socket, address, sleep)
    closing.push_async_callback(connection.close)
    # The proof must not travel to wherever a redirect points, and aiohttp follows them.
    if socket._response.history:  # noqa: SLF001  nothing public tells of a redirect
        raise RefusedError("connect", address.resource, "the broker redirects")
    await connection.introduce(proof)
    return connection


class Connection:
    """An open connection. Made by ``connected``."""

    def __init__(
        self,
        socket: aiohttp.ClientWebSocketResponse[Literal[True]],
        address: Address,
        sleep: Sleep,
    ) -> None:
        """Speak over a WebSocket that belongs to this connection alone."""
        self._socket = socket
        self._address = address
        self._sleep = sleep
        self._decoder = Decoder()
        self._every: float | None = None
        """Seconds between heart-beats of ours."""
        self._patience: float | None = None
        """Seconds without a sign of life after which the broker counts as gone."""
        self._leaving = False

    async def introduce(self, proof: Mapping[str, str]) -> None:
        """Prove the account and agree on heart-beats."""
        headers = {
            "accept-version": _VERSION,
            "host": URL(self._address.url).host or "",
            "heart-beat": "{},{}".format(*_OFFER),
            **proof,
        }
        await self._send(Frame(command="CONNECT", headers=headers))
        answer = await self._frame()
        if answer is None:
            raise CloudConnectionError("connect", self._address.resource, "closed by the broker")
        self._check(answer, "connect")
        if answer.command != "CONNECTED" or answer.headers.get("version") != _VERSION:
            raise BadDataError("connect", self._address.resource, f"no STOMP {_VERSION}")
        self._every, self._patience = _agreed(answer.headers.get("heart-beat", "0,0"))

    async def subscribe(self, username: str, queue: str) -> None:
        """Ask for the messages of a queue; each counts as delivered once it is sent."""
        headers = {
            "id": f"sub-{queue}",
            "destination": f"/queue/{username}/{queue}",
            "ack": "auto",
        }
        with _translated("subscribe", self._address):
            await self._send(Frame(command="SUBSCRIBE", headers=headers))

    async def listen(self, on_message: Callable[[Message], None]) -> None:
        """Pass on messages until ``leave`` ends that. Raises a CloudError when it ends else."""
        while (message := await self._message()) is not None:
            on_message(message)

    async def leave(self) -> None:
        """Let the broker send what is on its way, and no more; then ``listen`` ends.

        A broker that does not confirm it is left after some seconds.
        """
        self._leaving = True
        headers = {"receipt": _RECEIPT}
        with suppress(aiohttp.ClientError, OSError):
            await self._send(Frame(command="DISCONNECT", headers=headers))
        await self._sleep(_LONGEST_FAREWELL)
        await self._socket.close()

    async def beat(self) -> None:
        """Send heart-beats; a subscriber has nothing else to say."""
        with suppress(aiohttp.ClientError, OSError):
            while self._every is not None:
                await self._sleep(self._every)
                await self._socket.send_str(HEART_BEAT.decode())

    async def close(self) -> None:
        """Take leave of the broker, if it is still there and was not told yet."""
        if not self._leaving:
            with suppress(aiohttp.ClientError, OSError):
                await self._send(Frame(command="DISCONNECT"))
        await self._socket.close()

    async def _message(self) -> Message | None:
        """Return the next message, None when ``leave`` was the reason that there are no more."""
        doing = "listen"
        with _translated(doing, self._address):
            while (frame := await self._frame()) is not None and frame.command != "RECEIPT":
                self._check(frame, doing)
                if frame.command == "MESSAGE":
                    return Message(
                        frame.headers.get("destination", "").rpartition("/")[2], frame.body
                    )
        if not self._leaving:
            raise CloudConnectionError(doing, self._address.resource, "closed by the broker")
        return None

    async def _send(self, frame: Frame) -> None:
        await self._socket.send_str(encode(frame).decode())

    async def _frame(self) -> Frame | None:
        """Return the next frame, None when there will be no more."""
        while (frame := self._decoder.frame()) is None:
            receiving = self._socket.receive()
            if self._patience is None:
                message = await receiving
            else:
                message = await within(self._patience, self._sleep, receiving)
            if message.type is aiohttp.WSMsgType.TEXT:
                self._decoder.feed(message.data.encode())
            elif message.type is aiohttp.WSMsgType.BINARY:
                self._decoder.feed(message.data)
            else:
                return None
        return frame

    def _check(self, frame: Frame, doing: str) -> None:
        """Raise the error that an ERROR frame tells."""
        if frame.command == "ERROR":
            raise meaning(frame, doing, self._address.resource, self._address.credential)


def _agreed(told: str) -> tuple[float | None, float | None]:
    """Return after how many seconds to send a heart-beat, and to miss one of the broker's.

    Each side tells how often it can send and how often it wants to hear; the slower one
    counts, and zero means never (specification, "Heart-beating").
    """
    found = _BEATS.fullmatch(told)
    if found is None:
        message = "bad heart-beats"
        raise FrameError(message)
    can, wants = int(found[1]), int(found[2])
    ours, theirs = _OFFER
    return (
        max(ours, wants) / 1000 * _HASTE if wants else None,
        max(theirs, can) / 1000 * _PATIENCE if can else None,
    )


@contextmanager
def _translated(doing: str, address: Address) -> Iterator[None]:
    """Turn what goes wrong below into errors of a cloud, whose texts are ours alone."""
    resource = address.resource
    try:
        yield
    except FrameTooLargeError as err:
        raise TooLargeError(doing, resource, str(err)) from None
    except FrameError as err:
        raise BadDataError(doing, resource, str(err)) from None
    except TimeoutError:
        raise CloudConnectionError(doing, resource, "the broker is silent") from None
    except aiohttp.WSServerHandshakeError as err:
        raise _handshake_error(err.status, doing, resource) from None
    except (aiohttp.ClientError, OSError) as err:
        raise CloudConnectionError(doing, resource, type(err).__name__) from None


def _handshake_error(status: int, doing: str, resource: str) -> CloudError:
    """Return what an HTTP status means that came instead of a WebSocket.

    It says nothing about the account, which is not named before the first frame.
    """
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitError(doing, resource)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ServerError(doing, resource, f"HTTP {status}")
    return RefusedError(doing, resource, f"HTTP {status}")
