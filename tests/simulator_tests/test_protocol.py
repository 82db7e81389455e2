"""Submit, poll, download: the default behaviour of API part 13."""

from datetime import timedelta

import aiohttp
import orjson
import pytest

from tests.simulator import NO_LICENCE_KEY, Faults, Fleet, ManualClock, Simulator

from .conftest import NOON, Client, period

MEASUREMENTS = "/v2/measurements"
PATHS = [
    "/v3/devices/properties",
    "/v3/devices/status",
    "/v4/devices/status",
    MEASUREMENTS,
    "/v3/alarms",
    "/v1/locations",
    "/v1/measuring-objects",
]


@pytest.mark.parametrize("path", PATHS)
async def test_every_pair_answers(client: Client, path: str) -> None:
    """An empty object is a valid body everywhere, and CSV is one plain file."""
    (content,) = await client.files(path)
    assert content.startswith(b'"')


async def test_life_of_a_job(client: Client, clock: ManualClock) -> None:
    """A job is queued, runs for two to eight seconds of the fleet's clock, and is done."""
    client.simulator.faults.run_time = None
    _, submitted = await client.post(MEASUREMENTS)
    assert submitted.keys() == {"status", "request_uuid"}
    assert submitted["status"] == "Submitted"
    uuid = submitted["request_uuid"]
    assert (await client.poll(MEASUREMENTS, uuid))[1] == {"status": "Submitted"}
    clock.advance(timedelta(seconds=1.9))
    assert (await client.poll(MEASUREMENTS, uuid))[1] == {"status": "In Progress"}
    clock.advance(timedelta(seconds=6.1))
    _, done = await client.poll(MEASUREMENTS, uuid)
    assert done.keys() == {"status", "data_urls", "metadata_url"}
    assert ".csv.metadata?" in done["metadata_url"]
    clock.advance(timedelta(hours=24))
    assert (await client.poll(MEASUREMENTS, uuid))[0] == 404


async def test_poll_on_another_path(client: Client) -> None:
    """A job is known on the path of its submit only."""
    _, submitted = await client.post("/v4/devices/status")
    assert (await client.poll("/v3/devices/status", submitted["request_uuid"]))[0] == 404


@pytest.mark.parametrize("key", ["wrong", "", " ", None])
async def test_bad_keys(client: Client, key: str | None) -> None:
    """Wrong, blank and missing keys get 401, with an instance that always differs."""
    client.headers = {} if key is None else {"x-custom-api-key": key}
    answers = [await client.post(MEASUREMENTS) for _ in range(2)]
    assert [status for status, _ in answers] == [401, 401]
    assert answers[0][1]["type"] == "UNAUTHORIZED"
    assert answers[0][1]["instance"] != answers[1][1]["instance"]


async def test_licence(client: Client) -> None:
    """A key without the add-on gets 403 as a problem document."""
    url = client.simulator.base_url + MEASUREMENTS
    headers = {"x-custom-api-key": NO_LICENCE_KEY}
    async with client.http.post(url, data=b"{}", headers=headers) as response:
        assert response.status == 403
        assert response.content_type == "application/problem+json"
        assert orjson.loads(await response.read())["type"] == "ACCESS_DENIED"


@pytest.mark.parametrize("path", ["/v1/measuring_objects", "/v9/alarms", "/"])
async def test_unknown_path(client: Client, path: str) -> None:
    """The gateway answers 403, not 404, to what it does not know."""
    status, body = await client.post(path)
    assert (status, body["type"]) == (403, "MISSING_AUTHENTICATION_TOKEN")
    client.simulator.faults.unknown_path_status = 404
    assert (await client.post(path))[0] == 404


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"odata": {"$top": "1"}},
        {"odata": {"$filter": 1}},
        {"odata": []},
        {"options": {"result_file_format": "json"}},
        {"date_time_from": "yesterday"},
        {"date_time_until": 5},
    ],
)
async def test_malformed_body(client: Client, body: object) -> None:
    """The validator of the gateway refuses what the schema does not allow."""
    status, answer = await client.post(MEASUREMENTS, body)
    assert (status, answer["type"]) == (400, "BAD_REQUEST_BODY")


