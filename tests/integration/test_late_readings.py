"""Readings that are uploaded late: each is counted, whatever the cloud can be asked."""

from collections import Counter
from datetime import UTC, datetime, timedelta
import threading
from types import ModuleType
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.testo_smart_connect.account.store import ledger_path
from custom_components.testo_smart_connect.clouds.errors import CloudConnectionError
from custom_components.testo_smart_connect.clouds.jobs.smart_connect import SmartConnect
from custom_components.testo_smart_connect.coordinators import backfill
from custom_components.testo_smart_connect.history import ranges
from custom_components.testo_smart_connect.history.hours import hour_of
from tests.integration.conftest import MINUTE, START, World
from tests.simulator import Fleet, Kind, Logger

TEN = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST = hour_of(START - DAY) + HOUR
"""The first full hour of the first read."""
SAID = "cannot be asked for by their arrival"


@pytest.fixture
def logger(fleet: Fleet) -> Logger:
    """Return a fridge that measures and sends each quarter of an hour."""
    fleet.connection_timeout = timedelta(days=30)
    return fleet.add_logger(fleet.add_site("Apotheke Köln"), "Kühlschrank 1")


def filters(world: World) -> list[str | None]:
    """Return the filters of all questions for readings, in order."""
    return [
        record.body.get("odata", {}).get("$filter")
        for record in world.requests("POST", "/v2/measurements")
    ]


def by_arrival(world: World) -> int:
    """Return how many questions were asked by arrival."""
    return sum("processed_at" in (text or "") for text in filters(world))


async def counted(world: World[Any], entry: ConfigEntry[Any]) -> Counter[tuple[str, int, datetime]]:
    """Return how many readings are known of each hour since the first full one."""
    pending = await world.unwritten(world.now + DAY, entry)
    return Counter({(*key, value.start): value.count for key, value in pending})


def measured(world: World[Any]) -> Counter[tuple[str, int, datetime]]:
    """Return how many readings were truly measured in each hour, and are uploaded."""
    # The newest ones may wait for the next question.
    end = hour_of(world.now - 30 * MINUTE)
    return Counter(
        (reading.channel.sensor.uuid, reading.channel.number, hour_of(reading.at))
        for reading in world.fleet.readings(FIRST, end, visible_at=world.now)
    )


async def newest_arrival(world: World, entry: ConfigEntry[Any]) -> datetime:
    """Return the newest arrival of all readings seen."""
    arrival = (await world.diagnostics(entry))["history"]["arrival"]
    return datetime.fromisoformat(arrival["newest"])


def is_lost(row: dict[str, Any]) -> bool:
    """Tell whether a row was measured in the hours that are lost."""
    if "timestamp" not in row:
        return False
    return START + 2 * HOUR <= datetime.fromisoformat(row["timestamp"]) < START + 8 * HOUR


async def assert_complete(
    world: World[Any], entry: ConfigEntry[Any], since: datetime = FIRST
) -> None:
    """Compare what is counted with the truth since the day before the start."""
    truth = {key: n for key, n in measured(world).items() if key[2] >= since}
    last = max(start for *_, start in truth)
    known = await counted(world, entry)
    assert {key: n for key, n in known.items() if since <= key[2] <= last} == truth
    assert len(truth) > 24


async def test_asking_by_arrival_is_proved_and_then_relied_on(world: World, logger: Logger) -> None:
    entry = await world.add_account()
    assert by_arrival(world) == 0, "nothing has arrived that could prove it"
    await world.advance(HOUR)
    assert await world.asking_by_arrival(entry) == "works"
    world.simulator.requests.clear()
    await world.advance(2 * HOUR, step=5 * MINUTE)
    asked = filters(world)
    assert len(asked) == by_arrival(world)
    assert 5 <= len(asked) <= 8, "one question each quarter of an hour"
    assert logger.sensors
    await assert_complete(world, entry)


