"""The newest reading of each channel, and which of them may still be believed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .freshness import Schedule, is_showable
from .model import ChannelKey, Device, DeviceStatus, Inventory, Reading, Sensor
from .things import Thing, ThingKind, things


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


def outlook(
    inventory: Inventory,
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
    for thing in things(inventory):
        status = statuses.get(thing.device.uuid)
        for spot in thing.spots():
            reading = latest.get(spot.key)
            if reading is None:
                continue
            serial = thing.serial
            measured[serial] = max(reading.at, measured.get(serial, reading.at))
            deadline = _schedule(thing.device, spot.sensor, status, tolerance).deadline(reading.at)
            if now > deadline:
                stale.add(spot.key)
            else:
                deadlines.append(deadline)
        heard = _heard(thing, measured.get(thing.serial), status)
        if heard is None:
            continue
        known.add(thing.serial)
        deadline = _schedule(thing.device, thing.sensor, status, tolerance).deadline(heard)
        if now <= deadline:
            deadlines.append(deadline)
        elif thing.device.active:
            offline.add(thing.serial)
    return Outlook(
        stale=frozenset(stale),
        offline=frozenset(offline),
        known=frozenset(known),
        measured=measured,
        changes=min(deadlines, default=None),
    )


def _heard(thing: Thing, measured: datetime | None, status: DeviceStatus | None) -> datetime | None:
    """Return when a thing gave its last sign of life.

    That of a logger is a measurement: a logger that reports but no longer measures is
    as good as silent. A gateway has none of its own.
    """
    if thing.kind is ThingKind.GATEWAY:
        return status.last_communication if status else None
    if measured is None and status is not None and thing.sensor is None:
        return status.last_measurement
    return measured


def _schedule(
    device: Device,
    sensor: Sensor | None,
    status: DeviceStatus | None,
    tolerance: timedelta | None,
) -> Schedule:
    return Schedule(
        gap=device.gap(sensor),
        last_communication=status.last_communication if status else None,
        next_communication=status.next_communication if status else None,
        tolerance=tolerance,
    )
