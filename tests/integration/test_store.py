"""What is stored and not understood is dropped by part, and nothing else with it."""

from datetime import timedelta
import re
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.testo_smart_connect.account.memory import Memory, from_data, to_data
from custom_components.testo_smart_connect.account.store import MemoryStore
from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.monitoring.alarms import AlarmLog
from tests.integration.conftest import MINUTE, START, World
from tests.integration.test_faults import told
from tests.simulator import Fleet, Logger, band

HOUR = timedelta(hours=1)


@pytest.fixture
def logger(fleet: Fleet) -> Logger:
    """Return one with an open alarm."""
    site, limits = fleet.add_site("Köln"), band("Temperature", alarm=(2.0, 8.0))
    logger = fleet.add_logger(site, "Kühlschrank", serial="90000001", limits=limits)
    logger.sensors[0].channels[0].hold(START - 24 * HOUR, START + 20 * MINUTE, 5.0)
    logger.sensors[0].channels[0].hold(START + 20 * MINUTE, START + 48 * HOUR, 12.0)
    return logger


def first(data: dict[str, Any], name: str) -> dict[str, Any]:
    item: dict[str, Any] = data[name][0]
    return item


def newer_habits(data: dict[str, Any]) -> None:
    data["habits"] = ["v5"]


def newer_arrival(data: dict[str, Any]) -> None:
    data["arrival"]["state"] = "trusted"


def other_status(data: dict[str, Any]) -> None:
    first(data, "statuses")["battery"] = {"percent": 80}


def no_zone(data: dict[str, Any]) -> None:
    data["good"]["readings"] = data["good"]["readings"].removesuffix("+00:00")


def other_snooze(data: dict[str, Any]) -> None:
    data["snoozed"]["90000001"] = 17


def other_seen(data: dict[str, Any]) -> None:
    data["seen"].append("everything")


def other_place(data: dict[str, Any]) -> None:
    data["locations"].append({"id": 5})


def other_list(data: dict[str, Any]) -> None:
    data["gaps"] = {"all": "healed"}


def other_names(data: dict[str, Any]) -> None:
    data["imports"] = ["done"]


def other_dates(data: dict[str, Any]) -> None:
    data["calibrations"] = {"90000001": "soon", "90000002": "2027-03-01"}


def other_reviews(data: dict[str, Any]) -> None:
    data["reviews"] = [{"at": "2026-07-01T10:00:00+00:00", "by": "Anna"}, "somebody"]


def other_channels(data: dict[str, Any]) -> None:
    data["latest"][0]["value"] = "warm"
    data["looked_back"].append([1, "2"])


HARMS = {
    newer_habits: "habits: 1",
    newer_arrival: "arrival: 1",
    other_status: "statuses: 1",
    no_zone: "good: 1",
    other_snooze: "snoozed: 1",
    other_seen: "seen: 1",
    other_place: "locations: 1",
    other_list: "gaps: 1",
    other_names: "imports: 1",
    other_dates: "calibrations: 1",
    other_reviews: "reviews: 2",
    other_channels: "latest: 1, looked_back: 1",
}


@pytest.mark.expect_warnings
@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: harm.__name__)
async def test_a_part_that_is_not_understood(  # noqa: PLR0913, PLR0917 - fixtures
    hass: HomeAssistant,
    world: World,
    fleet: Fleet,
    logger: Logger,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    harm: Any,
) -> None:
    """Made by a later release, or by hand: the rest is as before, and one line tells it."""
    entry = await world.add_account()
    await world.advance(HOUR)
    alarm = f"{logger.serial}_{logger.sensors[0].serial}_1_alarm"
    assert world.value(alarm) == "on"
    episode = world.state(alarm).attributes["episode_id"]
    await hass.services.async_call(
        DOMAIN, "acknowledge_alarm", {"episode_id": episode}, blocking=True
    )
    assert await hass.config_entries.async_unload(entry.entry_id)
    logger.low_battery(world.now)
    harm(hass_storage[f"{DOMAIN}.{entry.unique_id}"]["data"])
    caplog.clear()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await world.advance(31 * MINUTE)

    lines = [it.getMessage() for it in caplog.records if it.levelname in {"WARNING", "ERROR"}]
    (line,) = [it for it in lines if it.startswith("Parts of what was stored")]
    assert f"({HARMS[harm]})" in line
    assert not [it for it in lines if it.startswith(("Error", "Unexpected"))]
    assert world.value(alarm) == "on"
    assert world.state(alarm).attributes["acknowledged"]
    assert told(world, logger) == ["alarm_raised", "system_alarm_raised"]
    assert float(world.value(alarm.removesuffix("_alarm"))) == 12.0
    # Status and arrival are asked for in the way that works.
    assert world.value(f"{logger.serial}_battery") == "4"
    assert await world.asking_by_arrival(entry) == "works"
    assert world.value(f"{fleet.tenant_uuid}_cloud") == "on"


def test_an_empty_store_lacks_nothing() -> None:
    """As one of the first releases, of which nothing was learnt yet."""
    memory, lost = from_data({"alarms": {"read": None}})
    assert not lost
    assert memory.alarm_log.read is None


@pytest.mark.expect_warnings
async def test_a_store_that_is_nothing_at_all(
    hass: HomeAssistant,
    world: World,
    logger: Logger,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    entry = await world.add_account()
    assert await hass.config_entries.async_unload(entry.entry_id)
    hass_storage[f"{DOMAIN}.{entry.unique_id}"]["data"] = ["nothing"]
    assert await hass.config_entries.async_setup(entry.entry_id)
    await world.settle()
    assert float(world.value(f"{logger.serial}_{logger.sensors[0].serial}_1")) > 0
    assert re.search(r"What was stored of an account cannot be read \(\w+\)", caplog.text)


async def test_nothing_is_saved_after_the_last_time(
    hass: HomeAssistant, hass_storage: dict[str, Any]
) -> None:
    """An account that was unloaded must not overwrite what its successor knows."""
    store, last = MemoryStore(hass, "tenant"), Memory(good={"alarms": START})
    assert await store.load() == Memory()
    await store.save(Memory())
    await store.close(last)
    await store.save(Memory())
    await store.save_alarms(AlarmLog(read=START))
    store.save_soon(Memory())
    async_fire_time_changed(hass, START + HOUR)
    await hass.async_block_till_done()
    assert hass_storage[f"{DOMAIN}.tenant"]["data"] == to_data(last)
    assert (await MemoryStore(hass, "tenant").load()).alarm_log == AlarmLog()
