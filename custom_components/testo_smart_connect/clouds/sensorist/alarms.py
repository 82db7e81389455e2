"""Alarms that users set, and their log → limits and transitions. Shapes: reference, part 10."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from ...monitoring.equipment import DailyLimit, Equipment
from ...monitoring.model import Transition
from ..base import SIDES
from ..count import RowCount
from ..fields import Row, RowError, integer, needed, needed_moment, number, text
from .tree import Source

_STATES: Final = {"out": True, "in": False}
_MOST_MINUTES = 60 * 24 * 366


@dataclass(frozen=True, slots=True, kw_only=True)
class UserAlarm:
    """An alarm as a user has set it."""

    id: str
    source: int
    value: float
    direction: str
    delay: timedelta = timedelta()


def user_alarm(row: Row) -> Iterator[UserAlarm]:
    """Parse an alarm, as tolerantly as its invented shape asks for."""
    told = row.get("data_source")
    source = integer(told, "id") if isinstance(told, dict) else integer(row, "data_source")
    direction = SIDES.get((text(row, "direction") or "").casefold())
    value = number(row, "value")
    if source is None or direction is None or value is None:
        message = "unknown_alarm"
        raise RowError(message)
    minutes = integer(row, "delay") or 0
    yield UserAlarm(
        id=needed(row, "id"),
        source=source,
        value=value,
        direction=direction,
        delay=timedelta(minutes=min(max(minutes, 0), _MOST_MINUTES)),
    )


def equipments(alarms: Iterable[UserAlarm], sources: Mapping[int, Source]) -> tuple[Equipment, ...]:
    """Return the limits of each data source."""
    by_source: dict[int, list[DailyLimit]] = {}
    for it in alarms:
        source = sources.get(it.source)
        if source is not None:
            limit = DailyLimit(
                direction=it.direction,
                severity="alarm",
                value=it.value,
                unit=source.channel.unit or "",
                delay=it.delay,
                alarm_id=it.id,
            )
            by_source.setdefault(it.source, []).append(limit)
    return tuple(
        Equipment(part=str(number_), limits=tuple(found)) for number_, found in by_source.items()
    )


def entries(answer: Mapping[str, Any]) -> list[Any] | None:
    """Return the rows of a log, each with its alarm; None if there is no log."""
    for name in ("history", "logs", "alarms"):
        found = answer.get(name)
        if isinstance(found, list):
            return found
        if isinstance(found, dict):
            if not all(isinstance(rows, (list, dict)) for rows in found.values()):
                # Whatever it is: to take it for an empty log would end what is open.
                return None
            return [
                {"alarm": alarm, **row}
                for alarm, rows in found.items()
                for row in (rows if isinstance(rows, list) else [rows])
                if isinstance(row, dict)
            ]
    return None


def transitions(
    rows: Iterable[Any],
    alarms: Mapping[str, UserAlarm],
    sources: Mapping[int, Source],
    row_count: RowCount,
) -> tuple[tuple[str, Transition], ...]:
    """Return what happened, and to which alarm, by its id.

    Each recovery has the violation that it ends, if that is among it.
    """
    parser = partial(_transition, alarms, sources)
    found = sorted(
        row_count.parse(row_count.objects(rows), parser),
        key=lambda it: (it[1].at, not it[1].raised),
    )
    opened: dict[str, str] = {}
    named: list[tuple[str, Transition]] = []
    for alarm, row in found:
        if row.raised:
            opened[alarm] = row.uuid
            named.append((alarm, row))
        else:
            named.append((alarm, replace(row, ends=opened.pop(alarm, None))))
    return tuple(named)


def _transition(
    alarms: Mapping[str, UserAlarm], sources: Mapping[int, Source], row: Row
) -> Iterator[tuple[str, Transition]]:
    state = _STATES.get((text(row, "state") or "").casefold())
    if state is None:
        # Another state says neither.
        return
    alarm = needed(row, "alarm")
    at = needed_moment(row, "date")
    known = alarms.get(alarm)
    # The list tells what it is, the next one if it was set since, none if it is long gone.
    source = sources.get(known.source) if known else None
    if known is None or source is None:
        return
    # Not by an id, which one answer may tell and the next one may not: what is the same must stay
    # the same. An alarm cannot begin twice in a second, so that other ids are of a row told twice.
    uuid = f"{alarm}|{at.isoformat()}|{'out' if state else 'in'}"
    yield (
        alarm,
        Transition(
            uuid=uuid,
            raised=state,
            at=at,
            condition=known.direction,
            property_name=source.channel.property_name,
            value=number(row, "value"),
            limit=known.value,
            unit=source.channel.unit,
            channel=source.id,
            source_uuid=source.sensor,
        ),
    )
