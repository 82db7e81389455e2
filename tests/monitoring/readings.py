"""Readings of a report as tests write them, and a slow twin that looks at every second."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from math import exp, log
from zoneinfo import ZoneInfo

from custom_components.testo_smart_connect.monitoring.holding import Series
from custom_components.testo_smart_connect.monitoring.kinetic import ACTIVATION_ENERGY
from custom_components.testo_smart_connect.monitoring.report import Basis, figures
from custom_components.testo_smart_connect.monitoring.report_model import (
    ChannelFigures,
    Direction,
    ReportLimit,
)
from custom_components.testo_smart_connect.monitoring.window import Window

UTC_ZONE = ZoneInfo("UTC")
START = datetime(2026, 7, 1, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
QUARTER, DAY = 15 * MINUTE, 24 * HOUR


def limits(lower: float | None = 2.0, upper: float | None = 8.0) -> tuple[ReportLimit, ...]:
    """Return limits that were given."""
    both: tuple[tuple[Direction, float | None], ...] = (("upper", upper), ("lower", lower))
    return tuple(
        ReportLimit(direction=direction, value=value, source="given")
        for direction, value in both
        if value is not None
    )


def every(step: timedelta, *values: float | None, start: datetime = START) -> Series:
    """Return readings that follow each other in equal steps; None where one is missing."""
    found = [(start + place * step, value) for place, value in enumerate(values)]
    return at_times((at, value) for at, value in found if value is not None)


def at_times(readings: Iterable[tuple[datetime, float]]) -> Series:
    """Return readings with their times."""
    known = [*readings]
    return Series.of([at.timestamp() for at, _ in known], [value for _, value in known])


def window(length: timedelta, start: datetime = START, zone: ZoneInfo = UTC_ZONE) -> Window:
    """Return a window of some length."""
    return Window(start=start, end=start + length, zone=zone)


def report(
    series: Series,
    length: timedelta,
    cycle: timedelta | None = QUARTER,
    allowed: Sequence[ReportLimit] = limits(),
    energy: float | None = ACTIVATION_ENERGY,
) -> ChannelFigures:
    """Return the figures of a channel in °C from `START` on."""
    basis = Basis(unit="°C", cycle=cycle, limits=allowed, activation_energy=energy)
    return figures(series, window(length), basis)


def by_second(series: Series, window: Window, cycle: timedelta) -> list[float | None]:
    """Return what held in each second of a window, found by the rules as they are written."""
    seconds = int(cycle.total_seconds())
    readings = [
        (at // 1_000_000, value) for at, value in zip(series.at, series.values, strict=True)
    ]
    found = list[float | None]()
    for second in range(int(window.start.timestamp()), int(window.end.timestamp())):
        before = [it for it in readings if it[0] <= second]
        after = [at for at, _ in readings if at > second]
        value = None
        if before:
            at, last = before[-1]
            continuous = after and after[0] - at <= 1.5 * seconds
            value = last if continuous or second - at < seconds else None
        found.append(value)
    return found


def kinetic(values: Iterable[float | None], energy: float = ACTIVATION_ENERGY) -> float:
    """Return the mean kinetic temperature of equal times (°C), by the formula as printed."""
    known = [it + 273.15 for it in values if it is not None]
    ratio = energy * 1000 / 8.3144
    return ratio / -log(sum(exp(-ratio / it) for it in known) / len(known)) - 273.15
