"""Rows of every resource, in every spelling and with everything that may be wrong with them."""

from datetime import UTC, datetime, timedelta
import json
from typing import Any

import orjson
import pytest

from custom_components.testo_smart_connect.monitoring.model import (
    DeviceStatus,
    Limit,
    Location,
    Reading,
    Transition,
)
from custom_components.testo_smart_connect.monitoring.quantities import Quantity
from tests.clouds.conftest import DAY, NOON
from tests.clouds.desk import Desk, listed
from tests.clouds.reader import Reader

type Row = dict[str, Any]

READING: Row = {
    "uuid": "r1",
    "sensor_uuid": "s1",
    "channel_no": 1,
    "serial_no": "91000201",
    "timestamp": "2026-07-01T09:45:00Z",
    "timestamp_local": "2026-07-01T11:45:00Z",
    "measurement": 4.712345,
    "physical_property_name": "Temperature",
    "physical_unit": "°C",
    "processed_at": "2026-07-01T09:45:42Z",
}
VIOLATION: Row = {
    "uuid": "a1",
    "alarm_reason": "Alarm condition is violated",
    "alarm_status": "Alarm",
    "last_status_change_time": "2026-07-01T06:40:05Z",
    "alarm_condition_type": "Upper limit",
    "alarm_severity": "Alarm",
    "alarm_time": "2026-07-01T06:40:03Z",
    "alarm_time_local": "2026-07-01T08:40:03+02:00",
    "alarm_value": "8.40625",
    "physical_unit": "°C",
    "physical_property_name": "Temperature",
    "physical_extension": "Unknown",
    "alarm_source_uuid": "s1",
    "serial_no": "91000201",
    "customer_site": "site 1",
    "alarm_type": "measurement alarm",
    "source_alarm_event_uuid": None,
    "processed_at": "2026-07-01T06:40:07Z",
}
RECOVERY: Row = VIOLATION | {
    "uuid": "a2",
    "alarm_reason": "Alarm condition is adhered",
    "alarm_status": "Ok",
    "last_status_change_time": "2026-07-01T07:10:02Z",
    "alarm_time": "2026-07-01T07:10:02Z",
    "alarm_value": "7.8125",
    "source_alarm_event_uuid": "a1",
}
SYSTEM: Row = VIOLATION | {
    "uuid": "a3",
    "alarm_condition_type": "Connection timeout, device did not communicated in expected time",
    "alarm_severity": "Warning",
    "alarm_value": None,
    "physical_unit": None,
    "physical_property_name": None,
    "physical_extension": None,
    "alarm_source_uuid": "d1",
    "serial_no": "90000102",
    "alarm_type": "device system alarm",
}
RAISED = Transition(
    uuid="a1",
    raised=True,
    at=datetime(2026, 7, 1, 6, 40, 3, tzinfo=UTC),
    received=datetime(2026, 7, 1, 6, 40, 7, tzinfo=UTC),
    changed=datetime(2026, 7, 1, 6, 40, 5, tzinfo=UTC),
    condition="upper",
    severity="alarm",
    property_name="Temperature",
    extension="Unknown",
    value=8.40625,
    unit="°C",
    source_uuid="s1",
    serial="91000201",
    site="site 1",
    reason="Alarm condition is violated",
)
SCHEMA_NAMES = {
    "physical_property_name": "physical_value",
    "physical_extension": "physical_value_extension",
    "customer_site": "customer_site_uuid",
}
CHANNEL: Row = {
    "tenant_uuid": "t1",
    "customer_site": "site 1",
    "device_uuid": "d1",
    "device_category": "LOGGER",
    "device_serial_no": "90000101",
    "device_model_code": "0572 2031",
    "device_firmware_version": "1.2.4",
    "device_supported_battery_types": ["AA_LITHIUM"],
    "device_display_name": "Cold store 1 logger",
    "device_is_active": "true",
    "device_communication_log_time": 900000,
    "device_measuring_cycle": 300000,
    "device_measuring_cycle_effective": 600000,
    "sensor_uuid": "s1",
    "sensor_serial_no": "91000201",
    "sensor_is_radio": "false",
    "channel_no": 1,
    "channel_physical_unit": "°C",
    "channel_physical_property_name": "Temperature",
    "channel_physical_extension": "Air Temperature",
    "channel_physical_unit_exponent": 1,
}


