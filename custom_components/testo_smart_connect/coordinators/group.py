"""All that reads an account, as far as its cloud has something to read; and starting it."""

import asyncio

from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from ..account.account import Account
from ..account.reauth import ask_for_login
from ..account.subscriptions import ACCOUNT
from ..clouds.base import History
from .alarms import AlarmsCoordinator
from .backfill import BackfillCoordinator
from .base import Coordinator
from .inventory import InventoryCoordinator
from .push import PushReader
from .readings import ReadingsCoordinator
from .settings import SettingsCoordinator
from .webhook import WebhookReader


class Coordinators:
    """The coordinators of an account."""

    def __init__(self, account: Account) -> None:
        """Make those that there is something to read for; ``start`` lets them run."""
        self._account = account
        traits, settings = account.cloud.traits, account.settings
        self._inventory: Coordinator | None = None
        alarms = AlarmsCoordinator(account, "alarms", settings.alarm_interval)
        self._push: PushReader | WebhookReader | None = None
        if settings.push:
            self._push = PushReader(account, alarms) if traits.push else WebhookReader(account)
        self._often: tuple[Coordinator, ...] = (
            alarms,
            ReadingsCoordinator(account, "readings", settings.measurement_interval),
        )
        """What somebody may ask for; the first of them looks whether the cloud is up again."""
        self._often[0].probes = True
        self._every: list[Coordinator] = [*self._often]
        listed = [it for it in InventoryCoordinator.resources if traits.offers(it)]
        if listed:
            every = traits.intervals[listed[0]].default
            self._inventory = InventoryCoordinator(account, "inventory", every)
            self._every.append(self._inventory)
            account.inventory_wanted.listen(self._inventory.hint)
        if traits.history is not History.NONE:
            backfill = BackfillCoordinator(account)
            self._every.append(backfill)
            account.queue.grown.listen(backfill.ask)
        # Last: what the account itself brings never waits for settings.
        self._every += [SettingsCoordinator(account, it) for it in account.companions]
        self._starting: asyncio.Task[None] | None = None
        for asked in self._often:
            account.requested.listen(asked.ask)
            account.hinted.listen(asked.hint)
        for coordinator in self._every:
            if not coordinator.probes:
                account.recovered.listen(coordinator.recover)

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

        account.add_reader(self.stop)
        account.entry.async_on_unload(async_at_started(account.hass, begin))

    async def _start(self, *, reloaded: bool) -> None:
        account = self._account
        if account.cloud.is_refused:
            # It is not tried again, and who starts may wait long for the next read.
            account.health.note_refusal()
            ask_for_login(account, dt_util.utcnow())
            await account.subscriptions.publish({ACCOUNT})
        if self._inventory and not account.memory.inventory.devices:
            # Without an inventory nothing else makes sense.
            await self._inventory.async_refresh()
        for coordinator in self._every:
            coordinator.start(now=reloaded and coordinator is self._inventory)
        if self._push is not None:
            self._push.start()

    async def stop(self) -> None:
        """End for good; nothing is under way any more when this returns."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait((self._starting,))
        if self._push is not None:
            await self._push.stop()
        for coordinator in self._every:
            await coordinator.stop()
