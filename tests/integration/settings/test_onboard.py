"""A new logger: its site, the connect key, and waiting until it is there."""

from copy import deepcopy
from datetime import timedelta
import json
import logging
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from tests.simulator import Fleet, Logger, Site

from .conftest import HOUR, MINUTE, SettingsWorld, cycles, suggested

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)


def key_of(world: SettingsWorld, site: Site) -> str:
    """Return the connect key of a site."""
    return world.management.connect_keys[site.id]


async def left(world: SettingsWorld, flow: dict[str, Any]) -> dict[str, Any]:
    """Return what a dialog says that has waited in vain."""
    await world.advance(11 * MINUTE)
    found = await world.go(flow)
    assert (found["type"], found["step_id"]) == (FlowResultType.MENU, "not_there")
    return found


async def test_from_the_box_to_the_first_alarm(  # noqa: PLR0913, PLR0917  fixtures
    hass: HomeAssistant,
    world: SettingsWorld,
    fridge: Logger,
    site: Site,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    await world.add_login()
    flow = await world.hotspot()
    key = key_of(world, site)
    said = flow["description_placeholders"]
    assert (said["connect_key"], said["site"]) == (key, "Apotheke Köln")
    assert said["picture"] == "/testo_smart_connect/hotspot.svg"
    flow = await world.go(flow, {})
    assert flow["progress_action"] == "wait"
    await world.advance(5 * MINUTE)
    logger = await world.arrive(flow)
    assert logger.serial in world.notices()[0]

    flow = await world.go(flow)
    assert flow["menu_options"] == ["cycles", "limits", "done"]
    flow = await world.go(flow, "cycles")
    said = flow["description_placeholders"]
    assert said["measuring_cycle"] == "1–1440"
    flow = await world.go(flow, {"measuring_cycle": 5, "communication_cycle": 10})
    assert flow["step_id"] == "arrived"
    assert [it.body["serial_number"] for it in world.puts()] == [logger.serial] * 2
    await world.advance(20 * MINUTE)
    assert (logger.measuring, logger.communication) == (5 * MINUTE, 10 * MINUTE)

    flow = await world.go(flow, "limits")
    channel = f"{logger.serial}_{logger.sensors[0].serial}_1"
    typed = {"name": "Impfstoffe", "channel": channel, "lower": 2.0, "upper": 8.0, "delay": 0}
    flow = await world.go(flow, typed)
    assert flow["step_id"] == "arrived"
    (watching,) = world.management.measuring_objects.values()
    assert watching.name == "Impfstoffe"
    flow = await world.go(flow, "done")
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "onboarded")
    assert not world.notices()

    logger.sensors[0].channels[0].hold(world.now, world.now + _DAY, 12.0)
    await world.advance(30 * MINUTE)
    alarm = world.state(f"{channel}_alarm")
    assert (alarm.state, alarm.attributes["limit"]) == ("on", 8.0)
    assert world.value(f"{fridge.serial}_{fridge.sensors[0].serial}_1_alarm") == "off"

    assert await hass.config_entries.async_unload(world.entry.entry_id)
    kept = json.dumps(hass_storage, default=str)
    assert logger.serial in kept
    assert await hass.config_entries.async_setup(world.entry.entry_id)
    await world.settle()
    told = json.dumps(await world.diagnostics(world.entry), default=str)
    shown = str([(it.state, it.attributes) for it in hass.states.async_all()])
    for somewhere in (caplog.text, told, shown, kept):
        assert key not in somewhere


# --- Sites --------------------------------------------------------------------------------------


async def test_a_new_site_is_asked_for_once_more(
    world: SettingsWorld, fleet: Fleet, fridge: Logger
) -> None:
    assert fridge
    await world.add_login()
    flow = await world.hotspot("Praxis *Süd*")
    assert (flow["step_id"], flow["description_placeholders"]["site"]) == (
        "new_site",
        "Praxis *Süd*",
    )
    assert not world.management.writes, "nothing is made by a typing error"
    flow = await world.go(flow, {})
    made = fleet.sites[-1]
    assert (made.name, flow["step_id"]) == ("Praxis *Süd*", "hotspot")
    assert flow["description_placeholders"]["connect_key"] == key_of(world, made)
    flow = await world.go(flow, {})
    world.join("Anderswo")
    await world.advance(4 * MINUTE)
    assert (await world.go(flow))["type"] is FlowResultType.SHOW_PROGRESS, "it is another site"
    logger = await world.arrive(flow, site=made)
    flow = await world.go(await world.go(flow, "cycles"), cycles(20, 30))
    assert flow["step_id"] == "arrived"
    assert {(it.site, it.body["serial_number"]) for it in world.puts()} == {
        ("Praxis *Süd*", logger.serial)
    }


