"""What the readings of a channel in a window amount to.

Facts: compliance reference, part 2. Values in, values out: readings come as columns, in the
unit of the channel.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import fsum

from .excursions import excursions
from .holding import Series, hold
from .kinetic import mkt
from .report_model import ChannelFigures, Day, Direction, Excursion, Extreme, ReportGap, ReportLimit
from .window import SECOND, Window, moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What the readings of a channel are judged by."""

    unit: str
    cycle: timedelta | None = None
    """None: the usual distance of the readings."""
    limits: Collection[ReportLimit] = ()
    """In `unit`, at most one each way, the lower one not above the upper."""
    activation_energy: float | None = None
    """In kJ/mol, above 0. None where a mean kinetic temperature says nothing."""


def figures(series: Series, window: Window, basis: Basis) -> ChannelFigures:
    """Return what is said of a channel, reckoned from its readings in and around a window.

    The series should reach beyond the window as `hold` says. A ``KeyError`` if there is an
    activation energy, but the unit is none of temperature.
    """
    cycle = basis.cycle or series.usual_cycle()
    held = hold(series, window, cycle)
    inside = series.inside(window.begins, window.ends)
    out = excursions(held, basis.limits)
    energy = basis.activation_energy
    return ChannelFigures(
        cycle=cycle,
        count=len(inside),
        coverage=held.known / (held.end - held.start),
        minimum=_first(inside, min(inside.values)) if inside else None,
        maximum=_first(inside, max(inside.values)) if inside else None,
        mean=plain_mean(inside.values) if inside else None,
        mkt=None if energy is None else mkt(held, inside.values, basis.unit, energy),
        seconds_above=_seconds(out, "upper"),
        seconds_below=_seconds(out, "lower"),
        excursions=out,
        gaps=tuple(
            ReportGap(start=moment(begin), end=moment(end), seconds=(end - begin) / SECOND)
            for begin, end in held.gaps()
        ),
        days=tuple(_days(inside, window)),
    )


def _first(readings: Series, value: float) -> Extreme:
    place = readings.values.index(value)
    return Extreme(value=value, time=moment(readings.at[place]))


def plain_mean(values: Sequence[float]) -> float:
    """Return the mean of at least one reading, within their range."""
    # That of equal numbers may differ from them in the last digit.
    return min(max(fsum(values) / len(values), min(values)), max(values))


def _seconds(out: Collection[Excursion], direction: Direction) -> float:
    return fsum(it.seconds for it in out if it.direction == direction)


def _days(inside: Series, window: Window) -> Iterator[Day]:
    for day, begin, end in window.days():
        values = inside.values[bisect_left(inside.at, begin) : bisect_left(inside.at, end)]
        yield Day(
            day=day,
            count=len(values),
            minimum=min(values, default=None),
            mean=plain_mean(values) if values else None,
            maximum=max(values, default=None),
        )
