"""What reads the settings of the loggers of a site."""

from datetime import timedelta
from typing import override

from homeassistant.components import persistent_notification
from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..account.account import Account
from ..account.companion import Companion
from ..account.subscriptions import nothing
from ..const import DOMAIN
from ..monitoring.moments import is_recent
from ..texts import escaped, text
from .base import Coordinator

_EVERY = timedelta(hours=1)
_WAITING = timedelta(minutes=2)
"""How often it is looked for a logger that is being brought in."""


class SettingsCoordinator(Coordinator):
    """Reads them; whatever becomes of it, the account goes on."""

    resources = ()

    def __init__(self, account: Account, companion: Companion) -> None:
        """Look as often as somebody waits for something."""
        self._companion = companion
        super().__init__(account, f"settings of {companion.title}", self._interval)
        account.entry.async_on_unload(companion.changed.listen(self._hurry))
        account.entry.async_on_unload(companion.outdated.listen(self.hint))
        account.entry.async_on_unload(companion.arrived.listen(self._tell))

    @property
    def _interval(self) -> timedelta:
        return _WAITING if self._companion.is_waiting else _EVERY

    @property
    @override
    def due_after(self) -> timedelta:
        """Return how long after a read the next one is due."""
        return self._interval

    @callback
    @override
    def start(self, *, now: bool = False) -> None:
        """Run when due."""
        read, at = self._companion.kept.read, dt_util.utcnow()
        if is_recent(read, at, self._interval) and not now:
            self.update_interval = read + self._interval - at
        else:
            self._run()
        self.config_entry.async_on_unload(self.async_add_listener(nothing))

    @override
    async def work(self) -> None:
        self.interval = self._interval
        account = self.account
        if await self._companion.read(account.view.topology.instruments):
            # What was changed shows in the account as soon as the logger knows.
            account.inventory_wanted.send()

    @callback
    @override
    def recover(self) -> None:
        """Wait for its own time: another cloud that works says nothing of this one."""

    @callback
    def _hurry(self) -> None:
        """Look soon: a logger is waited for."""
        if self._companion.is_waiting:
            self.update_interval = _WAITING
            self.async_set_updated_data(None)

    @callback
    def _tell(self) -> None:
        """Tell that the logger is there, also whom has closed the form since."""
        self.config_entry.async_create_background_task(
            self.hass, self._notify(), f"{self.name} arrival"
        )
        self.account.inventory_wanted.send()

    async def _notify(self) -> None:
        onboarding = self._companion.kept.onboarding
        if onboarding is None or onboarding.arrived is None:
            return
        persistent_notification.async_create(
            self.hass,
            await text(self.hass, "logger_arrived", serial=escaped(onboarding.arrived.serial)),
            await text(self.hass, "logger_arrived_title"),
            f"{DOMAIN}_arrived_{self._companion.subentry.subentry_id}",
        )
