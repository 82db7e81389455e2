"""How objects of the Device Management API are told, and what a body changes about them."""

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .faults import Row
    from .management_odd import ManagementOddities

_DURATIONS = {
    "measuring_cycle",
    "communication_cycle",
    "communication_cycle_min",
    "communication_cycle_max",
    "measuring_cycle_min",
    "measuring_rate_min",
}


class RefusedError(Exception):
    """An answer with another status than 200."""

    def __init__(self, status: int, detail: str | None = None) -> None:
        """Refuse with a status, and say why."""
        super().__init__(status, detail)
        self.status = status
        self.detail = detail


def bad(field: str) -> RefusedError:
    """Return the refusal of a body because of one of its fields."""
    return RefusedError(400, f"not possible: {field}")


def fields_of(content: Any, names: Iterable[str]) -> Row:
    """Return a decoded JSON object, which must have these fields and no others."""
    if not isinstance(content, dict):
        raise bad("body")
    for missing in sorted(set(names) - content.keys()):
        raise bad(missing)
    if content.keys() - set(names):
        raise bad("body")
    return content


def same(one: Any, other: Any) -> bool:
    """Tell whether two values are the same JSON; true is no 1."""
    first, second = (orjson.dumps(it, option=orjson.OPT_SORT_KEYS) for it in (one, other))
    return first == second


class Change(NamedTuple):
    """What a body asks for: fields with other values, and fields that are to be null."""

    values: Row
    wiped: frozenset[str]


def change(told: Row, body: Any, odd: ManagementOddities) -> Change:
    """Compare a body with what is told of the object that it is for."""
    if not isinstance(body, dict):
        raise bad("body")
    wiped: frozenset[str] = frozenset()
    if odd.partial == "wipes":
        wiped = frozenset(told.keys() - body.keys())
    fields_of(body, told.keys() - wiped)
    values = {name: value for name, value in body.items() if not same(value, told[name])}
    return Change(values, wiped)


def worded(row: Row, odd: ManagementOddities) -> Row:
    """Return a device or sensor as it is told."""
    told: Row = _worded("", row, odd)
    return told


def _worded(name: str, value: Any, odd: ManagementOddities) -> Any:
    if isinstance(value, dict):
        return {odd.names.get(key, key): _worded(key, it, odd) for key, it in value.items()}
    if isinstance(value, list):
        return [_worded(name, it, odd) for it in value]
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    if odd.seconds and name in _DURATIONS:
        value = value // 1000 if value % 1000 == 0 else value / 1000
    return str(value) if odd.numbers_as_text else value


def meant(row: Row, asked: Change, odd: ManagementOddities) -> Change:
    """Return a change of a device or sensor by the true names, in milliseconds."""
    true = {odd.names.get(name, name): name for name in row}
    values = {true[name]: _meant(true[name], value, odd) for name, value in asked.values.items()}
    return Change(values, frozenset(true[name] for name in asked.wiped))


def _meant(name: str, value: Any, odd: ManagementOddities) -> Any:
    if name not in _DURATIONS:
        return value
    if odd.numbers_as_text:
        if not isinstance(value, str) or not value.isascii() or not value.isdigit():
            raise bad(name)
        value = int(value)
    if type(value) is not int:
        raise bad(name)
    return value * 1000 if odd.seconds else value
