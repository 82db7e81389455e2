"""Triggers: alarms raised and cleared, loggers that fall silent and come back."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final, override

from homeassistant.components.binary_sensor.const import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.components.event.const import DOMAIN as EVENT_DOMAIN
from homeassistant.components.event.const import EventEntityStateAttribute
from homeassistant.const import CONF_OPTIONS, STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA,
    ENTITY_STATE_TRIGGER_SCHEMA_WITH_BEHAVIOR,
    EntityTransitionTriggerBase,
    NotTriggeredReasonReporter,
    StatelessEntityTriggerBase,
    Trigger,
    TriggerConfig,
)
import probatio

from .automations.targets import CONF_SEVERITY, SEVERITY_OPTION, of_kind
from .automations.together import TOGETHER_OPTION, TogetherTrigger

CONF_INCLUDE_LATE: Final = "include_late"
_EVENTS: Final = {EVENT_DOMAIN: DomainSpec()}
_BINARY_SENSORS: Final = {BINARY_SENSOR_DOMAIN: DomainSpec()}
_ON: Final[set[str | bool]] = {STATE_ON}
_OFF: Final[set[str | bool]] = {STATE_OFF}
_ALARM_SCHEMA: Final = ENTITY_STATE_TRIGGER_SCHEMA.extend(
    {
        probatio.Required(CONF_OPTIONS, default={}): {
            **SEVERITY_OPTION,
            probatio.Required(CONF_INCLUDE_LATE, default=False): cv.boolean,
            **TOGETHER_OPTION,
        }
    }
)
_CONNECTION_SCHEMA: Final = ENTITY_STATE_TRIGGER_SCHEMA_WITH_BEHAVIOR.extend(
    {probatio.Required(CONF_OPTIONS, default={}): TOGETHER_OPTION}
)


class AlarmTrigger(TogetherTrigger, StatelessEntityTriggerBase):
    """Fires for each event of one direction; an event is told only once, so this is too."""

    _domain_specs = _EVENTS
    _schema = _ALARM_SCHEMA
    _change: ClassVar[str]

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Know the wanted event types."""
        super().__init__(hass, config)
        self._event_types = {
            f"{severity}_{self._change}" for severity in self._options[CONF_SEVERITY]
        }
        self._includes_late: bool = self._options[CONF_INCLUDE_LATE]

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return our event entities."""
        return of_kind(self._hass, super().entity_filter(entities), self._target, {"alarms"})

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        """Tell whether the event is wanted."""
        facts = state.attributes
        if facts.get(EventEntityStateAttribute.EVENT_TYPE) not in self._event_types:
            return False
        if facts.get("late") and _was_over(facts) and not self._includes_late:
            report_not_triggered("late", episode_id=facts.get("episode_id"))
            return False
        return True


def _was_over(facts: Mapping[str, Any]) -> bool:
    """Tell whether an episode had ended before anybody knew of it, and was never shown."""
    return facts.get("cleared_at") is not None and facts.get("known_since") is None


class AlarmRaised(AlarmTrigger):
    """An alarm, warning or system alarm began."""

    _change = "raised"


class AlarmCleared(AlarmTrigger):
    """An alarm, warning or system alarm ended."""

    _change = "cleared"


class ConnectionTrigger(TogetherTrigger, EntityTransitionTriggerBase):
    """Fires when the connection of a device changes, never for what was or becomes unknown."""

    _domain_specs = _BINARY_SENSORS
    _schema = _CONNECTION_SCHEMA
    _primary_entities_only = False

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return the connections of our devices, not that of the account."""
        return of_kind(self._hass, super().entity_filter(entities), self._target, {"connection"})


class LoggerOffline(ConnectionTrigger):
    """A device fell silent."""

    _from_states = _ON
    _to_states = _OFF


class LoggerOnline(ConnectionTrigger):
    """A device is heard of again."""

    _from_states = _OFF
    _to_states = _ON


TRIGGERS: dict[str, type[Trigger]] = {
    "alarm_raised": AlarmRaised,
    "alarm_cleared": AlarmCleared,
    "logger_offline": LoggerOffline,
    "logger_online": LoggerOnline,
}


async def async_get_triggers(_hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers of the integration."""
    return TRIGGERS
