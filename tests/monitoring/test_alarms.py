"""Alarms as episodes, case by case (contract A5, scenarios A2 and A4)."""

from collections.abc import Collection, Hashable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from custom_components.testo_smart_connect.monitoring.alarm_state import AlarmEvent, AlarmState
from custom_components.testo_smart_connect.monitoring.alarms import (
    FARTHEST_LOOK,
    FIRST_LOOK,
    OVERLAP,
    SUPERVISION_UNKNOWN,
    AlarmLog,
)
from custom_components.testo_smart_connect.monitoring.model import (
    Channel,
    Device,
    Inventory,
    Sensor,
    Transition,
)
from custom_components.testo_smart_connect.monitoring.topology import Topology, topology_of

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


class Meaning:
    """Each serial is one source; some of them have several channels of a quantity."""

    def __init__(self, *several: str) -> None:
        self._several = several

    def source(self, row: Transition) -> str:
        return row.serial or ""

    def meant(self, row: Transition) -> Collection[Hashable]:
        return ("one", "two") if row.serial in self._several else ("one",)


class Desk:
    """An account that is read, told and saved as the integration does it."""

    def __init__(self, *first: Transition, at: float = 0, several: str = "") -> None:
        """Read the feed for the first time."""
        self.topology: Topology | Meaning = Meaning(several)
        self.alarm_log = AlarmLog()
        self.found = AlarmState()
        assert self.poll(at, *first) == []

    def poll(self, at: float, *rows: Transition) -> list[Brief]:
        """Read these rows; return type, episode, begin and end of the events given."""
        now = minutes(at)
        start = self.alarm_log.start(now)
        has_gap = self.alarm_log.has_gap(start)
        self.alarm_log = self.alarm_log.learn(rows, start, now, now)
        if has_gap:
            self.alarm_log = self.alarm_log.end_unknown(self.look(at).active, start, now)
        due = self.look(at).due
        self.alarm_log = self.alarm_log.announce(due)
        self.alarm_log = self.alarm_log.forget(now, self.found)
        return [brief(alarm_event) for alarm_event in due]

    def look(self, at: float) -> AlarmState:
        """Derive everything anew."""
        self.found = self.alarm_log.state(self.topology, minutes(at), GRACE)
        return self.found

    @property
    def active(self) -> list[str]:
        """Return the ids of the open episodes."""
        return [episode.id for episode in self.found.active]

    def restart(self) -> None:
        """Save and load."""
        self.alarm_log = loaded(saved(self.alarm_log))


def brief(alarm_event: AlarmEvent) -> Brief:
    episode = alarm_event.episode
    begin, end = (f"{it.at:%H:%M}" if it else None for it in (episode.raised, episode.cleared))
    return alarm_event.event_type, episode.id, begin, end


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
    desk.alarm_log = desk.alarm_log.learn(rows, NOON, minutes(165), minutes(165))
    found = desk.look(165)
    assert [brief(alarm_event) for alarm_event in found.due] == [
        ("alarm_raised", "V", "12:10", "13:30"),
        ("alarm_cleared", "V", "12:10", "13:30"),
    ]
    assert [alarm_event.late(HOUR) for alarm_event in found.due] == [True, True]
    assert found.active == ()


def test_late_means_later_than_allowed() -> None:
    desk = Desk()
    desk.alarm_log = desk.alarm_log.learn((raised("V", 0),), NOON, minutes(25), minutes(25))
    (alarm_event,) = desk.look(25).due
    assert alarm_event.learnt == minutes(25)
    assert alarm_event.raised
    assert not alarm_event.late(25 * MINUTE)
    assert alarm_event.late(24 * MINUTE)


def test_first_read_is_silent_but_knows_what_is_open() -> None:
    past = (raised("V1", -900), cleared("R1", -800, "V1"), raised("V2", -700))
    desk = Desk(*past)
    assert desk.active == ["V2"]
    assert len(desk.found.episodes) == 2
    assert desk.poll(5, *past) == []
    assert desk.poll(10, cleared("R2", 8, "V2")) == [("alarm_cleared", "V2", "00:20", "12:08")]


