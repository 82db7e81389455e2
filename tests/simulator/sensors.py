"""Rows of the status of sensors (Saveris Data part 6.6)."""

from typing import TYPE_CHECKING

from . import texts
from .channels import RadioSensor
from .curves import fraction, salt_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from .channels import Sensor
    from .faults import Faults, Row
    from .fleet import Fleet

_FIRMWARE = "1.3.2"


def sensor_status_rows(fleet: Fleet, faults: Faults, now: datetime, version: int) -> Iterator[Row]:
    """Yield one row for each radio sensor that ever made contact, as of `now` (UTC).

    Wired sensors come only if asked for, with the contacts of their logger and nothing else.
    """
    for device in tuple(fleet.devices):
        for sensor in tuple(device.sensors):
            if isinstance(sensor, RadioSensor):
                heard, grid = sensor.last_heard(now - fleet.lag), sensor.grid
            elif faults.wired_sensors:
                heard, grid = device.last_contact(now - fleet.lag), device.grid
            else:
                continue
            if heard is not None:
                yield _row(fleet, sensor, (heard, heard + grid.cycle_at(heard)), version)


def _row(fleet: Fleet, sensor: Sensor, contacts: tuple[datetime, datetime], version: int) -> Row:
    heard, following = map(texts.utc, contacts)
    battery = sensor.battery if isinstance(sensor, RadioSensor) else None
    radio = None
    if sensor.is_radio:
        radio = 35 + int(60 * fraction(salt_of(sensor.uuid), int(contacts[0].timestamp())))
    processed = texts.utc(sensor.upload(contacts[0]) + fleet.lag)
    common: Row = {
        "sensor_uuid": sensor.uuid,
        "tenant_uuid": fleet.tenant_uuid,
        "customer_site": sensor.device.site.id,
    }
    if version == 3:
        return common | {
            "fw_version": _FIRMWARE,
            "serial_no": sensor.serial,
            "model_code": sensor.model,
            "battery_level_percent": battery,
            "radio_level_percent": radio,
            "next_communication": following,
            "last_communication": heard,
            "processed_at": processed,
        }
    return common | {
        "serial_no": sensor.serial,
        "model_code": sensor.model,
        "production_date": "2025-11-03",
        "radio_level_percent": radio,
        "battery_level_percent": battery,
        "battery_temperature": None if battery is None else 4.5,
        "battery_voltage_mv": None if battery is None else 2800 + 8 * battery,
        "battery_predicted_remaining_operating_days": None if battery is None else 9 * battery,
        "last_communication_time": heard,
        "next_communication_time": following,
        "status_time": heard,
        "processed_at": processed,
    }
