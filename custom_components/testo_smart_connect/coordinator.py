"""The cycles that read an account: readings and status, alarms, inventory."""

from abc import abstractmethod
import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
import random
from typing import Any, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.start import async_at_started
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from .account import ALARMS, INVENTORY, READINGS, STATUS, Account, TestoConfigEntry
from .clouds.base import AuthenticationError, CloudError, RateLimitError
from .clouds.smart_connect import LARGEST_WINDOW
from .const import DOMAIN, INVENTORY_INTERVAL, LOGGER
from .devices import sync_devices
from .errors import error_key
from .monitoring.freshness import FUTURE_MARGIN
from .monitoring.latest import merged, newest
from .monitoring.model import ChannelKey, DeviceStatus
from .subscriptions import ACCOUNT, Subject

_FIRST_RETRY = timedelta(minutes=5)
_LONGEST_RETRY = timedelta(minutes=30)
_BLIND_RETRY = timedelta(hours=1)
"""How often a cycle tries by itself while another one probes a cloud that is down."""
_SHORTEST_WAIT = timedelta(minutes=1)
"""Between two cycles, however often somebody asks."""
_JITTER = 0.05
_OVERLAP = timedelta(hours=3)
_WIDE_OVERLAP = timedelta(hours=26)
_WIDE_EVERY = timedelta(hours=12)
_FIRST_LOOK = timedelta(hours=24)
_WIDE = "wide readings"


class Cycle(DataUpdateCoordinator[None]):
    """One kind of reading, repeated; backs off while it fails.

    Entities do not hang on it: they listen to the account, and a failed cycle alone
    changes nothing for them.
    """

    config_entry: TestoConfigEntry
    resources: tuple[str, ...]
    probes = False

    def __init__(self, account: Account, name: str, interval: timedelta) -> None:
        """Prepare a cycle; ``start`` lets it run."""
        self.account = account
        self._interval = interval
        self._failed = 0
        self._tried: datetime | None = None
        super().__init__(
            account.hass,
            LOGGER,
            config_entry=account.entry,
            name=f"{account.entry.title} {name}",
            update_interval=interval,
        )

    @callback
    def start(self) -> None:
        """Run when due: at once, or when the interval since the last read is over."""
        read = min(
            (self.account.memory.good.get(name) for name in self.resources),
            key=lambda at: at.timestamp() if at else 0.0,
            default=None,
        )
        wait = read + self._interval - dt_util.utcnow() if read else timedelta()
        if timedelta() < wait <= self._interval:
            self.update_interval = wait
        else:
            self._run()
        # Nobody else listens, and a coordinator without a listener does not run.
        self.config_entry.async_on_unload(self.async_add_listener(_nothing))

    @abstractmethod
    async def work(self) -> None:
        """Read what the cycle is for."""

    @override
    async def _async_update_data(self) -> None:
        now = dt_util.utcnow()
        account = self.account
        if (
            account.is_down
            and not self.probes
            and self._tried is not None
            and now - self._tried < _BLIND_RETRY
        ):
            err = CloudError("reading", self.name, "the cloud is down")
            raise _failure(err, _BLIND_RETRY)
        self._tried = now
        try:
            await self.work()
        except CloudError as err:
            self._failed += 1
            pause = min(
                min(self._interval, _FIRST_RETRY) * 2 ** min(self._failed - 1, 8),
                _LONGEST_RETRY,
            )
            if isinstance(err, AuthenticationError):
                self.config_entry.async_start_reauth(self.hass)
                pause = _LONGEST_RETRY
            if isinstance(err, RateLimitError) and err.retry_after:
                pause = max(pause, timedelta(seconds=err.retry_after))
            await account.subscriptions.publish({ACCOUNT})
            raise _failure(err, pause) from err
        finally:
            self.update_interval = self._interval * (1 + random.uniform(0, _JITTER))  # noqa: S311
        self._failed = 0
        account.store.save_soon(account.memory)

    @callback
    def _run(self) -> None:
        self.config_entry.async_create_background_task(self.hass, self.async_refresh(), self.name)

    @callback
    def ask(self) -> None:
        """Run now because somebody wants to know, unless it has just been tried."""
        now = dt_util.utcnow()
        if self._tried is None or now - self._tried >= _SHORTEST_WAIT:
            self._tried = now
            self._run()

    @callback
    def recover(self) -> None:
        """Try again now that the cloud is known to work."""
        if self._failed:
            self._tried = None
            self._run()

    async def attempt[T](self, resource: str, reading: Coroutine[Any, Any, T]) -> T:
        """Read one resource and remember how it went."""
        try:
            result = await reading
        except CloudError:
            self.account.note_failure(resource)
            raise
        self.account.note_good(resource)
        return result


