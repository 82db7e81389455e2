"""Where an account's files are, whatever the cloud calls its tenant."""

from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest

from custom_components.testo_smart_connect.account.store import ledger_path
from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import World
from tests.simulator import Fleet


def test_a_usual_tenant_gives_the_files_its_name(hass: HomeAssistant) -> None:
    tenant = "ad0b73a3-c470-497c-8e48-f40ee9cda15e"
    assert ledger_path(hass, tenant).name == f"{DOMAIN}.{tenant}.readings"


@pytest.mark.parametrize(
    "tenant", ["../../evil", "x/../../../evil", "/etc/evil", "..", "a\0b", "t" * 255, "Köln", ""]
)
def test_a_tenant_is_no_path(hass: HomeAssistant, tenant: str) -> None:
    path = ledger_path(hass, tenant)
    assert path.parent == Path(hass.config.path(".storage"))
    assert path.name.isascii()
    assert len(path.name) < 100
    assert path != ledger_path(hass, f"{tenant}.")


def _found(hass: HomeAssistant, pattern: str) -> list[Path]:
    return list(Path(hass.config.config_dir).rglob(pattern))


async def test_an_account_whose_tenant_looks_like_a_path(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    fleet.tenant_uuid = "x/../../evil"
    fleet.add_logger(fleet.add_site("Köln"), "Kühlschrank", serial="1001")
    entry = await world.add_account()
    await world.settle()
    assert world.value("x/../../evil_cloud") == "on"
    assert ledger_path(hass, fleet.tenant_uuid).exists()
    assert not await hass.async_add_executor_job(_found, hass, "*evil*")
    await hass.config_entries.async_remove(entry.entry_id)
    assert not ledger_path(hass, fleet.tenant_uuid).exists()
