"""What is remembered of an account over a restart, and how it stands on the disk."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from ..clouds.http.wait import Wait
from ..history.alarm_file import TIMES
from ..history.arrival import Arrival
from ..history.gaps import Gap
from ..history.imports import Import
from ..history.ranges import ReadRange
from ..monitoring.acknowledgements import Acknowledgement, Inherited, Quiet
from ..monitoring.alarm_state import AlarmState
from ..monitoring.alarms import AlarmLog
from ..monitoring.budget import Budget
from ..monitoring.codec import NOT_UNDERSTOOD, dump, load
from ..monitoring.equipment import Equipment
from ..monitoring.model import (
    ChannelKey,
    DeviceStatus,
    Inventory,
    Limit,
    Location,
    Reading,
)
from ..monitoring.register import DeviceRegister
from ..monitoring.reviews import GivenReview
from ..monitoring.revisions import Record
from .companion_memory import CompanionMemory


@dataclass(slots=True, kw_only=True)
class Memory:
    """Everything that was learnt about an account.

    The collections are replaced, never changed, so that a save may read them in a
    worker thread.
    """

    register: DeviceRegister = field(default_factory=DeviceRegister)
    locations: tuple[Location, ...] = ()
    limits: tuple[Limit, ...] = ()
    statuses: dict[str, DeviceStatus] = field(default_factory=dict)
    latest: dict[ChannelKey, Reading] = field(default_factory=dict)
    alarm_log: AlarmLog = field(default_factory=AlarmLog)
    returned: datetime | None = None
    """When a device last came back after a longer silence than each read of the feed goes back."""
    learnt: dict[str, Any] = field(default_factory=dict)
    """What the cloud learnt about itself; nobody else understands it."""
    secret: dict[str, Any] = field(default_factory=dict, repr=False)
    """What opens the cloud until it ends; never shown."""
    equipments: tuple[Equipment, ...] = ()
    orphaned: frozenset[str] = frozenset()
    """The unique ids of channels that the last inventory lacked."""
    looked_back: frozenset[ChannelKey] = frozenset()
    """Channels that were read as far back as new ones are."""
    seen: frozenset[tuple[ChannelKey, str]] = frozenset()
    """Channels and severities that an alarm was ever seen for."""
    arrival: Arrival = field(default_factory=Arrival)
    ranges: tuple[ReadRange, ...] = ()
    """What is to be read again, the next first."""
    imports: dict[str, Import] = field(default_factory=dict)
    """The imports that are not done, by id."""
    gaps: tuple[Gap, ...] = ()
    """Where readings are missing."""
    good: dict[str, datetime] = field(default_factory=dict)
    """When each resource was last read to its end."""
    acknowledged: dict[str, Acknowledgement] = field(default_factory=dict)
    """By episode id."""
    snoozed: dict[str, datetime] = field(default_factory=dict)
    """Until when, by the serial of the instrument."""
    quiet: dict[str, Quiet] = field(default_factory=dict)
    """The last snooze, likewise."""
    known_since: dict[str, datetime] = field(default_factory=dict)
    """When an open episode was first shown, by its id."""
    calibrations: dict[str, date] = field(default_factory=dict)
    """When to calibrate, by the serial of the instrument or probe."""
    reviews: tuple[GivenReview, ...] = ()
    """Who looked at what."""
    wait: Wait = field(default_factory=Wait)
    kept: frozenset[str] = frozenset()
    """What came along from another kind of account without a counterpart: unique ids, and
    identifiers of devices. It stays until the user deletes it."""
    inherited: tuple[Inherited, ...] = ()
    """What was said about alarms before the account was moved, until they are told again."""
    webhook: str | None = None
    """The id of the address at which a cloud may call; as secret as a password."""
    companions: dict[str, CompanionMemory] = field(default_factory=dict, repr=False)
    """Of the logins for settings, by the ids of their subentries."""
    import_since: datetime | None = None
    """From when on history is to be imported once the account is set up (UTC)."""
    promised: dict[str, timedelta] = field(default_factory=dict)
    """How long after its last read each resource is read again, where calls are counted."""
    tried: dict[str, datetime] = field(default_factory=dict)
    """When each resource was last asked for, with or without success, likewise."""
    budget: Budget = field(default_factory=Budget)
    """What is left of the account's calls, where they are counted."""

    @property
    def inventory(self) -> Inventory:
        """Return all known devices."""
        return self.register.inventory

    def site_name(self, site: str) -> str:
        """Return the name of a site, else what it is called by."""
        return next((it.name for it in self.locations if it.id == site and it.name), site)

    def renew(self, secret: Mapping[str, Any]) -> None:
        """Begin with a new proof of the account: what was said about the old one is over."""
        self.secret = {**secret}
        self.wait, self.budget, self.tried = Wait(), Budget(), {}

    def note_shown(self, state: AlarmState, now: datetime) -> None:
        """Remember since when each open episode is shown, until its end is told."""
        known = self.known_since
        ending = (event.episode for event in state.due if event.episode.id in known)
        self.known_since = {
            episode.id: known.get(episode.id, now) for episode in (*state.active, *ending)
        }


