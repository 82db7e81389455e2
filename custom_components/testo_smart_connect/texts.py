"""Sentences of our own in the language and the time zone of Home Assistant."""

from datetime import datetime

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from .const import DOMAIN


async def text(hass: HomeAssistant, key: str, **words: str) -> str:
    """Return one of the common texts with its words filled in."""
    texts = await async_get_translations(hass, hass.config.language, "common", {DOMAIN})
    return texts[f"component.{DOMAIN}.common.{key}"].format(**words)


def minute(at: datetime) -> str:
    """Return a time as it stands in a sentence."""
    return f"{dt_util.as_local(at):%Y-%m-%d %H:%M}"


def iso(at: datetime | None) -> str | None:
    """Return a time as it stands in attributes and events, which have to be JSON."""
    return at.isoformat() if at else None
