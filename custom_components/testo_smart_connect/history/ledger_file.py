"""A SQLite file: opened when needed, begun anew when damaged."""

from collections.abc import Callable
import logging
from pathlib import Path
import sqlite3
from threading import Lock
from typing import ClassVar

_LOGGER = logging.getLogger(__name__)

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "cache_size=-16000",
    # 32 MB: uuids are all over the file, so that few pages are written twice.
    "wal_autocheckpoint=8000",
)
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_SIDE_FILES = ("-wal", "-shm")


class LedgerError(Exception):
    """The file could not be used: no space, no permission, or the ledger is closed."""


class LedgerFullError(LedgerError):
    """There is no space left on the disk."""


class LedgerFile:
    """One connection, one piece of work at a time, each in a transaction of its own."""

    schema: ClassVar[str]
    """What makes the tables of a new file."""
    drafts: ClassVar[str] = ""
    """What makes the tables that live as long as a connection."""
    version: ClassVar[int] = 1
    """Of the schema."""

    def __init__(self, path: Path) -> None:
        """Remember where the file is; nothing is opened before it is needed."""
        self._path = path
        self._lock = Lock()
        self._db: sqlite3.Connection | None = None
        self._closed = False

    def opened(self, db: sqlite3.Connection) -> None:
        """Take note of a connection, or of a transaction that was taken back."""

    def run[T](self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do a piece of work in a transaction.

        A damaged file is set aside and the work done in a new one. Raises LedgerError for
        whatever else keeps the file from being used.
        """
        with self._lock:
            if self._closed:
                message = "the ledger is closed"
                raise LedgerError(message)
            try:
                try:
                    return self._attempt(work)
                except sqlite3.DatabaseError as err:
                    if not _is_damaged(err):
                        raise
                    self._set_aside(err)
                    return self._attempt(work)
            except sqlite3.Error as err:
                code = getattr(err, "sqlite_errorcode", 0)
                kind = LedgerFullError if _primary(code) == sqlite3.SQLITE_FULL else LedgerError
                raise kind(str(err)) from err
            except OSError as err:
                raise LedgerError(err.strerror) from err

    def close(self) -> None:
        """Close the file for good."""
        with self._lock:
            self._closed = True
            self._disconnect()

    def remove(self) -> None:
        """Close the file and delete it with everything beside it."""
        self.close()
        for path in (self._path, self._aside):
            for suffix in ("", *_SIDE_FILES):
                path.with_name(path.name + suffix).unlink(missing_ok=True)

    @property
    def _aside(self) -> Path:
        return self._path.with_name(f"{self._path.name}.damaged")

    def _attempt[T](self, work: Callable[[sqlite3.Connection], T]) -> T:
        db = self._connect() if self._db is None else self._db
        db.execute("BEGIN IMMEDIATE")
        try:
            result = work(db)
            db.execute("COMMIT")
        except BaseException:
            # SQLite has already taken back what failed for want of space.
            if db.in_transaction:
                db.execute("ROLLBACK")
            self.opened(db)
            raise
        return result

    def _connect(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        try:
            for pragma in _PRAGMAS:
                db.execute(f"PRAGMA {pragma}")
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version == 0:
                mark = f"PRAGMA user_version={self.version}"
                db.executescript(f"BEGIN; {self.schema} {mark}; COMMIT;")
            else:
                _check(version, self.version)
            db.executescript(f"PRAGMA temp_store=MEMORY; {self.drafts}")
            self.opened(db)
        except BaseException:
            db.close()
            raise
        self._db = db
        return db

    def _disconnect(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    def _set_aside(self, err: Exception) -> None:
        """Keep the damaged file, one at most, for whoever wants to know."""
        self._disconnect()
        self._path.replace(self._aside)
        for suffix in _SIDE_FILES:
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        _LOGGER.warning(
            "%s cannot be read (%s); the file was set aside as %s and is begun anew",
            self._path.name,
            err,
            self._aside.name,
        )


class _UnknownVersionError(sqlite3.DatabaseError):
    """The file was written by a later release."""


def _check(version: int, known: int) -> None:
    if version != known:
        message = f"version {version} is not known"
        raise _UnknownVersionError(message)


def _primary(code: int) -> int:
    """Return the kind of an error without its details."""
    return code & 0xFF


def _is_damaged(err: sqlite3.DatabaseError) -> bool:
    code = getattr(err, "sqlite_errorcode", 0)
    return isinstance(err, _UnknownVersionError) or _primary(code) in _DAMAGED
