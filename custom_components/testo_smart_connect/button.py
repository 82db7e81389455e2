"""Buttons: acknowledge all open alarms of a device with a thumb."""

import asyncio
from collections.abc import Awaitable
from functools import partial
from typing import override

from homeassistant.components import persistent_notification
from homeassistant.components.button import ButtonEntity
from homeassistant.const import EntityCategory
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .account.account import Account, TestoConfigEntry
from .account.subscriptions import standing_of
from .actions.acknowledge import acknowledge_episodes
from .actions.behind import name_of
from .clouds.base import CommandEnd
from .clouds.errors import CloudError
from .const import DOMAIN
from .entity import Candidates, InstrumentEntity, add_as_found
from .errors import write_failure
from .monitoring.episodes import Episode
from .monitoring.instruments import Instrument, InstrumentKind
from .texts import escaped, text

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
    if instrument.kind is InstrumentKind.GATEWAY:
        for name in account.cloud.traits.commands:
            yield instrument.identity(name), partial(CommandButton, account, instrument, name)


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


class CommandButton(InstrumentEntity, ButtonEntity):
    """Tells a gateway to do something, and says how that has ended."""

    _attr_entity_category = EntityCategory.CONFIG
    _attr_entity_registry_enabled_default = False

    def __init__(self, account: Account, instrument: Instrument, name: str) -> None:
        """Know what to tell it."""
        super().__init__(account, instrument, name)
        self._attr_translation_key = name
        self._command = name

    @override
    async def async_press(self) -> None:
        """Give the command; what becomes of it is told later."""
        account = self.account
        try:
            end = await account.cloud.command(self.instrument.device.uuid, self._command)
        except CloudError as err:
            raise write_failure(err, account.kind.maker) from err
        account.entry.async_create_background_task(
            self.hass, self._tell(end), f"{account.title} {self._command}"
        )

    async def _tell(self, end: Awaitable[CommandEnd]) -> None:
        """Follow it to its end, and say that it is unknown if the account is unloaded before."""
        words = {"name": escaped(self.instrument.name), "maker": self.account.kind.maker}
        keys = {it: f"command_{it}" for it in CommandEnd}
        keys[CommandEnd.DONE] = f"command_done_{self._command}"
        ends = {it: await text(self.hass, key, **words) for it, key in keys.items()}
        title = await text(self.hass, f"command_{self._command}", **words)
        left = await text(self.hass, "command_left", **words)
        tell = partial(
            persistent_notification.async_create,
            *(self.hass,),
            title=title,
            notification_id=f"{DOMAIN}_{self.unique_id}",
        )
        try:
            tell(ends[await end])
        except asyncio.CancelledError:
            tell(left)
            raise
