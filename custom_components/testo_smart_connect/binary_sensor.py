"""Binary sensors: doors, open alarms, connections and power."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account.account import Account, TestoConfigEntry
from .account.companion import settings_of
from .account.companions import SLOT
from .account.names import alarm_name, blanks_of, quantity_name
from .account.presentation import episode_attributes, episode_times, may_alarm
from .account.subscriptions import acknowledgements_of, alarms_of
from .channel_entity import ChannelEntity, ReadingEntity
from .clouds.base import PushState
from .clouds.managed import Slot
from .const import DOMAIN
from .entity import (
    AccountEntity,
    Candidates,
    ForInstruments,
    InstrumentEntity,
    TestoEntity,
    add_as_found,
    described,
)
from .monitoring.episodes import Episode
from .monitoring.identity import identity
from .monitoring.instruments import InstalledChannel, Instrument
from .monitoring.model import DeviceStatus
from .monitoring.quantities import Quantity
from .texts import contains, iso

PARALLEL_UPDATES = 0

SEVERITIES = ("alarm", "warning")


@dataclass(frozen=True, kw_only=True)
class InstrumentBinarySensorDescription(ForInstruments, BinarySensorEntityDescription):
    """A binary sensor of a logger, gateway or radio sensor."""

    is_on_fn: Callable[[Account, Instrument, DeviceStatus], bool | None]
    attributes_fn: Callable[[Account, Instrument], dict[str, Any]] = lambda *_: {}


def _is_connected(account: Account, instrument: Instrument, _status: DeviceStatus) -> bool | None:
    if instrument.serial not in account.view.freshness.known:
        return None
    if instrument.serial not in account.view.freshness.offline:
        return True
    # After a long stop everything remembered is old, which says nothing of the logger.
    return False if account.judges_silence else None


def _last_measured(account: Account, instrument: Instrument) -> dict[str, Any]:
    """Return when a silent instrument measured last; nothing that changes while it goes on."""
    freshness, serial = account.view.freshness, instrument.serial
    is_silent = serial in freshness.offline
    return {"measured_at": iso(freshness.measured.get(serial)) if is_silent else None}


INSTRUMENT_BINARY_SENSORS = (
    InstrumentBinarySensorDescription(
        key="connection",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        translation_key="connection",
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on_fn=_is_connected,
        attributes_fn=_last_measured,
    ),
    InstrumentBinarySensorDescription(
        key="power",
        # Not `power`: a logger on batteries would read as one after a power cut.
        device_class=BinarySensorDeviceClass.PLUG,
        translation_key="power",
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on_fn=lambda _account, _instrument, status: status.mains,
        exists_fn=lambda _instrument, status: status.mains is not None,
    ),
)


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: TestoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of an account."""
    account = entry.runtime_data
    async_add_entities([CloudSensor(account, "cloud")])
    registry, unique_id = er.async_get(account.hass), identity(account.tenant, "push")
    if account.settings.push:
        async_add_entities([PushSensor(account, "push")])
    elif entity_id := registry.async_get_entity_id("binary_sensor", DOMAIN, unique_id):
        registry.async_remove(entity_id)
    await add_as_found(entry, async_add_entities, _candidates_of)


def _candidates_of(account: Account, instrument: Instrument) -> Candidates:
    for installed in instrument.channels():
        if installed.channel.quantity is Quantity.DOOR:
            yield installed.unique_id, partial(DoorSensor, account, instrument, installed)
        for severity in SEVERITIES:
            if may_alarm(account, installed, severity):
                unique_id = f"{installed.unique_id}_{severity}"
                yield unique_id, partial(LimitAlarm, account, instrument, installed, severity)
    # One that nobody ever raises would only look safe.
    if account.cloud.traits.system_alarms:
        yield instrument.identity("system_alarm"), partial(SystemAlarm, account, instrument)
    yield from described(InstrumentBinarySensor, INSTRUMENT_BINARY_SENSORS, account, instrument)
    found = account.companions.of(instrument)
    for slot in found[1].slots if found else ():
        unique_id = instrument.identity(f"{SLOT}_{slot.index}")
        yield unique_id, partial(SlotSensor, account, instrument, slot.index)


class DoorSensor(ReadingEntity, BinarySensorEntity):
    """A door contact."""

    _attr_device_class = BinarySensorDeviceClass.DOOR

    def __init__(
        self, account: Account, instrument: Instrument, installed: InstalledChannel
    ) -> None:
        """Have no name of its own where the device says already that it is a door."""
        super().__init__(account, instrument, installed)
        device = installed.probe.name if installed.probe else instrument.name
        word = quantity_name(account.hass, Quantity.DOOR).format(number="").strip()
        if not installed.repeated and contains(account.hass, device or "", word):
            self._attr_name = None

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether the door is open: any value but zero (an assumption)."""
        reading = self.reading
        return reading.value != 0 if reading else None

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the raw value as well, because its meaning is not documented."""
        reading = self.reading
        return {
            **super().extra_state_attributes,
            "raw_value": reading.value if reading else None,
        }


