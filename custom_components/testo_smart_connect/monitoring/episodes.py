"""Pairing transitions into episodes, whatever order they came in.

Facts: Smart Connect reference, parts 6.5, 7.2 and 8.2.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from .model import Transition

type Identity = tuple[str, bool]
"""Uuid and direction of a transition: a row updated in place has one uuid for both."""
type Key = tuple[str, bool, str | None, str, str | None]
"""Source, system alarm?, condition, severity and property."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One violation and its recovery; either may be unknown, never both."""

    key: Key
    raised: Transition | None = None
    cleared: Transition | None = None

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


def violation_of(row: Transition) -> str:
    """Return the uuid of the violation that a transition is or ends, its own if unknown."""
    return row.uuid if row.raised else row.ends or row.uuid


def episodes_of(
    transitions: Iterable[Transition], keys: Mapping[Identity, Key], told: Collection[Identity]
) -> tuple[Episode, ...]:
    """Return the episodes of all transitions.

    A violation that is said to have ended twice ended once: the recovery that was told
    is kept, else the earliest, and the others belong to no episode.
    """
    in_time = sorted(transitions, key=lambda row: (row.at, not row.raised, row.uuid))
    violations = {row.uuid for row in in_time if row.raised}
    named: dict[str, list[Transition]] = {}
    strays: list[Transition] = []
    loose: set[str] = set()
    for row in in_time:
        if row.raised:
            continue
        if violation_of(row) in violations:
            named.setdefault(violation_of(row), []).append(row)
        elif row.ends is None:
            loose.add(row.uuid)
        else:
            strays.append(row)
    endings = {
        uuid: next((row for row in rows if (row.uuid, False) in told), rows[0])
        for uuid, rows in named.items()
    }
    strays += _pair_by_key(in_time, keys, endings, loose)
    return (
        *(
            Episode(key=keys[row.uuid, True], raised=row, cleared=endings.get(row.uuid))
            for row in in_time
            if row.raised
        ),
        *(Episode(key=keys[row.uuid, False], cleared=row) for row in strays),
    )


def _pair_by_key(
    in_time: Iterable[Transition],
    keys: Mapping[Identity, Key],
    endings: dict[str, Transition],
    loose: Collection[str],
) -> Iterable[Transition]:
    """Give recoveries that name no violation to the newest open one of their key.

    Adds to ``endings`` and returns the recoveries for which there is none.
    """
    strays: list[Transition] = []
    opened: dict[tuple[object, ...], list[tuple[str | None, Transition]]] = {}
    for row in in_time:
        *group, name = keys[row.uuid, row.raised]
        waiting = opened.setdefault(tuple(group), [])
        if row.raised and row.uuid not in endings:
            waiting.append((name, row))
        elif not row.raised and row.uuid in loose:
            # An unknown property is a wildcard, for whatever has none of its own.
            same = [each for each in waiting if each[0] == name]
            fitting = same or [each for each in waiting if None in {name, each[0]}]
            if not fitting:
                strays.append(row)
                continue
            name, violation = fitting[-1]
            endings[violation.uuid] = row
            # A recovery ends all that came before it: an older violation without one of
            # its own was superseded and must not catch the next recovery.
            opened[tuple(group)] = [each for each in waiting if each[0] != name]
    return strays


def open_of(episodes: Iterable[Episode]) -> tuple[Episode, ...]:
    """Return the open episodes by time: per key the newest transition decides."""
    newest: dict[Key, Episode] = {}
    ended: dict[Key, datetime] = {}
    for episode in episodes:
        if episode.raised is None:
            at = episode.facts.at
            ended[episode.key] = max(at, ended.get(episode.key, at))
            continue
        best = newest.get(episode.key)
        if best is None or _rank(best) < _rank(episode):
            newest[episode.key] = episode
    still_open = (
        episode
        for key, episode in newest.items()
        if episode.cleared is None and not (key in ended and ended[key] > episode.facts.at)
    )
    return tuple(sorted(still_open, key=attrgetter("facts.at", "id")))


def _rank(episode: Episode) -> tuple[datetime, bool, str]:
    """Sort by true time; of two that began at once, the one still open counts."""
    return episode.facts.at, episode.cleared is None, episode.id
