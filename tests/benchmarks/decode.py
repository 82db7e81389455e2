"""Result files to typed readings, beside unpacking and parsing the same bytes alone."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
import gzip
from pathlib import Path
import resource
from tempfile import TemporaryDirectory
from time import process_time

import orjson

from custom_components.testo_smart_connect.clouds import rows
from custom_components.testo_smart_connect.clouds.bounds import STREAMED
from custom_components.testo_smart_connect.clouds.decode import read_rows
from custom_components.testo_smart_connect.clouds.readings import readings
from custom_components.testo_smart_connect.monitoring.intake import Intake
from custom_components.testo_smart_connect.monitoring.ledger import Ledger
from custom_components.testo_smart_connect.monitoring.model import Reading

from .chain import QUARTER, Chain, write

_BEGIN = datetime(2026, 7, 1, tzinfo=UTC)
_MEBI = 1024
"""Kibibytes, in which Linux counts, in a mebibyte."""


def measure(loggers: int, times: int) -> dict[str, float]:
    """Return seconds of CPU for so many loggers and times, and mebibytes of memory."""
    chain = Chain(loggers)
    with TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "measurements.gz"
        write(file, chain.measurements(_BEGIN + place * QUARTER for place in range(times)))
        begun = _peak()
        counted = _cpu(lambda: _read(file, lambda found: _count(folder, chain, found)))
        grown = (_peak() - begun) / _MEBI
        return {
            "rows": float(loggers * 4 * times),
            "alone": _cpu(lambda: _alone(file)),
            "typed": _cpu(lambda: _read(file, _each)),
            "counted": counted,
            "memory": grown,
        }


def _alone(file: Path) -> None:
    with gzip.open(file) as lines:
        for line in lines:
            orjson.loads(line)


def _read(file: Path, reduce: Callable[[Iterable[Reading]], object]) -> None:
    tally = rows.Tally()
    with file.open("rb") as packed:
        reduce(readings(read_rows([packed], tally, STREAMED), tally))
    assert not tally.rejected


def _each(readings: Iterable[Reading]) -> None:
    for _ in readings:
        pass


def _count(folder: Path, chain: Chain, readings: Iterable[Reading]) -> None:
    ledger = Ledger(folder / "ledger")
    ledger.begin(_BEGIN - timedelta(days=1))
    intake = Intake(
        ledger=ledger,
        wanted={sensor for _, sensor in chain.loggers},
        known={},
        now=_BEGIN + timedelta(days=30),
    )
    intake(readings)
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