def test_restart_before_the_first_read_leaves_it_the_first() -> None:
    alarm_log = loaded(saved(AlarmLog()))
    assert alarm_log == AlarmLog()
    assert alarm_log.read is None


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


def updated(uuid: str, at: float, changed: float, **facts: Any) -> Transition:
    """Return a row that had been a violation and was changed into its recovery."""
    return cleared(uuid, at, changed=minutes(changed), **facts)


def test_row_updated_in_place_is_both_transitions() -> None:
    desk = Desk()
    violation = raised("U", 5)
    assert desk.poll(10, violation) == [("alarm_raised", "U", "12:05", None)]
    update = updated("U", 5, 30)
    assert desk.poll(35, update) == [("alarm_cleared", "U", "12:05", "12:30")]
    assert desk.found.episodes[0].raised == violation, "the value of the violation is kept"
    assert desk.poll(40, update) == []


def test_row_first_seen_when_it_was_updated_gives_both_events() -> None:
    desk = Desk()
    update = updated("U", 5, 30)
    assert desk.poll(35, update) == [
        ("alarm_raised", "U", "12:05", "12:30"),
        ("alarm_cleared", "U", "12:05", "12:30"),
    ]
    # Nor does its older version, which comes after it.
    assert desk.poll(40, raised("U", 5), update) == []
    assert desk.active == []


def test_row_that_was_updated_soon_after_is_both_once_its_older_version_comes() -> None:
    desk = Desk()
    assert desk.poll(25, updated("U", 20, 21)) == []
    assert desk.poll(30, raised("U", 20), updated("U", 20, 21)) == [
        ("alarm_raised", "U", "12:20", "12:21"),
        ("alarm_cleared", "U", "12:20", "12:21"),
    ]


@pytest.mark.parametrize("seconds", [0, 6, 90])
def test_recovery_whose_two_times_differ_ends_what_is_open(seconds: float) -> None:
    """Nothing observed shows a row that was updated in place; times that differ are usual."""
    desk = Desk()
    assert len(desk.poll(10, raised("V", 5))) == 1
    row = cleared("R", 30, changed=minutes(30 + seconds / 60))
    assert desk.poll(35, row) == [("alarm_cleared", "V", "12:05", "12:30")]
    assert desk.poll(40, row) == []
    assert desk.active == []


@pytest.mark.parametrize("seconds", [0, 6, 90])
def test_recovery_without_a_violation_is_no_violation_because_its_times_differ(
    seconds: float,
) -> None:
    desk = Desk()
    row = cleared("R", 20, changed=minutes(20 + seconds / 60))
    assert desk.poll(25, row) == []
    assert desk.poll(40, row) == [("alarm_cleared", "R", None, "12:20")]
    assert desk.poll(45, raised("V", 10), row) == [("alarm_raised", "V", "12:10", "12:20")]
    assert desk.active == []


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
    update = updated("U", 5, 7 * day - 5)
    for number in range(1, 7):
        desk.poll(number * day)
    assert [it[0] for it in desk.poll(7 * day, raised("U", 5), update)] == ["alarm_cleared"]
    for hour in range(1, 26):
        assert desk.poll(7 * day + 60 * hour, update) == []


def test_row_that_is_violated_again_is_another_episode() -> None:
    desk = Desk()
    first, over = raised("U", 5), updated("U", 5, 30)
    again, ended = raised("U", 5, changed=minutes(50)), updated("U", 5, 70)
    assert desk.poll(10, first) == [("alarm_raised", "U", "12:05", None)]
    assert desk.poll(35, over) == [("alarm_cleared", "U", "12:05", "12:30")]
    assert desk.poll(55, again) == [("alarm_raised", "U~2", "12:50", None)]
    assert desk.active == ["U~2"]
    desk.restart()
    # Older versions that come beside it say nothing.
    assert desk.poll(60, first, over, again) == []
    assert desk.active == ["U~2"]
    assert desk.poll(75, ended) == [("alarm_cleared", "U~2", "12:50", "13:10")]
    assert desk.poll(80, over, ended, first, again) == []
    assert desk.active == []
    assert desk.poll(90, raised("U", 85)) == [("alarm_raised", "U~3", "13:25", None)]


