"""The Sensorist cloud: who may come in and how often, and what it lists."""

from datetime import timedelta
import re
import signal
from typing import Any

import aiohttp
import orjson
import pytest

from tests.simulator import (
    GOOD_EMAIL,
    GOOD_PASSWORD,
    EarlyRequest,
    Faults,
    Fleet,
    Gateway,
    Kind,
    Logger,
    ManualClock,
    RadioSensor,
    SensoristOddities,
    SensoristSimulator,
)

from .conftest import HOUR, NOON
from .sensorist_client import Caller, basic
from .test_admin import command_line

AGE = timedelta(seconds=900)


# --- Logins ---------------------------------------------------------------------------------------


async def test_account(caller: Caller, odd: SensoristOddities) -> None:
    assert (caller.cloud.email, caller.cloud.password) == (GOOD_EMAIL, GOOD_PASSWORD)
    user = (await caller.told("/users"))["user"]
    assert set(user) == {
        "id", "email", "fname", "lname", "country", "tz", "temp_unit", "notification_channel",
        "notification_type", "accounts",
    }  # fmt: skip
    assert (user["id"], user["email"]) == (caller.cloud.user_id(), GOOD_EMAIL)
    assert user["accounts"][0]["account"]["id"] != user["id"]
    assert user["temp_unit"] == {"id": 1, "name": "°C"}
    odd.fahrenheit = True
    (same,) = (await caller.told("/users?list"))["users"]
    assert (same["id"], same["temp_unit"]["name"]) == (user["id"], "°F")


async def test_several_accounts(caller: Caller) -> None:
    """An address makes the id, unless it is said to be the same account."""
    cloud = caller.cloud
    cloud.users = {"jürgen@example.com": "süß:er", "other@example.com": "x"}
    login = (cloud.email, cloud.password)
    assert login == ("jürgen@example.com", "süß:er")
    ids = [
        (await caller.call("/users", login=it))[1]["user"]["id"]
        for it in (login, ("other@example.com", "x"))
    ]
    assert ids == [cloud.user_id(), cloud.user_id("other@example.com")]
    assert ids[0] != ids[1]
    cloud.user_ids["other@example.com"] = ids[0]
    assert cloud.user_id("other@example.com") == ids[0]
    assert (await caller.call("/users", login=("Other@example.com", "x")))[0] == 401


@pytest.mark.parametrize("header", ["", "Basic", "Basic !", "Basic eDp5", "Bearer x"])
async def test_wrong_logins(caller: Caller, header: str) -> None:
    status, headers, told = await caller.answer("GET", "/users", headers={"Authorization": header})
    assert (status, told) == (401, {"code": 401, "max_age": 0, "time": 0.01})
    assert headers["Cache-Control"] == "max-age=0, private"
    assert (await caller.call("/alarms", login=(GOOD_EMAIL, "wrong")))[0] == 401
    status, _, _ = await caller.answer("DELETE", "/alarms", headers={"Authorization": header})
    assert (status, caller.cloud.wiped) == (401, [])
    assert (await caller.call("/users?impersonate=7"))[0] == 403


async def test_an_account_can_be_locked(caller: Caller, odd: SensoristOddities) -> None:
    odd.locks_after = 3
    wrong = (GOOD_EMAIL, "wrong")
    assert [(await caller.call("/users", login=wrong))[0] for _ in range(2)] == [401] * 2
    assert (await caller.call("/users"))[0] == 200
    assert [(await caller.call("/users", login=wrong))[0] for _ in range(4)] == [401] * 3 + [403]
    assert (await caller.call("/users"))[0] == 403
    caller.cloud.wrong_logins.clear()
    assert (await caller.call("/users"))[0] == 200


# --- How long an answer is good -------------------------------------------------------------------


