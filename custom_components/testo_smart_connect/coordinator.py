"""The cycles that read an account: alarms, inventory, readings; and starting them."""

from typing import override

from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from .account import Account
from .backfill import BackfillCycle
from .const import INVENTORY_INTERVAL
from .cycle import Cycle
from .devices import sync_devices
from .health import ALARMS, INVENTORY
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
    """Reads devices, locations and limits."""

    resources = (INVENTORY,)

    @override
    async def work(self) -> None:
        await self.attempt(INVENTORY, self._read)
        account = self.account
        await account.apply_inventory()
        await sync_devices(account)
        await account.refresh_alarms()
        await account.refresh_outlook()
        await account.subscriptions.announce_new()
        await account.subscriptions.publish_all()

    async def _read(self) -> None:
        account, memory = self.account, self.account.memory
        found = await account.cloud.inventory()
        understood = account.cloud.understanding["properties"]
        roster = memory.roster.update(found, complete=not understood.rejected)
        memory.locations = await account.cloud.locations() or memory.locations
        memory.limits = await account.cloud.limits()
        memory.roster = roster
        devices = {device.uuid for device in roster.inventory.devices}
        channels = {
            (sensor.uuid, channel.number) for _, sensor, channel in roster.inventory.channels()
        }
        memory.statuses = {
            uuid: status for uuid, status in memory.statuses.items() if uuid in devices
        }
        memory.latest = {key: reading for key, reading in memory.latest.items() if key in channels}


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
        account.entry.async_create_background_task(
            account.hass, start(), f"{account.entry.title} start"
        )

    # Not before automations listen, else an alarm would be told to nobody.
    account.entry.async_on_unload(async_at_started(account.hass, begin))
