"""Error answers (API part 4.1, Saveris Data part 7)."""

from typing import TYPE_CHECKING
from uuid import uuid4

from aiohttp import web

if TYPE_CHECKING:
    from .faults import Faults

_OLDER = {
    "UNAUTHORIZED": "Authorization information is missing or invalid.",
    "ACCESS_DENIED": "Missing license or permission.",
    "MISSING_AUTHENTICATION_TOKEN": "Missing Authentication Token",
    "RESOURCE_NOT_FOUND": "Not Found",
    "BAD_REQUEST_BODY": "Invalid request body",
}
_TITLES = {
    "UNAUTHORIZED": (401, "Unauthorized"),
    "ACCESS_DENIED": (403, "User is not authorized to access this resource"),
    "MISSING_AUTHENTICATION_TOKEN": (403, "Missing Authentication Token"),
    "RESOURCE_NOT_FOUND": (404, "Resource not found"),
    "BAD_REQUEST_BODY": (400, "Invalid request body"),
    "BAD_REQUEST_PARAMETERS": (400, "Invalid request parameters"),
    "EXPIRED_TOKEN": (403, "Expired token"),
    "WAF_FILTERED": (403, "Request filtered"),
    "REQUEST_TOO_LARGE": (413, "Request too large"),
    "AUTHORIZER_FAILURE": (500, "Authorizer failure"),
    "INTEGRATION_TIMEOUT": (504, "Integration timeout"),
}
_REFUSALS = {403: "ACCESS_DENIED", 404: "RESOURCE_NOT_FOUND", 400: "BAD_REQUEST_PARAMETERS"}


def problem(
    type_: str, faults: Faults, *, detail: str | None = None, status: int | None = None
) -> web.Response:
    """Return a problem document with an `instance` of its own, or the older form."""
    code, title = _TITLES[type_]
    code = status or code
    if faults.older_errors:
        return web.json_response({"message": _OLDER.get(type_, title)}, status=code)
    if detail is None and type_ in {"UNAUTHORIZED", "ACCESS_DENIED"}:
        detail = _OLDER[type_]
    body: dict[str, object] = {"type": type_, "title": title}
    if detail is not None:
        body["detail"] = detail
    body |= {"instance": f"{uuid4().hex[:15]}=", "status": code}
    return web.json_response(body, status=code, content_type="application/problem+json")


def refusal(status: int | None, faults: Faults) -> web.Response | None:
    """Return the problem document for a resource that is refused for good, if it is."""
    return None if status is None else problem(_REFUSALS[status], faults)


def service_error(message: str, status: int) -> web.Response:
    """Return an error of the service behind the gateway."""
    return web.json_response({"status": "Error", "message": message}, status=status)


def login_error(status: int, message: str) -> web.Response:
    """Return the error of a login, which has a spelling of its own."""
    return web.json_response({"Status": "Error", "Message": message}, status=status)


def throttled(status: int, faults: Faults) -> web.Response:
    """Return a 429 or a server error, with `Retry-After` if asked for."""
    if status == 429:
        response = web.json_response({"message": "Too Many Requests"}, status=status)
    else:
        response = service_error("Unexpected error.", status)
    if faults.retry_after is not None:
        response.headers["Retry-After"] = str(faults.retry_after)
    return response


def store_error(status: int, code: str, message: str) -> web.Response:
    """Return an error of the file store."""
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Error><Code>{code}</Code><Message>{message}</Message>"
        f"<RequestId>{uuid4().hex[:16].upper()}</RequestId></Error>"
    )
    return web.Response(status=status, text=text, content_type="application/xml")


def page() -> web.Response:
    """Return a page for people, as a proxy or a login in between shows it."""
    text = "<!DOCTYPE html>\n<html>\n<body>\n<h1>Back soon</h1>\n</body>\n</html>\n"
    return web.Response(text=text, content_type="text/html")
