"""What a channel costs in a fleet of ten loggers and in one of ten thousand.

The processor's cache holds ten loggers, but not ten thousand, and that is not what growth
of the fleet means here: there are as many fleets as make the same number of loggers.
"""

from collections.abc import Callable
from datetime import timedelta
import gzip
import io
from time import process_time

import orjson

from custom_components.testo_smart_connect.clouds.count import RowCount
from custom_components.testo_smart_connect.clouds.http.bounds import STREAMED
from custom_components.testo_smart_connect.clouds.jobs import rows, statuses
from custom_components.testo_smart_connect.clouds.jobs.decode import read_rows
from custom_components.testo_smart_connect.clouds.jobs.readings import readings
from custom_components.testo_smart_connect.history.latest import Newest, merged
from custom_components.testo_smart_connect.monitoring.freshness import Facts, freshness
from custom_components.testo_smart_connect.monitoring.topology import topology_of

from .chain import CHANNELS, Chain
from .house import NOW

_TIMES = 5


class _Fleet:
    """The loggers of one account."""

    def __init__(self, loggers: int, seed: int) -> None:
        chain, row_count = Chain(loggers, seed=seed), RowCount()
        self._inventory = rows.inventory(chain.properties(), row_count)
        self._statuses = statuses.newest_status(row_count.parse(chain.status(NOW), statuses.status))
        self._shape = topology_of(self._inventory, (), ())
        self._packed = io.BytesIO()
        with gzip.GzipFile(fileobj=self._packed, mode="wb") as file:
            file.writelines(
                orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
                for row in chain.measurements([NOW])
            )

    def derive(self) -> None:
        """Know the channels."""
        self._shape = topology_of(self._inventory, (), ())

    def judge(self) -> None:
        """Read all channels anew, and judge them."""
        row_count, found = RowCount(), Newest(NOW)
        for batch in readings(read_rows([self._packed], row_count, STREAMED), row_count):
            found.add(batch)
        self.latest, _ = merged({}, found.readings)
        self.freshness = freshness(
            Facts(
                supervised=self._shape.supervised,
                latest=self.latest,
                statuses=self._statuses,
                tolerance=None,
                now=NOW + timedelta(minutes=1),
            )
        )


def measure(loggers: int, together: int) -> dict[str, float]:
    """Return microseconds of CPU for a channel: to know it, and to read and judge it anew."""
    fleets = [_Fleet(loggers, seed) for seed in range(together // loggers)]

    def best(work: Callable[[_Fleet], None]) -> float:
        seconds = []
        for _ in range(_TIMES):
            begun = process_time()
            for fleet in fleets:
                work(fleet)
            seconds.append(process_time() - begun)
        return min(seconds) / (together * CHANNELS) * 1e6

    return {"derive": best(_Fleet.derive), "judge": best(_Fleet.judge)}
