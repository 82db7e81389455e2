"""A broker beside a Saveris Data cloud that runs by itself: each alarm is pushed as it happens."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import datetime, timedelta

from aiohttp import web

from .broker import Broker, alarm_message
from .feeds import alarm_rows
from .saveris_data import SaverisDataSimulator

PATH = "/web-socket"
_QUEUE = "alarms"
_LATE = timedelta(days=1)
"""How late an alarm may be and still be pushed, in the time of the world."""


class Pushing:
    """Pushes what becomes visible in the feed, to each good user."""

    def __init__(self, cloud: SaverisDataSimulator) -> None:
        """Prepare a cloud that has not been started yet."""
        self._cloud = cloud
        self.broker = Broker(cloud.fleet.clock.now, cloud.token_user)
        cloud.extensions.append(self._mount)

    def push(self, since: datetime, until: datetime) -> int:
        """Push what became visible in a time (UTC); return how much."""
        fleet, pushed = self._cloud.fleet, 0
        period = until - fleet.scaled(_LATE), until
        for row in alarm_rows(fleet, self._cloud.faults, until, period):
            if since < datetime.fromisoformat(row["processed_at"]) <= until:
                pushed += 1
                for user in self._cloud.users:
                    self.broker.publish(user, _QUEUE, alarm_message(row))
        return pushed

    def _mount(self, app: web.Application) -> None:
        app.router.add_get(PATH, self.broker.handler)
        app.cleanup_ctx.append(self._while_it_runs)

    async def _while_it_runs(self, _app: web.Application) -> AsyncGenerator[None]:
        task = asyncio.create_task(self._go_on())
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    async def _go_on(self) -> None:
        pushed = self._cloud.fleet.clock.now()
        while True:
            await asyncio.sleep(1)
            now = self._cloud.fleet.clock.now()
            self.push(pushed, now)
            pushed = now
