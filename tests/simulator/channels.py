"""Channels and sensors: what is measured, when, and what of it is disturbed."""

from dataclasses import dataclass, field
from datetime import timedelta
import hashlib
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, override
from uuid import UUID

from .curves import Curve, Rhythm, single
from .spans import FAR, Grid, Span, first_outside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from .devices import Device
    from .kinds import ChannelSpec
    from .limits import Limit, MeasuringObject

_INSTANT = timedelta(microseconds=1)


class Hold(NamedTuple):
    """A scripted value (unit of the channel; None = a reading without value) for a period."""

    span: Span
    value: float | None


class Reading(NamedTuple):
    """One true reading: `value` in the unit of the channel, times in UTC.

    `visible_at` is when the cloud has processed it, far in the future if it is never uploaded.
    """

    channel: Channel
    at: datetime
    value: float | None
    visible_at: datetime
    uuid: str


@dataclass(slots=True, eq=False)
class Channel:
    """One measured quantity of a sensor; `number` counts from 1 within the sensor."""

    sensor: Sensor = field(repr=False)
    number: int
    id: int
    uuid: str
    spec: ChannelSpec = field(repr=False)
    unit: str | None
    curve: Curve = field(repr=False)
    rhythm: Rhythm | None = field(default=None, repr=False)
    holds: tuple[Hold, ...] = field(default=(), repr=False)
    _namespace: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Be known by the uuid given."""
        self.identify(self.uuid)

    def identify(self, uuid: str) -> None:
        """Be known by a uuid from now on; its bytes are what uuids of readings are made from."""
        self.uuid = uuid
        self._namespace = UUID(uuid).bytes

    @property
    def extension(self) -> str:
        """The physical extension as the channel and its measurements name it."""
        return self.spec.extension

    @property
    def alarm_property(self) -> str:
        """The property as alarms and limits name it (API part 7.2)."""
        return "Door" if self.extension == "Door Contact" else self.spec.property

    @property
    def alarm_extension(self) -> str:
        """The extension as alarms name it (API part 7.2)."""
        named = self.extension in {"Door Contact", "Product Temperature"}
        return self.extension if named else "Unknown"

    def hold(self, start: datetime, end: datetime, value: float | None) -> None:
        """Measure exactly `value` (unit of the channel) from `start` until `end` (UTC).

        The latest hold wins. None gives readings without a value.
        """
        self.holds = (Hold(Span(start, end), value), *self.holds)

    def watched_by(self, limit: Limit) -> bool:
        """Tell whether a limit watches this channel."""
        if limit.property != self.alarm_property:
            return False
        if limit.channel is None:
            return self.spec.derive is None
        return limit.channel == self.number

    def value(self, at: datetime) -> float | None:
        """Return what is measured at an instant, in the unit of the channel."""
        for hold in self.holds:
            if at in hold.span:
                return hold.value
        if self.spec.derive is not None:
            return self._derived(at)
        value = self.curve.at(int(at.timestamp()))
        excursion = self.rhythm.at(at) if self.rhythm is not None else None
        if excursion is not None:
            value = excursion.bend(at, value)
        return single(value)

    def steady_until(self, at: datetime) -> datetime:
        """Return until when exactly what is measured at an instant is measured, as far as known."""
        held = next((hold.span for hold in self.holds if at in hold.span), None)
        if held is None:
            return at
        later = (hold.span.start for hold in self.holds if at < hold.span.start)
        return min(held.end, *later, FAR)

    def disturbances(self, start: datetime, end: datetime) -> list[Span]:
        """Return the periods around `start <= t < end` in which the natural curve is left."""
        spans = [hold.span for hold in self.holds]
        if self.rhythm is not None:
            spans += [excursion.span for excursion in self.rhythm.between(start, end)]
        if self.spec.derive is not None:
            for source in self.sensor.air:
                spans += source.disturbances(start, end)
        return spans

    def reading_uuid(self, second: bytes) -> str:
        """Return the identity of the reading at a second since the epoch (as digits).

        This is `uuid5(channel uuid, second)`, spelt out because a long result needs millions.
        """
        text = hashlib.sha1(self._namespace + second, usedforsecurity=False).hexdigest()
        variant = "89ab"[int(text[16], 16) & 3]
        return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"

    def _derived(self, at: datetime) -> float | None:
        derive = self.spec.derive
        temperature, humidity = (source.value(at) for source in self.sensor.air)
        if derive is None or temperature is None or humidity is None:
            return None
        return single(derive(temperature, humidity))

    # Last, because from here on the name hides the decorator.
    @property
    def property(self) -> str:
        """The physical property as the channel and its measurements name it."""
        return self.spec.property


@dataclass(slots=True, eq=False)
class Sensor:
    """A probe of a logger, or (as `RadioSensor`) a sensor of a gateway."""

    device: Device = field(repr=False)
    serial: str
    name: str
    uuid: str
    model: str
    grid: Grid = field(repr=False)
    measuring_object: MeasuringObject = field(repr=False)
    modified_at: datetime = field(repr=False)
    channels: list[Channel] = field(default_factory=list, repr=False)
    broken: tuple[Span, ...] = field(default=(), repr=False)
    connected: bool = True
    """Whether it is in its slot; that changes nothing about what it measures."""
    connection_changed_at: datetime | None = field(default=None, repr=False)

    @property
    def is_radio(self) -> bool:
        """Whether the sensor sends by radio to a gateway."""
        return False

    @property
    def measuring(self) -> timedelta:
        """The measuring cycle in real time, as it is configured."""
        return self.grid.cycle

    @property
    def air(self) -> tuple[Channel, Channel]:
        """The air temperature and relative humidity from which other channels are derived."""
        by_extension = {channel.extension: channel for channel in reversed(self.channels)}
        return by_extension["Air Temperature"], by_extension["Relative Humidity"]

    def channel(self, number: int) -> Channel:
        """Return the channel of that number."""
        return next(channel for channel in self.channels if channel.number == number)

    def break_sensor(self, start: datetime, end: datetime = FAR) -> None:
        """Measure nothing from `start` until `end` (UTC) and raise the system alarm for it."""
        self.broken = (*self.broken, Span(start, end))

    def instants(self, start: datetime, end: datetime) -> Iterator[datetime]:
        """Yield the instants with `start <= t < end` at which the sensor measured."""
        at = self.next_instant(start)
        while at < end:
            yield at
            at = self.next_instant(at + _INSTANT)

    def next_instant(self, at: datetime) -> datetime:
        """Return the first instant at or after `at` at which the sensor measures."""
        at = self.grid.at_or_after(max(at, self.device.since))
        silent = self.broken + self.device.inactive
        while silent and (later := first_outside(at, silent)) != at:
            at = self.grid.at_or_after(later)
        return at

    def upload(self, at: datetime) -> datetime:
        """Return when something noted at an instant reaches the cloud (UTC, without lag)."""
        return self.device.contact(at)

    def readings(
        self,
        start: datetime,
        end: datetime,
        lag: timedelta,
        part: tuple[int, int] = (0, 1),
        arrived_after: datetime | None = None,
    ) -> Iterator[Reading]:
        """Yield the readings measured in `start <= t < end`, by time, then channel.

        `part` = (n, of) takes only every of-th instant, beginning with the n-th. With
        `arrived_after` only what became visible later.
        """
        if arrived_after is not None:
            start = self._first_uploaded_after(arrived_after - lag, start, end)
        for at in islice(self.instants(start, end), part[0], None, part[1]):
            visible_at = self.upload(at) + lag
            second = b"%d" % at.timestamp()
            for channel in self.channels:
                yield Reading(
                    channel, at, channel.value(at), visible_at, channel.reading_uuid(second)
                )

    def _first_uploaded_after(self, moment: datetime, start: datetime, end: datetime) -> datetime:
        """Return an instant before which all was uploaded by a moment: uploads keep the order."""
        while end - start > self.measuring:
            middle = start + (end - start) / 2
            if self.upload(middle) <= moment:
                start = middle
            else:
                end = middle
        return start


@dataclass(slots=True, eq=False)
class RadioSensor(Sensor):
    """A sensor of a gateway; what it measures goes with the gateway's next contact."""

    battery: int = 78
    lost: tuple[Span, ...] = field(default=(), repr=False)

    @property
    @override
    def is_radio(self) -> bool:
        """Whether the sensor sends by radio to a gateway."""
        return True

    def outage(self, start: datetime, end: datetime = FAR) -> None:
        """Lose the radio link only: measured on, handed to the gateway after `end` (UTC)."""
        self.lost = (*self.lost, Span(start, end))

    @override
    def upload(self, at: datetime) -> datetime:
        """Return when something noted at an instant reaches the cloud (UTC, without lag)."""
        return self.device.contact(at, self.lost)

    def last_heard(self, at: datetime) -> datetime | None:
        """Return when the sensor last spoke to its gateway, as the cloud has it at `at` (UTC)."""
        contact = self.device.last_contact(at)
        if contact is None:
            return None
        heard = self.grid.last_outside(contact, (*self.lost, *self.device.inactive))
        return heard if heard >= self.device.since else None
