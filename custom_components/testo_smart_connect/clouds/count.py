"""How many rows were read, and how many of them could not be understood."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .fields import Row, RowError

LOST_LINE = "bad_json"
"""The reason why a line is no row."""


class RowCount:
    """Counts the rows read, and by reason those that could not be understood."""

    def __init__(self) -> None:
        """Start at zero."""
        self.rows = 0
        self.rejected: dict[str, int] = {}

    @property
    def lost_lines(self) -> int:
        """Return how many lines were not even rows."""
        return self.rejected.get(LOST_LINE, 0)

    def reject(self, reason: str, count: int = 1) -> None:
        """Count rows that were not understood, or that cannot be true."""
        self.rejected[reason] = self.rejected.get(reason, 0) + count

    def objects(self, rows: Iterable[Any]) -> Iterator[Row]:
        """Yield those rows that are objects, and count the others."""
        for row in rows:
            if isinstance(row, dict):
                yield row
            else:
                self.rows += 1
                self.reject("no_object")

    def parse[T](self, rows: Iterable[Row], parser: Callable[[Row], Iterable[T]]) -> Iterator[T]:
        """Yield what the parser makes of each row."""
        for row in rows:
            self.rows += 1
            try:
                yield from parser(row)
            except RowError as err:
                self.reject(str(err))
