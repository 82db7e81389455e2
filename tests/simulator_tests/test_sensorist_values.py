"""Measurements of the Sensorist cloud, against the truth of the fleet."""

from datetime import datetime, timedelta
import itertools
from typing import Any

import pytest

from tests.simulator import (
    Channel,
    Fleet,
    Gateway,
    Kind,
    ManualClock,
    RadioSensor,
    Reading,
    SensoristOddities,
)
from tests.simulator.spans import Span

from .conftest import HOUR, NOON
from .sensorist_client import Caller

QUARTER = HOUR / 4
ELEVEN, UNTIL = NOON - HOUR, NOON + HOUR


@pytest.fixture
def climate(fleet: Fleet) -> RadioSensor:
    """Return a second sensor of the gateway, with temperature and humidity."""
    return fleet.gateways[0].add_radio_sensor("Kælder", kind=Kind.CLIMATE, serial="3003")


def stamp(at: datetime) -> str:
    """Write an instant as replies print it."""
    return f"{at:%Y-%m-%dT%H:%M:%S+0000}"


async def measured(caller: Caller, type_: str, *sources: int, **more: Any) -> Any:
    """Return what is told of data sources."""
    query = "".join(f"&{name.removesuffix('_')}={it}" for name, it in more.items())
    ids = ",".join(map(str, sources))
    return await caller.told(f"/measurements?type={type_}&data_sources={ids}{query}")


async def rows(caller: Caller, *sources: int, **more: Any) -> list[dict[str, Any]]:
    """Return all raw rows of data sources, page by page, without their source."""
    found: list[dict[str, Any]] = []
    offset: int | None = 0
    while offset is not None:
        told = await measured(caller, "raw", *sources, offset=offset, **more)
        found += [row for it in told["measurements"].values() for row in it]
        offset = told["next"]
    return found


def true(fleet: Fleet, channel: Channel, start: datetime, end: datetime) -> list[Reading]:
    """Return the readings of a channel that are visible now."""
    found = fleet.readings(start, end, visible_at=fleet.clock.now())
    return [it for it in found if it.channel is channel]


# --- The newest -----------------------------------------------------------------------------------


async def test_newest_values(
    caller: Caller, fleet: Fleet, clock: ManualClock, climate: RadioSensor
) -> None:
    """One request brings all of a gateway; what measured together has one time."""
    cloud, gateway = caller.cloud, fleet.gateways[0]
    fleet.lag = timedelta(seconds=3)
    gateway.outage(NOON + QUARTER, UNTIL)
    clock.advance(timedelta(minutes=47))
    ids = [it.id for sensor in gateway.sensors for it in cloud.tree.sources(sensor)]
    told = (await measured(caller, "latest", *ids))["measurements"]
    assert list(told) == [str(it) for it in ids]
    for channel in climate.channels[:2]:
        reading = fleet.latest(channel, clock.now())
        assert reading is not None
        assert told[str(cloud.source_id(channel))] == {
            "date": stamp(reading.at),
            "value": reading.value,
            "type": 1,
            "seq": told[str(cloud.source_id(channel))]["seq"],
            "min": None,
            "max": None,
        }
        assert reading.at == NOON
    battery, signal = (
        told[str(it)] for it in (cloud.battery_id(climate), cloud.signal_id(climate))
    )
    assert (battery["date"], battery["value"]) == (stamp(NOON), pytest.approx(2.78, abs=0.011))
    assert (signal["date"], type(signal["value"])) == (stamp(NOON), int)
    stored = int((NOON + fleet.lag).timestamp() * 10**6)
    assert all(0 <= it["seq"] - stored < 10**6 for it in told.values())


async def test_battery_and_signal_come_less_often(
    caller: Caller, clock: ManualClock, climate: RadioSensor
) -> None:
    clock.advance(2 * HOUR + 3 * QUARTER)
    for id_, cycle in (
        (caller.cloud.battery_id(climate), 3 * HOUR),
        (caller.cloud.signal_id(climate), HOUR / 2),
        (caller.cloud.source_id(climate.channels[0]), QUARTER),
    ):
        found = await rows(caller, id_, from_="2026-07-01T00:00:00Z")
        times = [datetime.fromisoformat(it["date"]) for it in found]
        assert {b - a for a, b in itertools.pairwise(times)} == {cycle}


async def test_a_low_battery(caller: Caller, fleet: Fleet) -> None:
    depot = fleet.logger("1002")
    depot.low_battery(NOON - 4 * HOUR)
    id_ = caller.cloud.battery_id(depot.sensors[0])
    values = [it["value"] for it in await rows(caller, id_)]
    assert values[-2:] == [2.05, 2.05]
    assert values[0] > 2.8


