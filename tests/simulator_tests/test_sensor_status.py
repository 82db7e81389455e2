"""What radio sensors say of themselves."""

from typing import Any

from tests.simulator import Faults, Fleet, Logger, RadioSensor

from .conftest import HOUR, NOON, Guest


async def sensor_status(guest: Guest, serial: str) -> dict[str, Any]:
    rows = await guest.rows("/v4/sensors/status")
    (row,) = [row for row in rows if row["serial_no"] == serial]
    return row


async def test_radio_sensors_say_how_they_are(guest: Guest, labor: RadioSensor) -> None:
    labor.battery = 45
    rows = await guest.rows("/v4/sensors/status")
    assert {row["serial_no"] for row in rows} == {"3001", "3002"}
    row = await sensor_status(guest, "3001")
    assert row["sensor_uuid"] == labor.uuid
    assert row["customer_site"] == labor.device.site.id
    assert row["battery_level_percent"] == 45
    assert row["battery_voltage_mv"] == 3160
    assert row["battery_predicted_remaining_operating_days"] == 405
    assert row["battery_temperature"] == 4.5
    assert 35 <= row["radio_level_percent"] < 95
    assert row["last_communication_time"] == "2026-07-01T12:00:00Z"
    assert row["next_communication_time"] == "2026-07-01T12:15:00Z"
    assert row["status_time"] == row["processed_at"] == "2026-07-01T12:00:00Z"


async def test_the_older_status_of_sensors(guest: Guest, labor: RadioSensor) -> None:
    rows = await guest.rows("/v3/sensors/status")
    row = next(row for row in rows if row["serial_no"] == "3001")
    assert row["fw_version"] == "1.3.2"
    assert row["battery_level_percent"] == labor.battery
    assert row["last_communication"] == "2026-07-01T12:00:00Z"
    assert row["next_communication"] == "2026-07-01T12:15:00Z"


async def test_a_sensor_that_is_not_heard(guest: Guest, labor: RadioSensor) -> None:
    """The other one is; both fall silent with their gateway."""
    labor.outage(NOON - 2 * HOUR)
    row = await sensor_status(guest, "3001")
    assert row["last_communication_time"] == "2026-07-01T09:45:00Z"
    assert (await sensor_status(guest, "3002"))["last_communication_time"].endswith("T12:00:00Z")
    labor.device.outage(NOON - 4 * HOUR)
    for serial in ("3001", "3002"):
        row = await sensor_status(guest, serial)
        assert row["last_communication_time"] == "2026-07-01T07:45:00Z"


async def test_a_sensor_that_was_never_heard(
    guest: Guest, fleet: Fleet, labor: RadioSensor
) -> None:
    labor.outage(fleet.since)
    rows = await guest.rows("/v4/sensors/status")
    assert [row["serial_no"] for row in rows] == ["3002"]
    labor.device.outage(fleet.since)
    assert await guest.rows("/v4/sensors/status") == []


async def test_wired_sensors_only_if_asked_for(
    guest: Guest, faults: Faults, logger: Logger
) -> None:
    faults.wired_sensors = True
    logger.outage(NOON - 2 * HOUR)
    rows = await guest.rows("/v4/sensors/status")
    assert len(rows) == 6
    row = next(row for row in rows if row["sensor_uuid"] == logger.sensors[0].uuid)
    assert row["last_communication_time"] == "2026-07-01T09:45:00Z"
    assert row["next_communication_time"] == "2026-07-01T10:00:00Z"
    assert {row[name] for name in row if "battery" in name or "radio" in name} == {None}


async def test_rows_that_come_twice(guest: Guest, faults: Faults) -> None:
    faults.duplicates = 1.0
    rows = await guest.rows("/v4/sensors/status")
    assert sorted(row["serial_no"] for row in rows) == ["3001", "3001", "3002", "3002"]
