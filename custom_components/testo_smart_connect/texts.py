"""Sentences of our own in the language of Home Assistant."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations

from .const import DOMAIN


async def text(hass: HomeAssistant, key: str, **words: str) -> str:
    """Return one of the common texts with its words filled in."""
    texts = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
    return texts[f"component.{DOMAIN}.common.{key}"].format(**words)
