"""Sentences of our own in the language and the time zone of Home Assistant, and foreign words."""

from datetime import date, datetime
import re

from homeassistant.core import HomeAssistant
from homeassistant.helpers.translation import (
    async_get_cached_translations,
    async_get_translations,
)
from homeassistant.util import dt as dt_util

from .const import DOMAIN
from .documents.words import DAYS

_COMPOUNDING = {"de", "nl"}
"""Languages that make one word of several: the German `Kühlraumtür` is a door."""
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


def known_text(
    hass: HomeAssistant, category: str, key: str, language: str | None = None
) -> str | None:
    """Return a text of a category with its blanks, None if there is none.

    Home Assistant has read those of its language by the time an account is loaded; those of
    another one have to be read before.
    """
    wanted = language or hass.config.language
    texts = async_get_cached_translations(hass, wanted, category, DOMAIN)
    return texts.get(f"component.{DOMAIN}.{category}.{key}")


def day(hass: HomeAssistant, on: date) -> str:
    """Return a day as it stands in a sentence."""
    return on.strftime(DAYS.get(hass.config.language, "%Y-%m-%d"))


def minute(hass: HomeAssistant, at: datetime) -> str:
    """Return a time as it stands in a sentence."""
    local = dt_util.as_local(at)
    return f"{day(hass, local)} {local:%H:%M}"


def decimal(hass: HomeAssistant, value: float) -> str:
    """Return a number as it stands in a sentence."""
    words = f"{value:g}"
    return words.replace(".", ",") if hass.config.language in DAYS else words


def contains(hass: HomeAssistant, name: str, word: str) -> bool:
    """Tell whether a name has a word in it: `Cold room door` has a door, `Outdoor` has none."""
    whole = rf"\b{re.escape(word)}\b"
    part = rf"\b{re.escape(word)}|{re.escape(word)}\b"
    pattern = part if hass.config.language in _COMPOUNDING else whole
    return re.search(pattern, name, re.IGNORECASE) is not None


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


def iso_local(at: datetime | None) -> str | None:
    """Return a time as ISO text with the offset of Home Assistant's zone."""
    return None if at is None else dt_util.as_local(at).isoformat()
