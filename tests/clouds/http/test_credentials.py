"""What proves an account: refused, renewed where that can be done, and named in the error."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.testo_smart_connect.clouds.base import Credentials
from custom_components.testo_smart_connect.clouds.errors import (
    AuthenticationError,
    RateLimitError,
)
from custom_components.testo_smart_connect.clouds.http.credentials import Key
from custom_components.testo_smart_connect.clouds.http.transport import Transport
from custom_components.testo_smart_connect.clouds.http.wait import Wait
from tests.clouds.conftest import Maker
from tests.plain.server import PlainServer


@dataclass(slots=True, kw_only=True)
class Login:
    """Tokens that are got one after the other."""

    tokens: list[str]
    name: str = "password"
    renewed: int = 0
    sent: list[str] = field(default_factory=list)

    async def headers(self) -> Mapping[str, str]:
        self.sent.append(self.tokens[0])
        return {"X-Token": self.tokens[0]}

    async def renew(self, refused: Mapping[str, str]) -> bool:  # noqa: ARG002  each is alike
        self.renewed += 1
        self.tokens.pop(0)
        return True


@pytest.fixture
async def server(socket_enabled: None) -> AsyncIterator[PlainServer]:  # noqa: ARG001  it opens a port
    made = PlainServer()
    await made.start()
    yield made
    await made.stop()


async def read(client: Maker, server: PlainServer, login: Credentials) -> dict[str, Any]:
    transport = Transport(client.session, server.url, login)
    return await transport.call("GET", "/values", None, "reading", "values")


async def test_a_login_that_ended_is_renewed_once(client: Maker, server: PlainServer) -> None:
    login = Login(tokens=["old", server.token])
    answer = await read(client, server, login)
    assert answer["values"] == []
    assert (login.renewed, login.sent) == (1, ["old", server.token])
    await read(client, server, login)
    assert login.renewed == 1


async def test_one_that_is_refused_again_is_wrong(client: Maker, server: PlainServer) -> None:
    login = Login(tokens=["old", "wrong", server.token])
    with pytest.raises(AuthenticationError) as refused:
        await read(client, server, login)
    assert (refused.value.credential, login.renewed) == ("password", 1)
    assert len(server.asked) == 2


async def test_a_key_is_not_renewed(client: Maker, server: PlainServer) -> None:
    key = Key(name="api_key", header="X-Token", key="secret-key")
    with pytest.raises(AuthenticationError) as refused:
        await read(client, server, key)
    assert refused.value.credential == "api_key"
    assert len(server.asked) == 1
    assert "secret-key" not in f"{refused.value} {key!r}"


@dataclass(slots=True, kw_only=True)
class Refused:
    """A login that the cloud refuses."""

    name: str = "password"
    logins: int = 0

    async def headers(self) -> Mapping[str, str]:
        self.logins += 1
        raise AuthenticationError("login", "token", "HTTP 401", self.name)

    async def renew(self, refused: Mapping[str, str]) -> bool:  # noqa: ARG002  each is alike
        self.logins += 1
        return True


async def test_a_refused_login_is_not_repeated(client: Maker, server: PlainServer) -> None:
    login = Refused()
    with pytest.raises(AuthenticationError):
        await read(client, server, login)
    assert (login.logins, server.asked) == (1, [])


async def test_who_wants_to_be_left_alone_is_not_logged_in_to(
    client: Maker, server: PlainServer
) -> None:
    now = datetime.now(UTC)
    wait = Wait(begin=now, until=now + timedelta(hours=1))
    login = Login(tokens=[server.token])
    transport = Transport(client.session, server.url, login, wait=wait)
    with pytest.raises(RateLimitError):
        await transport.call("GET", "/values", None, "reading", "values")
    assert (login.sent, server.asked) == ([], [])
