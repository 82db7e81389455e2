"""The Device Management cloud: the one that can change loggers and gateways."""

from typing import TYPE_CHECKING, Any, NamedTuple, override

from aiohttp import web
import orjson

from .management_account import ManagementAccount
from .management_targets import PLACES, ManagementWrite, find_object
from .management_wire import RefusedError, worded
from .problems import problem, refusal, service_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp.typedefs import Handler

    from .devices import Site
    from .faults import Faults, Row
    from .management_odd import Readable
    from .management_targets import Place

_PROBLEMS = {403: "ACCESS_DENIED", 404: "RESOURCE_NOT_FOUND", 400: "BAD_REQUEST_BODY"}


class _Asked(NamedTuple):
    """A request about a site, called `name` in it; `uuid` is that of its path."""

    site: Site
    name: str
    uuid: str
    body: Any


class _Done(NamedTuple):
    """What became of a PUT or POST."""

    before: Row | None
    response: web.Response


class ManagementSimulator(ManagementAccount):
    """The same fleet, for those who may change it; what they change, all clouds tell.

    A changed cycle is configured at once, the device lives by it from its next communication on.
    Limits of a measuring object watch from the moment they are set. Settings of a site, system
    alarms and measuring instructions are stored, and nothing follows from them.

    Faults know its resources as `token` at step `login`, and as `devices`, `connect_keys`,
    `settings`, `sensors`, `alarm_configurations` and `measuring_objects` at steps `sync` and
    `write`. Their switches of jobs, files and rows do nothing here; `odd` has more.
    """

    # --- Paths --------------------------------------------------------------------------------

    @override
    def _routes(self, app: web.Application) -> None:
        self._login_routes(app)
        get, post, put = app.router.add_get, app.router.add_post, app.router.add_put
        keys, objects = "/connect-keys", "/measuring-objects"
        get(keys, self._read("connect_keys", None, self._key), allow_head=False)
        post(keys, self._write("connect_keys", self._create_key, sites=self.site_to_come))
        get("/devices", self._read("devices", "devices", self._devices), allow_head=False)
        readable: Readable = "measuring_objects"
        get(objects, self._read(readable, readable, self._objects), allow_head=False)
        get(objects + "/{uuid}", self._read(readable, readable, self._object), allow_head=False)
        post(objects, self._write(readable, self._create_object))
        for place in PLACES:
            tell = self._teller(place)
            get(place.url, self._read(place.resource, place.readable, tell), allow_head=False)
            put(place.url, self._write(place.resource, self._changer(place)))

    @override
    def _file_routes(self, app: web.Application) -> None:
        """Add nothing: this cloud has no files."""

    # --- Who asks, and about which site -------------------------------------------------------

    def _refused(self, request: web.Request, faults: Faults) -> web.Response | None:
        return self._authorize(request, faults) or refusal(faults.refused, faults)

    def _asked(
        self, request: web.Request, find: Callable[[str], Site | None], body: Any = None
    ) -> _Asked:
        """Return what a request asks for."""
        name = request.query.get("site", "").strip()
        if not name:
            raise RefusedError(400, "site")
        site = find(name)
        if site is None:
            raise RefusedError(403)
        return _Asked(site, name, request.match_info.get("uuid", ""), body)

    def _refusal(self, error: RefusedError, faults: Faults, *, body: bool) -> web.Response:
        if error.status not in _PROBLEMS:
            return service_error("Unexpected error.", error.status)
        type_ = _PROBLEMS[error.status]
        if error.status == 400 and not body:
            type_ = "BAD_REQUEST_PARAMETERS"
        return problem(type_, faults, detail=error.detail)

    # --- Reading ------------------------------------------------------------------------------

    def _read(
        self, resource: str, readable: Readable | None, tell: Callable[[_Asked], Any]
    ) -> Handler:
        """Return the handler of a GET, which may be one that does not exist."""

        async def answer(request: web.Request, faults: Faults) -> web.Response:
            refused = self._refused(request, faults)
            if refused is not None:
                return refused
            if readable is not None and readable not in self.odd.readable:
                return self._absent(faults)
            try:
                told = tell(self._asked(request, self.site))
            except RefusedError as error:
                return self._refusal(error, faults, body=False)
            return _json(told)

        return self._handler(resource, "sync", answer)

    def _absent(self, faults: Faults) -> web.Response:
        if self.odd.absent_status == 403:
            return problem("MISSING_AUTHENTICATION_TOKEN", faults)
        if self.odd.absent_status == 404:
            return problem("RESOURCE_NOT_FOUND", faults)
        return service_error("Method Not Allowed", self.odd.absent_status)

    def _key(self, asked: _Asked) -> Any:
        key = self.connect_key(asked.site, create=False)
        if key is None:
            raise RefusedError(404)
        return {"site": asked.name, self.odd.key_name: key}

    def _devices(self, asked: _Asked) -> Any:
        rows = [
            worded(self.holdings.read(device, self.odd), self.odd)
            for device in tuple(self.fleet.devices)
            if device.site is asked.site
        ]
        return rows if self.odd.bare_list else {"devices": rows}

    def _objects(self, asked: _Asked) -> Any:
        rows = [self.objects.row(it) for it in self.objects.at(asked.site)]
        return {"measuring_objects": rows}

    def _object(self, asked: _Asked) -> Any:
        return self.objects.row(find_object(self, asked.site, asked.uuid))

    def _teller(self, place: Place) -> Callable[[_Asked], Any]:
        return lambda asked: place.find(self, asked.site, asked.uuid).read()

    # --- Writing ------------------------------------------------------------------------------

    def _write(
        self,
        resource: str,
        change: Callable[[_Asked, Faults], _Done],
        sites: Callable[[str], Site | None] | None = None,
    ) -> Handler:
        """Return the handler of a PUT or POST; `sites` finds the site, or makes it."""

        async def answer(request: web.Request, faults: Faults) -> web.Response:
            refused = self._refused(request, faults)
            if refused is not None:
                return refused
            try:
                body = orjson.loads(await request.read())
            except orjson.JSONDecodeError:
                body = None
            try:
                asked = self._asked(request, sites or self.site, body)
                done = change(asked, faults)
            except RefusedError as error:
                return self._refusal(error, faults, body=False)
            write = ManagementWrite(
                self.fleet.clock.now(),
                request.method,
                request.path,
                asked.name,
                done.before,
                body,
                done.response.status,
            )
            self.writes.append(write)
            return done.response

        return self._handler(resource, "write", answer)

    def _create_key(self, asked: _Asked, _faults: Faults) -> _Done:
        self.connect_key(asked.site, create=True)
        return _Done(None, _json(self._key(asked)))

    def _create_object(self, asked: _Asked, faults: Faults) -> _Done:
        try:
            uuid = self.objects.create(asked.site, asked.body)
        except RefusedError as error:
            return _Done(None, self._refusal(error, faults, body=True))
        return _Done(None, _json({} if self.odd.no_uuid else {"uuid": uuid}))

    def _changer(self, place: Place) -> Callable[[_Asked, Faults], _Done]:
        def change(asked: _Asked, faults: Faults) -> _Done:
            target = place.find(self, asked.site, asked.uuid)
            before = target.told()
            if self.odd.puts_refused is not None:
                error = RefusedError(self.odd.puts_refused)
                return _Done(before, self._refusal(error, faults, body=True))
            try:
                store = target.check(asked.body)
            except RefusedError as error:
                return _Done(before, self._refusal(error, faults, body=True))
            told = asked.body if self.odd.ignores else store()
            if self.odd.put_body == "text":
                return _Done(before, web.Response(text="OK"))
            return _Done(before, web.Response() if self.odd.put_body == "empty" else _json(told))

        return change


def _json(told: Any) -> web.Response:
    return web.Response(body=orjson.dumps(told), content_type="application/json")
