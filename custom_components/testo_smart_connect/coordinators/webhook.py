"""What is called by a cloud when something happens: a hint to read, and nothing more."""

import asyncio
from contextlib import suppress
from datetime import timedelta
import secrets
from typing import Final

from aiohttp import web
from homeassistant.components import webhook
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.network import NoURLAvailableError, get_url

from ..account.account import Account
from ..account.issues import async_show_issues
from ..account.subscriptions import ACCOUNT, nothing
from ..clouds.base import PushState
from ..clouds.errors import CloudError
from ..const import DOMAIN, LOGGER

_AGAIN: Final = timedelta(minutes=30)
_BYTES: Final = 32


class WebhookReader:
    """Registers an address that nobody can guess while an account is loaded."""

    def __init__(self, account: Account) -> None:
        """Have no address yet."""
        self._account = account
        self._id: str | None = None
        """Of what was registered with the cloud."""
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self._retry = nothing

    @callback
    def start(self) -> None:
        """Listen, and let the cloud know where."""
        account = self._account
        if account.memory.webhook is None:
            account.memory.webhook = secrets.token_hex(_BYTES)
            account.store.save_soon(account.memory)
        webhook.async_register(
            account.hass,
            DOMAIN,
            f"{account.title} {account.kind.product}",
            account.memory.webhook,
            self._called,
            allowed_methods=("POST",),
        )
        self._try()

    async def stop(self) -> None:
        """Let the cloud call no more; a call that comes all the same is nobody's."""
        self._retry()
        account = self._account
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        webhook.async_unregister(account.hass, str(account.memory.webhook))
        if self._id is not None:
            try:
                await account.cloud.unregister(self._id)
            except CloudError as err:
                LOGGER.debug("%s: the callback could not be removed: %s", account.title, err)
            self._id = None

    @callback
    def _try(self, _now: object = None) -> None:
        account = self._account
        self._tasks = (
            account.entry.async_create_background_task(
                account.hass, self._register(), f"{account.title} webhook"
            ),
        )

    async def _register(self) -> None:
        account = self._account
        try:
            url = await _url(account.hass, str(account.memory.webhook))
            self._id = await account.cloud.register(url)
        except NoURLAvailableError:
            account.push = PushState.REFUSED
        except (CloudError, HomeAssistantError) as err:
            account.push = PushState.DOWN
            LOGGER.debug("%s: the callback could not be registered: %s", account.title, err)
            self._retry = async_call_later(account.hass, _AGAIN, self._try)
        else:
            account.push = PushState.UP
        finally:
            account.keep_learnt()
        async_show_issues(account)
        await account.subscriptions.publish({ACCOUNT})

    async def _called(
        self, _hass: HomeAssistant, _webhook_id: str, _request: web.Request
    ) -> web.Response:
        """Read soon: anybody may have called, so that nothing of it is believed."""
        self._account.hinted.send()
        return web.Response()


def has_address(hass: HomeAssistant) -> bool:
    """Tell whether a cloud can reach Home Assistant."""
    if _is_signed_in(hass):
        return True
    try:
        get_url(hass, allow_internal=False, prefer_external=True)
    except NoURLAvailableError:
        return False
    return True


def _is_signed_in(hass: HomeAssistant) -> bool:
    """Tell whether Home Assistant Cloud gives it an address."""
    if "cloud" not in hass.config.components:
        return False
    from homeassistant.components import cloud  # noqa: PLC0415  it brings a lot along

    return cloud.async_active_subscription(hass)


async def remove_address(hass: HomeAssistant, webhook_id: str | None) -> None:
    """Give back what Home Assistant Cloud has given."""
    if webhook_id is None:
        return
    from homeassistant.components import cloud  # noqa: PLC0415  as above

    # There may be none, or no connection to it.
    with suppress(ValueError, HomeAssistantError):
        await cloud.async_delete_cloudhook(hass, webhook_id)


async def _url(hass: HomeAssistant, webhook_id: str) -> str:
    """Return the address: that of Home Assistant Cloud, else the external one."""
    if _is_signed_in(hass):
        from homeassistant.components import cloud  # noqa: PLC0415  as above

        return await cloud.async_get_or_create_cloudhook(hass, webhook_id)
    base = get_url(hass, allow_internal=False, prefer_external=True)
    return f"{base}{webhook.async_generate_path(webhook_id)}"
