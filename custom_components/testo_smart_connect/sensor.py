"""Sensors: what the channels measure, what devices tell, what an account counts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfRatio, UnitOfTime
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account.account import Account, TestoConfigEntry
from .account.devices import is_disabled
from .account.subscriptions import measuring_of
from .channel_entity import ReadingEntity
from .device_classes import device_class_of
from .entity import (
    AccountEntity,
    Candidates,
    ForInstruments,
    InstrumentEntity,
    add_as_found,
    described,
)
from .limits import limit_candidates
from .monitoring.instruments import InstalledChannel, Instrument
from .monitoring.model import DeviceStatus
from .monitoring.quantities import Quantity

PARALLEL_UPDATES = 0

type Value = float | int | date | datetime | None


@dataclass(frozen=True, kw_only=True)
class InstrumentSensorDescription(ForInstruments, SensorEntityDescription):
    """A sensor of a logger, gateway or radio sensor."""

    value_fn: Callable[[Account, Instrument, DeviceStatus], Value]
    measures: bool = False
    """It changes with the readings."""


@dataclass(frozen=True, kw_only=True)
class AccountSensorDescription(SensorEntityDescription):
    """A sensor of the account."""

    value_fn: Callable[[Account], Value]
    exists_fn: Callable[[Account], bool] = lambda _account: True
    needs_feed: bool = False


def _offline(account: Account) -> int | None:
    """Count silent instruments, but for those that the user switched off in Home Assistant."""
    if not account.judges_silence:
        return None
    return sum(
        not is_disabled(account, account.view.topology.instruments[serial])
        for serial in account.view.freshness.offline
    )


INSTRUMENT_SENSORS = (
    InstrumentSensorDescription(
        key="battery",
        device_class=SensorDeviceClass.BATTERY,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda _account, _instrument, status: status.battery,
        exists_fn=lambda _instrument, status: status.battery is not None,
    ),
    InstrumentSensorDescription(
        key="signal",
        translation_key="signal",
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda _account, _instrument, status: status.signal,
        exists_fn=lambda _instrument, status: status.signal is not None,
    ),
    InstrumentSensorDescription(
        key="battery_days",
        translation_key="battery_days",
        device_class=SensorDeviceClass.DURATION,
        native_unit_of_measurement=UnitOfTime.DAYS,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda _account, _instrument, status: status.days_left,
        exists_fn=lambda _instrument, status: status.days_left is not None,
    ),
    InstrumentSensorDescription(
        key="last_measurement",
        translation_key="last_measurement",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        # Home Assistant writes a line of Activity at each change of a timestamp.
        entity_registry_enabled_default=False,
        value_fn=lambda account, instrument, _status: account.view.freshness.measured.get(
            instrument.serial
        ),
        exists_fn=lambda instrument, _status: bool(instrument.sensors),
        measures=True,
    ),
    InstrumentSensorDescription(
        key="last_communication",
        translation_key="last_communication",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda _account, _instrument, status: status.last_communication,
        exists_fn=lambda instrument, _status: instrument.connects,
    ),
    InstrumentSensorDescription(
        key="next_communication",
        translation_key="next_communication",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda _account, _instrument, status: status.next_communication,
        exists_fn=lambda instrument, _status: instrument.connects,
    ),
)

ACCOUNT_SENSORS = (
    AccountSensorDescription(
        key="active_alarms",
        translation_key="active_alarms",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda account: account.view.alarms.alarms,
        needs_feed=True,
    ),
    AccountSensorDescription(
        key="active_warnings",
        translation_key="active_warnings",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda account: account.view.alarms.warnings,
        needs_feed=True,
    ),
    AccountSensorDescription(
        key="loggers_offline",
        translation_key="loggers_offline",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=_offline,
    ),
    AccountSensorDescription(
        key="last_update",
        translation_key="last_update",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda account: account.health.last_update,
    ),
    AccountSensorDescription(
        key="calls_left",
        translation_key="calls_left",
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda account: account.memory.budget.left,
        exists_fn=lambda account: account.cloud.traits.counts_calls,
    ),
    AccountSensorDescription(
        key="key_expires",
        translation_key="key_expires",
        device_class=SensorDeviceClass.DATE,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda account: life.ends if (life := account.key_life) else None,
        exists_fn=lambda account: account.key_life is not None,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: TestoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of an account."""
    account = entry.runtime_data
    async_add_entities(
        AccountSensor(account, kind) for kind in ACCOUNT_SENSORS if kind.exists_fn(account)
    )
    await add_as_found(entry, async_add_entities, _candidates_of)


def _candidates_of(account: Account, instrument: Instrument) -> Candidates:
    for installed in instrument.channels():
        if installed.channel.quantity is not Quantity.DOOR:
            yield installed.unique_id, partial(ChannelSensor, account, instrument, installed)
        yield from limit_candidates(account, instrument, installed)
    yield from described(InstrumentSensor, INSTRUMENT_SENSORS, account, instrument)


class ChannelSensor(ReadingEntity, SensorEntity):
    """The newest reading of a channel."""

    _attr_state_class = SensorStateClass.MEASUREMENT
    _attr_native_unit_of_measurement: str | None = None

    def __init__(
        self, account: Account, instrument: Instrument, installed: InstalledChannel
    ) -> None:
        """Choose the precision in which testo shows the channel."""
        super().__init__(account, instrument, installed)
        self._attr_suggested_display_precision = installed.channel.decimals
        if installed.channel.technical:
            self._attr_entity_category = EntityCategory.DIAGNOSTIC
        self._attr_device_class = device_class_of(self.quantity, None)
        self.refresh()

    @override
    def refresh(self) -> None:
        """Take over the newest reading with its own unit, else that of the channel."""
        reading = self.reading
        self._attr_native_value = reading.value if reading else None
        unit = reading.unit if reading and reading.unit else self.installed.channel.unit
        if unit != self._attr_native_unit_of_measurement:
            self._attr_native_unit_of_measurement = unit
            # The class fits the quantity, unless the unit contradicts it.
            self._attr_device_class = device_class_of(self.quantity, unit)


class InstrumentSensor(InstrumentEntity, SensorEntity):
    """What a device tells of itself."""

    entity_description: InstrumentSensorDescription

    def __init__(
        self, account: Account, instrument: Instrument, description: InstrumentSensorDescription
    ) -> None:
        """Describe the sensor."""
        aspects = (measuring_of(instrument.serial),) if description.measures else ()
        super().__init__(account, instrument, description.key, *aspects)
        self.entity_description = description

    @property
    @override
    def native_value(self) -> Value:
        """Return the value."""
        instrument = self.instrument
        return self.entity_description.value_fn(
            self.account, instrument, self.account.status_of(instrument)
        )


class AccountSensor(AccountEntity, SensorEntity):
    """What is counted over an account."""

    entity_description: AccountSensorDescription

    def __init__(self, account: Account, description: AccountSensorDescription) -> None:
        """Describe the sensor."""
        super().__init__(account, description.key)
        self.entity_description = description

    @property
    @override
    def available(self) -> bool:
        """Counts of alarms say nothing while the feed is not read."""
        return not self.entity_description.needs_feed or self.account.feed_is_read

    @property
    @override
    def native_value(self) -> Value:
        """Return the value."""
        return self.entity_description.value_fn(self.account)
