"""Accounts of testo Saveris 2: a region and a token that hardly ever ends."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, override

from homeassistant.const import CONF_TOKEN
from homeassistant.helpers import selector
import probatio

from ..clouds.base import Cloud
from ..clouds.http.credentials import Key
from ..clouds.saveris_2.cloud import HOSTS, PREFIX, Saveris2
from ..clouds.saveris_2.counted import CountedTransport
from ..clouds.saveris_2.known import KnownChannels
from ..clouds.saveris_2.token import tenant_of
from ..const import CONF_BASE_URL, CONF_REGION
from .address import address_errors, address_of, advanced, typed_address
from .base import Connection, Kind, choice, unquoted

_SCHEME = "bearer "


class Saveris2Kind(Kind):
    """The Saveris 2 API."""

    name = "saveris_2"
    maker = "testo"
    product = "testo Saveris 2"
    credential = CONF_TOKEN
    secrets = (CONF_TOKEN,)
    traits = Saveris2.traits
    mark = "@saveris_2"
    successor = "smart_connect"

    @override
    def form(self, *, login_only: bool = False) -> probatio.Schema:
        """Return the form with region, token and address."""
        token: dict[Any, Any] = {
            probatio.Required(probatio.Secret(CONF_TOKEN)): selector.TextSelector(
                selector.TextSelectorConfig(type=selector.TextSelectorType.PASSWORD)
            )
        }
        if login_only:
            return probatio.Schema(token)
        region = {probatio.Required(CONF_REGION, default="eu"): choice(HOSTS, "region")}
        return probatio.Schema({**region, **token, **advanced()})

    @override
    def data_of(self, typed: Mapping[str, Any]) -> dict[str, Any]:
        """Return the data; people copy a token with the word that goes before it."""
        token = unquoted(typed[CONF_TOKEN])
        if token.casefold().startswith(_SCHEME):
            token = unquoted(token[len(_SCHEME) :])
        if CONF_REGION not in typed:
            return {CONF_TOKEN: token}
        return {CONF_REGION: typed[CONF_REGION], CONF_TOKEN: token, **address_of(typed)}

    @override
    def typed(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return what was typed, the token included."""
        return {
            **{name: data[name] for name in (CONF_REGION, CONF_TOKEN)},
            **typed_address(data),
        }

    @override
    def errors(self, data: Mapping[str, Any]) -> dict[str, str]:
        """Return what is wrong with token and address."""
        errors, token = address_errors(data), data[CONF_TOKEN]
        if not token or not (token.isascii() and token.isprintable()):
            errors[CONF_TOKEN] = "invalid_auth"
        return errors

    @override
    def connect(self, connection: Connection) -> Cloud:
        """Return the client of an account."""
        data = connection.data
        key = Key(name=self.credential, header="Authorization", key=f"Bearer {data[CONF_TOKEN]}")
        host = data[CONF_BASE_URL] or HOSTS[data[CONF_REGION]]
        transport = connection.transport(f"{host}{PREFIX}", key, CountedTransport)
        return Saveris2(transport, tenant_of(data[CONF_TOKEN]), connection.now, connection.learnt)

    @override
    def portal(self, data: Mapping[str, Any]) -> str:
        """Return the web application of the region."""
        return HOSTS[data[CONF_REGION]]

    @override
    def hosts(self, data: Mapping[str, Any]) -> Mapping[str, str]:
        """Return the host of the region; an address of one's own is nobody's business."""
        region = data[CONF_REGION]
        return {} if data[CONF_BASE_URL] else {f"reach_saveris_2_{region}": HOSTS[region]}

    @override
    def shown(self, learnt: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return how many channels there are, and their usual gaps in minutes."""
        known = KnownChannels.of(learnt.get("channels")).channels.values()
        return {
            "channels": len(known),
            "gaps": sorted(it.gap // timedelta(minutes=1) for it in known),
            "absent": sum(it.absent > 0 for it in known),
        }

    @override
    def public(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return where the account is."""
        return {
            "region": data[CONF_REGION],
            "own_address": data[CONF_BASE_URL] is not None,
        }
