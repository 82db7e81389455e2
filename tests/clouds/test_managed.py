"""In which unit a cycle is told: the only one that fits, or nobody says."""

from datetime import timedelta

import pytest

from custom_components.testo_smart_connect.clouds.managed import Cycle, CycleSetting

MINUTE = timedelta(minutes=1)
DAY_MS, DAY_S, DAY_MINUTES = 86_400_000, 86_400, 1_440


def setting(value: float, least: float, most: float) -> CycleSetting:
    """Return a cycle as it is told."""
    return CycleSetting(cycle=Cycle.MEASURING, value=value, least=least, most=most)


@pytest.mark.parametrize("known", [None, 15 * MINUTE, 20 * MINUTE])
@pytest.mark.parametrize(
    "told", [setting(900_000, 60_000, DAY_MS), setting(900, 60, DAY_S)], ids=["ms", "s"]
)
def test_one_unit_makes_sense(told: CycleSetting, known: timedelta | None) -> None:
    """Whether the account shows it, shows another one (a change is pending), or shows none."""
    timed = told.timed(known)
    assert timed is not None
    assert (timed.value, timed.least, timed.most) == (15 * MINUTE, MINUTE, 1440 * MINUTE)


@pytest.mark.parametrize("known", [None, 15 * MINUTE, 20 * MINUTE])
@pytest.mark.parametrize(
    "told",
    [setting(900_000, 60, DAY_S), setting(900, 60_000, DAY_MS)],
    ids=["value in ms", "value in s"],
)
def test_bounds_in_another_unit_than_the_value(told: CycleSetting, known: timedelta | None) -> None:
    """What would be written by such bounds is a thousand times too long or too short."""
    assert told.timed(known) is None


def test_minutes_are_no_seconds() -> None:
    assert setting(15, 1, DAY_MINUTES).timed(15 * MINUTE) is None


def test_a_value_beyond_its_bounds_is_believed_if_the_account_shows_it_so() -> None:
    told = setting(30_000, 60_000, DAY_MS)
    assert told.timed(None) is None
    timed = told.timed(timedelta(seconds=30))
    assert timed is not None
    assert timed.value == timedelta(seconds=30)


@pytest.mark.parametrize("most", [1e15, 1e30])
@pytest.mark.parametrize("value", [900_000, 1e30, -1e30, 0])
def test_numbers_beyond_all_measure(value: float, most: float) -> None:
    assert setting(value, 60_000, most).timed(15 * MINUTE) is None
    assert setting(value, most, most).timed(None) is None
    assert setting(value, 60_000, DAY_MS).timed(timedelta(seconds=1)) is None or value == 900_000
