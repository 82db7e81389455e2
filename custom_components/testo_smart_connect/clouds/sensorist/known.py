"""Which alarms there are and were: their log names them, but only the list tells what they are."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from ...monitoring.model import Transition
from ..count import RowCount
from ..fields import Row, moment, text
from .alarms import UserAlarm, user_alarm

_SURELY: Final = timedelta(minutes=30)
"""Two lists and more have lacked it by then: one of them may be empty by mistake."""
_KEPT: Final = timedelta(days=90)
"""Longer than its log is read again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAlarm:
    """An alarm as it was first listed, and since when it is listed no more (UTC)."""

    alarm: UserAlarm
    gone: datetime | None = None
    deleted: bool = False
    """Nobody has to look twice: it was deleted here."""

    def is_gone(self, now: datetime) -> bool:
        """Tell whether it is surely deleted."""
        return self.gone is not None and (self.deleted or now - self.gone >= _SURELY)


class KnownAlarms:
    """The alarms of an account, and those it had lately."""

    def __init__(self, stored: Any) -> None:
        """Take over what was stored."""
        rows = stored if isinstance(stored, list) else []
        alarms = {it.id: it for it in RowCount().parse(rows, user_alarm)}
        # What was stored is as listed, and one thing more.
        gone = {str(it.get("id")): moment(it, "gone") for it in rows if isinstance(it, dict)}
        self._known = {id_: KnownAlarm(alarm=it, gone=gone.get(id_)) for id_, it in alarms.items()}

    @property
    def stored(self) -> list[dict[str, Any]]:
        """Return them as JSON data."""
        return [
            {**it.alarm.row, "gone": it.gone.isoformat() if it.gone else None}
            for it in self._known.values()
        ]

    @property
    def alarms(self) -> dict[str, UserAlarm]:
        """Return what each is, or was when it was first listed.

        What was told of it once must not become another alarm.
        """
        return {id_: it.alarm for id_, it in self._known.items()}

    def listed(self, rows: Iterable[Row], listed: Iterable[UserAlarm], now: datetime) -> None:
        """Take over a list: its alarms, and all of its rows, also those that say too little."""
        there = {text(it, "id") for it in rows}
        for it in listed:
            known = self._known.setdefault(it.id, KnownAlarm(alarm=it))
            self._known[it.id] = replace(known, gone=None, deleted=False)
        for id_, known in [*self._known.items()]:
            if id_ in there:
                continue
            gone = known.gone or now
            if now - gone > _KEPT:
                del self._known[id_]
            else:
                self._known[id_] = replace(known, gone=gone)

    def deleted(self, alarm_id: str, now: datetime) -> None:
        """Take over that one was deleted."""
        if known := self._known.get(alarm_id):
            self._known[alarm_id] = replace(known, gone=now, deleted=True)

    def endings(
        self, found: Iterable[Transition], end: datetime, now: datetime
    ) -> Iterator[Transition]:
        """Yield a recovery of what was open when its alarm was deleted: none will be told.

        ``end`` is that of the window that was read (UTC); what follows it may hold one.
        """
        opened: dict[str, Transition] = {}
        for row in found:
            alarm_id = alarm_of(row)
            if row.raised:
                opened[alarm_id] = row
            else:
                opened.pop(alarm_id, None)
        for alarm_id, row in opened.items():
            known = self._known.get(alarm_id)
            if known and known.gone and known.is_gone(now) and known.gone <= end:
                yield replace(
                    row,
                    uuid=f"{alarm_id}|gone",
                    raised=False,
                    at=max(row.at, known.gone),
                    value=None,
                    ends=row.uuid,
                )


def alarm_of(row: Transition) -> str:
    """Return the id of the alarm that a transition is of."""
    return row.uuid.partition("|")[0]
