"""Tokens of a login: what they look like, whose they are and how long they are good."""

import base64
from datetime import datetime, timedelta
import secrets
from typing import NamedTuple
from uuid import uuid4

import orjson

from .spans import EPOCH


class ExpiredTokenError(Exception):
    """The token was good once."""


class _Issued(NamedTuple):
    user: str
    until: datetime


class Tokens:
    """Every token that was ever given out; times in UTC."""

    def __init__(self) -> None:
        """Begin without any."""
        self._issued: dict[str, _Issued] = {}

    def issue(self, user: str, now: datetime, life: timedelta, *, with_exp: bool) -> str:
        """Return a new token, a JWT whose signature nobody can check."""
        claims: dict[str, object] = {
            "sub": str(uuid4()),
            "aud": "simulated-client",
            "token_use": "id",
            "cognito:username": user,
            "auth_time": int(now.timestamp()),
            "iat": int(now.timestamp()),
            "iss": "https://identity.example.invalid/simulated-pool",
            "jti": str(uuid4()),
        }
        if with_exp:
            claims["exp"] = int((now + life).timestamp())
        parts = (
            orjson.dumps({"kid": "simulated-key", "alg": "RS256"}),
            orjson.dumps(claims),
            secrets.token_bytes(64),
        )
        token = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
        self._issued[token] = _Issued(user, now + life)
        return token

    def user(self, token: str, now: datetime) -> str | None:
        """Return whose token it is, None if it never was one.

        Raises:
            ExpiredTokenError: it was one.
        """
        issued = self._issued.get(token)
        if issued is None:
            return None
        if now >= issued.until:
            raise ExpiredTokenError
        return issued.user

    def revoke(self) -> None:
        """End all tokens that were given out until now."""
        self._issued = {token: _Issued(it.user, EPOCH) for token, it in self._issued.items()}
