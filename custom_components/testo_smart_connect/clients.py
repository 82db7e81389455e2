"""Makes the cloud of an account from what its config entry says."""

from asyncio import sleep
from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from .clouds.jobs import JobRunner
from .clouds.smart_connect import Habits, SmartConnect, base_url
from .clouds.transport import Transport
from .const import CONF_API_KEY, CONF_BASE_URL, CONF_REGION


def create_cloud(
    hass: HomeAssistant, data: Mapping[str, Any], habits: Habits | None = None
) -> SmartConnect:
    """Return the client of an account."""
    transport = Transport(
        async_get_clientsession(hass),
        data.get(CONF_BASE_URL) or base_url(data[CONF_REGION]),
        data[CONF_API_KEY],
        sleep=sleep,
    )
    return SmartConnect(JobRunner(transport), habits)