async def test_without_the_option_no_site_is_made(
    world: SettingsWorld, fleet: Fleet, fridge: Logger
) -> None:
    assert fridge
    await world.add_login(write=False)
    flow = await world.go(await world.hotspot("Neu"), {})
    assert (flow["step_id"], flow["errors"]) == ("new_site", {"base": "read_only"})
    assert len(fleet.sites) == 1
    flow = await world.wait()
    await world.arrive(flow)
    assert (await world.go(flow))["menu_options"] == ["done"]
    assert not world.management.writes


@pytest.mark.parametrize("typed", ["Apotheke Köln", " apotheke KÖLN "])
async def test_a_known_site_may_be_typed(
    world: SettingsWorld, fridge: Logger, site: Site, typed: str
) -> None:
    assert fridge
    await world.add_login()
    flow = await world.hotspot(typed)
    assert flow["description_placeholders"]["connect_key"] == key_of(world, site)
    assert not world.management.writes


async def test_another_site_of_the_account_is_not_made_anew(
    world: SettingsWorld, fleet: Fleet, fridge: Logger
) -> None:
    assert fridge
    store = fleet.add_site("Lager")
    fleet.add_logger(store, "Regal")
    await world.add_login()
    flow = await world.hotspot("Lager")
    assert (flow["step_id"], flow["description_placeholders"]["site"]) == ("hotspot", "Lager")
    assert not world.management.writes
    flow = await world.go(flow, {})
    await world.arrive(flow, site=store)


async def test_a_site_is_chosen_by_its_name(
    world: SettingsWorld, fleet: Fleet, fridge: Logger
) -> None:
    """Nobody knows it by anything else; where two share one they are told apart."""
    assert fridge
    twins = [fleet.add_site("Filiale") for _ in range(2)]
    for it in twins:
        fleet.add_logger(it, "Regal")
    await world.add_account()
    flow = await world.begin()
    choice = next(it for key, it in flow["data_schema"].schema.items() if key == "site")
    assert set(choice.config["options"]) == {"Apotheke Köln", *(it.id for it in twins)}
    flow = await world.go(flow, world.login(site="Apotheke Köln"))
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    (subentry,) = world.entry.subentries.values()
    assert subentry.data["site"] == fleet.sites[0].id
    await world.settle()
    assert suggested(await world.begin("onboard")) == {"site": "Apotheke Köln"}
    assert suggested(await world.reconfigure())["site"] == "Apotheke Köln"


async def test_no_site_is_none(world: SettingsWorld, fridge: Logger) -> None:
    assert fridge
    await world.add_login()
    flow = await world.hotspot("  ")
    assert (flow["step_id"], flow["errors"]) == ("site", {"site": "no_site"})
    assert (await world.go(flow, {"site": "Apotheke Köln"}))["step_id"] == "hotspot"


async def test_two_logins(world: SettingsWorld, fleet: Fleet, fridge: Logger, site: Site) -> None:
    """Each has its own site; a new one is made by that which may."""
    assert fridge
    store = fleet.add_site("Lager")
    shelf = fleet.add_logger(store, "Regal")
    await world.add_login(write=False)
    result = await world.go(await world.begin(), world.login(site=store.id))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await world.settle()
    flow = await world.wait(store.id)
    world.join("Fremd", site=site)
    await world.advance(4 * MINUTE)
    assert (await world.go(flow))["type"] is FlowResultType.SHOW_PROGRESS
    logger = await world.arrive(flow, site=store)
    flow = await world.go(await world.go(flow, "cycles"), cycles(20, 30))
    assert {it.site for it in world.puts()} == {store.id}
    await world.go(flow, "done")
    assert logger.serial != shelf.serial
    flow = await world.go(await world.hotspot("Neu"), {})
    assert (flow["step_id"], fleet.sites[-1].name) == ("hotspot", "Neu")