async def test_who_comes_too_early_is_noted(
    caller: Caller, clock: ManualClock, fleet: Fleet, odd: SensoristOddities
) -> None:
    """The same content comes again, and that does not make it good for longer."""
    odd.early = "same"
    cloud = caller.cloud
    before = await caller.gateways()
    await caller.gateways("?with_slaves=1")
    await caller.told("/users")
    assert cloud.early == []
    fleet.rename("1001", "Neu")
    clock.advance(AGE - timedelta(seconds=60))
    _, headers, told = await caller.answer("GET", "/gateways")
    assert (told["gateways"], told["max_age"]) == (before, 60)
    assert headers["Cache-Control"] == "max-age=60, private"
    (early,) = cloud.early
    assert early == EarlyRequest(
        NOON + timedelta(minutes=14), GOOD_EMAIL, "/v1/gateways", NOON + AGE
    )
    assert early.by == timedelta(seconds=60)
    clock.advance(timedelta(seconds=60))
    assert (await caller.gateways())[0]["title"] == "Neu"
    assert len(cloud.early) == 1
    odd.early = "fresh"
    fleet.rename("1001", "Neuer")
    assert (await caller.gateways())[0]["title"] == "Neuer"
    assert len(cloud.early) == 2


async def test_who_comes_too_early_can_be_refused(
    caller: Caller, clock: ManualClock, odd: SensoristOddities
) -> None:
    odd.early = "refused"
    await caller.told("/alarms")
    clock.advance(timedelta(seconds=899))
    status, headers, told = await caller.answer("GET", "/alarms")
    assert (status, headers["Retry-After"], told["code"]) == (429, "1", 429)
    assert len(caller.cloud.early) == 1
    clock.advance(timedelta(seconds=1))
    await caller.told("/alarms")


async def test_who_got_no_answer_is_not_early(caller: Caller) -> None:
    cloud = caller.cloud
    for fault in ({"server_error": 500}, {"html": True}, {"connection_reset": True},
                  {"cut_body": True}, {"refused": 404}):  # fmt: skip
        cloud.faults.on = {"users": fault}
        try:
            await caller.call("/users")
        except aiohttp.ClientError:
            continue
    cloud.faults.on = {}
    assert (await caller.call("/users", login=("who", "")))[0] == 401
    assert (await caller.call("/measurements"))[0] == 400
    assert (await caller.call("/measurements"))[0] == 400
    await caller.told("/users")
    assert cloud.early == []
    cloud.faults.on = {"users": {"server_error": 500}}
    assert (await caller.call("/users"))[0] == 500
    assert [it.path for it in cloud.early] == ["/v1/users"]


async def test_other_ages(caller: Caller, clock: ManualClock, odd: SensoristOddities) -> None:
    odd.max_age = {"users": 60, "alarms": 0}
    assert (await caller.call("/users"))[1]["max_age"] == 60
    await caller.told("/alarms")
    await caller.told("/alarms")
    clock.advance(timedelta(minutes=1))
    await caller.told("/users")
    assert caller.cloud.early == []
    odd.no_cache_header = True
    _, headers, told = await caller.answer("GET", "/gateways")
    assert ("Cache-Control" in headers, told["max_age"]) == (False, 900)
    lapse = Fleet(clock, speed=60)
    assert SensoristSimulator(lapse).max_age("users") == 15


# --- The envelope -------------------------------------------------------------------------------


async def test_answers_are_zipped_when_asked(caller: Caller) -> None:
    for wanted, got in (("gzip, deflate", "gzip"), ("identity", None)):
        headers = {"Accept-Encoding": wanted}
        _, given, told = await caller.answer("GET", "/gateways", headers=headers)
        assert given.get("Content-Encoding") == got
        assert len(told["gateways"]) == 4


async def test_odd_envelopes(caller: Caller, odd: SensoristOddities) -> None:
    odd.code = {"users": 401}
    assert await caller.call("/users") == (200, {"code": 401, "max_age": 900, "time": 0.094})
    odd.payload = {"gateways": "missing"}
    assert await caller.told("/gateways") == {}
    odd.payload = {"gateways": "null"}
    assert await caller.told("/gateways") == {"gateways": None}
    odd.payload = {"gateways": "other", "measurements": "other"}
    assert await caller.told("/gateways") == {"gateways": {"count": 1}}
    told = await caller.told("/measurements?type=latest&data_sources=1")
    assert told == {"measurements": ["torn"]}


# --- What is listed -------------------------------------------------------------------------------


