"""Result files → rows, a block at a time. Runs in a worker thread.

Facts: Smart Connect reference, part 5: gzip is told by its bytes, the form is JSON
Lines, but an array or a single object is read too.
"""

from collections.abc import Generator, Iterable, Iterator
from functools import partial
from io import SEEK_END, BytesIO
from itertools import batched, chain
from json import JSONDecodeError, JSONDecoder
import re
from typing import IO, Any

from aiohttp.compression_utils import ZLibBackend
import orjson

from ..count import LOST_LINE, RowCount
from ..fields import Row
from ..http.bounds import LONGEST_LINE, LONGEST_ROW, Bounds

_GZIP = b"\x1f\x8b"
_MARK = b"\xef\xbb\xbf"
_BETWEEN = b" \t\r\n,[]"
"""What stands around the objects of an array."""
_START = re.compile(r"[^\s,\[\]]")
_SEVERAL = object()
_DECODER = JSONDecoder()
_CHUNK = 1 << 17
"""Bytes that are read at once: so many rows stay in the cache of a processor."""
_WINDOW_BITS = 16 + ZLibBackend.MAX_WBITS
"""16 stands for a gzip header and a checksum at the end."""
_SOME = 1000
"""Rows in a block where they are read one by one."""
_LONGEST = 1 << 16
"""Characters of an object that spans lines; what is longer never was one."""
_MOST_UNZIPPED = 500
"""Times the size of the file; rows that differ in little but time unzip to about 30 times."""
_BREAKS_OFF = "the file breaks off"


class UnreadableError(Exception):
    """A file broke off or is not what it seems."""


class OverfullError(Exception):
    """The files hold more than they may."""

    def __init__(self, most: int, what: str) -> None:
        """Name the limit."""
        super().__init__(f"more than {most:,} {what}")


def read_rows(
    files: Iterable[IO[bytes]], row_count: RowCount, bounds: Bounds
) -> Iterator[list[Row]]:
    """Yield the rows of all files in blocks; what is no row is counted and left out.

    Raises UnreadableError if a file breaks off or holds something else altogether, and
    OverfullError at the bounds.
    """
    gauge = _Gauge(bounds)
    for file in files:
        lines, found, lost = _Lines(row_count), False, row_count.lost_lines
        for block in gauge.blocks(_blocks(file)):
            # Almost every file is JSON Lines throughout, and one call reads many at once.
            many = None if lines.begun else _many(block)
            single = batched(lines.values(BytesIO(block[1:])), _SOME, strict=False)
            for values in single if many is None else (many,):
                gauge.count(len(values))
                rows = _objects(values, row_count) if many is None else many
                if rows:
                    found = True
                    yield rows
        lines.end()
        if not found and row_count.lost_lines > lost:
            message = "the file is no result"
            raise UnreadableError(message)


