"""How the texts of a PDF look."""

from typing import Literal
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Paragraph

from .styles import ACCENT, INK, MUTED, PANEL
from .typeface import BOLD, PLAIN

TEXT = ParagraphStyle("text", fontName=PLAIN, fontSize=8, leading=10.5, textColor=HexColor(INK))
STRONG = ParagraphStyle("strong", TEXT, fontName=BOLD)
SMALL = ParagraphStyle("small", TEXT, fontSize=7, leading=9, textColor=HexColor(MUTED))
COLUMN = ParagraphStyle("column", SMALL, fontName=BOLD)
NAME = ParagraphStyle("name", SMALL, leading=10.5)
TITLE = ParagraphStyle("title", TEXT, fontSize=9, leading=12, textColor=HexColor(ACCENT))
SUBJECT = ParagraphStyle("subject", TEXT, fontName=BOLD, fontSize=17, leading=22)
PERIOD = ParagraphStyle("period", TEXT, fontSize=10, leading=14, spaceAfter=8)
STATEMENT = ParagraphStyle(
    "statement",
    TEXT,
    backColor=HexColor(PANEL),
    borderPadding=6,
    leftIndent=6,
    rightIndent=6,
    spaceBefore=14,
    spaceAfter=10,
)
PROSE = ParagraphStyle("prose", TEXT, spaceAfter=4)
CAPTION = ParagraphStyle("caption", SMALL, spaceBefore=2, spaceAfter=2)
HEADINGS: dict[Literal[1, 2], ParagraphStyle] = {
    1: ParagraphStyle(
        "heading",
        STRONG,
        fontSize=11,
        leading=14,
        spaceBefore=14,
        spaceAfter=5,
        textColor=HexColor(ACCENT),
    ),
    2: ParagraphStyle("subheading", STRONG, fontSize=8.5, spaceBefore=8, spaceAfter=3),
}


def said(text: str, style: ParagraphStyle) -> Paragraph:
    """Return a text in a style, on as many lines as it takes."""
    return Paragraph(escape(text), style)


def aligned(style: ParagraphStyle, alignment: Literal[1, 2]) -> ParagraphStyle:
    """Return a style whose lines are centred (1) or end below each other (2)."""
    return ParagraphStyle(f"{style.name} {alignment}", style, alignment=alignment)
