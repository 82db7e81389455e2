"""Whatever way readings come and windows are cut, a report says the same, and what is true."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.testo_smart_connect.monitoring.holding import Series, hold
from custom_components.testo_smart_connect.monitoring.kinetic import ACTIVATION_ENERGY, Harm
from custom_components.testo_smart_connect.monitoring.report import Basis, figures
from custom_components.testo_smart_connect.monitoring.report_model import (
    ChannelFigures,
    Direction,
)
from custom_components.testo_smart_connect.monitoring.window import Window

from .readings import SECOND, START, UTC_ZONE, by_second, kinetic, limits

LENGTH = 90
"""In seconds; readings may also lie up to so many before and after it."""
AROUND = 20

type Rows = list[tuple[int, float]]
type Stretch = tuple[str, int, int, float]

rows = st.lists(
    st.tuples(
        st.integers(-AROUND, LENGTH + AROUND),
        st.sampled_from([-20.0, -2.0, 1.9, 2.0, 5.0, 8.0, 8.1, 14.0, 40.0]),
    ),
    max_size=40,
)
cycles = st.integers(2, 12).map(lambda it: it * SECOND)


def series_of(found: Sequence[tuple[int, float]]) -> Series:
    start = START.timestamp()
    return Series.of([start + at for at, _ in found], [value for _, value in found])


def window(begin: int = 0, end: int = LENGTH) -> Window:
    return Window(start=START + begin * SECOND, end=START + end * SECOND, zone=UTC_ZONE)


def figures_of(series: Series, window: Window, cycle: timedelta) -> ChannelFigures:
    basis = Basis(unit="°C", cycle=cycle, limits=limits(), activation_energy=ACTIVATION_ENERGY)
    return figures(series, window, basis)


def side(value: float | None) -> Direction | None:
    if value is None or 2 <= value <= 8:
        return None
    return "upper" if value > 8 else "lower"


def stretches(seconds: list[float | None]) -> list[Stretch]:
    """Return excursions and gaps as seconds in which the same is true."""
    found = list[Stretch]()
    marked = [(side(it), it is None, place, it) for place, it in enumerate(seconds)]
    for (direction, unknown), group in groupby(marked, key=lambda it: it[:2]):
        members = [*group]
        begin, end = members[0][2], members[-1][2] + 1
        if unknown:
            found.append(("gap", begin, end, 0.0))
        elif direction:
            values = [value for *_, value in members if value is not None]
            extreme = (max if direction == "upper" else min)(values)
            found.append((direction, begin, end, extreme))
    return found


@given(rows, cycles)
def test_second_by_second_the_same_is_true(found: Rows, cycle: timedelta) -> None:
    series = series_of(found)
    seconds = by_second(series, window(), cycle)
    ours = figures_of(series, window(), cycle)
    known = [value for value in seconds if value is not None]

    told: list[Stretch] = [
        ("gap", (it.start - START) // SECOND, (it.end - START) // SECOND, 0.0) for it in ours.gaps
    ]
    told += [
        (it.direction, (it.start - START) // SECOND, (it.end - START) // SECOND, it.extreme)
        for it in ours.excursions
    ]
    assert sorted(told) == sorted(stretches(seconds))
    assert ours.seconds_above == sum(side(it) == "upper" for it in seconds)
    assert ours.seconds_below == sum(side(it) == "lower" for it in seconds)
    assert ours.coverage == len(known) / LENGTH
    assert all(it.seconds == (it.end - it.start).total_seconds() for it in ours.gaps)
    last = next((place for place in reversed(range(LENGTH)) if seconds[place] is not None), None)
    still_out = last is not None and side(seconds[last]) is not None
    assert [it.open for it in ours.excursions if it.open] == [True] * still_out
    if ours.mkt:
        assert ours.mkt.value == pytest.approx(kinetic(seconds), abs=1e-6)


@given(rows, cycles, st.integers(1, LENGTH // 2).map(lambda it: 2 * it))
def test_no_rolling_window_is_higher(found: Rows, cycle: timedelta, length: int) -> None:
    series = series_of(found)
    held = hold(series, window(), cycle)
    seconds = by_second(series, window(), cycle)
    windows = [seconds[begin : begin + length] for begin in range(LENGTH - length + 1)]
    slow = [kinetic(it) for it in windows if 2 * sum(value is not None for value in it) >= length]
    fast = Harm.of(held, "°C", ACTIVATION_ENERGY).highest(length * SECOND) if held.values else None
    assert fast == (pytest.approx(max(slow), abs=1e-6) if slow else None)


@given(rows, cycles, st.integers(1, LENGTH - 1))
def test_cutting_a_window_changes_nothing(found: Rows, cycle: timedelta, cut: int) -> None:
    series = series_of(found)
    whole = figures_of(series, window(), cycle)
    parts = [figures_of(series, it, cycle) for it in (window(0, cut), window(cut, LENGTH))]

    def unknown(of: ChannelFigures) -> float:
        return sum(it.seconds for it in of.gaps)

    assert whole.count == sum(it.count for it in parts)
    assert whole.seconds_above == pytest.approx(sum(it.seconds_above for it in parts))
    assert whole.seconds_below == pytest.approx(sum(it.seconds_below for it in parts))
    assert unknown(whole) == pytest.approx(sum(map(unknown, parts)))


@given(st.data(), rows, cycles)
def test_order_repetition_and_lateness_do_not_matter(
    data: st.DataObject, found: Rows, cycle: timedelta
) -> None:
    again = data.draw(st.permutations(found + (data.draw(st.sampled_from([[], found])))))
    assert figures_of(series_of(again), window(), cycle) == figures_of(
        series_of(found), window(), cycle
    )


@given(rows, cycles)
def test_all_time_is_above_below_inside_or_unknown(found: Rows, cycle: timedelta) -> None:
    ours = figures_of(series_of(found), window(), cycle)
    unknown = sum(it.seconds for it in ours.gaps)
    assert ours.seconds_above + ours.seconds_below <= LENGTH - unknown + 1e-9
    assert ours.coverage * LENGTH == pytest.approx(LENGTH - unknown)
    assert sum(it.count for it in ours.days) == ours.count
