"""Makes the cloud of an account from what its config entry says."""

from asyncio import sleep
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientSession, DummyCookieJar
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.aiohttp_client import async_create_clientsession
from homeassistant.util import dt as dt_util

from ..clouds.http.transport import Transport
from ..clouds.http.wait import Wait
from ..clouds.jobs.runner import JobRunner
from ..clouds.jobs.smart_connect import Dialect, SmartConnect, base_url
from ..const import CONF_API_KEY, CONF_BASE_URL, CONF_REGION


@callback
def create_session(hass: HomeAssistant, *, auto_cleanup: bool = True) -> ClientSession:
    """Return a session without cookies: one set for an account must not reach another.

    It ends with the config entry that is being set up. Elsewhere who asks for one without
    ``auto_cleanup`` detaches it.
    """
    return async_create_clientsession(hass, auto_cleanup=auto_cleanup, cookie_jar=DummyCookieJar())


@callback
def create_cloud(
    session: ClientSession,
    data: Mapping[str, Any],
    dialect: Dialect | None = None,
    wait: Wait | None = None,
) -> SmartConnect:
    """Return the client of an account; what was learnt of it before is optional."""
    transport = Transport(
        session,
        data.get(CONF_BASE_URL) or base_url(data[CONF_REGION]),
        data[CONF_API_KEY],
        sleep=sleep,
        now=dt_util.utcnow,
        wait=wait,
    )
    return SmartConnect(JobRunner(transport), dialect)
