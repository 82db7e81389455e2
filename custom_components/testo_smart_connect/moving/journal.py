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
    data = await _store(hass, entry_id).async_load()
    if data is None:
        return
    try:
        plan = load(Plan, data)
    except NOT_UNDERSTOOD:
        LOGGER.warning("What was noted of the move of an account cannot be read")
        return
    went_on = unique_id == plan.new_id
    changed = rename(hass, plan, back=not went_on)
    if went_on and (changed or hass.state is CoreState.running):
        # Not everything is known to be on the disk.
        return
    await MemoryStore(hass, plan.old_id if went_on else plan.new_id).remove()
    await forget(hass, entry_id)


async def moved(hass: HomeAssistant, plan: Plan, memory: Memory) -> bool:
    """Do all of a move but writing the config entry; False if it could not begin.

    In an order in which it can end anywhere: what is new is on the disk before anything
    that is there is changed.
    """
    await MemoryStore(hass, plan.new_id).save(memory)
    await write(hass, plan)
    if not await hass.config_entries.async_unload(plan.entry_id):
        await forget(hass, plan.entry_id)
        return False
    async_forget_issues(hass, plan.old_id)
    rename(hass, plan)
    return True
