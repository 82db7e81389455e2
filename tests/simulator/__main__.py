"""Run the simulator alone: `python -m tests.simulator --help`."""

import argparse
import asyncio
from datetime import timedelta
import signal
import sys
from typing import Any

import orjson

from . import (
    GOOD_EMAIL,
    GOOD_KEY,
    GOOD_PASSWORD,
    GOOD_USER,
    MANAGEMENT_PASSWORD,
    MANAGEMENT_USER,
    Announcing,
    Faults,
    Fleet,
    ManagementSimulator,
    Pushing,
    RealClock,
    Saveris2Simulator,
    SaverisDataSimulator,
    SensoristSimulator,
    Simulator,
    demo_fleet,
    saveris_2_token,
)
from .host import CloudHost


def _fault(text: str) -> tuple[str, Any]:
    """Read `name=value`; the value is JSON, anything else is taken as text."""
    name, separator, value = text.partition("=")
    if not separator:
        return name, True
    try:
        return name, orjson.loads(value)
    except orjson.JSONDecodeError:
        return name, value


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.simulator",
        description="A simulated testo cloud with a demonstration fleet.",
        epilog="Faults are listed in tests/simulator/faults.py; /admin/faults changes them later.",
    )
    parser.add_argument(
        "--cloud",
        choices=("smart_connect", "saveris_data", "saveris_2", "sensorist"),
        default="smart_connect",
        help="which cloud it is: one with an API key, a login or a token (%(default)s)",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=8480, help="port of the API (%(default)s)")
    parser.add_argument(
        "--file-port", type=int, default=8481, help="port of the result files (%(default)s)"
    )
    parser.add_argument("--loggers", type=int, default=12, help="size of the fleet (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="another seed, another world")
    parser.add_argument(
        "--speed", type=float, default=1.0, help="how much faster the world lives (%(default)s)"
    )
    parser.add_argument(
        "--days", type=float, default=31, help="how long they have measured (%(default)s)"
    )
    parser.add_argument(
        "--faults", nargs="*", default=[], type=_fault, metavar="NAME=VALUE", help="switches"
    )
    parser.add_argument(
        "--key", default=GOOD_KEY, help="smart_connect: the good API key (%(default)s)"
    )
    parser.add_argument(
        "--username",
        help=f"saveris_data, sensorist: the good login ({GOOD_USER}, or {GOOD_EMAIL})",
    )
    parser.add_argument(
        "--password",
        default=GOOD_PASSWORD,
        help="saveris_data, sensorist: its password (%(default)s)",
    )
    parser.add_argument("--token", help="saveris_2: the good token (default: one is made up)")
    parser.add_argument(
        "--calls", type=int, default=10_000, help="saveris_2: how many it is good for (%(default)s)"
    )
    parser.add_argument(
        "--settings", action="store_true", help="start Device Management over the same fleet, too"
    )
    parser.add_argument("--settings-port", type=int, default=8482, help="its port (%(default)s)")
    arguments = parser.parse_args()
    if min(arguments.speed, arguments.days) <= 0 or arguments.loggers < 1:
        parser.error("--speed, --days and --loggers must be positive")
    return arguments


def _cloud(arguments: argparse.Namespace, fleet: Fleet, faults: Faults) -> tuple[CloudHost, str]:
    """Return the cloud that was asked for, and the lines that say how to come in."""
    if arguments.cloud == "smart_connect":
        key = arguments.key
        return Simulator(fleet, faults=faults, keys=[key]), f"api key:  {key}\n"
    if arguments.cloud == "saveris_2":
        token = arguments.token or saveris_2_token(fleet.tenant_uuid)
        tokens = {token: arguments.calls}
        return Saveris2Simulator(fleet, faults=faults, tokens=tokens), f"token:    {token}\n"
    password = arguments.password
    if arguments.cloud == "sensorist":
        email = arguments.username or GOOD_EMAIL
        sensorist = SensoristSimulator(fleet, faults=faults, users={email: password})
        sensorist.adopt_limits()
        Announcing(sensorist)
        return sensorist, f"email:    {email}\npassword: {password}\n"
    username = arguments.username or GOOD_USER
    data = SaverisDataSimulator(fleet, faults=faults, users={username: password})
    Pushing(data)
    return data, f"username: {username}\npassword: {password}\n"


async def _run(arguments: argparse.Namespace) -> None:
    faults = Faults()
    faults.set(dict(arguments.faults))
    fleet = demo_fleet(
        RealClock(),
        loggers=arguments.loggers,
        seed=arguments.seed,
        speed=arguments.speed,
        history=timedelta(days=arguments.days),
    )
    simulator, credentials = _cloud(arguments, fleet, faults)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    settings = ManagementSimulator(fleet)
    try:
        await simulator.start(arguments.host, arguments.port, arguments.file_port)
        lines = f"base url: {simulator.base_url}\n{credentials}"
        if arguments.settings:
            await settings.start(arguments.host, arguments.settings_port)
            lines += f"settings url:      {settings.base_url}\n"
            lines += f"settings username: {MANAGEMENT_USER}\n"
            lines += f"settings password: {MANAGEMENT_PASSWORD}\n"
        sys.stdout.write(lines)
        sys.stdout.flush()
        await stopped.wait()
    finally:
        await settings.stop()
        await simulator.stop()


def main() -> int:
    """Run until SIGINT or SIGTERM; return the exit status."""
    try:
        asyncio.run(_run(_arguments()))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"simulator: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
