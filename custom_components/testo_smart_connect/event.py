"""Events: each alarm transition of a device, once."""

from functools import partial
from typing import Any, override

from homeassistant.components.event import EventEntity, EventExtraStoredData
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account.account import Account, TestoConfigEntry
from .account.presentation import is_late
from .entity import Candidates, InstrumentEntity, add_as_found
from .monitoring.alarm_state import AlarmEvent
from .monitoring.instruments import Instrument
from .texts import iso

PARALLEL_UPDATES = 0

EVENT_TYPES = [
    f"{kind}_{change}"
    for kind in ("alarm", "warning", "system_alarm")
    for change in ("raised", "cleared")
]


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: TestoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entities of an account."""
    await add_as_found(entry, async_add_entities, _candidates_of)


def _candidates_of(account: Account, instrument: Instrument) -> Candidates:
    yield instrument.identity("alarms"), partial(AlarmEvents, account, instrument)


class AlarmEvents(InstrumentEntity, EventEntity):
    """The alarm transitions of a device."""

    _attr_translation_key = "alarms"
    _attr_event_types = EVENT_TYPES

    def __init__(self, account: Account, instrument: Instrument) -> None:
        """Stand on the device of the instrument."""
        super().__init__(account, instrument, "alarms")
        self._spoke = False

    @override
    async def async_added_to_hass(self) -> None:
        """Begin to listen."""
        await super().async_added_to_hass()
        self.async_on_remove(self.account.subscriptions.listen_alarms(self._serial, self._give))

    @override
    async def async_get_last_event_data(self) -> EventExtraStoredData | None:
        """Return the last event after a restart, none after a reload.

        Over the state `unavailable` that a reload leaves behind, it would look like a new one:
        Activity would tell it again, and so would automations.
        """
        if self.hass.states.get(self.entity_id) is not None:
            return None
        return await super().async_get_last_event_data()

    @property
    @override
    def available(self) -> bool:
        """An inactive device is silent until it proves to be active again."""
        if self._spoke:
            return self.account.instrument(self._serial) is not None
        return super().available

    @callback
    def _give(self, alarm_event: AlarmEvent) -> None:
        if not self.available:
            # What is told by an unavailable entity triggers nothing.
            self._spoke = True
            self.async_write_ha_state()
        self._trigger_event(alarm_event.event_type, self._facts(alarm_event))
        self.async_write_ha_state()

    def _facts(self, alarm_event: AlarmEvent) -> dict[str, Any]:
        account, episode = self.account, alarm_event.episode
        facts, told = episode.facts, alarm_event.transition
        instrument = self.instrument
        return {
            "episode_id": episode.id,
            "serial": self._serial,
            "site": account.site_name(facts.site or instrument.device.site),
            "property": facts.property_name,
            "extension": facts.extension,
            "direction": facts.direction,
            "severity": facts.severity,
            "value": told.value,
            "unit": told.unit or facts.unit,
            "limit": account.view.topology.limit_of(facts),
            "raised_at": iso(episode.raised.at if episode.raised else None),
            "cleared_at": iso(episode.cleared.at if episode.cleared else None),
            "known_since": iso(account.memory.known_since.get(episode.id)),
            "received_at": iso(told.received or alarm_event.learnt),
            "duration": None if episode.duration is None else episode.duration.total_seconds(),
            "late": is_late(account, alarm_event, instrument),
            "reason": told.reason if facts.direction else facts.condition or told.reason,
            **({} if alarm_event.raised or facts.system else {"peak": alarm_event.peak}),
        }
