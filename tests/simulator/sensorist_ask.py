"""What a request of the Sensorist API asks for, and how it is refused (parts 2 and 5)."""

from contextlib import suppress
from datetime import timedelta
import math
from typing import TYPE_CHECKING, NamedTuple

from . import texts

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_WEEK = timedelta(days=7)
_INSTANT = timedelta(microseconds=1)


class RefusedError(Exception):
    """An answer with another status than 200."""

    def __init__(self, status: int) -> None:
        """Refuse with a status."""
        super().__init__(status)
        self.status = status


class Asked(NamedTuple):
    """One request of somebody who may come in; `now` in UTC.

    `given` are the parameters of the query or the form, `id` is the number in the path.
    """

    now: datetime
    email: str
    given: Mapping[str, str]
    id: int = 0

    def text(self, name: str) -> str:
        """Return a parameter that must be there."""
        value = self.given.get(name, "").strip()
        if not value:
            raise RefusedError(400)
        return value

    def number(self, name: str) -> float:
        """Return a parameter that must be a number."""
        value = math.nan
        with suppress(ValueError):
            value = float(self.text(name))
        if not math.isfinite(value):
            raise RefusedError(400)
        return value

    def whole(self, name: str, default: int | None = None) -> int:
        """Return a parameter that must be a whole number and not negative, if it is there."""
        if default is not None and name not in self.given:
            return default
        value = self.number(name)
        if value < 0 or value != int(value):
            raise RefusedError(400)
        return int(value)

    def ids(self, name: str) -> list[int]:
        """Return the ids of a comma list."""
        try:
            return [int(it) for it in self.text(name).split(",")]
        except ValueError:
            raise RefusedError(400) from None

    def instant(self, name: str) -> datetime | None:
        """Return an instant (UTC) that may be missing or invalid."""
        try:
            return texts.parse(self.given[name])
        except KeyError, ValueError:
            return None

    def period(self) -> tuple[datetime, datetime]:
        """Return `from` and an instant after `to` (UTC): both of them still belong to it.

        What is missing or invalid makes it the last week.
        """
        end = self.instant("to") or self.now
        return self.instant("from") or end - _WEEK, end + _INSTANT
