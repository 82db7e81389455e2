"""Which channel of one account is which of another: the same loggers, seen by another cloud.

Facts: Saveris 2 reference, part 10. What is not certain is not matched.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from .instruments import InstalledChannel
from .quantities import Quantity

type Agree = Callable[[InstalledChannel, InstalledChannel], bool | None]
"""Whether two channels measured the same at the same moment; None if nobody knows."""


class Why(StrEnum):
    """Why a channel is matched, or is not."""

    SERIAL = "serial"
    """The only one of its kind on its logger."""
    ORDER = "order"
    """The same place among those of its kind."""
    VALUE = "value"
    """It alone measured the same at the same moment."""
    NO_SERIAL = "no_serial"
    NOT_THERE = "not_there"
    OTHER_UNIT = "other_unit"
    AMBIGUOUS = "ambiguous"
    OTHER_VALUE = "other_value"
    """What seemed to be the same measured something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A channel, and which one of the other account it is."""

    old: InstalledChannel
    new: InstalledChannel | None = None
    why: Why

    @property
    def is_there(self) -> bool:
        """Tell whether the other account has the logger, whichever channel it is."""
        return self.why not in {Why.NO_SERIAL, Why.NOT_THERE}


def matched(
    old: Iterable[InstalledChannel], new: Iterable[InstalledChannel], agree: Agree
) -> tuple[Match, ...]:
    """Return a match of each old channel, in their order; each new one is used once at most."""
    every = tuple(new)
    groups: dict[tuple[str, str], list[InstalledChannel]] = {}
    before = tuple(old)
    for it in before:
        groups.setdefault((it.device.serial, _family(it)), []).append(it)
    found: dict[str, Match] = {}
    for (serial, family), mine in groups.items():
        for match in _group(mine, serial, family, every, agree):
            found[match.old.unique_id] = match
    # The serial of one logger may be that of a sensor on another.
    taken = Counter(it.new.unique_id for it in found.values() if it.new)
    return tuple(
        replace(match, new=None, why=Why.AMBIGUOUS)
        if match.new and taken[match.new.unique_id] > 1
        else match
        for match in (found[it.unique_id] for it in before)
    )


def _group(
    mine: Sequence[InstalledChannel],
    serial: str,
    family: str,
    every: Iterable[InstalledChannel],
    agree: Agree,
) -> Iterable[Match]:
    """Match the channels of one kind on one logger."""
    if not serial.isdecimal():
        return [Match(old=it, why=Why.NO_SERIAL) for it in mine]
    there = _with_serial(serial, every)
    theirs = sorted((it for it in there if _family(it) == family), key=lambda it: it.channel.number)
    if not theirs:
        return [Match(old=it, why=Why.OTHER_UNIT if there else Why.NOT_THERE) for it in mine]
    pairs = _paired(mine, theirs, agree)
    if any(it.why is Why.ORDER and agree(it.old, it.new) is False for it in pairs if it.new):
        # If one of them is not in its place, none is.
        pairs = _by_value(mine, theirs, agree)
    return [_confirmed(match, agree) for match in pairs]


def _paired(
    mine: Sequence[InstalledChannel], theirs: Sequence[InstalledChannel], agree: Agree
) -> Iterable[Match]:
    ordered = sorted(mine, key=lambda it: it.channel.number)
    if len(mine) == len(theirs) == 1:
        return [Match(old=mine[0], new=theirs[0], why=Why.SERIAL)]
    numbers = {it.channel.number for it in theirs}
    if len(mine) == len(theirs) == len(numbers):
        return [
            Match(old=it, new=other, why=Why.ORDER)
            for it, other in zip(ordered, theirs, strict=True)
        ]
    # Each probe counts its channels from one: only what they measured tells them apart.
    return _by_value(ordered, theirs, agree)


def _by_value(
    mine: Sequence[InstalledChannel], theirs: Sequence[InstalledChannel], agree: Agree
) -> Iterable[Match]:
    same = {it.unique_id: [other for other in theirs if agree(it, other)] for it in mine}
    taken = Counter(other.unique_id for others in same.values() for other in others)
    return [
        Match(old=it, new=others[0], why=Why.VALUE)
        if len(others := same[it.unique_id]) == 1 and taken[others[0].unique_id] == 1
        else Match(old=it, why=Why.AMBIGUOUS)
        for it in mine
    ]


def _confirmed(match: Match, agree: Agree) -> Match:
    if match.new is not None and agree(match.old, match.new) is False:
        return replace(match, new=None, why=Why.OTHER_VALUE)
    return match


def _with_serial(serial: str, every: Iterable[InstalledChannel]) -> Sequence[InstalledChannel]:
    """Return what stands on the logger with a serial, else what is the sensor with it."""
    channels = tuple(every)
    return [it for it in channels if it.device.serial == serial and not it.sensor.radio] or [
        it for it in channels if it.sensor.serial == serial
    ]


_FAMILIES: Mapping[Quantity, str] = {Quantity.PRODUCT_TEMPERATURE: Quantity.TEMPERATURE}


def _family(it: InstalledChannel) -> str:
    """Return what may be one channel in two clouds: the one tells less of it than the other."""
    quantity = it.channel.quantity
    if quantity is Quantity.OTHER:
        return it.channel.unit or ""
    return _FAMILIES.get(quantity, quantity)