async def test_without_a_login_there_is_nothing_to_begin(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger
) -> None:
    assert fridge
    await world.add_account()
    flow = await world.begin("onboard")
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "no_login")
    assert await hass.config_entries.async_unload(world.entry.entry_id)
    assert (await world.begin("onboard"))["reason"] == "not_loaded"


# --- Waiting ------------------------------------------------------------------------------------


async def test_each_way_out_when_nothing_comes(
    world: SettingsWorld, fridge: Logger, site: Site
) -> None:
    assert fridge
    await world.add_login()
    flow = await left(world, await world.wait())
    said = flow["description_placeholders"]
    assert said["site"] == "Apotheke Köln"
    assert said["looked"].startswith("2026-07-01 03:0")
    flow = await world.go(flow, "help")
    assert flow["step_id"] == "help"
    flow = await world.go(flow, {})
    assert flow["step_id"] == "not_there"
    flow = await world.go(flow, "hotspot")
    assert flow["description_placeholders"]["connect_key"] == key_of(world, site)
    flow = await left(world, await world.go(flow, {}))
    flow = await left(world, await world.go(flow, "waiting"))
    flow = await world.go(flow, "later")
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "later")
    logger = world.join()
    await world.advance(4 * MINUTE)
    assert logger.serial in world.notices()[0]


async def test_it_arrives_while_the_menu_is_open(world: SettingsWorld, fridge: Logger) -> None:
    assert fridge
    await world.add_login()
    flow = await left(world, await world.wait())
    world.join()
    await world.advance(4 * MINUTE)
    assert (await world.go(flow, "waiting"))["step_id"] == "arrived"


async def test_a_dialog_that_is_closed(world: SettingsWorld, fridge: Logger) -> None:
    """It is looked for all the same, and the next dialog goes on with it."""
    assert fridge
    await world.add_login()
    world.abort(await world.wait())
    await world.advance(HOUR)
    flow = await world.begin("onboard")
    assert (flow["step_id"], flow["menu_options"]) == ("user", ["go_on", "anew"])
    flow = await world.go(flow, "go_on")
    assert flow["step_id"] == "hotspot"
    world.abort(flow)
    logger = world.join()
    await world.advance(4 * MINUTE)
    assert logger.serial in world.notices()[0]
    flow = await world.go(await world.begin("onboard"), "go_on")
    assert (flow["step_id"], flow["description_placeholders"]["serial"]) == (
        "arrived",
        logger.serial,
    )
    assert not [it for it in world.notices() if "None" in it]


async def test_start_again(world: SettingsWorld, fleet: Fleet, fridge: Logger) -> None:
    """What came meanwhile is not the next one."""
    assert fridge
    store = fleet.add_site("Lager")
    fleet.add_logger(store, "Regal")
    await world.add_login()
    world.abort(await world.wait())
    first = world.join()
    await world.advance(4 * MINUTE)
    assert world.notices()
    flow = await world.go(await world.begin("onboard"), "anew")
    assert (flow["step_id"], world.notices()) == ("site", [])
    flow = await world.go(await world.go(flow, {"site": world.fleet.sites[0].id}), {})
    await world.advance(5 * MINUTE)
    assert (await world.go(flow))["type"] is FlowResultType.SHOW_PROGRESS
    second = await world.arrive(flow)
    assert second.serial != first.serial


@pytest.mark.parametrize("new_site", [False, True])
@pytest.mark.parametrize("killed", [False, True])
async def test_a_restart(  # noqa: PLR0913  fixtures
    hass: HomeAssistant,
    world: SettingsWorld,
    fleet: Fleet,
    fridge: Logger,
    hass_storage: dict[str, Any],
    *,
    new_site: bool,
    killed: bool,
) -> None:
    """Also one that leaves no time to write anything."""
    assert fridge
    await world.add_login()
    flow = await world.hotspot("Neu" if new_site else None)
    flow = await world.go(flow, {})
    if new_site:
        flow = await world.go(flow, {})
    world.abort(flow)
    await world.advance(MINUTE, step=5 * _SECOND)
    written = deepcopy(hass_storage)
    assert await hass.config_entries.async_unload(world.entry.entry_id)
    if killed:
        hass_storage.update(written)
    await world.advance(5 * MINUTE)
    logger = world.join(site=fleet.sites[-1])
    assert await hass.config_entries.async_setup(world.entry.entry_id)
    await world.settle()
    await world.advance(4 * MINUTE)
    assert logger.serial in world.notices()[0]
    flow = await world.go(await world.begin("onboard"), "go_on")
    assert flow["description_placeholders"]["serial"] == logger.serial


