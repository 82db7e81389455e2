"""The readings of the last weeks on disk, each once, and the hours that they change.

Everything here blocks and belongs in a worker thread; several may call at a time. Each
call may raise a ``LedgerError``. Times are aware UTC.

A reading has its place by hour and channel, so that an hour is read, and the oldest ones
are dropped, in one go. An hour that changed is noted until ``written`` hears that its
value was written somewhere. What the ledger cannot know whole it does not keep: readings
measured before ``floor`` are only reported, because the value of an hour of which half
the readings are known would overwrite a right one.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from math import inf, isclose
from pathlib import Path
import sqlite3
from typing import override

from ..monitoring.model import ChannelKey
from . import ledger_sql as sql
from .batch import Batch
from .hours import EPOCH, HOUR, HourValue, number_of, start_of
from .ledger_file import LedgerFile
from .ledger_sql import fact, set_fact
from .numbers import Numbers

KEEP = timedelta(days=62)
"""How long readings are kept, by when they were measured: last month is always there whole."""
MOST_READINGS = 10_000_000
"""Beyond it the oldest hours go first: 62 days of 1,680 channels that measure each quarter."""
MOST_WHOLE = 1_000_000
"""Most hours that are kept as a mere value until they are written."""
TRANSACTION = 15_000
"""Readings that are best added at a time: the more, the fewer pages are written twice."""

_SECONDS = 3600
_HALF_A_MICROSECOND = 0.0005
"""In milliseconds: times are exact to the microsecond, but a float may be a little less."""
_FLOOR, _COUNT = "floor", "count"

type HourValues = list[tuple[ChannelKey, HourValue]]
"""Values of hours, those of a channel together and in order of time."""
type _Place = tuple[int, int]
"""Channel and hour as the tables have them."""
type _Values = list[tuple[int, int, int, int, float, float, float]]
"""Channel, hour, unit, count, mean, lowest, highest."""


@dataclass(slots=True)
class Added:
    """What became of readings that were added."""

    new: int = 0
    """Readings that were not known yet, or otherwise."""
    beyond: dict[ChannelKey, set[datetime]] = field(default_factory=dict)
    """Hours before ``floor`` that there are readings of; these were not kept."""


class Ledger(LedgerFile):
    """The readings of one account."""

    schema = sql.SCHEMA
    drafts = sql.DRAFTS

    def __init__(self, path: Path, most: int = MOST_READINGS) -> None:
        """Choose the file and the largest number of readings in it."""
        super().__init__(path)
        self._most = most
        self._numbers = Numbers()

    @override
    def opened(self, db: sqlite3.Connection) -> None:
        """Learn the short numbers of channels and units."""
        self._numbers.learn(db)

    # What is kept

    @property
    def floor(self) -> datetime | None:
        """Return the moment before which nothing is kept; None before ``begin``."""
        number = self.run(lambda db: fact(db, _FLOOR))
        return None if number is None else start_of(number)

    def begin(self, at: datetime) -> None:
        """Keep readings from the first full hour on; changes nothing once begun.

        A ledger that lost its file has to be begun again, and until then keeps nothing.
        """
        number = -(-(at - EPOCH) // HOUR)

        def work(db: sqlite3.Connection) -> None:
            if fact(db, _FLOOR) is None:
                set_fact(db, _FLOOR, number)
                db.execute(sql.DROP_WHOLE_FROM, (number,))
                db.execute(sql.DROP_CHANGED_FROM, (number,))

        self.run(work)

    def add(self, batches: Collection[Batch]) -> Added:
        """Keep readings; of rows with the same uuid the one that was processed last.

        All in one transaction: ``TRANSACTION`` readings at a time are best.
        """
        return self.run(lambda db: self._add(db, batches))

    def forget(self, before: datetime) -> None:
        """Drop the readings measured before the hour of a moment.

        Of an hour that is still to be written the value stays, of at most ``MOST_WHOLE``
        hours, the oldest first to go.
        """
        number = number_of(before)
        self.run(lambda db: self._forget(db, number))

    def put(self, values: Iterable[tuple[ChannelKey, HourValue]]) -> int:
        """Have whole hours written whose readings are not kept; return how many values.

        Hours from ``floor`` on are left alone: their readings are here.
        """
        pairs = tuple(values)  # the work may have to be done twice

        def work(db: sqlite3.Connection) -> int:
            floor = fact(db, _FLOOR)
            rows = [
                (
                    number_of(value.start),
                    self._numbers.channel(db, key),
                    self._numbers.unit(db, value.unit),
                    value.count,
                    value.mean,
                    value.lowest,
                    value.highest,
                )
                for key, value in pairs
                if floor is None or number_of(value.start) < floor
            ]
            places = [(channel, hour) for hour, channel, *_ in rows]
            db.executemany(sql.DROP_WHOLE, places)
            db.executemany(sql.PUT_WHOLE, rows)
            db.executemany(sql.CHANGED, places)
            return len(rows)

        return self.run(work)

    # What is to be written

    def pending(
        self, before: datetime, limit: int, after: tuple[ChannelKey, HourValue] | None = None
    ) -> HourValues:
        """Return the changed hours that start before a moment, as they are now.

        At most ``limit`` hours, those after a given one, which goes on where an earlier
        answer ended. An hour has as many values as its readings have units.
        """

        def work(db: sqlite3.Connection) -> HourValues:
            last = (after and self._place(*after)) or (-1, 0)
            db.execute(sql.ASK_NOTHING)
            db.execute(sql.ASK_CHANGED, (*last, number_of(before), limit))
            return [
                (
                    self._numbers.keys[channel],
                    HourValue(
                        start=start_of(hour),
                        count=count,
                        mean=min(max(mean, lowest), highest),
                        lowest=lowest,
                        highest=highest,
                        unit=self._numbers.texts[unit] or None,
                    ),
                )
                for channel, hour, unit, count, mean, lowest, highest in db.execute(sql.VALUES)
            ]

        return self.run(work)

    def written(self, values: Iterable[tuple[ChannelKey, HourValue]]) -> None:
        """Note that hours were written, with all their values.

        An hour stays to be written if its readings say something else by now. What is not
        known is passed over: the file may have been begun anew in between.
        """
        pairs = tuple(values)

        def work(db: sqlite3.Connection) -> None:
            told: dict[_Place, dict[int, HourValue]] = {}
            for key, value in pairs:
                if place := self._place(key, value):
                    units = told.setdefault(place, {})
                    units[self._numbers.units.get(value.unit or "", 0)] = value
            db.execute(sql.ASK_NOTHING)
            db.executemany(sql.ASK, told)
            now: dict[_Place, _Values] = {}
            for row in db.execute(sql.VALUES):
                now.setdefault(row[:2], []).append(row)
            done = [place for place, rows in now.items() if _says(rows, told[place])]
            db.executemany(sql.DROP_CHANGED, done)
            db.executemany(sql.DROP_WHOLE, done)

        self.run(work)

    def touch(self, keys: Iterable[ChannelKey], start: datetime, end: datetime) -> None:
        """Have the hours of ``start <= hour < end`` with readings written again."""
        wanted = tuple(keys)

        def work(db: sqlite3.Connection) -> None:
            numbers = [no for key in wanted if (no := self._numbers.channels.get(key)) is not None]
            read_range = number_of(start), number_of(end)
            db.executemany(sql.TOUCH, [(*read_range, number) for number in numbers])

        self.run(work)

    # Inside a transaction

    def _add(self, db: sqlite3.Connection, batches: Collection[Batch]) -> Added:
        floor = fact(db, _FLOOR)
        # Without a floor no hour is known whole.
        known_from = inf if floor is None else floor
        low: set[_Place] = set()
        db.execute(sql.NOTHING_COMING)
        for batch in batches:
            hours = [int(at // _SECONDS) for at in batch.at]
            channels = self._numbers.channels_of(db, batch)
            low |= {it for it in zip(channels, hours, strict=True) if it[1] < known_from}
            rows = zip(
                *(map(_short, batch.uuids), hours, channels),
                (int(at % _SECONDS * 1000 + _HALF_A_MICROSECOND) for at in batch.at),
                self._numbers.units_of(db, batch),
                batch.values,
                (round(it * 1000) if it else 0 for it in batch.received),
                strict=True,
            )
            db.executemany(sql.COMING, rows)
        added = Added(new=0 if floor is None else self._take(db, floor))
        for channel, hour in low:
            added.beyond.setdefault(self._numbers.keys[channel], set()).add(start_of(hour))
        return added

    def _take(self, db: sqlite3.Connection, floor: int) -> int:
        """Take in what is coming; return how many readings are new or corrected."""
        db.execute(sql.NOTHING_LEFT)
        kept = 0
        if db.execute(sql.SOME_KNOWN).fetchone():
            db.execute(sql.DROP_KNOWN)
            # Processed again without a change: later only in what it may be replaced by.
            db.execute(sql.REFRESH)
            db.execute(sql.DROP_KNOWN)
            db.execute(sql.NOTE_LEFT)
            kept = -db.execute(sql.DROP_LOW, (floor,)).rowcount
            kept -= db.execute(sql.COUNT_KNOWN).fetchone()[0]
        db.execute(sql.DROP_LOW_COMING, (floor,))
        db.execute(sql.NOTE_CHANGED)
        new: int = db.execute(sql.TAKE).rowcount
        db.execute(sql.TOUCH_LEFT)
        db.execute(sql.DROP_EMPTIED)
        count = (fact(db, _COUNT) or 0) + new + kept
        set_fact(db, _COUNT, count)
        if count > self._most:
            # A little more than needed, so that it is not needed each time.
            excess = count - self._most + self._most // 50
            (oldest,) = db.execute(sql.HOUR_AT, (excess,)).fetchone()
            self._forget(db, oldest + 1)
        return new

    def _forget(self, db: sqlite3.Connection, number: int) -> None:
        floor = fact(db, _FLOOR)
        if floor is None or number <= floor:
            return
        db.execute(sql.SUM_UP, (number,))
        dropped = db.execute(sql.FORGET, (number,)).rowcount
        set_fact(db, _COUNT, (fact(db, _COUNT) or 0) - dropped)
        set_fact(db, _FLOOR, number)
        db.execute(sql.LIMIT_WHOLE, (MOST_WHOLE,))
        db.execute(sql.DROP_VALUELESS, (number,))

    def _place(self, key: ChannelKey, value: HourValue) -> _Place | None:
        number = self._numbers.channels.get(key)
        return None if number is None else (number, number_of(value.start))


def _short(uuid: str) -> int:
    """Return half of what makes a uuid unique.

    Two of ten million readings share it with a chance of one in 400,000.
    """
    return int.from_bytes(blake2b(uuid.encode(), digest_size=8).digest(), signed=True)


def _says(rows: _Values, told: dict[int, HourValue]) -> bool:
    """Tell whether an hour still has just the values that it was written with."""
    return len(rows) == len(told) and all(
        (value := told.get(unit)) is not None
        and (count, lowest, highest) == (value.count, value.lowest, value.highest)
        and isclose(mean, value.mean, rel_tol=1e-12, abs_tol=1e-12)
        for _, _, unit, count, mean, lowest, highest in rows
    )
