"""How much of what was measured is known."""

from datetime import datetime
import sqlite3

from ..monitoring.model import ChannelKey
from .hours import number_of
from .ledger_file import LedgerFile

_COUNTS = """
SELECT c.sensor, c.part, count(*) FROM reading r JOIN channel c ON c.number = r.channel
WHERE r.hour >= ? AND r.hour < ? GROUP BY r.channel
"""


def counts(ledger: LedgerFile, start: datetime, end: datetime) -> dict[ChannelKey, int]:
    """Return how many readings of each channel were counted in some full hours (UTC).

    Channels without any are left out. Raises LedgerError.
    """

    def work(db: sqlite3.Connection) -> dict[ChannelKey, int]:
        rows = db.execute(_COUNTS, (number_of(start), number_of(end)))
        return {(sensor, part): count for sensor, part, count in rows}

    return ledger.run(work)