def test_recovery_that_names_a_row_ends_its_newest_violation() -> None:
    desk = Desk()
    desk.poll(35, raised("U", 5), updated("U", 5, 30))
    desk.poll(55, raised("U", 50))
    assert desk.poll(65, cleared("R", 60, "U")) == [("alarm_cleared", "U~2", "12:50", "13:00")]
    assert desk.active == []


@pytest.mark.parametrize(
    ("before", "after", "events"),
    [
        ({"severity": "warning"}, {}, ["warning_cleared", "alarm_raised"]),
        ({}, {"severity": "warning"}, ["alarm_cleared", "warning_raised"]),
        ({}, {"condition": "lower"}, ["alarm_cleared", "alarm_raised"]),
    ],
)
def test_row_that_becomes_another_alarm_ends_the_one_that_it_was(
    before: dict[str, Any], after: dict[str, Any], events: list[str]
) -> None:
    desk = Desk()
    first, other = raised("U", 5, **before), raised("U", 5, changed=minutes(20), **after)
    desk.poll(10, first)
    assert desk.poll(25, other) == [
        (events[0], "U", "12:05", "12:20"),
        (events[1], "U~2", "12:20", None),
    ]
    assert [(it.id, it.severity, it.facts.condition) for it in desk.found.active] == [
        ("U~2", other.severity, other.condition)
    ]
    assert desk.poll(30, other, first) == []
    assert desk.poll(45, updated("U", 5, 40, **after)) == [
        (events[1].replace("raised", "cleared"), "U~2", "12:20", "12:40")
    ]
    assert desk.active == []


def test_row_that_becomes_another_alarm_says_so_even_with_the_same_times() -> None:
    """And of two versions of one time that come together none is news each time."""
    desk = Desk()
    warning, alarm = raised("U", 5, severity="warning"), raised("U", 5)
    desk.poll(10, warning)
    assert {it[0] for it in desk.poll(15, alarm)} == {"warning_cleared", "alarm_raised"}
    for at in (20, 25):
        assert desk.poll(at, warning, alarm) == []
        assert desk.active == ["U~2"]


def test_value_and_time_of_a_known_row_are_corrected_without_an_event() -> None:
    desk = Desk()
    desk.poll(10, raised("U", 5, value=9.4))
    right = raised("U", 6, value=9.9, received=minutes(12))
    assert desk.poll(15, right) == []
    assert desk.found.active[0].facts == right
    assert desk.poll(20, raised("U", 5, value=9.4)) == [], "an older version says nothing"
    assert desk.found.active[0].facts == right
    end = cleared("R", 30, "U", value=7.8, received=minutes(31))
    assert desk.poll(35, end) == [("alarm_cleared", "U", "12:06", "12:30")]
    assert desk.poll(40, cleared("R", 29, "U", received=minutes(36))) == []
    assert desk.found.episodes[0].duration == 23 * MINUTE


def test_corrected_time_of_a_row_that_was_violated_again_does_not_go_back() -> None:
    desk = Desk()
    desk.poll(35, raised("U", 5), updated("U", 5, 30))
    desk.poll(55, raised("U", 5, changed=minutes(50)))
    assert desk.poll(60, raised("U", 5, changed=minutes(50), value=9.9)) == []
    assert [(it.facts.at, it.facts.value) for it in desk.found.active] == [(minutes(50), 9.9)]


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
    alarm_log = AlarmLog()
    assert alarm_log.start(NOON) == NOON - FIRST_LOOK
    alarm_log = alarm_log.learn((), NOON - FIRST_LOOK, NOON, NOON).forget(NOON, AlarmState())
    assert alarm_log.start(minutes(5)) == NOON - OVERLAP


