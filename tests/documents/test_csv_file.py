"""The readings of a device as a CSV file (contract A8; compliance reference, part 7; A6)."""

import csv
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from io import BytesIO, StringIO
from itertools import pairwise
from pathlib import Path
import tracemalloc
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.testo_smart_connect.documents.csv_file import (
    CsvColumn,
    CsvStyle,
    CsvTable,
    CsvWritten,
    write_csv,
)
from custom_components.testo_smart_connect.documents.words import LANGUAGES
from custom_components.testo_smart_connect.monitoring.holding import Series
from custom_components.testo_smart_connect.monitoring.window import Window

BERLIN = ZoneInfo("Europe/Berlin")
MADE = datetime(2026, 10, 26, 5, tzinfo=UTC)
STYLES: tuple[CsvStyle, ...] = ("international", "german")
QUARTER = 900


def readings(day: date, value: float = -18.5, step: int = QUARTER, days: int = 1) -> Series:
    """Return readings on a local day, and a few around it."""
    window = local(day, days)
    begin, end = (int(it.timestamp()) for it in (window.start, window.end))
    at = range(begin - 4 * QUARTER, end + 4 * QUARTER, step)
    return Series.of(at, [value] * len(at))


def local(day: date, days: int = 1) -> Window:
    after = day + timedelta(days=days)
    start, end = (datetime(it.year, it.month, it.day, tzinfo=BERLIN) for it in (day, after))
    return Window(start=start, end=end, zone=BERLIN)


def a6(day: date = date(2026, 10, 25)) -> CsvTable:
    """Return what scenario A6 exports."""
    return CsvTable(
        device="Kühlraum Süd; 1",
        serial="0012345678",
        model="testo 160 TH",
        site="=1+1",
        window=local(day),
        columns=[CsvColumn(title="Lufttemperatur", unit="°C", readings=readings(day))],
    )


def written(
    table: CsvTable, style: CsvStyle = "international", language: str = "en"
) -> tuple[bytes, CsvWritten]:
    file = BytesIO()
    result = write_csv(file, table, style=style, language=language, made=MADE)
    return file.getvalue(), result


def opened(raw: bytes, style: CsvStyle) -> tuple[dict[str, str], list[str], list[list[str]]]:
    """Return header, column titles and the other rows, as Python's own reader sees them."""
    text = raw.decode("utf-8-sig")
    rows = [*csv.reader(StringIO(text), delimiter=";" if style == "german" else ",", strict=True)]
    head = [row for row in rows if row[0].startswith("# ") and len(row) == 2]
    titles, *others = rows[len(head) :]
    return {row[0]: row[1] for row in head}, titles, others


def test_a6_international() -> None:
    raw, result = written(a6())
    head, titles, rows = opened(raw, "international")
    assert [*head.items()] == [
        ("# Content", "Readings (testo Smart Connect for Home Assistant)"),
        ("# Created", "2026-10-26T06:00:00+01:00"),
        ("# Device", "Kühlraum Süd; 1"),
        ("# Serial number", "SN 0012345678"),
        ("# Model", "testo 160 TH"),
        ("# Site", "'=1+1"),
        ("# From", "2026-10-25T00:00:00+02:00"),
        ("# To", "2026-10-26T00:00:00+01:00"),
        ("# Time zone", "Europe/Berlin"),
        ("# Rows", "100"),
        ("# SHA-256 of the data rows", result.sha256),
    ]
    assert titles == ["Time (ISO 8601)", "Lufttemperatur (°C)"]
    assert (len(rows), result.rows) == (100, 100)
    assert rows[0] == ["2026-10-25T00:00:00+02:00", "-18.5"]
    assert rows[-1] == ["2026-10-25T23:45:00+01:00", "-18.5"]


