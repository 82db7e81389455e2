"""Stretches of time that are read once more."""

from datetime import UTC, datetime, timedelta

from custom_components.testo_smart_connect.history.ranges import (
    ReadRange,
    queued,
    ranges_of,
    windows,
)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FIRST = datetime(2026, 7, 1, tzinfo=UTC)


def test_windows_are_the_newest_first_and_leave_nothing_out() -> None:
    found = list(windows(FIRST, FIRST + 17 * DAY, 7 * DAY))
    assert found == [
        (FIRST + 10 * DAY, FIRST + 17 * DAY),
        (FIRST + 3 * DAY, FIRST + 10 * DAY),
        (FIRST, FIRST + 3 * DAY),
    ]
    assert list(windows(FIRST, FIRST, DAY)) == []


def test_hours_become_whole_days_of_several_sensors() -> None:
    hours = {
        "a": {FIRST + 5 * HOUR, FIRST + 6 * HOUR, FIRST + 30 * HOUR},
        "b": {FIRST + 40 * HOUR, FIRST + 3 * HOUR},
        "c": {FIRST + 5 * DAY},
        "d": set[datetime](),
    }
    assert ranges_of(hours, 7 * DAY, 50) == (
        ReadRange(sensors=("a", "b"), start=FIRST, end=FIRST + 2 * DAY),
        ReadRange(sensors=("c",), start=FIRST + 5 * DAY, end=FIRST + 6 * DAY),
    )


def test_one_question_names_only_so_many_sensors() -> None:
    found = ranges_of({str(number): [FIRST] for number in range(5)}, DAY, 2)
    assert [read_range.sensors for read_range in found] == [("0", "1"), ("2", "3"), ("4",)]


def test_a_long_stretch_takes_several_jobs() -> None:
    found = ranges_of({"a": [FIRST + day * DAY for day in range(9)]}, 7 * DAY, 50)
    assert [(read_range.start - FIRST, read_range.end - FIRST) for read_range in found] == [
        (2 * DAY, 9 * DAY),
        (timedelta(), 2 * DAY),
    ]


def test_what_waits_is_asked_for_once_and_not_before_its_time() -> None:
    known = ReadRange(sensors=("a",), start=FIRST, end=FIRST + DAY)
    later = ReadRange(sensors=("a",), start=FIRST + 9 * DAY, end=FIRST + 10 * DAY)
    hours = {"a": [FIRST], "b": [FIRST + 2 * DAY, FIRST + 4 * DAY]}
    assert queued((known, later), hours, FIRST + 3 * DAY, 7 * DAY, 50) == (
        known,
        ReadRange(sensors=("b",), start=FIRST + 2 * DAY, end=FIRST + 3 * DAY),
    )
