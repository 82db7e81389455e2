"""Everything that hangs on inventory, locations and limits alone, derived once."""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .alarm_view import candidates
from .equipment import Equipment
from .freshness import Supervised, supervised
from .identity import readings_of, tails_of
from .instruments import InstalledChannel, Instrument, instruments, named
from .model import (
    ChannelKey,
    Inventory,
    Limit,
    Location,
    Sensor,
    StableKey,
    Transition,
)
from .report_model import DoubtReason
from .sources import BOUNDS, Bound, Conflict, Limits, Sources, place_channels
from .temperature import in_unit
from .watched import Rhythm, Watched, watched, with_titles

_FEWEST_DIGITS = 3
"""Of a serial number, where it has to tell names apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """The instruments of an account and how to find them."""

    inventory: Inventory = field(default_factory=Inventory)
    instruments: Mapping[str, Instrument] = field(default_factory=dict)
    """By serial, each gateway before its radio sensors."""
    channels: Mapping[ChannelKey, InstalledChannel] = field(default_factory=dict)
    keys: Mapping[str, ChannelKey] = field(default_factory=dict)
    """The channels by the identity that is made of serials."""
    by_stable_key: Mapping[StableKey, ChannelKey] = field(default_factory=dict)
    """The same wherever the sensor is; none of those that are not the only ones."""
    owner: Mapping[ChannelKey, str] = field(default_factory=dict)
    """The serial of the instrument that a channel stands on."""
    supervised: Supervised = field(default_factory=Supervised)
    """What is judged of each instrument."""
    expected: frozenset[ChannelKey] = frozenset()
    """The channels that should deliver readings."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What the instruments are called, by serial: each otherwise than the others."""
    probe_names: Mapping[str, str] = field(default_factory=dict)
    """The same of the probes, by their serials."""
    site_names: Mapping[str, str] = field(default_factory=dict)
    sources: Sources = field(default_factory=lambda: Sources(Inventory()))
    limits: Limits = field(default_factory=lambda: Limits(()))
    channel_limits: Mapping[tuple[ChannelKey, Bound], Limit] = field(default_factory=dict)
    """The limits of the channels, where only one can be meant."""
    conflicts: tuple[Conflict, ...] = ()
    """Where more than one can be meant, by site and property."""
    watched: Mapping[ChannelKey, Watched] = field(default_factory=dict)
    """The channels with limits of their own."""
    rhythms: frozenset[Rhythm] = frozenset()
    """When others of them come into force."""
    crowded: frozenset[tuple[ChannelKey, Bound]] = frozenset()
    """Where a site has more limits than channels, so that one may have several."""
    mark: str = ""
    """That of the kind of account."""

    def source(self, transition: Transition) -> str:
        """Return one name for the source of a transition, however it is named."""
        return self.sources.source(transition)

    def meant(self, transition: Transition) -> Collection[Hashable]:
        """Return the things that a transition may mean, each of which is violated by itself.

        These are channels of one quantity, limits of one channel, sensors of one device.
        """
        place = self.sources.find(transition)
        if place is None:
            return ()
        if transition.system:
            whole = transition.of_sensor and place.sensor is None
            return {sensor.uuid for sensor in place.device.sensors} if whole else ()
        keys = candidates(place, transition) or {
            (sensor.uuid, channel.number) for sensor, channel in place_channels(place)
        }
        bound = transition.direction or "", transition.severity
        crowded = {(key, "another limit") for key in keys if (key, bound) in self.crowded}
        return {*keys, *crowded}

    def channel_of(self, unique_id: str, stable_key: StableKey) -> InstalledChannel | None:
        """Return what once had these names, wherever it is now; None once it is gone."""
        key = self.keys.get(unique_id) or self.by_stable_key.get(stable_key)
        return None if key is None else self.channels[key]

    def read_back(self, unique_id: str) -> tuple[InstalledChannel, str] | None:
        """Return which channel the unique id of an entity means, and what was appended to it.

        The channel may be on another device by now. None for what is no entity of a channel,
        or of one that is gone.
        """
        found = [*readings_of(unique_id)]
        for channel_id, suffix in found:
            if (key := self.keys.get(channel_id)) is not None:
                return self.channels[key], suffix
        for channel_id, suffix in found:
            for stable_key in tails_of(channel_id, self.mark):
                if (key := self.by_stable_key.get(stable_key)) is not None:
                    return self.channels[key], suffix
        return None

    def find(self, identifiers: Collection[str]) -> tuple[Instrument, Sensor | None] | None:
        """Return the instrument that a device stands for, and the probe if it is that of one."""
        for instrument in self.instruments.values():
            if instrument.identity() in identifiers:
                return instrument, None
            for probe in instrument.probes:
                if instrument.identity_of(probe) in identifiers:
                    return instrument, probe
        return None

    @property
    def has_radio(self) -> bool:
        """Tell whether there are radio sensors."""
        return any(device.radio for device in self.inventory.devices)

    def limit_at(self, key: ChannelKey, bound: Bound, moment: datetime) -> Limit | None:
        """Return the limit of a channel that is in force, if only one can be meant."""
        watched = self.watched.get(key)
        return watched.at(bound, moment) if watched else self.channel_limits.get((key, bound))

    def doubt(self, installed: InstalledChannel, bound: Bound) -> DoubtReason | None:
        """Return why a channel has no limit although some are set, None if that is not so."""
        if (watched := self.watched.get(installed.key)) is not None:
            return watched.doubt(bound)
        site, sensor, channel = installed.device.site, installed.sensor, installed.channel
        return "several" if self.limits.conflict(site, sensor, channel, bound) else None

    def has_limit(self, installed: InstalledChannel, bound: Bound) -> bool:
        """Tell whether a limit is configured for a channel, at any time of the day."""
        if (watched := self.watched.get(installed.key)) is not None:
            return watched.has(bound)
        return (installed.key, bound) in self.channel_limits

    def has_severity(self, installed: InstalledChannel, severity: str) -> bool:
        """Tell whether limits of a severity are configured for a channel, conflicting or not."""
        if (watched := self.watched.get(installed.key)) is not None:
            return any(watched.has((direction, severity)) for direction in ("upper", "lower"))
        return self.limits.has(installed.device.site, installed.sensor, installed.channel, severity)

    def limit_of(self, facts: Transition) -> float | None:
        """Return the limit that a transition is about, if only one can be meant.

        The one that was in force then, in the unit of the transition.
        """
        if facts.limit is not None:
            return facts.limit
        place = self.sources.find(facts)
        if facts.direction is None or place is None:
            return None
        own = [self.watched[key] for key in candidates(place, facts) if key in self.watched]
        if own:
            bound = facts.direction, facts.severity
            values = {
                in_unit(limit.value, limit.unit, facts.unit or limit.unit)
                for it in own
                if (limit := it.at(bound, facts.at)) is not None
            }
            return values.pop() if len(values) == 1 else None
        limit = self.limits.find(
            facts.site or place.device.site, facts.property_name, facts.direction, facts.severity
        )
        return limit.value if limit else None


