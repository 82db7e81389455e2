"""The row of the plain cloud in the table of kinds."""

from collections.abc import Mapping
from typing import Any, override

import probatio

from custom_components.testo_smart_connect.clouds.base import Cloud
from custom_components.testo_smart_connect.kinds.address import (
    address_errors,
    address_of,
    advanced,
    typed_address,
)
from custom_components.testo_smart_connect.kinds.base import Connection, Kind

from .cloud import ListedCloud, PlainCloud, Token


class PlainKind(Kind):
    """Accounts of the plain cloud: a token."""

    name = "plain"
    maker = "Plain Works"
    product = "Plain Cloud"
    credential = "token"
    secrets = ("token",)
    cloud: type[PlainCloud] = PlainCloud
    traits = PlainCloud.traits
    mark = "@plain"

    @override
    def form(self, *, login_only: bool = False) -> probatio.Schema:
        """Return the form with token and address."""
        token: dict[Any, Any] = {probatio.Required(probatio.Secret("token")): str}
        return probatio.Schema(token if login_only else {**token, **advanced()})

    @override
    def data_of(self, typed: Mapping[str, Any]) -> dict[str, Any]:
        """Return the data."""
        token = {"token": typed["token"].strip()}
        return {**token, **address_of(typed)} if "advanced" in typed else token

    @override
    def typed(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return what was typed."""
        return {"token": data["token"], **typed_address(data)}

    @override
    def errors(self, data: Mapping[str, Any]) -> dict[str, str]:
        """Return what is wrong with the address."""
        return address_errors(data)

    @override
    def connect(self, connection: Connection) -> Cloud:
        """Return the client of an account."""
        token = Token(name=self.credential, token=connection.data["token"])
        address = connection.data["base_url"] or "https://plain.example"
        return self.cloud(connection.transport(address, token))

    @override
    def portal(self, data: Mapping[str, Any]) -> None:
        """There is none."""

    @override
    def public(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return whether the address is one's own."""
        return {"own_address": data["base_url"] is not None}


class ListedKind(PlainKind):
    """Accounts that list their devices."""

    name = "listed"
    cloud = ListedCloud
    traits = ListedCloud.traits
    mark = "@listed"
