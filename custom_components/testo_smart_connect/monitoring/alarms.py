"""Alarms as episodes: a violation and its recovery, whatever order the rows come in.

The feed is a log of transitions, delivered at least once, late and out of order. The
book keeps the transitions it has learnt and derives everything else from them anew, so
that the order of arrival cannot matter; only *told or not* is remembered.

Facts: Smart Connect reference, parts 6.5, 7 and 8.2.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from .episodes import Episode, Identity, episodes_of, open_of, violation_of
from .model import Transition
from .quantities import normal

OVERLAP = timedelta(hours=26)
"""How far each read goes back: late recoveries are delivered up to a day later."""
FIRST_LOOK = timedelta(days=30)
"""How far the first read goes back, and now and then another one.

It finds alarms that are still open, and those of a logger that was offline for days if
the cloud filters by the time of the alarm.
"""
WIDE_EVERY = timedelta(hours=12)
_LONGEST_REACH = timedelta(days=6)
"""How far a read in between goes back at most: the cloud serves it with one job."""
_FORGET_AFTER = timedelta(days=1)
"""Kept beyond the widest read, because late rows are judged by two different clocks."""


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
    wide: datetime | None = None
    """When it was last read as far back as the first time; None if that is due."""
    open_since: datetime | None = None
    """From when on to read because of the oldest violation open at the last read."""
    forgotten: datetime | None = None
    """The newest time of what was ever forgotten."""

    def window(self, now: datetime) -> tuple[datetime, datetime]:
        """Return the times between which to ask for transitions.

        Reaches back beyond the oldest open violation, within reason: a row that is
        updated in place keeps its time.
        """
        if self.read is None or self.wide is None:
            return now - FIRST_LOOK, now
        if not timedelta() <= now - self.wide < WIDE_EVERY:
            return now - FIRST_LOOK, now
        start = min(self.read, now) - OVERLAP
        if self.open_since is not None:
            start = min(start, max(self.open_since, now - _LONGEST_REACH))
        return start, now

    def look_back(self) -> None:
        """Let the next read be a wide one: somebody came back after a long silence."""
        self.wide = None

    def learn(self, rows: Iterable[Transition], start: datetime, now: datetime) -> None:
        """Take in what one whole read of the feed from a time on delivered.

        The very first read builds the state silently: what lies in the past of an
        account is nobody's news. So is what was known once and is forgotten, when a
        clock that was set lets it come again.
        """
        silent = self.read is None
        known = datetime.min.replace(tzinfo=UTC) if self.forgotten is None else self.forgotten
        records = dict(self.records)
        for row in rows:
            record = Record(transition=row, learnt=now, told=silent or row.at <= known)
            records.setdefault(record.identity, record)
        self.records = records
        self.read = now
        if start <= now - FIRST_LOOK:
            self.wide = now

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
        told = {identity for identity, record in self.records.items() if record.told}
        episodes = episodes_of(self._transitions(), keys, told)
        episode_of = {
            (row.uuid, row.raised): episode
            for episode in episodes
            for row in (episode.raised, episode.cleared)
            if row is not None
        }
        due = [
            Notice(episode=episode, record=record)
            for identity, record in self.records.items()
            if not record.told
            and (episode := episode_of.get(identity)) is not None
            and (episode.raised is not None or now - record.learnt >= grace)
        ]
        return Findings(
            active=open_of(episodes), due=tuple(sorted(due, key=_order)), episodes=episodes
        )

    def forget(self, now: datetime, active: Iterable[Episode]) -> None:
        """Drop what no later read can deliver again; open episodes are kept however old.

        A violation and its recovery go together, and only when nothing older is kept for
        longer because it was learnt late: without what followed, that would look open.
        """
        opened = {episode.id: episode.facts.at for episode in active}
        horizon = now - FIRST_LOOK - _FORGET_AFTER
        # No read goes back as far as that, but a logger may think that it is the year 1.
        self.open_since = max(min(opened.values()), horizon) - OVERLAP if opened else None
        units: dict[str, list[Record]] = {}
        for record in self.records.values():
            units.setdefault(violation_of(record.transition), []).append(record)
        oldest = min(
            (
                record.transition.at
                for unit in units.values()
                if max(max(each.transition.at, each.learnt) for each in unit) >= horizon
                for record in unit
            ),
            default=horizon,
        )
        kept = {
            record.identity: record
            for uuid, unit in units.items()
            if uuid in opened or any(each.transition.at >= oldest for each in unit)
            for record in unit
        }
        gone = self.records.keys() - kept.keys()
        if gone:
            newest = max(self.records[identity].transition.at for identity in gone)
            self.forgotten = max(newest, self.forgotten or newest)
        self.records = kept

    def _transitions(self) -> Iterable[Transition]:
        return (record.transition for record in self.records.values())


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
