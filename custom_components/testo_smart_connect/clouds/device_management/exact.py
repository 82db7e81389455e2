"""Whether what was read can be sent back as it came."""

from decimal import Decimal
import json
from typing import Any, override

import aiohttp

from ..http.transport import Transport

_MOST_DIGITS = 17
"""As many as a double keeps."""
_INTEGERS = range(-(2**63), 2**64)
"""What is read as a whole number; any other is rounded."""


class Told(dict[str, Any]):
    """An answer that knows how it was spelt."""

    spelt: bytes = b""

    @property
    def is_exact(self) -> bool:
        """Tell whether nothing was lost: no number was rounded, no name was told twice."""
        try:
            json.loads(
                self.spelt,
                parse_int=_whole,
                parse_float=_decimal,
                object_pairs_hook=_members,
            )
        except ValueError, ArithmeticError, RecursionError:
            return False
        return True


class ExactTransport(Transport):
    """Keeps how an answer was spelt."""

    @override
    def _answer(
        self, response: aiohttp.ClientResponse, content: bytes, doing: str, resource: str
    ) -> dict[str, Any]:
        told = Told(super()._answer(response, content, doing, resource))
        told.spelt = content
        return told


def _whole(spelt: str) -> None:
    if int(spelt) not in _INTEGERS:
        raise ValueError(spelt)


def _decimal(spelt: str) -> None:
    told = Decimal(spelt)
    if len(told.normalize().as_tuple().digits) > _MOST_DIGITS or (told and not float(spelt)):
        raise ValueError(spelt)


def _members(pairs: list[tuple[str, Any]]) -> None:
    if len(pairs) != len({name for name, _ in pairs}):
        raise ValueError
