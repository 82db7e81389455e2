"""What the tests of the past share: a pharmacy in Cologne."""

from datetime import timedelta

from homeassistant.core import HomeAssistant
import pytest

from tests.integration.conftest import MINUTE, START
from tests.simulator import Fleet, Kind, Logger, Site, band

from .asking import DAY, probe


@pytest.fixture(autouse=True)
async def _berlin(hass: HomeAssistant) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")


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
        kind=Kind.TEMPERATURE,
        measuring=15 * MINUTE,
        communication=15 * MINUTE,
        limits=band("Temperature", alarm=(2.0, 8.0)),
        since=START - 400 * DAY,
    )
    probe(logger).hold(START - 400 * DAY, START + 10 * DAY, 5.0)
    return logger
