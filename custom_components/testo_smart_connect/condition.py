"""Condition: an alarm is active."""

from datetime import datetime
from typing import Final, override

from homeassistant.components.binary_sensor.const import DOMAIN as BINARY_SENSOR_DOMAIN
from homeassistant.const import CONF_FOR, CONF_OPTIONS, CONF_TARGET, STATE_ON
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import (
    ATTR_BEHAVIOR,
    BEHAVIOR_ANY,
    Condition,
    ConditionConfig,
    EntityConditionBase,
)
from homeassistant.util import dt as dt_util
import probatio

from .automations.targets import CONF_SEVERITY, SEVERITY_OPTION, of_kind

_BINARY_SENSORS: Final = {BINARY_SENSOR_DOMAIN: DomainSpec()}
_SCHEMA: Final = probatio.Schema(
    {
        probatio.Required(CONF_TARGET): cv.TARGET_FIELDS,
        probatio.Required(CONF_OPTIONS, default={}): {
            **SEVERITY_OPTION,
            probatio.Optional(CONF_FOR): cv.positive_time_period,
            # "all" would hold where none of the entities says anything
            probatio.Required(ATTR_BEHAVIOR, default=BEHAVIOR_ANY): BEHAVIOR_ANY,
        },
    }
)


class AlarmActive(EntityConditionBase):
    """Whether any alarm of the wanted severities is open; what is unavailable is not."""

    _domain_specs = _BINARY_SENSORS
    _schema = _SCHEMA

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Know the wanted severities."""
        super().__init__(hass, config)
        self._severities = frozenset((config.options or {})[CONF_SEVERITY])

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Return our alarm entities of the wanted severities."""
        return of_kind(self._hass, super().entity_filter(entities), self._target, self._severities)

    @override
    def is_valid_state(self, entity_state: State) -> bool:
        """Tell whether the alarm is open."""
        return entity_state.state == STATE_ON

    @override
    def _state_valid_since(self, _state: State) -> datetime:
        """Count from when the limit was violated, not from when that was learnt or shown."""
        since = dt_util.parse_datetime(str(_state.attributes.get("since")))
        return since or _state.last_changed


CONDITIONS: dict[str, type[Condition]] = {"alarm_active": AlarmActive}


async def async_get_conditions(_hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions of the integration."""
    return CONDITIONS
