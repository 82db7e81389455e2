"""Reports of every kind, and what becomes of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from html.parser import HTMLParser
from io import BytesIO
from itertools import count
from typing import override

from pypdf import PdfReader

from custom_components.testo_smart_connect.documents.blocks import Document
from custom_components.testo_smart_connect.documents.content import compose
from custom_components.testo_smart_connect.monitoring.report_model import DeviceReport, LimitDoubt

from . import samples
from .samples import CYCLE, END, OUTAGE, START


def composed(report: DeviceReport, language: str = "en", made_by: str | None = "Demo") -> Document:
    """Return what a report says."""
    return compose(
        report, language=language, made_at=samples.MADE, made_by=made_by, version="0.2.0"
    )


def pages(file: bytes) -> list[str]:
    """Return what stands on each page of a PDF."""
    return [page.extract_text() for page in PdfReader(BytesIO(file)).pages]


class _Reader(HTMLParser):
    """Collects the texts between tags, and the tags and their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.unclosed: list[str] = []

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "col", "rect", "path"}:
            self.unclosed.append(tag)

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.unclosed.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        if self.unclosed and self.unclosed[-1] != "style":
            self.texts.append(data)


def parsed(file: bytes) -> _Reader:
    """Return what a browser reads of an HTML file; every tag is closed in its place."""
    reader = _Reader()
    reader.feed(file.decode())
    reader.close()
    assert reader.unclosed == []
    return reader


def squeezed(text: str) -> str:
    """Return a text without blanks: where lines break is of no matter."""
    return "".join(text.split())


def open_excursion() -> DeviceReport:
    """Return a report at the end of which a door is still open, of a day that is not over."""
    window = (samples.local(10, 12), samples.local(10, 12, 13))
    found = samples.report(samples.channel(window=window), window=window)
    return replace(found, complete=False, calibration_due=date(2026, 10, 1))


def without_limits() -> DeviceReport:
    """Return a report of a channel of which nobody knows a limit."""
    return samples.report(samples.channel(limits=()))


def without_readings() -> DeviceReport:
    """Return a report of a logger that was silent all the time, with little known of it."""
    found = samples.report(samples.channel(outages=[(START, END)]))
    found = replace(found, alarms=(), reviews=(), data_as_of=None, cycle_seconds=None)
    return replace(found, site=None, model=None, firmware=None, calibration_due=None)


def with_many_events() -> DeviceReport:
    """Return a report with hundreds of excursions to both sides, and of gaps."""
    numbers = count()
    values = [5.0, 9.25, 5.0, 1.5, 5.0]
    outages = [(START + 10 * n * CYCLE, START + (10 * n + 2) * CYCLE) for n in range(1, 297)]
    channel = samples.channel(lambda _: values[next(numbers) % 5], outages=outages)
    return samples.report(channel)


def in_range() -> DeviceReport:
    """Return a report without any event; the firmware is not known."""
    channel = samples.channel(samples.room, (samples.limit("lower", -1.5),))
    return replace(samples.report(channel), firmware=None)


def with_seven_channels() -> DeviceReport:
    """Return a report of a logger with more channels than stand side by side."""
    channel = samples.channel(samples.room, (samples.limit("upper", 22),), outages=[OUTAGE])
    channels = [replace(channel, name=f"Fühler {number}") for number in range(1, 8)]
    return samples.report(*channels)


def of_all_sources() -> DeviceReport:
    """Return a report of channels whose limits come from different places."""
    entered = replace(samples.COLD[0], source="entered")
    testo = replace(samples.COLD[1], value=8.25, source="testo")
    second = replace(samples.COLD[1], value=9, source="given")
    limits = [(entered, testo), (testo,), (entered,), (testo, second)]
    return samples.report(*(samples.channel(limits=it) for it in limits))


def in_doubt_below() -> DeviceReport:
    """Return a report of a channel whose lower limit changes during the day."""
    upper = replace(samples.limit("upper", 80), source="testo")
    channel = samples.channel(samples.room, (upper,), outages=[OUTAGE])
    doubt = LimitDoubt(direction="lower", reason="times")
    return samples.report(replace(channel, doubts=(doubt,)))


def in_doubt() -> DeviceReport:
    """Return a report of a channel with several upper limits and one lower limit."""
    lower = replace(samples.limit("lower", -1.5), source="testo")
    channel = samples.channel(samples.room, (lower,))
    doubt = LimitDoubt(direction="upper", reason="several")
    return samples.report(replace(channel, doubts=(doubt,)))


CASES: dict[str, Callable[[], DeviceReport]] = {
    "fridge": samples.report,
    "climate": samples.climate,
    "open excursion": open_excursion,
    "no limits": without_limits,
    "no readings": without_readings,
    "many events": with_many_events,
    "in range": in_range,
    "seven channels": with_seven_channels,
    "no channels": lambda: replace(samples.report(), channels=()),
    "all sources of limits": of_all_sources,
    "limits in doubt": in_doubt,
    "lower limits in doubt": in_doubt_below,
    "other alarms": lambda: replace(samples.report(), alarms=samples.OTHER_ALARMS),
    "three days": lambda: samples.report(
        samples.channel(window=(START, START + timedelta(days=3))),
        window=(START, START + timedelta(days=3)),
    ),
}
