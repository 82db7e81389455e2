"""What the settings of loggers are, and what a cloud for them offers, whichever it is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from .errors import CloudError

_UNITS = (timedelta(milliseconds=1), timedelta(seconds=1))
_TOLD = (*_UNITS, timedelta(minutes=1), timedelta(hours=1))
"""In which a value may be told, if not written."""
_LEAST = timedelta(seconds=1), timedelta(hours=2)
"""Within which the shortest cycle of any logger lies."""
_MOST = timedelta(days=31)
WRITING: Final = "writing"
"""What is being done once something is sent: whatever goes wrong then, it may have been done."""


class Cycle(StrEnum):
    """The cycles of a logger."""

    MEASURING = "measuring_cycle"
    COMMUNICATION = "communication_cycle"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedCycle:
    """A cycle and its bounds."""

    value: timedelta
    least: timedelta
    most: timedelta
    unit: timedelta
    """In which the cloud tells and takes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CycleSetting:
    """A cycle as it is told: nobody says in which unit."""

    cycle: Cycle
    value: float
    least: float
    most: float

    def timed(self, known: timedelta | None) -> TimedCycle | None:
        """Return it in the only unit that makes sense, None if that cannot be told.

        ``known`` is what the account says of the cycle. It decides where both units would, and
        where the value is not within its bounds; and where it is the value in a unit that does
        not fit the bounds, nobody knows in which one to write.
        """
        units = [unit for unit in _UNITS if self._makes_sense(unit)]
        shown = [unit for unit in _TOLD if known is not None and known / unit == self.value]
        if shown or len(units) > 1 or not self.least <= self.value <= self.most:
            units = [unit for unit in units if unit in shown]
        if len(units) != 1:
            return None
        (unit,) = units
        return TimedCycle(
            value=self.value * unit, least=self.least * unit, most=self.most * unit, unit=unit
        )

    def _makes_sense(self, unit: timedelta) -> bool:
        # A number may be too large for a time.
        shortest, longest = (it / unit for it in _LEAST)
        most = _MOST / unit
        return (
            shortest <= self.least <= longest
            and self.least <= self.most
            and (self.most <= most and 0 < self.value <= most)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A place for a sensor; times are UTC."""

    index: int
    sensor: str | None = None
    """The uuid of the sensor that belongs there."""
    connected: bool | None = None
    changed: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedDevice:
    """A logger or gateway whose settings can be read."""

    uuid: str
    serial: str
    cycles: tuple[CycleSetting, ...] = ()
    slots: tuple[Slot, ...] = ()

    def cycle(self, cycle: Cycle) -> CycleSetting | None:
        """Return one of its cycles, None where it is not told with its bounds."""
        return next((it for it in self.cycles if it.cycle is cycle), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmLimit:
    """A limit that is to be set."""

    direction: str
    """``upper`` or ``lower``."""
    value: float
    """In °C, % or hPa."""
    delay: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMeasuringObject:
    """Something that is to be watched by one channel of a sensor."""

    name: str
    sensor: str
    """Its uuid."""
    channel: int
    quantity: str
    """One of those that a cloud names as settable."""
    limits: tuple[AlarmLimit, ...] = ()


class SettingsDifferError(CloudError):
    """Something else changed than what was to be changed, or nobody can tell."""

    def __init__(self, doing: str, resource: str, names: Iterable[str]) -> None:
        """Keep what differs: names, never values; none if it could not be read again."""
        self.names = tuple(names)
        cause = "more changed than was asked for" if self.names else "it could not be checked"
        super().__init__(doing, resource, cause)


class StoppedError(CloudError):
    """After an earlier change something else was different: nothing is changed any more."""


class ChangedElsewhereError(CloudError):
    """Somebody else has changed it since it was read."""


class NotTakenError(CloudError):
    """The cloud accepts a change and goes on telling the old value."""


class HalfCreatedError(CloudError):
    """Something was created, but not all of it."""


class Management:
    """The settings of the loggers of an account. Everything may raise a ``CloudError``.

    One thing after the other; sites are named as the cloud knows them.
    """

    settable: Mapping[str, str]
    """The quantities for which limits can be set, each with its unit."""

    @property
    def secret(self) -> Mapping[str, Any]:
        """Return what opens it until it ends, as JSON data that is stored and never shown."""
        raise NotImplementedError

    @property
    def outline(self) -> Mapping[str, Any]:
        """Return the names of all that the last read told, and of what kind each is: no values."""
        raise NotImplementedError

    async def devices(self, site: str) -> tuple[ManagedDevice, ...]:
        """Return the loggers and gateways of a site."""
        raise NotImplementedError

    async def set_cycle(
        self, site: str, device: ManagedDevice, cycle: Cycle, value: timedelta, unit: timedelta
    ) -> ManagedDevice:
        """Change one cycle of a device that was read; return the device as it is then.

        Raises ChangedElsewhereError if the cycle is another one by now, SettingsDifferError if
        anything else changed along with it, NotTakenError if it did not change.
        """
        raise NotImplementedError

    async def set_time_zone(self, site: str, zone: str) -> str:
        """Change the time zone of a site; return the one before. Raises as ``set_cycle``."""
        raise NotImplementedError

    async def connect_key(self, site: str) -> str:
        """Return what ties a logger to a site; it is a secret."""
        raise NotImplementedError

    async def create_site(self, site: str) -> str:
        """Create a site; return its connect key."""
        raise NotImplementedError

    async def create_measuring_object(self, site: str, wanted: NewMeasuringObject) -> None:
        """Create it with its limits. Raises HalfCreatedError if it has no limits then."""
        raise NotImplementedError
