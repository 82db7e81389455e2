"""The entities that show the same channel in two accounts."""

from collections.abc import Iterable

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from ..monitoring.matching import Match


def pairs_of(hass: HomeAssistant, matches: Iterable[Match]) -> list[tuple[str, str]]:
    """Return the sensors of matched channels by their entity ids, as far as both exist."""
    registry = er.async_get(hass)
    found = (
        tuple(
            registry.async_get_entity_id("sensor", DOMAIN, it.unique_id)
            for it in (match.old, match.new)
        )
        for match in matches
        if match.new is not None
    )
    return [(old, new) for old, new in found if old and new]
