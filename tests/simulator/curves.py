"""What a channel measures by nature: pure functions of a salt and an instant."""

from dataclasses import dataclass, field
import hashlib
import math
from typing import TYPE_CHECKING

from .spans import EPOCH, Span

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, timedelta

_MASK = (1 << 64) - 1
_DAY = 86_400.0


def salt_of(*parts: object) -> int:
    """Return a stable 64-bit number for a tuple of texts and numbers."""
    text = "\0".join(map(str, parts)).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8])


def fraction(salt: int, number: int) -> float:
    """Return a reproducible number in [0, 1) (SplitMix64)."""
    mixed = (salt + number * 0x9E3779B97F4A7C15) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return (mixed ^ (mixed >> 31)) / 2**64


def single(value: float) -> float:
    """Shorten a number to what single precision shows, like 22.382542 (API part 6.4)."""
    return float(f"{value:.8g}")


@dataclass(frozen=True, slots=True)
class Curve:
    """A smooth daily swing with a little noise, in the unit of the channel.

    `day` is the length of a day in seconds; a time lapse shortens it.
    """

    base: float
    swing: float
    noise: float
    salt: int
    day: float = _DAY

    @property
    def low(self) -> float:
        """The value below which the curve never falls."""
        return self.base - self.swing - self.noise

    @property
    def high(self) -> float:
        """The value above which the curve never rises."""
        return self.base + self.swing + self.noise

    def at(self, second: int) -> float:
        """Return the value at a second since the epoch (UTC)."""
        turn = second / self.day + self.salt / 2**64
        noise = self.noise * (2 * fraction(self.salt, second) - 1)
        return self.base + self.swing * math.sin(math.tau * turn) + noise


@dataclass(frozen=True, slots=True)
class Excursion:
    """One departure from the curve towards `peak`, or (`abrupt`) straight to it."""

    span: Span
    peak: float
    abrupt: bool

    def bend(self, at: datetime, value: float) -> float:
        """Return the value at an instant of the span: up within a sixth, stay, come back."""
        if self.abrupt:
            return self.peak
        share = (at - self.span.start) / (self.span.end - self.span.start)
        return value + (self.peak - value) * min(1.0, 2 * math.sin(math.pi * share))


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seeded excursions: at most one in each period `every`, with probability `chance`.

    The place within the period comes from the salt, so that any stretch of time can be computed on
    its own and the world never ends.
    """

    every: timedelta
    lasting: timedelta
    peak: float
    salt: int
    chance: float = 1.0
    abrupt: bool = False
    # The last period looked at: readings come in order of time and would else compute it anew.
    _memo: list[tuple[int, Excursion | None]] = field(
        default_factory=list, init=False, repr=False, compare=False
    )

    def between(self, start: datetime, end: datetime) -> Iterator[Excursion]:
        """Yield the excursions that overlap `start <= t < end`."""
        for number in range((start - EPOCH) // self.every, (end - EPOCH) // self.every + 1):
            excursion = self._in_period(number)
            if excursion is not None and excursion.span.overlaps(start, end):
                yield excursion

    def at(self, at: datetime) -> Excursion | None:
        """Return the excursion that an instant lies in."""
        number = (at - EPOCH) // self.every
        memo = self._memo[0] if self._memo else None
        if memo is None or memo[0] != number:
            memo = (number, self._in_period(number))
            self._memo[:] = [memo]
        excursion = memo[1]
        return excursion if excursion is not None and at in excursion.span else None

    def _in_period(self, number: int) -> Excursion | None:
        if fraction(self.salt, 3 * number) >= self.chance:
            return None
        lasting = self.lasting * (0.8 + 0.2 * fraction(self.salt, 3 * number + 1))
        latest = self.every - lasting
        start = EPOCH + number * self.every + latest * fraction(self.salt, 3 * number + 2)
        return Excursion(Span(start, start + lasting), self.peak, self.abrupt)


def dew_point(temperature: float, humidity: float) -> float:
    """Return the dew point in °C of air in °C and % (Magnus formula)."""
    gamma = math.log(humidity / 100) + 17.62 * temperature / (243.12 + temperature)
    return 243.12 * gamma / (17.62 - gamma)


def absolute_humidity(temperature: float, humidity: float) -> float:
    """Return the water in g/m³ of air in °C and % (Magnus formula, ideal gas)."""
    pressure = 6.112 * math.exp(17.62 * temperature / (243.12 + temperature)) * humidity / 100
    return 216.7 * pressure / (273.15 + temperature)
