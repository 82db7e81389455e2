"""The mean kinetic temperature, and its highest ones over rolling windows."""

from datetime import timedelta

import pytest

from custom_components.testo_smart_connect.monitoring.holding import Series, hold
from custom_components.testo_smart_connect.monitoring.kinetic import ACTIVATION_ENERGY, Harm, mkt
from custom_components.testo_smart_connect.monitoring.report_model import Mkt
from custom_components.testo_smart_connect.monitoring.temperature import in_unit

from .readings import DAY, HOUR, QUARTER, START, every, kinetic, window


def reckoned(series: Series, length: timedelta, unit: str = "°C") -> Mkt | None:
    held = hold(series, window(length), QUARTER)
    inside = series.inside(held.start, held.end)
    return mkt(held, inside.values, unit, ACTIVATION_ENERGY)


def harm(series: Series, length: timedelta) -> Harm:
    return Harm.of(hold(series, window(length), QUARTER), "°C", ACTIVATION_ENERGY)


def test_fahrenheit_is_reckoned_in_kelvin_and_shown_as_it_is() -> None:
    block = [5.0] * 72 + [14.0] * 24
    rows = [in_unit(value, "°C", "°F") for value in block]
    found = reckoned(every(QUARTER, *rows), DAY, "°F")
    assert found
    assert in_unit(found.value, "°F", "°C") == pytest.approx(kinetic(block), abs=1e-8)
    assert found.value != pytest.approx(kinetic(rows), abs=0.01)


@pytest.mark.parametrize(
    ("values", "unit", "expected"),
    [
        ([-18.0, -0.1], "°C", False),
        ([-18.0, 0.0], "°C", True),
        ([20.0, 31.9], "°F", False),
        ([20.0, 32.0], "°F", True),
        ([200.0, 273.1], "K", False),
        ([], "°C", False),
        # A broken probe; below absolute zero there is no temperature.
        ([5.0, -273.15], "°C", False),
        ([5.0, -999.0], "°C", False),
        ([5.0, -270.0], "°C", True),
    ],
)
def test_frozen_goods_have_none(values: list[float], unit: str, *, expected: bool) -> None:
    found = reckoned(every(QUARTER, *values), len(values) * QUARTER or QUARTER, unit)
    assert (found is not None) is expected


def test_a_reading_before_the_window_does_not_thaw_what_is_frozen() -> None:
    series = every(QUARTER, 5, *[-18] * 5, start=START - QUARTER / 3)
    assert reckoned(series, HOUR) is None


@pytest.mark.parametrize("value", [5.0, 0.1, 24.7, -270.0])
def test_of_equal_readings_it_is_one_of_them(value: float) -> None:
    assert harm(every(QUARTER, *[value] * 8), 2 * HOUR).temperature() == value


@pytest.mark.parametrize(("hours", "expected"), [(23, False), (24, True), (25, True)])
def test_only_full_windows_are_looked_at(hours: int, *, expected: bool) -> None:
    """One not yet full, as some programs take it, would begin with a hot hour alone."""
    found = reckoned(every(QUARTER, *[14] * 4, *[5] * 4 * (hours - 1)), hours * HOUR)
    assert found
    assert (found.highest_24h is not None) is expected
    assert found.highest_30d is None
    if found.highest_24h is not None:
        assert found.highest_24h == pytest.approx(kinetic([14] * 4 + [5] * 92))


def test_a_long_time_hides_a_bad_day() -> None:
    """Why there are rolling ones (compliance reference, part 3)."""
    rows = [23.0] * 96 * 40
    rows[96 * 5 : 96 * 6] = [31.0] * 96
    found = reckoned(every(QUARTER, *rows), 40 * DAY)
    assert found
    assert found.highest_24h == pytest.approx(31)
    assert found.highest_30d == pytest.approx(kinetic([31] + [23] * 29))
    assert found.value == pytest.approx(kinetic([31] + [23] * 39))


def test_a_window_between_the_readings_may_be_the_highest() -> None:
    """A window of 40 min catches the hot quarters whole and 5 min each of what is around."""
    series = every(QUARTER, 5, 9, 14, 14, 9, 5)
    assert harm(series, 6 * QUARTER).highest(40 * timedelta(minutes=1)) == pytest.approx(
        kinetic([14] * 30 + [9] * 10)
    )


def test_unknown_time_weighs_nothing() -> None:
    rows = [5.0] * 96
    rows[40:44] = [14.0] * 4
    with_gap: list[float | None] = [*rows]
    with_gap[50:60] = [None] * 10
    found = reckoned(every(QUARTER, *with_gap), DAY)
    assert found
    assert found.highest_24h == found.value == pytest.approx(kinetic(with_gap))
    assert found.value > kinetic(rows)


def test_a_reading_beside_an_outage_is_no_day() -> None:
    """Half of a window has to be known, and then just half of one may be the highest."""
    rows: list[float | None] = [*[5.0] * 96, *[9.0] * 4, *[None] * 96, *[5.0] * 96]
    found = reckoned(every(QUARTER, *rows), 73 * HOUR)
    assert found
    assert found.highest_24h == pytest.approx(kinetic([9] * 4 + [5] * 44))
    assert found.highest_24h != pytest.approx(9)


def test_after_an_outage_as_before_it() -> None:
    rows: list[float | None] = [*[5.0] * 96, *[None] * 96, *[9.0] * 4, *[5.0] * 96]
    found = reckoned(every(QUARTER, *rows), 73 * HOUR)
    assert found
    assert found.highest_24h == pytest.approx(kinetic([9] * 4 + [5] * 44))


def test_without_a_window_known_by_half_there_is_no_highest() -> None:
    found = reckoned(every(QUARTER, *[14] * 40), 2 * DAY)
    assert found
    assert (found.value, found.highest_24h) == (14, None)


def test_what_is_cold_is_not_lost_beside_what_is_hot() -> None:
    """Sums over everything would lose the harm of the cold day in their last digits."""
    rows: list[float | None] = [*[80.0] * 40, *[None] * 96, *[-150.0, -149.0] * 48]
    found = harm(every(QUARTER, *rows), 58 * HOUR)
    assert found.highest(DAY) == pytest.approx(kinetic([-150, -149]), abs=1e-6)
