"""What comes out of a whole account, and which requests that takes."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.testo_smart_connect.clouds.errors import (
    AuthenticationError,
    JobFailedError,
    LicenceError,
    RefusedError,
)
from custom_components.testo_smart_connect.clouds.http.transport import LinkExpiredError
from custom_components.testo_smart_connect.clouds.jobs.learnt import Dialect
from custom_components.testo_smart_connect.clouds.jobs.smart_connect import (
    REGIONS,
    base_url,
)
from custom_components.testo_smart_connect.clouds.units import unit_of
from custom_components.testo_smart_connect.history.batch import Batch
from custom_components.testo_smart_connect.monitoring.quantities import normal
from tests.clouds.conftest import DAY, FRIDGE, NOON, Maker, Patience
from tests.clouds.desk import Desk, Said, listed
from tests.clouds.reader import MOST_SENSORS, Reader
from tests.simulator import NO_LICENCE_KEY, Faults, Fleet, ManualClock, Simulator

HOUR, HOURS = timedelta(hours=1), timedelta(hours=6)
V3 = ("/v3/devices/status",)
LEARNT = Dialect(ways=V3, select_works=("alarms",))


def submits(simulator: Simulator, path: str = "") -> list[Any]:
    """Return the bodies that were submitted to a path."""
    return [
        record.body
        for record in simulator.requests
        if record.method == "POST" and record.path.startswith(path)
    ]


def submit_paths(simulator: Simulator) -> list[str]:
    return [record.path for record in simulator.requests if record.method == "POST"]


def filters(desk: Desk) -> list[str | None]:
    return [
        asked.body.get("odata", {}).get("$filter") for asked in desk.asked if asked.step == "submit"
    ]


@pytest.mark.parametrize("region", REGIONS)
def test_address(region: str) -> None:
    assert base_url(region) == f"https://data-api.{region}.smartconnect.testo.com"


# --- The truth of every resource ------------------------------------------------------------


async def test_inventory(cloud: Reader, fleet: Fleet) -> None:
    found = await cloud.inventory()
    assert found.tenant == fleet.tenant_uuid
    assert {device.uuid for device in found.devices} == {device.uuid for device in fleet.devices}
    by_uuid = {device.uuid: device for device in found.devices}
    for true in fleet.devices:
        device = by_uuid[true.uuid]
        facts = (device.serial, device.name, device.site, device.model, device.firmware)
        assert facts == (true.serial, true.name, true.site.id, true.model, true.firmware)
        assert device.category == true.category
        assert device.active is true.active(NOON)
        assert device.communication_cycle == true.communication
        assert device.measuring_cycle == true.sensors[0].measuring
        sensors = {sensor.uuid: sensor for sensor in device.sensors}
        assert set(sensors) == {sensor.uuid for sensor in true.sensors}
        for true_sensor in true.sensors:
            sensor = sensors[true_sensor.uuid]
            assert (sensor.serial, sensor.name, sensor.model, sensor.firmware, sensor.radio) == (
                true_sensor.serial,
                true_sensor.name,
                true_sensor.model,
                "1.3.2",
                true_sensor.is_radio,
            )
            assert sensor.measuring_cycle == true_sensor.measuring
            assert [
                (it.number, it.property_name, it.extension, it.unit, it.decimals)
                for it in sensor.channels
            ] == [
                (it.number, it.property, it.extension, unit_of(it.unit), it.spec.exponent)
                for it in true_sensor.channels
            ]
    assert cloud.reports["properties"].rows == len(list(fleet.channels))
    assert cloud.reports["properties"].rejected == {}


async def test_gateway_without_sensors(cloud: Reader, fleet: Fleet, faults: Faults) -> None:
    fleet.add_gateway(fleet.sites[0], "Alone", serial="2002")
    faults.sensorless_gateway = True
    found = await cloud.inventory()
    (alone,) = [device for device in found.devices if device.serial == "2002"]
    assert (alone.is_gateway, alone.sensors) == (True, ())


@pytest.mark.parametrize("schema_names", [False, True])
async def test_locations(
    cloud: Reader, fleet: Fleet, faults: Faults, *, schema_names: bool
) -> None:
    faults.schema_names = schema_names
    found = await cloud.locations()
    assert {(it.id, it.name, it.kind, it.tenant) for it in found} == {
        (fleet.customer_uuid, fleet.customer, "customer", fleet.tenant_uuid),
        *((it.id, it.name, "measurement site", fleet.tenant_uuid) for it in fleet.sites),
    }


@pytest.mark.parametrize("schema_names", [False, True])
async def test_limits(cloud: Reader, fleet: Fleet, faults: Faults, *, schema_names: bool) -> None:
    faults.schema_names = schema_names
    found = await cloud.limits()
    site = fleet.logger("1001").site.id
    expected = [
        (
            site,
            normal(limit.property),
            limit.direction,
            limit.severity.casefold(),
            limit.value,
            "°C",
            limit.hysteresis,
            limit.delay,
        )
        for limit in FRIDGE
    ]
    assert sorted(
        (
            it.site or "",
            it.property_name,
            it.direction,
            it.severity,
            it.value,
            it.unit or "",
            it.hysteresis,
            it.delay,
        )
        for it in found
    ) == sorted(2 * expected)


@pytest.mark.parametrize("absent", [False, True])
async def test_status(cloud: Reader, fleet: Fleet, faults: Faults, *, absent: bool) -> None:
    faults.status_v4_absent = absent
    faults.duplicates = 1
    found = await cloud.status()
    assert set(found) == {device.uuid for device in fleet.devices if device.active(NOON)}
    for true in fleet.devices:
        if not true.active(NOON):
            continue
        status = found[true.uuid]
        assert (status.device_uuid, status.serial) == (true.uuid, true.serial)
        assert (status.battery, status.mains) == (true.battery, true.mains)
        contact = true.last_contact(NOON)
        assert status.last_communication == status.at == contact == NOON
        assert status.next_communication == NOON + true.communication
        assert (status.signal is None) is (true.category == "GATEWAY")
        assert status.firmware == (true.firmware if absent else None)
        measured = absent and true.category == "LOGGER"
        assert status.last_measurement == (NOON if measured else None)


@pytest.mark.parametrize("schema_names", [False, True])
async def test_transitions(
    cloud: Reader, fleet: Fleet, faults: Faults, *, schema_names: bool
) -> None:
    faults.schema_names = schema_names
    true = {it.uuid: it for it in fleet.transitions(NOON - 10 * DAY, NOON, visible_at=NOON)}
    found = await cloud.transitions(NOON - 10 * DAY, NOON)
    assert {it.uuid for it in found} == set(true)
    assert len(found) == len(true) == 7
    for got in found:
        truth = true[got.uuid]
        assert (got.raised, got.at, got.value) == (truth.raised, truth.at, truth.value)
        assert (got.ends, got.serial, got.site) == (
            truth.source_uuid,
            truth.serial,
            truth.device.site.id,
        )
        assert got.severity == truth.severity.casefold()
        assert got.received == truth.visible_at.replace(microsecond=0)
        assert got.reason == truth.reason
        assert got.system is (truth.kind != "measurement")
        if truth.channel is None:
            assert (got.property_name, got.unit, got.direction) == (None, None, None)
            assert got.condition == truth.condition
            assert got.source_uuid == truth.device.uuid
        else:
            assert (got.property_name, got.unit) == (truth.channel.alarm_property, "°C")
            assert got.extension == truth.channel.alarm_extension
            assert truth.limit is not None
            assert got.direction == truth.limit.direction
            assert truth.sensor is not None
            assert got.source_uuid == truth.sensor.uuid


async def test_readings(cloud: Reader, fleet: Fleet) -> None:
    start, end = NOON - 2 * DAY - HOURS, NOON - 2 * DAY + HOURS
    true = [it for it in fleet.readings(start, end, visible_at=NOON) if it.value is not None]
    found = await cloud.readings(start, end, listed)
    assert len(found) == len(true) > 400
    assert {(it.uuid, it.key, it.at, it.value, it.unit, it.received) for it in found} == {
        (
            it.uuid,
            (it.channel.sensor.uuid, it.channel.number),
            it.at,
            it.value,
            unit_of(it.channel.unit),
            it.visible_at,
        )
        for it in true
    }
    # The readings without a value are rows all the same.
    assert cloud.reports["measurements"].rows == len(true) + 4


async def test_in_place_alarms(cloud: Reader, fleet: Fleet, faults: Faults) -> None:
    faults.in_place_alarms = True
    true = fleet.transitions(NOON - 3 * DAY, NOON, visible_at=NOON)
    found = await cloud.transitions(NOON - 3 * DAY, NOON)
    assert sorted(it.at.replace(microsecond=0) for it in found) == sorted(
        it.at for it in true if it.raised
    )
    ended = [it for it in found if not it.raised]
    assert len(ended) == sum(not it.raised for it in true) == 2
    for end in ended:
        assert end.changed is not None
        assert end.at < end.changed
        assert end.ends is None
        assert end.value is not None
        assert end.value < 7.5


async def test_recoveries_that_do_not_name_their_violation(cloud: Reader, faults: Faults) -> None:
    faults.without_source_event = True
    found = await cloud.transitions(NOON - 3 * DAY, NOON)
    assert {it.ends for it in found} == {None}


async def test_fahrenheit(cloud: Reader, fleet: Fleet, faults: Faults) -> None:
    faults.fahrenheit = True
    sensor = fleet.logger("1001").sensors[0].uuid
    (found,) = await cloud.readings(NOON - DAY, NOON - DAY + timedelta(minutes=1), listed, [sensor])
    assert found.value == pytest.approx(48.2)
    assert found.unit == "°F"


# --- What is asked --------------------------------------------------------------------------


async def test_every_request_asks_for_json(cloud: Reader, simulator: Simulator) -> None:
    await cloud.inventory()
    await cloud.locations()
    await cloud.limits()
    await cloud.status()
    await cloud.transitions(NOON - HOURS, NOON)
    await cloud.readings(NOON - HOURS, NOON, listed)
    assert submit_paths(simulator) == [
        "/v3/devices/properties",
        "/v1/locations",
        "/v1/measuring-objects",
        "/v4/devices/status",
        "/v3/alarms",
        "/v2/measurements",
    ]
    for body in submits(simulator):
        assert body["options"] == {"result_file_format": "JSON"}
    for body in submits(simulator)[-2:]:
        assert body["date_time_from"] == "2026-07-01T06:00:00.000Z"
        assert body["date_time_until"] == "2026-07-01T12:00:00.000Z"
    assert not any("date_time_from" in body for body in submits(simulator)[:-2])


async def test_fractions_of_a_second(cloud: Reader, simulator: Simulator) -> None:
    moment = datetime.fromisoformat("2026-07-01T06:07:08.009999Z")
    await cloud.readings(moment, NOON, listed)
    (body,) = submits(simulator)
    assert body["date_time_from"] == "2026-07-01T06:07:08.009Z"


async def test_readings_of_some_sensors(cloud: Reader, fleet: Fleet) -> None:
    wanted = {fleet.sensor("3001").uuid, fleet.sensor("3002").uuid}
    found = await cloud.readings(NOON - HOURS, NOON, listed, iter(wanted))
    assert {it.sensor_uuid for it in found} == wanted
    assert len(found) == 48


@pytest.mark.parametrize("more", [0, MOST_SENSORS], ids=["few", "more than are named"])
async def test_only_readings_of_the_sensors_that_were_asked_for(
    reader: Reader, desk: Desk, more: int
) -> None:
    """Also where the cloud delivers those of others, asked or unasked."""
    wanted = {"mine", *map(str, range(more))}
    desk.put(
        *(
            {
                "uuid": f"{number}",
                "sensor_uuid": sensor,
                "channel_no": 1,
                "timestamp": "2026-07-01T10:00:00Z",
                "measurement": 5.0,
                "processed_at": "2026-07-01T10:00:00Z",
            }
            for number, sensor in enumerate(("mine", "other", "mine"))
        )
    )
    found = await reader.readings(NOON - HOURS, NOON, listed, wanted)
    assert [it.uuid for it in found] == ["0", "2"]
    assert len(await reader.readings(NOON - HOURS, NOON, listed)) == 3


async def test_readings_of_more_than_a_day_ahead_are_rejected(reader: Reader, desk: Desk) -> None:
    now = datetime.now(UTC)
    desk.put(
        *(
            {
                "uuid": f"{number}",
                "sensor_uuid": "s",
                "channel_no": 1,
                "timestamp": (now + ahead).isoformat(),
                "measurement": 5.0,
            }
            for number, ahead in enumerate((timedelta(), 23 * HOUR, 25 * HOUR, 9000 * DAY))
        )
    )
    found = await reader.readings(NOON - HOURS, NOON, listed)
    assert [it.uuid for it in found] == ["0", "1"]
    assert reader.reports["measurements"].rejected == {"ahead_of_time": 2}


async def test_sensor_filter(reader: Reader, desk: Desk) -> None:
    some = [f"s{number:02}" for number in range(MOST_SENSORS)]
    for sensors in (["b", "it's"], some, [*some, "one more"], [], None):
        await reader.readings(NOON - HOURS, NOON, listed, sensors)
    assert filters(desk) == [
        "sensor_uuid eq 'b' or sensor_uuid eq 'it''s'",
        " or ".join(f"sensor_uuid eq '{name}'" for name in some),
        None,
        None,
        None,
    ]


async def test_arrival_filter(reader: Reader, desk: Desk) -> None:
    after = NOON - HOURS / 2
    for sensors in (None, ["a", "b"]):
        await reader.readings(NOON - HOURS, NOON, listed, sensors, after)
    stamp = f"{after:%Y-%m-%dT%H:%M:%S}.000Z"
    assert filters(desk) == [
        f"processed_at gt '{stamp}'",
        f"processed_at gt '{stamp}' and (sensor_uuid eq 'a' or sensor_uuid eq 'b')",
    ]


async def test_readings_that_arrived_lately(cloud: Reader, fleet: Fleet) -> None:
    logger = fleet.logger("1001")
    logger.outage(NOON - 2 * HOURS, NOON - HOURS)
    after = NOON - HOURS - timedelta(minutes=1)
    found = await cloud.readings(NOON - DAY, NOON, listed, [logger.sensors[0].uuid], after)
    assert {it.received > after for it in found if it.received} == {True}
    assert min(it.at for it in found) < NOON - 1.9 * HOURS


async def test_an_arrival_filter_that_is_refused(cloud: Reader, faults: Faults) -> None:
    faults.refuse_filter = {"processed_at"}
    with pytest.raises(RefusedError):
        await cloud.readings(NOON - HOURS, NOON, listed, arrived_after=NOON)


# --- Versions of the status -----------------------------------------------------------------


@pytest.mark.parametrize("code", [400, 403, 404])
async def test_status_falls_back_and_remembers(
    cloud: Reader, simulator: Simulator, faults: Faults, code: int
) -> None:
    faults.status_v4_absent = True
    faults.unknown_path_status = code
    assert len(await cloud.status()) == 4
    assert cloud.dialect.ways == V3
    await cloud.status()
    assert submit_paths(simulator) == [
        "/v4/devices/status",
        "/v3/devices/status",
        "/v3/devices/status",
    ]


async def test_status_falls_back_where_a_licence_is_missing(reader: Reader, desk: Desk) -> None:
    desk.next["submit"] = [Said({"message": "Missing license or permission."}, 403)]
    assert await reader.status() == {}
    assert reader.dialect.ways == V3


async def test_status_comes_back_to_the_newer_version(
    client: Maker, desk: Desk, simulator: Simulator
) -> None:
    cloud = client(simulator.base_url, simulator.api_key, Dialect(ways=V3))
    await cloud.status()
    assert submit_paths(simulator) == ["/v3/devices/status"]
    other = client(desk.url, "key", Dialect(ways=V3))
    desk.next["submit"] = [Said(status=404)]
    await other.status()
    assert other.dialect.ways == ("/v4/devices/status",)
    paths = [asked.path for asked in desk.asked if asked.step == "submit"]
    assert paths == ["/v3/devices/status", "/v4/devices/status"]


async def test_status_without_a_licence_at_all(client: Maker, simulator: Simulator) -> None:
    cloud = client(simulator.base_url, NO_LICENCE_KEY)
    with pytest.raises(LicenceError, match="submission of status failed: HTTP 403"):
        await cloud.status()
    assert cloud.dialect == Dialect()
    assert len(simulator.requests) == 2


async def test_status_with_a_wrong_key_asks_once(client: Maker, simulator: Simulator) -> None:
    cloud = client(simulator.base_url, "wrong")
    with pytest.raises(AuthenticationError, match="submission of status failed: HTTP 401"):
        await cloud.status()
    assert len(simulator.requests) == 1


async def test_a_refused_link_says_nothing_about_versions_or_columns(
    cloud: Reader, simulator: Simulator, faults: Faults
) -> None:
    faults.link_lifetime = 0
    for ask in (cloud.status, cloud.inventory):
        simulator.requests.clear()
        with pytest.raises(LinkExpiredError, match=r"download of .* failed: HTTP 403"):
            await ask()
        assert len(submits(simulator)) == 1
    assert cloud.dialect == Dialect()


# --- Asking for what is used ----------------------------------------------------------------


async def test_columns_are_selected_and_that_is_remembered(
    cloud: Reader, simulator: Simulator
) -> None:
    await cloud.inventory()
    await cloud.inventory()
    await cloud.transitions(NOON - HOURS, NOON)
    await cloud.readings(NOON - HOURS, NOON, listed, ["x"])
    assert cloud.dialect.select_works == ("properties", "alarms", "measurements")
    assert cloud.dialect.select_refused == ()
    bodies = submits(simulator)
    assert all("$select" in body["odata"] for body in bodies)
    assert bodies[-1]["odata"]["$filter"] == "sensor_uuid eq 'x'"
    for body in bodies:
        columns = body["odata"]["$select"].split(",")
        assert not any(column.endswith("_local") for column in columns)


@pytest.mark.parametrize("fault", ["refuse_select", "select_fails_job"])
async def test_columns_refused(
    cloud: Reader, simulator: Simulator, faults: Faults, fault: str
) -> None:
    setattr(faults, fault, True)
    for _ in range(2):
        assert len((await cloud.inventory()).devices) == 5
    assert ["odata" in body for body in submits(simulator)] == [True, False, False]
    assert cloud.dialect == Dialect(select_refused=("properties",))


async def test_columns_refused_keep_the_filter(
    cloud: Reader, simulator: Simulator, faults: Faults, fleet: Fleet
) -> None:
    faults.refuse_select = True
    wanted = fleet.sensor("3001").uuid
    found = await cloud.readings(NOON - HOURS, NOON, listed, [wanted])
    assert {it.sensor_uuid for it in found} == {wanted}
    assert submits(simulator)[-1]["odata"] == {"$filter": f"sensor_uuid eq '{wanted}'"}


async def test_columns_refused_later(cloud: Reader, simulator: Simulator, faults: Faults) -> None:
    await cloud.inventory()
    faults.refuse_select = True
    await cloud.inventory()
    await cloud.inventory()
    assert ["odata" in body for body in submits(simulator)] == [True, True, False, False]
    assert cloud.dialect.select_refused == ("properties",)


async def test_once_proven_a_failing_job_is_just_failing(
    cloud: Reader, simulator: Simulator, faults: Faults
) -> None:
    await cloud.inventory()
    faults.job_outcome = "Failed"
    with pytest.raises(JobFailedError, match="poll of properties failed: the cloud gave it up"):
        await cloud.inventory()
    assert len(submits(simulator)) == 2
    assert cloud.dialect == Dialect(select_works=("properties",))


async def test_nothing_is_learnt_from_a_job_that_fails_either_way(
    cloud: Reader, simulator: Simulator, faults: Faults
) -> None:
    faults.job_outcome = "Error"
    with pytest.raises(JobFailedError, match="poll of properties failed: the cloud gave it up"):
        await cloud.inventory()
    assert ["odata" in body for body in submits(simulator)] == [True, False]
    assert cloud.dialect == Dialect()


async def test_habits_learnt_side_by_side(
    cloud: Reader, simulator: Simulator, faults: Faults
) -> None:
    async def ask() -> None:
        await asyncio.gather(
            cloud.inventory(),
            cloud.transitions(NOON - HOURS, NOON),
            cloud.readings(NOON - HOURS, NOON, listed),
            cloud.readings(NOON - HOURS, NOON, listed),
        )

    await ask()
    assert sorted(cloud.dialect.select_works) == ["alarms", "measurements", "properties"]
    faults.refuse_select = True
    await ask()
    assert sorted(cloud.dialect.select_refused) == ["alarms", "measurements", "properties"]
    simulator.requests.clear()
    await ask()
    assert not any("odata" in body for body in submits(simulator))


async def test_habits_kept_over_a_restart(client: Maker, simulator: Simulator) -> None:
    dialect = Dialect(ways=V3, select_refused=("properties",))
    cloud = client(simulator.base_url, simulator.api_key, dialect)
    await cloud.inventory()
    assert "odata" not in submits(simulator)[0]


async def test_refused_altogether(cloud: Reader, simulator: Simulator, clock: ManualClock) -> None:
    with pytest.raises(RefusedError, match="submission of measurements failed: HTTP 400"):
        await cloud.readings(clock.now(), clock.now(), listed)
    assert len(submits(simulator)) == 2
    assert cloud.dialect == Dialect()


# --- Load -----------------------------------------------------------------------------------


async def test_at_most_two_jobs_are_open(
    cloud: Reader, simulator: Simulator, patience: Patience
) -> None:
    await asyncio.gather(cloud.inventory(), cloud.locations(), cloud.limits(), cloud.status())
    marks = {
        "properties": "properties",
        "locations": "locations",
        "measuring": "measuring",
        "status": "status",
    }
    ranges = []
    for mark in marks:
        touched = [
            number for number, record in enumerate(simulator.requests) if mark in record.path
        ]
        ranges.append((touched[0], touched[-1]))
    assert len(ranges) == len(submits(simulator)) == 4
    open_ = [
        sum(first <= moment <= last for first, last in ranges)
        for moment in range(len(simulator.requests))
    ]
    assert max(open_) == 2
    assert patience.pauses


async def test_rows_are_read_some_at_a_time(reader: Reader, desk: Desk) -> None:
    desk.put(
        *(
            {
                "uuid": f"{number:036}",
                "sensor_uuid": "s" * 36,
                "channel_no": 1,
                "timestamp": "2026-07-01T09:45:00Z",
                "measurement": 4.5,
            }
            for number in range(10_000)
        )
    )

    def first_two(batches: Any) -> list[Batch]:
        assert iter(batches) is batches
        return [next(batches) for _ in range(2)]

    first, second = await reader.readings(NOON - DAY, NOON, first_two)
    assert reader.reports["measurements"].rows == len(first) + len(second) < 2_500
    assert len(await reader.readings(NOON - DAY, NOON, listed)) == 10_000


@pytest.mark.parametrize(
    ("learnt", "expected"),
    [
        ({}, Dialect()),
        # As the first release kept it.
        ({"status_version": "v3"}, Dialect()),
        ({"version": 1, "select_works": ["alarms"]}, Dialect()),
        ({"version": 2, "ways": [*V3], "select_works": ["alarms"]}, LEARNT),
        ({"version": 2, "ways": "v3"}, Dialect()),
        ({"version": 3, "ways": [*V3]}, Dialect()),
        ({"version": 2, "select_works": "alarms"}, Dialect()),
    ],
)
def test_what_another_release_learnt_is_learnt_anew(
    learnt: dict[str, Any], expected: Dialect
) -> None:
    assert Dialect.of(learnt) == expected


async def test_what_was_learnt_is_taken_over(cloud: Reader) -> None:
    await cloud.inventory()
    assert cloud.cloud.learnt == {"version": 2, "select_works": ["properties"]}
    assert Dialect.of(cloud.cloud.learnt) == cloud.dialect
