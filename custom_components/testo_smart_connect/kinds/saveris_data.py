"""Accounts of testo Saveris: a region, a user name and a password."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.const import CONF_PASSWORD, CONF_USERNAME
from homeassistant.helpers import selector
import probatio

from ..clouds.base import Cloud
from ..clouds.http.credentials import Nobody
from ..clouds.http.login import Login, LoginCredentials
from ..clouds.jobs.learnt import Dialect
from ..clouds.jobs.runner import JobRunner
from ..clouds.jobs.saveris_data import (
    ENVIRONMENTS,
    REGIONS,
    PushWay,
    SaverisData,
    base_url,
    own_push_url,
    push_url,
)
from ..const import CONF_ADVANCED, CONF_BASE_URL, CONF_ENVIRONMENT, CONF_REGION
from .address import address_errors, address_of, advanced, typed_address
from .base import Connection, Kind, choice, password


class SaverisDataKind(Kind):
    """The Saveris Data API."""

    name = "saveris_data"
    maker = "testo"
    product = "testo Saveris"
    credential = CONF_PASSWORD
    secrets = (CONF_PASSWORD,)
    traits = SaverisData.traits
    companion = True

    @override
    def form(self, *, login_only: bool = False) -> probatio.Schema:
        """Return the form with region, login, environment and address."""
        login: dict[Any, Any] = {
            probatio.Required(CONF_USERNAME): selector.TextSelector(
                selector.TextSelectorConfig(autocomplete="username")
            ),
            probatio.Required(probatio.Secret(CONF_PASSWORD)): password(),
        }
        if login_only:
            return probatio.Schema(login)
        environment = probatio.Required(CONF_ENVIRONMENT, default=ENVIRONMENTS[0])
        return probatio.Schema(
            {
                probatio.Required(CONF_REGION, default=REGIONS[0]): choice(REGIONS, "region"),
                **login,
                **advanced({environment: choice(ENVIRONMENTS, "environment")}),
            }
        )

    @override
    def data_of(self, typed: Mapping[str, Any]) -> dict[str, Any]:
        """Return the data; a password may begin and end with anything."""
        login = {
            CONF_USERNAME: typed[CONF_USERNAME].strip(),
            CONF_PASSWORD: typed[CONF_PASSWORD],
        }
        if CONF_REGION not in typed:
            return login
        section = typed.get(CONF_ADVANCED, {})
        return {
            CONF_REGION: typed[CONF_REGION],
            **login,
            CONF_ENVIRONMENT: section.get(CONF_ENVIRONMENT, ENVIRONMENTS[0]),
            **address_of(typed),
        }

    @override
    def typed(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return what was typed, the password included."""
        return {
            **{name: data[name] for name in (CONF_REGION, CONF_USERNAME, CONF_PASSWORD)},
            CONF_ADVANCED: {
                CONF_ENVIRONMENT: data[CONF_ENVIRONMENT],
                **typed_address(data)[CONF_ADVANCED],
            },
        }

    @override
    def errors(self, data: Mapping[str, Any]) -> dict[str, str]:
        """Return what is wrong with login and address."""
        errors = address_errors(data)
        errors |= {
            name: "invalid_auth" for name in (CONF_USERNAME, CONF_PASSWORD) if not data[name]
        }
        return errors

    @override
    def connect(self, connection: Connection) -> Cloud:
        """Return the client of an account; its login goes by a connection without one."""
        data, address = connection.data, self._address(connection.data)
        credentials = LoginCredentials(
            connection.transport(address, Nobody(name=self.credential)),
            Login(data[CONF_USERNAME], data[CONF_PASSWORD]),
            address,
            connection.secret,
            connection.now,
        )
        runner = JobRunner(connection.transport(address, credentials))
        push = PushWay(
            session=connection.session,
            url=own_push_url(address)
            if data[CONF_BASE_URL]
            else push_url(data[CONF_REGION], data[CONF_ENVIRONMENT]),
            sleep=connection.sleep,
            now=connection.now,
        )
        return SaverisData(runner, credentials, push, Dialect.of(connection.learnt))

    @override
    def entry_id(self, tenant: str) -> str:
        """Return the tenant itself: it exists once, whichever interface it is read by."""
        return tenant

    @override
    def portal(self, data: Mapping[str, Any]) -> None:
        """Return nothing: which of several web applications an account has is not told."""

    @override
    def hosts(self, data: Mapping[str, Any]) -> Mapping[str, str]:
        """Return the host of the region; an address of one's own is nobody's business."""
        region, environment = data[CONF_REGION], data[CONF_ENVIRONMENT]
        if data[CONF_BASE_URL]:
            return {}
        return {f"reach_saveris_{region}": base_url(region, environment)}

    @override
    def public(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return where the account is."""
        return {
            "region": data[CONF_REGION],
            "environment": data[CONF_ENVIRONMENT],
            "own_address": data[CONF_BASE_URL] is not None,
        }

    def _address(self, data: Mapping[str, Any]) -> str:
        own: str | None = data[CONF_BASE_URL]
        return own or base_url(data[CONF_REGION], data[CONF_ENVIRONMENT])
