"""A start from what 0.1.0 left: nothing is named anew, told twice, counted twice or lost.

How that was recorded: `first_release/make.py`. The simulator knows the same account.
"""

from contextlib import closing
from datetime import UTC, datetime, timedelta
import gzip
import json
from pathlib import Path
import sqlite3
from typing import Any

from homeassistant import bootstrap
from homeassistant.components.recorder.core import Recorder
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest

from custom_components.testo_smart_connect.account.store import ledger_path
from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.history.coverage import counts
from custom_components.testo_smart_connect.history.ledger import Ledger
from tests.integration.conftest import Download, World
from tests.integration.first_release import account
from tests.integration.house import HOUSE, House, assert_alike
from tests.simulator import Channel, Fleet, ManualClock

FOLDER = Path(account.__file__).parent
HOUR = timedelta(hours=1)
TEN = datetime(2026, 7, 1, 10, tzinfo=UTC)
SEEN: dict[str, Any] = json.loads((FOLDER / "seen.json").read_text())
CHOSEN = (account.FRIDGE, account.CLIMATE, account.RADIO, account.FREEZER)


@pytest.fixture
def begin() -> datetime:
    """Return when Home Assistant is started again."""
    return account.BACK


@pytest.fixture
def fleet(begin: datetime) -> Fleet:
    """Return the account as the first release had seen it, some time later."""
    clock = ManualClock(account.BEGIN)
    made = Fleet(clock, seed=7)
    made.lag = timedelta()
    account.furnish(made)
    clock.move_to(begin)
    return made


@pytest.fixture
def load_registries() -> bool:
    """Leave it to the test to load them, from what was stored."""
    return False


@pytest.fixture
def enable_statistics() -> bool:
    """Let the recorder compile as it does in a house."""
    return True


@pytest.fixture
def enable_missing_statistics() -> bool:
    """Let the recorder compile at the start what it missed."""
    return True


@pytest.fixture
def recorder_db_url(tmp_path: Path) -> str:
    """Return the database that the recorder of then wrote."""
    path = tmp_path / "home-assistant_v2.db"
    restore(FOLDER / "recorder.sql.gz", path)
    with closing(sqlite3.connect(path)) as database, database:
        # Home Assistant warns of any database that was closed more than ten minutes before.
        database.execute('UPDATE recorder_runs SET "end" = ?', (str(account.BACK)[:19],))
    return f"sqlite:///{path}"