async def test_who_has_no_value(
    caller: Caller, fleet: Fleet, odd: SensoristOddities, climate: RadioSensor, labor: RadioSensor
) -> None:
    temperature, humidity = (caller.cloud.source_id(it) for it in climate.channels[:2])
    silent = fleet.add_logger(fleet.sites[0], "Lager", serial="1007", active=False).sensors[0]
    id_ = caller.cloud.source_id(silent.channels[0])
    assert await measured(caller, "latest", id_) == {"measurements": {}}
    assert await measured(caller, "raw", id_) == {"measurements": {}, "next": None}
    odd.without_value = {humidity}
    for type_ in ("latest", "raw", "range", "min_max"):
        told = (await measured(caller, type_, temperature, humidity))["measurements"]
        assert list(told) == [str(temperature)]
    labor.channels[0].hold(ELEVEN, UNTIL, None)
    id_ = caller.cloud.source_id(labor.channels[0])
    row = (await measured(caller, "latest", id_))["measurements"][str(id_)]
    assert (row["date"], row["value"], row["type"]) == (stamp(NOON), None, 20)


async def test_fahrenheit(
    caller: Caller, fleet: Fleet, odd: SensoristOddities, climate: RadioSensor
) -> None:
    odd.fahrenheit = True
    temperature, humidity = (caller.cloud.source_id(it) for it in climate.channels[:2])
    climate.channels[0].hold(ELEVEN, UNTIL, 20.0)
    told = (await measured(caller, "latest", temperature, humidity))["measurements"]
    assert told[str(temperature)]["value"] == 68.0
    assert told[str(humidity)]["value"] == climate.channels[1].value(NOON)
    row = (await caller.gateways())[3]["devices"][2]["devices"]
    assert [it["type"]["unit"] for it in row[:2]] == [
        {"id": 4, "name": "°F"}, {"id": 2, "name": "%"}
    ]  # fmt: skip
    # Whose numbers are in °F already stays as it is.
    odd.fahrenheit = False
    fleet.set_unit(climate.channels[0], "°F")
    told = (await measured(caller, "latest", temperature))["measurements"]
    assert told[str(temperature)]["value"] == 20.0


# --- All of them ----------------------------------------------------------------------------------


async def test_raw(caller: Caller, fleet: Fleet, climate: RadioSensor) -> None:
    channel = climate.channels[0]
    id_ = caller.cloud.source_id(channel)
    start = NOON - timedelta(days=1)
    told = await measured(caller, "raw", id_, from_=f"{start:%Y-%m-%dT%H:%M:%SZ}")
    assert told["next"] is None
    found = told["measurements"][str(id_)]
    readings = true(fleet, channel, start, UNTIL)
    assert [(it["date"], it["value"]) for it in found] == [
        (stamp(it.at), it.value) for it in readings
    ]
    assert len(found) == 97
    numbers = [it["seq"] for it in found]
    assert numbers == sorted(set(numbers))
    few = await rows(caller, id_, seq_from=numbers[-3], seq_to=numbers[-2])
    assert few == found[-3:-1]
    to = "2026-07-01T11:00:00Z"
    (one,) = await rows(caller, id_, from_=to, to=to)
    assert one["date"] == stamp(ELEVEN)


async def test_a_period_that_is_not_told_is_a_week(
    caller: Caller, clock: ManualClock, climate: RadioSensor
) -> None:
    clock.advance(timedelta(days=10))
    id_ = caller.cloud.source_id(climate.channels[0])
    for period in ({}, {"from_": "nonsense", "to": ""}):
        assert len(await rows(caller, id_, **period)) == 7 * 96 + 1
    assert len(await rows(caller, id_, from_="2026-07-01T12:00:00Z")) == 10 * 96 + 1


async def test_pages(caller: Caller, odd: SensoristOddities, climate: RadioSensor) -> None:
    """They count over all data sources, by time."""
    ids = [caller.cloud.source_id(it) for it in climate.channels[:2]]
    period = {"from_": "2026-07-01T10:00:00Z"}
    whole = await measured(caller, "raw", *ids, **period)
    odd.page = 5
    first = await measured(caller, "raw", *ids, **period)
    assert [len(it) for it in first["measurements"].values()] == [3, 2]
    assert first["next"] == 5
    found = await rows(caller, *ids, **period)
    assert len(found) == 18
    assert sorted(it["value"] for it in found) == sorted(
        row["value"] for it in whole["measurements"].values() for row in it
    )
    last = await measured(caller, "raw", *ids, offset=15, **period)
    assert last["next"] is None
    beyond = await measured(caller, "raw", *ids, offset=18, **period)
    assert beyond == {"measurements": {}, "next": None}
    odd.no_next_at_end = True
    assert "next" not in await measured(caller, "raw", *ids, offset=15, **period)
    odd.next_as_text = odd.next_inside = True
    told = await measured(caller, "raw", *ids, **period)
    assert (told["measurements"]["next"], "next" in told) == ("5", False)
    odd.repeats_page = True
    assert await measured(caller, "raw", *ids, offset=15, **period) == {
        "measurements": {**first["measurements"], "next": "5"}
    }
    odd.page = 1000
    assert (await measured(caller, "raw", *ids, **period))["measurements"]["next"] == "18"


