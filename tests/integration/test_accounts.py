"""Several accounts, partner keys and chains: each thing where it belongs, and nowhere else."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
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

from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.store import ledger_path
from tests.integration.conftest import MINUTE, START, Download, World
from tests.simulator import ChannelSpec, Fleet, Kind, ManualClock, Simulator, band

HOUR = timedelta(hours=1)
CYCLE = timedelta(hours=13)


@pytest.fixture
async def second(world: World, fleet: Fleet) -> AsyncIterator[Simulator]:
    """Return another customer's cloud, with a logger of the same name."""
    assert isinstance(fleet.clock, ManualClock)
    other = Fleet(fleet.clock, seed=8)
    other.lag = timedelta()
    other.customer = "Beispiel Labor AG"
    other.add_logger(other.add_site("Labor Zürich"), "Kühlschrank", serial="80000001")
    simulator = Simulator(other, keys=["second key"])
    simulator.faults.run_time = 0
    await simulator.start()
    assert world
    yield simulator
    await simulator.stop()


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
