"""How long a cloud asks to be left alone."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(slots=True, kw_only=True)
class Wait:
    """The time for which nothing of an account may be asked for, in UTC.

    One for all its resources: a cloud counts the requests of an account. It is worth
    keeping over a restart.
    """

    begin: datetime | None = None
    until: datetime | None = None

    def left(self, now: datetime) -> float:
        """Return the seconds that are left."""
        # The clock may have been set back.
        if self.begin is None or self.until is None or not self.begin <= now < self.until:
            return 0.0
        return (self.until - now).total_seconds()

    def note(self, seconds: float, now: datetime) -> None:
        """Take note of what the cloud asks for; a shorter time ends no longer one."""
        if seconds > self.left(now):
            self.begin, self.until = now, now + timedelta(seconds=seconds)
