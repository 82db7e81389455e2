"""What reads the alarms: a log of transitions, or which ones are open."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import override

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..account.account import Account
from ..account.announcing import announce
from ..clouds.base import Alarms, Resource
from ..clouds.errors import PartlyReadError, RefusedError
from ..history.ranges import windows
from ..monitoring.active import ActiveSet, transitions_of
from ..monitoring.alarms import AHEAD, FIRST_LOOK, AlarmLog
from ..monitoring.model import Transition
from .base import Coordinator


class AlarmsCoordinator(Coordinator):
    """Reads the alarms, and announces what is new of them."""

    resources = (Resource.ALARMS,)

    def __init__(self, account: Account, name: str, interval: timedelta) -> None:
        """Read the feed, and take what comes beside it."""
        super().__init__(account, name, interval)
        self._learning = asyncio.Lock()
        """One after the other: what was learnt from less must not come last."""
        account.alarm_deleted.listen(self._end_deleted)

    @override
    async def work(self) -> None:
        begun = dt_util.utcnow()
        try:
            start, rows = await self.attempt(Resource.ALARMS, lambda: self._read(begun))
        except PartlyReadError as err:
            await self.hear(self._transitions(err.active))
            raise
        await self._take(lambda: self._learn(rows, (start, begun, dt_util.utcnow())))

    async def hear(self, rows: Sequence[Transition]) -> None:
        """Take in what was told beside the feed, or in an answer that is not whole."""
        now = dt_util.utcnow()
        await self._take(lambda: self.account.memory.alarm_log.hear(rows, now))

    @callback
    def _end_deleted(self) -> None:
        """Take in at once what is over with an alarm that was deleted."""
        self.config_entry.async_create_background_task(
            self.hass, self.hear(self.account.cloud.ended()), f"{self.name} deleted"
        )

    @callback
    def pace(self, interval: timedelta) -> None:
        """Read the feed as often as that from now on, at once if that is due by now."""
        self.interval = interval
        # What was read for less must not count as unread before that is due.
        self.account.feed_interval = max(self.account.feed_interval, interval)
        read = self.account.memory.good.get(Resource.ALARMS)
        left = read + interval - dt_util.utcnow() if read else timedelta()
        if left <= timedelta():
            self.ask()
        else:
            # A new time comes with data, of which there are none here.
            self.update_interval = left
            self.async_set_updated_data(None)

    async def _take(self, learn: Callable[[], AlarmLog]) -> None:
        """Learn something, show it and announce what is new of it."""
        async with self._learning:
            await self._show(learn)

    async def _show(self, learn: Callable[[], AlarmLog]) -> None:
        account, memory = self.account, self.account.memory
        was_read, seen = account.feed_is_read, memory.seen
        memory.alarm_log = await self.hass.async_add_executor_job(learn)
        account.feed_interval = account.pace.promise(Resource.ALARMS, self.interval)
        account.clock.set()
        subjects = await account.derive_alarms()
        # Who is told of an alarm looks at its entity next: states before events.
        if was_read:
            await account.subscriptions.publish(subjects)
        else:
            await account.subscriptions.publish_all()
        if new := memory.seen - seen:
            owner = account.view.topology.owner
            serials = {owner[key] for key, _ in new if key in owner}
            await account.subscriptions.announce_new(serials)
        await announce(account, account.view.alarm_state.due)
        memory.alarm_log = await self.hass.async_add_executor_job(
            memory.alarm_log.forget, dt_util.utcnow(), account.view.alarm_state
        )

    def _learn(
        self, rows: list[Transition], times: tuple[datetime, datetime, datetime]
    ) -> AlarmLog:
        """Return the log after a read: from when on, when it began, now."""
        account, alarm_log, (start, begun, now) = self.account, self.account.memory.alarm_log, times
        learnt = alarm_log.learn(rows, start, begun, now)
        if not alarm_log.has_gap(start):
            return learnt
        found = learnt.state(account.view.topology, now, account.settings.grace)
        return learnt.end_unknown(found.active, start, now)

    async def _read(self, begun: datetime) -> tuple[datetime, list[Transition]]:
        """Return from when on the alarms were read, and what that brought."""
        if self.account.cloud.traits.alarms is Alarms.ACTIVE:
            # It has no gaps: what is open now is told, however long nobody asked.
            return self.account.memory.alarm_log.read or begun, await self._read_active()
        return await self._read_log(begun)

    async def _read_active(self) -> list[Transition]:
        """Return what a set of open alarms says beside those that are known to be open."""
        return self._transitions(self.note(await self.account.cloud.active()))

    def _transitions(self, found: ActiveSet) -> list[Transition]:
        return transitions_of(found, self.account.view.alarm_state, dt_util.utcnow())

    async def _read_log(self, begun: datetime) -> tuple[datetime, list[Transition]]:
        cloud, memory = self.account.cloud, self.account.memory
        start = memory.alarm_log.start(begun, memory.returned)
        recent = max(start, begun - FIRST_LOOK)
        longest = cloud.traits.longest_window
        rows: list[Transition] = []
        for since, until in windows(recent, begun + AHEAD, longest):
            rows += self.note(await cloud.transitions(since, until))
        for since, until in windows(start, recent, longest):
            try:
                rows += self.note(await cloud.transitions(since, until))
            except RefusedError:
                # It keeps nothing that is as old as that.
                return until, rows
        return start, rows