class ReadingsCycle(Cycle):
    """Reads readings and device status."""

    resources = (READINGS, STATUS)

    @override
    async def work(self) -> None:
        account = self.account
        outcomes = await asyncio.gather(
            self.attempt(STATUS, account.cloud.status()),
            self.attempt(READINGS, self._readings()),
            return_exceptions=True,
        )
        statuses, changed = outcomes
        shape = account.shape
        subjects: set[Subject] = set()
        reshaped = False
        if isinstance(statuses, dict):
            known = account.memory.statuses
            for uuid, status in statuses.items():
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


class AlarmsCycle(Cycle):
    """Reads the alarm feed. Goes on trying while the cloud is down, for all the others."""

    resources = (ALARMS,)
    probes = True

    @override
    async def work(self) -> None:
        account, book = self.account, self.account.memory.book
        start, end = book.window(dt_util.utcnow())
        rows = await self.attempt(ALARMS, account.cloud.transitions(start, end + FUTURE_MARGIN))
        was_read, seen = account.feed_is_read, account.memory.seen
        work = self.hass.async_add_executor_job
        await work(book.learn, rows, dt_util.utcnow())
        subjects = await account.refresh_alarms()
        if account.memory.seen != seen:
            await account.subscriptions.announce_new()
        done = account.give(account.findings.due)
        book.tell(done)
        await work(book.forget, start, account.findings.active)
        if done:
            # An event that was given must not be given again after a crash.
            await account.store.save(account.memory)
        subjects |= await account.refresh_outlook()
        if was_read:
            await account.subscriptions.publish(subjects)
        else:
            await account.subscriptions.publish_all()


class InventoryCycle(Cycle):
    """Reads devices, locations and limits."""

    resources = (INVENTORY,)

    @override
    async def work(self) -> None:
        await self.attempt(INVENTORY, self._read())
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
        sensors = {sensor.uuid for _, sensor, _ in roster.inventory.channels()}
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
    cycles = (alarms, readings, inventory)

    @callback
    def recover() -> None:
        for cycle in cycles:
            if not cycle.probes:
                cycle.recover()

    @callback
    def request() -> None:
        alarms.ask()
        readings.ask()

    account.on_recovery = recover
    account.on_request = request

    async def start() -> None:
        if not account.memory.inventory.devices:
            await inventory.async_refresh()
        for cycle in cycles:
            cycle.start()

    @callback
    def begin(_hass: HomeAssistant) -> None:
        account.entry.async_create_background_task(
            account.hass, start(), f"{account.entry.title} start"
        )

    # Not before automations listen, else an alarm would be told to nobody.
    account.entry.async_on_unload(async_at_started(account.hass, begin))


def _failure(err: CloudError, pause: timedelta | None) -> UpdateFailed:
    return UpdateFailed(
        translation_domain=DOMAIN,
        translation_key=error_key(err),
        translation_placeholders={"detail": str(err)},
        retry_after=pause.total_seconds() if pause else None,
    )


def _tells(status: DeviceStatus | None) -> tuple[bool, ...]:
    """Return which optional values a status tells: what entities exist hangs on it."""
    if status is None:
        return (False, False, False)
    return tuple(value is not None for value in (status.battery, status.signal, status.mains))


@callback
def _nothing() -> None:
    """Keep a cycle running."""
