"""How actions are taken, and what most of these tests speak of."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import Context

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import World
from tests.simulator import Channel, Logger

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIDNIGHT = datetime(2026, 6, 30, 22, 0, tzinfo=UTC)
"""Of the first of July in Berlin."""


async def ask(
    world: World, action: str, context: Context | None = None, **data: Any
) -> dict[str, Any]:
    """Take an action and return its response."""
    found: Any = await world.hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=True, context=context
    )
    assert isinstance(found, dict)
    return found


def probe(logger: Logger) -> Channel:
    """Return the first channel of a logger."""
    return logger.sensors[0].channels[0]
