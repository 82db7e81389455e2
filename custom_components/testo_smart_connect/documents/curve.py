"""What a curve looks like at a given width: as the readings were reckoned, and no extreme lost.

A reading holds until the next one or the beginning of a gap, so the curve goes in steps; over a
gap it is not drawn. Where there are more readings than can be told apart, each column of the
picture shows the first, lowest, highest and last of its readings.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from ..monitoring.report_model import ChannelReport

type Point = tuple[float, float]
"""A time (seconds since 1970, UTC) and a value."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Readings without a gap between them, and until when the last of them holds."""

    points: Sequence[Point]
    end: float


def lines(
    channel: ChannelReport, start: datetime, end: datetime, columns: int
) -> Iterator[list[Point]]:
    """Yield the pieces of a curve, drawn in so many columns from start to end."""
    first, last = start.timestamp(), end.timestamp()
    is_dense = len(channel.values) > columns
    width = (last - first) / columns
    for run in _runs(channel, last):
        yield [*_reduced(run, first, width)] if is_dense else [*_steps(run)]


def _runs(channel: ChannelReport, last: float) -> Iterator[_Run]:
    times = [at.timestamp() for at in channel.times]
    points = [*zip(times, channel.values, strict=True)]
    gaps = [(gap.start.timestamp(), gap.end.timestamp()) for gap in channel.figures.gaps]
    # A gap ends with the reading that is the first to be known again.
    breaks = {bisect_left(times, gap_end): gap_start for gap_start, gap_end in sorted(gaps)}
    for begin, stop in pairwise(sorted({0, *breaks, len(points)})):
        yield _Run(points[begin:stop], max(breaks.get(stop, last), times[stop - 1]))


def _steps(run: _Run) -> Iterator[Point]:
    for (at, value), (until, _) in pairwise((*run.points, (run.end, 0.0))):
        yield at, value
        yield until, value


def _reduced(run: _Run, first: float, width: float) -> Iterator[Point]:
    column: list[Point] = []
    number = -1
    for point in run.points:
        now = int((point[0] - first) / width)
        if now != number:
            yield from _column(column)
            column, number = [], now
        column.append(point)
    yield from _column(column)
    yield run.end, run.points[-1][1]


def _column(points: list[Point]) -> Iterator[Point]:
    """Yield at most four points of a column, in the order in which they were measured."""
    if points:
        lowest = min(points, key=lambda it: it[1])
        highest = max(points, key=lambda it: it[1])
        yield from sorted({points[0], lowest, highest, points[-1]})
