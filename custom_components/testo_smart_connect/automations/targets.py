"""What triggers and conditions share: which of the targeted entities they are about."""

from collections.abc import Container
from itertools import chain
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids
from homeassistant.helpers.typing import ConfigType
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


def of_kind(
    hass: HomeAssistant, entity_ids: set[str], target: ConfigType, kinds: Container[str | None]
) -> set[str]:
    """Return those of our entities that are for one of some purposes.

    Home Assistant leaves hidden entities out of devices, areas, floors and labels. Hidden is not
    silent: whoever tidies a dashboard still wants to hear of an alarm.
    """
    found = entity_ids | _hidden(hass, target)
    return {entity_id for entity_id in found if kind_of(hass, entity_id) in kinds}


def _hidden(hass: HomeAssistant, target: ConfigType) -> set[str]:
    """Return the hidden entities of a target."""
    registry, selection = er.async_get(hass), TargetSelection(target)
    selected = async_extract_referenced_entity_ids(hass, selection, expand_group=False)
    entries = chain(
        *(er.async_entries_for_device(registry, it) for it in selected.referenced_devices),
        *(er.async_entries_for_area(registry, it) for it in selected.referenced_areas),
        *(er.async_entries_for_label(registry, it) for it in selection.label_ids),
    )
    return {entry.entity_id for entry in entries if entry.hidden_by is not None}
