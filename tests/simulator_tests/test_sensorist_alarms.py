"""Alarms that the user of a Sensorist account has set, against the truth of the fleet."""

from datetime import timedelta
from typing import Any

import pytest

from tests.simulator import (
    Channel,
    Fleet,
    ManualClock,
    RadioSensor,
    SensoristOddities,
    SensoristSimulator,
    UserAlarm,
    demo_fleet,
)

from .conftest import HOUR, NOON
from .sensorist_client import Caller
from .test_sensorist_values import stamp

QUARTER = HOUR / 4
ELEVEN, UNTIL = NOON - HOUR, NOON + HOUR


@pytest.fixture
def fridge(labor: RadioSensor) -> Channel:
    """Return a channel that was too warm from eight to nine, and is again since eleven."""
    channel = labor.channels[0]
    channel.hold(NOON - 4 * HOUR, NOON - 3 * HOUR, 8.75)
    channel.hold(ELEVEN, UNTIL, 9.5)
    return channel


@pytest.fixture
def alarm(caller: Caller, fridge: Channel) -> UserAlarm:
    """Return its alarm."""
    return caller.cloud.add_alarm(fridge, "above", 8.0, delay=30)


async def alarms(caller: Caller) -> list[Any]:
    """Return all alarms."""
    rows: list[Any] = (await caller.told("/alarms"))["alarms"]
    return rows


async def history(caller: Caller, query: str = "") -> list[Any]:
    """Return the log."""
    rows: list[Any] = (await caller.told(f"/alarms/history{query}"))["history"]
    return rows


# --- What they say --------------------------------------------------------------------------------


async def test_alarms(caller: Caller, fridge: Channel, alarm: UserAlarm) -> None:
    """Above and below on one data source; the newest log entry comes first."""
    id_ = caller.cloud.source_id(fridge)
    below = caller.cloud.add_alarm(fridge, "below", 2.0)
    assert list(caller.cloud.limits) == [alarm.id, below.id]
    first, second = await alarms(caller)
    back = NOON - 3 * HOUR
    assert first == {
        "id": alarm.id,
        "data_source": id_,
        "value": 8.0,
        "direction": "above",
        "delay": 30,
        "state": "out",
        "logs": [
            {"date": stamp(ELEVEN + 2 * QUARTER), "state": "out", "value": 9.5},
            {"date": stamp(back), "state": "in", "value": fridge.value(back)},
            {"date": stamp(back - 2 * QUARTER), "state": "out", "value": 8.75},
        ],
    }
    assert (second["direction"], second["state"], second["logs"]) == ("below", "in", [])


async def test_alarms_are_as_true_as_those_of_the_fleet(
    caller: Caller, fleet: Fleet, fridge: Channel, alarm: UserAlarm, clock: ManualClock
) -> None:
    """Set like a limit of the fleet, an alarm begins and ends when that does."""
    alarm.delay = 10
    clock.advance(2 * HOUR)
    expected = [
        (stamp(it.at), "out" if it.raised else "in", it.value)
        for it in fleet.transitions(fleet.since, clock.now(), visible_at=clock.now())
        if it.channel is fridge and it.severity == "Alarm" and it.condition == "Upper limit"
    ]
    rows = await history(caller)
    assert [(it["date"], it["state"], it["value"]) for it in rows] == expected
    assert len(rows) == 4


async def test_what_is_under_way_is_not_known(
    caller: Caller, fleet: Fleet, clock: ManualClock, alarm: UserAlarm
) -> None:
    """An alarm tells when it was measured, once the cloud has got that."""
    fleet.gateways[0].outage(ELEVEN + QUARTER, NOON + 2 * HOUR)
    assert (await alarms(caller))[0]["state"] == "in"
    clock.move_to(NOON + 2 * HOUR)
    rows = await history(caller, f"?alarms={alarm.id}")
    assert [it["date"] for it in rows][-2:] == [stamp(ELEVEN + 2 * QUARTER), stamp(UNTIL)]


