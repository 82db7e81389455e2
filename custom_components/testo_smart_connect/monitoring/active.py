"""A set of open alarms as the transitions that a log would have told."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from .alarm_state import AlarmState
from .episodes import Episode
from .model import Transition

_AGAIN = "~again"
"""Follows the uuid of an alarm that was there once, was gone, and is there once more."""


def transitions_of(
    found: Iterable[Transition], known: AlarmState, now: datetime, *, complete: bool
) -> list[Transition]:
    """Return the violations of a set, and a recovery of each open one that it lacks.

    When it recovered nobody tells: what is known is when it was no longer there. A set of
    which some rows were not understood ends nothing.
    """
    opened = {episode.id for episode in known.active}
    newest = {it.id.partition(_AGAIN)[0]: it for it in known.episodes}
    rows = [_violation(row, newest.get(row.uuid), opened, now) for row in found]
    if complete:
        there = {row.uuid for row in rows}
        rows += [
            _recovery(episode.raised, now)
            for episode in known.active
            if episode.raised is not None and episode.raised.uuid not in there
        ]
    return rows


def _violation(
    row: Transition, before: Episode | None, opened: set[str], now: datetime
) -> Transition:
    """Return a row of the set as the violation that it is: a known one, or one that is new."""
    if before is None or before.raised is None:
        return row
    if before.id in opened:
        return replace(row, uuid=before.raised.uuid, at=before.raised.at)
    times = int(before.raised.uuid.partition(_AGAIN)[2] or 1) + 1
    return replace(row, uuid=f"{row.uuid}{_AGAIN}{times}", at=now)


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
