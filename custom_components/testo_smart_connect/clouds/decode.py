"""Result files → rows, one at a time. Runs in a worker thread.

Facts: Smart Connect reference, part 5: gzip is told by its bytes, the form is JSON
Lines, but an array or a single object is read too.
"""

from collections.abc import Generator, Iterable, Iterator
from functools import partial
import gzip
import io
from json import JSONDecodeError, JSONDecoder
import re
from typing import IO, Any, cast
import zlib

import orjson

from .bounds import LONGEST_LINE, LONGEST_ROW, Bounds
from .fields import Row
from .rows import Tally

_GZIP = b"\x1f\x8b"
_MARK = b"\xef\xbb\xbf"
_BETWEEN = b" \t\r\n,[]"
"""What stands around the objects of an array."""
_START = re.compile(r"[^\s,\[\]]")
_SEVERAL = object()
_DECODER = JSONDecoder()
_LONGEST = 1 << 16
"""Characters of an object that spans lines; what is longer never was one."""


class UnreadableError(Exception):
    """A file broke off or is not what it seems."""


class OverfullError(Exception):
    """The files hold more than they may."""

    def __init__(self, most: int, what: str) -> None:
        """Name the limit."""
        super().__init__(f"more than {most:,} {what}")


def read_rows(files: Iterable[IO[bytes]], tally: Tally, bounds: Bounds) -> Iterator[Row]:
    """Yield the rows of all files; what is no row is counted and left out.

    Raises UnreadableError if a file breaks off, OverfullError at the bounds.
    """
    gauge = _Gauge(bounds)
    for file in files:
        for value in gauge.values(_values(gauge.lines(_lines(file)), tally)):
            if isinstance(value, dict):
                yield value
            else:
                tally.reject("not_an_object")


class _Gauge:
    """Counts what the files of a job hold and stops at the bounds."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._bytes = 0
        self._values = 0

    def lines(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        for line in lines:
            self._bytes += len(line)
            if self._bytes > self._bounds.unzipped:
                raise OverfullError(self._bounds.unzipped, "bytes unzipped")
            if len(line) > LONGEST_LINE:
                raise OverfullError(LONGEST_LINE, "bytes in a line")
            yield line

    def values(self, values: Iterable[Any]) -> Iterator[Any]:
        for value in values:
            self._values += 1
            if self._values > self._bounds.rows:
                raise OverfullError(self._bounds.rows, "rows")
            yield value


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines of a file, so that only one of them is in memory."""
    file.seek(0)
    zipped = file.read(len(_GZIP)) == _GZIP
    file.seek(0)
    plain = io.BufferedReader(cast("Any", gzip.GzipFile(fileobj=file))) if zipped else file
    try:
        yield from iter(partial(plain.readline, LONGEST_LINE + 1), b"")
    except (EOFError, zlib.error, gzip.BadGzipFile) as err:
        message = "the file breaks off"
        raise UnreadableError(message) from err


def _values(lines: Iterable[bytes], tally: Tally) -> Iterator[Any]:
    """Yield what the lines hold: one value each, several, or one over several lines."""
    begun = ""
    for raw in lines:
        line = raw.removeprefix(_MARK)
        if not begun:
            plain = line.strip(_BETWEEN)
            if not plain:
                continue
            value = _whole(plain)
            if value is not _SEVERAL:
                yield value
                continue
        text = line.decode(errors="replace").strip()
        # What does not go on from the lines before may still stand for itself.
        for attempt in (f"{begun} {text}", text) if begun else (text,):
            try:
                begun = yield from _spread(attempt, tally)
            except ValueError, RecursionError:
                # Beside what is no JSON: a number of thousands of digits, a tower of lists.
                tally.reject("bad_json")
                begun = ""
            else:
                break
    if begun:
        tally.reject("bad_json")


def _whole(line: bytes) -> Any:
    """Return the value of a line, or ``_SEVERAL`` if it is not just one."""
    try:
        return orjson.loads(line) if len(line) <= LONGEST_ROW else _SEVERAL
    except orjson.JSONDecodeError:
        return _SEVERAL


def _spread(text: str, tally: Tally) -> Generator[Any, None, str]:
    """Yield the objects in whole lines; return the beginning of one that is unfinished.

    Raises ValueError (JSONDecodeError) or RecursionError for what no further line can
    complete.
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
        if at - begin > LONGEST_ROW:
            tally.reject("too_long")
        else:
            yield value
    return ""
