"""Renames what an account shows in the registries, and can be done twice."""

from collections.abc import Iterable, Mapping

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from .plan import Plan, Renamed


@callback
def rename(hass: HomeAssistant, plan: Plan, *, back: bool = False) -> bool:
    """Carry out a plan, or take it back; tell whether there was anything left to do."""
    devices = _rename_devices(hass, plan.entry_id, _names(plan.devices, back=back))
    entities = _rename_entities(hass, plan.entry_id, _names(plan.entities, back=back))
    return devices or entities


def _names(renamed: Iterable[Renamed], *, back: bool) -> Mapping[str, str]:
    return {it.new: it.old for it in renamed} if back else {it.old: it.new for it in renamed}


def _rename_devices(hass: HomeAssistant, entry_id: str, names: Mapping[str, str]) -> bool:
    registry, changed = dr.async_get(hass), False
    for device in dr.async_entries_for_config_entry(registry, entry_id):
        identifiers = {
            (domain, names.get(identifier, identifier) if domain == DOMAIN else identifier)
            for domain, identifier in device.identifiers
        }
        if identifiers != device.identifiers:
            registry.async_update_device(device.id, new_identifiers=identifiers)
            changed = True
    return changed


def _rename_entities(hass: HomeAssistant, entry_id: str, names: Mapping[str, str]) -> bool:
    registry, changed = er.async_get(hass), False
    for entity in er.async_entries_for_config_entry(registry, entry_id):
        new = names.get(entity.unique_id)
        if new and registry.async_get_entity_id(entity.domain, DOMAIN, new) is None:
            registry.async_update_entity(entity.entity_id, new_unique_id=new)
            changed = True
    return changed
