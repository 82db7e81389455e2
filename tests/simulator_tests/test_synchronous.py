"""Answers that come at once: nested bodies, and texts where one expects numbers."""

from typing import Any

import pytest

from tests.simulator import Faults, Fleet, RadioSensor, Window, band

from .conftest import HOUR, NOON, Guest
from .test_data_columns import SENSORS_V3, TENANTS
from .test_rows import STATUS_V3

REPLIES = {
    "/v1/equipments": {"equipments"},
    "/v2/equipments-sync": {"equipments"},
    "/v1/tenants": {"tenants"},
    "/v2/tenants-sync": {"tenants"},
    "/v3/tenants-sync": {"tenants"},
    "/v1/devices/status": {"devices_status", "sensors_status"},
    "/v2/devices/status-sync": {"devices_status"},
    "/v2/sensors/status-sync": {"sensors_status"},
    "/v1/devices/properties": {"probes"},
}


async def body(guest: Guest, path: str) -> Any:
    status, told = await guest.at_once(path)
    assert status == 200
    return told


def scalars(value: object) -> list[object]:
    """Return everything in a body that is neither an object nor an array."""
    if isinstance(value, dict):
        return [found for member in value.values() for found in scalars(member)]
    if isinstance(value, list):
        return [found for member in value for found in scalars(member)]
    return [value]


@pytest.mark.parametrize(("path", "members"), REPLIES.items())
async def test_every_path_answers_and_is_to_end(guest: Guest, path: str, members: set[str]) -> None:
    assert set(await body(guest, path)) == members
    url = guest.simulator.base_url + path
    async with guest.http.get(url, headers=guest.headers) as response:
        assert response.content_type == "application/json"
        assert {"Deprecation", "Sunset"} <= set(response.headers)
    async with guest.http.get(url) as response:
        assert response.status == 401
    async with guest.http.head(url, headers=guest.headers) as response:
        assert response.status == 403


@pytest.mark.parametrize("path", REPLIES)
async def test_an_answer_can_be_too_large(guest: Guest, faults: Faults, path: str) -> None:
    faults.sync_limit = 20
    status, told = await guest.at_once(path)
    assert (status, told["type"]) == (413, "REQUEST_TOO_LARGE")


def test_the_limit_is_six_megabytes() -> None:
    assert Faults().sync_limit == 6 * 1024 * 1024


async def test_faults_of_the_answers_that_come_at_once(guest: Guest, faults: Faults) -> None:
    faults.only, faults.server_error = {"tenants.sync"}, 503
    assert (await guest.at_once("/v1/tenants"))[0] == 503
    assert (await guest.at_once("/v1/equipments"))[0] == 200
    assert (await guest.post("/v3/tenants"))[0] == 200


async def test_equipments(guest: Guest, fleet: Fleet) -> None:
    """What the rows say, nested, with a flag that is a text."""
    labor = fleet.sensor("3001")
    assert isinstance(labor, RadioSensor)
    windows = (
        Window(6 * HOUR, 22 * HOUR, band("Temperature", alarm=(1.0, 10.0))),
        Window(22 * HOUR, 6 * HOUR, band("Temperature", alarm=(2.0, 8.0))),
    )
    logger = fleet.logger("1001")
    fleet.set_equipment(logger, title="Fridge 1", part="Air", active=False, windows=windows)
    fleet.set_equipment(labor, title="Fridge 1", part="Core", active=False)
    fleet.remove_equipment(fleet.logger("1003"))
    equipments = (await body(guest, "/v2/equipments-sync"))["equipments"]
    by_title = {it["equipment_title"]: it for it in equipments}
    assert by_title.keys() == {"Fridge 1", "Depot", "Tür"}
    fridge, depot = by_title["Fridge 1"], by_title["Depot"]
    assert (fridge["is_active"], depot["is_active"]) == ("0", "1")
    parts = {it["equipment_parts_title"]: it for it in fridge["equipment_parts"]}
    assert parts.keys() == {"Air", "Core"}
    assert len(parts["Air"]["alarm_configurations"]) == 3
    (core,) = parts["Core"]["alarm_configurations"]
    assert depot["equipment_parts"][0]["alarm_configurations"] == []
    rows = {row["limit_values_uuid"]: row for row in await guest.rows("/v4/equipments")}
    row = rows[core["limit_values_uuid"]]
    flat = fridge | parts["Core"] | core | {"is_active": row["is_active"]}
    del flat["equipment_parts"], flat["alarm_configurations"]
    assert flat == row


async def test_tenants(guest: Guest) -> None:
    rows = await guest.rows("/v3/tenants")
    for path in ("/v1/tenants", "/v2/tenants-sync", "/v3/tenants-sync"):
        tenants = (await body(guest, path))["tenants"]
        assert list(tenants[0]) == TENANTS.split(",")
        assert sorted(map(str, tenants)) == sorted(map(str, rows))