class Table:
    """Reads rows through the whole client."""

    def __init__(self, cloud: Reader, desk: Desk) -> None:
        """Use a client of a desk."""
        self.cloud = cloud
        self.desk = desk

    async def readings(self, *rows: Row) -> list[Reading]:
        self.desk.put(*rows)
        return await self.cloud.readings(NOON - DAY, NOON, listed)

    async def transitions(self, *rows: Row) -> tuple[Transition, ...]:
        self.desk.put(*rows)
        return await self.cloud.transitions(NOON - DAY, NOON)

    async def status(self, *rows: Row) -> dict[str, DeviceStatus]:
        self.desk.put(*rows)
        return await self.cloud.status()

    async def limits(self, *rows: Row) -> tuple[Limit, ...]:
        self.desk.put(*rows)
        return await self.cloud.limits()

    def rejected(self, resource: str) -> dict[str, int]:
        return dict(self.cloud.reports[resource].rejected)


@pytest.fixture
def table(reader: Reader, desk: Desk) -> Table:
    return Table(reader, desk)


def without(row: Row, *names: str) -> Row:
    return {name: value for name, value in row.items() if name not in names}


def renamed(row: Row) -> Row:
    return {SCHEMA_NAMES.get(name, name): value for name, value in row.items()}


# --- Measurements ---------------------------------------------------------------------------


async def test_reading(table: Table) -> None:
    expected = Reading(
        uuid="r1",
        sensor_uuid="s1",
        channel=1,
        at=datetime(2026, 7, 1, 9, 45, tzinfo=UTC),
        value=4.712345,
        unit="°C",
        received=datetime(2026, 7, 1, 9, 45, 42, tzinfo=UTC),
    )
    assert await table.readings(READING) == [expected]
    # Numbers as text, columns that nobody knows.
    texts = READING | {"measurement": "4.712345", "channel_no": "1.0", "future": {"a": 1}}
    assert await table.readings(texts) == [expected]


@pytest.mark.parametrize("local", ["2026-07-01T23:59:59Z", "2026-07-01T11:45:00+02:00", "?", None])
async def test_local_times_are_never_read(table: Table, local: str | None) -> None:
    (found,) = await table.readings(READING | {"timestamp_local": local})
    assert found.at == datetime(2026, 7, 1, 9, 45, tzinfo=UTC)
    assert await table.readings(without(READING, "timestamp") | {"timestamp_local": local}) == []
    assert table.rejected("measurements") == {"no_timestamp": 1}


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("%rF", "%"),
        ("%rH", "%"),
        ("CELSIUS", "°C"),
        ("FAHRENHEIT", "°F"),
        ("g/m³", "g/m³"),
        ("furlong", "furlong"),
        (None, None),
    ],
)
async def test_units(table: Table, unit: str | None, expected: str | None) -> None:
    (found,) = await table.readings(READING | {"physical_unit": unit})
    assert found.unit == expected


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"sensor_uuid": None}, "no_sensor_uuid"),
        ({"sensor_uuid": " "}, "no_sensor_uuid"),
        ({"channel_no": None}, "no_channel_no"),
        ({"channel_no": "first"}, "no_channel_no"),
        ({"timestamp": None}, "no_timestamp"),
        ({"timestamp": "31.02.2026 25:61"}, "no_timestamp"),
        ({"measurement": "much"}, "bad_measurement"),
        ({"measurement": "NaN"}, "bad_measurement"),
        ({"measurement": True}, "bad_measurement"),
        ({"measurement": None}, None),
        ({"measurement": ""}, None),
    ],
)
async def test_readings_that_say_nothing(table: Table, changes: Row, reason: str | None) -> None:
    (found,) = await table.readings(READING | changes, READING)
    assert found.uuid == "r1"
    assert table.rejected("measurements") == ({reason: 1} if reason else {})
    assert table.cloud.reports["measurements"].rows == 2


