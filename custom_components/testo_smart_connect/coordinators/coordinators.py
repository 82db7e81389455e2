"""The cycles that read an account: alarms, inventory, readings; and starting them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import override

from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from ..account.account import Account
from ..account.announcing import announce
from ..account.devices import sync_devices
from ..account.health import ALARMS, EXTRAS, INVENTORY, LIMITS, LOCATIONS
from ..clouds.base import CloudError, RefusedError
from ..clouds.jobs.smart_connect import LARGEST_WINDOW
from ..const import INVENTORY_INTERVAL
from ..history.ranges import windows
from ..monitoring.alarms import AHEAD, FIRST_LOOK, AlarmLog
from ..monitoring.model import ChannelKey, Transition
from .backfill import BackfillCoordinator
from .base import Coordinator
from .readings import ReadingsCoordinator


class AlarmsCoordinator(Coordinator):
    """Reads the alarm feed. Goes on trying while the cloud is down, for all the others."""

    resources = (ALARMS,)
    probes = True

    @override
    async def work(self) -> None:
        account, memory, begun = self.account, self.account.memory, dt_util.utcnow()
        start, rows = await self.attempt(ALARMS, lambda: self._read(begun))
        was_read, seen = account.feed_is_read, memory.seen
        times = start, begun, dt_util.utcnow()
        memory.alarm_log = await self.hass.async_add_executor_job(self._learn, rows, times)
        account.watch_time()
        subjects = await account.refresh_alarms()
        # Who is told of an alarm looks at its entity next: states before events.
        if was_read:
            await account.subscriptions.publish(subjects)
        else:
            await account.subscriptions.publish_all()
        if memory.seen != seen:
            await account.subscriptions.announce_new()
        await announce(account, account.alarm_state.due)
        memory.alarm_log = await self.hass.async_add_executor_job(
            memory.alarm_log.forget, dt_util.utcnow(), account.alarm_state
        )

    def _learn(
        self, rows: list[Transition], times: tuple[datetime, datetime, datetime]
    ) -> AlarmLog:
        """Return the log after a read: from when on, when it began, now."""
        account, alarm_log, (start, begun, now) = self.account, self.account.memory.alarm_log, times
        learnt = alarm_log.learn(rows, start, begun, now)
        if not alarm_log.has_gap(start):
            return learnt
        found = learnt.state(account.topology, now, account.grace)
        return learnt.end_unknown(found.active, start, now)

    async def _read(self, begun: datetime) -> tuple[datetime, list[Transition]]:
        """Return from when on the feed was read, and what it delivered."""
        cloud, memory = self.account.cloud, self.account.memory
        start = memory.alarm_log.start(begun, memory.returned)
        recent = max(start, begun - FIRST_LOOK)
        rows = [*await cloud.transitions(recent, begun + AHEAD)]
        for since, until in windows(start, recent, LARGEST_WINDOW):
            try:
                rows += await cloud.transitions(since, until)
            except RefusedError:
                # It keeps nothing that is as old as that.
                return until, rows
        return start, rows


class InventoryCoordinator(Coordinator):
    """Reads devices, and the names and limits beside them.

    Names and limits never cost the devices anything: what was known of them stays, and
    they alone are asked for again.
    """

    resources = (INVENTORY, *EXTRAS)
    _extras_failed = False

    @override
    async def work(self) -> None:
        account = self.account
        if not (self._extras_failed and self._is_fresh()):
            await self.attempt(INVENTORY, self._read)
        failures = [
            await self._try(LOCATIONS, self._read_locations),
            await self._try(LIMITS, self._read_limits),
        ]
        self._extras_failed = any(failures)
        await self._forget()
        await account.apply_inventory()
        await sync_devices(account)
        await account.refresh_alarms()
        await account.judge_freshness()
        await account.subscriptions.announce_new()
        await account.subscriptions.publish_all()
        for failure in filter(None, failures):
            raise failure

    def _is_fresh(self) -> bool:
        """Tell whether the devices were read within the interval."""
        read, now = self.account.memory.good.get(INVENTORY), dt_util.utcnow()
        return read is not None and timedelta() <= now - read < INVENTORY_INTERVAL

    async def _try(self, resource: str, read: Callable[[], Awaitable[None]]) -> CloudError | None:
        """Read something without which the rest goes on; return why it failed."""
        try:
            await self.attempt(resource, read)
        except CloudError as err:
            return err
        return None

    async def _read(self) -> None:
        account, memory = self.account, self.account.memory
        found = await account.cloud.inventory()
        understood = account.cloud.understanding["properties"]
        memory.register = await self.hass.async_add_executor_job(
            lambda: memory.register.update(found, complete=not understood.rejected)
        )

    async def _read_locations(self) -> None:
        memory = self.account.memory
        memory.locations = await self.account.cloud.locations() or memory.locations

    async def _read_limits(self) -> None:
        self.account.memory.limits = await self.account.cloud.limits()

    async def _forget(self) -> None:
        """Let go of what was read of devices and channels that are gone."""
        memory = self.account.memory

        def present() -> tuple[set[str], set[ChannelKey]]:
            found = memory.inventory
            channels = {(sensor.uuid, channel.number) for _, sensor, channel in found.channels()}
            return {device.uuid for device in found.devices}, channels

        devices, channels = await self.hass.async_add_executor_job(present)
        memory.statuses = {
            uuid: status for uuid, status in memory.statuses.items() if uuid in devices
        }
        memory.latest = {key: reading for key, reading in memory.latest.items() if key in channels}


class Coordinators:
    """All that reads an account."""

    def __init__(self, account: Account) -> None:
        """Prepare; ``start`` lets them run."""
        self._account = account
        self._alarms = AlarmsCoordinator(account, "alarms", account.alarm_interval)
        self._readings = ReadingsCoordinator(account, "readings", account.measurement_interval)
        self._inventory = InventoryCoordinator(account, "inventory", INVENTORY_INTERVAL)
        backfill = BackfillCoordinator(account)
        self._every: tuple[Coordinator, ...] = (
            self._alarms,
            self._readings,
            self._inventory,
            backfill,
        )
        self._starting: asyncio.Task[None] | None = None
        account.on_recovery = self._recover
        account.queue.on_new = backfill.ask
        account.on_request = self._request

    @callback
    def start(self) -> None:
        """Start reading once Home Assistant has started: alarms must not be told to nobody."""
        account = self._account
        # Whoever reloads an account wants to see a new device; a start of the house does not.
        reloaded = account.hass.state is CoreState.running

        @callback
        def begin(_hass: HomeAssistant) -> None:
            self._starting = account.entry.async_create_background_task(
                account.hass, self._start(reloaded=reloaded), f"{account.title} start"
            )

        account.entry.async_on_unload(async_at_started(account.hass, begin))

    async def _start(self, *, reloaded: bool) -> None:
        if not self._account.memory.inventory.devices:
            # Without an inventory nothing else makes sense.
            await self._inventory.async_refresh()
        for cycle in self._every:
            cycle.start(now=reloaded and cycle is self._inventory)

    async def stop(self) -> None:
        """End for good; nothing is under way any more when this returns."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait((self._starting,))
        for cycle in self._every:
            await cycle.stop()

    @callback
    def _recover(self) -> None:
        for cycle in self._every:
            if not cycle.probes:
                cycle.recover()

    @callback
    def _request(self) -> None:
        self._alarms.ask()
        self._readings.ask()
