"""What a test or the admin endpoint may look up: every request that arrived."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from aiohttp import web
import orjson

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from aiohttp.typedefs import Handler, Middleware

    from .host import CloudHost

_KEPT = 20_000


@dataclass(slots=True)
class RequestRecord:
    """One request as it arrived; `at` on the fleet's clock (UTC), header names in lower case.

    `status` is 0 while no answer has been given, or if the connection was cut instead.
    """

    at: datetime
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    host: Literal["api", "files"]
    status: int = field(default=0)


def observer(
    cloud: CloudHost, host: Literal["api", "files"], unknown: Callable[[], web.Response]
) -> Middleware:
    """Return a middleware that records requests; unknown paths are answered by `unknown`."""

    @web.middleware
    async def observe(request: web.Request, handler: Handler) -> web.StreamResponse:
        if host == "api" and request.path.startswith("/admin/"):
            return await handler(request)
        record = RequestRecord(
            at=cloud.fleet.clock.now(),
            method=request.method,
            path=request.raw_path,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=_decoded(await request.read()),
            host=host,
        )
        if len(cloud.requests) >= _KEPT:
            del cloud.requests[: _KEPT // 2]
        cloud.requests.append(record)
        try:
            response = await handler(request)
        except web.HTTPNotFound, web.HTTPMethodNotAllowed:
            response = unknown()
        # A connection that was cut has no transport any more, and nobody saw this answer.
        if request.transport is not None and not request.transport.is_closing():
            record.status = response.status
        return response

    return observe


def _decoded(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