class _Gauge:
    """Counts what the files of a job hold and stops at the bounds."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._bytes = 0
        self._values = 0

    def blocks(self, blocks: Iterable[bytearray]) -> Iterator[bytearray]:
        for block in blocks:
            self._bytes += len(block)
            if self._bytes > self._bounds.unzipped:
                raise OverfullError(self._bounds.unzipped, "bytes unzipped")
            yield block

    def count(self, values: int) -> None:
        self._values += values
        if self._values > self._bounds.rows:
            raise OverfullError(self._bounds.rows, "rows")


def _blocks(file: IO[bytes]) -> Iterator[bytearray]:
    """Yield whole lines behind a bracket; only the last may lack its line break.

    Many at a time, and copied as little as can be: a copy costs a tenth of parsing them.
    """
    begun, length = list[bytes](), 0
    for chunk in _chunks(file):
        first, end = chunk.find(b"\n"), chunk.rfind(b"\n") + 1
        length += first if end else len(chunk)
        if length > LONGEST_LINE:
            raise OverfullError(LONGEST_LINE, "bytes in a line")
        if end:
            yield bytearray().join((b"[", *begun, memoryview(chunk)[:end]))
            begun, length = [], len(chunk) - end
        begun.append(chunk[end:])
    yield bytearray().join((b"[", *begun))


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    """Yield what a file holds, unzipped; a small one must not hold more than any machine."""
    try:
        # Not before now is it sure that there was space for the last of it.
        left = max(LONGEST_LINE, file.seek(0, SEEK_END) * _MOST_UNZIPPED)
        file.seek(0)
        zipped = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        chunks = iter(partial(file.read, _CHUNK), b"")
        for chunk in _unzipped(chunks) if zipped else chunks:
            left -= len(chunk)
            if left < 0:
                message = "the file unzips to too much"
                raise UnreadableError(message)
            yield chunk
    except OSError as err:
        message = f"the disk says {err.strerror}"
        raise UnreadableError(message) from err


def _unzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield what a gzip file holds, which may have several parts."""
    packed = next(chunks, b"")
    while packed:
        # The engine is the fastest that Home Assistant found for its own pages.
        engine = ZLibBackend.decompressobj(wbits=_WINDOW_BITS)
        while not engine.eof:
            packed = packed or next(chunks, b"")
            try:
                plain = engine.decompress(packed, _CHUNK)
            except Exception as err:  # each engine has errors of its own
                raise UnreadableError(_BREAKS_OFF) from err
            if not packed and not plain and not engine.eof:
                raise UnreadableError(_BREAKS_OFF)
            if plain:
                yield plain
            packed = engine.unconsumed_tail
        # Between two parts there may be zeros, any number of them.
        left = (part.lstrip(b"\0") for part in chain((engine.unused_data,), chunks))
        packed = next(filter(None, left), b"")


def _many(block: bytearray) -> list[Row] | None:
    """Return the objects of lines that hold one each, None if they are not like that."""
    if len(block) > LONGEST_ROW:
        return None
    array = block.replace(b"\n", b",")
    array[len(array) - array.endswith(b",") :] = b"]"
    try:
        values: list[Any] = orjson.loads(array)
    except orjson.JSONDecodeError:
        return None
    return values if {*map(type, values)} <= {dict} else None


def _objects(values: Iterable[Any], row_count: RowCount) -> list[Row]:
    """Return the objects among values; the others are counted and left out."""
    rows = list[Row]()
    for value in values:
        if isinstance(value, dict):
            rows.append(value)
        else:
            row_count.reject("not_an_object")
    return rows


class _Lines:
    """Reads what the lines hold: one value each, several, or one over several lines."""

    def __init__(self, row_count: RowCount) -> None:
        self._row_count = row_count
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
                value = _whole(plain)
                if value is not _SEVERAL:
                    yield value
                    continue
            yield from self._tolerant(line)

    def _tolerant(self, line: bytes) -> Iterator[Any]:
        begun = self.begun
        try:
            text = line.decode().strip()
        except UnicodeDecodeError:
            # A unit or name with signs put in its place would be shown as such.
            self._row_count.reject(LOST_LINE)
            self.begun = ""
            return
        # What does not go on from the lines before may still stand for itself.
        for attempt in (f"{begun} {text}", text) if begun else (text,):
            try:
                self.begun = yield from _spread(attempt, self._row_count)
            except ValueError, RecursionError:
                # Beside what is no JSON: a number of thousands of digits, a tower of lists.
                self._lose(line)
                self.begun = ""
            else:
                break

    def _lose(self, line: bytes) -> None:
        """Count a line that is no row, unless the file breaks off in it."""
        if not line.endswith((b"\n", b"}", b"]")):
            raise UnreadableError(_BREAKS_OFF)
        self._row_count.reject(LOST_LINE)

    def end(self) -> None:
        """End a file; nobody knows how many rows were to follow a value that is unfinished."""
        if self.begun:
            raise UnreadableError(_BREAKS_OFF)


def _whole(line: bytes) -> Any:
    """Return the value of a line, or ``_SEVERAL`` if it is not just one."""
    try:
        return orjson.loads(line) if len(line) <= LONGEST_ROW else _SEVERAL
    except orjson.JSONDecodeError:
        return _SEVERAL


def _spread(text: str, row_count: RowCount) -> Generator[Any, None, str]:
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
            row_count.reject("too_long")
        else:
            yield value
    return ""
