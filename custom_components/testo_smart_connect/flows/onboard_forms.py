"""The fields in which a new logger is set, and what may stand in them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from homeassistant.helpers import selector
import probatio

from ..actions.watching import FARTHEST, LONGEST_DELAY, LONGEST_NAME
from ..clouds.managed import TimedCycle

CONF_NAME, CONF_CHANNEL, CONF_LOWER, CONF_UPPER, CONF_DELAY = (
    "name",
    "channel",
    "lower",
    "upper",
    "delay",
)
_MINUTE: Final = timedelta(minutes=1)


def bounds(timed: TimedCycle | None) -> str:
    """Return between what a cycle may be, in minutes."""
    return f"{timed.least / _MINUTE:g}–{timed.most / _MINUTE:g}" if timed else "–"


def number(unit: str | None = None) -> selector.NumberSelector:
    """Return a field for a number; what is out of bounds is told in the language of the user."""
    config = selector.NumberSelectorConfig(step="any", mode=selector.NumberSelectorMode.BOX)
    if unit is not None:
        config["unit_of_measurement"] = unit
    return selector.NumberSelector(config)


def limit_form(names: dict[str, str]) -> probatio.Schema:
    """Return the form for limits; ``names`` are those of the channels by their ids."""
    channel = selector.SelectSelector(
        selector.SelectSelectorConfig(
            options=[
                selector.SelectOptionDict(value=key, label=name) for key, name in names.items()
            ],
            mode=selector.SelectSelectorMode.DROPDOWN,
        )
    )
    return probatio.Schema(
        {
            probatio.Required(CONF_NAME): selector.TextSelector(),
            probatio.Required(CONF_CHANNEL): channel,
            probatio.Optional(CONF_LOWER): number(),
            probatio.Optional(CONF_UPPER): number(),
            probatio.Required(CONF_DELAY): number("min"),
        }
    )


def limit_errors(typed: Mapping[str, Any]) -> dict[str, str]:
    """Return by field what can be told to be wrong without asking the cloud."""
    found = {
        # What is no number is not within bounds either.
        it: "too_far"
        for it in (CONF_LOWER, CONF_UPPER)
        if not abs(typed.get(it, 0)) <= FARTHEST
    }
    if not 0 < len(typed[CONF_NAME].strip()) <= LONGEST_NAME:
        found[CONF_NAME] = "no_name"
    if not 0 <= typed[CONF_DELAY] <= LONGEST_DELAY:
        found[CONF_DELAY] = "out_of_bounds"
    return found
