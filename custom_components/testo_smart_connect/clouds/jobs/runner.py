"""One awaitable per job: submit, poll, download, decode.

Facts: Smart Connect reference, parts 3 and 12.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
import tempfile
from typing import IO, Any
from urllib.parse import quote

from ..base import Answer
from ..count import RowCount
from ..errors import (
    BadDataError,
    CloudConnectionError,
    CloudError,
    JobFailedError,
    JobTimeoutError,
    RateLimitError,
    RefusedError,
    TooLargeError,
)
from ..fields import Row
from ..http.bounds import HELD, LONGEST_IDENTIFIER, LONGEST_JOB, MOST_LINKS, Bounds
from ..http.transport import LinkExpiredError, Transport
from ..report import Report, Timing
from .decode import OverfullError, UnreadableError, read_rows

type Blocks = Iterator[list[Row]]
type Reduce[T] = Callable[[Blocks, RowCount], T]
"""Makes a value of rows; what it does not understand it counts."""
type Flatten = Callable[[Mapping[str, Any]], Iterable[Row]]
"""Makes rows of an answer that holds them in each other.

Raises AttributeError, KeyError or TypeError for one of another form.
"""

OPEN_JOBS = 2
"""No limits are published; the harmless load that was observed is this low."""
FIRST_PAUSE = 3.0
LONGEST_PAUSE = 30.0
BUDGET = 300.0
"""Seconds of waiting for a job before it is given up."""
_POLL_FAULTS = 3
"""Failing polls in a row before a job is given up."""
_FAILED = {"error", "failed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to ask for."""

    resource: str
    path: str
    body: Mapping[str, Any]
    bounds: Bounds = HELD


