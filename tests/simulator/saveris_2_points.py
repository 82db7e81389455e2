"""Measuring points of the Saveris 2 API, and what their channels are called (Saveris 2 part 7)."""

import itertools
import string
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from .kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .channels import Channel
    from .devices import Device, Logger
    from .fleet import Fleet
    from .saveris_2_odd import Oddities

_PREFIXES = {
    Kind.PROBES.model: "T2",
    Kind.PRODUCT.model: "T3",
    Kind.TWIN.model: "T3",
    Kind.CLIMATE.model: "H1",
    Kind.AIR_QUALITY.model: "H2",
}
_LETTERS = string.ascii_letters
_CHARACTERS = _LETTERS + string.digits


class Point(NamedTuple):
    """One place that is watched, with the channels that watch it."""

    id: str
    name: str
    group: str
    channels: tuple[Channel, ...]

    @property
    def logger(self) -> Device:
        """The logger of its channels."""
        return self.channels[0].sensor.device


class Points:
    """The measuring points of a fleet; each keeps its id for ever."""

    def __init__(self, fleet: Fleet) -> None:
        """Begin without any id given out."""
        self._fleet = fleet
        self._ids: dict[tuple[str, ...], str] = {}
        self._taken: set[str] = set()

    def now(self, odd: Oddities) -> list[Point]:
        """Return the points as they are shown now, by logger."""
        points = [
            Point(self._id(*key), name, logger.site.name, channels)
            for logger in self._fleet.loggers
            for key, name, channels in _places(logger)
        ]
        if odd.twin_ids:
            points[1:2] = [it._replace(id=points[0].id.swapcase()) for it in points[1:2]]
        if odd.same_names:
            points = [it._replace(name=points[0].name) for it in points]
        return points

    def _id(self, *key: str) -> str:
        """Return five characters that differ from those of others in more than case."""
        if key not in self._ids:
            uuids = (self._fleet.uuid_of("measuring point", *key, it) for it in itertools.count())
            id_ = next(it for it in map(_spelt, uuids) if it.lower() not in self._taken)
            self._taken.add(id_.lower())
            self._ids[key] = id_
        return self._ids[key]


def _spelt(uuid: str) -> str:
    """Write a uuid as an id; the letter in front is what twins differ in."""
    number, letter = divmod(UUID(uuid).int, len(_LETTERS))
    text = _LETTERS[letter]
    for _ in range(4):
        number, character = divmod(number, len(_CHARACTERS))
        text += _CHARACTERS[character]
    return text


def _places(logger: Logger) -> Iterator[tuple[tuple[str, ...], str, tuple[Channel, ...]]]:
    """Yield what makes the id, name and channels of the points of a logger.

    Several temperatures are several places. Otherwise all channels share the place of the logger.
    """
    channels = primary_channels(logger)
    if sum(channel.property == "Temperature" for channel in channels) <= 1:
        if channels:
            yield (logger.serial,), logger.name, tuple(channels)
        return
    several = len({channel.sensor.serial for channel in channels}) > 1
    for number, channel in enumerate(channels, start=1):
        sensor = channel.sensor
        name = sensor.name if several else f"{logger.name} {number}"
        yield (sensor.serial, str(channel.number)), name, (channel,)


def primary_channels(device: Device) -> list[Channel]:
    """Return the wired channels of a logger that are measured, not computed."""
    return [
        channel
        for sensor in tuple(device.sensors)
        if not sensor.is_radio
        for channel in sensor.channels
        if channel.spec.derive is None
    ]


def channel_name(channel: Channel) -> str:
    """Return what a channel is called; ValueError if this cloud does not know it."""
    device = channel.sensor.device
    number = primary_channels(device).index(channel)
    return f"{_PREFIXES.get(device.model, 'T1')}_{device.serial}_{number}"
