"""From submission to file: rhythm, patience, refusals and what they are called."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
import errno
import os
import socket
import tempfile
import threading
from typing import IO

import pytest

from custom_components.testo_smart_connect.clouds.errors import (
    AuthenticationError,
    BadDataError,
    CloudConnectionError,
    CloudError,
    JobFailedError,
    JobTimeoutError,
    LicenceError,
    RateLimitError,
    RefusedError,
    ServerError,
)
from custom_components.testo_smart_connect.clouds.http.transport import LinkExpiredError
from custom_components.testo_smart_connect.clouds.http.wait import Wait
from custom_components.testo_smart_connect.clouds.jobs import runner as jobs
from custom_components.testo_smart_connect.clouds.jobs.smart_connect import KEY_HEADER
from tests.clouds.conftest import NOON, Maker, Patience
from tests.clouds.desk import SIGNATURE, Desk, Said, listed
from tests.clouds.reader import Reader
from tests.simulator import NO_LICENCE_KEY, Faults, Simulator
from tests.simulator.records import RequestRecord

RHYTHM = [3.0, 6.0, 12.0, 24.0, 30.0, 30.0, 30.0, 30.0, 30.0, 30.0, 30.0, 30.0]
IN_PROGRESS = Said({"status": "In Progress"})


def polls(simulator: Simulator) -> list[RequestRecord]:
    return [it for it in simulator.requests if it.method == "GET" and it.host == "api"]


def downloads(simulator: Simulator) -> list[RequestRecord]:
    return [it for it in simulator.requests if it.host == "files"]


# --- The good way ---------------------------------------------------------------------------


async def test_key_goes_to_the_cloud_but_never_to_a_link(
    cloud: Reader, simulator: Simulator
) -> None:
    # The store refuses a key, and whatever is not byte for byte the link it signed.
    await cloud.inventory()
    assert len(downloads(simulator)) >= 2
    for record in simulator.requests:
        if record.host == "api":
            assert record.headers[KEY_HEADER] == simulator.api_key
        else:
            assert KEY_HEADER not in record.headers
            assert "authorization" not in record.headers
            assert "%2F" in record.path
            assert "+filename%3D%7E" in record.path
        assert record.status == 200


async def test_links_are_asked_byte_for_byte(reader: Reader, desk: Desk) -> None:
    desk.put({"location_uuid": "a"})
    (found,) = await reader.locations()
    assert found.id == "a"
    assert desk.asked[-1].path == f"/files/0?X-Amz-Signature={SIGNATURE}"
    # Whatever the cloud calls a job, it is one part of the path.
    assert desk.asked[-2].path == "/v1/locations/job%201%2F%C3%BC"


@pytest.mark.parametrize("address", ["/", "", "/some/way/"])
async def test_base_address(client: Maker, desk: Desk, address: str) -> None:
    await client(desk.url + address, "key").locations()
    assert desk.asked[0].path == address.rstrip("/") + "/v1/locations"


@pytest.mark.parametrize("word", ["In Progress", "Submitted", "anything", None])
async def test_words_of_the_submission_do_not_matter(
    reader: Reader, desk: Desk, word: str | None
) -> None:
    desk.next["submit"] = [Said({"status": word, "request_uuid": "a"})]
    assert await reader.locations() == ()


@pytest.mark.parametrize("word", ["Completed", "COMPLETED", "completed"])
async def test_words_of_the_poll_are_read_in_any_case(
    reader: Reader, desk: Desk, word: str
) -> None:
    desk.next["poll"] = [Said({}), Said({"status": "Queued"}), Said({"status": word})]
    assert await reader.locations() == ()
    assert desk.steps() == ["submit", "poll", "poll", "poll"]


async def test_one_link_that_is_no_list(reader: Reader, desk: Desk) -> None:
    desk.put({"location_uuid": "a"})
    desk.next["poll"] = [Said({"status": "Completed", "data_urls": desk.link(0)})]
    assert len(await reader.locations()) == 1


# --- Rhythm and patience --------------------------------------------------------------------


async def test_a_job_that_never_ends_is_given_up(
    cloud: Reader, simulator: Simulator, faults: Faults, patience: Patience
) -> None:
    faults.job_outcome = "never"
    text = "^poll of properties failed: not done within 300 s$"
    with pytest.raises(JobTimeoutError, match=text):
        await cloud.inventory()
    assert patience.pauses == RHYTHM
    assert sum(patience.pauses) <= 300
    assert len(simulator.requests) == 1 + len(RHYTHM)
    assert len({record.path for record in polls(simulator)}) == 1


async def test_a_result_that_drips_is_given_up(
    cloud: Reader, simulator: Simulator, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many files there are, each of which comes within its time."""
    endless = asyncio.Event()

    async def drip(_seconds: float) -> None:
        await endless.wait()

    simulator.pause = drip
    faults.on = {"download": {"drip": 1.0}}
    text = r"^result of locations failed: not there within 0 s$"
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "LONGEST_JOB", 0.05)
        with pytest.raises(JobTimeoutError, match=text):
            await cloud.locations()
    endless.set()
    assert len(await cloud.locations()) == 3


