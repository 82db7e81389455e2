"""Keeps the device registry in step with the things of an account."""

import asyncio

from homeassistant.helpers import device_registry as dr

from .account import Account
from .const import CONF_REGION, DOMAIN, MANUFACTURER, NAME
from .monitoring.things import Thing, named

_BATCH = 20
"""Devices handled before the event loop gets its turn."""


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
        name=account.entry.title,
        configuration_url=_portal(account),
    )
    for number, thing in enumerate(account.things):
        _register(account, registry, thing)
        if number % _BATCH == _BATCH - 1:
            await asyncio.sleep(0)
    if not account.memory.inventory.devices:
        return  # nothing is known, which is not the same as nothing being there
    present = present_devices(account)
    children = dr.async_child_entries_for_config_entry(registry, entry_id)
    for device in (*children, *dr.async_entries_for_config_entry(registry, entry_id)):
        if present.isdisjoint(device.identifiers):
            registry.async_remove_device(device.id)


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
        registry.async_get_or_create_child(
            config_entry_id=entry_id,
            identifiers={(DOMAIN, sensor.serial)},
            parent_device_id=device.id,
            name=named(sensor),
            suggested_area=area,
        )


def _portal(account: Account) -> str:
    """Return the web application of the region."""
    return f"https://{account.entry.data[CONF_REGION]}.smartconnect.testo.com"
