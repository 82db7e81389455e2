"""The Saveris 2 cloud: what it counts, what it tells, and everything that can be odd about it."""

import asyncio
import base64
from collections.abc import AsyncGenerator
from datetime import timedelta
import re
import signal
from typing import Any, NamedTuple

import aiohttp
import orjson
import pytest

from tests.simulator import (
    SAVERIS_2_PATH,
    Channel,
    Faults,
    Fleet,
    Kind,
    Limit,
    Logger,
    ManualClock,
    Oddities,
    RadioSensor,
    Saveris2Simulator,
    band,
    saveris_2_token,
)

from .conftest import HOUR, NOON
from .test_admin import command_line

POINTS, VALUES, ALARMS = "/measuringPoint", "/measuringPoint/value", "/measuringPoint/alarm"
LIMIT = {
    "limitValue",
    "limitViolationValue",
    "limitUnit",
    "isoLimitValue",
    "isoLimitViolationValue",
    "isoUnit",
}
QUARTER = HOUR / 4
ELEVEN, UNTIL = NOON - HOUR, NOON + HOUR


class Caller(NamedTuple):
    """One with a token."""

    http: aiohttp.ClientSession
    cloud: Saveris2Simulator

    async def call(self, path: str, **headers: str) -> tuple[int, Any]:
        """Return status and decoded answer."""
        headers = headers or {"Authorization": f"Bearer {self.cloud.token}"}
        url = self.cloud.base_url + SAVERIS_2_PATH + path
        async with self.http.get(url, headers=headers) as response:
            content = await response.read()
            is_json = response.content_type.endswith("json")
            return response.status, orjson.loads(content) if is_json else content

    async def told(self, path: str) -> dict[str, Any]:
        """Return a good answer."""
        status, told = await self.call(path)
        assert status == 200
        assert isinstance(told, dict)
        return told

    async def rows(self, path: str) -> list[Any]:
        """Return the rows of a good answer."""
        rows: list[Any] = (await self.told(path))["alarms" if path == ALARMS else "measuringPoints"]
        return rows

    async def values(self) -> dict[str, dict[str, Any]]:
        """Return the values by the name of their channel."""
        return {row["channelName"]: row for row in await self.rows(VALUES)}


@pytest.fixture
async def caller(fleet: Fleet, socket_enabled: None) -> AsyncGenerator[Caller]:  # noqa: ARG001 - it allows sockets
    cloud = Saveris2Simulator(fleet)
    await cloud.start()
    async with aiohttp.ClientSession() as http:
        yield Caller(http, cloud)
    await cloud.stop()


@pytest.fixture
def odd(caller: Caller) -> Oddities:
    return caller.cloud.odd


@pytest.fixture
def fridge(logger: Logger) -> Channel:
    """Return the channel of the fridge, too warm since eleven by 1.5 K."""
    channel = logger.sensors[0].channels[0]
    channel.hold(ELEVEN, UNTIL, 9.5)
    return channel


# --- Tokens and calls -----------------------------------------------------------------------------


def test_a_token_says_whose_account_it_opens(fleet: Fleet) -> None:
    def claims(token: str) -> dict[str, Any]:
        _, body, signature = token.split(".")
        assert signature
        told: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(body + "=="))
        return told

    token = Saveris2Simulator(fleet).token
    told = claims(token)
    assert (told["mandantUuid"], told["exp"]) == (fleet.tenant_uuid, 7_258_118_400)
    assert told["sub"]
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", token)
    assert token == saveris_2_token(fleet.tenant_uuid)
    assert token != saveris_2_token(fleet.tenant_uuid, number=2)
    assert "mandantUuid" not in claims(saveris_2_token(None))


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Basic {}", "{}"])
async def test_a_token_that_opens_nothing(caller: Caller, header: str) -> None:
    for path in (POINTS, VALUES, ALARMS):
        status, told = await caller.call(path, authorization=header.format(caller.cloud.token))
        assert (status, told) == (401, {"message": "Unauthorized"})
    assert caller.cloud.calls_left == 10_000


