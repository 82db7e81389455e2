"""What all actions that write files have in common."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from homeassistant.components.media_source import generate_media_source_id
from homeassistant.core import HomeAssistant

from ..const import DOMAIN
from ..exports.batch import Batch, Written
from ..exports.folder import not_written, prepared_folder
from ..exports.names import CONTENT_TYPES, Format, first_name
from ..exports.retention import delete_old
from ..exports.view import signed_address
from ..monitoring.window import Window
from ..texts import iso_local


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """A file about a device, before it is written."""

    device_id: str | None
    site: str | None
    name: str
    serial: str
    write: Callable[[BinaryIO], int]
    """Writes it, in a worker thread, and returns how many rows it has."""


async def export(
    hass: HomeAssistant, window: Window, ending: Format, files: AsyncGenerator[ExportFile]
) -> dict[str, Any]:
    """Write files, all of them or none, and return the response.

    Raises a HomeAssistantError if they cannot be written.
    """
    folder = await prepared_folder(hass)
    written = await _write(hass, folder, window, ending, files)
    await delete_old(hass)
    return {"files": [_told(hass, *it, window, ending) for it in written]}


async def _write(
    hass: HomeAssistant,
    folder: Path,
    window: Window,
    ending: Format,
    files: AsyncGenerator[ExportFile],
) -> Sequence[tuple[ExportFile, int, Written]]:
    work, batch = hass.async_add_executor_job, Batch(folder)
    added: list[tuple[ExportFile, int]] = []
    try:
        async with aclosing(files):
            async for it in files:
                name = first_name(it.site, it.name, it.serial, window, ending)
                try:
                    added.append((it, await work(batch.add, name, it.write)))
                except OSError as err:
                    raise not_written(folder, err) from err
        try:
            written = await work(batch.publish)
        except OSError as err:
            raise not_written(folder, err) from err
    finally:
        await work(batch.close)
    return [(*it, done) for it, done in zip(added, written, strict=True)]


def _told(  # noqa: PLR0913, PLR0917  what is told of a file
    hass: HomeAssistant,
    file: ExportFile,
    rows: int,
    written: Written,
    window: Window,
    ending: Format,
) -> dict[str, Any]:
    name = written.path.name
    url, expires = signed_address(hass, name)
    return {
        "path": str(written.path),
        "media_content_id": generate_media_source_id(DOMAIN, name),
        "media_content_type": CONTENT_TYPES[ending],
        "url": url,
        "expires": iso_local(expires),
        "rows": rows,
        "bytes": written.bytes,
        "sha256": written.sha256,
        "start": iso_local(window.start),
        "end": iso_local(window.end),
        "device_id": file.device_id,
    }
