"""A cloud that says exactly what a test lays on its desk, where the simulator is too proper."""

from collections.abc import Iterable
from dataclasses import dataclass, field
import gzip
from http import HTTPStatus
from itertools import chain
from typing import Any

from aiohttp import web
import orjson

from custom_components.testo_smart_connect.history.batch import Batch
from custom_components.testo_smart_connect.monitoring.model import Reading

JOB = "job 1/ü"
SIGNATURE = "c0ffee%2F4711%7E+%3D"


def listed(batches: Iterable[Batch]) -> list[Reading]:
    """Return the readings of a job one by one."""
    return [*chain.from_iterable(batches)]


@dataclass(frozen=True, slots=True)
class Said:
    """One answer, as it goes over the wire."""

    body: Any = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> web.Response:
        """Return the answer; whatever is not bytes is sent as JSON."""
        content = self.body if isinstance(self.body, bytes) else orjson.dumps(self.body)
        return web.Response(body=content, status=self.status, headers=self.headers)


@dataclass(slots=True)
class Asked:
    """One request, as it arrived."""

    step: str
    path: str
    headers: dict[str, str]
    body: Any


class Desk:
    """Answers every job at once with the files it has; scripted answers come first."""

    def __init__(self) -> None:
        """Lie empty."""
        self.url = ""
        self.asked: list[Asked] = []
        self.files: list[bytes] = []
        self.file_headers: dict[str, str] = {}
        self.next: dict[str, list[Said]] = {"submit": [], "poll": [], "download": []}
        self._runner: web.AppRunner | None = None

    def put(self, *rows: Any) -> None:
        """Let the next jobs deliver these rows in one gzip file of JSON Lines."""
        self.files = [gzip.compress(b"\n".join(map(orjson.dumps, rows)), compresslevel=1)]

    def steps(self) -> list[str]:
        """Return which steps were asked for, in order."""
        return [asked.step for asked in self.asked]

    def link(self, number: int) -> str:
        """Return the signed link of a file."""
        return f"{self.url}/files/{number}?X-Amz-Signature={SIGNATURE}"

    async def start(self) -> None:
        """Listen on a free port."""
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Close the port."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        is_file = request.path.startswith("/files/")
        step = "submit" if request.method == "POST" else "download" if is_file else "poll"
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = await request.read()
        asked = Asked(step, request.raw_path, headers, orjson.loads(body) if body else None)
        self.asked.append(asked)
        if self.next[step]:
            return self.next[step].pop(0).response()
        if step == "submit":
            return Said({"status": "Submitted", "request_uuid": JOB}).response()
        if step == "poll":
            links = [self.link(number) for number in range(len(self.files))]
            return Said({"status": "Completed", "data_urls": links}).response()
        number = int(request.path.removeprefix("/files/"))
        return Said(self.files[number], HTTPStatus.OK, self.file_headers).response()
