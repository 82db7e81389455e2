"""A connection that is kept alive, in time that passes at once."""

import asyncio
from datetime import timedelta
from types import CoroutineType

import pytest

from custom_components.testo_smart_connect.clouds.errors import (
    AuthenticationError,
    CloudConnectionError,
    RateLimitError,
    ServerError,
)
from custom_components.testo_smart_connect.clouds.stomp.connection import Message
from custom_components.testo_smart_connect.clouds.stomp.errors import (
    QueueRefusedError,
    TooManyConnectionsError,
)
from custom_components.testo_smart_connect.clouds.stomp.listener import State, Status
from tests.simulator.broker import Broker
from tests.simulator.virtual_time import VirtualTime

from .conftest import Ears, Maker
from .desk import USER, Login, refused

UP, DOWN, REFUSED = State.UP, State.DOWN, State.REFUSED
MINUTE = 60.0
HOUR = 3600.0
BEATS = {8.0, 10.0, 15.0, 30.0}
"""Seconds of the sleeps that belong to a connection, not between two."""


def pauses(time: VirtualTime) -> list[float]:
    """Return the pauses between connections so far."""
    return [it for it in time.slept if it not in BEATS]


def rung(pause: float) -> float:
    """Return a pause without its jitter."""
    known = (5, 10, 20, 40, 80, 160, 300, 480, 600, 900, 1200, 2400, 3600)
    (found,) = (it for it in known if it <= pause <= it * 1.1)
    return found


def running() -> list[str]:
    """Return the files of those coroutines that still run for a connection."""
    coroutines = [it.get_coro() for it in asyncio.all_tasks()]
    files = [it.cr_code.co_filename for it in coroutines if isinstance(it, CoroutineType)]
    assert files
    return [it for it in files if "custom_components" in it or "virtual_time" in it]


async def test_message_arrives(ears: Ears, broker: Broker, time: VirtualTime) -> None:
    await ears.until(UP)
    await time.until(lambda: len(broker.frames) == 2)
    broker.publish(USER, "alarms", {"uuid": "a1"})
    await time.until(lambda: ears.messages)
    assert ears.messages == [Message("alarms", b'{"uuid":"a1"}')]
    (_, connect), (_, subscribe) = broker.frames
    assert connect == {
        "accept-version": "1.2",
        "host": "127.0.0.1",
        "heart-beat": "10000,10000",
        "Authorization": "Bearer s3cr3t-token-0",
    }
    assert subscribe == {
        "id": "sub-alarms",
        "destination": f"/queue/{USER}/alarms",
        "ack": "auto",
    }


async def test_buffered_messages_arrive_in_order(ears: Ears, broker: Broker) -> None:
    for number in range(20):
        broker.publish(USER, "alarms", {"n": number})
    await ears.time.until(lambda: len(ears.messages) == 20)
    assert ears.bodies == [b'{"n":%d}' % number for number in range(20)]


async def test_stays_up_by_heart_beats(ears: Ears, broker: Broker, time: VirtualTime) -> None:
    await ears.until(UP)
    await time.advance(50 * MINUTE)
    assert ears.states == [UP]
    assert broker.connects == 1
    assert broker.peers[0].beats >= 50 * 6


async def test_silent_broker_is_left(ears: Ears, broker: Broker, time: VirtualTime) -> None:
    await ears.until(UP)
    broker.faults.silent = True
    await time.advance(14)
    assert ears.states == [UP]
    await time.advance(2)
    assert ears.states == [UP, DOWN]
    assert isinstance(ears.statuses[-1].error, CloudConnectionError)
    broker.faults.silent = False
    await time.advance(6)
    await ears.until(UP, DOWN, UP)


async def test_pauses_grow_and_begin_anew(ears: Ears, broker: Broker, time: VirtualTime) -> None:
    await ears.until(UP)
    broker.faults.unable = True
    await broker.cut()
    await time.advance(HOUR)
    found = [rung(it) for it in pauses(time)]
    assert found[:8] == [5, 10, 20, 40, 80, 160, 300, 300]
    assert ears.states == [UP, DOWN, DOWN]
    assert isinstance(ears.statuses[-1].error, ServerError)
    assert len({*pauses(time)}) == len(pauses(time))

    broker.faults.unable = False
    await time.advance(6 * MINUTE)
    await ears.until(UP, DOWN, DOWN, UP)
    await broker.cut()
    await time.settle()
    assert rung(pauses(time)[-1]) == 300
    await time.advance(6 * MINUTE)
    await time.advance(11 * MINUTE)
    await broker.cut()
    await time.settle()
    assert rung(pauses(time)[-1]) == 5


async def test_reconnects_before_the_token_ends(
    listen: Maker, broker: Broker, login: Login, time: VirtualTime
) -> None:
    login.lifetime = timedelta(hours=1)
    broker.faults.close_at_token_end = True
    ears = listen()
    await ears.until(UP)
    for number in range(5 * 60):
        broker.publish(USER, "alarms", {"n": number})
        await time.advance(MINUTE)
    assert ears.states == [UP]
    assert ears.bodies == [b'{"n":%d}' % number for number in range(5 * 60)]
    assert broker.connects == 6
    assert login.renewals == 5
    assert {name for name, _ in broker.frames} == {"CONNECT", "SUBSCRIBE", "DISCONNECT"}
    tokens = [headers["Authorization"] for name, headers in broker.frames if name == "CONNECT"]
    assert len({*tokens}) == 6


