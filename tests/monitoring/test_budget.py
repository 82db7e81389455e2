"""How long calls last that are not renewed."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.testo_smart_connect.monitoring.budget import Budget
from custom_components.testo_smart_connect.monitoring.codec import dump, load

NOW = datetime(2026, 7, 1, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


DEFAULT = (30 * MINUTE, 30 * MINUTE, DAY)


def made(budget: Budget, chosen: Iterable[timedelta], at: datetime) -> float:
    """Return how many calls a day are made."""
    intervals = tuple(chosen)
    return sum(DAY / budget.every(it, intervals, at) for it in intervals)


def test_before_anything_is_told_nothing_changes() -> None:
    budget = Budget()
    assert budget.every(HOUR, DEFAULT, NOW) == HOUR
    assert budget.lasts(97, NOW) is None
    assert not budget.is_scarce(97, NOW)
    assert budget.others(NOW) == 0


@pytest.mark.parametrize(
    ("left", "values", "points", "scarce"),
    [
        (10_000, 30 * MINUTE, DAY, False),
        (5_820, 30 * MINUTE, DAY, False),
        (2_940, HOUR, DAY, False),
        (1_020, 3 * HOUR, DAY, True),
        (180, DAY, DAY, True),
        (120, 1.5 * DAY, 1.5 * DAY, True),
        (30, 6 * DAY, 6 * DAY, True),
        (0, DAY, DAY, True),
    ],
)
def test_what_is_left_decides(
    left: int, values: timedelta, points: timedelta, *, scarce: bool
) -> None:
    """Points are read daily as long as the rest is; once none is left there is a try a day."""
    budget = Budget().told(left, NOW)
    assert budget.every(30 * MINUTE, DEFAULT, NOW) == values
    assert budget.every(DAY, DEFAULT, NOW) == points
    assert budget.is_scarce(97, NOW) is scarce


def test_what_is_read_seldom_is_read_daily_before_the_rest_is() -> None:
    chosen = (15 * MINUTE, 4 * HOUR, DAY)
    budget = Budget().told(60 * 10, NOW)
    assert [budget.every(it, chosen, NOW) for it in chosen] == [3 * HOUR, DAY, DAY]


def test_who_takes_all_calls_leaves_us_one_a_day() -> None:
    budget = Budget().told(20_000, NOW).told(13_000, NOW + DAY)
    assert budget.every(30 * MINUTE, DEFAULT, NOW + DAY) == DAY


@given(
    st.integers(1, 20_000),
    st.lists(st.integers(1, 16), min_size=2, max_size=2),
    st.integers(0, 300),
    st.integers(1, 20),
)
def test_it_lasts_for_sixty_days(
    left: int, quarters: Sequence[int], others: int, days: int
) -> None:
    """At whatever rate others use it up, if they leave us anything."""
    chosen = (*(it * 15 * MINUTE for it in quarters), DAY)
    budget, at, told = Budget(), NOW, left + days * others
    for _ in range(days):
        budget = budget.told(told, at)
        at += DAY
        told -= others + 1
    budget = budget.told(max(told, 0), at)
    assert all(budget.every(it, chosen, at) >= it for it in chosen)
    assert budget.left is not None
    if not others or budget.left / 60 - budget.others(at) >= len(chosen):
        rate = made(budget, chosen, at) + budget.others(at)
        assert rate * 60 <= budget.left + 1e-3 or budget.left == 0


def test_calls_that_are_added_begin_a_new_account() -> None:
    budget = Budget()
    for hour in range(50):
        budget = budget.told(1000 - 20 * hour, NOW + hour * HOUR)
    now = NOW + 50 * HOUR
    assert budget.others(now) > 400
    assert budget.told(9_000, now).others(now) == 0


def test_no_more_is_kept_than_a_week() -> None:
    budget = Budget()
    for minute in range(0, 30 * 24 * 60, 10):
        budget = budget.told(50_000 - minute // 10, NOW + timedelta(minutes=minute))
    assert len(budget.samples) <= 66
    assert load(Budget, dump(budget)) == budget
    assert budget.others(NOW + 30 * DAY) == 0
