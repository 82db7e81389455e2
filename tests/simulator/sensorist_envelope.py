"""The envelope that every answer of the Sensorist API comes in (Sensorist part 2)."""

import gzip
from typing import TYPE_CHECKING

from aiohttp import web
import orjson

if TYPE_CHECKING:
    from .faults import Row
    from .sensorist_odd import SensoristOddities

_TIME, _TIME_OF_ERROR = 0.094, 0.01


def good(
    request: web.Request, odd: SensoristOddities, resource: str, told: Row, max_age: int
) -> web.Response:
    """Return a payload in its envelope, or what is odd about it; zipped, if that is wanted."""
    code, payload = odd.code.get(resource), odd.payload.get(resource)
    if code is not None or payload == "missing":
        told = {}
    elif payload is not None:
        told = {name: None if payload == "null" else _other(it) for name, it in told.items()}
    age = max_age if odd.age_in_body is None else odd.age_in_body
    head = {"code": code or 200, "max_age": age, "time": _TIME}
    body = orjson.dumps({**head, **told})
    headers = {"Content-Type": "application/json"}
    if not odd.no_cache_header:
        headers["Cache-Control"] = f"max-age={max_age}, private"
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, mtime=0)
    return web.Response(body=body, headers=headers)


def refusal(status: int, *, retry_after: int | None = None) -> web.Response:
    """Return the envelope of an error, which has no payload."""
    headers = {"Cache-Control": "max-age=0, private"}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    body = {"code": status, "max_age": 0, "time": _TIME_OF_ERROR}
    return web.json_response(body, status=status, headers=headers)


def _other(payload: object) -> object:
    """Return another type than the one that is due."""
    return {"count": 1} if isinstance(payload, list) else ["torn"]
