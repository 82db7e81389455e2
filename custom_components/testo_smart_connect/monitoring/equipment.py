"""What is watched on site, with limits that may hang on the time of the day."""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyLimit:
    """A limit that is in force from one time of the day to before another (local)."""

    direction: str
    severity: str
    value: float
    unit: str
    delay: timedelta = timedelta()
    begins: timedelta = timedelta()
    ends: timedelta = timedelta(days=1)
    """Not later than it begins: on the next day."""
    alarm_id: str | None = field(default=None, compare=False)
    """By which an alarm that a user set can be deleted; two that say the same are alike."""

    @property
    def is_daily(self) -> bool:
        """Tell whether it hangs on the time of the day."""
        return self.ends - self.begins not in {timedelta(), timedelta(days=1)}

    def holds(self, time_of_day: timedelta) -> bool:
        """Tell whether it is in force then."""
        if not self.is_daily:
            return True
        if self.begins < self.ends:
            return self.begins <= time_of_day < self.ends
        return time_of_day >= self.begins or time_of_day < self.ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """A part of something that is watched, with names that people understand."""

    part: str
    """By its uuid, as channels name it."""
    title: str | None = None
    part_title: str | None = None
    area: str | None = None
    zone: str | None = None
    """The time zone of its limits; None where nobody tells it."""
    limits: tuple[DailyLimit, ...] = ()