async def test_gateways(caller: Caller, fleet: Fleet, gateway: Gateway, labor: RadioSensor) -> None:
    """What has a connection is a gateway, so a logger is one with its own sensors below it."""
    cloud = caller.cloud
    rows = await caller.gateways()
    assert [row["title"] for row in rows] == ["Kühlschrank", "Depot", "Zelle", "Gateway"]
    assert [len(row["devices"]) for row in rows] == [1, 1, 2, 2]
    row = rows[3]
    sensors = row.pop("devices")
    assert row == {
        "id": cloud.gateway_id(gateway),
        "serial": "2001",
        "title": "Gateway",
        "firmware": "2.0.1",
        "type": {"id": 10, "name": "B16"},
        "disconnected_date": None,
        "master_id": None,
        "ipv4": "203.0.113.10",
        "local_ipv4": "192.0.2.10",
    }
    first, door = sensors
    sources = first.pop("devices")
    assert first == {
        "id": cloud.sensor_id(labor),
        "serial": "3001",
        "title": "Labor",
        "firmware": "1.99",
        "type": {"id": 4, "name": "S2.0"},
        "disconnected_date": None,
        "current_gateway_id": row["id"],
    }
    assert sources[0] == {
        "id": cloud.source_id(labor.channels[0]),
        "title": "Temperature",
        "serial": "t5p0xxxx",
        "interval": 900,
        "subtype": "digital",
        "disconnected_date": None,
        "devices": [],
        "type": {
            "id": 5, "name": "temp", "precision": 1, "capability": 72,
            "unit": {"id": 1, "name": "°C"},
        },
    }  # fmt: skip
    battery, signal_ = sources[1:]
    assert (battery["id"], battery["interval"]) == (cloud.battery_id(labor), 10_800)
    assert (signal_["id"], signal_["interval"]) == (cloud.signal_id(labor), 1800)
    units = [(it["type"]["name"], *it["type"]["unit"].values()) for it in (battery, signal_)]
    assert units == [("batt", 3, "v"), ("wireless", 6, "%")]
    assert [it["type"]["name"] for it in door["devices"]] == ["door", "batt", "wireless"]
    depot = fleet.logger("1002").sensors[0]
    assert [it["type"]["name"] for it in rows[1]["devices"][0]["devices"]] == [
        "temp", "humi", "batt", "wireless"
    ]  # fmt: skip
    with pytest.raises(KeyError):
        cloud.source_id(depot.channels[2])
    # The cell is on mains: no battery.
    assert [it["type"]["name"] for it in rows[2]["devices"][1]["devices"]] == ["temp", "wireless"]
    cloud.odd.without_loggers = True
    assert [it["serial"] for it in await caller.gateways()] == ["2001"]


async def test_unknown_kinds_and_units(caller: Caller, fleet: Fleet, gateway: Gateway) -> None:
    air = gateway.add_radio_sensor("Luft", kind=Kind.AIR_QUALITY)
    gateway.add_radio_sensor("Zwilling", kind=Kind.TWIN)
    fleet.set_unit(air.channels[0], "K")
    *_, first, second = (await caller.gateways())[3]["devices"]
    kinds = [(it["type"]["name"], it["type"]["unit"]["name"]) for it in first["devices"]]
    assert kinds == [
        ("temp", "K"), ("humi", "%"), ("pres", "hPa"), ("xtra", "ppm"), ("lumi", "lx"),
        ("batt", "v"), ("wireless", "%"),
    ]  # fmt: skip
    assert [it["title"] for it in second["devices"]][:2] == ["Temperature", "Temperature 2"]
    assert [it["serial"] for it in second["devices"]][:2] == ["t5p0xxxx", "t5p1xxxx"]


async def test_ids_stay(caller: Caller, fleet: Fleet, clock: ManualClock, logger: Logger) -> None:
    """They are the same in another run, until a device is registered anew."""

    def ids(rows: list[Any]) -> list[int]:
        return [it for row in rows for it in (row["id"], *ids(row["devices"]))]

    before = ids(await caller.gateways())
    assert len(set(before)) == len(before) == 4 + 6 + 17
    other = SensoristSimulator(fleet)
    assert other.gateway_id(logger) == before[0]
    fleet.remove("1002")
    assert set(ids(await caller.gateways())) < set(before)
    clock.advance(HOUR)
    fleet.register_anew("1001")
    after = ids((await caller.gateways())[:1])
    assert not set(after) & set(before)


