"""Whatever the answers hold: values or a plain error come out, and nothing else."""

import asyncio
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
import threading
from typing import Any, ClassVar, override

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.testo_smart_connect.clouds.base import Answer, NewAlarm
from custom_components.testo_smart_connect.clouds.errors import (
    AuthenticationError,
    BadDataError,
    CloudError,
    RateLimitError,
    RefusedError,
    ServerError,
    TooLargeError,
)
from custom_components.testo_smart_connect.clouds.sensorist.cached import Cache, CachedTransport
from custom_components.testo_smart_connect.clouds.sensorist.cloud import Sensorist
from custom_components.testo_smart_connect.clouds.sensorist.commands import Commands
from custom_components.testo_smart_connect.clouds.sensorist.login import BasicLogin
from custom_components.testo_smart_connect.history.batch import Batch
from custom_components.testo_smart_connect.monitoring.codec import dump
from tests.hypothesis_profiles import fuzz

NOW = datetime(2026, 7, 1, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Script(CachedTransport):
    """A transport whose requests are answered by what is set."""

    def __init__(self) -> None:
        """Answer nothing yet; the network is never reached."""
        login = BasicLogin("password", "ann", "secret", {})
        super().__init__(None, "http://127.0.0.1", login, sleep=self._pass, now=lambda: self.time)  # type: ignore[arg-type]  # it is never used
        self.time = NOW
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, str]] = []
        self.cache = Cache()
        self.login = login.mark

    async def _pass(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    @override
    async def call(self, method: str, path: str, *_: Any, **__: Any) -> dict[str, Any]:
        """Return what is set for a path."""
        self.asked.append((method, path))
        answer = self.answers.get(path, {})
        if isinstance(answer, Exception):
            raise answer
        return dict(answer(len(self.asked)) if callable(answer) else answer)


def cloud(script: Script, learnt: Mapping[str, Any] | None = None) -> Sensorist:
    """Return an account."""
    login = BasicLogin("password", "ann", "secret", {})
    return Sensorist(script, login, lambda: script.time, learnt or {})


def counted(batches: Iterable[Batch]) -> int:
    """Count readings."""
    return sum(map(len, batches))


LEAF = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(["1", "501", "2026-07-01T09:00:00+0000", "out", "in", "above", "temp", "°C"]),
)
NAMES = st.sampled_from(
    (
        *("id", "serial", "title", "type", "unit", "name", "precision", "interval"),
        *("disconnected_date", "current_gateway_id", "date", "value", "seq", "state"),
        *("alarm", "data_source", "direction", "delay", "logs", "1", "501"),
    )
)
ANY = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(NAMES, inner, max_size=6),
        st.dictionaries(st.just("devices"), st.lists(inner, max_size=3), max_size=1),
    ),
    max_leaves=25,
)
ANSWER = st.dictionaries(
    st.sampled_from(
        (
            *("user", "gateways", "measurements", "next", "alarms", "history"),
            *("code", "max_age", "workflow", "callbacks"),
        )
    ),
    ANY,
)
PATHS = ("/users", "/gateways", "/measurements", "/alarms", "/alarms/history")


@fuzz()
@given(st.fixed_dictionaries(dict.fromkeys(PATHS, ANSWER)))
def test_nothing_else_comes_out(answers: dict[str, Any]) -> None:
    script = Script()
    script.answers = answers
    account = cloud(script)

    async def read() -> None:
        for work in (
            account.inventory(),
            account.status(),
            account.equipments(),
            account.transitions(NOW - HOUR, NOW),
            account.readings(NOW - HOUR, NOW, counted),
        ):
            try:
                found: Answer[Any] = await work
            except CloudError:
                continue
            dump(found.value)
            assert found.report.rows >= 0

    asyncio.run(read())
    stored = account.learnt
    again = Script()
    cloud(again, stored)
    assert again.cache.stored(script.time) == stored["cache"]


@pytest.mark.parametrize("learnt", [None, 5, {"x": 5}, {"x": {"until": "never"}}, {"x": {}}])
def test_what_was_stored_otherwise_is_forgotten(learnt: Any) -> None:
    script = Script()
    cloud(script, {"cache": learnt})
    assert not script.cache.kept


