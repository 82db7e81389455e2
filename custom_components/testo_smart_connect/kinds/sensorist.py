"""Accounts of Sensorist: an e-mail address and a password."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.const import CONF_PASSWORD
from homeassistant.helpers import selector
import probatio

from ..clouds.base import Cloud
from ..clouds.sensorist.cached import Cache, CachedTransport
from ..clouds.sensorist.cloud import BASE_URL, PREFIX, Sensorist
from ..clouds.sensorist.login import BasicLogin
from ..const import CONF_BASE_URL, CONF_EMAIL
from .address import address_errors, address_of, advanced, typed_address
from .base import Connection, Kind, password


class SensoristKind(Kind):
    """The Sensorist REST API."""

    name = "sensorist"
    maker = "Sensorist"
    product = "Sensorist"
    credential = CONF_PASSWORD
    secrets = (CONF_PASSWORD,)
    traits = Sensorist.traits
    mark = "@sensorist"

    @override
    def form(self, *, login_only: bool = False) -> probatio.Schema:
        """Return the form with login and address."""
        login: dict[Any, Any] = {
            probatio.Required(CONF_EMAIL): selector.TextSelector(
                selector.TextSelectorConfig(
                    type=selector.TextSelectorType.EMAIL, autocomplete="username"
                )
            ),
            probatio.Required(probatio.Secret(CONF_PASSWORD)): password(),
        }
        return probatio.Schema(login if login_only else {**login, **advanced()})

    @override
    def data_of(self, typed: Mapping[str, Any]) -> dict[str, Any]:
        """Return the data; a password may begin and end with anything."""
        login = {CONF_EMAIL: typed[CONF_EMAIL].strip(), CONF_PASSWORD: typed[CONF_PASSWORD]}
        return {**login, **address_of(typed)} if "advanced" in typed else login

    @override
    def typed(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return what was typed, the password included."""
        return {
            **{name: data[name] for name in (CONF_EMAIL, CONF_PASSWORD)},
            **typed_address(data),
        }

    @override
    def errors(self, data: Mapping[str, Any]) -> dict[str, str]:
        """Return what is wrong with login and address."""
        errors = address_errors(data)
        name, _, host = data[CONF_EMAIL].partition("@")
        if not name or not host or " " in data[CONF_EMAIL]:
            # Each refusal counts there; this one can be seen from here.
            errors[CONF_EMAIL] = "invalid_email"
        missing = {it for it in (CONF_EMAIL, CONF_PASSWORD) if not data[it]}
        return errors | dict.fromkeys(missing, "missing")

    @override
    def connect(self, connection: Connection) -> Cloud:
        """Return the client of an account."""
        data = connection.data
        host, user = data.get(CONF_BASE_URL) or BASE_URL, data[CONF_EMAIL]
        login = BasicLogin(self.credential, user, data[CONF_PASSWORD], connection.secret)
        transport = connection.transport(f"{host}{PREFIX}", login, CachedTransport)
        # Nobody may go round it, not even a form.
        transport.cache = connection.shared.setdefault(f"{host} {user}", Cache())
        transport.login = login.mark
        return Sensorist(transport, login, connection.now, connection.learnt)

    @override
    def portal(self, data: Mapping[str, Any]) -> str:
        """Return the web application."""
        return "https://my.sensorist.com"

    @override
    def hosts(self, data: Mapping[str, Any]) -> Mapping[str, str]:
        """Return the host; an address of one's own is nobody's business."""
        return {} if data[CONF_BASE_URL] else {"reach_sensorist": BASE_URL}

    @override
    def shown(self, learnt: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return how many answers are still good; they hold titles and addresses."""
        kept = learnt.get("cache")
        return {"answers": len(kept) if isinstance(kept, Mapping) else 0}

    @override
    def public(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return whether the address is one's own."""
        return {"own_address": data[CONF_BASE_URL] is not None}
