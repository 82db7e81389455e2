"""Sensors for the limits configured in testo, wherever only one can be meant."""

from functools import partial
from typing import override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity
from homeassistant.const import EntityCategory
from homeassistant.util import dt as dt_util

from .account.account import Account
from .account.names import channel_name
from .channel_entity import ChannelEntity
from .device_classes import device_class_of
from .entity import Candidates
from .monitoring.identity import limit_key
from .monitoring.instruments import InstalledChannel, Instrument
from .monitoring.model import Limit
from .monitoring.quantities import Quantity
from .monitoring.sources import BOUNDS, Bound


def limit_candidates(
    account: Account, instrument: Instrument, installed: InstalledChannel
) -> Candidates:
    """Yield the limits of a channel; a door has none that could be measured."""
    if installed.channel.quantity is Quantity.DOOR:
        return
    for bound in BOUNDS:
        if account.view.topology.has_limit(installed, bound):
            unique_id = f"{installed.unique_id}_{limit_key(bound)}"
            yield unique_id, partial(LimitSensor, account, instrument, installed, bound)


class LimitSensor(ChannelEntity, SensorEntity):
    """One of up to four limits of a channel."""

    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_entity_registry_enabled_default = False

    def __init__(
        self, account: Account, instrument: Instrument, installed: InstalledChannel, bound: Bound
    ) -> None:
        """Look for one limit."""
        super().__init__(account, instrument, installed, f"_{limit_key(bound)}")
        self._attr_translation_key = limit_key(bound)
        self._attr_translation_placeholders = {"quantity": channel_name(account.hass, installed)}
        self._attr_suggested_display_precision = installed.channel.decimals
        self._bound = bound

    @property
    def _limit(self) -> Limit | None:
        return self._view.topology.limit_at(self._key, self._bound, dt_util.utcnow())

    @property
    @override
    def available(self) -> bool:
        """A limit that went, or on which measuring objects disagree by now, is not known."""
        return super().available and self._limit is not None

    @property
    @override
    def native_value(self) -> float | None:
        """Return the limit."""
        limit = self._limit
        return limit.value if limit else None

    @property
    @override
    def native_unit_of_measurement(self) -> str | None:
        """Return the unit of the limit itself; that of the readings may be another one."""
        limit = self._limit
        return limit.unit if limit else None

    @property
    @override
    def device_class(self) -> SensorDeviceClass | None:
        """Return the class that fits the quantity, unless the unit contradicts it."""
        return device_class_of(self.quantity, self.native_unit_of_measurement)
