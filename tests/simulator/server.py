"""The HTTP side: the API host and, on a second port, the host of the result files."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from aiohttp import web
import orjson

from .admin import admin_routes
from .columns import PATHS, Resource
from .curves import fraction, salt_of
from .faults import Faults
from .jobs import BodyError, Job, QueryError, parse_query
from .links import BadSignatureError, ExpiredError, Signer
from .problems import page, problem, service_error, store_error, throttled
from .records import RequestRecord, observer

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterable,
        Awaitable,
        Callable,
        Iterable,
        Iterator,
        Mapping,
    )

    from aiohttp.typedefs import Handler

    from .fleet import Fleet

GOOD_KEY = "simulator-good-key"
NO_LICENCE_KEY = "simulator-no-licence-key"
KEY_HEADER = "x-custom-api-key"

_KEPT_RESULTS = timedelta(hours=24)
_BUCKET = "/simulated-results"
_PAGE = "/simulated-page"


class Simulator:
    """One simulated cloud over one fleet; several can run side by side."""

    def __init__(
        self,
        fleet: Fleet,
        *,
        faults: Faults | None = None,
        keys: Iterable[str] | None = None,
    ) -> None:
        """Prepare a cloud; `keys` are the good API keys (default: `GOOD_KEY`)."""
        self.fleet = fleet
        self.faults = faults or Faults()
        self.keys = tuple(keys or (GOOD_KEY,))
        self.requests: list[RequestRecord] = []
        self.base_url = ""
        self.file_url = ""
        self.pause: Callable[[float], Awaitable[object]] = asyncio.sleep
        """Lets the seconds of a slow answer pass."""
        self._jobs: dict[str, Job] = {}
        self._submitted = 0
        self._signer = Signer()
        self._runners: list[web.AppRunner] = []
        self._threads: ThreadPoolExecutor | None = None

    @property
    def api_key(self) -> str:
        """The first good key."""
        return self.keys[0]

    async def start(self, host: str = "127.0.0.1", port: int = 0, file_port: int = 0) -> None:
        """Listen; port 0 takes any free one. OSError if a port is taken."""
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="simulator")
        api = web.Application(middlewares=[observer(self, "api", self._unknown_path)])
        api.add_routes(admin_routes(self))
        for path, (resource, version) in PATHS.items():
            api.router.add_post(path, self._step(self._submit, resource, version, "submit"))
            poll = self._step(self._poll, resource, version, "poll")
            api.router.add_get(path + "/{request_uuid}", poll, allow_head=False)
        files = web.Application(middlewares=[observer(self, "files", _no_such_file)])
        files.router.add_get(_PAGE, _show_page)
        files.router.add_get(_BUCKET + "/{resource}/{name:.+}", self._download, allow_head=False)
        try:
            self.base_url = await self._listen(api, host, port)
            self.file_url = await self._listen(files, host, file_port)
        except OSError:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Close both ports."""
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
            self._threads = None

    async def _listen(self, app: web.Application, host: str, port: int) -> str:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1, handler_cancellation=True)
        self._runners.append(runner)
        await runner.setup()
        await web.TCPSite(runner, host, port).start()
        return f"http://{host}:{runner.addresses[0][1]}"

    # --- What can go wrong ----------------------------------------------------------------------

    def _unknown_path(self) -> web.Response:
        faults = self.faults
        return problem("MISSING_AUTHENTICATION_TOKEN", faults, status=faults.unknown_path_status)

    def _step(
        self,
        answer: Callable[[web.Request, Resource, int, Faults], Awaitable[web.Response]],
        resource: Resource,
        version: int,
        step: Literal["submit", "poll"],
    ) -> Handler:
        """Return the handler of an endpoint: what can go wrong first, then its answer."""

        async def handle(request: web.Request) -> web.StreamResponse:
            faults = self.faults.at(resource, step)
            if version == 4 and faults.status_v4_absent:
                return self._unknown_path()
            response = await self._misbehave(request, step, faults)
            if response is None:
                response = self._authorize(request, faults)
            if response is None:
                response = await answer(request, resource, version, faults)
            if resource is Resource.STATUS and version == 3:
                response.headers["Deprecation"] = "Wed, 13 May 2026 00:00:00 GMT"
            if faults.sunset is not None:
                response.headers["Deprecation"] = "Wed, 13 May 2026 00:00:00 GMT"
                if faults.sunset:
                    response.headers["Sunset"] = faults.sunset
            if faults.cookie is not None:
                response.headers["Set-Cookie"] = faults.cookie
            if faults.drip or faults.cut_body or faults.wrong_type:
                return await self._deliver(request, response.headers, _whole(response), faults)
            return response

        return handle

    async def _misbehave(
        self, request: web.Request, step: str, faults: Faults
    ) -> web.Response | None:
        """Answer as the faults of the request want it, None if there are none."""
        if faults.slow:
            await self.pause(faults.slow)
        failing = (
            faults.connection_reset
            or faults.html
            or faults.empty_body
            or faults.redirect
            or faults.unknown_path
            or faults.server_error is not None
            or faults.rate_limit
            or faults.unauthorized
            or faults.forbidden
        )
        if not failing or not self.faults.strike():
            return None
        if faults.connection_reset:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        return self._instead(step, faults)

    def _instead(self, step: str, faults: Faults) -> web.Response:
        """Return what comes in place of an answer."""
        if faults.redirect:
            return web.Response(status=302, headers={"Location": self.file_url + _PAGE})
        if faults.unknown_path:
            return self._unknown_path()
        if faults.html or faults.empty_body:
            return page() if faults.html else web.Response()
        if faults.server_error is not None or faults.rate_limit:
            return throttled(faults.server_error or 429, faults)
        if step == "download":
            return store_error(403, "AccessDenied", "Access Denied")
        return problem("UNAUTHORIZED" if faults.unauthorized else "ACCESS_DENIED", faults)

    async def _deliver(
        self,
        request: web.Request,
        headers: Mapping[str, str],
        chunks: AsyncIterable[bytes],
        faults: Faults,
    ) -> web.StreamResponse:
        """Send an answer as the faults of its body want it."""
        told = {name: value for name, value in headers.items() if name != "Content-Length"}
        if faults.wrong_type:
            told["Content-Type"] = "image/png"
        response = web.StreamResponse(headers=told)
        # Who waits too long goes away.
        with suppress(ConnectionResetError):
            await response.prepare(request)
            async for chunk in chunks:
                if faults.cut_body:
                    await response.write(chunk[: len(chunk) // 2])
                    if request.transport is not None:
                        request.transport.abort()
                    return response
                step = max(1, len(chunk) // 50) if faults.drip else len(chunk)
                for begin in range(0, len(chunk), step):
                    if faults.drip:
                        await self.pause(faults.drip)
                    await response.write(chunk[begin : begin + step])
            await response.write_eof()
        return response

    def _authorize(self, request: web.Request, faults: Faults) -> web.Response | None:
        key = request.headers.get(KEY_HEADER)
        if key == NO_LICENCE_KEY:
            return problem("ACCESS_DENIED", faults)
        return None if key in self.keys else problem("UNAUTHORIZED", faults)

    # --- The three steps ------------------------------------------------------------------------

    async def _submit(
        self, request: web.Request, resource: Resource, version: int, faults: Faults
    ) -> web.Response:
        now = self.fleet.clock.now()
        try:
            body = orjson.loads(await request.read())
            query = parse_query(resource, version, body, now=now, faults=faults)
        except QueryError as error:
            return service_error(str(error), 400)
        except (orjson.JSONDecodeError, BodyError) as error:
            return problem("BAD_REQUEST_BODY", faults, detail=str(error))
        self._submitted += 1
        share = fraction(salt_of("run time", self.fleet.seed), self._submitted)
        job = Job(str(uuid4()), query, now, timedelta(seconds=2 + 6 * share))
        self._jobs = {
            uuid: kept
            for uuid, kept in self._jobs.items()
            if now - kept.submitted_at < _KEPT_RESULTS
        }
        for kept in self._jobs.values():
            kept.forget(now)
        self._jobs[job.uuid] = job
        named = str(uuid4()) if faults.wrong_uuid else job.uuid
        return web.json_response({"status": faults.submit_status, "request_uuid": named})

    async def _poll(
        self, request: web.Request, resource: Resource, version: int, faults: Faults
    ) -> web.Response:
        now = self.fleet.clock.now()
        job = self._jobs.get(request.match_info["request_uuid"])
        if (
            job is None
            or (job.query.resource, job.query.version) != (resource, version)
            or now - job.submitted_at >= _KEPT_RESULTS
        ):
            if faults.unknown_request_status == 200:
                return web.json_response({"status": "Error"})
            return problem("RESOURCE_NOT_FOUND", faults, status=faults.unknown_request_status)
        status = job.status(now, faults)
        answer: dict[str, object] = {"status": status}
        if status == "Completed":
            if job.files is None:
                files = self._file_faults(resource)
                await self._in_thread(job.prepare, self.fleet, files)
            answer |= self._links(job, now, faults)
        elif status in {"Error", "Failed"} and faults.failure_message is not None:
            answer["message"] = faults.failure_message
        return web.json_response(answer)

    def _links(self, job: Job, now: datetime, faults: Faults) -> dict[str, object]:
        """Return fresh links to the files of a completed job."""

        def link(name: str) -> str:
            path = f"{_BUCKET}/{job.query.resource}/{name}"
            host = self.file_url if faults.link_host is None else faults.link_host
            return host + self._signer.sign(path, now, faults.link_lifetime)

        stem = f"{job.uuid}.csv" if job.query.format == "CSV" else job.uuid
        return {
            "data_urls": [link(name) for name in job.files or ()],
            "metadata_url": link(f"{stem}.metadata"),
        }

    async def _download(self, request: web.Request) -> web.StreamResponse:
        resource, name = request.match_info["resource"], request.match_info["name"]
        faults = self._file_faults(resource)
        misbehaviour = await self._misbehave(request, "download", faults)
        if misbehaviour is not None:
            return misbehaviour
        refusal = self._refuse_link(request, faults)
        if refusal is not None:
            return refusal
        job = self._jobs.get(name[:36])
        if job is not None and name.endswith(".metadata"):
            return web.Response(body=b"\x08\x01\x12\x00", content_type="binary/octet-stream")
        part = (job.files or {}).get(name) if job is not None else None
        if job is None or part is None:
            return _no_such_file()
        headers = {"Content-Type": "binary/octet-stream"}
        if faults.cookie is not None:
            headers["Set-Cookie"] = faults.cookie
        async with aclosing(self._stream(job.chunks(self.fleet, faults, part))) as chunks:
            return await self._deliver(request, headers, chunks, faults)

    def _refuse_link(self, request: web.Request, faults: Faults) -> web.Response | None:
        has_key = KEY_HEADER in request.headers or "Authorization" in request.headers
        if has_key and faults.key_on_link == "refuse":
            return store_error(400, "InvalidArgument", "Only one auth mechanism allowed")
        try:
            self._signer.check(request.raw_path, self.fleet.clock.now())
        except BadSignatureError:
            return store_error(403, "SignatureDoesNotMatch", "The request signature does not match")
        except ExpiredError:
            return store_error(403, "AccessDenied", "Request has expired")
        return None

    def _file_faults(self, resource: str) -> Faults:
        """Return the switches for the content of files, which go with the download."""
        return self.faults.at(resource, "download")

    # --- Threads --------------------------------------------------------------------------------

    async def _in_thread[**P, R](
        self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run what takes long beside the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(function, *args, **kwargs))

    async def _stream(self, chunks: Iterator[bytes]) -> AsyncGenerator[bytes]:
        """Yield chunks that are made in a thread, one at a time, as the client takes them."""
        while (chunk := await self._in_thread(next, chunks, None)) is not None:
            if chunk:
                yield chunk


async def _whole(response: web.Response) -> AsyncGenerator[bytes]:
    body: Any = response.body
    yield bytes(body)


async def _show_page(_request: web.Request) -> web.Response:
    return page()


def _no_such_file() -> web.Response:
    return store_error(404, "NoSuchKey", "The specified key does not exist.")