async def test_untidy_rows(caller: Caller, odd: SensoristOddities, climate: RadioSensor) -> None:
    id_ = caller.cloud.source_id(climate.channels[0])
    tidy = await rows(caller, id_)
    odd.raw_untidy = True
    untidy = await rows(caller, id_)
    assert untidy == [tidy[-1], *reversed(tidy)]


async def test_rows_of_every_type(
    caller: Caller, clock: ManualClock, odd: SensoristOddities, climate: RadioSensor
) -> None:
    """A button measures between, blank rows have no value, interpolated ones a made up one."""
    temperature, humidity = (caller.cloud.source_id(it) for it in climate.channels[:2])
    battery = caller.cloud.battery_id(climate)
    odd.blank = {temperature: Span(ELEVEN, ELEVEN + QUARTER)}
    odd.interpolated = {temperature: Span(ELEVEN + QUARTER, ELEVEN + 2 * QUARTER)}
    pressed = NOON - timedelta(minutes=7, seconds=26)
    caller.cloud.press(climate, pressed)
    channel = climate.channels[0]
    found = await rows(caller, temperature, from_="2026-07-01T11:00:00Z")
    middle = ELEVEN + QUARTER
    told = [(it["date"][11:16], it["type"], it["value"]) for it in found]
    assert told == [
        ("11:00", 20, None),
        ("11:15", 30, pytest.approx((channel.value(middle) or 0) + 1)),
        ("11:30", 1, channel.value(middle + QUARTER)),
        ("11:45", 1, channel.value(middle + 2 * QUARTER)),
        ("11:52", 5, channel.value(pressed)),
        ("12:00", 1, channel.value(NOON)),
    ]
    assert [it["type"] for it in await rows(caller, humidity, from_="2026-07-01T11:30:00Z")] == [
        1, 1, 5, 1
    ]  # fmt: skip
    assert len(await rows(caller, battery, from_="2026-07-01T11:30:00Z")) == 1
    (group,) = (await measured(caller, "range", temperature, interval=60, ticks=3,
                               from_="2026-07-01T11:00:00Z", to="2026-07-01T11:59:00Z")
                )["measurements"][str(temperature)]  # fmt: skip
    values = [it for _, kind, it in told[:-1] if kind in {1, 5}]
    assert group["value"] == pytest.approx(sum(map(float, values)) / 3)
    # What a button sends is there at once, not only with the next contact.
    clock.advance(timedelta(minutes=4))
    caller.cloud.press(climate)
    newest = (await measured(caller, "latest", temperature, battery))["measurements"]
    assert (newest[str(temperature)]["type"], newest[str(battery)]["type"]) == (5, 1)
    assert newest[str(temperature)]["date"] == stamp(clock.now())
    clock.advance(timedelta(minutes=1))
    climate.outage(clock.now(), UNTIL)
    caller.cloud.press(climate)
    again = (await measured(caller, "latest", temperature))["measurements"]
    assert again[str(temperature)] == newest[str(temperature)]
    clock.move_to(UNTIL)
    first, *_ = await rows(caller, temperature, from_="2026-07-01T12:05:00Z")
    assert (first["type"], first["date"]) == (5, "2026-07-01T12:05:00+0000")
    odd.blank = {temperature: Span(UNTIL)}
    row = (await measured(caller, "latest", temperature))["measurements"][str(temperature)]
    assert (row["type"], row["value"], row["date"]) == (20, None, stamp(UNTIL))


async def test_numbers_of_what_was_stored_at_once(
    caller: Caller, clock: ManualClock, odd: SensoristOddities, climate: RadioSensor
) -> None:
    """They grow with the time, unless all are the same."""
    climate.outage(NOON, NOON + 2 * HOUR)
    clock.move_to(NOON + 2 * HOUR)
    id_ = caller.cloud.source_id(climate.channels[0])
    found = await rows(caller, id_, from_="2026-07-01T12:15:00Z")
    numbers = [it["seq"] for it in found]
    assert len(numbers) == 8
    assert numbers == sorted(set(numbers))
    assert numbers[-1] - numbers[0] < 10**6
    odd.same_seq = True
    found = await rows(caller, id_, from_="2026-07-01T12:15:00Z")
    assert {it["seq"] for it in found} == {int(clock.now().timestamp()) * 10**6}


