"""Limits that a user enters for reports, and the cycles of loggers where a login brings them."""

from datetime import timedelta
from functools import partial
from typing import override

from homeassistant.components.number import (
    NumberDeviceClass,
    NumberEntity,
    NumberExtraStoredData,
    NumberMode,
    RestoreNumber,
)
from homeassistant.components.number.const import UNIT_CONVERTERS
from homeassistant.const import EntityCategory, UnitOfTime
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account.account import Account, TestoConfigEntry
from .account.companion import Companion, settings_of
from .account.issues import async_show_issues
from .account.names import channel_name
from .actions.settings_changes import (
    Change,
    change_cycle,
    check_writable,
    cycle_of,
    settings_failure,
    to_its_end,
)
from .channel_entity import ChannelEntity
from .clouds.errors import CloudError
from .clouds.managed import Cycle, ManagedDevice, TimedCycle
from .device_classes import device_class_of
from .entity import Candidates, InstrumentEntity, add_as_found
from .monitoring.instruments import InstalledChannel, Instrument
from .monitoring.quantities import Quantity

PARALLEL_UPDATES = 0

_MINUTE = timedelta(minutes=1)
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
    found = account.companions.of(instrument)
    if found is not None:
        for cycle in Cycle:
            if found[0].cycle(instrument, cycle) is not None:
                unique_id = instrument.identity(cycle)
                yield unique_id, partial(CycleNumber, account, instrument, cycle)
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


class CycleNumber(InstrumentEntity, NumberEntity):
    """How often a logger measures or sends, as it is set in the cloud."""

    _attr_device_class = NumberDeviceClass.DURATION
    _attr_entity_category = EntityCategory.CONFIG
    _attr_entity_registry_enabled_default = False
    _attr_mode = NumberMode.BOX
    _attr_native_unit_of_measurement = UnitOfTime.MINUTES
    _unrecorded_attributes = frozenset({"pending"})

    def __init__(self, account: Account, instrument: Instrument, cycle: Cycle) -> None:
        """Listen to the settings of the logger."""
        super().__init__(account, instrument, cycle, settings_of(instrument.serial))
        self._attr_translation_key = cycle
        self._cycle = cycle

    @property
    def _found(self) -> tuple[tuple[Companion, ManagedDevice] | None, TimedCycle | None]:
        """Return which login knows the logger, and the cycle as it was last read."""
        found = self.account.companions.of_device(self._serial)
        return found, found[0].cycle(self.instrument, self._cycle) if found else None

    @callback
    @override
    def refresh(self) -> None:
        """Take over value and bounds, as they were last read."""
        found, timed = self._found
        self._is_known = timed is not None and found is not None and found[0].is_read
        if timed is None or found is None:
            return
        self._attr_native_value = timed.value / _MINUTE
        self._attr_native_min_value = timed.least / _MINUTE
        self._attr_native_max_value = timed.most / _MINUTE
        # Finer only where the logger is.
        self._attr_native_step = 0.01 if timed.least % _MINUTE else 1.0
        self._attr_extra_state_attributes = {
            "pending": found[0].is_pending(self.instrument, self._cycle)
        }

    @property
    @override
    def available(self) -> bool:
        """Settings that were not read for hours may be others by now."""
        return super().available and self._is_known

    @override
    async def async_set_native_value(self, value: float) -> None:
        """Change it in the cloud; the logger learns of it when it next communicates."""
        found, timed = self._found
        # What nobody knows is unavailable, and takes no value.
        assert found is not None  # noqa: S101  see above
        assert timed is not None  # noqa: S101  see above
        companion, device = found
        check_writable(self.account, companion, companion.site)
        change = self._cycle, timed, cycle_of(timed, value)
        await to_its_end(self.hass, self._change(companion, device, change))

    async def _change(
        self,
        companion: Companion,
        device: ManagedDevice,
        change: Change,
    ) -> None:
        try:
            await change_cycle(
                self.account,
                companion,
                companion.site,
                device,
                change,
                entity_id=self.entity_id,
                context=self._context or Context(),
            )
        except CloudError as err:
            raise settings_failure(self.account, companion, companion.site, err) from err
        finally:
            async_show_issues(self.account)