async def test_history(caller: Caller, fleet: Fleet, fridge: Channel, alarm: UserAlarm) -> None:
    humid = fleet.logger("1002").sensors[0].channels[1]
    humid.hold(NOON - 2 * HOUR, UNTIL, 90.0)
    other = caller.cloud.add_alarm(humid, "above", 70.0)
    rows = await history(caller)
    assert [it["alarm"] for it in rows] == [alarm.id, alarm.id, other.id, alarm.id]
    assert rows[2] == {
        "id": rows[2]["id"],
        "alarm": other.id,
        "data_source": caller.cloud.source_id(humid),
        "date": stamp(NOON - 2 * HOUR),
        "state": "out",
        "value": 90.0,
    }
    assert len({it["id"] for it in rows}) == 4
    assert await history(caller, f"?alarms={other.id},1") == rows[2:3]
    assert await history(caller, "?from=2026-07-01T09:30:00Z&to=2026-07-01T11:00:00Z") == rows[2:3]
    assert (await caller.call("/alarms/history?alarms=x"))[0] == 400
    # Without a period it is the last week.
    fridge.hold(NOON - timedelta(hours=47), NOON - timedelta(hours=46), 9.0)
    clock = fleet.clock
    assert isinstance(clock, ManualClock)
    clock.advance(timedelta(days=6))
    assert len(await history(caller, "?from=2026-06-29T00:00:00Z")) == 8
    assert len(await history(caller)) == 6


# --- Setting and deleting -------------------------------------------------------------------------


async def test_setting_an_alarm(
    caller: Caller, clock: ManualClock, fridge: Channel, odd: SensoristOddities
) -> None:
    """It judges what is measured from then on; another one gets another id."""
    id_ = caller.cloud.source_id(fridge)
    fields = {"data_source": id_, "value": "8.5", "direction": "above", "delay": 15}
    made = (await caller.written("/alarms", **fields))["alarm"]
    alarm = caller.cloud.limits[made["id"]]
    assert (alarm.value, alarm.direction, alarm.delay) == (8.5, "above", 15)
    assert (made["state"], made["logs"]) == ("in", [])
    clock.advance(QUARTER)
    (row,) = await alarms(caller)
    assert row["logs"] == [{"date": stamp(NOON + QUARTER), "state": "out", "value": 9.5}]
    del fields["delay"]
    odd.alarm_created = "in a list"
    (second,) = (await caller.written("/alarms", **fields))["alarms"]
    assert (second["id"] != made["id"], second["delay"]) == (True, 0)
    odd.alarm_created = "not told"
    assert await caller.written("/alarms", **fields) == {}
    assert len(caller.cloud.limits) == 3
    assert [it.fields["direction"] for it in caller.cloud.writes] == ["above"] * 3


@pytest.mark.parametrize(
    "change",
    [
        {"data_source": 5}, {"data_source": ""}, {"value": "warm"}, {"value": "nan"},
        {"direction": "up"}, {"delay": -1}, {"delay": 1.5},
    ],
)  # fmt: skip
async def test_alarms_that_cannot_be_set(
    caller: Caller, fridge: Channel, change: dict[str, Any]
) -> None:
    good = {"data_source": caller.cloud.source_id(fridge), "value": 8, "direction": "above"}
    assert (await caller.write("POST", "/alarms", **good | change))[0] == 400
    assert caller.cloud.limits == {}
    # What is not a form is not seen.
    status, _, _ = await caller.answer("POST", "/alarms", json=good)
    assert status == 400


async def test_deleting_an_alarm(
    caller: Caller, clock: ManualClock, fridge: Channel, alarm: UserAlarm
) -> None:
    """Its log stays, and ends with it."""
    other = caller.cloud.add_alarm(fridge, "below", 1.0)
    before = await history(caller)
    assert (await caller.write("DELETE", f"/alarms/{alarm.id}"))[0] == 200
    assert list(caller.cloud.limits) == [other.id]
    assert [it["id"] for it in await alarms(caller)] == [other.id]
    clock.advance(2 * HOUR)
    assert await history(caller) == before
    assert (await caller.write("DELETE", f"/alarms/{alarm.id}"))[0] == 404
    assert caller.cloud.wiped == []


@pytest.mark.parametrize("path", ["/alarms", "/alarms/"])
async def test_deleting_without_an_id_deletes_all(
    caller: Caller, fridge: Channel, alarm: UserAlarm, path: str
) -> None:
    other = caller.cloud.add_alarm(fridge, "below", 1.0)
    assert (await caller.write("DELETE", path))[0] == 200
    assert caller.cloud.limits == {}
    (wiped,) = caller.cloud.wiped
    assert (wiped.at, wiped.path, wiped.ids) == (NOON, "/alarms", (alarm.id, other.id))
    assert await alarms(caller) == []


