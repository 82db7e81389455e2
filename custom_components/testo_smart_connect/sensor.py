"""Sensors: what the channels measure, what devices tell, what an account counts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import override

from homeassistant.components.sensor import (
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfRatio
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account.account import Account, TestoConfigEntry
from .account.devices import is_disabled
from .account.subscriptions import measuring_of
from .device_classes import device_class_of
from .entity import AccountEntity, Candidates, ReadingEntity, ThingEntity, add_as_found
from .limits import limit_candidates
from .monitoring.instruments import Spot, Thing, ThingKind
from .monitoring.model import DeviceStatus
from .monitoring.quantities import Quantity

PARALLEL_UPDATES = 0

type Value = float | int | date | datetime | None


@dataclass(frozen=True, kw_only=True)
class ThingSensorDescription(SensorEntityDescription):
    """A sensor of a logger, gateway or radio sensor."""

    value_fn: Callable[[Account, Thing, DeviceStatus], Value]
    exists_fn: Callable[[Thing, DeviceStatus], bool]
    measures: bool = False
    """It changes with the readings."""


@dataclass(frozen=True, kw_only=True)
class AccountSensorDescription(SensorEntityDescription):
    """A sensor of the account."""

    value_fn: Callable[[Account], Value]
    needs_feed: bool = False


def _connects(thing: Thing, _status: DeviceStatus) -> bool:
    """Tell whether a thing has a connection of its own to the cloud."""
    return thing.kind is not ThingKind.RADIO_SENSOR


def _offline(account: Account) -> int | None:
    """Count silent things, but for those that the user switched off in Home Assistant."""
    if not account.judges_silence:
        return None
    return sum(not is_disabled(account, serial) for serial in account.outlook.offline)


THING_SENSORS = (
    ThingSensorDescription(
        key="battery",
        device_class=SensorDeviceClass.BATTERY,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda _account, _thing, status: status.battery,
        exists_fn=lambda thing, status: _connects(thing, status) and status.battery is not None,
    ),
    ThingSensorDescription(
        key="signal",
        translation_key="signal",
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda _account, _thing, status: status.signal,
        exists_fn=lambda thing, status: _connects(thing, status) and status.signal is not None,
    ),
    ThingSensorDescription(
        key="last_measurement",
        translation_key="last_measurement",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda account, thing, _status: account.outlook.measured.get(thing.serial),
        exists_fn=lambda thing, _status: bool(thing.sensors),
        measures=True,
    ),
    ThingSensorDescription(
        key="last_communication",
        translation_key="last_communication",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda _account, _thing, status: status.last_communication,
        exists_fn=_connects,
    ),
    ThingSensorDescription(
        key="next_communication",
        translation_key="next_communication",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda _account, _thing, status: status.next_communication,
        exists_fn=_connects,
    ),
)

ACCOUNT_SENSORS = (
    AccountSensorDescription(
        key="active_alarms",
        translation_key="active_alarms",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda account: account.alarm_view.alarms,
        needs_feed=True,
    ),
    AccountSensorDescription(
        key="active_warnings",
        translation_key="active_warnings",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda account: account.alarm_view.warnings,
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
        value_fn=lambda account: account.health.last_update,
    ),
    AccountSensorDescription(
        key="key_expires",
        translation_key="key_expires",
        device_class=SensorDeviceClass.DATE,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda account: account.key_life.ends,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: TestoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of an account."""
    account = entry.runtime_data
    async_add_entities(AccountSensor(account, kind) for kind in ACCOUNT_SENSORS)

    def candidates() -> Candidates:
        for thing in account.things:
            status = account.status_of(thing)
            for spot in thing.spots():
                if spot.channel.quantity is not Quantity.DOOR:
                    yield (
                        spot.unique_id,
                        lambda thing=thing, spot=spot: ChannelSensor(  # type: ignore[misc]
                            account, thing, spot
                        ),
                    )
                yield from limit_candidates(account, thing, spot)
            for kind in THING_SENSORS:
                if kind.exists_fn(thing, status):
                    yield (
                        f"{thing.serial}_{kind.key}",
                        lambda thing=thing, kind=kind: ThingSensor(  # type: ignore[misc]
                            account, thing, kind
                        ),
                    )

    await add_as_found(entry, async_add_entities, candidates)


class ChannelSensor(ReadingEntity, SensorEntity):
    """The newest reading of a channel."""

    _attr_state_class = SensorStateClass.MEASUREMENT
    _attr_native_unit_of_measurement: str | None = None

    def __init__(self, account: Account, thing: Thing, spot: Spot) -> None:
        """Choose the precision in which testo shows the channel."""
        super().__init__(account, thing, spot)
        self._attr_suggested_display_precision = spot.channel.decimals
        self._attr_device_class = device_class_of(self.quantity, None)
        self.refresh()

    @override
    def refresh(self) -> None:
        """Take over the newest reading with its own unit, else that of the channel."""
        reading = self.reading
        self._attr_native_value = reading.value if reading else None
        unit = reading.unit if reading and reading.unit else self.spot.channel.unit
        if unit != self._attr_native_unit_of_measurement:
            self._attr_native_unit_of_measurement = unit
            # The class fits the quantity, unless the unit contradicts it.
            self._attr_device_class = device_class_of(self.quantity, unit)


class ThingSensor(ThingEntity, SensorEntity):
    """What a device tells of itself."""

    entity_description: ThingSensorDescription

    def __init__(self, account: Account, thing: Thing, description: ThingSensorDescription) -> None:
        """Describe the sensor."""
        aspects = (measuring_of(thing.serial),) if description.measures else ()
        super().__init__(account, thing, description.key, *aspects)
        self.entity_description = description

    @property
    @override
    def native_value(self) -> Value:
        """Return the value."""
        thing = self.thing
        return self.entity_description.value_fn(self.account, thing, self.account.status_of(thing))


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
