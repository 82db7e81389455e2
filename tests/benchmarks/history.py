"""What missing and old readings and imports cost: the event loop must not wait for them."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.recorder import async_initialize_recorder
from homeassistant.setup import async_setup_component
import orjson

from custom_components.testo_smart_connect.account.account import Account
from custom_components.testo_smart_connect.account.issues import async_show_issues
from custom_components.testo_smart_connect.account.memory import to_data
from custom_components.testo_smart_connect.account.store import ledger_path
from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.coordinators.backfill import BackfillCoordinator
from custom_components.testo_smart_connect.history.batch import Batch
from custom_components.testo_smart_connect.history.ledger import Ledger
from custom_components.testo_smart_connect.monitoring.codec import dump
from custom_components.testo_smart_connect.monitoring.model import Reading

from .chain import TENANT, Chain
from .house import NOW, Loop, add, fill, home, serving, settle

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_OFF = 20 * _DAY
_YEARS = 3 * 365 * _DAY


async def measure(loggers: int, off: int, scattered: int) -> dict[str, float]:
    """Return seconds of CPU and of the longest hold of the loop, and bytes of the store."""
    found: dict[str, float] = {"off": float(off), "scattered": float(scattered)}
    for size, name in ((off // 10, "few"), (off, "many")):
        chain = Chain(size)
        async with _account(chain, silent=True) as (_, account):
            found |= {f"{name}_{key}": value for key, value in (await _gaps(account)).items()}
    async with _account(Chain(10)) as (_, account):
        for number, name in ((scattered // 10, "few"), (scattered, "many")):
            loop = Loop()
            days = {f"{place}": [NOW - 2 * place * _DAY] for place in range(1, number + 1)}
            with loop.watched():
                for _ in range(2):
                    await account.queue.reread(days)
            await asyncio.sleep(0)
            found |= {f"{name}_old_cpu": loop.cpu, f"{name}_old_hold": loop.hold}
            account.memory.ranges = ()
    async with _account(Chain(loggers), recorder=True) as (hass, account):
        found |= await _import(hass, account)
    return found


@contextlib.asynccontextmanager
async def _account(
    chain: Chain, *, silent: bool = False, recorder: bool = False
) -> AsyncIterator[tuple[HomeAssistant, Account]]:
    """Give an account, of loggers that were silent until now, or in a house with a recorder."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, chain, NOW)
        async with serving(folder) as base_url, home() as hass:
            if recorder:
                async_initialize_recorder(hass)
                config: dict[str, Any] = {
                    "recorder": {"db_url": f"sqlite:///{folder / 'house.db'}"}
                }
                assert await async_setup_component(hass, "recorder", config)
            if silent:
                await hass.async_add_executor_job(_keep, ledger_path(hass, TENANT), chain)
            entry = await add(hass, base_url)
            # From inside: single steps are measured that nothing outside starts alone.
            yield hass, entry.runtime_data
            await hass.config_entries.async_unload(entry.entry_id)


def _keep(path: Path, chain: Chain) -> None:
    """Keep the last hour before a time without a network."""
    ledger = Ledger(path)
    ledger.begin(NOW - _OFF - _DAY)
    ledger.add(
        [
            Batch.of(
                Reading(
                    uuid=f"{sensor}{number}{quarter}",
                    sensor_uuid=sensor,
                    channel=number,
                    at=NOW - _OFF - quarter * _HOUR / 4,
                    value=5.0,
                )
                for sensor, number in chain.channels
                for quarter in range(4)
            )
        ]
    )
    ledger.close()


async def _gaps(account: Account) -> dict[str, float]:
    """Look for gaps, and tell of those that last."""
    loop, cycle, memory = Loop(), BackfillCoordinator(account), account.memory
    with loop.watched():
        await cycle._look_for_gaps(NOW + _HOUR)  # noqa: SLF001 - what the cycle does each hour
    await asyncio.sleep(0)  # what follows belongs to another step
    assert len(memory.gaps) >= _OFF // _DAY
    memory.gaps = tuple(replace(gap, asked=1, seen=gap.seen - 9 * _DAY) for gap in memory.gaps)
    begun = process_time()
    async_show_issues(account)
    shown = process_time() - begun
    return {
        "gaps_cpu": loop.cpu + shown,
        "gaps_hold": max(loop.hold, shown),
        "gaps_bytes": float(len(orjson.dumps(dump(memory.gaps)))),
    }


async def _import(hass: HomeAssistant, account: Account) -> dict[str, float]:
    """Begin to import the longest time of all sensors."""
    before, loop = len(orjson.dumps(to_data(account.memory))), Loop()
    start = {"start": (NOW - _YEARS).isoformat()}
    with loop.watched():
        # As a user or an automation does, in a task of its own.
        task = hass.async_create_task(
            hass.services.async_call(DOMAIN, "import_history", start, blocking=True)
        )
        await task
    await asyncio.sleep(0)
    (begun,) = account.memory.imports.values()
    grown = len(orjson.dumps(to_data(account.memory))) - before
    await settle(hass)
    return {"jobs": float(begun.jobs), "import_hold": loop.hold, "import_bytes": float(grown)}