def test_window_reaches_back_to_where_the_last_read_ended_but_not_for_ever() -> None:
    alarm_log = AlarmLog().learn((), NOON - FIRST_LOOK, NOON, NOON)
    assert alarm_log.start(NOON + 40 * DAY) == NOON - OVERLAP
    late = NOON + 2 * FARTHEST_LOOK
    assert alarm_log.start(late) == late - FARTHEST_LOOK


def test_window_is_a_month_twice_a_day_and_when_a_clock_was_set_back() -> None:
    desk = Desk()
    for hour in range(1, 12):
        now = NOON + hour * HOUR
        assert now - desk.alarm_log.start(now) == OVERLAP + HOUR
        desk.poll(60 * hour)
    assert desk.alarm_log.start(NOON + 12 * HOUR) == NOON + 12 * HOUR - FIRST_LOOK
    desk.poll(12 * 60)
    assert desk.alarm_log.start(NOON + 13 * HOUR) == NOON + 12 * HOUR - OVERLAP
    assert desk.alarm_log.start(NOON + 11 * HOUR) == NOON + 11 * HOUR - FIRST_LOOK


def test_window_is_a_month_once_somebody_came_back() -> None:
    desk = Desk()
    returned = minutes(4)
    assert desk.alarm_log.start(minutes(5), returned) == minutes(5) - FIRST_LOOK
    desk.poll(5)
    assert desk.alarm_log.start(minutes(10), returned) == minutes(10) - FIRST_LOOK
    start = minutes(10) - FIRST_LOOK
    desk.alarm_log = desk.alarm_log.learn((), start, begun=minutes(10), now=minutes(11))
    assert desk.alarm_log.start(minutes(15), returned) == minutes(11) - OVERLAP
    assert desk.alarm_log.start(minutes(15), minutes(99)) == minutes(11) - OVERLAP, "a wrong clock"


def test_wish_to_look_back_survives_the_wide_read_that_is_under_way() -> None:
    desk = Desk()
    desk.alarm_log = desk.alarm_log.learn(
        (), minutes(5) - FIRST_LOOK, begun=minutes(5), now=minutes(9)
    )
    assert desk.alarm_log.start(minutes(10), returned=minutes(7)) == minutes(10) - FIRST_LOOK
    assert desk.alarm_log.start(minutes(10), returned=minutes(4)) == minutes(9) - OVERLAP


def test_window_reaches_back_beyond_the_oldest_open_violation() -> None:
    """A row that is updated in place keeps its time."""
    desk = Desk(raised("V1", -3 * 24 * 60), raised("V2", -24 * 60, serial="other"))
    oldest = NOON - 3 * DAY - OVERLAP
    assert desk.alarm_log.start(minutes(5)) == oldest
    desk.restart()
    assert desk.alarm_log.start(minutes(5)) == oldest
    desk.poll(10, cleared("R1", 5, "V1"), cleared("R2", 5, "V2", serial="other"))
    assert desk.alarm_log.start(minutes(15)) == minutes(10) - OVERLAP


def test_an_alarm_that_stays_open_does_not_cost_a_month_each_time() -> None:
    desk = Desk(raised("V", -20 * 24 * 60))
    assert timedelta(days=5) < minutes(5) - desk.alarm_log.start(minutes(5)) < timedelta(days=7)


def test_alarm_that_recovered_during_a_long_absence_is_over() -> None:
    desk = Desk()
    desk.poll(10, raised("V", 5))
    day = 24 * 60
    assert desk.alarm_log.start(minutes(40 * day)) <= minutes(10)
    assert desk.poll(40 * day, cleared("R", 120, "V")) == [("alarm_cleared", "V", "12:05", "14:00")]
    assert desk.active == []


