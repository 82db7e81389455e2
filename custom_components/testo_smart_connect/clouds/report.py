"""What a cloud tells of itself when something is read of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """What a read took, in seconds."""

    waited: float
    """For the cloud."""
    fetched: float
    """Download and decoding."""
    polls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one read brought besides values. Times are UTC."""

    resource: str
    """What the cloud calls it."""
    rows: int = 0
    rejected: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """How many rows could not be understood, by reason."""
    lost: int = 0
    """How many of them could not even be read: nothing tells what they were about."""
    denied: tuple[str, ...] = ()
    """What else the account may not read, as the cloud calls it: the read goes on without."""
    deprecated: bool = False
    """Whether the cloud announces the end of the interface."""
    sunset: datetime | None = None
    """When that will be, if the cloud tells it."""
    timing: Timing | None = None
    """None if the read did not come to its end."""
    calls_left: int | None = None
    """How many calls the account has left after this one, where the cloud counts them."""
    misread_since: datetime | None = None
    """Since when each read rejected something."""
    misread_for: timedelta = timedelta()
    """From then until the last read that did."""

    def after(self, before: Report | None, now: datetime) -> Report:
        """Return this as what follows an earlier read; one without rows tells nothing."""
        since = before.misread_since if before else None
        if self.rejected:
            since = since or now
            return replace(self, misread_since=since, misread_for=now - since)
        if self.rows or before is None:
            return self
        return replace(self, misread_since=since, misread_for=before.misread_for)
