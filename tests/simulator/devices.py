"""Loggers and gateways: everything with an own connection to the cloud."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from .spans import FAR, Grid, Span, first_outside

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .channels import RadioSensor, Sensor
    from .kinds import Kind
    from .limits import Limit, MeasuringObject


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

    @property
    def communication(self) -> timedelta:
        """The communication cycle in real time."""
        return self.grid.cycle

    def outage(self, start: datetime, end: datetime = FAR) -> None:
        """Lose the connection from `start` until `end` (UTC); measuring goes on.

        The buffer is uploaded at the first communication at or after `end`.
        """
        self.outages = (*self.outages, Span(start, end))

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
        """State the category as device properties give it."""
        self.category = "GATEWAY"

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
