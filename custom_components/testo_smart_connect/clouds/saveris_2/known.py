"""Which channels there are: what was once measured, as long as its measuring point is listed.

A probe that is unplugged is missing from the values, and must not lose its entities for that.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from ...monitoring.codec import NOT_UNDERSTOOD, dump, load
from ...monitoring.model import Channel, Device, Inventory, Sensor
from ...monitoring.moments import is_recent
from ...monitoring.schedule import FUTURE_MARGIN
from .channel_name import ChannelName
from .units import property_of_unit

_LAST_GAPS = 20
"""How many pauses of a channel are kept."""
_ODD_ONE_OUT = 1
"""How many of them may be an outage, which is no habit."""
_SHORTEST_GAP = timedelta(hours=1)
"""What a logger that is new is thought to need: a quarter to more than an hour are usual."""
_LONGEST_GAP = timedelta(days=1)
_GRAIN = timedelta(minutes=15)
_SAME_LIST = timedelta(hours=12)
_REPLACED = timedelta(days=1)
_ABSENCES = 2
"""Lists of measuring points in a row that lack one before what it has goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownChannel:
    """One channel, and what was seen of it. Times are UTC."""

    name: str
    point: str
    unit: str | None = None
    """As it was delivered."""
    at: datetime | None = None
    """When it last measured."""
    gaps: tuple[timedelta, ...] = ()
    """The last pauses between two of its readings that were seen."""
    absent: int = 0
    """How many lists of measuring points in a row have lacked its own."""
    absent_at: datetime | None = None
    """When the last of them was counted."""

    @property
    def place(self) -> ChannelName:
        """Return where it is."""
        return ChannelName.of(self.name, self.point)

    @property
    def key(self) -> str:
        """Return what tells it from others: logger and name."""
        return f"{self.place.serial} {self.name}"

    def listed(self, *, there: bool, now: datetime) -> KnownChannel:
        """Return it after a list of measuring points; one within half a day is the same list."""
        if there:
            return replace(self, absent=0, absent_at=None)
        if is_recent(self.absent_at, now, _SAME_LIST):
            return self
        return replace(self, absent=self.absent + 1, absent_at=now)

    def measured(self, at: datetime) -> KnownChannel:
        """Return it after a reading."""
        if self.at is None or at <= self.at:
            return replace(self, at=self.at or at)
        return replace(self, at=at, gaps=(*self.gaps, at - self.at)[-_LAST_GAPS:])

    def measured_after(self, at: datetime) -> bool:
        """Tell whether it measured more than a day after a moment."""
        return self.at is not None and self.at - at > _REPLACED

    @property
    def gap(self) -> timedelta:
        """Return the longest usual pause, in quarters of an hour, as loggers measure."""
        usual = sorted(self.gaps)[: -_ODD_ONE_OUT or None]
        longest = max(_SHORTEST_GAP, usual[-1] if usual else _SHORTEST_GAP)
        return min(-(-longest // _GRAIN) * _GRAIN, _LONGEST_GAP)


class Seen(Protocol):
    """A row of an answer with values."""

    @property
    def name(self) -> str:
        """Return the name of the channel."""
        ...

    @property
    def point(self) -> str:
        """Return its measuring point."""
        ...

    @property
    def unit(self) -> str | None:
        """Return the unit, as delivered."""
        ...

    @property
    def at(self) -> datetime | None:
        """Return when it was measured (UTC), None without a value."""
        ...


@dataclass(frozen=True, slots=True)
class KnownChannels:
    """All channels by key."""

    channels: Mapping[str, KnownChannel] = field(default_factory=dict)

    @classmethod
    def of(cls, stored: Any) -> KnownChannels:
        """Return what was stored; nothing of another form."""
        try:
            known = [load(KnownChannel, it) for it in stored]
        except NOT_UNDERSTOOD:
            return cls()
        return cls({it.key: it for it in known})

    def stored(self) -> list[Any]:
        """Return JSON data."""
        return [dump(it) for it in self.channels.values()]

    def seen(self, rows: Iterable[Seen], now: datetime) -> KnownChannels:
        """Return these after an answer with values. A clock that is ahead tells no gaps."""
        channels = {**self.channels}
        for row in rows:
            new = KnownChannel(name=row.name, point=row.point)
            before = channels.get(new.key, new)
            after = replace(before, point=row.point, unit=row.unit or before.unit)
            if row.at and row.at <= now + FUTURE_MARGIN:
                after = after.measured(row.at).listed(there=True, now=now)
            channels[new.key] = after
        return KnownChannels(channels)

    def listed(self, points: Collection[str], now: datetime) -> KnownChannels:
        """Return these after a list of measuring points.

        What another logger has measured in its place for a day is not there either.
        """
        after = (
            it.listed(there=it.point in points and not self._is_replaced(it), now=now)
            for it in self.channels.values()
        )
        return KnownChannels({it.key: it for it in after if it.absent < _ABSENCES})

    def _is_replaced(self, old: KnownChannel) -> bool:
        newest = self._newest_at(old.point)
        return (
            newest is not None
            and newest.place.serial != old.place.serial
            and (old.at is None or newest.measured_after(old.at))
        )

    def _newest_at(self, point: str) -> KnownChannel | None:
        """Return the channel at a measuring point that measured last."""
        found = (it for it in self.channels.values() if it.point == point and it.at is not None)
        return max(found, key=lambda it: (it.at, it.key), default=None)

    def serial_at(self, point: str) -> str | None:
        """Return the serial of the logger that measures at a point."""
        newest = self._newest_at(point)
        return newest.place.serial if newest else None

    def inventory(self, tenant: str | None) -> Inventory:
        """Return the loggers with their channels."""
        loggers: dict[str, list[KnownChannel]] = {}
        for it in self.channels.values():
            loggers.setdefault(it.place.serial, []).append(it)
        return Inventory(
            tenant=tenant or min((it.point for it in self.channels.values()), default=None),
            devices=tuple(_device(serial, found) for serial, found in sorted(loggers.items())),
        )


def _device(serial: str, found: Iterable[KnownChannel]) -> Device:
    channels = sorted(found, key=lambda it: (it.place.number, it.name))
    by_number = {it.place.number: it for it in channels}
    sensor = Sensor(
        uuid=serial,
        serial=serial,
        channels=tuple(_channel(it) for it in by_number.values()),
    )
    return Device(
        uuid=serial,
        serial=serial,
        model=channels[0].place.model,
        longest_gap=max(it.gap for it in channels),
        sensors=(sensor,),
    )


def _channel(it: KnownChannel) -> Channel:
    property_name, extension, unit = property_of_unit(it.unit)
    return Channel(
        number=it.place.number,
        property_name=property_name,
        extension=extension,
        unit=unit,
        part=it.point,
    )