@pytest.mark.parametrize(
    ("told", "value"),
    [
        ("open", 1.0),
        ("Open", 1.0),
        ("closed", 0.0),
        ("CLOSED ", 0.0),
        ("true", 1.0),
        ("False", 0.0),
        (True, 1.0),
        (False, 0.0),
        ("1", 1.0),
        (0, 0.0),
        ("ajar", None),
    ],
)
@pytest.mark.parametrize("many", [0, 99])
async def test_door_contacts_in_words(
    table: Table, told: Any, value: float | None, many: int
) -> None:
    """Alone, and among others whose columns are read at once."""
    usual = [
        READING
        | {"uuid": f"{number:036}", "sensor_uuid": "s" * 36, "measurement": number}
        | {"physical_unit": None if number % 2 else "°C"}
        for number in range(many)
    ]
    door = READING | {"uuid": "d" * 36, "sensor_uuid": "d" * 36, "physical_unit": None}
    found = await table.readings(*usual, door | {"measurement": told})
    assert [it.value for it in found] == [*range(many), *([] if value is None else [value])]
    assert table.rejected("measurements") == ({"bad_measurement": 1} if value is None else {})


@pytest.mark.parametrize(
    ("changes", "value"),
    [
        ({}, 5.5),
        ({"measurement": 7}, 7.0),
        ({"measurement": "7.5"}, 7.5),
        ({"measurement": None}, None),
        ({"measurement": True}, None),
        ({"measurement": 1e300}, None),
        ({"timestamp": "2026-07-01 09:45:00,0 UTC"}, 5.5),
        ({"timestamp": "2026-07-01T09:45:00"}, 5.5),
        ({"timestamp": "2026-07-01T11:45:00+02:00"}, 5.5),
        ({"timestamp": "2026-07-01T09:45:00.000Z"}, 5.5),
        ({"timestamp": "2026-07-01T09:45:00,000Z"}, 5.5),
        ({"timestamp": "20260701T094500Z"}, None),
        ({"timestamp": "20260701T094500.000Z"}, None),
        ({"timestamp": "20260701T09:45:00.0Z"}, None),
        ({"timestamp": "20260701T09:45:00+00"}, None),
        ({"timestamp": "2026-07-01T0945+0000"}, None),
        ({"timestamp": "2026-07-01x09:45:00Z"}, None),
        ({"timestamp": "2026-07-01T09Z"}, None),
        ({"timestamp": "2026-07-01T09:45:00+00:00:00"}, None),
        ({"timestamp": "2026-W27-3T09:45:00.000Z"}, None),
        ({"timestamp": "1969-12-31T23:59:59Z"}, None),
        ({"timestamp": "2101-01-01T00:00:00Z"}, None),
        ({"timestamp": ["2026-07-01T09:45:00Z"]}, None),
        ({"channel_no": -1}, 5.5),
        ({"channel_no": 1.0}, 5.5),
        ({"channel_no": 2**40}, None),
        ({"sensor_uuid": "short"}, 5.5),
        ({"sensor_uuid": " " * 36}, None),
        ({"uuid": " " + "c" * 35}, 5.5),
        ({"uuid": "ü" * 36}, 5.5),
        ({"sensor_uuid": 5}, 5.5),
        ({"uuid": None}, 5.5),
        ({"physical_unit": {"a": 1}}, 5.5),
        ({"physical_unit": 5}, 5.5),
        ({"processed_at": None}, 5.5),
    ],
)
async def test_an_unusual_row_among_many_others(
    table: Table, changes: Row, value: float | None
) -> None:
    usual = [
        READING
        | {"uuid": f"{number:036}", "sensor_uuid": f"{number % 7:036}", "measurement": number}
        for number in range(99)
    ]
    odd = READING | {"uuid": "a" * 36, "sensor_uuid": "b" * 36, "measurement": 5.5} | changes
    found = await table.readings(*usual[:40], odd, *usual[40:])
    expected = [*range(40), *([] if value is None else [value]), *range(40, 99)]
    assert [it.value for it in found] == expected
    assert found[40:-59] == await table.readings(odd), "as if it stood alone"
    assert found[40:-59] == await table.readings(odd | {"future": 1}, {})
    assert all(it.at == NOON.replace(hour=9, minute=45) for it in found)
    assert table.cloud.reports["measurements"].rows == 2


async def test_half_a_sign_in_a_uuid_is_no_reason_to_lose_anything(
    table: Table, desk: Desk
) -> None:
    usual = [READING | {"uuid": f"{number:036}", "sensor_uuid": "s" * 36} for number in range(9)]
    lines = [orjson.dumps(row) for row in usual]
    lines[4] = lines[4].replace(f"{4:036}".encode(), rb"\ud800" + b"4" * 35)
    desk.files = [b"\n".join(lines)]
    found = await table.cloud.readings(NOON - DAY, NOON, listed)
    assert [it.uuid for it in found] == [
        "?" + "4" * 35 if number == 4 else f"{number:036}" for number in range(9)
    ]


