"""Columns, types and spelling of every resource (API parts 5 to 7, sample files)."""

import csv
from datetime import timedelta
import re
from typing import Any

import orjson
import pytest

from tests.simulator import ChannelSpec, Fleet, Kind, Logger

from .conftest import NOON, Client, period

PROPERTIES = """tenant_uuid,customer_site,device_uuid,device_category,device_serial_no,\
device_model_code,device_firmware_version,device_supported_battery_types,device_display_name,\
device_is_active,device_communication_log_time,device_measuring_cycle,\
device_measuring_cycle_effective,device_is_ethernetprobe,device_is_powersuppliable,\
device_is_wirelessprobe,device_last_modified,sensor_uuid,sensor_serial_no,sensor_model_code,\
sensor_firmware_version,sensor_display_name,sensor_is_wired,sensor_is_radio,sensor_is_connected,\
sensor_measuring_cycle,sensor_measuring_cycle_effective,sensor_last_modified,channel_id,channel_no,\
channel_physical_unit,channel_physical_property_name,channel_physical_extension,\
channel_physical_unit_exponent,channel_attenuation,channel_is_external,\
channel_is_calibration_possible,equipment_uuid,equipment_parts_uuid,channel_last_modified"""
STATUS_V3 = """device_uuid,tenant_uuid,customer_site,serial_no,model_code,connection_type,\
battery_level_percent,radio_level_percent,fw_version,is_powersupply_on,last_communication,\
next_communication,last_measurement_time,processed_at"""
STATUS_V4 = """device_uuid,tenant_uuid,customer_site,serial_no,model_code,production_date,\
connection_type,radio_level_percent,battery_level_percent,battery_temperature,is_powersupply_on,\
last_communication_time,next_communication_time,status_time,processed_at"""
MEASUREMENTS = """uuid,sensor_uuid,channel_no,serial_no,model_code,tenant_uuid,customer_site,\
timestamp,timestamp_local,measurement,physical_property_name,physical_unit,physical_extension,\
processed_at"""
ALARMS = """uuid,alarm_reason,alarm_status,last_status_change_time,alarm_condition_type,\
alarm_severity,alarm_time,alarm_time_local,alarm_value,physical_unit,physical_property_name,\
physical_extension,alarm_source_uuid,serial_no,tenant_uuid,customer_site,alarm_type,\
source_alarm_event_uuid,processed_at"""
ALARMS_SCHEMA = """uuid,alarm_reason,alarm_status,last_status_change_time,alarm_condition_type,\
alarm_severity,alarm_time,alarm_time_local,alarm_value,physical_unit,physical_value,\
physical_value_extension,alarm_source_uuid,serial_no,tenant_uuid,customer_site_uuid,alarm_type,\
source_alarm_event_uuid,processed_at"""
LOCATIONS = """tenant_uuid,location_uuid,parent_uuid,name,location_type,parent_location_type,\
location_subtype,valid_from,last_modified_at"""
OBJECTS = """customer_uuid,measuring_object_uuid,product_family_id,customer_site,\
version_timestamp,measurement_alarm_configuration,channel_assignments,measuring_instructions,\
valid_from"""

EXPECTED = [
    ("/v3/devices/properties", False, PROPERTIES),
    ("/v3/devices/status", False, STATUS_V3),
    ("/v4/devices/status", False, STATUS_V4),
    ("/v2/measurements", False, MEASUREMENTS),
    ("/v3/alarms", False, ALARMS),
    ("/v3/alarms", True, ALARMS_SCHEMA),
    ("/v1/locations", False, LOCATIONS),
    ("/v1/locations", True, LOCATIONS.replace(",name,", ",location_name,")),
    ("/v1/measuring-objects", False, OBJECTS),
    ("/v1/measuring-objects", True, OBJECTS.replace("measuring_object_uuid", "mo_uuid")),
]
ALL_DAY = period(NOON - timedelta(days=1), NOON)


@pytest.mark.parametrize(("path", "schema", "expected"), EXPECTED)
async def test_columns(
    client: Client,
    logger: Logger,
    path: str,
    schema: bool,  # noqa: FBT001 - a parameter of the test
    expected: str,
) -> None:
    """Both formats have exactly the columns of the samples, in their order."""
    logger.sensors[0].channels[0].hold(NOON - timedelta(hours=3), NOON, 9.5)
    client.simulator.faults.schema_names = schema
    columns, table = await client.table(path, **ALL_DAY)
    rows = await client.rows(path, **ALL_DAY)
    assert columns == expected.split(",")
    assert list(rows[0]) == expected.split(",")
    assert len(table) == len(rows)


