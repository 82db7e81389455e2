"""The time that a call is about: a named one, or from when to when."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from homeassistant.core import ServiceCall
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import probatio

from ..const import DOMAIN
from ..monitoring.window import Window

ATTR_END: Final = "end"
ATTR_PERIOD: Final = "period"
ATTR_START: Final = "start"
PERIODS: Final = ("today", "yesterday", "last_week", "this_month", "last_month")
PERIOD_FIELDS: Final = {
    probatio.Optional(ATTR_PERIOD): probatio.In(PERIODS),
    probatio.Optional(ATTR_START): cv.datetime,
    probatio.Optional(ATTR_END): cv.datetime,
}
_DAY = timedelta(days=1)
_LONGEST = 400 * _DAY
_EARLIEST = datetime(2000, 1, 2, tzinfo=UTC)
"""No cloud is as old as that."""


def window_of(call: ServiceCall) -> Window:
    """Return the window of a call, which ends now at the latest; local days, weeks from Monday."""
    data, now = call.data, dt_util.now()
    if (ATTR_PERIOD in data) == (ATTR_START in data) or (ATTR_PERIOD in data and ATTR_END in data):
        raise _error("period_or_start")
    if ATTR_PERIOD in data:
        start, end = _named(data[ATTR_PERIOD], dt_util.start_of_local_day(now))
    else:
        start, end = zoned(data[ATTR_START]), _end(data, now)
    # Compared before anything is reckoned with them: at the ends of the calendar nobody can.
    end = min(end, now)
    if end <= start:
        raise _error("wrong_order")
    if start < _EARLIEST:
        raise _error("too_early")
    start, end = dt_util.as_utc(start), dt_util.as_utc(end)
    if end - start > _LONGEST:
        raise _error("too_long")
    return Window(start=start, end=end, zone=dt_util.get_default_time_zone())  # type: ignore[arg-type]  # zones of Home Assistant have keys


def zoned(moment: datetime) -> datetime:
    """Return a time with a zone; one without is one of Home Assistant's."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=dt_util.get_default_time_zone())
    return moment


def _end(data: Mapping[str, Any], now: datetime) -> datetime:
    return zoned(data[ATTR_END]) if ATTR_END in data else now


def _named(period: str, today: datetime) -> tuple[datetime, datetime]:
    """Return the local midnights of a period; `today` is the last one."""

    def midnight(days: int) -> datetime:
        return dt_util.start_of_local_day(today.date() + days * _DAY)

    monday, first = -today.weekday(), 1 - today.day
    before = (today.date() + first * _DAY - _DAY).day
    begins, ends = {
        "today": (0, 1),
        "yesterday": (-1, 0),
        "last_week": (monday - 7, monday),
        "this_month": (first, 1),
        "last_month": (first - before, first),
    }[period]
    return midnight(begins), midnight(ends)


def _error(key: str) -> ServiceValidationError:
    return ServiceValidationError(translation_domain=DOMAIN, translation_key=key)
