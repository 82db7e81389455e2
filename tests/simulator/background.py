"""What a simulator does by itself while it runs."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from datetime import datetime

from aiohttp import web

from .clock import Clock


def each_second(
    app: web.Application, clock: Clock, work: Callable[[datetime, datetime], Awaitable[object]]
) -> None:
    """Call something with the time of the last call and that of now (UTC), while an app runs."""

    async def go_on() -> None:
        known = clock.now()
        while True:
            await asyncio.sleep(1)
            now = clock.now()
            await work(known, now)
            known = now

    async def while_it_runs(_app: web.Application) -> AsyncGenerator[None]:
        task = asyncio.create_task(go_on())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    app.cleanup_ctx.append(while_it_runs)