def to_data(memory: Memory) -> dict[str, Any]:
    """Return the memory as JSON data."""
    return {
        "roster": dump(memory.register),
        "locations": dump(memory.locations),
        "limits": dump(memory.limits),
        "statuses": dump(list(memory.statuses.values())),
        "latest": dump(list(memory.latest.values())),
        "returned": dump(memory.returned),
        "habits": memory.learnt,
        "secret": memory.secret,
        "equipments": dump(memory.equipments),
        "orphaned": sorted(memory.orphaned),
        "looked_back": [list(key) for key in memory.looked_back],
        "seen": [[*key, severity] for key, severity in memory.seen],
        "arrival": dump(memory.arrival),
        "spans": dump(memory.ranges),
        "imports": dump(memory.imports),
        "gaps": dump(memory.gaps),
        "good": dump(memory.good),
        "acknowledged": dump(memory.acknowledged),
        "snoozed": dump(memory.snoozed),
        "quiet": dump(memory.quiet),
        "known_since": dump(memory.known_since),
        "calibrations": dump(memory.calibrations),
        "reviews": dump(memory.reviews),
        "wait": dump(memory.wait),
        "budget": dump(memory.budget),
        "kept": sorted(memory.kept),
        "webhook": memory.webhook,
        "promised": dump(memory.promised),
        "tried": dump(memory.tried),
        "companions": dump(memory.companions),
        "import_since": dump(memory.import_since),
        "inherited": dump(memory.inherited),
    }


class _Parts:
    """What is stored, part by part; what is not understood is left out and counted."""

    def __init__(self, data: dict[str, Any]) -> None:
        """Take what came from the disk."""
        self._data = data
        self.lost: Counter[str] = Counter()

    def one[T](self, name: str, kind: type[T]) -> T | None:
        """Return one value; None if there is none, as in data of the first releases."""
        stored = self._data.get(name)
        return None if stored is None else self._read(name, partial(load, kind), stored)

    def many[T](self, name: str, read: Callable[[Any], T]) -> list[T]:
        """Return the values of a list."""
        items = self._items(name, list)
        return [value for item in items if (value := self._read(name, read, item)) is not None]

    def named[T](self, name: str, kind: type[T]) -> dict[str, T]:
        """Return values by their names."""
        return {
            key: value
            for key, item in self._items(name, dict).items()
            if item is not None
            and (value := self._read(name, partial(load, kind), item)) is not None
        }

    def _items[C: (list[Any], dict[str, Any])](self, name: str, kind: type[C]) -> C:
        stored = self._data.get(name, kind())
        if isinstance(stored, kind):
            return stored
        self.lost[name] += 1
        return kind()

    def _read[T](self, name: str, read: Callable[[Any], T], stored: Any) -> T | None:
        try:
            return read(stored)
        except NOT_UNDERSTOOD:
            self.lost[name] += 1
            return None


def from_data(data: dict[str, Any]) -> tuple[Memory, Mapping[str, int]]:
    """Return the memory that was stored, and how much of each part is not understood."""
    parts = _Parts(data)
    # The first release stored the alarms here, before they had a file of their own.
    times = parts.named("alarms", datetime)
    memory = Memory(
        register=parts.one("roster", DeviceRegister) or DeviceRegister(),
        locations=tuple(parts.many("locations", partial(load, Location))),
        limits=tuple(parts.many("limits", partial(load, Limit))),
        statuses={it.device_uuid: it for it in parts.many("statuses", partial(load, DeviceStatus))},
        latest={it.key: it for it in parts.many("latest", partial(load, Reading))},
        alarm_log=AlarmLog(
            records={it.identity: it for it in parts.many("records", partial(load, Record))},
            **{name: at for name, at in times.items() if name in TIMES},
        ),
        returned=parts.one("returned", datetime),
        learnt=parts.one("habits", dict) or {},
        secret=parts.one("secret", dict) or {},
        equipments=tuple(parts.many("equipments", partial(load, Equipment))),
        orphaned=frozenset(parts.many("orphaned", partial(load, str))),
        looked_back=frozenset(parts.many("looked_back", _channel_key)),
        seen=frozenset(parts.many("seen", _seen)),
        arrival=parts.one("arrival", Arrival) or Arrival(),
        ranges=tuple(parts.many("spans", partial(load, ReadRange))),
        imports=parts.named("imports", Import),
        gaps=tuple(parts.many("gaps", partial(load, Gap))),
        good=parts.named("good", datetime),
        acknowledged=parts.named("acknowledged", Acknowledgement),
        snoozed=parts.named("snoozed", datetime),
        quiet=parts.named("quiet", Quiet),
        known_since=parts.named("known_since", datetime),
        calibrations=parts.named("calibrations", date),
        reviews=tuple(parts.many("reviews", partial(load, GivenReview))),
        wait=parts.one("wait", Wait) or Wait(),
        budget=parts.one("budget", Budget) or Budget(),
        webhook=parts.one("webhook", str),
        promised=parts.named("promised", timedelta),
        tried=parts.named("tried", datetime),
        companions=parts.named("companions", CompanionMemory),
        import_since=parts.one("import_since", datetime),
        kept=frozenset(parts.many("kept", partial(load, str))),
        inherited=tuple(parts.many("inherited", partial(load, Inherited))),
    )
    return memory, parts.lost


def _channel_key(stored: Any) -> ChannelKey:
    uuid, number = stored
    return load(str, uuid), load(int, number)


def _seen(stored: Any) -> tuple[ChannelKey, str]:
    *key, severity = stored
    return _channel_key(key), load(str, severity)