async def test_broken_rows(caller: Caller, odd: SensoristOddities, climate: RadioSensor) -> None:
    id_ = str(caller.cloud.source_id(climate.channels[0]))
    true_rows = await rows(caller, int(id_))
    odd.broken_rows = True
    told = (await measured(caller, "raw", int(id_)))["measurements"][id_]
    assert (told[0], told[3:]) == ("torn", true_rows)
    newest = (await measured(caller, "latest", int(id_)))["measurements"]
    assert newest[id_] == true_rows[-1]
    assert len(newest) == 4


# --- Groups and extremes --------------------------------------------------------------------------


async def test_groups(caller: Caller, climate: RadioSensor) -> None:
    channel = climate.channels[0]
    id_ = caller.cloud.source_id(channel)
    period = {"from_": "2026-07-01T08:00:00Z", "to": "2026-07-01T11:59:59Z"}
    for grouping in ({"interval": 60}, {"ticks": 4}):
        told = (await measured(caller, "range", id_, **period, **grouping))["measurements"]
        groups = told[str(id_)]
        assert [it["date"][11:16] for it in groups] == ["08:00", "09:00", "10:00", "11:00"]
        values = [channel.value(ELEVEN + it * QUARTER) or 0.0 for it in range(4)]
        assert groups[-1]["value"] == pytest.approx(sum(values) / 4)
        assert (groups[-1]["min"], groups[-1]["max"]) == (min(values), max(values))
        assert {it["type"] for it in groups} == {10}
    week = (await measured(caller, "range", id_))["measurements"][str(id_)]
    assert {it["date"][14:19] for it in week} == {"00:00"}
    assert len(week) == 2 * 24 + 1


async def test_extremes(
    caller: Caller, fleet: Fleet, odd: SensoristOddities, climate: RadioSensor
) -> None:
    channel = climate.channels[0]
    id_ = caller.cloud.source_id(channel)
    told = (await measured(caller, "min_max", id_))["measurements"][str(id_)]
    readings = true(fleet, channel, NOON - timedelta(days=7), UNTIL)
    values = {it.value or 0.0: stamp(it.at) for it in readings}
    low, high = min(values), max(values)
    assert told == {
        "min": {"date": values[low], "value": low},
        "max": {"date": values[high], "value": high},
    }
    odd.min_max_rows = True
    assert (await measured(caller, "min_max", id_))["measurements"][str(id_)] == [*told.values()]


# --- Refusals -------------------------------------------------------------------------------------


async def test_what_is_refused(
    caller: Caller, odd: SensoristOddities, climate: RadioSensor, fleet: Fleet
) -> None:
    id_ = caller.cloud.source_id(climate.channels[0])
    other = caller.cloud.source_id(fleet.logger("1001").sensors[0].channels[0])
    for query in (
        "", f"data_sources={id_}", "type=latest", "type=latest&data_sources=",
        "type=latest&data_sources=x", f"type=all&data_sources={id_}",
        f"type=latest&data_sources={id_},{other}", f"type=raw&data_sources={id_}&offset=-1",
        f"type=raw&data_sources={id_}&seq_from=x",
    ):  # fmt: skip
        assert (await caller.call(f"/measurements?{query}"))[0] == 400
    told = await measured(caller, "latest", id_, 5)
    assert list(told["measurements"]) == [str(id_)]
    odd.unknown_source_refused = True
    assert (await caller.call(f"/measurements?type=latest&data_sources={id_},5"))[0] == 400


async def test_a_sensor_that_went_to_another_gateway(
    caller: Caller, fleet: Fleet, climate: RadioSensor
) -> None:
    second: Gateway = fleet.add_gateway(fleet.sites[0], "Neu", serial="2002")
    id_ = caller.cloud.source_id(climate.channels[0])
    fleet.move("3003", "2002")
    row = (await caller.gateways())[-1]
    assert row["devices"][0]["id"] == caller.cloud.sensor_id(climate)
    assert row["devices"][0]["current_gateway_id"] == caller.cloud.gateway_id(second)
    labor = caller.cloud.source_id(fleet.sensor("3001").channels[0])
    path = f"/measurements?type=latest&data_sources={id_},{labor}"
    assert (await caller.call(path))[0] == 400
