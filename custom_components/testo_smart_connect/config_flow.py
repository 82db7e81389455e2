"""Set-up of an account: region, key, a real job to prove them, sites."""

import asyncio
from asyncio import sleep
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlow,
    ConfigFlowResult,
    OptionsFlow,
)
from homeassistant.core import callback
from homeassistant.data_entry_flow import section
from homeassistant.helpers import selector
from homeassistant.util import dt as dt_util
import probatio
from yarl import URL

from .account.memory import Memory
from .account.store import MemoryStore
from .clouds.base import Cloud, CloudError
from .clouds.http.links import is_loopback
from .clouds.jobs.smart_connect import REGIONS
from .const import (
    CONF_ADVANCED,
    CONF_API_KEY,
    CONF_BASE_URL,
    CONF_KEY_ENTERED,
    CONF_KEY_EXPIRES,
    CONF_REGION,
    CONF_SITES,
    DOMAIN,
    LOGGER,
    NAME,
    README,
)
from .errors import error_key
from .kinds.clients import create_cloud, create_session
from .monitoring.model import Inventory, Location
from .monitoring.register import DeviceRegister
from .options_flow import TestoOptionsFlow, site_selector
from .texts import one_line

_SHORTEST_CHECK = 1.5
_LONGEST_NAMES = 30.0
"""Seconds that the names of sites may take longer than the devices."""
_KEY_LIFE = timedelta(days=365)
_PLACEHOLDERS = {
    "portal": "https://eu.smartconnect.testo.com",
    "readme": f"{README}#readme",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What the first job of an account showed."""

    tenant: str
    inventory: Inventory
    locations: tuple[Location, ...]

    @property
    def title(self) -> str:
        """Return the name of the customer, where the cloud tells one."""
        names = [place.name for place in self.locations if place.kind == "customer"]
        return (one_line(names[0] or "") if len(names) == 1 else None) or NAME

    @property
    def site_names(self) -> dict[str, str]:
        """Return the names of the sites that have devices."""
        names = {place.id: place.name for place in self.locations if place.name}
        return {site: names.get(site, site) for site in self.inventory.sites()}


def _form(*, key_only: bool = False) -> probatio.Schema:
    expires = probatio.Optional(CONF_KEY_EXPIRES)
    fields: dict[Any, Any] = {
        probatio.Required(probatio.Secret(CONF_API_KEY)): selector.TextSelector(
            selector.TextSelectorConfig(type=selector.TextSelectorType.PASSWORD)
        ),
        expires: selector.DateSelector(),
    }
    if key_only:
        return probatio.Schema(fields)
    region = selector.SelectSelector(
        selector.SelectSelectorConfig(
            options=list(REGIONS),
            mode=selector.SelectSelectorMode.LIST,
            translation_key="region",
        )
    )
    base_url = selector.TextSelector(
        selector.TextSelectorConfig(type=selector.TextSelectorType.URL)
    )
    return probatio.Schema(
        {
            probatio.Required(CONF_REGION, default=REGIONS[0]): region,
            **fields,
            probatio.Optional(CONF_ADVANCED): section(
                probatio.Schema({probatio.Optional(CONF_BASE_URL): base_url}),
                {"collapsed": True},
            ),
        }
    )


class TestoConfigFlow(ConfigFlow, domain=DOMAIN):
    """Add an account, renew its key or change how it is reached."""

    VERSION = 1
    MINOR_VERSION = 1

    def __init__(self) -> None:
        """Start with an empty form."""
        self._typed: dict[str, Any] = {}
        self._data: dict[str, Any] = {}
        self._errors: dict[str, str] = {}
        self._check: asyncio.Task[_Found | str] | None = None
        self._found: _Found | None = None

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the flow for intervals, sites and patience."""
        return TestoOptionsFlow()

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for region and key."""
        if user_input is not None:
            self._typed, self._data = user_input, _connection(user_input)
            self._errors = _form_errors(self._data)
            if not self._errors:
                return await self.async_step_check()
        return self._show("user", _form())

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change region, key or address: the same form as at the start."""
        if user_input is None and not self._typed:
            data = self._get_reconfigure_entry().data
            self._typed = {
                **{k: data[k] for k in (CONF_REGION, CONF_API_KEY)},
                CONF_KEY_EXPIRES: data.get(CONF_KEY_EXPIRES),
                CONF_ADVANCED: {CONF_BASE_URL: data.get(CONF_BASE_URL)},
            }
        return await self.async_step_user(user_input)

    async def async_step_reauth(self, _entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Begin to ask for a new key."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for a new key of the same account."""
        if user_input is not None:
            self._typed = user_input
            self._data = {**self._get_reauth_entry().data, **_key(user_input)}
            self._errors = _form_errors(self._data)
            if not self._errors:
                return await self.async_step_check()
        return self._show("reauth_confirm", _form(key_only=True))

    async def async_step_check(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Run a real job, while the form shows that it takes a while."""
        if self._check is None:
            self._check = self.hass.async_create_task(
                self._try_visibly(), f"{DOMAIN} account check"
            )
        if not self._check.done():
            return self.async_show_progress(
                step_id="check", progress_action="check", progress_task=self._check
            )
        outcome, self._check = self._check.result(), None
        if isinstance(outcome, _Found):
            self._found = outcome
            return self.async_show_progress_done(next_step_id="found")
        self._errors = {"base": outcome}
        back = "reauth_confirm" if self.source == SOURCE_REAUTH else "user"
        return self.async_show_progress_done(next_step_id=back)

    async def async_step_found(self, _user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Go on with an account that answered."""
        found = self._checked()
        await self.async_set_unique_id(found.tenant)
        if self.source in {SOURCE_REAUTH, SOURCE_RECONFIGURE}:
            self._abort_if_unique_id_mismatch(reason="wrong_account")
            entry = (
                self._get_reauth_entry()
                if self.source == SOURCE_REAUTH
                else self._get_reconfigure_entry()
            )
            if self._data[CONF_API_KEY] == entry.data[CONF_API_KEY]:
                self._data[CONF_KEY_ENTERED] = entry.data[CONF_KEY_ENTERED]
            elif self._data[CONF_KEY_EXPIRES] == entry.data[CONF_KEY_EXPIRES]:
                # The form came with the end of the old key: that of a new one is not known.
                self._data[CONF_KEY_EXPIRES] = None
            return self.async_update_reload_and_abort(entry, data=self._data)
        self._abort_if_unique_id_configured()
        if len(found.site_names) > 1:
            return await self.async_step_sites()
        return await self._create({})

    async def async_step_sites(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Choose the sites to bring in."""
        found = self._checked()
        errors = {}
        if user_input is not None:
            if user_input[CONF_SITES]:
                every = set(found.site_names) == set(user_input[CONF_SITES])
                # All of them means those to come as well.
                return await self._create({} if every else user_input)
            errors[CONF_SITES] = "no_site"
        counts = found.inventory.sites()
        choices = {site: f"{name} ({counts[site]})" for site, name in found.site_names.items()}
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
            register=DeviceRegister(inventory=found.inventory), locations=found.locations
        )
        await MemoryStore(self.hass, found.tenant).save(memory)
        return self.async_create_entry(title=found.title, data=self._data, options=options)

    async def _try_visibly(self) -> _Found | str:
        """Try, for as long as it takes the dialog to show that something goes on.

        It would miss the end of a check that is over before.
        """
        outcome, _ = await asyncio.gather(self._try(), sleep(_SHORTEST_CHECK))
        return outcome

    async def _try(self) -> _Found | str:
        """Return what the account has, or the key of the error."""
        session = create_session(self.hass, auto_cleanup=False)
        try:
            return await _account_of(create_cloud(session, self._data))
        except CloudError as err:
            LOGGER.debug("The account could not be read: %s", err)
            return error_key(err)
        finally:
            session.detach()

    def _checked(self) -> _Found:
        assert self._found is not None  # noqa: S101  the check comes before these steps
        return self._found

    def _show(self, step_id: str, form: probatio.Schema) -> ConfigFlowResult:
        """Show a form with what was typed, the key included."""
        if self.source == SOURCE_RECONFIGURE:
            step_id = "reconfigure"
        suggested = self._typed or {
            CONF_KEY_EXPIRES: (dt_util.now() + _KEY_LIFE).date().isoformat()
        }
        errors, self._errors = self._errors, {}
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(form, suggested),
            errors=errors,
            description_placeholders=_PLACEHOLDERS,
        )


async def _account_of(cloud: Cloud) -> _Found | str:
    """Return what an account has; what only brings names may fail."""
    names = asyncio.ensure_future(_names(cloud))
    try:
        inventory = await cloud.inventory()
        async with asyncio.timeout(_LONGEST_NAMES):
            locations = await names
    except TimeoutError:
        locations = ()
    finally:
        # Else its job would be polled on, beside those of the next try.
        names.cancel()
    tenants = (inventory.tenant, *(place.tenant for place in locations))
    tenant = next(filter(None, tenants), None)
    if tenant is None:
        return "empty_account"
    return _Found(tenant=tenant, inventory=inventory, locations=locations)


async def _names(cloud: Cloud) -> tuple[Location, ...]:
    """Return the named places; the account goes on asking for them once it is set up."""
    try:
        return await cloud.locations()
    except CloudError as err:
        LOGGER.debug("The names of the sites could not be read: %s", err)
        return ()


def _key(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return key and dates; blanks and quotes come along when a key is copied."""
    return {
        CONF_API_KEY: typed[CONF_API_KEY].strip(" \t\r\n\"'“”„\u2018\u2019"),
        CONF_KEY_EXPIRES: typed.get(CONF_KEY_EXPIRES),
        CONF_KEY_ENTERED: dt_util.now().date().isoformat(),
    }


def _connection(typed: Mapping[str, Any]) -> dict[str, Any]:
    base_url = (typed.get(CONF_ADVANCED, {}).get(CONF_BASE_URL) or "").strip().rstrip("/")
    return {
        CONF_REGION: typed[CONF_REGION],
        **_key(typed),
        CONF_BASE_URL: base_url or None,
    }


def _form_errors(data: Mapping[str, Any]) -> dict[str, str]:
    """Return what can be told to be wrong without asking the cloud."""
    errors = {}
    key = data[CONF_API_KEY]
    if not key or not (key.isascii() and key.isprintable()):
        errors[CONF_API_KEY] = "invalid_auth"
    if data[CONF_BASE_URL] and not _is_safe(data[CONF_BASE_URL]):
        # Errors cannot be bound to a field within a section.
        errors["base"] = "invalid_url"
    return errors


def _is_safe(address: str) -> bool:
    """Tell whether a key may be sent there: encrypted, or not leaving the machine."""
    try:
        url = URL(address)
        # What has no name in the DNS makes the HTTP client fail in its own way.
        (url.host or "").encode("idna")
    except ValueError:
        return False
    if not url.host or url.user or url.password or url.query_string or url.fragment:
        return False
    if url.scheme == "https":
        return True
    return url.scheme == "http" and is_loopback(url.host)
