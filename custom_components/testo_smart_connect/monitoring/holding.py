"""How long readings hold, and so what is known of a window.

Facts: compliance reference, part 2 (hold, continuity, window). Times are microseconds since
1970 (UTC), as in `window`.
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Self

from .window import SECOND, Window, moment


@dataclass(frozen=True, slots=True)
class Series:
    """The readings of one channel, ascending, one for each moment."""

    at: Sequence[int]
    values: Sequence[float]

    @classmethod
    def of(cls, at: Iterable[float], values: Iterable[float]) -> Self:
        """Put readings in order: times in seconds since 1970 (UTC), values in one unit.

        They may come in any order and repeatedly. If a channel has two values for the same
        moment, nobody knows which is right, and the higher one counts.
        """
        moments = (round(it * SECOND) for it in at)
        found = dict(sorted(zip(moments, values, strict=True)))
        return cls([*found], [*found.values()])

    def __len__(self) -> int:
        """Return how many readings there are."""
        return len(self.at)

    @property
    def times(self) -> list[datetime]:
        """Return when they were measured (UTC)."""
        return [*map(moment, self.at)]

    def inside(self, begin: int, end: int) -> Self:
        """Return the readings with ``begin <= at < end``."""
        first, stop = bisect_left(self.at, begin), bisect_left(self.at, end)
        return type(self)(self.at[first:stop], self.values[first:stop])

    def usual_cycle(self) -> timedelta | None:
        """Return the most frequent distance in whole seconds, of several the shortest.

        None if there are not two readings. Clocks jitter, so nothing finer recurs.
        """
        seconds = (round((after - before) / SECOND) for before, after in pairwise(self.at))
        counts = Counter(filter(None, seconds))
        if not counts:
            return None
        return timedelta(seconds=min(counts, key=lambda it: (-counts[it], it)))


@dataclass(frozen=True, slots=True)
class Held:
    """What held in a window: stretches with a value each, ascending, none over another."""

    start: int
    end: int
    begins: Sequence[int]
    ends: Sequence[int]
    values: Sequence[float]

    @property
    def known(self) -> int:
        """Return for how long something is known, in microseconds."""
        return sum(self.ends) - sum(self.begins)

    def gaps(self) -> Iterator[tuple[int, int]]:
        """Yield from when to when nothing is known, also at both ends of the window."""
        befores, afters = (self.start, *self.ends), (*self.begins, self.end)
        return ((end, begin) for end, begin in zip(befores, afters, strict=True) if end < begin)


def hold(series: Series, window: Window, cycle: timedelta | None) -> Held:
    """Return what held in a window, by the measuring cycle.

    A reading holds until the next one if that follows within 1.5 cycles, else for one cycle.
    The series should thus begin 1.5 cycles before the window and end half a cycle after it.
    Without a cycle no reading holds.
    """
    start, end = window.begins, window.ends
    begins, ends, values = list[int](), list[int](), list[float]()
    usual = (cycle or timedelta()) // timedelta(microseconds=1)
    longest = usual * 3 // 2
    first = max(bisect_right(series.at, start) - 1, 0)
    stop = bisect_left(series.at, end)
    # After the last one of all there is silence.
    following = (*series.at[first + 1 : stop + 1], end + longest + 1)
    for at, after, value in zip(
        series.at[first:stop], following, series.values[first:stop], strict=False
    ):
        until = min(after if after - at <= longest else at + usual, end)
        begin = max(at, start)
        if begin < until:
            begins.append(begin)
            ends.append(until)
            values.append(value)
    return Held(start, end, begins, ends, values)
