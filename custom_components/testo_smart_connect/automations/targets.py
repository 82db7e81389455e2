"""What triggers and conditions share: which of the targeted entities they are about."""

from collections.abc import Container
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import probatio

from ..const import DOMAIN

CONF_SEVERITY: Final = "severity"
SEVERITIES: Final = ("alarm", "warning", "system_alarm")
DEFAULT_SEVERITIES: Final = ["alarm", "system_alarm"]
"""Warnings only for those who ask for them."""
SEVERITY_OPTION: Final = {
    probatio.Required(CONF_SEVERITY, default=DEFAULT_SEVERITIES): probatio.All(
        probatio.EnsureList(), probatio.Length(min=1), [probatio.In(SEVERITIES)]
    )
}


def kind_of(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return what one of our entities is for, None for those of other integrations.

    That is its translation key. What a user can change (name, entity id, device class) does
    not matter.
    """
    entry = er.async_get(hass).async_get(entity_id)
    return entry.translation_key if entry is not None and entry.platform == DOMAIN else None


def of_kind(hass: HomeAssistant, entity_ids: set[str], kinds: Container[str | None]) -> set[str]:
    """Return those of our entities that are for one of some purposes."""
    return {entity_id for entity_id in entity_ids if kind_of(hass, entity_id) in kinds}
