"""Set-up of an account: its kind, its login, a real read to prove it, its sites."""

import asyncio
from asyncio import sleep
from collections.abc import Awaitable, Callable, Container, Mapping
from functools import partial
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.core import callback
import probatio

from .account.memory import Memory
from .account.store import MemoryStore
from .clouds.errors import CloudError
from .const import CONF_KIND, CONF_SITES, DOMAIN, LOGGER, REPOSITORY
from .errors import error_key
from .kinds.base import Connection, Kind
from .kinds.first_look import Found, first_look
from .kinds.sessions import create_session
from .kinds.table import KINDS, kind_of
from .monitoring.register import DeviceRegister
from .options_flow import TestoOptionsFlow, site_choices, site_selector

_SHORTEST_CHECK = 1.5


class TestoConfigFlow(ConfigFlow, domain=DOMAIN):
    """Add an account, renew its login or change how it is reached."""

    VERSION = 1
    MINOR_VERSION = 1

    _kind: Kind
    _step: str
    """The form that is shown, and shown again if the check fails."""

    def __init__(self) -> None:
        """Start with an empty form."""
        self._typed: Mapping[str, Any] = {}
        self._data: dict[str, Any] = {}
        self._errors: dict[str, str] = {}
        self._check: asyncio.Task[Found | str] | None = None
        self._found: Found | None = None

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the flow for intervals, sites and patience."""
        return TestoOptionsFlow()

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
                return self.async_step_reconfigure
            if step == kind.step("reauth_confirm"):
                return self.async_step_reauth_confirm
        raise AttributeError(name)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change login or address: the form of the start, where an empty secret stays as it is."""
        data = self._get_reconfigure_entry().data
        kind = kind_of(data)
        typed = kind.typed(data)
        secrets = {name: typed.pop(name) for name in kind.secrets}
        self._typed = self._typed or typed
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
        return await self._ask(kind, kind.step("reauth_confirm"), user_input, data)

    async def _ask(
        self,
        kind: Kind,
        step: str,
        user_input: dict[str, Any] | None = None,
        known: Mapping[str, Any] | None = None,
        kept: Mapping[str, Any] | None = None,
    ) -> ConfigFlowResult:
        """Ask for what an account of a kind needs; only for its login if the rest is known.

        Secrets that are kept need not be typed again.
        """
        self._kind, self._step = kind, step
        kept = kept or {}
        if user_input is not None:
            self._typed = user_input
            same = {it: kept[it] for it in kept if not str(user_input.get(it) or "").strip()}
            self._data = {
                **(known or {CONF_KIND: kind.name}),
                **kind.data_of({**user_input, **same}),
            }
            self._errors = kind.errors(self._data)
            if not self._errors:
                return await self.async_step_check()
        errors, self._errors = self._errors, {}
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(
                _without_need(kind.form(login_only=known is not None), kept),
                self._typed or kind.blank(),
            ),
            errors=errors,
            description_placeholders=self._words,
        )

    async def async_step_check(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Make a real read, while the form shows that it takes a while."""
        if self._check is None:
            self._check = self.hass.async_create_task(
                self._try_visibly(), f"{DOMAIN} account check"
            )
        if not self._check.done():
            return self.async_show_progress(
                step_id="check",
                progress_action="check",
                progress_task=self._check,
                description_placeholders=self._words,
            )
        outcome, self._check = self._check.result(), None
        if isinstance(outcome, Found):
            self._found = outcome
            return self.async_show_progress_done(next_step_id="found")
        self._errors = {"base": outcome}
        return self.async_show_progress_done(next_step_id=self._step)

    async def async_step_found(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Go on with an account that answered."""
        found = self._checked()
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
        memory.secret = {**secret}
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

    async def _try_visibly(self) -> Found | str:
        """Try, for as long as it takes the dialog to show that something goes on.

        It would miss the end of a check that is over before.
        """
        outcome, _ = await asyncio.gather(self._try(), sleep(_SHORTEST_CHECK))
        return outcome

    async def _try(self) -> Found | str:
        """Return what the account has, or the key of the error."""
        session = create_session(self.hass, auto_cleanup=False)
        try:
            cloud = self._kind.connect(Connection(session=session, data=self._data))
            found = await first_look(cloud)
        except CloudError as err:
            LOGGER.debug("The account could not be read: %s", err)
            return error_key(err)
        finally:
            session.detach()
        return "empty_account" if found.tenant is None else found

    @property
    def _words(self) -> dict[str, str]:
        """Return what the texts of a kind are filled with."""
        return {
            # The texts add the page in their language.
            "repository": REPOSITORY,
            "maker": self._kind.maker,
            **self._kind.placeholders,
        }

    def _checked(self) -> Found:
        assert self._found is not None  # noqa: S101  the check comes before these steps
        return self._found


def _without_need(form: probatio.Schema, names: Container[str]) -> probatio.Schema:
    """Return a form in which some fields may stay empty."""
    return probatio.Schema(
        {
            probatio.Optional(marker.schema) if str(marker) in names else marker: field
            for marker, field in form.schema.items()
        }
    )
