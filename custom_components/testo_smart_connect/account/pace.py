"""How often what is counted may be read: as chosen, or less, so that the calls last."""

from dataclasses import replace
from datetime import timedelta

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from ..clouds.base import Resource, Traits
from ..clouds.errors import CallsUsedUpError, CloudError, RateLimitError
from .memory import Memory
from .settings import Settings

_DAY = timedelta(days=1)
_QUARTER = timedelta(minutes=15)
"""As loggers measure; else each call would change what is promised."""


class Pace:
    """The intervals of an account; those of one whose calls are not counted are as chosen."""

    def __init__(self, memory: Memory, traits: Traits, settings: Settings) -> None:
        """Know what was chosen, and what is left."""
        self._memory = memory
        self._traits = traits
        chosen = {
            **{resource: it.default for resource, it in traits.intervals.items()},
            Resource.ALARMS: settings.alarm_interval,
            Resource.READINGS: settings.measurement_interval,
        }
        # Nothing is chosen of what a cloud does not have.
        self._chosen = tuple(filter(None, chosen.values()))
        self._wanted = sum(_DAY / interval for interval in self._chosen)

    @callback
    def note(self, left: int) -> None:
        """Take note of a call that told how many are left."""
        self._memory.budget = self._memory.budget.told(left, dt_util.utcnow())

    @callback
    def note_failure(self, err: CloudError) -> None:
        """Take note of a call that failed: it may count as well."""
        budget = self._memory.budget
        if not self._traits.counts_calls:
            return
        if isinstance(err, CallsUsedUpError):
            self.note(0)
        elif not isinstance(err, RateLimitError):
            self._memory.budget = replace(budget, made=budget.made + 1)

    def of(self, interval: timedelta) -> timedelta:
        """Return how often something is read that was to be read so often."""
        if not self._traits.counts_calls:
            return interval
        return self._memory.budget.every(interval, self._chosen, dt_util.utcnow())

    def promise(self, resource: Resource, interval: timedelta) -> timedelta:
        """Return how long after this read the next one comes, and remember it over a restart.

        What was read is believed by that. However few calls are left: nobody may believe for
        days that all is well, because it was once.
        """
        if not self._traits.counts_calls:
            return interval
        every = -(-self.of(interval) // _QUARTER) * _QUARTER
        most = self._traits.intervals[resource].most if resource is Resource.ALARMS else _DAY
        every = min(every, most)
        self._memory.promised = {**self._memory.promised, resource: every}
        return every

    @property
    def days_left(self) -> int | None:
        """Return for how many days the calls last as chosen; None where nobody counts."""
        lasts = self._memory.budget.lasts(self._wanted, dt_util.utcnow())
        return None if lasts is None else lasts.days

    @property
    def is_scarce(self) -> bool:
        """Tell whether the calls run out soon at the chosen intervals."""
        return self._memory.budget.is_scarce(self._wanted, dt_util.utcnow())
