"""What reads readings and device status."""

import asyncio
from collections import ChainMap
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import override

from homeassistant.util import dt as dt_util

from ..account.account import Account
from ..account.inventory import show_inventory, take_inventory
from ..account.subscriptions import Subject, measuring_of
from ..clouds.base import Answer, History, Resource
from ..clouds.errors import AuthenticationError, CloudError, LicenceError, RefusedError
from ..const import LOGGER
from ..history.batch import Batch
from ..history.latest import Newest, merged
from ..history.ledger_file import LedgerError
from ..monitoring.alarms import OVERLAP
from ..monitoring.model import DeviceStatus
from ..monitoring.moments import is_recent
from ..monitoring.topology import Topology
from .base import Coordinator
from .reading_pass import Brought, Pass

_REFUSED = timedelta(hours=6)
"""How long nobody asks again for what an account may not read."""


class ReadingsCoordinator(Coordinator):
    """Reads readings and what devices and radio sensors tell of themselves."""

    resources: tuple[Resource, ...] = (
        Resource.READINGS,
        Resource.STATUS,
        Resource.SENSOR_STATUS,
    )
    _said_uncounted = False
    _refused: datetime | None = None
    """When the status of the radio sensors was refused."""
    _seen: Topology | None = None
    """The topology of which no channel is new any more."""

    def __init__(self, account: Account, name: str, interval: timedelta) -> None:
        """Look after what there is: without radio sensors their status is never read."""
        super().__init__(account, name, interval)
        if not account.view.topology.has_radio:
            self.resources = (Resource.READINGS, Resource.STATUS)

    @override
    async def work(self) -> CloudError | None:
        account = self.account
        first = account.health.last_update is None
        cloud = account.cloud
        status, of_sensors, brought = await asyncio.gather(
            self._statuses(Resource.STATUS, cloud.status),
            self._sensor_statuses(),
            self._readings(),
        )
        told = [it for it in (status, of_sensors) if isinstance(it, dict)]
        subjects, reshaped = self._take_statuses(dict(ChainMap(*told)))
        owner = account.view.topology.owner
        # What one read brought is news even if the next one failed.
        subjects |= brought.changed
        subjects |= {measuring_of(owner[key]) for key in brought.changed if key in owner}
        subjects |= await account.derive_freshness()
        if not account.judges_silence:
            account.judges_silence = True
            subjects |= account.view.freshness.offline
        if reshaped:
            await account.subscriptions.announce_new(reshaped)
        if first:
            # Now those are known that have never measured.
            await account.subscriptions.publish_all()
        else:
            await account.subscriptions.publish(subjects)
        found = status, of_sensors, brought.failure
        failures = [it for it in found if isinstance(it, Exception)]
        # A refused login is the one failure that somebody has to do something about.
        failures.sort(key=lambda failure: not isinstance(failure, AuthenticationError))
        if not failures:
            return None
        if brought.failure is None and isinstance(failures[0], LicenceError | RefusedError):
            # To ask sooner does not help, and to ask later would hold the readings up.
            return failures[0]
        raise failures[0]

    async def _statuses(
        self, resource: Resource, read: Callable[[], Awaitable[Answer[dict[str, DeviceStatus]]]]
    ) -> dict[str, DeviceStatus] | Exception:
        """Return the statuses by uuid, or why they could not be read."""
        if not self.account.cloud.traits.offers(resource):
            return {}
        try:
            return self.note(await self.attempt(resource, read))
        except Exception as err:  # noqa: BLE001  raised once the other read has ended as well
            return err

    async def _sensor_statuses(self) -> dict[str, DeviceStatus] | Exception:
        """Return the same of the radio sensors; what an account may not read holds nothing up."""
        now = dt_util.utcnow()
        if not self.account.view.topology.has_radio or is_recent(self._refused, now, _REFUSED):
            return {}
        found = await self._statuses(Resource.SENSOR_STATUS, self.account.cloud.sensor_status)
        is_refused = isinstance(found, LicenceError | RefusedError)
        self._refused = dt_util.utcnow() if is_refused else None
        return {} if is_refused else found

    def _take_statuses(self, found: dict[str, DeviceStatus]) -> tuple[set[Subject], set[str]]:
        """Return whom the news concerns, and which instruments should have other entities."""
        memory, known = self.account.memory, self.account.memory.statuses
        by_device = self.account.view.topology.supervised.by_device
        subjects: set[Subject] = set()
        reshaped: set[str] = set()
        news = {
            uuid: status
            for uuid, status in found.items()
            if (before := known.get(uuid)) is not status and before != status
        }
        for uuid, status in news.items():
            if _came_back(known.get(uuid), status):
                memory.returned = dt_util.utcnow()
            serials = by_device.get(uuid, ())
            subjects.update(serials)
            if _tells(known.get(uuid)) != _tells(status):
                reshaped.update(serials)
        if news:
            memory.statuses = {**known, **news}
        return subjects, reshaped

    async def _readings(self) -> Brought:
        """Return what the readings brought, also what came before one failed."""
        if self.account.cloud.traits.history is History.NONE:
            return await self._newest()
        one = Pass(self.account, self.note, self._seen)
        try:
            brought = await self.attempt(Resource.READINGS, one.read)
        except Exception as err:  # noqa: BLE001  raised once the other read has ended as well
            brought = one.brought(err)
        self._seen = brought.seen
        if brought.failure is None or brought.uncounted is not None:
            self._say_uncounted(brought.uncounted)
        return brought

    async def _newest(self) -> Brought:
        """Take in what is true now; there is no more than that."""
        account, memory, now = self.account, self.account.memory, dt_util.utcnow()
        try:
            answer = await self.attempt(Resource.READINGS, account.cloud.newest)
        except Exception as err:  # noqa: BLE001  raised once the other read has ended as well
            return Brought(failure=err)
        snapshot = self.note(answer)
        found = Newest(now)
        found.add(Batch.of(snapshot.readings))
        memory.latest, changed = merged(memory.latest, found.readings)
        if snapshot.inventory is not None:
            known, complete = frozenset(memory.inventory.devices), not answer.report.rejected
            promised = memory.promised.get(Resource.READINGS)
            is_repaced = account.pace.promise(Resource.READINGS, self.interval) != promised
            await take_inventory(account, snapshot.inventory, complete=complete)
            if is_repaced or frozenset(memory.inventory.devices) != known or memory.orphaned:
                await show_inventory(account, is_new=complete)
        return Brought(changed=frozenset(changed))

    def _say_uncounted(self, why: LedgerError | None) -> None:
        """Say once that readings cannot be counted, and once that they can again."""
        if why is not None and not self._said_uncounted:
            LOGGER.error(
                "%s: readings are shown, but cannot be kept for the long-term statistics (%s);"
                " look whether the disk is full",
                self.account.title,
                why,
            )
        elif why is None and self._said_uncounted:
            LOGGER.info("%s: readings are kept again", self.account.title)
        self._said_uncounted = why is not None


def _came_back(before: DeviceStatus | None, after: DeviceStatus) -> bool:
    """Tell whether a device was silent for longer than each read of the feed goes back."""
    if before is None or before.last_communication is None or after.last_communication is None:
        return False
    return after.last_communication - before.last_communication > OVERLAP


def _tells(status: DeviceStatus | None) -> tuple[bool, ...]:
    """Return which optional values a status tells: what entities exist hangs on it."""
    if status is None:
        return (False, False, False, False)
    told = status.battery, status.signal, status.mains, status.days_left
    return tuple(value is not None for value in told)
