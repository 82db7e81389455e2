"""What is read of an account, and why some of it is rejected, in the language of Home Assistant."""

from collections.abc import Iterable

from homeassistant.core import HomeAssistant

from ..texts import escaped, known_text


def resource_list(hass: HomeAssistant, names: Iterable[str]) -> str:
    """Return what is read of an account; what two names stand for is listed once."""
    return ", ".join(sorted({resource_word(hass, name) for name in names}))


def resource_word(hass: HomeAssistant, name: str) -> str:
    """Return what is read of an account, by our name for it or the cloud's."""
    key = name.replace(" ", "_")
    return _word(hass, f"resource_{key}") or f"{_word(hass, 'resource_other')} ({name})"


def reason_word(hass: HomeAssistant, code: str) -> str:
    """Return why rows are rejected: the first word of the code tells a reader enough."""
    kind = code.partition("_")[0]
    return _word(hass, f"reason_{kind}") or _word(hass, "reason_other")


def found_word(hass: HomeAssistant, names: Iterable[str]) -> str:
    """Return what was different after a change, fit for Markdown; that nobody knows if nothing."""
    told = escaped(", ".join(names))
    return (
        _word(hass, "found_differing").format(names=told) if told else _word(hass, "found_unknown")
    )


def _word(hass: HomeAssistant, key: str) -> str:
    return known_text(hass, "common", key) or ""
