"""Measuring objects and limits that a Device Management account writes."""

from datetime import timedelta
from typing import Any

import orjson

from tests.simulator import Fleet, Kind, Limit, Logger, ManualClock, RadioSensor, Sensor, band

from .conftest import HOUR, NOON, Client
from .management_client import Manager

MINUTE = timedelta(minutes=1)
UPPER = {
    "measurement_alarm_condition_type_id": "MACT_UPPER_LIMIT",
    "alarm_severity_id": "ASV_ALARM",
    "physical_property": {"physical_value_id": "PV_TEMPERATURE"},
    "limit_value": 9.5,
    "limit_hysteresis": 0.5,
    "delay": 300_000,
    "physical_unit_id": "PU_DEGREE_CELSIUS",
}
LOWER = UPPER | {
    "measurement_alarm_condition_type_id": "MACT_LOWER_LIMIT",
    "alarm_severity_id": "ASV_WARNING",
    "limit_value": 1,
}


def assignment(name: str, *sensors: Sensor, **settings: Any) -> dict[str, Any]:
    """Return the body of a measuring object over the first channels of sensors."""
    channel = {"physical_property": "PV_TEMPERATURE", "channel_no": 1} | settings
    return {
        "name": name,
        "logical_channels": [channel | {"sensor_uuid": sensor.uuid} for sensor in sensors],
    }


def limits(*conditions: dict[str, Any]) -> dict[str, Any]:
    """Return the body of an alarm configuration."""
    return {"measurement_alarm_condition_set": [{"measurement_alarm_conditions": [*conditions]}]}


def alarms_path(uuid: str) -> str:
    """Return the path of the limits of a measuring object."""
    return f"/measuring-objects/{uuid}/alarm-configuration"


async def created(manager: Manager, body: Any) -> str:
    """Create a measuring object; return its uuid."""
    status, told = await manager.answer("POST", "/measuring-objects", body)
    assert (status, set(told)) == (200, {"uuid"})
    uuid: str = told["uuid"]
    return uuid


async def objects(client: Client) -> dict[str, list[Any]]:
    """Return the conditions of all measuring objects that the account tells."""
    found = {}
    for row in await client.rows("/v1/measuring-objects"):
        configuration = orjson.loads(row["measurement_alarm_configuration"])
        (told,) = configuration["measurementAlarmConditionSet"]
        found[row["measuring_object_uuid"]] = told["measurementAlarmConditions"]
    return found


# --- Creating them --------------------------------------------------------------------------------


async def test_a_measuring_object_with_limits(
    manager: Manager, client: Client, fleet: Fleet, clock: ManualClock
) -> None:
    """It is there at once, and told and watched once it has limits."""
    room = fleet.add_logger(fleet.sites[0], "Room", kind=Kind.PRODUCT)
    uuid = await created(manager, assignment("Core", room.sensors[0]))
    assert manager.cloud.measuring_objects[uuid].name == "Core"
    before = await objects(client)
    assert uuid not in before
    body = limits(UPPER, LOWER)
    told = await manager.put(alarms_path(uuid), body)
    assert orjson.dumps(told) == orjson.dumps(limits(UPPER, LOWER | {"limit_value": 1.0}))
    after = await objects(client)
    assert after.keys() - before.keys() == {uuid}
    assert after[uuid][0] == {
        "measurementAlarmConditionTypeId": "Upper limit",
        "alarmSeverityId": "Alarm",
        "physicalProperty": {"physicalValueId": "Temperature"},
        "limitValue": 9.5,
        "limitHysteresis": 0.5,
        "delay": 300_000,
        "physicalUnitId": "°C",
    }
    assert room.measuring_object.uuid == uuid
    (write,) = [it for it in manager.cloud.writes if it.method == "PUT"]
    assert (write.before, write.body, write.status) == (limits(), body, 200)
    room.sensors[0].channels[0].hold(NOON, NOON + HOUR, 12.0)
    clock.advance(2 * HOUR)
    raised = [it for it in fleet.transitions(NOON, clock.now()) if it.device is room]
    told_of = [(it.raised, it.value, it.at) for it in raised]
    assert told_of == [
        (True, 12.0, NOON + 15 * MINUTE),
        (False, raised[1].value, NOON + HOUR),
    ]
    assert raised[0].limit == Limit("Temperature", "upper", "Alarm", 9.5, 0.5, 5 * MINUTE)