async def test_what_has_come_is_read_however_long_it_takes(
    reader: Reader, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread cannot be stopped, and a small computer needs its time for a large file."""
    monkeypatch.setattr(jobs, "LONGEST_JOB", 0.5)
    desk.put({})
    loop, late = asyncio.get_running_loop(), threading.Event()
    loop.call_later(0.7, late.set)
    assert await reader.readings(NOON, NOON, lambda _: late.wait(5))


async def test_a_slow_job(cloud: Reader, faults: Faults, patience: Patience) -> None:
    faults.run_time = 40
    assert len(await cloud.locations()) == 3
    assert patience.pauses == RHYTHM[:4]


@pytest.mark.parametrize(
    ("fault", "value"),
    [("rate_limit", True), ("server_error", 503), ("connection_reset", True)],
)
async def test_a_failing_poll_is_repeated_for_the_same_job(
    cloud: Reader, simulator: Simulator, faults: Faults, fault: str, value: object
) -> None:
    faults.only = {"poll"}
    setattr(faults, fault, value)
    faults.fail_times = 2
    assert len(await cloud.locations()) == 3
    assert len([it for it in simulator.requests if it.method == "POST"]) == 1
    assert len({it.path for it in polls(simulator)}) == 1
    assert len(polls(simulator)) >= 3


@pytest.mark.parametrize(
    ("fault", "value", "error", "text"),
    [
        ("rate_limit", True, RateLimitError, "the cloud asks to wait"),
        ("server_error", 500, ServerError, "HTTP 500"),
        ("server_error", 504, ServerError, "HTTP 504"),
        ("connection_reset", True, CloudConnectionError, "ServerDisconnectedError|ClientOSError"),
    ],
)
async def test_a_poll_that_keeps_failing(  # noqa: PLR0913, PLR0917 - one fault has many sides
    cloud: Reader,
    simulator: Simulator,
    faults: Faults,
    fault: str,
    value: object,
    error: type[CloudError],
    text: str,
) -> None:
    faults.only = {"poll"}
    setattr(faults, fault, value)
    with pytest.raises(error, match=f"^poll of locations failed: ({text})$"):
        await cloud.locations()
    if fault != "connection_reset":
        assert len(polls(simulator)) == 3


async def test_good_polls_in_between_count(reader: Reader, desk: Desk) -> None:
    bad = Said(status=502)
    desk.next["poll"] = [bad, bad, IN_PROGRESS, bad, bad, IN_PROGRESS]
    assert await reader.locations() == ()


@pytest.mark.parametrize(
    ("told", "pause"),
    [
        ("50", 50.0),
        ("1", 6.0),
        ("0", 6.0),
        ("", 6.0),
        ("soon", 6.0),
        ("Wed, 01 Jul 2020 12:00:00 GMT", 6.0),
        ("Wed, 01 Jul 99999999999999 12:00:00 GMT", 6.0),
    ],
)
async def test_a_poll_waits_as_told(
    reader: Reader, desk: Desk, patience: Patience, told: str, pause: float
) -> None:
    desk.next["poll"] = [Said(status=429, headers={"Retry-After": told}), IN_PROGRESS]
    assert await reader.locations() == ()
    assert patience.pauses == [3.0, pause, min(2 * pause, 30.0)]


@pytest.mark.parametrize("zone", ["GMT", "-0000"])
async def test_a_poll_waits_until_a_date(
    reader: Reader, desk: Desk, patience: Patience, zone: str
) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    told = until.replace("GMT", zone)
    desk.next["poll"] = [Said(status=429, headers={"Retry-After": told})]
    assert await reader.locations() == ()
    assert patience.pauses == [3.0, pytest.approx(90, abs=5)]


async def test_a_wait_longer_than_the_job_may_take_is_told(
    reader: Reader, desk: Desk, patience: Patience
) -> None:
    desk.next["poll"] = [IN_PROGRESS, Said(status=429, headers={"Retry-After": "600"})]
    with pytest.raises(RateLimitError) as caught:
        await reader.locations()
    assert caught.value.retry_after == 600
    assert patience.pauses == [3.0, 6.0]


@pytest.mark.parametrize("told", ["9" * 400, "86401", "Fri, 01 Jul 2999 12:00:00 GMT"])
async def test_nobody_waits_for_longer_than_a_day(reader: Reader, desk: Desk, told: str) -> None:
    desk.next["submit"] = [Said(status=429, headers={"Retry-After": told})]
    with pytest.raises(RateLimitError) as caught:
        await reader.locations()
    assert caught.value.retry_after == 86_400


async def test_an_interface_that_ends_on_the_last_day_of_the_calendar(
    reader: Reader, desk: Desk
) -> None:
    headers = {"Deprecation": "true", "Sunset": "Fri, 31 Dec 9999 23:59:59 GMT"}
    desk.next["submit"] = [Said({"request_uuid": "a"}, headers=headers)]
    await reader.locations()
    assert reader.deprecated == {"locations": None}


@pytest.mark.parametrize(("seconds", "told"), [(None, None), (7, 7.0)])
async def test_a_submission_told_to_wait(
    cloud: Reader,
    simulator: Simulator,
    faults: Faults,
    seconds: int | None,
    told: float | None,
) -> None:
    faults.rate_limit = True
    faults.retry_after = seconds
    with pytest.raises(RateLimitError, match="submission of locations") as caught:
        await cloud.locations()
    assert caught.value.retry_after == told
    assert len(simulator.requests) == 1


@pytest.mark.parametrize("step", ["submit", "poll", "download"])
@pytest.mark.parametrize("code", [429, 503])
async def test_a_time_to_wait_binds_all_resources(
    reader: Reader, desk: Desk, patience: Patience, step: str, code: int
) -> None:
    """Whichever step it was told at; afterwards everything goes on."""
    desk.put({"location_uuid": "a"})
    desk.next[step] = [Said(status=code, headers={"Retry-After": "3600"})]
    with pytest.raises(CloudError, match="of locations failed"):
        await reader.locations()
    asked = len(desk.asked)
    patience.clock.advance(timedelta(seconds=3000))
    for read in (reader.locations, reader.limits, reader.inventory, reader.status):
        with pytest.raises(RateLimitError) as caught:
            await read()
        assert caught.value.retry_after == 600
    assert len(desk.asked) == asked
    patience.clock.advance(timedelta(seconds=600))
    assert len(await reader.locations()) == 1


def test_a_shorter_time_ends_no_longer_one() -> None:
    """As where two requests were on their way, or the clock was set back."""
    wait = Wait()
    wait.note(600, NOON)
    wait.note(5, NOON)
    assert wait.left(NOON + timedelta(seconds=100)) == 500
    assert not wait.left(NOON + timedelta(seconds=600))
    assert not wait.left(NOON - timedelta(hours=5))
    wait.note(5, NOON - timedelta(hours=5))
    assert wait.left(NOON - timedelta(hours=5)) == 5


async def test_nothing_is_asked_once_the_session_is_closed(
    reader: Reader, desk: Desk, client: Maker
) -> None:
    """A cancellation may be lost where a time runs out at the same moment."""
    await client.session.close()
    with pytest.raises(asyncio.CancelledError):
        await reader.locations()
    assert not desk.asked


async def test_a_connection_that_is_always_cut_is_tried_as_often_as_meant(
    cloud: Reader, simulator: Simulator, faults: Faults, patience: Patience
) -> None:
    """The HTTP client must not repeat by itself what is repeated here."""
    faults.on = {"download": {"connection_reset": True}}
    counts = []
    for _ in range(3):
        simulator.requests.clear()
        with pytest.raises(CloudConnectionError, match="download of locations failed: "):
            await cloud.locations()
        counts.append(len(downloads(simulator)))
    assert counts == [4, 1, 1]
    assert patience.pauses.count(0.5) == 1


# --- Refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize(
    ("fault", "value", "error", "cause"),
    [
        ("unauthorized", True, AuthenticationError, "HTTP 401"),
        ("forbidden", True, LicenceError, "HTTP 403"),
        ("server_error", 500, ServerError, "HTTP 500"),
    ],
)
async def test_a_refused_submission(  # noqa: PLR0913, PLR0917 - one fault has many sides
    cloud: Reader,
    simulator: Simulator,
    faults: Faults,
    fault: str,
    value: object,
    error: type[CloudError],
    cause: str,
    *,
    older: bool,
) -> None:
    setattr(faults, fault, value)
    faults.older_errors = older
    with pytest.raises(error) as caught:
        await cloud.limits()
    assert str(caught.value) == f"submission of measuring objects failed: {cause}"
    assert (caught.value.doing, caught.value.resource, caught.value.cause) == (
        "submission",
        "measuring objects",
        cause,
    )
    assert len(simulator.requests) == 1


@pytest.mark.parametrize("older", [False, True])
@pytest.mark.parametrize("code", [403, 404])
async def test_an_unknown_path_is_no_missing_licence(
    client: Maker, simulator: Simulator, faults: Faults, code: int, *, older: bool
) -> None:
    faults.unknown_path_status = code
    faults.older_errors = older
    cloud = client(simulator.base_url + "/elsewhere", simulator.api_key)
    with pytest.raises(RefusedError, match=f"submission of locations failed: HTTP {code}"):
        await cloud.locations()


async def test_a_key_without_licence(client: Maker, simulator: Simulator) -> None:
    with pytest.raises(LicenceError):
        await client(simulator.base_url, NO_LICENCE_KEY).locations()


@pytest.mark.parametrize(
    ("fault", "error"), [("unauthorized", AuthenticationError), ("forbidden", LicenceError)]
)
async def test_a_refused_poll(
    cloud: Reader, simulator: Simulator, faults: Faults, fault: str, error: type[CloudError]
) -> None:
    faults.only = {"poll"}
    setattr(faults, fault, True)
    with pytest.raises(error, match="poll of locations failed: HTTP"):
        await cloud.locations()
    assert len(simulator.requests) == 2


@pytest.mark.parametrize("outcome", ["Error", "Failed"])
@pytest.mark.parametrize("message", [None, "a text with details of the account"])
async def test_a_failed_job(
    cloud: Reader, simulator: Simulator, faults: Faults, outcome: str, message: str | None
) -> None:
    setattr(faults, "job_outcome", outcome)  # noqa: B010 - the type of a parameter is wider
    faults.failure_message = message
    text = "^poll of locations failed: the cloud gave it up$"
    with pytest.raises(JobFailedError, match=text):
        await cloud.locations()
    # Asking again for a job that failed is pointless.
    assert len(polls(simulator)) <= 3


@pytest.mark.parametrize(
    ("code", "cause"),
    [(404, "HTTP 404"), (400, "HTTP 400"), (200, "the cloud gave it up")],
)
async def test_a_job_that_was_forgotten(reader: Reader, desk: Desk, code: int, cause: str) -> None:
    desk.next["poll"] = [Said({"status": "Error"}, code)]
    with pytest.raises(JobFailedError, match=f"^poll of locations failed: {cause}$"):
        await reader.locations()
    assert desk.steps() == ["submit", "poll"]


@pytest.mark.parametrize(
    ("answer", "error", "cause"),
    [
        ({"status": "Error", "message": "secret"}, JobFailedError, "the cloud refused it"),
        ({"status": "Failed"}, JobFailedError, "the cloud refused it"),
        ({"status": "Submitted"}, BadDataError, "the answer names no job"),
        ({"status": "Submitted", "request_uuid": 5}, BadDataError, "the answer names no job"),
        ({"request_uuid": ""}, BadDataError, "the answer names no job"),
        ({}, BadDataError, "the answer names no job"),
        ([], BadDataError, "the answer is no JSON object"),
        (b"", BadDataError, "the answer is no JSON object"),
        (b"<html>secret</html>", BadDataError, "the answer is no JSON object"),
        (b"\xff\xfe", BadDataError, "the answer is no JSON object"),
    ],
)
async def test_odd_answers_to_a_submission(
    reader: Reader, desk: Desk, answer: object, error: type[CloudError], cause: str
) -> None:
    desk.next["submit"] = [Said(answer)]
    with pytest.raises(error, match=f"^submission of locations failed: {cause}$"):
        await reader.locations()
    assert desk.steps() == ["submit"]


@pytest.mark.parametrize("links", [5, {"a": 1}, [1], [None], True])
async def test_links_that_are_none(reader: Reader, desk: Desk, links: object) -> None:
    desk.next["poll"] = [Said({"status": "Completed", "data_urls": links})]
    with pytest.raises(BadDataError, match=r"^poll of locations failed: the links are not a list$"):
        await reader.locations()


@pytest.mark.parametrize("links", [None, []])
async def test_a_result_without_files(reader: Reader, desk: Desk, links: object) -> None:
    desk.next["poll"] = [Said({"status": "Completed", "data_urls": links})]
    assert await reader.readings(NOON - timedelta(hours=1), NOON, listed) == []
    assert reader.reports["measurements"].rows == 0


async def test_a_redirect_does_not_get_the_key(reader: Reader, desk: Desk) -> None:
    for step in ("submit", "poll"):
        desk.asked.clear()
        desk.next[step] = [Said(status=307, headers={"Location": f"{desk.url}/elsewhere"})]
        with pytest.raises(CloudError, match=r"(submission|poll) of locations failed: HTTP 307"):
            await reader.locations()
        assert all(asked.path != "/elsewhere" for asked in desk.asked)


async def test_a_download_told_to_wait(reader: Reader, desk: Desk) -> None:
    """Fresh links would only be more of what the cloud has enough of."""
    desk.put({"location_uuid": "a"})
    desk.next["download"] = [Said(status=429, headers={"Retry-After": "90"})]
    with pytest.raises(RateLimitError, match="download of locations") as caught:
        await reader.locations()
    assert caught.value.retry_after == 90
    assert desk.steps() == ["submit", "poll", "download"]


async def test_fresh_links_are_asked_for_while_they_help(reader: Reader, desk: Desk) -> None:
    desk.put({"location_uuid": "a"})
    expired = Said(status=403)

    async def steps(*said: Said) -> list[str]:
        desk.asked.clear()
        desk.next["download"] = list(said)
        if len(said) == 1 and renewed:
            await reader.locations()
        else:
            with pytest.raises(LinkExpiredError):
                await reader.locations()
        return desk.steps()[1:]

    renewed = True
    assert await steps(expired) == ["poll", "download", "poll", "download"]
    assert await steps(expired, expired) == ["poll", "download", "poll", "download"]
    renewed = False
    assert await steps(expired) == ["poll", "download"]
    await reader.locations()
    renewed = True
    assert await steps(expired) == ["poll", "download", "poll", "download"]


async def test_a_disk_without_space_for_a_file(
    reader: Reader, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> IO[bytes]:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    desk.put({"location_uuid": "a"})
    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with pytest.raises(BadDataError, match="storing of locations failed: No space left"):
        await reader.locations()


# --- Broken connections ---------------------------------------------------------------------


async def test_broken_connections_are_tried_again_while_the_cloud_is_well(
    cloud: Reader, simulator: Simulator, faults: Faults, patience: Patience
) -> None:
    faults.connection_reset = True
    faults.only = {"submit"}

    async def fail() -> int:
        simulator.requests.clear()
        patience.pauses.clear()
        text = "^submission of locations failed: (ServerDisconnectedError|ClientOSError)$"
        with pytest.raises(CloudConnectionError, match=text):
            await cloud.locations()
        return len(simulator.requests)

    assert await fail() == 4
    assert patience.pauses == [0.5, 1.0, 2.0]
    # An outage does not multiply the requests …
    assert await fail() == 1
    assert patience.pauses == []
    # … until the cloud has answered again.
    faults.connection_reset = False
    await cloud.locations()
    faults.connection_reset = True
    assert await fail() == 4


async def test_a_short_break_goes_unnoticed(
    cloud: Reader, faults: Faults, patience: Patience
) -> None:
    faults.connection_reset = True
    faults.only = {"submit"}
    faults.fail_times = 3
    assert len(await cloud.locations()) == 3
    assert patience.pauses[:4] == [0.5, 1.0, 2.0, 3.0]


async def test_nobody_listens(client: Maker, socket_enabled: None) -> None:  # noqa: ARG001 - it allows sockets
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(CloudConnectionError, match="ClientConnectorError"):
            await client(address, "key").locations()


async def test_a_download_is_repeated_from_its_beginning(reader: Reader, desk: Desk) -> None:
    desk.put({"location_uuid": "a"}, {"location_uuid": "b"})
    torn = Said(desk.files[0][:9] + b"torn", headers={"Content-Encoding": "gzip"})
    desk.next["download"] = [torn, torn]
    assert {it.id for it in await reader.locations()} == {"a", "b"}
    assert desk.steps() == ["submit", "poll", "download", "download", "download"]


# --- Links ----------------------------------------------------------------------------------


async def test_an_expired_link_is_replaced_once(
    cloud: Reader, simulator: Simulator, faults: Faults
) -> None:
    faults.only = {"download"}
    faults.forbidden = True
    faults.fail_times = 1
    assert len(await cloud.locations()) == 3
    kinds = [
        "submit" if it.method == "POST" else "poll" if it.host == "api" else "download"
        for it in simulator.requests
        if it.host == "api" or it.status != 200
    ]
    assert kinds[0] == "submit"
    assert kinds[-2:] == ["download", "poll"]
    assert kinds.count("submit") == 1
    signatures = [it.path.rpartition("=")[2] for it in downloads(simulator)]
    assert signatures[0] not in signatures[1:]


@pytest.mark.parametrize(("fault", "value"), [("forbidden", True), ("unauthorized", True)])
async def test_a_refused_link_never_means_the_key(
    cloud: Reader, simulator: Simulator, faults: Faults, fault: str, value: object
) -> None:
    faults.only = {"download"}
    setattr(faults, fault, value)
    with pytest.raises(
        LinkExpiredError, match=r"^download of locations failed: HTTP 403$"
    ) as caught:
        await cloud.locations()
    assert not isinstance(caught.value, AuthenticationError | LicenceError | RefusedError)
    assert len(downloads(simulator)) == 2


async def test_links_that_expire_at_once(
    cloud: Reader, simulator: Simulator, faults: Faults
) -> None:
    faults.link_lifetime = 0
    with pytest.raises(LinkExpiredError):
        await cloud.locations()
    assert len(downloads(simulator)) == 2


async def test_a_store_with_a_fault_of_its_own(
    cloud: Reader, simulator: Simulator, faults: Faults
) -> None:
    faults.only = {"download"}
    faults.server_error = 503
    with pytest.raises(ServerError, match=r"^download of locations failed: HTTP 503$"):
        await cloud.locations()
    assert len(downloads(simulator)) == 1


@pytest.mark.parametrize(
    "link",
    [
        "",
        "file:///etc/passwd?X-Amz-Signature=secret",
        "/relative?X-Amz-Signature=secret",
        "http:///nowhere?X-Amz-Signature=secret",
        "http://host:port/?X-Amz-Signature=secret",
        "http://[::1/?X-Amz-Signature=secret",
    ],
)
async def test_links_that_lead_nowhere(reader: Reader, desk: Desk, link: str) -> None:
    desk.next["poll"] = [Said({"status": "Completed", "data_urls": [link]})]
    text = "^download of locations failed: the link is no web address$"
    with pytest.raises(BadDataError, match=text):
        await reader.locations()
    assert desk.steps() == ["submit", "poll"]


async def test_a_link_may_lead_on(reader: Reader, desk: Desk) -> None:
    desk.put({"location_uuid": "a"})
    desk.next["download"] = [Said(status=307, headers={"Location": desk.link(0)})]
    assert len(await reader.locations()) == 1
    assert not any(KEY_HEADER in it.headers for it in desk.asked if it.step == "download")


# --- Other ----------------------------------------------------------------------------------


async def test_the_end_of_an_interface_is_noted_once(
    reader: Reader, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "custom_components")
    headers = {"Deprecation": "true", "Sunset": "Wed, 13 May 2027 00:00:00 GMT"}
    answer = {"status": "Completed", "request_uuid": "a"}
    desk.next["submit"] = [Said(answer, headers=headers)] * 2
    desk.next["poll"] = [Said(answer, headers={"Deprecation": "true"})] * 2
    await reader.status()
    await reader.status()
    desk.next["submit"] = [Said(answer, headers={"Deprecation": "true"})]
    await reader.locations()
    assert [it.getMessage() for it in caplog.records if "custom_components" in it.name] == [
        f"The cloud announces the end of the interface for {resource} (sunset: {sunset})"
        for resource, sunset in (("status", "2027-05-13"), ("locations", "not told"))
    ]
    assert reader.deprecated == {"status": datetime(2027, 5, 13, tzinfo=UTC), "locations": None}
    desk.next["submit"] = [Said(answer)]
    await reader.locations()
    assert reader.deprecated.keys() == {"status"}


async def test_a_cancelled_job_gives_its_place_to_the_next(cloud: Reader, faults: Faults) -> None:
    faults.only = {"submit"}
    faults.slow = 30
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.gather(cloud.locations(), cloud.limits()), 0.05)
    faults.slow = 0
    assert len(await cloud.locations()) == 3


async def test_a_file_that_is_opened_for_a_cancelled_job_is_closed(
    cloud: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening, go_on = threading.Event(), threading.Event()
    opened: list[IO[bytes]] = []
    make = tempfile.TemporaryFile

    def slowly() -> IO[bytes]:
        opening.set()
        assert go_on.wait(10)
        opened.append(make())
        return opened[0]

    monkeypatch.setattr(tempfile, "TemporaryFile", slowly)
    job = asyncio.create_task(cloud.inventory())
    await asyncio.to_thread(opening.wait, 10)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    go_on.set()
    async with asyncio.timeout(10):
        while not (opened and opened[0].closed):  # noqa: ASYNC110 - closing sets no event
            await asyncio.sleep(0)
