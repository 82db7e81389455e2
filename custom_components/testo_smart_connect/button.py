"""Buttons: acknowledge all open alarms of a device with a thumb."""

from functools import partial
from typing import override

from homeassistant.components.button import ButtonEntity
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account.account import Account, TestoConfigEntry
from .account.subscriptions import standing_of
from .actions.acknowledge import acknowledge_episodes
from .actions.behind import name_of
from .entity import Candidates, InstrumentEntity, add_as_found
from .monitoring.episodes import Episode
from .monitoring.instruments import Instrument

PARALLEL_UPDATES = 0


async def async_setup_entry(
    _hass: HomeAssistant,
    entry: TestoConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons of an account."""
    await add_as_found(entry, async_add_entities, _candidates_of)


def _candidates_of(account: Account, instrument: Instrument) -> Candidates:
    yield instrument.identity("acknowledge"), partial(AcknowledgeButton, account, instrument)


class AcknowledgeButton(InstrumentEntity, ButtonEntity):
    """Acknowledges all open alarms of a device; there is nothing to press without one."""

    _attr_translation_key = "acknowledge"

    def __init__(self, account: Account, instrument: Instrument) -> None:
        """Listen to which alarms are open."""
        super().__init__(account, instrument, "acknowledge", standing_of(instrument.serial))

    @property
    def _open(self) -> tuple[Episode, ...]:
        return self.account.view.alarms.by_owner.get(self._serial, ())

    @property
    @override
    def available(self) -> bool:
        """Tell whether there is something to acknowledge."""
        return super().available and self.account.feed_is_read and bool(self._open)

    @override
    async def async_press(self) -> None:
        """Acknowledge, in the name of whoever pressed it."""
        context = self._context or Context()
        by = await name_of(self.hass, context.user_id)
        await acknowledge_episodes(self.account, self._open, context, by)
