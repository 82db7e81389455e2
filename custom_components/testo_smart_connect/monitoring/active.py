"""A set of open alarms as the transitions that a log would have told."""

from dataclasses import dataclass, replace
from datetime import datetime

from .alarm_state import AlarmState
from .episodes import Episode
from .model import Transition

_AGAIN = "~again"
"""Follows the uuid of an alarm that was there once, was gone, and is there once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveSet:
    """Which alarms are open at a moment."""

    violations: tuple[Transition, ...] = ()
    unread: frozenset[str] = frozenset()
    """The uuids of open ones of which nothing else could be understood."""
    untold: tuple[str, ...] = ()
    """How the uuids of those begin of which the answer says nothing."""
    complete: bool = True
    """Whether each open one is among them: of a row without a uuid nobody knows which it is."""


def transitions_of(found: ActiveSet, known: AlarmState, now: datetime) -> list[Transition]:
    """Return the violations of a set, and a recovery of each open one that it lacks.

    When it recovered nobody tells: what is known is when it was no longer there. A set that
    is not complete ends nothing.
    """
    opened = {episode.id for episode in known.active}
    newest = {_row_of(episode.id): episode for episode in known.episodes}
    rows = [_violation(row, newest.get(row.uuid), opened, now) for row in found.violations]
    if found.complete:
        there = {row.uuid for row in rows}
        rows += [
            _recovery(episode.facts, now)
            for episode in known.active
            if episode.id not in there
            and _row_of(episode.id) not in found.unread
            and not episode.id.startswith(found.untold)
        ]
    return rows


def _row_of(episode_id: str) -> str:
    return episode_id.partition(_AGAIN)[0]


def _violation(
    row: Transition, before: Episode | None, opened: set[str], now: datetime
) -> Transition:
    """Return a row of the set as the violation that it is: a known one, or one that is new."""
    if before is None:
        return row
    known = before.facts
    if before.id in opened and _kind(row) == _kind(known):
        return replace(row, uuid=known.uuid, at=known.at)
    times = int(before.id.partition(_AGAIN)[2] or 1) + 1
    ended = before.cleared.at if before.cleared else now
    # One that came back unchanged tells when it began at first.
    at = row.at if row.at >= ended else now
    return replace(row, uuid=f"{row.uuid}{_AGAIN}{times}", at=at)


def _kind(row: Transition) -> tuple[str | None, str, bool]:
    """Return what makes another alarm of a row, whatever its uuid."""
    return row.condition, row.severity, row.system


def _recovery(raised: Transition, now: datetime) -> Transition:
    return replace(
        raised,
        uuid=f"{raised.uuid}_ends",
        raised=False,
        at=max(now, raised.at),
        received=None,
        changed=None,
        value=None,
        ends=raised.uuid,
    )
