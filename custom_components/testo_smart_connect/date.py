"""Dates that a user enters: when a logger, radio sensor or probe has to be calibrated."""

from datetime import date
from functools import partial
from typing import override

from homeassistant.components.date import DateEntity
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account.account import Account, TestoConfigEntry
from .account.issues import async_show_issues
from .entity import Candidates, TestoEntity, add_as_found, device_info_of
from .monitoring.calibration import Calibrated, calibrated
from .monitoring.instruments import Instrument

PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: TestoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the dates of an account."""
    await add_as_found(entry, async_add_entities, _candidates_of)


def _candidates_of(account: Account, instrument: Instrument) -> Candidates:
    for one in calibrated(instrument):
        yield one.unique_id, partial(CalibrationDue, account, one)


class CalibrationDue(TestoEntity, DateEntity):
    """When the next calibration is due. There is always a date to enter, also without a value."""

    _attr_entity_category = EntityCategory.CONFIG
    _attr_entity_registry_enabled_default = False
    _attr_translation_key = "calibration_due"

    def __init__(self, account: Account, one: Calibrated) -> None:
        """Stand on the device that is calibrated; nothing else is of interest."""
        super().__init__(account, one.unique_id)
        self._serial = one.serial
        self._attr_device_info = device_info_of(account, one.instrument, one.probe)

    @property
    @override
    def native_value(self) -> date | None:
        """Return what was entered."""
        return self.account.memory.calibrations.get(self._serial)

    @override
    async def async_set_value(self, value: date) -> None:
        """Take over what was entered, and keep it even if Home Assistant crashes."""
        memory = self.account.memory
        memory.calibrations = {**memory.calibrations, self._serial: value}
        self.async_write_ha_state()
        async_show_issues(self.account)
        await self.account.store.save(memory)
