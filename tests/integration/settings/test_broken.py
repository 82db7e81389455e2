"""What must not get round a stop, or lose one."""

import asyncio
from typing import Any

from homeassistant.const import EVENT_LOGBOOK_ENTRY
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events

from custom_components.testo_smart_connect.const import DOMAIN
from tests.simulator import Fleet, Kind, Logger, Site

from .conftest import MINUTE, SettingsWorld


async def set_zone(world: SettingsWorld, site: str, zone: str = "Europe/London") -> None:
    """Take the action."""
    data = {"site": site, "time_zone": zone}
    await world.hass.services.async_call(DOMAIN, "set_site_time_zone", data, blocking=True)


async def stop(world: SettingsWorld, fridge: Logger) -> None:
    """Let a change go wrong."""
    world.management.odd.spills = {"name": "Anders"}
    with pytest.raises(HomeAssistantError):
        await world.set_cycle(fridge, 20)
    world.management.odd.spills = {}


async def test_a_change_that_waits_is_stopped_as_well(world: SettingsWorld, fridge: Logger) -> None:
    await world.add_login()
    world.management.odd.spills = {"name": "Anders"}
    first, second = await asyncio.gather(
        world.enter(fridge, 20),
        world.enter(fridge, 30, "communication_cycle"),
        return_exceptions=True,
    )
    assert isinstance(first, HomeAssistantError)
    assert isinstance(second, HomeAssistantError)
    assert second.translation_key == "settings_stopped"
    assert len(world.puts()) == 1


@pytest.mark.parametrize("how", ["cancelled", "unloaded"])
async def test_a_change_is_checked_whoever_stops_waiting(
    world: SettingsWorld, fridge: Logger, how: str
) -> None:
    """An automation that is started anew, or an account that is loaded anew meanwhile."""
    await world.add_login()
    odd = world.management.odd
    odd.spills, odd.slow_store = {"name": "Anders"}, 1
    task = world.hass.async_create_task(world.enter(fridge, 20))
    while not world.puts():  # noqa: ASYNC110  the simulator tells nobody
        await asyncio.sleep(0)
    if how == "cancelled":
        task.cancel()
    else:
        assert await world.hass.config_entries.async_reload(world.entry.entry_id)
    await asyncio.gather(task, return_exceptions=True)
    await world.settle()
    assert world.asked("GET", "/devices/") == 3, "it was looked at"
    world.management.odd.spills = {}
    await world.advance(MINUTE)
    assert world.issue("settings_differ") is not None
    with pytest.raises(ServiceValidationError):
        await world.set_cycle(fridge, 30)


async def test_a_stop_is_not_forgotten_with_the_login(world: SettingsWorld, fridge: Logger) -> None:
    login = await world.add_login()
    await stop(world, fridge)
    world.hass.config_entries.async_remove_subentry(world.entry, login)
    await world.settle()
    assert world.asked("PUT") == 1
    await world.go(await world.begin(), world.login())
    await world.settle()
    assert world.issue("settings_differ") is not None
    with pytest.raises(ServiceValidationError) as stopped:
        await world.set_cycle(fridge, 30)
    assert stopped.value.translation_key == "settings_stopped"


@pytest.mark.parametrize("called", ["id", "name"])
async def test_somebody_has_looked_at_what_a_login_that_is_gone_has_stopped(  # noqa: PLR0913, PLR0917  fixtures
    hass: HomeAssistant,
    world: SettingsWorld,
    fleet: Fleet,
    site: Site,
    fridge: Logger,
    mend: Any,
    called: str,
) -> None:
    """Another login changes nothing at the site until then, however that is called."""
    other = fleet.add_site("Lager")
    fleet.add_logger(other, "Labor", kind=Kind.TEMPERATURE)
    world.management.odd.readable.add("settings")
    login = await world.add_login()
    await world.go(await world.begin(), world.login(site=other.id))
    await world.settle()
    await stop(world, fridge)
    hass.config_entries.async_remove_subentry(world.entry, login)
    await world.settle()
    asked = site.id if called == "id" else site.name
    for _ in range(2):
        with pytest.raises(HomeAssistantError) as stopped:
            await set_zone(world, asked)
        assert stopped.value.translation_key == "settings_stopped"
        assert await hass.config_entries.async_reload(world.entry.entry_id)
        await world.settle()
    (issue,) = issues(hass)
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["site"] == site.name
    assert world.asked("PUT") == 1
    await mend(issue.issue_id)
    await world.settle()
    assert not issues(hass)
    await set_zone(world, asked)
    assert world.asked("PUT") == 2