async def test_what_is_uploaded_days_late_is_counted_once_it_is_there(
    world: World, fleet: Fleet, logger: Logger
) -> None:
    entry = await world.add_account()
    other = fleet.add_logger(logger.site, "Kühlschrank 2", kind=Kind.CLIMATE)
    await world.advance(14 * HOUR, step=30 * MINUTE)
    for late, days in ((logger, 5), (other, 12)):
        late.outage(world.now + HOUR, world.now + days * DAY)
    await world.advance(5 * DAY, step=3 * HOUR)
    await world.advance(HOUR, step=5 * MINUTE)
    await assert_complete(world, entry)
    await world.advance(9 * DAY, step=3 * HOUR)
    await assert_complete(world, entry)


@pytest.mark.expect_warnings
@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        ({"refuse_filter": {"processed_at"}}, "the cloud refuses the question"),
        ({"filter_misses": 0.9}, "readings were missing in the answer"),
        ({"missing_columns": {"processed_at"}}, "readings tell no time of arrival"),
        ({"filter_fails_job": True}, "such jobs fail"),
    ],
)
@pytest.mark.usefixtures("logger")
async def test_a_cloud_that_cannot_be_asked_by_arrival(
    hass: HomeAssistant,
    world: World,
    caplog: pytest.LogCaptureFixture,
    faults: dict[str, Any],
    reason: str,
) -> None:
    for name, value in faults.items():
        setattr(world.faults, name, value)
    entry = await world.add_account()
    await world.advance(HOUR)
    assert [line for line in caplog.messages if SAID in line and reason in line]
    assert len([line for line in caplog.messages if SAID in line]) == 1
    asked = by_arrival(world)
    await world.advance(3 * HOUR, step=5 * MINUTE)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await world.advance(HOUR, step=5 * MINUTE)
    assert by_arrival(world) == asked, "not even after a restart"
    assert len([line for line in caplog.messages if SAID in line]) == 1
    await assert_complete(world, entry)


@pytest.mark.expect_warnings
async def test_without_arrivals_gaps_are_asked_for(
    hass: HomeAssistant, world: World, fleet: Fleet, logger: Logger
) -> None:
    """Exactly the days and sensors that lack something, and nothing more than that."""
    fleet.add_logger(logger.site, "Kühlschrank 2", kind=Kind.CLIMATE)
    world.faults.refuse_filter = {"processed_at"}
    entry = await world.add_account()
    logger.outage(START + 2 * HOUR, START + 3 * DAY)
    await world.advance(3 * DAY, step=HOUR)
    world.simulator.requests.clear()
    await world.advance(90 * MINUTE, step=5 * MINUTE)
    only = f"sensor_uuid eq '{logger.sensors[0].uuid}'"
    assert [text for text in filters(world) if text].count(only) in {1, 2}
    await assert_complete(world, entry)
    world.simulator.requests.clear()
    await world.advance(DAY, step=HOUR)
    assert only not in filters(world), "what is complete is not asked for again"
    assert not ir.async_get(hass).issues


@pytest.mark.parametrize("refused", [set(), {"processed_at"}])
@pytest.mark.expect_warnings
async def test_a_gap_that_lasts_is_told_until_it_is_closed(
    hass: HomeAssistant, world: World, logger: Logger, refused: set[str]
) -> None:
    world.faults.refuse_filter = refused
    await hass.config.async_set_time_zone("Europe/Berlin")
    world.faults.drop_rows = is_lost
    entry = await world.add_account()
    await world.advance(2 * DAY, step=HOUR)
    assert not ir.async_get(hass).issues, "it may come yet"
    await world.advance(DAY, step=HOUR)
    (issue,) = ir.async_get(hass).issues.values()
    assert issue.translation_key == "gap"
    assert issue.translation_placeholders == {
        "name": "Kühlschrank 1",
        "serial": logger.serial,
        "hours": "6",
        "start": "2026-07-01 14:00",
        "end": "2026-07-01 20:00",
        "account": "Muster Monitoring GmbH",
        "maker": "testo",
    }
    world.faults.drop_rows = set()
    await world.advance(5 * DAY, step=HOUR)
    assert not ir.async_get(hass).issues
    await assert_complete(world, entry)


