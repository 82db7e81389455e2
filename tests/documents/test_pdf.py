"""PDF files: what a document says stands in them, whole, on pages that begin and end well."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, timedelta
from io import BytesIO
import re
import time
import tracemalloc

from pypdf import PdfReader
import pytest

from custom_components.testo_smart_connect.documents import pdf
from custom_components.testo_smart_connect.documents.blocks import (
    Document,
    Figure,
    Section,
    Table,
    block_texts,
    texts,
)
from custom_components.testo_smart_connect.documents.errors import UnprintableError
from custom_components.testo_smart_connect.documents.typeface import BOLD, PLAIN
from custom_components.testo_smart_connect.documents.words import LANGUAGES
from custom_components.testo_smart_connect.monitoring.report_model import DeviceReport

from . import samples
from .writing import CASES, composed, pages, squeezed

LONG = "Kühlzellenüberwachungsgerät" * 12


def body(document: Document, found: list[str]) -> str:
    """Return all that stands between head and foot of the pages, without blanks."""
    text = ""
    for number, page in enumerate(found, 1):
        foot = document.footer + document.page.format(page=number, pages=len(found))
        rest = squeezed(page)
        assert squeezed(document.footer) in rest
        assert foot
        text += rest
    return text


def assert_says(document: Document, text: str) -> None:
    """Check that a file says everything that a document says, section by section in its order."""
    for said in (document.title, document.subject, document.period, document.statement):
        assert squeezed(said) in text
    for name, value in document.facts:
        assert squeezed(name + value) in text
    place = text.index(squeezed(document.statement))
    for section in document.sections:
        for said in _section_texts(section):
            found = text.find(squeezed(said), place)
            assert found >= 0, said
            place = found


def _section_texts(section: Section) -> Iterator[str]:
    yield section.heading
    for block in section.blocks:
        yield from block_texts(block)


@pytest.mark.parametrize("case", CASES)
def test_it_says_what_the_document_says(case: str) -> None:
    document = composed(CASES[case](), "pl")
    assert_says(document, body(document, pages(pdf.render(document))))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_its_number(language: str) -> None:
    document = composed(samples.climate(), language)
    found = pages(pdf.render(document))
    assert len(found) == 3
    for number, page in enumerate(found, 1):
        assert document.page.format(page=number, pages=3) in page
        assert document.footer in page
        assert (document.running in page) is (number > 1)


def test_the_first_page_says_what_it_is_and_what_came_out() -> None:
    first = squeezed(pages(pdf.render(composed(samples.report())))[0])
    for said in ("not a validated record", "system of record", "Out of range", "Dashed: limits."):
        assert squeezed(said) in first


def test_properties_of_the_file() -> None:
    document = composed(samples.report(), "de")
    reader = PdfReader(BytesIO(pdf.render(document)))
    found = reader.metadata
    assert found
    assert found.title == "Messbericht: Kühlschrank 1, 01.10.2026 00:00 – 01.11.2026 00:00"
    assert found.author == "Demo"
    assert found.subject == "Kühlschrank 1"
    assert found.creator == "testo Smart Connect for Home Assistant 0.2.0"
    assert found.creation_date == samples.MADE.astimezone(UTC)
    assert str(reader.root_object["/Lang"]) == "de"
    assert [round(float(it)) for it in reader.pages[0].mediabox] == [0, 0, 595, 842]


def test_the_same_document_gives_the_same_file() -> None:
    document = composed(samples.report())
    assert pdf.render(document) == pdf.render(composed(samples.report()))
    later = replace(document, made_at=document.made_at + timedelta(seconds=1))
    assert pdf.render(later) != pdf.render(document)


def test_files_are_written_beside_each_other() -> None:
    """Each in a thread of its own: what ReportLab shares between them changes nothing."""
    documents = [composed(samples.climate(), language) for language in LANGUAGES]
    one_by_one = [pdf.render(document) for document in documents]
    with ThreadPoolExecutor(max_workers=4) as pool:
        assert [*pool.map(pdf.render, documents)] == one_by_one


def test_fonts_are_in_the_file() -> None:
    file = pdf.render(composed(samples.report()))
    used = {name.decode() for name in re.findall(rb"/BaseFont /([\w+-]+)", file)}
    assert {name.partition("+")[2] for name in used} == {PLAIN, BOLD}


@pytest.mark.parametrize(
    "name",
    [
        "<b>Kühl</b> & Co. <para> &amp; </font>",
        "Chłodnia Łódź źrebię",
        "Ψυγείο φαρμακείου",
        "Холодильник 1",
        LONG,
        "Lager " * 60,
    ],
)
def test_names_of_every_kind(name: str) -> None:
    channel = replace(samples.channel(outages=[samples.OUTAGE]), name=name, unit="<foo/m>")
    note = replace(samples.report().reviews[0], by=name, note=f"{name} <i>")
    report = replace(samples.report(channel), name=name, site=name, model=name, reviews=(note,))
    document = composed(report)
    assert_says(document, body(document, pages(pdf.render(document))))


def test_nothing_runs_over_the_edge() -> None:
    """What is beside the page would be lost: everything is written within its margins."""
    channel = replace(samples.channel(), name=LONG)
    document = composed(replace(samples.report(channel), name=LONG, serial=LONG))
    reader = PdfReader(BytesIO(pdf.render(document)))
    for page in reader.pages:
        places: list[tuple[float, str]] = []

        def visit(text: str, ctm: list[float], matrix: list[float], *_: object) -> None:
            if text.strip():
                places.append((matrix[4] * ctm[0] + ctm[4], text))  # noqa: B023 - used at once

        page.extract_text(visitor_text=visit)
        assert places
        assert all(40 < x < 556 for x, _ in places)
    second = reader.pages[1].extract_text()
    assert "Kühlzellenüberwachungsgerät…" not in second
    assert "…" in second


def test_no_number_is_cut_in_two() -> None:
    channel = samples.channel(lambda at: 12_345.25 + at.hour, (samples.limit("upper", 99_999.5),))
    channels = (replace(channel, name=name, unit="mg/m³") for name in ("CO₂", "p", "q", "r"))
    document = composed(samples.report(*channels))
    lines = [line for page in pages(pdf.render(document)) for line in page.splitlines()]
    words = {word for line in lines for word in line.split()}
    numbers = {
        word
        for text in texts(document)
        for word in text.split()
        if re.fullmatch(r"[\d.:–-]+", word)
    }
    assert "12368.25" in numbers
    assert numbers <= words


def test_a_note_that_is_longer_than_a_page() -> None:
    note = " ".join(f"word{number}" for number in range(3000))
    report = samples.report()
    report = replace(report, reviews=(replace(report.reviews[0], note=note),))
    found = pages(pdf.render(composed(report)))
    assert len(found) > 5
    written = squeezed("".join(found))
    assert all(f"word{number}" in written for number in range(3000))


@pytest.mark.parametrize("reviews", range(0, 60, 4))
def test_no_heading_stands_alone_at_the_foot_of_a_page(reviews: int) -> None:
    report = samples.climate()
    review = samples.report().reviews[0]
    document = composed(replace(report, reviews=(review,) * reviews))
    headings = {section.heading for section in document.sections}
    titles = {
        column.title
        for section in document.sections
        for block in section.blocks
        if isinstance(block, Table)
        for column in block.columns
    }
    for page in pages(pdf.render(document)):
        last = page.strip().splitlines()[-1].strip()
        assert last not in headings | titles, page


def test_hundreds_of_events_are_all_there() -> None:
    report = CASES["many events"]()
    found = pages(pdf.render(composed(report)))
    assert len(found) > 15
    text = squeezed("".join(found))
    figures = report.channels[0].figures
    for number, excursion in enumerate(figures.excursions, 1):
        start = excursion.start.astimezone(samples.BERLIN)
        assert f"{number}{start:%Y-%m-%d%H:%M}" in text


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"name": "냉장고 1 냉"}, "냉장고"),
        ({"site": "冷蔵庫"}, "冷蔵庫"),
        ({"model": "ثلاجة x"}, "ثلاجة"),
        ({"serial": "1❄"}, "❄"),
    ],
)
def test_what_the_fonts_cannot_show_is_refused(change: dict[str, str], missing: str) -> None:
    document = composed(_changed(**change))
    with pytest.raises(UnprintableError) as caught:
        pdf.render(document)
    assert caught.value.characters == missing
    assert missing in str(caught.value)


def _changed(
    name: str = "Fridge", site: str = "Site", model: str = "T", serial: str = "1"
) -> DeviceReport:
    return replace(samples.report(), name=name, site=site, model=model, serial=serial)


def test_units_and_notes_are_refused_too() -> None:
    channel = replace(samples.channel(), unit="度")
    review = replace(samples.report().reviews[0], note="見た")
    report = replace(samples.report(channel), reviews=(review,))
    with pytest.raises(UnprintableError) as caught:
        pdf.render(composed(report))
    assert {*caught.value.characters} == {*"度見た"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fonts_have_all_that_we_say(language: str) -> None:
    assert pdf.render(composed(samples.climate(), language)).startswith(b"%PDF-1.")


def test_a_year_of_two_channels_is_quick_and_small() -> None:
    window = samples.START, samples.START + timedelta(days=365)
    report = samples.climate(window)
    assert sum(len(channel.values) for channel in report.channels) > 69_900
    begin = time.process_time()
    file = pdf.render(composed(report))
    assert time.process_time() - begin < 5
    assert len(pages(file)) == 11
    assert len(file) < 250_000
    tracemalloc.start()
    try:
        pdf.render(composed(report))
        assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    finally:
        tracemalloc.stop()


def test_every_text_is_checked() -> None:
    """A block whose texts were forgotten would be printed as boxes."""
    document = composed(samples.report(), "de")
    known = squeezed("".join(texts(document)))
    figures = [it for part in document.sections for it in part.blocks if isinstance(it, Figure)]
    assert figures
    for word in ("Kühlschrank", "Temperatur", "Tür", "Müller", "Unterschrift", "°C"):
        assert word in known
