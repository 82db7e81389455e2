"""Giving alarm events to their devices, each once."""

import asyncio
from collections.abc import Sequence
from itertools import batched

from ..monitoring.alarm_state import AlarmEvent
from ..monitoring.sources import Sources
from .account import Account
from .peaks import with_peaks
from .sharing import event_entity, told_by

_EVENTS = 25
"""Events given before the event loop gets its turn: each takes about 0.4 ms."""


async def announce(account: Account, alarm_events: Sequence[AlarmEvent]) -> None:
    """Give alarm events to their devices; what is given counts as announced at once.

    One whose source has no entity yet stays due: the device may only be missing from the
    last inventory, or another account shows it and did not tell it. What happens on sites
    that were not chosen is nobody's news, not even once they are.
    """
    alarm_events = await with_peaks(account, alarm_events)
    memory, known = account.memory, await _known_without(account, alarm_events)
    try:
        for some in batched(alarm_events, _EVENTS, strict=False):
            given = [
                alarm_event
                for alarm_event in some
                if alarm_event in known or _give(account, alarm_event)
            ]
            memory.alarm_log = memory.alarm_log.announce(given)
            await asyncio.sleep(0)
    finally:
        # Also if Home Assistant stops in between.
        await account.store.save_alarms(memory.alarm_log)


def _give(account: Account, alarm_event: AlarmEvent) -> bool:
    place = account.view.topology.sources.find(alarm_event.episode.facts)
    if place is None:
        return False
    if account.subscriptions.give(place.owner, alarm_event):
        return True
    entity = event_entity(account.hass, account.view.topology.instruments[place.owner])
    if entity is None or entity.config_entry_id != account.entry.entry_id:
        return False
    # The user may not want to be told.
    return entity.disabled


async def _known_without(
    account: Account, alarm_events: Sequence[AlarmEvent]
) -> frozenset[AlarmEvent]:
    """Return what is not to be told: of sites not chosen, or told by another account."""
    orphaned: list[AlarmEvent] = []
    others: dict[str | None, list[AlarmEvent]] = {}
    for alarm_event in alarm_events:
        place = account.view.topology.sources.find(alarm_event.episode.facts)
        if place is None:
            orphaned.append(alarm_event)
            continue
        entity = event_entity(account.hass, account.view.topology.instruments[place.owner])
        if entity is not None and entity.config_entry_id != account.entry.entry_id:
            others.setdefault(entity.config_entry_id, []).append(alarm_event)
    found = [
        alarm_event
        for entry_id, theirs in others.items()
        for alarm_event in await told_by(
            account.hass, entry_id, theirs, account.view.topology.sources
        )
    ]
    if orphaned and (sites := account.settings.sites) is not None:
        elsewhere = await account.hass.async_add_executor_job(
            lambda: Sources(account.memory.register.elsewhere(sites))
        )
        found += [
            alarm_event for alarm_event in orphaned if elsewhere.find(alarm_event.episode.facts)
        ]
    return frozenset(found)
