"""Alarm logs that no simulated logger makes by itself, row by row."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE, World
from tests.simulator import Fleet, Kind, Logger, band

TEN = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def logger(fleet: Fleet) -> Logger:
    """Return a fridge whose true values alarm nobody."""
    return add(fleet, Kind.TEMPERATURE)


def add(fleet: Fleet, kind: Kind) -> Logger:
    fleet.connection_timeout = timedelta(days=900)
    return fleet.add_logger(
        fleet.add_site("Apotheke Köln"),
        "Kühlschrank 1",
        kind=kind,
        measuring=5 * MINUTE,
        communication=5 * MINUTE,
        limits=band("Temperature", alarm=(-50, 50)),
    )


class Log:
    """Writes rows of one logger as the cloud has them."""

    def __init__(self, world: World, logger: Logger) -> None:
        self._rows, self._logger = world.fleet.alarm_log, logger
        self._tenant = world.fleet.tenant_uuid

    def row(self, uuid: str | None, status: str, at: datetime, **changes: Any) -> dict[str, Any]:
        """Add a row that is processed at once."""
        row = {
            "uuid": uuid,
            "alarm_reason": "Alarm condition is violated",
            "alarm_status": status,
            "last_status_change_time": at.isoformat(),
            "alarm_condition_type": "Upper limit",
            "alarm_severity": "Alarm",
            "alarm_time": at.isoformat(),
            "alarm_time_local": at.isoformat(),
            "alarm_value": "8.4",
            "physical_unit": "°C",
            "physical_property_name": "Temperature",
            "physical_extension": "Unknown",
            "alarm_source_uuid": None,
            "serial_no": self._logger.serial,
            "tenant_uuid": self._tenant,
            "customer_site": self._logger.site.id,
            "alarm_type": "measurement alarm",
            "source_alarm_event_uuid": None,
            "processed_at": (at + timedelta(seconds=4)).isoformat(),
        }
        row.update(
            {
                name: value.isoformat() if isinstance(value, datetime) else value
                for name, value in changes.items()
            }
        )
        self._rows.append(row)
        return row

    def violation(self, uuid: str | None, at: datetime, **changes: Any) -> dict[str, Any]:
        """Add a violation."""
        return self.row(uuid, "Alarm", at, **changes)

    def recovery(
        self, uuid: str | None, at: datetime, ends: str | None = None, **changes: Any
    ) -> dict[str, Any]:
        """Add a recovery."""
        facts = {"alarm_value": "6.1", "source_alarm_event_uuid": ends, **changes}
        return self.row(uuid, "Ok", at, **facts)


def alarms(logger: Logger) -> list[str]:
    """Return the unique ids of the alarms of all probes of a logger."""
    return [f"{logger.serial}_{sensor.serial}_1_alarm" for sensor in logger.sensors]


def count(world: World, severity: str = "alarms") -> str:
    """Return how many alarms are open in the account."""
    return world.value(f"{world.fleet.tenant_uuid}_active_{severity}")


def told(world: World, logger: Logger) -> list[tuple[str, str]]:
    """Return what was told, each state of the event entity once."""
    found = [(it["event_type"], it["episode_id"]) for it in world.events(logger.serial)]
    return [it for number, it in enumerate(found) if number == 0 or it != found[number - 1]]


# Two channels or limits under one source


@pytest.mark.parametrize("named", [True, False])
async def test_an_open_alarm_is_not_hidden_by_another_channel(
    world: World, fleet: Fleet, *, named: bool
) -> None:
    logger = add(fleet, Kind.PROBES)
    log = Log(world, logger)
    await world.add_account()
    log.violation("one", TEN + 30 * MINUTE)
    log.violation("two", TEN + 45 * MINUTE)
    log.recovery("two over", TEN + 75 * MINUTE, "two" if named else None)
    await world.to(TEN + 90 * MINUTE)
    assert [world.value(it) for it in alarms(logger)] == ["on", "on"], "either may be meant"
    assert count(world) == "1"
    log.recovery("one over", TEN + 4 * HOUR, "one" if named else None)
    await world.to(TEN + 4 * HOUR + 10 * MINUTE, step=5 * MINUTE)
    assert [world.value(it) for it in alarms(logger)] == ["off", "off"]
    assert [it[0] for it in told(world, logger)] == ["alarm_raised"] * 2 + ["alarm_cleared"] * 2


async def test_an_open_alarm_is_not_hidden_by_a_limit_further_out(
    world: World, logger: Logger
) -> None:
    log = Log(world, logger)
    await world.add_account()
    log.violation("one", TEN + 30 * MINUTE, alarm_value="8.4")
    log.violation("two", TEN + 45 * MINUTE, alarm_value="10.2")
    log.recovery("two over", TEN + 75 * MINUTE, "two", alarm_value="9.8")
    await world.to(TEN + 90 * MINUTE)
    assert (world.value(alarms(logger)[0]), count(world)) == ("on", "1")
    assert world.state(alarms(logger)[0]).attributes["episode_id"] == "one"


async def test_a_lost_recovery_leaves_nothing_on(world: World, logger: Logger) -> None:
    log = Log(world, logger)
    await world.add_account()
    log.violation("one", TEN + 30 * MINUTE)
    log.violation("two", TEN + 45 * MINUTE)
    log.recovery("two over", TEN + 75 * MINUTE, "two")
    await world.to(TEN + 90 * MINUTE)
    assert (world.value(alarms(logger)[0]), count(world)) == ("off", "0")


async def test_an_alarm_of_a_logger_whose_clock_is_ahead_is_shown_at_once(
    world: World, logger: Logger
) -> None:
    log = Log(world, logger)
    await world.add_account()
    ahead = {"processed_at": TEN + 30 * MINUTE}
    log.violation("one", TEN + 5 * HOUR, **ahead)
    await world.to(TEN + 40 * MINUTE)
    assert world.value(alarms(logger)[0]) == "on"
    log.recovery("one over", TEN + 6 * HOUR, "one", processed_at=TEN + 50 * MINUTE)
    log.violation("two", TEN + 55 * MINUTE)
    await world.to(TEN + 65 * MINUTE)
    assert (world.value(alarms(logger)[0]), count(world)) == ("on", "1")
    assert told(world, logger) == [
        ("alarm_raised", "one"),
        ("alarm_cleared", "one"),
        ("alarm_raised", "two"),
    ]


# A long absence


async def test_an_alarm_that_recovered_while_nobody_looked_is_over(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    log = Log(world, logger)
    entry = await world.add_account()
    log.violation("one", TEN + 30 * MINUTE)
    await world.to(TEN + 40 * MINUTE)
    assert await hass.config_entries.async_unload(entry.entry_id)
    log.recovery("one over", TEN + 3 * HOUR, "one")
    await world.to(TEN + 40 * DAY, step=10 * DAY)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await world.advance(10 * MINUTE)
    assert world.value(alarms(logger)[0]) == "off"
    assert told(world, logger) == [("alarm_raised", "one"), ("alarm_cleared", "one")]


@pytest.mark.parametrize(("days", "kept"), [(300, None), (60, 45)])
async def test_what_cannot_be_known_any_more_is_never_on(
    hass: HomeAssistant, world: World, logger: Logger, days: int, kept: int | None
) -> None:
    """Nobody looked for longer than is asked for, or than the cloud keeps its log."""
    log = Log(world, logger)
    entry = await world.add_account()
    log.violation("one", TEN + 30 * MINUTE)
    await world.to(TEN + 40 * MINUTE)
    assert await hass.config_entries.async_unload(entry.entry_id)
    world.faults.on = {"alarms": {"kept_days": kept}}
    await world.to(TEN + days * DAY, step=100 * DAY)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await world.advance(10 * MINUTE)
    assert (world.value(alarms(logger)[0]), count(world)) == ("off", "0")
    assert told(world, logger) == [("alarm_raised", "one"), ("alarm_cleared", "one")]
    assert world.events(logger.serial)[-1]["reason"] == "Supervision unknown"


# Rows that change


async def test_a_row_that_is_violated_again_is_another_alarm(world: World, logger: Logger) -> None:
    log = Log(world, logger)
    await world.add_account()
    row = log.violation("one", TEN + 30 * MINUTE)
    await world.to(TEN + 40 * MINUTE)
    for minute, status, state in ((50, "Ok", "off"), (70, "Alarm", "on"), (90, "Ok", "off")):
        moment = TEN + minute * MINUTE
        row |= {
            "alarm_status": status,
            "last_status_change_time": moment.isoformat(),
            "processed_at": moment.isoformat(),
        }
        await world.to(moment + 10 * MINUTE)
        assert (minute, world.value(alarms(logger)[0])) == (minute, state)
    assert told(world, logger) == [
        ("alarm_raised", "one"),
        ("alarm_cleared", "one"),
        ("alarm_raised", "one~2"),
        ("alarm_cleared", "one~2"),
    ]


async def test_a_warning_that_becomes_an_alarm_is_one(world: World, logger: Logger) -> None:
    log = Log(world, logger)
    await world.add_account()
    row = log.violation("one", TEN + 30 * MINUTE, alarm_severity="Warning")
    await world.to(TEN + 40 * MINUTE)
    assert (count(world, "warnings"), count(world)) == ("1", "0")
    row |= {"alarm_severity": "Alarm", "processed_at": (TEN + 45 * MINUTE).isoformat()}
    await world.to(TEN + 55 * MINUTE)
    assert (count(world, "warnings"), count(world)) == ("0", "1")
    assert world.value(alarms(logger)[0]) == "on"
    assert {it[0] for it in told(world, logger)} == {
        "warning_raised",
        "warning_cleared",
        "alarm_raised",
    }


async def test_a_corrected_value_is_shown_without_an_event(world: World, logger: Logger) -> None:
    log = Log(world, logger)
    await world.add_account()
    row = log.violation("one", TEN + 30 * MINUTE)
    await world.to(TEN + 40 * MINUTE)
    row |= {"alarm_value": "9.9", "processed_at": (TEN + 45 * MINUTE).isoformat()}
    await world.to(TEN + 55 * MINUTE)
    assert world.state(alarms(logger)[0]).attributes["value"] == 9.9
    assert told(world, logger) == [("alarm_raised", "one")]


@pytest.mark.parametrize("seconds", [6, 75])
async def test_two_times_of_a_recovery_make_no_alarm(
    world: World, logger: Logger, seconds: int
) -> None:
    log = Log(world, logger)
    await world.add_account()
    log.violation("one", TEN + 30 * MINUTE)
    over = TEN + 60 * MINUTE
    log.recovery("one over", over, last_status_change_time=over + timedelta(seconds=seconds))
    await world.to(TEN + 90 * MINUTE)
    assert told(world, logger) == [("alarm_raised", "one"), ("alarm_cleared", "one")]
    assert world.value(alarms(logger)[0]) == "off"


# Rows in all spellings


async def test_alarm_and_warning_of_one_moment_without_a_uuid_are_two(
    world: World, logger: Logger
) -> None:
    log = Log(world, logger)
    await world.add_account()
    log.violation(None, TEN + 30 * MINUTE)
    log.violation(None, TEN + 30 * MINUTE, alarm_severity="Warning")
    await world.to(TEN + 40 * MINUTE)
    assert (count(world), count(world, "warnings")) == ("1", "1")


@pytest.mark.parametrize(
    ("changes", "direction"),
    [
        ({"physical_property_name": "PV_TEMPERATURE"}, "upper"),
        ({"alarm_condition_type": "HighLimit"}, "upper"),
        ({"alarm_condition_type": "LowLimit"}, "lower"),
        ({"alarm_type": None}, "upper"),
        ({"alarm_type": None, "physical_property_name": None}, "upper"),
    ],
)
async def test_alarms_in_other_words(
    world: World, logger: Logger, changes: dict[str, Any], direction: str
) -> None:
    log = Log(world, logger)
    await world.add_account()
    log.violation("one", TEN + 30 * MINUTE, **changes)
    await world.to(TEN + 40 * MINUTE)
    state = world.state(alarms(logger)[0])
    assert (state.state, state.attributes["direction"]) == ("on", direction)
    (event,) = world.events(logger.serial)
    assert (event["event_type"], event["direction"]) == ("alarm_raised", direction)


@pytest.mark.parametrize("type_", ["device system alarm", "sensor system alarm", None])
async def test_a_system_alarm_with_a_property_is_one(
    world: World, logger: Logger, type_: str | None
) -> None:
    log = Log(world, logger)
    await world.add_account()
    log.violation(
        "one", TEN + 30 * MINUTE, alarm_type=type_, alarm_condition_type="Sensor is broken"
    )
    await world.to(TEN + 40 * MINUTE)
    assert world.value(f"{logger.serial}_system_alarm") == "on"
    assert world.value(alarms(logger)[0]) == "off"
    log.recovery(
        "one over",
        TEN + 45 * MINUTE,
        alarm_type=type_,
        alarm_condition_type="Sensor is broken",
        physical_property_name=None,
    )
    await world.to(TEN + 55 * MINUTE)
    assert world.value(f"{logger.serial}_system_alarm") == "off"


async def test_an_alarm_of_1970_is_told(world: World, logger: Logger) -> None:
    """A logger without a battery forgets the time, and the cloud filters by processing."""
    log = Log(world, logger)
    await world.add_account()
    log.violation("old", TEN + 30 * MINUTE)
    log.recovery("old over", TEN + 40 * MINUTE, "old")
    await world.to(TEN + 40 * DAY, step=HOUR * 12)
    at = world.now - MINUTE
    told_time = dict.fromkeys(("alarm_time", "last_status_change_time"), "1970-01-01T00:00:07Z")
    log.violation("one", at, **told_time)
    world.fleet.alarms_by_processing = True
    await world.advance(10 * MINUTE)
    assert world.value(alarms(logger)[0]) == "on"
    assert told(world, logger)[-1] == ("alarm_raised", "one")


# The edges of life


def during_the_next_read(world: World, begin: Callable[[], Coroutine[Any, Any, object]]) -> None:
    """Begin something as soon as alarms are delivered."""

    def sees(row: dict[str, Any]) -> bool:
        if "alarm_status" in row:
            world.faults.drop_rows = set()
            # Rows are written in a thread of the cloud.
            world.hass.loop.call_soon_threadsafe(lambda: world.hass.async_create_task(begin()))
        return False

    world.faults.drop_rows = sees


async def test_a_reload_during_a_read_tells_each_alarm_once(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    log = Log(world, logger)
    entry = await world.add_account()
    log.violation("one", TEN + 30 * MINUTE)
    await world.to(TEN + 29 * MINUTE)

    during_the_next_read(world, lambda: hass.config_entries.async_reload(entry.entry_id))
    await world.to(TEN + 50 * MINUTE)
    assert world.value(alarms(logger)[0]) == "on"
    assert told(world, logger) == [("alarm_raised", "one")]
    assert len([it for it in world.events(logger.serial) if it["episode_id"] == "one"]) <= 2


async def test_a_reload_as_soon_as_an_alarm_is_told_does_not_repeat_it(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    """What was given counts as told even if its mark is still being saved."""
    log = Log(world, logger)
    entry = await world.add_account()
    log.violation("one", TEN + 30 * MINUTE)
    reloads: list[object] = []

    @callback
    def reload(event: Any) -> None:
        state = event.data["new_state"]
        if state is not None and state.attributes.get("event_type") and not reloads:
            reloads.append(hass.async_create_task(hass.config_entries.async_reload(entry.entry_id)))

    stop = hass.bus.async_listen("state_changed", reload)
    await world.to(TEN + 60 * MINUTE)
    stop()
    assert len(reloads) == 1
    stamps = {
        state.state
        for entity_id, state in world.changes
        if entity_id == world.entity_id(f"{logger.serial}_alarms")
        and state.state not in {"unknown", "unavailable"}
    }
    assert len(stamps) == 1, "one event, whatever is shown again after the reload"


async def test_a_removal_during_a_read_leaves_nothing_behind(
    hass: HomeAssistant, world: World, logger: Logger, hass_storage: dict[str, Any]
) -> None:
    log = Log(world, logger)
    entry = await world.add_account()
    log.violation("one", TEN + 30 * MINUTE)
    await world.to(TEN + 29 * MINUTE)

    during_the_next_read(world, lambda: hass.config_entries.async_remove(entry.entry_id))
    await world.to(TEN + 50 * MINUTE)
    assert hass.config_entries.async_get_entry(entry.entry_id) is None
    assert f"{DOMAIN}.{entry.unique_id}" not in hass_storage


async def test_a_snooze_made_after_a_reload_is_not_lost_to_the_read_before(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    log = Log(world, logger)
    entry = await world.add_account()
    log.violation("one", TEN + 30 * MINUTE)
    await world.to(TEN + 29 * MINUTE)

    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, logger.serial), entry.entry_id
    )
    assert device is not None

    async def reload_and_snooze() -> None:
        await hass.config_entries.async_reload(entry.entry_id)
        facts = {"device_id": device.id, "hours": 5}
        await hass.services.async_call(DOMAIN, "snooze_alarms", facts, blocking=True)

    during_the_next_read(world, reload_and_snooze)
    await world.to(TEN + 50 * MINUTE)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    assert world.state(alarms(logger)[0]).attributes["snoozed_until"] is not None


async def test_attributes_and_events_are_json(world: World, logger: Logger) -> None:
    """So that templates, MQTT and others may pass them on."""
    log = Log(world, logger)
    await world.add_account()
    log.violation("one", TEN + 30 * MINUTE)
    await world.to(TEN + 40 * MINUTE)
    for unique_id in (*alarms(logger), f"{logger.serial}_system_alarm", f"{logger.serial}_alarms"):
        for name, value in world.state(unique_id).attributes.items():
            assert isinstance(value, str | int | float | bool | list | None), name