async def test_an_open_dialog_outlives_that_the_account_is_loaded_anew(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger
) -> None:
    assert fridge
    await world.add_login()
    flow = await world.wait()
    assert await hass.config_entries.async_reload(world.entry.entry_id)
    await world.settle()
    await world.arrive(flow)
    flow = await world.go(flow)
    flow = await world.go(await world.go(flow, "cycles"), cycles(20, 30))
    await world.go(flow, "done")
    assert (await world.begin("onboard"))["step_id"] == "site"


async def test_an_account_that_is_switched_off_meanwhile(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger
) -> None:
    assert fridge
    await world.add_login()
    flow = await world.wait()
    assert await hass.config_entries.async_unload(world.entry.entry_id)
    await world.advance(11 * MINUTE)
    flow = await world.go(flow)
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "not_loaded")


async def test_a_login_that_goes_meanwhile(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger
) -> None:
    assert fridge
    subentry_id = await world.add_login()
    flow = await world.hotspot()
    hass.config_entries.async_remove_subentry(world.entry, subentry_id)
    await world.settle()
    flow = await world.go(flow, {})
    assert (flow["type"], flow["reason"]) == (FlowResultType.ABORT, "no_login")


async def test_what_was_ended_in_another_window(world: SettingsWorld, fridge: Logger) -> None:
    assert fridge
    await world.add_login()
    first, second = await world.wait(), await world.begin("onboard")
    second = await world.go(second, "go_on")
    await world.arrive(first)
    third = await world.go(await world.begin("onboard"), "go_on")
    fourth = await world.go(await world.begin("onboard"), "anew")
    for flow, step in ((first, "cycles"), (second, {})):
        assert (await world.go(flow, step))["reason"] == "ended"
    flow = await world.go(await world.go(fourth, {"site": "Apotheke Köln"}), {})
    assert flow["progress_action"] == "wait"
    assert (await world.go(third, "limits"))["reason"] == "ended", "it is another one"
    world.abort(flow)


async def test_a_device_that_was_there_before_is_not_the_new_one(
    world: SettingsWorld, fleet: Fleet, fridge: Logger, site: Site
) -> None:
    """Neither one that comes back, nor one that testo leaves out for once."""
    other = fleet.add_logger(site, "Zweiter")
    await world.add_login()
    fleet.set_active(fridge.serial, active=False)
    fleet.devices.remove(other)
    flow = await world.wait()
    fleet.devices.append(other)
    fleet.set_active(fridge.serial, active=True)
    await world.advance(5 * MINUTE)
    assert (await world.go(flow))["type"] is FlowResultType.SHOW_PROGRESS
    await world.arrive(flow)


@pytest.mark.parametrize("new_site", [False, True])
async def test_few_requests_while_waiting(
    world: SettingsWorld, fridge: Logger, *, new_site: bool
) -> None:
    """One every two minutes, none of them to the account itself, and an end to it."""
    assert fridge
    await world.add_login()
    await world.advance(2 * HOUR)
    asked = len(world.requests())
    await world.advance(HOUR, step=10 * _SECOND)
    usual = len(world.requests()) - asked
    flow = await world.hotspot("Neu" if new_site else None)
    world.abort(await world.go(flow, {}))
    before, asked = world.asked(), len(world.requests())
    await world.advance(HOUR, step=10 * _SECOND)
    assert 27 <= world.asked() - before <= 31
    assert len(world.requests()) - asked <= usual + 2
    await world.advance(7 * _DAY, step=HOUR)
    before = world.asked()
    await world.advance(4 * HOUR)
    assert world.asked() - before <= 4, "nobody looks for ever"
    logger = world.join(site=world.fleet.sites[-1])
    await world.advance(2 * HOUR)
    assert not world.notices()
    flow = await world.go(await world.go(await world.begin("onboard"), "go_on"), {})
    await world.advance(4 * MINUTE)
    flow = await world.go(flow)
    assert flow["description_placeholders"]["serial"] == logger.serial


