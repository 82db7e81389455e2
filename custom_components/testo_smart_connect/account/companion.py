"""A second login of an account: the settings of its loggers, never their readings or alarms."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.util import dt as dt_util

from ..clouds.errors import CloudError
from ..clouds.http.wait import Wait
from ..clouds.managed import (
    ChangedElsewhereError,
    Cycle,
    ManagedDevice,
    Management,
    SettingsDifferError,
    TimedCycle,
)
from ..const import CONF_SITE, CONF_WRITE, DOMAIN
from ..monitoring.instruments import Instrument
from ..monitoring.moments import is_recent
from ..texts import one_line
from .companion_memory import CompanionMemory, Onboarding, Pending, shown
from .companion_turns import Turns
from .memory import Memory
from .store import MemoryStore
from .subscriptions import Signal, Subject, Subscriptions

_GOOD_FOR = timedelta(hours=3)
"""How long settings are shown after they were read."""
_WAITS_FOR = timedelta(days=7)
"""How long a new logger is looked for."""


def arrival_at(login: str) -> str:
    """Return what is sent when a new logger is there, by the id of the login's subentry."""
    return f"{DOMAIN}_arrival_{login}"


def settings_of(serial: str) -> Subject:
    """Return the settings of an instrument."""
    return "settings", serial


