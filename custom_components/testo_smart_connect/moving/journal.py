"""What is being moved, on the disk before anything is changed: a crash must leave no half.

Home Assistant writes its registries and its config entries at different times. Which kind the
entry was written as decides at the next start: the journal is carried out, or taken back.
"""

from typing import Any

from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers.storage import Store

from ..account.issues import async_forget_issues
from ..account.memory import Memory
from ..account.store import MemoryStore
from ..const import DOMAIN, LOGGER
from ..monitoring.codec import NOT_UNDERSTOOD, dump, load
from .plan import Plan
from .registries import rename


def _store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, Any]]:
    return Store(hass, 1, f"{DOMAIN}.{entry_id}.move", private=True, atomic_writes=True)


async def write(hass: HomeAssistant, plan: Plan) -> None:
    """Note what is going to be done; it is on the disk when this returns."""
    await _store(hass, plan.entry_id).async_save(dump(plan))


async def forget(hass: HomeAssistant, entry_id: str) -> None:
    """Let go of what was noted."""
    await _store(hass, entry_id).async_remove()


async def settle(hass: HomeAssistant, entry_id: str, unique_id: str | None) -> None:
    """Bring the registries in step with the kind that an entry has, before it is set up."""
    plan = await _read(hass, entry_id)
    if plan is None:
        return
    went_on = unique_id == plan.new_id
    changed = rename(hass, plan, back=not went_on)
    if went_on and (changed or hass.state is CoreState.running):
        # Not everything is known to be on the disk.
        return
    await _remove_store(hass, plan.old_id if went_on else plan.new_id)
    await forget(hass, entry_id)


async def remove(hass: HomeAssistant, entry_id: str) -> None:
    """Let go of all that a move left, when its account is removed."""
    plan = await _read(hass, entry_id)
    if plan is not None:
        for unique_id in (plan.old_id, plan.new_id):
            await _remove_store(hass, unique_id)
        await forget(hass, entry_id)


async def _read(hass: HomeAssistant, entry_id: str) -> Plan | None:
    data = await _store(hass, entry_id).async_load()
    try:
        return None if data is None else load(Plan, data)
    except NOT_UNDERSTOOD:
        LOGGER.warning("What was noted of the move of an account cannot be read")
        await forget(hass, entry_id)
        return None


async def _remove_store(hass: HomeAssistant, unique_id: str) -> None:
    """Delete what was stored of an account, unless it was set up once more."""
    entries = hass.config_entries.async_entries(DOMAIN)
    if all(entry.unique_id != unique_id for entry in entries):
        await MemoryStore(hass, unique_id).remove()


async def moved(hass: HomeAssistant, plan: Plan, memory: Memory) -> bool:
    """Do all of a move but writing the config entry; False if it could not begin.

    In an order in which it can end anywhere: what is new is on the disk before anything
    that is there is changed.
    """
    await MemoryStore(hass, plan.new_id).save(memory)
    await write(hass, plan)
    if not await hass.config_entries.async_unload(plan.entry_id):
        await _remove_store(hass, plan.new_id)
        await forget(hass, plan.entry_id)
        return False
    async_forget_issues(hass, plan.old_id)
    rename(hass, plan)
    return True