@pytest.mark.expect_warnings
async def test_a_cloud_that_fails_is_asked_less_often(world: SettingsWorld, fridge: Logger) -> None:
    assert fridge
    await world.add_login()
    world.abort(await world.wait())
    world.management.faults.server_error = 500
    await world.advance(10 * MINUTE)
    before = world.asked()
    await world.advance(3 * HOUR)
    assert world.asked() - before <= 12
    world.management.faults.server_error = None
    world.join()
    await world.advance(35 * MINUTE)
    assert world.notices()


# --- What fails ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("faults", "error"),
    [
        ({"server_error": 500}, "cloud_error"),
        ({"connection_reset": True}, "cannot_connect"),
        ({"forbidden": True}, "settings_not_allowed"),
        ({"refused": 404}, "settings_refused"),
        ({"rate_limit": True}, "rate_limited"),
        ({"html": True}, "settings_not_offered"),
        ({"on": {"devices": {"server_error": 500}}}, "cloud_error"),
        ({"on": {"devices": {"forbidden": True}}}, "settings_not_allowed"),
    ],
)
@pytest.mark.parametrize("typed", [None, "Lager", "Neu"])
@pytest.mark.expect_warnings
async def test_no_key_comes(  # noqa: PLR0913, PLR0917  fixtures
    world: SettingsWorld,
    fleet: Fleet,
    fridge: Logger,
    typed: str | None,
    faults: dict[str, Any],
    error: str,
) -> None:
    assert fridge
    fleet.add_logger(fleet.add_site("Lager"), "Regal")
    await world.add_login()
    world.management.faults.set(faults)
    flow = await world.hotspot(typed)
    if typed == "Neu":
        flow = await world.go(flow, {})
    if typed == "Neu" and error in {"cloud_error", "cannot_connect", "settings_not_offered"}:
        # Nobody knows what became of what was sent, unless it fails afterwards.
        error = "cloud_error" if "on" in faults else "write_unclear"
    assert (flow["step_id"], flow["errors"]) == (
        "new_site" if typed == "Neu" else "site",
        {"base": error},
    )
    if typed == "Lager":
        assert suggested(flow)["site"] == typed
    world.management.faults.set({name: False if name != "on" else {} for name in faults})
    world.management.faults.server_error = world.management.faults.refused = None
    await world.advance(MINUTE)
    again = {} if typed == "Neu" else suggested(flow)
    flow = await world.go(flow, again)
    if error == "rate_limited":
        return
    assert flow["step_id"] == "hotspot"


@pytest.mark.expect_warnings
async def test_a_login_that_is_refused(world: SettingsWorld, fridge: Logger) -> None:
    assert fridge
    await world.add_login()
    world.management.users[world.management.username] = "another one"
    world.management.faults.token_life = 60
    await world.advance(2 * _DAY, step=HOUR)
    flow = await world.hotspot()
    assert (flow["step_id"], flow["errors"]) == ("site", {"base": "invalid_auth"})


@pytest.mark.expect_warnings
async def test_going_on_fails(world: SettingsWorld, fridge: Logger) -> None:
    """What is looked for stays the same."""
    assert fridge
    await world.add_login()
    flow = await world.go(await world.hotspot("Neu"), {})
    world.abort(await world.go(flow, {}))
    logger = world.join(site=world.fleet.sites[-1])
    world.management.faults.server_error = 500
    flow = await world.go(await world.begin("onboard"), "go_on")
    assert (flow["step_id"], flow["errors"]) == ("site", {"base": "cloud_error"})
    world.management.faults.server_error = None
    flow = await world.go(flow, suggested(flow))
    assert (flow["step_id"], flow["description_placeholders"]["site"]) == ("hotspot", "Neu")
    flow = await world.go(flow, {})
    await world.advance(10 * MINUTE)
    flow = await world.go(flow)
    assert flow["description_placeholders"]["serial"] == logger.serial
