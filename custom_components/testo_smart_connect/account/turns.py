"""Long work on the event loop, in turns with all the others."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from time import perf_counter

_TURN = 0.005
"""Seconds of work before others get their turn."""


async def in_turns[T](items: Iterable[T]) -> AsyncIterator[T]:
    """Yield items, and give the event loop its turn whenever they have taken their time.

    By time and not by number: what one of them costs differs a thousandfold.
    """
    begun = perf_counter()
    for item in items:
        yield item
        if perf_counter() - begun > _TURN:
            await asyncio.sleep(0)
            begun = perf_counter()
