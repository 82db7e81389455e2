"""The HTTP sessions of accounts."""

from collections.abc import MutableMapping
from typing import Any

from aiohttp import ClientSession, DummyCookieJar
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_create_clientsession
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN

_SHARED: HassKey[dict[str, Any]] = HassKey(f"{DOMAIN}_shared")


@callback
def shared(hass: HomeAssistant) -> MutableMapping[str, Any]:
    """Return what all that reads an account shares."""
    return hass.data.setdefault(_SHARED, {})


@callback
def create_session(hass: HomeAssistant, *, auto_cleanup: bool = True) -> ClientSession:
    """Return a session without cookies: one set for an account must not reach another.

    It ends with the config entry that is being set up. Elsewhere who asks for one without
    ``auto_cleanup`` detaches it.
    """
    return async_create_clientsession(hass, auto_cleanup=auto_cleanup, cookie_jar=DummyCookieJar())