async def test_some_gateways(caller: Caller, fleet: Fleet) -> None:
    fleet.add_gateway(fleet.sites[0], "Neu", serial="2002", since=NOON - HOUR)
    assert [it["serial"] for it in await caller.gateways("?serials=1002,2002,9")] == [
        "1002", "2002"
    ]  # fmt: skip
    assert [it["serial"] for it in await caller.gateways("?from=2026-07-01T00:00:00Z")] == ["2002"]
    assert len(await caller.gateways("?from=nonsense")) == 5


async def test_slaves(
    caller: Caller, fleet: Fleet, odd: SensoristOddities, gateway: Gateway, labor: RadioSensor
) -> None:
    slave = fleet.add_gateway(fleet.sites[0], "Schuppen", serial="2002")
    shed = slave.add_radio_sensor("Gerät", kind=Kind.CLIMATE, serial="3003")
    assert len(await caller.gateways("?with_slaves=1")) == 5
    odd.masters = {"2002": "2001"}
    assert len(await caller.gateways()) == len(await caller.gateways("?with_slaves=0")) == 4
    *_, master, row = await caller.gateways("?with_slaves=1")
    ids = (caller.cloud.gateway_id(gateway), caller.cloud.gateway_id(slave))
    assert (master["master_id"], row["master_id"]) == (None, ids[0])
    assert row["devices"][0]["current_gateway_id"] == ids[1]
    # What it tells and where it stands may differ, and one of the two makes a request.
    odd.current_gateways = {"3003": "2001"}
    row = (await caller.gateways("?with_slaves=1"))[-1]
    assert row["devices"][0]["current_gateway_id"] == ids[0]
    both = [caller.cloud.source_id(it.channels[0]) for it in (labor, shed)]
    path = f"/measurements?type=latest&data_sources={both[0]},{both[1]}"
    assert (await caller.call(path))[0] == 400
    odd.one_gateway_is = "current"
    assert set((await caller.told(path))["measurements"]) == {str(it) for it in both}


async def test_who_is_lost(
    caller: Caller, fleet: Fleet, clock: ManualClock, gateway: Gateway, labor: RadioSensor
) -> None:
    """It is told an hour after the first missed contact, until it is back."""

    async def lost() -> list[str | None]:
        row = (await caller.gateways())[3]
        return [row["disconnected_date"], *(it["disconnected_date"] for it in row["devices"])]

    labor.outage(NOON, NOON + 3 * HOUR)
    clock.advance(HOUR - timedelta(seconds=1))
    assert await lost() == [None] * 3
    clock.advance(timedelta(seconds=1))
    assert await lost() == [None, "2026-07-01T11:45:00+0000", None]
    clock.move_to(NOON + 3 * HOUR)
    assert await lost() == [None] * 3
    gateway.outage(NOON + 3 * HOUR + timedelta(minutes=5), NOON + 6 * HOUR)
    clock.move_to(NOON + 5 * HOUR)
    assert await lost() == ["2026-07-01T15:00:00+0000"] * 3
    fleet.logger("1002").break_sensor(NOON + 4 * HOUR)
    sources = (await caller.gateways())[1]["devices"][0]["devices"]
    at = "2026-07-01T16:00:00+0000"
    assert [it["disconnected_date"] for it in sources] == [at, at, None, None]
    clock.move_to(NOON + 6 * HOUR)
    assert await lost() == [None] * 3


async def test_broken_rows(caller: Caller, odd: SensoristOddities) -> None:
    true = await caller.gateways()
    odd.broken_rows = True
    torn, without_id, *rows = await caller.gateways()
    assert (torn, "id" in without_id, len(rows)) == ("torn", False, len(true))
    assert rows[0]["devices"][0] == rows[0]["devices"][2]["devices"][0] == "torn"
    assert rows[0]["devices"][2]["devices"][3:] == true[0]["devices"][0]["devices"]


