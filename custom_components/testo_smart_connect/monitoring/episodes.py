"""Pairing transitions into episodes, whatever order they came in.

Facts: Smart Connect reference, parts 6.5, 7.2 and 8.2.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import attrgetter

from .model import Transition

type Identity = tuple[str, bool]
"""Uuid and direction of a transition: a row updated in place has one uuid for both."""
type Key = tuple[str, bool, str | None, str, str | None]
"""Source, system alarm?, condition, severity and property."""

_IN_PLACE = timedelta(minutes=2)
"""Of 344 rows of their own the two times of all differed by less; more may be an update."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A transition, and what it means among the others."""

    row: Transition
    key: Key
    moment: datetime
    """When it happened, for putting things in order (UTC): no later than it was received."""
    announced: bool = False
    several: bool = False
    """Its key may mean several channels or limits, each violated by itself."""

    @property
    def order(self) -> tuple[datetime, datetime, bool, str]:
        """Sort by true time, a violation before a recovery of the same moment."""
        return self.moment, self.row.at, not self.row.raised, self.row.uuid


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One violation and its recovery; either may be unknown, never both."""

    key: Key
    raised: Transition | None = None
    cleared: Transition | None = None
    moment: datetime = field(compare=False)
    """When it began, for putting things in order; when it ended if that alone is known."""
    several: bool = field(default=False, compare=False)
    """Others of its key may be open at the same time."""

    @property
    def facts(self) -> Transition:
        """Return the transition that describes the episode best."""
        facts = self.raised or self.cleared
        assert facts is not None  # noqa: S101  an episode has at least one of them
        return facts

    @property
    def id(self) -> str:
        """Return the uuid of the violation, of the recovery if that alone is known."""
        if self.raised is not None:
            return self.raised.uuid
        return self.facts.ends or self.facts.uuid

    @property
    def severity(self) -> str:
        """Return the severity; anything but a warning counts as an alarm."""
        return "warning" if self.facts.severity == "warning" else "alarm"

    @property
    def duration(self) -> timedelta | None:
        """Return how long the condition was violated."""
        if self.raised is None or self.cleared is None:
            return None
        return max(self.cleared.at - self.raised.at, timedelta())

    @property
    def order(self) -> tuple[datetime, datetime, bool, str]:
        """Sort by true time; of two that began at once, the one still open comes last."""
        return self.moment, self.facts.at, self.cleared is None, self.id


def episodes_of(facts: Iterable[Fact]) -> tuple[Episode, ...]:
    """Return the episodes of all transitions.

    A violation that is said to have ended twice ended once: the recovery that was told
    is kept, else the earliest, and the others belong to no episode.
    """
    in_time = sorted(facts, key=attrgetter("order"))
    violations = {fact.row.uuid: fact.row for fact in in_time if fact.row.raised}
    # Where rows are seen to change, one that looks changed ends nothing else.
    in_place = {
        fact.key
        for fact in in_time
        if not fact.row.raised and fact.row.changed is not None and fact.row.uuid in violations
    }
    named: dict[str, list[Fact]] = {}
    strays: list[Fact] = []
    loose: set[str] = set()
    for fact in in_time:
        row = fact.row
        if row.raised:
            continue
        if (violation := violations.get(row.uuid)) is not None:
            named.setdefault(row.uuid, []).append(replace(fact, row=_update(row, violation)))
        elif row.ends in violations:
            named.setdefault(str(row.ends), []).append(fact)
        elif row.ends is None and not (fact.key in in_place and is_updated(row)):
            loose.add(row.uuid)
        else:
            strays.append(fact)
    endings = {
        uuid: next((fact for fact in found if fact.announced), found[0]).row
        for uuid, found in named.items()
    }
    strays += _pair_by_key(in_time, endings, loose)
    return (
        *(
            Episode(
                key=fact.key,
                raised=fact.row,
                cleared=endings.get(fact.row.uuid),
                moment=fact.moment,
                several=fact.several,
            )
            for fact in in_time
            if fact.row.raised
        ),
        *map(_of_recovery, strays),
    )


def is_updated(recovery: Transition) -> bool:
    """Tell whether a recovery looks like a row that was updated in place.

    That alone proves nothing: it also must not end anything else that is known.
    """
    changed = recovery.changed
    return recovery.ends is None and changed is not None and changed - recovery.at > _IN_PLACE


def _of_recovery(fact: Fact) -> Episode:
    """Return the episode of a recovery for which there is no violation.

    One that looks updated in place and ends nothing that is known is both in one row. Its
    value is that of the recovery, and its words are those of the ending.
    """
    row = fact.row
    if not is_updated(row):
        return Episode(key=fact.key, cleared=row, moment=fact.moment, several=fact.several)
    return Episode(
        key=fact.key,
        raised=replace(row, raised=True, value=None, reason=None),
        cleared=_update(row, row),
        moment=fact.moment,
        several=fact.several,
    )


def _update(row: Transition, violation: Transition) -> Transition:
    """Return the recovery that a row tells that had been its own violation.

    The time of its alarm may still be that of the violation.
    """
    at = row.at if row.at > violation.at else row.changed or row.at
    return replace(row, at=at, ends=row.uuid)


class _Waiting:
    """The violations of one source, condition and severity that have no recovery yet.

    They are taken from the end, each once, so that a feed of any length is paired in one go.
    """

    def __init__(self) -> None:
        self._every: list[Fact] = []
        self._by_name: dict[str | None, list[Fact]] = {}
        self._gone: set[str] = set()

    def add(self, fact: Fact) -> None:
        self._every.append(fact)
        self._by_name.setdefault(fact.key[-1], []).append(fact)

    def end(self, recovery: Fact) -> Fact | None:
        """Take out the newest violation that a recovery can end, and what it proves over.

        An unknown property is a wildcard, for whatever has none of its own.
        """
        name = recovery.key[-1]
        found = self._newest(self._by_name.get(name, []))
        if found is None:
            found = self._newest(self._every if name is None else self._by_name.get(None, []))
        if found is None or _is_beside(found, recovery):
            return None
        self._gone.add(found.row.uuid)
        # An older violation without a recovery of its own was superseded and must not
        # catch the next one, unless both may have been open.
        if not found.several:
            older = self._by_name[found.key[-1]]
            going_on = [it for it in older[-_MOST_BELOW:] if outlasts(it.row, recovery.row)]
            self._gone.update(it.row.uuid for it in older)
            self._gone.difference_update(it.row.uuid for it in going_on)
            self._gone.add(found.row.uuid)
            self._by_name[found.key[-1]] = going_on
        return found

    def _newest(self, facts: list[Fact]) -> Fact | None:
        while facts and facts[-1].row.uuid in self._gone:
            facts.pop()
        return facts[-1] if facts else None


def _is_beside(violation: Fact, recovery: Fact) -> bool:
    """Tell whether a recovery is the row of another violation that began at the same moment.

    One that was updated in place keeps the time of its own; nothing ends when it begins.
    """
    return is_updated(recovery.row) and violation.row.at >= recovery.row.at


_MOST_BELOW = 20
"""Older violations that are looked at when one ends; a sensor has a handful of limits."""


def _pair_by_key(
    in_time: Iterable[Fact], endings: dict[str, Transition], loose: set[str]
) -> Iterator[Fact]:
    """Give recoveries that name no violation to the newest open one of their key.

    Adds to ``endings`` and yields the recoveries for which there is none.
    """
    waiting: dict[tuple[object, ...], _Waiting] = {}
    for fact in in_time:
        row = fact.row
        ours = waiting.setdefault(fact.key[:-1], _Waiting())
        if row.raised and row.uuid not in endings:
            ours.add(fact)
        elif not row.raised and row.uuid in loose:
            if (violation := ours.end(fact)) is None:
                yield fact
            else:
                endings[violation.row.uuid] = row


def outlasts(violation: Transition, recovery: Transition) -> bool:
    """Tell whether a violation goes on although another one of its key has ended.

    It does if the value was not even back to where the violation began: then that other
    one was of a limit further out.
    """
    if violation.value is None or recovery.value is None or violation.unit != recovery.unit:
        return False
    if violation.direction == "upper":
        return recovery.value > violation.value
    return violation.direction == "lower" and recovery.value < violation.value


def open_of(episodes: Iterable[Episode]) -> tuple[Episode, ...]:
    """Return the open episodes by time.

    Where a key can mean one thing only, its newest transition decides: a violation whose
    recovery was lost is over once anything newer is known.
    """
    by_key: dict[Key, list[Episode]] = {}
    for episode in episodes:
        by_key.setdefault(episode.key, []).append(episode)
    found = [episode for same in by_key.values() for episode in _open_of_key(same)]
    return tuple(sorted(found, key=attrgetter("order")))


def _open_of_key(episodes: list[Episode]) -> Iterator[Episode]:
    ended: list[Transition] = []
    """The newer recoveries; of their values the one that proves most."""
    for episode in sorted(episodes, key=attrgetter("order"), reverse=True):
        if episode.cleared is not None:
            ended = [_proof(episode.cleared, *ended)]
        elif episode.several or all(outlasts(episode.facts, it) for it in ended):
            yield episode
            if not episode.several:
                # It alone is open, as of now.
                return


def _proof(recovery: Transition, *others: Transition) -> Transition:
    """Return of the recoveries the one that came back furthest; one without a value did."""
    several = (recovery, *others)
    unknown = next((it for it in several if it.value is None), None)
    if unknown is not None:
        return unknown
    best = min if recovery.direction == "upper" else max
    return best(several, key=lambda it: it.value or 0.0)


def by_identity(episodes: Iterable[Episode]) -> Mapping[Identity, Episode]:
    """Return the episode of each transition."""
    return {
        (row.uuid, row.raised): episode
        for episode in episodes
        for row in (episode.raised, episode.cleared)
        if row is not None
    }
