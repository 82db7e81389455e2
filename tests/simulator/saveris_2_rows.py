"""Points, values and alarms as the Saveris 2 API tells them (Saveris 2 part 5)."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from . import texts
from .alarms import BATTERY, POWER, TIMEOUT
from .curves import single
from .saveris_2_points import channel_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from .alarms import Transition
    from .channels import Channel
    from .faults import Row
    from .fleet import Fleet
    from .saveris_2_odd import NoValue, Oddities, Spelling
    from .saveris_2_points import Point

_MESSAGES = {
    BATTERY: "Battery almost empty",
    POWER: "No external power supply",
    TIMEOUT: "No communication for a long time",
}
_NO_VALUE: Mapping[NoValue, str | None] = {
    "hashes": "###",
    "dots": "....",
    "empty": "",
    "null": None,
}
_LIMIT = (
    "limitValue",
    "limitViolationValue",
    "limitUnit",
    "isoLimitValue",
    "isoLimitViolationValue",
    "isoUnit",
)
_NO_LIMIT: Mapping[Spelling, Row] = {
    "missing": {},
    "null": dict.fromkeys(_LIMIT),
    "empty": dict.fromkeys(_LIMIT, ""),
}


class State(NamedTuple):
    """What an answer is made from; `now` in UTC."""

    fleet: Fleet
    points: list[Point]
    odd: Oddities
    now: datetime


# --- Points -----------------------------------------------------------------------------------


def _points(state: State) -> Row:
    broken = [{"name": "Without an id", "description": "", "group": "", "area": None}]
    return _keyed(state, broken, [_point(it, state.odd) for it in state.points])


def _point(point: Point, odd: Oddities) -> Row:
    return {
        "id": point.id,
        "name": point.name,
        "description": "",
        "group": point.group,
        "area": odd.area.get(point.id),
    }


# --- Values -----------------------------------------------------------------------------------


def _values(state: State) -> Row:
    broken = _broken(state, {"value": "1", "unit": "°C", "isoValue": "1", "isoUnit": "°C"})
    rows = (_value(state, point, it) for point in state.points for it in point.channels)
    return _keyed(state, broken, [row for row in rows if row is not None])


def _value(state: State, point: Point, channel: Channel) -> Row | None:
    """Return the newest reading of a channel that is visible now."""
    odd, name = state.odd, channel_name(channel)
    reading = state.fleet.latest(channel, state.now)
    missing = odd.missing_value.get(name)
    if reading is None or missing == "row":
        return None
    value = reading.value
    if value is None:
        missing = missing or "hashes"
        value = 0.0
    shown, unit = _shown(value, channel.unit, odd)
    iso, iso_unit = _iso(value, channel.unit)
    row = {
        "measuringPointId": point.id,
        "channelName": odd.odd_names.get(name, name),
        "value": _written(shown, odd) if missing is None else _NO_VALUE[missing],
        "unit": unit,
        "isoValue": _written(iso, odd) if missing is None else _NO_VALUE[missing],
        "isoUnit": iso_unit,
        "timestamp": texts.utc(reading.at),
    }
    return _without_iso(row) if odd.no_iso else row


# --- Alarms -----------------------------------------------------------------------------------


def _alarms(state: State) -> Row:
    """Return what is wrong right now."""
    odd = state.odd
    open_ = state.fleet.active_alarms(state.now, visible_at=state.now)
    alarms: Any = [*_alarm_rows(state, open_), *odd.extra_alarms]
    if odd.broken_rows:
        alarms = ["torn", *_broken(state, _NO_LIMIT["missing"]), *alarms]
    if odd.alarms_null:
        alarms = None
    if odd.alarms_not_a_list:
        alarms = {"count": 1}
    warnings = [*_warnings(state, open_), *odd.extra_warnings]
    body = {"alarms": alarms, "systemWarnings": warnings or None}
    if odd.alarms_key_missing:
        del body["alarms"]
    if odd.warnings_key_missing:
        del body["systemWarnings"]
    return body


def _alarm_rows(state: State, open_: Iterable[Transition]) -> Iterator[Row]:
    """Yield the violated limits and the broken sensors of loggers; warnings are not told."""
    odd = state.odd
    homes = {channel: point for point in state.points for channel in point.channels}
    for it in open_:
        about = (it.channel,) if it.channel else it.sensor.channels if it.sensor else ()
        channel = next((channel for channel in about if channel in homes), None)
        if channel is None or it.severity != "Alarm":
            continue
        name = channel_name(channel)
        row = {
            "measuringPointId": homes[channel].id,
            "channelName": odd.odd_names.get(name, name),
            **_limit(it, odd),
            "timestamp": texts.utc(it.at),
        }
        yield _without_iso(row) if odd.no_iso else row


def _limit(it: Transition, odd: Oddities) -> Row:
    """Return the limit that was violated and by what; a broken sensor has none."""
    if it.channel is None or it.limit is None or it.value is None:
        return _NO_LIMIT[odd.failure_spelling]
    of = it.channel.unit
    shown = [_shown(value, of, odd)[0] for value in (it.limit.value, it.value)]
    iso = [_iso(value, of)[0] for value in (it.limit.value, it.value)]
    limit, violation, iso_limit, iso_violation = (_written(value, odd) for value in (*shown, *iso))
    return {
        "limitValue": limit,
        "limitViolationValue": violation,
        "limitUnit": _shown(it.value, of, odd)[1],
        "isoLimitValue": iso_limit,
        "isoLimitViolationValue": iso_violation,
        "isoUnit": _iso(it.value, of)[1],
    }


def _warnings(state: State, open_: Iterable[Transition]) -> Iterator[Row]:
    """Yield what is wrong with loggers themselves, each told at their first point."""
    for it in open_:
        id_ = next((point.id for point in state.points if point.logger is it.device), None)
        if it.kind == "device" and id_ is not None:
            yield {
                "message": _MESSAGES[it.condition],
                "measuringPointId": id_,
                "timestamp": texts.utc(it.at),
            }
    if state.odd.loose_warning is not None:
        # Always the same one: it began with the account.
        yield {"message": state.odd.loose_warning, "timestamp": texts.utc(state.fleet.since)}


# --- What they share --------------------------------------------------------------------------


def _keyed(state: State, broken: list[Row], rows: list[Row]) -> Row:
    if state.odd.points_key_missing:
        return {}
    return {"measuringPoints": ["torn", *broken, *rows] if state.odd.broken_rows else rows}


def _broken(state: State, more: Row) -> list[Row]:
    """Return a row that does not tell its point and one that does not tell its time."""
    id_ = state.points[0].id if state.points else "aB3xK"
    return [
        {"channelName": "T1_99999999_0", **more, "timestamp": texts.utc(state.now)},
        {"measuringPointId": id_, "channelName": "T1_99999999_1", **more},
    ]


def _shown(value: float, unit: str | None, odd: Oddities) -> tuple[float, str | None]:
    """Return a value of a channel and its unit as the account shows them."""
    if odd.fahrenheit and unit == texts.CELSIUS:
        return single(value * 9 / 5 + 32), texts.FAHRENHEIT
    return value, unit


def _iso(value: float, unit: str | None) -> tuple[float, str | None]:
    """Return a value of a channel and its unit as the standard has them."""
    if unit == texts.FAHRENHEIT:
        return single((value - 32) * 5 / 9), texts.CELSIUS
    return value, unit


def _written(value: float, odd: Oddities) -> str:
    """Write a number as short as it can be, but never with an exponent or as -0."""
    text = f"{Decimal(repr(value or 0.0)).normalize():f}"
    return text.replace(".", ",") if odd.decimal_comma else text


def _without_iso(row: Row) -> Row:
    return {name: it for name, it in row.items() if not name.startswith("iso") or name == "isoUnit"}


class Reply(NamedTuple):
    """What a path answers, and what faults call it."""

    resource: str
    body: Callable[[State], Row]


REPLIES: Mapping[str, Reply] = {
    "/measuringPoint": Reply("measuring_points", _points),
    "/measuringPoint/value": Reply("values", _values),
    "/measuringPoint/alarm": Reply("alarms", _alarms),
}