async def test_rejections_are_counted_by_reason(table: Table) -> None:
    bad = READING | {"timestamp": "?"}
    assert len(await table.readings(bad, READING, bad, READING | {"channel_no": None})) == 1
    assert table.rejected("measurements") == {"no_timestamp": 2, "no_channel_no": 1}
    assert table.cloud.reports["measurements"].rows == 4
    # The next run starts at zero.
    assert len(await table.readings(READING)) == 1
    assert table.rejected("measurements") == {}


async def test_readings_without_uuid_get_a_stable_one(table: Table) -> None:
    nameless = without(READING, "uuid")
    others = [
        nameless | {"channel_no": 2},
        nameless | {"sensor_uuid": "s2"},
        nameless | {"timestamp": "2026-07-01T10:00:00Z"},
    ]
    first = await table.readings(nameless, *others)
    assert len({it.uuid for it in first}) == 4
    again = await table.readings(nameless | {"timestamp": "2026-07-01 09:45:00.000"}, *others)
    assert [it.uuid for it in again] == [it.uuid for it in first]


# --- Status ---------------------------------------------------------------------------------


async def test_status_v4(table: Table) -> None:
    row = {
        "device_uuid": "d1",
        "serial_no": "90000101",
        "connection_type": "WIFI",
        "radio_level_percent": 74,
        "battery_level_percent": "87",
        "battery_temperature": 21.5,
        "is_powersupply_on": True,
        "last_communication_time": "2026-07-01T10:15:12Z",
        "next_communication_time": "2026-07-01T10:30:12Z",
        "status_time": "2026-07-01T10:15:13Z",
        "processed_at": "2026-07-01T10:15:14Z",
        "firmware_version": "2.0",
    }
    assert await table.status(row) == {
        "d1": DeviceStatus(
            device_uuid="d1",
            serial="90000101",
            battery=87,
            signal=74,
            mains=True,
            firmware="2.0",
            last_communication=datetime(2026, 7, 1, 10, 15, 12, tzinfo=UTC),
            next_communication=datetime(2026, 7, 1, 10, 30, 12, tzinfo=UTC),
            at=datetime(2026, 7, 1, 10, 15, 13, tzinfo=UTC),
        )
    }


async def test_status_v3(table: Table) -> None:
    row = {
        "device_uuid": "d1",
        "connection_type": "CT_WIFI",
        "battery_level_percent": 0,
        "radio_level_percent": None,
        "fw_version": "1.2.4",
        "is_powersupply_on": "false",
        "last_communication": "2026-07-01T10:15:12Z",
        "next_communication": "2026-07-01T10:30:12Z",
        "last_measurement_time": "2026-07-01T10:15:00Z",
        "processed_at": "2026-07-01T10:15:14Z",
    }
    assert await table.status(row) == {
        "d1": DeviceStatus(
            device_uuid="d1",
            battery=0,
            mains=False,
            firmware="1.2.4",
            last_communication=datetime(2026, 7, 1, 10, 15, 12, tzinfo=UTC),
            next_communication=datetime(2026, 7, 1, 10, 30, 12, tzinfo=UTC),
            last_measurement=datetime(2026, 7, 1, 10, 15, tzinfo=UTC),
            at=datetime(2026, 7, 1, 10, 15, 14, tzinfo=UTC),
        )
    }


async def test_status_without_anything(table: Table) -> None:
    found = await table.status({"device_uuid": "d1"}, {"serial_no": "1"}, {})
    assert found == {"d1": DeviceStatus(device_uuid="d1")}
    assert table.rejected("status") == {"no_device_uuid": 2}


@pytest.mark.parametrize("level", [-1, 101, "255", "low", None])
async def test_levels_beyond_their_scale(table: Table, level: Any) -> None:
    found = await table.status({"device_uuid": "d1", "battery_level_percent": level})
    assert found["d1"].battery is None


