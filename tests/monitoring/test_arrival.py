"""Asking by arrival: proved first, wide once a day, and given up for good."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.testo_smart_connect.monitoring.arrival import (
    MARGIN,
    RANGE,
    REFUSED,
    UNTRIED,
    WIDE_RANGE,
    WORKS,
    Arrival,
)
from custom_components.testo_smart_connect.monitoring.codec import dump, load

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def proved() -> Arrival:
    """Return one that works since noon."""
    return Arrival().saw(NOON - MINUTE).proved(NOON)


def test_nothing_can_be_proved_before_anything_arrived() -> None:
    assert Arrival().provable_after is None
    assert Arrival().overdue is None
    with pytest.raises(ValueError, match="nothing has arrived"):
        Arrival().ask(NOON)


def test_a_proof_asks_with_a_margin_and_is_wanted_once() -> None:
    seen = Arrival().saw(NOON)
    assert seen.provable_after == NOON - MARGIN
    assert seen.proved(NOON).provable_after is None
    assert seen.refused().provable_after is None
    assert (seen.state, seen.proved(NOON).state, seen.refused().state) == (
        UNTRIED,
        WORKS,
        REFUSED,
    )


def test_the_newest_arrival_never_goes_back() -> None:
    seen = Arrival().saw(NOON)
    assert seen.saw(NOON - HOUR) == seen.saw(None) == seen
    assert seen.saw(NOON + HOUR).newest == NOON + HOUR


def test_a_failing_job_has_three_tries() -> None:
    arrival = Arrival().saw(NOON)
    states = []
    for _ in range(3):
        arrival = arrival.tried()
        states.append(arrival.state)
    assert states == [UNTRIED, UNTRIED, REFUSED]


def test_once_a_day_it_asks_for_a_month_from_the_last_such_time_on() -> None:
    """What was measured long ago and arrived in between was not in the narrow answers."""
    arrival = proved()
    at = NOON
    asked = []
    for _ in range(60):
        at += HOUR
        before = arrival.newest
        after, reach = arrival.ask(at)
        asked.append((at - after, reach))
        arrival = arrival.saw(at - MINUTE).asked(before, at)
    wide = [hours for hours, reach in asked if reach == WIDE_RANGE]
    narrow = {hours for hours, reach in asked if reach == RANGE}
    assert narrow == {HOUR + MINUTE + MARGIN}
    assert wide == [23 * HOUR + MINUTE + MARGIN, 24 * HOUR + MINUTE + MARGIN]


def test_a_clock_that_was_set_back_asks_for_all() -> None:
    assert proved().ask(NOON - DAY)[1] == WIDE_RANGE
    assert proved().is_compare_due(NOON - DAY)


def test_it_is_compared_once_a_day() -> None:
    arrival = proved()
    assert not arrival.is_compare_due(NOON + 22 * HOUR)
    assert arrival.is_compare_due(NOON + 23 * HOUR)
    assert not arrival.compared_at(NOON + 23 * HOUR).is_compare_due(NOON + 30 * HOUR)


def test_what_arrived_since_the_proof_must_be_known() -> None:
    assert proved().saw(NOON + 5 * HOUR).overdue == (NOON - MINUTE, NOON + 5 * HOUR - MARGIN)


def test_it_survives_a_restart() -> None:
    arrival = proved().saw(NOON + HOUR)
    assert load(Arrival, dump(arrival)) == arrival
    assert load(Arrival, {}) == Arrival()
