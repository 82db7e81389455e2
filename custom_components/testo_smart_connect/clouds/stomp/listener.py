"""Keeps a connection to a broker alive, for as long as the account may have one.

Facts: Saveris Data API reference, appendix A, "Conduct of a client".
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
import random

import aiohttp

from ..base import Credentials
from ..errors import AuthenticationError, CloudError, RateLimitError
from ..http.transport import Sleep
from .connection import Address, Connection, Message, connected
from .errors import QueueRefusedError, TooManyConnectionsError
from .timer import stopped

_QUICK = (5.0, 300.0)
"""Seconds of the first and of the longest pause after a failure that may soon be over."""
_SLOW = (600.0, 3600.0)
"""The same where others or a person have to do something before."""
_RATE_LIMIT = 600.0
"""Seconds to wait at least when the broker asks to wait."""
_QUIET = timedelta(minutes=10)
"""After a connection that lasted so long, the next failure is a first one."""
_BEFORE_END = timedelta(minutes=2)
"""How long before the end of a token a new connection with a new one is made."""
_JITTER = 0.1
"""Part of a pause that is added at most, so that not all clients come back at once."""
_TOO_LONG = 16
"""Failures in a row after which no pause grows any more."""


class State(StrEnum):
    """Whether messages arrive."""

    UP = "up"
    """They do. A queue may still be refused a moment after that was told."""
    DOWN = "down"
    """They do not, but it is tried again."""
    REFUSED = "refused"
    """They never will: the account lacks the permission or licence for each queue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the user of a listener should know."""

    state: State
    refused: frozenset[str] = frozenset()
    """Queues for which the account lacks the permission or licence."""
    error: CloudError | None = field(default=None, compare=False)
    """Why it is down or refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Whose queues are listened to."""

    address: Address
    username: str
    """The one that the token was issued for."""
    queues: tuple[str, ...]
    """The last parts of their names, such as ``alarms``."""


class Listener:
    """Listens to queues of one account, with one connection at a time."""

    def __init__(  # noqa: PLR0913  what to listen to, what with, whom to tell, what time is
        self,
        session: aiohttp.ClientSession,
        subscription: Subscription,
        credentials: Credentials,
        *,
        expires: Callable[[], datetime | None],
        on_message: Callable[[Message], None],
        on_state: Callable[[Status], None],
        sleep: Sleep = asyncio.sleep,
        now: Callable[[], datetime],
    ) -> None:
        """Use a session that belongs to somebody else, and a clock of UTC.

        ``expires`` tells when the proof ends that the credentials give now (UTC), None if
        nobody knows. The credentials give it as headers of the first frame.
        """
        self._session = session
        self._subscription = subscription
        self._credentials = credentials
        self._expires = expires
        self._on_message = on_message
        self._on_state = on_state
        self._sleep = sleep
        self._now = now
        self._queues = list(subscription.queues)
        self._told: Status | None = None
        self._failures = 0
        self._used: Mapping[str, str] | None = None
        """The proof of the last connection."""
        self._renewed = False
        """Whether a new proof was got since the last connection that lasted."""

    async def run(self) -> None:
        """Listen until cancelled, or until each queue is refused.

        What a callback raises ends it as well.
        """
        while self._queues:
            try:
                await self._listen()
            except QueueRefusedError as err:
                self._drop(err)
            except CloudError as err:
                self._tell(State.DOWN, err)
                await self._sleep(self._pause(err))

    async def _listen(self) -> None:
        """Listen over one connection; get a new proof if this one is refused, but once."""
        proof = await self._credentials.headers()
        if proof == self._used and self._left() <= timedelta():
            await self._credentials.renew(proof)
            proof = await self._credentials.headers()
        self._used = proof
        try:
            await self._attend(proof)
        except AuthenticationError:
            if self._renewed or not await self._credentials.renew(proof):
                raise
            self._renewed = True

    async def _attend(self, proof: Mapping[str, str]) -> None:
        """Listen until shortly before the proof ends.

        One that ends so soon even when it is new is used until the broker refuses it.
        """
        begun, left = self._now(), self._left()
        address, username = self._subscription.address, self._subscription.username
        try:
            async with connected(self._session, address, proof, sleep=self._sleep) as connection:
                for queue in self._queues:
                    await connection.subscribe(username, queue)
                self._tell(State.UP)
                leaving = asyncio.ensure_future(self._leave(connection, left))
                try:
                    await connection.listen(self._on_message)
                finally:
                    await stopped(leaving)
        finally:
            if self._now() - begun >= _QUIET:
                self._failures, self._renewed = 0, False

    async def _leave(self, connection: Connection, left: timedelta) -> None:
        """End a connection before its proof ends; what is on its way still arrives."""
        if timedelta() < left < timedelta.max:
            await self._sleep(left.total_seconds())
            await connection.leave()

    def _left(self) -> timedelta:
        """Return for how long the proof may be used."""
        end = self._expires()
        return timedelta.max if end is None else end - _BEFORE_END - self._now()

    def _drop(self, err: QueueRefusedError) -> None:
        """Go on without a queue; if nobody knows which one it is, without all."""
        left = [queue for queue in self._queues if queue != err.queue]
        self._queues = left if len(left) < len(self._queues) else []
        self._tell(State.UP if self._queues else State.REFUSED, err)

    def _pause(self, err: CloudError) -> float:
        """Return the seconds to wait after a failure."""
        slow = isinstance(err, TooManyConnectionsError | AuthenticationError)
        first, longest = _SLOW if slow else _QUICK
        pause = min(first * (1 << min(self._failures, _TOO_LONG)), longest)
        if isinstance(err, RateLimitError):
            pause = max(_RATE_LIMIT, err.retry_after or 0.0)
        self._failures += 1
        return pause * random.uniform(1, 1 + _JITTER)  # noqa: S311  no secret hangs on it

    def _tell(self, state: State, error: CloudError | None = None) -> None:
        """Tell what changed: the state, the queues, or why nothing arrives."""
        refused = frozenset(self._subscription.queues) - {*self._queues}
        status = Status(state=state, refused=refused, error=error)
        before = self._told
        other_reason = before is not None and type(error) is not type(before.error)
        if status != before or (state is State.DOWN and other_reason):
            self._told = status
            self._on_state(status)
