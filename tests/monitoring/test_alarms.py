"""Alarms as episodes, case by case (contract A5, scenarios A2 and A4)."""

from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from custom_components.testo_smart_connect.monitoring.alarms import (
    FIRST_LOOK,
    OVERLAP,
    AlarmBook,
    Findings,
    Notice,
    Record,
)
from custom_components.testo_smart_connect.monitoring.model import Transition

from .feed import DAY, GRACE, HOUR, MINUTE, NOON, loaded, saved

type Brief = tuple[str, str, str | None, str | None]


def minutes(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


def raised(uuid: str, at: float, **facts: Any) -> Transition:
    """Return a violation at a minute after noon."""
    defaults = {"condition": "upper", "property_name": "Temperature", "serial": "s", "value": 9.4}
    return Transition(uuid=uuid, raised=True, at=minutes(at), **{**defaults, **facts})


def cleared(uuid: str, at: float, ends: str | None = None, **facts: Any) -> Transition:
    """Return a recovery at a minute after noon."""
    defaults = {"condition": "upper", "property_name": "Temperature", "serial": "s", "value": 7.8}
    return Transition(uuid=uuid, raised=False, at=minutes(at), ends=ends, **{**defaults, **facts})


def source(row: Transition) -> str:
    return row.serial or ""


class Desk:
    """An account that is read, told and saved as the integration does it."""

    def __init__(self, *first: Transition, at: float = 0) -> None:
        """Read the feed for the first time."""
        self.book = AlarmBook()
        self.found = Findings()
        assert self.poll(at, *first) == []

    def poll(self, at: float, *rows: Transition) -> list[Brief]:
        """Read these rows; return type, episode, begin and end of the events given."""
        now = minutes(at)
        start, _ = self.book.window(now)
        self.book.learn(rows, start, now)
        due = self.look(at).due
        self.book.tell(due)
        self.book.forget(now, self.found.active)
        return [brief(notice) for notice in due]

    def look(self, at: float) -> Findings:
        """Derive everything anew."""
        self.found = self.book.findings(source, minutes(at), GRACE)
        return self.found

    @property
    def active(self) -> list[str]:
        """Return the ids of the open episodes."""
        return [episode.id for episode in self.found.active]

    def restart(self) -> None:
        """Save and load."""
        self.book = loaded(saved(self.book))


def brief(notice: Notice) -> Brief:
    episode = notice.episode
    begin, end = (f"{it.at:%H:%M}" if it else None for it in (episode.raised, episode.cleared))
    return notice.event_type, episode.id, begin, end


# Scenarios


def test_alarm_and_recovery_with_a_restart() -> None:
    """Scenario A2: one event each, no event again after the restart."""
    desk = Desk()
    violation = raised("U1", 150)
    assert desk.poll(170, violation) == [("alarm_raised", "U1", "14:30", None)]
    assert desk.active == ["U1"]
    assert desk.found.active[0].facts == violation
    desk.restart()
    assert [it.id for it in desk.look(180).active] == ["U1"]
    assert desk.poll(180, violation) == []
    assert desk.poll(220, violation, cleared("U2", 206, "U1")) == [
        ("alarm_cleared", "U1", "14:30", "15:26")
    ]
    assert desk.active == []
    assert desk.found.episodes[0].duration == 56 * MINUTE
    desk.restart()
    assert desk.poll(225, violation, cleared("U2", 206, "U1")) == []


def test_silence_does_not_end_an_alarm() -> None:
    """Scenario A3: what is not delivered again is still open."""
    desk = Desk(raised("V", -10))
    for day in range(1, 60):
        assert desk.poll(day * 24 * 60) == []
        assert desk.active == ["V"]


def test_episode_that_is_over_when_learnt_gives_both_events_and_is_never_open() -> None:
    """Scenario A4: in order of true time, marked late."""
    desk = Desk()
    rows = (cleared("R", 90, "V"), raised("V", 10))
    desk.book.learn(rows, NOON, minutes(165))
    found = desk.look(165)
    assert [brief(notice) for notice in found.due] == [
        ("alarm_raised", "V", "12:10", "13:30"),
        ("alarm_cleared", "V", "12:10", "13:30"),
    ]
    assert [notice.late(HOUR) for notice in found.due] == [True, True]
    assert found.active == ()


def test_late_means_later_than_allowed() -> None:
    record = Record(transition=raised("V", 0), learnt=minutes(25))
    desk = Desk()
    desk.book.learn((raised("V", 0),), NOON, minutes(25))
    (notice,) = desk.look(25).due
    assert notice.record == record
    assert notice.raised
    assert not notice.late(25 * MINUTE)
    assert notice.late(24 * MINUTE)


def test_first_read_is_silent_but_knows_what_is_open() -> None:
    past = (raised("V1", -900), cleared("R1", -800, "V1"), raised("V2", -700))
    desk = Desk(*past)
    assert desk.active == ["V2"]
    assert len(desk.found.episodes) == 2
    assert desk.poll(5, *past) == []
    assert desk.poll(10, cleared("R2", 8, "V2")) == [("alarm_cleared", "V2", "00:20", "12:08")]


def test_restart_before_the_first_read_leaves_it_the_first() -> None:
    book = loaded(saved(AlarmBook()))
    assert book == AlarmBook()
    assert book.read is None


# Pairing


def test_recovery_ends_the_violation_that_it_names() -> None:
    """Even if another one would fit better: two probes may share a key."""
    desk = Desk()
    desk.poll(30, raised("V1", 10), raised("V2", 20))
    assert desk.poll(40, cleared("R1", 35, "V1")) == [("alarm_cleared", "V1", "12:10", "12:35")]
    assert desk.active == ["V2"]


def test_recovery_without_a_name_ends_the_newest_of_its_key_before_it() -> None:
    desk = Desk()
    desk.poll(30, raised("V1", 10), cleared("R1", 15), raised("V2", 20))
    assert desk.active == ["V2"]
    assert desk.poll(60, raised("V3", 55), cleared("R2", 40)) == [
        ("alarm_cleared", "V2", "12:20", "12:40"),
        ("alarm_raised", "V3", "12:55", None),
    ]
    assert desk.active == ["V3"]


@pytest.mark.parametrize(
    "other",
    [
        {"serial": "other"},
        {"condition": "lower"},
        {"severity": "warning"},
        {"property_name": "Humidity"},
        {"system": True},
    ],
)
def test_recovery_of_another_key_ends_nothing(other: dict[str, Any]) -> None:
    desk = Desk()
    desk.poll(10, raised("V", 5))
    desk.poll(20, cleared("R", 15, **other))
    assert desk.active == ["V"]


def test_words_are_compared_without_case_and_underscores() -> None:
    desk = Desk()
    desk.poll(10, raised("V", 5, system=True, condition="Sensor is broken", property_name=None))
    row = cleared("R", 15, system=True, condition="SENSOR_IS_BROKEN", property_name="Unknown")
    assert desk.poll(20, row) == [("system_alarm_cleared", "V", "12:05", "12:15")]


@pytest.mark.parametrize("ends", ["V", None])
@pytest.mark.parametrize(
    "reason",
    ["The alarm condition does no longer exist", "The time period for alarm supervision has ended"],
)
def test_alarm_may_end_without_recovery(reason: str, ends: str | None) -> None:
    desk = Desk()
    desk.poll(10, raised("V", 5))
    row = cleared("R", 15, ends, value=None, reason=reason)
    assert desk.poll(20, row) == [("alarm_cleared", "V", "12:05", "12:15")]
    assert desk.active == []
    assert desk.found.episodes[0].cleared == row


def test_warning_and_alarm_are_independent_bands() -> None:
    desk = Desk()
    warning = {"severity": "warning"}
    assert desk.poll(20, raised("W", 5, **warning), raised("A", 15)) == [
        ("warning_raised", "W", "12:05", None),
        ("alarm_raised", "A", "12:15", None),
    ]
    assert desk.poll(30, cleared("RA", 25)) == [("alarm_cleared", "A", "12:15", "12:25")]
    assert desk.active == ["W"]
    assert desk.poll(40, cleared("RW", 35, **warning)) == [
        ("warning_cleared", "W", "12:05", "12:35")
    ]


def test_system_alarm_has_events_of_its_own() -> None:
    desk = Desk()
    facts: dict[str, Any] = {"system": True, "property_name": None, "severity": "warning"}
    facts["condition"] = "Lost external power supply for device"
    assert desk.poll(10, raised("V", 5, **facts)) == [("system_alarm_raised", "V", "12:05", None)]
    assert desk.poll(20, cleared("R", 15, **facts)) == [
        ("system_alarm_cleared", "V", "12:05", "12:15")
    ]


def test_unknown_severity_counts_as_an_alarm() -> None:
    desk = Desk()
    assert desk.poll(10, raised("V", 5, severity="critical")) == [
        ("alarm_raised", "V", "12:05", None)
    ]
    assert desk.found.active[0].severity == "alarm"
    assert desk.found.active[0].facts.severity == "critical"


# Rows updated in place


def test_row_updated_in_place_is_both_transitions() -> None:
    desk = Desk()
    violation = raised("U", 5)
    assert desk.poll(10, violation) == [("alarm_raised", "U", "12:05", None)]
    update = (raised("U", 5, value=None, reason=None), cleared("U", 30, "U"))
    assert desk.poll(35, *update) == [("alarm_cleared", "U", "12:05", "12:30")]
    assert desk.found.episodes[0].raised == violation, "the value of the violation is kept"
    assert desk.poll(40, *update) == []


def test_row_first_seen_when_it_was_updated_gives_both_events() -> None:
    desk = Desk()
    assert desk.poll(35, raised("U", 5, value=None), cleared("U", 30, "U")) == [
        ("alarm_raised", "U", "12:05", "12:30"),
        ("alarm_cleared", "U", "12:05", "12:30"),
    ]


def test_row_updated_at_once_is_paired_by_its_uuid() -> None:
    """Its times are too close to tell it from a row of its own."""
    desk = Desk()
    desk.poll(10, raised("U", 5))
    assert desk.poll(15, cleared("U", 5, property_name="Humidity")) == [
        ("alarm_cleared", "U", "12:05", "12:05")
    ]


def test_row_updated_in_place_is_not_told_again_while_it_is_delivered() -> None:
    """Where windows are those of processing, an update comes long after the violation."""
    desk = Desk()
    desk.poll(10, raised("U", 5))
    day = 24 * 60
    update = (raised("U", 5), cleared("U", 7 * day - 5, "U"))
    for number in range(1, 7):
        desk.poll(number * day)
    assert [it[0] for it in desk.poll(7 * day, *update)] == ["alarm_cleared"]
    for hour in range(1, 26):
        assert desk.poll(7 * day + 60 * hour, *update) == []


# Recoveries that come first, twice or alone


@pytest.mark.parametrize("ends", ["V", None])
def test_recovery_waits_for_its_violation(ends: str | None) -> None:
    desk = Desk()
    recovery = cleared("R", 20, ends)
    assert desk.poll(25, recovery) == []
    assert desk.poll(30, recovery) == []
    assert desk.poll(35, raised("V", 10)) == [
        ("alarm_raised", "V", "12:10", "12:20"),
        ("alarm_cleared", "V", "12:10", "12:20"),
    ]
    assert desk.active == []


def test_recovery_whose_violation_does_not_come_is_told_alone() -> None:
    desk = Desk()
    assert desk.poll(25, cleared("R", 20, "V")) == []
    desk.restart()
    assert desk.poll(39) == []
    assert desk.poll(40) == [("alarm_cleared", "V", None, "12:20")]
    assert desk.found.episodes[0].duration is None
    assert desk.poll(45) == []
    # Its violation, should it still come, is told too but never open.
    assert desk.poll(50, raised("V", 10)) == [("alarm_raised", "V", "12:10", "12:20")]
    assert desk.active == []


def test_recovery_that_names_nothing_is_an_episode_of_its_own() -> None:
    desk = Desk()
    desk.poll(25, cleared("R", 20))
    assert desk.poll(40) == [("alarm_cleared", "R", None, "12:20")]


def test_recovery_is_not_forgotten_while_it_waits() -> None:
    """After a week without Home Assistant it is learnt, but older than the next window."""
    desk = Desk()
    week = 7 * 24 * 60
    assert desk.poll(week, cleared("R", 2 * 24 * 60, "V")) == []
    assert desk.poll(week + 5) == []
    assert desk.poll(week + 15) == [("alarm_cleared", "V", None, "12:00")]


def test_second_recovery_ends_no_superseded_violation() -> None:
    desk = Desk()
    desk.poll(60, raised("V1", 10), raised("V2", 20), cleared("R2", 30), cleared("R3", 40))
    ends = {it.id: it.cleared.uuid if it.cleared else None for it in desk.found.episodes}
    assert ends == {"V1": None, "V2": "R2", "R3": "R3"}
    assert desk.active == []


def test_superseded_violation_is_not_open() -> None:
    desk = Desk()
    desk.poll(15, raised("V1", 10))
    desk.poll(25, raised("V2", 20))
    assert desk.active == ["V2"]
    desk.poll(35, cleared("R2", 30, "V2"))
    assert desk.active == []


def test_newer_recovery_ends_what_is_open_before_its_violation_is_known() -> None:
    desk = Desk()
    desk.poll(15, raised("V1", 10))
    desk.poll(50, cleared("R3", 45, "V3"), cleared("R2", 30, "V2"))
    assert desk.active == []
    desk.poll(55, raised("V4", 52))
    assert desk.active == ["V4"]


def test_older_recovery_of_an_unknown_violation_ends_nothing() -> None:
    desk = Desk()
    desk.poll(15, raised("V1", 10), cleared("R0", 5, "V0"))
    assert desk.active == ["V1"]


def test_newest_recovery_counts_whether_it_names_its_violation_or_not() -> None:
    desk = Desk()
    desk.poll(50, raised("V1", 10), cleared("R2", 30, "V2"), cleared("R0", 5))
    assert desk.active == []


def test_violation_that_ends_at_once_is_over() -> None:
    desk = Desk()
    assert desk.poll(10, cleared("R", 5), raised("V", 5)) == [
        ("alarm_raised", "V", "12:05", "12:05"),
        ("alarm_cleared", "V", "12:05", "12:05"),
    ]


def test_open_episodes_come_in_order_of_time() -> None:
    desk = Desk()
    desk.poll(30, raised("A", 20), raised("Z", 10, condition="lower"))
    assert desk.active == ["Z", "A"]


def test_clocks_that_disagree_do_not_turn_an_episode_around() -> None:
    desk = Desk()
    assert desk.poll(30, cleared("R", 10, "V"), raised("V", 10.1)) == [
        ("alarm_raised", "V", "12:10", "12:10"),
        ("alarm_cleared", "V", "12:10", "12:10"),
    ]
    assert desk.found.episodes[0].duration == timedelta()
    assert desk.active == []


def test_order_of_arrival_does_not_matter() -> None:
    """Nor with two channels of one name that are violated and measured at once."""
    rows = (raised("V1", 10), raised("V2", 10), cleared("R1", 20, "V1"), cleared("R0", 5))
    for order in permutations(rows):
        desk = Desk()
        desk.poll(30, *order)
        assert desk.active == ["V2"]


# Property Unknown


def test_unknown_property_is_a_wildcard_on_either_side() -> None:
    for names in (("Unknown", "Temperature"), ("Temperature", "Unknown"), (None, "Temperature")):
        desk = Desk()
        desk.poll(10, raised("V", 5, property_name=names[0]))
        row = cleared("R", 15, property_name=names[1])
        assert desk.poll(20, row) == [("alarm_cleared", "V", "12:05", "12:15")]
        assert desk.active == []


def test_known_property_goes_before_the_wildcard() -> None:
    desk = Desk()
    desk.poll(10, raised("V1", 3), raised("V2", 5, property_name="Unknown"))
    desk.poll(20, cleared("R", 15))
    assert desk.active == ["V2"]
    desk.poll(30, cleared("R2", 25, property_name="Humidity"))
    assert desk.active == []


def test_recovery_of_unknown_property_does_not_reopen_when_another_property_is_violated() -> None:
    desk = Desk()
    desk.poll(20, raised("V1", 5), cleared("R1", 15, property_name="Unknown"))
    assert desk.active == []
    desk.poll(30, raised("V2", 25, property_name="Humidity"))
    assert desk.active == ["V2"]


def test_violation_of_unknown_property_hides_no_other() -> None:
    desk = Desk()
    desk.poll(20, raised("V1", 5), raised("V2", 10, property_name="Unknown"))
    assert desk.active == ["V1", "V2"]


def test_of_two_that_began_at_once_the_open_one_counts() -> None:
    desk = Desk()
    desk.poll(20, raised("A", 10), raised("B", 10), cleared("R", 15, "B"))
    assert desk.active == ["A"]
    desk = Desk()
    desk.poll(20, raised("A", 10), raised("B", 10), cleared("R", 15, "A"))
    assert desk.active == ["B"]


# Windows and memory


def test_first_window_is_a_month_then_it_overlaps_a_day() -> None:
    book = AlarmBook()
    assert book.window(NOON) == (NOON - FIRST_LOOK, NOON)
    book.learn((), NOON - FIRST_LOOK, NOON)
    book.forget(NOON, ())
    assert book.window(minutes(5)) == (NOON - OVERLAP, minutes(5))
    assert book.window(NOON + 60 * DAY) == (NOON + 30 * DAY, NOON + 60 * DAY)


def test_window_is_a_month_twice_a_day_and_when_a_clock_was_set_back() -> None:
    desk = Desk()
    for hour in range(1, 12):
        start, now = desk.book.window(NOON + hour * HOUR)
        assert now - start == OVERLAP + HOUR
        desk.poll(60 * hour)
    assert desk.book.window(NOON + 12 * HOUR)[0] == NOON + 12 * HOUR - FIRST_LOOK
    desk.poll(12 * 60)
    assert desk.book.window(NOON + 13 * HOUR)[0] == NOON + 12 * HOUR - OVERLAP
    assert desk.book.window(NOON + 11 * HOUR)[0] == NOON + 11 * HOUR - FIRST_LOOK


def test_window_is_a_month_once_somebody_came_back() -> None:
    desk = Desk()
    desk.book.look_back()
    desk.restart()
    assert desk.book.window(minutes(5))[0] == minutes(5) - FIRST_LOOK
    desk.poll(5)
    assert desk.book.window(minutes(10))[0] == minutes(5) - OVERLAP


def test_window_reaches_back_beyond_the_oldest_open_violation() -> None:
    """A row that is updated in place keeps its time."""
    desk = Desk(raised("V1", -3 * 24 * 60), raised("V2", -24 * 60, serial="other"))
    oldest = NOON - 3 * DAY - OVERLAP
    assert desk.book.window(minutes(5)) == (oldest, minutes(5))
    desk.restart()
    assert desk.book.window(minutes(5)) == (oldest, minutes(5))
    desk.poll(10, cleared("R1", 5, "V1"), cleared("R2", 5, "V2"))
    assert desk.book.window(minutes(15)) == (minutes(10) - OVERLAP, minutes(15))


def test_an_alarm_that_stays_open_does_not_cost_a_month_each_time() -> None:
    desk = Desk(raised("V", -20 * 24 * 60))
    start, now = desk.book.window(minutes(5))
    assert timedelta(days=5) < now - start < timedelta(days=7)


def test_open_alarm_older_than_a_month_is_kept() -> None:
    desk = Desk(raised("V", -60))
    for day in range(0, 100, 3):
        desk.poll(day * 24 * 60 + 1)
        desk.restart()
        assert [it.id for it in desk.look(day * 24 * 60 + 1).active] == ["V"]
    assert desk.poll(100 * 24 * 60, cleared("R", 99 * 24 * 60, "V")) == [
        ("alarm_cleared", "V", "11:00", "12:00")
    ]


def test_what_cannot_come_again_is_forgotten() -> None:
    desk = Desk()
    desk.poll(30, raised("V", 10), cleared("R", 20, "V"), raised("W", 10, severity="warning"))
    assert len(desk.book.records) == 3
    desk.poll(24 * 60, cleared("S", 24 * 60 - 5, "W", severity="warning"))
    for day in range(2, 31):
        desk.poll(day * 24 * 60)
    assert len(desk.book.records) == 4
    for day in (32, 33, 34):
        desk.poll(day * 24 * 60)
    assert desk.book.records == {}
    assert desk.book.open_since is None


@pytest.mark.parametrize("wrong", [-400, 400], ids=["past", "future"])
def test_a_clock_that_was_wrong_for_a_while_tells_nothing_again(wrong: int) -> None:
    """Home Assistant may start before its clock is set."""
    desk = Desk()
    rows = raised("V", 10), cleared("R", 20, "V")
    assert len(desk.poll(30, *rows)) == 2
    desk.poll(wrong * 24 * 60)
    desk.restart()
    assert desk.poll(40, *rows) == []
    assert [it[0] for it in desk.poll(50, *rows, raised("W", 45))] == ["alarm_raised"]


def test_row_of_long_ago_is_told_once_although_it_comes_again() -> None:
    desk = Desk()
    old = (raised("V", -10 * 24 * 60), cleared("R", -9 * 24 * 60, "V"))
    assert len(desk.poll(5, *old)) == 2
    for hour in range(1, 26):
        assert desk.poll(hour * 60, *old) == []


def test_a_second_recovery_of_one_violation_is_nobodys_news() -> None:
    desk = Desk()
    assert len(desk.poll(30, raised("V", 10), cleared("R2", 25, "V"))) == 2
    for at, row in ((35, cleared("R3", 30, "V")), (40, cleared("R1", 20, "V"))):
        assert desk.poll(at, row) == []
        assert desk.poll(at + GRACE.total_seconds() / 60) == []
    assert [(it.id, it.duration) for it in desk.found.episodes] == [("V", 15 * MINUTE)]


def test_recovery_is_remembered_as_long_as_a_violation_that_came_after_it() -> None:
    """Without it the violation would look open for ever."""
    desk = Desk()
    desk.poll(25, cleared("R", 20, "V"))
    desk.poll(20 * 24 * 60, raised("V", 10))
    assert desk.active == []
    for day in range(21, 60):
        desk.poll(day * 24 * 60)
        assert desk.active == []
    assert desk.book.records == {}


def test_what_superseded_a_late_violation_is_remembered_as_long() -> None:
    desk = Desk()
    desk.poll(40, raised("V2", 20), cleared("R2", 30, "V2"))
    desk.poll(20 * 24 * 60, raised("V1", 10))
    assert desk.active == []
    for day in range(21, 60):
        desk.poll(day * 24 * 60)
        assert desk.active == []
    assert desk.book.records == {}


def test_records_are_replaced_never_changed() -> None:
    """A save may be reading them in another thread."""
    book = AlarmBook()
    seen = [book.records]
    book.learn((raised("V", 5),), minutes(9), minutes(10))
    seen.append(book.records)
    book.tell(book.findings(source, minutes(10), GRACE).due)
    seen.append(book.records)
    book.forget(NOON, ())
    seen.append(book.records)
    assert len({id(records) for records in seen}) == 4
    assert [len(records) for records in seen] == [0, 1, 1, 1]
