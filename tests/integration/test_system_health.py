"""What the page "System information" tells."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import get_system_health_info

from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.kinds import smart_connect
from tests.integration.conftest import MINUTE, START, World
from tests.metadata.files import LANGUAGES, translation
from tests.simulator import Fleet


async def look(hass: HomeAssistant) -> dict[str, Any]:
    """Return what the page shows, the checks done."""
    assert await async_setup_component(hass, "system_health", {})
    await hass.async_block_till_done()
    found: dict[str, Any] = await get_system_health_info(hass, DOMAIN)
    for name, value in found.items():
        if hasattr(value, "__await__"):
            found[name] = await value
    for language in LANGUAGES:
        assert found.keys() <= translation(language)["system_health"]["info"].keys()
    return found


async def test_without_an_account(hass: HomeAssistant, world: World) -> None:
    assert world
    await async_setup_component(hass, DOMAIN, {})
    assert await look(hass) == {"accounts": 0, "devices": 0, "failing": 0, "last_update": "-"}


@pytest.mark.expect_warnings
async def test_accounts_are_counted_and_judged(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    site = fleet.add_site("Köln")
    for number in range(3):
        fleet.add_logger(site, f"Logger {number}")
    await hass.config.async_set_time_zone("Europe/Berlin")
    await world.add_account()
    # An address of one's own is not that of a region, and nobody's business.
    assert await look(hass) == {
        "accounts": 1,
        "devices": 3,
        "failing": 0,
        "last_update": dt_util.as_local(START),
    }
    world.faults.server_error = 503
    await world.advance(timedelta(hours=1), step=5 * MINUTE)
    assert (await look(hass))["failing"] == 1


async def test_the_region_is_tried(
    hass: HomeAssistant, world: World, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.add_logger(fleet.add_site("Köln"), "Logger")
    entry = await world.add_account()
    hass.config_entries.async_update_entry(entry, data={**entry.data, "base_url": None})
    where = {"eu": world.simulator.base_url}
    monkeypatch.setattr(smart_connect, "base_url", where.__getitem__)
    assert (await look(hass))["reach_eu"] == "ok"
    where["eu"] = "http://127.0.0.1:9"
    assert (await look(hass))["reach_eu"] == {"type": "failed", "error": "unreachable"}
