"""A user name and a password, which bring a token for a while.

Facts: Saveris Data reference, part 3.
"""

import asyncio
from base64 import urlsafe_b64decode
from binascii import Error as BinasciiError
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, override

import orjson

from ...monitoring.codec import NOT_UNDERSTOOD, dump, load
from ..errors import (
    AuthenticationError,
    LicenceError,
    RefusedError,
    ServerError,
    SignInNeededError,
)
from .transport import Transport

_DOING = "login"
_TOKEN_NAMES = ("IdToken", "idToken", "id_token", "token", "access_token")
_LIFE = timedelta(minutes=60)
"""Of a token that does not tell its end."""
_LONGEST_LIFE = timedelta(days=7)
_EARLY = timedelta(minutes=5)
"""How long before its end a token is no longer used, or a tenth of its life."""
_LARGEST_TOKEN = 16_384
_BAD_REQUEST = 400


@dataclass(frozen=True, slots=True)
class Login:
    """What somebody typed."""

    username: str
    password: str

    @override
    def __repr__(self) -> str:
        """Show nothing of it."""
        return "Login()"

    def mark(self, address: str) -> str:
        """Return what tells it from another one, and says nothing of it."""
        return sha256(orjson.dumps([address, self.username, self.password])).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a login brought. Times are UTC."""

    mark: str
    """Of the login: another one begins anew."""
    token: str | None = None
    ends: datetime | None = None
    """When the token is no longer used."""
    refused: bool = False
    """It is never tried again: somebody has to type another one."""

    @override
    def __repr__(self) -> str:
        """Show nothing of it."""
        return f"Session(refused={self.refused})"


class LoginCredentials:
    """Logs in when a token is needed and there is none. Implements ``Credentials``.

    One login serves for the life of its token, also over a restart. One that is refused is
    never repeated by itself.
    """

    def __init__(  # noqa: PLR0913  what is needed, then where and as what it is asked for
        self,
        transport: Transport,
        login: Login,
        address: str,
        kept: Mapping[str, Any],
        now: Callable[[], datetime],
        *,
        path: str = "/v1/token",
        name: str = "password",
    ) -> None:
        """Log in by a connection without a login; ``kept`` is what was a ``secret`` before.

        ``name`` is the field whose refusal only a person can mend.
        """
        self._path = path
        self._name = name
        self._transport = transport
        self._login = login
        self._now = now
        self._asking = asyncio.Lock()
        self._session = _session_of(kept, login.mark(address))

    @property
    def name(self) -> str:
        """Return the field whose refusal only a person can mend."""
        return self._name

    @property
    def username(self) -> str:
        """Return whose token it is."""
        return self._login.username

    @property
    def is_refused(self) -> bool:
        """Tell whether the login was refused."""
        return self._session.refused

    @property
    def secret(self) -> Mapping[str, Any]:
        """Return what is kept over a restart, as JSON data."""
        kept: dict[str, Any] = dump(self._session)
        return kept

    @property
    def ends(self) -> datetime | None:
        """Return until when the token is used (UTC), None without one."""
        return self._session.ends

    async def headers(self) -> Mapping[str, str]:
        """Return the token; logs in first if there is none. May raise a ``CloudError``."""
        async with self._asking:
            if self._session.refused:
                cause = "it was refused before"
                raise self._refusal(cause)
            ends = self._session.ends
            if self._session.token is None or ends is None or self._now() >= ends:
                await self._log_in()
            return self._headers()

    async def renew(self, refused: Mapping[str, str]) -> bool:
        """Log in anew, unless somebody did so since; raises if that is refused."""
        async with self._asking:
            if self._session.token is not None and refused == self._headers():
                await self._log_in()
            return True

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._session.token}"}

    async def _log_in(self) -> None:
        mark, asked = self._session.mark, self._now()
        self._session = Session(mark=mark)
        body = {"username": self._login.username, "password": self._login.password}
        try:
            answer = await self._transport.call("POST", self._path, body, _DOING, "token")
        except (AuthenticationError, LicenceError) as err:
            raise self._refusal(err.cause) from None
        except RefusedError as err:
            if err.status != _BAD_REQUEST:
                # It says nothing of what the login was for.
                raise ServerError(_DOING, "token", err.cause) from None
            # It is how the provider behind it tells a wrong password.
            raise self._refusal(err.cause) from None
        token = next(filter(None, map(answer.get, _TOKEN_NAMES)), None)
        if not isinstance(token, str) or not _is_fit(token):
            cause = "it brought no token"
            raise self._refusal(cause, SignInNeededError)
        life = _life(token, asked)
        self._session = Session(mark=mark, token=token, ends=asked + life - min(_EARLY, life / 10))

    def _refusal(
        self, cause: str, kind: type[AuthenticationError] = AuthenticationError
    ) -> AuthenticationError:
        """Return what to raise; the login is not tried again."""
        self._session = Session(mark=self._session.mark, refused=True)
        return kind(_DOING, "token", cause, self.name)


def _session_of(kept: Mapping[str, Any], mark: str) -> Session:
    """Return what was kept of the same login; else one without a token."""
    try:
        session = load(Session, kept)
    except NOT_UNDERSTOOD:
        return Session(mark=mark)
    return session if session.mark == mark else Session(mark=mark)


def _is_fit(token: str) -> bool:
    """Tell whether a token may stand in a header."""
    return len(token) <= _LARGEST_TOKEN and token.isascii() and token.isprintable()


def _life(token: str, now: datetime) -> timedelta:
    """Return how long a token lives, by what it says of itself.

    By both of its times, where it has them: the clock of Home Assistant may be wrong.
    """
    claims = _claims(token)
    ends, begins = claims.get("exp"), claims.get("iat", now.timestamp())
    try:
        life = timedelta(seconds=ends - begins)
    except TypeError, ValueError, OverflowError:
        return _LIFE
    return life if timedelta() < life <= _LONGEST_LIFE else _LIFE


def _claims(token: str) -> dict[str, Any]:
    """Return what stands in a token, nothing if it is of another form; it proves nothing."""
    try:
        payload = token.split(".")[1]
        claims = orjson.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except IndexError, BinasciiError, ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}
