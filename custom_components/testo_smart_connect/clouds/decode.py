"""Result files → rows, one at a time. Runs in a worker thread.

Facts: Smart Connect reference, part 5: gzip is told by its bytes, the form is JSON
Lines, but an array or a single object is read too.
"""

from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
import gzip
from io import SEEK_END
from json import JSONDecodeError, JSONDecoder
import re
from typing import IO, Any, cast
import zlib

import orjson

from .fields import Row
from .rows import LOST_LINE, Tally

_GZIP = b"\x1f\x8b"
_MARK = b"\xef\xbb\xbf"
_BETWEEN = b" \t\r\n,[]"
"""What stands around the objects of an array."""
_START = re.compile(r"[^\s,\[\]]")
_DECODER = JSONDecoder()
_LONGEST = 1 << 16
"""Characters of an object that spans lines; what is longer never was one."""
_LONGEST_LINE = 1 << 24
"""Bytes: far more than a whole result in one line takes."""
_MOST_UNZIPPED = 500
"""Times the size of the file; rows that differ in little but time unzip to about 30 times."""
_BREAKS_OFF = "the file breaks off"


class UnreadableError(Exception):
    """A file broke off or is not what it seems."""


def read_rows(files: Iterable[IO[bytes]], tally: Tally) -> Iterator[Row]:
    """Yield the rows of all files; what is no row is counted and left out.

    Raises UnreadableError if a file breaks off, or holds something else altogether.
    """
    for file in files:
        found, lost = False, tally.lost_lines
        for row in _objects(file, tally):
            if isinstance(row, dict):
                found = True
                yield row
            else:
                tally.reject("not_an_object")
        if not found and tally.lost_lines > lost:
            message = "the file is no result"
            raise UnreadableError(message)


def _objects(file: IO[bytes], tally: Tally) -> Iterator[Any]:
    try:
        # Not before now is it sure that there was space for the last of it.
        size = file.seek(0, SEEK_END)
        file.seek(0)
        zipped = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        plain = cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if zipped else file
        yield from _values(_lines(plain, size), tally)
    except (EOFError, zlib.error, gzip.BadGzipFile) as err:
        raise UnreadableError(_BREAKS_OFF) from err
    except OSError as err:
        message = f"the disk says {err.strerror}"
        raise UnreadableError(message) from err


def _lines(file: IO[bytes], size: int) -> Iterator[bytes]:
    """Yield the lines of a file; a small one must not unzip to what no machine can hold."""
    left = max(_LONGEST_LINE, size * _MOST_UNZIPPED)
    while line := file.readline(_LONGEST_LINE + 1):
        left -= len(line)
        if len(line) > _LONGEST_LINE or left < 0:
            message = "the file unzips to too much"
            raise UnreadableError(message)
        yield line


def _values(lines: Iterable[bytes], tally: Tally) -> Iterator[Any]:
    """Yield what the lines hold: one value each, several, or one over several lines."""
    begun = ""
    for raw in lines:
        line = raw.removeprefix(_MARK)
        if not begun:
            plain = line.strip(_BETWEEN)
            if not plain:
                continue
            with suppress(orjson.JSONDecodeError):
                yield orjson.loads(plain)
                continue
        try:
            text = line.decode().strip()
        except UnicodeDecodeError:
            # A unit or name with signs put in its place would be shown as such.
            tally.reject(LOST_LINE)
            begun = ""
            continue
        # What does not go on from the lines before may still stand for itself.
        for attempt in (f"{begun} {text}", text) if begun else (text,):
            try:
                begun = yield from _spread(attempt)
            except JSONDecodeError:
                _lose(raw, tally)
                begun = ""
            else:
                break
    if begun:
        # Nobody knows how many rows were to follow.
        raise UnreadableError(_BREAKS_OFF)


def _lose(line: bytes, tally: Tally) -> None:
    """Count a line that is no row, unless the file breaks off in it."""
    if not line.endswith((b"\n", b"}", b"]")):
        raise UnreadableError(_BREAKS_OFF)
    tally.reject(LOST_LINE)


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
