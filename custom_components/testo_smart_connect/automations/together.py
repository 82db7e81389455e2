"""Triggers that tell at once what happens at once: a storm of alarms is one run, not hundreds."""

from datetime import datetime
from typing import Any, Final, override

from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.trigger import (
    EntityTriggerBase,
    TriggerActionRunner,
    TriggerNotTriggeredReporter,
)
import probatio

CONF_TOGETHER: Final = "together"
TOGETHER_OPTION: Final = {probatio.Required(CONF_TOGETHER, default=False): cv.boolean}
_MOMENT: Final = 1.0
"""Seconds: whatever one read of the cloud brings is told in less."""


class TogetherTrigger(EntityTriggerBase):
    """A trigger with the option to run its action once for all that happens at once."""

    @override
    async def async_attach_runner(
        self,
        run_action: TriggerActionRunner,
        did_not_trigger: TriggerNotTriggeredReporter | None = None,
    ) -> CALLBACK_TYPE:
        """Gather before the action runs, if that is wanted."""
        if not self._options[CONF_TOGETHER]:
            return await super().async_attach_runner(run_action, did_not_trigger)
        gathering = _Gathering(self._hass, run_action)
        detach = await super().async_attach_runner(
            gathering.add,  # type: ignore[arg-type]  # nobody waits for the task it does not return
            did_not_trigger,
        )

        @callback
        def stop() -> None:
            detach()
            gathering.stop()

        return stop


class _Gathering:
    """What has happened since the last run of the action."""

    def __init__(self, hass: HomeAssistant, run_action: TriggerActionRunner) -> None:
        """Nothing has happened yet."""
        self._hass = hass
        self._run_action = run_action
        self._changes: list[dict[str, Any]] = []
        self._timer: CALLBACK_TYPE | None = None

    @callback
    def add(self, change: dict[str, Any], description: str, context: Context | None = None) -> None:
        """Take what happened; the first of it says when and why the action runs."""
        self._changes.append(change)
        if self._timer is not None:
            return

        @callback
        def run(_now: datetime) -> None:
            self._timer = None
            changes, self._changes = self._changes, []
            self._run_action({**change, "changes": changes}, description, context)

        self._timer = async_call_later(self._hass, _MOMENT, run)

    @callback
    def stop(self) -> None:
        """Run no more."""
        if self._timer is not None:
            self._timer()