async def test_gaps_of_many_loggers_are_one_issue(
    hass: HomeAssistant, world: World, fleet: Fleet, logger: Logger
) -> None:
    """As after a network that was down for weeks: nobody reads hundreds of them."""
    for name in ("# 2", "*3*", *(f"Kühlschrank {number}" for number in range(4, 8))):
        fleet.add_logger(logger.site, name)
    world.faults.drop_rows = is_lost
    await world.add_account()
    await world.advance(3 * DAY, step=HOUR)
    (issue,) = ir.async_get(hass).issues.values()
    assert issue.translation_key == "gaps"
    told = ["Kühlschrank 1", "\\# 2", "\\*3\\*", "Kühlschrank 4", "Kühlschrank 5"]
    names = "".join(
        f"- {name} ({it.serial})\n" for name, it in zip(told, fleet.loggers, strict=False)
    )
    assert issue.translation_placeholders == {
        "account": "Muster Monitoring GmbH",
        "maker": "testo",
        "number": "7",
        "instruments": f"{names}- …",
    }
    spared = {it.sensors[0].uuid for it in fleet.loggers[2:]}
    world.faults.drop_rows = lambda row: is_lost(row) and row["sensor_uuid"] not in spared
    await world.advance(5 * DAY, step=HOUR)
    issues = ir.async_get(hass).issues.values()
    assert [issue.translation_key for issue in issues] == ["gap", "gap"]


