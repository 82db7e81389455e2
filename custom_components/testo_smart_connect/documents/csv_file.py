"""The readings of a device as a CSV file that opens right in spreadsheets.

Facts: contract A8 and compliance reference, part 7, where each matter was tried.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
import csv
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from hashlib import sha256
from heapq import merge
from io import StringIO
from itertools import batched, groupby, repeat
from operator import itemgetter
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import BinaryIO, Literal

from ..monitoring.holding import Series
from ..monitoring.window import SECOND, Window
from .words import Words

type CsvStyle = Literal["international", "german"]

_MADE_BY = "testo Smart Connect for Home Assistant"
_BOM = b"\xef\xbb\xbf"
_FORMULAS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What a text must not begin with; the last four are full-width twins of the first four."""
_ROWS_AT_ONCE = 1000
_MOST_IN_MEMORY = 4 << 20
_FEW_NUMBERS = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvColumn:
    """The readings of one channel."""

    title: str
    unit: str | None
    readings: Series


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvTable:
    """What a file is about: one device, a window, and what was measured in it."""

    device: str
    serial: str
    model: str | None
    site: str | None
    window: Window
    columns: Sequence[CsvColumn]
    """Readings outside the window are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvWritten:
    """What came of it: how many rows of data, and their SHA-256, with their line ends."""

    rows: int
    sha256: str


def write_csv(
    file: BinaryIO, table: CsvTable, *, style: CsvStyle, language: str, made: datetime
) -> CsvWritten:
    """Write a table into a file and return what the header says of its rows.

    `made` is aware. Blocks, and may raise an ``OSError``. The header has a sum of what
    follows, so that much data waits in a temporary file, not in memory.
    """
    say, german = Words(language, table.window.zone.key), style == "german"
    separator = ";" if german else ","
    digest, count = sha256(), 0
    with SpooledTemporaryFile(_MOST_IN_MEMORY) as body:
        for some in batched(_rows(table, german=german), _ROWS_AT_ONCE, strict=False):
            encoded = _encoded(some, separator)
            digest.update(encoded)
            body.write(encoded)
            count += len(some)
        written = CsvWritten(rows=count, sha256=digest.hexdigest())
        titles = [say("csv_moment"), *((say("csv_day"), say("csv_clock")) if german else ())]
        titles += [_guarded(_title(it)) for it in table.columns]
        head = [*_head(table, say, written, made), titles]
        if not count:
            head.append([f"# {say('csv_no_readings')}"])
        file.write(_BOM + _encoded(head, separator))
        body.seek(0)
        copyfileobj(body, file)
    return written


def _head(
    table: CsvTable, say: Words, written: CsvWritten, made: datetime
) -> Iterator[Sequence[str]]:
    """Yield the lines that say what follows, each a name and what it is."""
    window = table.window

    def local(at: datetime) -> str:
        return at.astimezone(window.zone).isoformat(timespec="seconds")

    yield f"# {say('csv_content')}", f"{say('csv_readings')} ({_MADE_BY})"
    yield f"# {say('csv_made')}", local(made)
    yield f"# {say('csv_device')}", _guarded(table.device)
    # As a bare number it would lose its leading zeros.
    yield f"# {say('serial')}", f"SN {table.serial}"
    yield f"# {say('model')}", _guarded(table.model or "")
    yield f"# {say('csv_site')}", _guarded(table.site or "")
    yield f"# {say('title_start')}", local(window.start)
    yield f"# {say('title_end')}", local(window.end)
    yield f"# {say('time_zone')}", window.zone.key
    yield f"# {say('csv_rows')}", str(written.rows)
    yield f"# {say('csv_checksum')}", written.sha256


def _rows(table: CsvTable, *, german: bool) -> Iterator[Sequence[str]]:
    """Yield a row for each moment at which something was measured."""
    window, shown = table.window, _numbers("," if german else ".")
    columns = [it.readings.inside(window.begins, window.ends) for it in table.columns]
    ordered = merge(
        *(zip(it.at, repeat(place), it.values, strict=False) for place, it in enumerate(columns))
    )
    for at, measured in groupby(ordered, key=itemgetter(0)):
        local = datetime.fromtimestamp(at / SECOND, window.zone)
        cells = [""] * len(columns)
        for _, place, value in measured:
            cells[place] = shown(value)
        # What comes first tells apart the two hours of the night in which clocks go back.
        clock = (f"{local:%d.%m.%Y}", f"{local:%H:%M:%S}") if german else ()
        yield (local.isoformat(), *clock, *cells)


def _numbers(mark: str) -> Callable[[float], str]:
    """Return what writes numbers with all their digits, never with an exponent."""

    @lru_cache(_FEW_NUMBERS)
    def shown(value: float) -> str:
        # Minus zero is none to read.
        return f"{Decimal(repr(value or 0.0)):f}".replace(".", mark)

    return shown


def _encoded(rows: Iterable[Iterable[str]], separator: str) -> bytes:
    text = StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()


def _title(column: CsvColumn) -> str:
    return f"{column.title} ({column.unit})" if column.unit else column.title


def _guarded(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULAS) else text
