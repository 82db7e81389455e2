"""Bringing a new logger from its box to its first alarm, step by step."""

from asyncio import Event
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState, SubentryFlowResult
from homeassistant.core import callback
from homeassistant.helpers import selector
from homeassistant.helpers.event import async_call_later
import probatio

from ..account.account import Account
from ..account.companion import Companion
from ..account.companion_memory import Onboarding
from ..account.names import channel_name
from ..actions.settings_changes import change_cycle, is_within, settings_error
from ..actions.watching import create_object, object_of
from ..clouds.errors import CloudError
from ..clouds.managed import Cycle, ManagedDevice, NewMeasuringObject, TimedCycle
from ..const import CONF_SITE, DOMAIN, REPOSITORY
from ..kinds.companion import site_choice
from ..monitoring.instruments import InstalledChannel
from ..texts import minute
from .checking import CheckingFlow

ONBOARD: Final = "onboard"
"""The type of a subentry that is never made: its flow ends with a new logger."""
_MINUTE: Final = timedelta(minutes=1)
_LOOKS_FOR: Final = timedelta(minutes=10)
"""How long the dialog waits before it offers something else."""
_PICTURE: Final = f"/{DOMAIN}/hotspot.svg"
_LONGEST_NAME, _LONGEST_DELAY, _FARTHEST = 100, 24 * 60, 1000.0
CONF_NAME, CONF_CHANNEL, CONF_LOWER, CONF_UPPER, CONF_DELAY = (
    "name",
    "channel",
    "lower",
    "upper",
    "delay",
)


