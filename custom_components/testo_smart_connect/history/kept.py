"""The readings of a stretch of time, as they lie on the disk."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
import sqlite3

from ..monitoring.model import ChannelKey
from .hours import EPOCH, number_of
from .ledger_file import LedgerFile

# By hour and channel, as the table is ordered: it is not read through.
_VALUES = """
WITH RECURSIVE asked(hour) AS (SELECT ? UNION ALL SELECT hour + 1 FROM asked WHERE hour < ?)
SELECT r.hour * 3600.0 + r.at / 1000.0, r.value, u.text
FROM asked a
JOIN channel c ON c.sensor = ? AND c.part = ?
JOIN reading r ON r.hour = a.hour AND r.channel = c.number
JOIN unit u ON u.number = r.unit
"""

_ANY = f"SELECT 1 FROM ({_VALUES}) LIMIT 1"  # noqa: S608  it is made of the one above alone


@dataclass(frozen=True, slots=True)
class Measured:
    """The readings of one channel, in any order; the same place belongs to the same reading."""

    at: list[float] = field(default_factory=list)
    """When they were measured, in seconds since 1970 (UTC)."""
    values: list[float] = field(default_factory=list)
    units: list[str | None] = field(default_factory=list)

    def add(self, at: float, value: float, unit: str | None) -> None:
        """Add a reading."""
        self.at.append(at)
        self.values.append(value)
        self.units.append(unit)


def known_before(
    ledger: LedgerFile, keys: Iterable[ChannelKey], start: datetime, end: datetime
) -> set[ChannelKey]:
    """Return the channels with readings between the hours of two moments. Raises LedgerError."""
    wanted, hours = tuple(keys), (number_of(start), number_of(end) - 1)

    def work(db: sqlite3.Connection) -> set[ChannelKey]:
        return {key for key in wanted if db.execute(_ANY, (*hours, *key)).fetchone()}

    return ledger.run(work)


def kept(
    ledger: LedgerFile, keys: Iterable[ChannelKey], start: datetime, end: datetime
) -> dict[ChannelKey, Measured]:
    """Return the readings of some channels with ``start <= at < end``. Raises LedgerError."""
    begin, stop = ((at - EPOCH).total_seconds() for at in (start, end))
    wanted = tuple(keys)  # the work may have to be done twice

    def work(db: sqlite3.Connection) -> dict[ChannelKey, Measured]:
        found = {key: Measured() for key in wanted}
        for key, measured in found.items():
            for at, value, unit in db.execute(_VALUES, (number_of(start), number_of(end), *key)):
                if begin <= at < stop:
                    measured.add(at, value, unit or None)
        return found

    return ledger.run(work)
