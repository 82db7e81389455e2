"""What readings amount to: the worked cases of the compliance reference, part 3, and A5.

Beside what comes out stand the figures that must not: those of programs that reckon otherwise.
"""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import exp, log
from zoneinfo import ZoneInfo

import pytest

from custom_components.testo_smart_connect.monitoring.holding import Series
from custom_components.testo_smart_connect.monitoring.report import Basis, figures
from custom_components.testo_smart_connect.monitoring.report_model import (
    Day,
    Excursion,
    Extreme,
    ReportGap,
)
from custom_components.testo_smart_connect.monitoring.window import Window

from .readings import (
    DAY,
    HOUR,
    MINUTE,
    QUARTER,
    START,
    at_times,
    every,
    kinetic,
    limits,
    report,
    window,
)

BERLIN = ZoneInfo("Europe/Berlin")
A5 = [5.0] * 36 + [14.0] * 24 + [5.0] * 36
"""One unbroken block in the middle of the day."""


@pytest.mark.parametrize(
    ("readings", "step", "right", "wrong"),
    [
        # 1, 2: 10.429 is the mean weighted by time; MadgeTech prints 10.096, below it.
        pytest.param([20] * 2 + [2] * 4 + [25], HOUR, 15.678, (10.429, 10.096), id="1-2"),
        pytest.param([2, 25], HOUR, 19.465946605483, (13.5,), id="3"),
        pytest.param([24, 26, 28, 25, 23], HOUR, 25.359, (25.2,), id="4"),
        pytest.param([25] * 4 + [40], HOUR, 30.304, (30.5, 28.0), id="5"),
        pytest.param([23, 25], HOUR, 24.0532, (24.0,), id="6"),
        pytest.param([*A5], QUARTER, 8.2852, (7.25, 8.314, 8.257, 9.5, 9.54), id="13"),
        # the same wherever the block lies
        pytest.param([14] * 24 + [5] * 72, QUARTER, 8.2852, (8.314, 8.257), id="13-at-the-edge"),
        pytest.param([12] * 8 + [5] * 88, QUARTER, 5.8663, (5.583,), id="14"),
    ],
)
def test_mean_kinetic_temperature(
    readings: list[float], step: timedelta, right: float, wrong: tuple[float, ...]
) -> None:
    found = report(every(step, *readings), len(readings) * step, step)
    assert found.mkt
    digits = len(str(right).partition(".")[2])
    assert found.mkt.value == pytest.approx(right, abs=0.51 * 10**-digits)
    assert found.mkt.value == pytest.approx(kinetic(readings), abs=1e-9)
    assert found.mkt.activation_energy == 83.144
    for other in wrong:
        assert found.mkt.value != pytest.approx(other, abs=0.005)


def test_case_2_the_kinetic_temperature_is_never_below_the_mean() -> None:
    found = report(every(HOUR, *[20] * 2, *[2] * 4, 25), 7 * HOUR, HOUR)
    assert found.mkt
    assert found.mean
    assert found.mean == pytest.approx(10.429, abs=0.0005)
    assert found.mkt.value > found.mean


def test_case_6_another_zero_does_not_show_in_four_decimals() -> None:
    """The source prints these exponents, for 273.1 instead of 273.15."""
    printed = [-33.77237419790611, -33.545790003354576]
    theirs = 10_000 / -log(sum(map(exp, printed)) / 2) - 273.1
    found = report(every(HOUR, 23, 25), 2 * HOUR, HOUR)
    assert found.mkt
    assert [-10_000 / (value + 273.1) for value in (23, 25)] == pytest.approx(printed, abs=1e-11)
    assert round(found.mkt.value, 4) == round(theirs, 4) == 24.0532


@pytest.mark.parametrize(
    ("energy", "right"), [(60.0, 7.957), (83.144, 8.285), (100.0, 8.531), (41.84, 7.710)]
)
def test_the_activation_energy_decides_the_verdict(energy: float, right: float) -> None:
    """Part 4: with a limit of 8 it flips. 41.84 are 10 kcal/mol."""
    found = report(every(QUARTER, *A5), DAY, energy=energy)
    assert found.mkt
    assert found.mkt.activation_energy == energy
    assert found.mkt.value == pytest.approx(right, abs=0.0005)


