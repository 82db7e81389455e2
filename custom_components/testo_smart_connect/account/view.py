"""What follows from all that is known of an account, worked out in a worker thread."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..clouds.base import Alarms, History, Resource, Traits
from ..monitoring.alarm_state import AlarmState
from ..monitoring.alarm_view import AlarmView, alarm_view
from ..monitoring.freshness import Facts, Freshness, freshness
from ..monitoring.topology import Topology, topology_of
from .memory import Memory
from .settings import Settings
from .subscriptions import ACCOUNT, Routes, Subject, alarms_of, routes, standing_of


class View:
    """The instruments, ages and alarms of an account, as of when each was last derived."""

    def __init__(
        self,
        hass: HomeAssistant,
        memory: Memory,
        settings: Settings,
        traits: Traits,
        mark: str,
    ) -> None:
        """Begin with nothing; ``mark`` is that of the kind of account."""
        self._hass = hass
        self._memory = memory
        self._settings = settings
        self._sees_newest_only = traits.history is History.NONE
        self._recoveries_are_named = traits.alarms is Alarms.ACTIVE
        self.topology = Topology(mark=mark)
        self.routes: Routes = {}
        """To those who listen to a channel, whatever the cloud calls it."""
        self.freshness = Freshness()
        self.alarm_state = AlarmState()
        self.alarms = AlarmView()
        self._deriving = asyncio.Lock()
        """One after the other: what was derived from less must not come last."""

    async def derive_all(self) -> None:
        """Derive all that hangs on inventory, locations and limits, and what is judged by it.

        It takes effect in one step: nobody is told of an instrument that is not there any more.
        """
        memory, mark = self._memory, self.topology.mark
        home = self._hass.config.time_zone

        def derive() -> tuple[Topology, Routes, Freshness, AlarmState, AlarmView]:
            inventory = memory.inventory.only(self._settings.sites)
            if self._sees_newest_only:
                inventory = inventory.read_every(self._every())
            topology = topology_of(
                inventory,
                memory.locations,
                memory.limits,
                mark,
                (replace(it, zone=it.zone or home) for it in memory.equipments),
            )
            return (
                topology,
                routes({key: it.stable_key for key, it in topology.channels.items()}),
                self._judged(topology, self.freshness),
                *self._open(topology),
            )

        async with self._deriving:
            found = await self._hass.async_add_executor_job(derive)
            self.topology, self.routes, self.freshness, self.alarm_state, self.alarms = found

    def _every(self) -> timedelta:
        """Return how often what is newest is read, as it was meant at the last read."""
        promised = self._memory.promised.get(Resource.READINGS)
        return promised or self._settings.measurement_interval

    async def derive_freshness(self) -> set[Subject]:
        """Judge all ages anew and return whose judgement changed."""
        async with self._deriving:
            before = self.freshness
            after = await self._hass.async_add_executor_job(self._judged, self.topology, before)
            self.freshness = after
        return {
            *(after.stale ^ before.stale),
            *(after.offline ^ before.offline),
            *(after.known ^ before.known),
            ACCOUNT,
        }

    async def derive_alarms(self) -> set[Subject]:
        """Derive the open episodes and return whose alarms changed."""
        async with self._deriving:
            before = self.alarms
            found = await self._hass.async_add_executor_job(self._open, self.topology)
            self.alarm_state, self.alarms = found
            after = self.alarms
        return {
            ACCOUNT,
            *(alarms_of(key) for key, _ in _changed(before.by_channel, after.by_channel)),
            *_changed(before.by_instrument, after.by_instrument),
            *(
                standing_of(serial)
                for serial in before.by_owner.keys() | after.by_owner.keys()
                if before.by_owner.get(serial) != after.by_owner.get(serial)
            ),
        }

    def _judged(self, topology: Topology, before: Freshness) -> Freshness:
        """Judge all ages; in a worker thread."""
        facts = Facts(
            supervised=topology.supervised,
            latest=self._memory.latest,
            statuses=self._memory.statuses,
            tolerance=self._settings.tolerance,
            now=dt_util.utcnow(),
        )
        return freshness(facts, before)

    def _open(self, topology: Topology) -> tuple[AlarmState, AlarmView]:
        """Work out the episodes; in a worker thread."""
        state = self._memory.alarm_log.state(
            topology,
            dt_util.utcnow(),
            self._settings.grace,
            named=self._recoveries_are_named,
        )
        return state, alarm_view(state.active, state.episodes, topology.sources)


def _changed[K, V](before: Mapping[K, V], after: Mapping[K, V]) -> set[K]:
    """Return the keys whose value is not the same object any more."""
    changed = {key for key, value in after.items() if before.get(key) is not value}
    return changed | (before.keys() - after.keys())