# --- Faults and what is unknown -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        ("users", "/users"),
        ("gateways", "/gateways"),
        ("measurements", "/measurements?type=latest&data_sources=1"),
        ("alarms", "/alarms"),
        ("history", "/alarms/history"),
        ("callbacks", "/callbacks"),
        ("workflows", "/workflows/6001"),
    ],
)
async def test_faults(caller: Caller, resource: str, path: str) -> None:
    faults = caller.cloud.faults
    expected: list[tuple[dict[str, Any], int]] = [
        ({"server_error": 500}, 500),
        ({"rate_limit": True}, 429),
        ({"refused": 403}, 403),
        ({"unauthorized": True}, 401),
        ({"forbidden": True}, 403),
        ({"unknown_path": True}, 404),
    ]
    for switch, status in expected:
        faults.on = {f"{resource}.sync": switch}
        told = await caller.call(path)
        assert told == (status, {"code": status, "max_age": 0, "time": 0.01})
    faults.on = {resource: {"rate_limit": True, "retry_after": 40}}
    assert (await caller.answer("GET", path))[1]["Retry-After"] == "40"
    faults.on = {resource: {"html": True}}
    assert b"<html>" in (await caller.call(path))[1]
    faults.on = {resource: {"gateway_problem": "INTEGRATION_TIMEOUT"}}
    assert (await caller.call(path))[0] == 504
    faults.on = {resource: {"connection_reset": True}}
    with pytest.raises(aiohttp.ClientConnectionError):
        await caller.call(path)
    caller.cloud.faults = Faults(slow=0.01)
    slept: list[float] = []

    async def pause(seconds: float) -> None:
        slept.append(seconds)

    caller.cloud.pause = pause
    await caller.call(path)
    assert slept == [0.01]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing"),
        ("GET", "/gateways/1"),
        ("GET", "/sensors"),
        ("GET", "/workflows/1"),
        ("POST", "/alarms/1"),
        ("DELETE", "/alarms/None"),
        ("PUT", "/alarms"),
        ("POST", "/gateways/1"),
        ("POST", "/sensors/1"),
        ("DELETE", "/callbacks/1"),
    ],
)
async def test_what_is_not_there(caller: Caller, method: str, path: str) -> None:
    status, _, told = await caller.answer(method, path)
    assert (status, told["code"]) == (404, 404)


# --- From outside ---------------------------------------------------------------------------------


async def test_it_can_be_scripted(caller: Caller) -> None:
    url = f"{caller.cloud.base_url}/admin"
    body = orjson.dumps({"users": {"a@example.com": "b"}})
    async with caller.http.put(f"{url}/users", data=body) as response:
        assert response.status == 200
    assert (caller.cloud.email, caller.cloud.password) == ("a@example.com", "b")
    await caller.told("/users")
    await caller.told("/users")
    async with caller.http.get(f"{url}/early") as response:
        (early,) = await response.json()
    assert (early["email"], early["path"]) == ("a@example.com", "/v1/users")


async def test_command_line(caller: Caller) -> None:
    """The program says how to sign in, and has alarms for the limits of the fleet."""
    for arguments in ((), ("--username", "me@example.com", "--password", "salt")):
        process = await command_line(
            "--cloud", "sensorist", "--port", "0", "--file-port", "0", "--days", "1", *arguments
        )
        assert process.stdout is not None
        lines = [(await process.stdout.readline()).decode() for _ in range(3)]
        assert [it.partition(":")[0] for it in lines] == ["base url", "email", "password"]
        url, *login = (it.split()[-1] for it in lines)
        assert login == (["me@example.com", "salt"] if arguments else [GOOD_EMAIL, GOOD_PASSWORD])
        auth = basic(*login)
        async with caller.http.get(f"{url}/v1/alarms", headers={"Authorization": auth}) as response:
            alarms = (await response.json())["alarms"]
        assert {it["direction"] for it in alarms} == {"above", "below"}
        assert all(re.fullmatch("in|out", it["state"]) for it in alarms)
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
