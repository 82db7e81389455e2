"""Open episodes where a user looks for them: on channels and on instruments."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .episodes import Episode
from .model import ChannelKey, Transition
from .quantities import Quantity, normal, property_of
from .sources import Place, Sources, matching_channels, place_channels


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmView:
    """The open episodes of an account."""

    by_channel: Mapping[tuple[ChannelKey, str], Episode] = field(default_factory=dict)
    """The newest open episode by channel and severity."""
    by_instrument: Mapping[str, Episode] = field(default_factory=dict)
    """The newest open system alarm, or alarm of an unknown quantity, by serial."""
    by_owner: Mapping[str, tuple[Episode, ...]] = field(default_factory=dict, compare=False)
    """All open episodes of an instrument, by serial; the same as above, in another order."""
    alarms: int = 0
    warnings: int = 0
    seen: frozenset[tuple[ChannelKey, str]] = frozenset()
    """Channels and severities that any known episode speaks of."""


def alarm_view(active: Iterable[Episode], seen: Iterable[Episode], sources: Sources) -> AlarmView:
    """Place the open episodes; ones without a known place are left out.

    ``seen`` are all known episodes, open or not.
    """
    by_channel: dict[tuple[ChannelKey, str], Episode] = {}
    by_instrument: dict[str, Episode] = {}
    by_owner: dict[str, list[Episode]] = {}
    counts = {"alarm": 0, "warning": 0}
    for episode in active:  # in order of time, so that the newest stays
        place = sources.find(episode.facts)
        if place is None:
            continue
        counts[episode.severity] += 1
        by_owner.setdefault(place.owner, []).append(episode)
        keys = channels_of(episode.facts, sources)
        for key in keys:
            by_channel[key, episode.severity] = episode
        if not keys:
            by_instrument[place.owner] = episode
    return AlarmView(
        by_channel=by_channel,
        by_instrument=by_instrument,
        by_owner={serial: tuple(found) for serial, found in by_owner.items()},
        alarms=counts["alarm"],
        warnings=counts["warning"],
        seen=frozenset(
            (key, episode.severity)
            for episode in seen
            for key in channels_of(episode.facts, sources)
        ),
    )


def channels_of(facts: Transition, sources: Sources) -> tuple[ChannelKey, ...]:
    """Return the channels that a transition speaks of; none for a system alarm."""
    place = sources.find(facts)
    return () if place is None or facts.system else _matching(place, facts)


def candidates(place: Place, facts: Transition) -> set[ChannelKey]:
    """Return the channels that a transition may mean at a place.

    One without an extension mostly means the air temperature, but may mean that of a
    product; a dew point always says so.
    """
    if facts.channel is not None:
        return {*_matching(place, facts)}
    if normal(facts.extension) is not None:
        return {*_matching(place, facts)}
    name = property_of(facts.property_name)
    return {
        (sensor.uuid, channel.number)
        for sensor, channel in place_channels(place)
        if property_of(channel.property_name) == name and channel.quantity is not Quantity.DEW_POINT
    }


def _matching(place: Place, facts: Transition) -> tuple[ChannelKey, ...]:
    channels = place_channels(place)
    if facts.channel is not None:
        return tuple(
            (sensor.uuid, channel.number)
            for sensor, channel in channels
            if channel.number == facts.channel
        )
    wanted = matching_channels(
        (channel for _, channel in channels), facts.property_name, facts.extension, facts.unit
    )
    return tuple((sensor.uuid, channel.number) for sensor, channel in channels if channel in wanted)
