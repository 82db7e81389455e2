"""Binary sensors: doors, open alarms, connections and power."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account.account import Account, TestoConfigEntry
from .account.subscriptions import alarms_of, handling_of
from .entity import (
    AccountEntity,
    Candidates,
    ChannelEntity,
    ReadingEntity,
    TestoEntity,
    ThingEntity,
    add_as_found,
)
from .monitoring.episodes import Episode
from .monitoring.instruments import Spot, Thing, ThingKind
from .monitoring.model import DeviceStatus
from .monitoring.quantities import Quantity

PARALLEL_UPDATES = 0

SEVERITIES = ("alarm", "warning")


@dataclass(frozen=True, kw_only=True)
class ThingBinarySensorDescription(BinarySensorEntityDescription):
    """A binary sensor of a logger, gateway or radio sensor."""

    is_on_fn: Callable[[Account, Thing, DeviceStatus], bool | None]
    exists_fn: Callable[[Thing, DeviceStatus], bool] = lambda _thing, _status: True


def _is_connected(account: Account, thing: Thing, _status: DeviceStatus) -> bool | None:
    if thing.serial not in account.outlook.known:
        return None
    if thing.serial not in account.outlook.offline:
        return True
    # After a long stop everything remembered is old, which says nothing of the logger.
    return False if account.judges_silence else None


THING_BINARY_SENSORS = (
    ThingBinarySensorDescription(
        key="connection",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        translation_key="connection",
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on_fn=_is_connected,
    ),
    ThingBinarySensorDescription(
        key="power",
        device_class=BinarySensorDeviceClass.POWER,
        translation_key="power",
        entity_category=EntityCategory.DIAGNOSTIC,
        is_on_fn=lambda _account, _thing, status: status.mains,
        exists_fn=lambda thing, status: (
            thing.kind is not ThingKind.RADIO_SENSOR and status.mains is not None
        ),
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

    def candidates() -> Candidates:
        for thing in account.things:
            for spot in thing.spots():
                if spot.channel.quantity is Quantity.DOOR:
                    yield (
                        spot.unique_id,
                        lambda thing=thing, spot=spot: DoorSensor(  # type: ignore[misc]
                            account, thing, spot
                        ),
                    )
                for severity in SEVERITIES:
                    if account.may_alarm(spot, severity):
                        yield (
                            f"{spot.unique_id}_{severity}",
                            lambda thing=thing, spot=spot, severity=severity: (  # type: ignore[misc]
                                LimitAlarm(account, thing, spot, severity)
                            ),
                        )
            yield (
                f"{thing.serial}_system_alarm",
                lambda thing=thing: SystemAlarm(  # type: ignore[misc]
                    account, thing, "system_alarm", handling_of(thing.serial)
                ),
            )
            status = account.status_of(thing)
            for kind in THING_BINARY_SENSORS:
                if kind.exists_fn(thing, status):
                    yield (
                        f"{thing.serial}_{kind.key}",
                        lambda thing=thing, kind=kind: ThingBinarySensor(  # type: ignore[misc]
                            account, thing, kind
                        ),
                    )

    await add_as_found(entry, async_add_entities, candidates)


class DoorSensor(ReadingEntity, BinarySensorEntity):
    """A door contact."""

    _attr_device_class = BinarySensorDeviceClass.DOOR

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether the door is open: any value but zero (an assumption)."""
        reading = self.reading
        return reading.value != 0 if reading else None

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return the raw value, because its meaning is not documented."""
        reading = self.reading
        return {"raw_value": reading.value if reading else None}


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

    def __init__(self, account: Account, thing: Thing, spot: Spot, severity: str) -> None:
        """Look for one severity."""
        aspects = alarms_of(spot.stable_key), handling_of(thing.serial)
        super().__init__(account, thing, spot, f"_{severity}", *aspects)
        self._severity = severity
        self._serial = thing.serial

    @property
    @override
    def _episode(self) -> Episode | None:
        return self.account.alarm_view.by_channel.get((self._key, self._severity))

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return the facts of the open episode, and what was done about it."""
        episode, account = self._episode, self.account
        return {
            "severity": self._severity,
            **account.episode_attributes(episode),
            **account.handling.attributes(episode, self._serial),
        }


class SystemAlarm(OpenAlarm, ThingEntity):
    """Whether testo reports a broken sensor, lost power or the like."""

    _attr_translation_key = "system_alarm"

    @property
    @override
    def _episode(self) -> Episode | None:
        return self.account.alarm_view.by_thing.get(self._serial)

    @property
    @override
    def extra_state_attributes(self) -> Mapping[str, Any]:
        """Return what the alarm is about, and what was done about it."""
        episode = self._episode
        facts = episode.facts if episode else None
        return {
            "reason": (facts.condition or facts.reason) if facts else None,
            **self.account.episode_times(episode),
            **self.account.handling.attributes(episode, self._serial),
        }


class ThingBinarySensor(ThingEntity, BinarySensorEntity):
    """What is known of a device."""

    entity_description: ThingBinarySensorDescription

    def __init__(
        self, account: Account, thing: Thing, description: ThingBinarySensorDescription
    ) -> None:
        """Describe the binary sensor."""
        super().__init__(account, thing, description.key)
        self.entity_description = description

    @property
    @override
    def is_on(self) -> bool | None:
        """Return the state."""
        thing = self.thing
        return self.entity_description.is_on_fn(self.account, thing, self.account.status_of(thing))


class CloudSensor(AccountEntity, BinarySensorEntity):
    """Whether the cloud works."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_translation_key = "cloud"
    _attr_entity_category = EntityCategory.DIAGNOSTIC

    @property
    @override
    def is_on(self) -> bool | None:
        """Return whether the last cycles succeeded."""
        return self.account.health.cloud_ok
