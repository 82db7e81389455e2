"""Several accounts, partner keys and chains: each instrument where it belongs, and nowhere else."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
import json
import socket
from typing import Any

import aiohttp
from homeassistant.config_entries import ConfigEntry, ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.json import JSONEncoder
from homeassistant.helpers.translation import async_get_translations
import pytest

from custom_components.testo_smart_connect.account.store import ledger_path
from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE, START, Download, World
from tests.simulator import (
    ChannelSpec,
    Fleet,
    Kind,
    Logger,
    Simulator,
    Site,
    band,
)

HOUR = timedelta(hours=1)
CYCLE = timedelta(hours=13)


async def add(world: World, simulator: Simulator, **changes: Any) -> ConfigEntry[Any]:
    """Add the account of another cloud."""
    return await world.add_account(
        api_key=simulator.api_key, advanced={"base_url": simulator.base_url}, **changes
    )


def told(hass: HomeAssistant, entry: ConfigEntry[Any]) -> str:
    """Return everything that an account shows, as text."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    states = [hass.states.get(entity.entity_id) for entity in entities]
    return json.dumps([state.as_dict() for state in states if state], cls=JSONEncoder)


@pytest.mark.expect_warnings
async def test_two_accounts_side_by_side(
    hass: HomeAssistant, world: World, fleet: Fleet, second: Simulator
) -> None:
    """Each with its own cloud, key, alarms and troubles."""
    fleet.add_logger(fleet.add_site("Apotheke Köln"), "Kühlschrank", serial="90000001")
    ours, theirs = await world.add_account(), await add(world, second)
    assert {entry.unique_id for entry in (ours, theirs)} == {
        fleet.tenant_uuid,
        second.fleet.tenant_uuid,
    }
    second.faults.server_error = 503
    await world.advance(HOUR)
    assert world.value(f"{fleet.tenant_uuid}_cloud") == "on"
    assert world.value(f"{second.fleet.tenant_uuid}_cloud") == "off"
    assert float(world.value("90000001_91000201_1"))
    second.faults.server_error = None
    await world.advance(HOUR)
    assert world.value(f"{second.fleet.tenant_uuid}_cloud") == "on"

    for simulator, foreign in ((world.simulator, second), (second, world.simulator)):
        keys = {record.headers.get("x-custom-api-key") for record in simulator.requests}
        assert foreign.api_key not in keys
    assert "Labor" not in told(hass, ours)
    assert "Köln" not in told(hass, theirs)
    await hass.config_entries.async_remove(theirs.entry_id)
    await world.advance(20 * MINUTE)
    assert float(world.value("90000001_91000201_1"))