class Companion:
    """The settings of the loggers of one site."""

    def __init__(
        self,
        subentry: ConfigSubentry,
        management: Management,
        store: MemoryStore,
        memory: Memory,
        subscriptions: Subscriptions,
    ) -> None:
        """Begin with what was read before."""
        self.subentry = subentry
        self.management = management
        self._store = store
        self._memory = memory
        self._subscriptions = subscriptions
        self._turns = Turns()
        self.error: CloudError | None = None
        """Why the last read failed."""
        self.failures = 0
        """Failed reads in a row."""
        self.looked: datetime | None = None
        """When it was last looked for one."""
        self.changed = Signal()
        """Something is to be looked for more often."""
        self.outdated = Signal()
        """Settings are known to be others than those that were read."""

    @property
    def title(self) -> str:
        """Return what the login is called."""
        return one_line(self.subentry.title)

    @property
    def site(self) -> str:
        """Return the site as its cloud knows it."""
        return str(self.subentry.data[CONF_SITE])

    @property
    def may_write(self) -> bool:
        """Tell whether the user wants settings to be changed from here."""
        return bool(self.subentry.data[CONF_WRITE])

    @property
    def kept(self) -> CompanionMemory:
        """Return what is remembered."""
        return self._memory.companions.get(self.subentry.subentry_id) or CompanionMemory()

    def keep(self, **changes: Any) -> None:
        """Remember something."""
        kept = replace(self.kept, **{"secret": {**self.management.secret}, **changes})
        self._memory.companions = {**self._memory.companions, self.subentry.subentry_id: kept}
        self._store.save_soon(self._memory)

    def renew(self, secret: Mapping[str, Any]) -> None:
        """Begin with a new proof once the account is loaded anew, and read at once."""
        self.keep(secret={**secret}, wait=Wait(), read=None)

    @property
    def is_read(self) -> bool:
        """Tell whether settings were read lately."""
        return is_recent(self.kept.read, dt_util.utcnow(), _GOOD_FOR)

    def device(self, serial: str) -> ManagedDevice | None:
        """Return a device as it was last read."""
        return next((it for it in self.kept.devices if it.serial == serial), None)

    def cycle(self, instrument: Instrument, cycle: Cycle) -> TimedCycle | None:
        """Return a cycle of an instrument, None where it cannot be told."""
        device = self.device(instrument.serial)
        setting = device.cycle(cycle) if device else None
        # The account goes on showing the old one for a while.
        mine = (it.value for it in self.kept.pending if it.is_of(instrument.serial, cycle))
        return setting.timed(next(mine, shown(instrument, cycle))) if setting else None

    def is_pending(self, instrument: Instrument, cycle: Cycle) -> bool:
        """Tell whether a change has not reached the logger yet, as far as the account shows."""
        now = shown(instrument, cycle)
        return any(
            it.is_of(instrument.serial, cycle) and it.value != now for it in self.kept.pending
        )

    @property
    def is_waiting(self) -> bool:
        """Tell whether a new logger is waited for."""
        onboarding = self.kept.onboarding
        return (
            onboarding is not None
            and onboarding.arrived is None
            and is_recent(onboarding.since, dt_util.utcnow(), _WAITS_FOR)
        )

    @property
    def elsewhere(self) -> str | None:
        """Return the site at which it is waited for, if that is not the one of the login."""
        onboarding = self.kept.onboarding
        if onboarding is None or not self.is_waiting or onboarding.site == self.site:
            return None
        return onboarding.site

    # --- Reading ----------------------------------------------------------------------------------

    async def read(self, instruments: Mapping[str, Instrument]) -> bool:
        """Read the settings; tell whether to ask the account for something that was changed."""
        try:
            found = await self.management.devices(self.site)
        except CloudError as err:
            self.error = err
            self.failures += 1
            self.keep()
            raise
        self.error, self.failures = None, 0
        now = dt_util.utcnow()
        known = {it.serial: it for it in found}
        before = {it.serial for it in self.kept.devices}
        # Gone is what was missing the last time as well, and is missing in the account.
        there = {*before, *known, *instruments}
        pending = tuple(
            it
            for it in self.kept.pending
            if it.serial in there and it.is_meant(known.get(it.serial), instruments.get(it.serial))
        )
        self.keep(read=now, devices=found, pending=pending)
        self._look_for_new(self.site, found)
        if before != {*known}:
            await self._subscriptions.announce_new()
        await self._subscriptions.publish(map(settings_of, before | {*known}))
        return any(it.is_asked_for(now) for it in pending)

    async def look_at(self, site: str) -> None:
        """Look for a new logger at another site. May raise a CloudError."""
        self._look_for_new(site, await self.management.devices(site))

    def _look_for_new(self, site: str, found: tuple[ManagedDevice, ...]) -> None:
        """Look whether the logger that is waited for is there."""
        onboarding = self.kept.onboarding
        if onboarding is None or onboarding.site != site or not self.is_waiting:
            return
        self.looked = dt_util.utcnow()
        new = next((it for it in found if it.serial not in onboarding.known), None)
        if new is not None:
            self.keep(onboarding=replace(onboarding, arrived=new))

    # --- Bringing a logger in ---------------------------------------------------------------------

    async def begin_onboarding(self, site: str) -> None:
        """Wait for a logger that is not there yet; go on if that was begun before.

        May raise a CloudError.
        """
        begun, now = self.kept.onboarding, dt_util.utcnow()
        if begun is not None and begun.site == site:
            self.keep(onboarding=replace(begun, since=now))
        else:
            known = {it.serial for it in await self.management.devices(site)}
            if site == self.site:
                # One that testo leaves out for once is not new either.
                known |= {it.serial for it in self.kept.devices}
            self.keep(onboarding=Onboarding(site=site, since=now, known=tuple(sorted(known))))
        self.changed.send()

    @property
    def arrival(self) -> ManagedDevice | None:
        """Return the new logger as it was last read, None while it is not there."""
        onboarding = self.kept.onboarding
        if onboarding is None or onboarding.arrived is None:
            return None
        return self.device(onboarding.arrived.serial) or onboarding.arrived

    def end_onboarding(self) -> None:
        """Wait no more."""
        self.keep(onboarding=None)

    async def read_again(self, site: str, serial: str) -> None:
        """Read a device that somebody else has changed. May raise a CloudError."""
        for it in await self.management.devices(site):
            if it.serial == serial:
                self._take(it)

    def _take(self, device: ManagedDevice) -> None:
        """Keep a device as it is now."""
        devices = tuple(device if it.serial == device.serial else it for it in self.kept.devices)
        onboarding = self.kept.onboarding
        if onboarding and onboarding.arrived and onboarding.arrived.serial == device.serial:
            onboarding = replace(onboarding, arrived=device)
        self.keep(devices=devices, onboarding=onboarding)

    # --- Changing ---------------------------------------------------------------------------------

    @asynccontextmanager
    async def changing(self, site: str) -> AsyncGenerator[None]:
        """Take one's turn; what goes wrong stops all further changes. May raise a CloudError."""
        async with self._turns.taken(lambda: self._is_stopped(site)):
            self.keep(unseen=site)
            # On the disk before anything is sent: nobody could tell after a power cut.
            await self._store.save(self._memory)
            try:
                yield
            except SettingsDifferError as err:
                self._stop(site, err.names)
                raise
            finally:
                self.keep(unseen=None)

    def _is_stopped(self, site: str) -> bool:
        """Tell whether somebody has to look first, also if the login is gone that knew of it.

        A site may be called by its id or by its name.
        """
        name_of = self._memory.site_name
        stops = {
            name_of(it.stopped_at)
            for it in self._memory.companions.values()
            if it.stopped_at is not None
        }
        return self.kept.stopped is not None or name_of(site) in stops

    def _stop(self, site: str | None, names: tuple[str, ...]) -> None:
        self.keep(stopped=names, stopped_at=site)
        self.outdated.send()

    async def finish(self) -> None:
        """Let what is being changed come to its end, and begin nothing else."""
        if not await self._turns.end():
            # Nobody will see what becomes of it.
            self._stop(self.kept.unseen, ())

    async def set_cycle(
        self, site: str, device: ManagedDevice, cycle: Cycle, value: timedelta, unit: timedelta
    ) -> ManagedDevice:
        """Change a cycle; return the device as it is then.

        May raise a CloudError; one that stops all further changes is kept.
        """
        async with self.changing(site):
            try:
                after = await self.management.set_cycle(site, device, cycle, value, unit)
            except ChangedElsewhereError:
                self.outdated.send()
                raise
            self._take(after)
            mine = Pending(serial=after.serial, cycle=cycle, value=value, since=dt_util.utcnow())
            others = (it for it in self.kept.pending if not it.is_of(after.serial, cycle))
            self.keep(pending=(*others, mine))
        await self._subscriptions.publish({settings_of(after.serial)})
        return after

    async def set_time_zone(self, site: str, zone: str) -> str:
        """Change the time zone of a site, return the one before; raises as ``set_cycle``."""
        async with self.changing(site):
            return await self.management.set_time_zone(site, zone)

    def go_on(self) -> None:
        """Allow changes again: somebody has looked."""
        self.keep(stopped=None, stopped_at=None)
        self.outdated.send()
