"""What the clouds with jobs share: submit, poll, download."""

from contextlib import aclosing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, override
from uuid import uuid4

from aiohttp import web
import orjson

from .curves import fraction, salt_of
from .host import CloudHost, no_such_file
from .jobs import Job
from .links import BadSignatureError, ExpiredError, Signer
from .problems import problem, refusal, service_error, store_error
from .queries import BodyError, QueryError, parse_query

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from aiohttp.typedefs import Handler

    from .columns import Endpoint
    from .faults import Faults
    from .fleet import Fleet

_KEPT_RESULTS = timedelta(hours=24)
_BUCKET = "/simulated-results"
_DEPRECATION = "Wed, 13 May 2026 00:00:00 GMT"

type _Answer = Callable[[web.Request, Endpoint, Faults], Awaitable[web.Response]]


class JobServer(CloudHost):
    """A cloud that answers with files, some time after it was asked."""

    paths: ClassVar[Mapping[str, Endpoint]]
    """Every pair of submit and poll."""
    credential_headers: ClassVar[tuple[str, ...]] = ("Authorization",)
    """A download that carries one of these has a second credential."""
    links_equipment: ClassVar[bool] = False
    """Device properties name the equipment of a channel."""
    sunset: ClassVar[str | None] = None
    """When what is deprecated ends, as an HTTP date, if that is announced."""

    def __init__(self, fleet: Fleet, faults: Faults | None = None) -> None:
        """Prepare a cloud without jobs."""
        super().__init__(fleet, faults)
        self._jobs: dict[str, Job] = {}
        self._submitted = 0
        self._signer = Signer()

    @override
    def _routes(self, app: web.Application) -> None:
        for path, endpoint in self.paths.items():
            app.router.add_post(path, self._step(self._submit, endpoint, "submit"))
            poll = self._step(self._poll, endpoint, "poll")
            app.router.add_get(path + "/{request_uuid}", poll, allow_head=False)

    @override
    def _file_routes(self, app: web.Application) -> None:
        app.router.add_get(_BUCKET + "/{resource}/{name:.+}", self._download, allow_head=False)

    def _step(self, answer: _Answer, endpoint: Endpoint, step: str) -> Handler:
        """Return the handler of a step of a job, for those who may take it."""

        async def handle(request: web.Request, faults: Faults) -> web.Response:
            if endpoint.gone(faults):
                return self._unknown_path()
            refused = self._authorize(request, faults)
            if refused is None:
                refused = refusal(faults.refused or faults.refused_async, faults)
            return refused or await answer(request, endpoint, faults)

        announced = self._announced() if endpoint.deprecated else None
        return self._handler(endpoint.resource, step, handle, announced=announced)

    def _announced(self) -> dict[str, str]:
        """Return the headers of what is deprecated."""
        headers = {"Deprecation": _DEPRECATION}
        return headers if self.sunset is None else headers | {"Sunset": self.sunset}

    # --- The three steps ------------------------------------------------------------------------

    async def _submit(
        self, request: web.Request, endpoint: Endpoint, faults: Faults
    ) -> web.Response:
        now = self.fleet.clock.now()
        try:
            body = orjson.loads(await request.read())
            query = parse_query(endpoint.resource, endpoint.version, body, now=now, faults=faults)
        except QueryError as error:
            return service_error(str(error), 400)
        except (orjson.JSONDecodeError, BodyError) as error:
            return problem("BAD_REQUEST_BODY", faults, detail=str(error))
        self._submitted += 1
        share = fraction(salt_of("run time", self.fleet.seed), self._submitted)
        run_time = timedelta(seconds=2 + 6 * share)
        job = Job(str(uuid4()), query, now, run_time, equipment=self.links_equipment)
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

    async def _poll(self, request: web.Request, endpoint: Endpoint, faults: Faults) -> web.Response:
        now = self.fleet.clock.now()
        job = self._jobs.get(request.match_info["request_uuid"])
        if (
            job is None
            or (job.query.resource, job.query.version) != (endpoint.resource, endpoint.version)
            or now - job.submitted_at >= _KEPT_RESULTS
        ):
            if faults.unknown_request_status == 200:
                return web.json_response({"status": "Error"})
            return problem("RESOURCE_NOT_FOUND", faults, status=faults.unknown_request_status)
        status = job.status(now, faults)
        answer: dict[str, object] = {"status": status}
        if status == "Completed":
            if job.files is None:
                files = self._file_faults(endpoint.resource)
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
        refused = self._refuse_link(request, faults)
        if refused is not None:
            return refused
        job = self._jobs.get(name[:36])
        if job is not None and name.endswith(".metadata"):
            return web.Response(body=b"\x08\x01\x12\x00", content_type="binary/octet-stream")
        part = (job.files or {}).get(name) if job is not None else None
        if job is None or part is None:
            return no_such_file()
        headers = {"Content-Type": "binary/octet-stream"}
        if faults.cookie is not None:
            headers["Set-Cookie"] = faults.cookie
        async with aclosing(self._stream(job.chunks(self.fleet, faults, part))) as chunks:
            return await self._deliver(request, headers, chunks, faults)

    def _refuse_link(self, request: web.Request, faults: Faults) -> web.Response | None:
        second = any(name in request.headers for name in self.credential_headers)
        if second and faults.key_on_link == "refuse":
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
