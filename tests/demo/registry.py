"""What Home Assistant shows: devices, areas, entities and their states."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from custom_components.testo_smart_connect.const import DOMAIN

from .home import Home


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """One entity of the integration as a user sees it."""

    entity_id: str
    unique_id: str
    name: str
    device: str
    """The serial number or tenant of the device it stands on."""
    category: str | None
    enabled: bool
    state: str | None
    """None while there is no state, as for a disabled entity."""
    attributes: Mapping[str, Any]

    @property
    def platform(self) -> str:
        """Return the kind of entity: sensor, binary_sensor, event."""
        return self.entity_id.partition(".")[0]

    @property
    def unit(self) -> str:
        """Return the unit, empty if there is none."""
        return self.attributes.get("unit_of_measurement") or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A device of the integration; a probe of a logger is one too."""

    key: str
    """The serial number or tenant."""
    id: str
    name: str
    area: str | None
    parent: str | None
    """The key of the logger that it is a probe of, or of the gateway that it talks to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything of the integration at one moment."""

    devices: Mapping[str, Device]
    entities: Mapping[str, Entity]
    """By unique id."""

    def of(self, device: str) -> list[Entity]:
        """Return the entities of a device in the order of their unique ids."""
        found = [entity for entity in self.entities.values() if entity.device == device]
        return sorted(found, key=lambda entity: entity.unique_id)


async def look(home: Home, entry_id: str) -> Snapshot:
    """Read registries and states of one account."""
    areas = {row["area_id"]: row["name"] for row in await home.call("config/area_registry/list")}
    rows = [
        row
        for row in await home.call("config/device_registry/list")
        if any(domain == DOMAIN for domain, _ in row["identifiers"])
        and entry_id in row.get("config_entries", (entry_id,))
    ]
    keys = {row["id"]: _key(row) for row in rows}
    devices = {
        keys[row["id"]]: Device(
            key=keys[row["id"]],
            id=row["id"],
            name=row.get("name_by_user") or row["name"],
            area=areas.get(row["area_id"]),
            parent=keys.get(row.get("parent_device_id") or row.get("via_device_id")),
        )
        for row in rows
    }
    states = {state["entity_id"]: state for state in await home.get("/api/states")}
    entities = {
        row["unique_id"]: _entity(row, keys, states.get(row["entity_id"], {}))
        for row in await home.call("config/entity_registry/list")
        if row["platform"] == DOMAIN and row["config_entry_id"] == entry_id
    }
    return Snapshot(devices=devices, entities=entities)


def _key(row: dict[str, Any]) -> str:
    return next(str(key) for domain, key in row["identifiers"] if domain == DOMAIN)


def _entity(row: dict[str, Any], keys: Mapping[str, str], state: dict[str, Any]) -> Entity:
    return Entity(
        entity_id=row["entity_id"],
        unique_id=row["unique_id"],
        name=row["name"] or row["original_name"] or row["entity_id"],
        device=keys.get(row["device_id"], ""),
        category=row["entity_category"],
        enabled=row["disabled_by"] is None,
        state=state.get("state"),
        attributes=state.get("attributes", {}),
    )
