"""Where an alarm or a limit belongs: which device, sensor and channels it means."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from .model import Channel, Device, Inventory, Limit, Sensor, Transition
from .quantities import Quantity, classify, normal, property_of

type Bound = tuple[str, str]
"""Direction and severity of a limit."""

BOUNDS: Final[tuple[Bound, ...]] = (
    ("upper", "alarm"),
    ("lower", "alarm"),
    ("upper", "warning"),
    ("lower", "warning"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A device or one of its sensors."""

    device: Device
    sensor: Sensor | None = None

    @property
    def owner(self) -> str:
        """Return the serial of the instrument a user sees: radio sensor, logger, gateway."""
        if self.sensor is not None and self.sensor.radio:
            return self.sensor.serial
        return self.device.serial

    @property
    def name(self) -> str:
        """Return the serial of the source itself."""
        return self.device.serial if self.sensor is None else self.sensor.serial


class Sources:
    """Finds the place of a transition by serial or uuid of a sensor or device.

    Both steps are needed: rows carry either, and either may be that of the sensor or
    of the device (Smart Connect reference, part 6.5).
    """

    def __init__(self, inventory: Inventory) -> None:
        """Index an inventory; what was registered several times is what is active of it."""
        self._by_uuid: dict[str, Place] = {}
        self._by_serial: dict[str, Place] = {}
        places: dict[tuple[str, str | None], Place] = {}
        devices = sorted(inventory.devices, key=lambda device: device.active)
        for device in devices:
            places[device.serial, None] = Place(device=device)
            for sensor in device.sensors:
                place = Place(device=device, sensor=sensor)
                self._by_serial[sensor.serial] = places[device.serial, sensor.serial] = place
        for device in devices:
            self._by_uuid[device.uuid] = itself = places[device.serial, None]
            for sensor in device.sensors:
                self._by_uuid[sensor.uuid] = places[device.serial, sensor.serial]
            # A built-in sensor may share the serial of its logger: the sensor wins,
            # because it leads to the device as well, but not the other way round.
            self._by_serial.setdefault(device.serial, itself)

    def find(self, transition: Transition) -> Place | None:
        """Return the place of a transition, None for a source that is not known.

        A row with the serial of the logger and the uuid of a probe means the probe.
        """
        by_serial = self._by_serial.get(transition.serial or "")
        by_uuid = self._by_uuid.get(transition.source_uuid or "")
        if by_uuid is not None and (by_serial is None or by_uuid.sensor is not None):
            return by_uuid
        return by_serial

    def source(self, transition: Transition) -> str:
        """Return one name for one source, however the row names it."""
        place = self.find(transition)
        if place is not None:
            return place.name
        return transition.serial or transition.source_uuid or ""


def matching_channels(
    channels: Iterable[Channel],
    property_name: str | None,
    extension: str | None,
    unit: str | None,
) -> tuple[Channel, ...]:
    """Return the channels that an alarm or limit speaks of.

    ``Unknown`` is a wildcard on either side (reference, part 7.2): a temperature alarm
    without an extension means the air temperature where there is one.
    """
    every = tuple(channels)
    wanted = classify(property_name, extension, unit)
    name, kind = property_of(property_name), normal(extension)
    if wanted is not Quantity.OTHER:
        exact = tuple(chan for chan in every if chan.quantity is wanted)
        if exact:
            return exact
    if name is not None:
        same = tuple(chan for chan in every if property_of(chan.property_name) == name)
        return tuple(
            chan for chan in same if kind is None or normal(chan.extension) in {None, kind}
        )
    return every if kind is None and len(every) == 1 else ()


def place_channels(place: Place) -> tuple[tuple[Sensor, Channel], ...]:
    """Return the channels that a place covers: its sensor's or all wired ones."""
    sensors = place.device.wired if place.sensor is None else (place.sensor,)
    return tuple((sensor, chan) for sensor in sensors for chan in sensor.channels)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Limits of one site that differ, so that none of them can be told."""

    site: str | None
    property_name: str
    bound: Bound
    values: tuple[float, ...]
    """In ascending order."""
    unit: str | None


class Limits:
    """The configured limits, looked up only where they do not contradict each other."""

    def __init__(self, limits: Iterable[Limit]) -> None:
        """Group limits by what they speak of; conflicting ones become None."""
        grouped: dict[tuple[str | None, str | None, str, str], set[Limit]] = {}
        for limit in limits:
            key = (
                limit.site,
                property_of(limit.property_name),
                limit.direction,
                limit.severity,
            )
            grouped.setdefault(key, set()).add(limit)
        self._limits: dict[tuple[str | None, str | None, str, str], Limit | None] = {}
        self._conflicts: dict[tuple[str | None, str | None, str, str], Conflict] = {}
        self._objects = {
            key: len({limit.measuring_object for limit in found}) for key, found in grouped.items()
        }
        for key, found in grouped.items():
            first = min(found, key=lambda limit: limit.value)
            values = {(limit.value, limit.unit) for limit in found}
            self._limits[key] = first if len(values) == 1 else None
            if len(values) > 1:
                self._conflicts[key] = Conflict(
                    site=first.site,
                    property_name=first.property_name,
                    bound=(first.direction, first.severity),
                    values=tuple(sorted(value for value, _ in values)),
                    unit=first.unit,
                )

    def find(
        self, site: str | None, property_name: str | None, direction: str, severity: str
    ) -> Limit | None:
        """Return the one limit on which all measuring objects of the site agree."""
        return self._limits.get((site, property_of(property_name), direction, severity))

    def objects(self, site: str | None, sensor: Sensor, channel: Channel, bound: Bound) -> int:
        """Return how many measuring objects of a site have a limit that may be a channel's."""
        if not _is_watched(sensor, channel):
            return 0
        return self._objects.get((site, _property(channel), *bound), 0)

    def of(self, site: str | None, sensor: Sensor, channel: Channel, bound: Bound) -> Limit | None:
        """Return the one limit of a channel, None without one or if they contradict each other."""
        name = _property(channel)
        if name is None or not _is_watched(sensor, channel):
            return None
        return self.find(site, name, *bound)

    def conflict(
        self, site: str | None, sensor: Sensor, channel: Channel, bound: Bound
    ) -> Conflict | None:
        """Return which limits of a channel's property differ, None if they do not."""
        name = _property(channel)
        if not _is_watched(sensor, channel):
            return None
        return self._conflicts.get((site, name, *bound))

    def has(self, site: str | None, sensor: Sensor, channel: Channel, severity: str) -> bool:
        """Tell whether a severity is configured for a channel, conflicting or not."""
        return any(
            self.objects(site, sensor, channel, (direction, severity))
            for direction in ("upper", "lower")
        )


def _property(channel: Channel) -> str | None:
    """Return the property by which limits name a channel."""
    return "door" if channel.quantity is Quantity.DOOR else property_of(channel.property_name)


def _is_watched(sensor: Sensor, channel: Channel) -> bool:
    """Tell whether limits of its property mean a channel.

    Limits name a property alone: that of temperature speaks of the air temperature, not
    of the dew point beside it.
    """
    return channel in matching_channels(sensor.channels, _property(channel), None, channel.unit)
