"""Transitions: when a limit or a system condition was violated, and when that ended."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple
import uuid as uuids

from .spans import FAR, Span, merge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .channels import Channel, Sensor
    from .devices import Device
    from .limits import Limit, Severity, Term

TIMEOUT = "Connection timeout, device did not communicated in expected time"
BATTERY = "The battery of the device is nearly empty"
POWER = "Lost external power supply for device"
BROKEN = "Sensor is broken"

VIOLATED = "Alarm condition is violated"
ADHERED = "Alarm condition is adhered"
GONE = "The alarm condition does no longer exist"

_MOMENT = timedelta(seconds=1)
_INSTANT = timedelta(microseconds=1)


class Pace(NamedTuple):
    """How quick cloud and world are.

    `lag` is the processing time of an upload, `timeout` how long after a missed communication the
    cloud raises its alarm, both in real time; `speed` divides the delays of limits.
    """

    lag: timedelta
    timeout: timedelta
    speed: float


_NAMESPACE = uuids.UUID("5b3d3c0e-64a7-4d0a-9d3e-1c6a0a2f7e11")


@dataclass(frozen=True, slots=True)
class Transition:
    """One true transition; times in UTC, `value` in the unit of the channel.

    A recovery has the uuid of its violation in `source_uuid`. `limit`, `channel` and `value` are
    None for system conditions; `sensor` is None where the device itself is the source.
    """

    uuid: str
    at: datetime
    visible_at: datetime
    raised: bool
    reason: str
    condition: str
    severity: Severity
    device: Device
    sensor: Sensor | None = None
    channel: Channel | None = None
    value: float | None = None
    limit: Limit | None = None
    source_uuid: str | None = None

    @property
    def serial(self) -> str:
        """The serial number of the source, as the alarm row gives it."""
        return self.sensor.serial if self.sensor is not None else self.device.serial

    @property
    def kind(self) -> Literal["measurement", "device", "sensor"]:
        """What sort of alarm this is."""
        if self.channel is not None:
            return "measurement"
        return "device" if self.sensor is None else "sensor"


def _identity(source: str, condition: str, severity: str, at: datetime, state: str) -> str:
    return str(uuids.uuid5(_NAMESPACE, f"{source}|{condition}|{severity}|{at}|{state}"))


def channel_transitions(
    channel: Channel, start: datetime, end: datetime, pace: Pace
) -> Iterator[Transition]:
    """Yield what the limits of a channel made of its readings in `start <= t < end`.

    Only stretches that leave the natural curve are computed, so a month of a large fleet is quick.
    A limit that the curve itself can cross is evaluated from its beginning.
    """
    terms = [
        term
        for term in channel.sensor.measuring_object.terms
        if channel.watched_by(term.limit) and term.span.overlaps(start - _MOMENT, end)
    ]
    if not terms:
        return
    clusters = _clusters(channel, start, end)
    for term in terms:
        spans = clusters
        if not _calm(channel, term.limit):
            spans = [Span(term.span.start, max(end, term.span.start + _MOMENT))]
        for span in spans:
            if span.overlaps(term.span.start, term.span.end):
                for transition in _walk(channel, term, span, end, pace):
                    if start <= transition.at < end:
                        yield transition


def _calm(channel: Channel, limit: Limit) -> bool:
    """Tell whether the natural curve neither violates a limit nor hinders a recovery."""
    if channel.spec.derive is not None:
        return False
    lowest, highest = channel.curve.low, channel.curve.high
    return all(limit.adhered(value) and not limit.violated(value) for value in (lowest, highest))


def _clusters(channel: Channel, start: datetime, end: datetime) -> list[Span]:
    """Return the disturbed stretches that touch the window, each up to its first calm reading."""
    reach = 3 * channel.sensor.measuring
    if channel.rhythm is not None:
        reach += 2 * channel.rhythm.every
    extended = (
        Span(span.start, min(channel.sensor.next_instant(span.end) + _MOMENT, FAR))
        for span in channel.disturbances(start - reach, end)
        if span.start < end
    )
    return [span for span in merge(extended) if span.end > start]


def _walk(
    channel: Channel, term: Term, span: Span, end: datetime, pace: Pace
) -> Iterator[Transition]:
    """Yield the transitions of one limit over one stretch that begins in the calm.

    The alarm is raised by the first reading that is still outside after the delay.
    """
    limit, sensor = term.limit, channel.sensor
    first, last = max(span.start, term.span.start), min(span.end, end, term.span.end)
    outside_since: datetime | None = None
    violation: Transition | None = None

    def transition(at: datetime, value: float | None, reason: str) -> Transition:
        condition = f"{limit.direction.capitalize()} limit"
        source = f"{channel.uuid}|{limit.value!r}"
        return Transition(
            uuid=_identity(source, condition, limit.severity, at, reason),
            at=at,
            # The end of a configuration is known to the cloud at once, a reading has to travel.
            visible_at=(at if reason == GONE else sensor.upload(at)) + pace.lag,
            raised=reason == VIOLATED,
            reason=reason,
            condition=condition,
            severity=limit.severity,
            device=sensor.device,
            sensor=sensor,
            channel=channel,
            value=value,
            limit=limit,
            source_uuid=violation.uuid if violation is not None else None,
        )

    at = sensor.next_instant(first)
    while at < last:
        value = channel.value(at)
        # While one value is held, nothing else comes of it but the end of the delay.
        seen = channel.steady_until(at)
        if value is None:
            pass
        elif violation is None:
            if limit.violated(value):
                outside_since = outside_since or at
                over = outside_since + limit.delay / pace.speed
                if at >= over:
                    violation = transition(at, value, VIOLATED)
                    yield violation
                else:
                    seen = min(seen, over)
            else:
                outside_since = None
        elif limit.adhered(value):
            yield transition(at, value, ADHERED)
            violation = outside_since = None
            seen = at
        at = sensor.next_instant(max(at + _INSTANT, seen))
    if violation is not None and term.span.end < end and term.span.end < FAR:
        yield transition(term.span.end, None, GONE)


def system_transitions(device: Device, pace: Pace) -> Iterator[Transition]:
    """Yield all scripted system transitions of a device and its sensors.

    The cloud itself notices a silent device, the timeout after the first missed communication.
    Everything else is noted by the device when it happens and travels with its next contact.
    """
    for span in merge(device.outages):
        missed = device.grid.at_or_after(span.start)
        contact = device.contact(missed)
        raised = missed + pace.timeout
        if missed >= span.end or raised >= contact or not device.active(raised):
            continue
        yield from _pair(
            (device, None),
            TIMEOUT,
            "Warning",
            (raised, contact),
            (raised + pace.lag, contact + pace.lag),
        )
    own: list[tuple[Sensor | None, str, Severity, tuple[Span, ...]]] = [
        (None, BATTERY, "Warning", device.battery_lows),
        (None, POWER, "Alarm", device.power_losses),
    ]
    own += [(sensor, BROKEN, "Alarm", sensor.broken) for sensor in device.sensors]
    for sensor, condition, severity, spans in own:
        for span in merge(spans):
            upload = sensor.upload if sensor is not None else device.contact
            seen = (upload(span.start) + pace.lag, upload(span.end) + pace.lag)
            times = (span.start, span.end)
            yield from _pair((device, sensor), condition, severity, times, seen)


def _pair(
    source: tuple[Device, Sensor | None],
    condition: str,
    severity: Severity,
    times: tuple[datetime, datetime],
    seen: tuple[datetime, datetime],
) -> Iterator[Transition]:
    device, sensor = source
    origin = sensor.uuid if sensor is not None else device.uuid
    violation: str | None = None
    for at, visible_at, reason in zip(times, seen, (VIOLATED, ADHERED), strict=True):
        identity = _identity(origin, condition, severity, times[0], reason)
        yield Transition(
            uuid=identity,
            at=at,
            visible_at=visible_at,
            raised=violation is None,
            reason=reason,
            condition=condition,
            severity=severity,
            device=device,
            sensor=sensor,
            source_uuid=violation,
        )
        violation = identity


def transitions_of(
    device: Device, start: datetime, end: datetime, pace: Pace
) -> Iterator[Transition]:
    """Yield every transition of a device in `start <= t < end`."""
    for transition in system_transitions(device, pace):
        if start <= transition.at < end:
            yield transition
    for sensor in device.sensors:
        for channel in sensor.channels:
            yield from channel_transitions(channel, start, end, pace)
