"""Alarms as episodes: a violation and its recovery, whatever order the rows come in.

The feed is a log of transitions, delivered at least once, late and out of order. The
log keeps the transitions it has learnt and derives everything else from them anew, so
that the order of arrival cannot matter; only *announced or not* is remembered.

Facts: Smart Connect reference, parts 6.5, 7 and 8.2.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from operator import attrgetter

from .alarm_state import AlarmEvent, AlarmState, Meaning
from .episodes import Episode, Fact, Identity, Key, by_identity, episodes_of, open_of
from .model import Transition
from .moments import is_recent
from .quantities import normal, property_of
from .revisions import Record, by_row, in_order, revised

OVERLAP = timedelta(hours=26)
"""How far each read goes back: late recoveries are delivered up to a day later."""
FIRST_LOOK = timedelta(days=30)
"""How far the first read goes back, and now and then another one.

It finds alarms that are still open, and those of a logger that was offline for days if
the cloud filters by the time of the alarm.
"""
FARTHEST_LOOK = timedelta(days=180)
"""How far a read goes back to where the last one ended, after a long absence."""
AHEAD = timedelta(days=1)
"""How far each read goes beyond now: the clock of a logger may be ahead."""
WIDE_EVERY = timedelta(hours=12)
_LONGEST_REACH = timedelta(days=6)
"""How far a read in between goes back at most: the cloud serves it with one job."""
_FORGET_AFTER = timedelta(days=1)
"""Kept beyond the widest read, because late rows are judged by two different clocks."""
SUPERVISION_UNKNOWN = "Supervision unknown"
"""The reason with which an episode ends of which nothing can be known any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmLog:
    """The transitions of an account. Times are UTC."""

    records: Mapping[Identity, Record] = field(default_factory=dict)
    read: datetime | None = None
    """When the feed was last read to its end; None before the first time."""
    first: datetime | None = None
    """When the first of these reads began."""
    wide: datetime | None = None
    """When the last read began that went as far back as the first one; None if that is due."""
    open_since: datetime | None = None
    """From when on to read because of the oldest violation open at the last read."""
    forgotten: datetime | None = None
    """Until when what was ever forgotten had been received."""
    told_until: datetime | None = None
    """Until when the account was told by another cloud, before it moved to this one."""

    def start(self, now: datetime, returned: datetime | None = None) -> datetime:
        """Return from when on to ask for transitions.

        Reaches back to where the last read ended, and beyond the oldest open violation,
        within reason: a row that is updated in place keeps its time. ``returned`` is when
        a device last came back after a long silence.
        """
        if self.read is None:
            return now - FIRST_LOOK
        start = max(min(self.read, now) - OVERLAP, now - FARTHEST_LOOK)
        if self._is_wide_due(now, returned):
            start = min(start, now - FIRST_LOOK)
        if self.open_since is not None:
            start = min(start, max(self.open_since, now - _LONGEST_REACH))
        return start

    def _is_wide_due(self, now: datetime, returned: datetime | None) -> bool:
        if not is_recent(self.wide, now, WIDE_EVERY):
            return True
        return returned is not None and self.wide <= returned <= now

    def learn(
        self, rows: Iterable[Transition], start: datetime, begun: datetime, now: datetime
    ) -> AlarmLog:
        """Take in what one whole read of the feed from a time on delivered.

        The very first read builds the state silently: what lies in the past of an
        account is nobody's news, unless another cloud had told it until then. So is what
        was known once and is forgotten, when a clock that was set lets it come again.
        """
        is_wide = start <= begun - FIRST_LOOK
        return replace(
            self,
            records=self._with(rows, start, now),
            read=now,
            first=(self.read and self.first) or begun,
            wide=begun if is_wide else self.wide,
        )

    def hear(self, rows: Iterable[Transition], now: datetime) -> AlarmLog:
        """Take in what came beside the feed, which is no whole read of it.

        But for what is older than what the feed is read for: nobody would tell how it goes on.
        """
        recent = (it for it in rows if (it.received or it.at) >= now - FIRST_LOOK)
        return replace(self, records=self._with(recent, now, now))

    def _with(
        self, rows: Iterable[Transition], start: datetime, now: datetime
    ) -> dict[Identity, Record]:
        """Return the records with those that rows add or change."""
        records, delivered = dict(self.records), in_order(rows)
        wanted = {uuid for row in delivered for uuid in (row.uuid, row.ends) if uuid}
        known = by_row(records.values(), wanted)
        for row in delivered:
            for record in revised(_named(row, known), known.get(row.uuid, ()), now):
                if record.identity not in records:
                    announced = (
                        record.announced or self._is_past(record) or self._was_known(record, start)
                    )
                    record = replace(record, announced=announced)  # noqa: PLW2901  it is the same one
                records[record.identity] = record
                ours = known.setdefault(row.uuid, [])
                ours[:] = [it for it in ours if it.identity != record.identity]
                ours.append(record)
        return records

    def _is_past(self, record: Record) -> bool:
        """Tell whether something could have been told before the account was first read."""
        told = self.told_until
        return self.read is None and (told is None or record.received <= told)

    def _was_known(self, record: Record, start: datetime) -> bool:
        """Tell whether a read from a time on brought back what had been forgotten.

        What happened before that time, by whatever clock, was not asked for by its time.
        """
        if self.forgotten is None or record.received > self.forgotten:
            return False
        return record.transition.received is not None or record.transition.at >= start

    def has_seen(self, start: datetime, end: datetime) -> bool:
        """Tell whether a stretch of time was looked at from its start, and all of it is known.

        Where there is no log, nothing else tells what was open before the first read.
        """
        known_from = max(filter(None, (self.first, self.forgotten)), default=None)
        return (
            known_from is not None
            and self.read is not None
            and known_from <= start
            and end <= self.read
        )

    def has_gap(self, start: datetime) -> bool:
        """Tell whether a read from a time on leaves out some of what came since the last one."""
        return self.read is not None and start > self.read

    def end_unknown(self, active: Iterable[Episode], start: datetime, now: datetime) -> AlarmLog:
        """End what was open before a gap: it may have recovered in it, and nobody will tell."""
        ends = (
            replace(
                episode.facts,
                raised=False,
                at=max(start, episode.facts.at),
                received=None,
                changed=None,
                value=None,
                ends=episode.id,
                reason=SUPERVISION_UNKNOWN,
            )
            for episode in active
            if episode.moment < start
        )
        found = (Record(transition=row, learnt=now) for row in ends)
        return replace(self, records={**self.records, **{it.identity: it for it in found}})

    def announce(self, alarm_events: Iterable[AlarmEvent]) -> AlarmLog:
        """Remember that these alarm events were given."""
        announced = {
            alarm_event.identity: replace(self.records[alarm_event.identity], announced=True)
            for alarm_event in alarm_events
        }
        return replace(self, records={**self.records, **announced})

    def state(
        self, meaning: Meaning, now: datetime, grace: timedelta, *, named: bool = False
    ) -> AlarmState:
        """Derive open episodes and due events from all known transitions.

        ``grace`` is how long a recovery waits for its violation, so that both are told
        in order when they are delivered in the wrong one. ``named`` tells that each recovery
        names its violation, so that one of them never says anything of another.
        """
        episodes = episodes_of(self._facts(meaning, named=named))
        due = (
            AlarmEvent(
                episode=episode, transition=row, learnt=record.learnt, identity=record.identity
            )
            for episode in episodes
            for row, record in self._records_of(episode)
            if not record.announced
            and (episode.raised is not None or not is_recent(record.learnt, now, grace))
        )
        return AlarmState(
            active=open_of(episodes),
            due=tuple(sorted(due, key=attrgetter("order"))),
            episodes=episodes,
        )

    def _facts(self, meaning: Meaning, *, named: bool) -> Iterator[Fact]:
        keyed = [(_key(it.transition, meaning), it) for it in self.records.values()]
        # Rows of one key may tell it more or less exactly.
        spelt = {(key, it.transition.extension, it.transition.unit): it for key, it in keyed}
        meant: dict[Key, set[Hashable]] = {}
        for (key, _, _), record in spelt.items():
            meant.setdefault(key, set()).update(meaning.meant(record.transition))
        for key, record in keyed:
            yield record.fact(key, several=named or len(meant[key]) > 1)

    def _records_of(self, episode: Episode) -> Iterator[tuple[Transition, Record]]:
        """Yield the transitions of an episode with their records: one row may stand for both."""
        for row in (episode.raised, episode.cleared):
            if row is not None:
                record = self.records.get((row.uuid, row.raised))
                yield row, record or self.records[row.uuid, False]

    def forget(self, now: datetime, found: AlarmState) -> AlarmLog:
        """Drop what no later read can deliver again; open episodes are kept however old.

        A violation and its recovery go together, and only when nothing older is kept for
        longer because it was learnt late: without what followed, that would look open.
        """
        horizon = now - FIRST_LOOK - _FORGET_AFTER
        opened = {episode.id for episode in found.active}
        kept: set[Identity] = set()
        for units in self._units(found.episodes):
            recent = (unit for unit in units.values() if max(map(_last, unit)) >= horizon)
            oldest = min((it.moment for unit in recent for it in unit), default=horizon)
            kept.update(
                record.identity
                for episode_id, unit in units.items()
                if episode_id in opened or any(each.moment >= oldest for each in unit)
                for record in unit
            )
        gone = [
            record.received for identity, record in self.records.items() if identity not in kept
        ]
        begun = min((episode.moment for episode in found.active), default=None)
        return replace(
            self,
            records={name: record for name, record in self.records.items() if name in kept},
            forgotten=max(filter(None, (*gone, self.forgotten)), default=None),
            # No read goes back as far as that, but a logger may think that it is the year 1.
            open_since=None if begun is None else max(begun, horizon) - OVERLAP,
        )

    def _units(self, episodes: Iterable[Episode]) -> Iterable[dict[str, list[Record]]]:
        """Return by key the records by the episodes that they go with."""
        owners = by_identity(episodes)
        keys = {episode.id: episode.key for episode in episodes}
        units: dict[Key | None, dict[str, list[Record]]] = {}
        for identity, record in self.records.items():
            owner = owners.get(identity)
            # A second recovery of one violation belongs to no episode.
            episode_id = owner.id if owner else record.transition.ends or identity[0]
            of_key = units.setdefault(keys.get(episode_id), {})
            of_key.setdefault(episode_id, []).append(record)
        return units.values()


def _last(record: Record) -> datetime:
    """Return when something was last heard of a transition."""
    return max(record.moment, record.noticed)


def _named(row: Transition, known: Mapping[str, list[Record]]) -> Transition:
    """Return a recovery that names the newest violation of the row that it ends."""
    violations = [it for it in known.get(row.ends or "", ()) if it.transition.raised]
    if not violations:
        return row
    return replace(row, ends=max(violations, key=attrgetter("again")).transition.uuid)


def _key(row: Transition, meaning: Meaning) -> Key:
    return (
        meaning.source(row),
        row.system,
        normal(row.condition),
        row.severity,
        # A system alarm may name a property or not.
        None if row.system else property_of(row.property_name),
    )
