"""The cycle that reads readings and device status."""

import asyncio
from datetime import datetime, timedelta
from typing import override

from homeassistant.util import dt as dt_util

from ..account.health import READINGS, STATUS
from ..account.subscriptions import Subject, measuring_of
from ..clouds.base import AuthenticationError, JobFailedError, RefusedError
from ..clouds.jobs.smart_connect import LARGEST_WINDOW
from ..const import LOGGER
from ..history.arrival import RANGE, UNTRIED, WORKS, Arrival, is_odd
from ..history.intake import Intake
from ..history.ledger_file import LedgerError
from ..history.ranges import windows
from ..monitoring.alarms import OVERLAP
from ..monitoring.model import ChannelKey, DeviceStatus
from ..monitoring.schedule import FUTURE_MARGIN
from ..monitoring.topology import Topology
from .base import Coordinator

_OVERLAP = timedelta(hours=3)
_WIDE_OVERLAP = timedelta(hours=26)
_WIDE_EVERY = timedelta(hours=12)
_FIRST_LOOK = timedelta(hours=24)
_WIDE = "wide readings"


class ReadingsCoordinator(Coordinator):
    """Reads readings and device status."""

    resources = (READINGS, STATUS)
    _uncounted: LedgerError | None = None
    """Why readings of this cycle could not be counted."""
    _said_uncounted = False
    _looked_at: Topology | None = None
    """The shape of which no channel is new any more."""
    _news: frozenset[ChannelKey] = frozenset()
    """Channels whose newest reading changed and that nobody was told of yet."""

    @override
    async def work(self) -> None:
        account = self.account
        first = account.health.last_update is None
        outcomes = await asyncio.gather(
            self.attempt(STATUS, account.cloud.status),
            self.attempt(READINGS, self._readings),
            return_exceptions=True,
        )
        statuses, _ = outcomes
        # What one job brought is news even if the next one failed.
        changed, self._news = self._news, frozenset()
        topology = account.topology
        subjects: set[Subject] = set()
        reshaped = False
        if isinstance(statuses, dict):
            known = account.memory.statuses
            news = {
                uuid: status
                for uuid, status in statuses.items()
                if (before := known.get(uuid)) is not status and before != status
            }
            for uuid, status in news.items():
                if _came_back(known.get(uuid), status):
                    account.memory.returned = dt_util.utcnow()
                subjects.update(topology.supervised.by_device.get(uuid, ()))
                reshaped |= _tells(known.get(uuid)) != _tells(status)
            if news:
                account.memory.statuses = {**known, **news}
        subjects |= changed
        subjects |= {measuring_of(topology.owner[key]) for key in changed if key in topology.owner}
        subjects |= await account.judge_freshness()
        if not account.judges_silence:
            account.judges_silence = True
            subjects |= account.freshness.offline
        if reshaped:
            await account.subscriptions.announce_new()
        if first:
            # Now those are known that have never measured.
            await account.subscriptions.publish_all()
        else:
            await account.subscriptions.publish(subjects)
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        # A refused key is the one failure that somebody has to do something about.
        failures.sort(key=lambda failure: not isinstance(failure, AuthenticationError))
        if failures:
            raise failures[0]

    async def _readings(self) -> None:
        """Read new readings, and look whether arrivals can be asked for."""
        memory, now = self.account.memory, dt_util.utcnow()
        memory.arrival = memory.arrival.at(now)
        self._uncounted = None
        if await self._is_first():
            await self._by_time(now, first=True)
            memory.looked_back |= memory.latest.keys()
        elif memory.arrival.state == WORKS:
            await self._look_back(now)
            try:
                await self._by_arrival(now)
            except RefusedError:
                # If the cloud refuses everything, that says nothing about the question.
                await self._by_time(now)
                self._distrust("the cloud refuses the question")
        else:
            await self._by_time(now)
        await self._look_back(now)
        self._say_uncounted()

    async def _is_first(self) -> bool:
        """Tell whether nothing was ever read, or what was counted is lost."""
        if self.account.memory.good.get(READINGS) is None:
            return True
        try:
            return await self.hass.async_add_executor_job(lambda: self.account.ledger.floor) is None
        except LedgerError:
            return False

    async def _look_back(self, now: datetime) -> None:
        """Read the last week of channels that are new, or that the first read did not see."""
        account, topology = self.account, self.account.topology
        if topology is self._looked_at:
            return
        if new := topology.expected - account.memory.looked_back:
            sensors = {uuid for uuid, _ in new}
            week = now - LARGEST_WINDOW, now
            await self._take(week, self._intake(), sensors=sensors)
            account.memory.looked_back |= new
        self._looked_at = topology

    async def _by_arrival(self, now: datetime) -> None:
        """Read what arrived since the last time, however long ago it was measured."""
        memory, arrival = self.account.memory, self.account.memory.arrival
        after, reach = arrival.ask(now)
        end = now + FUTURE_MARGIN
        for window in windows(end - reach, end, LARGEST_WINDOW):
            await self._take(window, self._intake(), arrived_after=after)
        if self._uncounted is None:
            memory.arrival = memory.arrival.asked(arrival.newest, now)
        if arrival.is_compare_due(now):
            await self._compare(arrival, now)

    async def _compare(self, before: Arrival, now: datetime) -> None:
        """Read all that was measured lately: nothing of it may be news."""
        memory = self.account.memory
        window = now - _WIDE_OVERLAP, now
        taken = await self._take(window, self._intake(overdue=before.overdue))
        if is_odd(taken.missed, taken.of_known):
            memory.arrival = memory.arrival.compared_at(now)
        else:
            self._distrust(f"{taken.missed} readings were never found")

    async def _by_time(self, now: datetime, *, first: bool = False) -> None:
        """Read what was measured lately, with an overlap; look whether arrivals work."""
        account, memory = self.account, self.account.memory
        last, wide = memory.good.get(READINGS), memory.good.get(_WIDE)
        if last is not None:
            # The clock may have been set back.
            last = min(last, now)
        if first or last is None:
            last, start = None, now - _FIRST_LOOK
            try:
                await self.hass.async_add_executor_job(account.ledger.begin, start)
            except LedgerError as err:
                self._uncounted = err
        elif wide is None or not timedelta() <= now - wide < _WIDE_EVERY:
            start = last - _WIDE_OVERLAP
        else:
            start = last - _OVERLAP
        after = memory.arrival.provable_after
        window = max(start, now - LARGEST_WINDOW), now
        taken = await self._take(window, self._intake(list_after=after))
        if start <= (last or now) - _FIRST_LOOK:
            memory.good = {**memory.good, _WIDE: now}
        if taken.undated and memory.arrival.state == UNTRIED:
            self._distrust("readings tell no time of arrival")
        elif after is not None and taken.listed:
            await self._prove(taken.listed, after, now)

    async def _prove(self, listed: set[str], after: datetime, now: datetime) -> None:
        """Look whether asking by arrival finds all that was just read without it."""
        memory = self.account.memory
        try:
            window = now + FUTURE_MARGIN - RANGE, now
            found = await self._take(window, self._intake(after), arrived_after=after)
        except RefusedError:
            self._distrust("the cloud refuses the question")
        except JobFailedError:
            self._try_again("such jobs fail")
        else:
            lacking = len(listed - found.listed)
            if not is_odd(lacking, len(listed)):
                self._distrust("readings were missing in the answer")
            elif lacking == len(listed):
                self._try_again("the answers were empty")
            else:
                memory.arrival = memory.arrival.proved(now)

    def _try_again(self, reason: str) -> None:
        """Count a proof that came to nothing, and give it up after some of them."""
        memory = self.account.memory
        memory.arrival = memory.arrival.tried()
        if memory.arrival.is_hopeless:
            self._distrust(reason)

    def _say_uncounted(self) -> None:
        """Say once that readings cannot be counted, and once that they can again."""
        if self._uncounted is not None and not self._said_uncounted:
            LOGGER.error(
                "%s: readings are shown, but cannot be kept for the long-term statistics (%s);"
                " look whether the disk is full",
                self.account.title,
                self._uncounted,
            )
        elif self._uncounted is None and self._said_uncounted:
            LOGGER.info("%s: readings are kept again", self.account.title)
        self._said_uncounted = self._uncounted is not None

    def _distrust(self, reason: str) -> None:
        """Ask by the time of measurement for a while; say it once, however often it is tried."""
        memory = self.account.memory
        memory.arrival = memory.arrival.refused(dt_util.utcnow())
        if memory.arrival.refusals > 1:
            return
        LOGGER.warning(
            "%s: new readings cannot be asked for by their arrival (%s); late ones are looked"
            " for where readings are missing instead, which takes more requests",
            self.account.title,
            reason,
        )

    def _intake(
        self, list_after: datetime | None = None, overdue: tuple[datetime, datetime] | None = None
    ) -> Intake:
        account = self.account
        return Intake(
            ledger=account.ledger,
            wanted=account.topology.channels.keys(),
            known=account.memory.latest,
            now=dt_util.utcnow(),
            list_after=list_after,
            overdue=overdue,
        )

    async def _take(
        self,
        window: tuple[datetime, datetime],
        intake: Intake,
        *,
        sensors: set[str] | None = None,
        arrived_after: datetime | None = None,
    ) -> Intake:
        """Read one window and take everything in that it delivers."""
        account, memory, now = self.account, self.account.memory, dt_util.utcnow()
        start, end = window
        end = min(end + FUTURE_MARGIN, start + LARGEST_WINDOW)
        await account.cloud.readings(start, end, intake, sensors, arrived_after)
        memory.latest = intake.latest
        self._news |= intake.changed
        if intake.failure is not None:
            # They are asked for again, until they can be counted.
            self._uncounted = intake.failure
        elif not account.cloud.lost_readings or memory.arrival.is_behind(now):
            memory.arrival = memory.arrival.saw(intake.newest_arrival, intake.ahead)
        if intake.beyond:
            await account.queue.reread(intake.beyond)
        return intake


def _came_back(before: DeviceStatus | None, after: DeviceStatus) -> bool:
    """Tell whether a device was silent for longer than each read of the feed goes back."""
    if before is None or before.last_communication is None or after.last_communication is None:
        return False
    return after.last_communication - before.last_communication > OVERLAP


def _tells(status: DeviceStatus | None) -> tuple[bool, ...]:
    """Return which optional values a status tells: what entities exist hangs on it."""
    if status is None:
        return (False, False, False)
    return tuple(value is not None for value in (status.battery, status.signal, status.mains))