def test_what_cannot_be_known_any_more_ends_as_supervision_unknown() -> None:
    desk = Desk()
    desk.poll(10, raised("V", 5), raised("W", 5, serial="other"))
    late = 400 * 24 * 60
    assert [it[:2] for it in desk.poll(late)] == [("alarm_cleared", "V"), ("alarm_cleared", "W")]
    assert {it.cleared.reason for it in desk.found.episodes if it.cleared} == {SUPERVISION_UNKNOWN}
    assert desk.active == []
    desk.restart()
    # Its true end is a correction, a new violation an alarm.
    assert desk.poll(late + 5, cleared("R", 20, "V"), raised("X", late + 1)) == [
        ("alarm_raised", "X", f"{minutes(late + 1):%H:%M}", None)
    ]
    assert desk.active == ["X"]


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
    assert len(desk.alarm_log.records) == 3
    desk.poll(24 * 60, cleared("S", 24 * 60 - 5, "W", severity="warning"))
    for day in range(2, 31):
        desk.poll(day * 24 * 60)
    assert len(desk.alarm_log.records) == 4
    for day in (32, 33, 34):
        desk.poll(day * 24 * 60)
    assert desk.alarm_log.records == {}
    assert desk.alarm_log.open_since is None


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
    assert desk.alarm_log.records == {}


def test_what_superseded_a_late_violation_is_remembered_as_long() -> None:
    desk = Desk()
    desk.poll(40, raised("V2", 20), cleared("R2", 30, "V2"))
    desk.poll(20 * 24 * 60, raised("V1", 10))
    assert desk.active == []
    for day in range(21, 60):
        desk.poll(day * 24 * 60)
        assert desk.active == []
    assert desk.alarm_log.records == {}


def test_a_book_is_replaced_never_changed() -> None:
    """A save may be reading it in another thread."""
    alarm_log = AlarmLog(read=NOON)
    learnt = alarm_log.learn((raised("V", 5),), minutes(9), minutes(9), minutes(10))
    told = learnt.announce(learnt.state(Meaning(), minutes(10), GRACE).due)
    forgot = told.forget(NOON, AlarmState())
    assert [len(it.records) for it in (alarm_log, learnt, told, forgot)] == [0, 1, 1, 1]
    assert [it.announced for alarm_log in (learnt, told) for it in alarm_log.records.values()] == [
        False,
        True,
    ]


# Several channels, limits or sensors under one key


def test_open_violation_is_not_hidden_by_another_channel_that_recovered() -> None:
    desk = Desk(several="s")
    desk.poll(60, raised("A", 30), raised("B", 45), cleared("RB", 55, "B"))
    assert desk.active == ["A"]
    desk.restart()
    assert desk.look(61).active[0].id == "A"
    assert desk.poll(100, cleared("RA", 95, "A")) == [("alarm_cleared", "A", "12:30", "13:35")]
    assert desk.active == []


def test_both_of_two_channels_are_open_at_once() -> None:
    desk = Desk(several="s")
    desk.poll(50, raised("A", 30), raised("B", 45))
    assert desk.active == ["A", "B"]


def test_recoveries_of_two_channels_that_name_nothing_end_one_each() -> None:
    desk = Desk(several="s")
    desk.poll(50, raised("A", 30), raised("B", 45))
    desk.poll(60, cleared("R1", 55))
    assert desk.active == ["A"]
    desk.poll(70, cleared("R2", 65))
    assert desk.active == []


@pytest.mark.parametrize("ends", ["B", None])
@pytest.mark.parametrize(
    ("condition", "values"), [("upper", (8.4, 10.2, 9.8)), ("lower", (1.8, 0.5, 0.9))]
)
def test_violation_goes_on_if_the_value_never_came_back_to_where_it_began(
    condition: str, values: tuple[float, float, float], ends: str | None
) -> None:
    """Two measuring objects on one sensor: the limit further out is adhered to first."""
    near, far, back = values
    desk = Desk()
    rows = (
        raised("A", 30, condition=condition, value=near),
        raised("B", 45, condition=condition, value=far),
        cleared("RB", 55, ends, condition=condition, value=back),
    )
    desk.poll(60, *rows)
    assert desk.active == ["A"]
    desk.poll(70, cleared("RA", 65, "A" if ends else None, condition=condition, value=5.0))
    assert desk.active == []


