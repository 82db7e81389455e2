"""Setting how often a new logger measures and sends, and its alarm limits."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Final

from homeassistant.components import persistent_notification
from homeassistant.config_entries import ConfigEntryState, SubentryFlowResult
from homeassistant.data_entry_flow import AbortFlow
import probatio

from ..account.account import Account
from ..account.companion import Companion, arrival_at
from ..account.companion_memory import shown
from ..account.issues import async_show_issues
from ..account.names import channel_name
from ..actions.behind import who_asks
from ..actions.settings_changes import Change, change_cycle, cycle_of, settings_error
from ..actions.watching import create_object, object_of
from ..clouds.errors import CloudError
from ..clouds.managed import (
    ChangedElsewhereError,
    Cycle,
    ManagedDevice,
    NewMeasuringObject,
    TimedCycle,
)
from ..monitoring.instruments import InstalledChannel
from .checking import CheckingFlow
from .onboard_forms import (
    CONF_CHANNEL,
    CONF_DELAY,
    CONF_LOWER,
    CONF_NAME,
    CONF_UPPER,
    bounds,
    limit_errors,
    limit_form,
    number,
)

_MINUTE: Final = timedelta(minutes=1)


class OnboardSettings(CheckingFlow):
    """The steps once it is there. What was typed stays when something fails."""

    _login = ""
    """The id of the subentry by which everything is done."""
    _site = ""
    _typed: Mapping[str, Any] | None = None
    """What is shown again where something went wrong."""

    @property
    def _account(self) -> Account:
        """Return the account as it is now: it may be loaded anew while a dialog is open."""
        entry = self._get_entry()
        if entry.state is not ConfigEntryState.LOADED:
            raise AbortFlow("not_loaded")
        account: Account = entry.runtime_data
        return account

    @property
    def _companion(self) -> Companion:
        companion = self._account.companions.get(self._login)
        if companion is None:
            raise AbortFlow("no_login")
        return companion

    @property
    def _name(self) -> str:
        """Return what the site is called."""
        known = (it.title for it in self._account.companions if it.site == self._site)
        return next(known, self._site)

    @property
    def _refusal(self) -> str | None:
        """Return why nothing may be changed; None if it may."""
        companion = self._companion
        if not companion.may_write:
            return "read_only"
        return None if companion.kept.stopped is None else "settings_differ"

    def _check_begun(self) -> None:
        """End here if somebody has ended it elsewhere, or begun another one."""
        begun = self._companion.kept.onboarding
        if begun is None or begun.site != self._site:
            raise AbortFlow("ended")

    @property
    def _device(self) -> ManagedDevice:
        """Return the new logger."""
        self._check_begun()
        device = self._companion.arrival
        if device is None:
            raise AbortFlow("ended")
        return device

    async def async_step_arrived(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Say that it is there, and what can be set."""
        device, self._typed = self._device, None
        may = self._refusal is None
        options = ["cycles"] if may and _cycles(self._account, device) else []
        options += ["limits"] if may else []
        return self.async_show_menu(
            step_id="arrived",
            menu_options=[*options, "done"],
            description_placeholders={"serial": device.serial},
        )

    # --- How often --------------------------------------------------------------------------------

    async def async_step_cycles(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask how often it is to measure and to send."""
        device = self._device
        cycles = _cycles(self._account, device)
        if user_input is not None:
            self._typed = user_input
            self._errors = {
                cycle: "out_of_bounds"
                for cycle, it in cycles.items()
                if not it.least / _MINUTE <= user_input[cycle] <= it.most / _MINUTE
            }
            if not self._errors:
                wanted = [
                    (cycle, it, cycle_of(it, user_input[cycle])) for cycle, it in cycles.items()
                ]
                work = partial(self._set_cycles, self._account, self._companion, wanted)
                return await self._check(work, "arrived", "cycles", "change")
        errors, self._errors = self._errors, {}
        fields = {probatio.Required(cycle): number("min") for cycle in cycles}
        now: dict[str, float] = {cycle: it.value / _MINUTE for cycle, it in cycles.items()}
        return self.async_show_form(
            step_id="cycles",
            data_schema=self.add_suggested_values_to_schema(
                probatio.Schema(fields), self._typed or now
            ),
            errors=errors,
            description_placeholders={
                "serial": device.serial,
                **{cycle: bounds(cycles.get(cycle)) for cycle in Cycle},
            },
        )

    async def _set_cycles(
        self, account: Account, companion: Companion, wanted: Iterable[Change]
    ) -> str | None:
        """Change what is to be another one; both are changes of their own."""
        try:
            for change in wanted:
                _, timed, value = change
                if timed.value == value:
                    continue
                if refusal := self._refusal:
                    return refusal
                await change_cycle(
                    account, companion, self._site, self._device, change, context=who_asks()
                )
        except CloudError as err:
            if isinstance(err, ChangedElsewhereError):
                await self._show_changed(companion)
            return settings_error(err)
        finally:
            async_show_issues(account)
        return None

    async def _show_changed(self, companion: Companion) -> None:
        """Show what somebody else has set, instead of what was typed."""
        try:
            await companion.read_again(self._site, self._device.serial)
        except CloudError:
            return
        self._typed = None

    # --- Within which limits ----------------------------------------------------------------------

    async def async_step_limits(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for what is watched, and the limits."""
        device = self._device
        channels = self._channels(device)
        if not channels:
            return await self.async_step_not_listed()
        if user_input is not None:
            self._typed = user_input
            self._errors = limit_errors(user_input)
            installed = channels.get(user_input[CONF_CHANNEL])
            if not self._errors and installed is not None:
                wanted = self._object(installed, user_input)
                if isinstance(wanted, NewMeasuringObject):
                    work = partial(self._watch, self._account, self._companion, wanted)
                    return await self._check(work, "arrived", "limits", "change")
                self._errors = {"base": wanted}
        errors, self._errors = self._errors, {}
        names = {
            key: f"{channel_name(self.hass, it)} ({it.channel.unit})"
            for key, it in channels.items()
        }
        return self.async_show_form(
            step_id="limits",
            data_schema=self.add_suggested_values_to_schema(
                limit_form(names), self._typed or {CONF_CHANNEL: next(iter(names)), CONF_DELAY: 0}
            ),
            errors=errors,
            description_placeholders={"serial": device.serial},
        )

    async def async_step_not_listed(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Say that the account does not know yet what the logger measures."""
        device = self._device
        self._account.inventory_wanted.send()
        return self.async_show_menu(
            step_id="not_listed",
            menu_options=["limits", "done"],
            description_placeholders={"serial": device.serial},
        )

    @property
    def _settable(self) -> Mapping[str, str]:
        return self._companion.management.settable

    def _channels(self, device: ManagedDevice) -> dict[str, InstalledChannel]:
        """Return the channels of the new logger for which limits can be set."""
        instrument = self._account.instrument(device.serial)
        return {
            it.unique_id: it
            for it in (instrument.channels() if instrument else ())
            if it.channel.quantity in self._settable
        }

    def _object(
        self, installed: InstalledChannel, typed: Mapping[str, Any]
    ) -> NewMeasuringObject | str:
        """Return what is to be created, or the key of what is wrong with it."""
        return object_of(
            installed,
            typed[CONF_NAME].strip(),
            (typed.get(CONF_LOWER), typed.get(CONF_UPPER)),
            timedelta(minutes=typed[CONF_DELAY]),
            (installed.channel.unit, self._settable[installed.channel.quantity]),
        )

    async def _watch(
        self, account: Account, companion: Companion, wanted: NewMeasuringObject
    ) -> str | None:
        if refusal := self._refusal:
            return refusal
        try:
            await create_object(account, companion, self._site, wanted, who_asks())
        except CloudError as err:
            return settings_error(err)
        return None

    # --- The end ----------------------------------------------------------------------------------

    async def async_step_done(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """End; what is to be seen of the logger comes by itself."""
        self._check_begun()
        self._end()
        self._account.inventory_wanted.send()
        return self.async_abort(reason="onboarded")

    def _end(self) -> None:
        """Wait no more, and take back that the logger is there."""
        self._companion.end_onboarding()
        persistent_notification.async_dismiss(self.hass, arrival_at(self._login))


def _cycles(account: Account, device: ManagedDevice) -> dict[Cycle, TimedCycle]:
    instrument = account.instrument(device.serial)
    timed = {
        it.cycle: it.timed(shown(instrument, it.cycle) if instrument else None)
        for it in device.cycles
    }
    return {cycle: it for cycle, it in timed.items() if it is not None}
