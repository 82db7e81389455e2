"""What only brings names and limits may fail, without any effect on what matters."""

import asyncio
from datetime import timedelta
from itertools import cycle
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.testo_smart_connect.const import DOMAIN, NAME
from custom_components.testo_smart_connect.kinds import first_look
from tests.integration.conftest import MINUTE, START, Download, World
from tests.simulator import Fleet, Logger, Site, band

HOUR = timedelta(hours=1)
REFUSALS: dict[str, dict[str, Any]] = {
    "400": {"server_error": 400},
    "403 licence": {"forbidden": True},
    "403 path": {"unknown_path": True},
    "404": {"server_error": 404},
    "500": {"server_error": 500},
    "Error": {"job_outcome": "Error"},
}
LIMITS = band("Temperature", alarm=(2.0, 8.0))


@pytest.fixture
def sites(fleet: Fleet) -> tuple[Site, Site]:
    """Return two sites with a logger each, all too warm."""
    made = fleet.add_site("Köln"), fleet.add_site("Bern")
    for number, site in enumerate(made, 1):
        name, serial = f"Kühlschrank {number}", f"9000000{number}"
        logger = fleet.add_logger(site, name, serial=serial, limits=LIMITS)
        logger.sensors[0].channels[0].hold(START - 48 * HOUR, START + 48 * HOUR, 12.0)
    return made


def refuse(world: World, switches: dict[str, Any], *resources: str) -> None:
    """Let everything of some resources fail."""
    world.faults.on = dict.fromkeys(resources or ("locations", "measuring_objects"), switches)


def channel(logger: Logger) -> str:
    """Return the unique id of a logger's channel."""
    return f"{logger.serial}_{logger.sensors[0].serial}_1"


def limit(world: World, logger: Logger) -> float | None:
    """Return the limit that is told with the alarm of a logger."""
    alarm = world.state(f"{channel(logger)}_alarm")
    assert alarm.state == "on"
    told: float | None = alarm.attributes["limit"]
    return told


async def labels(hass: HomeAssistant, entry: ConfigEntry[Any]) -> set[str]:
    """Return what the sites are called in the options."""
    form = await hass.config_entries.options.async_init(entry.entry_id)
    schema = form["data_schema"]
    assert schema is not None
    hass.config_entries.options.async_abort(form["flow_id"])
    return {option["label"] for option in schema.schema["sites"].config["options"]}


def permission(hass: HomeAssistant) -> ir.IssueEntry | None:
    """Return the repair that tells of a missing permission."""
    found = (it for it in ir.async_get(hass).issues.values() if it.domain == DOMAIN)
    return next((it for it in found if it.translation_key == "no_permission"), None)


@pytest.mark.expect_warnings
@pytest.mark.parametrize("switches", REFUSALS.values(), ids=REFUSALS)
async def test_an_account_is_set_up_without_names(
    hass: HomeAssistant,
    world: World,
    fleet: Fleet,
    sites: tuple[Site, Site],
    switches: dict[str, Any],
) -> None:
    refuse(world, switches)
    form = await world.submit(await world.start_flow(), world.typed())
    assert form["step_id"] == "sites"
    result = await world.submit(form, {"sites": [site.id for site in sites]})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == NAME
    await world.settle()
    entry = result["result"]
    assert entry.unique_id == fleet.tenant_uuid
    for logger in fleet.loggers:
        assert float(world.value(channel(logger))) < 40
    assert world.value(f"{fleet.tenant_uuid}_cloud") == "on"
    assert await labels(hass, entry) == {f"{site.id} (1)" for site in sites}
    assert limit(world, fleet.loggers[0]) is None

    world.faults.on = {}
    await world.advance(6 * MINUTE)
    assert await labels(hass, entry) == {"Köln (1)", "Bern (1)"}
    assert limit(world, fleet.loggers[0]) == 8.0


@pytest.mark.parametrize(
    ("inventory", "error"),
    [({"server_error": 500}, "cloud_error"), ({"unauthorized": True}, "invalid_auth")],
)
async def test_the_devices_decide_what_is_told(
    world: World, sites: tuple[Site, Site], inventory: dict[str, Any], error: str
) -> None:
    assert sites
    world.faults.on = {"locations": {"forbidden": True}, "properties": inventory}
    form = await world.submit(await world.start_flow(), world.typed())
    assert form["errors"] == {"base": error}


async def test_names_that_do_not_come_hold_nobody_up(
    world: World, sites: tuple[Site, Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sites
    monkeypatch.setattr(first_look, "_LONGEST_NAMES", 0.0)
    endless = asyncio.Event()

    async def pause(_seconds: float) -> None:
        await endless.wait()

    world.simulator.pause = pause
    refuse(world, {"slow": 1.0})
    form = await world.submit(await world.start_flow(), world.typed())
    assert form["step_id"] == "sites"
    endless.set()


@pytest.mark.expect_warnings
@pytest.mark.parametrize(
    ("switches", "resource"),
    zip(REFUSALS.values(), cycle(("locations", "measuring_objects")), strict=False),
    ids=REFUSALS,
)
async def test_what_is_read_of_the_devices_counts(  # noqa: PLR0913, PLR0917 - one fault has many sides
    hass: HomeAssistant,
    world: World,
    fleet: Fleet,
    sites: tuple[Site, Site],
    diagnose: Download,
    resource: str,
    switches: dict[str, Any],
) -> None:
    """New devices come, old names stay, and what fails is told by itself."""
    entry = await world.add_account()
    fleet.rename("90000001", "Tiefkühlschrank")
    new = fleet.add_logger(sites[0], "Vitrine", serial="90000003")
    refuse(world, switches, resource)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await world.advance(HOUR)
    assert float(world.value(channel(new))) < 40
    assert "Tiefkühlschrank" in world.state(channel(fleet.loggers[0])).name
    assert await labels(hass, entry) == {"Köln (2)", "Bern (1)"}
    assert limit(world, fleet.loggers[0]) == 8.0
    assert world.value(f"{fleet.tenant_uuid}_cloud") == "on"

    name = {"locations": "locations", "measuring_objects": "limits"}[resource]
    told = (await diagnose(entry))["cloud"]
    assert {it for it, count in told["failures"].items() if count} == {name}
    assert [*told["errors"]] == [name]
    issue = permission(hass)
    if "forbidden" in switches:
        assert issue is not None
        assert issue.severity is ir.IssueSeverity.WARNING
        assert (issue.translation_placeholders or {})["resources"] == name
    else:
        assert issue is None

    # The devices are not read again each time, but twice a day all the same.
    world.simulator.requests.clear()
    await world.advance(HOUR)
    assert not world.requests("POST", "/properties")
    later = fleet.add_logger(sites[0], "Truhe", serial="90000004")
    await world.advance(13 * HOUR, step=5 * MINUTE)
    assert float(world.value(channel(later))) < 40

    world.faults.on = {}
    await world.advance(31 * MINUTE)
    assert permission(hass) is None
    assert not any((await diagnose(entry))["cloud"]["failures"].values())


@pytest.mark.usefixtures("recorder_mock")
@pytest.mark.expect_warnings
async def test_missing_history_is_read_on_without_names(
    hass: HomeAssistant, world: World, sites: tuple[Site, Site]
) -> None:
    assert sites
    entry = await world.add_account()
    refuse(world, {"server_error": 500})
    assert await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    start = world.now - timedelta(days=20)
    await hass.services.async_call(DOMAIN, "import_history", {"start": start}, blocking=True)
    await world.advance(10 * MINUTE)
    assert await world.imports(entry) == 0
