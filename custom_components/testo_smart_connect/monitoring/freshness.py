"""Which readings may still be believed, and which instruments are silent."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from .instruments import Instrument, InstrumentKind
from .model import ChannelKey, DeviceStatus, Reading
from .schedule import FUTURE_MARGIN, Schedule


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """What the ages of all readings mean at one moment."""

    stale: frozenset[ChannelKey] = frozenset()
    offline: frozenset[str] = frozenset()
    """Serials of instruments that are silent for too long."""
    known: frozenset[str] = frozenset()
    """Serials of instruments that have ever been heard of."""
    measured: Mapping[str, datetime] = field(default_factory=dict)
    """When each instrument last measured, by serial."""
    changes: datetime | None = None
    """When the next reading or instrument turns stale if nothing new comes."""
    facts: Facts | None = field(default=None, compare=False, repr=False)
    verdicts: Mapping[str, Verdict] = field(default_factory=dict, compare=False, repr=False)
    """What it was made of, by serial; the next one takes over what is still true of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervision:
    """What is judged of one instrument; derived once, as it hangs on the inventory alone."""

    serial: str
    status_uuids: tuple[str, ...]
    """By what its own status is known, then that of the gateway that it sends through."""
    active: bool
    is_gateway: bool
    gap: timedelta
    communication: timedelta | None
    """How often its device has contact with the cloud, None where that is not told."""
    channels: tuple[tuple[timedelta, tuple[ChannelKey, ...]], ...]
    """The channels by the regular wait between two of their readings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervised:
    """What is judged of an account, and whom a change concerns."""

    by_serial: Mapping[str, Supervision] = field(default_factory=dict)
    by_channel: Mapping[ChannelKey, list[str]] = field(default_factory=dict)
    """The serials of the instruments that a channel is judged with: a cloud may name several."""
    by_device: Mapping[str, list[str]] = field(default_factory=dict)
    """The serials of the instruments that are judged by a status, by its uuid."""


def supervised(instruments: Iterable[Instrument]) -> Supervised:
    """Return what is judged of instruments."""
    by_serial = {instrument.serial: _supervision(instrument) for instrument in instruments}
    by_channel: dict[ChannelKey, list[str]] = {}
    by_device: dict[str, list[str]] = {}
    for serial, it in by_serial.items():
        for uuid in it.status_uuids:
            by_device.setdefault(uuid, []).append(serial)
        for key in chain.from_iterable(keys for _, keys in it.channels):
            by_channel.setdefault(key, []).append(serial)
    return Supervised(by_serial=by_serial, by_channel=by_channel, by_device=by_device)


def _supervision(instrument: Instrument) -> Supervision:
    by_gap: dict[timedelta, list[ChannelKey]] = {}
    for sensor in instrument.sensors:
        for channel in sensor.channels:
            gap = instrument.device.gap(sensor, channel)
            by_gap.setdefault(gap, []).append((sensor.uuid, channel.number))
    return Supervision(
        serial=instrument.serial,
        status_uuids=tuple(dict.fromkeys((instrument.status_uuid, instrument.device.uuid))),
        active=instrument.device.active,
        is_gateway=instrument.kind is InstrumentKind.GATEWAY,
        gap=instrument.device.gap(instrument.sensor),
        communication=instrument.device.communication_cycle,
        channels=tuple((gap, tuple(keys)) for gap, keys in by_gap.items()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known at a moment. The mappings are never changed in place."""

    supervised: Supervised
    latest: Mapping[ChannelKey, Reading]
    statuses: Mapping[str, DeviceStatus]
    tolerance: timedelta | None
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the ages of the readings of one instrument mean."""

    stale: tuple[ChannelKey, ...]
    silent: bool
    heard: bool
    measured: datetime | None
    changes: datetime | None
    """Until when it is true if nothing new comes."""


def freshness(facts: Facts, before: Freshness | None = None) -> Freshness:
    """Judge every channel and every instrument. Inactive devices are never offline.

    What has not changed since a judgement before is not judged anew.
    """
    known = _still_true(before, facts) if before else {}
    verdicts = {
        serial: known.get(serial) or _judge(instrument, facts)
        for serial, instrument in facts.supervised.by_serial.items()
    }
    return Freshness(
        stale=frozenset(chain.from_iterable(it.stale for it in verdicts.values())),
        offline=frozenset(serial for serial, it in verdicts.items() if it.silent),
        known=frozenset(serial for serial, it in verdicts.items() if it.heard),
        measured={serial: it.measured for serial, it in verdicts.items() if it.measured},
        changes=min((it.changes for it in verdicts.values() if it.changes), default=None),
        facts=facts,
        verdicts=verdicts,
    )


def _still_true(before: Freshness, facts: Facts) -> dict[str, Verdict]:
    """Return the verdicts on instruments of which nothing has changed, by serial."""
    then, now = before.facts, facts.now
    if then is None or then.supervised is not facts.supervised or then.tolerance != facts.tolerance:
        return {}
    if now < then.now:
        return {}
    verdicts = {**before.verdicts}
    if before.changes is not None and now > before.changes:
        verdicts = {
            serial: it for serial, it in verdicts.items() if it.changes is None or now <= it.changes
        }
    supervised = facts.supervised
    touched = [
        *(supervised.by_channel.get(key, ()) for key in _changed(then.latest, facts.latest)),
        *(supervised.by_device.get(uuid, ()) for uuid in _changed(then.statuses, facts.statuses)),
    ]
    for serial in chain.from_iterable(touched):
        verdicts.pop(serial, None)
    return verdicts


def _changed[K, V](before: Mapping[K, V], after: Mapping[K, V]) -> set[K]:
    """Return the keys whose value is not the same object any more."""
    if after is before:
        return set()
    changed = {key for key, value in after.items() if before.get(key) is not value}
    return changed | (before.keys() - after.keys())


def _judge(instrument: Supervision, facts: Facts) -> Verdict:
    told, now = [facts.statuses.get(it) for it in instrument.status_uuids], facts.now
    own, status = told[0], next(filter(None, told), None)
    stale: list[ChannelKey] = []
    deadlines: list[datetime] = []
    newest: datetime | None = None
    for gap, keys in instrument.channels:
        schedule = _schedule(instrument, gap, status, facts.tolerance)
        for at, together in _ages(keys, facts.latest).items():
            newest = at if newest is None else max(newest, at)
            deadline = schedule.deadline(at)
            if now > deadline:
                stale += together
            else:
                deadlines.append(deadline)
    heard = None if instrument.is_gateway else newest
    if heard is None:
        # What a clock that is ahead tells is no sign of life before it is the past.
        signs = {it: it - FUTURE_MARGIN for it in _signs(instrument, own)}
        heard = next((it for it, counts in signs.items() if now > counts), None)
        deadlines += [counts for counts in signs.values() if now <= counts]
    silent = False
    if heard is not None:
        deadline = _schedule(instrument, instrument.gap, status, facts.tolerance).deadline(heard)
        silent = now > deadline and instrument.active
        if now <= deadline:
            deadlines.append(deadline)
    if own is not None and own.disconnected is not None:
        silent = own.disconnected and instrument.active
    return Verdict(
        stale=tuple(stale),
        silent=silent,
        heard=heard is not None or (own is not None and own.disconnected is not None),
        measured=newest,
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


def _signs(instrument: Supervision, status: DeviceStatus | None) -> Iterator[datetime]:
    """Yield what its device told of the last sign of life of an instrument, the best first.

    That of a logger is a measurement: a logger that reports but no longer measures is
    as good as silent. Where none is told, and for a gateway, it is the last contact.
    """
    if status is None:
        return
    if status.last_measurement is not None and not instrument.is_gateway:
        yield status.last_measurement
    if status.last_communication is not None:
        yield status.last_communication


def _schedule(
    instrument: Supervision,
    gap: timedelta,
    status: DeviceStatus | None,
    tolerance: timedelta | None,
) -> Schedule:
    return Schedule(
        gap=gap,
        communication=instrument.communication,
        last_communication=status.last_communication if status else None,
        next_communication=status.next_communication if status else None,
        tolerance=tolerance,
    )
