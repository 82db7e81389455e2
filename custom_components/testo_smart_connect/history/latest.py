"""The newest reading of each channel."""

from collections.abc import Mapping
from datetime import datetime

from ..monitoring.model import ChannelKey, Reading
from ..monitoring.schedule import FUTURE_MARGIN
from .batch import Batch, moment_of

type _Row = tuple[float, str, float, str | None, float | None]


class Newest:
    """Looks for the newest showable reading of each channel."""

    def __init__(self, now: datetime) -> None:
        """Show what was measured up to now, or a little later."""
        self._limit = (now + FUTURE_MARGIN).timestamp()
        self._found: dict[ChannelKey, _Row] = {}

    def add(self, batch: Batch) -> None:
        """Look through some readings."""
        found, limit = self._found, self._limit
        rows = zip(batch.at, batch.uuids, batch.values, batch.units, batch.received, strict=True)
        for key, row in zip(batch.keys, rows, strict=True):
            if row[0] <= limit and (key not in found or row[0] > found[key][0]):
                found[key] = row

    @property
    def readings(self) -> dict[ChannelKey, Reading]:
        """Return what was found."""
        return {
            (sensor, channel): Reading(
                uuid=uuid,
                sensor_uuid=sensor,
                channel=channel,
                at=moment_of(at),
                value=value,
                unit=unit,
                received=None if received is None else moment_of(received),
            )
            for (sensor, channel), (at, uuid, value, unit, received) in self._found.items()
        }


def merged(
    known: Mapping[ChannelKey, Reading], found: Mapping[ChannelKey, Reading]
) -> tuple[dict[ChannelKey, Reading], set[ChannelKey]]:
    """Return the newest of both and the channels that changed; never goes back."""
    changed = {
        key for key, reading in found.items() if key not in known or reading.at > known[key].at
    }
    return {**known, **{key: found[key] for key in changed}}, changed
