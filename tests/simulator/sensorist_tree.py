"""Gateways, sensors and data sources as the Sensorist API lists them (part 3.2)."""

from typing import TYPE_CHECKING, Any

from . import texts
from .alarms import BROKEN, TIMEOUT, Pace, system_transitions
from .channels import RadioSensor
from .spans import merge

if TYPE_CHECKING:
    from datetime import datetime

    from .channels import Sensor
    from .devices import Device, Gateway, Logger
    from .faults import Row
    from .fleet import Fleet
    from .sensorist_account import SensoristAccount
    from .sensorist_ask import Asked
    from .sensorist_sources import Source

_UNITS = {texts.CELSIUS: 1, "%": 2, "v": 3, texts.FAHRENHEIT: 4, "ppm": 12}
_SIGNAL_UNIT, _OTHER_UNIT = 6, 19


def stamp(at: datetime) -> str:
    """Write an instant (UTC) as replies print it."""
    return f"{at:%Y-%m-%dT%H:%M:%S}+0000"


def gateways(cloud: SensoristAccount, asked: Asked) -> Row:
    """Return the tree; slaves only when asked for."""
    odd = cloud.odd
    serials = asked.given.get("serials")
    since = asked.instant("from")
    rows: list[Any] = [
        gateway_row(cloud, device, asked.now)
        for device in cloud.tree.gateways(odd)
        if (device.serial not in odd.masters or asked.given.get("with_slaves", "0") != "0")
        and (serials is None or device.serial in serials.split(","))
        and (since is None or device.since > since)
    ]
    if odd.broken_rows:
        rows[:0] = ["torn", {"serial": "00000000", "title": "Without an id", "devices": []}]
    return {"gateways": rows}


def gateway_row(cloud: SensoristAccount, device: Logger | Gateway, now: datetime) -> Row:
    """Return a gateway with its sensors."""
    masters = {it.serial: it for it in cloud.tree.gateways(cloud.odd)}
    master = masters.get(cloud.odd.masters.get(device.serial, ""))
    sensors: list[Any] = [sensor_row(cloud, it, now) for it in tuple(device.sensors)]
    if cloud.odd.broken_rows:
        sensors[:0] = ["torn", {"serial": "00000000", "devices": None}]
    return {
        "id": cloud.tree.gateway_id(device),
        "serial": device.serial,
        "title": device.name,
        "firmware": device.firmware,
        "type": {"id": 10, "name": "B16"},
        "disconnected_date": _date(lost_since(cloud.fleet, device, now)),
        "master_id": None if master is None else cloud.tree.gateway_id(master),
        "ipv4": "203.0.113.10",
        "local_ipv4": "192.0.2.10",
        "devices": sensors,
    }


def sensor_row(cloud: SensoristAccount, sensor: Sensor, now: datetime) -> Row:
    """Return a sensor with its data sources."""
    rows: list[Any] = [_source_row(cloud, it, now) for it in cloud.tree.sources(sensor)]
    if cloud.odd.broken_rows:
        rows[:0] = ["torn", {"title": "Without an id"}, {"id": 1, "type": None}]
    return {
        "id": cloud.tree.sensor_id(sensor),
        "serial": sensor.serial,
        "title": sensor.name,
        "firmware": "1.99",
        "type": {"id": 4, "name": "S2.0"},
        "disconnected_date": _date(_unheard_since(cloud.fleet, sensor, now)),
        "current_gateway_id": cloud.tree.gateway_id(current_gateway(cloud, sensor)),
        "devices": rows,
    }


def current_gateway(cloud: SensoristAccount, sensor: Sensor) -> Device:
    """Return the gateway that a sensor tells to be its own."""
    serial = cloud.odd.current_gateways.get(sensor.serial)
    return sensor.device if serial is None else cloud.fleet.device(serial)


def _source_row(cloud: SensoristAccount, source: Source, now: datetime) -> Row:
    measure, unit = source.measure, source.shown_unit(cloud.odd)
    unit_id = _UNITS.get(unit, _OTHER_UNIT)
    if source.channel is None and unit == "%":
        unit_id = _SIGNAL_UNIT
    return {
        "id": source.id,
        "title": source.title,
        "serial": f"t{measure.type}p{source.number}xxxx",
        "interval": int(source.grid.cycle.total_seconds()),
        "subtype": measure.subtype,
        "disconnected_date": _date(_broken_since(cloud.fleet, source, now)),
        "devices": [],
        "type": {
            "id": measure.type,
            "name": measure.name,
            "precision": measure.precision,
            "capability": measure.capability,
            "unit": {"id": unit_id, "name": unit},
        },
    }


# --- Who is lost, as far as it is told ------------------------------------------------------------


def pace_of(fleet: Fleet) -> Pace:
    """Return how quick a fleet and its cloud are."""
    return Pace(fleet.lag, fleet.connection_timeout, fleet.speed)


def lost_since(fleet: Fleet, device: Device, now: datetime) -> datetime | None:
    """Return the last contact of a device whose silence is told by now (UTC), else None."""
    told = [it for it in system_transitions(device, pace_of(fleet)) if it.condition == TIMEOUT]
    told = [it for it in told if it.visible_at <= now]
    if not told or not told[-1].raised:
        return None
    return device.last_contact(now) or device.since


def _unheard_since(fleet: Fleet, sensor: Sensor, now: datetime) -> datetime | None:
    """Return when a sensor was lost; whose gateway is lost is not heard either."""
    if isinstance(sensor, RadioSensor):
        for span in merge(sensor.lost):
            missed = sensor.grid.at_or_after(span.start)
            told, heard_again = missed + fleet.connection_timeout, sensor.upload(missed)
            if missed < span.end and told < heard_again and told <= now - fleet.lag < heard_again:
                return sensor.last_heard(now) or sensor.device.since
    return lost_since(fleet, sensor.device, now)


def _broken_since(fleet: Fleet, source: Source, now: datetime) -> datetime | None:
    """Return since when a channel measures nothing because its sensor is broken."""
    if source.channel is None:
        return None
    told = [
        it
        for it in system_transitions(source.sensor.device, pace_of(fleet))
        if it.condition == BROKEN and it.sensor is source.sensor and it.visible_at <= now
    ]
    return told[-1].at if told and told[-1].raised else None


def _date(at: datetime | None) -> str | None:
    return None if at is None else stamp(at)
