"""Open alarms of an account with a token: each told once, none ended by an answer that fails."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import ServiceValidationError
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE
from tests.simulator import Fleet, Logger

from .conftest import MARK, Saveris2World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEP = 5 * MINUTE


def warm(
    world: Saveris2World, logger: Logger, lasting: timedelta = 3 * HOUR, sensor: int = 0
) -> None:
    """Let a fridge be too warm for a while."""
    logger.sensors[sensor].channels[0].hold(world.now, world.now + lasting, 12.0)


async def test_an_alarm_comes_and_goes_once(
    world: Saveris2World, fleet: Fleet, fridge: Logger
) -> None:
    await world.add_account()
    assert world.value(f"{world.channel(fridge)}_alarm") == "off"
    began = world.now
    warm(world, fridge)
    await world.advance(2 * HOUR, step=STEP)
    (true,) = fleet.active_alarms(world.now)
    state = world.state(f"{world.channel(fridge)}_alarm")
    assert state.state == "on"
    told = {name: state.attributes[name] for name in ("direction", "value", "limit", "since")}
    assert told == {
        "direction": "upper",
        "value": 12.0,
        "limit": 8.0,
        "since": true.at.isoformat(),
    }
    await world.advance(4 * HOUR, step=STEP)
    assert world.value(f"{world.channel(fridge)}_alarm") == "off"
    raised, cleared = world.events(f"{fridge.serial}{MARK}")
    assert (raised["event_type"], cleared["event_type"]) == ("alarm_raised", "alarm_cleared")
    assert (raised["limit"], raised["value"], raised["unit"]) == (8.0, 12.0, "°C")
    assert raised["raised_at"] == true.at.isoformat()
    ended = datetime.fromisoformat(cleared["cleared_at"])
    assert began + 3 * HOUR <= ended <= began + 4 * HOUR, "when it was seen to be gone"


async def test_what_is_open_at_first_is_shown_and_not_told(
    world: Saveris2World, fridge: Logger
) -> None:
    warm(world, fridge, DAY)
    await world.advance(HOUR, step=STEP)
    await world.add_account()
    await world.advance(HOUR, step=STEP)
    assert world.value(f"{world.channel(fridge)}_alarm") == "on"
    assert world.told(fridge) == []


@pytest.mark.expect_warnings
@pytest.mark.parametrize(
    "switch", ["alarms_key_missing", "alarms_not_a_list", "broken_rows", "html", "server_error"]
)
async def test_an_answer_that_says_nothing_ends_nothing(
    world: Saveris2World, fridge: Logger, switch: str
) -> None:
    await world.add_account()
    warm(world, fridge, HOUR)
    await world.advance(HOUR, step=STEP)
    assert world.value(f"{world.channel(fridge)}_alarm") == "on"
    if switch == "server_error":
        world.faults.server_error = 500
    elif switch == "html":
        world.faults.html = True
    else:
        setattr(world.simulator.odd, switch, True)
    # It is over meanwhile, but nobody says so.
    await world.advance(80 * MINUTE, step=STEP)
    assert world.value(f"{world.channel(fridge)}_alarm") in {"on", "unavailable"}
    assert world.told(fridge) == ["alarm_raised"]
    world.faults.server_error, world.faults.html = None, False
    if switch not in {"server_error", "html"}:
        setattr(world.simulator.odd, switch, False)
    await world.advance(DAY / 4, step=STEP)
    assert world.value(f"{world.channel(fridge)}_alarm") == "off"
    assert world.told(fridge) == ["alarm_raised", "alarm_cleared"]


async def test_null_is_an_empty_list(world: Saveris2World, fridge: Logger) -> None:
    await world.add_account()
    warm(world, fridge, DAY)
    await world.advance(HOUR, step=STEP)
    world.simulator.odd.alarms_null = True
    await world.advance(HOUR, step=STEP)
    assert world.told(fridge) == ["alarm_raised", "alarm_cleared"]


async def test_without_the_list_of_warnings_alarms_still_end(
    world: Saveris2World, fridge: Logger
) -> None:
    world.simulator.odd.warnings_key_missing = True
    await world.add_account()
    warm(world, fridge, HOUR)
    await world.advance(4 * HOUR, step=STEP)
    assert world.told(fridge) == ["alarm_raised", "alarm_cleared"]


@pytest.mark.expect_warnings
@pytest.mark.parametrize("switch", ["alarms_key_missing", "alarms_not_a_list"])
async def test_without_the_list_of_alarms_warnings_come_and_go(
    world: Saveris2World, fridge: Logger, climate: Logger, switch: str
) -> None:
    """It is a read that failed, but only alarms are unknown by it."""
    entry = await world.add_account()
    fridge.break_sensor(world.now, world.now + HOUR)
    await world.advance(HOUR, step=STEP)
    assert world.told(fridge) == ["system_alarm_raised"]
    setattr(world.simulator.odd, switch, True)
    world.simulator.odd.extra_warnings = [
        {"message": "Battery almost empty", "measuringPointId": world.simulator.point_of(climate)}
    ]
    await world.advance(HOUR, step=STEP)
    assert world.told(climate) == ["system_alarm_raised"]
    assert (await world.diagnostics(entry))["cloud"]["failures"]["alarms"] >= 1
    world.simulator.odd.extra_warnings = []
    await world.advance(HOUR, step=STEP)
    assert world.told(climate) == ["system_alarm_raised", "system_alarm_cleared"]
    assert world.told(fridge) == ["system_alarm_raised"], "nobody says that it is over"
    assert world.value(f"{world.account}_cloud") == "off"
    await world.advance(2 * HOUR, step=STEP)
    assert world.value(f"{fridge.serial}{MARK}_system_alarm") == "unavailable"


@pytest.mark.parametrize("spelling", ["missing", "null", "empty"])
async def test_an_alarm_without_a_limit_is_a_sensor_failure(
    world: Saveris2World, fridge: Logger, spelling: Literal["missing", "null", "empty"]
) -> None:
    world.simulator.odd.failure_spelling = spelling
    await world.add_account()
    fridge.break_sensor(world.now, world.now + 5 * HOUR)
    await world.advance(2 * HOUR, step=STEP)
    assert world.value(f"{world.channel(fridge)}_alarm") == "off"
    state = world.state(f"{fridge.serial}{MARK}_system_alarm")
    assert (state.state, state.attributes["reason"]) == ("on", "Sensor failure")
    await world.advance(8 * HOUR, step=STEP)
    assert world.told(fridge) == ["system_alarm_raised", "system_alarm_cleared"]


async def test_both_freezers_of_a_logger_have_their_own_alarm(
    world: Saveris2World, freezer_pair: Logger
) -> None:
    await world.add_account()
    first, second = (f"{world.channel(freezer_pair, it)}_alarm" for it in (0, 1))
    warm(world, freezer_pair, 2 * HOUR, sensor=0)
    await world.advance(HOUR, step=STEP)
    assert (world.value(first), world.value(second)) == ("on", "off")
    warm(world, freezer_pair, 4 * HOUR, sensor=1)
    await world.advance(90 * MINUTE, step=STEP)
    assert world.value(second) == "on"
    await world.advance(HOUR, step=STEP)
    assert (world.value(first), world.value(second)) == ("off", "on")
    await world.advance(4 * HOUR, step=STEP)
    told = ["alarm_raised", "alarm_raised", "alarm_cleared", "alarm_cleared"]
    assert world.told(freezer_pair) == told


def extra(world: Saveris2World, logger: Logger, **changes: Any) -> dict[str, Any]:
    """Return an alarm as the cloud tells it."""
    row = {
        "measuringPointId": world.simulator.point_of(logger),
        "channelName": world.simulator.channel_name(logger.sensors[0].channels[0]),
        "limitValue": "8",
        "limitViolationValue": "9.5",
        "limitUnit": "°C",
        "isoLimitValue": "8",
        "isoLimitViolationValue": "9.5",
        "isoUnit": "°C",
        "timestamp": "2026-07-01T09:00:00Z",
    }
    return {name: value for name, value in (row | changes).items() if value != "gone"}


@pytest.mark.parametrize(
    "changes",
    [
        {"timestamp": "gone"},
        {"timestamp": None},
        {"timestamp": "yesterday"},
        {"channelName": "gone"},
        {"measuringPointId": None},
        {"limitValue": "8.0", "isoLimitValue": "gone"},
        {"isoLimitViolationValue": "8", "limitViolationValue": "8"},
    ],
)
async def test_an_alarm_that_lacks_something_is_one(
    world: Saveris2World, fridge: Logger, changes: dict[str, Any]
) -> None:
    await world.add_account()
    await world.advance(HOUR, step=STEP)
    world.simulator.odd.extra_alarms = [extra(world, fridge, **changes)]
    await world.advance(2 * HOUR, step=STEP)
    assert world.value(f"{world.channel(fridge)}_alarm") == "on"
    world.simulator.odd.extra_alarms = []
    await world.advance(HOUR, step=STEP)
    assert world.told(fridge) == ["alarm_raised", "alarm_cleared"]


async def test_another_spelling_of_the_limit_is_the_same_alarm(
    world: Saveris2World, fridge: Logger
) -> None:
    await world.add_account()
    for limit in ("8", "8.0", "8,00"):
        row = extra(world, fridge, isoLimitValue=limit, limitViolationValue="11")
        world.simulator.odd.extra_alarms = [row, row]
        await world.advance(40 * MINUTE, step=STEP)
    assert world.told(fridge) == ["alarm_raised"]


async def test_a_system_warning(world: Saveris2World, fridge: Logger, hass: HomeAssistant) -> None:
    await world.add_account()
    fridge.outage(world.now, world.now + 6 * HOUR)
    await world.advance(5 * HOUR, step=STEP)
    state = world.state(f"{fridge.serial}{MARK}_system_alarm")
    message = "No communication for a long time"
    assert (state.state, state.attributes["reason"]) == ("on", message)
    assert world.value(f"{world.account}_active_warnings") == "1"
    await world.advance(6 * HOUR, step=STEP)
    assert world.told(fridge) == ["system_alarm_raised", "system_alarm_cleared"]
    assert [it["reason"] for it in world.events(f"{fridge.serial}{MARK}")] == [message] * 2
    response = await hass.services.async_call(
        DOMAIN, "get_alarms", {"period": "today"}, blocking=True, return_response=True
    )
    assert [it["reason"] for it in response["alarms"]] == [message]  # type: ignore[index,union-attr,call-overload]  # a response
    assert hass.states.async_all("event")


async def test_a_warning_that_names_no_place_harms_nothing(
    world: Saveris2World, fridge: Logger
) -> None:
    world.simulator.odd.loose_warning = "Something is wrong somewhere"
    await world.add_account()
    warm(world, fridge, HOUR)
    await world.advance(4 * HOUR, step=STEP)
    assert world.told(fridge) == ["alarm_raised", "alarm_cleared"]


async def test_an_alarm_is_acknowledged(
    hass: HomeAssistant, world: Saveris2World, fridge: Logger
) -> None:
    await world.add_account()
    warm(world, fridge, DAY)
    await world.advance(HOUR, step=STEP)
    button = world.entity_id(f"{fridge.serial}{MARK}_acknowledge")
    await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
    assert world.state(f"{world.channel(fridge)}_alarm").attributes["acknowledged"] is True


async def test_alarms_are_told_once_over_restarts(
    hass: HomeAssistant, world: Saveris2World, fridge: Logger
) -> None:
    entry = await world.add_account()
    warm(world, fridge, 5 * HOUR)
    for _ in range(12):
        await world.advance(37 * MINUTE, step=STEP)
        await hass.config_entries.async_reload(entry.entry_id)
        await world.settle()
    assert world.told(fridge) == ["alarm_raised", "alarm_cleared"]


async def test_a_window_is_complete_if_its_alarms_were_seen(
    hass: HomeAssistant, world: Saveris2World, fridge: Logger
) -> None:
    """There is no log: what was open before nobody will ever tell."""
    assert fridge

    async def is_complete(**window: str) -> bool:
        response: Any = await hass.services.async_call(
            DOMAIN, "get_alarms", window, blocking=True, return_response=True
        )
        return bool(response["complete"])

    await world.add_account()
    set_up = world.now
    await world.advance(2 * HOUR, step=STEP)
    until = (world.now - HOUR).isoformat()
    assert await is_complete(start=(set_up + MINUTE).isoformat(), end=until)
    assert not await is_complete(start=(set_up - MINUTE).isoformat(), end=until)
    assert not await is_complete(period="yesterday")
    await world.advance(2 * DAY, step=15 * MINUTE)
    assert await is_complete(period="yesterday")


@pytest.mark.usefixtures("fridge")
@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("get_connect_key", {}),
        ("create_site", {}),
        ("set_site_time_zone", {"time_zone": "Europe/Vienna"}),
        ("create_measuring_object", {"name": "X", "entity_id": "sensor.x", "upper": 8}),
    ],
)
async def test_settings_are_refused_by_the_name_of_the_kind(
    hass: HomeAssistant, world: Saveris2World, action: str, more: dict[str, Any]
) -> None:
    """There is no login that could be added first."""
    await world.add_account()
    with pytest.raises(ServiceValidationError) as refused:
        await hass.services.async_call(
            DOMAIN,
            action,
            {"site": "Köln", **more},
            blocking=True,
            return_response=action in {"get_connect_key", "create_site"},
        )
    assert refused.value.translation_key == "not_offered"
    told = refused.value.translation_placeholders
    assert told is not None
    assert told["kind"] == "testo Saveris 2"


async def test_history_is_refused_by_the_name_of_the_kind(
    hass: HomeAssistant, world: Saveris2World, fridge: Logger
) -> None:
    assert fridge
    await world.add_account()
    start = datetime(2026, 6, 1, tzinfo=UTC).isoformat()
    for action, data in (
        ("get_measurements", {"period": "today"}),
        ("get_report", {"period": "today"}),
        ("import_history", {"start": start}),
    ):
        with pytest.raises(Exception) as refused:  # noqa: PT011  its key is what counts
            await hass.services.async_call(
                DOMAIN, action, data, blocking=True, return_response=True
            )
        assert refused.value.translation_key == "not_offered"  # type: ignore[attr-defined]  # it has one