@pytest.mark.expect_warnings
async def test_what_to_read_again_is_planned_in_a_worker_thread(
    world: World, logger: Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many loggers that were off for weeks lack hundreds of thousands of hours."""
    world.faults.refuse_filter = {"processed_at"}
    threads: dict[str, set[int]] = {"plan": set(), "_stretches": set()}

    def watched(module: ModuleType, name: str) -> None:
        work = getattr(module, name)

        def noted(*given: Any, **more: Any) -> Any:
            threads[name].add(threading.get_ident())
            return work(*given, **more)

        monkeypatch.setattr(module, name, noted)

    watched(backfill, "plan")
    watched(ranges, "_stretches")
    world.faults.drop_rows = is_lost
    await world.add_account()
    await world.advance(12 * HOUR, step=HOUR)
    assert all(threads.values())
    assert threading.get_ident() not in threads["plan"] | threads["_stretches"]
    assert logger.sensors


async def test_the_gaps_of_a_site_that_is_not_chosen_are_nobodys(
    hass: HomeAssistant, world: World, fleet: Fleet, logger: Logger
) -> None:
    other = fleet.add_site("Lager")
    fleet.add_logger(other, "Regal")
    world.faults.drop_rows = lambda row: (
        row.get("sensor_uuid") == logger.sensors[0].uuid and is_lost(row)
    )
    entry = await world.add_account()
    await world.advance(3 * DAY, step=HOUR)
    assert len(ir.async_get(hass).issues) == 1
    hass.config_entries.async_update_entry(entry, options={"sites": [other.id]})
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert not ir.async_get(hass).issues


@pytest.mark.usefixtures("logger")
async def test_the_gaps_of_a_removed_account_are_not_told(
    hass: HomeAssistant, world: World
) -> None:
    world.faults.drop_rows = is_lost
    entry = await world.add_account()
    await world.advance(3 * DAY, step=HOUR)
    assert ir.async_get(hass).issues
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert ir.async_get(hass).issues, "who ignored it must not be asked again"
    await hass.config_entries.async_remove(entry.entry_id)
    assert not ir.async_get(hass).issues


@pytest.mark.expect_warnings
@pytest.mark.parametrize("fault", [{"filter_misses": 0.3}, {"refuse_filter": {"processed_at"}}])
async def test_a_cloud_that_unlearns_it_is_found_out(
    world: World, logger: Logger, caplog: pytest.LogCaptureFixture, fault: dict[str, Any]
) -> None:
    entry = await world.add_account()
    await world.advance(2 * HOUR, step=5 * MINUTE)
    assert await world.asking_by_arrival(entry) == "works"
    for name, value in fault.items():
        setattr(world.faults, name, value)
    await world.advance(DAY, step=15 * MINUTE)
    assert await world.asking_by_arrival(entry) == "refused"
    assert len([line for line in caplog.messages if SAID in line]) == 1
    assert logger.sensors
    await assert_complete(world, entry)


@pytest.mark.expect_warnings
async def test_lines_that_cannot_be_read_are_asked_for_for_a_day(
    world: World, logger: Logger
) -> None:
    """What a torn line held may come whole the next time; it must not be waited for for ever."""
    entry = await world.add_account()
    await world.advance(HOUR, step=5 * MINUTE)
    mark = await newest_arrival(world, entry)
    world.faults.garbage_line = True
    await world.advance(3 * HOUR, step=15 * MINUTE)
    assert await newest_arrival(world, entry) == mark
    await world.advance(DAY, step=HOUR)
    assert await newest_arrival(world, entry) > mark + 12 * HOUR
    assert await world.asking_by_arrival(entry) == "works"
    assert logger.sensors
    await assert_complete(world, entry)


async def test_a_device_that_is_found_later_is_read_from_its_beginning(
    world: World, fleet: Fleet, logger: Logger
) -> None:
    """It measured for half a day before the list of devices was read again."""
    entry = await world.add_account()
    await world.advance(HOUR, step=5 * MINUTE)
    new = fleet.add_logger(logger.site, "Neu")
    await world.advance(26 * HOUR, step=15 * MINUTE)
    assert await world.asking_by_arrival(entry) == "works", "the new device was no proof against"
    assert new.sensors[0].uuid in {key[0] for key in await counted(world, entry)}
    await assert_complete(world, entry)


async def test_after_a_week_without_home_assistant_nothing_is_missing(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    entry = await world.add_account()
    await world.advance(HOUR, step=5 * MINUTE)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await world.advance(9 * DAY, step=DAY)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await world.settle()
    await world.advance(20 * MINUTE, step=5 * MINUTE)
    assert logger.sensors
    await assert_complete(world, entry)


@pytest.mark.expect_warnings
async def test_readings_are_shown_while_they_cannot_be_kept(
    hass: HomeAssistant, world: World, logger: Logger, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever keeps the file from being used: a full disk, or a folder in its place."""
    path = ledger_path(hass, world.fleet.tenant_uuid)
    path.mkdir(parents=True)
    entry = await world.add_account()
    sensor = f"{logger.serial}_{logger.sensors[0].serial}_1"
    await world.advance(2 * HOUR, step=5 * MINUTE)
    shown = world.state(sensor)
    assert float(shown.state)
    assert world.now - shown.last_changed < HOUR
    said = "cannot be kept for the long-term statistics"
    assert len([line for line in caplog.messages if said in line]) == 1
    path.rmdir()
    await world.advance(4 * HOUR, step=5 * MINUTE)
    assert [line for line in caplog.messages if line.endswith("readings are kept again")]
    assert world.value(f"{world.fleet.tenant_uuid}_cloud") == "on"
    await assert_complete(world, entry, since=TEN - 20 * HOUR)


async def test_a_removed_account_leaves_nothing_behind(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    assert logger.sensors
    entry = await world.add_account()
    path = ledger_path(hass, world.fleet.tenant_uuid)
    assert path.exists()
    await hass.config_entries.async_remove(entry.entry_id)
    assert not list(path.parent.glob(f"{path.name}*"))


@pytest.mark.expect_warnings
async def test_what_one_job_brought_is_shown_even_if_the_next_one_fails(
    world: World, logger: Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before arrivals are asked for, a second job proves that the answers are whole."""
    entry = await world.add_account()
    read = SmartConnect.readings

    async def failing(*asked: Any) -> Any:
        if asked[-1] is not None:
            raise CloudConnectionError("submission", "measurements", "the cloud went away")
        return await read(*asked)

    monkeypatch.setattr(SmartConnect, "readings", failing)
    await world.advance(30 * MINUTE)
    shown = world.value(f"{logger.serial}_{logger.sensors[0].serial}_1")
    at = await world.measured_at(entry, logger)
    assert at > START
    assert float(shown) == pytest.approx(logger.sensors[0].channels[0].value(at), abs=0.05)
