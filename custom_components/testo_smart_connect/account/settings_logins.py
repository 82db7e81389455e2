"""Bringing the logins for settings of an account in step with its subentries."""

from collections.abc import Mapping
from typing import Any

from aiohttp import ClientSession
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from ..kinds.base import Connection
from ..kinds.companion import SETTINGS, connect, region_of
from .account import Account
from .companion import Companion
from .companion_memory import CompanionMemory
from .companions import KEYS


@callback
def companions_of(account: Account, session: ClientSession) -> dict[str, Companion]:
    """Return those of an account; what is remembered of others is forgotten."""
    entry, memory = account.entry, account.memory
    found = {id_: it for id_, it in entry.subentries.items() if it.subentry_type == SETTINGS}
    memory.companions = {id_: memory.companions.get(id_, CompanionMemory()) for id_ in found}
    return {
        id_: Companion(
            it,
            connect(
                Connection(
                    session=session,
                    data=it.data,
                    secret=memory.companions[id_].secret,
                    # One of its own: it must keep nobody else from asking.
                    wait=memory.companions[id_].wait,
                ),
                region_of(entry.data),
            ),
            account.store,
            memory,
            account.subscriptions,
        )
        for id_, it in found.items()
    }


@callback
def forget_entities(account: Account) -> None:
    """Remove the entities of settings where there is no login for them any more."""
    if account.companions:
        return
    registry = er.async_get(account.hass)
    for it in er.async_entries_for_config_entry(registry, account.entry.entry_id):
        if it.translation_key in KEYS:
            registry.async_remove(it.entity_id)


@callback
def reload_when_changed(account: Account) -> None:
    """Load the account anew when a login for settings comes, changes or goes."""
    hass, entry = account.hass, account.entry
    known = _said(entry)

    @callback
    def look(change: ConfigEntryChange, changed: ConfigEntry) -> None:
        if (
            change is ConfigEntryChange.UPDATED
            and changed.entry_id == entry.entry_id
            and _said(changed) != known
            and changed.state is ConfigEntryState.LOADED
        ):
            hass.config_entries.async_schedule_reload(entry.entry_id)

    entry.async_on_unload(async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, look))


def _said(entry: ConfigEntry[Any]) -> Mapping[str, Mapping[str, Any]]:
    """Return what was typed for the logins; Home Assistant changes them in place."""
    return {id_: {**it.data} for id_, it in entry.subentries.items()}
