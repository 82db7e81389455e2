"""Every switch away from the default behaviour."""

from datetime import timedelta
from typing import Any
import zlib

import aiohttp
import orjson
import pytest
from yarl import URL

from tests.simulator import Faults, Fleet, Logger, ManualClock

from .conftest import NOON, Client, period

MEASUREMENTS, ALARMS, LOCATIONS = "/v2/measurements", "/v3/alarms", "/v1/locations"
PROPERTIES, OBJECTS = "/v3/devices/properties", "/v1/measuring-objects"
JSON = {"result_file_format": "JSON"}
HOURS = period(NOON - timedelta(hours=3), NOON)


@pytest.fixture
def faults(client: Client) -> Faults:
    """Return the switches of the running simulator."""
    return client.simulator.faults


@pytest.mark.parametrize(
    ("fault", "value", "status"),
    [
        ("unauthorized", True, 401),
        ("forbidden", True, 403),
        ("unknown_path", True, 403),
        ("server_error", 502, 502),
        ("rate_limit", True, 429),
    ],
)
async def test_requests_fail(
    client: Client, faults: Faults, fault: str, value: object, status: int
) -> None:
    """A fault hits submit and poll, as often as wanted."""
    setattr(faults, fault, value)
    assert (await client.post(LOCATIONS))[0] == status
    faults.fail_times = 2
    assert (await client.post(LOCATIONS))[0] == status
    assert (await client.poll(LOCATIONS, "unknown"))[0] == status
    assert (await client.post(LOCATIONS))[0] == 200


async def test_downloads_fail(client: Client, faults: Faults) -> None:
    """On the file host errors are those of the store."""
    (link,) = await client.links(LOCATIONS)
    faults.unauthorized = True
    status, body = await client.get(link)
    assert (status, b"AccessDenied" in body) == (403, True)


async def test_retry_after(client: Client, faults: Faults) -> None:
    """`Retry-After` comes only if asked for."""
    url = client.simulator.base_url + LOCATIONS
    faults.rate_limit = True
    for seconds in (None, 7):
        faults.retry_after = seconds
        async with client.http.post(url, data=b"{}", headers=client.headers) as response:
            assert response.headers.get("Retry-After") == (None if seconds is None else "7")


async def test_scopes(client: Client, faults: Faults) -> None:
    """Switches can be limited to places, and differ between them."""
    faults.only = {"alarms", "locations.poll"}
    faults.server_error = 500
    assert (await client.post(ALARMS))[0] == 500
    status, submitted = await client.post(LOCATIONS)
    assert status == 200
    assert (await client.poll(LOCATIONS, submitted["request_uuid"]))[0] == 500
    assert (await client.post(MEASUREMENTS))[0] == 200
    faults.on = {"measurements": {"rate_limit": True}, "poll": {"server_error": 504}}
    assert (await client.post(MEASUREMENTS))[0] == 429
    assert (await client.post(OBJECTS))[0] == 200
    assert (await client.poll(OBJECTS, "unknown"))[0] == 504


async def test_connection_reset(client: Client, faults: Faults) -> None:
    """The client sees a broken connection, the record no status."""
    faults.connection_reset = True
    with pytest.raises(aiohttp.ClientError):
        await client.post(LOCATIONS)
    assert client.simulator.requests[-1].status == 0


async def test_slow(client: Client, faults: Faults) -> None:
    """A slow server answers later than an impatient client waits."""
    faults.slow = 5
    url = client.simulator.base_url + LOCATIONS
    impatient = aiohttp.ClientTimeout(total=0.05)
    with pytest.raises(TimeoutError):
        await client.http.post(url, data=b"{}", headers=client.headers, timeout=impatient)


async def test_older_errors(client: Client, faults: Faults) -> None:
    """The error bodies of spring 2026 are a message alone."""
    faults.older_errors = True
    faults.unauthorized = True
    assert await client.post(LOCATIONS) == (
        401,
        {"message": "Authorization information is missing or invalid."},
    )
    assert await client.post("/nothing") == (403, {"message": "Missing Authentication Token"})


async def test_v4_absent(client: Client, faults: Faults) -> None:
    """Without v4 its path is unknown; v3 answers on."""
    faults.status_v4_absent = True
    status, body = await client.post("/v4/devices/status")
    assert (status, body["type"]) == (403, "MISSING_AUTHENTICATION_TOKEN")
    assert (await client.post("/v3/devices/status"))[0] == 200


