"""What takes alarms that the cloud pushes, beside those that are read."""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_call_later

from ..account.account import Account
from ..account.issues import async_show_issues
from ..account.subscriptions import ACCOUNT, nothing
from ..clouds.base import PushState
from ..clouds.errors import CloudError
from ..const import LOGGER
from ..monitoring.model import Transition
from .alarms import AlarmsCoordinator

PUSHED_INTERVAL: Final = timedelta(minutes=30)
"""How often the feed is read while alarms are pushed: a message may be lost."""
_LASTING: Final = timedelta(minutes=1)
"""How long a connection has to last after a failure before alarms count as pushed again."""


class PushReader:
    """Listens while an account is loaded; says once when that ends, and once when it goes on."""

    def __init__(self, account: Account, alarms: AlarmsCoordinator) -> None:
        """Give what comes to what reads the feed."""
        self._account = account
        self._alarms = alarms
        self._every = alarms.interval
        self._heard: asyncio.Queue[Transition] = asyncio.Queue()
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self._said_down = False
        self._confirm: CALLBACK_TYPE = nothing
        """Takes back what will say that alarms are pushed again."""

    @callback
    def start(self) -> None:
        """Start to listen."""
        account = self._account
        self._tasks = tuple(
            account.entry.async_create_background_task(
                account.hass, work, f"{account.title} {name}"
            )
            for name, work in (
                (
                    "push",
                    account.cloud.pushed(
                        self._heard.put_nowait, self._told, account.health.note_report
                    ),
                ),
                ("pushed alarms", self._take()),
            )
        )

    async def stop(self) -> None:
        """End for good; nothing is under way any more when this returns."""
        self._confirm()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _take(self) -> None:
        """Take in what came, all that waits at once."""
        while True:
            rows = [await self._heard.get()]
            while not self._heard.empty():
                rows.append(self._heard.get_nowait())
            await self._alarms.hear(rows)

    @callback
    def _told(self, state: PushState, why: CloudError | None) -> None:
        account = self._account
        account.memory.secret = {**account.cloud.secret}
        account.store.save_soon(account.memory)
        self._confirm()
        self._confirm = nothing
        if state is PushState.UP and self._said_down:
            # A broker that is ill may take anybody in and say nothing.
            self._confirm = async_call_later(account.hass, _LASTING, self._lasted)
        else:
            self._show(state, why)

    @callback
    def _lasted(self, _now: datetime) -> None:
        self._confirm = nothing
        self._show(PushState.UP, None)

    @callback
    def _show(self, state: PushState, why: CloudError | None) -> None:
        account = self._account
        account.push = state
        is_up = state is PushState.UP
        self._alarms.pace(max(self._every, PUSHED_INTERVAL) if is_up else self._every)
        if not is_up and not self._said_down:
            LOGGER.warning("%s: alarms are not pushed, but read as before (%s)", account.title, why)
        elif is_up and self._said_down:
            LOGGER.info("%s: alarms are pushed again", account.title)
        self._said_down = not is_up
        account.clock.set()
        async_show_issues(account)
        account.entry.async_create_background_task(
            account.hass, account.subscriptions.publish({ACCOUNT}), f"{account.title} push state"
        )
