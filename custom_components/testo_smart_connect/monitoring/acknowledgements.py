"""What people do about alarms: acknowledge them and snooze the reminders of a device.

Both are kept here alone; the clouds offer no way to tell them. Nothing is changed in
place: each function returns what shall be remembered from now on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from .alarm_view import channels_of
from .episodes import Episode
from .model import Transition
from .sources import Sources

_SAME_BEGINNING = timedelta(hours=1)
"""How far apart two clouds may tell the beginning of one alarm."""
_REMEMBERED = timedelta(days=2)
"""Longer than a snooze and what may be due after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Who took notice of an episode, when (UTC), and what was said about it."""

    by: str
    at: datetime
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """The last snooze of an instrument (UTC); `ended` is None while it goes on."""

    began: datetime
    ended: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inherited:
    """What was said about an open alarm that another cloud told before.

    One of a channel names that, a system alarm the serial of what it stands on.
    """

    sensor: str | None = None
    number: int | None = None
    serial: str | None = None
    of_sensor: bool = False
    """Whether it is a system alarm of a sensor."""
    direction: str | None = None
    at: datetime
    """When the alarm began (UTC)."""
    said: Acknowledgement


def inherit(
    known: Mapping[str, Acknowledgement],
    inherited: Iterable[Inherited],
    episodes: Iterable[Episode],
    sources: Sources,
) -> dict[str, Acknowledgement]:
    """Return the acknowledgements with those of the same alarms, as this cloud tells them."""
    found, every = dict(known), tuple(episodes)
    for it in inherited:
        for episode in counterparts(it, every, sources):
            found.setdefault(episode.id, it.said)
    return found


def counterparts(
    it: Inherited, episodes: Iterable[Episode], sources: Sources
) -> tuple[Episode, ...]:
    """Return the open alarms that one of another cloud is; none where that is not certain.

    Without a direction it is only certain if it can be one of them alone.
    """
    found = tuple(episode for episode in episodes if _may_be(it, episode.facts, sources))
    return found if it.direction or len(found) == 1 else ()


def _may_be(it: Inherited, facts: Transition, sources: Sources) -> bool:
    if abs(facts.at - it.at) > _SAME_BEGINNING:
        return False
    if it.serial is None:
        return (it.sensor, it.number) in channels_of(facts, sources) and (
            it.direction in {None, facts.direction}
        )
    place = sources.find(facts)
    return (
        facts.system
        and facts.of_sensor == it.of_sensor
        and place is not None
        and it.serial in {place.owner, place.name}
    )


def acknowledge(
    known: Mapping[str, Acknowledgement], episodes: Iterable[Episode], said: Acknowledgement
) -> dict[str, Acknowledgement]:
    """Return the acknowledgements by episode id; of two of one episode the first stays."""
    return dict.fromkeys((episode.id for episode in episodes), said) | dict(known)


def still_known(
    known: Mapping[str, Acknowledgement], episodes: Iterable[Episode]
) -> dict[str, Acknowledgement]:
    """Return the acknowledgements of the episodes that are still known, open or not."""
    ids = {episode.id for episode in episodes}
    return {name: said for name, said in known.items() if name in ids}


def snooze(
    known: Mapping[str, datetime], serials: Iterable[str], until: datetime
) -> dict[str, datetime]:
    """Return until when each instrument is snoozed; an earlier snooze is replaced."""
    return dict(known) | dict.fromkeys(serials, until)


def running(known: Mapping[str, datetime], now: datetime) -> dict[str, datetime]:
    """Return the snoozes that are not over."""
    return {serial: until for serial, until in known.items() if until > now}


def quiet(
    known: Mapping[str, Quiet],
    before: Mapping[str, datetime],
    after: Mapping[str, datetime],
    now: datetime,
) -> dict[str, Quiet]:
    """Return the last snooze of each instrument, after those that run have changed.

    Who sends messages makes up afterwards for what fell into it.
    """
    found = {
        serial: it
        for serial, it in known.items()
        if it.ended is None or now - it.ended < _REMEMBERED
    }
    for serial in after.keys() - before.keys():
        found[serial] = Quiet(began=now)
    for serial in before.keys() - after.keys():
        ended = min(before[serial], now)
        begun = found.get(serial)
        found[serial] = Quiet(began=begun.began if begun else ended, ended=ended)
    return found


def standing_on(
    episodes: Iterable[Episode], sources: Sources, serial: str, probe: str | None = None
) -> tuple[Episode, ...]:
    """Return the episodes of an instrument, or only those of one probe of it (by its uuid).

    An episode that could mean several probes belongs to each of them.
    """
    return tuple(
        episode
        for episode in episodes
        if (place := sources.find(episode.facts)) is not None
        and place.owner == serial
        and (
            probe is None
            or (place.sensor is not None and place.sensor.uuid == probe)
            or any(uuid == probe for uuid, _ in channels_of(episode.facts, sources))
        )
    )