async def test_job_outcomes(client: Client, faults: Faults, clock: ManualClock) -> None:
    """Jobs fail, fail with a reason, or never end."""
    faults.submit_status = "In Progress"
    _, submitted = await client.post(LOCATIONS)
    assert submitted["status"] == "In Progress"
    uuid = submitted["request_uuid"]
    faults.job_outcome = "Error"
    assert (await client.poll(LOCATIONS, uuid))[1] == {"status": "Error"}
    faults.job_outcome = "Failed"
    faults.failure_message = "out of luck"
    assert (await client.poll(LOCATIONS, uuid))[1]["message"] == "out of luck"
    faults.job_outcome = "never"
    clock.advance(timedelta(hours=1))
    assert (await client.poll(LOCATIONS, uuid))[1] == {"status": "In Progress"}


async def test_run_time(client: Client, faults: Faults, clock: ManualClock) -> None:
    """The run time can be minutes."""
    faults.run_time = 600
    _, submitted = await client.post(LOCATIONS)
    clock.advance(timedelta(seconds=599))
    _, answer = await client.poll(LOCATIONS, submitted["request_uuid"])
    assert answer["status"] == "In Progress"
    clock.advance(timedelta(seconds=1))
    _, answer = await client.poll(LOCATIONS, submitted["request_uuid"])
    assert answer["status"] == "Completed"


async def test_unknown_request(client: Client, faults: Faults) -> None:
    """An unknown request uuid gives 404, another status, or 200 with `Error`."""
    assert (await client.poll(LOCATIONS, "unknown"))[0] == 404
    faults.unknown_request_status = 400
    assert (await client.poll(LOCATIONS, "unknown"))[0] == 400
    faults.unknown_request_status = 200
    assert await client.poll(LOCATIONS, "unknown") == (200, {"status": "Error"})


async def test_select_trouble(client: Client, faults: Faults) -> None:
    """A `$select` may be refused, or make the job fail."""
    body = {"odata": {"$select": "name"}}
    faults.select_fails_job = True
    _, submitted = await client.post(LOCATIONS, body)
    _, answer = await client.poll(LOCATIONS, submitted["request_uuid"])
    assert answer["status"] == "Error"
    faults.refuse_select = True
    assert (await client.post(LOCATIONS, body))[0] == 400
    assert (await client.post(LOCATIONS))[0] == 200


async def test_json_forms(client: Client, faults: Faults) -> None:
    """JSON may be one file, plain, or an array."""
    faults.one_file = True
    faults.plain_json = True
    (lines,) = await client.files(PROPERTIES, options=JSON)
    assert len(lines.splitlines()) == 9
    faults.json_array = True
    (array,) = await client.files(PROPERTIES, options=JSON)
    assert orjson.loads(array) == [orjson.loads(line) for line in lines.splitlines()]


async def test_empty_file(client: Client, faults: Faults) -> None:
    """An empty result may be one empty file."""
    faults.empty_file = True
    (content,) = await client.files(ALARMS, options=JSON)
    assert zlib.decompress(content, zlib.MAX_WBITS | 16) == b""
    faults.plain_json = faults.json_array = True
    assert await client.files(ALARMS, options=JSON) == [b"[]"]


async def test_truncated_gzip(client: Client, faults: Faults) -> None:
    """A truncated file stops in the middle."""
    faults.truncated_gzip = True
    content, *_ = await client.files(MEASUREMENTS, options=JSON, **HOURS)
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    unpacker.decompress(content)
    assert not unpacker.eof


async def test_csv_forms(client: Client, faults: Faults) -> None:
    """CSV may be unquoted, with CRLF and a byte order mark."""
    faults.csv_unquoted = faults.csv_crlf = faults.csv_bom = True
    (content,) = await client.files(LOCATIONS)
    text = content.decode()
    assert text.startswith("\ufefftenant_uuid,location_uuid,")
    assert text.count("\r\n") == text.count("\n") == 4
    assert '"Archive, wing ""B"""' in text


async def test_duplicates(client: Client, faults: Faults) -> None:
    """Rows come twice with the same uuid, the same ones each time; by default about 1 %."""
    faults.duplicates = Faults().duplicates
    day = period(NOON - timedelta(days=2), NOON)
    rows = await client.rows(MEASUREMENTS, **day)
    uuids = {row["uuid"] for row in rows}
    assert 0.003 < len(rows) / len(uuids) - 1 < 0.025
    assert len(await client.rows(MEASUREMENTS, **day)) == len(rows)
    faults.duplicates = 1.0
    assert len(await client.rows("/v4/devices/status")) == 8
    assert len(await client.rows(LOCATIONS)) == 3


