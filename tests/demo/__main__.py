"""Run the demonstration: `python -m tests.demo --help`."""

import argparse
import asyncio
from collections.abc import Callable, Coroutine, Iterator
import contextlib
from pathlib import Path
import signal
import sys
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from aiohttp import ClientError, ClientSession

from .account import add_account
from .automation import NAME, add_automation
from .check import Check, table
from .child import usable_port
from .cloud import SETTINGS_LAPSE, TIME_LAPSE, Cloud
from .dashboard import PATH, add_dashboard
from .errors import DemoError
from .expect import tally
from .handed_over import HandedOver
from .home import PASSWORD, USER, Home
from .late_day import LateDay
from .legacy import look_at_moved, look_at_old, move
from .past import make_past
from .registry import look
from .reports import PATH as REPORTS
from .reports import add_reports
from .sensorist import SensoristCheck
from .settings import SettingsCheck, add_settings

_PORT = 8123


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="A real Home Assistant with a simulated testo cloud; Ctrl-C ends both.",
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument(
        "--check",
        action="store_true",
        help="look whether every entity is there, an alarm is told and a report true, then end",
    )
    mode.add_argument(
        "--real-time",
        action="store_true",
        help="live as fast as the clock, with two months behind a fridge and a day that comes late",
    )
    parser.add_argument(
        "--cloud",
        choices=("smart_connect", "saveris_data", "saveris_2", "sensorist"),
        default="smart_connect",
        help="which kind of account it has (%(default)s)",
    )
    parser.add_argument(
        "--settings",
        action="store_true",
        help="with a login for the settings of loggers, which may change them;"
        " with --check this is what is looked at",
    )
    parser.add_argument(
        "--port", type=int, help=f"port of Home Assistant; 0: any free one (default: {_PORT})"
    )
    parser.add_argument(
        "--config", type=Path, help="folder to keep for Home Assistant (default: a temporary one)"
    )
    arguments = parser.parse_args()
    if arguments.settings and arguments.cloud not in {"smart_connect", "saveris_data"}:
        parser.error(f"--settings: there are none for {arguments.cloud}")
    if arguments.settings and arguments.real_time:
        parser.error("--settings lives faster than the clock: not with --real-time")
    return arguments


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@contextlib.contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        try:
            kept.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"the folder {kept} cannot be used: {error.strerror}"
            raise DemoError(message) from None
        yield kept.resolve()
        return
    with TemporaryDirectory(prefix="testo-demo-", ignore_cleanup_errors=True) as name:
        yield Path(name)


async def _run(arguments: argparse.Namespace, folder: Path) -> None:
    begun = monotonic()
    default = 0 if arguments.check else _PORT
    port = usable_port(default if arguments.port is None else arguments.port)
    async with ClientSession() as http, contextlib.AsyncExitStack() as parts:
        _say("Starting the simulated cloud and Home Assistant ...")
        # Saveris 2 is read every quarter of an hour at most, which would be half a day there.
        slowly = arguments.real_time or arguments.cloud == "saveris_2"
        lapse = SETTINGS_LAPSE if arguments.settings else TIME_LAPSE
        speed = 1 if slowly else lapse
        cloud = await Cloud.start(arguments.cloud, folder, speed, http, settings=arguments.settings)
        parts.push_async_callback(cloud.stop)
        home = await _together(Home.start(folder, port, http), cloud)
        parts.push_async_callback(home.stop)
        run = _run_of(arguments)
        await _together(run(home, cloud), cloud, home)
        if arguments.check:
            _say(f"All there after {monotonic() - begun:.0f} s.")


def _run_of(arguments: argparse.Namespace) -> Callable[[Home, Cloud], Coroutine[Any, Any, None]]:
    """Return what to do, by what was asked for."""
    if arguments.cloud == "saveris_2":
        return _check_move if arguments.check else _show_old
    if arguments.cloud == "sensorist":
        return _check_sensorist if arguments.check else _show_sensorist
    if arguments.settings:
        return _check_settings if arguments.check else _show_settings
    if arguments.check:
        return _check
    return _show_real_time if arguments.real_time else _show


