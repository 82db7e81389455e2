"""The admin endpoint: switches, truth and scripting for demonstrations; loopback only."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from aiohttp import web
import orjson

from . import texts
from .devices import Logger
from .fleet import Fleet
from .spans import FAR

if TYPE_CHECKING:
    from .alarms import Transition
    from .host import CloudHost
    from .logins import LoginHost
    from .saveris_2 import Saveris2Simulator
    from .sensorist import SensoristSimulator
    from .server import Simulator

type Handler = Callable[[web.Request], Awaitable[web.Response]]
type Command = Callable[[Fleet, dict[str, Any]], None]


def admin_routes(cloud: CloudHost) -> list[web.RouteDef]:
    """Return the routes below `/admin` that every cloud has."""
    fleet = cloud.fleet

    async def get_faults(_: web.Request) -> web.Response:
        return _answer(cloud.faults.plain())

    async def patch_faults(request: web.Request) -> web.Response:
        cloud.faults.set(await _body(request))
        return _answer(cloud.faults.plain())

    async def get_requests(_: web.Request) -> web.Response:
        return _answer([asdict(record) for record in cloud.requests])

    async def get_truth(request: web.Request) -> web.Response:
        at = fleet.clock.now()
        if "at" in request.query:
            at = texts.parse(request.query["at"])
        return _answer(truth(fleet, at))

    async def get_readings(request: web.Request) -> web.Response:
        channel = fleet.sensor(request.query["serial"]).channel(int(request.query["channel"]))
        start, end = (texts.parse(request.query[name]) for name in ("start", "end"))
        found = channel.sensor.readings(start, end, fleet.lag)
        return _answer(
            [
                {"at": texts.utc(it.at), "value": it.value}
                for it in found
                if it.channel is channel and it.visible_at <= fleet.clock.now()
            ]
        )

    async def post_command(request: web.Request) -> web.Response:
        command = _COMMANDS.get(request.match_info["command"])
        if command is None:
            return _answer({"error": f"commands: {', '.join(_COMMANDS)}"}, 404)
        command(fleet, await _body(request))
        return _answer({"done": True})

    return [
        web.get("/admin/faults", _guarded(get_faults)),
        web.patch("/admin/faults", _guarded(patch_faults)),
        web.get("/admin/requests", _guarded(get_requests)),
        web.get("/admin/truth", _guarded(get_truth)),
        web.get("/admin/readings", _guarded(get_readings)),
        web.post("/admin/{command}", _guarded(post_command)),
    ]


def key_routes(simulator: Simulator) -> list[web.RouteDef]:
    """Return the route that changes the good keys."""

    async def put_keys(request: web.Request) -> web.Response:
        simulator.keys = tuple(str(key) for key in (await _body(request))["keys"])
        return _answer({"done": True})

    return [web.put("/admin/keys", _guarded(put_keys))]


def login_routes(simulator: LoginHost) -> list[web.RouteDef]:
    """Return the routes that change the good users, and that end all tokens."""

    async def put_users(request: web.Request) -> web.Response:
        users = (await _body(request))["users"]
        simulator.users = {str(name): str(password) for name, password in users.items()}
        return _answer({"done": True})

    async def delete_tokens(_: web.Request) -> web.Response:
        simulator.revoke_tokens()
        return _answer({"done": True})

    return [
        web.put("/admin/users", _guarded(put_users)),
        web.delete("/admin/tokens", _guarded(delete_tokens)),
    ]


def call_routes(simulator: Saveris2Simulator) -> list[web.RouteDef]:
    """Return the routes that change the good tokens, and how many calls they have left."""

    async def put_tokens(request: web.Request) -> web.Response:
        simulator.set_tokens([str(token) for token in (await _body(request))["tokens"]])
        return _answer({"done": True})

    async def put_calls(request: web.Request) -> web.Response:
        simulator.calls_left = int((await _body(request))["left"])
        return _answer({"done": True})

    return [
        web.put("/admin/tokens", _guarded(put_tokens)),
        web.put("/admin/calls", _guarded(put_calls)),
    ]


def account_routes(simulator: SensoristSimulator) -> list[web.RouteDef]:
    """Return the routes that change the good accounts, and that tell who came too early."""

    async def put_users(request: web.Request) -> web.Response:
        users = (await _body(request))["users"]
        simulator.users = {str(email): str(password) for email, password in users.items()}
        return _answer({"done": True})

    async def get_early(_: web.Request) -> web.Response:
        return _answer([early._asdict() for early in simulator.early])

    return [
        web.put("/admin/users", _guarded(put_users)),
        web.get("/admin/early", _guarded(get_early)),
    ]


def truth(fleet: Fleet, at: datetime) -> dict[str, Any]:
    """Return what the cloud knows at an instant (UTC): open alarms and newest readings."""
    readings = [(channel, fleet.latest(channel, at)) for channel in fleet.channels]
    return {
        "at": texts.utc_ms(at),
        "active_alarms": [
            _alarm(transition) for transition in fleet.active_alarms(at, visible_at=at)
        ],
        "latest": [
            {
                "device": channel.sensor.device.serial,
                "sensor": channel.sensor.serial,
                "channel": channel.number,
                "name": channel.sensor.name,
                "property": channel.property,
                "extension": channel.extension,
                "unit": channel.unit,
                "value": reading.value,
                "at": texts.utc(reading.at),
            }
            for channel, reading in readings
            if reading is not None
        ],
    }


def _alarm(transition: Transition) -> dict[str, Any]:
    channel = transition.channel
    return {
        "uuid": transition.uuid,
        "serial": transition.serial,
        "condition": transition.condition,
        "severity": transition.severity,
        "property": channel.alarm_property if channel else None,
        "value": transition.value,
        "at": texts.utc(transition.at),
    }


def _guarded(handler: Handler) -> Handler:
    """Answer only to this machine, and name what is wrong with a request in one line."""

    async def handle(request: web.Request) -> web.Response:
        if request.remote is None or not ip_address(request.remote).is_loopback:
            return _answer({"error": "loopback only"}, 403)
        try:
            return await handler(request)
        except KeyError as error:
            return _answer({"error": f"unknown or missing: {error}"}, 400)
        except (TypeError, ValueError) as error:
            return _answer({"error": str(error)}, 400)

    return handle


def _answer(content: object, status: int = 200) -> web.Response:
    body = orjson.dumps(content, option=orjson.OPT_INDENT_2, default=str)
    return web.Response(body=body, status=status, content_type="application/json")


async def _body(request: web.Request) -> dict[str, Any]:
    body = orjson.loads(await request.read())
    if not isinstance(body, dict):
        message = "a JSON object is needed"
        raise TypeError(message)
    return body


def _period(fleet: Fleet, body: dict[str, Any]) -> tuple[datetime, datetime]:
    """Return the period of a command: `start` (default: now) and `end`, `minutes` or for ever."""
    start = texts.parse(body["start"]) if "start" in body else fleet.clock.now()
    if "end" in body:
        return start, texts.parse(body["end"])
    return start, start + timedelta(minutes=body["minutes"]) if "minutes" in body else FAR


def _hold(fleet: Fleet, body: dict[str, Any]) -> None:
    channel = fleet.sensor(body["serial"]).channel(body.get("channel", 1))
    channel.hold(*_period(fleet, body), body["value"])


def _calm(fleet: Fleet, body: dict[str, Any]) -> None:
    fleet.sensor(body["serial"]).channel(body.get("channel", 1)).rhythm = None


def _break_sensor(fleet: Fleet, body: dict[str, Any]) -> None:
    fleet.sensor(body["serial"]).break_sensor(*_period(fleet, body))


def _set_unit(fleet: Fleet, body: dict[str, Any]) -> None:
    channel = fleet.sensor(body["serial"]).channel(body.get("channel", 1))
    fleet.set_unit(channel, body["unit"])


def _remove_limits(fleet: Fleet, body: dict[str, Any]) -> None:
    logger = fleet.device(body["serial"])
    if not isinstance(logger, Logger):
        raise KeyError(body["serial"])
    fleet.set_limits(logger, ())


_COMMANDS: dict[str, Command] = {
    "hold": _hold,
    "calm": _calm,
    "break_sensor": _break_sensor,
    "set_unit": _set_unit,
    "remove_limits": _remove_limits,
    "outage": lambda fleet, body: fleet.device(body["serial"]).outage(*_period(fleet, body)),
    "low_battery": lambda fleet, body: fleet.device(body["serial"]).low_battery(
        *_period(fleet, body)
    ),
    "power_loss": lambda fleet, body: fleet.device(body["serial"]).power_loss(
        *_period(fleet, body)
    ),
    "rename": lambda fleet, body: fleet.rename(body["serial"], body["name"]),
    "remove": lambda fleet, body: fleet.remove(body["serial"]),
    "set_active": lambda fleet, body: fleet.set_active(body["serial"], body["active"]),
}
