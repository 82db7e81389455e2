"""Asking for readings by their arrival in the cloud: whether it works, what is due.

The filter is documented in its form, but not proven live (Smart Connect reference,
part 9). So it is proved before it is relied on, and once a day anew.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

UNTRIED: Final = "untried"
WORKS: Final = "works"
REFUSED: Final = "refused"

MARGIN: Final = timedelta(hours=1)
"""How much is asked for again: rows can be found some minutes after their arrival."""
RANGE: Final = timedelta(days=7)
"""How long ago what arrived may have been measured."""
WIDE_RANGE: Final = timedelta(days=30)
"""The same, once a day."""
_DAILY = timedelta(hours=23)
_TRIES = 3
_LONGEST_STAND = timedelta(days=1)
"""How long what could not be read whole is asked for again and again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What is known of asking by arrival. All times are UTC."""

    state: Literal["untried", "works", "refused"] = UNTRIED
    newest: datetime | None = None
    """The newest arrival of all readings seen."""
    since: datetime | None = None
    """From which arrival on nothing may have been missed."""
    asked_wide: datetime | None = None
    """When the wide range was last asked for, by Home Assistant's clock."""
    newest_then: datetime | None = None
    """The newest arrival at that time."""
    compared: datetime | None = None
    """When it was last compared with all that was measured."""
    failed: int = 0
    """How often the cloud failed a job with the filter before it ever worked."""

    def saw(self, newest: datetime | None) -> Arrival:
        """Take note of a newest arrival; it never goes back."""
        if newest is None or (self.newest is not None and newest <= self.newest):
            return self
        return replace(self, newest=newest)

    def is_behind(self, now: datetime) -> bool:
        """Tell whether going back to the newest arrival has become too much to do each time."""
        return self.newest is not None and now - self.newest > _LONGEST_STAND

    def proved(self, now: datetime) -> Arrival:
        """Rely on it from now on."""
        return replace(
            self,
            state=WORKS,
            since=self.newest,
            newest_then=self.newest,
            asked_wide=now,
            compared=now,
        )

    def refused(self) -> Arrival:
        """Never rely on it again."""
        return replace(self, state=REFUSED)

    def tried(self) -> Arrival:
        """Count a job that failed with the filter; the cloud may have other reasons."""
        failed = self.failed + 1
        return replace(self, failed=failed, state=REFUSED if failed >= _TRIES else self.state)

    def is_wide_due(self, now: datetime) -> bool:
        """Tell whether the wide range is to be asked for."""
        return self.asked_wide is None or not timedelta() <= now - self.asked_wide < _DAILY

    def is_compare_due(self, now: datetime) -> bool:
        """Tell whether to compare with all that was measured lately."""
        return self.compared is None or not timedelta() <= now - self.compared < _DAILY

    def ask(self, now: datetime) -> tuple[datetime, timedelta]:
        """Return after which arrival to ask, and how long ago it may have been measured.

        What was measured long ago is asked for once a day only, and then from the last
        such time on. Raises ValueError before anything was seen.
        """
        wide = self.is_wide_due(now)
        newest = self.newest_then if wide else self.newest
        if newest is None:
            message = "nothing has arrived yet"
            raise ValueError(message)
        return newest - MARGIN, WIDE_RANGE if wide else RANGE

    def asked(self, before: datetime | None, now: datetime) -> Arrival:
        """Take note that what was due was asked for, and what was the newest before.

        Only what was there when the read began is sure to be in it.
        """
        if not self.is_wide_due(now):
            return self
        return replace(self, asked_wide=now, newest_then=before)

    def compared_at(self, now: datetime) -> Arrival:
        """Take note of a comparison."""
        return replace(self, compared=now)

    @property
    def provable_after(self) -> datetime | None:
        """Return after which arrival to ask for a proof; None if none is wanted yet."""
        if self.state != UNTRIED or self.newest is None:
            return None
        return self.newest - MARGIN

    @property
    def overdue(self) -> tuple[datetime, datetime] | None:
        """Return between which arrivals every reading must have been found by now."""
        if self.since is None or self.newest is None:
            return None
        return self.since, self.newest - MARGIN