class JobRunner:
    """Runs the jobs of one account, at most two at a time."""

    def __init__(self, transport: Transport) -> None:
        """Use the connection of the account."""
        self._transport = transport
        self._open = asyncio.Semaphore(OPEN_JOBS)
        self._fresh_links_help = True

    async def run[T](self, job: Job, reduce: Reduce[T]) -> Answer[T]:
        """Run a job and reduce its rows in a worker thread.

        Raises a CloudError that says which step failed; it has a report as well.
        """
        row_count = RowCount()
        try:
            result, timing = await self._run(job, reduce, row_count)
        except CloudError as err:
            err.report = self._report(job, row_count, None)
            raise
        return Answer(result, self._report(job, row_count, timing))

    async def ask[T](self, job: Job, flatten: Flatten, reduce: Reduce[T]) -> Answer[T]:
        """Ask for what is answered at once, and reduce its rows in a worker thread.

        Raises a CloudError.
        """
        row_count = RowCount()
        async with self._open:
            answer = await self._transport.call("GET", job.path, None, "reading", job.resource)
            try:
                result = await asyncio.get_running_loop().run_in_executor(
                    None, lambda: reduce(iter([[*flatten(answer)]]), row_count)
                )
            except (AttributeError, KeyError, TypeError) as err:
                cause = "the answer is of another form"
                raise BadDataError("reading", job.resource, cause) from err
        return Answer(result, self._report(job, row_count, None))

    def _report(self, job: Job, row_count: RowCount, timing: Timing | None) -> Report:
        ends = self._transport.deprecated
        return Report(
            resource=job.resource,
            rows=row_count.rows,
            rejected=row_count.rejected,
            lost=row_count.lost_lines,
            deprecated=job.resource in ends,
            sunset=ends.get(job.resource),
            timing=timing,
        )

    async def _run[T](self, job: Job, reduce: Reduce[T], row_count: RowCount) -> tuple[T, Timing]:
        time = asyncio.get_running_loop().time
        async with self._open:
            with ExitStack() as stack:
                begun = time()
                try:
                    async with asyncio.timeout(LONGEST_JOB):
                        files, polls, waited = await self._brought(job, stack)
                except TimeoutError:
                    cause = f"not there within {LONGEST_JOB:.0f} s"
                    raise JobTimeoutError("result", job.resource, cause) from None
                # What is here is read to its end: it has bounds, and no thread can be stopped.
                result = await _decoded(job, files, reduce, row_count)
            self._fresh_links_help = True
            fetched = round(time() - begun - waited, 1)
            return result, Timing(waited=round(waited, 1), fetched=fetched, polls=polls)

    async def _brought(self, job: Job, stack: ExitStack) -> tuple[list[IO[bytes]], int, float]:
        """Return the files of a job, how often was asked, and the seconds until it was done."""
        time = asyncio.get_running_loop().time
        begun = time()
        job_id = await self._submit(job)
        links, polls = await self._wait(job, job_id)
        waited = time() - begun
        try:
            files = await self._download(job, links, stack)
        except LinkExpiredError:
            if not self._fresh_links_help:
                raise
            # Links live for an hour at most; asking again delivers fresh ones.
            stack.close()
            links, _ = await self._wait(job, job_id)
            self._fresh_links_help = False
            files = await self._download(job, links, stack)
        return files, polls, waited

    async def _submit(self, job: Job) -> str:
        answer = await self._transport.call("POST", job.path, job.body, "submission", job.resource)
        job_id = answer.get("request_uuid")
        if isinstance(job_id, str) and 0 < len(job_id) <= LONGEST_IDENTIFIER:
            return job_id
        if str(answer.get("status", "")).casefold() in _FAILED:
            raise JobFailedError("submission", job.resource, "the cloud refused it")
        raise BadDataError("submission", job.resource, "the answer names no job")

    async def _wait(self, job: Job, job_id: str) -> tuple[list[str], int]:
        """Poll until the job is done; return its links and how often was asked."""
        doing = "poll"
        path = f"{job.path}/{quote(job_id, safe='')}"
        pause, waited, faults, polls = FIRST_PAUSE, 0.0, 0, 0
        while waited + pause <= BUDGET:
            await self._transport.sleep(pause)
            waited += pause
            polls += 1
            pause = min(2 * pause, LONGEST_PAUSE)
            try:
                answer = await self._transport.call("GET", path, None, doing, job.resource)
            except (CloudConnectionError, RateLimitError) as err:
                faults += 1
                pause = max(pause, err.retry_after or 0.0)
                if faults == _POLL_FAULTS or waited + pause > BUDGET:
                    raise
                continue
            except RefusedError as err:
                raise JobFailedError(doing, job.resource, err.cause) from None
            faults = 0
            state = str(answer.get("status", "")).casefold()
            if state == "completed":
                return _links(answer.get("data_urls"), job.resource), polls
            if state in _FAILED:
                raise JobFailedError(doing, job.resource, "the cloud gave it up")
        raise JobTimeoutError(doing, job.resource, f"not done within {BUDGET:.0f} s")

    async def _download(self, job: Job, links: list[str], stack: ExitStack) -> list[IO[bytes]]:
        files: list[IO[bytes]] = []
        size = 0
        for link in links:
            file = stack.enter_context(await _scratch_file(job.resource))
            files.append(file)
            size = await self._transport.download(
                link, file, job.resource, job.bounds.downloaded, size
            )
        return files


async def _decoded[T](
    job: Job, files: list[IO[bytes]], reduce: Reduce[T], row_count: RowCount
) -> T:
    """Read files block by block in a worker thread."""
    try:
        return await asyncio.get_running_loop().run_in_executor(
            None, lambda: reduce(read_rows(files, row_count, job.bounds), row_count)
        )
    except OverfullError as err:
        raise TooLargeError("reading", job.resource, str(err)) from None
    except UnreadableError as err:
        raise BadDataError("reading", job.resource, str(err)) from None


async def _scratch_file(resource: str) -> IO[bytes]:
    """Open a temporary file; one that comes after a cancellation is closed at once."""
    opening: asyncio.Future[IO[bytes]] = asyncio.get_running_loop().run_in_executor(
        None, tempfile.TemporaryFile
    )
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(lambda opened: opened.result().close())
        raise
    except OSError as err:
        raise BadDataError("storing", resource, str(err.strerror)) from None


def _links(data_urls: Any, resource: str) -> list[str]:
    if data_urls is None:
        return []
    if isinstance(data_urls, str):
        data_urls = [data_urls]
    if not isinstance(data_urls, list) or not all(isinstance(link, str) for link in data_urls):
        raise BadDataError("poll", resource, "the links are not a list")
    if len(data_urls) > MOST_LINKS:
        raise TooLargeError("poll", resource, f"more than {MOST_LINKS} files")
    return data_urls
