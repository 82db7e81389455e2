"""Acknowledgements and snoozes of one account while it is loaded."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..monitoring.acknowledgements import (
    Acknowledgement,
    acknowledge,
    quiet,
    running,
    snooze,
    still_known,
)
from ..monitoring.episodes import Episode
from ..monitoring.sources import Sources
from ..texts import iso
from .memory import Memory
from .store import MemoryStore
from .subscriptions import Subscriptions, acknowledgements_of
from .timer import Timer


class Acknowledgements:
    """Remembers what people did about alarms, and tells the entities.

    Alarms, events and counts go on regardless: whether a message is still worth sending
    is for automations to decide.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        store: MemoryStore,
        memory: Memory,
        subscriptions: Subscriptions,
    ) -> None:
        """Work on the memory of an account; ``start`` lets snoozes end."""
        self._store = store
        self._memory = memory
        self._subscriptions = subscriptions
        self._timer = Timer(hass, self._next_end, self._time_passed)

    def attributes(self, episode: Episode | None, serial: str) -> dict[str, Any]:
        """Return what was done about an open episode and on its instrument."""
        said = self._memory.acknowledged.get(episode.id) if episode else None
        last = self._memory.quiet.get(serial)
        return {
            "acknowledged": said is not None,
            "acknowledged_by": said.by if said else None,
            "acknowledged_at": iso(said.at) if said else None,
            "note": said.note if said else None,
            "snoozed_from": iso(last.began) if last else None,
            "snoozed_until": iso(self._memory.snoozed.get(serial)),
            "snooze_ended": iso(last.ended) if last else None,
        }

    async def acknowledge(
        self, episodes: Iterable[Episode], sources: Sources, said: Acknowledgement
    ) -> tuple[Episode, ...]:
        """Acknowledge episodes and return those that were not yet."""
        before = self._memory.acknowledged
        found = {episode.id: episode for episode in episodes if episode.id not in before}
        new = tuple(found.values())
        if not new:
            return new
        self._memory.acknowledged = acknowledge(before, new, said)
        places = (sources.find(episode.facts) for episode in new)
        await self._tell({place.owner for place in places if place is not None})
        return new

    async def snooze(self, serials: Iterable[str], until: datetime) -> None:
        """Snooze instruments until a moment (UTC); one that is not in the future ends a snooze."""
        told = set(serials)
        self._take(snooze(self._memory.snoozed, told, until), dt_util.utcnow())
        await self._tell(told)

    def forget(self, known: Iterable[Episode]) -> None:
        """Drop what was said of episodes that are not known any more."""
        self._memory.acknowledged = still_known(self._memory.acknowledged, known)

    @callback
    def start(self) -> None:
        """Let snoozes end by themselves; those that ended meanwhile are over."""
        self._take(self._memory.snoozed, dt_util.utcnow())

    @callback
    def stop(self) -> None:
        """Stop looking at the time, also when a call that is going on ends a snooze."""
        self._timer.stop()

    def _next_end(self) -> datetime | None:
        return min(self._memory.snoozed.values(), default=None)

    async def _time_passed(self, now: datetime) -> None:
        before = self._memory.snoozed
        self._take(before, now)
        await self._tell(before.keys() - self._memory.snoozed.keys())

    @callback
    def _take(self, snoozed: Mapping[str, datetime], now: datetime) -> None:
        """Take over what is snoozed, without what is over."""
        memory, after = self._memory, running(snoozed, now)
        memory.quiet = quiet(memory.quiet, memory.snoozed, after, now)
        memory.snoozed = after
        self._timer.set()

    async def _tell(self, serials: Iterable[str]) -> None:
        """Show it at once, and keep it even if Home Assistant crashes."""
        await self._subscriptions.publish([acknowledgements_of(serial) for serial in serials])
        await self._store.save(self._memory)
