"""Asking a cloud while a dialog shows that it takes a while."""

from asyncio import Task, gather, sleep
from collections.abc import Callable, Coroutine
from typing import Any

from homeassistant.config_entries import ConfigSubentryFlow, SubentryFlowResult

_SHORTEST = 1.5
"""Seconds: a dialog would miss the end of a check that is over before it shows."""

type Work = Callable[[], Coroutine[Any, Any, str | None]]
"""Does something; returns the key of an error, None if it worked."""


async def visibly[T](check: Coroutine[Any, Any, T]) -> T:
    """Run a check for as long as it takes a dialog to show that something goes on."""
    outcome: T
    outcome, _ = await gather(check, sleep(_SHORTEST))
    return outcome


class CheckingFlow(ConfigSubentryFlow):
    """A flow of a subentry that asks a cloud now and then."""

    _task: Task[str | None] | None = None
    _work: Work
    _then: str
    _back: str
    _action: str

    def __init__(self) -> None:
        """Begin without an error."""
        self._errors: dict[str, str] = {}

    async def _check(self, work: Work, then: str, back: str, action: str) -> SubentryFlowResult:
        """Do something; go on with one step if it worked, else back to another."""
        self._work, self._then, self._back, self._action = work, then, back, action
        return await self.async_step_check()

    async def async_step_check(
        self, _user_input: dict[str, Any] | None = None
    ) -> SubentryFlowResult:
        """Show that something goes on, until it is over."""
        if self._task is None:
            self._task = self.hass.async_create_task(visibly(self._work()), "settings check")
        if not self._task.done():
            return self.async_show_progress(
                step_id="check", progress_action=self._action, progress_task=self._task
            )
        error, self._task = self._task.result(), None
        self._errors = {"base": error} if error else {}
        return self.async_show_progress_done(next_step_id=self._back if error else self._then)
