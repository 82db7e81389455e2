"""Accounts of testo Smart Connect: a region and a key that lives for a year."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, override

from homeassistant.helpers import selector
from homeassistant.util import dt as dt_util
import probatio

from ..clouds.base import Cloud
from ..clouds.http.credentials import Key
from ..clouds.jobs.learnt import Dialect
from ..clouds.jobs.runner import JobRunner
from ..clouds.jobs.smart_connect import (
    KEY_HEADER,
    REGIONS,
    SmartConnect,
    base_url,
)
from ..const import (
    CONF_API_KEY,
    CONF_BASE_URL,
    CONF_KEY_ENTERED,
    CONF_KEY_EXPIRES,
    CONF_REGION,
)
from ..monitoring.model import KeyLife
from .address import address_errors, address_of, advanced, typed_address
from .base import Connection, Kind, choice, unquoted

_KEY_LIFE = timedelta(days=365)


class SmartConnectKind(Kind):
    """The Smart Connect API."""

    name = "smart_connect"
    maker = "testo"
    product = "testo Smart Connect"
    credential = CONF_API_KEY
    secrets = (CONF_API_KEY,)
    traits = SmartConnect.traits
    companion = True

    @override
    def step(self, name: str) -> str:
        """Return the step itself, as the first release called it."""
        return name

    @property
    @override
    def placeholders(self) -> Mapping[str, str]:
        """Return an example of a web application."""
        return {"portal": _portal(REGIONS[0])}

    @override
    def form(self, *, login_only: bool = False) -> probatio.Schema:
        """Return the form with region, key and address."""
        expires = probatio.Optional(CONF_KEY_EXPIRES)
        login: dict[Any, Any] = {
            probatio.Required(probatio.Secret(CONF_API_KEY)): selector.TextSelector(
                selector.TextSelectorConfig(type=selector.TextSelectorType.PASSWORD)
            ),
            expires: selector.DateSelector(),
        }
        if login_only:
            return probatio.Schema(login)
        return probatio.Schema(
            {
                probatio.Required(CONF_REGION, default=REGIONS[0]): choice(REGIONS, "region"),
                **login,
                **advanced(),
            }
        )

    @override
    def blank(self) -> Mapping[str, Any]:
        """Return a key that was made today and lives as long as it may."""
        return {CONF_KEY_EXPIRES: (dt_util.now() + _KEY_LIFE).date().isoformat()}

    @override
    def data_of(self, typed: Mapping[str, Any]) -> dict[str, Any]:
        """Return the data."""
        login = {
            CONF_API_KEY: unquoted(typed[CONF_API_KEY]),
            CONF_KEY_EXPIRES: typed.get(CONF_KEY_EXPIRES),
            CONF_KEY_ENTERED: dt_util.now().date().isoformat(),
        }
        if CONF_REGION not in typed:
            return login
        return {CONF_REGION: typed[CONF_REGION], **login, **address_of(typed)}

    @override
    def typed(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return what was typed, the key included."""
        return {
            **{name: data[name] for name in (CONF_REGION, CONF_API_KEY)},
            CONF_KEY_EXPIRES: data.get(CONF_KEY_EXPIRES),
            **typed_address(data),
        }

    @override
    def errors(self, data: Mapping[str, Any]) -> dict[str, str]:
        """Return what is wrong with key and address."""
        errors, key = address_errors(data), data[CONF_API_KEY]
        if not key or not (key.isascii() and key.isprintable()):
            errors[CONF_API_KEY] = "invalid_auth"
        return errors

    @override
    def renewed(self, data: dict[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
        """Return the data with the dates of the key that they are about."""
        if data[CONF_API_KEY] == before[CONF_API_KEY]:
            return {**data, CONF_KEY_ENTERED: before[CONF_KEY_ENTERED]}
        if data[CONF_KEY_EXPIRES] == before[CONF_KEY_EXPIRES]:
            # The form came with the end of the old key: that of a new one is not known.
            return {**data, CONF_KEY_EXPIRES: None}
        return data

    @override
    def connect(self, connection: Connection) -> Cloud:
        """Return the client of an account."""
        data = connection.data
        key = Key(name=self.credential, header=KEY_HEADER, key=data[CONF_API_KEY])
        address = data.get(CONF_BASE_URL) or base_url(data[CONF_REGION])
        runner = JobRunner(connection.transport(address, key))
        return SmartConnect(runner, Dialect.of(connection.learnt))

    @override
    def entry_id(self, tenant: str) -> str:
        """Return the tenant itself, as the first release did."""
        return tenant

    @override
    def portal(self, data: Mapping[str, Any]) -> str:
        """Return the web application of the region."""
        return _portal(data[CONF_REGION])

    @override
    def hosts(self, data: Mapping[str, Any]) -> Mapping[str, str]:
        """Return the host of the region; an address of one's own is nobody's business."""
        region = data[CONF_REGION]
        return {} if data[CONF_BASE_URL] else {f"reach_{region}": base_url(region)}

    @override
    def key_life(self, data: Mapping[str, Any]) -> KeyLife:
        """Return the life of the key, by the days in the form."""
        expires = data.get(CONF_KEY_EXPIRES)
        return KeyLife(
            entered=date.fromisoformat(data[CONF_KEY_ENTERED]),
            expires=date.fromisoformat(expires) if expires else None,
        )

    @override
    def public(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the region, and how long the key lives."""
        return {
            "region": data[CONF_REGION],
            "own_address": data[CONF_BASE_URL] is not None,
            "key_expires": data[CONF_KEY_EXPIRES],
        }


def _portal(region: str) -> str:
    return f"https://{region}.smartconnect.testo.com"
