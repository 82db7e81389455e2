"""The cycle that reads readings and device status."""

import asyncio
from datetime import datetime, timedelta
from typing import Any, override

from homeassistant.util import dt as dt_util

from .clouds.base import AuthenticationError
from .clouds.smart_connect import LARGEST_WINDOW
from .cycle import Cycle
from .health import READINGS, STATUS
from .monitoring.alarms import OVERLAP
from .monitoring.freshness import FUTURE_MARGIN
from .monitoring.latest import merged, newest
from .monitoring.model import ChannelKey, DeviceStatus
from .subscriptions import Subject

_OVERLAP = timedelta(hours=3)
_WIDE_OVERLAP = timedelta(hours=26)
_WIDE_EVERY = timedelta(hours=12)
_FIRST_LOOK = timedelta(hours=24)
_WIDE = "wide readings"


class ReadingsCycle(Cycle):
    """Reads readings and device status."""

    resources = (READINGS, STATUS)

    @override
    async def work(self) -> None:
        account = self.account
        outcomes = await asyncio.gather(
            self.attempt(STATUS, account.cloud.status),
            self.attempt(READINGS, self._readings),
            return_exceptions=True,
        )
        statuses, changed = outcomes
        shape = account.shape
        subjects: set[Subject] = set()
        reshaped = False
        if isinstance(statuses, dict):
            known = account.memory.statuses
            for uuid, status in statuses.items():
                if _came_back(known.get(uuid), status):
                    account.memory.book.look_back()
                if known.get(uuid) != status:
                    subjects.update(shape.dwellers.get(uuid, ()))
                    reshaped |= _tells(known.get(uuid)) != _tells(status)
            account.memory.statuses = {**known, **statuses}
        if isinstance(changed, set):
            subjects |= changed
            subjects |= {shape.owner[key] for key in changed if key in shape.owner}
        subjects |= await account.refresh_outlook()
        if not account.judges_silence:
            account.judges_silence = True
            subjects |= account.outlook.offline
        if reshaped:
            await account.subscriptions.announce_new()
        await account.subscriptions.publish(subjects)
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        # A refused key is the one failure that somebody has to do something about.
        failures.sort(key=lambda failure: not isinstance(failure, AuthenticationError))
        if failures:
            raise failures[0]

    async def _readings(self) -> set[ChannelKey]:
        """Read new readings; return the channels whose newest one changed."""
        account, now = self.account, dt_util.utcnow()
        good = account.memory.good
        last, wide = good.get(READINGS), good.get(_WIDE)
        if last is None:
            start = now - _FIRST_LOOK
        elif wide is None or now - wide >= _WIDE_EVERY:
            start = last - _WIDE_OVERLAP
        else:
            start = last - _OVERLAP
        changed = await self._take(max(start, now - LARGEST_WINDOW), now)
        if start <= (last or now) - _FIRST_LOOK:
            account.memory.good = {**account.memory.good, _WIDE: now}
        silent = account.shape.expected - {
            *account.memory.latest,
            *account.memory.looked_back,
        }
        if silent:
            sensors = {uuid for uuid, _ in silent}
            changed |= await self._take(now - LARGEST_WINDOW, now, sensors)
            account.memory.looked_back |= silent
        return changed

    async def _take(
        self, start: datetime, now: datetime, sensors: set[str] | None = None
    ) -> set[ChannelKey]:
        account = self.account
        wanted = {sensor.uuid for _, sensor, _ in account.memory.inventory.channels()}
        end = min(now + FUTURE_MARGIN, start + LARGEST_WINDOW)
        known = account.memory.latest

        def keep(readings: Any) -> tuple[Any, set[ChannelKey]]:
            rows = (row for row in readings if row.sensor_uuid in wanted)
            return merged(known, newest(rows, now))

        latest, changed = await account.cloud.readings(start, end, keep, sensors)
        account.memory.latest = latest
        return changed


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