async def test_all_answers_count(caller: Caller) -> None:
    for left, path in enumerate(
        (ALARMS, VALUES, f"{POINTS}?name=x", f"{VALUES}?ids=x"), start=-9999
    ):
        told = await caller.told(path)
        assert list(told)[:2] == ["apiCallsLeft", "version"]
        assert (told["apiCallsLeft"], told["version"]) == (-left, "1.1.0")
    assert caller.cloud.calls_left == 9996
    caller.cloud.calls_left = 7
    assert (await caller.told(VALUES))["apiCallsLeft"] == 6
    caller.cloud.renew_calls(20)
    assert (await caller.told(VALUES))["apiCallsLeft"] == 19
    assert [it.status for it in caller.cloud.requests] == [200] * 6


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (429, {"apiCallsLeft": 0}),
        (403, {"message": "The limit of API calls is exceeded."}),
        (402, {"message": "Payment required"}),
    ],
)
async def test_no_calls_left(caller: Caller, odd: Oddities, status: Any, answer: object) -> None:
    caller.cloud.calls_left = 1
    assert (await caller.told(VALUES))["apiCallsLeft"] == 0
    assert (await caller.call(VALUES))[0] == 429
    odd.at_zero = status
    assert await caller.call(ALARMS) == (status, answer)
    odd.at_zero = 200
    told = await caller.told(VALUES)
    assert (told["apiCallsLeft"], len(told["measuringPoints"])) == (0, 5)
    caller.cloud.renew_calls()
    assert (await caller.told(VALUES))["apiCallsLeft"] == 9999


async def test_tokens_have_calls_of_their_own(fleet: Fleet, caller: Caller) -> None:
    other = Saveris2Simulator(fleet, tokens={"first": 5, "second": 2})
    assert (other.token, other.calls_left) == ("first", 5)
    assert Saveris2Simulator(fleet, calls_left=3).calls_left == 3
    cloud = caller.cloud
    cloud.tokens = other.tokens
    assert (await caller.call(VALUES, authorization="bearer second"))[1]["apiCallsLeft"] == 1
    cloud.set_tokens(["third", "second"])
    assert cloud.tokens == {"third": 5, "second": 1}
    cloud.calls_left = 4
    assert cloud.tokens == {"third": 4, "second": 4}
    cloud.set_tokens([])
    assert (await caller.call(VALUES, authorization="Bearer third"))[0] == 401
    cloud.set_tokens(["fourth"])
    assert (await caller.told(VALUES))["apiCallsLeft"] == 3


# --- The world ------------------------------------------------------------------------------------


async def test_points(caller: Caller, fleet: Fleet) -> None:
    """Temperature and humidity share one, several temperatures do not."""
    site = fleet.sites[0]
    fleet.add_logger(site, "Kühlzelle", kind=Kind.TWIN, serial="1004")
    fleet.add_logger(site, "Büro", kind=Kind.AIR_QUALITY, serial="1005")
    fleet.add_logger(site, "Hoftür", kind=Kind.DOOR, serial="1006")
    rows = await caller.rows(POINTS)
    names = [row["name"] for row in rows]
    assert names == [
        "Kühlschrank", "Depot", "Zelle 1", "Zelle 2", "Kühlzelle 1", "Kühlzelle 2", "Büro", "Hoftür"
    ]  # fmt: skip
    assert [list(row) for row in rows] == [["id", "name", "description", "group", "area"]] * 8
    assert {(row["description"], row["area"]) for row in rows} == {("", None)}
    assert [row["group"] for row in rows[:2]] == ["Apotheke Köln", 'Archive, wing "B"']
    ids = [row["id"] for row in rows]
    assert len({it.lower() for it in ids}) == 8
    assert all(re.fullmatch("[A-Za-z][A-Za-z0-9]{4}", it) for it in ids)
    cell = fleet.logger("1003")
    assert caller.cloud.point_of(cell) == caller.cloud.point_of(cell.sensors[0].channels[0])
    assert caller.cloud.point_of(cell.sensors[1].channels[0]) == ids[3]
    fleet.rename("1001", "Neu")
    fleet.remove("1002")
    rows = await caller.rows(POINTS)
    assert (rows[0]["name"], rows[0]["id"]) == ("Neu", ids[0])
    assert [row["id"] for row in rows[1:]] == ids[2:]
    values = await caller.values()
    places = {row["measuringPointId"] for row in values.values()}
    assert places == {*ids} - {ids[1]}
    assert {name.rpartition("_")[0] for name in values} == {
        "T1_1001", "T2_1003", "T3_1004", "H2_1005", "T1_1006"
    }  # fmt: skip
    assert (values["T1_1006_0"]["value"], values["T1_1006_0"]["unit"]) == ("0", None)


