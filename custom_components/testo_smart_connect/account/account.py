"""One account while it is loaded: what is known of it, and who wants to hear of changes."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_point_in_utc_time
from homeassistant.util import dt as dt_util

from ..clouds.jobs.smart_connect import SmartConnect
from ..const import (
    CONF_ALARM_INTERVAL,
    CONF_KEY_ENTERED,
    CONF_KEY_EXPIRES,
    CONF_MEASUREMENT_INTERVAL,
    CONF_SITES,
    CONF_STALE_AFTER,
    DEFAULT_ALARM_INTERVAL,
    DEFAULT_MEASUREMENT_INTERVAL,
)
from ..coordinators.reread import RereadQueue
from ..history.ledger import Ledger
from ..monitoring.alarm_view import AlarmView, alarm_view
from ..monitoring.alarms import AlarmEvent, AlarmState
from ..monitoring.episodes import Episode
from ..monitoring.freshness import Facts, Freshness, freshness
from ..monitoring.instruments import InstalledChannel, Instrument
from ..monitoring.model import DeviceStatus, KeyLife
from ..monitoring.quantities import Quantity
from ..monitoring.topology import Topology, topology_of
from ..texts import iso, one_line
from .acknowledgements import Acknowledgements
from .health import Health
from .memory import Memory
from .store import MemoryStore, ledger_path
from .subscriptions import ACCOUNT, Routes, Subject, Subscriptions, alarms_of, nothing, routes

_LATE_MARGIN = timedelta(minutes=5)
_FEED_TOLERANCE = timedelta(minutes=30)

type TestoConfigEntry = ConfigEntry[Account]


def chosen_sites(options: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the sites that are brought in; None means all of them."""
    return frozenset(options[CONF_SITES]) if CONF_SITES in options else None