async def test_the_newest_status_counts(table: Table) -> None:
    def row(minute: int | None, battery: int) -> Row:
        at = None if minute is None else f"2026-07-01T10:{minute}:00Z"
        return {"device_uuid": "d1", "status_time": at, "battery_level_percent": battery}

    for rows, battery in (
        ([row(15, 50), row(30, 40), row(20, 45)], 40),
        ([row(30, 40), row(None, 1)], 40),
        ([row(None, 1), row(15, 50)], 50),
        ([row(None, 1), row(None, 2)], 2),
        ([row(15, 50), row(15, 49)], 49),
    ):
        assert (await table.status(*rows))["d1"].battery == battery


async def test_no_device_was_heard_of_after_the_cloud_noted_it(table: Table) -> None:
    """Its clock may be years ahead, and what is in the future would never be too old."""
    ahead = "2031-07-01T10:00:00Z"
    row = {
        "device_uuid": "d1",
        "last_communication_time": ahead,
        "last_measurement_time": ahead,
        "status_time": ahead,
        "processed_at": "2026-07-01T10:00:00Z",
    }
    later = row | {"status_time": "2026-07-01T10:15:00Z", "processed_at": "2026-07-01T10:15:00Z"}
    (found,) = (await table.status(row)).values()
    noted = datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert (found.last_communication, found.last_measurement, found.at) == (noted, noted, noted)
    (found,) = (await table.status(later, row)).values()
    assert found.at == noted + timedelta(minutes=15), "nor does it hide what comes later"


# --- Locations ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["name", "location_name"])
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("Measurement site", "measurement site"),
        ("measurement_site", "measurement site"),
        ("Cellar", "cellar"),
        (None, None),
    ],
)
async def test_locations(
    reader: Reader, desk: Desk, name: str, kind: str | None, expected: str | None
) -> None:
    desk.put(
        {"location_uuid": "l1", name: "Main building", "location_type": kind, "tenant_uuid": "t"},
        {name: "nowhere"},
        {"location_uuid": "l2"},
    )
    assert await reader.locations() == (
        Location(id="l1", name="Main building", kind=expected, tenant="t"),
        Location(id="l2"),
    )
    assert reader.reports["locations"].rejected == {"no_location_uuid": 1}


# --- Alarms ---------------------------------------------------------------------------------


async def test_alarm_in_both_spellings(table: Table) -> None:
    assert await table.transitions(VIOLATION) == (RAISED,)
    schema = renamed(VIOLATION) | {"alarm_value": 8.40625, "alarm_type": "measurement_alarm"}
    assert await table.transitions(schema) == (RAISED,)
    codes = VIOLATION | {"alarm_condition_type": "MACT_UPPER_LIMIT", "alarm_severity": "ASV_ALARM"}
    assert await table.transitions(codes) == (RAISED,)
    assert RAISED.direction == "upper"


async def test_recovery_names_its_violation(table: Table) -> None:
    raised, cleared = await table.transitions(VIOLATION, RECOVERY)
    assert raised == RAISED
    assert (cleared.uuid, cleared.raised, cleared.ends) == ("a2", False, "a1")
    assert (cleared.at, cleared.value) == (datetime(2026, 7, 1, 7, 10, 2, tzinfo=UTC), 7.8125)
    assert cleared.reason == "Alarm condition is adhered"


async def test_system_alarm(table: Table) -> None:
    (found,) = await table.transitions(SYSTEM)
    assert (found.system, found.direction, found.severity) == (True, None, "warning")
    assert found.condition == SYSTEM["alarm_condition_type"]
    assert (found.value, found.unit, found.property_name, found.extension) == (None,) * 4
    assert (found.serial, found.source_uuid) == ("90000102", "d1")


@pytest.mark.parametrize(
    ("type_", "property_name", "system"),
    [
        ("sensor system alarm", None, True),
        ("device_system_alarm", None, True),
        ("device system alarm", "Temperature", True),
        (None, None, False),
        (None, "Temperature", False),
        ("Unknown", "Temperature", False),
        ("a new kind", None, False),
    ],
)
async def test_kinds_of_alarms(
    table: Table, type_: str | None, property_name: str | None, *, system: bool
) -> None:
    row = VIOLATION | {"alarm_type": type_, "physical_property_name": property_name}
    (found,) = await table.transitions(row)
    assert found.system is system
    assert found.of_sensor is (type_ == "sensor system alarm")


