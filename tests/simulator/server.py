"""The Smart Connect cloud: its paths, and the keys that open them."""

from typing import TYPE_CHECKING, override

from aiohttp import web

from .admin import key_routes
from .columns import SMART_CONNECT
from .jobserver import JobServer
from .problems import problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .faults import Faults
    from .fleet import Fleet

GOOD_KEY = "simulator-good-key"
NO_LICENCE_KEY = "simulator-no-licence-key"
KEY_HEADER = "x-custom-api-key"


class Simulator(JobServer):
    """One simulated cloud over one fleet; several can run side by side."""

    paths = SMART_CONNECT
    credential_headers = (KEY_HEADER, "Authorization")

    def __init__(
        self,
        fleet: Fleet,
        *,
        faults: Faults | None = None,
        keys: Iterable[str] | None = None,
    ) -> None:
        """Prepare a cloud; `keys` are the good API keys (default: `GOOD_KEY`)."""
        super().__init__(fleet, faults)
        self.keys = tuple(keys or (GOOD_KEY,))

    @property
    def api_key(self) -> str:
        """The first good key."""
        return self.keys[0]

    @override
    def _routes(self, app: web.Application) -> None:
        super()._routes(app)
        app.add_routes(key_routes(self))

    @override
    def _authorize(self, request: web.Request, faults: Faults) -> web.Response | None:
        key = request.headers.get(KEY_HEADER)
        if key == NO_LICENCE_KEY:
            return problem("ACCESS_DENIED", faults)
        return None if key in self.keys else problem("UNAUTHORIZED", faults)
