"""One client of the broker: frames, the order in which they leave, heart-beats."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import ClientError, web

type Sleep = Callable[[float], Awaitable[object]]

_ESCAPES = (("\\", r"\\"), ("\r", r"\r"), ("\n", r"\n"), (":", r"\c"))


@dataclass(slots=True)
class BrokerFaults:
    """The broker's switches; they may change at any time and combine freely."""

    refuse_authorization: bool = False
    """No token is good."""
    full: bool = False
    """Others of the user hold all connections that there may be."""
    wait_ms: int | None = None
    """Milliseconds that whoever connects is told to wait."""
    refused_queues: set[str] = field(default_factory=set)
    """Queues without permission or licence."""
    unable: bool = False
    """Whoever connects is told that it cannot be done."""
    mute: bool = False
    """Nobody who connects gets an answer."""
    silent: bool = False
    """No heart-beats are sent."""
    heart_beat: str = "10000,10000"
    """The offer of the broker in milliseconds."""
    close_at_token_end: bool = False
    """Who holds a token that is no longer good is cut off with the next heart-beat."""
    duplicates: bool = False
    """Who subscribes gets the last message of the queue once more."""
    no_receipt: bool = False
    """A leave is not confirmed, and the connection stays open."""
    pieces: int | None = None
    """Each frame is spread over messages of so many bytes."""
    glue: bool = False
    """Frames that leave at the same time share one message."""
    text: bool = True
    """Messages of the WebSocket are texts, else binary; pieces always are."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A frame on its way; `undo` puts the message back in its queue if it never left."""

    data: bytes
    undo: Callable[[], None] | None = None


def encode(command: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """Return a frame as the vendor's broker writes it, with a line break behind."""
    lines = [command]
    for name, value in headers.items():
        told = value
        for plain, escape in _ESCAPES if command != "CONNECTED" else ():
            told = told.replace(plain, escape)
        lines.append(f"{name}:{told}")
    return "\n".join((*lines, "", "")).encode() + body + b"\0\n"


def parse(text: str) -> tuple[str, dict[str, str]]:
    """Return command and headers of a frame without a body; ValueError for anything else."""
    head, end, rest = text.partition("\n\n\0")
    if not end or rest:
        message = f"no frame: {text!r}"
        raise ValueError(message)
    command, *lines = head.split("\n")
    headers = dict(line.split(":", 1) for line in lines)
    if command != "CONNECT":
        for plain, escape in reversed(_ESCAPES):
            headers = {name: value.replace(escape, plain) for name, value in headers.items()}
    return command, headers


class Peer:
    """A client that is connected; everything leaves in the order in which it was sent."""

    def __init__(self, socket: web.WebSocketResponse, faults: BrokerFaults, sleep: Sleep) -> None:
        """Talk over a WebSocket."""
        self.socket = socket
        self.user = ""
        self.token = ""
        self.subscriptions: dict[str, str] = {}
        """The ids of subscriptions by destination."""
        self.beats = 0
        """How many heart-beats came."""
        self._heard = False
        self._faults = faults
        self._sleep = sleep
        self._leaving: asyncio.Queue[Delivery | None] = asyncio.Queue()

    def send(self, data: bytes, undo: Callable[[], None] | None = None) -> None:
        """Send a frame after those before."""
        self._leaving.put_nowait(Delivery(data, undo))

    def end(self) -> None:
        """Close the connection after what was sent."""
        self._leaving.put_nowait(None)

    def hear(self, text: str) -> bool:
        """Take note of a sign of life; tell whether it is more than a heart-beat."""
        self._heard = True
        if text.strip("\r\n"):
            return True
        self.beats += 1
        return False

    async def write(self) -> None:
        """Send what is to leave, until the end; what can no longer leave goes back."""
        due: list[Delivery | None] = []
        try:
            while True:
                due = [await self._leaving.get()]
                while self._faults.glue and not self._leaving.empty():
                    due.append(self._leaving.get_nowait())
                await self._send(b"".join(it.data for it in due if it is not None))
                if None in due:
                    due = []
                    await self.socket.close()
                    return
                due = []
        except ClientError, OSError:
            await self.socket.close()
        finally:
            while not self._leaving.empty():
                due.append(self._leaving.get_nowait())
            for delivery in reversed(due):
                if delivery is not None and delivery.undo is not None:
                    delivery.undo()

    async def _send(self, data: bytes) -> None:
        size = self._faults.pieces
        if size is not None:
            for at in range(0, len(data), size):
                await self.socket.send_bytes(data[at : at + size])
        elif data and self._faults.text:
            await self.socket.send_str(data.decode())
        elif data:
            await self.socket.send_bytes(data)

    async def pulse(self, offer: str, is_good: Callable[[str], bool]) -> None:
        """Send heart-beats and hear those of the client, as both agreed."""
        (can, wants), (theirs, wanted) = _beats(self._faults.heart_beat), _beats(offer)
        with suppress(ClientError, OSError):
            await asyncio.gather(
                self._beat(max(can, wanted) / 1000 if can and wanted else None, is_good),
                self._watch(max(wants, theirs) / 1000 if wants and theirs else None),
            )

    async def _beat(self, every: float | None, is_good: Callable[[str], bool]) -> None:
        while every is not None:
            await self._sleep(every)
            if self._faults.close_at_token_end and not is_good(self.token):
                self.end()
            elif not self._faults.silent:
                self.send(b"\n")

    async def _watch(self, every: float | None) -> None:
        while every is not None:
            self._heard = False
            await self._sleep(every)
            if not self._heard:
                self.end()


def _beats(offer: str) -> tuple[int, int]:
    first, second = offer.split(",")
    return int(first), int(second)
