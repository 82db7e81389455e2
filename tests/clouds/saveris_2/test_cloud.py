"""Whatever the three answers hold: values or a plain error come out, and nothing else."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.testo_smart_connect.clouds.base import Answer
from custom_components.testo_smart_connect.clouds.errors import BadDataError
from custom_components.testo_smart_connect.clouds.saveris_2.cloud import Saveris2
from custom_components.testo_smart_connect.clouds.saveris_2.known import KnownChannels
from custom_components.testo_smart_connect.monitoring.codec import dump
from custom_components.testo_smart_connect.monitoring.model import Device
from tests.hypothesis_profiles import fuzz

NOW = datetime(2026, 7, 1, 10, tzinfo=UTC)


class Script:
    """Answers each call with what is set; stands for the transport, which has tests of its own."""

    def __init__(self) -> None:
        """Answer nothing yet."""
        self.answer: dict[str, Any] = {}
        self.rested = 0.0
        self.now = NOW + timedelta(days=20)

    async def counted(self, path: str, doing: str, resource: str) -> dict[str, Any]:
        """Return what is set."""
        assert path.startswith("/measuringPoint")
        assert doing
        assert resource
        return self.answer

    def rest(self, seconds: float) -> None:
        """Take note."""
        self.rested = seconds


def cloud(script: Script, learnt: Any = None) -> Saveris2:
    """Return an account."""
    return Saveris2(script, "tenant", lambda: script.now, {"channels": learnt})  # type: ignore[arg-type]  # it does what is asked of it


def ask[T](read: Coroutine[Any, Any, Answer[T]]) -> Answer[T]:
    """Run a read."""
    return asyncio.run(read)


def device(account: Saveris2) -> Device:
    """Return the one logger that an account has after a read of its values."""
    inventory = ask(account.newest()).value.inventory
    assert inventory is not None
    (found,) = inventory.devices
    return found


def value(at: datetime, name: str = "T3_90000104_0", point: str = "aB3xK", **more: Any) -> Any:
    """Return a row with a value."""
    return {
        "measuringPointId": point,
        "channelName": name,
        "isoValue": "4.5",
        "isoUnit": "°C",
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        **more,
    }


def test_what_was_learnt_survives_a_restart() -> None:
    script = Script()
    first = cloud(script)
    for hours in range(6):
        script.answer = {"measuringPoints": [value(NOW + timedelta(hours=3 * hours))]}
        told = device(first)
    second = cloud(script, first.learnt["channels"])
    assert device(second) == told
    assert told.longest_gap == timedelta(hours=3)


@pytest.mark.parametrize("learnt", [None, 5, [5], [{"name": 5}], {"a": 1}, [{"name": "x"}]])
def test_what_is_not_understood_of_it_is_forgotten(learnt: Any) -> None:
    assert KnownChannels.of(learnt) == KnownChannels()


def test_one_outage_is_no_habit() -> None:
    script = Script()
    account = cloud(script)
    times = [NOW, NOW + timedelta(hours=1), NOW + timedelta(days=9)]
    times += [times[-1] + timedelta(hours=n) for n in range(1, 4)]
    for at in times:
        script.answer = {"measuringPoints": [value(at)]}
        found = device(account)
    assert found.longest_gap == timedelta(hours=1)


def test_a_clock_that_goes_back_is_no_gap() -> None:
    script = Script()
    account = cloud(script)
    for at in (NOW, NOW - timedelta(days=2), NOW):
        script.answer = {"measuringPoints": [value(at)]}
        found = device(account)
    assert found.longest_gap == timedelta(hours=1)


def test_a_token_that_names_nobody_is_known_by_its_first_point() -> None:
    script = Script()
    account = Saveris2(script, None, lambda: NOW, {})  # type: ignore[arg-type]  # as above
    rows = [value(NOW, name=f"T1_9000010{n}_0", point=point) for n, point in enumerate("cab")]
    script.answer = {"measuringPoints": rows}
    inventory = ask(account.newest()).value.inventory
    assert inventory is not None
    assert inventory.tenant == "a"


@pytest.mark.parametrize(
    ("left", "rests"), [(5, False), (0, True), (-3, True), ("0", True), (None, False)]
)
def test_after_the_last_call_there_is_rest(left: Any, *, rests: bool) -> None:
    script = Script()
    script.answer = {"measuringPoints": [], "apiCallsLeft": left}
    report = ask(cloud(script).newest()).report
    assert (script.rested > 0) is rests
    assert report.calls_left == (None if left is None else max(0, int(left)))


ISO = {"isoLimitValue": "8", "isoLimitViolationValue": "9", "isoUnit": "°C"}
SHOWN = {"limitValue": "46.4", "limitViolationValue": "48.2", "limitUnit": "°F"}
IN_CELSIUS = ("upper", 8.0, 9.0, "°C")
IN_FAHRENHEIT = ("upper", 46.4, 48.2, "°F")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, IN_CELSIUS),
        ({"isoLimitValue": ""}, IN_FAHRENHEIT),
        ({"isoLimitViolationValue": None}, IN_FAHRENHEIT),
        ({"isoUnit": ""}, IN_FAHRENHEIT),
        ({"limitValue": "", "limitViolationValue": "", "limitUnit": ""}, IN_CELSIUS),
        ({"isoLimitValue": "", "limitViolationValue": ""}, (None, 46.4, None, "°F")),
        ({"isoLimitViolationValue": "", "limitValue": ""}, (None, 8.0, None, "°C")),
        ({"isoLimitViolationValue": "", "limitViolationValue": ""}, (None, 8.0, None, "°C")),
        ({"isoUnit": "", "limitUnit": ""}, ("upper", 46.4, 48.2, None)),
        ({"isoLimitValue": "", "limitValue": ""}, (None, None, None, "°F")),
    ],
)
def test_limit_and_value_are_told_in_one_unit(changes: dict[str, Any], told: Any) -> None:
    row = value(NOW, **ISO, **SHOWN) | changes
    script = Script()
    script.answer = {"alarms": [row], "systemWarnings": None}
    (found,) = ask(cloud(script).active()).value.violations
    assert (found.direction, found.limit, found.value, found.unit) == told


SPECIAL = (
    *("", "###", "....", "4.5", "4,5", "nan", "inf", "1e400", "-22", "°C", "%rF", "°C td"),
    *("T3_90000104_0", "T3_90000104_1", "aB3xK", "2026-07-01T09:45:00Z", "0001-01-01T00:00:00Z"),
)
TEXT = st.one_of(st.sampled_from(SPECIAL), st.text(max_size=20))
LEAF = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT)
FIELDS = st.sampled_from(
    (
        *("measuringPointId", "channelName", "value", "unit", "isoValue", "isoUnit", "timestamp"),
        *("limitValue", "limitViolationValue", "limitUnit"),
        *("isoLimitValue", "isoLimitViolationValue"),
        *("message", "id", "name", "area", "group", "description"),
    )
)
ROW = st.one_of(
    st.dictionaries(FIELDS, st.one_of(LEAF, st.lists(LEAF, max_size=2)), max_size=9), LEAF
)
LIST = st.one_of(st.lists(ROW, max_size=6), LEAF, st.dictionaries(TEXT, LEAF, max_size=2))
ANSWER = st.dictionaries(
    st.sampled_from(["measuringPoints", "alarms", "systemWarnings", "apiCallsLeft", "version"]),
    LIST,
)


@fuzz()
@given(st.lists(ANSWER, min_size=1, max_size=4))
def test_nothing_else_comes_out(answers: list[dict[str, Any]]) -> None:
    script = Script()
    account = cloud(script)
    for answer in answers:
        script.answer = answer
        for read in (account.newest, account.equipments, account.active):
            try:
                found: Answer[Any] = ask(read())
            except BadDataError:
                continue
            dump(found.value)
            assert found.report.rows >= sum(found.report.rejected.values())
        stored = account.learnt["channels"]
        assert KnownChannels.of(stored).stored() == stored
        inventory = KnownChannels.of(stored).inventory("t")
        keys = [(sensor.uuid, it.number) for _, sensor, it in inventory.channels()]
        assert len(keys) == len({*keys})
