"""Keeps the registries of devices and entities in step with the instruments of an account."""

from collections.abc import Iterable
import re

from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from ..const import CONF_REGION, DOMAIN, MANUFACTURER, NAME
from ..monitoring.instruments import InstalledChannel, Instrument, named
from ..monitoring.quantities import Quantity
from .account import Account
from .turns import in_turns

_OF_CHANNEL = re.compile(
    r"(?P<channel>[^_]+_(?P<sensor>[^_]+)_(?P<number>\d+))(?:_(?:(?:upper|lower)_)?(?:alarm|warning)(?:_limit)?)?"
)
"""The unique ids of the entities of a channel: device, sensor and number, then what for."""


def present_devices(tenant: str, instruments: Iterable[Instrument]) -> set[tuple[str, str]]:
    """Return the identifiers of all devices that an account has, its own among them."""
    serials = {tenant}
    for instrument in instruments:
        serials.add(instrument.serial)
        serials.update(sensor.serial for sensor in instrument.probes)
    return {(DOMAIN, serial) for serial in serials}


def is_disabled(account: Account, serial: str) -> bool:
    """Tell whether the user disabled the device of an instrument."""
    device = dr.async_get(account.hass).async_get_device_by_identifier(
        (DOMAIN, serial), account.entry.entry_id
    )
    return device is not None and device.disabled


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
    async for instrument in in_turns(account.instruments):
        _register(account, registry, instrument)
    if not account.memory.inventory.devices:
        return  # nothing is known, which is not the same as nothing being there
    await _sync_entities(account)
    present = present_devices(account.tenant, account.instruments)
    children = dr.async_child_entries_for_config_entry(registry, entry_id)
    devices = dr.async_entries_for_config_entry(registry, entry_id)
    async for device in in_turns((*children, *devices)):
        if present.isdisjoint(device.identifiers):
            registry.async_remove_device(device.id)


async def _sync_entities(account: Account) -> None:
    """Let the entities of channels follow these: to another device, or away.

    They belong to the sensor, as its readings do: one that is received by another gateway
    or plugged into another logger keeps its entities, with names and history. Those of a
    channel that is gone go with the second inventory that lacks it, like a device.
    """
    registry = er.async_get(account.hass)
    entries = er.async_entries_for_config_entry(registry, account.entry.entry_id)
    orphaned: set[str] = set()
    async for entity in in_turns(entries):
        if (found := _OF_CHANNEL.fullmatch(entity.unique_id)) is None:
            continue
        unique_id = found["channel"]
        installed = account.topology.channel_of(unique_id, (found["sensor"], int(found["number"])))
        suffix = entity.unique_id.removeprefix(unique_id)
        if installed is None or not _suits(installed, entity.domain, suffix):
            orphaned.add(entity.entity_id)
            continue
        now = installed.unique_id + suffix
        if now != entity.unique_id:
            if registry.async_get_entity_id(entity.domain, DOMAIN, now) is not None:
                # Another account has the place, or it is filled already.
                orphaned.add(entity.entity_id)
                continue
            registry.async_update_entity(entity.entity_id, new_unique_id=now)
        _place(account, registry, entity, installed)
    async for entity_id in in_turns(orphaned & account.orphaned):
        registry.async_remove(entity_id)
    account.orphaned = orphaned


def _suits(installed: InstalledChannel, domain: str, suffix: str) -> bool:
    """Tell whether what a channel measures is shown by such an entity."""
    is_door = installed.channel.quantity is Quantity.DOOR
    return bool(suffix) or (domain == "binary_sensor") is is_door


def _place(
    account: Account,
    registry: er.EntityRegistry,
    entity: er.RegistryEntry,
    installed: InstalledChannel,
) -> None:
    """Put an entity onto the device it belongs to: probes of a logger may have come or gone."""
    devices, entry_id = dr.async_get(account.hass), account.entry.entry_id
    device: dr.AnyDeviceEntry | None
    if installed.probe is not None:
        device = devices.async_get_child_device_by_identifier(
            (DOMAIN, installed.probe.serial), entry_id
        )
    else:
        serial = account.topology.owner[installed.key]
        device = devices.async_get_device_by_identifier((DOMAIN, serial), entry_id)
    if device is not None and entity.device_id != device.id:
        registry.async_update_entity(entity.entity_id, device_id=device.id)


def _register(account: Account, registry: dr.DeviceRegistry, instrument: Instrument) -> None:
    entry_id = account.entry.entry_id
    area = account.area_name(instrument.device.site)
    device = registry.async_get_or_create(
        config_entry_id=entry_id,
        identifiers={(DOMAIN, instrument.serial)},
        manufacturer=MANUFACTURER,
        model=instrument.model,
        model_id=instrument.model,
        name=instrument.name,
        serial_number=instrument.serial,
        sw_version=instrument.firmware,
        suggested_area=area,
        configuration_url=_portal(account),
        via_device_id=None
        if instrument.sensor is None
        else dr.async_get_device_id_by_identifier(
            account.hass, (DOMAIN, instrument.device.serial), config_entry_id=entry_id
        ),
    )
    for sensor in instrument.probes:
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
