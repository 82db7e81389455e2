"""Keeps the registries of devices and entities in step with the things of an account."""

import asyncio
import re

from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from .account import Account
from .const import CONF_REGION, DOMAIN, MANUFACTURER, NAME
from .monitoring.things import Spot, Thing, named

_BATCH = 20
"""Devices handled before the event loop gets its turn."""
_ENTITIES = 500
"""Entities likewise; few of them have to be touched."""
_OF_CHANNEL = re.compile(
    r"(?P<channel>[^_]+_(?P<spot>[^_]+_\d+))(?:_(?:(?:upper|lower)_)?(?:alarm|warning)(?:_limit)?)?"
)
"""The unique ids of the entities of a channel: device, sensor and number, then what for."""


def present_devices(account: Account) -> set[tuple[str, str]]:
    """Return the identifiers of all devices that an account has, its own among them."""
    serials = {account.tenant}
    for thing in account.things:
        serials.add(thing.serial)
        serials.update(sensor.serial for sensor in thing.parts)
    return {(DOMAIN, serial) for serial in serials}


async def sync_devices(account: Account) -> None:
    """Register what there is, rename what was renamed, remove what is gone.

    Must have run before the platforms add entities: only then do these get their names.
    """
    registry = dr.async_get(account.hass)
    entry_id = account.entry.entry_id
    registry.async_get_or_create(
        config_entry_id=entry_id,
        identifiers={(DOMAIN, account.tenant)},
        entry_type=dr.DeviceEntryType.SERVICE,
        manufacturer=MANUFACTURER,
        model=NAME,
        name=account.title,
        configuration_url=_portal(account),
    )
    for number, thing in enumerate(account.things):
        _register(account, registry, thing)
        if number % _BATCH == _BATCH - 1:
            await asyncio.sleep(0)
    if not account.memory.inventory.devices:
        return  # nothing is known, which is not the same as nothing being there
    await _sync_entities(account)
    present = present_devices(account)
    children = dr.async_child_entries_for_config_entry(registry, entry_id)
    for device in (*children, *dr.async_entries_for_config_entry(registry, entry_id)):
        if present.isdisjoint(device.identifiers):
            registry.async_remove_device(device.id)


async def _sync_entities(account: Account) -> None:
    """Let the entities of channels follow these: to another device, or away.

    They belong to the sensor, as its readings do: one that is received by another gateway
    or plugged into another logger keeps its entities, with names and history. Those of a
    channel that is gone go with the second inventory that lacks it, like a device.
    """
    registry = er.async_get(account.hass)
    entry_id, keys = account.entry.entry_id, account.shape.keys
    moved = {
        f"{spot.sensor.serial}_{spot.channel.number}": spot.unique_id
        for spot in account.shape.spots.values()
    }
    homeless: set[str] = set()
    for number, entity in enumerate(er.async_entries_for_config_entry(registry, entry_id)):
        if number % _ENTITIES == _ENTITIES - 1:
            await asyncio.sleep(0)
        if (found := _OF_CHANNEL.fullmatch(entity.unique_id)) is None:
            continue
        unique_id = found["channel"]
        if unique_id not in keys and (now := moved.get(found["spot"])) is not None:
            suffix = entity.unique_id.removeprefix(unique_id)
            unique_id = now
            registry.async_update_entity(entity.entity_id, new_unique_id=now + suffix)
        if unique_id in keys:
            _place(account, registry, entity, account.shape.spots[keys[unique_id]])
        else:
            homeless.add(entity.entity_id)
    for entity_id in homeless & account.homeless:
        registry.async_remove(entity_id)
    account.homeless = homeless


def _place(
    account: Account, registry: er.EntityRegistry, entity: er.RegistryEntry, spot: Spot
) -> None:
    """Put an entity onto the device it belongs to: probes of a logger may have come or gone."""
    devices, entry_id = dr.async_get(account.hass), account.entry.entry_id
    device: dr.AnyDeviceEntry | None
    if spot.part is not None:
        device = devices.async_get_child_device_by_identifier((DOMAIN, spot.part.serial), entry_id)
    else:
        serial = account.shape.owner[spot.key]
        device = devices.async_get_device_by_identifier((DOMAIN, serial), entry_id)
    if device is not None and entity.device_id != device.id:
        registry.async_update_entity(entity.entity_id, device_id=device.id)


def _register(account: Account, registry: dr.DeviceRegistry, thing: Thing) -> None:
    entry_id = account.entry.entry_id
    area = account.area_name(thing.device.site)
    device = registry.async_get_or_create(
        config_entry_id=entry_id,
        identifiers={(DOMAIN, thing.serial)},
        manufacturer=MANUFACTURER,
        model=thing.model,
        model_id=thing.model,
        name=thing.name,
        serial_number=thing.serial,
        sw_version=thing.firmware,
        suggested_area=area,
        configuration_url=_portal(account),
        via_device_id=None
        if thing.sensor is None
        else dr.async_get_device_id_by_identifier(
            account.hass, (DOMAIN, thing.device.serial), config_entry_id=entry_id
        ),
    )
    for sensor in thing.parts:
        child = registry.async_get_child_device_by_identifier((DOMAIN, sensor.serial), entry_id)
        if child is not None and child.parent_device_id != device.id:
            # It was plugged into another logger, and a device cannot change its parent.
            _shelter(account, child.id, device.id)
            registry.async_remove_device(child.id)
        registry.async_get_or_create_child(
            config_entry_id=entry_id,
            identifiers={(DOMAIN, sensor.serial)},
            parent_device_id=device.id,
            name=named(sensor),
            suggested_area=area,
        )


def _shelter(account: Account, old: str, new: str) -> None:
    """Keep the entities of a device that has to be removed."""
    registry = er.async_get(account.hass)
    for entity in er.async_entries_for_device(registry, old, include_disabled_entities=True):
        registry.async_update_entity(entity.entity_id, device_id=new)


def _portal(account: Account) -> str:
    """Return the web application of the region."""
    return f"https://{account.entry.data[CONF_REGION]}.smartconnect.testo.com"
