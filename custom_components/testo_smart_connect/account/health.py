"""How reading an account goes: what worked, what fails, whether the cloud is down."""

from datetime import datetime
from typing import Final

from homeassistant.util import dt as dt_util

from ..clouds.base import CloudError
from .memory import Memory

ALARMS, READINGS, STATUS, INVENTORY = "alarms", "readings", "status", "inventory"
RESOURCES: Final = (ALARMS, READINGS, STATUS, INVENTORY)
LOCATIONS, LIMITS = "locations", "limits"
EXTRAS: Final = (LOCATIONS, LIMITS)
"""What only brings names and limits: an account without it works, so it judges no cloud."""
_FAILURES_TILL_OFF = 2
_SEVERAL = 2


class Health:
    """Success and failure of each resource; what was read when is remembered."""

    def __init__(self, memory: Memory) -> None:
        """Begin with what was read before the start."""
        self._memory = memory
        self.failures = dict.fromkeys((*RESOURCES, *EXTRAS), 0)
        """Failed reads in a row."""
        self.errors: dict[str, CloudError] = {}
        """Why the last read failed of resources whose last one did."""
        self._failing_since: dict[str, datetime] = {}
        self._worked = False

    @property
    def last_update(self) -> datetime | None:
        """Return when the readings were last read from the cloud."""
        return self._memory.good.get(READINGS)

    @property
    def cloud_ok(self) -> bool | None:
        """Tell whether the cloud works; None before anything is known since the start."""
        if max(self.failures[name] for name in RESOURCES) >= _FAILURES_TILL_OFF:
            return False
        return True if self._worked else None

    @property
    def is_failing(self) -> bool:
        """Tell whether the last read of something that matters failed."""
        return any(self.failures[name] for name in RESOURCES)

    @property
    def is_down(self) -> bool:
        """Tell whether several resources fail and none was read since they began to."""
        if len(self._failing_since) < _SEVERAL:
            return False
        good = max(self._memory.good.values(), default=None)
        return good is None or good < min(self._failing_since.values())

    def note_good(self, resource: str) -> None:
        """Remember that a resource was read to its end."""
        self._worked = True
        self.failures[resource] = 0
        self.errors.pop(resource, None)
        self._failing_since.pop(resource, None)
        self._memory.good = {**self._memory.good, resource: dt_util.utcnow()}

    def note_failure(self, resource: str, err: CloudError) -> None:
        """Remember that a resource could not be read, and why."""
        self.errors[resource] = err
        self.failures[resource] += 1
        if resource in RESOURCES:
            self._failing_since.setdefault(resource, dt_util.utcnow())
