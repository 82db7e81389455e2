"""Asking by arrival: proved first, wide once a day, and given up for good."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from custom_components.testo_smart_connect.history.arrival import (
    MARGIN,
    RANGE,
    REFUSED,
    UNTRIED,
    WIDE_RANGE,
    WORKS,
    Arrival,
    is_odd,
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
    assert seen.refused(NOON).provable_after is None
    assert (seen.state, seen.proved(NOON).state, seen.refused(NOON).state) == (
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
    hopeless = []
    for _ in range(3):
        arrival = arrival.tried()
        hopeless.append(arrival.is_hopeless)
    assert hopeless == [False, False, True]


def test_what_was_given_up_is_tried_again_ever_more_rarely() -> None:
    arrival, at, pauses = Arrival().saw(NOON), NOON, []
    for _ in range(8):
        given_up = at
        arrival = arrival.tried().refused(at)
        while arrival.at(at).state == REFUSED:
            at += DAY / 2
        arrival = arrival.at(at)
        pauses.append((at - given_up) / DAY)
    assert pauses == [1, 2, 4, 8, 16, 32, 32, 32]
    assert (arrival.state, arrival.failed) == (UNTRIED, 0)
    assert arrival.proved(at).compared_at(at).refused(at).refusals == 1


def test_a_clock_that_was_wrong_does_not_give_it_up_for_good() -> None:
    assert Arrival().refused(NOON + 900 * DAY).at(NOON).state == UNTRIED
    assert Arrival(state=REFUSED).at(NOON).state == UNTRIED, "of the first release"


@pytest.mark.parametrize(
    "wrong",
    [
        replace(proved(), newest=NOON + 900 * DAY, since=NOON + 900 * DAY),
        replace(proved(), newest_then=NOON + 900 * DAY),
    ],
)
def test_behind_a_mark_that_lies_ahead_all_is_asked_for(wrong: Arrival) -> None:
    healed = wrong.at(NOON + HOUR)
    assert healed.ask(NOON + HOUR) == (NOON + HOUR - WIDE_RANGE - MARGIN, WIDE_RANGE)
    healed = healed.saw(NOON + HOUR).asked(healed.newest, NOON + HOUR)
    assert healed.ask(NOON + HOUR) == (NOON + HOUR - MARGIN, RANGE)
    assert healed.overdue == (NOON + HOUR, NOON + HOUR - MARGIN)
    assert proved().at(NOON) == proved()


def test_what_lies_ahead_is_counted() -> None:
    assert proved().saw(None, ahead=2).saw(NOON, ahead=3).ahead == 5


@pytest.mark.parametrize(
    ("lacking", "of", "odd"),
    [(0, 0, True), (1, 1, True), (2, 5, False), (2, 200, True), (3, 200, False)],
)
def test_few_of_many_are_odd_ones(lacking: int, of: int, odd: bool) -> None:  # noqa: FBT001 - a parameter
    assert is_odd(lacking, of) is odd


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
