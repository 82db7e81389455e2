"""Whose turn it is to change settings."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from ..clouds.errors import CloudError
from ..clouds.managed import StoppedError

_LONGEST = 60.0
"""Seconds that an account is held up by a change when it is unloaded."""


class Turns:
    """One change at a time; none of those that wait once something has gone wrong."""

    def __init__(self) -> None:
        """Begin with nobody."""
        self._turn = asyncio.Lock()
        self._is_over = False

    @asynccontextmanager
    async def taken(self, is_stopped: Callable[[], bool]) -> AsyncGenerator[None]:
        """Wait for one's turn. Raises a CloudError if nothing may be changed by then."""
        async with self._turn:
            if self._is_over:
                # Nothing is changed, only looked at, until one's turn has come.
                raise CloudError("reading", "settings", "the account is being unloaded")
            if is_stopped():
                raise StoppedError("changing", "settings", "changes are stopped")
            yield

    async def end(self) -> bool:
        """Let nobody begin any more; tell whether who has begun has ended."""
        self._is_over = True
        try:
            async with asyncio.timeout(_LONGEST), self._turn:
                return True
        except TimeoutError:
            return False
