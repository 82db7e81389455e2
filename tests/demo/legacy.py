# ruff: noqa: EM102, TRY003 - a DemoError is made for its text
"""An account of testo Saveris 2: what it has to show, and its move to Smart Connect."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from math import isclose
from time import monotonic
from typing import Any

from tests.simulator import Channel, Fleet, Logger
from tests.simulator.devices import Device

from .account import follow, submit
from .cloud import Cloud
from .errors import DemoError
from .expect import Truth
from .home import Home
from .registry import Snapshot, look

MARK = "@saveris_2"
_FLOW = "/api/config/config_entries/flow"
_PATIENCE = 90.0
_PAUSE = 2.0
_DIGITS = 3
_OFTEN = timedelta(hours=1)


def channels(logger: Logger) -> list[Channel]:
    """Return what Saveris 2 has of a logger, in its order."""
    found = (channel for sensor in logger.sensors for channel in sensor.channels)
    return [channel for channel in found if channel.spec.derive is None]


def old_id(channel: Channel) -> str:
    """Return the unique id of a channel before the move."""
    logger = channel.sensor.device
    assert isinstance(logger, Logger)
    return f"{logger.serial}{MARK}_{logger.serial}_{channels(logger).index(channel)}"


def new_id(channel: Channel) -> str:
    """Return the same after it."""
    return f"{channel.sensor.device.serial}_{channel.sensor.serial}_{channel.number}"


def _loggers(fleet: Fleet) -> list[Logger]:
    """Return the loggers that have ever measured: Saveris 2 tells of no others."""
    return [logger for logger in fleet.loggers if logger.active(datetime.now(UTC))]


def _may_be_silent(device: Device) -> bool:
    """Tell whether the newest value of a logger may be too old: it sends once a day."""
    return device.communication > _OFTEN


async def look_at_old(home: Home, cloud: Cloud, entry_id: str) -> Snapshot:
    """Wait until all loggers are there, each channel with a true value."""
    truth, deadline = Truth(cloud), monotonic() + _PATIENCE
    while True:
        await truth.refresh()
        snapshot = await look(home, entry_id)
        wrong = [*_wrong(cloud.fleet, truth, snapshot)]
        if not wrong:
            return snapshot
        if monotonic() > deadline:
            raise DemoError(f"{wrong[0]} (and {len(wrong) - 1} more)")
        await asyncio.sleep(_PAUSE)


def _wrong(fleet: Fleet, truth: Truth, snapshot: Snapshot) -> Iterator[str]:
    loggers = _loggers(fleet)
    called = [logger.name for logger in loggers]
    for logger in loggers:
        device = snapshot.devices.get(f"{logger.serial}{MARK}")
        end = f" ({logger.serial[-_DIGITS:]})" if called.count(logger.name) > 1 else ""
        if device is None or device.name != logger.name + end:
            yield f"the device {logger.serial} is {device and device.name}, not {logger.name}{end}"
            continue
        if device.area != logger.site.name:
            yield f"the device {device.name} is in area {device.area}, not in {logger.site.name}"
        for channel in channels(logger):
            entity = snapshot.entities.get(old_id(channel))
            values = truth.values(new_id(channel))
            state = entity.state if entity else None
            if state in {None, "unknown"}:
                yield f"{old_id(channel)} of {logger.name} is {state}"
            elif state == "unavailable":
                if not _may_be_silent(logger):
                    yield f"{old_id(channel)} of {logger.name} is {state}"
            elif not any(isclose(float(str(state)), value, abs_tol=0.01) for value in values):
                yield f"{old_id(channel)} of {logger.name} is {state}, not one of {values}"


async def move(home: Home, cloud: Cloud, entry_id: str) -> str:
    """Move the account as a user does; return what the preview says."""
    assert cloud.successor is not None
    menu = await home.post(_FLOW, {"handler": "testo_smart_connect", "entry_id": entry_id})
    form = await home.post(f"{_FLOW}/{menu['flow_id']}", {"next_step_id": "migrate"})
    login: Mapping[str, Any] = {"region": "eu", **cloud.successor.login}
    preview = await submit(home, form, dict(login))
    if preview.get("step_id") != "migrate_preview":
        raise DemoError(f"there is no preview of the move: {preview}")
    told: dict[str, str] = preview["description_placeholders"]
    done = await follow(home, await home.post(f"{_FLOW}/{preview['flow_id']}", {}), _FLOW)
    if done.get("reason") != "moved":
        raise DemoError(f"the account was not moved: {done}")
    return told["table"]


async def look_at_moved(
    home: Home, cloud: Cloud, entry_id: str, before: Snapshot
) -> tuple[int, int]:
    """Wait until what was matched shows values again; return that, and of how many channels."""
    every = [channel for logger in _loggers(cloud.fleet) for channel in channels(logger)]
    deadline = monotonic() + _PATIENCE
    while True:
        after = await look(home, entry_id)
        by_name = {entity.entity_id: entity for entity in after.entities.values()}
        same, wrong = 0, []
        for channel in every:
            entity = by_name.get(before.entities[old_id(channel)].entity_id)
            if entity is None:
                wrong.append(f"{before.entities[old_id(channel)].entity_id} is lost")
            elif entity.unique_id == new_id(channel):
                same += 1
                if entity.state == "unavailable" and not _may_be_silent(channel.sensor.device):
                    wrong.append(f"{entity.entity_id} has no value after the move")
        if not wrong and same:
            return same, len(every)
        if monotonic() > deadline:
            raise DemoError(wrong[0] if wrong else "nothing was moved")
        await asyncio.sleep(_PAUSE)