@given(st.text())
def test_nothing_is_ever_deleted_without_an_id(identity: str) -> None:
    """Such a path would delete all there is."""
    script = Script()
    script.answers["/alarms"] = {
        "alarms": [{"id": identity, "data_source": 1, "value": 5, "direction": "above"}]
    }
    account = cloud(script)
    for work in (account.delete_alarm(identity), account.unregister(identity)):
        try:
            asyncio.run(work)
        except CloudError:
            continue
    deleted = [path for method, path in script.asked if method == "DELETE"]
    for path in deleted:
        name, _, number = path.removeprefix("/").partition("/")
        assert name in {"alarms", "callbacks"}
        assert number.isdecimal()


def test_an_answer_that_is_too_long_to_store_is_not_asked_for_again() -> None:
    script = Script()
    script.answers["/x"] = {"text": "x" * 300_000}

    async def read() -> None:
        for _ in range(2):
            await script.get("/x", {}, "reading", "x")
        stored = script.cache.stored(script.time)
        script.cache = Cache()
        script.cache.learn(stored, script.login)
        with pytest.raises(RateLimitError):
            await script.get("/x", {}, "reading", "x")
        script.time += 2 * HOUR
        await script.get("/x", {}, "reading", "x")

    asyncio.run(read())
    assert len(script.asked) == 2


def test_an_error_in_an_answer_is_not_asked_for_again() -> None:
    """Not by the login that got it, nor after a restart; another login is another question."""
    script = Script()
    script.answers["/x"] = {"code": 500, "max_age": 1200}

    async def read(error: type[CloudError]) -> None:
        with pytest.raises(error):
            await script.get("/x", {}, "reading", "x")

    async def work() -> None:
        for minutes in (0, 5, 14):
            script.time += timedelta(minutes=minutes)
            await read(ServerError)
        stored, mine = script.cache.stored(script.time), script.login
        script.login = "another"
        await read(ServerError)
        assert len(script.asked) == 2
        script.cache, script.login = Cache(), mine
        script.cache.learn(stored, mine)
        await read(RateLimitError)
        assert len(script.asked) == 2
        script.time += timedelta(minutes=2)
        await read(ServerError)
        assert len(script.asked) == 3

    asyncio.run(work())


def test_an_answer_that_is_too_large_is_not_asked_for_again() -> None:
    script = Script()
    script.answers["/x"] = TooLargeError("reading", "x", "far too much")
    for _ in range(2):
        with pytest.raises(TooLargeError):
            asyncio.run(script.get("/x", {}, "reading", "x"))
    assert len(script.asked) == 1


CREATED = {"id": 7, "data_source": 1, "value": 5, "direction": "above", "delay": 0}


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"alarm": CREATED}, "7"),
        ({"alarms": [CREATED]}, "7"),
        ({}, None),
        ({"alarms": [CREATED, CREATED]}, None),
    ],
)
def test_the_alarm_that_was_created(answer: dict[str, Any], found: str | None) -> None:
    script = Script()
    script.answers["/alarms"] = answer
    alarm = NewAlarm(channel=("sensor_1", 1), direction="above", value=5.0)
    assert asyncio.run(cloud(script).create_alarm(alarm)) == found


@pytest.mark.parametrize(
    "change", [{"value": 6}, {"direction": "below"}, {"delay": 3}, {"id": None}]
)
def test_another_alarm_than_was_meant_is_said(change: dict[str, Any]) -> None:
    script = Script()
    script.answers["/alarms"] = {"alarm": {**CREATED, **change}}
    alarm = NewAlarm(channel=("sensor_1", 1), direction="above", value=5.0)
    with pytest.raises(BadDataError):
        asyncio.run(cloud(script).create_alarm(alarm))


@pytest.mark.parametrize(
    ("workflow", "end"),
    [
        ({"id": 1, "state": "finished"}, "done"),
        ({"id": 1, "status": "SUCCESS"}, "done"),
        ({"id": 1, "result": "ok"}, "done"),
        ({"id": 1, "state": "error"}, "failed"),
        ({"id": 1, "state": "running"}, "unknown"),
        ({"state": "running"}, "unknown"),
        ({"id": 1}, "unknown"),
    ],
)
def test_how_a_command_ends(workflow: dict[str, Any], end: str) -> None:
    script = Script()
    script.answers["/gateways/5/commands"] = {"workflow": workflow}
    script.answers["/workflows/1"] = {"workflow": workflow, "max_age": 10}

    async def work() -> str:
        return str(await (await Commands(script).give("gateway_5", "reboot")))

    assert asyncio.run(work()) == end


def test_a_gateway_that_takes_the_answer_with_it() -> None:
    script = Script()
    script.answers["/gateways/5/commands"] = {"workflow": {"id": 1, "state": "running"}}
    script.answers["/workflows/1"] = BadDataError("following", "command", "torn")

    async def work() -> str:
        return str(await (await Commands(script).give("gateway_5", "pairing")))

    assert asyncio.run(work()) == "unknown"
    with pytest.raises(RefusedError):
        asyncio.run(Commands(script).give("sensor_5", "reboot"))


