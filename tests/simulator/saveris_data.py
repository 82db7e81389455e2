"""The Saveris Data cloud: logins, bearer tokens, and answers that come at once."""

from datetime import timedelta
from typing import TYPE_CHECKING, override

from aiohttp import web
import orjson

from .admin import login_routes
from .columns import SAVERIS_DATA
from .jobserver import JobServer
from .problems import login_error, problem, refusal
from .synchronous import REPLIES
from .tokens import ExpiredTokenError, Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.typedefs import Handler

    from .faults import Faults
    from .fleet import Fleet
    from .synchronous import Reply

GOOD_USER = "simulator.good.user"
GOOD_PASSWORD = "simulator-good-password"
NO_LICENCE_USER = "simulator.no.licence"
"""Signs in with the good password, but may see nothing."""
CHALLENGE_USER = "simulator.challenge"
"""Signs in with the good password, but has to change it first: gets an empty token."""
TOKENLESS_USER = "simulator.tokenless"
"""The same, but gets no token at all."""


class SaverisDataSimulator(JobServer):
    """The same fleet, for those who sign in with a name and a password."""

    paths = SAVERIS_DATA
    links_equipment = True
    sunset = "Wed, 30 Jun 2027 00:00:00 GMT"

    def __init__(
        self,
        fleet: Fleet,
        *,
        faults: Faults | None = None,
        users: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare a cloud; `users` are the passwords of the good users by name."""
        super().__init__(fleet, faults)
        self.users = dict(users or {GOOD_USER: GOOD_PASSWORD})
        self._tokens = Tokens()

    @property
    def username(self) -> str:
        """The first good user."""
        return next(iter(self.users))

    @property
    def password(self) -> str:
        """The password of the first good user, and of those with whom something is the matter."""
        return self.users[self.username]

    def token_user(self, token: str) -> str | None:
        """Return the user of a token that is good now, by the fleet's clock."""
        try:
            return self._tokens.user(token, self.fleet.clock.now())
        except ExpiredTokenError:
            return None

    def revoke_tokens(self) -> None:
        """End all tokens that were given out until now, as if their time was over."""
        self._tokens.revoke()

    @override
    def _routes(self, app: web.Application) -> None:
        super()._routes(app)
        app.add_routes(login_routes(self))
        app.router.add_post("/v1/token", self._handler("token", "login", self._login))
        for path, reply in REPLIES.items():
            app.router.add_get(path, self._at_once(reply), allow_head=False)

    @override
    def _authorize(self, request: web.Request, faults: Faults) -> web.Response | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        try:
            user = self._tokens.user(token, self.fleet.clock.now())
        except ExpiredTokenError:
            return problem("EXPIRED_TOKEN", faults)
        if user is None or scheme.lower() != "bearer":
            return problem("UNAUTHORIZED", faults)
        return problem("ACCESS_DENIED", faults) if user == NO_LICENCE_USER else None

    async def _login(self, request: web.Request, faults: Faults) -> web.Response:
        try:
            body = orjson.loads(await request.read())
            username, password = body["username"], body["password"]
        except orjson.JSONDecodeError, KeyError, TypeError:
            return login_error(400, "Invalid request body")
        strange = dict.fromkeys((NO_LICENCE_USER, CHALLENGE_USER, TOKENLESS_USER), self.password)
        if not isinstance(username, str) or (strange | self.users).get(username) != password:
            return login_error(faults.login_status, "Incorrect username or password.")
        if username == TOKENLESS_USER:
            return web.json_response({})
        if username == CHALLENGE_USER or faults.empty_token:
            return web.json_response({faults.token_name: ""})
        token = self._tokens.issue(
            username,
            self.fleet.clock.now(),
            timedelta(seconds=faults.token_life),
            with_exp=not faults.token_without_exp,
        )
        return web.json_response({faults.token_name: token})

    def _at_once(self, reply: Reply) -> Handler:
        """Return the handler of a synchronous path."""

        async def answer(request: web.Request, faults: Faults) -> web.Response:
            refused = self._authorize(request, faults) or refusal(faults.refused, faults)
            if refused is not None:
                return refused
            now = self.fleet.clock.now()
            content = await self._in_thread(reply.body, self.fleet, faults, now)
            body = orjson.dumps(content)
            if len(body) > faults.sync_limit:
                return problem("REQUEST_TOO_LARGE", faults)
            return web.Response(body=body, content_type="application/json")

        return self._handler(reply.resource, "sync", answer, announced=self._announced())
