"""What the page System information tells: are the clouds reached, and are the accounts read."""

from typing import Any

from homeassistant.components import system_health
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from .account.account import TestoConfigEntry
from .const import DOMAIN


@callback
def async_register(_hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Have the page ask for it."""
    register.async_register_info(_info)


async def _info(hass: HomeAssistant) -> dict[str, Any]:
    """Return what is known of all accounts together, and try to reach their clouds."""
    entries: list[TestoConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    accounts = [entry.runtime_data for entry in entries]
    read = [account.health.last_update for account in accounts]
    oldest = min((at for at in read if at is not None), default=None)
    hosts = {
        name: address
        for account in accounts
        for name, address in account.kind.hosts(account.entry.data).items()
    }
    return {
        "accounts": len(accounts),
        "devices": sum(len(account.view.topology.instruments) for account in accounts),
        "failing": sum(account.health.cloud_ok is False for account in accounts),
        "last_update": dt_util.as_local(oldest) if oldest else "-",
        **{
            name: system_health.async_check_can_reach_url(hass, hosts[name])
            for name in sorted(hosts)
        },
    }