def topology_of(
    inventory: Inventory,
    locations: Iterable[Location],
    limits: Iterable[Limit],
    mark: str = "",
    equipments: Iterable[Equipment] = (),
) -> Topology:
    """Derive the topology of an account."""
    parts = {it.part: it for it in equipments}
    inventory = with_titles(inventory, parts)
    # Where sites are told, nothing tells which devices a limit without one is for.
    placed = inventory.sites()
    known = Limits(limit for limit in limits if limit.site is not None or not placed)
    every = _by_serial(instruments(inventory, mark))
    channels: dict[ChannelKey, InstalledChannel] = {}
    owner: dict[ChannelKey, str] = {}
    # A sensor that two devices name belongs to the active one.
    for instrument in sorted(every.values(), key=lambda instrument: instrument.device.active):
        for installed in instrument.channels():
            channels[installed.key], owner[installed.key] = installed, instrument.serial
    own = {
        key: found
        for key, installed in channels.items()
        if (found := watched(installed, parts)) is not None
    }
    return Topology(
        inventory=inventory,
        instruments=every,
        channels=channels,
        keys={installed.unique_id: key for key, installed in channels.items()},
        by_stable_key=_unambiguous(channels),
        owner=owner,
        supervised=supervised(every.values()),
        expected=frozenset(key for key, installed in channels.items() if installed.device.active),
        names=_told_apart({it.serial: it.name for it in every.values()}),
        probe_names=_told_apart(
            {probe.serial: named(probe) for it in every.values() for probe in it.probes}
        ),
        site_names={place.id: place.name for place in locations if place.name},
        sources=Sources(inventory),
        limits=known,
        channel_limits={
            (installed.key, bound): limit
            for installed in channels.values()
            for bound in BOUNDS
            if (limit := _always(installed, bound, own, known)) is not None
        },
        watched=own,
        rhythms=frozenset(filter(None, (it.rhythm for it in own.values()))),
        conflicts=tuple(
            dict.fromkeys(
                conflict
                for installed in channels.values()
                for bound in BOUNDS
                if (
                    conflict := known.conflict(
                        installed.device.site, installed.sensor, installed.channel, bound
                    )
                )
            )
        ),
        crowded=_crowded(channels.values(), known),
        mark=mark,
    )


