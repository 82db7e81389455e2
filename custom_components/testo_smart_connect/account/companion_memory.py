"""What is remembered of the settings of loggers over a restart."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ..clouds.http.wait import Wait
from ..clouds.managed import Cycle, ManagedDevice


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
    onboarding: Onboarding | None = None
