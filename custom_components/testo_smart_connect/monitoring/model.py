"""The values that every cloud is translated into.

Times are aware UTC datetimes, durations timedeltas, units the canonical texts of
``quantities``. Nothing here is mutable, so values may be handed between threads.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from .quantities import Quantity, classify

type ChannelKey = tuple[str, int]
"""Sensor uuid and number of the channel within the sensor: what readings carry."""
type StableKey = tuple[str, int]
"""Sensor serial and number of the channel: what a user takes for the same channel."""

GATEWAY = "GATEWAY"
DEFAULT_CYCLE = timedelta(minutes=15)
"""Assumed where a cloud does not tell a cycle; the most common setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One measured quantity of a sensor."""

    number: int
    property_name: str | None = None
    extension: str | None = None
    unit: str | None = None
    decimals: int | None = None
    part: str | None = None
    """The part of an equipment that it watches, by its uuid."""
    measuring_cycle: timedelta | None = None
    """That of the channel itself, where each has its own."""
    technical: bool = False
    """It tells of the sensor, not of what is watched: a battery, a signal."""
    title: str | None = None
    """What it watches, where that tells it from the other channels of its device."""

    @property
    def quantity(self) -> Quantity:
        """Return what is measured."""
        return classify(self.property_name, self.extension, self.unit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """A probe, built-in sensor or radio sensor with its channels."""

    uuid: str
    serial: str
    model: str | None = None
    firmware: str | None = None
    name: str | None = None
    radio: bool = False
    measuring_cycle: timedelta | None = None
    channels: tuple[Channel, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A logger or gateway with a connection of its own to the cloud."""

    uuid: str
    serial: str
    category: str | None = None
    model: str | None = None
    firmware: str | None = None
    name: str | None = None
    site: str | None = None
    area: str | None = None
    """What the place is called where the device is, whatever its site."""
    active: bool = True
    measuring_cycle: timedelta | None = None
    communication_cycle: timedelta | None = None
    longest_gap: timedelta | None = None
    """The longest wait between two readings that is usual, where no cycle is told."""
    sensors: tuple[Sensor, ...] = ()

    @property
    def is_gateway(self) -> bool:
        """Tell whether radio sensors send through this device."""
        return self.category == GATEWAY or any(sensor.radio for sensor in self.sensors)

    @property
    def wired(self) -> tuple[Sensor, ...]:
        """Return the built-in and wired sensors."""
        return tuple(sensor for sensor in self.sensors if not sensor.radio)

    @property
    def radio(self) -> tuple[Sensor, ...]:
        """Return the sensors that send by radio."""
        return tuple(sensor for sensor in self.sensors if sensor.radio)

    def gap(self, sensor: Sensor | None = None, channel: Channel | None = None) -> timedelta:
        """Return the longest regular wait between two readings in the cloud."""
        own = (channel and channel.measuring_cycle) or (sensor and sensor.measuring_cycle)
        measuring = own or self.measuring_cycle
        return max(
            measuring or DEFAULT_CYCLE,
            self.communication_cycle or measuring or DEFAULT_CYCLE,
            self.longest_gap or timedelta(),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """All devices of an account as of one complete answer."""

    tenant: str | None = None
    devices: tuple[Device, ...] = ()

    def channels(self) -> Iterator[tuple[Device, Sensor, Channel]]:
        """Yield every channel with its sensor and device."""
        for device in self.devices:
            for sensor in device.sensors:
                for channel in sensor.channels:
                    yield device, sensor, channel

    def sites(self) -> Mapping[str, int]:
        """Return the number of devices by site."""
        counts: dict[str, int] = {}
        for device in self.devices:
            if device.site is not None:
                counts[device.site] = counts.get(device.site, 0) + 1
        return counts

    def only(self, sites: frozenset[str] | None) -> Inventory:
        """Return the inventory of the given sites; None means all of them."""
        if sites is None:
            return self
        return Inventory(
            tenant=self.tenant,
            devices=tuple(dev for dev in self.devices if dev.site in sites),
        )

    def read_every(self, interval: timedelta) -> Inventory:
        """Return the inventory as seen by somebody who only sees what is newest now and then."""
        return replace(
            self,
            devices=tuple(
                replace(dev, longest_gap=max(interval, dev.longest_gap or interval))
                for dev in self.devices
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus:
    """What a device or radio sensor last told of itself. ``None`` means not told, never zero."""

    device_uuid: str
    """That of a radio sensor for its own."""
    serial: str | None = None
    battery: int | None = None
    """Percent."""
    signal: int | None = None
    """Percent."""
    mains: bool | None = None
    firmware: str | None = None
    last_communication: datetime | None = None
    next_communication: datetime | None = None
    last_measurement: datetime | None = None
    at: datetime | None = None
    disconnected: bool | None = None
    """Whether the cloud itself says that there is no connection."""
    days_left: int | None = None
    """How long the battery will last, by what the cloud reckons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One measured value. ``at`` is when it was measured, never when it was polled."""

    uuid: str
    sensor_uuid: str
    channel: int
    at: datetime
    value: float
    unit: str | None = None
    received: datetime | None = None

    @property
    def key(self) -> ChannelKey:
        """Return the channel that the reading belongs to."""
        return self.sensor_uuid, self.channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A named place; ``id`` equals the site of the devices where they match."""

    id: str
    name: str | None = None
    kind: str | None = None
    tenant: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """One configured limit of a measuring object."""

    measuring_object: str | None = None
    site: str | None
    property_name: str
    direction: str
    severity: str
    value: float
    unit: str | None = None
    hysteresis: float = 0.0
    delay: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A finished step of a quality task."""

    uuid: str
    at: datetime
    """When the step was done."""
    began: datetime | None = None
    ended: datetime | None = None
    """The task that it belongs to."""
    title: str | None = None
    process: str | None = None
    category: str | None = None
    kind: str | None = None
    """Why it was to be done: planned, because of an alarm, …"""
    number: int | None = None
    """Of the step in its task, from 1."""
    instructions: str | None = None
    step_kind: str | None = None
    result: str | None = None
    corrected: bool | None = None
    """Whether something was put right in the task."""
    alarm: str | None = None
    """The uuid of the alarm that it answers."""
    user: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One row of the alarm feed: a condition was violated or has ended."""

    uuid: str
    raised: bool
    at: datetime
    received: datetime | None = None
    system: bool = False
    condition: str | None = None
    """In the fixed words of the cloud, ``upper`` or ``lower`` for a limit; never a free text."""
    severity: str = "alarm"
    property_name: str | None = None
    extension: str | None = None
    value: float | None = None
    limit: float | None = None
    """The one that was violated, in the same unit, where the row itself tells it."""
    unit: str | None = None
    channel: int | None = None
    """The number of the channel within the sensor, where the row tells it."""
    source_uuid: str | None = None
    serial: str | None = None
    site: str | None = None
    ends: str | None = None
    """Uuid of the violation that this transition ends, where the cloud tells it."""
    changed: datetime | None = None
    """When the row was changed last, by what it says itself."""
    of_sensor: bool = False
    """A system alarm of a sensor, not of the device that it belongs to."""
    reason: str | None = None

    @property
    def direction(self) -> str | None:
        """Return ``upper`` or ``lower`` for a limit, else None."""
        return self.condition if self.condition in {"upper", "lower"} else None


class KeyNotice(StrEnum):
    """How near the end of a key is."""

    MONTH = "month"
    WEEK = "week"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyLife:
    """When an access key was entered and when it ends (local calendar days)."""

    entered: date
    expires: date | None = None

    @property
    def ends(self) -> date:
        """Return the last day; without a date a key lives one year."""
        return self.expires or self.entered + timedelta(days=365)

    def notice(self, today: date) -> KeyNotice | None:
        """Return what to say of it 30 days before its end, and again 7 days before."""
        left = self.ends - today
        if left <= timedelta(days=7):
            return KeyNotice.WEEK
        return KeyNotice.MONTH if left <= timedelta(days=30) else None
