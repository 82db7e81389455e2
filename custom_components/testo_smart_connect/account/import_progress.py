"""Telling how far an import of history is, as a notification."""

from collections.abc import Mapping

from homeassistant.components import persistent_notification

from ..const import DOMAIN
from ..history.imports import Import
from ..texts import escaped, minute, text
from .account import Account


async def cancel_imports(account: Account) -> None:
    """End all imports of an account that is reloaded or removed, and say so."""
    for task in account.queue.cancel_imports():
        await show_import(account, task, "import_cancelled")


async def show_import(account: Account, task: Import, key: str) -> None:
    """Tell how far an import is, or how it ended."""
    hass = account.hass
    words: Mapping[str, str] = {
        "account": escaped(account.title),
        "start": minute(hass, task.start),
        "end": minute(hass, task.end),
        "percent": str(task.percent),
        "rows": str(task.rows),
        "hours": str(task.hours),
        "gaps": str(task.gaps),
    }
    told = [await text(hass, key, **words)]
    if task.left_out:
        told.append(await text(hass, "import_left_out", number=str(task.left_out)))
    persistent_notification.async_create(
        hass,
        "\n\n".join(told),
        await text(hass, "import_title", **words),
        f"{DOMAIN}_import_{task.id}",
    )