async def test_what_was_configured_before_stays_history(
    manager: Manager, client: Client, fleet: Fleet, clock: ManualClock, logger: Logger
) -> None:
    logger.sensors[0].channels[0].hold(NOON - 5 * HOUR, NOON - 4 * HOUR, 12.0)
    fleet.set_equipment(logger, title="Cold room")
    past, old = fleet.transitions(fleet.since, NOON), logger.measuring_object.uuid
    clock.advance(MINUTE)
    uuid = await created(manager, assignment("Fridge", *logger.sensors))
    assert (logger.measuring_object.uuid, old in await objects(client)) == (old, True)
    await manager.put(alarms_path(uuid), limits(UPPER))
    assert [len(rows) for key, rows in (await objects(client)).items() if key == uuid] == [1]
    assert old not in await objects(client)
    assert fleet.transitions(fleet.since, NOON) == past != []
    held = fleet.equipment(logger.sensors[0])
    assert held is not None
    assert held.title == "Cold room"
    await manager.put(alarms_path(uuid), limits())
    assert logger.measuring_object.limits(clock.now()) == ()
    assert (await manager.answer("PUT", alarms_path(old), limits()))[0] == 404


async def test_one_probe_of_several(manager: Manager, fleet: Fleet) -> None:
    """The other one keeps what it has; an object may watch both."""
    logger, manager.site = fleet.logger("1003"), fleet.sites[1].id
    one, other = logger.sensors
    fleet.set_limits(logger, band("Temperature", alarm=(None, 8.0)))
    kept, first = other.measuring_object, await created(manager, assignment("One", one))
    await manager.put(alarms_path(first), limits(UPPER))
    assert (one.measuring_object.uuid, logger.measuring_object) == (first, kept)
    assert [it.value for it in other.measuring_object.limits(NOON)] == [8.0]
    both = await created(manager, assignment("Both", one, other))
    await manager.put(alarms_path(both), limits(LOWER))
    assert one.measuring_object is other.measuring_object is logger.measuring_object
    assert one.measuring_object.uuid == both
    assert [it.value for it in one.measuring_object.limits(NOON)] == [1.0]


async def test_one_channel_of_several(manager: Manager, fleet: Fleet) -> None:
    """Of two channels alike, and of what is computed."""
    twin = fleet.add_logger(fleet.sites[0], "Twin", kind=Kind.TWIN)
    uuid = await created(manager, assignment("Second", twin.sensors[0], channel_no=2))
    assert await manager.put(alarms_path(uuid), limits(UPPER)) == limits(UPPER)
    (limit,) = twin.measuring_object.limits(NOON)
    assert limit.channel == 2
    manager.site, depot = fleet.sites[1].id, fleet.logger("1002")
    uuid = await created(manager, assignment("Dew point", depot.sensors[0], channel_no=3))
    await manager.put(alarms_path(uuid), limits(UPPER))
    assert [it.channel for it in depot.measuring_object.limits(NOON)] == [3]


async def test_delays_in_a_fast_world(manager: Manager, client: Client, fleet: Fleet) -> None:
    fleet.speed = 60
    uuid = fleet.logger("1001").measuring_object.uuid
    assert await manager.put(alarms_path(uuid), limits(UPPER)) == limits(UPPER)
    assert (await objects(client))[uuid][0]["delay"] == 300_000


async def test_a_door(manager: Manager, fleet: Fleet) -> None:
    """Its values have no unit."""
    door = fleet.sensor("3002")
    uuid = await created(manager, assignment("Door", door, physical_property="PV_DOOR"))
    closed = UPPER | {
        "physical_property": {"physical_value_id": "PV_DOOR"},
        "physical_unit_id": None,
        "limit_value": 0.5,
    }
    assert await manager.put(alarms_path(uuid), limits(closed)) == limits(closed)


