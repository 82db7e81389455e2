"""Something that has to be done again when time has passed."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_point_in_utc_time


class Timer:
    """Does something at the next moment that matters, until it is stopped for good."""

    def __init__(
        self,
        hass: HomeAssistant,
        next_moment: Callable[[], datetime | None],
        work: Callable[[datetime], Awaitable[None]],
    ) -> None:
        """Know how to tell the next moment (UTC), and what to do then."""
        self._hass = hass
        self._next_moment = next_moment
        self._work = work
        self._cancel: CALLBACK_TYPE | None = None
        self._stopped = False

    @callback
    def set(self) -> None:
        """Wait for the next moment, whatever was waited for before."""
        self._unset()
        moment = None if self._stopped else self._next_moment()
        if moment is not None:
            self._cancel = async_track_point_in_utc_time(self._hass, self._passed, moment)

    @callback
    def stop(self) -> None:
        """Stop for good: what is still being worked out must not set it again."""
        self._stopped = True
        self._unset()

    @callback
    def _unset(self) -> None:
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    async def _passed(self, now: datetime) -> None:
        self._cancel = None
        await self._work(now)
