"""The admin endpoint and the command line."""

import asyncio
from datetime import timedelta
from pathlib import Path
import signal
import sys
from typing import Any

import orjson
import pytest

from tests.simulator import Fleet, Logger, RadioSensor
from tests.simulator.curves import Rhythm

from .conftest import NOON, Client

ROOT = Path(__file__).parents[2]


async def admin(client: Client, method: str, path: str, body: object = None) -> tuple[int, Any]:
    """Call the admin endpoint, without any key."""
    url = f"{client.simulator.base_url}/admin/{path}"
    data = None if body is None else orjson.dumps(body)
    async with client.http.request(method, url, data=data) as response:
        return response.status, orjson.loads(await response.read())


async def test_faults(client: Client) -> None:
    """Switches can be read and changed."""
    status, faults = await admin(client, "PATCH", "faults", {"server_error": 503, "only": ["poll"]})
    assert (status, faults["server_error"], faults["only"]) == (200, 503, ["poll"])
    assert client.simulator.faults.server_error == 503
    assert (await admin(client, "GET", "faults"))[1] == faults
    status, answer = await admin(client, "PATCH", "faults", {"nonsense": 1})
    assert (status, answer) == (400, {"error": "unknown fault: nonsense"})


@pytest.mark.parametrize("body", [[], "text", {"serial": "nobody", "value": 1}, {}])
async def test_bad_commands(client: Client, body: object) -> None:
    """What cannot be done is said in one line."""
    status, answer = await admin(client, "POST", "hold", body)
    assert (status, list(answer)) == (400, ["error"])


async def test_unknown_command(client: Client) -> None:
    """An unknown command lists the known ones."""
    status, answer = await admin(client, "POST", "explode", {})
    assert status == 404
    assert "outage" in answer["error"]


async def test_readings(client: Client, fleet: Fleet, logger: Logger) -> None:
    """What was measured can be asked for, so far as the cloud has it."""
    sensor = logger.sensors[0]
    query = f"serial={sensor.serial}&channel=1"
    before, after = NOON - timedelta(hours=2), NOON + timedelta(hours=2)
    start, end = (f"{it:%Y-%m-%dT%H:%M:%SZ}" for it in (before, after))
    status, found = await admin(client, "GET", f"readings?{query}&start={start}&end={end}")
    true = [
        it
        for it in fleet.readings(before, after, visible_at=fleet.clock.now())
        if it.channel is sensor.channels[0]
    ]
    assert status == 200
    assert [row["value"] for row in found] == [it.value for it in true]
    assert found[0]["at"] == f"{true[0].at:%Y-%m-%dT%H:%M:%SZ}"
    assert (await admin(client, "GET", f"readings?{query}"))[0] == 400


async def test_a_channel_can_be_calmed(client: Client, logger: Logger) -> None:
    """Nothing happens to it by itself any more."""
    sensor, channel = logger.sensors[0], logger.sensors[0].channels[0]
    channel.rhythm = Rhythm(timedelta(hours=1), timedelta(minutes=50), 9.0, salt=1)
    assert (await admin(client, "POST", "calm", {"serial": sensor.serial}))[0] == 200
    assert channel.rhythm is None


async def test_scripting(client: Client, fleet: Fleet, logger: Logger) -> None:
    """The demonstration can be scripted from outside."""
    sensor = logger.sensors[0].serial
    until = (NOON + timedelta(hours=1)).isoformat()
    for command, body in (
        ("hold", {"serial": sensor, "value": 9.5, "minutes": 60}),
        ("outage", {"serial": "1002", "end": until}),
        ("power_loss", {"serial": "1003", "start": NOON.isoformat(), "minutes": 5}),
        ("low_battery", {"serial": "1003"}),
        ("break_sensor", {"serial": "3001", "minutes": 5}),
        ("rename", {"serial": "1003", "name": "Neu"}),
        ("set_unit", {"serial": "3002", "unit": "%"}),
        ("set_active", {"serial": "2001", "active": False}),
    ):
        assert await admin(client, "POST", command, {"start": NOON.isoformat()} | body) == (
            200,
            {"done": True},
        )
    assert logger.sensors[0].channels[0].value(NOON) == 9.5
    assert fleet.logger("1002").contact(NOON) == NOON + timedelta(hours=1)
    assert fleet.logger("1003").name == "Neu"
    assert fleet.sensor("3002").channels[0].unit == "%"
    assert not fleet.device("2001").active(NOON)
    assert isinstance(fleet.sensor("3001"), RadioSensor)
    kinds = [it.kind for it in fleet.transitions(NOON, NOON + timedelta(minutes=1))]
    assert sorted(kinds) == ["device", "device", "sensor"]
    assert (await admin(client, "POST", "remove_limits", {"serial": "1001"}))[0] == 200
    assert logger.measuring_object.limits(NOON) == ()
    assert (await admin(client, "POST", "remove_limits", {"serial": "2001"}))[0] == 400
    assert (await admin(client, "POST", "remove", {"serial": "1003"}))[0] == 200
    assert len(fleet.loggers) == 2


