"""Plain data for values and back, driven by the types of the dataclasses alone."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

NOT_UNDERSTOOD: Final = (TypeError, ValueError, KeyError, AttributeError)
"""What reading raises that was made by a later release or by another hand."""
STORED_AS: Final = "stored as"
"""Metadata of a field that was renamed after it had been stored: its name on the disk."""


def dump(value: Any) -> Any:
    """Return a value as JSON data; times as ISO text, durations as seconds."""
    if is_dataclass(value):
        return {
            spec.metadata.get(STORED_AS, spec.name): dump(getattr(value, spec.name))
            for spec in fields(value)
            if getattr(value, spec.name) != spec.default
        }
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (tuple, list, set, frozenset)):
        return [dump(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): dump(item) for name, item in value.items()}
    return value


def load[T](kind: type[T], data: Any) -> T:
    """Return the value of a type from JSON data.

    Raises TypeError, ValueError, KeyError or AttributeError for data of another form;
    members that the type does not have are left out.
    """
    try:
        value: T = _load(kind, data)
    except OverflowError as err:
        raise ValueError(str(err)) from err
    return value


@cache
def _members(kind: type) -> dict[str, tuple[str, Any]]:
    """Return the names and types of the fields of a dataclass by their names on the disk."""
    hints = get_type_hints(kind)
    return {
        spec.metadata.get(STORED_AS, spec.name): (spec.name, hints[spec.name])
        for spec in fields(kind)
    }


def _load(kind: Any, data: Any) -> Any:
    origin = get_origin(kind)
    if origin is UnionType:
        if data is None:
            return None
        (kind,) = (arg for arg in get_args(kind) if arg is not type(None))
        return _load(kind, data)
    if origin is Literal:
        return _one_of(get_args(kind), data)
    if origin is tuple:
        (item, _) = get_args(kind)
        return tuple(_load(item, entry) for entry in _of(list, data))
    if is_dataclass(kind):
        known = _members(kind)  # type: ignore[arg-type]  # it is a class
        told = ((known[name], item) for name, item in data.items() if name in known)
        return kind(**{name: _load(hint, item) for (name, hint), item in told})  # type: ignore[operator]  # of a dataclass
    # A dict is JSON data that only its owner understands.
    return _plain(dict if origin is dict else kind, data)


def _plain(kind: Any, data: Any) -> Any:
    if issubclass(kind, datetime):
        return _with_zone(kind.fromisoformat(data))
    if issubclass(kind, date):
        return kind.fromisoformat(data)
    if issubclass(kind, StrEnum):
        return kind(data)
    if kind is timedelta:
        return timedelta(seconds=data)
    if kind is float:
        return float(data)
    return _of(kind, data)


def _of(kind: type, data: Any) -> Any:
    if not isinstance(data, kind):
        message = f"expected {kind.__name__}, got {type(data).__name__}"
        raise TypeError(message)
    return data


def _one_of(known: tuple[Any, ...], data: Any) -> Any:
    if data not in known:
        message = f"expected one of {known}"
        raise ValueError(message)
    return data


def _with_zone(at: datetime) -> datetime:
    """Refuse a time that can be compared with no other one."""
    if at.tzinfo is None:
        message = "a time without a zone"
        raise ValueError(message)
    return at
