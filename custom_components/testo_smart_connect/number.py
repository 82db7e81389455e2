"""Limits that a user enters for reports, where testo's own cannot be told."""

from functools import partial
from typing import override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberExtraStoredData,
    NumberMode,
    RestoreNumber,
)
from homeassistant.components.number.const import UNIT_CONVERTERS
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account.account import Account, TestoConfigEntry
from .account.names import channel_name
from .channel_entity import ChannelEntity
from .device_classes import device_class_of
from .entity import Candidates, add_as_found
from .monitoring.instruments import InstalledChannel, Instrument
from .monitoring.quantities import Quantity

PARALLEL_UPDATES = 0

_FARTHEST = 1_000_000.0
"""No instrument measures more, in whatever unit."""


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: TestoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the limits of an account."""
    await add_as_found(entry, async_add_entities, _candidates_of)


def _candidates_of(account: Account, instrument: Instrument) -> Candidates:
    for installed in instrument.channels():
        if installed.channel.technical or installed.channel.quantity is Quantity.DOOR:
            continue
        for direction in ("lower", "upper"):
            unique_id = f"{installed.unique_id}_report_{direction}"
            yield unique_id, partial(ReportLimit, account, instrument, installed, direction)


class ReportLimit(ChannelEntity, RestoreNumber):
    """One of two limits of a channel: kept by Home Assistant, never mixed with those of testo."""

    _attr_entity_category = EntityCategory.CONFIG
    _attr_entity_registry_enabled_default = False
    _attr_mode = NumberMode.BOX
    _attr_native_min_value = -_FARTHEST
    _attr_native_max_value = _FARTHEST
    _attr_native_step = 0.01

    def __init__(
        self, account: Account, instrument: Instrument, installed: InstalledChannel, direction: str
    ) -> None:
        """Be a limit in one direction, in the unit of the channel."""
        super().__init__(account, instrument, installed, f"_report_{direction}")
        self._attr_translation_key = f"report_{direction}"
        self._attr_translation_placeholders = {"quantity": channel_name(account.hass, installed)}
        channel = installed.channel
        self._attr_native_unit_of_measurement = channel.unit
        # So that Home Assistant shows and takes it in the unit of the readings beside it.
        if device_class := device_class_of(channel.quantity, channel.unit):
            self._attr_device_class = NumberDeviceClass(device_class)

    @property
    @override
    def available(self) -> bool:
        """Tell whether there is such a channel, also of a logger that is switched off."""
        return self._now is not None

    @override
    async def async_added_to_hass(self) -> None:
        """Go on with what was entered before."""
        await super().async_added_to_hass()
        if (known := await self.async_get_last_number_data()) is not None:
            self._attr_native_value = self._same(known)

    def _same(self, known: NumberExtraStoredData) -> float | None:
        """Return a limit in the unit of today; one that was entered in a foreign unit is gone."""
        value, unit, now = (
            known.native_value,
            known.native_unit_of_measurement,
            self._attr_native_unit_of_measurement,
        )
        if value is None or unit == now:
            return value
        device_class = self.device_class
        converter = UNIT_CONVERTERS.get(device_class) if device_class else None
        if converter is None or not {unit, now} <= converter.VALID_UNITS:
            return None
        return converter.convert(value, unit, now)

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Take over what was entered."""
        self._attr_native_value = value
        self.async_write_ha_state()
