"""A STOMP 1.2 broker over a WebSocket, as a handler to mount on a server.

Saveris Data API reference, appendix A. It reads and writes frames itself, so that a fault of
the client's codec is seen.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any

from aiohttp import WSMsgType, web
import orjson

from .peer import BrokerFaults, Peer, Sleep, encode, parse

MOST_CONNECTIONS = 4

_INVALID = "invalid authorization"
_FULL = "Maximum parallel connection limit exceeded. Please close other connections."
_BUSY = "Too many connection attempts. Please wait {} ms before retrying."
_REFUSED = "subscription refused: missing required permission or license for queue: {}"
_UNABLE = "Unable to process the request."


@dataclass(frozen=True, slots=True)
class _Stored:
    """A message in a queue."""

    number: int
    at: datetime
    body: bytes
    redelivered: bool = False


@dataclass(slots=True)
class _Queue:
    """The messages of one user that nobody has got yet, and who waits for them."""

    destination: str
    waiting: deque[_Stored] = field(default_factory=deque)
    consumers: deque[Peer] = field(default_factory=deque)
    last: _Stored | None = None

    def deliver(self) -> None:
        """Give each message to one of the consumers, in turn."""
        while self.waiting and self.consumers:
            peer, stored = self.consumers[0], self.waiting.popleft()
            self.consumers.rotate(-1)
            self.last = stored
            headers = {
                "expires": "0",
                "destination": self.destination,
                **({"redelivered": "true"} if stored.redelivered else {}),
                "subscription": peer.subscriptions[self.destination],
                "priority": "4",
                "message-id": f"ID:simulated-broker-{stored.number}",
                "timestamp": str(int(stored.at.timestamp() * 1000)),
                "content-type": "application/json",
                "content-length": str(len(stored.body)),
            }
            undo = partial(self.waiting.appendleft, stored)
            peer.send(encode("MESSAGE", headers, stored.body), undo)


class Broker:
    """Keeps the messages of users until somebody who proves to be one of them takes them."""

    def __init__(
        self,
        clock_now: Callable[[], datetime],
        token_user: Callable[[str], str | None],
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Tell the time, know whose a token is (None: no good one), and wait for heart-beats."""
        self.faults = BrokerFaults()
        self.connects = 0
        """How often somebody tried to connect."""
        self.frames: list[tuple[str, dict[str, str]]] = []
        """Command and headers of what came, the token in them as it was sent."""
        self.peers: list[Peer] = []
        """Who is connected and proved to be somebody."""
        self._now = clock_now
        self._token_user = token_user
        self._sleep = sleep
        self._queues: dict[str, _Queue] = {}
        self._published = 0

    def publish(self, username: str, queue: str, message: Mapping[str, Any] | bytes) -> None:
        """Put a message in a queue; whoever waits for it gets it at once."""
        body = message if isinstance(message, bytes) else orjson.dumps(message)
        self._published += 1
        target = self._queue(f"/queue/{username}/{queue}")
        target.waiting.append(_Stored(self._published, self._now(), body))
        target.deliver()

    def waiting(self, username: str, queue: str) -> int:
        """Return how many messages nobody has got yet."""
        return len(self._queue(f"/queue/{username}/{queue}").waiting)

    async def cut(self) -> None:
        """Close all connections without a word."""
        for peer in (*self.peers,):
            await peer.socket.close()

    async def handler(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one client until one of both leaves."""
        socket = web.WebSocketResponse(protocols=("v12.stomp",), timeout=2)
        await socket.prepare(request)
        peer = Peer(socket, self.faults, self._sleep)
        tasks: list[asyncio.Future[None]] = [asyncio.ensure_future(peer.write())]
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT and peer.hear(message.data):
                    tasks += self._answer(peer, *parse(message.data))
        finally:
            self._forget(peer)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for queue in self._queues.values():
                queue.deliver()
        return socket

    def _answer(
        self, peer: Peer, command: str, headers: dict[str, str]
    ) -> list[asyncio.Future[None]]:
        """Answer a frame; return the task that it starts, if any."""
        self.frames.append((command, headers))
        if command == "CONNECT":
            return self._connect(peer, headers)
        if command == "SUBSCRIBE":
            self._subscribe(peer, headers)
        elif command == "DISCONNECT" and not self.faults.no_receipt:
            self._forget(peer)
            if "receipt" in headers:
                peer.send(encode("RECEIPT", {"receipt-id": headers["receipt"]}))
            peer.end()
        return []

    def _connect(self, peer: Peer, headers: dict[str, str]) -> list[asyncio.Future[None]]:
        self.connects += 1
        faults = self.faults
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        user = None if faults.refuse_authorization else self._token_user(token)
        theirs = sum(other.user == user for other in self.peers)
        if faults.mute:
            return []
        if faults.wait_ms is not None:
            busy = _BUSY.format(faults.wait_ms)
            return self._error(peer, busy, {"error-code": "rate-limit-exceeded"})
        if faults.unable:
            return self._error(peer, _UNABLE)
        if user is None:
            return self._error(peer, _INVALID)
        if faults.full or theirs >= MOST_CONNECTIONS:
            return self._error(peer, _FULL, {"error-code": "max-connections-reached"})
        peer.user, peer.token = user, token
        self.peers.append(peer)
        answer = {
            "server": "ActiveMQ/5.17.2",
            "heart-beat": faults.heart_beat,
            "session": f"ID:simulated-broker-{self.connects}",
            "version": "1.2",
            "user-name": user,
        }
        peer.send(encode("CONNECTED", answer))
        offer = headers.get("heart-beat", "0,0")
        is_good = partial(self._is_good, user)
        return [asyncio.ensure_future(peer.pulse(offer, is_good))]

    def _is_good(self, user: str, token: str) -> bool:
        return self._token_user(token) == user

    def _subscribe(self, peer: Peer, headers: dict[str, str]) -> None:
        destination = headers["destination"]
        owner, _, name = destination.removeprefix("/queue/").rpartition("/")
        if owner != peer.user or name in self.faults.refused_queues:
            self._error(peer, _REFUSED.format(name), {"queue": name})
            return
        queue = self._queue(destination)
        peer.subscriptions[destination] = headers["id"]
        queue.consumers.append(peer)
        if self.faults.duplicates and queue.last is not None:
            queue.waiting.appendleft(replace(queue.last, redelivered=True))
        queue.deliver()

    def _error(
        self, peer: Peer, text: str, headers: Mapping[str, str] | None = None
    ) -> list[asyncio.Future[None]]:
        """Send an error, after which nothing follows; it starts no task."""
        body = text.encode()
        more = {"message": text, **(headers or {}), "content-length": str(len(body))}
        self._forget(peer)
        peer.send(encode("ERROR", more, body))
        peer.end()
        return []

    def _forget(self, peer: Peer) -> None:
        """Deliver nothing more to a client."""
        if peer in self.peers:
            self.peers.remove(peer)
        for destination in peer.subscriptions:
            consumers = self._queue(destination).consumers
            if peer in consumers:
                consumers.remove(peer)

    def _queue(self, destination: str) -> _Queue:
        return self._queues.setdefault(destination, _Queue(destination))


def alarm_message(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is pushed for a row of the alarm feed, whichever names its columns have.

    A row does not tell the delay of its limit, so that it is always the one of the
    vendor's example.
    """
    same = (
        *("uuid", "tenant_uuid", "alarm_reason", "alarm_status", "last_status_change_time"),
        *("alarm_condition_type", "alarm_severity", "alarm_time", "alarm_time_local"),
    )
    message = {name: row[name] for name in same}
    kind = row["alarm_type"].replace("_", " ")
    message["serial_number"] = row["serial_no"]
    message["alarm_source_uuid"] = row["alarm_source_uuid"]
    message["alarm_type"] = kind
    message["processed_at"] = row["processed_at"]
    if kind == "measurement alarm":
        value = row["alarm_value"]
        message["alarm_delay"] = "300000"
        message["alarm_value"] = value if value is None else str(value)
        message["physical_unit"] = row["physical_unit"]
        message["physical_value"] = row.get("physical_property_name", row.get("physical_value"))
        message["physical_value_extension"] = row.get(
            "physical_extension", row.get("physical_value_extension")
        )
    return message
