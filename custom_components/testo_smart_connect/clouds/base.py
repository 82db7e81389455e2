"""What a cloud declares and delivers, whichever it is: all that the rest of the house knows."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Final, Protocol

from ..history.batch import Batch
from ..monitoring.active import ActiveSet
from ..monitoring.equipment import Equipment
from ..monitoring.model import (
    ChannelKey,
    DeviceStatus,
    Inventory,
    Limit,
    Location,
    Reading,
    Task,
    Transition,
)
from .errors import CloudError
from .report import Report


class Resource(StrEnum):
    """What can be read of an account."""

    INVENTORY = "inventory"
    """All devices with their sensors and channels."""
    LOCATIONS = "locations"
    """The names of the places."""
    LIMITS = "limits"
    """The configured limits."""
    EQUIPMENTS = "equipments"
    """What is watched: names, and limits of single channels."""
    STATUS = "status"
    """Battery, signal, power and contact of the devices."""
    READINGS = "readings"
    """What was measured."""
    SENSOR_STATUS = "sensor_status"
    """Battery, signal and contact of the radio sensors."""
    ALARMS = "alarms"


class Alarms(StrEnum):
    """How a cloud tells alarms."""

    LOG = "log"
    """Each violation and each recovery, with its time."""
    ACTIVE = "active"
    """Only which ones are open now."""


class History(StrEnum):
    """How much of the past a cloud delivers."""

    READINGS = "readings"
    """Every reading."""
    NONE = "none"
    """The newest reading of each channel alone."""


@dataclass(frozen=True, slots=True)
class Interval:
    """How often a resource is read; a user may choose between the least and the most."""

    default: timedelta
    least: timedelta
    most: timedelta

    @classmethod
    def minutes(cls, default: float, least: float, most: float) -> Interval:
        """Return one that is told in minutes."""
        return cls(*(timedelta(minutes=it) for it in (default, least, most)))

    @classmethod
    def fixed(cls, every: timedelta) -> Interval:
        """Return one without a choice."""
        return cls(every, every, every)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a cloud offers. Everything above follows from it."""

    intervals: Mapping[Resource, Interval]
    """The resources that there are: readings, alarms, and what else an account has. Those
    without a choice have equal bounds."""
    names_only: frozenset[Resource] = frozenset()
    """Those that only bring names or limits: an account works without them."""
    alarms: Alarms = Alarms.LOG
    history: History = History.READINGS
    system_alarms: bool = True
    """Whether its alarms tell of broken probes, lost power and the like."""
    by_arrival: bool = False
    """Whether readings can be asked for by when the cloud received them."""
    longest_window: timedelta = timedelta(days=7)
    """The longest time that one read may cover."""
    most_sensors: int = 1
    """How many sensors one read of readings should name at most."""
    tasks: bool = False
    """Whether it tells of quality tasks."""
    push: bool = False
    """Whether it can push alarms."""
    least_wait: timedelta = timedelta(minutes=1)
    """The time between two reads of one kind, however often somebody asks."""
    callbacks: bool = False
    """Whether it can call an address of ours when something happens."""
    commands: tuple[str, ...] = ()
    """What gateways can be told to do."""
    sets_alarms: bool = False
    """Whether alarms can be set and deleted."""
    counts_calls: bool = False
    """Whether each call is one of a number that does not grow again."""

    def offers(self, resource: Resource) -> bool:
        """Tell whether there is such a resource."""
        return resource in self.intervals

    @property
    def essential(self) -> tuple[Resource, ...]:
        """Return the resources without which an account is of no use."""
        return tuple(it for it in self.intervals if it not in self.names_only)


class PushState(StrEnum):
    """Whether alarms are pushed."""

    UP = "up"
    DOWN = "down"
    """They are not, but it is tried again."""
    REFUSED = "refused"
    """They never will be: the account lacks the permission."""


class CommandEnd(StrEnum):
    """How something that a gateway was told to do has ended."""

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    """Nobody told it in time."""


