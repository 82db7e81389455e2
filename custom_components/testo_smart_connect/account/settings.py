"""What a user chose for an account."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ..clouds.base import Resource, Traits
from ..const import (
    CONF_ALARM_INTERVAL,
    CONF_MEASUREMENT_INTERVAL,
    CONF_PUSH,
    CONF_SITES,
    CONF_STALE_AFTER,
)


def chosen_sites(options: Mapping[str, Any]) -> frozenset[str] | None:
    """Return the sites that are brought in; None means all of them."""
    return frozenset(options[CONF_SITES]) if CONF_SITES in options else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options of an entry, with what its cloud makes of those that were not chosen."""

    sites: frozenset[str] | None
    """None means all of them."""
    alarm_interval: timedelta
    measurement_interval: timedelta
    push: bool
    """Whether alarms are to be pushed."""
    tolerance: timedelta | None
    """How long an overdue reading is believed; None means by the schedule."""

    @property
    def grace(self) -> timedelta:
        """Return how long a recovery waits for its violation: rows come in any order."""
        return 3 * self.alarm_interval

    @classmethod
    def of(cls, options: Mapping[str, Any], traits: Traits) -> Settings:
        """Return the settings of an entry."""

        def chosen(name: str, resource: Resource) -> timedelta:
            if name in options:
                return timedelta(minutes=options[name])
            interval = traits.intervals.get(resource)
            return interval.default if interval else timedelta()

        return cls(
            sites=chosen_sites(options),
            alarm_interval=chosen(CONF_ALARM_INTERVAL, Resource.ALARMS),
            measurement_interval=chosen(CONF_MEASUREMENT_INTERVAL, Resource.READINGS),
            push=(traits.push or traits.callbacks) and bool(options.get(CONF_PUSH)),
            tolerance=timedelta(minutes=options[CONF_STALE_AFTER])
            if options.get(CONF_STALE_AFTER)
            else None,
        )
