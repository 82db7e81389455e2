"""Finding the hours of a ledger in which readings are missing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
import math
import sqlite3

from ..monitoring.model import ChannelKey
from .gaps import Lacking
from .hours import HOUR, number_of, start_of
from .ledger_file import LedgerFile

_HOURS = 24
"""In a day."""
_DRAFT = """
CREATE TEMP TABLE IF NOT EXISTS schedule (
  channel INTEGER PRIMARY KEY, enough REAL NOT NULL, skip INTEGER NOT NULL
)
"""
_SCHEDULE = """
INSERT INTO schedule SELECT number, ?, ? FROM channel WHERE sensor = ? AND part = ?
"""
# The first and the last hour of a channel are known in part only. An hour is compared with
# the one before as well, because the cycle may have been another one then.
_MISSING = """
WITH each_hour AS (
  SELECT hour, channel, count(*) AS found FROM reading
  WHERE hour BETWEEN ? AND ? GROUP BY hour, channel
), in_order AS (
  SELECT hour, channel, found, lag(found) OVER ours AS before, lead(hour) OVER ours AS later
  FROM each_hour WINDOW ours AS (PARTITION BY channel ORDER BY hour)
), judged AS (
  SELECT o.channel, o.hour, o.later, o.later - o.hour > s.skip AS apart,
    coalesce(o.found < s.enough AND o.found < 0.75 * o.before, 0) AS thin
  FROM in_order o JOIN schedule s USING (channel) WHERE o.later IS NOT NULL
)
SELECT c.sensor, j.hour, j.later, j.thin, j.apart
FROM judged j JOIN channel c ON c.number = j.channel WHERE j.apart OR j.thin
"""


def missing_hours(
    ledger: LedgerFile, cycles: Mapping[ChannelKey, timedelta], since: datetime, now: datetime
) -> Lacking:
    """Return the hours from a moment until now that lack a quarter of their readings or more.

    ``cycles`` tells how often each channel measures. Only what lies between two readings
    can be missing, and none of them is one of the future. Raises LedgerError.
    """

    def work(db: sqlite3.Connection) -> Lacking:
        db.execute(_DRAFT)
        db.execute("DELETE FROM schedule")
        db.executemany(
            _SCHEDULE,
            (
                (0.75 * max(HOUR // cycle, 1), math.ceil(max(cycle, HOUR) / HOUR), *key)
                for key, cycle in cycles.items()
            ),
        )
        found: dict[str, dict[int, int]] = {}
        period = number_of(since), number_of(now)
        for sensor, hour, later, thin, apart in db.execute(_MISSING, period):
            first, end = hour + (not thin), later if apart else hour + 1
            _mark(found.setdefault(sensor, {}), first, end)
        return {
            sensor: {start_of(day * _HOURS): hours for day, hours in days.items()}
            for sensor, days in found.items()
        }

    return ledger.run(work)


def _mark(days: dict[int, int], first: int, end: int) -> None:
    """Mark the hours ``first <= hour < end`` in the days that they belong to."""
    for day in range(first // _HOURS, -(-end // _HOURS)):
        begin, until = (min(max(hour - day * _HOURS, 0), _HOURS) for hour in (first, end))
        days[day] = days.get(day, 0) | (1 << until) - (1 << begin)