async def test_two_sites_of_one_partner_key_are_kept_apart(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    """Loggers of the same name, the limits of one and the alarms of the other."""
    names = ("Kundin Alpha", "Kunde Beta")
    loggers = []
    for name, upper in zip(names, (8.0, 26.0), strict=True):
        site = fleet.add_site(name)
        limits = band("Temperature", alarm=(2.0, upper))
        loggers.append(fleet.add_logger(site, "Kühlschrank", limits=limits))
        loggers[-1].sensors[0].channels[0].hold(START, START + 24 * HOUR, 30.0)
    entry = await world.add_account()
    await world.advance(HOUR)

    registry, devices = er.async_get(hass), dr.async_get(hass)
    for logger, own, other in zip(loggers, names, reversed(names), strict=True):
        alarm = world.state(f"{logger.serial}_{logger.sensors[0].serial}_1_alarm")
        assert alarm.state == "on"
        assert alarm.attributes["limit"] == (8.0 if own == names[0] else 26.0)
        (raised,) = world.events(logger.serial)
        assert raised["site"] == own
        device = devices.async_get_device_by_identifier((DOMAIN, logger.serial), entry.entry_id)
        assert device is not None
        assert device.area_id is not None
        area = ar.async_get(hass).async_get_area(device.area_id)
        assert area is not None
        assert area.name == own
        for entity in er.async_entries_for_device(registry, device.id):
            state = hass.states.get(entity.entity_id)
            shown = json.dumps(state.as_dict(), cls=JSONEncoder) if state else ""
            assert other not in shown, entity.entity_id


async def test_a8_a_chain_of_many_branches(
    hass: HomeAssistant, world: World, fleet: Fleet, diagnose: Download
) -> None:
    """520 loggers in three sites, of which two are chosen."""
    names = ("Filiale Köln", "Filiale Zürich", "Filiale Łódź")
    sites = [fleet.add_site(name) for name in names]
    odd = Kind.of(ChannelSpec("Foo", "Unknown", "foo/m", 1), ChannelSpec("Bar", "Unknown", "x", 1))
    limits = band("Temperature", alarm=(2.0, 8.0))
    loggers = [
        fleet.add_logger(
            sites[number % 3],
            f"Truhe {number}",
            kind=odd if number == 4 else Kind.TWIN,
            limits=limits if number % 3 < 2 else (),
            since=START - 24 * HOUR,
        )
        for number in range(520)
    ]
    for channel in fleet.channels:
        channel.hold(START - 24 * HOUR, START + 48 * HOUR, 5.0)
    warm = [it for it in loggers if it.measuring_object.terms and it is not loggers[4]][:90]
    for logger in warm:
        logger.sensors[0].channels[0].hold(START - 6 * HOUR, START + 48 * HOUR, 12.0)
    form = await world.submit(await world.start_flow(), world.typed())
    result = await world.submit(form, {"sites": [sites[0].id, sites[1].id]})
    entry = result["result"]
    await world.settle()
    await world.advance(6 * MINUTE)

    registry = dr.async_get(hass)

    def devices() -> set[str]:
        found = dr.async_entries_for_config_entry(registry, entry.entry_id)
        return {serial for device in found for _, serial in device.identifiers}

    chosen = {logger.serial for logger in loggers if logger.site is not sites[2]}
    assert devices() == {*chosen, fleet.tenant_uuid}
    assert world.value(f"{fleet.tenant_uuid}_active_alarms") == "90"
    assert not [1 for logger in warm for _ in world.events(logger.serial)], "known before"
    assert (
        world.state(f"{loggers[4].serial}_{loggers[4].sensors[0].serial}_1").attributes[
            "unit_of_measurement"
        ]
        == "foo/m"
    )

    renamed, gone = loggers[0], loggers[1]
    entity_id = world.entity_id(f"{renamed.serial}_{renamed.sensors[0].serial}_1")
    fleet.rename(renamed.serial, "Eistruhe")
    fleet.remove(gone.serial)
    new = [fleet.add_logger(sites[0], f"Neu {number}", kind=Kind.TWIN) for number in range(2)]
    world.simulator.requests.clear()
    await world.advance(CYCLE, step=CYCLE)
    # All were due at once. Alarms are read 30 days back, a job a week, readings a week back.
    paths = Counter(record.path for record in world.requests("POST"))
    assert paths.pop("/v2/measurements") <= 6
    assert paths.pop("/v3/alarms") == 5
    assert set(paths.values()) == {1}
    assert {logger.serial for logger in new} <= devices()
    assert world.entity_id(f"{renamed.serial}_{renamed.sensors[0].serial}_1") == entity_id
    await world.advance(CYCLE, step=CYCLE)
    assert gone.serial not in devices()

    hass.config.language = "de"
    text = json.dumps(await diagnose(entry))
    private = {
        world.simulator.api_key,
        *names,
        *(logger.serial for logger in loggers),
        *(logger.uuid for logger in loggers),
    }
    assert not [secret for secret in private if secret in text]
    texts = await async_get_translations(hass, "de", "entity", {DOMAIN})
    english = await async_get_translations(hass, "en", "entity", {DOMAIN})
    assert texts.keys() == english.keys()


# --- Sites that are chosen ------------------------------------------------------------------


def sited(fleet: Fleet) -> tuple[Logger, Logger]:
    """Return a logger at the site that will be chosen and one elsewhere."""
    limits = band("Temperature", alarm=(-50, 50))
    ours, theirs = (
        fleet.add_logger(
            fleet.add_site(name),
            "Kühlschrank",
            limits=limits,
            measuring=5 * MINUTE,
            communication=5 * MINUTE,
        )
        for name in ("Köln", "Bern")
    )
    return ours, theirs


async def add_site(world: World, site: Site) -> ConfigEntry[Any]:
    """Add the account with one of its sites."""
    form = await world.submit(await world.start_flow(), world.typed())
    entry: ConfigEntry[Any] = (await world.submit(form, {"sites": [site.id]}))["result"]
    await world.settle()
    return entry


def types_of(world: World, serial: str) -> list[str]:
    """Return the types of the events of a logger, in order; one that is restored is none."""
    found = [(it["event_type"], it["raised_at"], it["cleared_at"]) for it in world.events(serial)]
    return [kind for kind, _, _ in dict.fromkeys(found)]


@pytest.mark.parametrize("name", [None, "renamed"])
@pytest.mark.parametrize("everywhere", [True, False])
async def test_one_inventory_with_other_sites_takes_nothing_away(
    hass: HomeAssistant, world: World, fleet: Fleet, name: str | None, *, everywhere: bool
) -> None:
    ours, theirs = sited(fleet)
    entry = await add_site(world, ours.site)
    wrong = replace(ours.site, id=name)  # type: ignore[arg-type]  # as a cloud may tell
    strays = (ours, theirs) if everywhere else (ours,)
    truth = [logger.site for logger in strays]
    for logger in strays:
        logger.site = wrong
    await world.advance(CYCLE, step=15 * MINUTE)
    assert serials(hass, entry) == {ours.serial, fleet.tenant_uuid}
    assert world.value(f"{ours.serial}_connection") == "on"
    ours.sensors[0].channels[0].hold(world.now, world.now + 2 * HOUR, 60.0)
    await world.advance(HOUR)
    assert types_of(world, ours.serial) == ["alarm_raised"]
    for logger, site in zip(strays, truth, strict=True):
        logger.site = site
    await world.advance(CYCLE, step=15 * MINUTE)
    assert types_of(world, ours.serial) == ["alarm_raised", "alarm_cleared"]


async def test_alarms_of_a_time_without_sites_are_told_once_they_are_back(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    """Two answers do take devices away, but nothing that happens meanwhile is lost."""
    ours, theirs = sited(fleet)
    entry = await add_site(world, ours.site)
    truth = ours.site, theirs.site
    ours.site = theirs.site = replace(ours.site, id=None)  # type: ignore[arg-type]  # likewise
    await world.advance(2 * CYCLE, step=15 * MINUTE)
    assert serials(hass, entry) == {fleet.tenant_uuid}
    for logger in (ours, theirs):
        logger.sensors[0].channels[0].hold(world.now, world.now + 2 * HOUR, 60.0)
    await world.advance(3 * HOUR, step=5 * MINUTE)
    ours.site, theirs.site = truth
    await world.advance(CYCLE, step=15 * MINUTE)
    assert types_of(world, ours.serial) == ["alarm_raised", "alarm_cleared"]
    assert serials(hass, entry) == {ours.serial, fleet.tenant_uuid}


async def test_a_logger_that_comes_to_a_chosen_site_brings_its_news(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    """What happens after it was told to be there, though it is believed only when told again."""
    ours, theirs = sited(fleet)
    entry = await add_site(world, ours.site)
    theirs.sensors[0].channels[0].hold(world.now, world.now + HOUR, 60.0)
    await world.advance(2 * HOUR, step=5 * MINUTE)
    theirs.site = ours.site
    await world.advance(CYCLE, step=15 * MINUTE)
    assert theirs.serial not in serials(hass, entry)
    theirs.sensors[0].channels[0].hold(world.now, world.now + 30 * HOUR, 60.0)
    await world.advance(CYCLE, step=15 * MINUTE)
    assert theirs.serial in serials(hass, entry)
    assert types_of(world, theirs.serial) == ["alarm_raised"]


# --- A logger in two accounts ---------------------------------------------------------------


def serials(hass: HomeAssistant, entry: ConfigEntry[Any]) -> set[str]:
    """Return the serials of all devices of an account."""
    found = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    return {serial for device in found for _, serial in device.identifiers}


def entities(hass: HomeAssistant, entry: ConfigEntry[Any], serial: str) -> set[str]:
    """Return the unique ids of the entities of an instrument that an account has."""
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {it.unique_id for it in found if it.unique_id.startswith(serial)}


def twice(fleet: Fleet, second: Simulator) -> tuple[Logger, Logger]:
    """Return one logger as two clouds have it."""
    limits = band("Temperature", alarm=(-50, 50))
    found = []
    for each in (fleet, second.fleet):
        logger = each.add_logger(
            each.add_site("Köln"),
            "Kühlschrank",
            serial="90000001",
            measuring=5 * MINUTE,
            communication=5 * MINUTE,
            limits=limits,
        )
        logger.sensors[0].channels[0].hold(START - 31 * 24 * HOUR, START + 240 * HOUR, 5.0)
        found.append(logger)
    here, there = found
    there.sensors[0].serial = here.sensors[0].serial
    return here, there


def warm(loggers: tuple[Logger, Logger], start: datetime, hours: int) -> None:
    """Let the logger be too warm, in whichever cloud it is."""
    for logger in loggers:
        logger.sensors[0].channels[0].hold(start, start + hours * HOUR, 60.0)


async def test_a_logger_that_moves_to_another_account_is_taken_over(
    hass: HomeAssistant, world: World, fleet: Fleet, second: Simulator
) -> None:
    """Quietly, as soon as it is free, with its entities and with what happened meanwhile."""
    both = here, there = twice(fleet, second)
    fleet.add_logger(here.site, "Bleibt")
    second.fleet.devices.remove(there)
    ours, theirs = await world.add_account(), await add(world, second)
    entity_id = world.entity_id("90000001_91000201_1")
    known = entities(hass, ours, "90000001")
    assert not entities(hass, theirs, "90000001")

    fleet.remove(here.serial)
    second.fleet.devices.append(there)
    await world.advance(CYCLE, step=15 * MINUTE)
    assert entities(hass, ours, "90000001") == known, "missing in one inventory alone"
    warm(both, world.now, 20)
    await world.advance(HOUR, step=5 * MINUTE)
    assert world.events("90000001") == []
    await world.advance(CYCLE, step=15 * MINUTE)

    assert not entities(hass, ours, "90000001")
    assert entities(hass, theirs, "90000001") == known
    assert world.entity_id("90000001_91000201_1") == entity_id
    assert world.value("90000001_91000201_1") == "60.0"
    assert world.value("90000001_91000201_1_alarm") == "on"
    assert types_of(world, "90000001") == ["alarm_raised"]
    await world.advance(10 * HOUR, step=15 * MINUTE)
    assert types_of(world, "90000001")[1:] == ["alarm_cleared"]


@pytest.mark.parametrize("disabled", [False, True])
async def test_a_logger_of_two_accounts_belongs_to_the_first(
    hass: HomeAssistant, world: World, fleet: Fleet, second: Simulator, *, disabled: bool
) -> None:
    """Each alarm of it is told once; after the first account was removed by the second."""
    both = twice(fleet, second)
    ours, theirs = await world.add_account(), await add(world, second)
    known = entities(hass, ours, "90000001")
    warm(both, world.now + HOUR, 1)
    await world.advance(3 * HOUR, step=5 * MINUTE)
    told = ["alarm_raised", "alarm_cleared"]
    assert types_of(world, "90000001") == told
    assert not entities(hass, theirs, "90000001")
    assert await hass.config_entries.async_reload(theirs.entry_id)
    await world.settle()
    assert not entities(hass, theirs, "90000001")

    if disabled:
        await hass.config_entries.async_set_disabled_by(ours.entry_id, ConfigEntryDisabler.USER)
        warm(both, world.now, 1)
        await world.advance(2 * HOUR, step=5 * MINUTE)
        assert not entities(hass, theirs, "90000001"), "it is still there"
    await hass.config_entries.async_remove(ours.entry_id)
    await world.settle()
    assert entities(hass, theirs, "90000001") == known
    await world.advance(HOUR)
    warm(both, world.now, 1)
    await world.advance(2 * HOUR, step=5 * MINUTE)
    happened = types_of(world, "90000001")
    assert happened == told * (3 if disabled else 2)
    assert world.value("90000001_91000201_1") == "5.0"


async def test_a_cookie_of_one_account_reaches_no_other(
    world: World, fleet: Fleet, second: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it come back: whoever sets one could tell accounts, or mix them up."""

    async def resolve(_self: Any, host: str, port: int, **_: Any) -> list[dict[str, Any]]:
        here = {"hostname": host, "host": "127.0.0.1", "port": port}
        return [{**here, "family": socket.AF_INET, "proto": 0, "flags": 0}]

    monkeypatch.setattr(aiohttp.TCPConnector, "_resolve_host", resolve)
    fleet.add_logger(fleet.add_site("Köln"), "Kühlschrank")
    # There are none for addresses that are no names.
    for simulator in (world.simulator, second):
        simulator.faults.cookie = "session=secret; Path=/"
        simulator.base_url = simulator.base_url.replace("127.0.0.1", "localhost")
        simulator.file_url = simulator.file_url.replace("127.0.0.1", "localhost")
    entry = await world.add_account()
    await add(world, second)
    await world.advance(HOUR)
    assert await world.hass.config_entries.async_reload(entry.entry_id)
    await world.advance(HOUR)
    for simulator in (world.simulator, second):
        assert len(simulator.requests) > 20
        assert not [it for it in simulator.requests if "cookie" in it.headers]


@pytest.mark.parametrize("how", ["removed", "disabled"])
async def test_an_account_whose_name_begins_like_another_one(
    hass: HomeAssistant, world: World, fleet: Fleet, second: Simulator, how: str
) -> None:
    """What is told of one account is not taken back with the other."""
    fleet.tenant_uuid, second.fleet.tenant_uuid = "12", "123"
    fleet.add_logger(fleet.add_site("Köln"), "Kühlschrank", serial="12")
    ours = await world.add_account(key_expires="2026-07-05")
    theirs = await add(world, second, key_expires="2026-07-06")
    await world.advance(HOUR)
    issues = ir.async_get(hass).issues

    def told() -> set[str]:
        return {issue_id for domain, issue_id in issues if domain == DOMAIN}

    assert told() == {"key_expires_week_12", "key_expires_week_123"}
    if how == "removed":
        await hass.config_entries.async_remove(ours.entry_id)
    else:
        await hass.config_entries.async_set_disabled_by(ours.entry_id, ConfigEntryDisabler.USER)
    assert told() == {"key_expires_week_123"}
    assert ledger_path(hass, "123").exists()
    await world.advance(HOUR)
    assert told() == {"key_expires_week_123"}
    assert theirs.state is ConfigEntryState.LOADED
