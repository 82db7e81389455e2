"""One pass over the readings of a job: what is new on the dashboard, all of it counted."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import compress
from operator import not_

from ..monitoring.model import ChannelKey, Reading
from ..monitoring.schedule import FUTURE_MARGIN
from .batch import Batch, gathered, moment_of
from .latest import Newest, merged
from .ledger import TRANSACTION, Ledger
from .ledger_file import LedgerError


@dataclass(slots=True, kw_only=True)
class Intake:
    """Reads the rows of a job in a worker thread and remembers what matters of them."""

    ledger: Ledger
    wanted: Collection[ChannelKey]
    """The channels whose readings are kept."""
    known: Mapping[ChannelKey, Reading]
    now: datetime
    list_after: datetime | None = None
    """From which arrival on to list the readings."""
    overdue: tuple[datetime, datetime] | None = None
    """Between which arrivals every reading should be known already."""
    latest: dict[ChannelKey, Reading] = field(default_factory=dict)
    changed: set[ChannelKey] = field(default_factory=set)
    newest_arrival: datetime | None = None
    """The newest of the arrivals up to now."""
    ahead: int = 0
    """Readings whose arrival lies farther ahead than clocks differ."""
    listed: set[str] = field(default_factory=set)
    """The uuids of the readings that arrived after ``list_after``, up to now."""
    missed: int = 0
    """Readings that should have been known, but were not."""
    of_known: int = 0
    """How many should have been known."""
    failure: LedgerError | None = None
    """Why not everything could be counted; what is shown does not depend on it."""
    beyond: dict[str, set[datetime]] = field(default_factory=dict)
    """Hours so old that the ledger does not hold their other readings any more, by sensor."""
    _dated: set[str] = field(default_factory=set)
    _undated: Counter[str] = field(default_factory=Counter)

    @property
    def undated(self) -> set[str]:
        """Return the sensors of which no reading tells when it arrived, though there are some."""
        return {sensor for sensor, count in self._undated.items() if count > 1} - self._dated

    def __call__(self, batches: Iterable[Batch]) -> Intake:
        """Take everything in and return itself."""
        found = Newest(self.now)
        wanted = (batch.of_channels(self.wanted) for batch in batches)
        for some in gathered(wanted, TRANSACTION):
            for batch in some:
                found.add(batch)
                self._look_at_arrivals(batch)
            try:
                self._count([batch.arrived_by(self.now + FUTURE_MARGIN) for batch in some])
            except LedgerError as err:
                self.failure = err
        self.latest, self.changed = merged(self.known, found.readings)
        return self

    def _look_at_arrivals(self, batch: Batch) -> None:
        now = self.now.timestamp()
        far = now + FUTURE_MARGIN.total_seconds()
        if None in batch.received:
            marks = [it is None for it in batch.received]
            self._undated.update(compress(batch.sensors, marks))
            self._dated.update(compress(batch.sensors, map(not_, marks)))
        else:
            self._dated.update(batch.sensors)
        told = [it for it in batch.received if it is not None]
        past = [it for it in told if it <= now]
        if len(past) < len(told):
            self.ahead += sum(it > far for it in told)
        if past:
            newest_arrival = moment_of(max(past))
            if self.newest_arrival is None or newest_arrival > self.newest_arrival:
                self.newest_arrival = newest_arrival
        if self.list_after is not None:
            after = self.list_after.timestamp()
            marks = [it is not None and after < it <= now for it in batch.received]
            self.listed.update(compress(batch.uuids, marks))

    def _count(self, some: list[Batch]) -> None:
        if self.overdue is None:
            self._add(some)
            return
        begin, end = (it.timestamp() for it in self.overdue)
        marks = [[it is not None and begin < it <= end for it in batch.received] for batch in some]
        self.of_known += sum(map(sum, marks))
        self.missed += self._add([*map(Batch.picked, some, marks, strict=True)])
        self._add([batch.picked(map(not_, each)) for batch, each in zip(some, marks, strict=True)])

    def _add(self, some: list[Batch]) -> int:
        added = self.ledger.add(some)
        for (sensor, _), hours in added.beyond.items():
            self.beyond.setdefault(sensor, set()).update(hours)
        return added.new