async def test_columns_missing_and_unknown(client: Client, faults: Faults) -> None:
    """Columns may be missing or unknown, in both formats; null members may be left out."""
    faults.missing_columns = {"location_type"}
    faults.extra_columns = {"colour": "blue"}
    for row in (*await client.rows(LOCATIONS), *(await client.table(LOCATIONS))[1]):
        assert "location_type" not in row
        assert row["colour"] == "blue"
    faults.omit_null = True
    assert "parent_uuid" not in (await client.rows(LOCATIONS))[0]


async def test_garbage(client: Client, faults: Faults) -> None:
    """A torn line and a row without a time come on top of the good rows."""
    good = await client.rows(MEASUREMENTS, **HOURS)
    faults.garbage_line = faults.bad_time = faults.one_file = True
    (content,) = await client.files(MEASUREMENTS, options=JSON, **HOURS)
    torn, bad, *lines = zlib.decompress(content, zlib.MAX_WBITS | 16).splitlines()
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(torn)
    assert "61" in orjson.loads(bad)["timestamp"]
    assert {orjson.loads(line)["uuid"] for line in lines} == {row["uuid"] for row in good}
    (content,) = await client.files(LOCATIONS)
    assert content.splitlines()[1] == b'"torn"'


async def test_drop_rows(client: Client, faults: Faults) -> None:
    """Rows may be withheld for a while, by uuid or by predicate."""
    rows = await client.rows(MEASUREMENTS, **HOURS)
    dropped = {row["uuid"] for row in rows[:5]}
    faults.drop_rows = dropped
    left = await client.rows(MEASUREMENTS, **HOURS)
    assert {row["uuid"] for row in rows} - {row["uuid"] for row in left} == dropped

    def humid(row: dict[str, Any]) -> bool:
        return bool(row["physical_property_name"] == "Humidity")

    faults.drop_rows = humid
    left = await client.rows(MEASUREMENTS, **HOURS)
    assert {row["physical_property_name"] for row in left} == {"Temperature", "Density", "Unknown"}
    assert faults.plain()["drop_rows"] == "(predicate)"


async def test_local_time_with_z(client: Client, faults: Faults) -> None:
    """Local digits may carry a false `Z`."""
    faults.local_time_with_z = True
    rows = await client.rows(MEASUREMENTS, date_time_from="2026-07-01T06:00:00Z")
    first = min(rows, key=lambda row: str(row["timestamp"]))
    assert (first["timestamp"], first["timestamp_local"]) == (
        "2026-07-01T06:00:00Z",
        "2026-07-01T08:00:00Z",
    )


async def test_fahrenheit(client: Client, faults: Faults, logger: Logger) -> None:
    """A Fahrenheit account has °F everywhere: inventory, values, alarms and limits."""
    channel = logger.sensors[0].channels[0]
    channel.hold(NOON - timedelta(hours=2), NOON - timedelta(hours=1), 7.5)
    faults.fahrenheit = True
    own = {"odata": {"$filter": f"serial_no eq '{logger.sensors[0].serial}'"}}
    held = period(NOON - timedelta(hours=2), NOON - timedelta(hours=1))
    rows = await client.rows(MEASUREMENTS, **own, **held)
    assert {(row["measurement"], row["physical_unit"]) for row in rows} == {(45.5, "°F")}
    rows = await client.rows(ALARMS, **HOURS)
    assert {row["physical_unit"] for row in rows} == {"°F"}
    assert "45.5" in {row["alarm_value"] for row in rows}
    units = {row["channel_physical_unit"] for row in await client.rows(PROPERTIES)}
    assert units == {"°F", "%rF", "g/m³", None}
    assert '"limitValue":44.6' in (await client.rows(OBJECTS))[0]["measurement_alarm_configuration"]


async def test_alarms_in_place(
    client: Client, faults: Faults, logger: Logger, clock: ManualClock
) -> None:
    """One row for each violation, which its recovery changes."""
    channel = logger.sensors[0].channels[0]
    channel.hold(NOON - timedelta(hours=1), NOON + timedelta(hours=1), 7.5)
    faults.in_place_alarms = True
    (before,) = await client.rows(ALARMS, **HOURS)
    clock.move_to(NOON + timedelta(hours=2))
    (after,) = await client.rows(ALARMS, **HOURS)
    assert (before["alarm_status"], after["alarm_status"]) == ("Alarm", "Ok")
    for name in ("uuid", "alarm_time", "source_alarm_event_uuid"):
        assert before[name] == after[name]
    assert after["last_status_change_time"] >= "2026-07-01T13:00:00Z"


