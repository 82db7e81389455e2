"""Alarms as episodes: a violation and its recovery, whatever order the rows come in.

The feed is a log of transitions, delivered at least once, late and out of order. The
book keeps the transitions it has learnt and derives everything else from them anew, so
that the order of arrival cannot matter; only *told or not* is remembered.

Facts: Smart Connect reference, parts 6.5, 7 and 8.2.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import attrgetter

from .model import Transition
from .quantities import normal

OVERLAP = timedelta(hours=26)
"""How far each read goes back: late recoveries are delivered up to a day later."""
FIRST_LOOK = timedelta(days=30)
"""How far the first read goes back, to find alarms that are still open."""
_FORGET_AFTER = timedelta(days=1)
"""Kept beyond the window, because late rows are judged by two different clocks."""

type Identity = tuple[str, bool]
"""Uuid and direction of a transition: a row updated in place has one uuid for both."""
type Key = tuple[str, bool, str | None, str, str | None]
"""Source, system alarm?, condition, severity and property."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A transition, when it was learnt, and whether its event was given."""

    transition: Transition
    learnt: datetime
    told: bool = False

    @property
    def identity(self) -> Identity:
        """Return what makes the transition unique."""
        return self.transition.uuid, self.transition.raised


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """An event that is due: one transition of one episode."""

    episode: Episode
    record: Record

    @property
    def raised(self) -> bool:
        """Tell whether the episode began (else it ended)."""
        return self.record.transition.raised

    def late(self, allowance: timedelta) -> bool:
        """Tell whether it was learnt later than regular delivery explains."""
        return self.record.learnt - self.record.transition.at > allowance

    @property
    def event_type(self) -> str:
        """Return the type of the event."""
        kind = "system_alarm" if self.episode.facts.system else self.episode.severity
        return f"{kind}_{'raised' if self.raised else 'cleared'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the transitions known so far mean."""

    active: tuple[Episode, ...] = ()
    due: tuple[Notice, ...] = ()
    episodes: tuple[Episode, ...] = ()
    """All known episodes, open or not."""


@dataclass(slots=True, kw_only=True)
class AlarmBook:
    """The transitions of an account. ``records`` is replaced, never changed."""

    records: dict[Identity, Record] = field(default_factory=dict)
    read: datetime | None = None
    """When the feed was last read to its end; None before the first time."""
    open_since: datetime | None = None
    """From when on to read because of the oldest violation open at the last read."""

    def window(self, now: datetime) -> tuple[datetime, datetime]:
        """Return the times between which to ask for transitions.

        Reaches back beyond the oldest open violation: a row that is updated in place
        keeps its time, and a logger that was offline delivers what was before it.
        """
        if self.read is None:
            return now - FIRST_LOOK, now
        start = min(self.read, now) - OVERLAP
        if self.open_since is not None:
            start = min(start, self.open_since)
        return max(start, now - FIRST_LOOK), now

    def learn(self, rows: Iterable[Transition], now: datetime) -> None:
        """Take in what one whole read of the feed delivered.

        The very first read builds the state silently: what lies in the past of an
        account is nobody's news.
        """
        silent = self.read is None
        records = dict(self.records)
        for row in rows:
            record = Record(transition=row, learnt=now, told=silent)
            records.setdefault(record.identity, record)
        self.records = records
        self.read = now

    def tell(self, notices: Iterable[Notice]) -> None:
        """Remember that the events of these notices were given."""
        self.records = self.records | {
            notice.record.identity: replace(notice.record, told=True) for notice in notices
        }

    def findings(
        self,
        source_of: Callable[[Transition], str],
        now: datetime,
        grace: timedelta,
    ) -> Findings:
        """Derive open episodes and due events from all known transitions.

        ``grace`` is how long a recovery waits for its violation, so that both are told
        in order when they are delivered in the wrong one.
        """
        keys = {
            (row.uuid, row.raised): (
                source_of(row),
                row.system,
                normal(row.condition),
                row.severity,
                normal(row.property_name),
            )
            for row in self._transitions()
        }
        endings, strays = _pair(self._transitions(), keys)
        episodes = [
            Episode(key=keys[row.uuid, True], raised=row, cleared=endings.get(row.uuid))
            for row in self._transitions()
            if row.raised
        ]
        episodes += [Episode(key=keys[row.uuid, False], cleared=row) for row in strays]
        episode_of = {
            (row.uuid, row.raised): episode
            for episode in episodes
            for row in (episode.raised, episode.cleared)
            if row is not None
        }
        due = [
            Notice(episode=episode_of[identity], record=record)
            for identity, record in self.records.items()
            if not record.told
            and (episode_of[identity].raised is not None or now - record.learnt >= grace)
        ]
        return Findings(
            active=_active(episodes, strays, keys),
            due=tuple(sorted(due, key=_order)),
            episodes=tuple(episodes),
        )

    def forget(self, window: datetime, active: Iterable[Episode]) -> None:
        """Drop what no later read can deliver again; windows only move forward.

        ``window`` is the start of the last read; open episodes are kept however old. A
        violation and its recovery go together, and only when nothing older is kept for
        longer because it was learnt late: without what followed, that would look open.
        """
        opened = {episode.id: episode.facts.at for episode in active}
        self.open_since = max(min(opened.values()) - OVERLAP, window) if opened else None
        horizon = window - _FORGET_AFTER
        units: dict[str, list[Record]] = {}
        for record in self.records.values():
            units.setdefault(_violation(record.transition), []).append(record)
        oldest = min(
            (
                record.transition.at
                for unit in units.values()
                if max(max(each.transition.at, each.learnt) for each in unit) >= horizon
                for record in unit
            ),
            default=horizon,
        )
        self.records = {
            record.identity: record
            for uuid, unit in units.items()
            if uuid in opened or any(each.transition.at >= oldest for each in unit)
            for record in unit
        }

    def _transitions(self) -> Iterable[Transition]:
        return (record.transition for record in self.records.values())


