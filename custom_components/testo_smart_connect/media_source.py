"""The files that were exported, for whoever attaches or looks through media."""

from operator import attrgetter
from typing import override

from homeassistant.components.media_player.const import MediaClass
from homeassistant.components.media_player.errors import BrowseError
from homeassistant.components.media_source import (
    BrowseMediaSource,
    MediaSource,
    MediaSourceItem,
    PlayMedia,
    Unresolvable,
)
from homeassistant.core import HomeAssistant

from .const import DOMAIN, NAME
from .exports.folder import ExportedFile, files, find, folder_of
from .exports.view import signed_address


async def async_get_media_source(hass: HomeAssistant) -> TestoMediaSource:
    """Return the source."""
    return TestoMediaSource(hass)


class TestoMediaSource(MediaSource):
    """A folder for each device, the newest file of it first."""

    name = NAME

    def __init__(self, hass: HomeAssistant) -> None:
        """Take whose media folder it is."""
        super().__init__(DOMAIN)
        self._hass = hass

    @override
    async def async_resolve_media(self, item: MediaSourceItem) -> PlayMedia:
        """Return where a file lies, and a link to it."""
        hass, name = self._hass, item.identifier or ""
        found = await hass.async_add_executor_job(find, folder_of(hass), name)
        if found is None:
            raise Unresolvable(
                translation_domain=DOMAIN,
                translation_key="unknown_file",
                translation_placeholders={"name": name},
            )
        address, _ = signed_address(hass, name)
        return PlayMedia(address, found.content_type, path=found.path)

    @override
    async def async_browse_media(self, item: MediaSourceItem) -> BrowseMediaSource:
        """Return the devices, or the files of one of them."""
        found = await self._hass.async_add_executor_job(
            lambda: sorted(files(folder_of(self._hass)), key=attrgetter("changed"), reverse=True)
        )
        device = item.identifier
        if not device:
            devices = sorted({it.device for it in found})
            return _folder(None, NAME, [_folder(it, it) for it in devices])
        mine = [_file(it) for it in found if it.device == device]
        if not mine:
            raise BrowseError(
                translation_domain=DOMAIN,
                translation_key="unknown_file",
                translation_placeholders={"name": device},
            )
        return _folder(device, device, mine)


def _folder(
    identifier: str | None, title: str, children: list[BrowseMediaSource] | None = None
) -> BrowseMediaSource:
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=identifier,
        media_class=MediaClass.DIRECTORY,
        media_content_type="",
        title=title,
        can_play=False,
        can_expand=True,
        children_media_class=MediaClass.DIRECTORY if identifier is None else MediaClass.URL,
        children=children,
    )


def _file(file: ExportedFile) -> BrowseMediaSource:
    """Return a file; it can be attached, but no player takes it."""
    return BrowseMediaSource(
        domain=DOMAIN,
        identifier=file.path.name,
        media_class=MediaClass.URL,
        media_content_type=file.content_type,
        title=file.path.name,
        can_play=False,
        can_expand=False,
    )
