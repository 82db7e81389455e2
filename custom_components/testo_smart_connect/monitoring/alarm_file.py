"""The alarm log on disk: only what changed is written, as it may have 100,000 transitions.

Everything here blocks and belongs in a worker thread. Each call may raise a ``LedgerError``.
"""

from collections.abc import Mapping
from datetime import datetime
import sqlite3

import orjson

from .alarms import AlarmBook
from .codec import dump, load
from .episodes import Identity
from .ledger_file import LedgerFile
from .revisions import Record

_TIMES = ("read", "wide", "open_since", "forgotten")
_PUT = """
INSERT INTO record VALUES (?, ?, ?) ON CONFLICT (uuid, raised) DO UPDATE SET data = excluded.data
"""
_DROP = "DELETE FROM record WHERE uuid = ? AND raised = ?"


class AlarmFile(LedgerFile):
    """The alarm book of one account."""

    # The order of learning is that of the rows.
    schema = """
    CREATE TABLE record (
      uuid TEXT NOT NULL, raised INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (uuid, raised)
    );
    CREATE TABLE time (name TEXT PRIMARY KEY, at TEXT) WITHOUT ROWID;
    """

    def load(self) -> AlarmBook | None:
        """Return the book that was saved; None if there never was one.

        Raises TypeError, ValueError, KeyError or AttributeError for what a later release wrote.
        """

        def work(db: sqlite3.Connection) -> AlarmBook | None:
            times = {name: load(datetime, at) for name, at in db.execute("SELECT * FROM time")}
            if not times:
                return None
            rows = db.execute("SELECT data FROM record ORDER BY rowid")
            records = (load(Record, orjson.loads(data)) for (data,) in rows)
            return AlarmBook(records={it.identity: it for it in records}, **times)

        return self.run(work)

    def save(self, book: AlarmBook, saved: Mapping[Identity, Record]) -> None:
        """Save a book, given the records that were saved before."""
        changed = [
            (*identity, orjson.dumps(dump(record)))
            for identity, record in book.records.items()
            if saved.get(identity) is not record
        ]
        gone = saved.keys() - book.records.keys()
        times = [(name, at.isoformat()) for name in _TIMES if (at := getattr(book, name))]

        def work(db: sqlite3.Connection) -> None:
            db.executemany(_DROP, gone)
            db.executemany(_PUT, changed)
            db.execute("DELETE FROM time")
            db.executemany("INSERT INTO time VALUES (?, ?)", times)

        self.run(work)
