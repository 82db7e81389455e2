"""When values were out of their limits.

Facts: compliance reference, part 2 (out, two sides, excursion).
"""

from collections.abc import Iterable, Iterator
from math import inf

from .holding import Held
from .report_model import Direction, Excursion, ReportLimit
from .window import SECOND, moment


def excursions(held: Held, limits: Iterable[ReportLimit]) -> tuple[Excursion, ...]:
    """Return the times out of the limits, at most one limit each way, by time.

    Out is strictly beyond. One ends with the first reading that is not out on that side, with
    a gap or with the window. The extreme may be of the reading that held into the window.
    """
    allowed = {limit.direction: limit.value for limit in limits}
    upper, lower = allowed.get("upper", inf), allowed.get("lower", -inf)
    sides: list[Direction | None] = [
        "upper" if value > upper else "lower" if value < lower else None for value in held.values
    ]
    return tuple(
        Excursion(
            start=moment(held.begins[first]),
            end=moment(held.ends[last]),
            seconds=(held.ends[last] - held.begins[first]) / SECOND,
            direction=side,
            extreme=(max if side == "upper" else min)(held.values[first : last + 1]),
            limit=allowed[side],
            open=last == len(sides) - 1,
        )
        for first, last in _runs(held, sides)
        if (side := sides[first]) is not None
    )


def _runs(held: Held, sides: list[Direction | None]) -> Iterator[tuple[int, int]]:
    """Yield the first and last places of stretches that belong together."""
    first = 0
    for place in range(1, len(sides) + 1):
        if (
            place == len(sides)
            or sides[place] != sides[first]
            or held.begins[place] != held.ends[place - 1]
        ):
            yield first, place - 1
            first = place
