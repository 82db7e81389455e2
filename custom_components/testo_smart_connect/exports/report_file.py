"""A report as a file. Blocks for up to seconds, so it is for worker threads."""

from datetime import datetime
from threading import Lock
from typing import Literal

from ..documents import html
from ..documents.content import compose
from ..monitoring.report_model import DeviceReport

type ReportFormat = Literal["pdf", "html"]

_ONE = Lock()
"""Held while a PDF is written: two at once take twice the memory and no less time."""


def report_file(  # noqa: PLR0913  what stands in a report
    report: DeviceReport,
    ending: ReportFormat,
    *,
    language: str,
    made_at: datetime,
    made_by: str | None,
    version: str,
) -> bytes:
    """Return a report as PDF or HTML.

    Raises UnprintableError if a PDF cannot show what it says.
    """
    document = compose(report, language=language, made_at=made_at, made_by=made_by, version=version)
    if ending == "html":
        return html.render(document)
    with _ONE:
        from ..documents import pdf  # noqa: PLC0415  it takes a second, and few want a PDF

        return pdf.render(document)
