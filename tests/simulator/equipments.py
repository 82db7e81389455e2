"""Rows of equipments (Saveris Data part 6.7)."""

from datetime import timedelta
from typing import TYPE_CHECKING

from . import texts
from .inventory import milliseconds, monitored, shown_unit, shown_value
from .premises import DAY, Window

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from .channels import Sensor
    from .faults import Faults, Row
    from .fleet import Fleet
    from .limits import Direction, Limit, Severity
    from .premises import Equipment

_UNITS: dict[str | None, str] = {"°C": "celsius", "°F": "fahrenheit", "%rF": "relative humidity"}
_PURPOSE = "Temperature monitoring"
_BOUNDS: dict[str, tuple[Direction, Severity]] = {
    "lower_violation": ("lower", "Alarm"),
    "lower_warning": ("lower", "Warning"),
    "upper_warning": ("upper", "Warning"),
    "upper_violation": ("upper", "Alarm"),
}


def equipment_rows(fleet: Fleet, faults: Faults, now: datetime) -> Iterator[Row]:
    """Yield one row for each alarm configuration of each part.

    A row has one unit and one time of day, so limits of several quantities are several rows. A
    part without any limits has one row that says nothing more.
    """
    for held, sensors in monitored(fleet):
        equipment = fleet.equipment(sensors[0])
        if equipment is None:
            continue
        head = _part_columns(fleet, equipment, sensors[0])
        windows = equipment.windows or (Window(timedelta(), DAY, held.limits(now)),)
        rows = [
            row for window in windows for row in _configurations(fleet, faults, window, sensors)
        ]
        for row in rows or [_configuration(fleet, faults, Window(timedelta(), DAY), sensors)]:
            yield head | row


def _part_columns(fleet: Fleet, equipment: Equipment, sensor: Sensor) -> Row:
    return {
        "tenant_uuid": fleet.tenant_uuid,
        "equipment_parts_uuid": equipment.part_uuid,
        "equipment_parts_title": equipment.part,
        "equipment_uuid": equipment.uuid,
        "equipment_title": equipment.title,
        "equipment_type_uuid": fleet.uuid_of("equipment type", equipment.kind),
        "equipment_type_title": equipment.kind,
        "equipment_parts_purpose_uuid": fleet.uuid_of("purpose", _PURPOSE),
        "equipment_parts_purpose_title": _PURPOSE,
        "area_uuid": fleet.uuid_of("area", sensor.device.site.id, equipment.area),
        "area_title": equipment.area,
        "processed_at": texts.utc(equipment.modified_at + fleet.lag),
        "last_modified_at": texts.utc(equipment.modified_at),
        "is_active": equipment.active,
    }


def _configurations(
    fleet: Fleet, faults: Faults, window: Window, sensors: list[Sensor]
) -> Iterator[Row]:
    """Yield the rows of a window: one for each quantity, or channel, that has limits."""
    watched = dict.fromkeys((limit.property, limit.channel) for limit in window.limits)
    for start, end in window.pieces():
        for key in watched:
            limits = tuple(it for it in window.limits if (it.property, it.channel) == key)
            yield _configuration(fleet, faults, Window(start, end, limits), sensors)


def _configuration(fleet: Fleet, faults: Faults, window: Window, sensors: list[Sensor]) -> Row:
    """Return the columns of one alarm configuration; all its limits are of one quantity."""
    first = window.limits[0] if window.limits else None
    channels = [channel for sensor in sensors for channel in sensor.channels]
    unit = next((it.unit for it in channels if first is not None and it.watched_by(first)), None)
    shown = shown_unit(unit, faults)
    delay = None if first is None else milliseconds(first.delay / fleet.speed)
    door = first is not None and first.property == "Door"
    told = {} if door else {(it.direction, it.severity): it for it in window.limits}

    def bound(limit: Limit | None) -> float | None:
        return None if limit is None else shown_value(limit.value, unit, faults)

    return {
        "limit_values_uuid": None
        if first is None
        else fleet.uuid_of(
            "limits", sensors[0].measuring_object.uuid, window.start, first.property, first.channel
        ),
        "door_contact_delay_in_ms": delay if door else None,
        "alarm_delay": delay,
        "display_unit": _UNITS.get(shown, shown),
        **{name: bound(told.get(key)) for name, key in _BOUNDS.items()},
        "measuring_rate": milliseconds(sensors[0].measuring),
        "valid_from_time": milliseconds(window.start),
        "valid_until_time": milliseconds(window.end),
    }
