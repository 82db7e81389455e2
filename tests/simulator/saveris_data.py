"""The Saveris Data cloud: logins, bearer tokens, and answers that come at once."""

from datetime import timedelta
from typing import TYPE_CHECKING, override

from aiohttp import web
import orjson

from .columns import SAVERIS_DATA
from .jobserver import JobServer
from .logins import LoginHost
from .problems import problem, refusal
from .synchronous import REPLIES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp.typedefs import Handler

    from .faults import Faults
    from .fleet import Fleet
    from .synchronous import Reply

GOOD_USER = "simulator.good.user"
GOOD_PASSWORD = "simulator-good-password"


class SaverisDataSimulator(LoginHost, JobServer):
    """The same fleet, for those who sign in with a name and a password."""

    paths = SAVERIS_DATA
    links_equipment = True
    sunset = "Wed, 30 Jun 2027 00:00:00 GMT"
    login_path = "/v1/token"
    token_life = timedelta(hours=1)
    good_login = (GOOD_USER, GOOD_PASSWORD)

    def __init__(
        self,
        fleet: Fleet,
        *,
        faults: Faults | None = None,
        users: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare a cloud; `users` are the passwords of the good users by name."""
        super().__init__(fleet, faults, users)

    @override
    def _routes(self, app: web.Application) -> None:
        super()._routes(app)
        self._login_routes(app)
        for path, reply in REPLIES.items():
            app.router.add_get(path, self._at_once(reply), allow_head=False)

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
