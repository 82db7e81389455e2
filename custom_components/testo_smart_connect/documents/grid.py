"""The tables of a PDF."""

from collections.abc import Iterator, Sequence
from itertools import accumulate

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph, Table

from . import blocks
from .blocks import Align, Cell
from .plot import WIDTH
from .print_styles import COLUMN, NAME, SMALL, STRONG, TEXT, aligned, said
from .styles import HAIRLINE, RULE, TONES
from .typeface import PLAIN

_SIDE, _ABOVE = 5.0, 2.0
"""Free room beside, and above and below what stands in a cell (points)."""
_TOGETHER, _WHOLE = 2, 12
"""So many rows stay with the head of a table; a table of so many is not cut at all."""
_BEFORE = 6.0
"""Free room above a table (points)."""
_AS_HIGH_AS_NEEDED = 1e6
_RIGHT = {style.name: aligned(style, TA_RIGHT) for style in (COLUMN, SMALL, STRONG, TEXT)}
_CENTRED = aligned(COLUMN, TA_CENTER)

type _Row = list[list[Paragraph]]
type _Command = tuple[str, tuple[int, int], tuple[int, int], *tuple[object, ...]]


def grid(table: blocks.Table) -> tuple[Table, float]:
    """Return a table with its head on each page, and how much of it may not be cut (points).

    A row may be higher than a page.
    """
    widths = [column.width * WIDTH for column in table.columns]
    aligns = [column.align for column in table.columns]
    head = [_groups(table.groups)] if table.groups else []
    head.append([[_text(it.title, COLUMN, it.align)] for it in table.columns])
    rows = [[*map(_cell, row, aligns, strict=True)] for row in table.rows]
    made = Table(
        [*head, *rows],
        widths,
        style=[*_lines(len(head)), *_spans(table.groups), *_tones(table, len(head))],
        repeatRows=len(head),
        splitInRow=1,
        hAlign="LEFT",
        spaceBefore=_BEFORE,
    )
    first = rows if len(rows) <= _WHOLE else rows[:_TOGETHER]
    return made, sum(_height(row, widths) for row in [*head, *first])


def facts(pairs: tuple[tuple[str, str], ...]) -> Table:
    """Return names and values in two columns."""
    cells = [([said(name, NAME)], [said(value, TEXT)]) for name, value in pairs]
    if len(cells) % 2:
        cells.append(([], []))
    half = len(cells) // 2
    rows = [[*left, *right] for left, right in zip(cells[:half], cells[half:], strict=True)]
    gutter: _Command = ("RIGHTPADDING", (1, 0), (1, -1), _SIDE)
    rule: _Command = ("LINEABOVE", (0, 0), (-1, 0), 0.8, HexColor(RULE))
    widths = [share * WIDTH for share in (0.145, 0.345, 0.145, 0.365)]
    return Table(rows, widths, style=[*_padding(0, 1.5), gutter, rule])


def _text(text: str, style: ParagraphStyle, align: Align) -> Paragraph:
    return said(text, _RIGHT[style.name] if align == "right" else style)


def _cell(cell: Cell, align: Align) -> list[Paragraph]:
    found = [_text(cell.text, STRONG if cell.strong else TEXT, align)]
    if cell.note:
        found.append(_text(cell.note, SMALL, align))
    return found


def _groups(groups: tuple[tuple[str, int], ...]) -> _Row:
    """Return a row above the titles; what a group covers besides its first cell is empty."""
    row: _Row = []
    for title, count in groups:
        row += [[said(title, _CENTRED)], *([] for _ in range(count - 1))]
    return row


def _height(row: _Row, widths: Sequence[float]) -> float:
    heights = [
        sum(part.wrap(width - 2 * _SIDE, _AS_HIGH_AS_NEEDED)[1] for part in cell)
        for cell, width in zip(row, widths, strict=True)
    ]
    return max(heights) + 2 * _ABOVE


def _padding(side: float, above: float) -> Iterator[_Command]:
    whole = (0, 0), (-1, -1)
    yield "VALIGN", *whole, "TOP"
    # Else a font that is not in the file would be named in it.
    yield "FONTNAME", *whole, PLAIN
    for name, room in (("LEFT", side), ("RIGHT", side), ("TOP", above), ("BOTTOM", above)):
        yield f"{name}PADDING", *whole, room


def _lines(head: int) -> Iterator[_Command]:
    yield from _padding(_SIDE, _ABOVE)
    # The text of a table begins and ends where that of a paragraph does.
    yield "LEFTPADDING", (0, 0), (0, -1), 0
    yield "RIGHTPADDING", (-1, 0), (-1, -1), 0
    yield "LINEBELOW", (0, head - 1), (-1, head - 1), 0.8, HexColor(RULE)
    yield "LINEBELOW", (0, head), (-1, -1), 0.4, HexColor(HAIRLINE)


def _spans(groups: tuple[tuple[str, int], ...]) -> Iterator[_Command]:
    counts = [count for _, count in groups]
    for start, count in zip(accumulate(counts, initial=0), counts, strict=False):
        first, last = (start, 0), (start + count - 1, 0)
        yield "SPAN", first, last
        if count > 1:
            yield "LINEBELOW", first, last, 0.4, HexColor(RULE)


def _tones(table: blocks.Table, head: int) -> Iterator[_Command]:
    for y, row in enumerate(table.rows, head):
        for x, cell in enumerate(row):
            if cell.tone != "plain":
                yield "BACKGROUND", (x, y), (x, y), HexColor(TONES[cell.tone])