def _violation(row: Transition) -> str:
    """Return the uuid of the violation that a transition is or ends, its own if unknown."""
    return row.uuid if row.raised else row.ends or row.uuid


def _order(notice: Notice) -> tuple[datetime, bool, bool, str]:
    """Sort by true time, the violation before its recovery even if clocks disagree."""
    at = notice.record.transition.at
    raised = notice.episode.raised
    when = at if raised is None else max(at, raised.at)
    # Of two at the same moment the graver one is told last, and stays to be seen.
    return (
        when,
        not notice.raised,
        notice.episode.severity == "alarm",
        notice.record.transition.uuid,
    )


def _pair(
    transitions: Iterable[Transition], keys: Mapping[Identity, Key]
) -> tuple[dict[str, Transition], list[Transition]]:
    """Return the recovery of each violation, and recoveries without a violation."""
    in_time = sorted(transitions, key=lambda row: (row.at, not row.raised, row.uuid))
    violations = {row.uuid for row in in_time if row.raised}
    endings: dict[str, Transition] = {}
    strays: list[Transition] = []
    loose: set[str] = set()
    for row in in_time:
        target = _violation(row)
        if row.raised:
            continue
        if target in violations and target not in endings:
            endings[target] = row
        elif row.ends is None:
            loose.add(row.uuid)
        else:
            strays.append(row)
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
    return endings, strays


def _rank(episode: Episode) -> tuple[datetime, bool, str]:
    """Sort by true time; of two that began at once, the one still open counts."""
    return episode.facts.at, episode.cleared is None, episode.id


def _active(
    episodes: Iterable[Episode],
    strays: Iterable[Transition],
    keys: Mapping[Identity, Key],
) -> tuple[Episode, ...]:
    """Return the open episodes: per key the newest transition decides."""
    newest: dict[Key, Episode] = {}
    for episode in episodes:
        if episode.raised is None:
            continue
        best = newest.get(episode.key)
        if best is None or _rank(best) < _rank(episode):
            newest[episode.key] = episode
    ended: dict[Key, datetime] = {}
    for row in strays:
        key = keys[row.uuid, False]
        ended[key] = max(row.at, ended.get(key, row.at))
    still_open = (
        episode
        for key, episode in newest.items()
        if episode.cleared is None and not (key in ended and ended[key] > episode.facts.at)
    )
    return tuple(sorted(still_open, key=attrgetter("facts.at", "id")))