async def test_empty_csv_has_a_header(client: Client) -> None:
    """Without rows the header line stands alone."""
    (content,) = await client.files("/v3/alarms")
    assert content.decode() == ",".join(f'"{name}"' for name in ALARMS.split(",")) + "\n"


async def test_csv_spelling(client: Client) -> None:
    """Values are quoted, quotes doubled, null is empty, arrays are one text."""
    (content,) = await client.files("/v1/locations")
    lines = content.decode().splitlines()
    assert not content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content
    assert lines[1].split(",")[2] == ""
    assert '"Archive, wing ""B"""' in lines[3]
    (content,) = await client.files("/v3/devices/properties")
    assert '"[AA_LITHIUM, AA_ALKALINE]"' in content.decode()
    (content,) = await client.files("/v4/devices/status")
    assert '"true"' in content.decode()


async def test_properties(client: Client) -> None:
    """One row for each channel; flags are texts, cycles milliseconds."""
    rows = await client.rows("/v3/devices/properties")
    assert len(rows) == 1 + 4 + 2 + 2
    fridge = next(row for row in rows if row["device_serial_no"] == "1001")
    assert fridge["device_is_active"] == "true"
    assert fridge["device_measuring_cycle_effective"] == 900_000
    assert fridge["device_display_name"] == "Kühlschrank"
    assert fridge["equipment_uuid"] is None
    door = next(row for row in rows if row["sensor_serial_no"] == "3002")
    assert door["device_serial_no"] == "2001"
    assert door["sensor_is_radio"] == "true"
    assert door["channel_physical_property_name"] == "Unknown"
    assert door["channel_physical_extension"] == "Door Contact"
    assert door["channel_physical_unit"] is None


async def test_measurements(client: Client, fleet: Fleet) -> None:
    """Rows are exactly the truth: identity, times and unrounded value."""
    rows = await client.rows("/v2/measurements", **ALL_DAY)
    truth = {reading.uuid: reading for reading in fleet.readings(NOON - timedelta(days=1), NOON)}
    assert len(rows) == len(truth) == 9 * 96
    for row in rows:
        reading = truth[row["uuid"]]
        assert row["measurement"] == reading.value
        assert row["sensor_uuid"] == reading.channel.sensor.uuid
        assert row["channel_no"] == reading.channel.number
        assert row["timestamp"] == f"{reading.at:%Y-%m-%dT%H:%M:%SZ}"
        assert re.fullmatch(r".{19}\+02:00", row["timestamp_local"])


async def test_alarm_rows(client: Client, logger: Logger) -> None:
    """Violation and recovery are two rows; live values are texts and units spelt live."""
    logger.sensors[0].channels[0].hold(
        NOON - timedelta(hours=3), NOON - timedelta(hours=2), 7.84375
    )
    rows = sorted(
        await client.rows("/v3/alarms", **ALL_DAY), key=lambda row: str(row["alarm_time"])
    )
    violation, recovery = rows
    assert violation["alarm_value"] == "7.84375"
    assert violation["alarm_type"] == "measurement alarm"
    assert violation["alarm_condition_type"] == "Upper limit"
    assert violation["alarm_severity"] == "Warning"
    assert violation["physical_extension"] == "Unknown"
    assert violation["serial_no"] == logger.sensors[0].serial
    assert violation["source_alarm_event_uuid"] is None
    assert (recovery["alarm_status"], recovery["source_alarm_event_uuid"]) == (
        "Ok",
        violation["uuid"],
    )
    client.simulator.faults.schema_names = True
    rows = await client.rows("/v3/alarms", **ALL_DAY)
    assert {row["alarm_type"] for row in rows} == {"measurement_alarm"}
    assert {type(row["alarm_value"]) for row in rows} == {float}


async def test_system_alarm_rows(client: Client, logger: Logger) -> None:
    """System alarms have neither value nor unit; their source is device or sensor.

    Those of a sensor tell a property, as many a live one does.
    """
    logger.break_sensor(NOON - timedelta(hours=3))
    logger.low_battery(NOON - timedelta(hours=2))
    rows = await client.rows("/v3/alarms", **ALL_DAY)
    by_type = {row["alarm_type"]: row for row in rows}
    assert by_type["device system alarm"]["alarm_source_uuid"] == logger.uuid
    assert by_type["device system alarm"]["serial_no"] == logger.serial
    assert by_type["sensor system alarm"]["alarm_source_uuid"] == logger.sensors[0].uuid
    for row in rows:
        assert row["alarm_value"] is row["physical_unit"] is None
    assert by_type["device system alarm"]["physical_property_name"] is None
    assert by_type["sensor system alarm"]["physical_property_name"] == "Temperature"