async def _together[T](work: Coroutine[Any, Any, T], *parts: Cloud | Home) -> T:
    """Do something, as long as all parts live: the part that died is the cause to name."""
    ends = [
        asyncio.create_task((part.child if isinstance(part, Cloud) else part).fail_when_ended())
        for part in parts
    ]
    task = asyncio.create_task(work)
    try:
        await asyncio.wait((task, *ends), return_when=asyncio.FIRST_COMPLETED)
        if task.done() and task.exception() is not None:
            # A connection breaks a moment before its process is seen to have ended.
            await asyncio.wait(ends, timeout=0.5, return_when=asyncio.FIRST_COMPLETED)
        for end in ends:
            if end.done():
                await end
        return await task
    finally:
        for each in (task, *ends):
            each.cancel()
        await asyncio.gather(task, *ends, return_exceptions=True)


async def _set_up(home: Home, cloud: Cloud) -> str:
    _say("Adding the account through the config flow ...")
    entry_id = await add_account(home, cloud)
    if cloud.kind != "sensorist":
        # Without sites there are no areas for it.
        await add_automation(home, cloud)
    return entry_id


async def _show(home: Home, cloud: Cloud) -> None:
    entry_id = await _set_up(home, cloud)
    check = Check(home, cloud, entry_id)
    _say("Waiting for the first readings ...")
    snapshot, _ = await check.everything()
    await add_dashboard(home, cloud.speed)
    await add_reports(home, cloud, snapshot)
    _tell(
        home,
        cloud,
        "An hour of this world takes a minute: an alarm comes and goes every four minutes.\n"
        f"The automation “{NAME}”, made from the blueprint, tells alarms as notifications.\n",
    )
    await asyncio.Event().wait()


async def _show_settings(home: Home, cloud: Cloud) -> None:
    entry_id = await _set_up(home, cloud)
    site = await add_settings(home, cloud, entry_id)
    _say("Waiting for the first settings ...")
    await SettingsCheck(home, cloud, entry_id, site).everything()
    await add_dashboard(home, cloud.speed)
    _tell(
        home,
        cloud,
        f"An hour of this world takes {60 / cloud.speed:g} minutes.\n"
        f"The cycles of the loggers at {site.name} can be set on their pages.\n",
    )
    await asyncio.Event().wait()


async def _check_settings(home: Home, cloud: Cloud) -> None:
    entry_id = await _set_up(home, cloud)
    site = await add_settings(home, cloud, entry_id)
    check = SettingsCheck(home, cloud, entry_id, site)
    _say("Waiting for every cycle and slot to show a true value ...")
    snapshot, count = await check.everything()
    for line in table(snapshot):
        if "_cycle" in line or "_slot_" in line:
            _say(line)
    _say("Changing a cycle, and waiting until the logger knows ...")
    changed = await check.change()
    _say(
        f"{count} cycles and slots at {site.name} as the simulated world has them;"
        f" {changed} was changed, was pending and took effect."
    )


async def _show_old(home: Home, cloud: Cloud) -> None:
    entry_id = await _set_up(home, cloud)
    _say("Waiting for the first values ...")
    await look_at_old(home, cloud, entry_id)
    await add_dashboard(home, cloud.speed)
    assert cloud.successor is not None
    _tell(
        home,
        cloud,
        "This world is as slow as the clock, because the calls of Saveris 2 are counted.\n"
        f"Smart Connect has the same loggers: {cloud.successor.base_url}  "
        f"({_login(cloud.successor)}).\n"
        "Settings → System → Repairs shows the way there.\n",
    )
    await asyncio.Event().wait()


async def _check_move(home: Home, cloud: Cloud) -> None:
    entry_id = await _set_up(home, cloud)
    _say("Waiting for every channel to show a true value ...")
    before = await look_at_old(home, cloud, entry_id)
    calls = len(await cloud.requests())
    for line in table(before):
        _say(line)
    _say("Moving to Smart Connect ...")
    for line in (await move(home, cloud, entry_id)).splitlines():
        _say(line)
    same, channels = await look_at_moved(home, cloud, entry_id, before)
    asked = len(await cloud.requests()) - calls
    _say(
        f"{len(before.devices)} devices, {len(before.entities)} entities; {same} of {channels} "
        f"channels are the same entities in Smart Connect, with {asked} calls to Saveris 2."
    )