def test_case_7_time_in_and_out() -> None:
    found = report(every(QUARTER, 5, 5, 5, 5, 12), 75 * MINUTE)
    assert (found.seconds_above, found.seconds_below) == (900, 0)
    assert found.coverage == 1
    assert 1 - found.seconds_above / (75 * 60) == pytest.approx(0.8)


def test_case_8_one_excursion_however_many_readings() -> None:
    half = 30 * MINUTE
    found = report(every(half, 5, 12, 13, 12, 5), 5 * half, half)
    assert found.excursions == (
        Excursion(
            start=START + half,
            end=START + 4 * half,
            seconds=5400,
            direction="upper",
            extreme=13,
            limit=8,
            open=False,
        ),
    )


def test_case_9_the_two_sides_are_never_netted() -> None:
    found = report(every(10 * MINUTE, *[5] * 10, *[12] * 3, *[-2] * 2), 150 * MINUTE, 10 * MINUTE)
    assert (found.seconds_above, found.seconds_below) == (1800, 1200)
    assert [(it.direction, it.seconds, it.extreme, it.open) for it in found.excursions] == [
        ("upper", 1800, 12, False),
        ("lower", 1200, -2, True),
    ]
    assert found.excursions[0].end == found.excursions[1].start


def test_case_9_a_reading_on_the_limit_is_inside() -> None:
    found = report(every(QUARTER, 2.0, 8.0, 2.0, 8.0), HOUR)
    assert (found.seconds_above, found.seconds_below, found.excursions) == (0, 0, ())
    assert report(every(QUARTER, 2.0, 8.000001, 1.999999), 45 * MINUTE).seconds_below == 900


@pytest.mark.parametrize("silence_first", [False, True])
def test_case_10_unknown_time_is_not_stretched_over(*, silence_first: bool) -> None:
    readings = [*[10.0] * 240, *[5.0] * 480]
    silent = [None] * 720
    rows = [*silent, *readings] if silence_first else [*readings, *silent]
    found = report(every(MINUTE, *rows), DAY, MINUTE)
    assert found.mkt
    assert found.coverage == 0.5
    assert found.seconds_above == 14_400  # not 28,800
    assert found.mean == pytest.approx(6.667, abs=0.0005)
    assert found.mkt.value == pytest.approx(7.018, abs=0.0005)
    begin = START if silence_first else START + 12 * HOUR
    assert found.gaps == (ReportGap(start=begin, end=begin + 12 * HOUR, seconds=43_200),)


def test_case_11_silence_is_unknown() -> None:
    longest = 240 * MINUTE
    found = report(at_times([(START, 5), (START + 3 * DAY, 5)]), 3 * DAY, longest)
    assert found.coverage == pytest.approx(240 / (3 * 24 * 60))
    assert found.gaps == (ReportGap(start=START + longest, end=START + 3 * DAY, seconds=244_800),)


def test_case_12_so_many_readings_hold_so_many_cycles() -> None:
    """The duration, not the length of the trip, which is one less."""
    found = report(every(QUARTER, *[5] * 10), DAY)
    assert found.coverage * 86_400 == pytest.approx(10 * 900)
    assert found.coverage * 86_400 != pytest.approx(9 * 900)


def test_a5_a_report_for_the_inspector() -> None:
    """Case 13. The mean is allowed, the mean kinetic temperature is not."""
    found = report(every(QUARTER, *A5), DAY)
    assert found.mkt
    assert (found.count, found.coverage, found.gaps) == (96, 1, ())
    assert found.minimum == Extreme(value=5, time=START)
    assert found.maximum == Extreme(value=14, time=START + 9 * HOUR)
    assert found.mean == 7.25  # not (5 + 14) / 2
    assert round(found.mkt.value, 2) == 8.29
    assert (found.mkt.highest_24h, found.mkt.highest_30d) == (found.mkt.value, None)
    assert (found.seconds_above, found.seconds_below) == (21_600, 0)
    assert found.excursions == (
        Excursion(
            start=START + 9 * HOUR,
            end=START + 15 * HOUR,
            seconds=21_600,
            direction="upper",
            extreme=14,
            limit=8,
            open=False,
        ),
    )
    assert found.days == (
        Day(day=date(2026, 7, 1), count=96, minimum=5.0, mean=7.25, maximum=14.0),
    )


