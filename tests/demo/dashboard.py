"""The prepared dashboard: one section for each site, what needs attention first."""

from collections.abc import Iterator
from typing import Any

from .home import Home
from .registry import Device, Entity, Snapshot

PATH = "site-monitoring"
TITLE = "Monitoring"

type Card = dict[str, Any]

_SITE_ICONS = {
    "Apotheke": "mdi:medical-bag",
    "Kantine": "mdi:silverware-fork-knife",
    "Museum": "mdi:bank",
}
_WITH_TREND = 2
_TREND_HOURS = 15
"""Of the world's own time."""
_OWN_NAME = {"type": "entity"}
"""The entity's name without that of its device, which stands above it."""


async def add_dashboard(home: Home, snapshot: Snapshot, tenant: str, speed: int) -> None:
    """Make the dashboard of a world that lives so fast; it is the first page that is seen."""
    known = [row["url_path"] for row in await home.call("lovelace/dashboards/list")]
    if PATH not in known:
        await home.call(
            "lovelace/dashboards/create",
            url_path=PATH,
            title=TITLE,
            icon="mdi:thermometer-check",
            mode="storage",
        )
    await home.call(
        "lovelace/config/save",
        url_path=PATH,
        config=dashboard(snapshot, tenant, _TREND_HOURS / speed),
    )
    await home.call("frontend/set_system_data", key="core", value={"default_panel": PATH})


def dashboard(snapshot: Snapshot, tenant: str, trend: float) -> dict[str, Any]:
    """Return the dashboard of an account, with so many hours of trend."""
    sites = sorted({device.area for device in snapshot.devices.values() if device.area})
    overview = _overview(snapshot, tenant, sites)
    view = {
        "title": TITLE,
        "path": "sites",
        "type": "sections",
        "max_columns": max(1, len(sites)),
        "sections": [
            {"type": "grid", "column_span": max(1, len(sites)), "cards": overview},
            *({"type": "grid", "cards": list(_site(snapshot, site, trend))} for site in sites),
        ],
    }
    return {"title": TITLE, "views": [view]}


def _overview(snapshot: Snapshot, tenant: str, sites: list[str]) -> list[Card]:
    account = {entity.unique_id: entity.entity_id for entity in snapshot.of(tenant)}
    cards: list[Card] = [_heading("Overview", "mdi:shield-check-outline")]
    counts = (("active_alarms", "red"), ("active_warnings", "orange"), ("loggers_offline", "red"))
    # The section is as wide as all sites, so that a quarter of it is many columns.
    wide = 3 * max(1, len(sites))
    for key, color in counts:
        entity_id = account[f"{tenant}_{key}"]
        for condition, shown in (({"below": 1}, "green"), ({"above": 0}, color)):
            cards.append(
                {
                    **_tile(entity_id, columns=wide),
                    "color": shown,
                    "visibility": [
                        {"condition": "numeric_state", "entity": entity_id, **condition}
                    ],
                }
            )
    cards.append({**_tile(account[f"{tenant}_cloud"], columns=wide), "color": "blue"})
    return cards


def _site(snapshot: Snapshot, site: str, trend: float) -> Iterator[Card]:
    icon = next((icon for word, icon in _SITE_ICONS.items() if word in site), "mdi:map-marker")
    yield _heading(site, icon)
    here = [device for device in snapshot.devices.values() if device.area == site]
    here.sort(key=lambda device: (device.name, device.key))
    # The alarm of a moment comes first, wherever it is in the list below.
    for device in here:
        for entity in snapshot.of(device.key):
            yield from _alarm(entity)
    for device in here:
        shown = [entity for entity in snapshot.of(device.key) if _is_channel(entity)]
        if shown:
            yield _device_heading(snapshot, device)
            yield from (_channel(shown, place, trend) for place in range(len(shown)))


def _is_channel(entity: Entity) -> bool:
    """Tell whether an entity shows what a channel measures."""
    if not entity.enabled or entity.category or entity.state == "unavailable":
        return False
    if entity.platform == "binary_sensor":
        return entity.attributes.get("device_class") == "door"
    return entity.platform == "sensor"


def _alarm(entity: Entity) -> Iterator[Card]:
    """Show an alarm while it is there."""
    if not entity.enabled or entity.attributes.get("device_class") != "problem":
        return
    yield {
        **_tile(entity.entity_id, columns=12),
        "name": [{"type": "device"}, {"type": "text", "text": "·"}, _OWN_NAME],
        "color": "orange" if entity.unique_id.endswith("_warning") else "red",
        "state_content": ["state", "last_changed"],
        "visibility": [{"condition": "state", "entity": entity.entity_id, "state": "on"}],
    }


def _channel(shown: list[Entity], place: int, trend: float) -> Card:
    """Show one of the channels of a device; the first two with their trend."""
    last_alone = place == len(shown) - 1 and place % 2 == 0
    card = _tile(shown[place].entity_id, columns=12 if last_alone else 6)
    if shown[place].platform == "sensor":
        card["color"] = "teal"
        if place < _WITH_TREND:
            card["features"] = [{"type": "trend-graph", "hours_to_show": trend}]
    return card


def _device_heading(snapshot: Snapshot, device: Device) -> Card:
    battery = snapshot.entities.get(f"{device.key}_battery")
    badges = [{"type": "entity", "entity": battery.entity_id, "color": "state"}] if battery else []
    return {
        "type": "heading",
        "heading": device.name,
        "heading_style": "subtitle",
        "badges": badges,
    }


def _heading(text: str, icon: str) -> Card:
    return {"type": "heading", "heading": text, "heading_style": "title", "icon": icon}


def _tile(entity_id: str, *, columns: int) -> Card:
    return {
        "type": "tile",
        "entity": entity_id,
        "name": _OWN_NAME,
        "vertical": False,
        "grid_options": {"columns": columns},
    }
