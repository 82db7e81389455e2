"""Statistics of one entity, carried over to another that shows the same channel.

It needs the recorder.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from homeassistant.components.recorder.models import StatisticMetaData
from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import get_instance

from ..statistics.recorder import (
    caught_up,
    converted,
    first_hour,
    hours_before,
    import_hours,
    metadata_of,
    new_metadata,
    written_until,
)

OTHER_UNIT: Final = "other_unit"
NO_STATISTICS: Final = "no_statistics"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What was carried over for one pair of entities."""

    old: str
    new: str
    hours: int = 0
    refused: str | None = None
    """Why nothing could be."""


async def merge(hass: HomeAssistant, pairs: Iterable[tuple[str, str]]) -> tuple[Merged, ...]:
    """Carry over the hours of old entities before the first one of the new; return how many.

    Done twice it changes nothing: what the new one has is never touched.
    """
    await caught_up(hass)
    done = [await _pair(hass, old, new) for old, new in pairs]
    await caught_up(hass)
    return tuple(done)


async def _pair(hass: HomeAssistant, old: str, new: str) -> Merged:
    run = get_instance(hass).async_add_executor_job
    known = await run(metadata_of, hass, {old, new})
    if old not in known:
        return Merged(old=old, new=new, refused=NO_STATISTICS)
    target: StatisticMetaData = known.get(new) or new_metadata(hass, new)
    change = converted(known[old], target)
    if change is None:
        return Merged(old=old, new=new, refused=OTHER_UNIT)
    end = await run(first_hour, hass, new) or await run(written_until, hass)
    rows = await run(hours_before, hass, old, end, change) if end else []
    if rows:
        import_hours(hass, target, rows)
    return Merged(old=old, new=new, hours=len(rows))
