"""Moving an account in a test, as a user does."""

from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er

from custom_components.testo_smart_connect.const import DOMAIN
from tests.simulator import Simulator

from .conftest import Saveris2World


def login(smart: Simulator, **changes: Any) -> dict[str, Any]:
    """Return what a user types to open the Smart Connect account."""
    return {
        "region": "eu",
        "api_key": smart.api_key,
        "key_expires": "2027-06-30",
        "advanced": {"base_url": smart.base_url},
        **changes,
    }


async def begin(world: Saveris2World, entry: ConfigEntry[Any]) -> ConfigFlowResult:
    """Choose to move, from the menu of the account."""
    menu = await world.hass.config_entries.flow.async_init(
        DOMAIN, context={"source": "reconfigure", "entry_id": entry.entry_id}
    )
    assert menu["menu_options"] == ["reconfigure_saveris_2", "migrate"]
    return await world.submit(menu, {"next_step_id": "migrate"})


async def preview(
    world: Saveris2World, entry: ConfigEntry[Any], smart: Simulator
) -> ConfigFlowResult:
    """Enter the key and see what becomes of everything."""
    form = await begin(world, entry)
    assert form["step_id"] == "migrate"
    return await world.submit(form, login(smart))


async def move(
    world: Saveris2World, entry: ConfigEntry[Any], smart: Simulator, **more: Any
) -> ConfigFlowResult:
    """Move the account."""
    form = await preview(world, entry, smart)
    assert form["type"] is FlowResultType.FORM, form
    assert form["step_id"] == "migrate_preview"
    result = await world.submit(form, more)
    await world.settle()
    return result


def rows(form: ConfigFlowResult) -> list[list[str]]:
    """Return the cells of the table of a preview."""
    placeholders = form["description_placeholders"]
    assert placeholders is not None
    lines = placeholders["table"].splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def registered(hass: HomeAssistant, entry: ConfigEntry[Any]) -> dict[str, str]:
    """Return the unique ids of an account by entity id."""
    registry = er.async_get(hass)
    entries = er.async_entries_for_config_entry(registry, entry.entry_id)
    return {entity.entity_id: entity.unique_id for entity in entries}
