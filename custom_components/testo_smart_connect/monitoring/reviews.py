"""Who looked at which devices, when, and what was said: kept here alone, as no cloud is told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from .instruments import Instrument, named
from .model import Sensor
from .report_model import Review

KEPT: Final = timedelta(days=400)
"""As long as the longest report reaches back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenReview:
    """One look at one or several devices or probes, by their serials; `at` is UTC.

    It stands once for all of them: a chain looks at hundreds of loggers every day.
    """

    at: datetime
    by: str
    note: str | None = None
    serials: tuple[str, ...]


def still_kept(known: Iterable[GivenReview], now: datetime) -> tuple[GivenReview, ...]:
    """Return the reviews that are not too old."""
    return tuple(review for review in known if now - review.at <= KEPT)


def reviews_of(
    known: Iterable[GivenReview],
    instrument: Instrument,
    start: datetime,
    end: datetime,
    probe: Sensor | None = None,
) -> tuple[Review, ...]:
    """Return who looked at an instrument from `start` until before `end`, the first first.

    For a probe, who looked at it or at its whole logger. For a logger, who looked at one of its
    probes is listed too, with the name of the probe: it does not speak for the others.
    """
    named_by = {instrument.serial: ""}
    if probe is not None:
        named_by[probe.serial] = ""
    else:
        named_by |= {it.serial: named(it) for it in instrument.probes}
    return tuple(
        Review(at=given.at, by=given.by, note=": ".join(filter(None, (which, given.note))) or None)
        for given in sorted(known, key=lambda given: given.at)
        if start <= given.at < end and (which := _which(given, named_by)) is not None
    )


def _which(given: GivenReview, named_by: dict[str, str]) -> str | None:
    """Return which probes were looked at, "" for all there is, None for nothing of it."""
    found = [name for serial, name in named_by.items() if serial in given.serials]
    if not found:
        return None
    return "" if "" in found else ", ".join(found)
