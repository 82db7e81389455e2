"""The time that a report is about, and its local days.

Inside, times are whole microseconds since 1970 (UTC): their sums and differences are exact.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """From `start` to before `end`, which comes later (aware), counted in days of a time zone.

    Time that is yet to come is not unknown: for a running day or month, `end` is now.
    """

    start: datetime
    end: datetime
    zone: ZoneInfo

    @property
    def begins(self) -> int:
        """Return the first moment."""
        return micros(self.start)

    @property
    def ends(self) -> int:
        """Return the first moment after it."""
        return micros(self.end)

    def days(self) -> Iterator[tuple[date, int, int]]:
        """Yield each local day, with the moments at which it begins and ends in the window.

        A day has 23 or 25 hours where clocks change. One that a zone left out is none.
        """
        day, begin = self.start.astimezone(self.zone).date(), self.begins
        while begin < self.ends:
            following = day + timedelta(days=1)
            end = min(micros(datetime.combine(following, time(), self.zone)), self.ends)
            if begin < end:
                yield day, begin, end
            day, begin = following, end


def micros(at: datetime) -> int:
    """Return an aware time in microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def moment(at: int) -> datetime:
    """Return the time (UTC) so many microseconds after 1970."""
    return _EPOCH + at * _MICROSECOND
