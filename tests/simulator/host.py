"""What every simulated cloud is: two ports, a record of what arrived, and what can go wrong."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .admin import admin_routes
from .faults import Faults
from .problems import page, problem, store_error, throttled
from .records import RequestRecord, observer

if TYPE_CHECKING:
    from collections.abc import (
        AsyncGenerator,
        AsyncIterable,
        Awaitable,
        Callable,
        Iterator,
        Mapping,
    )

    from aiohttp.typedefs import Handler

    from .fleet import Fleet

_PAGE = "/simulated-page"


class CloudHost:
    """The API host of a cloud over one fleet and, on a second port, the host of its files.

    A cloud adds its paths in `_routes` and `_file_routes`, and says in `_authorize` who may come.
    """

    def __init__(self, fleet: Fleet, faults: Faults | None = None) -> None:
        """Prepare a cloud over a fleet."""
        self.fleet = fleet
        self.faults = faults or Faults()
        self.requests: list[RequestRecord] = []
        self.base_url = ""
        self.file_url = ""
        self.pause: Callable[[float], Awaitable[object]] = asyncio.sleep
        """Lets the seconds of a slow answer pass."""
        self.extensions: list[Callable[[web.Application], object]] = []
        """Each adds something of its own to the API host when that starts."""
        self._runners: list[web.AppRunner] = []
        self._threads: ThreadPoolExecutor | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0, file_port: int = 0) -> None:
        """Listen; port 0 takes any free one. OSError if a port is taken."""
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="simulator")
        api = web.Application(middlewares=[observer(self, "api", self._unknown_path)])
        api.add_routes(admin_routes(self))
        self._routes(api)
        for extend in self.extensions:
            extend(api)
        files = web.Application(middlewares=[observer(self, "files", no_such_file)])
        files.router.add_get(_PAGE, _show_page)
        self._file_routes(files)
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

    # --- What a cloud says about itself -----------------------------------------------------------

    def _routes(self, app: web.Application) -> None:
        """Add the paths of the API host."""
        raise NotImplementedError

    def _file_routes(self, app: web.Application) -> None:
        """Add the paths of the file host."""
        raise NotImplementedError

    def _authorize(self, request: web.Request, faults: Faults) -> web.Response | None:
        """Return the refusal of a request, None if it may be answered."""
        raise NotImplementedError

    # --- What can go wrong ----------------------------------------------------------------------

    def _unknown_path(self) -> web.Response:
        faults = self.faults
        return problem("MISSING_AUTHENTICATION_TOKEN", faults, status=faults.unknown_path_status)

    def _handler(
        self,
        resource: str,
        step: str,
        answer: Callable[[web.Request, Faults], Awaitable[web.Response]],
        *,
        announced: Mapping[str, str] | None = None,
    ) -> Handler:
        """Return the handler of an endpoint: what can go wrong first, then its answer.

        `announced` are the headers of an endpoint that is to end.
        """

        async def handle(request: web.Request) -> web.StreamResponse:
            faults = self.faults.at(resource, step)
            response = await self._misbehave(request, step, faults)
            if response is None:
                response = await answer(request, faults)
            response.headers.update(announced or {})
            if faults.sunset is not None:
                response.headers["Deprecation"] = "Wed, 13 May 2026 00:00:00 GMT"
                response.headers.popall("Sunset", None)
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
            # The files do not lie behind the gateway.
            or (faults.gateway_problem is not None and step != "download")
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
        refused = "UNAUTHORIZED" if faults.unauthorized else "ACCESS_DENIED"
        return problem(faults.gateway_problem or refused, faults)

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


def no_such_file() -> web.Response:
    """Return what the file host says of a file that it does not have."""
    return store_error(404, "NoSuchKey", "The specified key does not exist.")


async def _whole(response: web.Response) -> AsyncGenerator[bytes]:
    body: Any = response.body
    yield bytes(body)


async def _show_page(_request: web.Request) -> web.Response:
    return page()
