"""Data sources of the Sensorist API: what each of them measures, and when (part 3.2)."""

from dataclasses import dataclass
from datetime import timedelta
import itertools
from typing import TYPE_CHECKING, NamedTuple

from . import texts
from .channels import RadioSensor
from .curves import fraction, salt_of, single
from .devices import Logger
from .spans import Grid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from .channels import Channel, Sensor
    from .devices import Device, Gateway
    from .fleet import Fleet
    from .sensorist_odd import SensoristOddities


class Measure(NamedTuple):
    """The kind of a data source."""

    type: int
    name: str
    title: str
    precision: int
    capability: int
    subtype: str | None = None
    minutes: int | None = None
    """How often it comes; None: whenever its sensor measures."""


BATTERY = Measure(1, "batt", "Battery", 2, 4, minutes=180)
WIRELESS = Measure(7, "wireless", "Wireless", 0, 4, minutes=30)
_MEASURES = {
    "Temperature": Measure(5, "temp", "Temperature", 1, 72, "digital"),
    "Humidity": Measure(4, "humi", "Humidity", 0, 80, "digital"),
    # From here on nobody knows how they are called there.
    "CO2": Measure(23, "xtra", "Mystery", 0, 8),
    "Pressure": Measure(24, "pres", "Pressure", 1, 8),
    "Illuminance": Measure(25, "lumi", "Light", 0, 8),
    "Door": Measure(26, "door", "Door", 0, 8),
}
_UNKNOWN = Measure(29, "misc", "Other", 2, 8)
_LOW_BATTERY, _GOOD_BATTERY = 2.05, 2.0
_RANGE = 900_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """One data source: a channel of a sensor, or (without one) battery or signal of a sensor."""

    id: int
    sensor: Sensor
    measure: Measure
    grid: Grid
    """When it measures; a technical one only ever does so together with its sensor."""
    channel: Channel | None = None
    number: int = 0
    """Counts several of a kind in one sensor, from 0."""

    @property
    def unit(self) -> str:
        """The text of the unit."""
        if self.channel is None:
            return "v" if self.measure is BATTERY else "%"
        unit = self.channel.unit or ""
        return "%" if unit.startswith("%") else unit

    @property
    def title(self) -> str:
        """What it is called."""
        return self.measure.title if self.number == 0 else f"{self.measure.title} {self.number + 1}"

    def instants(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Yield the instants with `start <= t < end` at which it measured."""
        if self.channel is not None:
            yield from self.sensor.instants(start, end)
            return
        device = self.sensor.device
        at = self.grid.at_or_after(max(start, device.since))
        while at < end:
            if device.active(at):
                yield at
            at += self.grid.cycle

    def value(self, at: datetime) -> float | None:
        """Return what is measured at an instant, in the unit of its own."""
        if self.channel is not None:
            return self.channel.value(at)
        share = fraction(salt_of(self.sensor.uuid), int(at.timestamp()))
        if self.measure is WIRELESS:
            return 35 + int(60 * share)
        device = self.sensor.device
        percent = _percent(self.sensor)
        if percent is None or any(at in span for span in device.battery_lows):
            return _LOW_BATTERY
        return round(_GOOD_BATTERY + percent / 100 + (share - 0.5) / 50, 2)

    def shown(self, value: float, odd: SensoristOddities) -> float:
        """Return a value as the account shows it."""
        return single(value * 9 / 5 + 32) if self._converted(odd) else value

    def meant(self, value: float, odd: SensoristOddities) -> float:
        """Return what a shown value is in the unit of its own."""
        return single((value - 32) * 5 / 9) if self._converted(odd) else value

    def shown_unit(self, odd: SensoristOddities) -> str:
        """Return the unit as the account shows it."""
        return texts.FAHRENHEIT if self._converted(odd) else self.unit

    def _converted(self, odd: SensoristOddities) -> bool:
        return odd.fahrenheit and self.unit == texts.CELSIUS


def _percent(sensor: Sensor) -> int | None:
    return sensor.battery if isinstance(sensor, RadioSensor) else sensor.device.battery


class Tree:
    """What of a fleet is a gateway, a sensor and a data source, and their ids.

    Ids follow from the uuids of the fleet: they stay, and are the same in another run.
    """

    def __init__(self, fleet: Fleet) -> None:
        """Begin without any id given out."""
        self._fleet = fleet
        self._ids: dict[tuple[str, ...], int] = {}
        self._owners: dict[tuple[str, int], tuple[str, ...]] = {}

    def gateway_id(self, device: Device) -> int:
        """Return the id of a gateway, or of a logger that is one here."""
        return self._id("gateway", device.uuid)

    def sensor_id(self, sensor: Sensor) -> int:
        """Return the id of a sensor."""
        return self._id("sensor", sensor.uuid)

    def source_id(self, channel: Channel) -> int:
        """Return the id of a channel; KeyError for a computed one, which is no data source."""
        if channel.spec.derive is not None:
            raise KeyError(channel.number)
        return self._id("source", channel.uuid)

    def technical_id(self, sensor: Sensor, measure: Measure) -> int:
        """Return the id of `BATTERY` or `WIRELESS` of a sensor."""
        return self._id("source", sensor.uuid, measure.name)

    def gateways(self, odd: SensoristOddities) -> list[Logger | Gateway]:
        """Return everything with a connection of its own: here that is a gateway."""
        return [
            device
            for device in tuple(self._fleet.devices)
            if not (odd.without_loggers and isinstance(device, Logger))
        ]

    def gateway(self, id_: int, odd: SensoristOddities) -> Logger | Gateway | None:
        """Return the gateway of that id."""
        return next((it for it in self.gateways(odd) if self.gateway_id(it) == id_), None)

    def sensor(self, id_: int, odd: SensoristOddities) -> Sensor | None:
        """Return the sensor of that id."""
        sensors = (it for device in self.gateways(odd) for it in tuple(device.sensors))
        return next((it for it in sensors if self.sensor_id(it) == id_), None)

    def all_sources(self, odd: SensoristOddities) -> dict[int, Source]:
        """Return all data sources by their id."""
        return {
            source.id: source
            for device in self.gateways(odd)
            for sensor in tuple(device.sensors)
            for source in self.sources(sensor)
        }

    def sources(self, sensor: Sensor) -> list[Source]:
        """Return the data sources of a sensor: what it measures itself, its battery and signal."""
        found: list[Source] = []
        counted: dict[Measure, int] = {}
        for channel in sensor.channels:
            if channel.spec.derive is None:
                measure = _MEASURES.get(channel.alarm_property, _UNKNOWN)
                number = counted[measure] = counted.get(measure, -1) + 1
                id_ = self.source_id(channel)
                found.append(Source(id_, sensor, measure, sensor.grid, channel, number))
        technical = [WIRELESS] if _percent(sensor) is None else [BATTERY, WIRELESS]
        for measure in technical:
            grid = Grid(self._every(sensor, measure), sensor.grid.phase)
            found.append(Source(self.technical_id(sensor, measure), sensor, measure, grid))
        return found

    def _every(self, sensor: Sensor, measure: Measure) -> timedelta:
        """Return how often battery or signal come: with every n-th message of the sensor."""
        cycle = sensor.measuring
        return cycle * max(
            1, round(self._fleet.scaled(timedelta(minutes=measure.minutes or 0)) / cycle)
        )

    def _id(self, kind: str, *key: str) -> int:
        """Return nine digits that no other of the kind has."""
        whole = (kind, *key)
        if whole not in self._ids:
            salts = (salt_of(*whole, attempt) for attempt in itertools.count())
            numbers = (_RANGE // 9 + salt % _RANGE for salt in salts)
            id_ = next(it for it in numbers if self._owners.get((kind, it), whole) == whole)
            self._owners[kind, id_] = whole
            self._ids[whole] = id_
        return self._ids[whole]
