"""The mean kinetic temperature: what steady one would do the same harm.

Facts: compliance reference, part 2. T = (ΔH/R) / -ln(Σ w·exp(-ΔH/(R·T)) / Σ w), in kelvin, w
being how long each reading holds. Unknown time weighs nothing: a rolling window with a gap
has the temperature of what is known of it, and none if that is less than half of it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate, pairwise
from math import exp, log
from operator import mul

from .holding import Held
from .report_model import Mkt
from .temperature import freezing_point, from_kelvin, kelvin

ACTIVATION_ENERGY = 83.144
"""In kJ/mol. Together with R it makes exactly 10,000 K."""
GAS_CONSTANT = 8.3144
"""In J/(mol·K)."""
_DAY, _MONTH = timedelta(hours=24), timedelta(days=30)
_WHOLE = 1 << 256
"""The harm done in a microsecond at the highest temperature: a whole number, as the difference
of two sums over a year must be exact, and a large one, as a freezer does next to none."""


def mkt(held: Held, values: Iterable[float], unit: str, activation_energy: float) -> Mkt | None:
    """Return the mean kinetic temperature (in `unit`) of what held; the energy is above 0.

    `values` are the readings inside the window. None without one, if all are frozen, and if
    one is no possible temperature.
    """
    if all(value < freezing_point(unit) for value in values) or not held.values:
        return None
    if kelvin(min(held.values), unit) <= 0:
        return None
    harm = Harm.of(held, unit, activation_energy)
    return Mkt(
        value=harm.temperature(),
        activation_energy=activation_energy,
        highest_24h=harm.highest(_DAY),
        highest_30d=harm.highest(_MONTH),
    )


@dataclass(frozen=True, slots=True)
class Harm:
    """The harm done in a window, summed up from its start."""

    unit: str
    coldest: float
    hottest: float
    energy: float
    """ΔH/R, in kelvin."""
    bounds: list[int]
    """The moments between which nothing changes, in microseconds, from start to end."""
    known: list[int]
    """1 for each piece between two bounds of which something is known."""
    rates: list[int]
    known_until: list[int]
    """Microseconds, up to each of the bounds."""
    done_until: list[int]

    @classmethod
    def of(cls, held: Held, unit: str, activation_energy: float) -> Harm:
        """Sum up what held, which must be something."""
        energy = activation_energy * 1000 / GAS_CONSTANT
        kelvins = {value: kelvin(value, unit) for value in {*held.values}}
        least = energy / max(kelvins.values())
        rates = {value: int(exp(least - energy / it) * _WHOLE) for value, it in kelvins.items()}
        bounds, known, per_piece = [held.start], list[int](), list[int]()
        for until, is_known, rate in _pieces(held, rates):
            if known and known[-1] == is_known and per_piece[-1] == rate:
                bounds[-1] = until
            else:
                bounds.append(until)
                known.append(is_known)
                per_piece.append(rate)
        lengths = [after - before for before, after in pairwise(bounds)]
        return cls(
            unit=unit,
            coldest=min(held.values),
            hottest=max(held.values),
            energy=energy,
            bounds=bounds,
            known=known,
            rates=per_piece,
            known_until=[*accumulate(map(mul, lengths, known, strict=True), initial=0)],
            done_until=[*accumulate(map(mul, lengths, per_piece, strict=True), initial=0)],
        )

    def temperature(self) -> float:
        """Return the steady temperature that does as much harm in the known time."""
        return self._doing(self.done_until[-1] / self.known_until[-1])

    def highest(self, length: timedelta) -> float | None:
        """Return the highest such temperature of any window of a length inside this one.

        Windows of which more is unknown than known do not count: at the edge of an outage one
        reading would stand for a day. None if no window is left.

        Exact: while a window moves, the harm in it and its known time change linearly, and
        their quotient thus one way only, until one of its ends meets a bound. So only windows
        that begin or end at one are looked at, and those that are just known enough.
        """
        whole = length // timedelta(microseconds=1)
        enough = (whole + 1) // 2
        highest, last_begin, last_known, last_done = 0.0, 0, enough, 0
        for begin, known, done in self._windows(whole):
            if known >= enough:
                highest = max(highest, done / known)
            if min(known, last_known) < enough < max(known, last_known):
                # By then one end moves over known time, and the other one does not.
                part = abs(enough - last_known)
                done_then = last_done + (done - last_done) * part // (begin - last_begin)
                highest = max(highest, done_then / enough)
            last_begin, last_known, last_done = begin, known, done
        return self._doing(highest) if highest else None

    def _windows(self, whole: int) -> Iterator[tuple[int, int, int]]:
        """Yield begin, known time and harm of all windows that begin or end at a bound."""
        bounds, known, rates = self.bounds, self.known, self.rates
        known_until, done_until = self.known_until, self.done_until
        latest, last, tail, head = bounds[-1] - whole, -1, 0, 0
        begins = [it for it in bounds if it <= latest]
        begins += [at for it in bounds if (at := it - whole) >= bounds[0]]
        begins.sort()
        for begin in begins:
            if begin == last:
                continue
            last, end = begin, begin + whole
            while bounds[tail + 1] < begin:
                tail += 1
            while bounds[head + 1] < end:
                head += 1
            ahead, behind = bounds[head + 1] - end, bounds[tail + 1] - begin
            yield (
                begin,
                known_until[head + 1]
                - known_until[tail + 1]
                - ahead * known[head]
                + behind * known[tail],
                done_until[head + 1]
                - done_until[tail + 1]
                - ahead * rates[head]
                + behind * rates[tail],
            )

    def _doing(self, rate: float) -> float:
        """Return the temperature that does so much harm in a microsecond."""
        hottest = kelvin(self.hottest, self.unit)
        found = self.energy / (self.energy / hottest - log(rate / _WHOLE))
        # The logarithm of steady values may be off in the last digit.
        return min(max(from_kelvin(found, self.unit), self.coldest), self.hottest)


def _pieces(held: Held, rates: Mapping[float, int]) -> Iterator[tuple[int, int, int]]:
    """Yield until when something lasts, whether it is known (1), and the harm it does."""
    at = held.start
    for begin, end, value in zip(held.begins, held.ends, held.values, strict=True):
        if begin > at:
            yield begin, 0, 0
        yield end, 1, rates[value]
        at = end
    if at < held.end:
        yield held.end, 0, 0
