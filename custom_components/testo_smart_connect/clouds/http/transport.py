"""One HTTP exchange with a cloud: sends it, repeats it where that helps, names what failed.

Facts: Smart Connect reference, parts 3.5 and 4.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import MAXYEAR, UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
import logging
from typing import IO, Any

import aiohttp
import orjson
from yarl import URL

from ..base import Credentials
from ..errors import (
    AuthenticationError,
    BadDataError,
    CloudConnectionError,
    CloudError,
    LicenceError,
    RateLimitError,
    RefusedError,
    ServerError,
    TooLargeError,
)
from .bounds import LARGEST_ANSWER, LONGEST_WAIT, MOST_REDIRECTS
from .links import BadLinkError, checked
from .wait import Wait

_LOGGER = logging.getLogger(__name__)

_REPEATS = (0.5, 1.0, 2.0)
"""Seconds before each repetition; cured the dead sockets of a long-running client."""
_ANSWER_TIMEOUT = aiohttp.ClientTimeout(total=30)
_DOWNLOAD_TIMEOUT = aiohttp.ClientTimeout(total=600, sock_connect=30, sock_read=60)
_CHUNK = 1 << 18
_REDIRECTS = {301, 302, 303, 307, 308}

type Sleep = Callable[[float], Awaitable[object]]


def _utcnow() -> datetime:
    return datetime.now(UTC)


class LinkExpiredError(CloudError):
    """A download link is refused; a fresh one may work.

    Says nothing about the key, nor about the request: no RefusedError.
    """


class Transport:
    """The connection of one account.

    Transport errors are repeated while the same step of a job works; once it is known
    to fail, each request is tried once, so that an outage does not multiply requests.
    """

    def __init__(  # noqa: PLR0913  what is one's own, then what time is and what is left of it
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        credentials: Credentials,
        *,
        sleep: Sleep = asyncio.sleep,
        now: Callable[[], datetime] = _utcnow,
        wait: Wait | None = None,
        repeats: Sequence[float] = _REPEATS,
    ) -> None:
        """Use a session that belongs to somebody else, and a clock of UTC.

        ``repeats`` are the pauses before each repetition after a transport error.
        """
        self._session = session
        self._now = now
        self._wait = wait or Wait()
        self._repeats = repeats
        self._base = URL(base_url.rstrip("/"))
        self._credentials = credentials
        self._failing: set[str] = set()
        """What could not be done the last time, each on a host and way of its own."""
        self._warned: set[str] = set()
        self._unwilling: set[str] = set()
        """Resources that refused a login that was new."""
        self.deprecated: dict[str, datetime | None] = {}
        """Resources whose interface ends, and when (UTC), if the cloud tells that."""
        self.sleep = sleep

    async def call(  # noqa: PLR0913  what is asked, of what, and for whom
        self,
        method: str,
        path: str,
        body: Any,
        doing: str,
        resource: str,
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        empty: bool = False,
        once: bool = False,
        renews: bool = True,
    ) -> dict[str, Any]:
        """Return the JSON object that the cloud answers.

        After a refused login once more, where the login can be renewed. What is asked goes
        into the body as JSON, into the query, or as the fields of a form. An answer may be
        ``empty``. What must not be done twice is asked ``once``, whatever becomes of it;
        what is right only at this moment ``renews`` no login.
        """

        async def exchange() -> dict[str, Any]:
            async with self._session.request(
                method,
                self._base.with_path(self._base.path.rstrip("/") + path, encoded=True),
                headers=headers,
                json=body,
                params=params,
                data=form,
                timeout=_ANSWER_TIMEOUT,
                # The login must not travel to wherever a redirect points.
                allow_redirects=False,
                middlewares=(_once,),
            ) as response:
                content = await _content(response, doing, resource)
                self._note_deprecation(response, resource)
                self._check(response, content, doing, resource)
                if empty and not content:
                    return {}
                return self._answer(response, content, doing, resource)

        self._check_wait(doing, resource)
        headers = await self._credentials.headers()
        try:
            answer = await self._repeated(exchange, doing, resource, once=once)
        except AuthenticationError as err:
            if resource in self._unwilling:
                # A new login did not help, but does elsewhere: it is about the resource.
                raise LicenceError(doing, resource, err.cause) from None
            if not renews or not await self._credentials.renew(headers):
                raise
            headers = await self._credentials.headers()
            answer = await self._after_login(exchange, doing, resource, once=once)
        self._unwilling.discard(resource)
        return answer

    async def _after_login[T](
        self, exchange: Callable[[], Awaitable[T]], doing: str, resource: str, *, once: bool
    ) -> T:
        """Run an exchange with a new login; remember who refuses even that."""
        try:
            return await self._repeated(exchange, doing, resource, once=once)
        except AuthenticationError:
            self._unwilling.add(resource)
            raise

    async def download(
        self, link: str, file: IO[bytes], resource: str, most: int, before: int = 0
    ) -> int:
        """Write what a link delivers into a file, without the login.

        The link is requested byte for byte as received: it is signed. Returns the bytes
        of this file and those before. Raises TooLargeError once they are more than
        ``most``.
        """
        doing = "download"

        async def exchange() -> int:
            await loop.run_in_executor(None, _rewind, file)
            size = before
            async with self._followed(link) as response:
                if response.status != HTTPStatus.OK:
                    _check_busy(response, doing, resource)
                    raise LinkExpiredError(doing, resource, f"HTTP {response.status}")
                if response.content_type == "text/html":
                    raise BadDataError(doing, resource, "a web page came instead of a file")
                async for chunk in response.content.iter_chunked(_CHUNK):
                    size += len(chunk)
                    if size > most:
                        raise TooLargeError(doing, resource, f"more than {most:,} bytes")
                    await loop.run_in_executor(None, file.write, chunk)
            return size

        loop = asyncio.get_running_loop()
        try:
            return await self._repeated(exchange, doing, resource)
        except BadLinkError as err:
            raise BadDataError(doing, resource, str(err)) from None

    @asynccontextmanager
    async def _followed(self, link: str) -> AsyncGenerator[aiohttp.ClientResponse]:
        """Ask for a link and where it points to, each of which has to be a good one."""
        url = checked(link, self._base)
        for _ in range(1 + MOST_REDIRECTS):
            async with self._session.get(
                url, timeout=_DOWNLOAD_TIMEOUT, allow_redirects=False, middlewares=(_once,)
            ) as response:
                if response.status not in _REDIRECTS:
                    yield response
                    return
                url = checked(response.headers.get("Location", ""), self._base, url)
        message = f"more than {MOST_REDIRECTS} redirects"
        raise BadLinkError(message)

    async def _repeated[T](
        self,
        exchange: Callable[[], Awaitable[T]],
        doing: str,
        resource: str,
        *,
        once: bool = False,
    ) -> T:
        """Run an exchange, again after transport errors unless that is known to fail.

        Nothing is asked while the cloud wants to be left alone.
        """
        pauses = [] if once or doing in self._failing else list(self._repeats)
        while True:
            if self._session.closed:
                # The account was unloaded, and a timer of the client hid the cancellation.
                raise asyncio.CancelledError
            self._check_wait(doing, resource)
            try:
                result = await exchange()
            except CloudError as err:
                self._wait.note(err.retry_after or 0.0, self._now())
                raise
            except (aiohttp.ClientError, TimeoutError, OSError) as err:
                if not pauses:
                    self._failing.add(doing)
                    # The text of the error may hold the address with its signature.
                    cause = type(err.__cause__ or err).__name__
                    raise CloudConnectionError(doing, resource, cause) from None
                await self.sleep(pauses.pop(0))
            else:
                self._failing.discard(doing)
                return result

    def rest(self, seconds: float) -> None:
        """Ask for nothing of the account for a while."""
        self._wait.note(seconds, self._now())

    def _check_wait(self, doing: str, resource: str) -> None:
        """Raise an error while the cloud wants to be left alone."""
        if left := self._wait.left(self._now()):
            raise RateLimitError(doing, resource, left)

    def _check(
        self, response: aiohttp.ClientResponse, content: bytes, doing: str, resource: str
    ) -> None:
        """Raise the error that an HTTP status means."""
        code = response.status
        if code < HTTPStatus.MULTIPLE_CHOICES:
            return
        cause = f"HTTP {code}"
        if code == HTTPStatus.UNAUTHORIZED:
            raise AuthenticationError(doing, resource, cause, self._credentials.name)
        _check_busy(response, doing, resource)
        if code == HTTPStatus.FORBIDDEN:
            self._check_forbidden(content, doing, resource, cause)
        error = RefusedError(doing, resource, cause)
        error.status = code
        raise error

    def _answer(
        self,
        response: aiohttp.ClientResponse,  # noqa: ARG002  one cloud reads its headers
        content: bytes,
        doing: str,
        resource: str,
    ) -> dict[str, Any]:
        """Return the JSON object that a good answer holds."""
        try:
            answer = orjson.loads(content)
        except orjson.JSONDecodeError:
            answer = None
        if not isinstance(answer, dict):
            raise BadDataError(doing, resource, "the answer is no JSON object")
        return answer

    def _check_forbidden(self, content: bytes, doing: str, resource: str, cause: str) -> None:
        """Raise what a 403 means: the gateway has it for several things, each with its text."""
        told = content.lower().replace(b" ", b"_")
        if b"expired_token" in told:
            raise AuthenticationError(doing, resource, cause, self._credentials.name)
        if b"waf_filtered" in told:
            raise ServerError(doing, resource, f"{cause}, its firewall")
        # It is the answer for a path that is not known.
        if b"missing_authentication_token" not in told:
            raise LicenceError(doing, resource, cause)

    def _note_deprecation(self, response: aiohttp.ClientResponse, resource: str) -> None:
        if "Deprecation" not in response.headers:
            # Not every step of a job has to tell it, but the first one begins anew.
            if response.method == "POST":
                self.deprecated.pop(resource, None)
            return
        ends = _http_date(response.headers.get("Sunset", "")) or self.deprecated.get(resource)
        self.deprecated[resource] = ends
        if resource in self._warned:
            return
        self._warned.add(resource)
        _LOGGER.info(
            "The cloud announces the end of the interface for %s (sunset: %s)",
            resource,
            ends.date() if ends else "not told",
        )


async def _once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Hide a cut connection from aiohttp, which asks again on its own and uncounted."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as err:
        raise aiohttp.ClientConnectionError from err


async def _content(response: aiohttp.ClientResponse, doing: str, resource: str) -> bytes:
    """Return the body, of which no more is read than an answer may have."""
    content = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK):
        content += chunk
        if len(content) > LARGEST_ANSWER:
            raise TooLargeError(doing, resource, f"an answer of more than {LARGEST_ANSWER:,} bytes")
    return bytes(content)


def _check_busy(response: aiohttp.ClientResponse, doing: str, resource: str) -> None:
    """Raise the error of a host that cannot answer now."""
    if response.status == HTTPStatus.TOO_MANY_REQUESTS:
        raise RateLimitError(doing, resource, _retry_after(response))
    if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        cause = f"HTTP {response.status}"
        raise ServerError(doing, resource, cause, _retry_after(response))


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    """Return the seconds to wait from a number or an HTTP date, a day at most."""
    told = response.headers.get("Retry-After", "").strip()
    if told.isdecimal():
        return min(float(told), LONGEST_WAIT)
    until = _http_date(told)
    if until is None:
        return None
    return min(max(0.0, (until - datetime.now(UTC)).total_seconds()), LONGEST_WAIT)


def _http_date(told: str) -> datetime | None:
    """Return the date of a header in UTC."""
    try:
        at = parsedate_to_datetime(told)
        utc = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except ValueError, OverflowError:
        return None
    # Whoever shows the last day of the calendar in a local time runs over its end.
    return utc if utc.year < MAXYEAR else None


def _rewind(file: IO[bytes]) -> None:
    file.seek(0)
    file.truncate()
