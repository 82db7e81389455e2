"""How long readings hold (compliance reference, part 2)."""

from datetime import timedelta

import pytest

from custom_components.testo_smart_connect.monitoring.holding import Series, hold
from custom_components.testo_smart_connect.monitoring.window import micros

from .readings import HOUR, MINUTE, QUARTER, SECOND, START, at_times, every, window

LATE = QUARTER * 1.5


@pytest.mark.parametrize(
    ("distance", "known"),
    [
        (QUARTER - 3 * SECOND, QUARTER - 3 * SECOND),
        (QUARTER + 3 * SECOND, QUARTER + 3 * SECOND),
        (LATE, LATE),
        (LATE + SECOND, QUARTER),
        (timedelta(days=3), QUARTER),
    ],
)
def test_a_reading_holds_until_the_next_or_for_one_cycle(
    distance: timedelta, known: timedelta
) -> None:
    held = hold(at_times([(START, 5), (START + distance, 6)]), window(distance), QUARTER)
    assert (held.ends[0] - held.begins[0]) / 1e6 == known.total_seconds()
    assert [*held.gaps()] == (
        [] if known == distance else [(micros(START + known), micros(START + distance))]
    )


def test_the_reading_after_the_window_tells_how_long_the_last_one_holds() -> None:
    series = at_times([(START, 5), (START + QUARTER + 2 * MINUTE, 6)])
    assert hold(series, window(QUARTER + MINUTE), QUARTER).known == 16 * 60 * 1_000_000


def test_jitter_makes_no_gaps() -> None:
    series = at_times((START + place * QUARTER + place % 7 * SECOND, 5) for place in range(97))
    assert [*hold(series, window(24 * HOUR), QUARTER).gaps()] == []


@pytest.mark.parametrize("cycle", [None, timedelta()])
def test_without_a_cycle_nothing_holds(cycle: timedelta | None) -> None:
    held = hold(every(QUARTER, 5, 5), window(HOUR), cycle)
    assert (held.known, [*held.gaps()]) == (0, [(held.start, held.end)])


def test_order_and_repetition_do_not_matter() -> None:
    at, values = [1_000.0, 2_000.0, 3_000.0], [5.0, 6.0, 7.0]
    assert Series.of([*at[::-1], *at], [*values[::-1], *values]) == Series.of(at, values)


@pytest.mark.parametrize("values", [[5.0, 6.0], [6.0, 5.0]])
def test_of_two_values_for_the_same_moment_the_higher_one_counts(values: list[float]) -> None:
    assert [*Series.of([1_000, 1_000], values).values] == [6.0]


def test_times_are_kept_to_the_microsecond() -> None:
    at = START + timedelta(milliseconds=123, microseconds=457)
    assert at_times([(at, 5)]).times == [at]


def test_columns_have_one_length() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Series.of([1.0, 2.0], [5.0])


def test_the_usual_cycle_is_the_most_frequent_distance() -> None:
    jumping = at_times(
        (START + at * SECOND, 5) for at in (0, 900, 1799, 2700, 3600, 4502, 90_000, 176_400)
    )
    assert jumping.usual_cycle() == QUARTER


def test_of_distances_as_frequent_the_shortest_is_usual() -> None:
    """Better too much unknown than too little."""
    assert at_times((START + at * SECOND, 5) for at in (0, 901, 1800)).usual_cycle() == (
        899 * SECOND
    )


@pytest.mark.parametrize("milliseconds", [[], [0], [0, 100]])
def test_no_cycle_is_usual(milliseconds: list[int]) -> None:
    series = at_times((START + timedelta(milliseconds=it), 5) for it in milliseconds)
    assert series.usual_cycle() is None
