"""Reading whole hours again, in the background, for the long-term statistics."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import override

from homeassistant.util import dt as dt_util

from ..account.account import Account
from ..account.import_progress import show_import
from ..clouds.errors import BadDataError
from ..history.arrival import WORKS
from ..history.batch import Batch, gathered
from ..history.gaps import LONGEST_LATE, Gap, Plan, plan
from ..history.hours import Hours
from ..history.imports import Import, brought
from ..history.ledger import KEEP, TRANSACTION, Ledger
from ..history.ledger_file import LedgerError
from ..history.missing import missing_hours
from ..history.ranges import ReadRange
from ..monitoring.model import ChannelKey
from ..monitoring.moments import is_recent
from ..monitoring.schedule import FUTURE_MARGIN
from .base import Coordinator

_PACE = timedelta(minutes=1)
"""One job at a time, and this long between two: what is measured now comes first."""
_LOOK_EVERY = timedelta(hours=1)


class BackfillCoordinator(Coordinator):
    """Looks for gaps, and works off the stretches of time that are to be read again."""

    resources = ()

    def __init__(self, account: Account) -> None:
        """Go on where the last run ended."""
        super().__init__(account, "history", _PACE)
        self._looked: datetime | None = None
        self._learnt = False

    @override
    async def work(self) -> None:
        self._learnt = False
        try:
            await self._look_for_gaps(dt_util.utcnow())
            await self._read_next()
        except LedgerError as err:
            # The readings coordinator tells the user; what is left to do stays remembered.
            raise BadDataError("keeping", "readings", str(err)) from err

    @override
    def remember(self) -> None:
        """Keep what was learnt; most minutes have nothing to do."""
        if self._learnt:
            super().remember()

    async def _look_for_gaps(self, now: datetime) -> None:
        """Have missing readings asked for again, and tell of those that are lost."""
        account, memory = self.account, self.account.memory
        if is_recent(self._looked, now, _LOOK_EVERY):
            return
        self._looked = now
        # By the cloud's clock: one of Home Assistant that is wrong must not empty the ledger.
        clock = min(now, memory.arrival.newest or now)
        await self.hass.async_add_executor_job(account.ledger.forget, clock - KEEP)
        cycles = {
            installed.key: cycle
            for installed in account.view.topology.channels.values()
            if installed.device.active and (cycle := installed.measuring_cycle)
        }
        planned = await self.hass.async_add_executor_job(
            partial(
                _look, account.ledger, cycles, memory.gaps, now, eager=memory.arrival.state != WORKS
            )
        )
        memory.gaps = planned.gaps
        days: dict[str, list[datetime]] = {}
        for gap in planned.due:
            days.setdefault(gap.sensor, []).append(gap.day)
        await account.queue.reread(days)
        self._learnt = True

    async def _read_next(self) -> None:
        account, queue = self.account, self.account.queue
        read_range = queue.next
        if read_range is None or account.health.is_failing:
            return
        count = partial(
            _count,
            account.ledger,
            read_range,
            account.view.topology.channels.keys(),
            dt_util.utcnow(),
        )
        found = self.note(
            await account.cloud.readings(
                read_range.start, read_range.end, count, read_range.sensors
            )
        )
        self._learnt = True
        task = await queue.done(read_range, found)
        account.history_changed.send()
        if task is not None:
            await show_import(
                account, task, "import_done" if task.done == task.jobs else "import_runs"
            )


def _look(
    ledger: Ledger,
    cycles: Mapping[ChannelKey, timedelta],
    gaps: tuple[Gap, ...],
    now: datetime,
    *,
    eager: bool,
) -> Plan:
    """Return what is missing by now, and what to do about it."""
    lacking = missing_hours(ledger, cycles, now - LONGEST_LATE, now)
    return plan(gaps, lacking, now, eager=eager)


def _count(
    ledger: Ledger,
    read_range: ReadRange,
    channels: Collection[ChannelKey],
    now: datetime,
    batches: Iterable[Batch],
) -> Import:
    """Keep what a job delivered: single readings where those of the hour are known."""
    hours, latest = Hours(), now + FUTURE_MARGIN
    wanted = (batch.of_channels(channels).arrived_by(latest) for batch in batches)
    for some in gathered(wanted, TRANSACTION):
        ledger.add(some)
        for batch in some:
            hours.add(batch)
    values = [*hours.taken()]
    ledger.put(values)
    if read_range.task:
        # The user may have deleted what was written before.
        ledger.touch({key for key, _ in values}, read_range.start, read_range.end)
    return brought(read_range, values)
