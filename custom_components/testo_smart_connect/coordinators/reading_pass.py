"""One pass over the readings that are due: by arrival where that works, else by time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from homeassistant.util import dt as dt_util

from ..account.account import Account
from ..clouds.base import Answer, Resource
from ..clouds.errors import JobFailedError, RefusedError
from ..const import LOGGER
from ..history.arrival import RANGE, UNTRIED, WORKS, Arrival, is_odd
from ..history.intake import Intake
from ..history.ledger_file import LedgerError
from ..history.ranges import windows
from ..monitoring.model import ChannelKey
from ..monitoring.moments import is_recent
from ..monitoring.schedule import FUTURE_MARGIN
from ..monitoring.topology import Topology

_OVERLAP = timedelta(hours=3)
_WIDE_OVERLAP = timedelta(hours=26)
_WIDE_EVERY = timedelta(hours=12)
_FIRST_LOOK = timedelta(hours=24)
_WIDE = "wide readings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What a pass brought, also if it did not come to its end."""

    changed: frozenset[ChannelKey] = frozenset()
    """Channels whose newest reading is another one."""
    uncounted: LedgerError | None = None
    """Why some readings could not be kept for the statistics."""
    seen: Topology | None = None
    """The topology of which no channel is new any more."""
    failure: Exception | None = None
    """Why it did not come to its end."""


class Pass:
    """Reads what is due, once."""

    def __init__(
        self, account: Account, note: Callable[[Answer[Intake]], Intake], seen: Topology | None
    ) -> None:
        """Begin; ``seen`` is what an earlier pass looked back for."""
        self._account = account
        self._note = note
        self._seen = seen
        self._work = account.hass.async_add_executor_job
        self._changed = set[ChannelKey]()
        self._uncounted: LedgerError | None = None
        self._longest = account.cloud.traits.longest_window

    def brought(self, failure: Exception | None = None) -> Brought:
        """Return what came until now."""
        return Brought(
            changed=frozenset(self._changed),
            uncounted=self._uncounted,
            seen=self._seen,
            failure=failure,
        )

    async def read(self) -> Brought:
        """Read new readings, and look whether arrivals can be asked for."""
        memory, now = self._account.memory, dt_util.utcnow()
        memory.arrival = memory.arrival.at(now)
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
        return self.brought()

    async def _is_first(self) -> bool:
        """Tell whether nothing was ever read, or what was counted is lost."""
        if self._account.memory.good.get(Resource.READINGS) is None:
            return True
        try:
            return await self._work(lambda: self._account.ledger.floor) is None
        except LedgerError:
            return False

    async def _look_back(self, now: datetime) -> None:
        """Read the last week of channels that are new, or that the first read did not see."""
        account, topology = self._account, self._account.view.topology
        if topology is self._seen:
            return
        if new := topology.expected - account.memory.looked_back:
            sensors = {uuid for uuid, _ in new}
            week = now - self._longest, now
            await self._take(week, self._intake(), sensors=sensors)
            account.memory.looked_back |= new
        self._seen = topology

    async def _by_arrival(self, now: datetime) -> None:
        """Read what arrived since the last time, however long ago it was measured."""
        memory, arrival = self._account.memory, self._account.memory.arrival
        after, reach = arrival.ask(now)
        end = now + FUTURE_MARGIN
        for window in windows(end - reach, end, self._longest):
            await self._take(window, self._intake(), arrived_after=after)
        if self._uncounted is None:
            memory.arrival = memory.arrival.asked(arrival.newest, now)
        if arrival.is_compare_due(now):
            await self._compare(arrival, now)

    async def _compare(self, before: Arrival, now: datetime) -> None:
        """Read all that was measured lately: nothing of it may be news."""
        memory = self._account.memory
        window = now - _WIDE_OVERLAP, now
        taken = await self._take(window, self._intake(overdue=before.overdue))
        if is_odd(taken.missed, taken.of_known):
            memory.arrival = memory.arrival.compared_at(now)
        else:
            self._distrust(f"{taken.missed} readings were never found")

    async def _by_time(self, now: datetime, *, first: bool = False) -> None:
        """Read what was measured lately, with an overlap; look whether arrivals work."""
        account, memory = self._account, self._account.memory
        last, wide = memory.good.get(Resource.READINGS), memory.good.get(_WIDE)
        if last is not None:
            # The clock may have been set back.
            last = min(last, now)
        if first or last is None:
            last, start = None, now - _FIRST_LOOK
            try:
                await self._work(account.ledger.begin, start)
            except LedgerError as err:
                self._uncounted = err
        elif not is_recent(wide, now, _WIDE_EVERY):
            start = last - _WIDE_OVERLAP
        else:
            start = last - _OVERLAP
        by_arrival = account.cloud.traits.by_arrival
        after = memory.arrival.provable_after if by_arrival else None
        window = max(start, now - self._longest), now
        taken = await self._take(window, self._intake(list_after=after))
        if start <= (last or now) - _FIRST_LOOK:
            memory.good = {**memory.good, _WIDE: now}
        if by_arrival and taken.undated and memory.arrival.state == UNTRIED:
            self._distrust("readings tell no time of arrival")
        elif after is not None and taken.listed:
            await self._prove(taken.listed, after, now)

    async def _prove(self, listed: set[str], after: datetime, now: datetime) -> None:
        """Look whether asking by arrival finds all that was just read without it."""
        memory = self._account.memory
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
        memory = self._account.memory
        memory.arrival = memory.arrival.tried()
        if memory.arrival.is_hopeless:
            self._distrust(reason)

    def _distrust(self, reason: str) -> None:
        """Ask by the time of measurement for a while; say it once, however often it is tried."""
        memory = self._account.memory
        memory.arrival = memory.arrival.refused(dt_util.utcnow())
        if memory.arrival.refusals > 1:
            return
        LOGGER.warning(
            "%s: new readings cannot be asked for by their arrival (%s); late ones are looked"
            " for where readings are missing instead, which takes more requests",
            self._account.title,
            reason,
        )

    def _intake(
        self, list_after: datetime | None = None, overdue: tuple[datetime, datetime] | None = None
    ) -> Intake:
        account = self._account
        return Intake(
            ledger=account.ledger,
            wanted=account.view.topology.channels.keys(),
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
        account, memory, now = self._account, self._account.memory, dt_util.utcnow()
        start, end = window
        end = min(end + FUTURE_MARGIN, start + self._longest)
        answer = await account.cloud.readings(start, end, intake, sensors, arrived_after)
        self._note(answer)
        memory.latest = intake.latest
        self._changed |= intake.changed
        if intake.failure is not None:
            # They are asked for again, until they can be counted.
            self._uncounted = intake.failure
        elif not answer.report.lost or memory.arrival.is_behind(now):
            memory.arrival = memory.arrival.saw(intake.newest_arrival, intake.ahead)
        if intake.beyond:
            await account.queue.reread(intake.beyond)
        return intake
