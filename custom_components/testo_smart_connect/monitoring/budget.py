"""How long a number of calls lasts that does not grow again."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

_DAY: Final = timedelta(days=1)
_WHOLE: Final = timedelta(days=60)
"""How long the calls have to last."""
_SCARCE: Final = timedelta(days=15)
"""Who has fewer is told so."""
_SEEN: Final = timedelta(days=7)
"""For how long is looked at who else makes calls."""
_MOST_SAMPLES: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What the cloud said at a moment (UTC)."""

    at: datetime
    left: int
    made: int
    """How many calls we had made by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What is left of an account's calls, and how fast they go."""

    left: int | None = None
    """None before the cloud has told it."""
    made: int = 0
    """How many calls we have made ourselves."""
    samples: tuple[Sample, ...] = ()
    """What was told lately, the oldest first."""

    def told(self, left: int, now: datetime) -> Budget:
        """Return this after a call that told what is left."""
        made = self.made + 1
        # Somebody added calls, or the account has another token.
        samples = () if self.left is None or left > self.left else self.samples
        kept = [it for it in samples if timedelta() <= now - it.at <= _SEEN]
        if not kept or now - kept[-1].at >= _SEEN / _MOST_SAMPLES:
            kept.append(Sample(at=now, left=left, made=made))
        return replace(self, left=left, made=made, samples=tuple(kept))

    def others(self, now: datetime) -> float:
        """Return how many calls a day are made by others with the same token."""
        if not self.samples or self.left is None:
            return 0.0
        first = self.samples[0]
        gone, ours = first.left - self.left, self.made - first.made
        # What happened within a few hours says little about a day.
        return max(0, gone - ours) / (max(now - first.at, _DAY) / _DAY)

    def every(self, interval: timedelta, chosen: Iterable[timedelta], now: datetime) -> timedelta:
        """Return how often something is read that was to be read so often, so that calls last.

        ``chosen`` are the intervals of all that is read, a day at most. They grow alike, but
        none beyond a day as long as the others can.
        """
        if self.left is None:
            return interval
        ours = self.left / (_WHOLE / _DAY) - self.others(now)
        rates = sorted(_DAY / it for it in chosen)
        for daily, slowest in enumerate(rates):
            # So many are read once a day by now, and the others as often as the rest allows.
            quick, rest = sum(rates[daily:]), ours - daily
            if quick <= slowest * rest:
                return max(interval, min(interval * (quick / rest), _DAY))
        # Others may take all: that is no reason to look less often. Once none is left, a look
        # now and then tells whether there are some again.
        return max(_DAY, len(rates) * _WHOLE / self.left) if self.left else _DAY

    def lasts(self, wanted: float, now: datetime) -> timedelta | None:
        """Return how long the calls last at the chosen intervals; None if that is not known."""
        if self.left is None:
            return None
        return _DAY * (self.left / (wanted + self.others(now)))

    def is_scarce(self, wanted: float, now: datetime) -> bool:
        """Tell whether somebody should do something about it."""
        lasts = self.lasts(wanted, now)
        return lasts is not None and lasts < _SCARCE
