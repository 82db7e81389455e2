"""The alarm log on disk: only what changed is written, as it may have 100,000 transitions.

Everything here blocks and belongs in a worker thread. Each call may raise a ``LedgerError``.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
import sqlite3
from typing import Final

import orjson

from ..monitoring.alarms import AlarmLog
from ..monitoring.codec import NOT_UNDERSTOOD, dump, load
from ..monitoring.episodes import Identity
from ..monitoring.revisions import Record
from .ledger_file import LedgerFile

TIMES: Final = ("read", "first", "wide", "open_since", "forgotten", "told_until")
_PUT = """
INSERT INTO record VALUES (?, ?, ?) ON CONFLICT (uuid, raised) DO UPDATE SET data = excluded.data
"""
_DROP = "DELETE FROM record WHERE uuid = ? AND raised = ?"


class AlarmFile(LedgerFile):
    """The alarm log of one account."""

    # The order of learning is that of the rows.
    schema = """
    CREATE TABLE record (
      uuid TEXT NOT NULL, raised INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY (uuid, raised)
    );
    CREATE TABLE time (name TEXT PRIMARY KEY, at TEXT) WITHOUT ROWID;
    """

    def load(self) -> tuple[AlarmLog | None, int]:
        """Return the log that was saved, None if there never was one; what was not understood.

        That is the number of transitions that a later release or another hand wrote.
        """

        def work(db: sqlite3.Connection) -> tuple[AlarmLog | None, int]:
            times, lost = dict[str, datetime](), 0
            for name, at in db.execute("SELECT * FROM time"):
                with suppress(ValueError, TypeError):
                    times[name] = load(datetime, at)
            records = dict[Identity, Record]()
            for row, data in db.execute("SELECT rowid, data FROM record ORDER BY rowid").fetchall():
                try:
                    record = load(Record, orjson.loads(data))
                except NOT_UNDERSTOOD:
                    lost += 1
                    db.execute("DELETE FROM record WHERE rowid = ?", (row,))
                else:
                    records[record.identity] = record
            known = {name: times[name] for name in TIMES if name in times}
            if lost:
                # What was told of them is not known: better never than twice.
                known.pop("read", None)
            return (AlarmLog(records=records, **known) if times else None), lost

        return self.run(work)

    def save(self, alarm_log: AlarmLog, saved: Mapping[Identity, Record]) -> None:
        """Save a log, given the records that were saved before."""
        changed = [
            (*identity, orjson.dumps(dump(record)))
            for identity, record in alarm_log.records.items()
            if saved.get(identity) is not record
        ]
        gone = saved.keys() - alarm_log.records.keys()
        times = [(name, at.isoformat()) for name in TIMES if (at := getattr(alarm_log, name))]

        def work(db: sqlite3.Connection) -> None:
            db.executemany(_DROP, gone)
            db.executemany(_PUT, changed)
            db.execute("DELETE FROM time")
            db.executemany("INSERT INTO time VALUES (?, ?)", times)

        self.run(work)
