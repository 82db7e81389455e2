"""The pages of a PDF: what stands above and below the text, and their number."""

from io import BytesIO
from typing import IO, Any, override

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

from .blocks import Document
from .plot import WIDTH
from .styles import MUTED, RULE
from .typeface import PLAIN

MARGIN = (A4[0] - WIDTH) / 2
_BOTTOM, _TOP = 50.0, 52.0
HEIGHT = A4[1] - _BOTTOM - _TOP
"""Of the text of a page."""
_FOOT = 28.0
_SIZE = 7.0


class _Canvas(Canvas):
    """Writes at the end how many pages there are at the foot of each of them."""

    def __init__(self, filename: str | IO[bytes], *, document: Document, **options: Any) -> None:
        super().__init__(filename, **options)
        self._document = document
        made = f"{document.made_at:D:%Y%m%d%H%M%S}+00'00'"
        self.setDateFormatter(lambda *_: made)

    @override
    def save(self) -> None:
        pages = self.getPageNumber() - 1
        for page in range(1, pages + 1):
            self.beginForm(_foot(page), 0, 0, *A4)
            _prepare(self)
            text = self._document.page.format(page=page, pages=pages)
            self.drawRightString(MARGIN + WIDTH, _FOOT, text)
            self.endForm()
        super().save()


def _decorate(canvas: Canvas, document: Document) -> None:
    """Draw what stands above and below the text of a page."""
    page = canvas.getPageNumber()
    _prepare(canvas)
    canvas.line(MARGIN, _FOOT + 10, MARGIN + WIDTH, _FOOT + 10)
    canvas.drawString(MARGIN, _FOOT, document.footer)
    canvas.doForm(_foot(page))
    if page > 1:
        y = A4[1] - _TOP + 14
        canvas.line(MARGIN, y - 5, MARGIN + WIDTH, y - 5)
        canvas.drawString(MARGIN, y, _fitting(document.running))


def _foot(page: int) -> str:
    """Return the name of what is drawn on a page once all pages are counted."""
    return f"foot{page}"


def _prepare(canvas: Canvas) -> None:
    canvas.setFont(PLAIN, _SIZE)
    canvas.setFillColor(HexColor(MUTED))
    canvas.setStrokeColor(HexColor(RULE))
    canvas.setLineWidth(0.5)


def _fitting(text: str) -> str:
    """Return what fits on a line; the first page has the whole."""
    if stringWidth(text, PLAIN, _SIZE) <= WIDTH:
        return text
    while stringWidth(f"{text}…", PLAIN, _SIZE) > WIDTH:
        text = text[:-1]
    return f"{text}…"


class Pages(BaseDocTemplate):
    """A4 with one column of text."""

    def __init__(self, target: BytesIO, document: Document) -> None:
        """Take where the file goes, and what its properties are."""
        super().__init__(
            target,
            pagesize=A4,
            title=f"{document.title}: {document.subject}, {document.period}",
            author=document.author,
            subject=document.subject,
            creator=document.creator,
            lang=document.language,
            invariant=1,
            displayDocTitle=True,
            initialFontName=PLAIN,
        )
        frame = Frame(MARGIN, _BOTTOM, WIDTH, HEIGHT, 0, 0, 0, 0)
        self.addPageTemplates(
            PageTemplate(frames=[frame], onPage=lambda canvas, _: _decorate(canvas, document))
        )
        self._document = document

    def write(self, story: list[Any]) -> None:
        """Lay out all parts on as many pages as they take."""
        document = self._document

        def canvas(filename: str | IO[bytes], /, **options: Any) -> Canvas:
            return _Canvas(filename, document=document, **options)

        self.build(story, canvasmaker=canvas)
