"""HTML files: the same content, in one file that runs and loads nothing."""

from dataclasses import replace
import re
from xml.etree import ElementTree as ET

import pytest

from custom_components.testo_smart_connect.documents import html
from custom_components.testo_smart_connect.documents.blocks import block_texts
from custom_components.testo_smart_connect.documents.words import LANGUAGES
from custom_components.testo_smart_connect.monitoring.report_model import ReportAlarm

from . import samples
from .writing import CASES, composed, parsed, squeezed

EVIL = """</style><script>alert("1")</script><img src=x onerror='x'> & &lt;b&gt;"""


@pytest.mark.parametrize("case", CASES)
def test_it_says_what_the_document_says(case: str) -> None:
    document = composed(CASES[case](), "pl")
    read = parsed(html.render(document))
    text = squeezed("".join(read.texts))
    place = 0
    for said in (document.title, document.subject, document.period, document.statement):
        place = text.index(squeezed(said), place)
    for name, value in document.facts:
        assert squeezed(name + value) in text
    for section in document.sections:
        for said in (
            section.heading,
            *(it for block in section.blocks for it in block_texts(block)),
        ):
            found = text.find(squeezed(said), place)
            assert found >= 0, said
            place = found
    assert text.endswith(squeezed(document.footer))


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_marked_with_its_language(language: str) -> None:
    file = html.render(composed(samples.report(), language))
    assert file.startswith(f'<!DOCTYPE html>\n<html lang="{language}">'.encode())
    assert parsed(file).tags[0] == ("html", {"lang": language})


def evil_file() -> bytes:
    channel = replace(samples.channel(), name=EVIL, unit=EVIL)
    alarm: ReportAlarm = replace(samples.SYSTEM_ALARM, reason=EVIL, unit=EVIL, value=1.0)
    review = replace(samples.report().reviews[0], by=EVIL, note=EVIL)
    report = replace(
        samples.report(channel),
        name=EVIL,
        site=EVIL,
        serial=EVIL,
        alarms=(alarm,),
        reviews=(review,),
    )
    return html.render(composed(replace(report, model=EVIL, firmware=EVIL), made_by=EVIL))


def test_everything_is_escaped() -> None:
    read = parsed(evil_file())
    plain = {tag for tag, _ in parsed(html.render(composed(samples.report()))).tags}
    assert {tag for tag, _ in read.tags} == plain
    assert "script" not in plain
    assert squeezed("".join(read.texts)).count(squeezed(EVIL)) > 10


@pytest.mark.parametrize("file", [html.render(composed(samples.climate(), "de")), evil_file()])
def test_it_runs_and_loads_nothing(file: bytes) -> None:
    for tag, attributes in parsed(file).tags:
        assert tag not in {"script", "link", "iframe", "object", "img", "a", "form", "base"}
        for name in attributes:
            assert name not in {"href", "src", "srcdoc", "action", "data"}
            assert not name.startswith("on")
    assert b"@import" not in file
    assert b"url(" not in file
    policies = [it.get("content") for tag, it in parsed(file).tags if tag == "meta"]
    assert "default-src 'none'; style-src 'unsafe-inline'" in policies


def test_the_curve_is_drawn() -> None:
    file = html.render(composed(samples.report(), "de")).decode()
    (found,) = re.findall(r"(?s)<svg.*?</svg>", file)
    picture = ET.fromstring(found)  # noqa: S314 - it is our own
    assert picture.attrib["aria-label"] == "Temperatur"
    assert len([it for it in picture if it.tag == "rect"]) == 3
    dashed = [it for it in picture if "stroke-dasharray" in it.attrib]
    assert len(dashed) == 2
    labels = [it.text for it in picture if it.tag == "text"]
    assert {"°C", "01.10.", "2,0", "8,0"} <= {*labels}


def test_it_can_be_printed() -> None:
    file = html.render(composed(samples.report(), "de")).decode()
    assert "@page { size: A4;" in file
    assert '"Seite " counter(page) " von " counter(pages) ""' in file


def test_other_scripts_are_fine() -> None:
    report = replace(samples.report(), name="냉장고 ثلاجة ❄️")
    assert "냉장고 ثلاجة ❄️".encode() in html.render(composed(report, "ko"))


def test_the_same_document_gives_the_same_file() -> None:
    assert html.render(composed(samples.report())) == html.render(composed(samples.report()))
