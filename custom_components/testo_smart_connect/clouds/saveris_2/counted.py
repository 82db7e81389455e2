"""Requests that are counted: one at a time, never repeated, none once they are used up.

Facts: Saveris 2 reference, parts 4, 8 and 13.
"""

import asyncio
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final, override

import aiohttp
import orjson

from ...monitoring.moments import is_recent
from ..errors import AuthenticationError, CallsUsedUpError, LicenceError
from ..fields import integer
from ..http.bounds import LONGEST_WAIT
from ..http.transport import Transport

CALLS_LEFT: Final = "apiCallsLeft"
_PAUSE = timedelta(seconds=1)
"""Between the end of a call and the next one, at least."""
_SPENT = frozenset({HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.TOO_MANY_REQUESTS})
_WORDS = (b"limit", b"quota", b"exceeded", CALLS_LEFT.lower().encode())
"""What a refusal speaks of that is not about the token."""


class CountedTransport(Transport):
    """The connection of an account whose calls are counted."""

    def __init__(self, *args: Any, **more: Any) -> None:
        """Take what any connection takes; repeat nothing, because a failed call counts too."""
        super().__init__(*args, **more, repeats=())
        self._turn = asyncio.Lock()
        self._ended: datetime | None = None

    async def counted(self, path: str, doing: str, resource: str) -> dict[str, Any]:
        """Return the JSON object of an address, for one call."""
        async with self._turn:
            if self._ended and is_recent(self._ended, self._now(), _PAUSE):
                await self.sleep(_PAUSE.total_seconds())
            try:
                return await self.call("GET", path, None, doing, resource)
            finally:
                self._ended = self._now()

    @override
    def _check(
        self, response: aiohttp.ClientResponse, content: bytes, doing: str, resource: str
    ) -> None:
        """Raise the error of a status; what it means once nothing is left is not known."""
        code, cause = response.status, f"HTTP {response.status}"
        told = _told(content)
        left = integer(told, CALLS_LEFT)
        spent = code in _SPENT or (
            code == HTTPStatus.FORBIDDEN
            and bool(told)
            and any(word in content.lower() for word in _WORDS)
        )
        if spent and (left or 0) <= 0 and "Retry-After" not in response.headers:
            raise CallsUsedUpError(doing, resource, cause, LONGEST_WAIT)
        try:
            super()._check(response, content, doing, resource)
        except LicenceError:
            # There is no other right than that of the token.
            raise AuthenticationError(doing, resource, cause, self._credentials.name) from None


def _told(content: bytes) -> dict[str, Any]:
    try:
        told = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}
