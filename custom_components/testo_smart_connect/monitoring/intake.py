"""One pass over the readings of a job: what is new on the dashboard, all of it counted."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched

from .latest import merged, newest
from .ledger import Ledger
from .ledger_file import LedgerError
from .model import ChannelKey, Reading

_BATCH = 15_000
"""Rows in memory and in one transaction at a time: the more, the fewer pages are written twice."""


@dataclass(slots=True, kw_only=True)
class Intake:
    """Reads the rows of a job in a worker thread and remembers what matters of them."""

    ledger: Ledger
    wanted: Collection[str]
    """The uuids of the sensors whose readings are kept."""
    known: Mapping[ChannelKey, Reading]
    now: datetime
    list_after: datetime | None = None
    """From which arrival on to list the readings."""
    overdue: tuple[datetime, datetime] | None = None
    """Between which arrivals every reading should be known already."""
    latest: dict[ChannelKey, Reading] = field(default_factory=dict)
    changed: set[ChannelKey] = field(default_factory=set)
    newest_arrival: datetime | None = None
    undated: int = 0
    """Rows without a time of arrival."""
    listed: set[str] = field(default_factory=set)
    """The uuids of the readings after ``list_after``."""
    missed: int = 0
    """Readings that should have been known, but were not."""
    failure: LedgerError | None = None
    """Why not everything could be counted; what is shown does not depend on it."""
    beyond: dict[ChannelKey, set[datetime]] = field(default_factory=dict)
    """Hours so old that the ledger does not hold their other readings any more."""

    def __call__(self, rows: Iterable[Reading]) -> Intake:
        """Take everything in and return itself."""
        found: dict[ChannelKey, Reading] = {}
        wanted = (row for row in rows if row.sensor_uuid in self.wanted)
        for batch in batched(wanted, _BATCH, strict=False):
            for key, reading in newest(batch, self.now).items():
                if key not in found or reading.at > found[key].at:
                    found[key] = reading
            self._look_at_arrivals(batch)
            try:
                self._count(batch)
            except LedgerError as err:
                self.failure = err
        self.latest, self.changed = merged(self.known, found)
        return self

    def _look_at_arrivals(self, batch: Iterable[Reading]) -> None:
        for row in batch:
            if row.received is None:
                self.undated += 1
                continue
            if self.newest_arrival is None or row.received > self.newest_arrival:
                self.newest_arrival = row.received
            if self.list_after is not None and row.received > self.list_after:
                self.listed.add(row.uuid)

    def _count(self, batch: Iterable[Reading]) -> None:
        for rows, is_overdue in self._sorted_out(batch):
            added = self.ledger.add(rows)
            if is_overdue:
                self.missed += added.new
            for key, hours in added.beyond.items():
                self.beyond.setdefault(key, set()).update(hours)

    def _sorted_out(self, batch: Iterable[Reading]) -> Iterator[tuple[list[Reading], bool]]:
        rows = list(batch)
        if self.overdue is None:
            yield rows, False
            return
        begin, end = self.overdue
        overdue: list[Reading] = []
        others: list[Reading] = []
        for row in rows:
            is_overdue = row.received is not None and begin < row.received <= end
            (overdue if is_overdue else others).append(row)
        yield overdue, True
        yield others, False
