"""Time that passes when a test says so, for what sleeps while it waits for the network."""

import asyncio
from datetime import datetime, timedelta
from heapq import heappop, heappush
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .clock import ManualClock

_QUIET_ROUNDS = 20
"""Turns of the event loop without anything to do, after which nothing is under way."""
_MOST_ROUNDS = 50_000


class VirtualTime:
    """Puts sleepers to bed and wakes them up when the clock has got that far."""

    def __init__(self, clock: ManualClock) -> None:
        """Move a clock that others may read as well."""
        self.clock = clock
        self.slept: list[float] = []
        """The seconds of each sleep, in the order in which they began."""
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        return self.clock.now()

    async def sleep(self, seconds: float) -> None:
        """Sleep until the time has passed."""
        woken = asyncio.get_running_loop().create_future()
        due = self.now() + timedelta(seconds=seconds)
        heappush(self._sleepers, (due, len(self.slept), woken))
        self.slept.append(seconds)
        await woken

    async def advance(self, seconds: float) -> None:
        """Let seconds pass, and let everybody do what is due meanwhile, one after the other."""
        await self.settle()
        end = self.now() + timedelta(seconds=seconds)
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, woken = heappop(self._sleepers)
            if not woken.done():
                self.clock.move_to(due)
                woken.set_result(None)
                await self.settle()
        self.clock.move_to(end)

    async def settle(self) -> None:
        """Let what is under way come to rest."""
        # What is written to the loopback can be read at once: a loop without work is at rest.
        ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]  # noqa: SLF001  nothing public tells it
        quiet = 0
        while quiet < _QUIET_ROUNDS:
            await asyncio.sleep(0)
            quiet = 0 if ready else quiet + 1

    async def until(self, happened: Callable[[], object]) -> None:
        """Wait until something happened, while the clock stands still."""
        for _ in range(_MOST_ROUNDS):
            if happened():
                return
            await asyncio.sleep(0)
        message = "it did not happen"
        raise AssertionError(message)
