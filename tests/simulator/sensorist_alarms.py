"""Alarms that the user has set: what they say now, and what they said before (part 3.4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
import itertools
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from .curves import salt_of
from .sensorist_ask import RefusedError
from .sensorist_tree import stamp
from .sensorist_values import stored_at
from .spans import FAR

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .faults import Row
    from .sensorist_account import SensoristAccount
    from .sensorist_ask import Asked
    from .sensorist_sources import Source

type Way = Literal["above", "below"]

_LOGS = 10
"""How many of its latest log entries an alarm tells."""


@dataclass(slots=True, eq=False)
class UserAlarm:
    """One alarm; `value` in the unit of the channel, `delay` in minutes of the world."""

    id: int
    source: Source
    value: float
    direction: Way
    delay: int
    since: datetime
    """What was measured before does not count."""
    until: datetime = FAR

    def beyond(self, value: float) -> bool:
        """Tell whether a value is out of limits."""
        return value > self.value if self.direction == "above" else value < self.value


class Entry(NamedTuple):
    """An alarm that began or ended, with the time of the measurement that made it so (UTC)."""

    alarm: UserAlarm
    at: datetime
    stored_at: datetime
    out: bool
    value: float

    @property
    def id(self) -> int:
        """The id of the log entry."""
        return salt_of(self.alarm.id, self.at, self.out) % 10**9

    @property
    def state(self) -> str:
        """What the entry says."""
        return "out" if self.out else "in"


class Alarms:
    """The alarms of an account, and those it had."""

    def __init__(self) -> None:
        """Begin without any."""
        self.limits: dict[int, UserAlarm] = {}
        """What is set now, by id."""
        self._gone: list[UserAlarm] = []
        self._ids = itertools.count(4001)

    @property
    def ever(self) -> list[UserAlarm]:
        """All that are and were: the history keeps what is deleted."""
        return [*self._gone, *tuple(self.limits.values())]

    def add(
        self, source: Source, direction: Way, value: float, delay: int, since: datetime
    ) -> UserAlarm:
        """Set an alarm."""
        alarm = UserAlarm(next(self._ids), source, value, direction, delay, since)
        self.limits[alarm.id] = alarm
        return alarm

    def remove(self, ids: Iterable[int], now: datetime) -> None:
        """Delete alarms; KeyError for an unknown one."""
        for id_ in tuple(ids):
            alarm = self.limits.pop(id_)
            alarm.until = now
            self._gone.append(alarm)


def entries(cloud: SensoristAccount, alarm: UserAlarm, now: datetime) -> Iterator[Entry]:
    """Yield what an alarm has logged by now (UTC), by time.

    It begins with the first measurement that is still out of limits after the delay.
    """
    source, now = alarm.source, min(now, alarm.until)
    delay = timedelta(minutes=alarm.delay) / cloud.fleet.speed
    beyond_since: datetime | None = None
    out = False
    for at in source.instants(alarm.since, now + timedelta(seconds=1)):
        stored, value = stored_at(cloud, source, at), source.value(at)
        if stored > now:
            # Uploads keep the order of time: nothing later can be stored either.
            return
        if value is None:
            continue
        if not alarm.beyond(value):
            beyond_since = None
            if out:
                out = False
                yield Entry(alarm, at, stored, out, value)
            continue
        beyond_since = beyond_since or at
        if not out and at - beyond_since >= delay:
            out = True
            yield Entry(alarm, at, stored, out, value)


# --- What is told ---------------------------------------------------------------------------------


def alarms(cloud: SensoristAccount, asked: Asked) -> Row:
    """Return all alarms with their state."""
    odd, known = cloud.odd, cloud.tree.all_sources(cloud.odd)
    # Who takes a sensor out of an account has no alarms of it any more.
    present = [it for it in tuple(cloud.limits.values()) if it.source.id in known]
    rows: list[Any] = [alarm_row(cloud, it, asked.now) for it in present]
    if odd.alarms_spelt_oddly:
        rows = [_spelt_oddly(row, number) for number, row in enumerate(rows)]
    if odd.broken_rows:
        rows[:0] = ["torn", {"id": 1, "value": 5}, {"data_source": 1, "direction": "sideways"}]
    return {"alarms": [*rows, *odd.extra_alarms]}


def alarm_row(cloud: SensoristAccount, alarm: UserAlarm, now: datetime) -> Row:
    """Return an alarm as it is told."""
    logged = list(entries(cloud, alarm, now))
    state = logged[-1].state if logged else "in"
    return {
        "id": alarm.id,
        "data_source": alarm.source.id,
        "value": alarm.source.shown(alarm.value, cloud.odd),
        "direction": alarm.direction,
        "delay": alarm.delay,
        "state": cloud.odd.states.get(alarm.id, state),
        "logs": [_log(cloud, it) for it in reversed(logged[-_LOGS:])],
    }


def _log(cloud: SensoristAccount, entry: Entry) -> Row:
    value = entry.alarm.source.shown(entry.value, cloud.odd)
    return {"date": stamp(entry.at), "state": entry.state, "value": value}


def _spelt_oddly(row: Row, number: int) -> Row:
    """Write an alarm in one of two other ways that mean the same."""
    if number % 2:
        told = {**row, "data_source": str(row["data_source"])}
        told["direction"] = row["direction"].upper()
        del told["delay"], told["logs"]
        return told
    return {
        **row,
        "id": str(row["id"]),
        "data_source": {"id": row["data_source"], "title": "Temperature"},
        "value": str(row["value"]),
        "direction": row["direction"].capitalize(),
        "delay": None,
        "state": row["state"].capitalize(),
        "logs": None,
    }


def history(cloud: SensoristAccount, asked: Asked) -> Row:
    """Return the log of a period, of some alarms or all."""
    odd, (start, end) = cloud.odd, asked.period()
    wanted = set(asked.ids("alarms")) if "alarms" in asked.given else None
    found = sorted(
        (
            entry
            for alarm in cloud.alarms.ever
            if wanted is None or alarm.id in wanted
            for entry in entries(cloud, alarm, asked.now)
            if start <= entry.at < end
        ),
        key=lambda it: it.at,
    )
    if odd.history_untidy:
        found = [*found[-1:], *reversed(found)]
    if odd.history_form == "keyed":
        return {"history": _keyed(cloud, found)}
    rows: list[Any] = [_history_row(cloud, it) for it in found]
    if odd.broken_rows:
        rows[:0] = ["torn", {"id": 1, "state": "out"}, {"alarm": 1, "date": "yesterday"}]
    return {odd.history_form: rows}


def _history_row(cloud: SensoristAccount, entry: Entry) -> Row:
    row = {"id": entry.id, "alarm": entry.alarm.id, "data_source": entry.alarm.source.id}
    if cloud.odd.history_without_ids:
        del row["id"]
    return row | _log(cloud, entry)


def _keyed(cloud: SensoristAccount, found: Iterable[Entry]) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {}
    for entry in found:
        rows.setdefault(str(entry.alarm.id), []).append(_log(cloud, entry))
    return rows


def create_alarm(cloud: SensoristAccount, asked: Asked) -> Row:
    """Set an alarm that counts from now on."""
    source = cloud.tree.all_sources(cloud.odd).get(asked.whole("data_source"))
    direction = asked.text("direction")
    if source is None or direction not in {"above", "below"}:
        raise RefusedError(400)
    way: Way = "above" if direction == "above" else "below"
    value = source.meant(asked.number("value"), cloud.odd)
    alarm = cloud.alarms.add(source, way, value, asked.whole("delay", 0), asked.now)
    if cloud.odd.alarm_created == "not told":
        return {}
    row = alarm_row(cloud, alarm, asked.now)
    return {"alarms": [row]} if cloud.odd.alarm_created == "in a list" else {"alarm": row}


def delete_alarm(cloud: SensoristAccount, asked: Asked) -> Row:
    """Delete one alarm."""
    try:
        cloud.alarms.remove([asked.id], asked.now)
    except KeyError:
        raise RefusedError(404) from None
    return {}
