"""Which channels a call is about, and whether its user may take it."""

from collections.abc import Iterable
from typing import Any, Final

from homeassistant.core import ServiceCall
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.service import async_get_config_entry
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids
import probatio

from ..account.account import Account, TestoConfigEntry
from ..account.names import channel_name, device_name
from ..clouds.base import History
from ..const import ATTR_CONFIG_ENTRY_ID, DOMAIN
from ..monitoring.instruments import InstalledChannel, named
from ..monitoring.quantities import Quantity
from .permission import check_entities

TARGET_FIELDS: Final = {
    probatio.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
    **cv.TARGET_SERVICE_FIELDS,
}

type Meant = dict[Account, list[InstalledChannel]]


def channels_meant(call: ServiceCall) -> Meant:
    """Return the channels of a call; without a target all of one account.

    A device stands for its probes, an area for its devices. An alarm, a battery and the like
    stand for what their device measures.
    """
    wanted = call.data.get(ATTR_CONFIG_ENTRY_ID)
    selection = TargetSelection(call.data)
    if not selection.has_any_target:
        entry: TestoConfigEntry = async_get_config_entry(call.hass, DOMAIN, wanted)
        return {entry.runtime_data: [*entry.runtime_data.view.topology.channels.values()]}
    unique_ids = _unique_ids(call, selection)
    found: Meant = {}
    for entry in call.hass.config_entries.async_loaded_entries(DOMAIN):
        if wanted in {None, entry.entry_id}:
            channels = entry.runtime_data.view.topology.channels.values()
            found[entry.runtime_data] = [
                it for it in channels if (entry.entry_id, it.unique_id) in unique_ids
            ]
    return {account: channels for account, channels in found.items() if channels}


def measuring(meant: Meant) -> Meant:
    """Return the channels with statistics: a door has none."""
    found = {
        account: [it for it in channels if it.channel.quantity is not Quantity.DOOR]
        for account, channels in meant.items()
    }
    return {account: channels for account, channels in found.items() if channels}


def check_history(accounts: Iterable[Account]) -> None:
    """Refuse what needs a history for accounts whose cloud has none."""
    for account in accounts:
        if account.cloud.traits.history is History.NONE:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="not_offered",
                translation_placeholders={
                    "account": account.title,
                    "kind": account.kind.product,
                },
            )


async def check_permission(
    call: ServiceCall, channels: Iterable[InstalledChannel], policy: str
) -> None:
    """Raise Unauthorized if the user who takes the action has no such right for all channels."""
    await check_entities(call, (entity_of(call, it) for it in channels), policy)


async def readable(call: ServiceCall, meant: Meant, policy: str, *, history: bool = True) -> Meant:
    """Return what a call is about once it is clear that it may and can be answered."""
    if not meant:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_channels")
    if history:
        check_history(meant)
    for channels in meant.values():
        await check_permission(call, channels, policy)
    return meant


def described(account: Account, serial: str) -> dict[str, Any]:
    """Return which device something is about, as all responses say it."""
    instrument = account.view.topology.instruments[serial]
    device = dr.async_get(account.hass).async_get_device_by_identifier(
        (DOMAIN, instrument.identity()), account.entry.entry_id
    )
    return {
        "device_id": device.id if device else None,
        "serial": serial,
        "name": device_name(device) or instrument.name,
        "site": account.site_name(instrument.device.site),
    }


def by_device(
    account: Account, channels: Iterable[InstalledChannel]
) -> dict[str, list[InstalledChannel]]:
    """Return channels by the serial of the device that they are shown on."""
    found: dict[str, list[InstalledChannel]] = {}
    for installed in channels:
        found.setdefault(account.view.topology.owner[installed.key], []).append(installed)
    return found


def title_of(account: Account, installed: InstalledChannel, language: str | None = None) -> str:
    """Return what a channel is called beside the others of its device: with its probe."""
    name = channel_name(account.hass, installed, language)
    if installed.probe is None:
        return name
    instrument = account.view.topology.instruments[account.view.topology.owner[installed.key]]
    probe = dr.async_get(account.hass).async_get_child_device_by_identifier(
        (DOMAIN, instrument.identity_of(installed.probe)), account.entry.entry_id
    )
    of = device_name(probe) or named(installed.probe)
    return f"{of} {name}"


def entity_of(call: ServiceCall, installed: InstalledChannel) -> str | None:
    """Return the entity that shows a channel."""
    platform = "binary_sensor" if installed.channel.quantity is Quantity.DOOR else "sensor"
    registry = er.async_get(call.hass)
    return registry.async_get_entity_id(platform, DOMAIN, installed.unique_id)


def _unique_ids(call: ServiceCall, selection: TargetSelection) -> set[tuple[str | None, str]]:
    selected = async_extract_referenced_entity_ids(call.hass, selection)
    registry, shown = er.async_get(call.hass), _channels(call)
    found = [
        entity
        for entity_id in selected.referenced | selected.indirectly_referenced
        if (entity := registry.async_get(entity_id)) is not None and entity.platform == DOMAIN
    ]
    for entity in tuple(found):
        if entity.entity_id in selected.referenced and entity.unique_id not in shown:
            found += er.async_entries_for_device(registry, entity.device_id or "")
    # Two accounts may show the same logger; the entity is that of one.
    return {(entity.config_entry_id, entity.unique_id) for entity in found}


def _channels(call: ServiceCall) -> set[str]:
    return {
        unique_id
        for entry in call.hass.config_entries.async_loaded_entries(DOMAIN)
        for unique_id in entry.runtime_data.view.topology.keys
    }