async def _show_sensorist(home: Home, cloud: Cloud) -> None:
    entry_id = await _set_up(home, cloud)
    _say("Waiting for the first values ...")
    await SensoristCheck(home, cloud, entry_id).everything()
    await add_dashboard(home, cloud.speed)
    _tell(
        home,
        cloud,
        "An hour of this world takes a minute; values come every quarter of an hour,"
        " or when somebody asks for them.\n",
    )
    await asyncio.Event().wait()


async def _check_sensorist(home: Home, cloud: Cloud) -> None:
    entry_id = await _set_up(home, cloud)
    check = SensoristCheck(home, cloud, entry_id)
    _say("Waiting for every data source to show a true value ...")
    snapshot = await check.everything()
    _say("Waiting for an alarm to come and go ...")
    freezer = cloud.fleet.loggers[2].sensors[0].channels[0]
    told = await check.alarm(freezer, harmful=-8.0, harmless=-20.0)
    for line in table(await look(home, entry_id)):
        _say(line)
    await check.patience()
    _say(
        f"{len(snapshot.devices)} devices, {len(snapshot.entities)} entities with true values; "
        f"{told} came and went; no request came too early."
    )


async def _show_real_time(home: Home, cloud: Cloud) -> None:
    past = await make_past(cloud)
    late = await LateDay.begin(cloud)
    entry_id = await _set_up(home, cloud)
    _say("Waiting for the first readings ...")
    snapshot, _ = await Check(home, cloud, entry_id).everything(but=late.serial)
    await add_dashboard(home, cloud.speed)
    await add_reports(home, cloud, snapshot)
    await late.show(home, snapshot)
    _tell(home, cloud, past + late.text())
    await asyncio.Event().wait()


def _login(cloud: Cloud) -> str:
    told = (f"{name} {value}" for name, value in cloud.login.items() if name != "advanced")
    return ", ".join(told)


def _tell(home: Home, cloud: Cloud, more: str) -> None:
    _say(
        f"\nHome Assistant:  {home.url}  (user {USER}, password {PASSWORD})\n"
        f"Dashboard:       {home.url}/{PATH}\n"
        f"Reports:         {home.url}/{REPORTS}\n"
        f"Simulated cloud: {cloud.base_url}  ({_login(cloud)})\n"
        f"Log:             {home.log}\n"
        f"{more}"
        "Ctrl-C ends it."
    )


async def _check(home: Home, cloud: Cloud) -> None:
    entry_id = await _set_up(home, cloud)
    check = Check(home, cloud, entry_id)
    freezer = cloud.fleet.loggers[2].sensors[0].serial
    await check.calm(freezer)
    await cloud.hold(freezer, -8.0)
    _say("Waiting for every entity to show a true value ...")
    snapshot, wanted = await check.everything()
    await add_dashboard(home, cloud.speed)
    await add_reports(home, cloud, snapshot)
    _say("Waiting for a report, a CSV and a PDF file ...")
    handed_over = await HandedOver(home, cloud, snapshot).check()
    _say("Waiting for an alarm to come and go ...")
    told = await check.alarm(freezer, harmless=-20.0)
    for line in table(await look(home, entry_id)):
        _say(line)
    _say(
        f"{len(snapshot.devices)} devices, {len(snapshot.entities)} entities ({tally(wanted)}) "
        f"as the simulated world has them; {told.entity_id} came and went."
    )
    _say(f"The automation {NAME} told it: {told.raised}, then {told.cleared}.")
    _say(handed_over)


async def _until_signal(arguments: argparse.Namespace, folder: Path) -> bool:
    """Run until the end or a signal; return whether it came to its own end."""
    work = asyncio.create_task(_run(arguments, folder))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    try:
        await work
    except asyncio.CancelledError:
        return False
    return True


def main() -> int:
    """Run until everything is checked or SIGINT or SIGTERM comes; return the exit status."""
    arguments = _arguments()
    try:
        with _folder(arguments.config) as folder:
            finished = asyncio.run(_until_signal(arguments, folder))
    except (DemoError, ClientError, OSError, TimeoutError) as error:
        text = " ".join(str(error).split()) or type(error).__name__
        sys.stderr.write(f"demo: {text}\n")
        return 1
    if not finished and arguments.check:
        sys.stderr.write("demo: interrupted before everything was checked\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
