"""The OData options `$filter`, `$select` and `$orderby` (API part 9)."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
import operator
import re
from typing import Any, NamedTuple

from . import texts
from .faults import Row

type Predicate = Callable[[Row], bool]
type _Literal = str | float | bool | datetime

_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_]\w*)|(?P<sign>[(),]))"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "contains": operator.contains,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


class ODataError(ValueError):
    """An option that the service cannot apply."""


class _Token(NamedTuple):
    kind: str
    text: str


def select(text: str, columns: Collection[str]) -> list[str]:
    """Return the columns of a `$select`."""
    return [_known(name.strip(), columns) for name in text.split(",")]


def order(text: str, columns: Collection[str]) -> list[tuple[str, bool]]:
    """Return (column, descending) for each part of an `$orderby`."""
    keys = []
    for part in text.split(","):
        name, *direction = part.split()[:3] or [""]
        if direction not in ([], ["asc"], ["desc"]):
            message = f"invalid $orderby: {part.strip()}"
            raise ODataError(message)
        keys.append((_known(name, columns), direction == ["desc"]))
    return keys


def sort(rows: Iterable[Row], keys: list[tuple[str, bool]]) -> list[Row]:
    """Return rows in the order of `keys`; null counts as the smallest value."""
    ordered = list(rows)
    for name, descending in reversed(keys):
        ordered.sort(
            key=lambda row, name=name: (row[name] is not None, row[name]),  # type: ignore[misc]  # mypy infers no lambda with a default
            reverse=descending,
        )
    return ordered


def predicate(text: str, columns: Collection[str]) -> Predicate:
    """Return a `$filter` as a function; ODataError if it is malformed."""
    return _Parser(text, columns).parse()


def _known(name: str, columns: Collection[str]) -> str:
    if name not in columns:
        message = f"unknown column: {name}"
        raise ODataError(message)
    return name


class _Parser:
    """A recursive descent over: or, and, not, comparison or function or parentheses."""

    def __init__(self, text: str, columns: Collection[str]) -> None:
        self._columns = columns
        self._tokens = list(self._split(text))

    @staticmethod
    def _split(text: str) -> Iterable[_Token]:
        at = 0
        while text[at:].strip():
            match = _TOKEN.match(text, at)
            if match is None:
                message = f"invalid $filter near: {text[at:].strip()[:20]}"
                raise ODataError(message)
            yield _Token(match.lastgroup or "", match[match.lastgroup or 0])
            at = match.end()

    def parse(self) -> Predicate:
        found = self._either()
        if self._tokens:
            message = f"unexpected in $filter: {self._tokens[0].text}"
            raise ODataError(message)
        return found

    def _take(self, *wanted: str) -> _Token:
        """Take the next token; it has to be of a wanted kind or a wanted text."""
        if not self._tokens:
            message = "$filter ends too early"
            raise ODataError(message)
        token = self._tokens.pop(0)
        if token.kind not in wanted and token.text not in wanted:
            message = f"unexpected in $filter: {token.text}"
            raise ODataError(message)
        return token

    def _next_is(self, text: str) -> bool:
        if self._tokens and self._tokens[0].text == text:
            del self._tokens[0]
            return True
        return False

    def _either(self) -> Predicate:
        parts = [self._all()]
        while self._next_is("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else lambda row: any(part(row) for part in parts)

    def _all(self) -> Predicate:
        parts = [self._not()]
        while self._next_is("and"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else lambda row: all(part(row) for part in parts)

    def _not(self) -> Predicate:
        if self._next_is("not"):
            inner = self._not()
            return lambda row: not inner(row)
        if self._next_is("("):
            inner = self._either()
            self._take(")")
            return inner
        name = self._take("name").text
        if name in _FUNCTIONS and self._next_is("("):
            return self._function(name)
        return self._comparison(_known(name, self._columns))

    def _function(self, name: str) -> Predicate:
        column = _known(self._take("name").text, self._columns)
        self._take(",")
        wanted = _unquoted(self._take("text").text)
        self._take(")")
        test = _FUNCTIONS[name]
        return lambda row: row[column] is not None and test(str(row[column]), wanted)

    def _comparison(self, column: str) -> Predicate:
        symbol = self._take(*_COMPARE).text
        compare = _COMPARE[symbol]
        literal = _literal(self._take("text", "number", *_WORDS))
        if literal is None:
            return lambda row: compare(row[column], None) if symbol in {"eq", "ne"} else False

        def test(row: Row) -> bool:
            value = _like(row[column], literal)
            return value is not None and compare(value, literal)

        return test


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'")


def _literal(token: _Token) -> _Literal | None:
    """Return what a token stands for; quoted texts that are instants become instants."""
    if token.kind == "number":
        return float(token.text)
    if token.kind == "name":
        return _WORDS[token.text]
    text = _unquoted(token.text)
    try:
        return texts.parse(text) if "T" in text and ":" in text else text
    except ValueError:
        return text


def _like(value: Any, literal: _Literal) -> Any:
    """Return a column value in the type of the literal, None where that is impossible.

    Both `device_is_active eq true` and `eq 'true'` are documented, so types are bent.
    """
    if value is None:
        return None
    if isinstance(literal, bool):
        return {"true": True, "false": False}.get(str(value).lower())
    if isinstance(literal, str):
        return texts.flag(value) if isinstance(value, bool) else str(value)
    try:
        return texts.parse(value) if isinstance(literal, datetime) else float(value)
    except TypeError, ValueError:
        return None
