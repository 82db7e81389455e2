"""Single values, however they are spelt."""

from datetime import UTC, datetime, timedelta
import math
from typing import Any

import pytest

from custom_components.testo_smart_connect.clouds.fields import (
    RowError,
    boolean,
    duration,
    identifier,
    integer,
    moment,
    needed,
    needed_moment,
    number,
    text,
)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]  # at least a date is given


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2026-07-01T09:45:30Z", utc(2026, 7, 1, 9, 45, 30)),
        ("2026-07-01t09:45:30z", utc(2026, 7, 1, 9, 45, 30)),
        (" 2026-07-01T09:45:30Z ", utc(2026, 7, 1, 9, 45, 30)),
        ("2026-07-01 09:45:30", utc(2026, 7, 1, 9, 45, 30)),
        ("2026-07-01T09:45:30", utc(2026, 7, 1, 9, 45, 30)),
        ("2026-07-01 09:45:30 Z", utc(2026, 7, 1, 9, 45, 30)),
        ("2026-07-01T09:45", utc(2026, 7, 1, 9, 45)),
        ("2026-07-01T09:45Z", utc(2026, 7, 1, 9, 45)),
        ("2026-07-01 09:45:30.000 UTC", utc(2026, 7, 1, 9, 45, 30)),
        ("2026-07-01T11:45:30+02:00", utc(2026, 7, 1, 9, 45, 30)),
        ("2026-07-01T11:45:30+0200", utc(2026, 7, 1, 9, 45, 30)),
        ("2026-07-01T11:45:30+02", utc(2026, 7, 1, 9, 45, 30)),
        ("2026-07-01 11:45:30.5 +02:00", utc(2026, 7, 1, 9, 45, 30, 500_000)),
        ("2026-06-30T23:45:30-10:00", utc(2026, 7, 1, 9, 45, 30)),
        ("2026-07-01T15:15:30+05:30", utc(2026, 7, 1, 9, 45, 30)),
        ("2026-07-01T09:45:30.1Z", utc(2026, 7, 1, 9, 45, 30, 100_000)),
        ("2026-07-01T09:45:30.12Z", utc(2026, 7, 1, 9, 45, 30, 120_000)),
        ("2026-07-01T09:45:30.123Z", utc(2026, 7, 1, 9, 45, 30, 123_000)),
        ("2026-07-01T09:45:30,1234Z", utc(2026, 7, 1, 9, 45, 30, 123_400)),
        ("2026-07-01T09:45:30.12345Z", utc(2026, 7, 1, 9, 45, 30, 123_450)),
        ("2026-07-01T09:45:30.123456", utc(2026, 7, 1, 9, 45, 30, 123_456)),
        ("2026-07-01T09:45:30.1234567Z", utc(2026, 7, 1, 9, 45, 30, 123_456)),
        ("2026-07-01T09:45:30.12345678Z", utc(2026, 7, 1, 9, 45, 30, 123_456)),
        ("2026-07-01T09:45:30.999999999Z", utc(2026, 7, 1, 9, 45, 30, 999_999)),
        ("2026-07-01T24:00:00Z", utc(2026, 7, 2)),
        ("2026-02-30T09:45:30Z", None),
        ("2026-07-01T25:61:00Z", None),
        ("2026-07-01T09:45:30+99:00", None),
        ("0001-01-01T00:00:00+02:00", None),
        ("9999-12-31T23:59:59-02:00", None),
        ("9999-12-31T23:59:59Z", None),
        ("2101-01-01T00:00:00Z", None),
        ("2100-12-31T23:59:59Z", utc(2100, 12, 31, 23, 59, 59)),
        ("1969-12-31T23:59:59Z", None),
        ("1970-01-01T00:00:00Z", utc(1970, 1, 1)),
        ("\u0662\u0660\u0662\u0666-07-01T09:45:00Z", None),
        ("2026-07-01", None),
        ("2026-07-01T09:45:30.Z", None),
        ("2026-07-01T09:45:30Z and more", None),
        ("31.02.2026 25:61", None),
        ("1782899130", None),
        (1782899130, None),
        ("", None),
        (None, None),
        ({"a": 1}, None),
    ],
)
def test_times(told: Any, expected: datetime | None) -> None:
    got = moment({"at": told}, "at")
    assert got == expected
    assert got is None or got.tzinfo is UTC


