"""What the tests of blueprints share."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
import shutil

from homeassistant.core import HomeAssistant, ServiceCall
import pytest
from pytest_homeassistant_custom_component.common import (
    async_mock_service,
)

from tests.integration.conftest import World
from tests.simulator import Fleet, Logger, Site

from .house import FOLDER, PHONES, ROOT, House, add_fridge


@pytest.fixture
def hass_config_dir(tmp_path: Path) -> str:
    """Give the test's Home Assistant a configuration of its own with the blueprints in it."""
    shutil.copytree(ROOT / FOLDER, tmp_path / FOLDER)
    return str(tmp_path)


@pytest.fixture
def site(fleet: Fleet) -> Site:
    """Return a site; its name becomes an area."""
    fleet.connection_timeout = timedelta(days=3)
    return fleet.add_site("Apotheke Köln")


@pytest.fixture
def logger(fleet: Fleet, site: Site) -> Logger:
    """Return a fridge with two bands that measures and sends every five minutes."""
    return add_fridge(fleet, site, "Kühlschrank 1")


@pytest.fixture
async def house(hass: HomeAssistant, world: World) -> AsyncIterator[House]:
    """Return a house in Berlin."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    made = House(hass, world)
    yield made
    await made.load(empty=True)


@pytest.fixture
def phones(hass: HomeAssistant) -> dict[str, list[ServiceCall]]:
    """Return what phones with the companion app are sent, by their names."""
    return {name: async_mock_service(hass, "notify", f"mobile_app_{name}") for name in PHONES}
