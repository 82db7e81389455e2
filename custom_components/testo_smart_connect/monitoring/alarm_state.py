"""What the alarm log says of an account at a moment: open episodes, and events that are due."""

from collections.abc import Collection, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from .episodes import Episode, Identity
from .model import Transition


class Meaning(Protocol):
    """What a transition means in the account."""

    def source(self, transition: Transition) -> str:
        """Return one name for one source, however the row names it."""
        ...

    def meant(self, transition: Transition) -> Collection[Hashable]:
        """Return the things that it may mean, each of which is violated by itself."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmEvent:
    """An event that is due: one transition of one episode."""

    episode: Episode
    transition: Transition
    learnt: datetime
    identity: Identity
    """Which record counts as announced with it."""
    peak: float | None = None
    """The most extreme reading of an episode that is over, as far as it is known."""

    @property
    def raised(self) -> bool:
        """Tell whether the episode began (else it ended)."""
        return self.transition.raised

    def late(self, allowance: timedelta) -> bool:
        """Tell whether it was learnt later than regular delivery explains."""
        return self.learnt - self.transition.at > allowance

    @property
    def event_type(self) -> str:
        """Return the type of the event."""
        kind = "system_alarm" if self.episode.facts.system else self.episode.severity
        return f"{kind}_{'raised' if self.raised else 'cleared'}"

    @property
    def order(self) -> tuple[datetime, int, bool, str]:
        """Sort by true time, the violation before its recovery even if clocks disagree.

        Of several at the same moment that which goes on is told last, and stays to be seen:
        what ends before what begins, and the graver one after the other.
        """
        at, raised = self.transition.at, self.episode.raised
        when = at if raised is None else max(at, raised.at)
        is_over_at_once = raised is not None and raised.at >= at
        step = 1 if self.raised else 2 * is_over_at_once
        return when, step, self.episode.severity == "alarm", self.transition.uuid


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmState:
    """What the transitions known so far mean."""

    active: tuple[Episode, ...] = ()
    due: tuple[AlarmEvent, ...] = ()
    episodes: tuple[Episode, ...] = ()
    """All known episodes, open or not."""
