"""A document as PDF on A4. It needs ReportLab, so it is imported only when one is wanted."""

from collections.abc import Iterator
from io import BytesIO
from typing import override

from reportlab.lib.colors import HexColor
from reportlab.platypus import CondPageBreak, Flowable

from . import typeface
from .blocks import Block, Document, Figure, Prose, Table, texts
from .grid import facts, grid
from .pages import HEIGHT, Pages
from .picture import Picture
from .plot import WIDTH
from .print_styles import CAPTION, HEADINGS, PERIOD, PROSE, STATEMENT, SUBJECT, TITLE, said
from .styles import MUTED
from .typeface import PLAIN

type _Part = tuple[Flowable, float | None]
"""What stands in a section; how high it is down to where it may be cut, None if it may not be."""


def render(document: Document) -> bytes:
    """Return the file; the same document gives the same bytes.

    Raises UnprintableError if the fonts lack characters of it. Not for the event loop: it reads
    fonts and takes up to seconds.
    """
    typeface.check(texts(document))
    target = BytesIO()
    Pages(target, document).write([*_head(document), *_body(document)])
    return target.getvalue()


def _head(document: Document) -> Iterator[Flowable]:
    yield said(document.title, TITLE)
    yield said(document.subject, SUBJECT)
    yield said(document.period, PERIOD)
    yield facts(document.facts)
    yield said(document.statement, STATEMENT)


def _body(document: Document) -> Iterator[Flowable]:
    """Yield all sections; what must not be cut goes to the next page if this one is too full."""
    for section in document.sections:
        before: list[Flowable] = [said(section.heading, HEADINGS[section.level])]
        for flowable, beginning in (part for block in section.blocks for part in _parts(block)):
            if beginning is None:
                before.append(flowable)
            else:
                yield CondPageBreak(min(_height(before) + beginning, HEIGHT))
                yield from (*before, flowable)
                before = []
        yield CondPageBreak(_height(before))
        yield from before


def _parts(block: Block) -> Iterator[_Part]:
    match block:
        case Prose(text):
            yield said(text, PROSE), None
        case Table():
            yield grid(block)
        case Figure():
            yield Picture(block), None
            yield said(block.caption, CAPTION), None
        case _:
            yield Lines(block.labels), None


def _height(parts: list[Flowable]) -> float:
    return sum(
        part.getSpaceBefore() + part.wrap(WIDTH, HEIGHT)[1] + part.getSpaceAfter() for part in parts
    )


class Lines(Flowable):
    """Lines to fill in by hand, side by side, and what stands below each."""

    _HEIGHT = 46.0
    _BETWEEN = 14.0

    def __init__(self, labels: tuple[str, ...]) -> None:
        """Take at least one label."""
        super().__init__()
        self._labels = labels

    @override
    def wrap(self, aW: float, aH: float) -> tuple[float, float]:
        return WIDTH, self._HEIGHT

    def draw(self) -> None:
        """Draw them, with their labels."""
        width = (WIDTH + self._BETWEEN) / len(self._labels)
        self.canv.setStrokeColor(HexColor(MUTED))
        self.canv.setFillColor(HexColor(MUTED))
        self.canv.setLineWidth(0.6)
        self.canv.setFont(PLAIN, CAPTION.fontSize)
        for number, label in enumerate(self._labels):
            x = number * width
            self.canv.line(x, 12, x + width - self._BETWEEN, 12)
            self.canv.drawString(x, 2, label)
