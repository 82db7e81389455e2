"""The Sensorist cloud: a login with every request, and answers that are good for a while."""

from collections import defaultdict
from datetime import timedelta
import gzip
import itertools
from typing import TYPE_CHECKING, Any, Final, override

from aiohttp import BasicAuth, web
import orjson

from .admin import account_routes
from .curves import salt_of
from .host import CloudHost
from .sensorist_age import Ages, Answered, EarlyRequest
from .sensorist_alarms import Alarms
from .sensorist_ask import Asked, RefusedError
from .sensorist_calls import Delivery, deliver
from .sensorist_odd import SensoristOddities
from .sensorist_paths import READS, WRITES
from .sensorist_sources import BATTERY, WIRELESS, Tree
from .sensorist_writes import Callback, Wipe, Workflow, Write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from aiohttp.typedefs import Handler

    from .channels import Channel, Sensor
    from .devices import Device
    from .faults import Faults, Row
    from .fleet import Fleet
    from .sensorist_alarms import UserAlarm, Way
    from .sensorist_calls import EventKind
    from .sensorist_paths import Path

SENSORIST_PATH: Final = "/v1"
GOOD_EMAIL: Final = "simulator@example.com"
SENSORIST_PASSWORD: Final = "simulator-good-password"
_FORM = "application/x-www-form-urlencoded"
_ANSWER = "sensorist answer"
_TIME, _TIME_OF_ERROR = 0.094, 0.01
_MAX_AGE = timedelta(seconds=900)