async def test_ids_never_collide(fleet: Fleet, caller: Caller) -> None:
    for number in range(600):
        fleet.add_logger(fleet.sites[0], f"Logger {number}", serial=f"{90_000_000 + number}")
    points = await caller.rows(POINTS)
    assert len({row["id"].lower() for row in points}) == len(points) == 604


async def test_values_are_the_newest_visible_ones(
    caller: Caller, fleet: Fleet, clock: ManualClock, logger: Logger
) -> None:
    logger.outage(NOON - HOUR)
    fleet.logger("1002").sensors[0].channels[0].hold(ELEVEN, UNTIL, -22.0)
    fleet.set_active("1003", active=False)
    clock.advance(2 * HOUR + timedelta(minutes=7))
    values = await caller.values()
    loggers = {it.serial for it in fleet.loggers}
    channels = [
        it for it in fleet.channels if it.spec.derive is None and it.sensor.device.serial in loggers
    ]
    assert [*values] == [caller.cloud.channel_name(it) for it in channels]
    assert [*values] == ["T1_1001_0", "H1_1002_0", "H1_1002_1", "T2_1003_0", "T2_1003_1"]
    for channel, row in zip(channels, values.values(), strict=True):
        reading = fleet.latest(channel, clock.now())
        assert reading is not None
        assert float(row["value"]) == float(row["isoValue"]) == reading.value
        assert row["unit"] == row["isoUnit"] == channel.unit
        assert row["timestamp"] == f"{reading.at:%Y-%m-%dT%H:%M:%SZ}"
        assert row["measuringPointId"] == caller.cloud.point_of(channel)
    times = [row["timestamp"][11:16] for row in values.values()]
    assert times == ["10:45", "14:00", "14:00", "11:45", "11:45"]
    fleet.logger("1002").sensors[0].channels[0].hold(ELEVEN, NOON + 9 * HOUR, -22.0)
    assert (await caller.values())["H1_1002_0"]["value"] == "-22"


@pytest.mark.parametrize(
    ("value", "text"), [(-0.0, "0"), (100.0, "100"), (1.8, "1.8"), (1e-05, "0.00001")]
)
async def test_how_numbers_are_written(
    caller: Caller, fridge: Channel, value: float, text: str
) -> None:
    fridge.hold(ELEVEN, UNTIL, value)
    assert (await caller.values())["T1_1001_0"]["value"] == text


async def test_who_is_unknown_here(caller: Caller, fleet: Fleet, labor: RadioSensor) -> None:
    """Radio sensors, and what is computed."""
    for channel in (labor.channels[0], fleet.logger("1002").sensors[0].channels[2]):
        with pytest.raises(ValueError, match="not in"):
            caller.cloud.channel_name(channel)
        with pytest.raises(KeyError):
            caller.cloud.point_of(channel)
    labor.channels[0].hold(ELEVEN, UNTIL, 9.5)
    labor.break_sensor(NOON)
    fleet.gateways[0].power_loss(ELEVEN)
    told = await caller.told(ALARMS)
    assert (told["alarms"], told["systemWarnings"]) == ([], None)


async def test_alarms(caller: Caller, fleet: Fleet, clock: ManualClock, fridge: Channel) -> None:
    """The oldest comes first, each with what began it; a mere warning is none."""
    depot = fleet.logger("1002")
    fleet.set_limits(
        depot,
        [
            *band("Humidity", alarm=(30.0, None)),
            Limit("Temperature", "lower", "Alarm", 19, channel=3),
        ],
        at=NOON - 3 * HOUR,
    )
    humidity = depot.sensors[0].channels[1]
    humidity.hold(NOON - 2 * HOUR, NOON, 25.5)
    clock.advance(-QUARTER)
    fridge.hold(NOON - QUARTER, UNTIL, 9.9)
    first, second = await caller.rows(ALARMS)
    raised = fleet.active_alarms(clock.now(), visible_at=clock.now())
    alarms = {it.channel: it for it in raised if it.severity == "Alarm"}
    assert len(raised) == 4
    assert set(alarms) - {humidity, fridge} == {depot.sensors[0].channels[2]}
    assert second == {
        "measuringPointId": caller.cloud.point_of(fridge),
        "channelName": "T1_1001_0",
        "limitValue": "8",
        "limitViolationValue": "9.5",
        "limitUnit": "°C",
        "isoLimitValue": "8",
        "isoLimitViolationValue": "9.5",
        "isoUnit": "°C",
        "timestamp": f"{alarms[fridge].at:%Y-%m-%dT%H:%M:%SZ}",
    }
    assert (first["channelName"], first["limitUnit"]) == ("H1_1002_1", "%rF")
    assert (first["limitValue"], first["limitViolationValue"]) == ("30", "25.5")
    assert first["timestamp"] == f"{alarms[humidity].at:%Y-%m-%dT%H:%M:%SZ}"
    clock.advance(QUARTER)
    assert [row["channelName"] for row in await caller.rows(ALARMS)] == ["T1_1001_0"]


