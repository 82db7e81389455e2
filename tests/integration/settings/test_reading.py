"""Settings are read, shown in minutes, and end when nobody reads them any more."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.testo_smart_connect import config_flow
from custom_components.testo_smart_connect.const import DOMAIN
from tests.simulator import NO_LICENCE_USER, Fleet, Kind, Logger, Site

from .conftest import HOUR, MINUTE, SettingsWorld


async def test_cycles_and_slots_are_shown(world: SettingsWorld, fridge: Logger) -> None:
    await world.add_login()
    measuring = world.state(f"{fridge.serial}_measuring_cycle")
    assert float(measuring.state) == fridge.measuring / MINUTE
    assert (measuring.attributes["min"], measuring.attributes["max"]) == (1, 1440)
    assert measuring.attributes["unit_of_measurement"] == "min"
    assert measuring.attributes["pending"] is False
    communication = world.value(f"{fridge.serial}_communication_cycle")
    assert float(communication) == fridge.communication / MINUTE
    assert world.value(f"{fridge.serial}_slot_0") == "on"
    world.management.unplug(fridge.sensors[0])
    unplugged = world.now
    await world.advance(65 * MINUTE)
    slot = world.state(f"{fridge.serial}_slot_0")
    assert slot.state == "off"
    assert slot.attributes["changed_at"] == unplugged.isoformat()


@pytest.mark.parametrize("switched_on", [False])
async def test_they_are_off_until_somebody_wants_them(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger
) -> None:
    await world.add_login()
    registry = er.async_get(hass)
    for what in ("measuring_cycle", "communication_cycle", "slot_0"):
        entity = registry.async_get(world.entity_id(f"{fridge.serial}_{what}"))
        assert entity is not None
        assert entity.disabled_by is er.RegistryEntryDisabler.INTEGRATION


@pytest.mark.parametrize("seconds", [False, True])
@pytest.mark.parametrize("as_text", [False, True])
async def test_the_unit_is_what_makes_sense(
    world: SettingsWorld, fridge: Logger, *, seconds: bool, as_text: bool
) -> None:
    world.management.odd.seconds, world.management.odd.numbers_as_text = seconds, as_text
    await world.add_login()
    measuring = world.state(f"{fridge.serial}_measuring_cycle")
    assert float(measuring.state) == fridge.measuring / MINUTE
    assert (measuring.attributes["min"], measuring.attributes["max"]) == (1, 1440)


@pytest.mark.parametrize("odd", ["names", "capability", "unknown bound"])
async def test_what_is_not_understood_is_not_offered(
    world: SettingsWorld, fridge: Logger, odd: str
) -> None:
    if odd == "names":
        world.management.odd.names = {"measuring_cycle": "takt", "communication_cycle": "sendetakt"}
    elif odd == "capability":
        world.management.odd.capability_missing = True
    else:
        world.management.odd.names = {"measuring_cycle_min": "a", "communication_cycle_min": "b"}
    await world.add_login()
    for cycle in ("measuring_cycle", "communication_cycle"):
        with pytest.raises(KeyError):
            world.entity_id(f"{fridge.serial}_{cycle}")
    assert world.value(f"{fridge.serial}_slot_0") == "on"
    told = (await world.diagnostics(world.entry))["settings"][0]
    assert (told["devices"], told["matched"], told["cycles"]) == (1, 1, 0)
    assert told["outline"]["device"]["serial_number"] == "str"
    assert fridge.serial not in str(told)


async def test_a_gateway_has_some_and_its_radio_sensors_have_none(
    world: SettingsWorld, fleet: Fleet, site: Site
) -> None:
    gateway = fleet.add_gateway(site, "Gateway")
    sensor = gateway.add_radio_sensor("Raum", kind=Kind.CLIMATE)
    await world.add_login()
    assert world.value(f"{gateway.serial}_slot_0") == "on"
    assert world.value(f"{gateway.serial}_communication_cycle") != "unavailable"
    with pytest.raises(KeyError):
        world.entity_id(f"{sensor.serial}_slot_0")


async def test_few_requests(world: SettingsWorld, fridge: Logger) -> None:
    """One an hour, one login a day, none because of a restart."""
    assert fridge
    await world.add_login()
    before, logins = world.asked("GET"), world.asked("POST", "/token")
    await world.advance(24 * HOUR, step=10 * MINUTE)
    assert 18 <= world.asked("GET") - before <= 24
    assert world.asked("POST", "/token") - logins <= 1
    before, logins = world.asked(), world.asked("POST", "/token")
    await world.hass.config_entries.async_reload(world.entry.entry_id)
    await world.settle()
    assert world.asked() == before
    assert world.value(f"{fridge.serial}_measuring_cycle") != "unavailable"


@pytest.mark.expect_warnings
async def test_settings_are_not_shown_for_ever(world: SettingsWorld, fridge: Logger) -> None:
    await world.add_login()
    world.management.faults.server_error = 500
    await world.advance(2 * HOUR, step=5 * MINUTE)
    assert world.value(f"{fridge.serial}_measuring_cycle") != "unavailable"
    await world.advance(2 * HOUR, step=5 * MINUTE)
    for what in ("measuring_cycle", "slot_0"):
        assert world.value(f"{fridge.serial}_{what}") == "unavailable"
    world.management.faults.server_error = None
    await world.advance(2 * HOUR, step=5 * MINUTE)
    assert world.value(f"{fridge.serial}_slot_0") == "on"


async def test_a_login_that_goes_takes_its_entities_along(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger
) -> None:
    subentry_id = await world.add_login()
    assert world.value(f"{fridge.serial}_slot_0") == "on"
    hass.config_entries.async_remove_subentry(world.entry, subentry_id)
    await world.settle()
    for what in ("measuring_cycle", "communication_cycle", "slot_0"):
        with pytest.raises(KeyError):
            world.entity_id(f"{fridge.serial}_{what}")
    asked = world.asked()
    await world.advance(3 * HOUR, step=10 * MINUTE)
    assert world.asked() == asked
    assert world.value(f"{fridge.serial}_connection") == "on"


# --- The form ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"password": "wrong"}, "invalid_auth"),
        ({"username": NO_LICENCE_USER}, "no_permission"),
        ({"site": "Nowhere"}, "no_permission"),
        ({"site": " "}, "no_site"),
        ({"username": " "}, "invalid_auth"),
        ({"advanced": {"environment": "p", "base_url": "http://example.com"}}, "invalid_url"),
    ],
)
async def test_what_is_wrong_is_said(
    world: SettingsWorld, fridge: Logger, changes: dict[str, object], error: str
) -> None:
    assert fridge
    await world.add_account()
    result = await world.go(await world.begin(), world.login(**changes))
    assert result["type"] is FlowResultType.FORM
    assert error in result["errors"].values()
    result = await world.go(result, world.login())
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Apotheke Köln"


@pytest.mark.parametrize("status", [400, 404])
async def test_an_unknown_site(world: SettingsWorld, fridge: Logger, status: int) -> None:
    assert fridge
    await world.add_account()
    world.management.faults.on = {"devices": {"refused": status}}
    result = await world.go(await world.begin(), world.login())
    assert result["errors"] == {"base": "unknown_site"}


async def test_a_site_may_have_to_be_named(world: SettingsWorld, fridge: Logger) -> None:
    """Nobody says whether its uuid or its name is meant."""
    world.management.odd.sites_by = "name"
    await world.add_login()
    (subentry,) = world.entry.subentries.values()
    assert subentry.data["site"] == "Apotheke Köln"
    assert world.value(f"{fridge.serial}_slot_0") == "on"


async def test_loggers_of_somebody_else(world: SettingsWorld, fleet: Fleet, fridge: Logger) -> None:
    assert fridge
    await world.add_account()
    fleet.add_logger(fleet.add_site("Anderswo"), "Fremd", serial="99999999")
    result = await world.go(await world.begin(), world.login(site="Anderswo"))
    assert result["errors"] == {"base": "foreign_site"}


async def test_one_login_for_a_site(world: SettingsWorld, fridge: Logger) -> None:
    assert fridge
    await world.add_login()
    for site in (world.fleet.sites[0].id, "Apotheke Köln"):
        result = await world.go(await world.begin(), world.login(site=site))
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_the_login_is_changed(world: SettingsWorld, fridge: Logger) -> None:
    assert fridge
    await world.add_login(write=False)
    typed = {it: value for it, value in world.login().items() if it != "password"}
    result = await world.go(await world.reconfigure(), typed)
    assert result["reason"] == "reconfigure_successful"
    (subentry,) = world.entry.subentries.values()
    assert subentry.data["write"] is True
    assert subentry.data["password"] == world.management.password


async def test_the_login_is_changed_while_the_account_is_not_loaded(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger
) -> None:
    await world.add_login(write=False)
    assert await hass.config_entries.async_unload(world.entry.entry_id)
    result = await world.go(await world.reconfigure(), world.login())
    assert result["reason"] == "reconfigure_successful"
    assert await hass.config_entries.async_setup(world.entry.entry_id)
    await world.settle()
    await world.set_cycle(fridge, 20)
    assert len(world.puts()) == 1


async def test_a_kept_password_goes_nowhere_else(world: SettingsWorld, fridge: Logger) -> None:
    assert fridge
    await world.add_login()
    typed = {it: value for it, value in world.login().items() if it != "password"}
    typed["advanced"] = {"environment": "p", "base_url": "http://127.0.0.1:9"}
    result = await world.go(await world.reconfigure(), typed)
    assert result["errors"] == {"password": "secret_needed"}


async def test_only_some_kinds_have_it(world: SettingsWorld, fridge: Logger) -> None:
    assert fridge
    await world.add_account()
    assert set(world.entry.supported_subentry_types) == {"settings", "onboard"}
    for kind, found in (
        ("saveris_data", {"settings", "onboard"}),
        ("sensorist", set()),
        ("saveris_2", set()),
        ("of a later release", set()),
    ):
        entry = MockConfigEntry(domain=DOMAIN, data={"kind": kind})
        assert set(config_flow.TestoConfigFlow.async_get_supported_subentry_types(entry)) == found


# --- What fails ---------------------------------------------------------------------------------


@pytest.mark.expect_warnings
async def test_a_refused_login_is_its_own_matter(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger
) -> None:
    await world.add_login()
    world.management.users[world.management.username] = "another one"
    world.management.faults.token_life = 60
    await world.advance(26 * HOUR, step=10 * MINUTE)
    assert world.issue("settings_login") is not None
    assert not hass.config_entries.flow.async_progress()
    logins = world.asked("POST", "/token")
    await world.advance(6 * HOUR, step=10 * MINUTE)
    assert world.asked("POST", "/token") == logins, "a refused login is never repeated"
    assert world.value(f"{fridge.serial}_connection") == "on"
    result = await world.go(await world.reconfigure(), world.login())
    assert result["reason"] == "reconfigure_successful"
    await world.advance(MINUTE)
    assert world.issue("settings_login") is None
    assert world.value(f"{fridge.serial}_slot_0") == "on"


@pytest.mark.expect_warnings
async def test_a_permission_that_is_taken_away(world: SettingsWorld, fridge: Logger) -> None:
    await world.add_login()
    world.management.faults.forbidden = True
    await world.advance(3 * HOUR, step=5 * MINUTE)
    assert world.issue("settings_permission") is not None
    world.management.faults.forbidden = False
    await world.advance(HOUR, step=5 * MINUTE)
    assert world.issue("settings_permission") is None
    assert world.value(f"{fridge.serial}_connection") == "on"


async def test_another_interval_does_not_harm(world: SettingsWorld, fridge: Logger) -> None:
    """What the account remembers of a login survives a restart."""
    await world.add_login()
    await world.advance(timedelta(minutes=30))
    assert await world.hass.config_entries.async_unload(world.entry.entry_id)
    assert await world.hass.config_entries.async_setup(world.entry.entry_id)
    await world.settle()
    assert world.value(f"{fridge.serial}_measuring_cycle") != "unavailable"


# --- What is to be mended -----------------------------------------------------------------------


@pytest.mark.expect_warnings
async def test_a_repair_opens_the_form_of_the_login(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger, mend: Any
) -> None:
    assert fridge
    await world.add_login()
    world.management.users[world.management.username] = "another one"
    world.management.revoke_tokens()
    await world.advance(2 * HOUR, step=10 * MINUTE)
    issue = world.issue("settings_login")
    assert issue is not None
    shown, then = await mend(issue.issue_id)
    assert (shown["step_id"], then["reason"]) == ("confirm", "continues")
    kind, flow_id = then["next_flow"]
    assert kind == "config_subentries_flow"
    form = hass.config_entries.subentries.async_get(flow_id)
    assert form["step_id"] == "reconfigure"
    result = await world.go(form, world.login())
    assert result["reason"] == "reconfigure_successful"
    await world.advance(MINUTE)
    assert world.issue("settings_login") is None


async def test_a_repair_of_a_login_that_goes_meanwhile(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger, mend: Any
) -> None:
    subentry_id = await world.add_login()
    world.management.odd.spills = {"name": "Anders"}
    with pytest.raises(HomeAssistantError):
        await world.set_cycle(fridge, 20)
    issue = world.issue("settings_differ")
    assert issue is not None

    async def remove() -> None:
        hass.config_entries.async_remove_subentry(world.entry, subentry_id)
        await world.settle()

    _, then = await mend(issue.issue_id, remove)
    assert then["type"] == "create_entry"
