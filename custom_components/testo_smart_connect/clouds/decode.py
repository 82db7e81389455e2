"""Result files → rows, one at a time. Runs in a worker thread.

Facts: Smart Connect reference, part 5: gzip is told by its bytes, the form is JSON
Lines, but an array or a single object is read too.
"""

from collections.abc import Generator, Iterable, Iterator
import gzip
from json import JSONDecodeError, JSONDecoder
import re
from typing import IO, Any, cast
import zlib

import orjson

from .fields import Row
from .rows import Tally

_GZIP = b"\x1f\x8b"
_MARK = b"\xef\xbb\xbf"
_BETWEEN = b" \t\r\n,[]"
"""What stands around the objects of an array."""
_START = re.compile(r"[^\s,\[\]]")
_DECODER = JSONDecoder()
_CHUNK = 1 << 20
"""Bytes that are read at once."""
_LONGEST = 1 << 16
"""Characters of an object that spans lines; what is longer never was one."""


class UnreadableError(Exception):
    """A file broke off or is not what it seems."""


def read_rows(files: Iterable[IO[bytes]], tally: Tally) -> Iterator[Row]:
    """Yield the rows of all files; what is no row is counted and left out.

    Raises UnreadableError if a file breaks off.
    """
    for file in files:
        for row in _objects(file, tally):
            if isinstance(row, dict):
                yield row
            else:
                tally.reject("not_an_object")


def _objects(file: IO[bytes], tally: Tally) -> Iterator[Any]:
    file.seek(0)
    zipped = file.read(len(_GZIP)) == _GZIP
    file.seek(0)
    plain = cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if zipped else file
    lines = _Lines(tally)
    try:
        for block in _blocks(plain):
            # Almost every file is JSON Lines throughout, and one call reads many at once.
            values = None if lines.begun else _many(block)
            yield from lines.values(block.split(b"\n")) if values is None else values
    except (EOFError, zlib.error, gzip.BadGzipFile) as err:
        message = "the file breaks off"
        raise UnreadableError(message) from err
    lines.end()


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    """Yield whole lines, many at a time, without the last line break."""
    begun: list[bytes] = []
    while chunk := file.read(_CHUNK):
        head, found, tail = chunk.rpartition(b"\n")
        if found:
            yield b"".join((*begun, head))
            begun = []
        if tail:
            begun.append(tail)
    if begun:
        yield b"".join(begun)


def _many(block: bytes) -> list[Any] | None:
    """Return the objects of lines that hold one each, None if they are not like that."""
    try:
        values: list[Any] = orjson.loads(b"[%b]" % block.replace(b"\n", b","))
    except orjson.JSONDecodeError:
        return None
    return values if all(type(value) is dict for value in values) else None


class _Lines:
    """Reads what the lines hold: one value each, several, or one over several lines."""

    def __init__(self, tally: Tally) -> None:
        """Begin a file."""
        self._tally = tally
        self.begun = ""
        """The beginning of a value that goes on in the next line."""

    def values(self, lines: Iterable[bytes]) -> Iterator[Any]:
        """Yield the values of some more lines."""
        for raw in lines:
            line = raw.removeprefix(_MARK)
            if not self.begun:
                plain = line.strip(_BETWEEN)
                if not plain:
                    continue
                try:
                    value = orjson.loads(plain)
                except orjson.JSONDecodeError:
                    pass
                else:
                    yield value
                    continue
            yield from self._tolerant(line.decode(errors="replace").strip())

    def _tolerant(self, text: str) -> Iterator[Any]:
        begun = self.begun
        # What does not go on from the lines before may still stand for itself.
        for attempt in (f"{begun} {text}", text) if begun else (text,):
            try:
                self.begun = yield from _spread(attempt)
            except JSONDecodeError:
                self._tally.reject("bad_json")
                self.begun = ""
            else:
                break

    def end(self) -> None:
        """Count a value that was begun and never ended."""
        if self.begun:
            self._tally.reject("bad_json")


def _spread(text: str) -> Generator[Any, None, str]:
    """Yield the objects in whole lines; return the beginning of one that is unfinished.

    Raises JSONDecodeError for what no further line can complete.
    """
    at = 0
    while found := _START.search(text, at):
        begin = found.start()
        try:
            value, at = _DECODER.raw_decode(text, begin)
        except JSONDecodeError as err:
            if err.pos < len(text) or len(text) - begin > _LONGEST:
                raise
            return text[begin:]
        yield value
    return ""
