"""What a row of the alarm feed says anew: a row may change after it was first delivered.

The feed repeats its rows. One that is known says nothing; one that was changed in place may
correct a fact, end its violation, violate it again, or make another alarm of it.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from .codec import STORED_AS
from .episodes import Fact, Identity, Key, is_updated
from .model import Transition
from .quantities import normal

_NEVER = datetime.min.replace(tzinfo=UTC)
_LATEST = timedelta(days=366)
"""What is received later than that after its time has a time that is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A transition, when it was learnt (UTC), and whether its event was given."""

    transition: Transition
    learnt: datetime
    announced: bool = field(default=False, metadata={STORED_AS: "told"})
    again: int = 0
    """How often the same row stood for another episode before."""

    @property
    def identity(self) -> Identity:
        """Return what makes the transition unique."""
        return self.transition.uuid, self.transition.raised

    @property
    def row_uuid(self) -> str:
        """Return the uuid of the row that it came with."""
        return self.transition.uuid.removesuffix(_suffix(self.again))

    @property
    def received(self) -> datetime:
        """Return when the cloud received it, when it happened if that is not told."""
        return min(self.transition.received or self.transition.at, self.learnt)

    @property
    def moment(self) -> datetime:
        """Return when it happened, for putting things in order.

        The clock of a logger may be ahead, or begin anew in 1970; that of the cloud does not.
        """
        at, received = self.transition.at, self.transition.received or self.learnt
        return at if timedelta() <= received - at <= _LATEST else received

    @property
    def noticed(self) -> datetime:
        """Return when it came; the clock of Home Assistant is asked only if no other is told."""
        return self.transition.received or self.learnt

    def fact(self, key: Key, *, several: bool) -> Fact:
        """Return it as it is paired."""
        return Fact(
            row=self.transition,
            key=key,
            moment=self.moment,
            announced=self.announced,
            several=several,
        )


def revised(row: Transition, known: Collection[Record], learnt: datetime) -> Iterator[Record]:
    """Yield the records that a row adds or changes, given those of the same row.

    An older version that comes again says nothing, except that a violation may come after
    the recovery that took its place.
    """
    if not known:
        yield Record(transition=row, learnt=learnt)
        return
    last = max(known, key=lambda record: (record.again, not record.transition.raised))
    before = last.transition
    is_newer = version(row) > version(before)
    begun = {record.again for record in known if record.transition.raised}
    if row.raised and last.again not in begun and not is_newer:
        violation = replace(row, uuid=before.uuid)
        if is_updated(before):
            # It has been told together with its recovery.
            yield replace(last, transition=violation)
        else:
            yield replace(last, transition=violation, learnt=learnt, announced=False)
    elif version(row) < version(before):
        return
    elif _meaning(row) == _meaning(before) or not (row.raised or before.raised):
        yield from _corrected(row, last)
    elif not is_newer and any(_meaning(row) == _meaning(it.transition) for it in known):
        return
    elif not row.raised:
        ending = replace(row, uuid=before.uuid)
        yield replace(last, transition=ending, learnt=learnt, announced=False)
    else:
        if before.raised:
            yield _given_up(row, last, learnt)
        yield _again(row, last, learnt)


def by_row(records: Iterable[Record], wanted: Collection[str]) -> dict[str, list[Record]]:
    """Return the records of some rows by their uuids."""
    found: dict[str, list[Record]] = {}
    for record in records:
        if (uuid := record.row_uuid) in wanted:
            found.setdefault(uuid, []).append(record)
    return found


def version(row: Transition) -> tuple[datetime, datetime]:
    """Return what tells versions of a row apart: when it was changed, and processed.

    An older version may be processed once more.
    """
    return row.changed or row.received or row.at, row.received or _NEVER


def in_order(rows: Iterable[Transition]) -> list[Transition]:
    """Return the older versions of each row before the newer ones."""
    return sorted(rows, key=lambda row: (version(row), not row.raised))


def _meaning(row: Transition) -> tuple[bool, bool, str | None, str]:
    """Return what makes another episode of a row if it changes; all else is a correction."""
    return row.raised, row.system, normal(row.condition), row.severity


def _corrected(row: Transition, known: Record) -> Iterator[Record]:
    """Yield a record with the facts that are right by now."""
    before = known.transition
    at = max(row.at, before.at) if known.again else row.at
    after = replace(
        row,
        uuid=before.uuid,
        at=at,
        ends=before.ends or row.ends,
        # Not every way by which it comes tells it.
        site=row.site or before.site,
    )
    if after != before:
        yield replace(known, transition=after)


def _given_up(row: Transition, last: Record, learnt: datetime) -> Record:
    """Return the end of a violation whose row became that of another alarm."""
    before = last.transition
    ending = replace(
        before,
        raised=False,
        at=max(before.at, row.changed or row.at),
        received=row.received,
        changed=None,
        value=None,
        reason=None,
    )
    return replace(last, transition=ending, learnt=learnt, announced=False)


def _again(row: Transition, last: Record, learnt: datetime) -> Record:
    """Return the beginning of the next episode that a row stands for."""
    before, again = last.transition, last.again + 1
    # The time of an alarm may still be that of its first violation.
    is_moved = row.at > max(before.at, before.changed or before.at)
    violation = replace(
        row,
        uuid=f"{last.row_uuid}{_suffix(again)}",
        at=row.at if is_moved else row.changed or row.at,
        ends=None,
    )
    return Record(transition=violation, learnt=learnt, again=again)


def _suffix(again: int) -> str:
    return f"~{again + 1}" if again else ""
