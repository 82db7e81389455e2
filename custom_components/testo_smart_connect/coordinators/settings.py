"""What reads the settings of the loggers of a site."""

from datetime import datetime, timedelta
from typing import override

from homeassistant.components import persistent_notification
from homeassistant.core import callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util

from ..account.account import Account
from ..account.companion import Companion, arrival_at
from ..account.subscriptions import nothing
from ..monitoring.moments import is_recent
from ..texts import escaped, text
from .base import Coordinator

_EVERY = timedelta(hours=1)
_WAITING = timedelta(minutes=2)
"""How often it is looked for a logger that is being brought in."""
_PAUSE = timedelta(seconds=10)
"""Between two looks, however often somebody says that the logger should be there."""


class SettingsCoordinator(Coordinator):
    """Reads them; whatever becomes of it, the account goes on."""

    resources = ()

    def __init__(self, account: Account, companion: Companion) -> None:
        """Look as often as somebody waits for something."""
        self._companion = companion
        self._wanted: datetime | None = None
        """When the account was last asked whether it shows a change."""
        super().__init__(account, f"settings of {companion.title}", self._interval)
        account.entry.async_on_unload(companion.changed.listen(self._hurry))
        self._is_outdated = False
        account.entry.async_on_unload(companion.outdated.listen(self._note_outdated))

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

    @property
    @override
    def _shortest_wait(self) -> timedelta:
        return _PAUSE

    @override
    async def work(self) -> None:
        self.interval = self._interval
        companion = self._companion
        was_waiting = companion.is_waiting
        if companion.elsewhere is None or self._is_outdated or not self._is_read:
            self._is_outdated = False
            await self._read()
        if site := companion.elsewhere:
            await companion.look_at(site)
        if was_waiting and companion.arrival is not None:
            await self._tell(companion.arrival.serial)

    @property
    def _is_read(self) -> bool:
        """Tell whether the settings of its own site are as new as they need to be."""
        return is_recent(self._companion.kept.read, dt_util.utcnow(), _EVERY)

    async def _read(self) -> None:
        account, now = self.account, dt_util.utcnow()
        is_asked_for = await self._companion.read(account.view.topology.instruments)
        # What was changed shows in the account as soon as the logger knows.
        if is_asked_for and not is_recent(self._wanted, now, _EVERY):
            self._wanted = now
            account.inventory_wanted.send()

    @callback
    @override
    def recover(self) -> None:
        """Wait for its own time: another cloud that works says nothing of this one."""

    @callback
    def _note_outdated(self) -> None:
        """Read soon, also while it is another site that is looked at."""
        self._is_outdated = True
        self.hint()

    @callback
    def _hurry(self) -> None:
        """Look now, and often from now on: a logger is waited for."""
        self.update_interval = _WAITING
        self.async_set_updated_data(None)
        self.hint()

    async def _tell(self, serial: str) -> None:
        """Tell that the logger is there, also whom has closed the form since."""
        name = arrival_at(self._companion.subentry.subentry_id)
        async_dispatcher_send(self.hass, name)
        self.account.inventory_wanted.send()
        persistent_notification.async_create(
            self.hass,
            await text(self.hass, "logger_arrived", serial=escaped(serial)),
            await text(self.hass, "logger_arrived_title"),
            name,
        )
