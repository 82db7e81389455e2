"""What a move changes in the registries, worked out before anything is changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from ..monitoring.identity import identity
from ..monitoring.matching import Match
from ..monitoring.topology import Topology

_OF_ACCOUNT: Final = (
    *("active_alarms", "active_warnings", "loggers_offline"),
    *("last_update", "cloud"),
)
"""What all kinds of accounts have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    """What is called otherwise after the move: an entity by its unique id, or a device."""

    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A move of one account."""

    entry_id: str
    old_id: str
    """The unique id of the config entry before."""
    new_id: str
    entities: tuple[Renamed, ...] = ()
    devices: tuple[Renamed, ...] = ()
    kept: tuple[str, ...] = ()
    """What comes along without a counterpart, entities and devices alike."""


def plan_of(
    hass: HomeAssistant,
    entry_id: str,
    ids: tuple[str, str],
    topologies: tuple[Topology, Topology],
    matches: Iterable[Match],
) -> Plan:
    """Return what becomes of everything that an account shows.

    ``ids`` and ``topologies`` are those before and after. A name that something of another
    account has is not taken.
    """
    (old_id, new_id), (before, _) = ids, topologies
    found = tuple(matches)
    devices = _devices(found, topologies) | {identity(old_id): identity(new_id)}
    names = {
        **{identity(old_id, key): identity(new_id, key) for key in _OF_ACCOUNT},
        **{it.old.unique_id: it.new.unique_id for it in found if it.new is not None},
    }
    registry = er.async_get(hass)
    entities: list[Renamed] = []
    kept: list[str] = []
    for entity in er.async_entries_for_config_entry(registry, entry_id):
        unique_id = entity.unique_id
        new = names.get(unique_id) or _moved(unique_id, before, devices, names)
        if new and registry.async_get_entity_id(entity.domain, DOMAIN, new) is None:
            entities.append(Renamed(old=unique_id, new=new))
        else:
            kept.append(unique_id)
    moved = {it: devices[it] for it in _identifiers(hass, entry_id) if it in devices}
    kept += [it for it in _identifiers(hass, entry_id) if it not in moved]
    return Plan(
        entry_id=entry_id,
        old_id=old_id,
        new_id=new_id,
        entities=tuple(entities),
        devices=tuple(Renamed(old=old, new=new) for old, new in moved.items()),
        kept=tuple(kept),
    )


def _identifiers(hass: HomeAssistant, entry_id: str) -> Iterable[str]:
    registry = dr.async_get(hass)
    return [
        identifier
        for device in dr.async_entries_for_config_entry(registry, entry_id)
        for domain, identifier in device.identifiers
        if domain == DOMAIN
    ]


def _moved(
    unique_id: str, before: Topology, devices: Mapping[str, str], names: Mapping[str, str]
) -> str | None:
    """Return the new name of what belongs to a channel, or to an instrument."""
    read = before.read_back(unique_id)
    if read is not None:
        installed, suffix = read
        new = names.get(installed.unique_id)
        return new + suffix if new else None
    for instrument in before.instruments.values():
        start = f"{instrument.identity()}_"
        if unique_id.startswith(start) and instrument.identity() in devices:
            return f"{devices[instrument.identity()]}_{unique_id.removeprefix(start)}"
    return None


def _devices(matches: Iterable[Match], topologies: tuple[Topology, Topology]) -> dict[str, str]:
    """Return what becomes of the devices all of whose matched channels stand on one there."""
    before, after = topologies
    wanted: dict[str, set[str]] = {}
    for match in matches:
        if match.new is not None:
            old = before.instruments[before.owner[match.old.key]].identity()
            new = after.instruments[after.owner[match.new.key]].identity()
            wanted.setdefault(old, set()).add(new)
    found: dict[str, str] = {}
    for old, news in wanted.items():
        if len(news) == 1 and (new := next(iter(news))) not in found.values():
            found[old] = new
    return found
