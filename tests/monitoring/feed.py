"""A true log of transitions, the ways in which a cloud may deliver it, and its reader.

The reader does what the alarms cycle of the integration does with the log; ``follow``
compares every step with what follows from the truth alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
import json
from random import Random
from typing import Any

from custom_components.testo_smart_connect.monitoring.alarm_state import AlarmEvent, AlarmState
from custom_components.testo_smart_connect.monitoring.alarm_view import alarm_view
from custom_components.testo_smart_connect.monitoring.alarms import AHEAD, WIDE_EVERY, AlarmLog
from custom_components.testo_smart_connect.monitoring.codec import dump, load
from custom_components.testo_smart_connect.monitoring.episodes import Episode, Identity
from custom_components.testo_smart_connect.monitoring.model import Transition
from custom_components.testo_smart_connect.monitoring.revisions import Record
from custom_components.testo_smart_connect.monitoring.topology import Topology

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
GRACE = 15 * MINUTE
SLOWEST = 25 * HOUR
"""How long a row may be missing from some of the answers that should have it."""
LATEST = 15 * DAY
"""How long after its time a row may come, and after one that followed it in its topic."""

type Topic = tuple[str, bool, str | None, str, str | None]
"""What can be violated or not: owner, system alarm?, condition, severity, property."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One true transition, named in full; a recovery always says what it ends."""

    topic: Topic
    transition: Transition
    visible: datetime
    """When the cloud could deliver it at the earliest."""
    several: bool = False
    """Others of its topic may be violated at the same time: it is that of several channels."""
    ahead: timedelta = timedelta()
    """How far the clock of the logger is ahead."""

    @property
    def identity(self) -> Identity:
        """Return what makes the transition unique."""
        return self.transition.uuid, self.transition.raised

    @property
    def ambiguous(self) -> tuple[Any, ...]:
        """Return what is left of the topic if the row keeps its property to itself."""
        return self.topic[:-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What kind of cloud it is."""

    in_place: bool = False
    """One row for each episode, updated when it ends."""
    by_processing: bool = False
    """Windows are filtered by the time of processing, which may be weeks later."""
    told_ends: float = 1.0
    """Share of recoveries that say which violation they end."""
    unknown: float = 0.0
    """Share of rows whose property is ``Unknown``."""
    processed: bool = True
    """Whether rows have a time of processing."""
    flaky: float = 0.0
    """Chance of a row to be missing from one answer, for up to a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """One read of the feed."""

    at: datetime
    crash: bool = False
    """Everything is lost before anything is told or saved."""
    mute: bool = False
    """Nobody is there yet who could be told."""
    restart: bool = False
    """What was saved is loaded again afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Version:
    since: datetime
    transitions: tuple[Transition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    at: datetime
    sure: datetime
    """From when on it is in every answer that asks for its time."""
    versions: tuple[_Version, ...]


class Cloud:
    """Delivers a true log at least once: late, repeated, shuffled, in its own words."""

    def __init__(self, facts: Sequence[Fact], habits: Habits, seed: int) -> None:
        """Decide how each row is written and when it comes."""
        self._random = Random(seed)  # noqa: S311  a test must be repeatable
        self._habits = habits
        names: dict[tuple[Any, ...], set[str | None]] = {}
        for fact in facts:
            names.setdefault(fact.ambiguous, set()).add(fact.topic[-1])
        self._crowded = {group for group, found in names.items() if len(found) > 1}
        self.blurred: set[tuple[Any, ...]] = set()
        """Groups of topics that cannot be told apart before everything has come."""
        in_place = habits.in_place and not any(map(_is_unclear, _pairs(facts)))
        if in_place:
            facts = list(_one_after_another(facts))
        else:
            facts = _hardly_overtaken(replace(it, visible=self._visible(it)) for it in facts)
        self.facts = facts
        self.in_place = in_place
        self.tells_ends = in_place or habits.told_ends == 1.0
        """Whether every recovery says which violation it ends."""
        self._rows = self._in_place() if in_place else self._separate()

    @property
    def complete(self) -> datetime:
        """Return from when on every row has come for sure."""
        return max(
            max(row.sure, *(version.since for version in row.versions)) for row in self._rows
        )

    def answer(self, start: datetime, now: datetime) -> list[Transition]:
        """Return what a read from a time on delivers now."""
        found: list[Transition] = []
        for row in self._rows:
            visible = [version for version in row.versions if version.since <= now]
            if not visible:
                continue
            clock = visible[-1].since if self._habits.by_processing else row.at
            if not start <= clock <= now + AHEAD:
                continue
            is_dropped = self._random.random() < self._habits.flaky
            if len(visible) == 1 and now < row.sure and is_dropped:
                continue
            # At least once, and an old version of a row may come beside the new one.
            found += self._random.choice(visible).transitions if len(visible) > 1 else ()
            found += self._random.randint(1, 2) * visible[-1].transitions
        self._random.shuffle(found)
        return found

    def _visible(self, fact: Fact) -> datetime:
        """Return when a fact can be delivered, often later than the cloud knew it."""
        if fact.ahead:
            # What comes late and with a wrong time cannot be put in order by anybody.
            return fact.visible
        rest = LATEST - (fact.visible - fact.transition.at)
        delay = self._random.choice((0.0, 0.0, self._random.random() ** 3))
        return fact.visible + delay * max(rest, timedelta())

    def _separate(self) -> list[_Row]:
        return [
            _Row(
                at=fact.transition.at + fact.ahead,
                sure=self._sure(fact),
                versions=(_Version(since=fact.visible, transitions=(self._written(fact),)),),
            )
            for fact in self.facts
        ]

    def _in_place(self) -> list[_Row]:
        endings = {fact.transition.ends: fact for fact in self.facts if not fact.transition.raised}
        rows = []
        for fact in self.facts:
            if not fact.transition.raised:
                continue
            raised = replace(self._written(fact), changed=fact.transition.at)
            versions = [_Version(since=fact.visible, transitions=(raised,))]
            if (ending := endings.get(fact.transition.uuid)) is not None:
                # The time of the alarm stays that of the violation.
                cleared = replace(
                    self._written(ending),
                    at=raised.at,
                    changed=ending.transition.at,
                    ends=None,
                )
                versions.append(_Version(since=ending.visible, transitions=(cleared,)))
            rows.append(_Row(at=raised.at, sure=self._sure(fact), versions=tuple(versions)))
        return rows

    def _sure(self, fact: Fact) -> datetime:
        return fact.visible + self._random.random() * SLOWEST

    def _written(self, fact: Fact) -> Transition:
        """Return a fact as a row has it: named by serial or uuid, some instruments left out.

        Two violations that keep their property to themselves are taken for one, and
        nothing could tell which of two properties a recovery means that names neither
        its own nor what it ends: so much is always said.
        """
        row, random, habits = fact.transition, self._random, self._habits
        names = random.choice((("serial",), ("source_uuid",), ("serial", "source_uuid")))
        names_ends = self.tells_ends and not self.in_place
        is_unknown = (
            fact.topic[-1] is not None
            and random.random() < habits.unknown
            and (fact.ambiguous not in self._crowded or (names_ends and not row.raised))
        )
        if is_unknown:
            self.blurred.add(fact.ambiguous)
        tells = self.tells_ends or fact.several or random.random() < habits.told_ends
        return replace(
            row,
            at=row.at + fact.ahead,
            serial=row.serial if "serial" in names else None,
            source_uuid=row.source_uuid if "source_uuid" in names else None,
            property_name="Unknown" if is_unknown else row.property_name,
            ends=row.ends if tells else None,
            received=fact.visible - timedelta(seconds=4)
            if habits.processed or fact.ahead
            else None,
        )


def _pairs(facts: Iterable[Fact]) -> Iterable[tuple[Fact, Fact]]:
    """Yield the violations that end, with their recoveries."""
    known = list(facts)
    begun = {fact.transition.uuid: fact for fact in known if fact.transition.raised}
    for fact in known:
        if not fact.transition.raised:
            yield begun[str(fact.transition.ends)], fact


def _is_unclear(pair: tuple[Fact, Fact]) -> bool:
    """Tell whether a row that was updated in place does not look like it: by its two times."""
    violation, recovery = pair
    is_brief = recovery.transition.at - violation.transition.at <= 2 * MINUTE
    return is_brief or bool(violation.ahead or recovery.ahead)


def _hardly_overtaken(facts: Iterable[Fact]) -> list[Fact]:
    """Let nothing come long after what followed it in the same topic."""
    following: dict[Topic, datetime] = {}
    found = []
    for fact in reversed(list(facts)):
        latest = following.get(fact.topic, fact.visible) + LATEST
        visible = max(min(fact.visible, latest), fact.transition.at)
        following[fact.topic] = visible
        found.append(replace(fact, visible=visible))
    return found[::-1]


def _one_after_another(facts: Iterable[Fact]) -> Iterable[Fact]:
    """Let a table of rows never show an update before an older one of the same topic.

    A recovery has the row of its violation.
    """
    newest: dict[Topic, datetime] = {}
    for fact in facts:
        visible = max(fact.visible, newest.get(fact.topic, fact.visible))
        newest[fact.topic] = visible
        row = fact.transition
        yield replace(
            fact,
            visible=visible,
            transition=row if row.raised else replace(row, uuid=str(row.ends)),
        )


def saved(alarm_log: AlarmLog) -> str:
    """Return a log as it is stored."""
    return json.dumps(
        {
            "records": dump(list(alarm_log.records.values())),
            "alarms_read": dump(alarm_log.read),
            "alarms_first": dump(alarm_log.first),
            "times": dump(
                {"wide": alarm_log.wide, "open": alarm_log.open_since, "gone": alarm_log.forgotten}
            ),
        }
    )


def loaded(text: str) -> AlarmLog:
    """Return a log that was stored."""
    data = json.loads(text)
    records = (load(Record, item) for item in data["records"])

    def moment(text: str | None) -> datetime | None:
        return load(datetime, text) if text else None

    return AlarmLog(
        records={record.identity: record for record in records},
        read=moment(data["alarms_read"]),
        first=moment(data["alarms_first"]),
        wide=moment(data["times"]["wide"]),
        open_since=moment(data["times"]["open"]),
        forgotten=moment(data["times"]["gone"]),
    )


@dataclass(slots=True)
class _Told:
    at: datetime
    alarm_event: AlarmEvent


class Reader:
    """Reads a cloud poll by poll, as the integration does, and checks every step."""

    def __init__(self, cloud: Cloud, topology: Topology) -> None:
        """Know nothing yet."""
        self.cloud = cloud
        self.topology = topology
        self.facts: Mapping[Identity, Fact] = {fact.identity: fact for fact in cloud.facts}
        self.alarm_log = AlarmLog()
        self.alarm_state = AlarmState()
        self._kept = saved(self.alarm_log)
        self.silent: set[Identity] = set()
        """What the very first read delivered."""
        self.learnt: dict[Identity, datetime] = {}
        """When each transition was first delivered, in a read that was not lost."""
        self.told: dict[Identity, _Told] = {}

    def poll(self, poll: Poll) -> None:
        """Read the feed once."""
        now, is_first = poll.at, self.alarm_log.read is None
        start = self.alarm_log.start(now)
        rows = self.cloud.answer(start, now)
        has_gap = self.alarm_log.has_gap(start)
        self.alarm_log = self.alarm_log.learn(rows, start, now, now)
        if has_gap:
            self.alarm_log = self.alarm_log.end_unknown(self._find(now).active, start, now)
        found = self._find(now)
        if is_first:
            assert found.due == ()
        delivered = [identity for row in rows for identity in self._told_by(row)]
        self._check_active(found, {*self.learnt, *delivered})
        if poll.crash:
            self.alarm_log = loaded(self._kept)
            self.alarm_state = self._find(now)
            return
        if is_first:
            self.silent = set(delivered)
        for identity in delivered:
            self.learnt.setdefault(identity, now)
        if not poll.mute:
            self._tell(found.due, now)
        self.alarm_log = self.alarm_log.forget(now, found)
        self.alarm_state = self._find(now)
        assert _ids(self.alarm_state.active) == _ids(found.active), (
            "forgetting changed what is open"
        )
        self._kept = saved(self.alarm_log)
        if poll.restart:
            before, self.alarm_log = self.alarm_log, loaded(self._kept)
            assert self.alarm_log == before

    def check_end(self) -> None:
        """Compare what was told and what is open with the truth."""
        assert self.learnt.keys() == self.facts.keys(), "the cloud kept something back"
        assert self.told.keys() == self.facts.keys() - self.silent, "lost or invented"
        assert self.alarm_state.due == ()
        truth = _open(self.facts.values())
        assert _ids(self.alarm_state.active) == {fact.transition.uuid for fact in truth}
        by_uuid = {episode.id: episode for episode in self.alarm_state.episodes}
        for fact in truth:
            assert by_uuid[fact.transition.uuid].facts.at == fact.transition.at + fact.ahead
        view = alarm_view(self.alarm_state.active, self.alarm_state.episodes, self.topology.sources)
        is_warning = [fact.transition.severity == "warning" for fact in truth]
        assert (view.warnings, view.alarms) == (is_warning.count(True), is_warning.count(False))
        self._check_order()

    def check_memory(self) -> None:
        """Compare what is remembered long after everything was over: the open ones."""
        truth = {fact.identity for fact in _open(self.facts.values())}
        assert self.alarm_log.records.keys() == truth

    def _told_by(self, row: Transition) -> Iterable[Identity]:
        """Return what a row tells; one that was updated in place tells its violation as well."""
        if self.cloud.in_place:
            yield row.uuid, True
        yield _identity(row)

    def _find(self, now: datetime) -> AlarmState:
        return self.alarm_log.state(self.topology, now, GRACE)

    def _tell(self, alarm_events: Iterable[AlarmEvent], now: datetime) -> None:
        given = list(alarm_events)
        for alarm_event in given:
            identity = _identity(alarm_event.transition)
            assert identity in self.facts
            assert identity not in self.silent, "the past was told"
            assert identity not in self.told, "told again"
            kind = (
                "system_alarm" if alarm_event.episode.facts.system else alarm_event.episode.severity
            )
            change = "raised" if identity[1] else "cleared"
            assert alarm_event.event_type == f"{kind}_{change}"
            truth = self.facts[identity]
            assert alarm_event.transition.at == truth.transition.at + truth.ahead
            assert alarm_event.learnt == self.learnt[identity]
            self.told[identity] = _Told(now, alarm_event)
        self.alarm_log = self.alarm_log.announce(given)

    def _check_active(self, found: AlarmState, known: set[Identity]) -> None:
        """What is open is what the newest transition of each topic says."""
        facts = [
            fact
            for identity, fact in self.facts.items()
            if identity in known and fact.ambiguous not in self.cloud.blurred
        ]
        expected = {fact.transition.uuid for fact in _open(facts)}
        blurred = {
            fact.transition.uuid
            for fact in self.facts.values()
            if fact.ambiguous in self.cloud.blurred
        }
        assert _ids(found.active) - blurred == expected

    def _check_order(self) -> None:
        """A recovery is told before its violation only if that came after the grace."""
        order = {identity: number for number, identity in enumerate(self.told)}
        for identity, fact in self.facts.items():
            begun = (str(fact.transition.ends), True)
            if identity[1] or not {identity, begun} <= self.told.keys():
                continue
            if order[begun] > order[identity]:
                at = self.told[identity].at
                assert self.learnt[begun] > at, "told in the wrong order"
                if self.cloud.tells_ends:
                    assert at - self.learnt[identity] >= GRACE, "told without waiting"
                    assert self.told[identity].alarm_event.episode.raised is None


def _identity(row: Transition) -> Identity:
    return row.uuid, row.raised


def _ids(episodes: Iterable[Episode]) -> set[str]:
    return {episode.id for episode in episodes}


def _open(facts: Iterable[Fact]) -> list[Fact]:
    """Return the violations that are the newest transition of their topic.

    Where a topic is that of several channels, these are all that have not ended.
    """
    newest: dict[Topic | str, Fact] = {}
    for fact in facts:
        if fact.several:
            row = fact.transition
            if row.raised:
                newest.setdefault(row.uuid, fact)
            else:
                newest[str(row.ends)] = fact
            continue
        known = newest.get(fact.topic)
        if known is None or known.transition.at < fact.transition.at:
            newest[fact.topic] = fact
    return [fact for fact in newest.values() if fact.transition.raised]


def follow(cloud: Cloud, polls: Sequence[Poll], topology: Topology) -> Reader:
    """Read a cloud at the given times and until it has nothing new, and check it all."""
    reader = Reader(cloud, topology)
    for poll in polls:
        reader.poll(poll)
    # Regular reads from here on; the last ones after everything was long over.
    now = max(cloud.complete, polls[-1].at) + MINUTE
    for wait in (timedelta(), WIDE_EVERY, GRACE, 5 * MINUTE):
        now += wait
        reader.poll(Poll(at=now))
    reader.check_end()
    for wait in (DAY, DAY, 40 * DAY, MINUTE, 2 * DAY, MINUTE):
        now += wait
        reader.poll(Poll(at=now, restart=True))
    reader.check_end()
    reader.check_memory()
    return reader
