"""Which alarms there are and were: their log names them, but only the list tells what they are."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from ...monitoring.codec import NOT_UNDERSTOOD, dump, load
from ...monitoring.model import Transition
from ..fields import Row, text
from .alarms import UserAlarm

_KEPT: Final = timedelta(days=7)
"""How long one that is gone is remembered: its log is read again for a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAlarm:
    """An alarm as it is or was listed, and the last that its log told. Times are UTC."""

    alarm: UserAlarm
    gone: datetime | None = None
    """When the first list was asked for that lacks it."""
    is_gone: bool = False
    """A second one lacks it as well: a list may be empty by mistake."""
    last: Transition | None = None

    def listed(self, alarm: UserAlarm) -> KnownAlarm:
        """Return it after a list that has it.

        What was told of it once must not become another alarm.
        """
        is_same = (alarm.source, alarm.direction) == (self.alarm.source, self.alarm.direction)
        return replace(self, alarm=alarm if is_same else self.alarm, gone=None, is_gone=False)

    def missing(self, asked: datetime) -> KnownAlarm:
        """Return it after a list without it."""
        if self.gone is None:
            return replace(self, gone=asked)
        return replace(self, is_gone=self.is_gone or asked > self.gone)


class KnownAlarms:
    """The alarms of an account, and those it had lately."""

    def __init__(self, stored: Any) -> None:
        """Take over what was stored."""
        self._known: dict[str, KnownAlarm] = {}
        for told in stored if isinstance(stored, list) else []:
            try:
                known = load(KnownAlarm, told)
            except NOT_UNDERSTOOD:
                # It is learnt anew from the next list.
                continue
            self._known[known.alarm.id] = known

    @property
    def stored(self) -> list[Any]:
        """Return them as JSON data."""
        return [dump(it) for it in self._known.values()]

    @property
    def alarms(self) -> Mapping[str, UserAlarm]:
        """Return what each is or was."""
        return {id_: it.alarm for id_, it in self._known.items()}

    def listed(self, rows: Iterable[Row], listed: Iterable[UserAlarm], asked: datetime) -> None:
        """Take over a list: its alarms, and all of its rows, also those that say too little."""
        there = {text(it, "id") for it in rows}
        for it in listed:
            known = self._known.setdefault(it.id, KnownAlarm(alarm=it))
            self._known[it.id] = known.listed(it)
        for id_ in self._known.keys() - there:
            known = self._known[id_].missing(asked)
            if known.gone is not None and asked - known.gone > _KEPT:
                del self._known[id_]
            else:
                self._known[id_] = known

    def deleted(self, alarm_id: str, now: datetime) -> None:
        """Take over that one was deleted here: nobody has to look twice."""
        known = self._known[alarm_id]
        self._known[alarm_id] = replace(known, gone=now, is_gone=True)

    def told(self, found: Iterable[tuple[str, Transition]]) -> None:
        """Take over what a log tells, of alarms that are known and in any order."""
        for alarm_id, row in found:
            known = self._known[alarm_id]
            last = known.last
            if last is None or (row.at, not row.raised) >= (last.at, not last.raised):
                self._known[alarm_id] = replace(known, last=row)

    def endings(self) -> Iterator[Transition]:
        """Yield a recovery of what was open when its alarm was deleted: none will be told."""
        for known in self._known.values():
            last = known.last
            if known.is_gone and known.gone and last is not None and last.raised:
                yield replace(
                    last,
                    uuid=f"{last.uuid}|gone",
                    raised=False,
                    at=max(last.at, known.gone),
                    value=None,
                    ends=last.uuid,
                )
