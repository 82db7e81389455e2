"""A broker on a clock of its own, and whoever connects to it."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
import logging
from pathlib import Path

import aiohttp
import pytest

from custom_components.testo_smart_connect.clouds.stomp.connection import Address, Message
from custom_components.testo_smart_connect.clouds.stomp.listener import (
    Listener,
    State,
    Status,
    Subscription,
)
from tests.simulator import ManualClock
from tests.simulator.broker import Broker
from tests.simulator.virtual_time import VirtualTime

from .desk import SECRET, USER, Desk, Login


@dataclass(slots=True)
class Ears:
    """A listener that runs, and what it told."""

    time: VirtualTime
    task: asyncio.Future[None] = field(init=False)
    messages: list[Message] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)

    @property
    def states(self) -> list[State]:
        """Return the states it told, in order."""
        return [it.state for it in self.statuses]

    @property
    def bodies(self) -> list[bytes]:
        """Return the bodies of the messages."""
        return [it.body for it in self.messages]

    async def until(self, *states: State) -> None:
        """Wait until exactly these states were told."""
        await self.time.until(lambda: self.states == [*states])

    async def stop(self) -> None:
        """Stop listening."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


@dataclass(slots=True)
class Maker:
    """Makes listeners that share a session, a login and a time."""

    session: aiohttp.ClientSession
    desk: Desk
    login: Login
    time: VirtualTime
    made: list[Ears] = field(default_factory=list)

    @property
    def address(self) -> Address:
        """Return where the broker is."""
        return Address(url=self.desk.url, resource="pushed alarms", credential="password")

    def __call__(self, *queues: str) -> Ears:
        """Begin to listen."""
        ears = Ears(self.time)
        listener = Listener(
            self.session,
            Subscription(address=self.address, username=USER, queues=queues or ("alarms",)),
            self.login,
            expires=self.login.expires,
            on_message=ears.messages.append,
            on_state=ears.statuses.append,
            sleep=self.time.sleep,
            now=self.time.now,
        )
        ears.task = asyncio.ensure_future(listener.run())
        self.made.append(ears)
        return ears


@pytest.fixture
def time(clock: ManualClock) -> VirtualTime:
    return VirtualTime(clock)


@pytest.fixture
def login(time: VirtualTime) -> Login:
    return Login(time)


@pytest.fixture
def broker(time: VirtualTime, login: Login) -> Broker:
    return Broker(time.now, login.user_of, time.sleep)


@pytest.fixture
async def paper(socket_enabled: None) -> AsyncGenerator[Desk]:  # noqa: ARG001 - it allows sockets
    """Return a server that says what is written, unless a broker sits at it."""
    asyncio.get_running_loop().slow_callback_duration = 10
    desk = Desk()
    await desk.start()
    yield desk
    await desk.stop()


@pytest.fixture
async def listen(
    paper: Desk,
    broker: Broker,
    login: Login,
    time: VirtualTime,
    caplog: pytest.LogCaptureFixture,
) -> AsyncGenerator[Maker]:
    """Return what makes listeners to the broker; nobody ever logs the token."""
    caplog.set_level(logging.DEBUG)
    paper.handler = broker.handler
    async with aiohttp.ClientSession() as session:
        maker = Maker(session, paper, login, time)
        yield maker
        for ears in maker.made:
            await ears.stop()
            assert SECRET not in repr(ears)
    assert SECRET not in caplog.text


@pytest.fixture
def ears(listen: Maker) -> Ears:
    """Return a listener to the alarms of the broker, which has begun to connect."""
    return listen()


@pytest.fixture
def samples() -> dict[str, bytes]:
    """Return frames as the reference shows them, with invented contents, by name.

    The byte at the end of a frame is written as two signs there.
    """
    folder = Path(__file__).parent / "samples"
    return {
        path.stem: path.read_bytes().removesuffix(b"^@\n") + b"\0\n"
        for path in sorted(folder.iterdir())
    }