class SensoristSimulator(CloudHost):
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
        super().__init__(fleet, faults)
        self.odd = SensoristOddities()
        self.users = dict(users or {GOOD_EMAIL: SENSORIST_PASSWORD})
        self.user_ids: dict[str, int] = {}
        """Ids of accounts that are not to follow from their address."""
        self.tree = Tree(fleet)
        self.alarms = Alarms()
        self.presses: dict[Sensor, list[datetime]] = defaultdict(list)
        self.workflows: dict[int, Workflow] = {}
        self.callbacks: dict[int, Callback] = {}
        self.callback_ids = itertools.count(5001)
        # What tests look up
        self.early: list[EarlyRequest] = []
        """Requests that came before the max-age of the last answer to their URL had run out."""
        self.wiped: list[Wipe] = []
        """Each DELETE that named no id and so took everything."""
        self.writes: list[Write] = []
        """Each change that was asked for, also a refused one, with its form fields."""
        self.deliveries: list[Delivery] = []
        self.wrong_logins: dict[str, int] = {}
        """How many wrong passwords in a row, by e-mail address."""
        self._ages = Ages()

    # --- What tests know and do -------------------------------------------------------------------

    @property
    def email(self) -> str:
        """The first good account."""
        return next(iter(self.users))

    @property
    def password(self) -> str:
        """The password of the first good account."""
        return next(iter(self.users.values()))

    @property
    def limits(self) -> dict[int, UserAlarm]:
        """The alarms that are set now, by id."""
        return self.alarms.limits

    def user_id(self, email: str | None = None) -> int:
        """Return the id of an account, by default the first."""
        email = email or self.email
        return self.user_ids.get(email, 1001 + salt_of("user", email) % 10**6)

    def gateway_id(self, device: Device) -> int:
        """Return the id of a gateway, or of a logger that is one here."""
        return self.tree.gateway_id(device)

    def sensor_id(self, sensor: Sensor) -> int:
        """Return the id of a sensor, the middle one of the three kinds of `devices`."""
        return self.tree.sensor_id(sensor)

    def source_id(self, channel: Channel) -> int:
        """Return the id of a channel; KeyError for a computed one, which is no data source."""
        return self.tree.source_id(channel)

    def battery_id(self, sensor: Sensor) -> int:
        """Return the id of the battery of a sensor."""
        return self.tree.technical_id(sensor, BATTERY)

    def signal_id(self, sensor: Sensor) -> int:
        """Return the id of the radio quality of a sensor."""
        return self.tree.technical_id(sensor, WIRELESS)

    def add_alarm(
        self,
        channel: Channel,
        direction: Way,
        value: float,
        *,
        delay: int = 0,
        since: datetime | None = None,
    ) -> UserAlarm:
        """Have an alarm set by the user; without `since` (UTC) it has been there ever since.

        `value` is in the unit of the channel, `delay` in minutes of the world.
        """
        source = self.tree.all_sources(self.odd)[self.source_id(channel)]
        return self.alarms.add(source, direction, value, delay, since or self.fleet.since)

    def adopt_limits(self) -> None:
        """Set an alarm for the outermost limit of each direction that the fleet has now."""
        now = self.fleet.clock.now()
        for source in self.tree.all_sources(self.odd).values():
            channel = source.channel
            if channel is None:
                continue
            limits = channel.sensor.measuring_object.limits(now)
            watching = [it for it in limits if channel.watched_by(it)]
            upper = [it for it in watching if it.direction == "upper"]
            lower = [it for it in watching if it.direction == "lower"]
            if upper:
                it = max(upper, key=lambda it: it.value)
                self.add_alarm(channel, "above", it.value, delay=int(it.delay.seconds / 60))
            if lower:
                it = min(lower, key=lambda it: it.value)
                self.add_alarm(channel, "below", it.value, delay=int(it.delay.seconds / 60))

    def press(self, sensor: Sensor, at: datetime | None = None) -> None:
        """Press the button of a sensor (UTC, default: now): it measures and sends at once."""
        self.presses[sensor].append(at or self.fleet.clock.now())

    async def deliver(self, kind: EventKind, **content: Any) -> list[Delivery]:
        """Post an event once to each callback that wants its type; return what became of it."""
        return await deliver(self, kind, content)

    def max_age(self, resource: str) -> int:
        """Return for how many seconds an answer is good."""
        usual = int(self.fleet.scaled(_MAX_AGE).total_seconds())
        return self.odd.max_age.get(resource, usual)

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
        return _refusal(404)

    @override
    def _authorize(self, request: web.Request, faults: Faults) -> web.Response | None:
        email, password = _credentials(request)
        limit = self.odd.locks_after
        if limit is not None and self.wrong_logins.get(email, 0) >= limit:
            return _refusal(403)
        if self.users.get(email) != password:
            self.wrong_logins[email] = self.wrong_logins.get(email, 0) + 1
            return _refusal(401)
        self.wrong_logins.pop(email, None)
        # Nobody who has no right to it may be somebody else.
        status = 403 if "impersonate" in request.query else faults.refused
        return None if status is None else _refusal(status)

    @override
    def _instead(self, step: str, faults: Faults) -> web.Response:
        if faults.redirect or faults.html or faults.empty_body:
            return super()._instead(step, faults)
        if faults.unknown_path:
            return self._unknown_path()
        if faults.server_error is not None or faults.rate_limit:
            return _refusal(faults.server_error or 429, retry_after=faults.retry_after)
        if faults.gateway_problem is not None:
            return super()._instead(step, faults)
        return _refusal(401 if faults.unauthorized else 403)

    # --- Reading ------------------------------------------------------------------------------

    def _read(self, path: Path) -> Handler:
        """Return the handler of a path that only tells something."""

        async def answer(request: web.Request, faults: Faults) -> web.Response:
            refused = self._authorize(request, faults)
            if refused is not None:
                return refused
            asked = self._asked(request, request.query)
            kept = self._ages.fresh(asked.email, request.raw_path, asked.now)
            if kept is not None and self.odd.early == "refused":
                wait = kept.until - asked.now
                return _refusal(429, retry_after=max(1, int(wait.total_seconds())))
            if kept is None or self.odd.early == "fresh":
                try:
                    kept = await self._in_thread(self._answered, path, asked)
                except RefusedError as error:
                    return _refusal(error.status)
            request[_ANSWER] = kept
            return self._good(request, kept.body, kept.max_age)

        handle = self._handler(path.resource, "sync", answer)

        async def count(request: web.Request) -> web.StreamResponse:
            email, now = _credentials(request)[0], self.fleet.clock.now()
            last = self._ages.fresh(email, request.raw_path, now)
            if last is not None:
                self.early.append(EarlyRequest(now, email, request.raw_path, last.until))
            response = await handle(request)
            transport = request.transport
            # An answer that was cut off is none: whoever asks again is not early.
            if _ANSWER in request and transport is not None and not transport.is_closing():
                self._ages.keep(email, request.raw_path, request[_ANSWER], now)
            return response

        return count

    def _answered(self, path: Path, asked: Asked) -> Answered:
        """Work out an answer and for how long it is good."""
        max_age = self.max_age(path.resource)
        body = self._envelope(path.resource, path.reply(self, asked), max_age)
        return Answered(asked.now + timedelta(seconds=max_age), max_age, body)

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
                return _refusal(error.status)
            max_age = self.max_age(path.resource)
            return self._good(request, self._envelope(path.resource, told, max_age), max_age)

        return self._handler(path.resource, "write", answer)

    # --- Both -------------------------------------------------------------------------------------

    def _asked(self, request: web.Request, given: Mapping[str, str]) -> Asked:
        id_ = int(request.match_info.get("id", "0"))
        return Asked(self.fleet.clock.now(), _credentials(request)[0], given, id_)

    def _envelope(self, resource: str, told: Row, max_age: int) -> bytes:
        """Put a payload into its envelope, or what is odd about it."""
        code, payload = self.odd.code.get(resource), self.odd.payload.get(resource)
        if code is not None or payload == "missing":
            told = {}
        elif payload is not None:
            told = {name: None if payload == "null" else _other(it) for name, it in told.items()}
        head = {"code": code or 200, "max_age": max_age, "time": _TIME}
        return orjson.dumps({**head, **told})

    def _good(self, request: web.Request, body: bytes, max_age: int) -> web.Response:
        """Return a good answer, zipped for whoever asks for that."""
        headers = {"Content-Type": "application/json"}
        if not self.odd.no_cache_header:
            headers["Cache-Control"] = f"max-age={max_age}, private"
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, mtime=0)
        return web.Response(body=body, headers=headers)


def _other(payload: object) -> object:
    """Return another type than the one that is due."""
    return {"count": 1} if isinstance(payload, list) else ["torn"]


def _credentials(request: web.Request) -> tuple[str, str]:
    """Return e-mail address and password of a request, empty if there are none."""
    try:
        given = BasicAuth.decode(request.headers.get("Authorization", ""), encoding="utf-8")
    except ValueError:
        return "", ""
    return given.login, given.password


def _refusal(status: int, *, retry_after: int | None = None) -> web.Response:
    """Return the envelope of an error, which has no payload."""
    headers = {"Cache-Control": "max-age=0, private"}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    body = {"code": status, "max_age": 0, "time": _TIME_OF_ERROR}
    return web.json_response(body, status=status, headers=headers)
