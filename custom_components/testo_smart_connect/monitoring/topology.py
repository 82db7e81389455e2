"""Everything that hangs on inventory, locations and limits alone, derived once."""

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from .alarm_view import candidates
from .freshness import Watches, watches
from .instruments import Spot, Thing, things
from .model import ChannelKey, Inventory, Limit, Location, StableKey, Transition
from .sources import BOUNDS, Bound, Conflict, Limits, Sources, place_channels


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The things of an account and how to find them."""

    inventory: Inventory = field(default_factory=Inventory)
    things: Mapping[str, Thing] = field(default_factory=dict)
    """By serial, each gateway before its radio sensors."""
    spots: Mapping[ChannelKey, Spot] = field(default_factory=dict)
    keys: Mapping[str, ChannelKey] = field(default_factory=dict)
    """The channels by the identity that is made of serials."""
    by_stable_key: Mapping[StableKey, ChannelKey] = field(default_factory=dict)
    """The same wherever the sensor is; none of those that are not the only ones."""
    owner: Mapping[ChannelKey, str] = field(default_factory=dict)
    """The serial of the thing that a channel stands on."""
    watches: Watches = field(default_factory=Watches)
    """What is judged of each thing."""
    expected: frozenset[ChannelKey] = frozenset()
    """The channels that should deliver readings."""
    site_names: Mapping[str, str] = field(default_factory=dict)
    sources: Sources = field(default_factory=lambda: Sources(Inventory()))
    limits: Limits = field(default_factory=lambda: Limits(()))
    channel_limits: Mapping[tuple[ChannelKey, Bound], Limit] = field(default_factory=dict)
    """The limits of the channels, where only one can be meant."""
    conflicts: tuple[Conflict, ...] = ()
    """Where more than one can be meant, by site and property."""
    crowded: frozenset[tuple[ChannelKey, Bound]] = frozenset()
    """Where a site has more limits than channels, so that one may have several."""

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

    def spot_of(self, unique_id: str, stable_key: StableKey) -> Spot | None:
        """Return what once had these names, wherever it is now; None once it is gone."""
        key = self.keys.get(unique_id) or self.by_stable_key.get(stable_key)
        return None if key is None else self.spots[key]


def shape_of(inventory: Inventory, locations: Iterable[Location], limits: Iterable[Limit]) -> Shape:
    """Derive the shape of an account."""
    # Where sites are told, nothing tells which devices a limit without one is for.
    placed = inventory.sites()
    known = Limits(limit for limit in limits if limit.site is not None or not placed)
    every = _by_serial(things(inventory))
    spots: dict[ChannelKey, Spot] = {}
    owner: dict[ChannelKey, str] = {}
    # A sensor that two devices name belongs to the active one.
    for thing in sorted(every.values(), key=lambda thing: thing.device.active):
        for spot in thing.spots():
            spots[spot.key], owner[spot.key] = spot, thing.serial
    return Shape(
        inventory=inventory,
        things=every,
        spots=spots,
        keys={spot.unique_id: key for key, spot in spots.items()},
        by_stable_key=_unambiguous(spots),
        owner=owner,
        watches=watches(every.values()),
        expected=frozenset(key for key, spot in spots.items() if spot.device.active),
        site_names={place.id: place.name for place in locations if place.name},
        sources=Sources(inventory),
        limits=known,
        channel_limits={
            (spot.key, bound): limit
            for spot in spots.values()
            for bound in BOUNDS
            if (limit := known.of(spot.device.site, spot.sensor, spot.channel, bound)) is not None
        },
        conflicts=tuple(
            dict.fromkeys(
                conflict
                for spot in spots.values()
                for bound in BOUNDS
                if (conflict := known.conflict(spot.device.site, spot.sensor, spot.channel, bound))
            )
        ),
        crowded=_crowded(spots.values(), known),
    )


def _crowded(spots: Iterable[Spot], limits: Limits) -> frozenset[tuple[ChannelKey, Bound]]:
    """Return the channels and bounds for which a site has more limits than channels."""
    found = [
        (spot, bound, objects)
        for spot in spots
        for bound in BOUNDS
        if (objects := limits.objects(spot.device.site, spot.sensor, spot.channel, bound))
    ]
    channels = Counter((spot.device.site, spot.channel.quantity, bound) for spot, bound, _ in found)
    return frozenset(
        (spot.key, bound)
        for spot, bound, objects in found
        if objects > channels[spot.device.site, spot.channel.quantity, bound]
    )


def _by_serial(found: Iterable[Thing]) -> dict[str, Thing]:
    """Return things by serial; of several registrations of one, an active one."""
    every: dict[str, Thing] = {}
    for thing in found:
        before = every.get(thing.serial)
        if before is None or thing.device.active or not before.device.active:
            every[thing.serial] = thing
    # Whose place was taken may have come before the gateway that has it now.
    return dict(sorted(every.items(), key=lambda item: item[1].sensor is not None))


def _unambiguous(spots: Mapping[ChannelKey, Spot]) -> dict[StableKey, ChannelKey]:
    counts = Counter(spot.stable_key for spot in spots.values())
    return {spot.stable_key: key for key, spot in spots.items() if counts[spot.stable_key] == 1}
