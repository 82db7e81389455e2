"""What a read tells of itself: rows, those that were not understood, and when nothing was."""

from ..base import Resource
from ..count import RowCount
from ..errors import NotUnderstoodError
from ..report import Report


def report(resource: Resource, row_count: RowCount) -> Report:
    """Return what a read tells of itself."""
    return Report(resource=resource, rows=row_count.rows, rejected=row_count.rejected)


def check_understood(resource: Resource, row_count: RowCount) -> None:
    """Raise an error if something came, and nothing of it was understood.

    To take that for an empty list would be to say that no alarm is open. Nobody has published
    these answers, so that it says nothing of the cloud either.
    """
    if row_count.rejected and sum(row_count.rejected.values()) >= row_count.rows:
        error = NotUnderstoodError("reading", resource, "nothing of the answer is understood")
        error.report = report(resource, row_count)
        raise error
