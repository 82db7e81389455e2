"""The cycles that read an account: alarms, inventory, readings; and starting them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import override

from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from .account import Account
from .backfill import BackfillCycle
from .clouds.base import CloudError
from .const import INVENTORY_INTERVAL
from .cycle import Cycle
from .devices import sync_devices
from .health import ALARMS, EXTRAS, INVENTORY, LIMITS, LOCATIONS
from .monitoring.freshness import FUTURE_MARGIN
from .readings import ReadingsCycle


class AlarmsCycle(Cycle):
    """Reads the alarm feed. Goes on trying while the cloud is down, for all the others."""

    resources = (ALARMS,)
    probes = True

    @override
    async def work(self) -> None:
        account, book = self.account, self.account.memory.book
        start, end = book.window(dt_util.utcnow())
        rows = await self.attempt(
            ALARMS, lambda: account.cloud.transitions(start, end + FUTURE_MARGIN)
        )
        was_read, seen = account.feed_is_read, account.memory.seen
        work = self.hass.async_add_executor_job
        await work(book.learn, rows, start, dt_util.utcnow())
        account.watch_time()
        subjects = await account.refresh_alarms()
        # Who is told of an alarm looks at its entity next: states before events.
        if was_read:
            await account.subscriptions.publish(subjects)
        else:
            await account.subscriptions.publish_all()
        if account.memory.seen != seen:
            await account.subscriptions.announce_new()
        done = await account.give(account.findings.due)
        book.tell(done)
        await work(book.forget, dt_util.utcnow(), account.findings.active)
        if done:
            # An event that was given must not be given again after a crash.
            await account.store.save(account.memory)


class InventoryCycle(Cycle):
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
        self._forget()
        await account.apply_inventory()
        await sync_devices(account)
        await account.refresh_alarms()
        await account.refresh_outlook()
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
        memory.roster = memory.roster.update(found, complete=not understood.rejected)

    async def _read_locations(self) -> None:
        memory = self.account.memory
        memory.locations = await self.account.cloud.locations() or memory.locations

    async def _read_limits(self) -> None:
        self.account.memory.limits = await self.account.cloud.limits()

    def _forget(self) -> None:
        """Let go of what was read of devices that are gone."""
        memory = self.account.memory
        devices = {device.uuid for device in memory.inventory.devices}
        sensors = {sensor.uuid for _, sensor, _ in memory.inventory.channels()}
        memory.statuses = {
            uuid: status for uuid, status in memory.statuses.items() if uuid in devices
        }
        memory.latest = {
            key: reading for key, reading in memory.latest.items() if key[0] in sensors
        }


def start_cycles(account: Account) -> None:
    """Start reading an account; without an inventory nothing else makes sense."""
    inventory = InventoryCycle(account, "inventory", INVENTORY_INTERVAL)
    alarms = AlarmsCycle(account, "alarms", account.alarm_interval)
    readings = ReadingsCycle(account, "readings", account.measurement_interval)
    backfill = BackfillCycle(account)
    cycles = (alarms, readings, inventory, backfill)

    @callback
    def recover() -> None:
        for cycle in cycles:
            if not cycle.probes:
                cycle.recover()

    @callback
    def request() -> None:
        alarms.ask()
        readings.ask()

    # Whoever reloads an account wants to see a new device; a start of the house does not.
    reloaded = account.hass.state is CoreState.running
    account.on_recovery = recover
    account.backlog.on_new = backfill.ask
    account.on_request = request

    async def start() -> None:
        if not account.memory.inventory.devices:
            await inventory.async_refresh()
        for cycle in cycles:
            cycle.start(now=reloaded and cycle is inventory)

    @callback
    def begin(_hass: HomeAssistant) -> None:
        account.entry.async_create_background_task(account.hass, start(), f"{account.title} start")

    # Not before automations listen, else an alarm would be told to nobody.
    account.entry.async_on_unload(async_at_started(account.hass, begin))
