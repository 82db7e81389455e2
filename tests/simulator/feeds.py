"""Rows of measurements, alarms and device status (API parts 6.2 to 6.5)."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from . import texts
from .curves import fraction, salt_of
from .devices import Gateway, Logger
from .inventory import shown_unit, shown_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .alarms import Transition
    from .channels import Channel, Reading
    from .faults import Faults, Row
    from .fleet import Fleet

_EMPTY_BATTERY = 4
_TYPES = {
    "measurement": "measurement alarm",
    "device": "device system alarm",
    "sensor": "sensor system alarm",
}


def measurement_rows(fleet: Fleet, faults: Faults, readings: Iterable[Reading]) -> Iterator[Row]:
    """Yield the rows of readings."""
    template: Row = {}
    current: Channel | None = None
    # Rows of one sensor come together, so templates of its channels are all that is kept.
    templates: dict[Channel, Row] = {}
    zone, with_z = fleet.local_zone, faults.local_time_with_z
    for channel, at, value, visible_at, uuid in readings:
        if channel is not current:
            if current is None or channel.sensor is not current.sensor:
                templates = {}
            current = channel
            template = templates.get(channel) or _template(fleet, channel, faults)
            templates[channel] = template
        row = template.copy()
        row["uuid"] = uuid
        row["timestamp"] = texts.utc(at)
        row["timestamp_local"] = texts.local(at, zone, with_z=with_z)
        row["measurement"] = value if value is None else shown_value(value, channel.unit, faults)
        row["processed_at"] = texts.utc(visible_at)
        yield row


def _template(fleet: Fleet, channel: Channel, faults: Faults) -> Row:
    """Return the row of a channel with everything that is the same in all its readings."""
    sensor = channel.sensor
    return {
        "uuid": None,
        "sensor_uuid": sensor.uuid,
        "channel_no": channel.number,
        "serial_no": sensor.serial,
        "model_code": sensor.model,
        "tenant_uuid": fleet.tenant_uuid,
        "customer_site": sensor.device.site.id,
        "timestamp": None,
        "timestamp_local": None,
        "measurement": None,
        "physical_property_name": channel.property,
        "physical_unit": shown_unit(channel.unit, faults),
        "physical_extension": channel.extension,
        "processed_at": None,
    }


def alarm_rows(
    fleet: Fleet, faults: Faults, now: datetime, period: tuple[datetime, datetime]
) -> Iterator[Row]:
    """Yield the transitions of a period that are visible at `now` (all UTC).

    In the world with one row for each violation, the row carries its recovery once that is visible.
    """
    start, end = period
    filtered = "processed_at" if fleet.alarms_by_processing else "alarm_time"
    for row in fleet.alarm_log:
        if start <= _at(row[filtered]) < end and _at(row["processed_at"]) <= now:
            yield row.copy()
    if not faults.in_place_alarms:
        for transition in fleet.transitions(start, end, visible_at=now):
            yield _alarm_row(fleet, transition, faults)
        return
    seen = fleet.transitions(start, max(now, end), visible_at=now)
    recoveries = {transition.source_uuid: transition for transition in seen}
    for transition in seen:
        if transition.raised and transition.at < end:
            row = _alarm_row(fleet, transition, faults)
            recovery = recoveries.get(transition.uuid)
            if recovery is not None:
                later = _alarm_row(fleet, recovery, faults)
                for name in (
                    "alarm_reason",
                    "alarm_status",
                    "last_status_change_time",
                    "alarm_value",
                    "processed_at",
                ):
                    row[name] = later[name]
            yield row


def _at(told: str) -> datetime:
    return datetime.fromisoformat(told)


def _alarm_row(fleet: Fleet, transition: Transition, faults: Faults) -> Row:
    channel, sensor, device = transition.channel, transition.sensor, transition.device
    value: float | None = None
    if channel is not None and transition.value is not None:
        value = shown_value(transition.value, channel.unit, faults)
    schema = faults.schema_names
    # Live rows carry the last change up to a minute after the alarm time, a few even later.
    changed = transition.at + timedelta(seconds=int(91 * fraction(salt_of(transition.uuid), 0)))
    type_ = _TYPES[transition.kind]
    # Live rows of system alarms often tell a property, which does not make them others.
    about = channel or (sensor.channels[0] if sensor and sensor.channels else None)
    return {
        "uuid": transition.uuid,
        "alarm_reason": transition.reason,
        "alarm_status": "Alarm" if transition.raised else "Ok",
        "last_status_change_time": texts.utc(changed),
        "alarm_condition_type": transition.condition,
        "alarm_severity": transition.severity,
        "alarm_time": texts.utc(transition.at),
        "alarm_time_local": texts.local(
            transition.at, fleet.local_zone, with_z=faults.local_time_with_z
        ),
        "alarm_value": value if schema or value is None else repr(value),
        "physical_unit": shown_unit(channel.unit, faults) if channel else None,
        "physical_value" if schema else "physical_property_name": (
            about.alarm_property if about else None
        ),
        "physical_value_extension" if schema else "physical_extension": (
            about.alarm_extension if about else None
        ),
        "alarm_source_uuid": sensor.uuid if sensor else device.uuid,
        "serial_no": transition.serial,
        "tenant_uuid": fleet.tenant_uuid,
        "customer_site_uuid" if schema else "customer_site": device.site.id,
        "alarm_type": type_.replace("measurement ", "measurement_") if schema else type_,
        "source_alarm_event_uuid": (
            None if faults.without_source_event else transition.source_uuid
        ),
        "processed_at": texts.utc(transition.visible_at),
    }


def status_rows(fleet: Fleet, now: datetime, version: int) -> Iterator[Row]:
    """Yield one row for each logger and gateway that ever made contact, as of `now` (UTC).

    Everything in it is what the device said at its last contact. Radio sensors do not appear.
    """
    for device in tuple(fleet.devices):
        contact = device.last_contact(now - fleet.lag)
        if contact is not None:
            yield _status_row(fleet, device, contact, version)


def _status_row(fleet: Fleet, device: Logger | Gateway, contact: datetime, version: int) -> Row:
    wifi = isinstance(device, Logger)
    seen, following = texts.utc(contact), texts.utc(contact + device.grid.cycle_at(contact))
    common: Row = {
        "device_uuid": device.uuid,
        "tenant_uuid": fleet.tenant_uuid,
        "customer_site": device.site.id,
        "serial_no": device.serial,
        "model_code": device.model,
    }
    connection = "WIFI" if wifi else "ETHERNET"
    low = any(contact in span for span in device.battery_lows)
    battery = device.battery if device.battery is None or not low else _EMPTY_BATTERY
    radio = (
        55 + int(40 * fraction(salt_of(device.uuid), int(contact.timestamp()))) if wifi else None
    )
    powered = device.mains and not any(contact in span for span in device.power_losses)
    processed = texts.utc(contact + fleet.lag)
    if version == 3:
        return common | {
            "connection_type": f"CT_{connection}",
            "battery_level_percent": battery,
            "radio_level_percent": radio,
            "fw_version": device.firmware,
            "is_powersupply_on": powered,
            "last_communication": seen,
            "next_communication": following,
            "last_measurement_time": _last_measurement(device, contact),
            "processed_at": processed,
        }
    return common | {
        "production_date": "2025-11-03",
        "connection_type": connection,
        "radio_level_percent": radio,
        "battery_level_percent": battery,
        "battery_temperature": 21.5 if battery is not None else None,
        "is_powersupply_on": powered,
        "last_communication_time": seen,
        "next_communication_time": following,
        "status_time": seen,
        "processed_at": processed,
    }


def _last_measurement(device: Logger | Gateway, contact: datetime) -> str | None:
    """Return the time of the last measurement; a gateway measures nothing itself."""
    if isinstance(device, Gateway) or not device.sensors:
        return None
    return texts.utc(device.sensors[0].grid.at_or_before(contact))