def _always(
    installed: InstalledChannel, bound: Bound, own: Mapping[ChannelKey, Watched], known: Limits
) -> Limit | None:
    """Return the limit of a channel that is in force all day."""
    if installed.key in own:
        return own[installed.key].always(bound)
    return known.of(installed.device.site, installed.sensor, installed.channel, bound)


def _crowded(
    channels: Iterable[InstalledChannel], limits: Limits
) -> frozenset[tuple[ChannelKey, Bound]]:
    """Return the channels and bounds for which a site has more limits than channels."""
    found = [
        (installed, bound, objects)
        for installed in channels
        for bound in BOUNDS
        if (
            objects := limits.objects(
                installed.device.site, installed.sensor, installed.channel, bound
            )
        )
    ]
    counts = Counter(
        (installed.device.site, installed.channel.quantity, bound) for installed, bound, _ in found
    )
    return frozenset(
        (installed.key, bound)
        for installed, bound, objects in found
        if objects > counts[installed.device.site, installed.channel.quantity, bound]
    )


def _by_serial(found: Iterable[Instrument]) -> dict[str, Instrument]:
    """Return instruments by serial; of several registrations of one, an active one."""
    every: dict[str, Instrument] = {}
    for instrument in found:
        before = every.get(instrument.serial)
        if before is None or instrument.device.active or not before.device.active:
            every[instrument.serial] = instrument
    # Whose place was taken may have come before the gateway that has it now.
    return dict(sorted(every.items(), key=lambda item: item[1].sensor is not None))


def _told_apart(given: Mapping[str, str]) -> dict[str, str]:
    """Return names by serial; several of one name get as many digits of it as it takes."""
    alike: dict[str, list[str]] = {}
    for serial, name in given.items():
        alike.setdefault(name, []).append(serial)
    return {
        serial: name if len(serials) == 1 else f"{name} ({_end_of(serial, serials)})"
        for name, serials in alike.items()
        for serial in serials
    }


def _end_of(serial: str, serials: Iterable[str]) -> str:
    """Return the end of a serial that no other one of some shares."""
    for length in range(_FEWEST_DIGITS, len(serial)):
        if sum(other.endswith(serial[-length:]) for other in serials) == 1:
            return serial[-length:]
    return serial


def _unambiguous(channels: Mapping[ChannelKey, InstalledChannel]) -> dict[StableKey, ChannelKey]:
    counts = Counter(installed.stable_key for installed in channels.values())
    return {
        installed.stable_key: key
        for key, installed in channels.items()
        if counts[installed.stable_key] == 1
    }
