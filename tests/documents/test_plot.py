"""Curves: no extreme is lost, no gap is bridged, and the marks stand at local midnights."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.testo_smart_connect.documents.blocks import Figure
from custom_components.testo_smart_connect.documents.curve import lines
from custom_components.testo_smart_connect.documents.plot import (
    HEIGHT,
    WIDTH,
    Area,
    Label,
    Path,
    Plot,
)
from custom_components.testo_smart_connect.documents.ticks import time_ticks, value_ticks
from custom_components.testo_smart_connect.documents.words import Words
from custom_components.testo_smart_connect.monitoring.report_model import ReportLimit

from . import samples
from .samples import CYCLE, END, OUTAGE, START

SAY = Words("de", "Europe/Berlin")


def figure(
    window: samples.Span = (START, END), limits: tuple[ReportLimit, ...] = samples.COLD
) -> Figure:
    return Figure(
        channel=samples.channel(samples.fridge, limits, window, [OUTAGE]),
        limits=tuple((it.value, SAY.number(it.value, 1)) for it in limits),
        caption="",
        start=window[0],
        end=window[1],
        say=SAY,
    )


def test_few_readings_go_in_steps_that_end_with_a_gap() -> None:
    window = START, START + 6 * CYCLE
    outage = START + 2 * CYCLE, START + 4 * CYCLE
    channel = samples.channel(samples.fridge, (), window, [outage])
    begin, cycle = START.timestamp(), CYCLE.total_seconds()
    first, second, third, fourth = channel.values
    assert [*lines(channel, *window, 100)] == [
        [
            (begin, first),
            (begin + cycle, first),
            (begin + cycle, second),
            (begin + 2 * cycle, second),
        ],
        [
            (begin + 4 * cycle, third),
            (begin + 5 * cycle, third),
            (begin + 5 * cycle, fourth),
            (begin + 6 * cycle, fourth),
        ],
    ]


@pytest.mark.parametrize("outage", [(START, START + CYCLE), (END - CYCLE, END)])
def test_gaps_at_both_ends(outage: samples.Span) -> None:
    channel = samples.channel(outages=[outage])
    (line,) = lines(channel, START, END, 10_000)
    assert line[0][0] == channel.times[0].timestamp()
    assert line[-1][0] == (channel.times[-1] + CYCLE).timestamp()


@given(
    values=st.lists(st.integers(-500, 500), min_size=1, max_size=300),
    lost=st.sets(st.integers(0, 299)),
    columns=st.integers(1, 60),
)
def test_however_narrow_a_picture_no_extreme_is_lost(
    values: list[int], lost: set[int], columns: int
) -> None:
    by_time = {START + number * CYCLE: value / 10 for number, value in enumerate(values)}
    window = START, START + len(values) * CYCLE
    outages = [
        (START + number * CYCLE, START + (number + 1) * CYCLE)
        for number in lost
        if number < len(values)
    ]
    channel = samples.channel(by_time.__getitem__, (), window, outages)
    found = [*lines(channel, *window, columns)]
    drawn = [value for line in found for _, value in line]
    assert min(drawn, default=None) == min(channel.values, default=None)
    assert max(drawn, default=None) == max(channel.values, default=None)
    measured = {*zip((at.timestamp() for at in channel.times), channel.values, strict=True)}
    for line in found:
        times = [at for at, _ in line]
        assert times == sorted(times)
        assert line[0] in measured
    # Where nothing is known, nothing is drawn.
    for (_, end), (start, _) in pairwise((line[0][0], line[-1][0]) for line in found):
        assert end < start
    assert len(found) == len(
        [1 for at in channel.times if at == window[0] or at - CYCLE not in channel.times]
    )


def test_a_year_takes_few_points_and_keeps_its_one_hot_reading() -> None:
    window = START, START + timedelta(days=365)
    hot = START + timedelta(days=200, minutes=45)
    channel = samples.channel(lambda at: 99.9 if at == hot else samples.fridge(at), (), window)
    assert len(channel.values) == 35_040
    (line,) = lines(channel, *window, 1000)
    assert len(line) <= 4001
    assert (hot.timestamp(), 99.9) in line


@pytest.mark.parametrize(
    ("low", "high", "values", "digits"),
    [
        (1.2, 12.8, [2, 4, 6, 8, 10, 12], 0),
        (-0.3, 1.1, [0, 0.5, 1], 1),
        (4.95, 5.05, [4.96, 4.98, 5.0, 5.02, 5.04], 2),
        (-38, 950, [0, 200, 400, 600, 800], 0),
    ],
)
def test_round_values(low: float, high: float, values: list[float], digits: int) -> None:
    found, shown = value_ticks(low, high)
    assert found == pytest.approx(values)
    assert shown == digits


def labels(start: datetime, end: datetime, language: str = "de") -> list[str]:
    say = Words(language, "Europe/Berlin")
    return [text for _, text in time_ticks(start, end, 11, say) if text]


def test_marks_of_the_time() -> None:
    midnight = samples.local(10, 12)
    assert labels(midnight, midnight + timedelta(days=1)) == [
        *("12.10.", "03:00", "06:00", "09:00", "12:00", "15:00", "18:00", "21:00", "13.10.")
    ]
    assert labels(midnight, midnight + timedelta(days=2))[:5] == [
        *("12.10.", "06:00", "12:00", "18:00", "13.10.")
    ]
    assert labels(midnight, midnight + timedelta(days=4))[1] == "12:00"
    assert labels(midnight, midnight + timedelta(days=7), "en")[:2] == ["10-12", "10-13"]
    assert labels(START, END)[:3] == ["01.10.", "04.10.", "07.10."]
    assert labels(START, START + timedelta(days=92))[:2] == ["01.10.", "15.10."]
    assert labels(START, START + timedelta(days=365), "en")[:2] == ["2026-10", "2026-11"]
    assert labels(midnight + timedelta(hours=5), midnight + timedelta(days=6))[0] == "13.10."


def test_marks_stand_at_local_midnights_when_the_clocks_change() -> None:
    ticks = time_ticks(START, END, 40, SAY)
    assert len(ticks) == 32
    lengths = {after - before for (before, _), (after, _) in pairwise(ticks)}
    assert lengths == {timedelta(hours=24), timedelta(hours=25)}
    assert ticks[0][0] == datetime(2026, 9, 30, 22, tzinfo=UTC)


def test_everything_is_inside_the_picture() -> None:
    shapes = [*Plot(figure()).shapes()]
    for shape in shapes:
        match shape:
            case Area(x, y, width, height):
                assert 0 <= x <= x + width <= WIDTH
                assert 0 <= y <= y + height <= HEIGHT
            case Path(points):
                assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points)
            case Label(x, y, text):
                assert text
                assert 0 <= x <= WIDTH
                assert 0 <= y <= HEIGHT


def test_what_is_drawn() -> None:
    shapes = [*Plot(figure()).shapes()]
    styles = [shape.style for shape in shapes if not isinstance(shape, Label)]
    assert [styles.count(it) for it in ("excursion", "gap", "unknown", "limit", "curve")] == [
        *(1, 1, 1, 2, 2)
    ]
    texts = [shape.text for shape in shapes if isinstance(shape, Label)]
    assert {"°C", "2,0", "8,0", "01.10."} <= {*texts}
    areas = {shape.style: shape for shape in shapes if isinstance(shape, Area)}
    day = areas["gap"].width / (OUTAGE[1] - OUTAGE[0]).total_seconds() * 86_400
    assert 15 < day < 17
    assert areas["excursion"].width == pytest.approx(day * 2.75 / 24)


def test_what_is_short_is_seen_in_a_year() -> None:
    shapes = Plot(figure((START, START + timedelta(days=365)))).shapes()
    assert [it.width for it in shapes if isinstance(it, Area) and it.style == "excursion"] == [0.6]


@pytest.mark.parametrize("limits", [(), (samples.limit("upper", 5.0),)])
def test_a_value_that_never_changes(limits: tuple[ReportLimit, ...]) -> None:
    window = START, START + CYCLE
    channel = samples.channel(lambda _: 5.0, limits, window)
    found = Figure(
        channel=channel,
        limits=tuple((it.value, "5,0") for it in limits),
        caption="",
        start=window[0],
        end=window[1],
        say=SAY,
    )
    curves = [it for it in Plot(found).shapes() if isinstance(it, Path) and it.style == "curve"]
    assert len({y for path in curves for _, y in path.points}) == 1