class OpenAlarm(TestoEntity, BinarySensorEntity):
    """Whether testo reports something open, as of the last read of the feed."""

    _attr_device_class = BinarySensorDeviceClass.PROBLEM

    @property
    @abstractmethod
    def _episode(self) -> Episode | None:
        """Return the newest open episode."""

    @property
    @override
    def available(self) -> bool:
        """An unread feed says nothing, least of all that all is well."""
        return super().available and self.account.feed_is_read

    @property
    @override
    def is_on(self) -> bool:
        """Return whether an episode is open."""
        return self._episode is not None


class LimitAlarm(OpenAlarm, ChannelEntity):
    """Whether testo reports an open limit violation of one severity."""

    def __init__(
        self, account: Account, instrument: Instrument, installed: InstalledChannel, severity: str
    ) -> None:
        """Look for one severity."""
        aspects = alarms_of(installed.stable_key), acknowledgements_of(instrument.serial)
        super().__init__(account, instrument, installed, f"_{severity}", *aspects)
        self._attr_translation_key = severity
        self._attr_translation_placeholders = {
            "name": alarm_name(account.hass, installed, severity),
            "number": blanks_of(installed)["number"],
        }
        self._severity = severity
        self._serial = instrument.serial

    @property
    @override
    def _episode(self) -> Episode | None:
        return self._view.alarms.by_channel.get((self._key, self._severity))

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return the facts of the open episode, and what was done about it."""
        episode, account = self._episode, self.account
        return {
            "severity": self._severity,
            **episode_attributes(account, episode),
            **account.acknowledgements.attributes(episode, self._serial),
        }


class SystemAlarm(OpenAlarm, InstrumentEntity):
    """Whether testo reports a broken sensor, lost power or the like."""

    _attr_translation_key = "system_alarm"

    def __init__(self, account: Account, instrument: Instrument) -> None:
        """Listen to acknowledgements as well."""
        serial = instrument.serial
        super().__init__(account, instrument, "system_alarm", acknowledgements_of(serial))

    @property
    @override
    def _episode(self) -> Episode | None:
        return self._view.alarms.by_instrument.get(self._serial)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return what the alarm is about, and what was done about it."""
        episode = self._episode
        facts = episode.facts if episode else None
        return {
            "reason": (facts.condition or facts.reason) if facts else None,
            **episode_times(self.account, episode),
            **self.account.acknowledgements.attributes(episode, self._serial),
        }


class InstrumentBinarySensor(InstrumentEntity, BinarySensorEntity):
    """What is known of a device."""

    entity_description: InstrumentBinarySensorDescription

    def __init__(
        self,
        account: Account,
        instrument: Instrument,
        description: InstrumentBinarySensorDescription,
    ) -> None:
        """Describe the binary sensor."""
        super().__init__(account, instrument, description.key)
        self.entity_description = description

    @property
    @override
    def is_on(self) -> bool | None:
        """Return the state."""
        instrument = self.instrument
        return self.entity_description.is_on_fn(
            self.account, instrument, self.account.status_of(instrument)
        )

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return what belongs to the state."""
        return self.entity_description.attributes_fn(self.account, self.instrument)


class CloudSensor(AccountEntity, BinarySensorEntity):
    """Whether the cloud works."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_translation_key = "cloud"
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether the last reads succeeded."""
        return self.account.health.cloud_ok


class PushSensor(AccountEntity, BinarySensorEntity):
    """Whether the cloud pushes alarms."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_translation_key = "push"
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether alarms come at once; None before that is known."""
        push = self.account.push
        return None if push is None else push is PushState.UP


class SlotSensor(InstrumentEntity, BinarySensorEntity):
    """Whether the sensor that belongs into a slot is connected."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_entity_registry_enabled_default = False
    _attr_translation_key = SLOT

    def __init__(self, account: Account, instrument: Instrument, index: int) -> None:
        """Listen to the settings of the logger."""
        aspect = settings_of(instrument.serial)
        super().__init__(account, instrument, f"{SLOT}_{index}", aspect)
        self._attr_translation_placeholders = {"number": str(index + 1)}
        self._index = index

    @property
    def _slot(self) -> Slot | None:
        found = self.account.companions.of_device(self._serial)
        slots = found[1].slots if found and found[0].is_read else ()
        return next((it for it in slots if it.index == self._index), None)

    @property
    @override
    def available(self) -> bool:
        """What was not read for hours may be otherwise by now."""
        return super().available and self._slot is not None

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether it is connected, None where that is not told."""
        slot = self._slot
        return slot.connected if slot else None

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return since when."""
        slot = self._slot
        return {"changed_at": iso(slot.changed) if slot else None}
