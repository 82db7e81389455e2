"""Times that cannot be: of a cloud, a logger or a stored mark whose clock was wrong."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.history.hours import hour_of
from tests.integration.conftest import MINUTE, START, Download, World
from tests.integration.test_late_readings import (
    SAID,
    assert_complete,
    by_arrival,
    counted,
    filters,
)
from tests.simulator import Fleet, Logger

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FAR = datetime(2099, 5, 5, tzinfo=UTC)

type Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def loggers(fleet: Fleet) -> tuple[Logger, Logger]:
    """Return two fridges that measure and send each quarter of an hour."""
    fleet.connection_timeout = timedelta(days=30)
    site = fleet.add_site("Apotheke Köln")
    return fleet.add_logger(site, "Kühlschrank 1"), fleet.add_logger(site, "Kühlschrank 2")


def stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def alter(world: World, logger: Logger, since: datetime, change: Change, *, rows: int = 1) -> None:
    """Let the cloud deliver some rows of a logger otherwise, from a moment of measuring on."""
    uuid, cycle = logger.sensors[0].uuid, logger.sensors[0].measuring

    def altered(row: dict[str, Any]) -> bool:
        if row.get("sensor_uuid") == uuid and "timestamp" in row:
            at = datetime.fromisoformat(row["timestamp"])
            if since <= at < since + rows * cycle:
                return bool(change(row))
        return False

    world.faults.drop_rows = altered


def stored(hass_storage: dict[str, Any], entry: ConfigEntry[Any]) -> dict[str, Any]:
    """Return what the disk holds of an account; a change is found at the next start."""
    data: dict[str, Any] = hass_storage[f"{DOMAIN}.{entry.unique_id}"]["data"]
    return data


def marks(world: World) -> list[datetime]:
    """Return from which arrivals on was asked, in order."""
    return [
        datetime.fromisoformat(text.split("'")[1])
        for text in filters(world)
        if text and text.startswith("processed_at")
    ]


async def until_it_works(world: World) -> ConfigEntry[Any]:
    """Add the account, and wait until it is asked by arrival."""
    entry = await world.add_account()
    await world.advance(HOUR)
    assert await world.asking_by_arrival(entry) == "works"
    return entry


@pytest.mark.parametrize("ahead", [3 * HOUR, 5 * 365 * DAY], ids=["hours", "years"])
async def test_an_arrival_that_lies_ahead_blinds_nobody(
    world: World, loggers: tuple[Logger, Logger], diagnose: Download, ahead: timedelta
) -> None:
    odd, other = loggers
    entry = await until_it_works(world)
    wrong = stamp(world.now + ahead)
    alter(world, odd, world.now, lambda row: row.update(processed_at=wrong))
    world.simulator.requests.clear()
    for _ in range(16):
        await world.advance(15 * MINUTE, step=5 * MINUTE)
        assert world.now - await world.measured_at(entry, other) <= 35 * MINUTE
        assert max(marks(world)) < world.now
    assert by_arrival(world) == len(filters(world)), "it is still relied on"
    arrival = (await diagnose(entry))["history"]["arrival"]
    assert arrival["ahead"] >= 1
    await assert_complete(world, entry)


async def test_a_stored_mark_that_lies_ahead_heals(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    world: World,
    loggers: tuple[Logger, Logger],
) -> None:
    """One that an earlier release believed, or that a clock made which was wrong once."""
    entry = await until_it_works(world)
    assert await hass.config_entries.async_unload(entry.entry_id)
    far = dict.fromkeys(("newest", "newest_then", "since"), FAR.isoformat())
    stored(hass_storage, entry)["arrival"].update(far)
    await world.advance(9 * DAY, step=DAY)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await world.settle()
    await world.advance(HOUR, step=5 * MINUTE)
    assert max(marks(world)) < world.now
    await assert_complete(world, entry)
    world.simulator.requests.clear()
    await world.advance(26 * HOUR, step=15 * MINUTE)
    assert await world.asking_by_arrival(entry) == "works"
    assert by_arrival(world) == len(filters(world)) - 1, "but for the daily comparison"
    assert loggers


async def test_one_row_without_an_arrival_changes_nothing(
    world: World, loggers: tuple[Logger, Logger]
) -> None:
    alter(world, loggers[0], START - HOUR, lambda row: row.update(processed_at=None))
    entry = await until_it_works(world)
    await assert_complete(world, entry)


async def test_one_row_that_was_missed_changes_nothing(
    world: World, loggers: tuple[Logger, Logger], caplog: pytest.LogCaptureFixture
) -> None:
    """It claims to have arrived a day before it was measured."""
    entry = await until_it_works(world)
    early = stamp(START + 4 * HOUR)
    alter(world, loggers[0], START + 30 * HOUR, lambda row: row.update(processed_at=early))
    await world.advance(2 * DAY, step=15 * MINUTE)
    assert await world.asking_by_arrival(entry) == "works"
    assert SAID not in caplog.text
    await assert_complete(world, entry)


@pytest.mark.expect_warnings
@pytest.mark.usefixtures("loggers")
async def test_what_was_given_up_is_tried_again_ever_more_rarely(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.faults.refuse_filter = {"processed_at"}
    entry = await world.add_account()
    await world.advance(8 * DAY, step=HOUR)
    assert by_arrival(world) <= 2 * 4, "on the first, second, fourth and eighth day"
    assert len([line for line in caplog.messages if SAID in line]) == 1
    world.faults.refuse_filter = set()
    await world.advance(9 * DAY, step=HOUR)
    assert await world.asking_by_arrival(entry) == "works"
    await assert_complete(world, entry)


@pytest.mark.expect_warnings
async def test_one_reading_alone_decides_after_some_tries(
    world: World, fleet: Fleet, caplog: pytest.LogCaptureFixture
) -> None:
    """That of a logger which measures so rarely that there is no other to compare."""
    fleet.add_logger(fleet.add_site("Depot"), "Tresor", measuring=4 * HOUR)
    world.faults.filter_misses = 1.0
    entry = await world.add_account()
    await world.advance(20 * MINUTE)
    assert await world.asking_by_arrival(entry) == "untried"
    await world.advance(40 * MINUTE)
    assert await world.asking_by_arrival(entry) == "refused"
    assert "the answers were empty" in caplog.text


@pytest.mark.usefixtures("loggers")
async def test_who_was_given_up_by_an_earlier_release_is_tried_again(
    hass: HomeAssistant, hass_storage: dict[str, Any], world: World
) -> None:
    entry = await world.add_account()
    assert await hass.config_entries.async_unload(entry.entry_id)
    stored(hass_storage, entry)["arrival"]["state"] = "refused"
    assert await hass.config_entries.async_setup(entry.entry_id)
    await world.settle()
    await world.advance(HOUR)
    assert await world.asking_by_arrival(entry) == "works"


@pytest.mark.expect_warnings
async def test_readings_of_years_ahead_are_rejected_and_counted(
    world: World, loggers: tuple[Logger, Logger], diagnose: Download
) -> None:
    entry = await until_it_works(world)
    alter(world, loggers[0], world.now, lambda row: row.update(timestamp=stamp(FAR)), rows=4)
    await world.advance(75 * MINUTE, step=5 * MINUTE)
    found = await diagnose(entry)
    assert found["cloud"]["reports"]["measurements"]["rejected"] == {"ahead_of_time": 4}
    assert found["history"]["gaps"] == []
    assert found["history"]["waiting"] == 0
    pending = await world.unwritten(FAR + DAY)
    assert max(value.start for _, value in pending) <= world.now
    for logger in loggers:
        assert await world.measured_at(entry, logger) <= world.now


async def test_readings_of_hours_ahead_are_kept_but_make_no_gap(
    world: World, loggers: tuple[Logger, Logger], diagnose: Download
) -> None:
    """A clock that is wrong by hours is no reason to lose what was measured."""
    odd = loggers[0]
    entry = await until_it_works(world)
    begin, ahead = world.now, hour_of(world.now) + 20 * HOUR
    alter(world, odd, begin, lambda row: row.update(timestamp=stamp(ahead)), rows=1)
    await world.advance(3 * HOUR, step=5 * MINUTE)
    found = await diagnose(entry)
    assert found["history"]["gaps"] == []
    assert (odd.sensors[0].uuid, 1, ahead) in await counted(world, entry)
    assert await world.measured_at(entry, odd) <= world.now


async def test_a_store_sheds_the_gaps_and_jobs_of_the_future(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    world: World,
    loggers: tuple[Logger, Logger],
    diagnose: Download,
) -> None:
    uuid = loggers[0].sensors[0].uuid
    entry = await until_it_works(world)
    assert await hass.config_entries.async_unload(entry.entry_id)
    days = [START.replace(hour=0, minute=0, second=0) + number * DAY for number in range(2, 400)]
    data, seen = stored(hass_storage, entry), (START - 3 * DAY).isoformat()
    data["gaps"] = [
        {"sensor": uuid, "day": day.isoformat(), "seen": seen, "asked": 1} for day in days
    ]
    data["spans"] = [
        {"sensors": [uuid], "start": day.isoformat(), "end": (day + DAY).isoformat()}
        for day in days
    ]
    world.simulator.requests.clear()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await world.settle()
    await world.advance(10 * MINUTE)
    found = await diagnose(entry)
    assert (found["history"]["gaps"], found["history"]["waiting"]) == ([], 0)
    assert not ir.async_get(hass).issues
    assert f"sensor_uuid eq '{uuid}'" not in filters(world)
