"""Answers that come at once, all of them of deprecated interfaces (Saveris Data part 5)."""

from typing import TYPE_CHECKING, Any, NamedTuple

from . import texts
from .columns import Resource
from .equipments import equipment_rows
from .feeds import status_rows
from .inventory import milliseconds, shown_unit
from .sensors import sensor_status_rows
from .tenants import tenant_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from .channels import Channel, Sensor
    from .devices import Gateway, Logger
    from .faults import Faults, Row
    from .fleet import Fleet

type Body = dict[str, list[dict[str, Any]]]

_UNITS = {"°C": "CELSIUS", "°F": "FAHRENHEIT"}
_PART = (
    "equipment_parts_uuid",
    "equipment_parts_title",
    "equipment_parts_purpose_title",
    "equipment_parts_purpose_uuid",
)
_CONFIGURATION = (
    "limit_values_uuid",
    "door_contact_delay_in_ms",
    "alarm_delay",
    "display_unit",
    "measuring_rate",
    "lower_violation",
    "lower_warning",
    "upper_warning",
    "upper_violation",
    "valid_from_time",
    "valid_until_time",
)
_NOT_IN_V1_DEVICES = {"customer_site"}
_NOT_IN_V1_SENSORS = {"customer_site", "next_communication", "last_communication"}


class Reply(NamedTuple):
    """What a synchronous path answers, from the fleet, the faults and the time (UTC)."""

    resource: Resource
    body: Callable[[Fleet, Faults, datetime], Body]


def _equipments(fleet: Fleet, faults: Faults, now: datetime) -> Body:
    """Nest configurations in parts, and parts in equipments."""
    equipments: dict[str, dict[str, Any]] = {}
    parts: dict[str, dict[str, Any]] = {}
    for row in equipment_rows(fleet, faults, now):
        equipment = equipments.get(row["equipment_uuid"])
        if equipment is None:
            own = {key: row[key] for key in row if key not in {*_PART, *_CONFIGURATION}}
            equipment = own | {"is_active": _digit(row["is_active"]), "equipment_parts": []}
            equipments[row["equipment_uuid"]] = equipment
        part = parts.get(row["equipment_parts_uuid"])
        if part is None:
            part = {key: row[key] for key in _PART} | {"alarm_configurations": []}
            parts[row["equipment_parts_uuid"]] = part
            equipment["equipment_parts"].append(part)
        if row["limit_values_uuid"] is not None:
            part["alarm_configurations"].append({key: row[key] for key in _CONFIGURATION})
    return {"equipments": list(equipments.values())}


def _tenants(fleet: Fleet, _faults: Faults, _now: datetime) -> Body:
    return {"tenants": list(tenant_rows(fleet))}


def _devices_status(fleet: Fleet, _faults: Faults, now: datetime) -> Body:
    return {"devices_status": list(status_rows(fleet, now, 3))}


def _sensors_status(fleet: Fleet, faults: Faults, now: datetime) -> Body:
    return {"sensors_status": list(sensor_status_rows(fleet, faults, now, 3))}


def _all_status(fleet: Fleet, faults: Faults, now: datetime) -> Body:
    """Return devices and sensors together, which say less here than in the second version."""
    devices = _devices_status(fleet, faults, now)["devices_status"]
    sensors = _sensors_status(fleet, faults, now)["sensors_status"]
    return {
        "devices_status": [_without(row, _NOT_IN_V1_DEVICES) for row in devices],
        "sensors_status": [_without(row, _NOT_IN_V1_SENSORS) for row in sensors],
    }


def _properties(fleet: Fleet, faults: Faults, _now: datetime) -> Body:
    return {"probes": [_probe(fleet, faults, device) for device in tuple(fleet.devices)]}


def _probe(fleet: Fleet, faults: Faults, device: Logger | Gateway) -> dict[str, Any]:
    sensors = tuple(device.sensors)
    wifi = device.category == "LOGGER"
    return {
        "tenant_uuid": fleet.tenant_uuid,
        "customer_site": device.site.id,
        "device_uuid": device.uuid,
        "device_serial_no": device.serial,
        "device_model_code": device.model,
        "device_firmware_version": device.firmware,
        "device_display_name": device.name,
        "communication_log_time": str(milliseconds(device.communication)),
        "is_ethernetprobe": _digit(not wifi),
        "is_powersuppliable": "1",
        "is_wirelessprobe": _digit(wifi),
        "equipment_uuid": _links(fleet, sensors[0])["equipment_uuid"] if sensors else None,
        "created_at": texts.utc(device.since),
        "sensors": [_sensor(fleet, faults, sensor) for sensor in sensors],
    }


def _sensor(fleet: Fleet, faults: Faults, sensor: Sensor) -> dict[str, Any]:
    links = _links(fleet, sensor)
    return {
        "sensor_uuid": sensor.uuid,
        "sensor_serial_no": sensor.serial,
        "sensor_model_code": sensor.model,
        "sensor_firmware_version": "1.3.2",
        "sensor_display_name": sensor.name,
        "sensor_is_active": "1",
        **links,
        "channels": [
            _channel(faults, channel, links["equipment_parts_uuid"]) for channel in sensor.channels
        ],
    }


def _channel(faults: Faults, channel: Channel, part: str | None) -> dict[str, str | None]:
    unit = shown_unit(channel.unit, faults)
    return {
        "channel_id": str(channel.id),
        "channel_no": str(channel.number),
        "channel_measurement_log_time": str(milliseconds(channel.sensor.measuring)),
        "physical_unit": None if unit is None else _UNITS.get(unit, unit),
        "physical_property_name": channel.property,
        "physical_extension": channel.extension,
        "physical_unit_exponent": str(channel.spec.exponent),
        "attenuation": "0",
        "is_external": _digit(channel.spec.external),
        "is_calibration_possible": _digit(channel.spec.derive is None),
        "equipment_parts_uuid": part,
        "limit_values_uuid": None,
    }


def _links(fleet: Fleet, sensor: Sensor) -> dict[str, str | None]:
    held = fleet.equipment(sensor)
    return {
        "equipment_uuid": held.uuid if held else None,
        "equipment_parts_uuid": held.part_uuid if held else None,
    }


def _digit(value: bool) -> str:  # noqa: FBT001 - a conversion
    return "1" if value else "0"


def _without(row: Row, names: set[str]) -> Row:
    return {name: value for name, value in row.items() if name not in names}


REPLIES: Mapping[str, Reply] = {
    "/v1/equipments": Reply(Resource.EQUIPMENTS, _equipments),
    "/v2/equipments-sync": Reply(Resource.EQUIPMENTS, _equipments),
    "/v1/tenants": Reply(Resource.TENANTS, _tenants),
    "/v2/tenants-sync": Reply(Resource.TENANTS, _tenants),
    "/v3/tenants-sync": Reply(Resource.TENANTS, _tenants),
    "/v1/devices/status": Reply(Resource.STATUS, _all_status),
    "/v2/devices/status-sync": Reply(Resource.STATUS, _devices_status),
    "/v2/sensors/status-sync": Reply(Resource.SENSOR_STATUS, _sensors_status),
    "/v1/devices/properties": Reply(Resource.PROPERTIES, _properties),
}
