"""What the entities of a channel share."""

from typing import Any, override

from .account.account import Account
from .account.names import blanks_of, label_of
from .account.subscriptions import Subject
from .entity import TestoEntity, device_info_of
from .monitoring.instruments import InstalledChannel, Instrument
from .monitoring.model import ChannelKey, Reading
from .monitoring.quantities import Quantity
from .texts import iso


class ChannelEntity(TestoEntity):
    """An entity of one channel, on its instrument or on the probe it belongs to."""

    def __init__(
        self,
        account: Account,
        instrument: Instrument,
        installed: InstalledChannel,
        suffix: str = "",
        *aspects: Subject,
    ) -> None:
        """Stand on the instrument, or on the probe where a logger has several.

        Listen to aspects instead of the readings.
        """
        super().__init__(
            account, f"{installed.unique_id}{suffix}", *(aspects or (installed.stable_key,))
        )
        self._first = installed
        self._names = installed.unique_id, installed.stable_key
        self.quantity = installed.channel.quantity
        self._attr_translation_key = str(self.quantity)
        self._attr_translation_placeholders = blanks_of(installed)
        self._attr_device_info = device_info_of(account, instrument, installed.probe)

    @property
    def _now(self) -> InstalledChannel | None:
        return self._view.topology.channel_of(*self._names)

    @property
    def _key(self) -> ChannelKey:
        return self.installed.key

    @property
    def installed(self) -> InstalledChannel:
        """Return the channel as it is now, or as it last was."""
        return self._now or self._first

    @property
    @override
    def is_outdated(self) -> bool:
        """Tell whether the channel has another name by now, or measures something else."""
        installed, first = self.installed, self._first
        is_same = installed.channel == first.channel and installed.repeated == first.repeated
        return not is_same and _description(installed) != _description(first)

    @property
    @override
    def available(self) -> bool:
        """An inactive or vanished device has nothing to say."""
        installed = self._now
        return installed is not None and installed.device.active


class ReadingEntity(ChannelEntity):
    """The newest reading of a channel; one that is too old is none."""

    _unrecorded_attributes = frozenset({"measured_at"})

    @property
    def reading(self) -> Reading | None:
        """Return the newest reading, however old."""
        installed = self._now
        return None if installed is None else self.account.memory.latest.get(installed.key)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any]:
        """Return when it was measured (ISO, UTC), which is never when it was read."""
        reading = self.reading
        return {"measured_at": iso(reading.at) if reading else None}

    @property
    @override
    def available(self) -> bool:
        """A value that is too old is no value, and neither is one that never came."""
        account, installed = self.account, self._now
        if installed is None or not installed.device.active:
            return False
        if installed.key in self._view.freshness.stale:
            return False
        if self.is_outdated:
            return False
        return installed.key in account.memory.latest or account.health.last_update is None


def _description(installed: InstalledChannel) -> tuple[object, ...]:
    """Return what an entity of a channel is made after."""
    channel = installed.channel
    label = label_of(installed) if channel.quantity is Quantity.OTHER else None
    title = channel.title if installed.repeated else None
    return channel.quantity, installed.repeated, channel.decimals, label, title
