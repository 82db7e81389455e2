"""What stands and happens on site: equipment with its times of day, and tasks done by hand."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
import uuid as uuids

from .devices import Logger
from .limits import MeasuringObject
from .spans import EPOCH
from .world import World

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .channels import RadioSensor, Sensor
    from .clock import Clock
    from .devices import Site
    from .limits import Limit

type TaskType = Literal["ALARM", "ADHOC", "PLANNED", "FLEXIBLE_PLANNED"]
type TaskStatus = Literal["PAUSED", "FINISHED"]

DAY = timedelta(days=1)
_NAMESPACE = uuids.UUID("c0a4c5c2-1d0e-4f25-9a53-6a0f5d3a7f10")


@dataclass(frozen=True, slots=True)
class Window:
    """A part of every day, counted from midnight, with limits of its own.

    One that does not end later than it begins goes over midnight.
    """

    start: timedelta
    end: timedelta
    limits: tuple[Limit, ...] = ()

    def pieces(self) -> tuple[tuple[timedelta, timedelta], ...]:
        """Return the window as one or two periods of one day."""
        if self.start < self.end:
            return ((self.start, self.end),)
        after = ((self.start, DAY),)
        return ((timedelta(), self.end), *after) if self.end else after


@dataclass(frozen=True, slots=True)
class Equipment:
    """A part of an equipment, as one logger or radio sensor watches it.

    Without `windows` its limits are those of the measuring object, all day.
    """

    uuid: str
    part_uuid: str
    title: str
    part: str
    area: str
    kind: str
    active: bool
    windows: tuple[Window, ...]
    modified_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a task: what was to be done, and what was entered."""

    content: str
    kind: str = "input number"
    instructions: str = "Measure the core temperature."


@dataclass(frozen=True, slots=True)
class Task:
    """A check of the quality manual that somebody has worked on (times in UTC)."""

    uuid: str
    title: str
    site: Site
    start: datetime
    end: datetime
    username: str
    steps: tuple[Step, ...]
    type: TaskType
    status: TaskStatus
    alarm_uuid: str | None

    @property
    def corrected(self) -> bool:
        """Whether something had to be put right: what follows an alarm."""
        return self.type == "ALARM"

    def step_at(self, number: int) -> datetime:
        """Return when a step (counted from 0) was done."""
        return self.start + (self.end - self.start) * (number + 1) / (len(self.steps) + 1)


@dataclass(frozen=True, slots=True)
class _Settings:
    """What was said about an equipment; None follows the names of the world."""

    title: str | None = None
    part: str = "Interior"
    area: str | None = None
    kind: str = "Fridge"
    active: bool = True
    windows: tuple[Window, ...] = ()
    at: datetime = EPOCH


class Premises(World):
    """A world that people work in."""

    def __init__(self, clock: Clock, *, seed: int, since: datetime, speed: float) -> None:
        """Begin with nothing done; every measuring point watches an equipment of its own."""
        super().__init__(clock, seed=seed, since=since, speed=speed)
        self.tasks: list[Task] = []
        self._settings: dict[str, _Settings | None] = {}

    def uuid_of(self, *parts: object) -> str:
        """Return the one uuid that something of this world has."""
        return str(uuids.uuid5(_NAMESPACE, "|".join(map(str, (self.seed, *parts)))))

    def set_limits(
        self, owner: Logger | RadioSensor, limits: Iterable[Limit], *, at: datetime | None = None
    ) -> None:
        """Replace the limits from `at` (UTC, default: now) on.

        An open alarm of a limit that goes ends with "condition does no longer exist".
        """
        owner.measuring_object.configure(tuple(limits), at or self.clock.now())

    def watch(self, uuid: str, sensors: list[Sensor], limits: Iterable[Limit]) -> None:
        """Let a measuring object of their own hold the limits of sensors of a device from now on.

        The past of their limits stays, and so does their equipment.
        """
        now, device, before = self.clock.now(), sensors[0].device, sensors[0].measuring_object
        made = before
        if before.uuid != uuid:
            terms = dict.fromkeys(it for s in sensors for it in s.measuring_object.terms)
            made = MeasuringObject(uuid, now, now, tuple(terms))
            if before.uuid in self._settings:
                self._settings[uuid] = self._settings[before.uuid]
        made.configure(tuple(limits), now)
        for sensor in sensors:
            sensor.measuring_object = made
        if isinstance(device, Logger) and all(it.measuring_object is made for it in device.sensors):
            device.measuring_object = made

    def set_equipment(  # noqa: PLR0913 - an equipment has that many settings
        self,
        owner: Logger | RadioSensor,
        *,
        title: str | None = None,
        part: str = "Interior",
        area: str | None = None,
        kind: str = "Fridge",
        active: bool = True,
        windows: Iterable[Window] = (),
    ) -> None:
        """Say what a logger or radio sensor watches.

        Without a `title` the equipment is called like its owner, without an `area` that is the
        site. Owners at one site that are given the same title watch parts of one equipment.
        The limits of `windows` are what equipments tell; alarms still come from the measuring
        object.
        """
        self._settings[owner.measuring_object.uuid] = _Settings(
            title, part, area, kind, active, tuple(windows), self.clock.now()
        )

    def remove_equipment(self, owner: Logger | RadioSensor) -> None:
        """Let a logger or radio sensor watch no equipment at all."""
        self._settings[owner.measuring_object.uuid] = None

    def equipment(self, sensor: Sensor) -> Equipment | None:
        """Return what a sensor watches."""
        held, site = sensor.measuring_object, sensor.device.site
        told = self._settings.get(held.uuid, _Settings())
        if told is None:
            return None
        owner = sensor if sensor.is_radio else sensor.device
        known_by = (held.uuid,) if told.title is None else (site.id, told.title)
        return Equipment(
            uuid=self.uuid_of("equipment", *known_by),
            part_uuid=self.uuid_of("equipment part", held.uuid),
            title=told.title or owner.name,
            part=told.part,
            area=told.area or site.name,
            kind=told.kind,
            active=told.active,
            windows=told.windows,
            modified_at=max(held.changed_at, owner.modified_at, told.at),
        )

    def add_task(  # noqa: PLR0913 - a task has that many settings
        self,
        title: str,
        site: Site,
        *,
        start: datetime | None = None,
        lasting: timedelta = timedelta(minutes=6),
        username: str = "kitchen.help",
        steps: Iterable[Step] = (Step("4.7"), Step("all good", "make comment", "Say how it was.")),
        type: TaskType = "PLANNED",  # noqa: A002 - what the rows call it
        status: TaskStatus = "FINISHED",
        alarm_uuid: str | None = None,
    ) -> Task:
        """Add a check that somebody began at `start` (UTC; default: so that it ends now)."""
        start = start or self.clock.now() - lasting
        task = Task(
            uuid=self.uuid_of("task run", len(self.tasks)),
            title=title,
            site=site,
            start=start,
            end=start + lasting,
            username=username,
            steps=tuple(steps),
            type=type,
            status=status,
            alarm_uuid=alarm_uuid,
        )
        self.tasks.append(task)
        return task
