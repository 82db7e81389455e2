"""Hours that were once seen where they were written: witnesses that the place is still the same.

If none of the newest ones stands there any more, somebody put an empty database in its place,
or an older one.
"""

from collections.abc import Iterable
from datetime import datetime
import sqlite3

from ..monitoring.model import ChannelKey
from .hours import number_of, start_of
from .ledger_file import LedgerFile

_TABLE = "CREATE TABLE IF NOT EXISTS witness (channel INTEGER PRIMARY KEY, hour INTEGER NOT NULL)"
_NOTE = """
INSERT INTO witness SELECT number, ? FROM channel WHERE sensor = ? AND part = ?
ON CONFLICT (channel) DO UPDATE SET hour = max(hour, excluded.hour)
"""
_NEWEST = """
SELECT c.sensor, c.part, w.hour FROM witness w JOIN channel c ON c.number = w.channel
ORDER BY w.hour DESC LIMIT ?
"""
_ALL_CHANGED = "INSERT OR IGNORE INTO changed SELECT DISTINCT channel, hour FROM reading"

type Place = tuple[ChannelKey, datetime]
"""An hour of a channel."""


def note(ledger: LedgerFile, seen: Iterable[Place]) -> None:
    """Remember the newest hour of each channel that was seen. Raises LedgerError."""
    rows = [(number_of(hour), *key) for key, hour in seen]

    def work(db: sqlite3.Connection) -> None:
        db.execute(_TABLE)
        db.executemany(_NOTE, rows)

    ledger.run(work)


def witnesses(ledger: LedgerFile, most: int) -> list[Place]:
    """Return the newest hours that were seen, at most one of a channel. Raises LedgerError."""

    def work(db: sqlite3.Connection) -> list[Place]:
        db.execute(_TABLE)
        return [
            ((sensor, part), start_of(hour)) for sensor, part, hour in db.execute(_NEWEST, (most,))
        ]

    return ledger.run(work)


def write_again(ledger: LedgerFile) -> None:
    """Have all hours written again whose readings are kept. Raises LedgerError."""

    def work(db: sqlite3.Connection) -> None:
        db.execute(_TABLE)
        db.execute("DELETE FROM witness")
        db.execute(_ALL_CHANGED)

    ledger.run(work)
