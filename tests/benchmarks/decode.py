"""Result files to typed readings, beside unpacking and parsing the same bytes alone."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
import gzip
from math import inf
from pathlib import Path
import resource
from tempfile import TemporaryDirectory
from time import process_time

import aiohttp_fast_zlib
import orjson

from custom_components.testo_smart_connect.clouds.count import RowCount
from custom_components.testo_smart_connect.clouds.http.bounds import STREAMED
from custom_components.testo_smart_connect.clouds.jobs.decode import read_rows
from custom_components.testo_smart_connect.clouds.jobs.readings import readings
from custom_components.testo_smart_connect.history.batch import Batch
from custom_components.testo_smart_connect.history.hours import Hours
from custom_components.testo_smart_connect.history.intake import Intake
from custom_components.testo_smart_connect.history.ledger import Ledger

from .chain import QUARTER, Chain, Row, write

_BEGIN = datetime(2026, 7, 1, tzinfo=UTC)
_TIMES = 3
_MEBI = 1024
"""Kibibytes, in which Linux counts, in a mebibyte."""


def measure(loggers: int, times: int) -> dict[str, float]:
    """Return seconds of CPU for so many loggers and times, and mebibytes of memory."""
    chain = Chain(loggers)
    found = {"rows": float(loggers * 4 * times)}
    for name, rows in (("asked", chain.measurements), ("whole", chain.whole)):
        with _file(rows(_times(times))) as file:
            begun = _peak()
            _read(file, _sum_up)
            found["memory"] = max(found.get("memory", 0), (_peak() - begun) / _MEBI)
            works: dict[str, Callable[[], object]] = {
                "alone": partial(_alone, file),
                "typed": partial(_read, file, _each),
                "hours": partial(_read, file, _sum_up),
            }
            # One after the other, so that each of them has the machine at its best once.
            for _ in range(_TIMES):
                for key, work in works.items():
                    best = found.get(f"{name}_{key}", inf)
                    found[f"{name}_{key}"] = min(best, _cpu(work))
    return found


def keep(loggers: int, times: int) -> dict[str, float]:
    """Return seconds of CPU and mebibytes of memory to keep readings on the disk as well."""
    chain = Chain(loggers)
    with _file(chain.measurements(_times(times))) as file:
        begun = _peak()
        seconds = _cpu(lambda: _read(file, lambda batches: _keep(file.parent, chain, batches)))
        return {"seconds": seconds, "memory": (_peak() - begun) / _MEBI}


def _times(number: int) -> Iterator[datetime]:
    return (_BEGIN + place * QUARTER for place in range(number))


@contextmanager
def _file(rows: Iterable[Row]) -> Iterator[Path]:
    # As Home Assistant does when it starts.
    aiohttp_fast_zlib.enable()
    with TemporaryDirectory() as name:
        file = Path(name) / "measurements.gz"
        write(file, rows)
        yield file


def _alone(file: Path) -> None:
    with gzip.open(file) as lines:
        for line in lines:
            orjson.loads(line)


def _read(file: Path, reduce: Callable[[Iterable[Batch]], object]) -> None:
    row_count = RowCount()
    with file.open("rb") as packed:
        reduce(readings(read_rows([packed], row_count, STREAMED), row_count))
    assert not row_count.rejected


def _each(batches: Iterable[Batch]) -> None:
    for _ in batches:
        pass


def _sum_up(batches: Iterable[Batch]) -> None:
    """Do what an import of history does."""
    hours = Hours()
    for batch in batches:
        hours.add(batch)
    for _ in hours.taken():
        pass


def _keep(folder: Path, chain: Chain, batches: Iterable[Batch]) -> None:
    """Do what a usual cycle does."""
    ledger = Ledger(folder / "ledger")
    ledger.begin(_BEGIN - timedelta(days=1))
    intake = Intake(
        ledger=ledger,
        wanted={*chain.channels},
        known={},
        now=_BEGIN + timedelta(days=30),
    )
    intake(batches)
    assert intake.failure is None
    assert len(intake.latest) == len(chain.loggers) * 4
    ledger.close()


def _cpu(work: Callable[[], object]) -> float:
    begun = process_time()
    work()
    return process_time() - begun


def _peak() -> int:
    """Return the most memory that the process ever had, in kibibytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
