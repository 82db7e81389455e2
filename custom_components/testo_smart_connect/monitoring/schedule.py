"""When a reading is due, and when it is too old: by the schedule of its logger."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MIN_TOLERANCE = timedelta(minutes=30)
MAX_TOLERANCE = timedelta(hours=6)
FUTURE_MARGIN = timedelta(minutes=10)
"""How far a logger's clock may be ahead before its readings are not shown."""
_ANNOUNCED = 2
"""How many communication cycles ahead a next contact is believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a logger measures and communicates."""

    gap: timedelta
    """The longer of measuring and communication cycle."""
    communication: timedelta | None = None
    """How often there is contact; None means that only the gap is known."""
    last_communication: datetime | None = None
    next_communication: datetime | None = None
    tolerance: timedelta | None = None
    """Chosen by the user; None means two gaps within the fixed bounds."""

    @property
    def patience(self) -> timedelta:
        """Return how long an overdue reading is still believed."""
        if self.tolerance is not None:
            return self.tolerance
        return min(max(2 * self.gap, MIN_TOLERANCE), MAX_TOLERANCE)

    def due(self, measured: datetime) -> datetime:
        """Return when a newer reading than the one measured then should be there.

        An announced next contact puts it off, unless the logger has had contact since a
        newer reading was due: then the probe is silent, not the logger. What is announced
        for a time far away is a wrong clock, and must not keep a dead logger alive.
        """
        due = measured + self.gap
        upcoming, contact = self.next_communication, self.last_communication
        if upcoming is None or (contact is not None and contact > due):
            return due
        cycle = self.communication or self.gap
        return max(due, min(upcoming, (contact or measured) + _ANNOUNCED * cycle))

    def deadline(self, measured: datetime) -> datetime:
        """Return the moment from which the reading is no longer a value."""
        return self.due(measured) + self.patience
