"""The fonts of a PDF: Latin, Greek and Cyrillic. What they cannot show is refused."""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from .errors import UnprintableError

PLAIN, BOLD = "DejaVuSans", "DejaVuSans-Bold"
_FOLDER = Path(__file__).parent / "fonts"


@cache
def _characters() -> frozenset[str]:
    """Register both fonts, and return the characters that both have. Reads two files."""
    fonts = [TTFont(name, str(_FOLDER / f"{name}.ttf")) for name in (PLAIN, BOLD)]
    for font in fonts:
        pdfmetrics.registerFont(font)
    plain, bold = ({chr(code) for code in font.face.charToGlyph} for font in fonts)
    return frozenset(plain & bold)


def check(texts: Iterable[str]) -> None:
    """Raise UnprintableError if texts have characters that the fonts do not have."""
    missing = [letter for text in texts for letter in text if letter not in _characters()]
    if missing:
        raise UnprintableError(missing)
