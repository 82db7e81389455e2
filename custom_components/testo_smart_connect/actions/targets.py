"""Which devices and channels a call is about, and whether its user may take it."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import ServiceCall
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.service import async_get_config_entry
from homeassistant.helpers.target import (
    SelectedEntities,
    TargetSelection,
    async_extract_referenced_entity_ids,
)
import probatio

from ..account.account import Account, TestoConfigEntry
from ..account.names import channel_name, device_name
from ..account.sharing import event_entity
from ..clouds.base import History
from ..const import ATTR_CONFIG_ENTRY_ID, DOMAIN
from ..monitoring.identity import identity
from ..monitoring.instruments import InstalledChannel, Instrument, named
from ..monitoring.quantities import Quantity
from ..texts import one_line
from .permission import check_entities

TARGET_FIELDS: Final = {
    probatio.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
    **cv.TARGET_SERVICE_FIELDS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MeantDevice:
    """A logger, gateway or radio sensor that a call is about, with those channels of it.

    All as it was when the call came: it may go while the past is read.
    """

    account: Account
    instrument: Instrument
    channels: tuple[InstalledChannel, ...]


type Meant = Sequence[MeantDevice]


def devices_of_target(call: ServiceCall) -> Meant:
    """Return what the target of a call stands for; without one all of one account.

    A device stands for its probes, an area for its devices. An alarm, a battery and the like
    stand for what their device measures. Raises a ServiceValidationError if an account of it
    is not loaded: nothing is left out silently.
    """
    wanted = call.data.get(ATTR_CONFIG_ENTRY_ID)
    selection = TargetSelection(call.data)
    if wanted is not None or not selection.has_any_target:
        entry: TestoConfigEntry = async_get_config_entry(call.hass, DOMAIN, wanted)
    if not selection.has_any_target:
        return [*_all_of(entry.runtime_data)]
    found = list[MeantDevice]()
    selected = async_extract_referenced_entity_ids(call.hass, selection)
    _check_known(call, selected)
    for entry_id, entities in _by_entry(call, selected).items():
        if wanted in {None, entry_id}:
            entry = async_get_config_entry(call.hass, DOMAIN, entry_id)
            found += _some_of(entry.runtime_data, entities, selected.referenced)
    return found


def _check_known(call: ServiceCall, selected: SelectedEntities) -> None:
    """Raise an error that names what is selected by itself, but unknown or none of ours."""
    entities, devices = er.async_get(call.hass), dr.async_get(call.hass)
    entries = {entry.entry_id for entry in call.hass.config_entries.async_entries(DOMAIN)}
    foreign = [
        *(
            it
            for it in selected.referenced
            if (entity := entities.async_get(it)) is None or entity.platform != DOMAIN
        ),
        *(
            device_name(device) or it
            for it in call.data.get(ATTR_DEVICE_ID, ())
            if (device := devices.async_get(it)) is None or device.config_entry_id not in entries
        ),
        *selected.missing_areas,
        *selected.missing_floors,
        *selected.missing_labels,
    ]
    if foreign:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="foreign_targets",
            translation_placeholders={"targets": ", ".join(sorted(map(one_line, foreign)))},
        )


def _all_of(account: Account) -> Iterator[MeantDevice]:
    topology, channels = account.view.topology, dict[str, list[InstalledChannel]]()
    for key, installed in topology.channels.items():
        channels.setdefault(topology.owner[key], []).append(installed)
    for serial, instrument in topology.instruments.items():
        mine = tuple(channels.get(serial, ()))
        yield MeantDevice(account=account, instrument=instrument, channels=mine)


def _some_of(
    account: Account, entities: Sequence[er.RegistryEntry], named: Container[str]
) -> Iterator[MeantDevice]:
    """Yield what some entities of an account stand for.

    One of a channel stands for that, another one for its device if it is named itself: an area
    or label may hold the battery of a logger and not what it measures.
    """
    keys = account.view.topology.keys
    channels = {it.unique_id for it in entities} & keys.keys()
    others = [it for it in entities if it.unique_id not in channels]
    touched = _identifiers(account, others)
    whole = _identifiers(account, (it for it in others if it.entity_id in named))
    if identity(account.tenant) in touched:
        # The device of the account stands for all that it has.
        yield from _all_of(account)
        return
    for it in _all_of(account):
        instrument = it.instrument
        mine = tuple(
            each
            for each in it.channels
            if each.unique_id in channels
            or (instrument.identity_of(each.probe) if each.probe else instrument.identity())
            in whole
        )
        if mine or (instrument.identity() in touched and not it.channels):
            yield replace(it, channels=mine)


def _identifiers(account: Account, entities: Iterable[er.RegistryEntry]) -> set[str]:
    """Return the identifiers of the devices of some entities."""
    registry = dr.async_get(account.hass)
    devices = (registry.async_get(it.device_id or "") for it in entities)
    return {name for device in devices if device for _, name in device.identifiers}


def _by_entry(call: ServiceCall, selected: SelectedEntities) -> dict[str, list[er.RegistryEntry]]:
    """Return the entities of a target by their account; a disabled one is no part of it."""
    registry, found = er.async_get(call.hass), dict[str, list[er.RegistryEntry]]()
    for entity_id in selected.referenced | selected.indirectly_referenced:
        entity = registry.async_get(entity_id)
        if entity is None or entity.platform != DOMAIN or entity.config_entry_id is None:
            continue
        if entity.disabled_by is not er.RegistryEntryDisabler.CONFIG_ENTRY:
            found.setdefault(entity.config_entry_id, []).append(entity)
    return found


def everything(meant: Meant) -> Meant:
    """Keep all of it."""
    return meant


def with_channels(meant: Meant) -> Meant:
    """Leave out what measures nothing itself, like a gateway."""
    return [it for it in meant if it.channels]


def measuring(meant: Meant) -> Meant:
    """Return the channels with statistics: a door has none."""
    return with_channels(
        [
            replace(
                it,
                channels=tuple(
                    each for each in it.channels if each.channel.quantity is not Quantity.DOOR
                ),
            )
            for it in meant
        ]
    )


def by_account(meant: Meant) -> dict[Account, list[MeantDevice]]:
    """Return devices by their accounts."""
    found: dict[Account, list[MeantDevice]] = {}
    for it in meant:
        found.setdefault(it.account, []).append(it)
    return found


def _check_history(accounts: Iterable[Account]) -> None:
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


async def _check_permission(call: ServiceCall, meant: Meant, policy: str) -> None:
    """Raise Unauthorized if the user who takes the action has no such right for all of it."""
    for it in meant:
        channels = (entity_of(call, each) for each in it.channels)
        await check_entities(call, channels if it.channels else [_alarms_of(it)], policy)


def _alarms_of(device: MeantDevice) -> str | None:
    """Return the entity that stands for a device without channels."""
    entity = event_entity(device.account.hass, device.instrument)
    return entity.entity_id if entity else None


async def readable(
    call: ServiceCall,
    keep: Callable[[Meant], Meant],
    *,
    policy: str = POLICY_READ,
    history: bool = True,
) -> Meant:
    """Return what a call is about once it is clear that it may and can be answered.

    ``keep`` leaves out what has nothing to tell.
    """
    found = devices_of_target(call)
    meant = keep(found)
    if not meant:
        key = "measures_nothing" if found else "no_channels"
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key=key)
    if history:
        _check_history(by_account(meant))
    await _check_permission(call, meant, policy)
    return meant


def described(device: MeantDevice) -> dict[str, Any]:
    """Return which device something is about, as all responses say it."""
    account, instrument = device.account, device.instrument
    registered = dr.async_get(account.hass).async_get_device_by_identifier(
        (DOMAIN, instrument.identity()), account.entry.entry_id
    )
    return {
        "device_id": registered.id if registered else None,
        "serial": instrument.serial,
        "name": device_name(registered) or instrument.name,
        "site": account.site_name(instrument.device.site),
    }


def title_of(device: MeantDevice, installed: InstalledChannel, language: str | None = None) -> str:
    """Return what a channel is called beside the others of its device: with its probe."""
    account, name = device.account, channel_name(device.account.hass, installed, language)
    if installed.probe is None:
        return name
    probe = dr.async_get(account.hass).async_get_child_device_by_identifier(
        (DOMAIN, device.instrument.identity_of(installed.probe)), account.entry.entry_id
    )
    of = device_name(probe) or named(installed.probe)
    return f"{of} {name}"


def entity_of(call: ServiceCall, installed: InstalledChannel) -> str | None:
    """Return the entity that shows a channel."""
    platform = "binary_sensor" if installed.channel.quantity is Quantity.DOOR else "sensor"
    registry = er.async_get(call.hass)
    return registry.async_get_entity_id(platform, DOMAIN, installed.unique_id)
