"""Options of an account: intervals, patience, sites, how long files are kept."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.helpers import selector
import probatio

from .account.store import MemoryStore
from .clouds.base import Interval, Resource
from .const import (
    CONF_ALARM_INTERVAL,
    CONF_EXPORT_DAYS,
    CONF_MEASUREMENT_INTERVAL,
    CONF_PUSH,
    CONF_SITES,
    CONF_STALE_AFTER,
)
from .coordinators.webhook import has_address
from .kinds.table import has_past, kind_of
from .monitoring.model import Inventory, Location

_MINUTE = timedelta(minutes=1)
_TWO_DAYS = 2880
"""Minutes."""
_TEN_YEARS = 3650
"""Days."""
_INTERVALS = {
    CONF_ALARM_INTERVAL: Resource.ALARMS,
    CONF_MEASUREMENT_INTERVAL: Resource.READINGS,
}


class TestoOptionsFlow(OptionsFlowWithReload):
    """Change intervals, sites, patience and how long files are kept."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the options."""
        kind = kind_of(self.config_entry.data)
        memory = await MemoryStore(self.hass, str(self.config_entry.unique_id)).load()
        choices = site_choices(memory.inventory, memory.locations)
        errors = {}
        if user_input is not None:
            chosen = user_input.get(CONF_SITES)
            if chosen is not None and set(chosen) >= set(choices):
                user_input.pop(CONF_SITES)
            needs_address = kind.traits.callbacks and user_input.get(CONF_PUSH)
            if chosen == []:
                errors[CONF_SITES] = "no_site"
            elif needs_address and not has_address(self.hass):
                errors[CONF_PUSH] = "no_address"
            else:
                return self.async_create_entry(data=user_input)
        traits = kind.traits
        fields: dict[Any, Any] = {
            probatio.Required(name, default=_told(interval.default)): _choice(interval)
            for name, resource in _INTERVALS.items()
            if (interval := traits.intervals.get(resource)) and interval.least < interval.most
        }
        fields[probatio.Optional(CONF_STALE_AFTER)] = _minutes(1, _TWO_DAYS)
        if has_past(self.config_entry.data):
            fields[probatio.Optional(CONF_EXPORT_DAYS)] = _number(1, _TEN_YEARS, "d")
        if traits.push or traits.callbacks:
            fields[probatio.Optional(CONF_PUSH, default=False)] = selector.BooleanSelector()
        if len(choices) > 1:
            fields[probatio.Required(CONF_SITES)] = site_selector(choices)
        suggested = user_input
        if suggested is None:
            options = self.config_entry.options
            # A chosen site may be gone by now, and the form would refuse it.
            kept = [site for site in options.get(CONF_SITES, choices) if site in choices]
            suggested = {**options, CONF_SITES: kept}
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(probatio.Schema(fields), suggested),
            errors=errors,
        )


def site_choices(inventory: Inventory, locations: Iterable[Location]) -> dict[str, str]:
    """Return the labels of the sites that have devices, by id: name and number of devices."""
    names = {place.id: place.name for place in locations if place.name}
    return {site: f"{names.get(site, site)} ({count})" for site, count in inventory.sites().items()}


def site_selector(choices: Mapping[str, str]) -> selector.SelectSelector:
    """Return a choice of sites by id and label."""
    return selector.SelectSelector(
        selector.SelectSelectorConfig(
            options=[
                selector.SelectOptionDict(value=site, label=label)
                for site, label in sorted(choices.items(), key=lambda item: item[1])
            ],
            multiple=True,
            mode=selector.SelectSelectorMode.LIST,
        )
    )


def _choice(interval: Interval) -> selector.NumberSelector:
    return _minutes(_told(interval.least), _told(interval.most))


def _told(time: timedelta) -> int:
    """Return a time as the form tells it, in minutes."""
    return time // _MINUTE


def _minutes(least: int, most: int) -> selector.NumberSelector:
    return _number(least, most, "min")


def _number(least: int, most: int, unit: str) -> selector.NumberSelector:
    return selector.NumberSelector(
        selector.NumberSelectorConfig(
            min=least,
            max=most,
            step=1,
            mode=selector.NumberSelectorMode.BOX,
            unit_of_measurement=unit,
        )
    )
