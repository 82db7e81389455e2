"""Sentences of our own in the language and the time zone of Home Assistant, and foreign words."""

from datetime import datetime
import re

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util

from .const import DOMAIN

_BREAKS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+")
"""What begins a line, or turns the direction of the text after it."""
_MARKDOWN = re.compile(
    r"[\\`*~<>\[\]]"
    r"|(?<!\w)_|_(?!\w)"  # within a word it is nothing but itself
    r"|:(?=//)|(?<=www)\.|(?<=\w)@(?=\w)"  # addresses become links by themselves
    r"|&(?=#?\w+;)",
    re.IGNORECASE,
)
_BLOCK = re.compile(r"^(\d*)([#+.)-])(?=[\s#])")
"""What makes a heading or a list of a line that begins with it."""


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


def one_line(words: str) -> str:
    """Return what others wrote as it may stand in the log: it cannot begin a line of its own."""
    return _BREAKS.sub(" ", words).strip()


def escaped(words: str) -> str:
    """Return what others wrote as it may stand in Markdown: neither format, link nor picture.

    Issues and notifications show it. Plain names stay as they are, since their titles
    are no Markdown.
    """
    return _MARKDOWN.sub(r"\\\g<0>", one_line(words))


def bullet(words: str) -> str:
    """Return a line of a list, whatever it begins with; the words are escaped already."""
    return f"- {_BLOCK.sub(r'\1\\\2', words)}"