def test_a5_a_short_excursion() -> None:
    """Case 14."""
    found = report(every(QUARTER, *[12] * 8, *[5] * 88), DAY)
    assert found.mkt
    assert (round(found.mean or 0, 2), round(found.mkt.value, 2)) == (5.58, 5.87)


def test_a5_with_rows_missing() -> None:
    """Case 15. Nothing is drawn over the holes, and no row is invented."""
    missing = {10, 20, 21, 22, 40, 50, 51, 70, 71, 80}
    rows = [None if place in missing else value for place, value in enumerate(A5)]
    found = report(every(QUARTER, *rows), DAY)
    assert found.count == 86
    assert found.coverage == pytest.approx(0.89583, abs=0.000005)
    assert [((it.start - START) // QUARTER, it.seconds / 900) for it in found.gaps] == [
        (10, 1),
        (20, 3),
        (40, 1),
        (50, 2),
        (70, 2),
        (80, 1),
    ]
    # Three of the block are unknown, and part it in three.
    assert found.seconds_above == 21 * 900
    assert [it.seconds / 900 for it in found.excursions] == [4, 9, 8]


@pytest.mark.parametrize(
    ("day", "count"), [(date(2026, 10, 25), 100), (date(2026, 3, 29), 92), (date(2026, 7, 1), 96)]
)
def test_case_16_a_local_day_is_not_always_24_hours(day: date, count: int) -> None:
    start = datetime(day.year, day.month, day.day, tzinfo=BERLIN)
    end = start + timedelta(days=1)  # on the clock
    series = every(QUARTER, *[5.0] * 400, start=start.astimezone(UTC) - DAY)
    found = figures(series, Window(start=start, end=end, zone=BERLIN), Basis(unit="°C"))
    assert (found.count, found.coverage) == (count, 1)
    assert found.days == (Day(day=day, count=count, minimum=5, mean=5, maximum=5),)


def test_part_4_a_limit_is_crossed_when_a_reading_says_so() -> None:
    """A straight line between the readings would give 22.5 minutes."""
    found = report(every(QUARTER, 5, 5, 9, 9, 5), 75 * MINUTE)
    assert found.seconds_above == 30 * 60


def test_what_held_before_the_window_counts_from_its_start_on() -> None:
    """But it is no reading of the window."""
    before = START - 10 * MINUTE
    found = report(every(QUARTER, 12, 5, 5, start=before), 20 * MINUTE)
    assert (found.count, found.coverage, found.mean) == (1, 1, 5)
    assert found.maximum == Extreme(value=5, time=before + QUARTER)
    assert found.seconds_above == 5 * 60
    assert [(it.start, it.extreme, it.open) for it in found.excursions] == [(START, 12, False)]
    assert found.mkt
    assert found.mkt.value == pytest.approx(kinetic([12, 5, 5, 5]), abs=1e-9)


def test_a_window_between_two_readings() -> None:
    found = report(every(QUARTER, 12, 5, start=START - 5 * MINUTE), 5 * MINUTE)
    assert (found.count, found.coverage, found.seconds_above) == (0, 1, 300)
    assert (found.minimum, found.maximum, found.mean, found.mkt) == (None,) * 4
    assert found.excursions[0].open


def test_readings_at_the_end_of_the_window_are_those_of_the_next_one() -> None:
    series = every(QUARTER, *[5] * 8)
    later = Window(start=START + HOUR, end=START + 2 * HOUR, zone=BERLIN)
    assert report(series, HOUR).count == 4
    assert figures(series, later, Basis(unit="°C")).count == 4


def test_no_readings() -> None:
    found = report(Series.of([], []), DAY)
    assert (found.count, found.coverage, found.excursions) == (0, 0, ())
    assert (found.minimum, found.maximum, found.mean, found.mkt) == (None,) * 4
    assert found.gaps == (ReportGap(start=START, end=START + DAY, seconds=86_400),)
    assert found.days == (
        Day(day=date(2026, 7, 1), count=0, minimum=None, mean=None, maximum=None),
    )


def test_gaps_at_both_ends_are_listed() -> None:
    found = report(every(QUARTER, *[5] * 4, start=START + HOUR), 4 * HOUR)
    assert [(it.start - START, it.end - START) for it in found.gaps] == [
        (timedelta(), HOUR),
        (2 * HOUR, 4 * HOUR),
    ]
    assert found.coverage == 0.25


def test_an_excursion_is_open_while_the_last_reading_is_out() -> None:
    """With the window, and with the silence of a logger that owes its rows."""
    until_now = report(every(QUARTER, 5, 12, 12), 45 * MINUTE).excursions
    then_silent = report(every(QUARTER, 5, 12, 12), 2 * HOUR).excursions
    later_inside = report(every(QUARTER, 5, 12, 12, None, None, 5), 2 * HOUR).excursions
    assert [(it.open, it.end - START) for it in until_now] == [(True, 45 * MINUTE)]
    assert [(it.open, it.end - START) for it in then_silent] == [(True, 45 * MINUTE)]
    assert [(it.open, it.end - START) for it in later_inside] == [(False, 45 * MINUTE)]


def test_a_gap_parts_an_excursion() -> None:
    found = report(every(QUARTER, 12, 13, None, None, 14, 5), 90 * MINUTE)
    assert [(it.seconds, it.extreme, it.open) for it in found.excursions] == [
        (1800, 13, False),
        (900, 14, False),
    ]
    assert found.seconds_above == 2700


@pytest.mark.parametrize("lower", [None, 2.0])
@pytest.mark.parametrize("upper", [None, 8.0])
def test_one_limit_or_none(lower: float | None, upper: float | None) -> None:
    found = report(every(QUARTER, 5, 12, 0), 45 * MINUTE, allowed=limits(lower, upper))
    assert found.seconds_above == (900 if upper else 0)
    assert found.seconds_below == (900 if lower else 0)
    assert len(found.excursions) == (upper is not None) + (lower is not None)


def test_without_a_cycle_the_usual_distance_counts() -> None:
    rows = [*[5.0] * 20, None, None, *[5.0] * 20]
    found = report(every(QUARTER, *rows), 42 * QUARTER, cycle=None)
    assert [it.seconds for it in found.gaps] == [1800]


def test_one_reading_alone_says_nothing_of_time() -> None:
    found = report(every(QUARTER, 5), HOUR, cycle=None)
    assert (found.count, found.coverage, found.mean, found.mkt) == (1, 0, 5, None)


def test_without_an_activation_energy_there_is_no_kinetic_temperature() -> None:
    found = figures(every(QUARTER, 40, 60), window(30 * MINUTE), Basis(unit="%"))
    assert (found.mkt, found.mean) == (None, 50)


def test_days_without_a_reading_are_shown() -> None:
    rows = [*[5.0] * 96, *[None] * 96, *[7.0] * 48]
    found = report(every(QUARTER, *rows), 60 * HOUR)
    assert [(it.day.day, it.count, it.mean) for it in found.days] == [
        (1, 96, 5),
        (2, 0, None),
        (3, 48, 7),
    ]


def test_the_mean_of_equal_readings_is_one_of_them() -> None:
    found = report(every(QUARTER, *[0.1] * 3), 45 * MINUTE)
    assert (found.mean, found.days[0].mean) == (0.1, 0.1)


def test_each_extreme_has_the_first_of_its_times() -> None:
    found = report(every(QUARTER, 5, 9, 3, 9, 3), 75 * MINUTE)
    assert found.minimum == Extreme(value=3, time=START + 30 * MINUTE)
    assert found.maximum == Extreme(value=9, time=START + QUARTER)


def test_gaps_and_excursions_come_in_order() -> None:
    rows = [5, 12, None, None, 0, 5, 12, 0, None, None, 12]
    found = report(every(QUARTER, *rows), 11 * QUARTER)
    assert (len(found.gaps), len(found.excursions)) == (2, 5)
    assert all(a.end <= b.start for a, b in pairwise(found.gaps))
    assert all(a.end <= b.start for a, b in pairwise(found.excursions))
