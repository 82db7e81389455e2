"""Periods and regular instants on the UTC time line."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INSTANT = timedelta(microseconds=1)
FAR = datetime(9000, 1, 1, tzinfo=UTC)
"""Stands for "never"; far below the end of the calendar so that arithmetic stays possible."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A period with `start <= t < end`, both aware UTC."""

    start: datetime
    end: datetime = FAR

    def __post_init__(self) -> None:
        """Refuse a span that runs backwards."""
        if self.end <= self.start:
            message = f"a span must end after its start: {self.start} .. {self.end}"
            raise ValueError(message)

    def __contains__(self, at: datetime) -> bool:
        """Tell whether an instant lies in the span."""
        return self.start <= at < self.end

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Tell whether the span shares an instant with `start <= t < end`."""
        return self.start < end and start < self.end


def merge(spans: Iterable[Span]) -> list[Span]:
    """Join overlapping and touching spans, in order of time."""
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def first_outside(at: datetime, spans: Iterable[Span]) -> datetime:
    """Return the first instant at or after `at` that lies in none of the spans."""
    for span in sorted(spans):
        if at in span:
            at = span.end
    return at


@dataclass(frozen=True, slots=True)
class Grid:
    """Regular instants: every `cycle`, moved by `phase` against the epoch.

    If there was another grid `before`, its instants count until `since`, and that one itself.
    """

    cycle: timedelta
    phase: timedelta = timedelta()
    since: datetime = EPOCH
    before: Grid | None = None

    def then(self, cycle: timedelta, since: datetime) -> Grid:
        """Return this grid with another cycle after an instant, and no later change."""
        kept = self
        while kept.before is not None and kept.since >= since:
            kept = kept.before
        return kept if kept.cycle == cycle else Grid(cycle, kept.phase, since, kept)

    def cycle_at(self, at: datetime) -> timedelta:
        """Return the cycle that counts from an instant on."""
        if self.before is None or at >= self.since:
            return self.cycle
        return self.before.cycle_at(at)

    def at_or_after(self, at: datetime) -> datetime:
        """Return the first grid instant that is not before `at`."""
        if self.before is not None and at <= self.since:
            found = self.before.at_or_after(at)
            if found <= self.since:
                return found
            at = self.since + _INSTANT
        return at + (EPOCH + self.phase - at) % self.cycle

    def at_or_before(self, at: datetime) -> datetime:
        """Return the last grid instant that is not after `at`."""
        if self.before is None:
            return at - (at - EPOCH - self.phase) % self.cycle
        if at > self.since:
            found = at - (at - EPOCH - self.phase) % self.cycle
            if found > self.since:
                return found
        return self.before.at_or_before(min(at, self.since))

    def last_outside(self, at: datetime, spans: Collection[Span]) -> datetime:
        """Return the last grid instant that is not after `at` and lies in none of the spans."""
        at = self.at_or_before(at)
        while span := next((span for span in spans if at in span), None):
            at = self.at_or_before(span.start - _INSTANT)
        return at
