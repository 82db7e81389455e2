"""What clouds share in which one signs in with a name and a password for a bearer token."""

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, override

from aiohttp import web
import orjson

from .admin import login_routes
from .host import CloudHost
from .problems import login_error, problem
from .tokens import ExpiredTokenError, Tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .faults import Faults
    from .fleet import Fleet

NO_LICENCE_USER = "simulator.no.licence"
"""Signs in with the good password, but may see nothing."""
CHALLENGE_USER = "simulator.challenge"
"""Signs in with the good password, but has to change it first: gets an empty token."""
TOKENLESS_USER = "simulator.tokenless"
"""The same, but gets no token at all."""


class LoginHost(CloudHost):
    """A cloud with users, passwords and tokens of its own."""

    login_path: ClassVar[str]
    token_life: ClassVar[timedelta]
    """For how long a token is good, if no fault says otherwise."""
    good_login: ClassVar[tuple[str, str]]
    """Name and password of the good user, if no others are given."""

    def __init__(
        self,
        fleet: Fleet,
        faults: Faults | None = None,
        users: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare a cloud; `users` are the passwords of the good users by name."""
        super().__init__(fleet, faults)
        self.users = dict(users or [self.good_login])
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

    def _login_routes(self, app: web.Application) -> None:
        """Add the path of the login, and those that change who may sign in."""
        app.add_routes(login_routes(self))
        app.router.add_post(self.login_path, self._handler("token", "login", self._login))

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
        life = self.token_life
        if faults.token_life is not None:
            life = timedelta(seconds=faults.token_life)
        now = self.fleet.clock.now()
        token = self._tokens.issue(username, now, life, with_exp=not faults.token_without_exp)
        return web.json_response({faults.token_name: token})
