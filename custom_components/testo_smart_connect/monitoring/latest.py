"""The newest reading of each channel, and which of them may still be believed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .freshness import Schedule, is_showable
from .model import ChannelKey, DeviceStatus, Reading
from .things import Thing, ThingKind


def newest(readings: Iterable[Reading], now: datetime) -> dict[ChannelKey, Reading]:
    """Return the newest showable reading of each channel."""
    found: dict[ChannelKey, Reading] = {}
    for reading in readings:
        known = found.get(reading.key)
        if (known is None or reading.at > known.at) and is_showable(reading.at, now):
            found[reading.key] = reading
    return found


def merged(
    known: Mapping[ChannelKey, Reading], found: Mapping[ChannelKey, Reading]
) -> tuple[dict[ChannelKey, Reading], set[ChannelKey]]:
    """Return the newest of both and the channels that changed; never goes back."""
    changed = {
        key for key, reading in found.items() if key not in known or reading.at > known[key].at
    }
    return {**known, **{key: found[key] for key in changed}}, changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What the ages of all readings mean at one moment."""

    stale: frozenset[ChannelKey] = frozenset()
    offline: frozenset[str] = frozenset()
    """Serials of things that are silent for too long."""
    known: frozenset[str] = frozenset()
    """Serials of things that have ever been heard of."""
    measured: Mapping[str, datetime] = field(default_factory=dict)
    """When each thing last measured, by serial."""
    changes: datetime | None = None
    """When the next reading or thing turns stale if nothing new comes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What is judged of one thing; derived once, as it hangs on the inventory alone."""

    serial: str
    device_uuid: str
    active: bool
    is_gateway: bool
    is_radio: bool
    gap: timedelta
    channels: tuple[tuple[timedelta, tuple[ChannelKey, ...]], ...]
    """The channels by the regular wait between two of their readings."""


def watch(thing: Thing) -> Watch:
    """Return what is judged of a thing."""
    by_gap: dict[timedelta, list[ChannelKey]] = {}
    for sensor in thing.sensors:
        keys = by_gap.setdefault(thing.device.gap(sensor), [])
        keys += [(sensor.uuid, channel.number) for channel in sensor.channels]
    return Watch(
        serial=thing.serial,
        device_uuid=thing.device.uuid,
        active=thing.device.active,
        is_gateway=thing.kind is ThingKind.GATEWAY,
        is_radio=thing.sensor is not None,
        gap=thing.device.gap(thing.sensor),
        channels=tuple((gap, tuple(keys)) for gap, keys in by_gap.items()),
    )


def outlook(
    watches: Iterable[Watch],
    latest: Mapping[ChannelKey, Reading],
    statuses: Mapping[str, DeviceStatus],
    tolerance: timedelta | None,
    now: datetime,
) -> Outlook:
    """Judge every channel and every thing. Inactive devices are never offline."""
    stale: set[ChannelKey] = set()
    offline: set[str] = set()
    known: set[str] = set()
    measured: dict[str, datetime] = {}
    deadlines: list[datetime] = []
    for thing in watches:
        serial, status = thing.serial, statuses.get(thing.device_uuid)
        newest: datetime | None = None
        for gap, keys in thing.channels:
            schedule = _schedule(gap, status, tolerance)
            for at, together in _ages(keys, latest).items():
                newest = at if newest is None else max(newest, at)
                deadline = schedule.deadline(at)
                if now > deadline:
                    stale.update(together)
                else:
                    deadlines.append(deadline)
        if newest is not None:
            measured[serial] = newest
        heard = _heard(thing, newest, status)
        if heard is None:
            continue
        known.add(serial)
        deadline = _schedule(thing.gap, status, tolerance).deadline(heard)
        if now <= deadline:
            deadlines.append(deadline)
        elif thing.active:
            offline.add(serial)
    return Outlook(
        stale=frozenset(stale),
        offline=frozenset(offline),
        known=frozenset(known),
        measured=measured,
        changes=min(deadlines, default=None),
    )


def _ages(
    keys: Iterable[ChannelKey], latest: Mapping[ChannelKey, Reading]
) -> dict[datetime, list[ChannelKey]]:
    """Return the channels by the time of their newest reading: those of a sensor share it."""
    found: dict[datetime, list[ChannelKey]] = {}
    for key in keys:
        reading = latest.get(key)
        if reading is not None:
            found.setdefault(reading.at, []).append(key)
    return found


def _heard(thing: Watch, measured: datetime | None, status: DeviceStatus | None) -> datetime | None:
    """Return when a thing gave its last sign of life.

    That of a logger is a measurement: a logger that reports but no longer measures is
    as good as silent. A gateway has none of its own.
    """
    if thing.is_gateway:
        return status.last_communication if status else None
    if measured is None and status is not None and not thing.is_radio:
        return status.last_measurement
    return measured


def _schedule(gap: timedelta, status: DeviceStatus | None, tolerance: timedelta | None) -> Schedule:
    return Schedule(
        gap=gap,
        last_communication=status.last_communication if status else None,
        next_communication=status.next_communication if status else None,
        tolerance=tolerance,
    )
