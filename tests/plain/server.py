"""The plain cloud itself: a real HTTP server with values and alarms that a test sets."""

from datetime import datetime
from typing import Any

from aiohttp import web
from aiohttp.test_utils import unused_port

TENANT = "branch_7 north"


class PlainServer:
    """Serves one account."""

    def __init__(self, tenant: str = TENANT) -> None:
        """Start empty."""
        self.tenant = tenant
        self.token = "plain-token-1"
        self.values: dict[str, dict[str, Any]] = {}
        self.alarms: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.port = unused_port()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Return the address."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Begin to serve."""
        app = web.Application()
        app.router.add_get("/{what}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()

    async def stop(self) -> None:
        """End."""
        if self._runner is not None:
            await self._runner.cleanup()

    def measure(self, serial: str, value: float, at: datetime, **more: Any) -> None:
        """Let a logger have measured something last."""
        self.values[serial] = {
            "serial": serial,
            "name": f"Plain {serial}",
            "quantity": "Temperature",
            "unit": "°C",
            "value": value,
            "time": at.isoformat(),
            **more,
        }

    def alarm(self, name: str, serial: str, value: float, at: datetime) -> None:
        """Let an alarm be open."""
        self.alarms[name] = {
            "id": name,
            "serial": serial,
            "direction": "upper",
            "quantity": "Temperature",
            "unit": "°C",
            "value": value,
            "time": at.isoformat(),
        }

    async def _serve(self, request: web.Request) -> web.Response:
        what = request.match_info["what"]
        self.asked.append(what)
        if request.headers.get("X-Token") != self.token:
            return web.json_response({}, status=401)
        rows = {"values": self.values, "alarms": self.alarms}.get(what)
        if rows is None:
            return web.json_response({}, status=404)
        return web.json_response({"account": self.tenant, what: list(rows.values())})
