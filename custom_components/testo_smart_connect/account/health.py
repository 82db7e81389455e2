"""How reading an account goes: what worked, what fails, whether the cloud is down."""

from datetime import datetime

from homeassistant.util import dt as dt_util

from ..clouds.base import Resource, Traits
from ..clouds.errors import CloudError, NotUnderstoodError
from ..clouds.report import Report
from .memory import Memory

_FAILURES_TILL_OFF = 2
_SEVERAL = 2


class Health:
    """Success and failure of each resource; what was read when is remembered."""

    def __init__(self, memory: Memory, traits: Traits) -> None:
        """Begin with what was read before the start."""
        self._memory = memory
        self.essential = traits.essential
        """What the cloud is judged by: not what only brings names and limits."""
        self.failures = dict.fromkeys(traits.intervals, 0)
        """Failed reads in a row."""
        self.errors: dict[Resource, CloudError] = {}
        """Why the last read failed of resources whose last one did."""
        self.reports: dict[str, Report] = {}
        """What each last read told of itself, by what the cloud calls the resource."""
        self._failing_since: dict[Resource, datetime] = {}
        self._worked = False
        self._answered: datetime | None = None
        """When it last said something that was not understood."""

    @property
    def last_update(self) -> datetime | None:
        """Return when the readings were last read from the cloud."""
        return self._memory.good.get(Resource.READINGS)

    @property
    def cloud_ok(self) -> bool | None:
        """Tell whether the cloud works; None before anything is known since the start."""
        if max(self.failures[it] for it in self.essential) >= _FAILURES_TILL_OFF:
            return False
        return True if self._worked else None

    @property
    def is_failing(self) -> bool:
        """Tell whether the last read of something that matters failed."""
        return any(self.failures[it] for it in self.essential)

    @property
    def is_down(self) -> bool:
        """Tell whether several resources fail and none was read since they began to."""
        if len(self._failing_since) < min(_SEVERAL, len(self.essential)):
            return False
        answered = (self._answered, *self._memory.good.values())
        last = max((it for it in answered if it), default=None)
        return last is None or last < min(self._failing_since.values())

    def note_refusal(self) -> None:
        """Remember that nothing can be read before somebody enters another login."""
        self.failures |= dict.fromkeys(self.essential, _FAILURES_TILL_OFF)

    def note_good(self, resource: Resource) -> None:
        """Remember that a resource was read to its end."""
        self._worked = True
        self._end_failure(resource)
        self.errors.pop(resource, None)
        self._memory.good = {**self._memory.good, resource: dt_util.utcnow()}

    def note_failure(self, resource: Resource, err: CloudError) -> None:
        """Remember that a resource could not be read, and why."""
        if err.report is not None:
            self.note_report(err.report)
        self.errors[resource] = err
        if isinstance(err, NotUnderstoodError):
            # The cloud works; what is not read is too old in the end.
            self._answered = dt_util.utcnow()
            self._end_failure(resource)
            return
        if err.is_kept and self.failures[resource]:
            # That it still holds is no second failure.
            return
        self.failures[resource] += 1
        if resource in self.essential:
            self._failing_since.setdefault(resource, dt_util.utcnow())

    def _end_failure(self, resource: Resource) -> None:
        self.failures[resource] = 0
        self._failing_since.pop(resource, None)

    def note_report(self, report: Report) -> None:
        """Remember what a read told of itself."""
        before = self.reports.get(report.resource)
        self.reports[report.resource] = report.after(before, dt_util.utcnow())