@pytest.mark.parametrize("value", [None, 7.8])
def test_lost_recovery_leaves_nothing_open_once_the_value_came_back(value: float | None) -> None:
    desk = Desk()
    rows = raised("A", 30, value=8.4), raised("B", 45, value=8.6), cleared("RB", 50, value=value)
    desk.poll(60, *rows, cleared("R0", 55, "other", value=8.5), raised("C", 57, value=9.0))
    assert desk.active == ["C"]
    desk.poll(70, cleared("RC", 65, "C", value=8.9))
    assert desk.active == []


def probes(*extensions: str) -> Topology:
    """Return a logger with a probe for each kind of temperature."""
    sensors = tuple(
        Sensor(
            uuid=f"u{no}",
            serial=f"p{no}",
            channels=(
                Channel(number=1, property_name="Temperature", extension=extension, unit="°C"),
            ),
        )
        for no, extension in enumerate(extensions)
    )
    return topology_of(Inventory(devices=(Device(uuid="u", serial="s", sensors=sensors),)), (), ())


@pytest.mark.parametrize(
    ("extensions", "told", "active"),
    [
        (("Air Temperature", "Product Temperature"), ("Unknown", "Unknown"), ["A"]),
        (
            ("Air Temperature", "Dewpoint Temperature"),
            ("Air Temperature", "Dewpoint Temperature"),
            ["A"],
        ),
        (("Air Temperature", "Dewpoint Temperature"), ("Unknown", "Unknown"), []),
    ],
)
def test_channels_of_one_property_may_be_several(
    extensions: tuple[str, ...], told: tuple[str, str], active: list[str]
) -> None:
    """An alarm of the dew point always says that it is one."""
    desk = Desk()
    desk.topology = probes(*extensions)
    one, two = ({"extension": it} for it in told)
    desk.poll(60, raised("A", 30, **one), raised("B", 45, **two), cleared("RB", 55, "B", **two))
    assert desk.active == active


@pytest.mark.parametrize("several", ["", "s"])
def test_recovery_whose_times_are_far_apart_ends_what_is_open(several: str) -> None:
    desk = Desk(several=several)
    # Of another source, rows were seen to change.
    desk.poll(10, raised("X", 5, serial="o"))
    desk.poll(20, updated("X", 5, 15, serial="o"))
    desk.poll(30, raised("V", 25))
    assert desk.poll(60, updated("R", 50, 53)) == [("alarm_cleared", "V", "12:25", "12:50")]
    assert desk.active == []


def test_row_that_looks_updated_ends_nothing_that_began_with_it() -> None:
    """Of two channels that were violated by one reading, one goes on."""
    desk = Desk(several="s")
    desk.poll(10, raised("A", 1), updated("B", 1, 4))
    assert desk.active == ["A"]


def test_row_that_looks_updated_ends_nothing_where_rows_change() -> None:
    desk = Desk()
    desk.poll(10, raised("X", 5))
    desk.poll(20, updated("X", 5, 15))
    desk.poll(30, raised("V", 25))
    assert [it[1] for it in desk.poll(60, updated("R", 50, 55))] == ["R", "R"]


def test_older_version_that_was_processed_again_says_nothing() -> None:
    desk = Desk()
    first = raised("U", 5, changed=minutes(5), received=minutes(6))
    desk.poll(10, first)
    desk.poll(35, updated("U", 5, 30, received=minutes(31)))
    assert desk.poll(40, replace(first, received=minutes(36))) == []
    assert desk.active == []


# Clocks of loggers


