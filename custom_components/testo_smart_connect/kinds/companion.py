"""The second login of an account, which brings the settings of its loggers."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.const import CONF_PASSWORD, CONF_USERNAME
from homeassistant.helpers import selector
import probatio

from ..clouds.device_management.cloud import LOGIN_PATH, DeviceManagement, base_url
from ..clouds.device_management.exact import ExactTransport
from ..clouds.http.credentials import Nobody
from ..clouds.http.login import Login, LoginCredentials
from ..clouds.jobs.saveris_data import ENVIRONMENTS
from ..clouds.managed import Management
from ..const import (
    CONF_ADVANCED,
    CONF_BASE_URL,
    CONF_ENVIRONMENT,
    CONF_REGION,
    CONF_SITE,
    CONF_WRITE,
)
from .address import address_errors, address_of, advanced, typed_address
from .base import Connection, choice, password

SETTINGS: Final = "settings"
"""The type of the subentry, and what is refused where its login is."""


def form(sites: Iterable[str], *, needs_password: bool) -> probatio.Schema:
    """Return the form; ``sites`` are what the user calls them."""
    needed = probatio.Required if needs_password else probatio.Optional
    environment = probatio.Required(CONF_ENVIRONMENT, default=ENVIRONMENTS[0])
    return probatio.Schema(
        {
            probatio.Required(CONF_USERNAME): selector.TextSelector(
                selector.TextSelectorConfig(autocomplete="username")
            ),
            needed(probatio.Secret(CONF_PASSWORD)): password(),
            probatio.Required(CONF_SITE): site_choice(sites),
            probatio.Required(CONF_WRITE, default=False): selector.BooleanSelector(),
            **advanced({environment: choice(ENVIRONMENTS, "environment")}),
        }
    )


def labelled(sites: Mapping[str, str]) -> dict[str, str]:
    """Return sites by their names, which are given by site; by themselves where two share one."""
    names = [*sites.values()]
    return {name if names.count(name) == 1 else site: site for site, name in sites.items()}


def site_choice(sites: Iterable[str]) -> selector.SelectSelector:
    """Return a choice of sites, in which another one may be typed.

    What is chosen is what is shown: where something may be typed, pages know no labels.
    """
    return selector.SelectSelector(
        selector.SelectSelectorConfig(
            options=sorted(sites),
            custom_value=True,
            mode=selector.SelectSelectorMode.DROPDOWN,
        )
    )


def data_of(typed: Mapping[str, Any], kept: str | None = None) -> dict[str, Any]:
    """Return the data of what was typed; a password that was not typed stays as it is."""
    return {
        CONF_USERNAME: typed[CONF_USERNAME].strip(),
        CONF_PASSWORD: typed.get(CONF_PASSWORD) or kept or "",
        CONF_SITE: typed[CONF_SITE].strip(),
        CONF_WRITE: typed[CONF_WRITE],
        CONF_ENVIRONMENT: typed.get(CONF_ADVANCED, {}).get(CONF_ENVIRONMENT, ENVIRONMENTS[0]),
        **address_of(typed),
    }


def typed_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what would have to be typed, but for the password."""
    return {
        **{name: data[name] for name in (CONF_USERNAME, CONF_SITE, CONF_WRITE)},
        CONF_ADVANCED: {
            CONF_ENVIRONMENT: data[CONF_ENVIRONMENT],
            **typed_address(data)[CONF_ADVANCED],
        },
    }


def errors(data: Mapping[str, Any], before: Mapping[str, Any] | None, typed: str) -> dict[str, str]:
    """Return what is wrong; a password that is kept goes to no new address."""
    found = address_errors(data)
    found |= {name: "invalid_auth" for name in (CONF_USERNAME, CONF_PASSWORD) if not data[name]}
    if not data[CONF_SITE]:
        found[CONF_SITE] = "no_site"
    if before and not typed and not found and data[CONF_BASE_URL] != before[CONF_BASE_URL]:
        found[CONF_PASSWORD] = "secret_needed"
    return found


def connect(connection: Connection, region: str) -> Management:
    """Return the client of a login; the login itself goes by a connection without one."""
    data = connection.data
    address = data[CONF_BASE_URL] or base_url(region, data[CONF_ENVIRONMENT])
    credentials = LoginCredentials(
        connection.transport(address, Nobody(name=SETTINGS)),
        Login(data[CONF_USERNAME], data[CONF_PASSWORD]),
        address,
        connection.secret,
        connection.now,
        path=LOGIN_PATH,
        name=SETTINGS,
    )
    transport = connection.transport(address, credentials, ExactTransport)
    return DeviceManagement(transport, credentials, connection.now)


def region_of(data: Mapping[str, Any]) -> str:
    """Return the region of the account that a login belongs to."""
    region: str = data[CONF_REGION]
    return region