async def test_status(guest: Guest, fleet: Fleet) -> None:
    """The first version says less than the second."""
    fleet.device("1002").outage(fleet.since)
    both = await body(guest, "/v1/devices/status")
    devices = (await body(guest, "/v2/devices/status-sync"))["devices_status"]
    sensors = (await body(guest, "/v2/sensors/status-sync"))["sensors_status"]
    assert [it["serial_no"] for it in devices] == ["1001", "1003", "2001"]
    assert [it["serial_no"] for it in sensors] == ["3001", "3002"]
    assert list(devices[0]) == STATUS_V3.split(",")
    assert list(sensors[0]) == SENSORS_V3.split(",")
    assert devices[0]["last_communication"] == f"{NOON:%Y-%m-%dT%H:%M:%SZ}"
    missing = {"customer_site"}
    assert both["devices_status"] == [
        {name: it[name] for name in it if name not in missing} for it in devices
    ]
    missing |= {"last_communication", "next_communication"}
    assert both["sensors_status"] == [
        {name: it[name] for name in it if name not in missing} for it in sensors
    ]


async def test_properties_are_all_texts(guest: Guest, fleet: Fleet) -> None:
    fleet.remove_equipment(fleet.logger("1003"))
    probes = (await body(guest, "/v1/devices/properties"))["probes"]
    assert {type(it) for it in scalars(probes)} == {str, type(None)}
    by_serial = {it["device_serial_no"]: it for it in probes}
    assert by_serial.keys() == {"1001", "1002", "1003", "2001"}
    fridge, gateway = by_serial["1001"], by_serial["2001"]
    assert fridge["device_display_name"] == "Kühlschrank"
    assert fridge["communication_log_time"] == "900000"
    flags = ("is_ethernetprobe", "is_wirelessprobe", "is_powersuppliable")
    assert [fridge[name] for name in flags] == ["0", "1", "1"]
    assert [gateway[name] for name in flags] == ["1", "0", "1"]
    assert [len(it["sensors"]) for it in probes] == [1, 1, 2, 2]
    (sensor,) = fridge["sensors"]
    (channel,) = sensor["channels"]
    assert sensor["sensor_is_active"] == "1"
    assert channel["channel_no"] == "1"
    assert channel["channel_id"] == str(fleet.logger("1001").sensors[0].channels[0].id)
    assert channel["physical_unit"] == "CELSIUS"
    assert channel["physical_unit_exponent"] == "1"
    assert channel["channel_measurement_log_time"] == "900000"
    assert (channel["is_external"], channel["is_calibration_possible"]) == ("0", "1")
    climate = by_serial["1002"]["sensors"][0]["channels"]
    assert [it["physical_unit"] for it in climate] == ["CELSIUS", "%rF", "CELSIUS", "g/m³"]
    assert [it["is_calibration_possible"] for it in climate] == ["1", "1", "0", "0"]
    door = gateway["sensors"][1]["channels"][0]
    assert (door["physical_unit"], door["physical_extension"]) == (None, "Door Contact")


async def test_properties_lead_to_equipment(guest: Guest, fleet: Fleet) -> None:
    """As the rows do; where there is none, to nothing."""
    fleet.remove_equipment(fleet.logger("1003"))
    fleet.add_gateway(fleet.sites[0], "Empty", serial="2002")
    rows = {
        row["sensor_serial_no"]: (row["equipment_uuid"], row["equipment_parts_uuid"])
        for row in await guest.rows("/v3/devices/properties")
    }
    probes = (await body(guest, "/v1/devices/properties"))["probes"]
    for probe in probes:
        for sensor in probe["sensors"]:
            equipment, part = rows[sensor["sensor_serial_no"]]
            assert (sensor["equipment_uuid"], sensor["equipment_parts_uuid"]) == (equipment, part)
            assert {it["equipment_parts_uuid"] for it in sensor["channels"]} == {part}
            assert probe["equipment_uuid"] == rows[probe["sensors"][0]["sensor_serial_no"]][0]
    by_serial = {it["device_serial_no"]: it for it in probes}
    assert by_serial["1001"]["equipment_uuid"] is not None
    assert by_serial["1003"]["equipment_uuid"] is None
    assert (by_serial["2002"]["equipment_uuid"], by_serial["2002"]["sensors"]) == (None, [])


async def test_another_unit(guest: Guest, faults: Faults) -> None:
    faults.fahrenheit = True
    probes = (await body(guest, "/v1/devices/properties"))["probes"]
    assert probes[0]["sensors"][0]["channels"][0]["physical_unit"] == "FAHRENHEIT"


async def test_wired_sensors_only_if_asked_for(guest: Guest, faults: Faults) -> None:
    faults.wired_sensors = True
    sensors = (await body(guest, "/v1/devices/status"))["sensors_status"]
    assert len(sensors) == 6
    assert sensors[0]["battery_level_percent"] is None