def test_clock_ahead_hides_no_later_violation() -> None:
    """What was received at noon did not happen in the afternoon."""
    desk = Desk()
    ahead = raised("V", 190, received=minutes(10)), cleared("R", 195, "V", received=minutes(15))
    desk.poll(20, *ahead)
    desk.poll(30, *ahead, raised("W", 25, received=minutes(26)))
    assert desk.active == ["W"]


def test_clock_ahead_leaves_nothing_open() -> None:
    desk = Desk()
    desk.poll(20, raised("V", 190, received=minutes(10)))
    desk.poll(40, cleared("R", 35, received=minutes(36)))
    assert desk.active == []


@pytest.mark.parametrize("received", [True, False])
def test_alarm_older_than_what_was_forgotten_is_told(received: bool) -> None:  # noqa: FBT001 - pytest passes it by name
    """A logger may think that it is 1970."""
    desk = Desk()
    desk.poll(30, raised("V", 10), cleared("R", 20, "V"))
    day = 24 * 60
    for number in range(1, 40):
        desk.poll(number * day)
    assert desk.alarm_log.forgotten is not None
    at = 40 * day
    facts = {"received": minutes(at - 1)} if received else {}
    assert [it[:2] for it in desk.poll(at, raised("W", -20000 * day, **facts))] == [
        ("alarm_raised", "W")
    ]
    assert desk.active == ["W"]


def test_alarm_of_1970_is_open_beside_what_is_over_since() -> None:
    desk = Desk()
    desk.poll(30, raised("V", 10), cleared("R", 20, "V"))
    day = 24 * 60
    row = raised("W", -20000 * day, received=minutes(2 * day - 1))
    assert [it[:2] for it in desk.poll(2 * day, row)] == [("alarm_raised", "W")]
    assert desk.active == ["W"]


def test_receipt_years_ahead_silences_nothing() -> None:
    desk = Desk()
    day, far = 24 * 60, minutes(5 * 365 * 24 * 60)
    desk.poll(30, raised("V", 10, received=far), cleared("R", 20, "V", received=far))
    for number in range(1, 40):
        desk.poll(number * day)
    at = 40 * day
    assert desk.poll(at, raised("W", at - 3, received=minutes(at - 2))) != []


def test_one_wrong_clock_does_not_keep_the_alarms_of_others() -> None:
    desk = Desk()
    day = 24 * 60
    for number in range(1, 200):
        at = number * day
        rows = [raised(f"V{number}", at - 20), cleared(f"R{number}", at - 10, f"V{number}")]
        if number % 30 == 0:
            odd = {"serial": "odd", "received": minutes(at - 1)}
            rows += [raised(f"O{number}", -20000 * day, **odd)]
            rows += [cleared(f"P{number}", -20000 * day + 5, f"O{number}", **odd)]
        desk.poll(at, *rows)
    assert len(desk.alarm_log.records) <= 2 * 33 + 2 * 3


def test_recovery_learnt_by_a_clock_that_was_ahead_is_told() -> None:
    desk = Desk()
    desk.poll(400 * 24 * 60, cleared("R", 20, "V"))
    assert desk.poll(30) == [("alarm_cleared", "V", None, "12:20")]


def test_true_recovery_that_comes_with_the_first_read_after_a_gap_counts() -> None:
    desk = Desk()
    desk.poll(10, raised("V", 5))
    day = 24 * 60
    desk.poll(300 * day, cleared("R", 290 * day, "V"))
    (episode,) = desk.found.episodes
    assert episode.cleared is not None
    assert episode.cleared.uuid == "R"


def test_hostile_log_is_paired_in_one_go() -> None:
    """Many open violations of many properties, and as many recoveries that name nothing."""
    rows = [raised(f"V{no}", no / 100, property_name=f"P{no}") for no in range(3000)]
    rows += [cleared(f"R{no}", 50 + no / 100, property_name="Unknown") for no in range(3000)]
    desk = Desk()
    desk.poll(100, *rows)
    assert desk.active == []