def test_a6_german() -> None:
    raw, result = written(a6(), "german", "de")
    head, titles, rows = opened(raw, "german")
    assert [*head] == [
        *("# Inhalt", "# Erstellt", "# Gerät", "# Seriennummer", "# Modell", "# Standort"),
        *("# Von", "# Bis", "# Zeitzone", "# Zeilen", "# SHA-256 der Datenzeilen"),
    ]
    assert titles == ["Zeit (ISO 8601)", "Datum", "Uhrzeit", "Lufttemperatur (°C)"]
    assert (len(rows), result.rows) == (100, 100)
    assert rows[0] == ["2026-10-25T00:00:00+02:00", "25.10.2026", "00:00:00", "-18,5"]
    text = raw.decode("utf-8-sig")
    assert '\r\n# Gerät;"Kühlraum Süd; 1"\r\n' in text
    assert "\r\n# Standort;'=1+1\r\n" in text
    assert "\r\n# Seriennummer;SN 0012345678\r\n" in text


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(("day", "count"), [(date(2026, 10, 25), 100), (date(2026, 3, 29), 92)])
def test_a_local_day_has_the_rows_that_it_has(style: CsvStyle, day: date, count: int) -> None:
    raw, result = written(a6(day), style)
    _, _, rows = opened(raw, style)
    assert (len(rows), result.rows) == (count, count)
    times = [datetime.fromisoformat(row[0]) for row in rows]
    assert {b - a for a, b in pairwise(times)} == {timedelta(seconds=QUARTER)}


@pytest.mark.parametrize("style", STYLES)
def test_the_hour_that_recurs_is_told_apart_by_its_offset(style: CsvStyle) -> None:
    _, _, rows = opened(written(a6(), style)[0], style)
    twice = [row for row in rows if row[0].startswith("2026-10-25T02:15:00")]
    assert [row[0] for row in twice] == [
        "2026-10-25T02:15:00+02:00",
        "2026-10-25T02:15:00+01:00",
    ]
    assert twice[0][1:] == twice[1][1:]


@pytest.mark.parametrize("style", STYLES)
def test_bytes(style: CsvStyle) -> None:
    raw, result = written(a6(), style)
    assert raw.startswith(b"\xef\xbb\xbf# ")
    assert raw.count(b"\xef\xbb\xbf") == 1
    assert raw.endswith(b"\r\n")
    assert raw.count(b"\n") == raw.count(b"\r\n") == 11 + 1 + 100
    assert b"sep=" not in raw
    data = b"".join(raw.splitlines(keepends=True)[12:])
    assert result.sha256 == sha256(data).hexdigest()


@pytest.mark.parametrize("start", "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
@pytest.mark.parametrize("style", STYLES)
def test_texts_are_no_formulas(style: CsvStyle, start: str) -> None:
    text = f"{start}1+1"
    plain = a6()
    table = replace(
        plain,
        device=text,
        model=text,
        site=text,
        columns=[replace(it, title=text) for it in plain.columns],
    )
    head, titles, rows = opened(written(table, style)[0], style)
    assert [head[name] for name in ("# Device", "# Model", "# Site")] == [f"'{text}"] * 3
    assert titles[-1] == f"'{text} (°C)"
    assert {row[-1] for row in rows} == {"-18,5" if style == "german" else "-18.5"}


@pytest.mark.parametrize("text", ['a "b" c', "x,y;z", "two\r\nlines", "'quoted", "a=b", "Łódź"])
@pytest.mark.parametrize("style", STYLES)
def test_other_texts_stay_as_they_are(style: CsvStyle, text: str) -> None:
    table = replace(a6(), device=text)
    assert opened(written(table, style)[0], style)[0]["# Device"] == text


def test_what_is_not_known_is_empty() -> None:
    head, titles, _ = opened(
        written(
            replace(
                a6(),
                model=None,
                site=None,
                columns=[CsvColumn(title="Door", unit=None, readings=Series.of([], []))],
            )
        )[0],
        "international",
    )
    assert (head["# Model"], head["# Site"], titles[-1]) == ("", "", "Door")


@pytest.mark.parametrize("style", STYLES)
def test_one_row_for_each_moment(style: CsvStyle) -> None:
    """What a channel did not measure then is empty, and no row is invented."""
    start = local(date(2026, 7, 1)).start.timestamp()
    columns = [
        CsvColumn(title="A", unit="°C", readings=Series.of([start, start + 900], [1.5, 2.5])),
        CsvColumn(title="B", unit="%", readings=Series.of([start + 900, start + 960], [40, 41])),
        CsvColumn(title="C", unit=None, readings=Series.of([], [])),
    ]
    table = replace(a6(date(2026, 7, 1)), columns=columns)
    _, titles, rows = opened(written(table, style)[0], style)
    mark = "," if style == "german" else "."
    assert titles[-3:] == ["A (°C)", "B (%)", "C"]
    assert [row[-3:] for row in rows] == [
        [f"1{mark}5", "", ""],
        [f"2{mark}5", "40", ""],
        ["", "41", ""],
    ]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (5.0, "5.0"),
        (-0.0, "0.0"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e-7, "0.0000001"),
        (1e22, "10000000000000000000000"),
        (100_000.0, "100000.0"),
    ],
)
def test_numbers_have_all_their_digits_and_no_exponent(value: float, shown: str) -> None:
    day = date(2026, 7, 1)
    columns = [CsvColumn(title="A", unit=None, readings=readings(day, value))]
    table = replace(a6(day), columns=columns)
    assert opened(written(table)[0], "international")[2][0][1] == shown
    german = opened(written(table, "german")[0], "german")[2][0][3]
    assert german == shown.replace(".", ",")


