"""One account while it is loaded: what is known of it, and who is told."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..clouds.base import Cloud, PushState, Resource
from ..history.ledger import Ledger
from ..kinds.base import Kind
from ..monitoring.acknowledgements import inherit
from ..monitoring.instruments import Instrument
from ..monitoring.model import DeviceStatus, KeyLife
from ..monitoring.watched import next_change
from ..texts import one_line
from .acknowledgements import Acknowledgements
from .companions import Companions
from .health import Health
from .memory import Memory
from .pace import Pace
from .reread_queue import RereadQueue
from .settings import Settings
from .store import MemoryStore, ledger_path
from .subscriptions import Signal, Subject, Subscriptions
from .timer import Timer
from .view import View

_FEED_TOLERANCE = timedelta(minutes=30)
_SECOND = timedelta(seconds=1)

type TestoConfigEntry = ConfigEntry[Account]


class Account:
    """The runtime data of a config entry: any account of any cloud."""

    def __init__(  # noqa: PLR0913, PLR0917  what an account is made of
        self,
        hass: HomeAssistant,
        entry: TestoConfigEntry,
        kind: Kind,
        cloud: Cloud,
        store: MemoryStore,
        memory: Memory,
    ) -> None:
        """Start with what was remembered."""
        self.hass = hass
        self.entry = entry
        self.kind = kind
        self.cloud = cloud
        self.store = store
        self.memory = memory
        self.tenant = str(entry.unique_id)
        self.settings = Settings.of(entry.options, cloud.traits)
        self.ledger = Ledger(ledger_path(hass, self.tenant))
        self.pace = Pace(memory, cloud.traits, self.settings)
        self.health = Health(memory, cloud.traits)
        self.queue = RereadQueue(hass, memory, cloud.traits)
        self.subscriptions = Subscriptions()
        self.acknowledgements = Acknowledgements(hass, store, memory, self.subscriptions)
        self.recovered = Signal()
        """A cloud that was down answers again."""
        self.requested = Signal()
        """Somebody asks for fresh values."""
        self.inventory_wanted = Signal()
        """Something is known to have changed about the devices."""
        self.alarm_deleted = Signal()
        """An alarm was deleted from here: what was open of it is over, and no log tells that."""
        self.hinted = Signal()
        """Something may have happened in the cloud."""
        self.history_changed = Signal()
        """Hours were read again that may be written."""
        self.companions = Companions()
        """The logins for the settings of its loggers."""
        self.push: PushState | None = None
        """Whether alarms are pushed; None before that is known, or where it is not wanted."""
        self.feed_interval = memory.promised.get(Resource.ALARMS, self.settings.alarm_interval)
        """When the feed was to be read again, by the last read: seldom while alarms are pushed."""
        self.open_forms: Mapping[str, datetime] = {}
        """Forms that change the connection, since when they were seen to be open."""
        self._handed_over: Mapping[str, Any] | None = None
        self.view = View(hass, memory, self.settings, cloud.traits, kind.mark)
        self.clock = Timer(hass, self._next_silence, self._look_again)
        read = self.health.last_update
        self.judges_silence = (
            read is not None and dt_util.utcnow() - read <= 2 * self.settings.measurement_interval
        )
        """Whether readings were asked for lately: only then does silence mean something."""
        self._readers: list[Callable[[], Awaitable[None]]] = []

    @property
    def title(self) -> str:
        """Return what the account is called in logs and texts."""
        return one_line(self.entry.title)

    @property
    def key_life(self) -> KeyLife | None:
        """Return when the key was entered and when it ends, None if it lives for ever."""
        return self.kind.key_life(self.entry.data)

    @property
    def instruments(self) -> Iterable[Instrument]:
        """Return the loggers, gateways and radio sensors of the chosen sites."""
        return self.view.topology.instruments.values()

    def instrument(self, serial: str) -> Instrument | None:
        """Return one instrument by its serial, None once it is gone."""
        return self.view.topology.instruments.get(serial)

    def status_of(self, instrument: Instrument) -> DeviceStatus:
        """Return what an instrument last told of itself."""
        uuid = instrument.status_uuid
        return self.memory.statuses.get(uuid) or DeviceStatus(device_uuid=uuid)

    def site_name(self, site: str | None) -> str | None:
        """Return the name of a site, else its plain id."""
        return self.view.topology.site_names.get(site or "") or site

    def site_title(self, site: str) -> str:
        """Return what a site is called in sentences about settings, in whatever way it is meant."""
        own = self.companions.named(site, self.site_name)
        return own.title if own else one_line(self.site_name(site) or site)

    def area_name(self, site: str | None) -> str | None:
        """Return a name fit for an area: a plain uuid is none."""
        name = self.site_name(site)
        try:
            UUID(name or "")
        except ValueError:
            return name
        return None

    @property
    def feed_deadline(self) -> datetime | None:
        """Return until when the alarm feed counts as read."""
        read = self.memory.alarm_log.read
        if read is None:
            return None
        return read + max(3 * self.feed_interval, _FEED_TOLERANCE)

    @property
    def feed_is_read(self) -> bool:
        """Tell whether alarm entities may speak."""
        deadline = self.feed_deadline
        return deadline is not None and dt_util.utcnow() <= deadline

    # Deriving what follows from it

    async def derive_all(self) -> None:
        """Derive all that hangs on inventory, locations and limits, and what is judged by it."""
        await self.view.derive_all()
        self.subscriptions.routes = self.view.routes
        self.clock.set()
        self._note_alarms()

    async def derive_freshness(self) -> set[Subject]:
        """Judge all ages anew, also when the next of them ends; return whose changed."""
        changed = await self.view.derive_freshness()
        self.clock.set()
        return changed

    async def derive_alarms(self) -> set[Subject]:
        """Derive the open episodes and return whose alarms changed."""
        changed = await self.view.derive_alarms()
        self._inherit()
        self._note_alarms()
        return changed

    def _inherit(self) -> None:
        """Take over what was said in another cloud of alarms that are open here, too.

        Only here do the open ones hang on all that was read: what else is derived meanwhile may
        still go by what was known before.
        """
        memory = self.memory
        if memory.inherited and memory.alarm_log.read is not None:
            memory.acknowledged = inherit(
                memory.acknowledged,
                memory.inherited,
                self.view.alarm_state.active,
                self.view.topology.sources,
            )
            memory.inherited = ()

    def _note_alarms(self) -> None:
        memory, state = self.memory, self.view.alarm_state
        memory.seen |= self.view.alarms.seen
        memory.note_shown(state, dt_util.utcnow())
        self.acknowledgements.forget(state.episodes)

    def _next_silence(self) -> datetime | None:
        """Return when the next reading, instrument or the feed falls silent."""
        now = dt_util.utcnow()
        moments = (
            self.view.freshness.changes,
            self.feed_deadline,
            *(next_change(it, now) for it in self.view.topology.rhythms),
        )
        coming = [moment for moment in moments if moment is not None and moment >= now]
        return min(coming) + _SECOND if coming else None

    async def _look_again(self, _now: datetime) -> None:
        changed = await self.derive_freshness()
        if self.view.topology.rhythms:
            # Other limits may have come into force.
            changed |= {*self.view.topology.watched}
        if self.feed_is_read:
            await self.subscriptions.publish(changed)
        else:
            await self.subscriptions.publish_all()

    # The end

    def add_reader(self, stop: Callable[[], Awaitable[None]]) -> None:
        """Take note of what reads the account, and how to end that."""
        self._readers.append(stop)

    def keep_learnt(self) -> None:
        """Keep what the cloud has learnt of itself outside of what is read of it."""
        self.memory.learnt = {**self.cloud.learnt}
        self.store.save_soon(self.memory)

    def hand_over(self, secret: Mapping[str, Any]) -> None:
        """Keep what opens the account once it is loaded anew."""
        self._handed_over = secret

    async def stop(self) -> None:
        """Learn and tell nothing any more, then keep what is known: nothing comes after that."""
        for companion in self.companions:
            await companion.finish()
        for stop in self._readers:
            await stop()
        self.memory.learnt = {**self.cloud.learnt}
        if self._handed_over is None:
            self.memory.secret = {**self.cloud.secret}
        else:
            self.memory.renew(self._handed_over)
        await self.store.close(self.memory)

    async def close(self) -> None:
        """Let go of what is open on disk."""
        await self.hass.async_add_executor_job(self.ledger.close)
