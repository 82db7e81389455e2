"""Whatever is done to a result file: rows or a plain error come out, and nothing else."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
import gzip
import io
from itertools import chain
import json
from pathlib import Path
import re
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
import orjson
import pytest

from custom_components.testo_smart_connect.clouds.count import RowCount
from custom_components.testo_smart_connect.clouds.fields import Row
from custom_components.testo_smart_connect.clouds.http.bounds import (
    LONGEST_IDENTIFIER,
    LONGEST_NAME,
    Bounds,
)
from custom_components.testo_smart_connect.clouds.jobs import rows, statuses
from custom_components.testo_smart_connect.clouds.jobs.decode import (
    OverfullError,
    UnreadableError,
    read_rows,
)
from custom_components.testo_smart_connect.clouds.jobs.readings import reading, readings
from custom_components.testo_smart_connect.monitoring.codec import dump, load
from tests.hypothesis_profiles import fuzz

CORPUS = sorted((Path(__file__).parent / "corpus").iterdir())
TYPICAL = [path for path in CORPUS if not path.stem.endswith("_odd")]
ENOUGH = Bounds(downloaded=0, unzipped=1 << 22, rows=10_000)
OF_FILES = {"bad_json", "not_an_object", "too_long"}
"""Why something was no row at all."""

# Hypothesis warns of a generator of its own when it is given a seed.
pytestmark = pytest.mark.filterwarnings("ignore:It looks like `register_random`")


def _inventory(found: Iterable[Row], row_count: RowCount) -> list[Any]:
    return [rows.inventory(found, row_count)]


def _each(parser: Callable[[Row], Iterable[Any]]) -> Callable[[Iterable[Row], RowCount], list[Any]]:
    return lambda found, row_count: list(row_count.parse(found, parser))


def _readings(found: Iterable[Row], row_count: RowCount) -> list[Any]:
    """Read all at once, which must say the same as row by row."""
    block, single = [*found], RowCount()
    together = [*chain.from_iterable(readings([block], row_count))]
    assert together == [*single.parse(block, reading)]
    assert row_count.rows == single.rows
    assert single.rejected.items() <= row_count.rejected.items()
    return together


READERS: dict[str, Callable[[Iterable[Row], RowCount], list[Any]]] = {
    "readings": _readings,
    "alarms": _each(rows.transition),
    "inventory": _inventory,
    "status": _each(statuses.status),
    "locations": _each(rows.location),
    "limits": _each(rows.limits),
}


def read(files: Iterable[bytes], kind: str) -> tuple[list[Any], RowCount]:
    """Read files as a kind of resource, and check what comes out."""
    row_count = RowCount()
    met = 0

    def counted(found: Iterable[Row]) -> Iterator[Row]:
        nonlocal met
        for row in found:
            met += 1
            yield row

    blocks = read_rows(map(io.BytesIO, files), row_count, ENOUGH)
    values = READERS[kind](counted(chain.from_iterable(blocks)), row_count)
    assert row_count.rows == met
    misread = sum(count for why, count in row_count.rejected.items() if why not in OF_FILES)
    assert misread <= row_count.rows
    if kind in {"readings", "locations", "status"}:
        assert len(values) <= row_count.rows - misread
    for value in values:
        check(value)
        plain = orjson.loads(orjson.dumps(dump(value)))
        assert load(type(value), plain) == value, "cannot be stored"
    statuses.newest_status(value for value in values if kind == "status")
    assert all(len(reason) < 50 and reason.isprintable() for reason in row_count.rejected)
    return values, row_count


def check(value: Any) -> None:
    """Check that a value is past all tolerance, down to its members."""
    if is_dataclass(value):
        for spec in fields(value):
            check(getattr(value, spec.name))
    elif isinstance(value, tuple):
        for item in value:
            check(item)
    elif isinstance(value, str):
        assert value.encode()
        assert value == value.strip()
        assert len(value) <= max(LONGEST_NAME, LONGEST_IDENTIFIER)
    elif isinstance(value, datetime):
        assert value.tzinfo is UTC
        assert 1970 <= value.year <= 2100
    elif isinstance(value, timedelta):
        assert timedelta() <= value <= timedelta(days=3660)
    elif isinstance(value, float):
        assert abs(value) <= 1e30
    elif value is not None:
        assert isinstance(value, (bool, int))
        assert abs(value) < 2**31


# --- The corpus -----------------------------------------------------------------------------


def _kind(path: Path) -> str:
    return path.stem.partition("_")[0]


def test_the_corpus_is_small_and_has_all_kinds() -> None:
    assert {_kind(path) for path in TYPICAL} == READERS.keys()
    assert sum(path.stat().st_size for path in CORPUS) < 50_000


@pytest.mark.parametrize("path", TYPICAL, ids=lambda path: path.stem)
@pytest.mark.parametrize("zipped", [False, True])
def test_typical_files_are_read_to_the_last_row(path: Path, *, zipped: bool) -> None:
    content = path.read_bytes()
    values, row_count = read([gzip.compress(content) if zipped else content], _kind(path))
    assert values
    assert row_count.rows >= 2
    assert row_count.rejected == {}


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_all_files_as_every_kind(path: Path) -> None:
    content = path.read_bytes()
    for kind in READERS:
        read([content, gzip.compress(content), content], kind)


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_files_that_end_anywhere(path: Path) -> None:
    content = path.read_bytes()
    for cut in range(0, len(content), 97):
        # Between two rows nobody can tell; within one everybody can.
        with suppress(UnreadableError):
            read([content[:cut]], _kind(path))
    packed = gzip.compress(content)
    for cut in range(2, len(packed), 97):
        with pytest.raises(UnreadableError):
            read([packed[:cut]], _kind(path))


# --- Garbage ---------------------------------------------------------------------------------

times = st.one_of(
    st.datetimes().map(str),
    st.sampled_from(
        [
            "9999-12-31T23:59:59Z",
            "0001-01-01T00:00:00+14:00",
            "2026-07-01T24:00:00Z",
            "2026-07-01 09:45:00,123456789 UTC",
            "\u0662\u0660\u0662\u0666-07-01T09:45:00Z",
            "2026-07-01T09:45:00+99:99",
        ]
    ),
)
odd = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(-(10**400), 10**400),
        st.floats(),
        st.text(st.characters(exclude_categories=())),
        st.integers(250, 400).map("x".__mul__),
        st.sampled_from(["NaN", "-Infinity", "1e999", "\ud800", "true", "Ok", "Alarm", "[", "{}"]),
        times,
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
EDITS = ("drop", "set", "swap", "wrap", "text")


@st.composite
def lines(draw: st.DrawFn, kind: str) -> str:
    """Draw a row of a kind as its line, with some members changed."""
    path = draw(st.sampled_from([path for path in TYPICAL if _kind(path) == kind]))
    found = [json.loads(line) for line in path.read_text().splitlines() if line[:2] == '{"']
    row: dict[str, Any] = dict(draw(st.sampled_from(found or [{}])))
    for edit in draw(st.lists(st.sampled_from(EDITS), max_size=3)):
        name = draw(st.sampled_from([*row, "more"]))
        if edit == "drop":
            row.pop(name, None)
        elif edit == "set":
            row[name] = draw(odd)
        elif edit == "swap":
            row[name] = row.get(draw(st.sampled_from([*row, "more"])))
        elif edit == "wrap":
            row[name] = {name: [row.get(name)]}
        else:
            row[name] = json.dumps(row.get(name))
    line = json.dumps(
        row, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from((None, None, None, 1)))
    )
    depth = draw(st.sampled_from((0, 0, 0, 0, 0, 3, 3_000)))
    return line.replace("null", "[" * depth + "]" * depth) if depth else line


def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """Return content of which some bytes were changed, lost, repeated or put in."""
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(content)))
        end = at + draw(st.integers(0, 40))
        piece = draw(
            st.sampled_from(
                (
                    b"",
                    2 * content[at:end],
                    bytes(byte ^ 0x20 for byte in content[at:end]),
                    b'"',
                    b"}",
                    b"\\ud800",
                    b"\xed\xa0\x80",
                    b"\x00",
                    b"\xef\xbb\xbf",
                    b"\n",
                )
            )
        )
        content = content[:at] + piece + content[end:]
    return (
        content[: draw(st.integers(0, len(content)))] if draw(st.integers(0, 5)) == 5 else content
    )


@st.composite
def files(draw: st.DrawFn, kind: str) -> bytes:
    """Draw a file in any of its forms, zipped or not, and damage it before and after."""
    found = draw(st.lists(lines(kind), max_size=4))
    between = draw(st.sampled_from(("\n", "\r\n", ",\n", " ", "")))
    begin, end = draw(st.sampled_from((("", ""), ("", "\n"), ("[", "]"), ("\ufeff", "\n"))))
    content = (begin + between.join(found) + end).encode("utf-8", "surrogatepass")
    content = damaged(draw, content)
    if draw(st.booleans()):
        content = gzip.compress(content, 1)
        if draw(st.booleans()):
            content = damaged(draw, content)
    return content


def _limits(config: str) -> bytes:
    return json.dumps({"measurement_alarm_configuration": config}).encode()


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, list[bytes]]:
    """Draw a kind of resource, and files that began as such."""
    kind = draw(st.sampled_from(sorted(READERS)))
    return kind, draw(st.lists(files(kind), min_size=1, max_size=2))


@given(cases())
@fuzz()
@example(("locations", [b'{"location_uuid": "\\ud800"}', b'{"a":' * 200_000]))
@example(("locations", [b'{"a": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"]))
@example(("limits", [b"[" * 5000, b"9" * 5000, b'{"a": ' + b"9" * 5000 + b"}"]))
@example(("limits", [_limits("[" * 200_000), _limits("9" * 5000), _limits('{"a": "\\ud800"}')]))
def test_damaged_files(case: tuple[str, list[bytes]]) -> None:
    kind, content = case
    with suppress(UnreadableError, OverfullError):
        read(content, kind)


@given(st.lists(st.binary(max_size=200), max_size=3), st.sampled_from(sorted(READERS)))
@fuzz()
def test_noise(content: list[bytes], kind: str) -> None:
    with suppress(UnreadableError):
        read(content, kind)


members = st.sampled_from(
    sorted({name for path in TYPICAL for name in re.findall(r'"(\w+)":', path.read_text())})
)


@given(st.dictionaries(members, odd | times, max_size=12), st.sampled_from(sorted(READERS)))
@fuzz()
def test_rows_of_anything(row: dict[str, Any], kind: str) -> None:
    row_count = RowCount()
    for value in READERS[kind]([row, row], row_count):
        check(value)
        orjson.dumps(dump(value))
    assert row_count.rows == 2
