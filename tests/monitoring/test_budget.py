"""How long calls last that are not renewed."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.testo_smart_connect.monitoring.budget import Budget
from custom_components.testo_smart_connect.monitoring.codec import dump, load

NOW = datetime(2026, 7, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_before_anything_is_told_nothing_changes() -> None:
    budget = Budget()
    assert budget.stretch(97, NOW) == 1
    assert budget.lasts(97, NOW) is None
    assert not budget.is_scarce(97, NOW)
    assert budget.others(NOW) == 0


@pytest.mark.parametrize(
    ("left", "stretch", "scarce"),
    [(10_000, 1.0, False), (5_820, 1.0, False), (2_910, 2.0, False), (970, 6.0, True)],
)
def test_what_is_left_decides(left: int, stretch: float, *, scarce: bool) -> None:
    budget = Budget().told(left, NOW)
    assert budget.stretch(97, NOW) == pytest.approx(stretch)
    assert budget.is_scarce(97, NOW) is scarce


def test_at_zero_there_is_no_interval_that_is_long_enough() -> None:
    assert Budget().told(0, NOW).stretch(97, NOW) == float("inf")


@given(st.integers(100, 20_000), st.floats(3, 400), st.integers(0, 300), st.integers(1, 20))
def test_it_lasts_for_sixty_days(left: int, wanted: float, others: int, days: int) -> None:
    """At whatever rate others use it up, if they leave us anything."""
    budget, at, told = Budget(), NOW, left + days * others
    for _ in range(days):
        budget = budget.told(told, at)
        at += DAY
        told -= others + 1
    budget = budget.told(max(told, 0), at)
    stretch = budget.stretch(wanted, at)
    assert stretch >= 1
    if stretch != float("inf"):
        rate = wanted / stretch + budget.others(at)
        assert budget.left is not None
        assert rate * 60 <= budget.left + 1e-6 or stretch == 1


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