def test_parts_of_a_second_are_kept() -> None:
    start = local(date(2026, 7, 1)).start.timestamp()
    columns = [CsvColumn(title="A", unit=None, readings=Series.of([start + 0.25], [1]))]
    table = replace(a6(date(2026, 7, 1)), columns=columns)
    assert opened(written(table, "german")[0], "german")[2] == [
        ["2026-07-01T00:00:00.250000+02:00", "01.07.2026", "00:00:00", "1"]
    ]


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("columns", [0, 1])
def test_that_there_is_nothing_is_a_line(style: CsvStyle, columns: int) -> None:
    table = replace(a6(date(2020, 1, 1)), columns=a6().columns[:columns])
    raw, result = written(table, style, "de-CH")
    head, titles, rows = opened(raw, style)
    assert result == CsvWritten(rows=0, sha256=sha256(b"").hexdigest())
    assert head["# Zeilen"] == "0"
    assert titles[0] == "Zeit (ISO 8601)"
    assert rows == [["# Keine Messwerte in diesem Zeitraum"]]


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_each_language_has_words_of_its_own(language: str) -> None:
    head, titles, _ = opened(written(a6(), "german", language)[0], "german")
    assert len(head) == 11
    assert len({*titles}) == 4
    assert [*head.values()][1:] == [*opened(written(a6(), "german")[0], "german")[0].values()][1:]
    if language != "en":
        assert [*head] != [*opened(written(a6(), "german")[0], "german")[0]]


def test_english_stands_in_for_other_languages() -> None:
    assert written(a6(), language="ja") == written(a6(), language="en")


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
    st.sampled_from(STYLES),
)
def test_any_text_comes_back(text: str, style: CsvStyle) -> None:
    table = replace(a6(), device=text, columns=[])
    raw, _ = written(table, style)
    found = opened(raw, style)[0]["# Device"]
    assert found in {text, f"'{text}"}
    assert found[0] not in "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"


def test_a_year_of_ten_channels_takes_little_memory(tmp_path: Path) -> None:
    """A row is written and forgotten; the readings themselves are not counted."""
    day, days = date(2025, 11, 1), 365
    columns = [
        CsvColumn(title=f"{it}", unit="°C", readings=readings(day, it / 10, 4 * QUARTER, days))
        for it in range(10)
    ]
    table = replace(a6(), window=local(day, days), columns=columns)
    with (tmp_path / "year.csv").open("wb") as file:
        tracemalloc.start()
        try:
            result = write_csv(file, table, style="german", language="de", made=MADE)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert result.rows == 365 * 24
    assert peak < 16 << 20
