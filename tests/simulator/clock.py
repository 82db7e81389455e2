"""Where the simulator takes its time from; every time is an aware UTC datetime."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Anything that knows the present instant."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""


class RealClock:
    """The wall clock of the machine."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, start: datetime) -> None:
        """Stand at `start`, an aware datetime of any zone."""
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Return the instant the clock stands at, in UTC."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move the clock by a duration."""
        self._now += by

    def move_to(self, instant: datetime) -> None:
        """Move the clock to an aware datetime of any zone."""
        self._now = instant.astimezone(UTC)
