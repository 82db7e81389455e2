"""Bringing the logins for settings of an account in step with its subentries."""

from collections.abc import Mapping
from typing import Any, Final

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

from ..const import CONF_SITE
from ..kinds.base import Connection
from ..kinds.companion import SETTINGS, connect, region_of
from .account import Account
from .companion import Companion
from .companion_memory import CompanionMemory
from .companions import KEYS

_GONE: Final = "gone"


@callback
def left_devices(account: Account) -> set[str]:
    """Return the serials that logins have brought which are there no more."""
    gone = account.memory.companions.keys() - account.entry.subentries.keys()
    return {it.serial for id_ in gone for it in account.memory.companions[id_].devices}


@callback
def companions_of(account: Account, session: ClientSession) -> dict[str, Companion]:
    """Return those of an account; what is remembered of others is forgotten, but for a stop."""
    entry, memory = account.entry, account.memory
    memory.companions = {id_: it.resumed for id_, it in memory.companions.items()}
    found = {id_: it for id_, it in entry.subentries.items() if it.subentry_type == SETTINGS}
    stops = {
        memory.site_name(it.stopped_at): CompanionMemory(
            stopped=it.stopped, stopped_at=it.stopped_at
        )
        for id_, it in memory.companions.items()
        if id_ not in found and it.stopped is not None and it.stopped_at is not None
    }
    memory.companions = {
        id_: memory.companions.get(id_)
        or stops.pop(memory.site_name(it.data[CONF_SITE]), CompanionMemory())
        for id_, it in found.items()
    } | {f"{_GONE} {site}": it for site, it in stops.items()}
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
def go_on(account: Account, login: str) -> None:
    """Allow changes again: somebody has looked, though the login may be there no more."""
    companion, memory = account.companions.get(login), account.memory
    if companion is not None:
        companion.go_on()
    else:
        memory.companions = {id_: it for id_, it in memory.companions.items() if id_ != login}
        account.store.save_soon(memory)


@callback
def forget_entities(account: Account) -> None:
    """Remove the entities of settings where there is no login for them any more."""
    registry, companions = er.async_get(account.hass), account.companions
    begins = tuple(f"{serial}_" for serial in companions.left)
    for it in er.async_entries_for_config_entry(registry, account.entry.entry_id):
        if it.translation_key in KEYS and (not companions or it.unique_id.startswith(begins)):
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
