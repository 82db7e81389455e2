"""A login by itself: how long its token is used, and what is never shown of it."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from custom_components.testo_smart_connect.clouds.errors import (
    AuthenticationError,
    SignInNeededError,
)
from custom_components.testo_smart_connect.clouds.http.login import (
    Login,
    LoginCredentials,
    Session,
)

NOW = datetime(2026, 7, 1, 10, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ADDRESS = "https://data.example"
PASSWORD = "secret"


def token(claims: object) -> str:
    """Return a token that says something of itself."""
    payload = urlsafe_b64encode(orjson.dumps(claims)).rstrip(b"=").decode()
    return f"head.{payload}.signature"


class Door:
    """Answers each login alike, and counts them. In place of a transport."""

    def __init__(self, answer: Mapping[str, Any]) -> None:
        """Give this to whoever comes."""
        self.answer = dict(answer)
        self.asked: list[Any] = []

    async def call(
        self, method: str, path: str, body: Any, doing: str, resource: str
    ) -> dict[str, Any]:
        """Take a login."""
        assert (method, path, doing, resource) == ("POST", "/v1/token", "login", "token")
        self.asked.append(body)
        return self.answer


def credentials(
    door: Door, kept: Mapping[str, Any] | None = None, password: str = PASSWORD
) -> LoginCredentials:
    """Return what logs in by a door."""
    made: Any = door
    return LoginCredentials(made, Login("anna", password), ADDRESS, kept or {}, lambda: NOW)


def stamp(at: datetime) -> float:
    """Return a time as tokens tell it."""
    return at.timestamp()


@pytest.mark.parametrize(
    ("claims", "used"),
    [
        ({"iat": stamp(NOW), "exp": stamp(NOW + HOUR)}, timedelta(minutes=55)),
        ({"iat": stamp(NOW), "exp": stamp(NOW + DAY)}, DAY - timedelta(minutes=5)),
        # A clock of Home Assistant that is three hours wrong.
        ({"iat": stamp(NOW + 3 * HOUR), "exp": stamp(NOW + 4 * HOUR)}, timedelta(minutes=55)),
        ({"exp": stamp(NOW + timedelta(minutes=10))}, timedelta(minutes=9)),
        ({"iat": stamp(NOW), "exp": stamp(NOW - HOUR)}, timedelta(minutes=55)),
        ({"iat": stamp(NOW), "exp": stamp(NOW + 400 * DAY)}, timedelta(minutes=55)),
        ({"iat": stamp(NOW), "exp": 1e300}, timedelta(minutes=55)),
        ({"iat": "yesterday", "exp": stamp(NOW)}, timedelta(minutes=55)),
        ({"exp": None}, timedelta(minutes=55)),
        ([], timedelta(minutes=55)),
    ],
)
async def test_how_long_a_token_is_used(claims: object, used: timedelta) -> None:
    login = credentials(Door({"IdToken": token(claims)}))
    await login.headers()
    assert login.ends == NOW + used


@pytest.mark.parametrize("odd", ["plain", "a.b.c", "a.%%%.c", "a..c", "a.bm8.c"])
async def test_a_token_of_another_form_is_used_for_an_hour(odd: str) -> None:
    login = credentials(Door({"IdToken": odd}))
    assert await login.headers() == {"Authorization": f"Bearer {odd}"}
    assert login.ends == NOW + timedelta(minutes=55)


@pytest.mark.parametrize("odd", [None, "", 5, ["token"], "x" * 20_000, "line\nbreak", "schlüssel"])
async def test_what_is_no_token_needs_a_person(odd: object) -> None:
    door = Door({"IdToken": odd})
    login = credentials(door)
    with pytest.raises(SignInNeededError) as refused:
        await login.headers()
    assert refused.value.credential == "password"
    with pytest.raises(AuthenticationError):
        await login.headers()
    assert len(door.asked) == 1


async def test_what_is_kept_serves_the_same_login_alone() -> None:
    door = Door({"IdToken": token({"exp": stamp(NOW + HOUR)})})
    first = credentials(door)
    await first.headers()
    again = credentials(door, first.secret)
    assert await again.headers() == await first.headers()
    assert len(door.asked) == 1
    await credentials(door, first.secret, password="another").headers()
    await credentials(door, {"mark": 5}).headers()
    await credentials(door, {**first.secret, "ends": "never"}).headers()
    assert [it["password"] for it in door.asked] == ["secret", "another", "secret", "secret"]


async def test_of_several_who_were_refused_one_logs_in() -> None:
    door = Door({"IdToken": token({"exp": stamp(NOW + HOUR)})})
    login = credentials(door)
    refused = await login.headers()
    door.answer = {"IdToken": token({"exp": stamp(NOW + 2 * HOUR)})}
    assert await login.renew(refused)
    assert await login.renew(refused)
    assert len(door.asked) == 2
    assert await login.headers() != refused


def test_nothing_of_it_is_shown() -> None:
    login = Login("anna", "secret")
    assert "anna" not in repr(login)
    assert "secret" not in repr(login)
    assert login.mark(ADDRESS) != Login("anna", "other").mark(ADDRESS)
    assert login.mark(ADDRESS) != login.mark("https://other.example")
    session = Session(mark="m4rk", token="t0ken")
    assert "t0ken" not in repr(session)
    assert "m4rk" not in repr(session)
