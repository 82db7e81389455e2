"""Everything that hangs on inventory, locations and limits alone, derived once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .model import ChannelKey, Inventory, Limit, Location
from .outlook import Watches, watches
from .sources import BOUNDS, Bound, Conflict, Limits, Sources
from .things import Spot, Thing, things


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The things of an account and how to find them."""

    inventory: Inventory = field(default_factory=Inventory)
    things: Mapping[str, Thing] = field(default_factory=dict)
    """By serial, each gateway before its radio sensors."""
    spots: Mapping[ChannelKey, Spot] = field(default_factory=dict)
    keys: Mapping[str, ChannelKey] = field(default_factory=dict)
    """The channels by the identity that is made of serials."""
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


def shape_of(inventory: Inventory, locations: Iterable[Location], limits: Iterable[Limit]) -> Shape:
    """Derive the shape of an account."""
    known = Limits(limits)
    every = {thing.serial: thing for thing in things(inventory)}
    spots: dict[ChannelKey, Spot] = {}
    owner: dict[ChannelKey, str] = {}
    for thing in every.values():
        for spot in thing.spots():
            spots[spot.key], owner[spot.key] = spot, thing.serial
    return Shape(
        inventory=inventory,
        things=every,
        spots=spots,
        keys={spot.unique_id: key for key, spot in spots.items()},
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
    )