async def test_message_on_its_way_at_the_end_of_a_token(
    listen: Maker, broker: Broker, login: Login, time: VirtualTime
) -> None:
    """What the broker sent before it confirms the leave is not lost."""
    login.lifetime = timedelta(hours=1)
    ears = listen()
    await ears.until(UP)
    await time.advance(58 * MINUTE - 1)
    broker.faults.no_receipt = True
    await time.advance(1)
    broker.publish(USER, "alarms", {"n": 1})
    await time.until(lambda: ears.messages)
    assert broker.connects == 1
    await time.advance(11)
    assert broker.connects == 2
    assert ears.states == [UP]


async def test_token_without_an_end(
    ears: Ears, broker: Broker, login: Login, time: VirtualTime
) -> None:
    await ears.until(UP)
    await time.advance(3 * HOUR)
    assert broker.connects == 1
    assert login.renewals == 0


async def test_token_that_ends_soon(
    listen: Maker, broker: Broker, login: Login, time: VirtualTime
) -> None:
    login.lifetime = timedelta(minutes=5)
    broker.faults.close_at_token_end = True
    ears = listen()
    await ears.until(UP)
    await time.advance(31 * MINUTE)
    assert ears.states == [UP]
    assert (broker.connects, login.renewals) == (11, 10)


async def test_token_that_ends_at_once(
    listen: Maker, broker: Broker, login: Login, time: VirtualTime
) -> None:
    """A token that is always about to end makes no storm of connections or logins."""
    login.lifetime = timedelta(minutes=1)
    broker.faults.close_at_token_end = True
    ears = listen()
    await ears.until(UP)
    await time.advance(30 * MINUTE)
    assert ears.states[:3] == [UP, DOWN, UP]
    assert 4 <= broker.connects <= 12
    assert login.renewals == broker.connects - 1


async def test_refused_token_is_renewed_at_once(
    ears: Ears, broker: Broker, login: Login, time: VirtualTime
) -> None:
    await ears.until(UP)
    login.good.clear()
    await broker.cut()
    await time.advance(6)
    await ears.until(UP, DOWN, UP)
    assert login.renewals == 1
    assert [rung(it) for it in pauses(time)] == [5]


async def test_refused_for_good_is_tried_slowly(
    listen: Maker, broker: Broker, login: Login, time: VirtualTime
) -> None:
    broker.faults.refuse_authorization = True
    ears = listen()
    await ears.until(DOWN)
    error = ears.statuses[-1].error
    assert isinstance(error, AuthenticationError)
    assert error.credential == "password"
    await time.advance(4 * HOUR)
    assert [rung(it) for it in pauses(time)][:5] == [600, 1200, 2400, 3600, 3600]
    # One login more may help; one that did not is not repeated.
    assert broker.connects == 1 + len(pauses(time))
    assert login.renewals == 1
    broker.faults.refuse_authorization = False
    await time.advance(2 * HOUR)
    assert ears.states == [DOWN, UP]


async def test_only_a_person_can_help(
    listen: Maker, broker: Broker, login: Login, time: VirtualTime
) -> None:
    broker.faults.refuse_authorization = login.hopeless = True
    ears = listen()
    await ears.until(DOWN)
    assert broker.connects == 1
    await time.settle()
    assert [rung(it) for it in pauses(time)] == [600]


async def test_login_is_refused(
    listen: Maker, broker: Broker, login: Login, time: VirtualTime
) -> None:
    """A refused login is not repeated at once: no new proof is asked for."""
    login.failing = refused()
    ears = listen()
    await ears.until(DOWN)
    await time.advance(5 * MINUTE)
    assert (broker.connects, login.renewals) == (0, 0)
    assert [rung(it) for it in pauses(time)] == [600]


async def test_login_is_out_of_reach(
    ears: Ears, broker: Broker, login: Login, time: VirtualTime
) -> None:
    """What hinders the renewal is tried again soon, and the renewal with it."""
    await ears.until(UP)
    login.failing = CloudConnectionError("login", "token", "ClientOSError")
    login.good.clear()
    await broker.cut()
    await time.advance(20)
    assert [rung(it) for it in pauses(time)] == [5, 10, 20]
    assert login.renewals == 2
    login.failing = None
    await time.advance(20)
    await ears.until(UP, DOWN, UP)


async def test_others_hold_all_connections(
    listen: Maker, broker: Broker, time: VirtualTime
) -> None:
    broker.faults.full = True
    ears = listen()
    await ears.until(DOWN)
    assert isinstance(ears.statuses[-1].error, TooManyConnectionsError)
    await time.advance(3 * HOUR)
    assert [rung(it) for it in pauses(time)] == [600, 1200, 2400, 3600, 3600]
    broker.faults.full = False
    await time.advance(2 * HOUR)
    await ears.until(DOWN, UP)


