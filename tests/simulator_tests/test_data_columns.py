"""Which paths the Saveris Data cloud has, which columns come, and which of them are to end."""

import pytest

from tests.simulator import Faults, Fleet

from .conftest import HOUR, NOON, Guest, period
from .test_rows import ALARMS, LOCATIONS, MEASUREMENTS, OBJECTS, PROPERTIES, STATUS_V3, STATUS_V4

SENSORS_V3 = """sensor_uuid,tenant_uuid,customer_site,fw_version,serial_no,model_code,\
battery_level_percent,radio_level_percent,next_communication,last_communication,processed_at"""
SENSORS_V4 = """sensor_uuid,tenant_uuid,customer_site,serial_no,model_code,production_date,\
radio_level_percent,battery_level_percent,battery_temperature,battery_voltage_mv,\
battery_predicted_remaining_operating_days,last_communication_time,next_communication_time,\
status_time,processed_at"""
EQUIPMENTS = """tenant_uuid,equipment_parts_uuid,equipment_parts_title,equipment_uuid,\
equipment_title,equipment_type_uuid,equipment_type_title,equipment_parts_purpose_uuid,\
equipment_parts_purpose_title,area_uuid,area_title,processed_at,last_modified_at,is_active,\
limit_values_uuid,door_contact_delay_in_ms,alarm_delay,display_unit,lower_violation,lower_warning,\
upper_warning,upper_violation,measuring_rate,valid_from_time,valid_until_time"""
TENANTS = """tenant_uuid,parent_uuid,is_operator,organisation_name,organisation_id,\
organisation_email,country,main_timezone,main_language,register_time"""
TASKS = """uuid,quality_manual_uuid,quality_manual_version_title,quality_manual_version_uuid,\
process_control_title,process_control_uuid,process_ctrl_category_title,process_ctrl_category_uuid,\
task_title,task_uuid,task_execution_uuid,task_type,has_corrective_action,task_status,shift_uuid,\
shift_begin,shift_end,task_timestamp_start,task_timestamp_end,tenant_uuid,site_name,site_number,\
app_version,serial_no_tablet,process_step_instructions,process_step_corrective_action,\
marked_as_deleted,username,user_uuid,process_step_type,process_step_uuid,sequence_no,timestamp,\
alarm_log_uuid,content,parameters,context,processed_at"""

CURRENT = {
    "/v2/measurements": MEASUREMENTS,
    "/v3/alarms": ALARMS,
    "/v3/tasks": TASKS,
    "/v3/devices/properties": PROPERTIES,
    "/v4/devices/status": STATUS_V4,
    "/v4/sensors/status": SENSORS_V4,
    "/v4/equipments": EQUIPMENTS,
    "/v3/tenants": TENANTS,
    "/v1/locations": LOCATIONS,
    "/v1/measuring-objects": OBJECTS,
}
DEPRECATED = {
    "/v2/alarms": ALARMS,
    "/v2/devices/properties-async": PROPERTIES,
    "/v3/devices/status": STATUS_V3,
    "/v3/sensors/status": SENSORS_V3,
}
TODAY = period(NOON - 12 * HOUR, NOON + HOUR)


@pytest.mark.parametrize(("path", "columns"), [*CURRENT.items(), *DEPRECATED.items()])
async def test_columns(guest: Guest, fleet: Fleet, path: str, columns: str) -> None:
    fleet.add_task("Incoming goods", fleet.sites[0])
    fleet.logger("1001").sensors[0].channels[0].hold(NOON - 3 * HOUR, NOON, 9.5)
    header, table = await guest.table(path, **TODAY)
    rows = await guest.rows(path, **TODAY)
    assert header == columns.split(",")
    assert list(rows[0]) == columns.split(",")
    assert len(table) == len(rows)


@pytest.mark.parametrize("path", [*CURRENT, *DEPRECATED])
async def test_what_is_deprecated_says_so(guest: Guest, path: str) -> None:
    url = guest.simulator.base_url + path
    async with guest.http.post(url, data=b"{}", headers=guest.headers) as response:
        assert response.status == 200
        told = {"Deprecation", "Sunset"} & set(response.headers)
        assert told == ({"Deprecation", "Sunset"} if path in DEPRECATED else set())


async def test_another_sunset(guest: Guest, faults: Faults) -> None:
    url = f"{guest.simulator.base_url}/v2/alarms"
    for sunset, told in (("", None), ("Thu, 01 Jul 2027 00:00:00 GMT",) * 2):
        faults.sunset = sunset
        async with guest.http.post(url, data=b"{}", headers=guest.headers) as response:
            assert "Deprecation" in response.headers
            assert response.headers.get("Sunset") == told


@pytest.mark.parametrize("path", ["/v1/measuring_objects", "/v1/measurements", "/v3/equipments"])
async def test_unknown_paths(guest: Guest, path: str) -> None:
    status, told = await guest.post(path)
    assert (status, told["type"]) == (403, "MISSING_AUTHENTICATION_TOKEN")


async def test_both_clouds_tell_one_world(guest: Guest, fleet: Fleet) -> None:
    rows = await guest.rows("/v2/measurements", **TODAY)
    told = {(row["uuid"], row["timestamp"][11:16], row["measurement"]) for row in rows}
    true = {
        (it.uuid, f"{it.at:%H:%M}", it.value)
        for it in fleet.readings(NOON - 12 * HOUR, NOON + HOUR, visible_at=NOON)
    }
    assert told == true
    assert true