async def test_truth(client: Client, logger: Logger) -> None:
    """The truth tells open alarms and the newest visible readings of any instant."""
    channel = logger.sensors[0].channels[0]
    channel.hold(NOON - timedelta(hours=1), NOON + timedelta(hours=1), 7.5)
    _, truth = await admin(client, "GET", "truth")
    (alarm,) = truth["active_alarms"]
    assert (alarm["serial"], alarm["severity"]) == (logger.sensors[0].serial, "Warning")
    assert truth["latest"][0]["value"] == 7.5
    assert truth["latest"][0]["at"] == "2026-07-01T12:00:00Z"
    assert len(truth["latest"]) == 9
    _, truth = await admin(client, "GET", "truth?at=2026-07-01T10:07:00Z")
    assert truth["active_alarms"] == []
    assert truth["latest"][0]["at"] == "2026-07-01T10:00:00Z"


async def test_requests(client: Client) -> None:
    """Requests can be looked up; those to the admin endpoint do not count."""
    await client.post("/v1/locations")
    _, requests = await admin(client, "GET", "requests")
    assert [(it["method"], it["path"]) for it in requests] == [("POST", "/v1/locations")]


async def command_line(*arguments: str) -> asyncio.subprocess.Process:
    """Start the simulator as a program."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.simulator",
        *arguments,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_command_line(client: Client) -> None:
    """The program says where it is, serves, and ends on SIGTERM."""
    process = await command_line(
        "--port", "0", "--file-port", "0", "--key", "secret", "--speed", "60",
        "--faults", "run_time=0", "status_v4_absent", "submit_status=In Progress",
    )  # fmt: skip
    assert process.stdout is not None
    url = (await process.stdout.readline()).decode().split()[-1]
    assert (await process.stdout.readline()).decode().split()[-1] == "secret"
    headers = {"x-custom-api-key": "secret"}
    async with client.http.post(f"{url}/v1/locations", data=b"{}", headers=headers) as response:
        assert (await response.json())["status"] == "In Progress"
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0


async def test_command_line_of_the_other_cloud(client: Client) -> None:
    """The program says how to sign in."""
    process = await command_line(
        "--cloud", "saveris_data", "--port", "0", "--file-port", "0",
        "--username", "chef", "--password", "salt", "--faults", "token_name=token",
    )  # fmt: skip
    assert process.stdout is not None
    lines = [(await process.stdout.readline()).decode().split()[-1] for _ in range(3)]
    url, login = lines[0], {"username": lines[1], "password": lines[2]}
    assert login == {"username": "chef", "password": "salt"}
    async with client.http.post(f"{url}/v1/token", data=orjson.dumps(login)) as response:
        token = (await response.json())["token"]
    headers = {"Authorization": f"Bearer {token}"}
    async with client.http.post(f"{url}/v3/tasks", data=b"{}", headers=headers) as response:
        assert (await response.json())["status"] == "Submitted"
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0


async def test_command_line_help() -> None:
    """It names the clouds and what opens them."""
    process = await command_line("--help")
    told, _ = await process.communicate()
    for word in (b"--cloud", b"saveris_data", b"--username", b"--password", b"--key"):
        assert word in told


async def test_command_line_errors(client: Client) -> None:
    """A taken port and a wrong switch are one line on stderr."""
    port = client.simulator.base_url.rpartition(":")[2]
    for arguments in (("--port", port), ("--port", "0", "--faults", "nonsense=1")):
        process = await command_line(*arguments)
        _, error = await process.communicate()
        assert process.returncode == 1
        assert error.startswith(b"simulator: ")
        assert error.count(b"\n") == 1


async def test_command_line_with_settings(client: Client) -> None:
    """The same fleet can be changed at another port, with a login of its own."""
    process = await command_line(
        "--port", "0", "--file-port", "0", "--settings", "--settings-port", "0"
    )
    assert process.stdout is not None
    lines = [(await process.stdout.readline()).decode().split()[-1] for _ in range(5)]
    url, login = lines[2], {"username": lines[3], "password": lines[4]}
    async with client.http.post(f"{url}/token", data=orjson.dumps(login)) as response:
        token = (await response.json())["IdToken"]
    headers = {"Authorization": f"Bearer {token}"}
    site = {"site": "Museum Bern"}
    async with client.http.get(f"{url}/devices", params=site, headers=headers) as response:
        assert [it["name"] for it in (await response.json())["devices"]]
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
