"""Asking for readings by their arrival in the cloud: whether it works, what is due.

The filter is documented in its form, but not proven live (Smart Connect reference,
part 9). So it is proved before it is relied on, and once a day anew. Where the proof fails,
it is tried again ever more rarely.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from ..monitoring.moments import is_recent

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
_FIRST_REFUSAL = timedelta(days=1)
_DOUBLINGS = 5
"""How often the time for which it is given up grows: to a month."""
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
    """How often the cloud gave no proof, before it ever worked."""
    refusals: int = 0
    """How often it was given up since a comparison last found everything."""
    refused_at: datetime | None = None
    """When it was given up, by Home Assistant's clock."""
    ahead: int = 0
    """Readings whose arrival lay far ahead; such a one is evidence of nothing."""

    def at(self, now: datetime) -> Arrival:
        """Return it as it is true at a moment: no mark lies ahead, nothing is given up for good.

        Behind a mark that lies ahead anything may have been missed, so that all is asked for.
        """
        if any(mark is not None and mark > now for mark in (self.newest, self.newest_then)):
            return replace(
                self,
                newest=now - RANGE,
                newest_then=now - WIDE_RANGE,
                since=now,
                asked_wide=None,
            ).at(now)
        if self.state == REFUSED and self._is_over(now):
            return replace(self, state=UNTRIED, failed=0)
        return self

    def _is_over(self, now: datetime) -> bool:
        """Tell whether it was given up long enough ago: a day, and then ever longer."""
        pause = _FIRST_REFUSAL * 2 ** min(self.refusals - 1, _DOUBLINGS)
        return not is_recent(self.refused_at, now, pause)

    def saw(self, newest: datetime | None, ahead: int = 0) -> Arrival:
        """Take note of a newest arrival, which never goes back, and of how many lay ahead."""
        if newest is None or (self.newest is not None and newest <= self.newest):
            newest = self.newest
        return replace(self, newest=newest, ahead=self.ahead + ahead)

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

    def refused(self, now: datetime) -> Arrival:
        """Do not rely on it for a while."""
        return replace(self, state=REFUSED, refused_at=now, refusals=self.refusals + 1)

    def tried(self) -> Arrival:
        """Count a job that proved nothing; the cloud may have other reasons."""
        return replace(self, failed=self.failed + 1)

    @property
    def is_hopeless(self) -> bool:
        """Tell whether there were enough tries."""
        return self.failed >= _TRIES

    def is_wide_due(self, now: datetime) -> bool:
        """Tell whether the wide range is to be asked for."""
        return not is_recent(self.asked_wide, now, _DAILY)

    def is_compare_due(self, now: datetime) -> bool:
        """Tell whether to compare with all that was measured lately."""
        return not is_recent(self.compared, now, _DAILY)

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
        """Take note of a comparison that found everything."""
        return replace(self, compared=now, refusals=0)

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


def is_odd(lacking: int, of: int) -> bool:
    """Tell whether so few of some readings are missing that they are odd ones.

    A row may be spelt wrong or tell a wrong time; that says nothing about the filter.
    """
    return lacking <= max(1, of // 100)
