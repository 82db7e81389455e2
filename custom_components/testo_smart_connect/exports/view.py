"""Serves the files to whoever is signed in, or has a link that was signed for it."""

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

from aiohttp import hdrs, web
from homeassistant.components.http.auth import async_sign_path
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import KEY_HASS, HomeAssistantView
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from .folder import find, folder_of

_ADDRESS: Final = f"/api/{DOMAIN}/files/"
_LIFETIME: Final = timedelta(hours=24)
_HEADERS: Final = {
    # It is downloaded, never shown as a page of Home Assistant; and if it were, nothing would run.
    hdrs.CONTENT_SECURITY_POLICY: "default-src 'none'; frame-ancestors 'none'; sandbox",
    hdrs.X_CONTENT_TYPE_OPTIONS: "nosniff",
    hdrs.CACHE_CONTROL: "private, no-store",
}


class ExportView(HomeAssistantView):
    """The files of the folder, by their names alone."""

    url = f"{_ADDRESS}{{name}}"
    name = f"api:{DOMAIN}:files"

    async def get(self, request: web.Request, name: str) -> web.StreamResponse:
        """Return a file as an attachment."""
        hass = request.app[KEY_HASS]
        found = await hass.async_add_executor_job(find, folder_of(hass), name)
        if found is None:
            raise web.HTTPNotFound
        headers = {
            **_HEADERS,
            hdrs.CONTENT_TYPE: found.content_type,
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="{found.path.name}"',
        }
        return web.FileResponse(found.path, headers=headers)


@callback
def async_setup_view(hass: HomeAssistant) -> None:
    """Serve the files."""
    hass.http.register_view(ExportView)


@callback
def signed_address(hass: HomeAssistant, name: str) -> tuple[str, datetime]:
    """Return a link to a file, and until when it works (UTC).

    It is signed for Home Assistant's own user for such links: one of the caller's would end
    with the caller's session.
    """
    expires = dt_util.utcnow() + _LIFETIME
    path = f"{_ADDRESS}{quote(name)}"
    return async_sign_path(hass, path, _LIFETIME, use_content_user=True), expires
