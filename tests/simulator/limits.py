"""Limits of a monitoring point and the time during which each of them was configured."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from .spans import Span

type Direction = Literal["upper", "lower"]
type Severity = Literal["Warning", "Alarm"]
type Bounds = tuple[float | None, float | None]

DELAY = timedelta(minutes=10)
"""The delay seen in live limit configurations (API part 8.2)."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: property x direction x severity (API part 6.7).

    `value` and `hysteresis` are in the unit of the channel. `delay` is how long a violation must
    last; the speed of the fleet shortens it. `channel` narrows the limit to one channel number;
    without it every measured (not computed) channel of that property is watched.
    """

    property: str
    direction: Direction
    severity: Severity
    value: float
    hysteresis: float = 0.0
    delay: timedelta = DELAY
    channel: int | None = None

    def violated(self, value: float) -> bool:
        """Tell whether a value lies beyond the limit."""
        return value > self.value if self.direction == "upper" else value < self.value

    def adhered(self, value: float) -> bool:
        """Tell whether a value is back inside by the hysteresis."""
        if self.direction == "upper":
            return value <= self.value - self.hysteresis
        return value >= self.value + self.hysteresis


def band(
    name: str,
    *,
    warning: Bounds = (None, None),
    alarm: Bounds = (None, None),
    hysteresis: float = 0.0,
    delay: timedelta = DELAY,
) -> tuple[Limit, ...]:
    """Return up to four limits of one property from (lower, upper) pairs."""
    severities: tuple[tuple[Severity, Bounds], ...] = (("Warning", warning), ("Alarm", alarm))
    directions: tuple[Direction, Direction] = ("lower", "upper")
    return tuple(
        Limit(name, direction, severity, value, hysteresis, delay)
        for severity, bounds in severities
        for direction, value in zip(directions, bounds, strict=True)
        if value is not None
    )


@dataclass(frozen=True, slots=True)
class Term:
    """A limit together with the time in which it was configured."""

    limit: Limit
    span: Span


@dataclass(slots=True, eq=False)
class MeasuringObject:
    """The holder of limits: one for each logger, one for each radio sensor."""

    uuid: str
    since: datetime
    changed_at: datetime
    terms: tuple[Term, ...] = field(default=())

    def limits(self, at: datetime) -> tuple[Limit, ...]:
        """Return the limits configured at an instant (UTC)."""
        return tuple(term.limit for term in self.terms if at in term.span)

    def configure(self, limits: tuple[Limit, ...], at: datetime) -> None:
        """Replace all limits from an instant (UTC) on; unchanged ones simply go on."""
        terms = []
        kept: list[Limit] = []
        for term in self.terms:
            if at not in term.span:
                terms.append(term)
            elif term.limit in limits:
                terms.append(term)
                kept.append(term.limit)
            elif term.span.start < at:
                terms.append(Term(term.limit, Span(term.span.start, at)))
        terms += [Term(limit, Span(at)) for limit in limits if limit not in kept]
        self.terms = tuple(terms)
        self.changed_at = at
