"""Adding a login for the settings of loggers, and changing it."""

from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntryState,
    SubentryFlowResult,
)
from homeassistant.const import CONF_PASSWORD

from ..account.memory import Memory
from ..account.store import MemoryStore
from ..clouds.errors import AuthenticationError, CloudError, LicenceError, RefusedError
from ..clouds.managed import ManagedDevice, Management
from ..const import CONF_SITE, LOGGER, REPOSITORY
from ..errors import error_key
from ..kinds.base import Connection
from ..kinds.companion import (
    SETTINGS,
    connect,
    data_of,
    errors,
    form,
    labelled,
    region_of,
    typed_of,
)
from ..kinds.sessions import create_session
from .checking import CheckingFlow


class SettingsFlow(CheckingFlow):
    """Ask for the login and prove it by a real read."""

    def __init__(self) -> None:
        """Start with an empty form."""
        super().__init__()
        self._typed: Mapping[str, Any] = {}
        self._data: dict[str, Any] = {}
        self._sites: dict[str, str] = {}
        self._memory = Memory()
        self._secret: Mapping[str, Any] = {}
        """What the check has logged in with."""

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for a login."""
        return await self._ask("user", None, user_input)

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Change it; an empty password stays as it is."""
        before = self._get_reconfigure_subentry().data
        await self._learn_sites()
        known = typed_of(before)
        self._typed = self._typed or {**known, CONF_SITE: self._shown(known[CONF_SITE])}
        return await self._ask("reconfigure", before, user_input)

    async def _ask(
        self, step: str, before: Mapping[str, Any] | None, user_input: dict[str, Any] | None
    ) -> SubentryFlowResult:
        await self._learn_sites()
        if user_input is not None:
            self._typed = user_input
            self._data = data_of(user_input, before[CONF_PASSWORD] if before else None)
            site = self._data[CONF_SITE]
            self._data[CONF_SITE] = labelled(self._sites).get(site, site)
            password = str(user_input.get(CONF_PASSWORD) or "")
            self._errors = errors(self._data, before, password)
            if not self._errors and self._is_taken():
                return self.async_abort(reason="already_configured")
            if not self._errors:
                return await self._check(self._try, "found", step, "check")
        found, self._errors = self._errors, {}
        return self.async_show_form(
            step_id=step,
            data_schema=self.add_suggested_values_to_schema(
                form(labelled(self._sites), needs_password=before is None), self._typed
            ),
            errors=found,
            description_placeholders={"repository": REPOSITORY},
        )

    async def _learn_sites(self) -> None:
        """Learn which sites the account has, and what they are called."""
        if not self._sites:
            store = MemoryStore(self.hass, str(self._get_entry().unique_id))
            self._memory = await store.load()
            names = {it.id: it.name for it in self._memory.locations if it.name}
            self._sites = {it: names.get(it, it) for it in self._memory.inventory.sites()}

    def _shown(self, site: str) -> str:
        """Return a site as it is to be chosen."""
        return next((it for it, known in labelled(self._sites).items() if known == site), site)

    def _is_taken(self) -> bool:
        """Tell whether another login brings the settings of the site."""
        mine = self._reconfigure_subentry_id if self.source == SOURCE_RECONFIGURE else None
        return any(
            it.subentry_type == SETTINGS
            and id_ != mine
            and self._name(it.data[CONF_SITE]) == self._name(self._data[CONF_SITE])
            for id_, it in self._get_entry().subentries.items()
        )

    def _name(self, site: str) -> str:
        """Return what a site is called, however it was chosen."""
        return self._sites.get(site, site)

    async def _try(self) -> str | None:
        """Read the devices of the site."""
        session = create_session(self.hass, auto_cleanup=False)
        connection = Connection(session=session, data=self._data)
        management = connect(connection, region_of(self._get_entry().data))
        try:
            devices = await self._read(management)
        except AuthenticationError as err:
            return error_key(err)
        except RefusedError:
            return "unknown_site"
        except CloudError as err:
            LOGGER.debug("The settings could not be read: %s", err)
            return error_key(err)
        finally:
            session.detach()
        self._secret = management.secret
        known = {it.serial for it in self._memory.inventory.devices}
        if devices and known.isdisjoint(it.serial for it in devices):
            return "foreign_site"
        return None

    async def _read(self, management: Management) -> tuple[ManagedDevice, ...]:
        """Read by the id of the site, else by its name: nobody says which one is meant."""
        site = self._data[CONF_SITE]
        try:
            return await management.devices(site)
        except LicenceError, RefusedError:
            name = self._name(site)
            if name == site:
                raise
        devices = await management.devices(name)
        self._data[CONF_SITE] = name
        return devices

    async def async_step_found(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Keep a login that works."""
        title, unique_id = self._name(self._data[CONF_SITE]), f"{SETTINGS}_{self._data[CONF_SITE]}"
        if self.source == SOURCE_RECONFIGURE:
            entry, subentry = self._get_entry(), self._get_reconfigure_subentry()
            if entry.state is ConfigEntryState.LOADED:
                # What was said about the login is over, also if it is the same one.
                entry.runtime_data.companions.renew(subentry.subentry_id, self._secret)
                if subentry.data == self._data:
                    self.hass.config_entries.async_schedule_reload(entry.entry_id)
            # Any other is a change, after which the account is loaded anew.
            return self.async_update_and_abort(
                entry,
                subentry,
                data=self._data,
                title=title,
                unique_id=unique_id,
            )
        return self.async_create_entry(title=title, data=self._data, unique_id=unique_id)
