"""One pass over the readings of a job: what is new on the dashboard, all of it counted."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import compress
from operator import not_

from .batch import Batch, gathered, moment_of
from .latest import Newest, merged
from .ledger import TRANSACTION, Ledger
from .ledger_file import LedgerError
from .model import ChannelKey, Reading


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

    def __call__(self, batches: Iterable[Batch]) -> Intake:
        """Take everything in and return itself."""
        found = Newest(self.now)
        wanted = (batch.of_sensors(self.wanted) for batch in batches)
        for some in gathered(wanted, TRANSACTION):
            for batch in some:
                found.add(batch)
                self._look_at_arrivals(batch)
            try:
                self._count(some)
            except LedgerError as err:
                self.failure = err
        self.latest, self.changed = merged(self.known, found.readings)
        return self

    def _look_at_arrivals(self, batch: Batch) -> None:
        told = [it for it in batch.received if it is not None]
        self.undated += len(batch) - len(told)
        if told:
            newest_arrival = moment_of(max(told))
            if self.newest_arrival is None or newest_arrival > self.newest_arrival:
                self.newest_arrival = newest_arrival
        if self.list_after is not None:
            after = self.list_after.timestamp()
            marks = (it is not None and it > after for it in batch.received)
            self.listed.update(compress(batch.uuids, marks))

    def _count(self, some: list[Batch]) -> None:
        if self.overdue is None:
            self._add(some)
            return
        begin, end = (it.timestamp() for it in self.overdue)
        marks = [[it is not None and begin < it <= end for it in batch.received] for batch in some]
        self.missed += self._add([*map(Batch.picked, some, marks, strict=True)])
        self._add([batch.picked(map(not_, each)) for batch, each in zip(some, marks, strict=True)])

    def _add(self, some: list[Batch]) -> int:
        added = self.ledger.add(some)
        for key, hours in added.beyond.items():
            self.beyond.setdefault(key, set()).update(hours)
        return added.new
