"""Readings by the million: columns instead of an object for each of them.

What is done to a whole column takes a tenth of the time that its readings would take one
by one.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from itertools import compress
from typing import Self

from ..monitoring.model import ChannelKey, Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Some readings; the same place of each column belongs to the same reading."""

    uuids: Sequence[str]
    sensors: Sequence[str]
    channels: Sequence[int]
    at: Sequence[float]
    """When they were measured, in seconds since 1970 (UTC)."""
    values: Sequence[float]
    units: Sequence[str | None]
    received: Sequence[float | None]
    """When they were received, in seconds since 1970 (UTC)."""

    @classmethod
    def of(cls, readings: Iterable[Reading]) -> Self:
        """Put readings side by side."""
        known = tuple(readings)
        return cls(
            uuids=[it.uuid for it in known],
            sensors=[it.sensor_uuid for it in known],
            channels=[it.channel for it in known],
            at=[it.at.timestamp() for it in known],
            values=[it.value for it in known],
            units=[it.unit for it in known],
            received=[it.received.timestamp() if it.received else None for it in known],
        )

    def __len__(self) -> int:
        """Return how many readings there are."""
        return len(self.uuids)

    def __getitem__(self, place: int) -> Reading:
        """Return one reading."""
        received = self.received[place]
        return Reading(
            uuid=self.uuids[place],
            sensor_uuid=self.sensors[place],
            channel=self.channels[place],
            at=moment_of(self.at[place]),
            value=self.values[place],
            unit=self.units[place],
            received=None if received is None else moment_of(received),
        )

    def __iter__(self) -> Iterator[Reading]:
        """Yield the readings one by one."""
        return map(self.__getitem__, range(len(self)))

    @property
    def keys(self) -> Iterator[ChannelKey]:
        """Yield the channel of each reading."""
        return zip(self.sensors, self.channels, strict=True)

    def picked(self, wanted: Iterable[bool]) -> Self:
        """Return the readings at the places that are marked."""
        marks = [*wanted]
        if all(marks):
            return self
        return type(self)(
            **{it.name: [*compress(getattr(self, it.name), marks)] for it in fields(self)}
        )

    def of_sensors(self, wanted: Collection[str]) -> Self:
        """Return the readings of some sensors."""
        return self.picked(map(wanted.__contains__, self.sensors))

    def of_channels(self, wanted: Collection[ChannelKey]) -> Self:
        """Return the readings of some channels."""
        return self.picked(map(wanted.__contains__, self.keys))

    def arrived_by(self, moment: datetime) -> Self:
        """Return the readings without the times of arrival after a moment.

        Such a time is wrong, and must not win over that of a correction that comes later.
        """
        limit = moment.timestamp()
        if not any(it is not None and it > limit for it in self.received):
            return self
        received = [None if it is None or it > limit else it for it in self.received]
        return replace(self, received=received)


def moment_of(seconds: float) -> datetime:
    """Return the moment (UTC) so many seconds after 1970; exact to the microsecond."""
    return datetime.fromtimestamp(seconds, UTC)


def gathered(batches: Iterable[Batch], enough: int) -> Iterator[list[Batch]]:
    """Gather batches until they have so many readings or a few more."""
    waiting, count = list[Batch](), 0
    for batch in batches:
        waiting.append(batch)
        count += len(batch)
        if count >= enough:
            yield waiting
            waiting, count = [], 0
    if waiting:
        yield waiting
