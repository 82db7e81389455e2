"""When a reading is due, and when it is too old: by the schedule of its logger."""

from dataclasses import dataclass
from datetime import datetime, timedelta

MIN_TOLERANCE = timedelta(minutes=30)
MAX_TOLERANCE = timedelta(hours=6)
FUTURE_MARGIN = timedelta(minutes=10)
"""How far a logger's clock may be ahead before its readings are not shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a logger measures and communicates."""

    gap: timedelta
    """The longer of measuring and communication cycle."""
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
        newer reading was due: then the probe is silent, not the logger.
        """
        due = measured + self.gap
        upcoming = self.next_communication
        if upcoming is None or upcoming <= due:
            return due
        if self.last_communication is not None and self.last_communication > due:
            return due
        return upcoming

    def deadline(self, measured: datetime) -> datetime:
        """Return the moment from which the reading is no longer a value."""
        return self.due(measured) + self.patience
