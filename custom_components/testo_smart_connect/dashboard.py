"""The dashboard that makes itself: a script for the browsers of Home Assistant's front end."""

from hashlib import sha256
from pathlib import Path

from homeassistant.core import HomeAssistant

from .const import DOMAIN

_FOLDER = Path(__file__).parent / "frontend"
_SCRIPT = _FOLDER / "dashboard.js"
_PICTURE = _FOLDER / "hotspot.svg"
"""What the form shows that brings in a new logger."""
_URL = f"/{DOMAIN}/{_SCRIPT.name}"


async def async_setup_dashboard(hass: HomeAssistant) -> None:
    """Serve the script and let every browser load it, if there is a front end.

    Browsers keep it for a month. Its address has a mark of its content, so that they take the
    one of an update at once.
    """
    if "frontend" not in hass.config.components:
        return
    from homeassistant.components import frontend, http  # noqa: PLC0415  it needs them

    content = await hass.async_add_executor_job(_SCRIPT.read_bytes)
    path = http.StaticPathConfig  # type: ignore[attr-defined]  # it is meant to be
    await hass.http.async_register_static_paths(
        [path(_URL, str(_SCRIPT)), path(f"/{DOMAIN}/{_PICTURE.name}", str(_PICTURE))]
    )
    frontend.add_extra_js_url(hass, f"{_URL}?{sha256(content).hexdigest()[:12]}")
