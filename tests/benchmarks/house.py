"""A Home Assistant outside of pytest, with a chain in it, and what its event loop does."""

import asyncio
from asyncio import events
from collections.abc import AsyncIterator, Iterator
import contextlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
import sys
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, thread_time

from aiohttp import ThreadedResolver
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import aiohttp_client, entity_platform
from homeassistant.loader import DATA_CUSTOM_COMPONENTS
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_test_home_assistant

from custom_components.testo_smart_connect.clouds.jobs.smart_connect import SmartConnect
from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.kinds import base

from .chain import QUARTER, TENANT, Chain, write


class Loop:
    """What the event loop does meanwhile: CPU of the process, and the longest hold."""

    def __init__(self) -> None:
        """Have seen nothing yet."""
        self.cpu = 0.0
        self.hold = 0.0
        self.hold_cpu = 0.0
        """The longest by CPU: what others on the machine take is not in it."""

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Watch every step of the loop until the end of the block."""
        run = events.Handle._run  # noqa: SLF001 - every step passes here

        def timed(handle: events.Handle) -> None:
            begun, cpu = perf_counter(), thread_time()
            run(handle)
            self.hold = max(self.hold, perf_counter() - begun)
            self.hold_cpu = max(self.hold_cpu, thread_time() - cpu)

        events.Handle._run = timed  # type: ignore[method-assign, assignment]  # noqa: SLF001 - see above
        begun = process_time()
        try:
            yield
        finally:
            self.cpu = process_time() - begun
            events.Handle._run = run  # type: ignore[method-assign]  # noqa: SLF001 - as it was


@contextlib.asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[str]:
    """Serve a folder from a process of its own; give its address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.benchmarks.chain", str(folder)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        port = int(await process.stdout.readline())
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.wait()


class _Resolver(ThreadedResolver):
    """Names of this machine need no zeroconf, which a Home Assistant in pieces lacks."""

    async def real_close(self) -> None:
        """Let go of nothing."""


@contextlib.asynccontextmanager
async def home() -> AsyncIterator[HomeAssistant]:
    """Run a Home Assistant that allows as many entities as a chain has."""
    # One account may have 10,000; what is measured here is what each of them costs.
    entity_platform.MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY = 1_000_000
    aiohttp_client._async_make_resolver = lambda _hass: _Resolver()  # type: ignore[assignment, return-value]  # noqa: SLF001 - no names are looked up
    with TemporaryDirectory() as config:
        async with async_test_home_assistant(config_dir=config) as hass:
            hass.data.pop(DATA_CUSTOM_COMPONENTS)
            try:
                yield hass
            finally:
                await hass.async_stop(force=True)


async def settle(hass: HomeAssistant) -> None:
    """Wait until nothing is going on."""
    await hass.async_block_till_done(wait_background_tasks=True)


def never_wait() -> None:
    """Let a read follow another at once, and not in a minute."""
    SmartConnect.traits = replace(SmartConnect.traits, least_wait=timedelta())


async def no_pause(_seconds: float) -> None:
    """Ask for the result of a job at once: pauses cost nothing but time."""
    await asyncio.sleep(0)


def account(base_url: str) -> MockConfigEntry:
    """Return the account of a chain."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="Chain",
        unique_id=TENANT,
        data={
            "region": "eu",
            "api_key": "key",
            "base_url": base_url,
            "key_entered": date(2026, 1, 1).isoformat(),
            "key_expires": date(2036, 1, 1).isoformat(),
        },
    )


async def add(hass: HomeAssistant, base_url: str) -> MockConfigEntry:
    """Add the account and wait until everything was read once."""
    setattr(base, "sleep", no_pause)  # noqa: B010 - it is imported there
    entry = account(base_url)
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert entry.state is ConfigEntryState.LOADED
    return entry


def fill(folder: Path, chain: Chain, at: datetime) -> None:
    """Write what the cloud knows at a moment."""
    write(folder / "v3-devices-properties.gz", chain.properties())
    write(folder / "v4-devices-status.gz", chain.status(at))
    write(folder / "v2-measurements.gz", chain.measurements([at]))


def quarter_before(moment: datetime) -> datetime:
    """Return the last full quarter of an hour."""
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


NOW = quarter_before(datetime.now(UTC)) - QUARTER
LATER = NOW + timedelta(minutes=5)
