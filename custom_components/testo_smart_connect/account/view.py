"""What follows from all that is known of an account, worked out in a worker thread."""

import asyncio
from collections.abc import Mapping

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..clouds.base import Alarms, Traits
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
        self, hass: HomeAssistant, memory: Memory, settings: Settings, traits: Traits, mark: str
    ) -> None:
        """Begin with nothing; ``mark`` is that of the kind of account."""
        self._hass = hass
        self._memory = memory
        self._settings = settings
        self._recoveries_are_named = traits.alarms is Alarms.ACTIVE
        self.topology = Topology(mark=mark)
        self.routes: Routes = {}
        """To those who listen to a channel, whatever the cloud calls it."""
        self.freshness = Freshness()
        self.alarm_state = AlarmState()
        self.alarms = AlarmView()
        self._deriving = asyncio.Lock()
        """One after the other: what was derived from less must not come last."""

    async def derive_topology(self) -> None:
        """Derive all that hangs on inventory, locations and limits."""
        memory, mark = self._memory, self.topology.mark

        def derive() -> tuple[Topology, Routes]:
            inventory = memory.inventory.only(self._settings.sites)
            found = topology_of(inventory, memory.locations, memory.limits, mark)
            return found, routes({key: it.stable_key for key, it in found.channels.items()})

        self.topology, self.routes = await self._hass.async_add_executor_job(derive)

    async def derive_freshness(self) -> set[Subject]:
        """Judge all ages anew and return whose judgement changed."""
        async with self._deriving:
            before, memory = self.freshness, self._memory
            facts = Facts(
                supervised=self.topology.supervised,
                latest=memory.latest,
                statuses=memory.statuses,
                tolerance=self._settings.tolerance,
                now=dt_util.utcnow(),
            )
            after = await self._hass.async_add_executor_job(freshness, facts, before)
            self.freshness = after
        return {
            *(after.stale ^ before.stale),
            *(after.offline ^ before.offline),
            *(after.known ^ before.known),
            ACCOUNT,
        }

    async def derive_alarms(self) -> set[Subject]:
        """Derive the open episodes and return whose alarms changed."""

        def derive() -> tuple[AlarmState, AlarmView]:
            state = self._memory.alarm_log.state(
                self.topology,
                dt_util.utcnow(),
                self._settings.grace,
                named=self._recoveries_are_named,
            )
            return state, alarm_view(state.active, state.episodes, self.topology.sources)

        async with self._deriving:
            before = self.alarms
            self.alarm_state, self.alarms = await self._hass.async_add_executor_job(derive)
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


def _changed[K, V](before: Mapping[K, V], after: Mapping[K, V]) -> set[K]:
    """Return the keys whose value is not the same object any more."""
    changed = {key for key, value in after.items() if before.get(key) is not value}
    return changed | (before.keys() - after.keys())