@pytest.mark.parametrize("property_name", [None, "Temperature"])
@pytest.mark.parametrize("condition", ["Sensor is broken", "Unknown", None])
async def test_alarm_without_a_type_is_told_by_its_condition(
    table: Table, property_name: str | None, condition: str | None
) -> None:
    row = VIOLATION | {
        "alarm_type": None,
        "physical_property_name": property_name,
        "alarm_condition_type": condition,
    }
    (found,) = await table.transitions(row)
    assert found.system is True


@pytest.mark.parametrize(
    ("told", "expected"),
    [("PV_TEMPERATURE", "Temperature"), ("Humidity", "Humidity"), ("Unknown", "Unknown")],
)
async def test_property_of_an_alarm_in_code(table: Table, told: str, expected: str) -> None:
    (found,) = await table.transitions(VIOLATION | {"physical_property_name": told})
    assert found.property_name == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("Lower limit", "lower"),
        ("lower_limit", "lower"),
        ("HighLimit", "upper"),
        ("LowLimit", "lower"),
        ("High limit", "upper"),
        ("Sensor is broken", "Sensor is broken"),
        ("Unknown", None),
        (None, None),
    ],
)
async def test_conditions(table: Table, condition: str | None, expected: str | None) -> None:
    (found,) = await table.transitions(VIOLATION | {"alarm_condition_type": condition})
    assert found.condition == expected


@pytest.mark.parametrize(
    ("severity", "expected"),
    [("warning", "warning"), ("Critical", "critical"), ("Unknown", "unknown"), (None, "unknown")],
)
async def test_severities(table: Table, severity: str | None, expected: str) -> None:
    (found,) = await table.transitions(VIOLATION | {"alarm_severity": severity})
    assert found.severity == expected


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"alarm_status": None}, "unknown_alarm_status"),
        ({"alarm_status": "Unknown"}, "unknown_alarm_status"),
        ({"alarm_status": "Active"}, "unknown_alarm_status"),
        ({"alarm_time": "?"}, "no_alarm_time"),
        ({"alarm_time": None, "last_status_change_time": None}, "no_alarm_time"),
    ],
)
async def test_alarms_that_say_nothing(table: Table, changes: Row, reason: str) -> None:
    assert await table.transitions(VIOLATION | changes) == ()
    assert table.rejected("alarms") == {reason: 1}


async def test_alarm_with_only_one_time(table: Table) -> None:
    for name in ("alarm_time", "last_status_change_time"):
        for row in (VIOLATION, RECOVERY):
            (found,) = await table.transitions(row | {name: None})
            assert found.raised is (row is VIOLATION)


async def test_alarm_value_that_is_none(table: Table) -> None:
    (found,) = await table.transitions(VIOLATION | {"alarm_value": "high"})
    assert found.value is None


@pytest.mark.parametrize("changed", ["2026-07-01T07:10:02Z", "2026-07-01T09:00:00Z"])
async def test_two_times_of_a_row_make_one_transition(table: Table, changed: str) -> None:
    """Whether a row was updated in place can only be told beside the others."""
    row = RECOVERY | {"last_status_change_time": changed, "source_alarm_event_uuid": None}
    (found,) = await table.transitions(row)
    assert (found.uuid, found.raised, found.ends) == ("a2", False, None)
    assert found.at == datetime(2026, 7, 1, 7, 10, 2, tzinfo=UTC)
    assert found.changed == datetime.fromisoformat(changed)


async def test_alarms_without_uuid_get_a_stable_one(table: Table) -> None:
    rows = [without(it, "uuid") for it in (VIOLATION, RECOVERY, SYSTEM)]
    warning = rows[0] | {"alarm_severity": "Warning"}
    humid = rows[0] | {"physical_property_name": "Humidity"}
    first = await table.transitions(*rows, warning, humid)
    assert len({it.uuid for it in first}) == 5
    again = await table.transitions(*map(renamed, (*rows, warning, humid)))
    assert [it.uuid for it in again] == [it.uuid for it in first]


# --- Measuring objects ----------------------------------------------------------------------

