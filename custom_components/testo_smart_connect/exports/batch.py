"""Files that appear together or not at all, whole, and never over another one.

Everything here blocks, so it is for worker threads.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from hashlib import file_digest
import os
from pathlib import Path
from threading import Lock
from typing import BinaryIO
from uuid import uuid4

from .names import version

TEMPORARY = ".testo_smart_connect.*.tmp"
"""What files are called until they are whole: nobody lists or serves such names."""
_NAMING = Lock()
"""Held while names are looked for and taken: nobody else gives such names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A file as it lies on the disk."""

    path: Path
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Staged:
    temporary: Path
    name: str
    bytes: int
    sha256: str


class Batch:
    """The files of one action."""

    def __init__(self, folder: Path) -> None:
        """Take an existing folder."""
        self._folder = folder
        self._staged: list[_Staged] = []
        self._is_closed = False
        self._lock = Lock()

    def add[T](self, name: str, write: Callable[[BinaryIO], T]) -> T:
        """Write a file that does not appear yet, and return what the writing returns."""
        temporary = self._folder / TEMPORARY.replace("*", uuid4().hex)
        try:
            with temporary.open("xb") as file:
                written = write(file)
                file.flush()
                # Else a power cut might leave an empty file under the final name.
                os.fsync(file.fileno())
            with temporary.open("rb") as file:
                digest = file_digest(file, "sha256").hexdigest()
            staged = _Staged(temporary, name, temporary.stat().st_size, digest)
        except BaseException:
            _remove(temporary)
            raise
        with self._lock:
            self._staged.append(staged)
            if self._is_closed:
                self._clear()
        return written

    def publish(self) -> list[Written]:
        """Let all files appear, each under a name that nothing had, in the order of adding."""
        with self._lock, _NAMING:
            done: list[Written] = []
            try:
                for it in self._staged:
                    path = self._free(it.name)
                    it.temporary.rename(path)
                    done.append(Written(path=path, bytes=it.bytes, sha256=it.sha256))
            except BaseException:
                for written in done:
                    _remove(written.path)
                raise
            self._staged.clear()
            return done

    def close(self) -> None:
        """Remove what was not published; also what is still being written when it is done."""
        with self._lock:
            self._is_closed = True
            self._clear()

    def _clear(self) -> None:
        for it in self._staged:
            _remove(it.temporary)
        self._staged.clear()

    def _free(self, name: str) -> Path:
        number = 1
        while os.path.lexists(path := self._folder / version(name, number)):
            number += 1
        return path


def _remove(path: Path) -> None:
    """Remove a file; if that fails too, what failed before is what has to be told."""
    with suppress(OSError):
        path.unlink()
