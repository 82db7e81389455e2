"""What a user sees of an inventory: instruments with channels, named apart."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from .identity import identity
from .model import Channel, ChannelKey, Device, Inventory, Sensor, StableKey
from .models import model_name
from .quantities import Quantity


class InstrumentKind(StrEnum):
    """The kinds of instruments."""

    LOGGER = "logger"
    GATEWAY = "gateway"
    RADIO_SENSOR = "radio_sensor"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledChannel:
    """One channel where it stands."""

    device: Device
    sensor: Sensor
    channel: Channel
    probe: Sensor | None = None
    """The probe, where a logger has several."""
    repeated: bool = False
    """Another channel of the same probe or instrument measures the same quantity."""
    mark: str = ""
    """That of the kind of account."""

    @property
    def key(self) -> ChannelKey:
        """Return the key that readings carry."""
        return self.sensor.uuid, self.channel.number

    @property
    def unique_id(self) -> str:
        """Return the identity of the channel, made of serials."""
        return identity(self.device.serial, self.sensor.serial, self.channel.number, mark=self.mark)

    @property
    def stable_key(self) -> StableKey:
        """Return what stays if the sensor is registered anew or moves to another device."""
        return self.sensor.serial, self.channel.number

    @property
    def measuring_cycle(self) -> timedelta | None:
        """Return how often it is measured, None where that is not told."""
        own = self.channel.measuring_cycle or self.sensor.measuring_cycle
        return own or self.device.measuring_cycle


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A logger, a gateway or a radio sensor."""

    kind: InstrumentKind
    device: Device
    sensor: Sensor | None = None
    """The radio sensor itself; None for loggers and gateways."""
    mark: str = ""
    """That of the kind of account."""

    @property
    def _self(self) -> Device | Sensor:
        return self.device if self.sensor is None else self.sensor

    @property
    def serial(self) -> str:
        """Return the serial number."""
        return self._self.serial

    def identity(self, *what: str) -> str:
        """Return the identifier of its device, or the unique id of something on it."""
        return identity(self.serial, *what, mark=self.mark)

    @property
    def connects(self) -> bool:
        """Tell whether it has a connection of its own to the cloud."""
        return self.kind is not InstrumentKind.RADIO_SENSOR

    @property
    def status_uuid(self) -> str:
        """Return by what its own status is known."""
        return self._self.uuid

    @property
    def gateway(self) -> str | None:
        """Return the identifier of the device that it sends through."""
        return identity(self.device.serial, mark=self.mark) if self.sensor else None

    def identity_of(self, probe: Sensor) -> str:
        """Return the identifier of the device of a probe."""
        return identity(probe.serial, mark=self.mark)

    @property
    def identifiers(self) -> tuple[str, ...]:
        """Return the identifiers of its device and of those of its probes."""
        return self.identity(), *map(self.identity_of, self.probes)

    @property
    def model(self) -> str | None:
        """Return the article number."""
        return self._self.model

    @property
    def firmware(self) -> str | None:
        """Return the firmware version."""
        return self._self.firmware

    @property
    def name(self) -> str:
        """Return what the user called it, else model and serial."""
        return named(self._self)

    @property
    def sensors(self) -> tuple[Sensor, ...]:
        """Return the sensors whose channels stand on the instrument."""
        return self.device.wired if self.sensor is None else (self.sensor,)

    @property
    def probes(self) -> tuple[Sensor, ...]:
        """Return the probes that are told apart: those of a logger with several.

        One that is built in may share the serial of its logger, and is the logger.
        """
        if not self.sensors[1:]:
            return ()
        return tuple(sensor for sensor in self.sensors if sensor.serial != self.serial)

    def channels(self) -> Iterator[InstalledChannel]:
        """Yield the channels of the instrument."""
        probes = self.probes
        for sensor in self.sensors:
            kinds = [_alike(channel) for channel in sensor.channels]
            for channel, kind in zip(sensor.channels, kinds, strict=True):
                yield InstalledChannel(
                    device=self.device,
                    sensor=sensor,
                    channel=channel,
                    probe=sensor if sensor in probes else None,
                    repeated=kinds.count(kind) > 1,
                    mark=self.mark,
                )


def named(item: Device | Sensor) -> str:
    """Return the given name of an item, else model and serial."""
    return item.name or " ".join(filter(None, (model_name(item.model), item.serial)))


def instruments(inventory: Inventory, mark: str = "") -> Iterator[Instrument]:
    """Yield the instruments of an inventory, each gateway before its radio sensors."""
    for device in inventory.devices:
        kind = InstrumentKind.GATEWAY if device.is_gateway else InstrumentKind.LOGGER
        yield Instrument(kind=kind, device=device, mark=mark)
        for sensor in device.radio:
            yield Instrument(
                kind=InstrumentKind.RADIO_SENSOR, device=device, sensor=sensor, mark=mark
            )


def _alike(channel: Channel) -> tuple[Quantity, str | None, str | None]:
    """Return what would give two channels the same name."""
    if channel.quantity is Quantity.OTHER:
        return channel.quantity, channel.property_name, channel.extension
    return channel.quantity, None, None
