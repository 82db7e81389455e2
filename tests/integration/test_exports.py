"""Reports and readings as files: what is returned, and what lies on the disk."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE, START, World
from tests.simulator import Channel, Fleet, Logger, Site, band

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIDNIGHT = datetime(2026, 6, 30, 22, 0, tzinfo=UTC)
"""Of the first of July in Berlin."""
FRIDGE = "apotheke_koln_kuhlschrank_1"


@pytest.fixture(autouse=True)
async def _berlin(hass: HomeAssistant) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")


@pytest.fixture
def folder(hass: HomeAssistant) -> Path:
    """Return where files go; it does not exist yet."""
    media = Path(hass.config.path("media"))
    hass.config.media_dirs = {"local": str(media), "second": hass.config.path("other")}
    hass.config.allowlist_external_dirs = {*hass.config.media_dirs.values()}
    return media / DOMAIN


@pytest.fixture
def site(fleet: Fleet) -> Site:
    """Return a site."""
    fleet.connection_timeout = timedelta(days=30)
    return fleet.add_site("Apotheke Köln")


@pytest.fixture
def logger(fleet: Fleet, site: Site) -> Logger:
    """Return a fridge that measures and uploads every quarter of an hour."""
    logger = fleet.add_logger(
        *(site, "Kühlschrank 1"),
        measuring=15 * MINUTE,
        communication=15 * MINUTE,
        limits=band("Temperature", alarm=(2.0, 8.0)),
        since=START - 400 * DAY,
    )
    probe(logger).hold(START - 400 * DAY, START + 10 * DAY, 5.0)
    return logger


def probe(logger: Logger) -> Channel:
    """Return the first channel of a logger."""
    return logger.sensors[0].channels[0]


async def ask(
    world: World, action: str, context: Context | None = None, **data: Any
) -> list[dict[str, Any]]:
    """Take an action and return the files of its response."""
    found: Any = await world.hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=True, context=context
    )
    assert found.keys() == {"files"}
    files: list[dict[str, Any]] = found["files"]
    return files


def names(folder: Path) -> set[str]:
    """Return all that lies in the folder, hidden files too."""
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def device_id(hass: HomeAssistant, logger: Logger) -> str:
    """Return the device of a logger."""
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, logger.serial), entry.entry_id
    )
    assert device is not None
    return device.id


async def test_readings_become_a_file(
    hass: HomeAssistant, world: World, logger: Logger, folder: Path
) -> None:
    await world.add_account()
    (file,) = await ask(world, "export_measurements", period="yesterday")
    name = f"{FRIDGE}_{logger.serial}_2026_06_30_readings.csv"
    content = (folder / name).read_bytes()
    assert file == {
        "path": str(folder / name),
        "media_content_id": f"media-source://{DOMAIN}/{name}",
        "media_content_type": "text/csv",
        "url": file["url"],
        "expires": "2026-07-02T11:50:30+02:00",
        "rows": 96,
        "bytes": len(content),
        "sha256": sha256(content).hexdigest(),
        "start": "2026-06-30T00:00:00+02:00",
        "end": "2026-07-01T00:00:00+02:00",
        "device_id": device_id(hass, logger),
    }
    assert file["url"].startswith(f"/api/{DOMAIN}/files/{name}?authSig=")
    assert hass.config.is_allowed_path(file["path"]), "so that telegram_bot may read it"
    assert names(folder) == {name}
