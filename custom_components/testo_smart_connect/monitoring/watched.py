"""Limits of single channels, by the time of the day, and names of what they watch."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import takewhile
from zoneinfo import ZoneInfo

from .equipment import DailyLimit, Equipment
from .instruments import InstalledChannel
from .model import Device, Inventory, Limit, Sensor
from .quantities import Quantity
from .report_model import DoubtReason
from .sources import Bound
from .temperature import in_unit

type Rhythm = tuple[ZoneInfo, frozenset[timedelta]]
"""Times of the day, local in a zone."""

_DERIVED = {Quantity.DEW_POINT, Quantity.ABSOLUTE_HUMIDITY}
"""What nobody sets limits for: those in their unit speak of what is measured beside them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The limits of one channel, in its unit."""

    limits: tuple[DailyLimit, ...]
    zone: ZoneInfo
    site: str | None
    property_name: str

    def at(self, bound: Bound, moment: datetime) -> Limit | None:
        """Return the limit in force at a moment; None without one, or if several contradict."""
        of_day = _time_of_day(moment.astimezone(self.zone))
        return self._only(bound, (it for it in self.limits if it.holds(of_day)))

    def always(self, bound: Bound) -> Limit | None:
        """Return the limit that is the same all day."""
        mine = [it for it in self.limits if (it.direction, it.severity) == bound]
        # Between two changes nothing else comes into force.
        moments = self._changes or {timedelta()}
        everywhere = all(any(it.holds(moment) for it in mine) for moment in moments)
        return self._only(bound, mine) if everywhere else None

    def doubt(self, bound: Bound) -> DoubtReason | None:
        """Return why there is no limit all day although some are set; None where that is not so."""
        if not self.has(bound) or self.always(bound) is not None:
            return None
        mine = (it for it in self.limits if (it.direction, it.severity) == bound)
        return "times" if any(it.is_daily for it in mine) else "several"

    @property
    def _changes(self) -> frozenset[timedelta]:
        """Return the times of the day at which a limit begins or ends."""
        return frozenset(
            at % timedelta(days=1)
            for it in self.limits
            if it.is_daily
            for at in (it.begins, it.ends)
        )

    def has(self, bound: Bound) -> bool:
        """Tell whether there is such a limit at some time of the day."""
        return any((it.direction, it.severity) == bound for it in self.limits)

    @property
    def rhythm(self) -> Rhythm | None:
        """Return when others come into force, None if that never happens."""
        times = self._changes
        return (self.zone, times) if times else None

    def _only(self, bound: Bound, limits: Iterable[DailyLimit]) -> Limit | None:
        mine = [it for it in limits if (it.direction, it.severity) == bound]
        found = {(it.value, it.unit) for it in mine}
        if len(found) != 1:
            return None
        ((value, unit),) = found
        return Limit(
            site=self.site,
            property_name=self.property_name,
            direction=bound[0],
            severity=bound[1],
            value=value,
            unit=unit,
            # Of several that begin at the same value, the first to tell.
            delay=min(it.delay for it in mine),
        )


def next_change(rhythm: Rhythm, after: datetime) -> datetime:
    """Return when another limit comes into force next (UTC)."""
    zone, times = rhythm
    local = after.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    coming = (
        (midnight + timedelta(days=day) + time).astimezone(UTC)
        for day in range(2)
        for time in times
    )
    return min(it for it in coming if it > after)


def watched(installed: InstalledChannel, equipments: Mapping[str, Equipment]) -> Watched | None:
    """Return the limits of a channel: those of its part that are in its unit.

    None where the part has no limits at all. One that has some, but none for this channel, says
    that it has none, whatever others at the site have.
    """
    channel = installed.channel
    equipment = equipments.get(channel.part or "")
    if equipment is None or not equipment.limits or channel.quantity in _DERIVED:
        return None
    limits = tuple(
        replace(it, value=value, unit=channel.unit)
        for it in equipment.limits
        if channel.unit and (value := in_unit(it.value, it.unit, channel.unit)) is not None
    )
    return Watched(
        limits=limits,
        zone=ZoneInfo(equipment.zone or "UTC"),
        site=installed.device.site,
        property_name=channel.property_name or "",
    )


def with_titles(inventory: Inventory, equipments: Mapping[str, Equipment]) -> Inventory:
    """Return an inventory in which what has no name is called like what it watches."""
    if not equipments:
        return inventory
    title = partial(_titled, equipments=equipments)
    return replace(inventory, devices=tuple(map(title, inventory.devices)))


def _titled(device: Device, equipments: Mapping[str, Equipment]) -> Device:
    watched = dict.fromkeys(_equipments_of(device.wired, equipments))
    name, titles = shared_name({it.part: it.title for it in watched if it.title})
    sensors = tuple(
        replace(
            sensor,
            name=sensor.name or _title(sensor, equipments),
            channels=tuple(
                replace(channel, title=titles.get(channel.part or ""))
                for channel in sensor.channels
            ),
        )
        for sensor in device.sensors
    )
    areas = {it.area for it in _equipments_of(device.sensors, equipments)} - {None}
    return replace(
        device,
        sensors=sensors,
        name=device.name or name,
        area=areas.pop() if len(areas) == 1 else None,
    )


def shared_name(titles: Mapping[str, str]) -> tuple[str | None, Mapping[str, str]]:
    """Return what parts are called together, and what tells them apart, by part.

    That is what begins all titles and what follows it; else all of them, and each.
    """
    every = tuple(dict.fromkeys(titles.values()))
    if len(every) <= 1:
        return next(iter(every), None), {}
    words = [title.split() for title in every]
    shared = sum(1 for _ in takewhile(lambda it: len({*it}) == 1, zip(*words, strict=False)))
    if shared and all(len(it) > shared for it in words):
        rests = {part: " ".join(title.split()[shared:]) for part, title in titles.items()}
        name = " ".join(words[0][:shared])
    else:
        rests, name = {**titles}, " / ".join(every)
    counts = Counter(rests.values())
    return name, {part: rest for part, rest in rests.items() if counts[rest] == 1}


def _title(sensor: Sensor, equipments: Mapping[str, Equipment]) -> str | None:
    for it in _equipments_of((sensor,), equipments):
        return " ".join(filter(None, (it.title, it.part_title))) or None
    return None


def _equipments_of(
    sensors: Iterable[Sensor], equipments: Mapping[str, Equipment]
) -> Iterator[Equipment]:
    for sensor in sensors:
        for channel in sensor.channels:
            if (found := equipments.get(channel.part or "")) is not None:
                yield found


def _time_of_day(local: datetime) -> timedelta:
    return timedelta(
        hours=local.hour,
        minutes=local.minute,
        seconds=local.second,
        microseconds=local.microsecond,
    )
