"""How an account lives: requests, failures, restarts, removal."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
import threading
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util.async_ import get_scheduled_timer_handles
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.testo_smart_connect.account import view
from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.monitoring.freshness import freshness
from tests.integration.conftest import MINUTE, START, World
from tests.simulator import Fleet, Kind, Logger, band

# When something was last updated is off until a user wants it.
pytestmark = pytest.mark.usefixtures("entity_registry_enabled_by_default")

HOUR = timedelta(hours=1)


@pytest.fixture
def logger(fleet: Fleet) -> Logger:
    """Return one logger that measures and sends every quarter of an hour."""
    site = fleet.add_site("Museum Bern")
    return fleet.add_logger(
        site, "Vitrine", kind=Kind.CLIMATE, limits=band("Temperature", warning=(15, 25))
    )


def channel_id(logger: Logger, number: int = 1) -> str:
    """Return the unique id of a channel."""
    return f"{logger.serial}_{logger.sensors[0].serial}_{number}"


def assert_current(world: World, logger: Logger) -> None:
    """Assert that the channel shows what was visible at the last update, a moment ago."""
    update = datetime.fromisoformat(world.value(f"{world.fleet.tenant_uuid}_last_update"))
    assert world.now - update < 20 * MINUTE
    latest = world.fleet.latest(logger.sensors[0].channel(1), update)
    assert latest is not None
    assert float(world.value(channel_id(logger))) == latest.value


@pytest.mark.quality_rule("appropriate-polling")
async def test_five_submissions_in_a_quarter_of_an_hour(world: World, logger: Logger) -> None:
    await world.add_account()
    await world.advance(HOUR)
    world.simulator.requests.clear()
    await world.advance(4 * HOUR)

    paths = Counter(record.path for record in world.requests("POST"))
    # The jitter may only make the cycles slower, by at most five percent and a step.
    assert 38 <= paths["/v3/alarms"] <= 48
    assert 14 <= paths["/v2/measurements"] <= 16
    assert paths["/v4/devices/status"] == paths["/v2/measurements"]
    assert set(paths) == {"/v3/alarms", "/v2/measurements", "/v4/devices/status"}
    assert logger.serial


async def test_three_more_when_the_inventory_is_due(world: World, logger: Logger) -> None:
    await world.add_account()
    world.simulator.requests.clear()
    await world.advance(13 * HOUR, step=5 * MINUTE)

    paths = Counter(record.path for record in world.requests("POST"))
    assert paths["/v3/devices/properties"] == 1
    assert paths["/v1/locations"] == 1
    assert paths["/v1/measuring-objects"] == 1
    assert logger.serial


async def test_the_first_look_at_alarms_is_asked_in_windows(world: World, logger: Logger) -> None:
    """A month, and a day beyond now; none longer than the cloud takes."""
    await world.add_account()
    bodies = [record.body for record in world.requests("POST", "/v3/alarms")]
    times = sorted(
        (
            datetime.fromisoformat(body["date_time_from"]),
            datetime.fromisoformat(body["date_time_until"]),
        )
        for body in bodies
    )
    assert len(times) == 5
    assert times[0][0] == START - 30 * 24 * HOUR
    assert times[-1][1] == START + 24 * HOUR
    assert all(end - begin <= 7 * 24 * HOUR for begin, end in times)
    assert all(end == begin for (_, end), (begin, _) in pairwise(times))
    assert logger.serial


@pytest.mark.expect_warnings
async def test_the_window_widens_twice_a_day_for_late_uploads(world: World, logger: Logger) -> None:
    """That is how a cloud is asked which cannot be asked by arrival."""
    world.faults.refuse_filter = {"processed_at"}
    await world.add_account()
    world.simulator.requests.clear()
    await world.advance(25 * HOUR, step=5 * MINUTE)

    lengths = [
        datetime.fromisoformat(record.body["date_time_until"])
        - datetime.fromisoformat(record.body["date_time_from"])
        for record in world.requests("POST", "measurements")
        if "processed_at gt" not in record.body.get("odata", {}).get("$filter", "")
    ]
    assert len([length for length in lengths if length > 26 * HOUR]) == 2
    assert {length // HOUR for length in lengths if length < 26 * HOUR} == {3}
    assert len(lengths) > 70
    assert logger.serial


async def test_a_restart_shows_the_last_readings_without_the_cloud(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    entry = await world.add_account()
    before = world.state(channel_id(logger))
    await hass.config_entries.async_unload(entry.entry_id)
    world.faults.server_error = 503
    world.simulator.requests.clear()

    assert await hass.config_entries.async_setup(entry.entry_id)

    after = world.state(channel_id(logger))
    assert (after.state, after.attributes) == (before.state, before.attributes)
    assert world.value(f"{logger.serial}_last_measurement") != "unknown"
    assert world.value(f"{channel_id(logger)}_alarm") == "off"
    assert not world.simulator.requests, "what was read a moment ago is not read again"


@pytest.mark.expect_warnings
@pytest.mark.quality_rule("log-when-unavailable")
async def test_failing_polls_leave_values_and_turn_off_the_cloud_alone(
    world: World, fleet: Fleet, logger: Logger, caplog: pytest.LogCaptureFixture
) -> None:
    await world.add_account()
    value = world.value(channel_id(logger))
    cloud = f"{fleet.tenant_uuid}_cloud"
    world.faults.server_error = 503
    await world.advance(6 * MINUTE)
    assert world.value(cloud) == "on", "one failed cycle is nobody's business"
    await world.advance(14 * MINUTE)
    assert world.value(cloud) == "off"
    assert world.value(channel_id(logger)) == value
    assert world.value(f"{logger.serial}_connection") == "on"
    errors = [rec for rec in caplog.records if rec.levelname == "ERROR"]
    assert len(errors) <= 3, "one line for each kind of reading"

    world.faults.server_error = None
    await world.advance(31 * MINUTE)
    assert world.value(cloud) == "on"
    assert_current(world, logger)


@pytest.mark.expect_warnings
async def test_a_start_during_an_outage_does_not_claim_that_the_cloud_works(
    hass: HomeAssistant, world: World, fleet: Fleet, logger: Logger
) -> None:
    assert logger.sensors
    entry = await world.add_account()
    world.faults.server_error = 503
    await world.advance(20 * MINUTE)
    cloud = f"{fleet.tenant_uuid}_cloud"
    assert world.value(cloud) == "off"
    assert await hass.config_entries.async_unload(entry.entry_id)
    world.changes.clear()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await world.advance(20 * MINUTE)
    states = [state.state for name, state in world.changes if name == world.entity_id(cloud)]
    assert "on" not in states
    assert states[-1] == "off"


FAILURES: list[tuple[str, dict[str, Any], int]] = [
    ("refused key", {"unauthorized": True}, 60),
    ("no licence", {"forbidden": True}, 60),
    ("server error", {"server_error": 500}, 60),
    ("rate limit", {"rate_limit": True}, 60),
    ("rate limit with a time", {"rate_limit": True, "retry_after": 120}, 60),
    ("failed job", {"job_outcome": "Failed"}, 60),
    ("connection reset", {"connection_reset": True}, 60),
    ("expired links", {"link_lifetime": 0}, 60),
    ("truncated files", {"truncated_gzip": True}, 60),
    ("lost jobs", {"on": {"poll": {"server_error": 404}}}, 60),
    ("never ending job", {"job_outcome": "never"}, 240),
]


@pytest.mark.expect_warnings
@pytest.mark.parametrize(
    ("switches", "most"),
    [(switches, most) for _, switches, most in FAILURES],
    ids=[name for name, _, _ in FAILURES],
)
async def test_a_permanent_failure_costs_few_requests(
    world: World, logger: Logger, switches: dict[str, Any], most: int
) -> None:
    assert logger.serial
    await world.add_account()
    world.faults.set(switches)
    await world.advance(20 * MINUTE)
    for _ in range(3):
        world.simulator.requests.clear()
        await world.advance(HOUR)
        assert 0 < len(world.simulator.requests) <= most
        assert len(world.requests("POST")) <= 20


@pytest.mark.expect_warnings
async def test_recovery_of_the_probe_wakes_all_the_others(
    world: World, fleet: Fleet, logger: Logger
) -> None:
    await world.add_account()
    world.faults.server_error = 500
    await world.advance(2 * HOUR)
    world.faults.server_error = None
    await world.advance(31 * MINUTE)

    assert_current(world, logger)
    assert world.value(f"{fleet.tenant_uuid}_cloud") == "on"


@pytest.mark.expect_warnings
async def test_one_broken_resource_does_not_stop_the_others(
    world: World, fleet: Fleet, logger: Logger
) -> None:
    await world.add_account()
    world.faults.set({"on": {"status": {"server_error": 500}}})
    await world.advance(HOUR)

    latest = fleet.latest(logger.sensors[0].channel(1), world.now - 20 * MINUTE)
    assert latest is not None
    assert world.value(f"{logger.serial}_last_measurement") >= latest.at.isoformat()
    assert world.value(f"{fleet.tenant_uuid}_cloud") == "off"
    assert world.value(f"{channel_id(logger)}_alarm") == "off"


@pytest.mark.expect_warnings
@pytest.mark.parametrize("broken", [True, False])
async def test_an_account_without_memory_is_read_anew(
    hass: HomeAssistant,
    world: World,
    logger: Logger,
    hass_storage: dict[str, Any],
    *,
    broken: bool,
) -> None:
    entry = await world.add_account()
    await hass.config_entries.async_unload(entry.entry_id)
    store = f"{DOMAIN}.{entry.unique_id}"
    if broken:
        hass_storage[store]["data"] = {"roster": "broken"}
    else:
        del hass_storage[store]

    assert await hass.config_entries.async_setup(entry.entry_id)
    assert world.value(channel_id(logger)) == "unavailable"
    await world.settle()
    assert float(world.value(channel_id(logger))) > 0


@pytest.mark.quality_rule("config-entry-unloading")
async def test_removal_deletes_what_was_stored(
    hass: HomeAssistant, world: World, logger: Logger, hass_storage: dict[str, Any]
) -> None:
    entry = await world.add_account()
    await hass.config_entries.async_unload(entry.entry_id)
    assert f"{DOMAIN}.{entry.unique_id}" in hass_storage
    assert entry.state is ConfigEntryState.NOT_LOADED
    world.simulator.requests.clear()
    await world.advance(HOUR)
    assert not world.simulator.requests

    await hass.config_entries.async_remove(entry.entry_id)
    assert f"{DOMAIN}.{entry.unique_id}" not in hass_storage
    assert logger.serial


async def test_what_is_derived_during_an_unload_arms_no_timer(
    hass: HomeAssistant, world: World, logger: Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await world.add_account()
    begun, go_on = threading.Event(), threading.Event()
    calls = []

    def slowly(*facts: Any) -> Any:
        begun.set()
        go_on.wait(10)
        calls.append(world.now)
        return freshness(*facts)

    monkeypatch.setattr(view, "freshness", slowly)
    # The feed counts as unread by then, but no value as too old yet.
    await world.pass_by(31 * 60)
    async_fire_time_changed(hass, world.now)
    await hass.async_add_executor_job(begun.wait, 10)
    assert await hass.config_entries.async_unload(entry.entry_id)
    go_on.set()
    await world.settle()
    assert calls
    calls.clear()
    await world.advance(24 * HOUR, step=HOUR)
    assert not calls
    assert logger.serial


async def test_a_snooze_during_an_unload_arms_no_timer(
    hass: HomeAssistant, world: World, logger: Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await world.add_account()
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, logger.serial), entry.entry_id
    )
    assert device is not None

    async def look_up(_user_id: str) -> None:
        assert await hass.config_entries.async_unload(entry.entry_id)

    monkeypatch.setattr(hass.auth, "async_get_user", look_up)
    await hass.services.async_call(
        DOMAIN,
        "snooze_alarms",
        {"device_id": device.id, "hours": 1},
        blocking=True,
        context=Context(user_id="somebody"),
    )
    timers = get_scheduled_timer_handles(hass.loop)
    assert not [it for it in timers if not it.cancelled() and DOMAIN in repr(it)]


async def test_update_entity_reads_at_once(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    assert await async_setup_component(hass, "homeassistant", {})
    await world.add_account()
    await world.advance(2 * MINUTE)
    world.simulator.requests.clear()
    for _ in range(3):
        await hass.services.async_call(
            "homeassistant",
            "update_entity",
            {"entity_id": [world.entity_id(channel_id(logger))]},
            blocking=True,
        )
    await world.settle()
    # Asking again at once reads nothing again.
    assert Counter(record.path for record in world.requests("POST")) == {
        "/v3/alarms": 1,
        "/v2/measurements": 2,  # once more to prove that the cloud can be asked by arrival
        "/v4/devices/status": 1,
    }


async def test_a_crash_costs_at_most_the_last_seconds(
    world: World, logger: Logger, hass_storage: dict[str, Any]
) -> None:
    entry = await world.add_account()
    await world.advance(20 * MINUTE)
    await world.advance(timedelta(seconds=15), step=timedelta(seconds=5))
    stored = hass_storage[f"{DOMAIN}.{entry.unique_id}"]["data"]
    assert {row["at"] for row in stored["latest"]} == {
        world.value(f"{logger.serial}_last_measurement")
    }


async def test_many_loggers_are_set_up_and_told_in_batches(world: World, fleet: Fleet) -> None:
    site = fleet.add_site("Kette")
    loggers = [fleet.add_logger(site, f"Logger {n}", kind=Kind.TEMPERATURE) for n in range(120)]
    await world.add_account()
    before = [world.value(channel_id(logger)) for logger in loggers]
    world.simulator.requests.clear()
    await world.advance(20 * MINUTE)
    after = [world.value(channel_id(logger)) for logger in loggers]
    assert all(old != new for old, new in zip(before, after, strict=True))
    assert len(world.requests("POST", "measurements")) <= 2