async def test_body_is_needed(client: Client) -> None:
    """A submit without body is malformed."""
    url = client.simulator.base_url + MEASUREMENTS
    async with client.http.post(url, headers=client.headers) as response:
        assert response.status == 400


async def test_range_must_run_forward(client: Client) -> None:
    """The service itself refuses an empty period."""
    status, answer = await client.post(MEASUREMENTS, period(NOON, NOON))
    assert (status, answer["status"]) == (400, "Error")
    assert "before" in answer["message"]


async def test_range_defaults(client: Client) -> None:
    """Without dates the last hour comes; with a start alone, the hour after it."""
    serial = "91000201"
    rows = [row for row in await client.rows(MEASUREMENTS) if row["serial_no"] == serial]
    times = sorted(row["timestamp"][11:16] for row in rows)
    assert times == ["11:00", "11:15", "11:30", "11:45"]
    rows = await client.rows(MEASUREMENTS, date_time_from="2026-07-01T06:00:00Z")
    times = sorted(row["timestamp"][11:16] for row in rows if row["serial_no"] == serial)
    assert times == ["06:00", "06:15", "06:30", "06:45"]


async def test_deprecation(client: Client) -> None:
    """Only the old status version announces its end."""
    for version, deprecated in ((3, True), (4, False)):
        url = f"{client.simulator.base_url}/v{version}/devices/status"
        async with client.http.post(url, data=b"{}", headers=client.headers) as response:
            assert ("Deprecation" in response.headers) is deprecated


async def test_json_files(client: Client) -> None:
    """JSON comes as two or three files that overlap in time; nothing gives no file."""
    for _ in range(5):
        links = await client.links(
            MEASUREMENTS,
            **period(NOON - timedelta(hours=6), NOON),
            options={"result_file_format": "JSON"},
        )
        assert len(links) in {2, 3}
    assert await client.rows(MEASUREMENTS, date_time_from="2020-01-01T00:00:00Z") == []


async def test_other_formats_fail(client: Client) -> None:
    """A documented format that the simulator cannot write ends in Error."""
    _, submitted = await client.post(MEASUREMENTS, {"options": {"result_file_format": "ORC"}})
    assert (await client.poll(MEASUREMENTS, submitted["request_uuid"]))[1]["status"] == "Error"


async def test_requests_are_recorded(client: Client) -> None:
    """Tests see every request with its body, also those to the file host."""
    await client.files(MEASUREMENTS, **period(NOON - timedelta(hours=1), NOON))
    submit, poll, download = client.simulator.requests
    assert (submit.method, submit.path, submit.host) == ("POST", MEASUREMENTS, "api")
    assert submit.body == period(NOON - timedelta(hours=1), NOON)
    assert submit.headers["x-custom-api-key"] == client.simulator.api_key
    assert (poll.method, poll.body, poll.status) == ("GET", None, 200)
    assert (download.host, download.at) == ("files", NOON)
    assert "X-Amz-Signature" in download.path


async def test_two_simulators(client: Client, fleet: Fleet) -> None:
    """Simulators share nothing."""
    other = Simulator(fleet, faults=Faults(run_time=0), keys=["other"])
    await other.start()
    try:
        async with aiohttp.ClientSession() as http:
            neighbour = Client(http, other)
            assert await neighbour.rows("/v1/locations")
            _, submitted = await neighbour.post("/v1/locations")
        assert (await client.poll("/v1/locations", submitted["request_uuid"]))[0] == 404
        assert client.simulator.base_url != other.base_url
    finally:
        await other.stop()


async def test_port_taken(client: Client, fleet: Fleet) -> None:
    """A taken port is an OSError and leaves nothing running."""
    port = int(client.simulator.base_url.rpartition(":")[2])
    other = Simulator(fleet)
    with pytest.raises(OSError, match="address"):
        await other.start(port=port)
