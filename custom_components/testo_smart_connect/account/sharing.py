"""A logger that two accounts have belongs to the first, and so does its news."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from ..monitoring.alarm_state import AlarmEvent
from ..monitoring.instruments import Instrument
from ..monitoring.model import Transition
from ..monitoring.quantities import normal, property_of
from ..monitoring.sources import Sources

if TYPE_CHECKING:
    from .account import Account

type News = tuple[str, bool, datetime, str | None, str, str | None]
"""What a transition is to a user, whichever account brings it under whichever uuid."""


@callback
def event_entity(hass: HomeAssistant, instrument: Instrument) -> er.RegistryEntry | None:
    """Return the event entity of an instrument, whichever account shows it."""
    registry = er.async_get(hass)
    entity_id = registry.async_get_entity_id("event", DOMAIN, instrument.identity("alarms"))
    return registry.async_get(entity_id) if entity_id else None


async def told_by(
    hass: HomeAssistant, entry_id: str | None, alarm_events: Iterable[AlarmEvent], sources: Sources
) -> list[AlarmEvent]:
    """Return the alarm events whose news another account has told."""
    entry = hass.config_entries.async_get_entry(entry_id or "")
    if entry is None or entry.state is not ConfigEntryState.LOADED:
        return []
    other: Account = entry.runtime_data
    records, theirs = other.memory.alarm_log.records.values(), other.view.topology.sources

    def work() -> list[AlarmEvent]:
        announced = {_news(record.transition, theirs) for record in records if record.announced}
        return [it for it in alarm_events if _news(it.transition, sources) in announced]

    return await hass.async_add_executor_job(work)


def _news(row: Transition, sources: Sources) -> News:
    return (
        sources.source(row),
        row.raised,
        row.at,
        normal(row.condition),
        row.severity,
        property_of(row.property_name),
    )
