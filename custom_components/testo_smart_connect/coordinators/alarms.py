"""What reads the alarms: a log of transitions, or which ones are open."""

from datetime import datetime
from typing import override

from homeassistant.util import dt as dt_util

from ..account.announcing import announce
from ..clouds.base import Alarms, Resource
from ..clouds.errors import RefusedError
from ..history.ranges import windows
from ..monitoring.active import transitions_of
from ..monitoring.alarms import AHEAD, FIRST_LOOK, AlarmLog
from ..monitoring.model import Transition
from .base import Coordinator


class AlarmsCoordinator(Coordinator):
    """Reads the alarms, and announces what is new of them."""

    resources = (Resource.ALARMS,)

    @override
    async def work(self) -> None:
        account, memory, begun = self.account, self.account.memory, dt_util.utcnow()
        start, rows = await self.attempt(Resource.ALARMS, lambda: self._read(begun))
        was_read, seen = account.feed_is_read, memory.seen
        times = start, begun, dt_util.utcnow()
        memory.alarm_log = await self.hass.async_add_executor_job(self._learn, rows, times)
        account.clock.set()
        subjects = await account.derive_alarms()
        # Who is told of an alarm looks at its entity next: states before events.
        if was_read:
            await account.subscriptions.publish(subjects)
        else:
            await account.subscriptions.publish_all()
        if memory.seen != seen:
            await account.subscriptions.announce_new()
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
        found = self.note(await self.account.cloud.active())
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
