"""The most extreme reading of a stretch of time."""

from collections.abc import Iterable
from datetime import datetime
import sqlite3

from ..monitoring.model import ChannelKey
from .hours import EPOCH, number_of
from .ledger_file import LedgerFile

_VALUES = """
SELECT r.value FROM reading r
JOIN channel c ON c.number = r.channel
JOIN unit u ON u.number = r.unit
WHERE c.sensor = ? AND c.part = ? AND u.text = ? AND r.hour BETWEEN ? AND ?
AND r.hour * 3600000 + r.at BETWEEN ? AND ?
"""


def extreme(
    ledger: LedgerFile,
    keys: Iterable[ChannelKey],
    times: tuple[datetime, datetime],
    unit: str | None,
    *,
    highest: bool,
) -> float | None:
    """Return the highest or lowest reading of some channels between two moments (UTC).

    Only readings in the given unit count; None if there are none. Raises LedgerError.
    """
    hours = [number_of(at) for at in times]
    moments = [int((at - EPOCH).total_seconds() * 1000) for at in times]

    def work(db: sqlite3.Connection) -> list[float]:
        return [
            value
            for key in keys
            for (value,) in db.execute(_VALUES, (*key, unit or "", *hours, *moments))
        ]

    values = ledger.run(work)
    return (max if highest else min)(values, default=None)