async def test_without_source_event(client: Client, faults: Faults, logger: Logger) -> None:
    """Recoveries may not name their violation."""
    channel = logger.sensors[0].channels[0]
    channel.hold(NOON - timedelta(hours=2), NOON - timedelta(hours=1), 7.5)
    faults.without_source_event = True
    rows = await client.rows(ALARMS, **HOURS)
    assert {row["source_alarm_event_uuid"] for row in rows} == {None}
    assert len(rows) == 2


async def test_sensorless_gateway(client: Client, faults: Faults, fleet: Fleet) -> None:
    """A gateway alone may have a row with nulls."""
    fleet.add_gateway(fleet.sites[0], "Alone", serial="2002")

    async def found() -> list[dict[str, Any]]:
        rows = await client.rows(PROPERTIES)
        return [row for row in rows if row["device_serial_no"] == "2002"]

    assert await found() == []
    faults.sensorless_gateway = True
    (row,) = await found()
    assert row["sensor_uuid"] is row["channel_no"] is None
    assert len(row) == 40


async def test_names_are_settled_by_the_submit(client: Client, faults: Faults) -> None:
    """A switch of names between submit and download does not mix them."""
    _, submitted = await client.post(LOCATIONS)
    faults.schema_names = True
    _, done = await client.poll(LOCATIONS, submitted["request_uuid"])
    _, content = await client.get(done["data_urls"][0])
    assert b'"name"' in content


@pytest.mark.parametrize(
    "values",
    [{"nonsense": 1}, {"rate_limit": "yes"}, {"only": 5}, {"slow": "x"}, {"slow": True}],
)
def test_wrong_switches(values: dict[str, Any]) -> None:
    """Unknown names and wrong types are refused, and nothing is changed."""
    faults = Faults()
    with pytest.raises(ValueError, match="fault"):
        faults.set({"unauthorized": True, **values})
    assert faults == Faults()


def test_switches_from_json() -> None:
    """Lists become sets, whole numbers floats, one text a set of one."""
    faults = Faults()
    faults.set({"only": "alarms", "drop_rows": ["a", "b"], "slow": 2, "server_error": 500})
    assert faults == Faults(only={"alarms"}, drop_rows={"a", "b"}, slow=2.0, server_error=500)
    assert faults.plain()["only"] == ["alarms"]


async def test_a_column_that_cannot_be_filtered_by(client: Client, faults: Faults) -> None:
    faults.refuse_filter = {"processed_at"}
    body = {**HOURS, "odata": {"$filter": "processed_at gt '2026-01-01T00:00:00Z'"}}
    assert (await client.post(MEASUREMENTS, body))[0] == 400
    body = {**HOURS, "odata": {"$filter": "sensor_uuid eq 'x'"}}
    assert (await client.post(MEASUREMENTS, body))[0] == 200


async def test_a_filter_by_arrival_that_fails_the_job(client: Client, faults: Faults) -> None:
    faults.filter_fails_job = True
    body = {**HOURS, "odata": {"$filter": "processed_at gt '2026-01-01T00:00:00Z'"}}
    _, submitted = await client.post(MEASUREMENTS, body)
    _, polled = await client.poll(MEASUREMENTS, submitted["request_uuid"])
    assert polled["status"] == "Error"


async def test_a_filter_by_arrival_that_misses_some(client: Client, faults: Faults) -> None:
    odata = {"$filter": "processed_at gt '2026-01-01T00:00:00Z'"}

    async def uuids(**more: Any) -> set[str]:
        return {row["uuid"] for row in await client.rows(MEASUREMENTS, **HOURS, **more)}

    everything = await uuids()
    assert await uuids(odata=odata) == everything
    faults.filter_misses = 0.5
    assert 0 < len(await uuids(odata=odata)) < len(everything)
    assert await uuids() == everything


async def test_a_filter_by_arrival_finds_what_was_uploaded_late(
    client: Client, fleet: Fleet, logger: Logger
) -> None:
    """It is looked for where it can be, and that changes nothing."""
    logger.outage(NOON - timedelta(hours=20), NOON - timedelta(hours=2))
    day = period(NOON - timedelta(days=1), NOON)
    after = "'2026-07-01T09:30:00Z'"
    names = " or ".join(f"sensor_uuid eq '{it.uuid}'" for it in fleet.logger("1003").sensors)
    for looked, plain in (
        (f"processed_at gt {after}", f"not processed_at le {after}"),
        (f"processed_at gt {after} and ({names})", f"({names}) and processed_at gt {after}"),
    ):
        found, wanted = [
            {row["uuid"] for row in await client.rows(MEASUREMENTS, **day, odata={"$filter": text})}
            for text in (looked, plain)
        ]
        assert found == wanted
        assert found


