"""Asking a cloud while a dialog shows that it takes a while."""

from asyncio import Task, gather, shield, sleep
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from homeassistant.config_entries import ConfigSubentryFlow, SubentryFlowResult
from homeassistant.data_entry_flow import AbortFlow

_SHORTEST = 1.5
"""Seconds: a dialog would miss the end of a check that is over before it shows."""
_SHORTEST_WAIT = 5.0
"""The same where nobody minds to wait, so that the slowest of browsers misses nothing."""

WAITING: Final = "settings wait"
"""What the task is called of a dialog that waits."""

type Work = Callable[[], Coroutine[Any, Any, str | None]]
"""Does something; returns the key of an error, None if it worked."""


async def visibly[T](check: Awaitable[T], shortest: float = _SHORTEST) -> T:
    """Run a check for as long as it takes a dialog to show that something goes on."""
    outcome: T
    outcome, _ = await gather(check, sleep(shortest))
    return outcome


class CheckingFlow(ConfigSubentryFlow):
    """A flow of a subentry that asks a cloud now and then."""

    _task: Task[str | None] | None = None
    _begin: Callable[[], Task[str | None]]
    _then: str
    _back: str
    _action: str
    _ended: AbortFlow

    def __init__(self) -> None:
        """Begin without an error."""
        self._errors: dict[str, str] = {}

    async def _check(self, work: Work, then: str, back: str, action: str) -> SubentryFlowResult:
        """Do something; go on with one step if it worked, else back to another.

        Who closes the dialog meanwhile must not leave a change half made: it goes on.
        """
        self._then, self._back, self._action = then, back, action
        self._begin = lambda: self.hass.async_create_task(
            visibly(shield(self.hass.async_create_task(work(), "settings work"))), "settings check"
        )
        return await self.async_step_check()

    async def _wait_for(self, work: Work, then: str, back: str) -> SubentryFlowResult:
        """Wait for something in the same way; who closes the dialog no longer waits."""
        self._then, self._back, self._action = then, back, "wait"
        self._begin = lambda: self.hass.async_create_background_task(
            visibly(work(), _SHORTEST_WAIT), WAITING
        )
        return await self.async_step_check()

    async def async_step_check(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show that something goes on, until it is over."""
        if self._task is None:
            self._task = self._begin()
        if not self._task.done():
            return self.async_show_progress(
                step_id="check", progress_action=self._action, progress_task=self._task
            )
        task, self._task = self._task, None
        try:
            error = task.result()
        except AbortFlow as err:
            # A step that shows progress cannot end a flow.
            self._ended = err
            return self.async_show_progress_done(next_step_id="ended")
        self._errors = {"base": error} if error else {}
        return self.async_show_progress_done(next_step_id=self._back if error else self._then)

    async def async_step_ended(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """End: there is nothing any more that could be asked."""
        raise self._ended
