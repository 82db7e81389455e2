"""Asking for a new login."""

from datetime import datetime, timedelta
from typing import Final

from homeassistant.config_entries import SOURCE_RECONFIGURE
from homeassistant.core import callback

from .account import Account

_LEFT_BEHIND: Final = timedelta(minutes=15)
"""After which a form that changes the connection counts as closed with the browser."""


_CHANGES: Final = "reconfigure"
"""How the names of the forms begin that are meant."""


@callback
def ask_for_login(account: Account, now: datetime) -> None:
    """Ask for a new login, once (now: UTC).

    Home Assistant does not ask while a form that changes the connection is open. One that was
    left behind by somebody would keep it from asking for ever.
    """
    hass, entry = account.hass, account.entry
    # Who is about to move the account needs no login for it any more.
    flows = [
        it["flow_id"]
        for it in entry.async_get_active_flows(hass, {SOURCE_RECONFIGURE})
        if str(it.get("step_id")).startswith(_CHANGES)
    ]
    seen = {flow_id: account.open_forms.get(flow_id, now) for flow_id in flows}
    account.open_forms = seen
    for flow_id, since in seen.items():
        if now - since >= _LEFT_BEHIND:
            hass.config_entries.flow.async_abort(flow_id)
    entry.async_start_reauth(hass)