async def test_an_object_of_the_account(
    manager: Manager, client: Client, labor: RadioSensor
) -> None:
    """Those that were there before can be told, and get other limits in place."""
    manager.cloud.odd.readable = {"measuring_objects", "alarm_configurations"}
    uuid = labor.measuring_object.uuid
    row = {"uuid": uuid, **assignment("Labor", labor)}
    assert await manager.told(f"/measuring-objects/{uuid}") == row
    assert row in (await manager.told("/measuring-objects"))["measuring_objects"]
    (told,) = (await manager.told(alarms_path(uuid)))["measurement_alarm_condition_set"]
    kinds = [
        (
            it["measurement_alarm_condition_type_id"][5:10],
            it["alarm_severity_id"][4:],
            it["limit_value"],
            it["delay"],
        )
        for it in told["measurement_alarm_conditions"]
    ]
    assert kinds == [
        ("LOWER", "WARNING", 3.0, 600_000),
        ("UPPER", "WARNING", 7.0, 600_000),
        ("LOWER", "ALARM", 2.0, 600_000),
        ("UPPER", "ALARM", 8.0, 600_000),
    ]
    await manager.put(alarms_path(uuid), limits(UPPER))
    assert [it["limitValue"] for it in (await objects(client))[uuid]] == [9.5]
    made = await created(manager, assignment("New", labor))
    rows = (await manager.told("/measuring-objects"))["measuring_objects"]
    assert [it["name"] for it in rows if it["uuid"] in {made, uuid}] == ["Labor", "New"]
    await manager.put(alarms_path(made), limits(LOWER))
    rows = (await manager.told("/measuring-objects"))["measuring_objects"]
    assert [it["name"] for it in rows if it["uuid"] in {made, uuid}] == ["New"]


async def test_no_uuid(manager: Manager, logger: Logger) -> None:
    manager.cloud.odd.no_uuid = True
    answer = await manager.answer("POST", "/measuring-objects", assignment("A", *logger.sensors))
    assert answer == (200, {})
    assert [it.name for it in manager.cloud.measuring_objects.values()] == ["A"]


# --- What cannot be -------------------------------------------------------------------------------


async def test_objects_that_cannot_be(manager: Manager, fleet: Fleet, logger: Logger) -> None:
    (sensor,) = logger.sensors
    good = assignment("Fridge", sensor)
    (channel,) = good["logical_channels"]
    wrong: list[Any] = [
        None,
        [],
        {"name": "Fridge"},
        {"logical_channels": [channel]},
        good | {"more": 1},
        good | {"name": " "},
        good | {"name": 1},
        good | {"logical_channels": []},
        good | {"logical_channels": channel},
        assignment("Foreign", fleet.logger("1002").sensors[0]),
        assignment("Two", sensor, fleet.sensor("3001")),
    ]
    wrong += [
        good | {"logical_channels": [channel | it]}
        for it in (
            {"sensor_uuid": "unknown"},
            {"channel_no": 2},
            {"channel_no": True},
            {"channel_no": "1"},
            {"physical_property": "PV_HUMIDITY"},
            {"physical_property": "Temperature"},
            {"more": 1},
        )
    ]
    wrong += [
        good | {"logical_channels": [{key: it for key, it in channel.items() if key != name}]}
        for name in channel
    ]
    await manager.refused("/measuring-objects", *wrong, method="POST")
    assert manager.cloud.measuring_objects == {}
    writes = [(it.method, it.before, it.body, it.status) for it in manager.cloud.writes]
    assert writes == [("POST", None, body, 400) for body in wrong]


async def test_limits_that_cannot_be(manager: Manager, logger: Logger) -> None:
    path, before = alarms_path(logger.measuring_object.uuid), logger.measuring_object.limits(NOON)
    wrong: list[Any] = [None, {}, {"measurement_alarm_condition_set": {}}, limits(UPPER, UPPER)]
    wrong += [limits(UPPER) | {"more": 1}, {"measurement_alarm_condition_set": [{}]}]
    wrong += [limits({key: it for key, it in UPPER.items() if key != name}) for name in UPPER]
    changes: list[dict[str, Any]] = [
        {"more": 1},
        {"measurement_alarm_condition_type_id": "Upper limit"},
        {"measurement_alarm_condition_type_id": []},
        {"alarm_severity_id": "Alarm"},
        {"physical_property": "PV_TEMPERATURE"},
        {"physical_property": {"physical_value_id": "PV_HUMIDITY"}},
        {"physical_unit_id": "°C"},
        {"physical_unit_id": None},
        {"limit_value": "9"},
        {"limit_value": None},
        {"limit_value": True},
        {"limit_hysteresis": -1},
        {"delay": -1},
        {"delay": 1.5},
        {"delay": True},
    ]
    wrong += [limits(UPPER | it) for it in changes]
    await manager.refused(path, *wrong)
    for uuid in ("unknown", logger.uuid):
        assert (await manager.answer("PUT", alarms_path(uuid), limits(UPPER)))[0] == 404
    assert logger.measuring_object.limits(NOON) == before
