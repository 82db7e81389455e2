"""Rows of the Smart Connect resources → values of the model.

Every parser takes one row and returns values or raises ``RowError`` with a reason that
is counted. Column names: Smart Connect reference, part 6 (live and schema spelling).
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import orjson

from ...monitoring.model import (
    Channel,
    Device,
    Inventory,
    Limit,
    Location,
    Sensor,
    Transition,
)
from ...monitoring.quantities import normal
from ..count import RowCount
from ..fields import (
    Row,
    RowError,
    boolean,
    derived,
    duration,
    identifier,
    integer,
    moment,
    needed,
    needed_moment,
    number,
    text,
)
from ..units import extension_of, unit_of

_MOST_DECIMALS = 10
_DIRECTIONS = ("upper", "lower")
_LIMITS = {
    "upperlimit": "upper",
    "highlimit": "upper",
    "lowerlimit": "lower",
    "lowlimit": "lower",
}


def location(row: Row) -> Iterator[Location]:
    """Parse a location."""
    yield Location(
        id=needed(row, "location_uuid"),
        name=text(row, "name", "location_name"),
        kind=normal(text(row, "location_type")),
        tenant=identifier(row, "tenant_uuid"),
    )


def transition(row: Row) -> Iterator[Transition]:
    """Parse a row of the alarm feed.

    Whether it was updated in place can only be told beside the others: its two times prove
    nothing.
    """
    state = normal(text(row, "alarm_status"))
    if state not in {"alarm", "ok"}:
        message = "unknown_alarm_status"
        raise RowError(message)
    at = needed_moment(row, "alarm_time", "last_status_change_time")
    kind, unit = normal(text(row, "alarm_type")) or "", text(row, "physical_unit")
    condition = _condition(text(row, "alarm_condition_type"))
    facts: dict[str, Any] = {
        "condition": condition,
        "severity": _code(text(row, "alarm_severity"), "asv") or "unknown",
        "property_name": _property(text(row, "physical_property_name", "physical_value")),
        "source_uuid": identifier(row, "alarm_source_uuid"),
        "serial": identifier(row, "serial_no"),
    }
    identity = identifier(row, "uuid") or derived(at, state, *facts.values())
    yield Transition(
        uuid=identity,
        raised=state == "alarm",
        at=at,
        received=moment(row, "processed_at"),
        changed=moment(row, "last_status_change_time"),
        # A system alarm may have a property, so that only its type tells it.
        system="system" in kind if kind else condition not in _DIRECTIONS,
        of_sensor="sensor" in kind,
        extension=extension_of(text(row, "physical_extension", "physical_value_extension"), unit),
        value=number(row, "alarm_value"),
        unit=unit_of(unit),
        site=identifier(row, "customer_site", "customer_site_uuid"),
        ends=identifier(row, "source_alarm_event_uuid") if state == "ok" else None,
        reason=text(row, "alarm_reason"),
        **facts,
    )


def limits(row: Row) -> Iterator[Limit]:
    """Parse the limits of a measuring object: JSON within a text, both spellings."""
    config = row.get("measurement_alarm_configuration")
    if config is None or config == "":
        return
    site = identifier(row, "customer_site")
    measuring_object = identifier(row, "measuring_object_uuid", "mo_uuid")
    try:
        tree = orjson.loads(config) if isinstance(config, str) else config
        found = [
            condition
            for group in tree.get("measurementAlarmConditionSet") or ()
            for condition in group.get("measurementAlarmConditions") or ()
        ]
        for condition in found:
            yield from _limit(site, measuring_object, condition)
    except (ValueError, AttributeError, TypeError) as err:
        message = "bad_limits"
        raise RowError(message) from err


def _limit(
    site: str | None, measuring_object: str | None, condition: dict[str, Any]
) -> Iterator[Limit]:
    direction = _condition(text(condition, "measurementAlarmConditionTypeId"))
    severity = _code(text(condition, "alarmSeverityId"), "asv")
    name = _code(text(condition.get("physicalProperty") or {}, "physicalValueId"), "pv")
    value = number(condition, "limitValue")
    if direction not in _DIRECTIONS or None in {severity, name, value}:
        return
    yield Limit(
        measuring_object=measuring_object,
        site=site,
        property_name=str(name),
        direction=str(direction),
        severity=str(severity),
        value=float(value or 0.0),
        unit=unit_of(text(condition, "physicalUnitId")),
        hysteresis=number(condition, "limitHysteresis") or 0.0,
        delay=duration(condition, "delay") or timedelta(),
    )


def inventory(rows: Iterable[Row], row_count: RowCount) -> Inventory:
    """Build the inventory from one row per channel; repeated rows do no harm."""
    devices: dict[str, dict[str, Any]] = {}
    sensors: dict[str, dict[str, dict[str, Any]]] = {}
    channels: dict[tuple[str, str], dict[int, Channel]] = {}
    tenants: dict[str, int] = {}

    def take(row: Row) -> Iterator[None]:
        device = needed(row, "device_uuid")
        serial = needed(row, "device_serial_no", "serial_no")
        known, facts = devices.get(device), _device(row, device, serial)
        if known is not None and facts["site"] is None:
            # Another channel of it tells where it is.
            facts["site"] = known["site"]
        devices[device] = facts
        if tenant := identifier(row, "tenant_uuid"):
            tenants[tenant] = tenants.get(tenant, 0) + 1
        sensor = identifier(row, "sensor_uuid")
        if sensor is None:
            return
        sensors.setdefault(device, {})[sensor] = _sensor(row, sensor)
        no = integer(row, "channel_no")
        if no is not None:
            channels.setdefault((device, sensor), {})[no] = _channel(row, no)
        yield None

    for _ in row_count.parse(rows, take):
        pass
    return Inventory(
        tenant=max(sorted(tenants), key=tenants.__getitem__, default=None),
        devices=tuple(
            Device(
                **facts,
                sensors=tuple(
                    Sensor(
                        **probe,
                        channels=tuple(
                            channel
                            for _, channel in sorted(channels.get((device, sensor), {}).items())
                        ),
                    )
                    for sensor, probe in sorted(sensors.get(device, {}).items())
                ),
            )
            for device, facts in sorted(devices.items())
        ),
    )


def _device(row: Row, uuid: str, serial: str) -> dict[str, Any]:
    category = normal(text(row, "device_category"))
    return {
        "uuid": uuid,
        "serial": serial,
        "category": category.upper() if category else None,
        "model": text(row, "device_model_code"),
        "firmware": text(row, "device_firmware_version"),
        "name": text(row, "device_display_name"),
        "site": identifier(row, "customer_site"),
        "active": boolean(row, "device_is_active") is not False,
        "measuring_cycle": duration(
            row, "device_measuring_cycle_effective", "device_measuring_cycle"
        ),
        "communication_cycle": duration(row, "device_communication_log_time"),
    }


def _sensor(row: Row, uuid: str) -> dict[str, Any]:
    return {
        "uuid": uuid,
        "serial": identifier(row, "sensor_serial_no") or uuid,
        "model": text(row, "sensor_model_code"),
        "firmware": text(row, "sensor_firmware_version"),
        "name": text(row, "sensor_display_name"),
        "radio": boolean(row, "sensor_is_radio") is True,
        "measuring_cycle": duration(
            row, "sensor_measuring_cycle_effective", "sensor_measuring_cycle"
        ),
    }


def _channel(row: Row, no: int) -> Channel:
    exponent = integer(row, "channel_physical_unit_exponent")
    decimals = None if exponent is None else abs(exponent)
    unit = text(row, "channel_physical_unit")
    return Channel(
        number=no,
        property_name=text(row, "channel_physical_property_name"),
        extension=extension_of(text(row, "channel_physical_extension"), unit),
        unit=unit_of(unit),
        part=identifier(row, "equipment_parts_uuid"),
        decimals=decimals if decimals is None or decimals <= _MOST_DECIMALS else None,
    )


def _code(value: str | None, prefix: str) -> str | None:
    """Return an enumeration without the prefix of its code spelling."""
    plain = normal(value)
    return plain.removeprefix(f"{prefix} ") if plain else None


def _condition(value: str | None) -> str | None:
    """Return ``upper`` or ``lower`` for limits, else the condition as delivered."""
    plain = _code(value, "mact")
    if plain is None:
        return None
    return _LIMITS.get(plain.replace(" ", ""), value)


def _property(value: str | None) -> str | None:
    """Return a property without the prefix of its code spelling."""
    plain = _code(value, "pv")
    return value if plain == normal(value) else str(plain).capitalize()