async def test_system_warnings(caller: Caller, fleet: Fleet, clock: ManualClock) -> None:
    cell = fleet.logger("1003")
    cell.low_battery(NOON - 3 * HOUR, UNTIL)
    cell.power_loss(NOON - 2 * HOUR)
    fleet.logger("1002").outage(NOON - 5 * HOUR / 2)
    point, depot = caller.cloud.point_of(cell), caller.cloud.point_of(fleet.logger("1002"))
    told = await caller.told(ALARMS)
    assert told["alarms"] == []
    battery = {
        "message": "Battery almost empty",
        "measuringPointId": point,
        "timestamp": "2026-07-01T09:00:00Z",
    }
    assert told["systemWarnings"][0] == battery
    assert [(it["message"], it["measuringPointId"]) for it in told["systemWarnings"][1:]] == [
        ("No external power supply", point),
        ("No communication for a long time", depot),
    ]
    clock.advance(HOUR)
    assert battery not in (await caller.told(ALARMS))["systemWarnings"]


@pytest.mark.parametrize(
    ("spelling", "members"),
    [("missing", {}), ("null", dict.fromkeys(LIMIT)), ("empty", dict.fromkeys(LIMIT, ""))],
)
async def test_a_broken_sensor(
    caller: Caller, fleet: Fleet, odd: Oddities, spelling: Any, members: dict[str, Any]
) -> None:
    """It has no limit, and its last value stays."""
    odd.failure_spelling = spelling
    fleet.logger("1002").break_sensor(NOON - HOUR)
    (row,) = await caller.rows(ALARMS)
    assert row == {
        "measuringPointId": caller.cloud.point_of(fleet.logger("1002")),
        "channelName": "H1_1002_0",
        **members,
        "timestamp": "2026-07-01T11:00:00Z",
    }
    assert (await caller.values())["H1_1002_1"]["timestamp"] == "2026-07-01T10:45:00Z"


# --- Oddities -------------------------------------------------------------------------------------


async def test_points_can_be_taken_for_each_other(
    caller: Caller, fleet: Fleet, odd: Oddities
) -> None:
    before = [row["id"] for row in await caller.rows(POINTS)]
    odd.twin_ids = odd.same_names = True
    rows = await caller.rows(POINTS)
    first, second = rows[0]["id"], rows[1]["id"]
    assert first == before[0] != second
    assert first.lower() == second.lower()
    assert {row["name"] for row in rows} == {"Kühlschrank"}
    assert (await caller.values())["H1_1002_1"]["measuringPointId"] == second
    assert caller.cloud.point_of(fleet.logger("1002")) == second
    odd.area = {second: "Main building"}
    assert [row["area"] for row in await caller.rows(POINTS)] == [None, "Main building", None, None]
    odd.twin_ids = False
    assert [row["id"] for row in await caller.rows(POINTS)] == before


async def test_odd_names(caller: Caller, fridge: Channel, odd: Oddities) -> None:
    odd.odd_names = {caller.cloud.channel_name(fridge): "Sonde links"}
    assert "T1_1001_0" not in await caller.values()
    (alarm,) = await caller.rows(ALARMS)
    assert alarm["channelName"] == "Sonde links"
    assert "Sonde links" in await caller.values()
    assert caller.cloud.channel_name(fridge) == "T1_1001_0"


