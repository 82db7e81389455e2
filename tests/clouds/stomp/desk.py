"""A login whose tokens end, and a broker that says what a test lays on its desk."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from aiohttp import web

from custom_components.testo_smart_connect.clouds.errors import AuthenticationError, CloudError
from tests.simulator.virtual_time import VirtualTime

USER = "user@example.com"
SECRET = "s3cr3t-token"

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Login:
    """Gives tokens to one user. Implements ``Credentials``."""

    name = "password"

    def __init__(self, time: VirtualTime) -> None:
        """Give tokens that do not end."""
        self.lifetime: timedelta | None = None
        self.renewals = 0
        self.hopeless = False
        """Whether only a person can help."""
        self.failing: CloudError | None = None
        """Why nobody can log in."""
        self.good: set[str] = set()
        self._time = time
        self._end: datetime | None = None
        self._token: str | None = None

    async def headers(self) -> Mapping[str, str]:
        """Return the token."""
        if self._token is None:
            self._log_in()
        return {"Authorization": f"Bearer {self._token}"}

    async def renew(self, refused: Mapping[str, str]) -> bool:  # noqa: ARG002  any of them
        """Log in once more."""
        self.renewals += 1
        if self.hopeless:
            return False
        self._log_in()
        return True

    def expires(self) -> datetime | None:
        """Return when the token ends."""
        return self._end

    def user_of(self, token: str) -> str | None:
        """Return whose a token is, as a broker knows it."""
        ended = self._end is not None and self._time.now() >= self._end
        return USER if token in self.good and not ended else None

    def _log_in(self) -> None:
        if self.failing is not None:
            raise self.failing
        self._token = f"{SECRET}-{self.renewals}"
        self.good = {self._token}
        self._end = None if self.lifetime is None else self._time.now() + self.lifetime


def refused() -> AuthenticationError:
    """Return the error of a login that is refused."""
    return AuthenticationError("login", "token", "HTTP 400", "password")


class Desk:
    """Serves whatever handler is laid on it."""

    def __init__(self) -> None:
        """Lie empty."""
        self.url = ""
        self.handler: Handler | None = None
        self.said: tuple[bytes | str, ...] = ()
        """What answers a CONNECT, one WebSocket message each, before the end."""
        self.heard: list[str] = []
        self.protocols: list[str] = []
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen on a free port."""
        app = web.Application()
        app.router.add_get("/{tail:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"ws://127.0.0.1:{self._runner.addresses[0][1]}/web-socket"

    async def stop(self) -> None:
        """Close the port."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.protocols.append(request.headers.get("Sec-WebSocket-Protocol", ""))
        return await (self.handler or self._say)(request)

    async def _say(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(protocols=("v12.stomp",), timeout=2)
        await socket.prepare(request)
        self.heard.append(await socket.receive_str())
        for said in self.said:
            await (socket.send_str(said) if isinstance(said, str) else socket.send_bytes(said))
        await socket.close()
        return socket
