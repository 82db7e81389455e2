"""Reading whole hours again, in the background, for the long-term statistics."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import override

from homeassistant.util import dt as dt_util

from .account import Account
from .clouds.base import BadDataError
from .cycle import Cycle
from .importing import show
from .monitoring.arrival import WORKS
from .monitoring.batch import Batch, gathered
from .monitoring.gaps import LONGEST_LATE, plan
from .monitoring.history import Hours
from .monitoring.imports import Import, brought
from .monitoring.ledger import KEEP, TRANSACTION, Ledger
from .monitoring.ledger_file import LedgerError
from .monitoring.missing import missing_hours
from .monitoring.spans import Span

_PACE = timedelta(minutes=1)
"""One job at a time, and this long between two: what is measured now comes first."""
_LOOK_EVERY = timedelta(hours=1)


class BackfillCycle(Cycle):
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
            # The readings cycle tells the user; what is left to do stays remembered.
            raise BadDataError("keeping", "readings", str(err)) from err

    @override
    def remember(self) -> None:
        """Keep what was learnt; most minutes have nothing to do."""
        if self._learnt:
            super().remember()

    async def _look_for_gaps(self, now: datetime) -> None:
        """Have missing readings asked for again, and tell of those that are lost."""
        account, memory = self.account, self.account.memory
        if self._looked is not None and timedelta() <= now - self._looked < _LOOK_EVERY:
            return
        self._looked = now
        # By the cloud's clock: one of Home Assistant that is wrong must not empty the ledger.
        clock = min(now, memory.arrival.newest or now)
        await self.hass.async_add_executor_job(account.ledger.forget, clock - KEEP)
        cycles = {
            spot.key: cycle
            for spot in account.shape.spots.values()
            if spot.device.active and (cycle := spot.measuring_cycle)
        }
        hours = await self.hass.async_add_executor_job(
            missing_hours, account.ledger, cycles, now - LONGEST_LATE
        )
        eager = memory.arrival.state != WORKS
        planned = plan(memory.gaps, hours, now, eager=eager)
        memory.gaps = planned.gaps
        due = {(gap.sensor, gap.day) for gap in planned.due}
        account.backlog.reread(
            {
                key: {hour for hour in found if (key[0], hour.replace(hour=0)) in due}
                for key, found in hours.items()
            }
        )
        self._learnt = True

    async def _read_next(self) -> None:
        account, backlog = self.account, self.account.backlog
        span = backlog.next
        if span is None or account.health.is_failing:
            return
        found = await account.cloud.readings(
            span.start, span.end, partial(_count, account.ledger, span), span.sensors
        )
        self._learnt = True
        task = backlog.done(span, found)
        account.on_history()
        if task is not None:
            await show(account, task, "import_done" if task.done == task.jobs else "import_runs")


def _count(ledger: Ledger, span: Span, batches: Iterable[Batch]) -> Import:
    """Keep what a job delivered: single readings where those of the hour are known."""
    sensors, hours = frozenset(span.sensors), Hours()
    wanted = (batch.of_sensors(sensors) for batch in batches)
    for some in gathered(wanted, TRANSACTION):
        ledger.add(some)
        for batch in some:
            hours.add(batch)
    values = [*hours.taken()]
    ledger.put(values)
    return brought(span, values)