SIDES: Final = {"above": "upper", "below": "lower"}
"""Which limit an alarm is, by the direction in which a value leaves it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAlarm:
    """An alarm as a user wants it."""

    channel: ChannelKey
    direction: str
    """``above`` or ``below``."""
    value: float
    """In the unit of the channel."""
    delay: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Answer[T]:
    """What one read brought."""

    value: T
    report: Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """What is true now, as a cloud without a history tells it."""

    readings: tuple[Reading, ...] = ()
    inventory: Inventory | None = None
    """The devices, where no other read brings them."""


class Credentials(Protocol):
    """What proves an account to its cloud."""

    @property
    def name(self) -> str:
        """Return what is refused: the field of the form in which it was entered."""
        ...

    async def headers(self) -> Mapping[str, str]:
        """Return what goes with each request. May raise a ``CloudError``."""
        ...

    async def renew(self, refused: Mapping[str, str]) -> bool:
        """Get a new proof in place of refused headers; False where only a person can.

        May raise likewise.
        """
        ...


class Cloud:
    """One account of one cloud. Every read may raise a ``CloudError``.

    A cloud brings its own of those reads that its traits declare; nobody asks for others.
    Time windows are ``start <= time < end``, aware UTC, and no longer than its longest.
    """

    traits: ClassVar[Traits]

    @property
    def learnt(self) -> Mapping[str, Any]:
        """Return what it learnt about itself, as JSON data that only it understands."""
        return {}

    @property
    def secret(self) -> Mapping[str, Any]:
        """Return what opens it until it ends, as JSON data that is stored and never shown."""
        return {}

    @property
    def is_refused(self) -> bool:
        """Tell whether its login was refused, which is not tried again."""
        return False

    async def inventory(self) -> Answer[Inventory]:
        """Return all devices with their sensors and channels."""
        raise NotImplementedError

    async def locations(self) -> Answer[tuple[Location, ...]]:
        """Return the named places."""
        raise NotImplementedError

    async def limits(self) -> Answer[tuple[Limit, ...]]:
        """Return the configured limits."""
        raise NotImplementedError

    async def equipments(self) -> Answer[tuple[Equipment, ...]]:
        """Return what is watched, each part with its limits."""
        raise NotImplementedError

    async def status(self) -> Answer[dict[str, DeviceStatus]]:
        """Return the newest status by device uuid."""
        raise NotImplementedError

    async def sensor_status(self) -> Answer[dict[str, DeviceStatus]]:
        """Return the newest status of the radio sensors by sensor uuid."""
        raise NotImplementedError

    async def transitions(
        self,
        start: datetime,
        end: datetime,
    ) -> Answer[tuple[Transition, ...]]:
        """Return the alarm transitions of a window, unsorted, possibly repeated."""
        raise NotImplementedError

    async def pushed(
        self,
        take: Callable[[Transition], None],
        told: Callable[[PushState, CloudError | None], None],
        note: Callable[[Report], None],
    ) -> None:
        """Take alarm transitions as they happen, until cancelled or refused for good.

        They come beside those of the feed, possibly repeated. ``told`` hears when that changes
        whether they come, and why not; ``note`` hears of each message whether it is understood.
        """
        raise NotImplementedError

    async def active(self) -> Answer[ActiveSet]:
        """Return all alarms that are open now."""
        raise NotImplementedError

    async def readings[T](
        self,
        start: datetime,
        end: datetime,
        reduce: Callable[[Iterable[Batch]], T],
        sensors: Iterable[str] | None = None,
        arrived_after: datetime | None = None,
    ) -> Answer[T]:
        """Reduce the readings of a window, but none measured more than a day from now.

        Optionally those of some sensors alone, however many, or only what the cloud received
        after a moment. The reducer runs in a worker thread and sees the readings batch by
        batch, so that memory stays bounded however many there are.
        """
        raise NotImplementedError

    async def command(self, gateway: str, name: str) -> Awaitable[CommandEnd]:
        """Tell a gateway (by its uuid) to do something; return what waits for its end."""
        raise NotImplementedError

    async def create_alarm(self, alarm: NewAlarm) -> str | None:
        """Set an alarm; return its id, None where the cloud does not tell it."""
        raise NotImplementedError

    async def delete_alarm(self, alarm_id: str) -> None:
        """Delete one alarm."""
        raise NotImplementedError

    def ended(self) -> tuple[Transition, ...]:
        """Return the recoveries that follow from what was deleted; reads bring them as well."""
        raise NotImplementedError

    async def register(self, url: str) -> str:
        """Let the cloud call an address when something happens; return the id of that."""
        raise NotImplementedError

    async def unregister(self, callback_id: str) -> None:
        """Let it call no more."""
        raise NotImplementedError

    async def tasks(self, start: datetime, end: datetime) -> Answer[tuple[Task, ...]]:
        """Return the finished steps of quality tasks of a window, unsorted, possibly repeated."""
        raise NotImplementedError

    async def newest(self) -> Answer[Snapshot]:
        """Return the newest reading of each channel."""
        raise NotImplementedError