def restore(dump: Path, path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.executescript(gzip.decompress(dump.read_bytes()).decode())


def stored(name: str) -> Any:
    """Return what a file of the configuration folder held."""
    return json.loads((FOLDER / f"{name}.json").read_text())


def registered() -> list[dict[str, Any]]:
    """Return the entities that were registered."""
    entities: list[dict[str, Any]] = stored("core.entity_registry")["data"]["entities"]
    return entities


@pytest.fixture
async def starting(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    world: World,
    tmp_path: Path,
) -> House:
    """Return a house that was updated and is starting: it has not asked the cloud yet."""
    for path in FOLDER.glob("*.json"):
        if path.stem != "seen":
            text = path.read_text().replace(account.KEY, world.simulator.api_key)
            text = text.replace(account.ADDRESS, world.simulator.base_url)
            hass_storage[path.stem] = json.loads(text)
    (readings,) = FOLDER.glob("*.readings.sql.gz")
    (tmp_path / ".storage").mkdir()
    restore(readings, tmp_path / ".storage" / readings.name.removesuffix(".sql.gz"))
    hass.set_state(CoreState.starting)
    assert await bootstrap.async_load_base_functionality(hass)
    assert await async_setup_component(hass, "sensor", {})
    assert await async_setup_component(hass, DOMAIN, {})
    house = House(hass, world, recorder_mock)
    await house.settle()
    assert world.requests() == []
    return house


@pytest.fixture
async def house(hass: HomeAssistant, starting: House) -> House:
    """Return the house after its start."""
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await starting.settle()
    return starting


@pytest.fixture
def entry(hass: HomeAssistant, starting: House) -> ConfigEntry[Any]:
    """Return the account, which is loaded."""
    del starting  # which has loaded it
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    assert entry.state is ConfigEntryState.LOADED
    return entry


def probe(fleet: Fleet, serial: str) -> Channel:
    """Return the first channel of a logger or of the radio sensor."""
    sensor = fleet.sensor(serial) if serial == account.RADIO else fleet.logger(serial).sensors[0]
    return sensor.channels[0]


def channel_id(fleet: Fleet, serial: str) -> str:
    """Return the unique id of that channel."""
    sensor = probe(fleet, serial).sensor
    return f"{sensor.device.serial}_{sensor.serial}_1"


async def test_the_account_is_set_up_as_before(entry: ConfigEntry[Any], fleet: Fleet) -> None:
    (before,) = stored("core.config_entries")["data"]["entries"]
    assert "kind" not in before["data"]
    assert entry.entry_id == before["entry_id"]
    assert (entry.title, entry.unique_id) == (before["title"], before["unique_id"])
    assert dict(entry.options) == before["options"]
    (site,) = entry.options["sites"]
    assert site == fleet.sites[0].id
    for name in ("region", "key_entered", "key_expires"):
        assert entry.data[name] == before["data"][name]


async def test_every_device_is_the_same(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    devices = {
        device.id: device
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    }
    before = stored("core.device_registry")["data"]["devices"]
    assert devices.keys() == {device["id"] for device in before}
    for device in before:
        now = devices[device["id"]]
        assert now.identifiers == {tuple(it) for it in device["identifiers"]}
        for name in ("name", "name_by_user", "area_id", "serial_number", "via_device_id"):
            assert getattr(now, name) == device[name], (device["name"], name)
        # Models have names by now.
        assert now.model_id == device["model_id"]
    (fridge,) = (it for it in devices.values() if (DOMAIN, account.FRIDGE) in it.identifiers)
    assert fridge.name_by_user == "Vaccines"
    area = ar.async_get(hass).async_get_area(str(fridge.area_id))
    assert area is not None
    assert area.name == "Lab"
    assert not any((DOMAIN, account.CANTEEN) in it.identifiers for it in devices.values())


async def test_every_entity_is_the_same(hass: HomeAssistant, entry: ConfigEntry[Any]) -> None:
    """Ids, names and whatever a user changed; and each of them is still provided."""
    entities = {
        it.unique_id: it
        for it in er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    }
    before = registered()
    assert {it["unique_id"] for it in before} <= entities.keys()
    same = ("entity_id", "id", "device_id", "name", "icon", "area_id", "disabled_by", "hidden_by")
    for old in before:
        now = entities[old["unique_id"]]
        for name in same:
            assert getattr(now, name) == old[name], (old["unique_id"], name)
        assert {**now.options.get("sensor", {})} == old["options"].get("sensor", {})
        if old["disabled_by"]:
            continue
        state = hass.states.get(old["entity_id"])
        assert state is not None, old["entity_id"]
        assert not state.attributes.get("restored"), f"{old['entity_id']} is not provided any more"
    for entity_id in ("sensor.vaccines", "binary_sensor.vaccines_too_warm"):
        assert hass.states.get(entity_id) is not None
    # Nothing took the place of anything: what is new has a name of its own.
    assert not [it.entity_id for it in entities.values() if it.entity_id.endswith("_2")]


async def test_open_alarms_are_on_at_once_and_told_no_more(
    hass: HomeAssistant, house: House, world: World, fleet: Fleet
) -> None:
    alarms = [
        world.entity_id(f"{channel_id(fleet, serial)}_alarm")
        for serial in (account.FRIDGE, account.CLIMATE, account.RADIO)
    ]
    for entity_id in alarms:
        assert SEEN["states"][entity_id] == "on"
        # Nothing was read for too long to be shown, until the first read says the same again.
        shown = {state.state for changed, state in world.changes if changed == entity_id}
        assert shown == {"unavailable", "on"}
    assert world.value(f"{fleet.tenant_uuid}_active_alarms") == "3"
    counted = world.state(f"{account.FRIDGE}_alarms")
    assert counted.state == SEEN["states"][counted.entity_id]
    await house.to(world.now + 3 * HOUR)
    for serial in CHOSEN:
        told = {tuple(map(str, it.values())) for it in world.events(serial)}
        # What is restored is the event of then, and no other follows it.
        assert len(told) <= 1
        state = world.state(f"{serial}_alarms")
        assert state.state == SEEN["states"][state.entity_id]
    assert all(hass.states.is_state(entity_id, "on") for entity_id in alarms)


async def test_an_end_of_an_alarm_is_told_once(house: House, world: World, fleet: Fleet) -> None:
    """The episode is that which the first release told of."""
    probe(fleet, account.FRIDGE).hold(account.BACK, account.BACK + 30 * HOUR, 5.0)
    (raised,) = SEEN["events"][account.FRIDGE]
    await house.to(world.now + 3 * HOUR)
    assert world.value(f"{channel_id(fleet, account.FRIDGE)}_alarm") == "off"
    told = {it["event_type"] for it in world.events(account.FRIDGE)}
    assert told == {"alarm_raised", "alarm_cleared"}
    cleared = world.events(account.FRIDGE)[-1]
    assert cleared["episode_id"] == raised["episode_id"]
    assert (cleared["raised_at"], cleared["known_since"]) == (
        raised["raised_at"],
        raised["known_since"],
    )


async def test_what_people_did_about_alarms_stays(house: House, world: World, fleet: Fleet) -> None:
    await house.to(world.now + HOUR)
    state = world.state(f"{channel_id(fleet, account.CLIMATE)}_alarm")
    assert state.attributes["acknowledged"] is True
    assert state.attributes["note"] == "Goods moved"
    assert datetime.fromisoformat(state.attributes["acknowledged_at"]) == datetime(
        2026, 7, 1, 13, 32, 30, tzinfo=UTC
    )
    snoozed = world.state(f"{channel_id(fleet, account.RADIO)}_alarm").attributes["snoozed_until"]
    assert datetime.fromisoformat(snoozed) == datetime(2026, 7, 2, 1, 32, 30, tzinfo=UTC)


async def test_every_hour_is_what_was_measured(house: House, world: World, fleet: Fleet) -> None:
    """Before the update, while Home Assistant was stopped, after it, and what came late."""
    names = {serial: world.entity_id(channel_id(fleet, serial)) for serial in CHOSEN}
    assert names[account.FRIDGE] == "sensor.vaccines"
    before = {
        serial: await house.hours(name, TEN, TEN + 4 * HOUR, "°C") for serial, name in names.items()
    }
    units = await house.ids()
    assert {*names.values()} <= units.keys()
    assert len(before[account.FRIDGE]) == 4
    await house.to(TEN + 12 * HOUR)
    for serial, name in names.items():
        found = await house.hours(name, TEN, TEN + 10 * HOUR, "°C")
        assert_alike(found, house.truth(TEN, TEN + 10 * HOUR, probe(fleet, serial)))
        if serial != account.FREEZER:
            # All but the last were final then.
            final = dict(sorted(before[serial].items())[:3])
            assert {hour: found[hour] for hour in final} == {
                hour: pytest.approx(values) for hour, values in final.items()
            }
    assert await house.ids() == units, "no statistics under another name or unit"
    theirs = await house.hours(HOUSE, TEN, TEN + 12 * HOUR)
    assert {TEN + hour * HOUR for hour in (6, 7, 8, 9)} <= theirs.keys()


async def test_every_reading_counts_once(
    house: House, entry: ConfigEntry[Any], fleet: Fleet, diagnose: Download
) -> None:
    """What the first release kept is there, and what follows adds to it."""
    at_once = await diagnose(entry)
    assert at_once["history"]["arrival"]["state"] == "works"
    assert at_once["alarms"]["open"]["alarms"] == 3
    await house.to(TEN + 12 * HOUR + timedelta(minutes=2))
    found = await diagnose(entry)
    assert found["history"]["gaps"] == []
    assert found["unmatched_channels"] == 0
    counted = [
        channel["last_24_hours"]["counted"]
        for instrument in found["instruments"].values()
        for channel in instrument["channels"]
    ]
    end = TEN + 12 * HOUR
    known = {
        channel
        for device in fleet.devices
        if device.site is fleet.sites[0]
        for sensor in device.sensors
        for channel in sensor.channels
    }
    truth = [
        sum(it.channel is channel for it in fleet.readings(end - 24 * HOUR, end))
        for channel in known
    ]
    assert sorted(counted) == sorted(truth)


async def test_what_was_kept_is_kept_on(
    hass: HomeAssistant, house: House, world: World, entry: ConfigEntry[Any], fleet: Fleet
) -> None:
    """Also what no read goes back to any more."""
    await house.to(world.now + HOUR)
    await hass.config_entries.async_unload(entry.entry_id)
    end = TEN - 12 * HOUR
    with closing(Ledger(ledger_path(hass, fleet.tenant_uuid))) as ledger:
        counted = await hass.async_add_executor_job(counts, ledger, end - 8 * HOUR, end)
    # A channel that the first release read has one each quarter of an hour.
    assert sorted(counted.values()) == [32] * 7
