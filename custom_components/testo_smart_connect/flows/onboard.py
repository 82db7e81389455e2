"""Bringing a new logger from its box to its first contact, step by step."""

from asyncio import Event
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Final

from homeassistant.config_entries import SubentryFlowResult
from homeassistant.core import callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.event import async_call_later
import probatio

from ..account.companion import Companion, arrival_at
from ..actions.behind import who_asks
from ..actions.settings_changes import create_site, settings_error
from ..clouds.errors import CloudError
from ..const import CONF_SITE, DOMAIN, REPOSITORY
from ..kinds.companion import labelled, site_choice
from ..texts import minute
from .onboard_settings import OnboardSettings

ONBOARD: Final = "onboard"
"""The type of a subentry that is never made: its flow ends with a new logger."""
_LOOKS_FOR: Final = timedelta(minutes=10)
"""How long the dialog waits before it offers something else."""
_PICTURE: Final = f"/{DOMAIN}/hotspot.svg"


class OnboardFlow(OnboardSettings):
    """Site and connect key, hotspot, first contact; then its settings."""

    _key: str
    """It ties a logger to the site; nothing but the form shows it."""

    async def async_step_user(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Begin, or go on where somebody left off."""
        for companion in self._account.companions:
            if (onboarding := companion.kept.onboarding) is not None:
                self._login, self._site = companion.subentry.subentry_id, onboarding.site
                return self.async_show_menu(
                    step_id="user",
                    menu_options=["go_on", "anew"],
                    description_placeholders={"site": self._name},
                )
        return await self.async_step_site()

    async def async_step_anew(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Forget what was begun."""
        self._end()
        return await self.async_step_site()

    async def async_step_go_on(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Go on with what was begun."""
        if self._companion.arrival is not None:
            return await self.async_step_arrived()
        return await self._prepare("site")

    # --- Where it belongs -------------------------------------------------------------------------

    async def async_step_site(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for the site."""
        choices = labelled({it.site: it.title for it in self._account.companions})
        if not choices:
            return self.async_abort(reason="no_login")
        if user_input is not None:
            self._site = _meant(choices, user_input[CONF_SITE].strip())
            if self._site:
                account = self._account
                if own := account.companions.named(self._site, account.site_name):
                    self._site = own.site
                companion = account.companions.of_site(self._site)
                assert companion is not None  # noqa: S101  without a login there are no choices
                self._login = companion.subentry.subentry_id
                if self._is_known:
                    return await self._prepare("site")
                return await self.async_step_new_site()
            self._errors = {CONF_SITE: "no_site"}
        errors, self._errors = self._errors, {}
        schema = probatio.Schema({probatio.Required(CONF_SITE): site_choice(choices)})
        shown = next((it for it, site in choices.items() if site == self._site), self._site)
        suggested = {CONF_SITE: shown or next(iter(choices))}
        return self.async_show_form(
            step_id="site",
            data_schema=self.add_suggested_values_to_schema(schema, suggested),
            errors=errors,
        )

    @property
    def _is_known(self) -> bool:
        """Tell whether the site is there already, as far as anybody here knows."""
        account, companion = self._account, self._companion
        begun = companion.kept.onboarding
        return (
            companion.site == self._site
            or (begun is not None and begun.site == self._site)
            or any(
                self._site in {it, account.site_name(it)} for it in account.memory.inventory.sites()
            )
        )

    async def async_step_new_site(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Ask whether a site is really to be created: a typing error would make one, too."""
        if user_input is not None:
            refusal = self._refusal
            if refusal is None:
                return await self._prepare("new_site", create=True)
            self._errors = {"base": refusal}
        errors, self._errors = self._errors, {}
        return self.async_show_form(
            step_id="new_site",
            data_schema=probatio.Schema({}),
            errors=errors,
            description_placeholders={"site": self._site},
        )

    async def _prepare(self, back: str, *, create: bool = False) -> SubentryFlowResult:
        work = partial(self._show_key, self._companion, create=create)
        return await self._check(work, "hotspot", back, "prepare")

    async def _show_key(self, companion: Companion, *, create: bool) -> str | None:
        """Get the key of the site; begin to wait for what will use it."""
        try:
            if create:
                self._key = await create_site(self._account, companion, self._site, who_asks())
            else:
                self._key = await companion.management.connect_key(self._site)
            await companion.begin_onboarding(self._site)
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
                "site": self._name,
                "connect_key": self._key,
                "picture": _PICTURE,
            },
        )

    async def async_step_waiting(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Wait for the first contact, from now on for as long as before."""
        self._check_begun()
        if self._companion.arrival is not None:
            return await self.async_step_arrived()
        await self._companion.begin_onboarding(self._site)
        return await self._wait_for(self._wait, "arrived", "not_there")

    async def _wait(self) -> str | None:
        over = Event()

        @callback
        def end(_now: object = None) -> None:
            over.set()

        # It is sent to whoever waits, also if the account was loaded anew since.
        stops = (
            async_dispatcher_connect(self.hass, arrival_at(self._login), end),
            async_call_later(self.hass, _LOOKS_FOR, end),
        )
        try:
            await over.wait()
        finally:
            for stop in stops:
                stop()
        return None if self._companion.arrival else "not_there"

    async def async_step_not_there(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Say that nothing came, and what can be done."""
        looked = self._companion.looked
        # It is no error of a form.
        self._errors = {}
        return self.async_show_menu(
            step_id="not_there",
            menu_options=["waiting", "help", "hotspot", "later"],
            description_placeholders={
                "site": self._name,
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


def _meant(choices: Mapping[str, str], typed: str) -> str:
    """Return the site that somebody chose; they may have typed its name, or what it is itself."""
    for name, site in choices.items():
        if typed.casefold() in {name.casefold(), site.casefold()}:
            return site
    return typed