def issues(hass: HomeAssistant) -> list[ir.IssueEntry]:
    """Return what somebody has to look at."""
    every = ir.async_get(hass).issues.values()
    return [it for it in every if it.translation_key == "settings_differ"]


@pytest.mark.usefixtures("fridge")
async def test_the_time_zone_stops_at_once(
    hass: HomeAssistant, world: SettingsWorld, site: Site
) -> None:
    hass.config.components.add("logbook")
    written = async_capture_events(hass, EVENT_LOGBOOK_ENTRY)
    await world.add_login()
    world.management.odd.readable.add("settings")
    documents = world.management.documents
    apply = documents.apply

    def spill(kind: str, uuid: str, change: Any) -> None:
        apply(kind, uuid, change)
        documents._stored[kind, uuid]["language"] = "fr"  # noqa: SLF001  what else it changes

    documents.apply = spill  # type: ignore[method-assign]  # it changes more than it is asked for
    with pytest.raises(HomeAssistantError):
        await set_zone(world, site.name)
    assert world.issue("settings_differ") is not None
    (entry,) = written
    for words in ("Europe/London", "could not be confirmed"):
        assert words in entry.data["message"]


@pytest.mark.usefixtures("fridge")
@pytest.mark.parametrize("typed", ["id", "name"])
async def test_no_other_login_goes_round_that_of_a_site(
    world: SettingsWorld, fleet: Fleet, site: Site, typed: str
) -> None:
    """However the site is called: its own login says whether it may be changed."""
    other = fleet.add_site("Lager")
    fleet.add_logger(other, "Labor", kind=Kind.TEMPERATURE)
    world.management.odd.readable.add("settings")
    await world.add_login(site=other.id)
    # One is known by the name, and called by the id in what follows, or the other way round.
    own = site.name if typed == "id" else site.id
    world.management.odd.sites_by = "name" if typed == "id" else "both"
    await world.go(await world.begin(), world.login(site=own, write=False))
    world.management.odd.sites_by = "both"
    await world.settle()
    assert len(world.entry.subentries) == 2
    with pytest.raises(ServiceValidationError) as refused:
        await set_zone(world, site.id if typed == "id" else site.name)
    assert refused.value.translation_key == "read_only"
    assert not world.management.writes


async def test_entities_go_with_their_login(
    hass: HomeAssistant, world: SettingsWorld, fleet: Fleet, fridge: Logger
) -> None:
    """Also while another one stays, whose entities stay with it."""
    other = fleet.add_site("Lager")
    fleet.add_logger(other, "Labor", kind=Kind.TEMPERATURE)
    login = await world.add_login()
    before = {*er.async_get(hass).entities}
    await world.go(await world.begin(), world.login(site=other.id))
    await world.advance(MINUTE)
    assert {*er.async_get(hass).entities} > before
    unique_id = f"{fridge.serial}_measuring_cycle"
    registry = er.async_get(hass)
    assert registry.async_get_entity_id("number", DOMAIN, unique_id)
    hass.config_entries.async_remove_subentry(world.entry, login)
    await world.settle()
    assert registry.async_get_entity_id("number", DOMAIN, unique_id) is None
    left = [it for it in registry.entities.values() if it.translation_key == "measuring_cycle"]
    assert len(left) == 1