async def test_status(client: Client, logger: Logger) -> None:
    """Loggers and gateways appear, radio sensors do not; null stays null."""
    rows = {row["serial_no"]: row for row in await client.rows("/v3/devices/status")}
    assert rows.keys() == {"1001", "1002", "1003", "2001"}
    assert rows["1001"]["connection_type"] == "CT_WIFI"
    assert rows["1001"]["last_communication"] == "2026-07-01T12:00:00Z"
    assert rows["1001"]["next_communication"] == "2026-07-01T12:15:00Z"
    assert rows["1001"]["battery_level_percent"] == 87
    assert rows["1001"]["is_powersupply_on"] is False
    assert rows["1003"]["is_powersupply_on"] is True
    assert rows["2001"]["connection_type"] == "CT_ETHERNET"
    assert rows["2001"]["battery_level_percent"] is None
    assert rows["2001"]["last_measurement_time"] is None
    logger.outage(NOON - timedelta(hours=1))
    rows = {row["serial_no"]: row for row in await client.rows("/v4/devices/status")}
    assert rows["1001"]["connection_type"] == "WIFI"
    assert rows["1001"]["last_communication_time"] == "2026-07-01T10:45:00Z"


async def test_locations(client: Client, fleet: Fleet) -> None:
    """The customer is the root; a location is the `customer_site` of its rows."""
    root, *sites = sorted(
        await client.rows("/v1/locations"), key=lambda row: row["parent_uuid"] or ""
    )
    assert (root["location_type"], root["parent_uuid"]) == ("Customer", None)
    assert {site["location_uuid"]: site["name"] for site in sites} == {
        site.id: site.name for site in fleet.sites
    }


def _conditions(row: dict[str, Any]) -> list[dict[str, Any]]:
    configuration = orjson.loads(row["measurement_alarm_configuration"])
    (conditions,) = configuration["measurementAlarmConditionSet"]
    found: list[dict[str, Any]] = conditions["measurementAlarmConditions"]
    return found


async def test_measuring_objects(client: Client) -> None:
    """One object for each logger or radio sensor with limits; codes in the schema's world."""
    rows = await client.rows("/v1/measuring-objects")
    assert len(rows) == 2
    assert _conditions(rows[0])[1] == {
        "measurementAlarmConditionTypeId": "Upper limit",
        "alarmSeverityId": "Warning",
        "physicalProperty": {"physicalValueId": "Temperature"},
        "limitValue": 7.0,
        "limitHysteresis": 0.0,
        "delay": 600_000,
        "physicalUnitId": "°C",
    }
    assert rows[0]["channel_assignments"] is None
    client.simulator.faults.schema_names = True
    rows = await client.rows("/v1/measuring-objects")
    first = _conditions(rows[0])[0]
    assert first["measurementAlarmConditionTypeId"] == "MACT_LOWER_LIMIT"
    assert first["alarmSeverityId"] == "ASV_WARNING"
    assert first["physicalProperty"] == {"physicalValueId": "PV_TEMPERATURE"}
    assert first["physicalUnitId"] == "PU_DEGREE_CELSIUS"
    assert orjson.loads(rows[0]["channel_assignments"])[0]["channel_id"] == 8_100_001


async def test_small_numbers_in_csv(client: Client, fleet: Fleet) -> None:
    """Numbers far from 1 use the exponent form of the query engine."""
    kind = Kind.of(ChannelSpec("Dose", "Unknown", "Gy"))
    probe = fleet.add_logger(fleet.sites[0], "Probe", kind=kind).sensors[0]
    quarter = timedelta(minutes=15)
    for number, value in enumerate((0.0001, 12_500_000.0, 0.0, None)):
        start = NOON - timedelta(hours=1) + number * quarter
        probe.channels[0].hold(start, start + quarter, value)
    (content,) = await client.files(
        "/v2/measurements",
        odata={"$filter": f"serial_no eq '{probe.serial}'", "$select": "measurement"},
    )
    lines = list(csv.reader(content.decode().splitlines()))
    assert lines == [["measurement"], ["1.0E-4"], ["1.25E7"], ["0.0"], []]