CONDITION: Row = {
    "measurementAlarmConditionTypeId": "Upper limit",
    "alarmSeverityId": "Alarm",
    "physicalProperty": {"physicalValueId": "Temperature"},
    "limitValue": 8.0,
    "limitHysteresis": 0.5,
    "delay": 600000,
    "physicalUnitId": "°C",
}
CODES: Row = CONDITION | {
    "measurementAlarmConditionTypeId": "MACT_UPPER_LIMIT",
    "alarmSeverityId": "ASV_ALARM",
    "physicalProperty": {"physicalValueId": "PV_TEMPERATURE"},
    "limitValue": "8.0",
    "physicalUnitId": "PU_DEGREE_CELSIUS",
}
LIMIT = Limit(
    measuring_object="m1",
    site="site 1",
    property_name="temperature",
    direction="upper",
    severity="alarm",
    value=8.0,
    unit="°C",
    hysteresis=0.5,
    delay=timedelta(minutes=10),
)


def measuring_object(*conditions: Any, as_text: bool = True) -> Row:
    tree = {
        "measurementAlarmConditionSet": [{"measurementAlarmConditions": list(conditions)}],
        "alarmConfigurationBackReference": "x",
    }
    return {
        "mo_uuid": "m1",
        "customer_site": "site 1",
        "measurement_alarm_configuration": json.dumps(tree) if as_text else tree,
        "channel_assignments": None,
    }


@pytest.mark.parametrize("condition", [CONDITION, CODES])
@pytest.mark.parametrize("as_text", [False, True])
async def test_limits(table: Table, condition: Row, *, as_text: bool) -> None:
    assert await table.limits(measuring_object(condition, as_text=as_text)) == (LIMIT,)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("PU_PERCENT_HUMIDITY", "%"), ("PU_PRESSURE_HECTOPASCAL", "hPa"), ("%rF", "%"), (None, None)],
)
async def test_units_of_limits(table: Table, unit: str | None, expected: str | None) -> None:
    (found,) = await table.limits(measuring_object(CONDITION | {"physicalUnitId": unit}))
    assert found.unit == expected


async def test_the_least_that_a_limit_needs(table: Table) -> None:
    least = without(CONDITION, "limitHysteresis", "delay", "physicalUnitId") | {"limitValue": 0}
    (found,) = await table.limits(measuring_object(least))
    assert (found.value, found.hysteresis, found.delay, found.unit) == (0, 0, timedelta(), None)


@pytest.mark.parametrize(
    "changes",
    [
        {"measurementAlarmConditionTypeId": "Rate of change"},
        {"measurementAlarmConditionTypeId": None},
        {"alarmSeverityId": None},
        {"alarmSeverityId": "Unknown"},
        {"physicalProperty": None},
        {"physicalProperty": {}},
        {"limitValue": None},
        {"limitValue": "high"},
    ],
)
async def test_conditions_that_are_no_limits(table: Table, changes: Row) -> None:
    assert await table.limits(measuring_object(CONDITION | changes, CONDITION)) == (LIMIT,)
    assert table.rejected("measuring objects") == {}


@pytest.mark.parametrize(
    "config",
    [
        None,
        "",
        "{}",
        '{"measurementAlarmConditionSet": null}',
        '{"measurementAlarmConditionSet": [{"measurementAlarmConditions": null}]}',
        '{"upper_warning": 7.0}',
    ],
)
async def test_objects_without_limits(table: Table, config: Any) -> None:
    row = {"measurement_alarm_configuration": config}
    assert await table.limits(row, {}, measuring_object(CONDITION)) == (LIMIT,)
    assert table.rejected("measuring objects") == {}


@pytest.mark.parametrize(
    "config",
    [
        "{torn",
        "null",
        "5",
        7,
        ["a"],
        '{"measurementAlarmConditionSet": 5}',
        '{"measurementAlarmConditionSet": ["a"]}',
        measuring_object("a")["measurement_alarm_configuration"],
        measuring_object(CONDITION | {"physicalProperty": "Temperature"})[
            "measurement_alarm_configuration"
        ],
    ],
)
async def test_limits_that_cannot_be_read(table: Table, config: Any) -> None:
    row = {"measurement_alarm_configuration": config}
    assert await table.limits(row, measuring_object(CONDITION)) == (LIMIT,)
    assert table.rejected("measuring objects") == {"bad_limits": 1}


# --- Device properties ----------------------------------------------------------------------


