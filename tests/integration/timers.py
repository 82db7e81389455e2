"""Runs what is due once a test's clock has moved."""

import asyncio
from contextlib import ExitStack
from datetime import datetime, timedelta
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import event
from homeassistant.util.async_ import get_scheduled_timer_handles

_LATE = timedelta(microseconds=event.RANDOM_MICROSECOND_MAX)
"""By how much Home Assistant spreads what is due at once."""


def fire_due(hass: HomeAssistant, now: datetime) -> None:
    """Run what is due at a time (UTC), and what Home Assistant spreads from it.

    As `async_fire_time_changed` of Home Assistant's own tests, which makes two mocks for each
    timer; those took a tenth of the time of a test.
    """
    later = now + _LATE
    due = hass.loop.time() + (later - now).total_seconds()
    with ExitStack() as stack:
        for name, value in (
            ("time_tracker_utcnow", lambda: later),
            ("time_tracker_timestamp", later.timestamp),
        ):
            stack.enter_context(patch.object(event, name, value))
        for timer in tuple(get_scheduled_timer_handles(hass.loop)):
            if (
                isinstance(timer, asyncio.TimerHandle)
                and not timer.cancelled()
                and timer.when() <= due
            ):
                timer._run()  # noqa: SLF001  there is no other way to be early
                timer.cancel()