@pytest.mark.parametrize(
    ("fault", "status", "body"),
    [("html", 200, b"<!DOCTYPE html>"), ("empty_body", 200, b""), ("redirect", 302, b"")],
)
async def test_what_is_no_answer(
    client: Client, faults: Faults, fault: str, status: int, body: bytes
) -> None:
    """On either host; a redirect leads to a page that is there."""
    (link,) = await client.links(LOCATIONS)
    setattr(faults, fault, True)
    url = client.simulator.base_url + LOCATIONS
    for method, address in (("POST", url), ("GET", link)):
        async with client.http.request(
            method, URL(address, encoded=True), headers=client.headers, allow_redirects=False
        ) as response:
            assert response.status == status
            assert (await response.read()).startswith(body)
            target = response.headers.get("Location")
        if target:
            async with client.http.get(target) as response:
                assert (await response.read()).startswith(b"<!DOCTYPE html>")


async def test_answers_that_drip(client: Client, faults: Faults) -> None:
    """Each part takes its time, by whatever clock."""
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    client.simulator.pause = pause
    faults.drip = 2.0
    _, answer = await client.post(LOCATIONS)
    assert set(waited) == {2.0}
    assert len(waited) >= 50
    assert answer["status"] == "Submitted"


async def test_answers_that_are_cut(client: Client, faults: Faults) -> None:
    """What came until then is not all of it."""
    (link,) = await client.links(LOCATIONS)
    faults.cut_body = True
    with pytest.raises(aiohttp.ClientPayloadError):
        await client.post(LOCATIONS)
    with pytest.raises(aiohttp.ClientPayloadError):
        await client.get(link)


async def test_answers_of_a_wrong_type(client: Client, faults: Faults) -> None:
    """Only the header is wrong."""
    faults.wrong_type = True
    url = client.simulator.base_url + LOCATIONS
    async with client.http.post(url, data=b"{}", headers=client.headers) as response:
        assert response.content_type == "image/png"
        assert orjson.loads(await response.read())["status"] == "Submitted"


async def test_a_job_of_another_name(client: Client, faults: Faults) -> None:
    """It cannot be asked for; a status may be one that nobody knows."""
    faults.wrong_uuid = True
    _, submitted = await client.post(LOCATIONS)
    assert (await client.poll(LOCATIONS, submitted["request_uuid"]))[0] == 404
    faults.wrong_uuid = False
    faults.job_outcome, faults.run_time = "Archived", 0
    _, submitted = await client.post(LOCATIONS)
    assert (await client.poll(LOCATIONS, submitted["request_uuid"]))[1] == {"status": "Archived"}


async def test_links_that_lead_elsewhere(client: Client, faults: Faults) -> None:
    """Scheme and host are others, the rest is signed as ever."""
    faults.link_host = "ftp://example.invalid"
    (link,) = await client.links(LOCATIONS)
    assert link.startswith("ftp://example.invalid/simulated-results/")


async def test_damaged_files(client: Client, faults: Faults) -> None:
    """A file can stop within a line, be in Latin-1, or unzip to far more than it is."""
    faults.one_file = True
    (good,) = await client.files(LOCATIONS, options=JSON)
    plain = zlib.decompress(good, zlib.MAX_WBITS | 16)
    faults.half_line = True
    (content,) = await client.files(LOCATIONS, options=JSON)
    cut = zlib.decompress(content, zlib.MAX_WBITS | 16)
    assert plain.startswith(cut)
    assert cut.count(b"\n") == plain.count(b"\n") - 1
    faults.half_line, faults.bad_utf8 = False, True
    (content,) = await client.files(LOCATIONS, options=JSON)
    with pytest.raises(UnicodeDecodeError):
        zlib.decompress(content, zlib.MAX_WBITS | 16).decode()
    faults.gzip_bomb = True
    (content,) = await client.files(LOCATIONS, options=JSON)
    assert len(content) < 1_000_000
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    assert len(unpacker.decompress(content, 1 << 24)) == 1 << 24
    assert b"\n" not in unpacker.decompress(unpacker.unconsumed_tail, 1 << 20)
