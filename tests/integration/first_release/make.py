"""Made the files beside it: not a test, but run as one, in a checkout of release 0.1.0.

    git worktree add --detach old 7086974
    cp -r tests/integration/first_release old/tests/integration/
    cd old && python -m pytest tests/integration/first_release/make.py

It needs a Python with what requirements_test.txt names there. The account lives for some hours
in the simulator of that release. All secrets are made up.
"""

from collections.abc import Iterator
from contextlib import closing
import gzip
import json
from pathlib import Path
import sqlite3
from typing import Any

from homeassistant import bootstrap
from homeassistant.components.recorder.core import Recorder
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import restore_state
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import mock_storage

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import World
from tests.integration.first_release import account
from tests.integration.house import House
from tests.simulator import Fleet

FOLDER = Path(__file__).parent
KEPT = (
    "core.area_registry",
    "core.config_entries",
    "core.device_registry",
    "core.entity_registry",
    "core.restore_state",
)


@pytest.fixture
def begin() -> Any:
    """Begin when the account was added."""
    return account.BEGIN


@pytest.fixture
def load_registries() -> bool:
    """Load them in the test, so that they are stored."""
    return False


@pytest.fixture
def enable_statistics() -> bool:
    """Let the recorder compile as it does in a house."""
    return True


@pytest.fixture
def recorder_db_url(tmp_path: Path) -> Iterator[str]:
    """Keep the database when the recorder has closed it."""
    path = tmp_path / "home-assistant_v2.db"
    yield f"sqlite:///{path}"
    _write("recorder.sql.gz", path)


@pytest.fixture
def stand_ins() -> dict[str, str]:
    """Return what is written instead of what is another in each run."""
    return {}


@pytest.fixture
def hass_storage(tmp_path: Path, stand_ins: dict[str, str]) -> Iterator[dict[str, Any]]:
    """Keep what was stored when Home Assistant has stopped."""
    with mock_storage() as stored:
        yield stored
    for name, content in stored.items():
        if name in KEPT or name.startswith(DOMAIN):
            text = json.dumps(content, ensure_ascii=False)
            for made, instead in stand_ins.items():
                text = text.replace(made, instead)
            (FOLDER / f"{name}.json").write_text(f"{text}\n")
    (readings,) = (tmp_path / ".storage").glob("*.readings")
    _write(f"{readings.name}.sql.gz", readings)


def _write(name: str, path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        text = "\n".join((*database.iterdump(), f"PRAGMA user_version={version};", ""))
    (FOLDER / name).write_bytes(gzip.compress(text.encode(), mtime=0))


async def test_make(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    world: World,
    fleet: Fleet,
    stand_ins: dict[str, str],
) -> None:
    """Live some hours as a user of 0.1.0."""
    assert await bootstrap.async_load_base_functionality(hass)
    assert await async_setup_component(hass, "sensor", {})
    await async_setup_component(hass, "logbook", {})
    account.furnish(fleet)
    stand_ins |= {world.simulator.api_key: account.KEY, world.simulator.base_url: account.ADDRESS}
    result = await world.submit(await world.start_flow(), world.typed())
    (site,) = (site.id for site in fleet.sites if site.name == account.SITE)
    result = await world.submit(result, {"sites": [site]})
    entry = result["result"]
    await world.settle()
    form = await hass.config_entries.options.async_init(entry.entry_id)
    typed = {"sites": [site], "alarm_interval": 10, "measurement_interval": 20, "stale_after": 90}
    await hass.config_entries.options.async_configure(form["flow_id"], typed)
    await world.settle()
    await _customise(hass, world)
    house = House(hass, world, recorder_mock)
    await house.to(account.END.replace(hour=13))
    devices = dr.async_get(hass)

    def device(serial: str) -> str:
        found = devices.async_get_device_by_identifier((DOMAIN, serial), entry.entry_id)
        assert found is not None
        return found.id

    await hass.services.async_call(
        DOMAIN,
        "acknowledge_alarm",
        {"device_id": [device(account.CLIMATE)], "note": "Goods moved"},
        blocking=True,
    )
    await hass.services.async_call(
        DOMAIN,
        "snooze_alarms",
        {"device_id": [device(account.RADIO)], "hours": 12},
        blocking=True,
    )
    await house.to(account.END)
    await restore_state.async_get(hass).async_dump_states()
    told = {
        "states": {
            state.entity_id: state.state
            for state in hass.states.async_all()
            if er.async_get(hass).async_get(state.entity_id)
        },
        "events": {
            serial: world.events(serial)
            for serial in (account.FRIDGE, account.CLIMATE, account.RADIO)
        },
    }
    (FOLDER / "seen.json").write_text(
        json.dumps(told, indent=1, default=str, ensure_ascii=False) + "\n"
    )
    hass.bus.async_fire_internal(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await world.settle()


async def _customise(hass: HomeAssistant, world: World) -> None:
    """Change what users change."""
    areas, devices, entities = ar.async_get(hass), dr.async_get(hass), er.async_get(hass)
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    fridge = devices.async_get_device_by_identifier((DOMAIN, account.FRIDGE), entry.entry_id)
    assert fridge is not None
    sensor = world.fleet.logger(account.FRIDGE).sensors[0].serial
    devices.async_update_device(
        fridge.id, name_by_user="Vaccines", area_id=areas.async_create("Lab").id
    )
    entities.async_update_entity(
        world.entity_id(f"{account.FRIDGE}_{sensor}_1"),
        new_entity_id="sensor.vaccines",
        name="How cold the vaccines are",
        icon="mdi:needle",
    )
    entities.async_update_entity(
        world.entity_id(f"{account.FRIDGE}_{sensor}_1_alarm"),
        new_entity_id="binary_sensor.vaccines_too_warm",
    )
    climate = world.fleet.logger(account.CLIMATE).sensors[0].serial
    entities.async_update_entity_options(
        world.entity_id(f"{account.CLIMATE}_{climate}_1"), "sensor", {"unit_of_measurement": "°F"}
    )
    entities.async_update_entity(
        world.entity_id(f"{account.CLIMATE}_{climate}_2"),
        disabled_by=er.RegistryEntryDisabler.USER,
    )
    await world.settle()
