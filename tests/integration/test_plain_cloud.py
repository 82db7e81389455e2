"""A cloud that nothing above the clouds has ever heard of goes through everything.

Newest values, open alarms, no past, no limits, no status, serials with blanks and underscores.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
import json
import os
from pathlib import Path
from typing import Any

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryDisabler,
    ConfigEntryState,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    get_system_health_info,
)

from custom_components.testo_smart_connect.clouds.base import Cloud, Interval, Resource
from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.kinds.table import KINDS
from tests.integration.conftest import MINUTE, START, Download, World
from tests.plain.cloud import PlainCloud
from tests.plain.kind import ListedKind, PlainKind
from tests.plain.server import TENANT, PlainServer

HOUR = timedelta(hours=1)
COLD, WARM = "T 3_90_1", "T 3_90"
"""The one begins like the other."""
ENTRY = f"plain_{TENANT}"
IDS = {
    COLD: f"{COLD}@plain_{COLD}_0",
    WARM: f"{WARM}@plain_{WARM}_0",
}


@pytest.fixture
async def plain(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PlainServer]:
    """Return a running plain cloud whose kind is in the table."""
    for kind in (PlainKind(), ListedKind()):
        monkeypatch.setitem(KINDS, kind.name, kind)
    server = PlainServer()
    await server.start()
    server.measure(COLD, 4.5, world.now - 5 * MINUTE)
    server.measure(WARM, 21.25, world.now - 7 * MINUTE)
    yield server
    await server.stop()


async def add(world: World, plain: PlainServer, kind: str = "plain") -> ConfigEntry[Any]:
    """Add the account as a user does."""
    form = await world.start_flow(kind)
    assert form["type"] is FlowResultType.FORM, form
    assert form["step_id"] == kind
    typed = {"token": f" {plain.token} ", "advanced": {"base_url": plain.url}}
    result = await world.submit(form, typed)
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    await world.settle()
    entry: ConfigEntry[Any] = result["result"]
    return entry


def device_of(hass: HomeAssistant, identifier: str) -> dr.DeviceEntry | None:
    """Return a device by its identifier, whichever account has it."""
    registry = dr.async_get(hass)
    found = (
        registry.async_get_device_by_identifier((DOMAIN, identifier), entry.entry_id)
        for entry in hass.config_entries.async_entries(DOMAIN)
    )
    return next(filter(None, found), None)


def kinds_of_events(world: World, serial: str) -> list[str]:
    """Return the types of the alarm events of a logger, in order."""
    return [it["event_type"] for it in world.events(f"{serial}@plain")]


async def test_set_up(hass: HomeAssistant, world: World, plain: PlainServer) -> None:
    entry = await add(world, plain)

    assert entry.data == {"kind": "plain", "token": plain.token, "base_url": plain.url}
    assert (entry.unique_id, entry.title) == (ENTRY, "Plain Cloud")
    devices = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    assert {(it.manufacturer, it.name, *it.identifiers) for it in devices} == {
        ("Plain Works", "Plain Cloud", (DOMAIN, ENTRY)),
        ("Plain Works", f"Plain {COLD}", (DOMAIN, f"{COLD}@plain")),
        ("Plain Works", f"Plain {WARM}", (DOMAIN, f"{WARM}@plain")),
    }
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    told = {it.unique_id for it in entities}
    assert told >= {*IDS.values(), *(f"{it}_alarm" for it in IDS.values())}
    assert f"{ENTRY}_cloud" in told
    assert f"{ENTRY}_key_expires" not in told, "a token does not end"
    assert not any("battery" in it or "signal" in it or "_limit" in it for it in told)
    assert world.value(f"{ENTRY}_cloud") == "on"


async def test_devices_that_are_listed_elsewhere(
    hass: HomeAssistant, world: World, plain: PlainServer
) -> None:
    await add(world, plain, "listed")
    unique_id = f"{COLD}@listed_{COLD}_0"
    assert world.value(unique_id) == "4.5"
    plain.measure("new", 7.5, world.now)
    await world.advance(40 * MINUTE)
    assert device_of(hass, "new@listed") is None
    await world.advance(40 * MINUTE)
    assert device_of(hass, "new@listed")
    assert plain.asked.count("values") in {4, 5, 6}


async def test_values(world: World, plain: PlainServer) -> None:
    await add(world, plain)
    assert world.value(IDS[COLD]) == "4.5"
    assert world.value(IDS[WARM]) == "21.25"
    plain.measure(COLD, 5.5, world.now)
    await world.advance(32 * MINUTE)
    assert world.value(IDS[COLD]) == "5.5"
    # Silence is judged by what was measured, not by what was read.
    await world.advance(2 * HOUR)
    assert world.value(IDS[COLD]) == "unavailable"
    assert world.value(f"{COLD}@plain_connection") == "off"
    assert world.value(f"{ENTRY}_loggers_offline") == "2"
    plain.measure(COLD, 3.5, world.now)
    await world.advance(32 * MINUTE)
    assert world.value(IDS[COLD]) == "3.5"


async def test_an_older_value_never_comes_after_a_newer_one(
    world: World, plain: PlainServer
) -> None:
    await add(world, plain)
    plain.measure(COLD, 9.0, START - 3 * HOUR)
    await world.advance(32 * MINUTE)
    assert world.value(IDS[COLD]) == "4.5"


async def test_requests_are_those_of_the_traits(world: World, plain: PlainServer) -> None:
    """No coordinator asks for what there is not; each keeps to its interval."""
    await add(world, plain)
    plain.asked.clear()
    await world.advance(2 * HOUR)
    assert set(plain.asked) == {"values", "alarms"}
    assert plain.asked.count("values") in {3, 4}
    assert 10 <= plain.asked.count("alarms") <= 12


async def test_alarms(world: World, plain: PlainServer) -> None:
    """Each begins and ends once, whatever the set of open ones says in between."""
    plain.alarm("old", WARM, 30.0, START - HOUR)
    await add(world, plain)
    alarm = f"{IDS[COLD]}_alarm"
    assert world.value(f"{IDS[WARM]}_alarm") == "on", "what was open before is open"
    assert kinds_of_events(world, WARM) == [], "but no news"
    assert world.value(alarm) == "off"

    begun = world.now
    plain.alarm("new", COLD, 9.5, begun)
    await world.advance(11 * MINUTE)
    assert world.value(alarm) == "on"
    assert world.state(alarm).attributes["value"] == 9.5
    assert world.state(alarm).attributes["limit"] is None
    assert kinds_of_events(world, COLD) == ["alarm_raised"]
    (raised,) = world.events(f"{COLD}@plain")
    assert raised["raised_at"] == begun.isoformat()
    assert raised["serial"] == COLD

    # One that cannot be read may be any of them.
    plain.alarms["new"]["value"] = "hot"
    await world.advance(22 * MINUTE)
    assert world.value(alarm) == "on"
    plain.alarms["new"]["value"] = 10.0
    await world.advance(11 * MINUTE)
    assert world.state(alarm).attributes["value"] == 10.0
    assert kinds_of_events(world, COLD) == ["alarm_raised"]

    was_there = world.now
    del plain.alarms["new"]
    await world.advance(11 * MINUTE)
    assert world.value(alarm) == "off"
    assert world.value(f"{IDS[WARM]}_alarm") == "on"
    raised, cleared = world.events(f"{COLD}@plain")
    assert cleared["event_type"] == "alarm_cleared"
    assert cleared["episode_id"] == raised["episode_id"]
    assert was_there.isoformat() <= cleared["cleared_at"] <= world.now.isoformat()

    # It was only missing, or it is there once more: an open one is never shown as off.
    for times in (2, 3):
        plain.alarm("new", COLD, 9.5, begun)
        await world.advance(11 * MINUTE)
        assert world.value(alarm) == "on"
        del plain.alarms["new"]
        await world.advance(11 * MINUTE)
        assert world.value(alarm) == "off"
        assert kinds_of_events(world, COLD) == ["alarm_raised", "alarm_cleared"] * times
    ids = [it["episode_id"] for it in world.events(f"{COLD}@plain")]
    assert [ids.count(it) for it in ids] == [2] * 6


async def test_two_open_alarms_of_one_channel(world: World, plain: PlainServer) -> None:
    """Neither says anything of the other."""
    await add(world, plain)
    plain.alarm("a", COLD, 9.0, world.now)
    await world.advance(11 * MINUTE)
    plain.alarm("b", COLD, 12.0, world.now)
    await world.advance(HOUR)
    assert kinds_of_events(world, COLD) == ["alarm_raised"] * 2
    del plain.alarms["b"]
    await world.advance(11 * MINUTE)
    assert world.value(f"{IDS[COLD]}_alarm") == "on"
    assert kinds_of_events(world, COLD) == ["alarm_raised"] * 2 + ["alarm_cleared"]


async def test_an_alarm_that_becomes_another_one(world: World, plain: PlainServer) -> None:
    await add(world, plain)
    plain.alarm("a", COLD, 9.0, world.now)
    await world.advance(11 * MINUTE)
    plain.alarms["a"]["direction"] = "lower"
    await world.advance(55 * MINUTE)
    assert kinds_of_events(world, COLD) == ["alarm_raised", "alarm_cleared", "alarm_raised"]
    assert world.state(f"{IDS[COLD]}_alarm").attributes["direction"] == "lower"


async def test_one_that_begins_again_has_its_own_time(world: World, plain: PlainServer) -> None:
    await add(world, plain)
    plain.alarm("a", COLD, 9.0, world.now)
    await world.advance(11 * MINUTE)
    del plain.alarms["a"]
    await world.advance(11 * MINUTE)
    begun = world.now
    plain.alarm("a", COLD, 9.0, begun)
    await world.advance(11 * MINUTE)
    assert world.events(f"{COLD}@plain")[-1]["raised_at"] == begun.isoformat()


async def test_what_is_never_understood_holds_up_nothing_else(
    world: World, plain: PlainServer
) -> None:
    """As long as it tells at least which alarm it is about."""
    await add(world, plain)
    plain.alarm("bad", WARM, 9.0, world.now)
    plain.alarm("a", COLD, 9.0, world.now)
    await world.advance(11 * MINUTE)
    plain.alarms["bad"]["value"] = None
    del plain.alarms["a"]
    await world.advance(22 * MINUTE)
    assert world.value(f"{IDS[COLD]}_alarm") == "off"
    assert world.value(f"{IDS[WARM]}_alarm") == "on"


async def test_an_alarm_of_a_device_that_comes_later(world: World, plain: PlainServer) -> None:
    await add(world, plain)
    plain.alarm("n", "NEW", 9.0, world.now)
    await world.advance(HOUR)
    plain.measure("NEW", 9.0, world.now)
    await world.advance(45 * MINUTE)
    assert world.value("NEW@plain_NEW_0_alarm") == "on"
    assert kinds_of_events(world, "NEW") == ["alarm_raised"]
    del plain.alarms["n"]
    await world.advance(22 * MINUTE)
    assert kinds_of_events(world, "NEW") == ["alarm_raised", "alarm_cleared"]


async def test_a_channel_that_measures_something_else(
    hass: HomeAssistant, world: World, plain: PlainServer
) -> None:
    await add(world, plain)
    for _ in range(4):
        plain.measure(COLD, 1.0, world.now, quantity="Door")
        await world.advance(32 * MINUTE)
    registry = er.async_get(hass)
    assert registry.async_get_entity_id("binary_sensor", DOMAIN, IDS[COLD])
    assert registry.async_get_entity_id("sensor", DOMAIN, IDS[COLD]) is None


async def test_an_entity_never_becomes_that_of_another(
    hass: HomeAssistant, world: World, plain: PlainServer
) -> None:
    """However its unique id ends."""
    plain.measure("1", 5.0, world.now)
    entry = await add(world, plain)
    registry = er.async_get(hass)
    warning = registry.async_get_or_create(
        *("binary_sensor", DOMAIN, f"{IDS[COLD]}_warning"),
        config_entry=entry,
        translation_key="warning",
    )
    del plain.values[COLD]
    for _ in range(4):
        plain.measure("1", 5.0, world.now)
        plain.measure(WARM, 5.0, world.now)
        await world.advance(32 * MINUTE)
    found = registry.async_get_entity_id("binary_sensor", DOMAIN, "1@plain_1_0_warning")
    assert found != warning.entity_id
    assert registry.async_get(warning.entity_id) is None


async def test_acknowledging(hass: HomeAssistant, world: World, plain: PlainServer) -> None:
    plain.alarm("a", COLD, 9.0, START - HOUR)
    await add(world, plain)
    device = device_of(hass, f"{COLD}@plain")
    assert device is not None
    await hass.services.async_call(
        DOMAIN, "acknowledge_alarm", {"device_id": device.id}, blocking=True
    )
    assert world.state(f"{IDS[COLD]}_alarm").attributes["acknowledged"] is True


async def test_restart(hass: HomeAssistant, world: World, plain: PlainServer) -> None:
    plain.alarm("a", COLD, 9.0, START - HOUR)
    entry = await add(world, plain)
    await world.advance(11 * MINUTE)
    registry = er.async_get(hass)
    before = er.async_entries_for_config_entry(registry, entry.entry_id)
    assert await hass.config_entries.async_unload(entry.entry_id)
    del plain.alarms["a"]
    plain.alarm("b", WARM, 30.0, world.now)
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert world.value(IDS[COLD]) == "4.5", "from what is remembered"
    assert world.value(f"{IDS[COLD]}_alarm") == "on"
    await world.advance(11 * MINUTE)
    assert world.value(f"{IDS[COLD]}_alarm") == "off"
    assert world.value(f"{IDS[WARM]}_alarm") == "on"
    assert kinds_of_events(world, COLD) == ["alarm_cleared"]
    assert kinds_of_events(world, WARM) == ["alarm_raised"]
    assert er.async_entries_for_config_entry(registry, entry.entry_id) == before


async def test_a_logger_that_goes(hass: HomeAssistant, world: World, plain: PlainServer) -> None:
    """With the second complete answer that lacks it, as with every cloud."""
    await add(world, plain)
    del plain.values[COLD]
    plain.values[WARM]["value"] = "warm"
    await world.advance(100 * MINUTE)
    assert device_of(hass, f"{COLD}@plain"), "what was read was not whole"
    plain.measure(WARM, 20.0, world.now)
    await world.advance(32 * MINUTE)
    assert device_of(hass, f"{COLD}@plain")
    plain.measure(WARM, 20.0, world.now)
    await world.advance(32 * MINUTE)
    assert device_of(hass, f"{COLD}@plain") is None
    assert world.value(IDS[WARM]) == "20.0"
    plain.measure(COLD, 2.0, world.now)
    await world.advance(32 * MINUTE)
    assert world.value(IDS[COLD]) == "2.0"


@pytest.mark.expect_warnings
async def test_a_refused_token(hass: HomeAssistant, world: World, plain: PlainServer) -> None:
    entry = await add(world, plain)
    plain.token = "plain-token-2"
    plain.measure(COLD, 5.0, world.now)
    await world.advance(20 * MINUTE)
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == SOURCE_REAUTH
    assert world.value(IDS[COLD]) == "4.5", "a failed poll alone changes nothing"
    await world.advance(25 * MINUTE)
    assert world.value(f"{ENTRY}_cloud") == "off"
    result = await world.submit(flow, {"token": plain.token})
    assert result["reason"] == "reauth_successful"
    await world.settle()
    assert entry.data == {"kind": "plain", "token": plain.token, "base_url": plain.url}
    assert world.value(f"{ENTRY}_cloud") == "on"


async def test_reconfiguring(hass: HomeAssistant, world: World, plain: PlainServer) -> None:
    entry = await add(world, plain)
    flows = hass.config_entries.flow
    form = await flows.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    )
    assert form["step_id"] == "reconfigure_plain"
    typed = {"token": plain.token, "advanced": {"base_url": "ftp://plain.example"}}
    result = await world.submit(form, typed)
    assert result["errors"] == {"base": "invalid_url"}
    typed["advanced"] = {"base_url": f"{plain.url}/"}
    result = await world.submit(result, typed)
    assert result["reason"] == "reconfigure_successful"
    await world.settle()
    assert world.value(IDS[COLD]) == "4.5"


async def test_options(hass: HomeAssistant, world: World, plain: PlainServer) -> None:
    """The bounds of the intervals are those of the cloud."""
    entry = await add(world, plain)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    schema = form["data_schema"]
    assert schema is not None
    bounds = {
        str(name): (field.config["min"], field.config["max"])
        for name, field in schema.schema.items()
    }
    assert bounds == {
        "alarm_interval": (5, 60),
        "measurement_interval": (15, 240),
        "stale_after": (1, 2880),
    }


async def test_what_is_fixed_is_no_option(
    hass: HomeAssistant, world: World, plain: PlainServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    intervals = {**PlainCloud.traits.intervals, Resource.ALARMS: Interval.fixed(HOUR)}
    traits = replace(PlainCloud.traits, intervals=intervals)
    monkeypatch.setattr(PlainCloud, "traits", traits)
    monkeypatch.setattr(PlainKind, "traits", traits)
    entry = await add(world, plain)
    form = await hass.config_entries.options.async_init(entry.entry_id)
    schema = form["data_schema"]
    assert schema is not None
    assert {*map(str, schema.schema)} == {"measurement_interval", "stale_after"}


@pytest.mark.parametrize(("kind", "stays"), [("plain", False), ("later", True)])
async def test_files_are_kept_only_for_who_can_export(
    hass: HomeAssistant, world: World, plain: PlainServer, *, kind: str, stays: bool
) -> None:
    assert plain.url
    hass.config.media_dirs = {"local": hass.config.path("media")}
    file = Path(hass.config.path("media")) / DOMAIN / "a_1_2026_05_report.pdf"
    await hass.async_add_executor_job(_put, file, (START - timedelta(days=31)).timestamp())
    MockConfigEntry(
        domain=DOMAIN,
        unique_id="x",
        data={"kind": kind},
        disabled_by=ConfigEntryDisabler.USER,
    ).add_to_hass(hass)
    entry = await world.add_account()
    hass.config_entries.async_update_entry(entry, options={"export_days": 30})
    await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    assert await hass.async_add_executor_job(file.exists) is stays


def _put(file: Path, changed: float) -> None:
    file.parent.mkdir(parents=True)
    file.touch()
    os.utime(file, (changed, changed))


@pytest.mark.expect_warnings
async def test_an_account_of_a_later_release(hass: HomeAssistant, world: World) -> None:
    entry = MockConfigEntry(domain=DOMAIN, title="Later", unique_id="x", data={"kind": "later"})
    entry.add_to_hass(hass)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.error_reason_translation_key == "unknown_kind"
    await world.settle()


async def test_diagnostics(world: World, plain: PlainServer, diagnose: Download) -> None:
    plain.alarm("a", COLD, 9.0, START - HOUR)
    entry = await add(world, plain)
    found = await diagnose(entry)
    assert found["account"]["kind"] == "plain"
    assert found["cloud"]["traits"]["history"] == "none"
    assert found["alarms"]["open"] == {"alarms": 1, "warnings": 0}
    told = json.dumps(found)
    for secret in (COLD, WARM, TENANT, plain.token, plain.url):
        assert secret not in told


async def test_history_is_not_offered(
    hass: HomeAssistant, world: World, plain: PlainServer
) -> None:
    await add(world, plain)
    call = {"start": (START - 48 * HOUR).isoformat()}
    with pytest.raises(ServiceValidationError) as refused:
        await hass.services.async_call(
            DOMAIN, "import_history", call, blocking=True, return_response=True
        )
    assert refused.value.translation_key == "not_offered"
    assert refused.value.translation_placeholders == {
        "account": "Plain Cloud",
        "kind": "Plain Cloud",
    }


async def test_system_health(hass: HomeAssistant, world: World, plain: PlainServer) -> None:
    assert await async_setup_component(hass, "system_health", {})
    await add(world, plain)
    told = await get_system_health_info(hass, DOMAIN)
    assert (told["accounts"], told["devices"]) == (1, 2)
    assert not [name for name in told if name.startswith("reach_")]


async def test_removal(hass: HomeAssistant, world: World, plain: PlainServer) -> None:
    entry = await add(world, plain)
    await world.advance(11 * MINUTE)
    folder = Path(hass.config.path(".storage"))

    def ours() -> set[str]:
        return {path.name for path in folder.iterdir() if path.name.startswith(DOMAIN)}

    kept = ours()
    assert kept
    await hass.config_entries.async_remove(entry.entry_id)
    assert entry.state is ConfigEntryState.NOT_LOADED
    assert not ours() & kept
    assert dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id) == []


async def test_beside_the_same_logger_in_another_account(
    hass: HomeAssistant, world: World, plain: PlainServer
) -> None:
    """One logger may be seen through two kinds of accounts."""
    world.fleet.add_logger(world.fleet.add_site("Köln"), "Lager", serial=WARM)
    await world.add_account()
    await add(world, plain)
    assert device_of(hass, WARM)
    assert device_of(hass, f"{WARM}@plain")
    assert world.value(IDS[WARM]) == "21.25"


@pytest.mark.expect_warnings
async def test_issues_of_one_account_are_not_those_of_another(
    hass: HomeAssistant,
    world: World,
    plain: PlainServer,  # noqa: ARG001  its kind is in the table
) -> None:
    """However their names begin or end."""
    entries = {}
    servers = [PlainServer("12"), PlainServer("12_3"), PlainServer("x_12")]
    for server in servers:
        await server.start()
        server.measure("1", 4.5, world.now)
        server.measure("2", 4.5, world.now, unit=None, time="now")
        entries[server.tenant] = await add(world, server)
    await world.advance(HOUR)

    def shown() -> set[str]:
        return {issue_id for domain, issue_id in ir.async_get(hass).issues if domain == DOMAIN}

    assert shown() == {f"misread_plain_{it}" for it in ("12", "12_3", "x_12")}
    await hass.config_entries.async_remove(entries["12"].entry_id)
    assert shown() == {"misread_plain_12_3", "misread_plain_x_12"}
    servers[1].measure("2", 4.5, world.now)
    await world.advance(HOUR)
    assert shown() == {"misread_plain_x_12"}
    for server in servers:
        await server.stop()


def test_a_cloud_brings_what_its_traits_declare() -> None:
    """The rest is what nobody asks for."""
    traits = PlainCloud.traits
    own = {name for name in vars(Cloud) if not name.startswith("_")} & vars(PlainCloud).keys()
    assert own == {"newest", "active"}
    assert {*traits.intervals} == {Resource.ALARMS, Resource.READINGS}
    assert traits.essential == (Resource.ALARMS, Resource.READINGS)
