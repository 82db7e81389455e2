"""An address of one's own in place of the cloud's: a part of every form."""

from collections.abc import Mapping
from typing import Any

from homeassistant.data_entry_flow import section
from homeassistant.helpers import selector
import probatio
from yarl import URL

from ..clouds.http.links import is_loopback
from ..const import CONF_ADVANCED, CONF_BASE_URL


def advanced(more: Mapping[Any, Any] | None = None) -> dict[Any, Any]:
    """Return the collapsed section with the address, after what else a kind has there."""
    base_url = selector.TextSelector(
        selector.TextSelectorConfig(type=selector.TextSelectorType.URL)
    )
    return {
        probatio.Optional(CONF_ADVANCED): section(
            probatio.Schema({**(more or {}), probatio.Optional(CONF_BASE_URL): base_url}),
            {"collapsed": True},
        )
    }


def address_of(typed: Mapping[str, Any]) -> dict[str, str | None]:
    """Return the data of the section: an address, None without one."""
    address = (typed.get(CONF_ADVANCED, {}).get(CONF_BASE_URL) or "").strip().rstrip("/")
    return {CONF_BASE_URL: address or None}


def typed_address(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the section as it would have to be typed."""
    return {CONF_ADVANCED: {CONF_BASE_URL: data.get(CONF_BASE_URL)}}


def address_errors(data: Mapping[str, Any]) -> dict[str, str]:
    """Return what is wrong with the address."""
    if data[CONF_BASE_URL] and not _is_safe(data[CONF_BASE_URL]):
        # Errors cannot be bound to a field within a section.
        return {"base": "invalid_url"}
    return {}


def _is_safe(address: str) -> bool:
    """Tell whether a login may be sent there: encrypted, or not leaving the machine."""
    try:
        url = URL(address)
        # What has no name in the DNS makes the HTTP client fail in its own way.
        (url.host or "").encode("idna")
    except ValueError:
        return False
    if not url.host or url.user or url.password or url.query_string or url.fragment:
        return False
    if url.scheme == "https":
        return True
    return url.scheme == "http" and is_loopback(url.host)