async def test_missing_values(caller: Caller, fridge: Channel, odd: Oddities) -> None:
    name = caller.cloud.channel_name(fridge)
    odd.missing_value[name] = "row"
    assert name not in await caller.values()
    spellings: list[tuple[Any, str | None]] = [
        ("hashes", "###"), ("dots", "...."), ("empty", ""), ("null", None)
    ]  # fmt: skip
    for spelling, text in spellings:
        odd.missing_value[name] = spelling
        row = (await caller.values())[name]
        assert row["value"] == row["isoValue"] == text
        assert row["unit"] == "°C"
    odd.missing_value.clear()
    fridge.hold(ELEVEN, UNTIL, None)
    assert (await caller.values())[name]["value"] == "###"


async def test_loggers_without_values(caller: Caller, fleet: Fleet, logger: Logger) -> None:
    """One that never measured has a point all the same, one without any sensor has none."""
    silent = fleet.add_logger(fleet.sites[0], "Lager", serial="1007", active=False)
    assert "T1_1007_0" not in await caller.values()
    assert caller.cloud.point_of(silent) in {row["id"] for row in await caller.rows(POINTS)}
    fleet.remove(logger.sensors[0].serial)
    logger.low_battery(NOON - HOUR)
    assert [row["name"] for row in await caller.rows(POINTS)] == [
        "Depot", "Zelle 1", "Zelle 2", "Lager"
    ]  # fmt: skip
    assert (await caller.told(ALARMS))["systemWarnings"] is None


async def test_fahrenheit_and_commas(caller: Caller, fridge: Channel, odd: Oddities) -> None:
    odd.fahrenheit = odd.decimal_comma = True
    values = await caller.values()
    shown = ("value", "unit", "isoValue", "isoUnit")
    assert [values["T1_1001_0"][name] for name in shown] == ["49,1", "°F", "9,5", "°C"]
    assert values["H1_1002_1"]["unit"] == values["H1_1002_1"]["isoUnit"] == "%rF"
    (alarm,) = await caller.rows(ALARMS)
    limit = ("limitValue", "limitViolationValue", "limitUnit")
    assert [alarm[name] for name in limit] == ["46,4", "49,1", "°F"]
    iso = ("isoLimitValue", "isoLimitViolationValue", "isoUnit")
    assert [alarm[name] for name in iso] == ["8", "9,5", "°C"]
    odd.fahrenheit = odd.decimal_comma = False
    caller.cloud.fleet.set_unit(fridge, "°F")
    fridge.hold(ELEVEN, UNTIL, 50.0)
    assert [(await caller.values())["T1_1001_0"][name] for name in shown] == [
        "50", "°F", "10", "°C"
    ]  # fmt: skip


async def test_no_iso(caller: Caller, fridge: Channel, odd: Oddities) -> None:
    odd.no_iso = True
    row = (await caller.values())[caller.cloud.channel_name(fridge)]
    assert "isoValue" not in row
    assert (row["value"], row["isoUnit"]) == ("9.5", "°C")
    (alarm,) = await caller.rows(ALARMS)
    assert {name for name in alarm if name.startswith("iso")} == {"isoUnit"}


async def test_answers_of_another_form(caller: Caller, odd: Oddities) -> None:
    counted = {"apiCallsLeft", "version"}
    odd.warnings_key_missing = True
    assert set(await caller.told(ALARMS)) == {*counted, "alarms"}
    odd.alarms_null = True
    assert (await caller.told(ALARMS))["alarms"] is None
    odd.alarms_not_a_list = True
    assert isinstance((await caller.told(ALARMS))["alarms"], dict)
    odd.alarms_key_missing = odd.points_key_missing = True
    for path in (POINTS, VALUES, ALARMS):
        assert set(await caller.told(path)) == counted


async def test_rows_beside_the_true_ones(caller: Caller, fridge: Channel, odd: Oddities) -> None:
    paths = (POINTS, VALUES, ALARMS)
    true = [await caller.rows(path) for path in paths]
    odd.broken_rows = True
    odd.extra_alarms = [{"anything": 1}]
    true[2].append({"anything": 1})
    for path, key, good in zip(paths, ("id", *["measuringPointId"] * 2), true, strict=True):
        torn, *rows = await caller.rows(path)
        broken = rows[: -len(good)]
        assert (torn, rows[-len(good) :]) == ("torn", good)
        assert key not in broken[0]
        assert ["timestamp" in row for row in broken[1:]] == ([] if path == POINTS else [False])
    odd.loose_warning = "Licence ends"
    (warning,) = (await caller.told(ALARMS))["systemWarnings"]
    assert warning == {"message": "Licence ends", "timestamp": "2026-06-29T12:00:00Z"}
    caller.cloud.odd = Oddities()
    assert [row["channelName"] for row in await caller.rows(ALARMS)] == [
        caller.cloud.channel_name(fridge)
    ]


