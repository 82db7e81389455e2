"""A broker beside a Saveris Data cloud that runs by itself: each alarm is pushed as it happens."""

from datetime import datetime, timedelta

from aiohttp import web

from .background import each_second
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
        each_second(app, self._cloud.fleet.clock, self._go_on)

    async def _go_on(self, since: datetime, until: datetime) -> None:
        self.push(since, until)
