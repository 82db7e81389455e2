"""Where files lie: a folder in the first media folder, so that other integrations may read them.

Facts: compliance reference, part 6.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..const import DOMAIN
from .names import content_type, device_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedFile:
    """A file that lies in the folder."""

    path: Path
    device: str
    """Which device it is about, as its name says it."""
    content_type: str
    changed: float
    """When it was written, in seconds since 1970."""


def folder_of(hass: HomeAssistant) -> Path | None:
    """Return the folder, whether it exists or not; None without a media folder."""
    for media in hass.config.media_dirs.values():
        return Path(media) / DOMAIN
    return None


async def prepared_folder(hass: HomeAssistant) -> Path:
    """Return the folder, made if need be. Raises a HomeAssistantError that says what to do."""
    folder = folder_of(hass)
    if folder is None:
        raise HomeAssistantError(translation_domain=DOMAIN, translation_key="no_media_folder")
    public = Path(hass.config.path("www"))
    if await hass.async_add_executor_job(_is_below, folder, public):
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="public_folder",
            translation_placeholders={"folder": str(folder)},
        )
    try:
        await hass.async_add_executor_job(_make, folder)
    except OSError as err:
        raise not_written(folder, err) from err
    return folder


def not_written(folder: Path, err: OSError) -> HomeAssistantError:
    """Return what is told if a file cannot be written."""
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key="not_written",
        translation_placeholders={"folder": str(folder), "detail": err.strerror or str(err)},
    )


def find(folder: Path | None, name: str) -> ExportedFile | None:
    """Return a file by its name; None if there is none of ours. Blocks."""
    device, kind = device_of(name), content_type(name)
    if folder is None or device is None or kind is None:
        return None
    path = folder / name
    try:
        status = path.lstat()
    except OSError:
        return None
    # Where a link leads to is none of our files.
    if not S_ISREG(status.st_mode):
        return None
    return ExportedFile(path=path, device=device, content_type=kind, changed=status.st_mtime)


def files(folder: Path | None) -> Iterator[ExportedFile]:
    """Yield all files of ours. Blocks."""
    if folder is not None and folder.is_dir():
        for path in folder.iterdir():
            if (found := find(folder, path.name)) is not None:
                yield found


def _is_below(folder: Path, public: Path) -> bool:
    """Tell whether a folder is served without a login, also by way of a link."""
    return folder.resolve().is_relative_to(public.resolve())


def _make(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