# --- Faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("resource", ["measuring_points", "values", "alarms"])
async def test_faults(caller: Caller, resource: str) -> None:
    """They hit one path or all; what fails there costs a call unless that is switched off."""
    cloud, faults = caller.cloud, caller.cloud.faults
    path = dict(
        zip(("measuring_points", "values", "alarms"), (POINTS, VALUES, ALARMS), strict=True)
    )
    faults.on = {resource: {"server_error": 502}}
    assert [(await caller.call(it))[0] for it in path.values()].count(502) == 1
    assert cloud.calls_left == 9997
    cloud.odd.failures_cost = False
    assert (await caller.call(path[resource]))[0] == 502
    assert (await caller.call(path[resource], authorization="Bearer x"))[0] == 502
    assert cloud.calls_left == 9997
    for switch, status in ({"rate_limit": True}, 429), ({"refused": 404}, 404):
        faults.on = {f"{resource}.sync": switch}
        assert (await caller.call(path[resource]))[0] == status
    faults.on = {}
    faults.html = True
    status, content = await caller.call(path[resource])
    assert (status, b"<html>" in content) == (200, True)
    assert cloud.calls_left == 9997


async def test_a_call_that_was_given_up_counts(caller: Caller) -> None:
    cloud = caller.cloud
    waits = asyncio.Event()

    async def wait(_: float) -> None:
        waits.set()
        await asyncio.Event().wait()

    cloud.pause, cloud.faults.slow = wait, 9.0
    call = asyncio.create_task(caller.call(VALUES))
    await waits.wait()
    call.cancel()
    for _ in range(100):
        await asyncio.sleep(0.01)
        if cloud.calls_left < 10_000:
            break
    assert cloud.calls_left == 9999
    cloud.faults = Faults(connection_reset=True)
    with pytest.raises(aiohttp.ClientConnectionError):
        await caller.call(VALUES)
    # aiohttp by itself asks once more when a connection is cut, and that counts as well.
    made = len(cloud.requests)
    assert made > 1
    assert cloud.calls_left == 10_000 - made


# --- From outside ---------------------------------------------------------------------------------


async def test_it_can_be_scripted(caller: Caller) -> None:
    async def put(path: str, body: object) -> int:
        url = f"{caller.cloud.base_url}/admin/{path}"
        async with caller.http.put(url, data=orjson.dumps(body)) as response:
            return response.status

    assert await put("calls", {"left": 12}) == 200
    assert await put("tokens", {"tokens": ["other"]}) == 200
    assert (caller.cloud.token, caller.cloud.calls_left) == ("other", 12)
    assert (await caller.told(VALUES))["apiCallsLeft"] == 11
    assert await put("calls", {}) == await put("calls", {"left": []}) == 400
    async with caller.http.get(f"{caller.cloud.base_url}/admin/truth") as response:
        assert len((await response.json())["latest"]) == 9
    async with caller.http.post(caller.cloud.base_url + SAVERIS_2_PATH + VALUES) as response:
        assert response.status == 403


async def test_command_line(caller: Caller) -> None:
    """The program says what opens it: a token of its own, or the one given."""
    for arguments in ((), ("--token", "secret", "--calls", "40")):
        process = await command_line(
            "--cloud", "saveris_2", "--port", "0", "--file-port", "0", "--loggers", "3", *arguments
        )
        assert process.stdout is not None
        lines = [(await process.stdout.readline()).decode().split(": ") for _ in range(2)]
        assert [it[0] for it in lines] == ["base url", "token"]
        url, token = (it[1].strip() for it in lines)
        headers = {"Authorization": f"Bearer {token}"}
        async with caller.http.get(url + SAVERIS_2_PATH + POINTS, headers=headers) as response:
            told = await response.json()
        assert len(told["measuringPoints"]) == 4
        assert (token == "secret", told["apiCallsLeft"]) == (
            (True, 39) if arguments else (False, 9999)
        )
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0
