"""Who comes before max-age has run out, and with what (Sensorist part 1)."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .faults import Row

_KEPT = 5_000


class EarlyRequest(NamedTuple):
    """A request for a URL whose last answer was still good; times on the fleet's clock (UTC)."""

    at: datetime
    email: str
    path: str
    """Path and query, exactly as they came."""
    good_until: datetime

    @property
    def by(self) -> timedelta:
        """How much too early it came."""
        return self.good_until - self.at


class Answered(NamedTuple):
    """An answer that is good for a while."""

    until: datetime
    told: Row


class Ages:
    """The last good answer to each URL of each account."""

    def __init__(self) -> None:
        """Begin without any answer."""
        self._answers: dict[tuple[str, str], Answered] = {}

    def fresh(self, email: str, path: str, now: datetime) -> Answered | None:
        """Return the answer whose max-age has not run out."""
        answer = self._answers.get((email, path))
        return answer if answer is not None and now < answer.until else None

    def keep(self, email: str, path: str, answer: Answered, now: datetime) -> None:
        """Remember an answer that has been given."""
        if len(self._answers) >= _KEPT:
            self._answers = {key: it for key, it in self._answers.items() if now < it.until}
        self._answers[email, path] = answer
