"""Set-up of an account: its kind, its login, a real read to prove it, its sites."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.core import callback
import probatio

from .account.memory import Memory
from .account.store import MemoryStore
from .const import CONF_BASE_URL, CONF_SITES, DOMAIN
from .flows.move import MIGRATE, MoveSteps
from .flows.onboard import ONBOARD, OnboardFlow
from .flows.settings import SettingsFlow
from .kinds.companion import SETTINGS
from .kinds.table import KINDS, kind_of
from .monitoring.register import DeviceRegister
from .options_flow import TestoOptionsFlow, site_choices, site_selector


class TestoConfigFlow(MoveSteps, domain=DOMAIN):
    """Add an account, renew its login or change how it is reached."""

    VERSION = 1
    MINOR_VERSION = 1

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the flow for intervals, sites and patience."""
        return TestoOptionsFlow()

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: ConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return what can be added: a login for settings, and with it a new logger."""
        try:
            kind = kind_of(config_entry.data)
        except KeyError:
            # One of a later release.
            return {}
        return {SETTINGS: SettingsFlow, ONBOARD: OnboardFlow} if kind.companion else {}

    @override
    async def async_step_user(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the kind of account."""
        return self.async_show_menu(step_id="user", menu_options=list(KINDS))

    def __getattr__(self, name: str) -> Callable[..., Awaitable[ConfigFlowResult]]:
        """Return the step of a kind: the table alone says which there are."""
        step = name.removeprefix("async_step_")
        for kind in KINDS.values():
            if step == kind.name:
                return partial(self._ask, kind, step)
            if step == kind.step("reconfigure"):
                return self._reconfigure
            if step == kind.step("reauth_confirm"):
                return self.async_step_reauth_confirm
        raise AttributeError(name)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change how an account is reached, or move it to the kind that replaces its own."""
        if kind_of(self._get_reconfigure_entry().data).successor is None:
            return await self._reconfigure(user_input)
        return await self.async_step_reconfigure_menu()

    async def async_step_reconfigure_menu(
        self, _user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which of both."""
        change = kind_of(self._get_reconfigure_entry().data).step("reconfigure")
        return self.async_show_menu(step_id="reconfigure_menu", menu_options=[change, MIGRATE])

    async def _reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Change login or address: the form of the start, where an empty secret stays as it is."""
        data = self._get_reconfigure_entry().data
        kind = kind_of(data)
        typed = kind.typed(data)
        secrets = {name: typed.pop(name) for name in kind.secrets}
        self._typed = self._typed or typed
        self._kept_for = data[CONF_BASE_URL]
        return await self._ask(kind, kind.step("reconfigure"), user_input, kept=secrets)

    async def async_step_reauth(self, _entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Begin to ask for a new login."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a new login of the same account."""
        data = self._get_reauth_entry().data
        kind = kind_of(data)
        known = {name: it for name, it in kind.typed(data).items() if name not in kind.secrets}
        self._typed = self._typed or {**known, **kind.blank()}
        return await self._ask(kind, kind.step("reauth_confirm"), user_input, data)

    async def async_step_found(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Go on with an account that answered."""
        found = self._checked()
        if self._step == MIGRATE:
            return await self.async_step_migrate_preview()
        await self.async_set_unique_id(self._kind.entry_id(str(found.tenant)))
        if self.source in {SOURCE_REAUTH, SOURCE_RECONFIGURE}:
            self._abort_if_unique_id_mismatch(
                reason="wrong_account", description_placeholders=self._words
            )
            entry = (
                self._get_reauth_entry()
                if self.source == SOURCE_REAUTH
                else self._get_reconfigure_entry()
            )
            data = self._kind.renewed(self._data, entry.data)
            await self._hand_over(entry, found.secret)
            return self.async_update_reload_and_abort(entry, data=data)
        self._abort_if_unique_id_configured()
        if len(found.inventory.sites()) > 1:
            return await self.async_step_sites()
        return await self._create({})

    async def _hand_over(self, entry: ConfigEntry[Any], secret: Mapping[str, Any]) -> None:
        """Keep what the check has logged in with: nobody has to do so again."""
        if entry.state is ConfigEntryState.LOADED:
            entry.runtime_data.hand_over(secret)
            return
        store = MemoryStore(self.hass, str(entry.unique_id))
        memory = await store.load()
        memory.renew(secret)
        await store.save(memory)

    async def async_step_sites(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Choose the sites to bring in."""
        found = self._checked()
        choices = site_choices(found.inventory, found.names.locations)
        errors = {}
        if user_input is not None:
            if user_input[CONF_SITES]:
                every = set(choices) == set(user_input[CONF_SITES])
                # All of them means those to come as well.
                return await self._create({} if every else user_input)
            errors[CONF_SITES] = "no_site"
        return self.async_show_form(
            step_id="sites",
            data_schema=probatio.Schema(
                {probatio.Required(CONF_SITES, default=list(choices)): site_selector(choices)}
            ),
            errors=errors,
        )

    async def _create(self, options: dict[str, Any]) -> ConfigFlowResult:
        """Create the entry and hand over what is known, so that its devices are there at once."""
        found = self._checked()
        memory = Memory(
            register=DeviceRegister(inventory=found.inventory),
            locations=found.names.locations,
            equipments=found.names.equipments,
            learnt={**found.learnt},
            secret={**found.secret},
        )
        await MemoryStore(self.hass, str(self.unique_id)).save(memory)
        return self.async_create_entry(
            title=found.title or self._kind.product, data=self._data, options=options
        )
