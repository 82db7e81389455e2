"""What reports cost: files of 1, 3 and 12 months, and the figures of a month that is kept."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from math import inf, pi, sin
from pathlib import Path
from random import Random
from resource import RUSAGE_SELF, getrusage
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
import tracemalloc
from typing import Any

from custom_components.testo_smart_connect.account.store import ledger_path
from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.documents import html
from custom_components.testo_smart_connect.documents.blocks import Document
from custom_components.testo_smart_connect.documents.content import compose
from custom_components.testo_smart_connect.history.batch import Batch
from custom_components.testo_smart_connect.history.ledger import Ledger
from tests.documents.samples import BERLIN, MADE, climate

from .chain import QUARTER, TENANT, Chain
from .house import NOW, Loop, add, fill, home, serving

MONTHS = (1, 3, 12)
_DAYS = 31
_TIMES = 3
_MEBI = 1 << 20
_ENDS = datetime(2026, 11, 1, tzinfo=BERLIN)
_KIBI = 1024
"""Kibibytes, in which Linux counts, in a mebibyte."""


def documents() -> dict[str, float]:
    """Return seconds of CPU, mebibytes and bytes of files about two channels."""
    found: dict[str, float] = {}
    first = _about(1)
    begun, before = process_time(), getrusage(RUSAGE_SELF).ru_maxrss
    from custom_components.testo_smart_connect.documents import (  # noqa: PLC0415 - ReportLab is part of it
        pdf,
    )

    _whole(first, pdf.render)
    found["first_seconds"] = process_time() - begun
    found["first_memory"] = (getrusage(RUSAGE_SELF).ru_maxrss - before) / _KIBI
    for months in MONTHS:
        write = _about(months)
        for name, render in (("pdf", pdf.render), ("html", html.render)):
            work = partial(_whole, write, render)
            work()  # what is imported and read once belongs to no file
            seconds = inf
            for _ in range(_TIMES):
                begun = process_time()
                size = len(work())
                seconds = min(seconds, process_time() - begun)
            tracemalloc.start()
            work()
            memory = tracemalloc.get_traced_memory()[1] / _MEBI
            tracemalloc.stop()
            for key, value in (("seconds", seconds), ("memory", memory), ("bytes", float(size))):
                found[f"{name}_{months}_{key}"] = value
    return found


def _about(months: int) -> Callable[[], Document]:
    """Return how to compose a report about so many months."""
    year, month = divmod(_ENDS.year * 12 + _ENDS.month - 1 - months, 12)
    start = _ENDS.replace(year=year, month=month + 1)
    report = climate((start.astimezone(UTC), _ENDS.astimezone(UTC)))
    return partial(compose, report, language="de", made_at=MADE, made_by="Demo", version="1")


def _whole(write: Callable[[], Document], render: Callable[[Document], bytes]) -> bytes:
    return render(write())


async def figures(loggers: int) -> dict[str, float]:
    """Return how long the figures of a month take that is kept, and the longest hold."""
    chain, loop = Chain(loggers), Loop()
    with TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, chain, NOW)
        async with serving(folder) as base_url, home() as hass:
            await hass.async_add_executor_job(_keep, ledger_path(hass, TENANT), chain)
            entry = await add(hass, base_url)
            asked = {
                "start": (NOW - _DAYS * timedelta(days=1)).isoformat(),
                "end": NOW.isoformat(),
                "lower": 2,
                "upper": 8,
            }
            with loop.watched():
                begun = perf_counter()
                # As a user or an automation does, in a task of its own.
                answer = await asyncio.create_task(
                    hass.services.async_call(
                        DOMAIN, "get_report", asked, blocking=True, return_response=True
                    )
                )
                seconds = perf_counter() - begun
            await hass.config_entries.async_unload(entry.entry_id)
    found: Any = answer
    reports = found["reports"]
    readings = sum(channel["count"] for it in reports for channel in it["channels"])
    assert readings == len(reports) * 4 * _DAYS * 96
    return {
        "loggers": float(len(reports)),
        "readings": float(readings),
        "seconds": seconds,
        "cpu": loop.cpu,
        "hold": loop.hold,
    }


def _value(at: float, random: Random) -> float:
    """Return what a fridge measures that is too warm for two hours every third day."""
    opened = 5.0 if at % (3 * 86_400) < 7_200 else 0.0
    return round(5 + opened + 2 * sin(2 * pi * at / 86_400) + random.uniform(-0.5, 0.5), 4)


def _keep(path: Path, chain: Chain) -> None:
    """Keep a month of all channels, and a little before it."""
    random = Random(1)  # noqa: S311 - the same in every run
    ledger = Ledger(path)
    ledger.begin(NOW - (_DAYS + 2) * timedelta(days=1))
    times = [(NOW - place * QUARTER).timestamp() for place in range(1, (_DAYS + 1) * 96)]
    count = len(times)
    for sensor, number in chain.channels:
        ledger.add(
            [
                Batch(
                    uuids=[f"{sensor}{number}{at:.0f}" for at in times],
                    sensors=[sensor] * count,
                    channels=[number] * count,
                    at=times,
                    values=[_value(at, random) for at in times],
                    units=[None] * count,
                    received=[None] * count,
                )
            ]
        )
    ledger.close()
