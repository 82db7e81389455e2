"""Whether two clouds tell the same of a channel: the readings of the last hours show it."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from ..clouds.base import Cloud
from ..clouds.errors import CloudError
from ..const import LOGGER
from ..history.batch import Batch, moment_of
from ..monitoring.instruments import InstalledChannel
from ..monitoring.matching import Agree
from ..monitoring.model import ChannelKey, Reading
from ..monitoring.temperature import in_unit

_AT_ONCE: Final = timedelta(seconds=90)
"""How far apart two clouds may tell the time of one reading."""
_ROUNDED: Final = 0.1
"""How much they may round it."""

type Readings = Mapping[ChannelKey, tuple[tuple[float, float, str | None], ...]]
"""Time (s since 1970), value and unit."""


async def readings_of(
    cloud: Cloud, latest: Mapping[ChannelKey, Reading], sensors: Iterable[str]
) -> Readings:
    """Return what a cloud has of the time of some readings; nothing if it cannot tell."""
    times = [it.at for it in latest.values()]
    longest = cloud.traits.longest_window
    if not times:
        return {}
    end = max(times) + 2 * _AT_ONCE
    start = max(min(times) - _AT_ONCE, end - longest)
    try:
        return (await cloud.readings(start, end, _collected, sorted(sensors))).value
    except CloudError as err:
        LOGGER.debug("Nothing shows which channels are the same: %s", err)
        return {}


def _collected(batches: Iterable[Batch]) -> Readings:
    found: dict[ChannelKey, list[tuple[float, float, str | None]]] = {}
    for batch in batches:
        for reading in batch:
            row = reading.at.timestamp(), reading.value, reading.unit
            found.setdefault(reading.key, []).append(row)
    return {key: tuple(rows) for key, rows in found.items()}


def agreement(latest: Mapping[ChannelKey, Reading], there: Readings) -> Agree:
    """Return how to tell whether an old channel measured the same as a new one."""

    def agree(old: InstalledChannel, new: InstalledChannel) -> bool | None:
        reading = latest.get(old.key)
        if reading is None:
            return None
        same_time = [
            in_unit(value, unit or new.channel.unit, reading.unit)
            for at, value, unit in there.get(new.key, ())
            if _is_same_time(at, reading.at)
        ]
        values = [it for it in same_time if it is not None]
        return any(abs(it - reading.value) <= _ROUNDED for it in values) if values else None

    return agree


def _is_same_time(at: float, other: datetime) -> bool:
    return abs(moment_of(at) - other) <= _AT_ONCE
