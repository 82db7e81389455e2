"""Result files: rows as CSV or JSON Lines, in chunks (API part 5)."""

import itertools
from typing import TYPE_CHECKING, Any
import zlib

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .faults import Faults, Row

_ROWS_PER_CHUNK = 1000
_BOMB_BLOCK, _BOMB_BLOCKS = 1 << 20, 256
_SPECIAL = frozenset(',"\r\n')


def json_chunks(rows: Iterable[Row], faults: Faults) -> Iterator[bytes]:
    """Yield a JSON file: lines or one array, compressed or plain."""
    if faults.gzip_bomb:
        return _bomb()
    chunks = _json_array(rows) if faults.json_array else _json_lines(rows, faults)
    if faults.bad_utf8:
        chunks = (chunk.decode().encode("latin-1", "replace") for chunk in chunks)
    if faults.half_line:
        chunks = _halved(chunks)
    return chunks if faults.plain_json else _gzip(chunks, truncated=faults.truncated_gzip)


def _json_lines(rows: Iterable[Row], faults: Faults) -> Iterator[bytes]:
    if faults.garbage_line:
        yield b'{"uuid": "torn\n'
    for batch in itertools.batched(rows, _ROWS_PER_CHUNK, strict=False):
        kept: Iterable[Row] = batch
        if faults.omit_null:
            kept = ({k: v for k, v in row.items() if v is not None} for row in batch)
        yield b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in kept)


def _json_array(rows: Iterable[Row]) -> Iterator[bytes]:
    separator = b"["
    for batch in itertools.batched(rows, _ROWS_PER_CHUNK, strict=False):
        yield separator + b",\n".join(map(orjson.dumps, batch))
        separator = b",\n"
    yield b"]" if separator != b"[" else b"[]"


def _gzip(chunks: Iterable[bytes], *, truncated: bool) -> Iterator[bytes]:
    packer = zlib.compressobj(level=1, wbits=zlib.MAX_WBITS | 16)
    for chunk in chunks:
        yield packer.compress(chunk)
    tail = packer.flush()
    yield tail[: len(tail) // 2] if truncated else tail


def _halved(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Leave out the second half of the last line."""
    kept = next(chunks, b"")
    for chunk in chunks:
        yield kept
        kept = chunk
    begin = kept.rstrip(b"\n").rfind(b"\n") + 1
    yield kept[: begin + (len(kept) - begin) // 2]


def _bomb() -> Iterator[bytes]:
    """Yield a file with one line that never ends."""
    packer = zlib.compressobj(level=9, wbits=zlib.MAX_WBITS | 16)
    yield packer.compress(b"[0") + packer.flush(zlib.Z_FULL_FLUSH)
    # After a full flush the same input is packed to the same bytes.
    block = packer.compress(bytes(_BOMB_BLOCK)) + packer.flush(zlib.Z_FULL_FLUSH)
    yield from itertools.repeat(block, _BOMB_BLOCKS)
    yield packer.flush()


def csv_chunks(columns: list[str], rows: Iterable[Row], faults: Faults) -> Iterator[bytes]:
    """Yield a CSV file: every value quoted, null as an empty unquoted field."""
    end = "\r\n" if faults.csv_crlf else "\n"

    def line(values: Iterable[Any]) -> str:
        return ",".join(_field(value, quoted=not faults.csv_unquoted) for value in values) + end

    head = "\ufeff" if faults.csv_bom else ""
    head += line(columns)
    if faults.garbage_line:
        head += line(["torn"])
    yield head.encode()
    for batch in itertools.batched(rows, _ROWS_PER_CHUNK, strict=False):
        yield "".join(line(row[name] for name in columns) for row in batch).encode()


def _field(value: Any, *, quoted: bool) -> str:
    if value is None:
        return ""
    text = _text(value)
    if quoted or not _SPECIAL.isdisjoint(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, list):
        return f"[{', '.join(map(str, value))}]"
    return str(value)


def _number(value: float) -> str:
    """Write a number as the query engine does: `4.71`, but `1.0E-4` if far from 1."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    mantissa, _, exponent = repr(value).partition("e")
    if not exponent:
        mantissa, _, exponent = f"{value:.15e}".partition("e")
    return f"{float(mantissa)!r}E{int(exponent)}"
