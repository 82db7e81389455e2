"""Parsing only those rows anew that are not as they were."""

from collections.abc import Callable, Iterable

from ..fields import Row


class Reused[T]:
    """A parser that remembers the last row of each device, and what was made of it.

    For small resources that are read again and again while little of them changes.
    """

    def __init__(self, parser: Callable[[Row], Iterable[T]], member: str) -> None:
        """Tell the rows apart by a member of theirs."""
        self._parser = parser
        self._member = member
        self._before: dict[str, tuple[Row, tuple[T, ...]]] = {}
        self._now: dict[str, tuple[Row, tuple[T, ...]]] = {}

    def begin(self) -> None:
        """Begin with a new result; rows that the one before lacked are forgotten."""
        self._before, self._now = self._now, {}

    def __call__(self, row: Row) -> Iterable[T]:
        """Parse a row. Raises RowError, also for one that did so before."""
        name = row.get(self._member)
        if not isinstance(name, str):
            return self._parser(row)
        known = self._before.get(name)
        if known is None or known[0] != row:
            known = row, tuple(self._parser(row))
        self._now[name] = known
        return known[1]