class Account:
    """The runtime data of a config entry."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: TestoConfigEntry,
        cloud: SmartConnect,
        store: MemoryStore,
        memory: Memory,
    ) -> None:
        """Start with what was remembered."""
        self.hass = hass
        self.entry = entry
        self.cloud = cloud
        self.store = store
        self.memory = memory
        self.tenant = str(entry.unique_id)
        self.ledger = Ledger(ledger_path(hass, self.tenant))
        options = entry.options
        self.sites = chosen_sites(options)
        self.alarm_interval = timedelta(
            minutes=options.get(CONF_ALARM_INTERVAL, DEFAULT_ALARM_INTERVAL)
        )
        self.measurement_interval = timedelta(
            minutes=options.get(CONF_MEASUREMENT_INTERVAL, DEFAULT_MEASUREMENT_INTERVAL)
        )
        stale_after = options.get(CONF_STALE_AFTER)
        self._tolerance = timedelta(minutes=stale_after) if stale_after else None
        self.health = Health(memory)
        self.on_recovery: CALLBACK_TYPE = nothing
        """Called when a cloud that was down answers again."""
        self.queue = RereadQueue(hass, memory)
        self.on_history: CALLBACK_TYPE = nothing
        """Called when hours were read again that may be written."""
        self.on_request: CALLBACK_TYPE = nothing
        """Called when somebody asks for fresh values."""
        self.on_stop: Callable[[], Awaitable[None]]
        """Ends all that reads the account."""
        read = self.health.last_update
        self.judges_silence = (
            read is not None and dt_util.utcnow() - read <= 2 * self.measurement_interval
        )
        """Whether readings were asked for lately: only then does silence mean something."""
        self.topology = Topology()
        self.freshness = Freshness()
        self.alarm_view = AlarmView()
        self.alarm_state = AlarmState()
        self.subscriptions = Subscriptions()
        self.acknowledgements = Acknowledgements(hass, store, memory, self.subscriptions)
        self.orphaned: set[str] = set()
        """Entities whose channel the last inventory lacked."""
        self._timer: CALLBACK_TYPE | None = None
        self._stopped = False
        self._deriving = asyncio.Lock()
        """One after the other: what was derived from less must not come last."""

    # What is known

    @property
    def title(self) -> str:
        """Return what the account is called in logs and texts."""
        return one_line(self.entry.title)

    @property
    def key_life(self) -> KeyLife:
        """Return when the key was entered and when it ends."""
        expires = self.entry.data.get(CONF_KEY_EXPIRES)
        return KeyLife(
            entered=date.fromisoformat(self.entry.data[CONF_KEY_ENTERED]),
            expires=date.fromisoformat(expires) if expires else None,
        )

    @property
    def instruments(self) -> Iterable[Instrument]:
        """Return the loggers, gateways and radio sensors of the chosen sites."""
        return self.topology.instruments.values()

    def instrument(self, serial: str) -> Instrument | None:
        """Return one instrument by its serial, None once it is gone."""
        return self.topology.instruments.get(serial)

    def site_name(self, site: str | None) -> str | None:
        """Return the name of a site, else its plain id."""
        return self.topology.site_names.get(site or "") or site

    def area_name(self, site: str | None) -> str | None:
        """Return a name fit for an area: a plain uuid is none."""
        name = self.site_name(site)
        try:
            UUID(name or "")
        except ValueError:
            return name
        return None

    @property
    def grace(self) -> timedelta:
        """Return how long a recovery waits for its violation."""
        return 3 * self.alarm_interval

    @property
    def feed_deadline(self) -> datetime | None:
        """Return until when the alarm feed counts as read."""
        read = self.memory.alarm_log.read
        if read is None:
            return None
        return read + max(3 * self.alarm_interval, _FEED_TOLERANCE)

    @property
    def feed_is_read(self) -> bool:
        """Tell whether alarm entities may speak."""
        deadline = self.feed_deadline
        return deadline is not None and dt_util.utcnow() <= deadline

    def is_late(self, alarm_event: AlarmEvent, instrument: Instrument) -> bool:
        """Tell whether an alarm was learnt later than regular delivery explains."""
        gap = instrument.device.gap(instrument.sensor)
        return alarm_event.late(gap + self.alarm_interval + _LATE_MARGIN)

    def status_of(self, instrument: Instrument) -> DeviceStatus:
        """Return what the device of an instrument last told of itself."""
        uuid = instrument.device.uuid
        return self.memory.statuses.get(uuid) or DeviceStatus(device_uuid=uuid)

    def limit_of(self, episode: Episode) -> float | None:
        """Return the limit that an episode violates, if only one can be meant."""
        facts = episode.facts
        place = self.topology.sources.find(facts)
        if facts.direction is None or place is None:
            return None
        limit = self.topology.limits.find(
            facts.site or place.device.site,
            facts.property_name,
            facts.direction,
            facts.severity,
        )
        return limit.value if limit else None

    def may_alarm(self, installed: InstalledChannel, severity: str) -> bool:
        """Tell whether a channel has an alarm entity of a severity.

        Measuring channels always have one for alarms; all else comes once it is
        configured or seen.
        """
        if severity == "alarm" and installed.channel.quantity is not Quantity.DOOR:
            return True
        return (installed.key, severity) in self.memory.seen or self.topology.limits.has(
            installed.device.site, installed.sensor, installed.channel, severity
        )

    def episode_attributes(self, episode: Episode | None) -> dict[str, Any]:
        """Return the facts of an open episode; the same names, empty, without one."""
        facts = episode.facts if episode else None
        return {
            "direction": facts.direction if facts else None,
            "value": facts.value if facts else None,
            "unit": facts.unit if facts else None,
            "limit": self.limit_of(episode) if episode else None,
            **self.episode_times(episode),
        }

    def episode_times(self, episode: Episode | None) -> dict[str, Any]:
        """Return since when an open episode is true and known; empty without one."""
        return {
            "since": iso(episode.facts.at) if episode else None,
            "known_since": iso(self.memory.known_since.get(episode.id)) if episode else None,
            "episode_id": episode.id if episode else None,
        }

    # Taking in what was learnt

    async def apply_inventory(self) -> None:
        """Derive everything that hangs on inventory, locations and limits."""
        memory = self.memory

        def derive() -> tuple[Topology, Routes]:
            inventory = memory.inventory.only(self.sites)
            topology = topology_of(inventory, memory.locations, memory.limits)
            return topology, routes(
                {key: installed.stable_key for key, installed in topology.channels.items()}
            )

        self.topology, self.subscriptions.routes = await self.hass.async_add_executor_job(derive)

    async def judge_freshness(self) -> set[Subject]:
        """Judge all ages anew and return whose judgement changed."""
        async with self._deriving:
            before, memory = self.freshness, self.memory
            facts = Facts(
                supervised=self.topology.supervised,
                latest=memory.latest,
                statuses=memory.statuses,
                tolerance=self._tolerance,
                now=dt_util.utcnow(),
            )
            self.freshness = await self.hass.async_add_executor_job(freshness, facts, before)
        self.watch_time()
        return {
            *(self.freshness.stale ^ before.stale),
            *(self.freshness.offline ^ before.offline),
            *(self.freshness.known ^ before.known),
            ACCOUNT,
        }

    async def refresh_alarms(self) -> set[Subject]:
        """Derive the open episodes and return whose alarms changed."""

        def derive() -> tuple[AlarmState, AlarmView]:
            found = self.memory.alarm_log.state(self.topology, dt_util.utcnow(), self.grace)
            return found, alarm_view(found.active, found.episodes, self.topology.sources)

        async with self._deriving:
            before = self.alarm_view
            self.alarm_state, self.alarm_view = await self.hass.async_add_executor_job(derive)
        after = self.alarm_view
        self.memory.seen |= after.seen
        self.acknowledgements.forget(self.alarm_state.episodes)
        self._note_shown()
        return {
            ACCOUNT,
            *(alarms_of(key) for key, _ in _changed(before.by_channel, after.by_channel)),
            *_changed(before.by_instrument, after.by_instrument),
        }

    def _note_shown(self) -> None:
        """Remember since when each open episode is shown, until its end is told."""
        known, now = self.memory.known_since, dt_util.utcnow()
        ending = (
            alarm_event.episode
            for alarm_event in self.alarm_state.due
            if alarm_event.episode.id in known
        )
        self.memory.known_since = {
            episode.id: known.get(episode.id, now)
            for episode in (*self.alarm_state.active, *ending)
        }

    def note_good(self, resource: str) -> None:
        """Remember that a resource was read to its end."""
        was_down = self.health.is_down
        self.health.note_good(resource)
        self.memory.dialect = self.cloud.dialect
        if was_down:
            self.on_recovery()

    # Time passing

    @callback
    def watch_time(self) -> None:
        """Look again when the next reading, instrument or the feed falls silent."""
        self._stop_timer()
        if self._stopped:
            return
        moments = [
            moment
            for moment in (self.freshness.changes, self.feed_deadline)
            if moment is not None and moment >= dt_util.utcnow()
        ]
        if moments:
            self._timer = async_track_point_in_utc_time(
                self.hass, self._time_passed, min(moments) + timedelta(seconds=1)
            )

    @callback
    def stop_watching(self) -> None:
        """Stop looking for good: what is still being derived must not look again."""
        self._stopped = True
        self._stop_timer()

    @callback
    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer()
            self._timer = None

    async def stop(self) -> None:
        """Learn and tell nothing any more, then keep what is known: nothing comes after that."""
        await self.on_stop()
        await self.store.close(self.memory)

    async def close(self) -> None:
        """Let go of what is open on disk."""
        await self.hass.async_add_executor_job(self.ledger.close)

    async def _time_passed(self, _now: datetime) -> None:
        self._timer = None
        changed = await self.judge_freshness()
        if self.feed_is_read:
            await self.subscriptions.publish(changed)
        else:
            await self.subscriptions.publish_all()


def _changed[K](before: Mapping[K, Episode], after: Mapping[K, Episode]) -> set[K]:
    """Return the keys whose episode began, ended or became another one."""
    return {key for key in {*before, *after} if before.get(key) != after.get(key)}
