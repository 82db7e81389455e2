"""What is remembered of the settings of loggers over a restart."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from ..clouds.http.wait import Wait
from ..clouds.managed import Cycle, ManagedDevice
from ..monitoring.instruments import Instrument
from ..monitoring.moments import is_recent

_ASKED_FOR = timedelta(days=1)
"""How long the account is asked for a change; later on it is seen when it is read anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A cycle that was changed here, and that the account does not show yet. Times are UTC."""

    serial: str
    cycle: str
    value: timedelta
    since: datetime

    def is_of(self, serial: str, cycle: Cycle) -> bool:
        """Tell whether it is that of a device."""
        return (self.serial, self.cycle) == (serial, cycle)

    def is_asked_for(self, now: datetime) -> bool:
        """Tell whether to ask the account for it."""
        return is_recent(self.since, now, _ASKED_FOR)

    def is_meant(self, device: ManagedDevice | None, instrument: Instrument | None) -> bool:
        """Tell whether a change is still meant, and still not shown.

        A device that is missing, or a cycle that is not told, says nothing against it.
        """
        cycle = Cycle(self.cycle)
        if instrument is not None and shown(instrument, cycle) == self.value:
            return False
        setting = device.cycle(cycle) if device else None
        if setting is None:
            return True
        timed = setting.timed(self.value)
        return timed is not None and timed.value == self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Onboarding:
    """A new logger that is being brought in. Times are UTC."""

    site: str
    since: datetime
    known: tuple[str, ...] = ()
    """The serials that were there before."""
    arrived: ManagedDevice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanionMemory:
    """Everything that one login for settings has brought."""

    secret: dict[str, Any] = field(default_factory=dict, repr=False)
    wait: Wait = field(default_factory=Wait)
    read: datetime | None = None
    """When the devices were last read (UTC)."""
    devices: tuple[ManagedDevice, ...] = ()
    pending: tuple[Pending, ...] = ()
    stopped: tuple[str, ...] | None = None
    """What differed after a change: nothing is changed any more until somebody has looked."""
    stopped_at: str | None = None
    """The site at which that was."""
    unseen: str | None = None
    """The site at which something is being changed: nobody has looked yet what became of it."""
    onboarding: Onboarding | None = None

    @property
    def resumed(self) -> CompanionMemory:
        """Return what to begin with: a change in which Home Assistant was killed stops all."""
        if self.unseen is None:
            return self
        return replace(self, stopped=self.stopped or (), stopped_at=self.unseen, unseen=None)


def shown(instrument: Instrument, cycle: Cycle) -> timedelta | None:
    """Return a cycle as the account shows it."""
    if cycle is Cycle.MEASURING:
        return instrument.device.measuring_cycle
    return instrument.device.communication_cycle
