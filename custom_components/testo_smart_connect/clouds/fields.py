"""Reads one member of a row, however it is spelt: the home of all tolerance.

Facts: Smart Connect reference, parts 5.1, 6 and 12 (alias table); the other clouds write alike.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
import re
from typing import Any
import uuid as uuids

from .http.bounds import LONGEST_IDENTIFIER, LONGEST_NAME

type Row = Mapping[str, Any]

_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?(?:[.,](\d+))?\s*(Z|UTC|[+-]\d\d(?::?\d\d)?)?",
    re.IGNORECASE,
)
YEARS = range(1970, 2101)
"""No logger is older, and with times near the ends of the calendar nobody can reckon."""
LARGEST_NUMBER = 1e30
"""Sums and squares of what is larger may be infinite."""
LARGEST_INTEGER = 2**31 - 1
_LONGEST_DURATION = timedelta(days=3660)
_STANDARD_LENGTH = len("2026-07-01T10:15:00Z")
_TRUE = {"true", "1", "yes"}
_FALSE = {"false", "0", "no"}
_DOOR_WORDS = {"open": 1.0, "true": 1.0, "closed": 0.0, "false": 0.0}


class RowError(ValueError):
    """A row lacks something that it is worthless without; the text names the reason."""


def text(row: Row, *names: str) -> str | None:
    """Return the first member that is told, as text without outer blanks.

    What is longer than a name is cut.
    """
    plain = _plain(row, *names)
    return plain[:LONGEST_NAME].rstrip() if plain else None


def _plain(row: Row, *names: str) -> str | None:
    for name in names:
        value = row.get(name)
        if value is None or isinstance(value, (dict, list)):
            continue
        if plain := str(value).strip():
            # Half a surrogate pair can be neither stored nor sent.
            return plain if plain.isascii() else plain.encode(errors="replace").decode()
    return None


def identifier(row: Row, *names: str) -> str | None:
    """Return a text that tells things apart; one that is absurdly long spoils the row."""
    value = _plain(row, *names)
    if value is not None and len(value) > LONGEST_IDENTIFIER:
        message = f"long_{names[0]}"
        raise RowError(message)
    return value


def needed(row: Row, *names: str) -> str:
    """Return an identifier that the row must have."""
    value = identifier(row, *names)
    if value is None:
        message = f"no_{names[0]}"
        raise RowError(message)
    return value


def number(row: Row, *names: str) -> float | None:
    """Return a number, also from text; None where it is not told or beyond all measure."""
    plain = _plain(row, *names)
    if plain is None:
        return None
    try:
        value = float(plain)
    except ValueError:
        return None
    return value if abs(value) <= LARGEST_NUMBER else None


def door_word(told: object) -> float | None:
    """Return what a door contact says in words as the number that it else says."""
    return _DOOR_WORDS.get(str(told).strip().casefold())


def integer(row: Row, *names: str) -> int | None:
    """Return a whole number, also from text such as ``4.0``; None beyond 32 bits."""
    value = number(row, *names)
    return None if value is None or abs(value) > LARGEST_INTEGER else int(value)


def boolean(row: Row, *names: str) -> bool | None:
    """Return a truth value, also from text such as ``"true"`` or ``"1"``."""
    plain = (text(row, *names) or "").casefold()
    if plain in _TRUE:
        return True
    return False if plain in _FALSE else None


def duration(row: Row, *names: str) -> timedelta | None:
    """Return a duration from milliseconds; zero means that none is set, as do ten years."""
    value = number(row, *names)
    if value is None or not 0 < value <= _LONGEST_DURATION / timedelta(milliseconds=1):
        return None
    return timedelta(milliseconds=value)


def moment(row: Row, *names: str) -> datetime | None:
    """Return a time as UTC.

    Accepts ``Z`` or an offset, a blank for ``T``, fractions of any length; a time
    without a zone is UTC. Fields called ``…_local`` must not come here: their digits are
    local time even where they end in ``Z``.
    """
    told = row.get(names[0])
    # Almost all are spelt like this, and need no search.
    if type(told) is str and len(told) == _STANDARD_LENGTH and told[10] == "T" and told[-1] == "Z":
        try:
            standard = datetime.fromisoformat(told)
        except ValueError:
            return None
        return standard if standard.year in YEARS else None
    plain = _plain(row, *names)
    match = _TIME.fullmatch(plain) if plain else None
    if match is None:
        return None
    day, minute, second, fraction, zone = match.groups()
    micro = ((fraction or "") + "000000")[:6]
    offset = zone if zone and zone[0] in "+-" else "+00:00"
    try:
        parsed = datetime.fromisoformat(f"{day}T{minute}{second or ':00'}.{micro}{offset}")
        utc = parsed.astimezone(UTC)
    except ValueError, OverflowError:
        return None
    return utc if utc.year in YEARS else None


def needed_moment(row: Row, *names: str) -> datetime:
    """Return a time that the row must have."""
    value = moment(row, *names)
    if value is None:
        message = f"no_{names[0]}"
        raise RowError(message)
    return value


def derived(*facts: str | datetime | float | None) -> str:
    """Return a stable identity for a row that came without one."""
    return str(uuids.uuid5(uuids.NAMESPACE_OID, "|".join(map(str, facts))))
