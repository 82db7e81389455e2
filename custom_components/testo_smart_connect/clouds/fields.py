"""Reads one member of a row, however it is spelt: the home of all tolerance.

Facts: Smart Connect reference, parts 5.1, 6 and 12 (alias table).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
import math
import re
from typing import Any

type Row = Mapping[str, Any]

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(?:[.,](\d+))?\s*(Z|UTC|[+-]\d\d(?::?\d\d)?)?",
    re.IGNORECASE,
)
_TRUE = {"true", "1", "yes"}
_FALSE = {"false", "0", "no"}


class RowError(ValueError):
    """A row lacks something that it is worthless without; the text names the reason."""


def text(row: Row, *names: str) -> str | None:
    """Return the first member that is told, as text without outer blanks."""
    for name in names:
        value = row.get(name)
        if value is None or isinstance(value, (dict, list)):
            continue
        if plain := str(value).strip():
            return plain
    return None


def needed(row: Row, *names: str) -> str:
    """Return a text that the row must have."""
    value = text(row, *names)
    if value is None:
        message = f"no_{names[0]}"
        raise RowError(message)
    return value


def number(row: Row, *names: str) -> float | None:
    """Return a number, also from text; None where it is not told or not finite."""
    plain = text(row, *names)
    if plain is None:
        return None
    try:
        value = float(plain)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def integer(row: Row, *names: str) -> int | None:
    """Return a whole number, also from text such as ``4.0``."""
    value = number(row, *names)
    return None if value is None else int(value)


def boolean(row: Row, *names: str) -> bool | None:
    """Return a truth value, also from text such as ``"true"`` or ``"1"``."""
    plain = (text(row, *names) or "").casefold()
    if plain in _TRUE:
        return True
    return False if plain in _FALSE else None


def duration(row: Row, *names: str) -> timedelta | None:
    """Return a duration from milliseconds; zero means that none is set."""
    value = number(row, *names)
    try:
        return timedelta(milliseconds=value) if value is not None and value > 0 else None
    except OverflowError:
        return None


def moment(row: Row, *names: str) -> datetime | None:
    """Return a time as UTC.

    Accepts ``Z`` or an offset, a blank for ``T``, fractions of any length; a time
    without a zone is UTC. Fields called ``…_local`` must not come here: their digits are
    local time even where they end in ``Z``.
    """
    plain = text(row, *names)
    match = _TIME.fullmatch(plain) if plain else None
    if match is None:
        return None
    day, minute, second, fraction, zone = match.groups()
    micro = ((fraction or "") + "000000")[:6]
    offset = zone if zone and zone[0] in "+-" else "+00:00"
    try:
        parsed = datetime.fromisoformat(f"{day}T{minute}{second or ':00'}.{micro}{offset}")
        return parsed.astimezone(UTC)
    except ValueError, OverflowError:
        return None


def needed_moment(row: Row, *names: str) -> datetime:
    """Return a time that the row must have."""
    value = moment(row, *names)
    if value is None:
        message = f"no_{names[0]}"
        raise RowError(message)
    return value
