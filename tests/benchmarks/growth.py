"""What a channel costs in a fleet of ten loggers and in one of ten thousand."""

from datetime import timedelta
import gzip
import io
from time import process_time

import orjson

from custom_components.testo_smart_connect.clouds import rows
from custom_components.testo_smart_connect.clouds.bounds import STREAMED
from custom_components.testo_smart_connect.clouds.decode import read_rows
from custom_components.testo_smart_connect.clouds.readings import readings
from custom_components.testo_smart_connect.monitoring.latest import merged, newest, outlook
from custom_components.testo_smart_connect.monitoring.shape import shape_of

from .chain import Chain
from .house import NOW

_LEAST = 2.0
"""Seconds that are measured, so that few loggers are measured as exactly as many."""


def measure(loggers: int) -> dict[str, float]:
    """Return microseconds of CPU for a channel: to know it, and to read and judge it anew."""
    chain, tally = Chain(loggers), rows.Tally()
    inventory = rows.inventory(chain.properties(), tally)
    statuses = rows.newest_status(tally.parse(chain.status(NOW), rows.status))
    shape = shape_of(inventory, (), ())
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as file:
        file.writelines(
            orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in chain.measurements([NOW])
        )

    def derive() -> None:
        shape_of(inventory, (), ())

    def judge() -> None:
        found = readings(read_rows([packed], tally, STREAMED), tally)
        latest, _ = merged({}, newest(found, NOW))
        outlook(shape.watches, latest, statuses, None, NOW + timedelta(minutes=1))

    channels = loggers * 4
    return {"derive": _each(derive) / channels, "judge": _each(judge) / channels}


def _each(work: object) -> float:
    """Return microseconds of CPU for one call."""
    assert callable(work)
    work()
    begun, times = process_time(), 0
    while (passed := process_time() - begun) < _LEAST:
        work()
        times += 1
    return passed / times * 1e6
