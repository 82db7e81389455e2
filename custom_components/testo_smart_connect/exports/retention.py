"""Deletes files that are older than the user wants to keep them."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from ..const import CONF_EXPORT_DAYS, DOMAIN, LOGGER
from ..kinds.table import has_past
from .batch import TEMPORARY
from .folder import files, folder_of

_DAY = timedelta(days=1)


@callback
def async_keep_clean(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Look for old files now and every day while an account is loaded."""

    async def look(_now: datetime) -> None:
        await delete_old(hass)

    entry.async_on_unload(async_track_time_interval(hass, look, _DAY))
    entry.async_create_background_task(hass, delete_old(hass), f"{DOMAIN} old files")


async def delete_old(hass: HomeAssistant) -> None:
    """Delete old files, and what a crash left half written."""
    folder = folder_of(hass)
    if folder is None:
        return
    now = dt_util.utcnow()
    days = _days(hass.config_entries.async_entries(DOMAIN))
    before = now - timedelta(days=days) if days else None
    why = await hass.async_add_executor_job(_delete, folder, before, now - _DAY)
    if why is not None:
        LOGGER.warning("Old files in %s cannot be deleted: %s", folder, why)


def _days(entries: Iterable[ConfigEntry[Any]]) -> float | None:
    """Return for how long files are kept, None for ever.

    No file says which account it is of, so the most patient one that can export decides.
    """
    days = [entry.options.get(CONF_EXPORT_DAYS) for entry in entries if has_past(entry.data)]
    known = [it for it in days if it]
    return max(known) if known and len(known) == len(days) else None


def _delete(folder: Path, before: datetime | None, abandoned: datetime) -> str | None:
    """Delete what is old; return why some of it is still there, while the rest goes."""
    why = None
    try:
        for path in _old(folder, before, abandoned):
            try:
                # Another account may be at it, too.
                path.unlink(missing_ok=True)
            except OSError as err:
                why = why or err.strerror
    except OSError as err:
        why = why or err.strerror
    return why


def _old(folder: Path, before: datetime | None, abandoned: datetime) -> Iterator[Path]:
    for path in folder.glob(TEMPORARY):
        with suppress(FileNotFoundError):
            if path.lstat().st_mtime < abandoned.timestamp():
                yield path
    if before is not None:
        yield from (it.path for it in files(folder) if it.changed < before.timestamp())
