"""Entries in the logbook, in the language of Home Assistant."""

from homeassistant.core import Context, HomeAssistant

from ..const import DOMAIN, NAME
from ..texts import one_line, text


async def write(
    hass: HomeAssistant, entity_id: str | None, key: str, context: Context, **words: str
) -> None:
    """Write an entry about an entity; without a logbook nobody could read it."""
    if "logbook" not in hass.config.components:
        return
    # It draws in the recorder and the frontend, which not every Home Assistant has.
    from homeassistant.components.logbook import async_log_entry  # noqa: PLC0415  as it says

    message = one_line(await text(hass, key, **words))
    state = hass.states.get(entity_id) if entity_id else None
    async_log_entry(hass, state.name if state else NAME, message, DOMAIN, entity_id, context)
