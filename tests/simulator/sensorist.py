"""The Sensorist cloud: a login with every request, and answers that are good for a while."""

import base64
from datetime import timedelta
import math
from typing import TYPE_CHECKING, Final, override

from aiohttp import web

from .admin import account_routes
from .sensorist_account import SensoristAccount
from .sensorist_age import Ages, Answered, EarlyRequest
from .sensorist_ask import Asked, RefusedError
from .sensorist_envelope import good, refusal
from .sensorist_paths import READS, WRITES
from .sensorist_writes import Write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from aiohttp.typedefs import Handler

    from .faults import Faults
    from .fleet import Fleet
    from .sensorist_paths import Path

SENSORIST_PATH: Final = "/v1"
_FORM = "application/x-www-form-urlencoded"


class SensoristSimulator(SensoristAccount):
    """The same fleet, for those who have an account with an e-mail address and a password.

    Loggers are shown as gateways of their own, because that is what they are to a cloud: what
    has the connection. Computed channels are no data sources.

    Faults know its resources as `users`, `gateways`, `measurements`, `alarms`, `history`,
    `workflows` and `callbacks` at step `sync`; `users`, `gateways`, `commands`, `sensors`, `alarms`
    and `callbacks` at step `write`. Their switches of jobs, files and rows do nothing here; `odd`
    has those of these rows.
    """

    def __init__(
        self,
        fleet: Fleet,
        *,
        faults: Faults | None = None,
        users: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare a cloud; `users` are the passwords of the good accounts by e-mail address."""
        super().__init__(fleet, faults=faults, users=users)
        self._ages = Ages()

    # --- Paths --------------------------------------------------------------------------------

    @override
    def _routes(self, app: web.Application) -> None:
        app.add_routes(account_routes(self))
        for path in READS:
            url = SENSORIST_PATH + path.url
            app.router.add_get(url, self._read(path), allow_head=False)
        for path in WRITES:
            app.router.add_route(path.method, SENSORIST_PATH + path.url, self._write(path))

    @override
    def _file_routes(self, app: web.Application) -> None:
        """Add nothing: this cloud has no files."""

    @override
    def _unknown_path(self) -> web.Response:
        return refusal(404)

    @override
    def _authorize(self, request: web.Request, faults: Faults) -> web.Response | None:
        email, password = _credentials(request)
        limit = self.odd.locks_after
        if limit is not None and self.wrong_logins.get(email, 0) >= limit:
            return refusal(403)
        if self.users.get(email) != password:
            self.wrong_logins[email] = self.wrong_logins.get(email, 0) + 1
            return refusal(401)
        self.wrong_logins.pop(email, None)
        # Nobody who has no right to it may be somebody else.
        status = 403 if "impersonate" in request.query else faults.refused
        return None if status is None else refusal(status)

    @override
    def _instead(self, step: str, faults: Faults) -> web.Response:
        if faults.redirect or faults.html or faults.empty_body:
            return super()._instead(step, faults)
        if faults.unknown_path:
            return self._unknown_path()
        if faults.server_error is not None or faults.rate_limit:
            return refusal(faults.server_error or 429, retry_after=faults.retry_after)
        if faults.gateway_problem is not None:
            return super()._instead(step, faults)
        return refusal(401 if faults.unauthorized else 403)

    # --- Reading ------------------------------------------------------------------------------

    def _read(self, path: Path) -> Handler:
        """Return the handler of a path that only tells something."""

        async def handle(request: web.Request) -> web.StreamResponse:
            email, now = _credentials(request)[0], self.fleet.clock.now()
            last = self._ages.fresh(email, request.raw_path, now)
            if last is not None:
                self.early.append(EarlyRequest(now, email, request.raw_path, last.until))
            given: list[Answered] = []

            async def answer(request: web.Request, faults: Faults) -> web.Response:
                response, answered = await self._tell(path, request, faults)
                given.extend(answered)
                return response

            response = await self._handler(path.resource, "sync", answer)(request)
            transport = request.transport
            # An answer that was cut off is none: whoever asks again is not early.
            if given and transport is not None and not transport.is_closing():
                self._ages.keep(email, request.raw_path, given[0], now)
            return response

        return handle

    async def _tell(
        self, path: Path, request: web.Request, faults: Faults
    ) -> tuple[web.Response, list[Answered]]:
        """Return a response and, if it is a good one, what it tells."""
        refused = self._authorize(request, faults)
        if refused is not None:
            return refused, []
        asked = self._asked(request, request.query)
        answered = self._ages.fresh(asked.email, request.raw_path, asked.now)
        if answered is not None and self.odd.early == "refused":
            return refusal(429, retry_after=_seconds(asked.now, answered.until)), []
        if answered is None or self.odd.early == "fresh":
            try:
                told = await self._in_thread(path.reply, self, asked)
            except RefusedError as error:
                return refusal(error.status), []
            until = asked.now + timedelta(seconds=self.max_age(path.resource))
            answered = Answered(until, told)
        left = _seconds(asked.now, answered.until)
        return good(request, self.odd, path.resource, answered.told, left), [answered]

    # --- Writing ------------------------------------------------------------------------------

    def _write(self, path: Path) -> Handler:
        """Return the handler of a path that changes something."""

        async def answer(request: web.Request, faults: Faults) -> web.Response:
            refused = self._authorize(request, faults)
            if refused is not None:
                return refused
            fields: dict[str, str] = {}
            # What is not sent as a form is not seen.
            if request.content_type == _FORM:
                fields = {name: str(it) for name, it in (await request.post()).items()}
            asked = self._asked(request, fields)
            self.writes.append(Write(asked.now, request.method, request.path, fields))
            try:
                told = path.reply(self, asked)
            except RefusedError as error:
                return refusal(error.status)
            return good(request, self.odd, path.resource, told, self.max_age(path.resource))

        return self._handler(path.resource, "write", answer)

    # --- Both ---------------------------------------------------------------------------------

    def _asked(self, request: web.Request, given: Mapping[str, str]) -> Asked:
        id_ = int(request.match_info.get("id", "0"))
        return Asked(self.fleet.clock.now(), _credentials(request)[0], given, id_)


def _credentials(request: web.Request) -> tuple[str, str]:
    """Return e-mail address and password of a request, empty if there are none."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    try:
        told = base64.b64decode(given, validate=True).decode()
    except ValueError:
        return "", ""
    email, _, password = told.partition(":")
    return (email, password) if scheme.lower() == "basic" else ("", "")


def _seconds(start: datetime, end: datetime) -> int:
    return math.ceil((end - start).total_seconds())
