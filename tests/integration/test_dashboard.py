"""The dashboard that the integration brings, and the one to edit by hand in the documents."""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
import logging
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import label_registry as lr
from homeassistant.helpers.template import Template
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import World
from tests.metadata.files import INTEGRATION, ROOT
from tests.simulator import Fleet, Kind, Logger, band

SCRIPT = INTEGRATION / "frontend" / "dashboard.js"
PATH = f"/{DOMAIN}/{SCRIPT.name}"
EXAMPLE: Any = parse_yaml((ROOT / "docs/dashboard.yaml").read_text())
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def signed_up(hass_storage: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Show the pages of Home Assistant, not those that make its first user."""
    steps = ["user", "core_config", "analytics", "integration"]
    hass_storage["onboarding"] = {"version": 4, "key": "onboarding", "data": {"done": steps}}
    # The log of the server cannot cope with a clock that stands still.
    monkeypatch.setattr(logging.getLogger("aiohttp.access"), "disabled", True)


async def test_every_browser_loads_the_script_once(
    hass: HomeAssistant, world: World, hass_client_no_auth: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "frontend", {})
    entry = await world.add_account()
    await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    client = await hass_client_no_auth()

    page = await (await client.get("/")).text()
    (address,) = re.findall(rf'import\("({PATH}.*?)"\)', page)
    response = await client.get(address)
    content = await response.read()
    assert (response.status, response.content_type) == (200, "text/javascript")
    assert content == SCRIPT.read_bytes()
    # A browser keeps it for long, but another one has another address.
    assert "max-age" in response.headers["Cache-Control"]
    assert address == f"{PATH}?{sha256(content).hexdigest()[:12]}"


async def test_without_a_front_end_there_is_no_script(
    hass: HomeAssistant, world: World, hass_client_no_auth: ClientSessionGenerator
) -> None:
    assert await async_setup_component(hass, "http", {})
    await world.add_account()
    client = await hass_client_no_auth()
    assert (await client.get(PATH)).status == 404


def found(part: Any, key: str) -> Iterator[Any]:
    """Yield what stands under a key, wherever it is."""
    if isinstance(part, dict):
        yield from (value for name, value in part.items() if name == key)
    for each in part.values() if isinstance(part, dict) else part:
        if isinstance(each, dict | list):
            yield from found(each, key)


@pytest.fixture
async def example(world: World, fleet: Fleet, hass: HomeAssistant) -> Logger:
    """Return the fridge of the example; the account is named as in it."""
    fleet.customer = "My company"
    site = fleet.add_site("Pharmacy")
    limits = band("Temperature", alarm=(2.0, 8.0))
    fridge = fleet.add_logger(site, "Fridge 1", kind=Kind.TEMPERATURE, limits=limits)
    fleet.add_logger(site, "Storeroom", kind=Kind.CLIMATE)
    fridge.sensors[0].channels[0].hold(world.now - HOUR, world.now + HOUR, 9.5)
    entry = await world.add_account()
    label = lr.async_get(hass).async_create("fridges")
    device_id = dr.async_get_device_id_by_identifier(
        hass, (DOMAIN, fridge.serial), config_entry_id=entry.entry_id
    )
    dr.async_get(hass).async_update_device(device_id, labels={label.label_id})
    return fridge


@pytest.mark.usefixtures("entity_registry_enabled_by_default", "example")
async def test_the_example_names_entities_as_home_assistant_does(hass: HomeAssistant) -> None:
    named = [*found(EXAMPLE, "entity")]
    named += [row for rows in found(EXAMPLE, "entities") for row in rows if isinstance(row, str)]
    assert len(named) > 20
    assert [entity for entity in named if hass.states.get(entity) is None] == []
    areas = [area.id for area in ar.async_get(hass).async_list_areas()]
    assert [*found(EXAMPLE, "area")] == areas


async def test_the_example_lists_alarms_and_readings(
    hass: HomeAssistant, example: Logger, world: World
) -> None:
    alarms, readings = (Template(text, hass) for text in found(EXAMPLE, "content"))
    since = "- **Fridge 1 Temperature alarm** since 01.07. 02:15"
    assert alarms.async_render() == since
    assert readings.async_render().splitlines()[2:] == [
        "| Fridge 1 Temperature | 9.5 °C | 01.07. 02:45 |"
    ]
    button = {"entity_id": world.entity_id(f"{example.serial}_acknowledge")}
    await hass.services.async_call("button", "press", button, blocking=True)
    assert alarms.async_render() == f"{since}, acknowledged by automation"
    example.sensors[0].channels[0].hold(world.now, world.now + HOUR, 5.0)
    await world.advance(HOUR)
    assert alarms.async_render() == "No open alarms"
