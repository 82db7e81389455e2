"""Work that must not take longer than some time."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from ..http.transport import Sleep


async def within[T](seconds: float, sleep: Sleep, work: Coroutine[Any, Any, T]) -> T:
    """Return what the work returns. Raises TimeoutError when the time is over before.

    The time is that of ``sleep``, so that a test need not wait.
    """
    task = asyncio.ensure_future(work)
    timer = asyncio.ensure_future(sleep(seconds))
    try:
        await asyncio.wait((task, timer), return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise TimeoutError
        return task.result()
    finally:
        await stopped(task, timer)


async def stopped(*tasks: asyncio.Future[Any]) -> None:
    """Cancel tasks and wait for their end, however they end."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
