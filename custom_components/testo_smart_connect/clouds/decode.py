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
    try:
        yield from _values(plain, tally)
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
            try:
                value = orjson.loads(plain)
            except orjson.JSONDecodeError:
                pass
            else:
                yield value
                continue
        text = line.decode(errors="replace").strip()
        # What does not go on from the lines before may still stand for itself.
        for attempt in (f"{begun} {text}", text) if begun else (text,):
            try:
                begun = yield from _spread(attempt)
            except JSONDecodeError:
                tally.reject("bad_json")
                begun = ""
            else:
                break
    if begun:
        tally.reject("bad_json")


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