def test_needed_times() -> None:
    assert needed_moment({"b": "2026-07-01T09:45Z"}, "a", "b") == utc(2026, 7, 1, 9, 45)
    for row in ({}, {"a": None}, {"a": "soon", "b": "2026-07-01T09:45Z"}):
        with pytest.raises(RowError, match=r"^no_a$"):
            needed_moment(row, "a", "b")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"a": "x", "b": "y"}, "x"),
        ({"a": None, "b": "y"}, "y"),
        ({"a": "  ", "b": " y "}, "y"),
        ({"a": {"x": 1}, "b": ["x"]}, None),
        ({"a": 0}, "0"),
        ({"a": 90000101}, "90000101"),
        ({"a": "half \ud83d of a pair, °C"}, "half ? of a pair, °C"),
        ({"c": "z"}, None),
    ],
)
def test_texts(row: dict[str, Any], expected: str | None) -> None:
    assert text(row, "a", "b") == expected
    if expected is None:
        with pytest.raises(RowError, match=r"^no_a$"):
            needed(row, "a", "b")
    else:
        assert needed(row, "a", "b") == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (4.5, 4.5),
        (0, 0.0),
        ("35.6", 35.6),
        (" 1.0E-4 ", 0.0001),
        ("-0", 0.0),
        ("", None),
        (None, None),
        ("4,5", None),
        ("much", None),
        ("NaN", None),
        (math.nan, None),
        ("-Infinity", None),
        ("1e999", None),
        (-1e30, -1e30),
        (1.1e30, None),
        (True, None),
        ([1], None),
    ],
)
def test_numbers(told: Any, expected: float | None) -> None:
    assert number({"a": told}, "a") == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (4, 4),
        ("4", 4),
        ("4.0", 4),
        (4.9, 4),
        (-1, -1),
        (0, 0),
        ("x", None),
        (None, None),
        (2**31 - 1, 2**31 - 1),
        (2**31, None),
        (-1e300, None),
    ],
)
def test_whole_numbers(told: Any, expected: int | None) -> None:
    assert integer({"a": told}, "a") == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (True, True),
        ("true", True),
        ("True", True),
        ("1", True),
        (1, True),
        ("YES", True),
        (False, False),
        ("false", False),
        ("0", False),
        (0, False),
        ("no", False),
        ("perhaps", None),
        (2, None),
        ("", None),
        (None, None),
    ],
)
def test_truth(told: Any, expected: bool | None) -> None:  # noqa: FBT001 - it is a table
    assert boolean({"a": told}, "a") is expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (900_000, timedelta(minutes=15)),
        ("900000", timedelta(minutes=15)),
        (0.5, timedelta(microseconds=500)),
        (0, None),
        (-900_000, None),
        (1e300, None),
        (1e14, None),
        (3660 * 86_400_000, timedelta(days=3660)),
        ("", None),
        (None, None),
    ],
)
def test_durations(told: Any, expected: timedelta | None) -> None:
    assert duration({"a": told}, "a") == expected


def test_identifiers_are_never_cut() -> None:
    assert identifier({"a": "x" * 255}, "a") == "x" * 255
    assert identifier({}, "a") is None
    for read in (identifier, needed):
        with pytest.raises(RowError, match=r"^long_a$"):
            read({"a": "x" * 256}, "a")
    assert text({"a": "x" * 300}, "a") == "x" * 255
    assert number({"a": "0" * 300 + "7"}, "a") == 7.0