async def test_alarms_of_what_is_gone(caller: Caller, fleet: Fleet, alarm: UserAlarm) -> None:
    fleet.remove("3001")
    assert list(caller.cloud.limits) == [alarm.id]
    assert await alarms(caller) == []


async def test_alarms_in_fahrenheit(
    caller: Caller, clock: ManualClock, fridge: Channel, odd: SensoristOddities
) -> None:
    odd.fahrenheit = True
    fields = {"data_source": caller.cloud.source_id(fridge), "value": 46.4, "direction": "above"}
    await caller.written("/alarms", **fields)
    (alarm,) = caller.cloud.limits.values()
    assert alarm.value == pytest.approx(8)
    clock.advance(QUARTER)
    (row,) = await alarms(caller)
    assert (row["value"], row["logs"][0]["value"]) == (46.4, 49.1)


async def test_battery_and_signal_can_be_watched(
    caller: Caller, fleet: Fleet, clock: ManualClock
) -> None:
    depot = fleet.logger("1002")
    fields = {"data_source": caller.cloud.battery_id(depot.sensors[0]), "value": 2.5}
    await caller.written("/alarms", direction="below", **fields)
    depot.low_battery(NOON + HOUR)
    clock.advance(6 * HOUR)
    (row,) = await alarms(caller)
    (log,) = row["logs"]
    assert (log["date"], log["value"]) == (stamp(NOON + 3 * HOUR), 2.05)


async def test_adopted_limits(clock: ManualClock) -> None:
    """Each direction of a channel has one alarm, at the outermost limit."""
    cloud = SensoristSimulator(demo_fleet(clock, loggers=2))
    cloud.adopt_limits()
    fridge = cloud.fleet.loggers[0].sensors[0].channels[0]
    told = [
        (it.direction, it.value, it.delay)
        for it in cloud.limits.values()
        if it.source.channel is fridge
    ]
    assert told == [("above", 8.0, 10), ("below", 2.0, 10)]
    door = cloud.fleet.gateways[0].sensors[1].channels[0]
    (one,) = [it for it in cloud.limits.values() if it.source.channel is door]
    assert (one.direction, one.value, one.delay) == ("above", 0.5, 0)


# --- Oddities -------------------------------------------------------------------------------------


async def test_odd_alarms(
    caller: Caller, odd: SensoristOddities, fridge: Channel, alarm: UserAlarm
) -> None:
    caller.cloud.add_alarm(fridge, "below", 2.0)
    true = await alarms(caller)
    odd.states = {alarm.id: "muted"}
    assert [it["state"] for it in await alarms(caller)] == ["muted", "in"]
    odd.extra_alarms = [{"id": 4005, "value": 5}]
    odd.broken_rows = True
    torn, *rows = await alarms(caller)
    assert (torn, rows[-1]) == ("torn", {"id": 4005, "value": 5})
    assert rows[2:-1][1] == true[1]
    odd.broken_rows = False
    odd.alarms_spelt_oddly = True
    first, second, _ = await alarms(caller)
    id_ = caller.cloud.source_id(fridge)
    assert first == {
        "id": str(alarm.id),
        "data_source": {"id": id_, "title": "Temperature"},
        "value": "8.0",
        "direction": "Above",
        "delay": None,
        "state": "Muted",
        "logs": None,
    }
    assert (second["data_source"], second["direction"]) == (str(id_), "BELOW")
    assert not {"delay", "logs"} & set(second)


async def test_odd_histories(caller: Caller, odd: SensoristOddities, alarm: UserAlarm) -> None:
    true = await history(caller)
    without = [{name: it for name, it in row.items() if name != "id"} for row in true]
    odd.history_without_ids = True
    assert await history(caller) == without
    for form in ("logs", "alarms"):
        odd.history_form = form
        assert await caller.told("/alarms/history") == {form: without}
    odd.history_form = "keyed"
    told: Any = await history(caller)
    entries = [
        {name: it for name, it in row.items() if name not in {"alarm", "data_source"}}
        for row in without
    ]
    assert told == {str(alarm.id): entries}
    odd.history_form = "history"
    odd.history_without_ids = False
    odd.history_untidy = True
    assert await history(caller) == [true[-1], *reversed(true)]
    odd.broken_rows = True
    torn, *rows = await history(caller)
    assert (torn, rows[2:]) == ("torn", [true[-1], *reversed(true)])