@pytest.mark.parametrize(("told", "waited"), [(480_000, 600), (900_000, 900), (1, 600)])
async def test_broker_asks_to_wait(
    listen: Maker, broker: Broker, time: VirtualTime, told: int, waited: int
) -> None:
    broker.faults.wait_ms = told
    ears = listen()
    await ears.until(DOWN)
    error = ears.statuses[-1].error
    assert isinstance(error, RateLimitError)
    assert error.retry_after == told / 1000
    broker.faults.wait_ms = None
    await time.settle()
    assert [rung(it) for it in pauses(time)] == [waited]
    await time.advance(waited - 1)
    assert broker.connects == 1
    await time.advance(waited * 0.1 + 1)
    await ears.until(DOWN, UP)


async def test_permission_is_missing(listen: Maker, broker: Broker) -> None:
    broker.faults.refused_queues = {"alarms"}
    ears = listen()
    await asyncio.wait_for(ears.task, 5)
    assert ears.states == [UP, REFUSED]
    last = ears.statuses[-1]
    assert last == Status(state=REFUSED, refused=frozenset({"alarms"}))
    assert isinstance(last.error, QueueRefusedError)
    assert last.error.queue == "alarms"
    await ears.time.until(lambda: not broker.peers)
    assert broker.connects == 1


async def test_one_of_two_queues_is_refused(
    listen: Maker, broker: Broker, time: VirtualTime
) -> None:
    broker.faults.refused_queues = {"measurements-v2"}
    broker.publish(USER, "alarms", {"n": 1})
    ears = listen("measurements-v2", "alarms")
    await time.until(lambda: ears.messages)
    refused_queues = frozenset({"measurements-v2"})
    assert ears.statuses == [Status(state=UP), Status(state=UP, refused=refused_queues)]
    await time.advance(10 * MINUTE)
    assert broker.connects == 2
    assert not ears.task.done()


async def test_unknown_queue_is_refused(broker: Broker, listen: Maker) -> None:
    """If nobody knows which queue is meant, none is asked for again and again."""
    broker.faults.refused_queues = {"a\\b:c"}
    other = listen("x/a\\b:c")
    await asyncio.wait_for(other.task, 5)
    assert other.states == [UP, REFUSED]


async def test_two_share_the_messages(listen: Maker, broker: Broker, time: VirtualTime) -> None:
    first, second = listen(), listen()
    await time.until(lambda: len(broker.frames) == 4)
    for number in range(10):
        broker.publish(USER, "alarms", {"n": number})
    await time.until(lambda: len(first.messages) + len(second.messages) == 10)
    assert len(first.messages) == len(second.messages) == 5
    assert not {*first.bodies} & {*second.bodies}


async def test_fifth_connection_of_a_user(listen: Maker, time: VirtualTime) -> None:
    four = [listen() for _ in range(4)]
    await time.until(lambda: all(it.states == [UP] for it in four))
    fifth = listen()
    await fifth.until(DOWN)
    await four[0].stop()
    await time.advance(12 * MINUTE)
    await fifth.until(DOWN, UP)


async def test_messages_of_an_outage_arrive_later(
    ears: Ears, broker: Broker, time: VirtualTime
) -> None:
    await ears.until(UP)
    broker.faults.unable = True
    await broker.cut()
    for number in range(3):
        broker.publish(USER, "alarms", {"n": number})
    await time.advance(MINUTE)
    assert broker.waiting(USER, "alarms") == 3
    broker.faults.unable = False
    await time.advance(2 * MINUTE)
    assert ears.bodies == [b'{"n":%d}' % number for number in range(3)]


async def test_redelivery_is_passed_on(listen: Maker, broker: Broker, time: VirtualTime) -> None:
    """Whether a message is new can only be told by what it says."""
    broker.faults.duplicates = True
    broker.publish(USER, "alarms", {"n": 1})
    ears = listen()
    await time.until(lambda: ears.messages)
    await broker.cut()
    await time.advance(6)
    assert ears.bodies == [b'{"n":1}'] * 2


async def test_stop_takes_leave(ears: Ears, broker: Broker, time: VirtualTime) -> None:
    await ears.until(UP)
    await ears.stop()
    assert ears.task.cancelled()
    await time.until(lambda: not broker.peers)
    assert [name for name, _ in broker.frames] == ["CONNECT", "SUBSCRIBE", "DISCONNECT"]
    await time.settle()
    assert not running()


async def test_stop_before_the_broker_answers(
    listen: Maker, broker: Broker, time: VirtualTime
) -> None:
    broker.faults.mute = True
    ears = listen()
    await time.until(lambda: broker.connects)
    await ears.stop()
    await time.until(lambda: len(broker.frames) == 2)
    assert broker.frames[-1][0] == "DISCONNECT"
    await time.settle()
    assert ears.statuses == []
    assert not running()


async def test_stop_within_a_pause(listen: Maker, broker: Broker, time: VirtualTime) -> None:
    broker.faults.unable = True
    ears = listen()
    await ears.until(DOWN)
    await ears.stop()
    await time.advance(HOUR)
    assert broker.connects == 1