def test_a_callback_without_an_id_is_none() -> None:
    script = Script()
    with pytest.raises(BadDataError):
        asyncio.run(cloud(script).register("https://example.com/x"))
    script = Script()
    script.answers["/callbacks"] = {"other": [{"id": 9, "url": "https://example.com/x"}]}
    assert asyncio.run(cloud(script).register("https://example.com/x")) == "9"


def test_a_login_that_was_refused_is_not_sent_again() -> None:
    login = BasicLogin("password", "ann", "secret", {})
    assert not asyncio.run(login.renew({}))
    for again in (login, BasicLogin("password", "ann", "secret", login.secret)):
        with pytest.raises(AuthenticationError):
            asyncio.run(again.headers())
    asyncio.run(BasicLogin("password", "ann", "another", login.secret).headers())


TREE = {
    "gateways": [
        {
            "id": 5,
            "devices": [
                {"id": 6, "devices": [{"id": 1, "interval": 900, "type": {"name": "temp"}}]},
                "torn",
            ],
        }
    ]
}


@pytest.mark.parametrize(
    ("measurements", "found", "rejected"),
    [
        ([], 0, {}),
        ({"1": {"date": "2026-07-01T09:30:00+0000", "value": 5, "type": 1}}, 1, {}),
        ({"1": [{"date": "2026-07-01T09:30:00+0000", "value": 5}]}, 1, {}),
        ({"1": [{"date": "2026-07-01T09:30:00+0000", "value": None, "type": 1}]}, 0, {}),
        ({"1": [{"date": "2027-07-01T09:30:00+0000", "value": 5}]}, 0, {"ahead_of_time": 1}),
        ({"1": ["torn"]}, 0, {"no_object": 1}),
        ({"1": [{"value": 5}]}, 0, {"no_date": 1}),
        ({"99": [{"date": "2026-07-01T09:30:00+0000", "value": 5}]}, 0, {}),
        ({"one": [{"date": "2026-07-01T09:30:00+0000", "value": 5}]}, 0, {}),
    ],
)
def test_rows_of_all_sorts(measurements: Any, found: int, rejected: dict[str, int]) -> None:
    script = Script()
    script.answers = {"/gateways": TREE, "/measurements": {"measurements": measurements}}
    answer = asyncio.run(cloud(script).readings(NOW - HOUR, NOW, counted))
    assert (answer.value, dict(answer.report.rejected)) == (found, rejected)


def test_pages_that_never_end_are_an_end() -> None:
    """Each is another one, so that only their number tells."""
    script = Script()

    def page(number: int) -> dict[str, Any]:
        rows = [{"date": "2026-07-01T09:30:00+0000", "value": number}]
        return {"measurements": {"1": rows}, "next": number}

    script.answers = {"/gateways": TREE, "/measurements": page}
    answer = asyncio.run(cloud(script).readings(NOW - HOUR, NOW, counted))
    assert answer.value == 400


def test_an_entry_of_an_unknown_source_or_state_says_nothing() -> None:
    script = Script()
    log = [
        {"alarm": "9", "data_source": 77, "date": "2026-07-01T09:30:00+0000", "state": "out"},
        {"alarm": "9", "data_source": 1, "date": "2026-07-01T09:31:00+0000", "state": "maybe"},
        {"alarm": "9", "data_source": 1, "date": "2026-07-01T09:32:00+0000", "state": "out"},
    ]
    script.answers = {
        "/gateways": TREE,
        "/alarms": {"alarms": [{"id": 9, "data_source": 55, "value": 5, "direction": "above"}]},
        "/alarms/history": {"history": [*log, {**log[-1], "alarm": "10"}]},
    }
    account = cloud(script)
    assert asyncio.run(account.transitions(NOW - HOUR, NOW)).value == ()
    assert asyncio.run(account.equipments()).value == ()
    script.answers["/alarms"] = {"alarms": [{**CREATED, "id": 10}]}
    script.time += HOUR
    (row,) = asyncio.run(account.transitions(NOW - HOUR, NOW)).value
    assert (row.condition, row.limit, row.channel) == ("upper", 5.0, 1)


