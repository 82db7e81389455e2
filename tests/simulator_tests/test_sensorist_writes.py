"""What a Sensorist account can change, what follows from it, and what it is told by callbacks."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any, NamedTuple

import aiohttp
from aiohttp import web
import pytest

from tests.simulator import (
    Announcing,
    Fleet,
    Gateway,
    Kind,
    ManualClock,
    RadioSensor,
    RealClock,
    SensoristOddities,
    SensoristSimulator,
)

from .conftest import FRIDGE, HOUR, NOON
from .sensorist_client import Caller

QUARTER = HOUR / 4


# --- Gateways and sensors -------------------------------------------------------------------------


async def test_renaming(caller: Caller, fleet: Fleet, gateway: Gateway, labor: RadioSensor) -> None:
    cloud = caller.cloud
    told = await caller.written(f"/gateways/{cloud.gateway_id(gateway)}", name="Kælder")
    assert (told["gateway"]["title"], gateway.name) == ("Kælder", "Kælder")
    told = await caller.written(f"/sensors/{cloud.sensor_id(labor)}", name="Køleskab")
    assert (told["sensor"]["title"], labor.name) == ("Køleskab", "Køleskab")
    assert "workflow" not in told
    logger = fleet.logger("1001")
    await caller.written(f"/gateways/{cloud.gateway_id(logger)}", name="Neu")
    assert logger.name == "Neu"
    for path in (f"/gateways/{cloud.gateway_id(gateway)}", f"/sensors/{cloud.sensor_id(labor)}"):
        assert (await caller.write("POST", path, name=""))[0] == 400
        assert (await caller.write("POST", path))[0] == 400


async def test_an_interval(caller: Caller, odd: SensoristOddities, labor: RadioSensor) -> None:
    path = f"/sensors/{caller.cloud.sensor_id(labor)}"
    assert (await caller.write("POST", path, interval=300))[0] == 403
    odd.may_set_interval = True
    for wrong in (0, "often"):
        assert (await caller.write("POST", path, interval=wrong))[0] == 400
    told = await caller.written(path, interval=300)
    assert told["sensor"]["devices"][0]["interval"] == 300
    assert told["workflow"]["state"] == "running"
    assert labor.measuring == timedelta(minutes=5)


async def test_another_gateway(caller: Caller, fleet: Fleet) -> None:
    told = await caller.written("/gateways", serial="20000002", name="Loft")
    added = told["gateway"]
    assert added["devices"] == []
    assert (await caller.gateways())[-1] == added
    assert added["id"] == caller.cloud.gateway_id(fleet.device("20000002"))
    assert (await caller.written("/gateways", serial="20000003"))["gateway"]["title"]
    assert (await caller.write("POST", "/gateways", serial="20000002"))[0] == 400
    assert (await caller.write("POST", "/gateways"))[0] == 400
    assert (await caller.write("POST", "/users", email="x@example.com", password="x"))[0] == 403


# --- Commands -------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["reboot", "pairing_start"])
async def test_a_command_that_ends_well(caller: Caller, gateway: Gateway, command: str) -> None:
    path = f"/gateways/{caller.cloud.gateway_id(gateway)}/commands"
    begun = (await caller.written(path, command=command))["workflow"]
    assert begun == {"id": 6001, "state": "running", "result": None}
    states = [(await caller.told("/workflows/6001"))["workflow"] for _ in range(3)]
    assert [it["state"] for it in states] == ["running", "running", "finished"]
    assert states[-1] == {"id": 6001, "state": "finished", "result": "ok"}
    assert caller.cloud.workflows[6001].command == command
    (write,) = caller.cloud.writes
    assert (write.method, write.path, write.fields) == ("POST", f"/v1{path}", {"command": command})


async def test_commands_that_end_badly(
    caller: Caller, odd: SensoristOddities, clock: ManualClock, gateway: Gateway
) -> None:
    path = f"/gateways/{caller.cloud.gateway_id(gateway)}/commands"
    assert (await caller.write("POST", path, command="explode"))[0] == 400
    assert (await caller.write("POST", path))[0] == 400
    assert (await caller.write("POST", "/gateways/1/commands", command="reboot"))[0] == 404
    odd.workflow_polls = 0
    odd.workflow_end = "failed"
    await caller.written(path, command="reboot")
    failed = {"id": 6001, "state": "failed", "result": "gateway offline"}
    assert (await caller.told("/workflows/6001"))["workflow"] == failed
    odd.workflow_end = "never"
    await caller.written(path, command="reboot")
    for _ in range(5):
        assert (await caller.told("/workflows/6002"))["workflow"]["state"] == "running"
    odd.workflow_end = "finished"
    gateway.outage(NOON)
    clock.advance(2 * HOUR)
    await caller.written(path, command="reboot")
    assert (await caller.told("/workflows/6003"))["workflow"]["state"] == "failed"


async def test_odd_workflows(caller: Caller, odd: SensoristOddities, gateway: Gateway) -> None:
    path = f"/gateways/{caller.cloud.gateway_id(gateway)}/commands"
    odd.workflow_polls = 1
    odd.workflow_form = "other words"
    begun = (await caller.written(path, command="reboot"))["workflow"]
    assert begun == {"id": 6001, "status": "pending", "result": None}
    odd.workflow_form = "result alone"
    assert (await caller.told("/workflows/6001"))["workflow"] == {"id": 6001, "result": None}
    assert (await caller.told("/workflows/6001"))["workflow"] == {"id": 6001, "result": "ok"}
    odd.workflow_form = "status"
    assert (await caller.told("/workflows/6001"))["workflow"]["status"] == "finished"


async def test_a_poll_too_early_counts_for_nothing(
    caller: Caller, odd: SensoristOddities, clock: ManualClock, gateway: Gateway
) -> None:
    """Unless max-age lets a workflow be asked for again soon."""
    odd.early = "same"
    odd.workflow_polls = 1
    path = f"/gateways/{caller.cloud.gateway_id(gateway)}/commands"
    await caller.written(path, command="reboot")
    for _ in range(3):
        assert (await caller.told("/workflows/6001"))["workflow"]["state"] == "running"
    assert len(caller.cloud.early) == 2
    odd.max_age = {"workflows": 10}
    await caller.written(path, command="reboot")
    assert (await caller.told("/workflows/6002"))["workflow"]["state"] == "running"
    clock.advance(timedelta(seconds=10))
    assert (await caller.told("/workflows/6002"))["workflow"]["state"] == "finished"
    assert len(caller.cloud.early) == 2


# --- Faults of writing ----------------------------------------------------------------------------


async def test_faults_of_writing(caller: Caller, gateway: Gateway) -> None:
    """Reading goes on; what was refused has changed nothing."""
    path = f"/gateways/{caller.cloud.gateway_id(gateway)}"
    writes: list[tuple[str, str, dict[str, Any]]] = [
        ("gateways", path, {"name": "x"}),
        ("commands", f"{path}/commands", {"command": "reboot"}),
        ("callbacks", "/callbacks", {"url": "https://example.com/x", "type": 7}),
    ]
    for resource, url, fields in writes:
        caller.cloud.faults.on = {f"{resource}.write": {"server_error": 500}}
        assert (await caller.write("POST", url, **fields))[0] == 500
        caller.cloud.faults.on = {resource: {"refused": 403}}
        assert (await caller.write("POST", url, **fields))[0] == 403
    caller.cloud.faults.on = {"write": {"rate_limit": True, "retry_after": 7}}
    status, headers, _ = await caller.answer("DELETE", "/callbacks")
    assert (status, headers["Retry-After"]) == (429, "7")
    assert await caller.told("/callbacks") == {"callbacks": []}
    assert (gateway.name, caller.cloud.writes, caller.cloud.wiped) == ("Gateway", [], [])


# --- Callbacks ------------------------------------------------------------------------------------


class Hook(NamedTuple):
    """A small server that is called back."""

    url: str
    got: list[tuple[str, bytes]]
    """Content type and body of each call."""
    called: asyncio.Event


@pytest.fixture
async def hook(caller: Caller) -> AsyncGenerator[Hook]:  # noqa: ARG001 - it allows sockets
    got: list[tuple[str, bytes]] = []
    called = asyncio.Event()

    async def take(request: web.Request) -> web.Response:
        got.append((request.content_type, await request.read()))
        called.set()
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield Hook(f"http://127.0.0.1:{runner.addresses[0][1]}/hook", got, called)
    await runner.cleanup()


async def test_callbacks(caller: Caller, odd: SensoristOddities) -> None:
    url = "https://example.com/api/webhook/0123"
    made = (await caller.written("/callbacks", url=url, type=7))["callback"]
    assert made == {"id": 5001, "url": url, "type": 7}
    again = (await caller.written("/callbacks", url=url, type=3))["callback"]
    assert await caller.told("/callbacks") == {"callbacks": [made, again]}
    assert list(caller.cloud.callbacks) == [5001, 5002]
    for wrong in ({"url": "", "type": 7}, {"url": url}, {"url": url, "type": 8},
                  {"url": url, "type": 0}, {"url": "ftp://example.com", "type": 7}):  # fmt: skip
        assert (await caller.write("POST", "/callbacks", **wrong))[0] == 400
    assert (await caller.write("DELETE", "/callbacks/5001"))[0] == 200
    assert (await caller.write("DELETE", "/callbacks/5001"))[0] == 404
    odd.callbacks_key = "items"
    assert await caller.told("/callbacks") == {"items": [again]}
    odd.broken_rows = True
    assert (await caller.told("/callbacks"))["items"][-1] == again
    assert caller.cloud.wiped == []
    for path, ids in (("/callbacks/", (5002,)), ("/callbacks", ())):
        assert (await caller.write("DELETE", path))[0] == 200
        wiped = caller.cloud.wiped[-1]
        assert (wiped.path, wiped.ids) == ("/callbacks", ids)
    assert caller.cloud.callbacks == {}


async def test_delivery(caller: Caller, odd: SensoristOddities, hook: Hook) -> None:
    """Each callback gets what it wants, once, whatever the body is and whoever answers."""
    await caller.written("/callbacks", url=hook.url, type=7)
    await caller.written("/callbacks", url=hook.url, type=2)
    (made,) = await caller.cloud.deliver("button", sensor=5)
    assert (made.callback.id, made.kind, made.status, made.at) == (5001, "button", 204, NOON)
    assert hook.got == [
        ("application/json", b'{"type": 1, "date": "2026-07-01T12:00:00+0000", "sensor": 5}')
    ]
    odd.delivery = "form"
    assert len(await caller.cloud.deliver("alarm")) == 2
    assert hook.got[1][0] == "application/x-www-form-urlencoded"
    odd.delivery = "text"
    await caller.cloud.deliver("system")
    odd.delivery = "empty"
    await caller.cloud.deliver("system")
    assert [body for _, body in hook.got[3:]] == [b"something happened", b""]
    caller.cloud.callbacks.clear()
    assert await caller.cloud.deliver("alarm") == []
    await caller.written("/callbacks", url="http://127.0.0.1:9/nobody", type=7)
    (lost,) = await caller.cloud.deliver("alarm")
    assert lost.status is None
    assert len(caller.cloud.deliveries) == 6
    assert len(hook.got) == 5


async def test_what_is_announced(
    caller: Caller, fleet: Fleet, clock: ManualClock, hook: Hook, labor: RadioSensor
) -> None:
    """Alarms that begin and end, buttons, empty batteries and lost gateways, once known."""
    announcing = Announcing(caller.cloud)
    fleet.lag = timedelta(seconds=3)
    channel = labor.channels[0]
    channel.hold(NOON + QUARTER, NOON + HOUR, 9.5)
    alarm = caller.cloud.add_alarm(channel, "above", 8.0)
    fleet.logger("1002").low_battery(NOON + HOUR)
    fleet.logger("1003").outage(NOON)
    caller.cloud.press(labor, NOON + timedelta(minutes=1))
    end = NOON + 3 * HOUR
    assert await announcing.announce(NOON, end) == 0
    await caller.written("/callbacks", url=hook.url, type=7)
    assert await announcing.announce(NOON, end) == 5
    kinds = [it.kind for it in caller.cloud.deliveries]
    assert kinds == ["button", "alarm", "alarm", "system", "system"]
    bodies = [body for _, body in hook.got]
    assert b'"state": "out"' in bodies[1]
    assert f'"alarm": {alarm.id}'.encode() in bodies[2]
    begin = NOON + QUARTER + fleet.lag
    moment = timedelta(seconds=1)
    assert await announcing.announce(begin - moment, begin) == 1
    assert await announcing.announce(begin, begin + moment) == 0
    clock.move_to(end)


async def test_a_running_world_announces_by_itself(hook: Hook) -> None:
    fleet = Fleet(RealClock(), speed=900, since=RealClock().now() - timedelta(minutes=1))
    fleet.lag = timedelta()
    gateway = fleet.add_gateway(fleet.add_site("Haus"), "Gateway")
    channel = gateway.add_radio_sensor("Labor", kind=Kind.PRODUCT, limits=FRIDGE).channels[0]
    channel.hold(fleet.clock.now() + timedelta(seconds=1), fleet.clock.now() + HOUR, 9.5)
    cloud = SensoristSimulator(fleet)
    cloud.adopt_limits()
    Announcing(cloud)
    await cloud.start()
    try:
        async with asyncio.timeout(20), aiohttp.ClientSession() as http:
            await Caller(http, cloud).written("/callbacks", url=hook.url, type=2)
            await hook.called.wait()
    finally:
        await cloud.stop()
    assert {it.kind for it in cloud.deliveries} == {"alarm"}
