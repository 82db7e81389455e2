"""Gateways, sensors and data sources: three levels that only their depth tells apart.

Facts: Sensorist reference, part 3.2.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from ...monitoring.model import GATEWAY, Channel, Device, DeviceStatus, Inventory, Sensor
from ..count import RowCount
from ..fields import LARGEST_INTEGER, Row, RowError, integer, moment, text
from ..units import unit_of

_TECHNICAL: Final = frozenset({"batt", "wireless"})
_PROPERTIES: Final = {
    "temp": "Temperature",
    "humi": "Humidity",
    "batt": "Voltage",
    "wireless": "Wireless",
    # Not seen, but told so by the unit that goes with them: what is not sure has no own class.
    "pres": "Pressure",
    "lumi": "Illuminance",
    "xtra": "Extra",
    "misc": "Other value",
}
_MOST_DECIMALS = 6
_LONGEST_INTERVAL = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A data source: a channel, and where it is asked for."""

    id: int
    sensor: str
    """The uuid of its sensor."""
    gateway: int
    """The id of the gateway with which it is asked for."""
    parent: int
    """The id of what it is listed under."""
    channel: Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """All that an account has."""

    inventory: Inventory = field(default_factory=Inventory)
    statuses: Mapping[str, DeviceStatus] = field(default_factory=dict)
    """By the uuids of gateways and sensors."""
    sources: Mapping[int, Source] = field(default_factory=dict)


def gateway_uuid(number: int) -> str:
    """Return the uuid of a gateway."""
    return f"gateway_{number}"


def sensor_uuid(number: int) -> str:
    """Return the uuid of a sensor."""
    return f"sensor_{number}"


def tree(rows: list[Any], tenant: str | None, row_count: RowCount) -> Tree:
    """Build the tree; a row that makes no sense is counted, and the rest goes on."""
    devices: list[Device] = []
    statuses: dict[str, DeviceStatus] = {}
    sources: dict[int, Source] = {}
    for row in _each(rows, row_count):
        number = _id(row)
        sensors: list[Sensor] = []
        for inner in _each(row.get("devices"), row_count):
            sensor, found = _sensor(inner, number, row_count)
            sensors.append(sensor)
            sources |= {it.id: it for it in found}
            statuses[sensor.uuid] = _status(inner, sensor.uuid)
        uuid = gateway_uuid(number)
        statuses[uuid] = _status(row, uuid)
        devices.append(
            Device(
                uuid=uuid,
                serial=text(row, "serial") or str(number),
                category=GATEWAY,
                model=_type(row),
                firmware=text(row, "firmware"),
                name=text(row, "title"),
                sensors=tuple(sensors),
            )
        )
    return Tree(
        inventory=Inventory(tenant=tenant, devices=tuple(devices)),
        statuses=statuses,
        sources=sources,
    )


def grouped(sources: Iterable[Source], key: Callable[[Source], int]) -> Iterable[list[Source]]:
    """Return data sources that belong together."""
    groups: dict[int, list[Source]] = {}
    for it in sources:
        groups.setdefault(key(it), []).append(it)
    return groups.values()


def _each(rows: Any, row_count: RowCount) -> Iterator[Row]:
    """Yield what is an object with an id, and count the rest."""
    return row_count.parse(row_count.objects(rows if isinstance(rows, list) else ()), _identified)


def _identified(row: Row) -> Iterator[Row]:
    _id(row)
    yield row


def _id(row: Row) -> int:
    number = integer(row, "id")
    if number is None or not 0 < number <= LARGEST_INTEGER:
        message = "no_id"
        raise RowError(message)
    return number


def _sensor(row: Row, parent: int, row_count: RowCount) -> tuple[Sensor, list[Source]]:
    number, uuid = _id(row), sensor_uuid(_id(row))
    # One behind a slave is asked for with the gateway that it talks to.
    gateway = integer(row, "current_gateway_id") or parent
    sources = [
        Source(id=_id(inner), sensor=uuid, gateway=gateway, parent=parent, channel=_channel(inner))
        for inner in _each(row.get("devices"), row_count)
    ]
    cycles = [
        it.channel.measuring_cycle
        for it in sources
        if it.channel.measuring_cycle and not it.channel.technical
    ]
    sensor = Sensor(
        uuid=uuid,
        serial=text(row, "serial") or str(number),
        model=_type(row),
        firmware=text(row, "firmware"),
        name=text(row, "title"),
        radio=True,
        measuring_cycle=min(cycles, default=None),
        channels=tuple(it.channel for it in sources),
    )
    return sensor, sources


def _channel(row: Row) -> Channel:
    told = row.get("type")
    kind: Row = told if isinstance(told, dict) else {}
    unit = kind.get("unit")
    name = text(kind, "name")
    decimals = integer(kind, "precision")
    seconds = integer(row, "interval")
    interval = timedelta(seconds=seconds) if seconds and seconds > 0 else None
    return Channel(
        number=_id(row),
        property_name=_PROPERTIES.get(name or "", name),
        unit=_volts(unit_of(text(unit, "name") if isinstance(unit, dict) else None)),
        decimals=decimals if decimals is not None and 0 <= decimals <= _MOST_DECIMALS else None,
        part=str(_id(row)),
        measuring_cycle=min(interval, _LONGEST_INTERVAL) if interval else None,
        technical=name in _TECHNICAL,
    )


def _volts(unit: str | None) -> str | None:
    return "V" if unit == "v" else unit


def _type(row: Row) -> str | None:
    told = row.get("type")
    return text(told, "name") if isinstance(told, dict) else None


def _status(row: Row, uuid: str) -> DeviceStatus:
    """Return whether it is connected: the date of the end of a connection is all that is told."""
    told = "disconnected_date" in row
    since = moment(row, "disconnected_date")
    is_gone = text(row, "disconnected_date") is not None
    return DeviceStatus(
        device_uuid=uuid,
        serial=text(row, "serial"),
        firmware=text(row, "firmware"),
        disconnected=is_gone if told else None,
        last_communication=since,
    )
