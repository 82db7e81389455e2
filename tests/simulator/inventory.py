"""Rows of device properties, locations and measuring objects (API parts 6.1, 6.6, 6.7)."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from . import columns, texts
from .devices import Gateway, Logger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .channels import Channel, Sensor
    from .faults import Faults, Row
    from .fleet import Fleet
    from .limits import Limit, MeasuringObject
    from .premises import Equipment

_MILLISECOND = timedelta(milliseconds=1)
_CODES = {
    "°C": "PU_DEGREE_CELSIUS",
    "°F": "PU_DEGREE_FAHRENHEIT",
    "%rF": "PU_PERCENT_HUMIDITY",
    "hPa": "PU_PRESSURE_HECTOPASCAL",
}


def milliseconds(duration: timedelta) -> int:
    """Write a duration as rows do."""
    return round(duration / _MILLISECOND)


def property_code(name: str) -> str:
    """Return the code of a property as alarms name it."""
    return f"PV_{name.upper()}"


def unit_code(unit: str | None) -> str | None:
    """Return the code of a unit."""
    return None if unit is None else _CODES.get(unit, f"PU_{unit.upper()}")


def shown_unit(unit: str | None, faults: Faults) -> str | None:
    """Return a unit as the account shows it."""
    return texts.FAHRENHEIT if faults.fahrenheit and unit == texts.CELSIUS else unit


def shown_value(value: float, unit: str | None, faults: Faults) -> float:
    """Return a value as the account shows it; `unit` is that of the channel."""
    return value * 9 / 5 + 32 if faults.fahrenheit and unit == texts.CELSIUS else value


def property_rows(fleet: Fleet, faults: Faults, now: datetime, *, equipment: bool) -> Iterator[Row]:
    """Yield one row for each channel; sensorless gateways only if asked for.

    With `equipment` each channel names the equipment that it watches, if there is one.
    """
    for device in tuple(fleet.devices):
        head = _device_columns(fleet, device, now)
        empty = dict.fromkeys(columns.PROPERTIES[len(head) :])
        if not device.sensors and faults.sensorless_gateway:
            yield head | empty
        for sensor in tuple(device.sensors):
            middle = _sensor_columns(sensor, now - fleet.lag)
            held = fleet.equipment(sensor) if equipment else None
            for channel in sensor.channels:
                yield head | middle | _channel_columns(channel, held, faults)


def _device_columns(fleet: Fleet, device: Logger | Gateway, now: datetime) -> Row:
    grids = [sensor.grid for sensor in device.sensors] or [device.grid]
    effective = min(grid.cycle_at(now - fleet.lag) for grid in grids)
    return {
        "tenant_uuid": fleet.tenant_uuid,
        "customer_site": device.site.id,
        "device_uuid": device.uuid,
        "device_category": device.category,
        "device_serial_no": device.serial,
        "device_model_code": device.model,
        "device_firmware_version": device.firmware,
        "device_supported_battery_types": (
            ["AA_LITHIUM", "AA_ALKALINE"] if device.battery is not None else None
        ),
        "device_display_name": device.name,
        "device_is_active": texts.flag(device.active(now)),
        "device_communication_log_time": milliseconds(device.communication),
        "device_measuring_cycle": milliseconds(min(grid.cycle for grid in grids)),
        "device_measuring_cycle_effective": milliseconds(effective),
        "device_is_ethernetprobe": texts.flag(isinstance(device, Gateway)),
        "device_is_powersuppliable": "true",
        "device_is_wirelessprobe": texts.flag(isinstance(device, Logger)),
        "device_last_modified": texts.utc(device.modified_at),
    }


def _sensor_columns(sensor: Sensor, known: datetime) -> Row:
    """Return what is told of a sensor; `known` is until when its device has been heard (UTC)."""
    return {
        "sensor_uuid": sensor.uuid,
        "sensor_serial_no": sensor.serial,
        "sensor_model_code": sensor.model,
        "sensor_firmware_version": "1.3.2",
        "sensor_display_name": sensor.name,
        "sensor_is_wired": texts.flag(not sensor.is_radio),
        "sensor_is_radio": texts.flag(sensor.is_radio),
        "sensor_is_connected": texts.flag(sensor.connected),
        "sensor_measuring_cycle": milliseconds(sensor.measuring),
        "sensor_measuring_cycle_effective": milliseconds(sensor.grid.cycle_at(known)),
        "sensor_last_modified": texts.utc(sensor.modified_at),
    }


def _channel_columns(channel: Channel, held: Equipment | None, faults: Faults) -> Row:
    return {
        "channel_id": channel.id,
        "channel_no": channel.number,
        "channel_physical_unit": shown_unit(channel.unit, faults),
        "channel_physical_property_name": channel.property,
        "channel_physical_extension": channel.extension,
        "channel_physical_unit_exponent": channel.spec.exponent,
        "channel_attenuation": 0.0,
        "channel_is_external": texts.flag(channel.spec.external),
        "channel_is_calibration_possible": texts.flag(channel.spec.derive is None),
        "equipment_uuid": held.uuid if held else None,
        "equipment_parts_uuid": held.part_uuid if held else None,
        "channel_last_modified": texts.utc(channel.sensor.modified_at),
    }


def location_rows(fleet: Fleet, faults: Faults) -> Iterator[Row]:
    """Yield the customer as root, then the sites."""
    name = "location_name" if faults.schema_names else "name"
    root = fleet.customer_uuid

    def row(uuid: str, text: str, parent: str | None, since: datetime) -> Row:
        return {
            "tenant_uuid": fleet.tenant_uuid,
            "location_uuid": uuid,
            "parent_uuid": parent,
            name: text,
            "location_type": "Measurement site" if parent else "Customer",
            "parent_location_type": "Customer" if parent else None,
            "location_subtype": None,
            "valid_from": texts.utc_ms(since),
            "last_modified_at": texts.utc_ms(since),
        }

    yield row(root, fleet.customer, None, fleet.since)
    for site in tuple(fleet.sites):
        yield row(site.id, site.name, root, site.since)


def monitored(fleet: Fleet) -> Iterator[tuple[MeasuringObject, list[Sensor]]]:
    """Yield each logger's or radio sensor's measuring object with the sensors that it watches."""
    for device in tuple(fleet.devices):
        owned: dict[MeasuringObject, list[Sensor]] = {}
        for sensor in device.sensors:
            owned.setdefault(sensor.measuring_object, []).append(sensor)
        yield from owned.items()


def measuring_object_rows(fleet: Fleet, faults: Faults, now: datetime) -> Iterator[Row]:
    """Yield one object for each logger or radio sensor that ever had limits."""
    for held, sensors in monitored(fleet):
        if held.terms:
            yield _object_row(fleet, faults, now, held, sensors)


def _object_row(
    fleet: Fleet, faults: Faults, now: datetime, held: MeasuringObject, sensors: list[Sensor]
) -> Row:
    channels = [channel for sensor in sensors for channel in sensor.channels]
    conditions = [_condition(limit, channels, faults, fleet.speed) for limit in held.limits(now)]
    configuration = {
        "measurementAlarmConditionSet": [{"measurementAlarmConditions": conditions}],
        "alarmConfigurationBackReference": held.uuid,
    }
    assignments = [{"channel_id": channel.id} for channel in channels]
    return {
        "customer_uuid": fleet.tenant_uuid,
        "mo_uuid" if faults.schema_names else "measuring_object_uuid": held.uuid,
        "product_family_id": "savr",
        "customer_site": sensors[0].device.site.id,
        "version_timestamp": texts.utc_ms(held.changed_at),
        "measurement_alarm_configuration": orjson.dumps(configuration).decode(),
        "channel_assignments": orjson.dumps(assignments).decode() if faults.schema_names else None,
        "measuring_instructions": None,
        "valid_from": texts.utc_ms(held.since),
    }


def _condition(
    limit: Limit, channels: list[Channel], faults: Faults, speed: float
) -> dict[str, Any]:
    unit = next((channel.unit for channel in channels if channel.watched_by(limit)), None)
    shown = shown_unit(unit, faults)
    condition = f"{limit.direction.capitalize()} limit"
    severity: str = limit.severity
    quantity = limit.property
    if faults.schema_names:
        condition = f"MACT_{limit.direction.upper()}_LIMIT"
        severity = f"ASV_{severity.upper()}"
        quantity = property_code(quantity)
        shown = unit_code(shown)
    scale = shown_value(1.0, unit, faults) - shown_value(0.0, unit, faults)
    return {
        "measurementAlarmConditionTypeId": condition,
        "alarmSeverityId": severity,
        "physicalProperty": {"physicalValueId": quantity},
        "limitValue": shown_value(limit.value, unit, faults),
        "limitHysteresis": limit.hysteresis * scale,
        "delay": milliseconds(limit.delay / speed),
        "physicalUnitId": shown,
    }
