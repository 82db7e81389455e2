"""Loggers and gateways: everything with an own connection to the cloud."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from .spans import FAR, Grid, Span, first_outside

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .channels import RadioSensor, Sensor
    from .kinds import Kind
    from .limits import Limit, MeasuringObject

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Site:
    """A measurement site; `id` is the `customer_site` of every row."""

    id: str
    name: str
    since: datetime


class RadioSensorFactory(Protocol):
    """How a gateway gets its sensors made; the fleet knows serials and curves."""

    def __call__(  # noqa: PLR0913 - everything `add_radio_sensor` takes
        self,
        gateway: Gateway,
        name: str,
        *,
        kind: Kind,
        serial: str | None,
        measuring: timedelta,
        limits: Iterable[Limit] | None,
    ) -> RadioSensor:
        """Make a radio sensor and add it to the gateway."""


@dataclass(slots=True, eq=False)
class Device:
    """A device that talks to the cloud in a fixed cycle."""

    category: str = field(init=False, default="")
    serial: str
    name: str
    site: Site
    uuid: str
    model: str
    firmware: str
    grid: Grid = field(repr=False)
    since: datetime
    modified_at: datetime = field(repr=False)
    battery: int | None = None
    mains: bool = False
    sensors: list[Sensor] = field(default_factory=list, repr=False)
    inactive: tuple[Span, ...] = field(default=(), repr=False)
    outages: tuple[Span, ...] = field(default=(), repr=False)
    battery_lows: tuple[Span, ...] = field(default=(), repr=False)
    power_losses: tuple[Span, ...] = field(default=(), repr=False)
    display_active: bool = field(default=True, repr=False)
    asked_at: datetime | None = field(default=None, repr=False)
    """When other cycles were asked for last."""

    @property
    def communication(self) -> timedelta:
        """The communication cycle in real time, as it is configured."""
        return self.grid.cycle

    def ask_cycles(
        self,
        at: datetime,
        *,
        communication: timedelta | None = None,
        measuring: timedelta | None = None,
        sensors: Iterable[Sensor] | None = None,
    ) -> None:
        """Ask for other cycles in real time, at an instant (UTC), of all sensors or of some.

        They are configured at once; the device learns of them at its next communication, and
        only then it lives by them.
        """
        contact = self.contact(at + _INSTANT)
        self.asked_at = at
        if communication is not None:
            self.grid = self.grid.then(communication, contact)
        if measuring is not None:
            for sensor in self.sensors if sensors is None else sensors:
                sensor.grid = sensor.grid.then(measuring, contact)

    def outage(self, start: datetime, end: datetime = FAR) -> None:
        """Lose the connection from `start` until `end` (UTC); measuring goes on.

        The buffer is uploaded at the first communication at or after `end`.
        """
        self.outages = (*self.outages, Span(start, end))
        self._learn_anew()

    def low_battery(self, start: datetime, end: datetime = FAR) -> None:
        """Have a nearly empty battery from `start` until it is changed at `end` (UTC)."""
        self.battery_lows = (*self.battery_lows, Span(start, end))

    def power_loss(self, start: datetime, end: datetime = FAR) -> None:
        """Lose the external supply from `start` until `end` (UTC)."""
        self.power_losses = (*self.power_losses, Span(start, end))

    def set_active(self, at: datetime, *, active: bool) -> None:
        """Stop or resume measuring and communicating at an instant (UTC)."""
        last = self.inactive[-1] if self.inactive else None
        if active and last is not None and at in last:
            kept = (Span(last.start, at),) if last.start < at else ()
            self.inactive = (*self.inactive[:-1], *kept)
        elif not active and self.active(at):
            self.inactive = (*self.inactive, Span(at))
        self._learn_anew()

    def _learn_anew(self) -> None:
        """Let what has not reached the device wait for the communication that is now the next."""
        asked, grid = self.asked_at, self.grid
        if asked is None:
            return
        owners: list[Device | Sensor] = [self, *self.sensors]
        waiting = [it for it in owners if it.grid.before is not None and it.grid.since > asked]
        if grid.before is not None and grid.since > asked:
            self.grid = grid.before
        contact = self.contact(asked + _INSTANT)
        self.grid = grid
        for it in waiting:
            it.grid = replace(it.grid, since=contact)

    def active(self, at: datetime) -> bool:
        """Tell whether the device is in use at an instant (UTC)."""
        return not any(at in span for span in self.inactive)

    def contact(self, at: datetime, also: tuple[Span, ...] = ()) -> datetime:
        """Return the first communication at or after an instant (UTC).

        `also` are further periods during which the message cannot leave.
        """
        silent = self.outages + self.inactive
        at = self.grid.at_or_after(first_outside(at, also) if also else at)
        while silent and (later := first_outside(at, silent)) != at:
            at = self.grid.at_or_after(later)
        return at

    def last_contact(self, at: datetime) -> datetime | None:
        """Return the last communication at or before an instant (UTC), if there was one."""
        contact = self.grid.last_outside(at, (*self.outages, *self.inactive))
        return contact if contact >= self.since else None


@dataclass(slots=True, eq=False)
class Logger(Device):
    """A logger with built-in or wired sensors."""

    measuring_object: MeasuringObject = field(kw_only=True, repr=False)

    def __post_init__(self) -> None:
        """State the category as device properties give it."""
        self.category = "LOGGER"

    @property
    def measuring(self) -> timedelta:
        """The measuring cycle in real time."""
        return self.sensors[0].measuring

    def break_sensor(self, start: datetime, end: datetime = FAR, *, sensor: int = 0) -> None:
        """Break one sensor (counted from 0) from `start` until `end` (UTC)."""
        self.sensors[sensor].break_sensor(start, end)


@dataclass(slots=True, eq=False)
class Gateway(Device):
    """A gateway with radio sensors; they follow its connection."""

    factory: RadioSensorFactory = field(kw_only=True, repr=False)

    def __post_init__(self) -> None:
        """State the category as device properties give it; there is no display."""
        self.category = "GATEWAY"
        self.display_active = False

    def add_radio_sensor(
        self,
        name: str,
        *,
        kind: Kind,
        serial: str | None = None,
        measuring: timedelta = timedelta(minutes=15),
        limits: Iterable[Limit] | None = None,
    ) -> RadioSensor:
        """Add a radio sensor; `measuring` is shortened by the speed of the fleet."""
        return self.factory(
            self, name, kind=kind, serial=serial, measuring=measuring, limits=limits
        )
