"""Sets of open alarms, as the log that they would have been."""

from collections.abc import Collection, Hashable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from custom_components.testo_smart_connect.monitoring.active import ActiveSet, transitions_of
from custom_components.testo_smart_connect.monitoring.alarm_state import AlarmState
from custom_components.testo_smart_connect.monitoring.alarms import AlarmLog
from custom_components.testo_smart_connect.monitoring.model import Transition

from .feed import GRACE, MINUTE, NOON


class Alone:
    """Each source is one channel."""

    def source(self, transition: Transition) -> str:
        return str(transition.serial)

    def meant(self, transition: Transition) -> Collection[Hashable]:
        return {transition.serial}


class Desk:
    """An account whose cloud tells which alarms are open."""

    def __init__(self) -> None:
        self.log = AlarmLog()
        self.now: datetime = NOON
        self.open: set[str] = set()
        self.announced: list[tuple[str, bool]] = []

    def read(self, *there: str, complete: bool = True, every: timedelta = 10 * MINUTE) -> None:
        self.now += every
        found = ActiveSet(violations=tuple(map(alarm, there)), complete=complete)
        start = self.log.read or self.now
        rows = transitions_of(found, self._state(), self.now)
        self.log = self.log.learn(rows, start, self.now, self.now)
        assert not self.log.has_gap(start)
        state = self._state()
        self.open = {str(it.facts.serial) for it in state.active}
        self.announced += [(it.episode.id, it.raised) for it in state.due]
        self.log = self.log.announce(state.due)
        self.log = self.log.forget(self.now, state)

    def _state(self) -> AlarmState:
        return self.log.state(Alone(), self.now, GRACE, named=True)


def alarm(name: str) -> Transition:
    return Transition(
        uuid=name,
        raised=True,
        at=NOON - MINUTE,
        condition="upper",
        property_name="Temperature",
        value=9.0,
        serial=name,
    )


def test_what_was_open_at_first_is_no_news() -> None:
    desk = Desk()
    desk.read("a")
    assert (desk.open, desk.announced) == ({"a"}, [])
    desk.read()
    assert (desk.open, desk.announced) == (set(), [("a", False)])


def test_each_begins_and_ends_once_and_may_come_back() -> None:
    desk = Desk()
    desk.read()
    for there in (("a",), ("a", "b"), ("a", "b"), ("b",), ("b", "a"), ("a",), (), ("a",)):
        desk.read(*there)
        assert desk.open == {*there}
    assert desk.announced == [
        *(("a", True), ("b", True), ("a", False), ("a~again2", True), ("b", False)),
        *(("a~again2", False), ("a~again3", True)),
    ]


def test_a_set_that_is_not_whole_ends_nothing() -> None:
    desk = Desk()
    desk.read("a")
    desk.read(complete=False)
    assert desk.open == {"a"}
    desk.read("b", complete=False)
    assert desk.open == {"a", "b"}


def test_a_value_that_changes_is_taken_over() -> None:
    known = AlarmLog().learn([alarm("a")], NOON, NOON, NOON).state(Alone(), NOON, GRACE)
    found = ActiveSet(violations=(replace(alarm("a"), value=12.0),))
    (row,) = transitions_of(found, known, NOON)
    assert (row.uuid, row.value, row.at) == ("a", 12.0, NOON - MINUTE)


@given(st.lists(st.tuples(st.sets(st.sampled_from("abc")), st.booleans()), max_size=25))
def test_an_open_one_is_never_shown_as_off(reads: Iterable[tuple[set[str], bool]]) -> None:
    """Nor one that is gone as on; and what is told goes up and down in turns."""
    desk, maybe = Desk(), set[str]()
    desk.read()
    for there, complete in reads:
        desk.read(*there, complete=complete)
        maybe = there if complete else maybe | there
        assert desk.open == maybe
    told: dict[str, list[bool]] = {}
    for name, raised in desk.announced:
        told.setdefault(name.partition("~")[0], []).append(raised)
    for changes in told.values():
        assert changes == [place % 2 == 0 for place in range(len(changes))]


def test_an_alarm_that_stays_open_for_months_stays() -> None:
    desk = Desk()
    desk.read("a")
    for _ in range(80):
        desk.read("a", every=timedelta(days=2))
    assert desk.open == {"a"}
    desk.read()
    assert (desk.open, desk.announced) == (set(), [("a", False)])


def test_what_was_seen_is_known_until_it_is_forgotten() -> None:
    desk = Desk()
    assert not desk.log.has_seen(NOON, NOON)
    desk.read()
    first = desk.now
    assert not desk.log.has_seen(first - MINUTE, first)
    desk.read("a")
    desk.read()
    ended = desk.now
    assert desk.log.has_seen(first, ended)
    assert not desk.log.has_seen(first, ended + MINUTE), "nobody has looked since"
    for _ in range(40):
        desk.read(every=timedelta(days=1))
    assert not desk.log.has_seen(first, ended)
    assert desk.log.has_seen(ended, desk.now)
