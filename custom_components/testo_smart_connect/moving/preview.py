"""What a move will do, as a person reads it before confirming."""

from collections.abc import Iterable

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..account.names import channel_name
from ..const import DOMAIN
from ..monitoring.instruments import InstalledChannel
from ..monitoring.matching import Match
from ..texts import escaped, text


async def table(hass: HomeAssistant, matches: Iterable[Match]) -> str:
    """Return the rows of a Markdown table of all channels: what it is, what it becomes, why."""
    return "\n".join([await _row(hass, match) for match in matches])


async def _row(hass: HomeAssistant, match: Match) -> str:
    becomes = "–" if match.new is None else _channel(hass, match.new)
    why = await text(hass, f"match_{match.why}")
    return f"| {_entity(hass, match.old)} | {becomes} | {why} |"


def _entity(hass: HomeAssistant, installed: InstalledChannel) -> str:
    """Return what a person calls the entity of a channel: by its own name if it has one."""
    registry = er.async_get(hass)
    entity_id = registry.async_get_entity_id("sensor", DOMAIN, installed.unique_id)
    state = hass.states.get(entity_id) if entity_id else None
    name = state.name if state else _channel(hass, installed)
    return _cell(name)


def _channel(hass: HomeAssistant, installed: InstalledChannel) -> str:
    """Return a channel by its logger, its quantity and what tells it apart."""
    name = installed.device.name or installed.device.model or installed.device.serial
    number = f"{installed.sensor.serial}/{installed.channel.number}"
    return _cell(f"{name} {channel_name(hass, installed)} ({number})")


def _cell(told: str) -> str:
    return escaped(told).replace("|", "\\|")
