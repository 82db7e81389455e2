"""Giving alarm events to their devices, each once."""

import asyncio
from collections.abc import Sequence
from itertools import batched

from ..monitoring.alarms import Notice
from ..monitoring.sources import Sources
from .account import Account
from .sharing import event_entity, told_by

_EVENTS = 25
"""Events given before the event loop gets its turn: each takes about 0.4 ms."""


async def announce(account: Account, notices: Sequence[Notice]) -> None:
    """Give alarm events to their devices; what is given counts as told at once.

    One whose source has no entity yet stays due: the device may only be missing from the
    last inventory, or another account shows it and did not tell it. What happens on sites
    that were not chosen is nobody's news, not even once they are.
    """
    memory, known = account.memory, await _known_without(account, notices)
    try:
        for some in batched(notices, _EVENTS, strict=False):
            told = [notice for notice in some if notice in known or _give(account, notice)]
            memory.book = memory.book.tell(told)
            await asyncio.sleep(0)
    finally:
        # Also if Home Assistant stops in between.
        await account.store.save_alarms(memory.book)


def _give(account: Account, notice: Notice) -> bool:
    place = account.shape.sources.find(notice.episode.facts)
    if place is None:
        return False
    if account.subscriptions.give(place.owner, notice):
        return True
    entity = event_entity(account.hass, place.owner)
    if entity is None or entity.config_entry_id != account.entry.entry_id:
        return False
    # The user may not want to be told.
    return entity.disabled


async def _known_without(account: Account, notices: Sequence[Notice]) -> frozenset[Notice]:
    """Return what is not to be told: of sites not chosen, or told by another account."""
    homeless: list[Notice] = []
    others: dict[str | None, list[Notice]] = {}
    for notice in notices:
        place = account.shape.sources.find(notice.episode.facts)
        if place is None:
            homeless.append(notice)
            continue
        entity = event_entity(account.hass, place.owner)
        if entity is not None and entity.config_entry_id != account.entry.entry_id:
            others.setdefault(entity.config_entry_id, []).append(notice)
    found = [
        notice
        for entry_id, theirs in others.items()
        for notice in await told_by(account.hass, entry_id, theirs, account.shape.sources)
    ]
    if homeless and (sites := account.sites) is not None:
        elsewhere = await account.hass.async_add_executor_job(
            lambda: Sources(account.memory.roster.elsewhere(sites))
        )
        found += [notice for notice in homeless if elsewhere.find(notice.episode.facts)]
    return frozenset(found)
