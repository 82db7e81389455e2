"""Keeps the registries of devices and entities in step with the instruments of an account."""

from collections.abc import Iterable
from itertools import chain

from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from ..monitoring.identity import identity
from ..monitoring.instruments import InstalledChannel, Instrument
from ..monitoring.models import model_name
from ..monitoring.quantities import Quantity
from .account import Account
from .names import is_of_channel
from .turns import in_turns


def present_devices(tenant: str, instruments: Iterable[Instrument]) -> set[tuple[str, str]]:
    """Return the identifiers of all devices that an account has, its own among them."""
    found = chain.from_iterable(instrument.identifiers for instrument in instruments)
    return {(DOMAIN, identifier) for identifier in (identity(tenant), *found)}


def is_disabled(account: Account, instrument: Instrument) -> bool:
    """Tell whether the user disabled the device of an instrument."""
    device = dr.async_get(account.hass).async_get_device_by_identifier(
        (DOMAIN, instrument.identity()), account.entry.entry_id
    )
    return device is not None and device.disabled


async def sync_devices(account: Account, *, is_new: bool) -> None:
    """Register what there is, rename what was renamed, remove what is gone.

    Must have run before the platforms add entities: only then do these get their names.
    """
    registry = dr.async_get(account.hass)
    entry_id = account.entry.entry_id
    registry.async_get_or_create(
        config_entry_id=entry_id,
        identifiers={(DOMAIN, identity(account.tenant))},
        entry_type=dr.DeviceEntryType.SERVICE,
        manufacturer=account.kind.maker,
        model=account.kind.product,
        name=account.title,
        configuration_url=account.kind.portal(account.entry.data),
    )
    async for instrument in in_turns(account.instruments):
        _register(account, registry, instrument)
    if not account.memory.inventory.devices:
        return  # nothing is known, which is not the same as nothing being there
    await _sync_entities(account, is_new=is_new)
    present = present_devices(account.tenant, account.instruments)
    children = dr.async_child_entries_for_config_entry(registry, entry_id)
    devices = dr.async_entries_for_config_entry(registry, entry_id)
    async for device in in_turns((*children, *devices)):
        if present.isdisjoint(device.identifiers) and not _is_kept(account, device):
            registry.async_remove_device(device.id)


def _is_kept(account: Account, device: dr.BaseDeviceEntry) -> bool:
    """Tell whether a device came along from another kind of account, for the user to delete."""
    return any(identifier in account.memory.kept for _, identifier in device.identifiers)


async def _sync_entities(account: Account, *, is_new: bool) -> None:
    """Let the entities of channels follow these: to another device, or away.

    They belong to the sensor, as its readings do: one that is received by another gateway
    or plugged into another logger keeps its entities, with names and history. Those of a
    channel that is gone go with the second whole inventory that lacks it, like a device.
    """
    registry = er.async_get(account.hass)
    entries = er.async_entries_for_config_entry(registry, account.entry.entry_id)
    orphaned: dict[str, str] = {}
    async for entity in in_turns(entries):
        if not is_of_channel(entity):
            continue
        found = account.view.topology.read_back(entity.unique_id)
        if found is not None and _follow(account, registry, entity, *found):
            continue
        if entity.unique_id in account.memory.kept:
            continue
        orphaned[f"{entity.domain}.{entity.unique_id}"] = entity.entity_id
    if not is_new:
        return
    async for label in in_turns(orphaned.keys() & account.memory.orphaned):
        registry.async_remove(orphaned[label])
    account.memory.orphaned = frozenset(orphaned)


def _follow(
    account: Account,
    registry: er.EntityRegistry,
    entity: er.RegistryEntry,
    installed: InstalledChannel,
    suffix: str,
) -> bool:
    """Let an entity follow its channel; False if it can show nothing of it any more."""
    now = installed.unique_id + suffix
    if not _suits(installed, entity.domain, suffix):
        return False
    if now != entity.unique_id:
        if registry.async_get_entity_id(entity.domain, DOMAIN, now) is not None:
            # Another account has the place, or it is filled already.
            return False
        registry.async_update_entity(entity.entity_id, new_unique_id=now)
    _place(account, registry, entity, installed)
    return True


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
    instrument = account.view.topology.instruments[account.view.topology.owner[installed.key]]
    device: dr.AnyDeviceEntry | None
    if installed.probe is not None:
        device = devices.async_get_child_device_by_identifier(
            (DOMAIN, instrument.identity_of(installed.probe)), entry_id
        )
    else:
        device = devices.async_get_device_by_identifier((DOMAIN, instrument.identity()), entry_id)
    if device is not None and entity.device_id != device.id:
        registry.async_update_entity(entity.entity_id, device_id=device.id)


def _register(account: Account, registry: dr.DeviceRegistry, instrument: Instrument) -> None:
    entry_id = account.entry.entry_id
    area = account.area_name(instrument.device.site) or instrument.device.area
    device = registry.async_get_or_create(
        config_entry_id=entry_id,
        identifiers={(DOMAIN, instrument.identity())},
        manufacturer=account.kind.maker,
        model=model_name(instrument.model),
        model_id=instrument.model,
        name=account.view.topology.names[instrument.serial],
        serial_number=instrument.serial,
        sw_version=instrument.firmware,
        suggested_area=area,
        configuration_url=account.kind.portal(account.entry.data),
        via_device_id=None
        if (gateway := instrument.gateway) is None
        else dr.async_get_device_id_by_identifier(
            account.hass, (DOMAIN, gateway), config_entry_id=entry_id
        ),
    )
    for sensor in instrument.probes:
        identifier = DOMAIN, instrument.identity_of(sensor)
        child = registry.async_get_child_device_by_identifier(identifier, entry_id)
        sheltered: list[str] = []
        if child is not None and child.parent_device_id != device.id:
            # It was plugged into another logger, and a device cannot change its parent.
            sheltered = _all_on(account, child.id)
            _move(account, sheltered, device.id)
            registry.async_remove_device(child.id)
        child = registry.async_get_or_create_child(
            config_entry_id=entry_id,
            identifiers={identifier},
            parent_device_id=device.id,
            name=account.view.topology.probe_names[sensor.serial],
            suggested_area=area,
        )
        _move(account, sheltered, child.id)


def _all_on(account: Account, device_id: str) -> list[str]:
    """Return the entities of a device, also those that are switched off."""
    registry = er.async_get(account.hass)
    found = er.async_entries_for_device(registry, device_id, include_disabled_entities=True)
    return [entity.entity_id for entity in found]


def _move(account: Account, entity_ids: Iterable[str], device_id: str) -> None:
    """Put entities onto another device: those of one that is removed would go with it."""
    registry = er.async_get(account.hass)
    for entity_id in entity_ids:
        registry.async_update_entity(entity_id, device_id=device_id)