def test_what_was_stored_of_alarms_may_be_damaged() -> None:
    script = Script()
    script.answers = {"/gateways": TREE, "/alarms": {"alarms": [CREATED]}}
    account = cloud(script)
    asyncio.run(account.equipments())
    stored = account.learnt["alarms"]
    assert cloud(script, {"alarms": ["torn", *stored, {"alarm": 1}]}).learnt["alarms"] == stored
    assert cloud(script, {"alarms": "torn"}).learnt["alarms"] == []


def test_a_clock_that_is_set_back_keeps_nothing_for_ever() -> None:
    script = Script()
    asyncio.run(script.get("/x", {}, "reading", "x"))
    script.time -= 40 * 24 * HOUR
    asyncio.run(script.get("/x", {}, "reading", "x"))
    assert len(script.asked) == 2


def test_an_answer_is_good_from_when_it_came() -> None:
    script = Script()

    def slow(_count: int) -> dict[str, Any]:
        script.time += timedelta(seconds=31)
        return {"max_age": 900}

    script.answers["/x"] = slow
    asyncio.run(script.get("/x", {}, "reading", "x"))
    script.time += timedelta(seconds=890)
    asyncio.run(script.get("/x", {}, "reading", "x"))
    assert len(script.asked) == 1


def test_no_lock_is_kept_of_what_was_asked_long_ago() -> None:
    script = Script()
    for number in range(20):
        asyncio.run(script.get(f"/x/{number}", {}, "reading", "x"))
        script.time += HOUR
    assert len(script.cache.asking) <= 2


def test_what_is_no_log_is_not_taken_for_an_empty_one() -> None:
    script = Script()
    script.answers = {
        "/gateways": TREE,
        "/alarms": {"alarms": [CREATED]},
        "/alarms/history": {"history": {"count": 1}},
    }
    with pytest.raises(BadDataError):
        asyncio.run(cloud(script).transitions(NOW - HOUR, NOW))


def test_what_is_stored_anew_is_the_same_reading() -> None:
    script = Script()
    row = {"date": "2026-07-01T09:30:00+0000", "value": 5, "type": 1}
    seqs = (1_782_898_200_000_000, 1_782_899_000_000_000)
    rows = [{**row, "seq": seq} for seq in seqs]
    script.answers = {"/gateways": TREE, "/measurements": {"measurements": {"1": rows}}}

    def named(batches: Iterable[Batch]) -> set[str]:
        return {it.uuid for batch in batches for it in batch}

    assert len(asyncio.run(cloud(script).readings(NOW - HOUR, NOW, named)).value) == 1


class Row(dict[str, Any]):
    """A row that remembers which threads have looked at it."""

    seen: ClassVar[set[int]] = set()

    @override
    def get(self, key: str, default: Any = None, /) -> Any:
        """Return a value."""
        self.seen.add(threading.get_ident())
        return super().get(key, default)


def test_rows_are_read_beside_the_loop() -> None:
    """A page has 5,000 of them."""
    script = Script()
    row = {"date": "2026-07-01T09:30:00+0000", "value": 5, "type": 1}
    source = Row({"id": 1, "interval": 900, "type": {"name": "temp"}})
    script.answers = {
        "/gateways": {"gateways": [{"id": 5, "devices": [{"id": 6, "devices": [source]}]}]},
        "/measurements": {"measurements": {"1": [Row(row)]}},
    }
    assert asyncio.run(cloud(script).readings(NOW - HOUR, NOW, counted)).value == 1
    assert Row.seen
    assert threading.get_ident() not in Row.seen


def test_a_write_that_is_broken_off_leaves_nothing_that_was_asked() -> None:
    """Only what is read counts as asked: of a write nothing is kept."""
    script = Script()

    def break_off(_count: int) -> Mapping[str, Any]:
        raise asyncio.CancelledError

    script.answers = {"/alarms": {"alarms": [CREATED]}, "/alarms/7": break_off}
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cloud(script).delete_alarm("7"))
    assert script.asked[-1] == ("DELETE", "/alarms/7")
    assert not any("/alarms/7" in url for url in script.cache.kept)


def test_an_event_is_the_same_with_and_without_an_id() -> None:
    """A log may begin to give ids, or stop that, or tell an event twice with two of them."""
    script = Script()
    row = {"alarm": 7, "date": "2026-07-01T09:30:00+0000", "state": "out"}
    log = [row, {**row, "id": 1}, {**row, "id": 2}]
    script.answers = {
        "/gateways": TREE,
        "/alarms": {"alarms": [CREATED]},
        "/alarms/history": {"history": log},
    }
    found = asyncio.run(cloud(script).transitions(NOW - HOUR, NOW)).value
    assert len({it.uuid for it in found}) == 1