async def test_device(reader: Reader, desk: Desk) -> None:
    second = CHANNEL | {
        "channel_no": "2",
        "channel_physical_unit": "%rF",
        "channel_physical_property_name": "Humidity",
        "channel_physical_extension": "Relative Humidity",
        "channel_physical_unit_exponent": "-2",
    }
    desk.put(second, CHANNEL, CHANNEL)
    found = await reader.inventory()
    (device,) = found.devices
    assert (found.tenant, device.category, device.name) == ("t1", "LOGGER", "Cold store 1 logger")
    assert (device.model, device.firmware, device.site) == ("0572 2031", "1.2.4", "site 1")
    assert device.communication_cycle == timedelta(minutes=15)
    assert device.measuring_cycle == timedelta(minutes=10)
    (sensor,) = device.sensors
    assert (sensor.serial, sensor.radio, sensor.measuring_cycle) == ("91000201", False, None)
    assert [(it.number, it.unit, it.decimals) for it in sensor.channels] == [
        (1, "°C", 1),
        (2, "%", 2),
    ]


@pytest.mark.parametrize(
    ("told", "active"),
    [("true", True), ("False", False), (0, False), ("1", True), (None, True), ("?", True)],
)
async def test_activity(reader: Reader, desk: Desk, told: Any, *, active: bool) -> None:
    desk.put(CHANNEL | {"device_is_active": told, "sensor_is_radio": told})
    (device,) = (await reader.inventory()).devices
    assert device.active is active
    assert device.sensors[0].radio is (told in {"true", "1"})


async def test_device_with_next_to_nothing(reader: Reader, desk: Desk) -> None:
    bare = {"device_uuid": "d1", "device_serial_no": 90000101}
    desk.put(
        bare,
        bare | {"sensor_uuid": "s2", "channel_no": None, "device_category": "future_kind"},
        bare | {"device_uuid": None},
        bare | {"device_serial_no": ""},
    )
    found = await reader.inventory()
    (device,) = found.devices
    assert (found.tenant, device.serial, device.category) == (None, "90000101", "FUTURE KIND")
    assert (device.measuring_cycle, device.communication_cycle) == (None, None)
    (sensor,) = device.sensors
    assert (sensor.serial, sensor.channels) == ("s2", ())
    assert reader.reports["properties"].rejected == {
        "no_device_uuid": 1,
        "no_device_serial_no": 1,
    }


@pytest.mark.parametrize("order", [1, -1])
async def test_one_row_tells_where_a_device_is(reader: Reader, desk: Desk, order: int) -> None:
    desk.put(*(CHANNEL, CHANNEL | {"channel_no": 2, "customer_site": None})[::order])
    (device,) = (await reader.inventory()).devices
    assert device.site == "site 1"


async def test_a_device_with_its_plain_serial_number(reader: Reader, desk: Desk) -> None:
    desk.put(without(CHANNEL, "device_serial_no") | {"serial_no": "90000101"})
    (device,) = (await reader.inventory()).devices
    assert device.serial == "90000101"
    assert reader.reports["properties"].rejected == {}


async def test_a_channel_whose_unit_tells_the_dew_point(reader: Reader, desk: Desk) -> None:
    told = {"channel_physical_unit": "°C td", "channel_physical_extension": "Unknown"}
    desk.put(CHANNEL, CHANNEL | told | {"channel_no": 2})
    (device,) = (await reader.inventory()).devices
    assert [(it.quantity, it.unit) for it in device.sensors[0].channels] == [
        (Quantity.TEMPERATURE, "°C"),
        (Quantity.DEW_POINT, "°C"),
    ]


async def test_configured_cycle_where_the_effective_one_is_not_told(
    reader: Reader, desk: Desk
) -> None:
    desk.put(
        CHANNEL
        | {
            "device_measuring_cycle_effective": None,
            "device_communication_log_time": 1e300,
            "channel_physical_unit_exponent": None,
        }
    )
    (device,) = (await reader.inventory()).devices
    assert device.measuring_cycle == timedelta(minutes=5)
    assert device.communication_cycle is None
    assert device.sensors[0].channels[0].decimals is None


async def test_tenant_is_that_of_most_rows(reader: Reader, desk: Desk) -> None:
    desk.put(
        CHANNEL | {"tenant_uuid": "stray"},
        CHANNEL,
        CHANNEL | {"device_uuid": "d2", "device_serial_no": "2"},
    )
    found = await reader.inventory()
    assert found.tenant == "t1"
    assert [device.uuid for device in found.devices] == ["d1", "d2"]


async def test_an_account_without_devices(reader: Reader) -> None:
    found = await reader.inventory()
    assert (found.tenant, found.devices) == (None, ())
