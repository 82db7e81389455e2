"""Stretches of time that are read once more."""

from datetime import UTC, datetime, timedelta

from custom_components.testo_smart_connect.history.ranges import (
    Span,
    queued,
    spans_of,
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
    assert spans_of(hours, 7 * DAY, 50) == (
        Span(sensors=("a", "b"), start=FIRST, end=FIRST + 2 * DAY),
        Span(sensors=("c",), start=FIRST + 5 * DAY, end=FIRST + 6 * DAY),
    )


def test_one_question_names_only_so_many_sensors() -> None:
    found = spans_of({str(number): [FIRST] for number in range(5)}, DAY, 2)
    assert [span.sensors for span in found] == [("0", "1"), ("2", "3"), ("4",)]


def test_a_long_stretch_takes_several_jobs() -> None:
    found = spans_of({"a": [FIRST + day * DAY for day in range(9)]}, 7 * DAY, 50)
    assert [(span.start - FIRST, span.end - FIRST) for span in found] == [
        (2 * DAY, 9 * DAY),
        (timedelta(), 2 * DAY),
    ]


def test_what_waits_is_asked_for_once_and_not_before_its_time() -> None:
    known = Span(sensors=("a",), start=FIRST, end=FIRST + DAY)
    later = Span(sensors=("a",), start=FIRST + 9 * DAY, end=FIRST + 10 * DAY)
    hours = {"a": [FIRST], "b": [FIRST + 2 * DAY, FIRST + 4 * DAY]}
    assert queued((known, later), hours, FIRST + 3 * DAY, 7 * DAY, 50) == (
        known,
        Span(sensors=("b",), start=FIRST + 2 * DAY, end=FIRST + 3 * DAY),
    )
