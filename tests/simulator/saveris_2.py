"""The Saveris 2 cloud: tokens that never end, and three answers for a number of calls."""

import asyncio
import base64
import hashlib
from typing import TYPE_CHECKING, override

from aiohttp import web
import orjson

from .admin import call_routes
from .host import CloudHost
from .problems import refusal
from .saveris_2_odd import Oddities
from .saveris_2_points import Points, channel_name
from .saveris_2_rows import REPLIES, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from aiohttp.typedefs import Handler

    from .channels import Channel
    from .devices import Logger
    from .faults import Faults, Row
    from .fleet import Fleet
    from .saveris_2_rows import Reply

SAVERIS_2_PATH = "/SaverisConnector/ws/api/saveris/v1"
_CALLS = 10_000
_ISSUED, _NEVER = 1_780_000_000, 7_258_118_400
_USED_UP: Mapping[int, dict[str, object]] = {
    429: {"apiCallsLeft": 0},
    403: {"message": "The limit of API calls is exceeded."},
    402: {"message": "Payment required"},
}


def saveris_2_token(tenant_uuid: str | None, *, number: int = 1) -> str:
    """Return a token of an account, a JWT whose signature nobody can check.

    Another `number` gives another token of the same account. Without a tenant it names none.
    """
    claims: dict[str, object] = {
        "iss": "https://identity.example.invalid/saveris-2",
        "aud": "simulated-client",
        "jti": f"simulated-token-{number}",
        "iat": _ISSUED,
        "nbf": _ISSUED - 120,
        "exp": _NEVER,
        "sub": "simulated-subject",
    }
    if tenant_uuid is not None:
        claims["mandantUuid"] = tenant_uuid
    head, body = orjson.dumps({"kid": "simulated-key", "alg": "RS256"}), orjson.dumps(claims)
    parts = (head, body, hashlib.sha512(body).digest())
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


class Saveris2Simulator(CloudHost):
    """The loggers of the same fleet, for those who have a token and calls left.

    Faults know its paths as `measuring_points`, `values` and `alarms`, all of them at step `sync`.
    Their switches of jobs, files and rows do nothing here; `odd` has those of these rows.
    """

    def __init__(
        self,
        fleet: Fleet,
        *,
        faults: Faults | None = None,
        tokens: Mapping[str, int] | None = None,
        calls_left: int = _CALLS,
    ) -> None:
        """Prepare a cloud; `tokens` are the good tokens with the calls that each has left.

        Without them there is one, and it has `calls_left`.
        """
        super().__init__(fleet, faults)
        self.odd = Oddities()
        if tokens is None:
            tokens = {saveris_2_token(fleet.tenant_uuid): calls_left}
        self.tokens = dict(tokens)
        self._calls_of_none = calls_left
        self._points = Points(fleet)

    @property
    def token(self) -> str:
        """The first good token."""
        return next(iter(self.tokens))

    @property
    def calls_left(self) -> int:
        """How many calls the first good token has left; setting it gives as many to all."""
        return next(iter(self.tokens.values()), self._calls_of_none)

    @calls_left.setter
    def calls_left(self, number: int) -> None:
        self.tokens = dict.fromkeys(self.tokens, number)
        self._calls_of_none = number

    def renew_calls(self, number: int = _CALLS) -> None:
        """Give all tokens that many calls, as at the beginning of a period."""
        self.calls_left = number

    def set_tokens(self, tokens: Iterable[str]) -> None:
        """Replace the good tokens; a new one has as many calls as the first had left."""
        left = self.calls_left
        self.tokens = {token: self.tokens.get(token, left) for token in tokens}

    def point_of(self, place: Logger | Channel) -> str:
        """Return the id, as it is shown now, of a channel's point or a logger's first.

        Raises:
            KeyError: this cloud does not know it.
        """
        ids: dict[object, str] = {}
        for point in self._points.now(self.odd):
            for known in (point.logger, *point.channels):
                ids.setdefault(known, point.id)
        return ids[place]

    def channel_name(self, channel: Channel) -> str:
        """Return what a channel is truly called; ValueError if this cloud does not know it."""
        return channel_name(channel)

    @override
    def _routes(self, app: web.Application) -> None:
        app.add_routes(call_routes(self))
        for path, reply in REPLIES.items():
            app.router.add_get(SAVERIS_2_PATH + path, self._at_once(reply), allow_head=False)

    @override
    def _file_routes(self, app: web.Application) -> None:
        """Add nothing: this cloud has no files."""

    @override
    def _authorize(self, request: web.Request, faults: Faults) -> web.Response | None:
        if _credential(request) not in self.tokens:
            return web.json_response({"message": "Unauthorized"}, status=401)
        return refusal(faults.refused, faults)

    @override
    async def _misbehave(
        self, request: web.Request, step: str, faults: Faults
    ) -> web.Response | None:
        """Answer as the faults of the request want it; what fails on this side may count."""
        try:
            response = await super()._misbehave(request, step, faults)
        except asyncio.CancelledError:
            # Whoever no longer waits has called nevertheless.
            self._failed(request)
            raise
        if response is not None and response.status >= 500:
            self._failed(request)
        return response

    def _failed(self, request: web.Request) -> None:
        token = _credential(request)
        if self.odd.failures_cost and token in self.tokens:
            self._count(token)

    def _count(self, token: str) -> int:
        """Count a call; return how many are left."""
        self.tokens[token] = max(0, self.tokens[token] - 1)
        return self.tokens[token]

    def _at_once(self, reply: Reply) -> Handler:
        """Return the handler of a path."""

        async def answer(request: web.Request, faults: Faults) -> web.Response:
            refused = self._authorize(request, faults)
            if refused is not None:
                return refused
            token, status = _credential(request), self.odd.at_zero
            if self.tokens[token] <= 0 and status != 200:
                return web.json_response(_USED_UP[status], status=status)
            left = self._count(token)
            now = self.fleet.clock.now()
            content = await self._in_thread(self._content, reply, now)
            body = orjson.dumps({"apiCallsLeft": left, "version": "1.1.0", **content})
            return web.Response(body=body, content_type="application/json")

        return self._handler(reply.resource, "sync", answer)

    def _content(self, reply: Reply, now: datetime) -> Row:
        return reply.body(State(self.fleet, self._points.now(self.odd), self.odd, now))


def _credential(request: web.Request) -> str:
    """Return the bearer token of a request."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""
