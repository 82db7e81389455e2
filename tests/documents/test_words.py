"""Texts of reports in seven languages, and how each writes days, times and numbers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest

from custom_components.testo_smart_connect.documents import html
from custom_components.testo_smart_connect.documents.csv_file import CsvTable, write_csv
from custom_components.testo_smart_connect.documents.words import (
    LANGUAGES,
    Words,
    clean,
    decimals,
    is_full,
    texts,
)
from custom_components.testo_smart_connect.monitoring.quantities import Quantity
from custom_components.testo_smart_connect.monitoring.report_model import Review
from custom_components.testo_smart_connect.monitoring.window import Window
from tests.metadata.files import placeholders

from . import samples
from .writing import CASES, composed


def words(language: str, zone: str = "Europe/Berlin") -> Words:
    return Words(language, zone)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_texts(language: str) -> None:
    english, found = texts("en"), texts(language)
    assert list(found) == list(english)
    for key, text in found.items():
        assert text == text.strip()
        assert text, key
        assert placeholders(text) == placeholders(english[key]), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_used(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = set[str]()
    plain = Words.__call__

    def listening(self: Words, key: str, **blanks: str) -> str:
        said.add(key)
        return plain(self, key, **blanks)

    monkeypatch.setattr(Words, "__call__", listening)
    for case in CASES.values():
        html.render(composed(case(), language))
    year = samples.START, samples.START + timedelta(days=365)
    html.render(composed(samples.climate(year), language))
    for quantity in set(Quantity) - {Quantity.OTHER}:
        words(language)(f"quantity_{quantity}")
    for fault in ("battery", "power supply", "timeout", "broken", "calibration", "unknown"):
        faulty = replace(samples.report().alarms[0], direction=None, reason=fault)
        html.render(composed(replace(samples.report(), alarms=(faulty,)), language))
    gone = replace(faulty, reason="Supervision unknown")
    looked = Review(at=samples.START, by="automation", note=None)
    report = replace(samples.report(), alarms=(gone,), reviews=(looked,))
    html.render(composed(report, language))
    window = Window(start=samples.START, end=samples.END, zone=samples.BERLIN)
    table = CsvTable(device="", serial="", model=None, site=None, window=window, columns=[])
    write_csv(BytesIO(), table, style="german", language=language, made=samples.MADE)
    assert said == set(texts(language))


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [("de", "de"), ("de-CH", "de"), ("pl_PL", "pl"), ("EN-gb", "en"), ("ko", "en"), ("", "en")],
)
def test_another_language_is_english(asked: str, spoken: str) -> None:
    assert words(asked).language == spoken


@pytest.mark.parametrize(
    ("language", "day", "short", "month", "number"),
    [
        ("en", "2027-11-28", "11-28", "2027-11", "−18.50"),
        ("de", "28.11.2027", "28.11.", "11/2027", "−18,50"),
        ("fr", "28/11/2027", "28/11", "11/2027", "−18,50"),
        ("it", "28/11/2027", "28/11", "11/2027", "−18,50"),
        ("nl", "28-11-2027", "28-11", "11-2027", "−18,50"),
        ("es", "28/11/2027", "28/11", "11/2027", "−18,50"),
        ("pl", "28.11.2027", "28.11", "11.2027", "−18,50"),
    ],
)
def test_days_and_numbers(language: str, day: str, short: str, month: str, number: str) -> None:
    say, on = words(language), date(2027, 11, 28)
    assert (say.day(on), say.short_day(on), say.month(on)) == (day, short, month)
    assert say.number(-18.5, 2) == number
    assert say.number(-0.04, 1) == say.number(0, 1)


def test_times_are_local_and_the_hour_that_comes_twice_tells_which() -> None:
    say = words("de")
    assert say.moment(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)) == "02.07.2026 00:30"
    twice = [datetime(2026, 10, 25, hour, 15, tzinfo=UTC) for hour in (0, 1)]
    assert [say.moment(at) for at in twice] == [
        "25.10.2026 02:15 (UTC+02:00)",
        "25.10.2026 02:15 (UTC+01:00)",
    ]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 min"),
        (0.2, "< 1 s"),
        (45, "45 s"),
        (330, "5 min 30 s"),
        (900, "15 min"),
        (3599.6, "1 h"),
        (3600, "1 h"),
        (3630.1, "1 h 1 min"),
        (86_399, "1 d"),
        (180_900, "2 d 2 h 15 min"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert words("de").duration(seconds).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0%"),
        (1e-9, "0.01%"),
        (0.895833, "89.58%"),
        (0.99999, "99.99%"),
        (1 - 1e-12, "100%"),
        (1, "100%"),
    ],
)
def test_only_the_whole_is_all_of_it(share: float, text: str) -> None:
    assert words("en").percent(share) == text
    assert is_full(share) is (text == "100%")


def test_decimals() -> None:
    assert decimals([], 1, 2) == 1
    assert decimals([4.0, 5.1], 0, 2) == 1
    assert decimals([4.0, 41.72], 1, 2) == 2
    assert decimals([21.700000000000003], 1, 2) == 1
    assert decimals([1 / 3], 1, 2) == 2


def _dirty() -> Iterator[tuple[str | None, str]]:
    yield None, ""
    yield " a\r\n\tb ", "a b"
    yield "a\u202eb", "a b"
    yield "Ku\u0308hl", "Kühl"


@pytest.mark.parametrize(("text", "expected"), _dirty())
def test_foreign_texts_are_put_on_one_line(text: str | None, expected: str) -> None:
    assert clean(text) == expected