class OnboardFlow(CheckingFlow):
    """Site and connect key, hotspot, first contact, cycles, limits."""

    _account: Account
    _companion: Companion
    _site: str
    _key: str
    """It ties a logger to the site; nothing but the form shows it."""

    async def async_step_user(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Begin, or go on where somebody left off."""
        entry = self._get_entry()
        if entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        self._account = entry.runtime_data
        if not self._account.companions:
            return self.async_abort(reason="no_login")
        for companion in self._account.companions:
            if (onboarding := companion.kept.onboarding) is not None:
                self._companion, self._site = companion, onboarding.site
                return self.async_show_menu(
                    step_id="user",
                    menu_options=["go_on", "anew"],
                    description_placeholders={"site": self._name(onboarding.site)},
                )
        return await self.async_step_site()

    async def async_step_anew(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Forget what was begun."""
        self._companion.end_onboarding()
        return await self.async_step_site()

    async def async_step_go_on(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Go on with what was begun."""
        if self._arrived is not None:
            return await self.async_step_arrived()
        return await self._check(self._show_key, "hotspot", "site", "prepare")

    # --- Where it belongs -------------------------------------------------------------------------

    async def async_step_site(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the site."""
        choices = {it.site: it.title for it in self._account.companions}
        if user_input is not None:
            self._site = user_input[CONF_SITE].strip()
            companion = self._account.companions.of_site(self._site)
            if companion is not None and self._site:
                self._companion = companion
                if self._site in choices:
                    return await self._check(self._prepare, "hotspot", "site", "prepare")
                return await self.async_step_new_site()
            self._errors = {CONF_SITE: "no_site"}
        errors, self._errors = self._errors, {}
        schema = probatio.Schema({probatio.Required(CONF_SITE): site_choice(choices)})
        suggested = user_input or {CONF_SITE: next(iter(choices))}
        return self.async_show_form(
            step_id="site",
            data_schema=self.add_suggested_values_to_schema(schema, suggested),
            errors=errors,
        )

    async def async_step_new_site(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask whether a site is really to be created: a typing error would make one, too."""
        if user_input is not None:
            if self._companion.may_write:
                return await self._check(self._create, "hotspot", "new_site", "prepare")
            self._errors = {"base": "read_only"}
        errors, self._errors = self._errors, {}
        return self.async_show_form(
            step_id="new_site",
            data_schema=probatio.Schema({}),
            errors=errors,
            description_placeholders={"site": self._site},
        )

    async def _prepare(self) -> str | None:
        return await self._show_key(begin=True)

    async def _create(self) -> str | None:
        return await self._show_key(begin=True, create=True)

    async def _show_key(self, *, begin: bool = False, create: bool = False) -> str | None:
        """Get the key of the site; begin to wait for what will use it."""
        management = self._companion.management
        try:
            if create:
                self._key = await management.create_site(self._site)
            else:
                self._key = await management.connect_key(self._site)
            if begin:
                await self._companion.begin_onboarding(self._site)
        except CloudError as err:
            return settings_error(err)
        return None

    # --- The logger itself ------------------------------------------------------------------------

    async def async_step_hotspot(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show what to type where."""
        if user_input is not None:
            return await self.async_step_waiting()
        return self.async_show_form(
            step_id="hotspot",
            data_schema=probatio.Schema({}),
            description_placeholders={
                "site": self._name(self._site),
                "connect_key": self._key,
                "picture": _PICTURE,
            },
        )

    async def async_step_waiting(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Wait for the first contact."""
        return await self._check(self._wait, "arrived", "not_there", "wait")

    async def _wait(self) -> str | None:
        if self._arrived is not None:
            return None
        over = Event()

        @callback
        def end(_now: object = None) -> None:
            over.set()

        stops = (
            self._companion.arrived.listen(end),
            async_call_later(self.hass, _LOOKS_FOR, end),
        )
        try:
            await over.wait()
        finally:
            for stop in stops:
                stop()
        return None if self._arrived else "not_there"

    async def async_step_not_there(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Say that nothing came, and what can be done."""
        looked = self._companion.looked
        return self.async_show_menu(
            step_id="not_there",
            menu_options=["waiting", "help", "hotspot", "later"],
            description_placeholders={
                "site": self._name(self._site),
                "looked": minute(self.hass, looked) if looked else "–",
            },
        )

    async def async_step_help(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Say what usually keeps a logger from coming."""
        if user_input is not None:
            return await self.async_step_not_there()
        return self.async_show_form(
            step_id="help",
            data_schema=probatio.Schema({}),
            description_placeholders={"repository": REPOSITORY},
        )

    async def async_step_later(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Leave; Home Assistant goes on looking."""
        return self.async_abort(reason="later")

    @property
    def _onboarding(self) -> Onboarding | None:
        return self._companion.kept.onboarding

    @property
    def _arrived(self) -> ManagedDevice | None:
        onboarding = self._onboarding
        return onboarding.arrived if onboarding else None

    def _name(self, site: str) -> str:
        """Return what a site is called."""
        return next((it.title for it in self._account.companions if it.site == site), site)

    # --- Its settings -----------------------------------------------------------------------------

    async def async_step_arrived(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Say that it is there, and what can be set."""
        device = self._arrived
        if device is None:
            return self.async_abort(reason="later")
        may = self._companion.may_write and self._companion.kept.stopped is None
        options = ["cycles"] if may and self._cycles(device) else []
        options += ["limits"] if may else []
        return self.async_show_menu(
            step_id="arrived",
            menu_options=[*options, "done"],
            description_placeholders={"serial": device.serial},
        )

    def _cycles(self, device: ManagedDevice) -> dict[Cycle, TimedCycle]:
        timed = {it.cycle: it.timed(None) for it in device.cycles}
        return {cycle: it for cycle, it in timed.items() if it is not None}

    async def async_step_cycles(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask how often it is to measure and to send."""
        device = self._arrived
        if device is None:
            return self.async_abort(reason="later")
        cycles = self._cycles(device)
        if user_input is not None:
            wanted = {cycle: timedelta(minutes=user_input[cycle]) for cycle in cycles}
            if all(is_within(cycles[cycle], it) for cycle, it in wanted.items()):
                self._wanted = wanted
                return await self._check(self._set_cycles, "arrived", "cycles", "change")
            self._errors = {"base": "out_of_bounds"}
        errors, self._errors = self._errors, {}
        fields = {probatio.Required(cycle): _minutes(it) for cycle, it in cycles.items()}
        suggested = user_input or {cycle: it.value / _MINUTE for cycle, it in cycles.items()}
        return self.async_show_form(
            step_id="cycles",
            data_schema=self.add_suggested_values_to_schema(probatio.Schema(fields), suggested),
            errors=errors,
            description_placeholders={"serial": device.serial},
        )

    _wanted: dict[Cycle, timedelta]

    async def _set_cycles(self) -> str | None:
        """Change what is to be another one; both are changes of their own."""
        for cycle, value in self._wanted.items():
            device = self._arrived
            timed = self._cycles(device).get(cycle) if device else None
            if device is None or timed is None or timed.value == value:
                continue
            try:
                await change_cycle(
                    self._account, self._companion, self._site, device, (cycle, timed, value)
                )
            except CloudError as err:
                return settings_error(err)
        return None

    async def async_step_limits(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask for what is watched, and the limits."""
        device = self._arrived
        if device is None:
            return self.async_abort(reason="later")
        channels = self._channels(device)
        if not channels:
            return await self.async_step_not_listed()
        if user_input is not None:
            installed = channels[user_input[CONF_CHANNEL]]
            wanted = object_of(
                installed,
                user_input[CONF_NAME].strip(),
                (user_input.get(CONF_LOWER), user_input.get(CONF_UPPER)),
                timedelta(minutes=user_input[CONF_DELAY]),
                (installed.channel.unit, self._settable[installed.channel.quantity]),
            )
            if isinstance(wanted, NewMeasuringObject):
                self._object = wanted
                return await self._check(self._watch, "arrived", "limits", "change")
            self._errors = {"base": wanted}
        errors, self._errors = self._errors, {}
        names = {
            key: f"{channel_name(self.hass, it)} ({it.channel.unit})"
            for key, it in channels.items()
        }
        return self.async_show_form(
            step_id="limits",
            data_schema=self.add_suggested_values_to_schema(
                _limits(names), user_input or {CONF_CHANNEL: next(iter(names)), CONF_DELAY: 0}
            ),
            errors=errors,
            description_placeholders={"serial": device.serial},
        )

    async def async_step_not_listed(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Say that the account does not know yet what the logger measures."""
        device = self._arrived
        self._account.inventory_wanted.send()
        return self.async_show_menu(
            step_id="not_listed",
            menu_options=["limits", "done"],
            description_placeholders={"serial": device.serial if device else ""},
        )

    _object: NewMeasuringObject

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

    async def _watch(self) -> str | None:
        try:
            await create_object(self._account, self._companion, self._site, self._object)
        except CloudError as err:
            return settings_error(err)
        return None

    async def async_step_done(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """End; what is to be seen of the logger comes by itself."""
        self._companion.end_onboarding()
        self._account.inventory_wanted.send()
        return self.async_abort(reason="onboarded")


def _minutes(timed: TimedCycle) -> selector.NumberSelector:
    return selector.NumberSelector(
        selector.NumberSelectorConfig(
            min=timed.least / _MINUTE,
            max=timed.most / _MINUTE,
            step="any",
            mode=selector.NumberSelectorMode.BOX,
            unit_of_measurement="min",
        )
    )


def _limits(names: dict[str, str]) -> probatio.Schema:
    number = selector.NumberSelector(
        selector.NumberSelectorConfig(
            min=-_FARTHEST, max=_FARTHEST, step="any", mode=selector.NumberSelectorMode.BOX
        )
    )
    delay = selector.NumberSelector(
        selector.NumberSelectorConfig(
            min=0,
            max=_LONGEST_DELAY,
            step=1,
            mode=selector.NumberSelectorMode.BOX,
            unit_of_measurement="min",
        )
    )
    channel = selector.SelectSelector(
        selector.SelectSelectorConfig(
            options=[
                selector.SelectOptionDict(value=key, label=name) for key, name in names.items()
            ],
            mode=selector.SelectSelectorMode.DROPDOWN,
        )
    )
    return probatio.Schema(
        {
            probatio.Required(CONF_NAME): probatio.All(str, probatio.Length(1, _LONGEST_NAME)),
            probatio.Required(CONF_CHANNEL): channel,
            probatio.Optional(CONF_LOWER): number,
            probatio.Optional(CONF_UPPER): number,
            probatio.Required(CONF_DELAY): delay,
        }
    )
