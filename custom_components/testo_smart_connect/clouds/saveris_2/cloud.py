"""The Saveris 2 API as a cloud. Facts: Saveris 2 reference."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar, Final, override

from ...monitoring.active import ActiveSet
from ...monitoring.equipment import Equipment
from ...monitoring.model import Transition
from ..base import (
    Alarms,
    Answer,
    Cloud,
    History,
    Interval,
    Resource,
    Snapshot,
    Traits,
)
from ..count import RowCount
from ..errors import BadDataError, PartlyReadError
from ..fields import integer
from ..http.bounds import LONGEST_WAIT
from ..report import Report
from .counted import CALLS_LEFT, CountedTransport
from .known import KnownChannels
from .rows import ALARM, WARNING, alarm, point, rows_of, value_row, warning

PREFIX: Final = "/SaverisConnector/ws/api/saveris/v1"
HOSTS: Final[Mapping[str, str]] = {
    "eu": "https://www.saveris.net",
    "am": "https://americas.saveris.net",
    "ap": "https://apac.saveris.net",
}
_PATHS: Final = {
    Resource.EQUIPMENTS: "/measuringPoint",
    Resource.READINGS: "/measuringPoint/value",
    Resource.ALARMS: "/measuringPoint/alarm",
}
_POINT_ROWS = "measuringPoints"
_LISTS = {ALARM: "alarms", WARNING: "systemWarnings"}


class Saveris2(Cloud):
    """One account: three kinds of calls, each of which counts."""

    traits: ClassVar = Traits(
        intervals={
            Resource.ALARMS: Interval.minutes(30, 15, 240),
            Resource.READINGS: Interval.minutes(30, 15, 240),
            Resource.EQUIPMENTS: Interval.fixed(timedelta(days=1)),
        },
        names_only=frozenset({Resource.EQUIPMENTS}),
        alarms=Alarms.ACTIVE,
        history=History.NONE,
        counts_calls=True,
    )

    def __init__(
        self,
        transport: CountedTransport,
        tenant: str | None,
        now: Callable[[], datetime],
        learnt: Mapping[str, Any],
    ) -> None:
        """Read over a transport; know whose account it is, the time (UTC) and its channels."""
        self._transport = transport
        self._tenant = tenant
        self._now = now
        self._known = KnownChannels.of(learnt.get("channels"))

    @property
    @override
    def learnt(self) -> Mapping[str, Any]:
        """Return which channels there are, and how often they measure."""
        return {"channels": self._known.stored()}

    @override
    async def equipments(self) -> Answer[tuple[Equipment, ...]]:
        """Return the measuring points."""
        answer, row_count = await self._call(Resource.EQUIPMENTS), RowCount()
        rows = rows_of(answer, _POINT_ROWS, "reading", Resource.EQUIPMENTS)
        found = tuple(row_count.parse(row_count.objects(rows), point))
        if not found and self._known.channels:
            # Where something measures there is a measuring point.
            raise BadDataError("reading", Resource.EQUIPMENTS, "the list is empty")
        if not row_count.rejected:
            self._known = self._known.listed({it.part for it in found}, self._now())
        return Answer(found, self._report(Resource.EQUIPMENTS, answer, row_count))

    @override
    async def newest(self) -> Answer[Snapshot]:
        """Return the newest values, and the loggers that they are of."""
        answer, row_count = await self._call(Resource.READINGS), RowCount()
        rows = rows_of(answer, _POINT_ROWS, "reading", Resource.READINGS)
        now = self._now()
        found = tuple(row_count.parse(row_count.objects(rows), partial(value_row, now)))
        self._known = self._known.seen(found, now)
        snapshot = Snapshot(
            readings=tuple(it.reading for it in found if it.reading),
            inventory=self._known.inventory(self._tenant),
        )
        return Answer(snapshot, self._report(Resource.READINGS, answer, row_count))

    @override
    async def active(self) -> Answer[ActiveSet]:
        """Return the open alarms and warnings; a list that is missing says nothing of its own.

        Without that of the alarms the read has failed all the same.
        """
        answer, row_count = await self._call(Resource.ALARMS), RowCount()
        parsers = {ALARM: alarm, WARNING: warning}
        found: list[Transition] = []
        untold: list[str] = []
        failure: BadDataError | None = None
        for kind, name in _LISTS.items():
            try:
                rows = rows_of(answer, name, "reading", Resource.ALARMS)
            except BadDataError as err:
                failure = err if kind == ALARM else failure
                untold.append(kind)
                continue
            before = sum(row_count.rejected.values())
            parser = partial(parsers[kind], self._known, self._now())
            found += row_count.parse(row_count.objects(rows), parser)
            if sum(row_count.rejected.values()) > before:
                untold.append(kind)
        active = ActiveSet(violations=tuple(found), untold=tuple(f"{it}|" for it in untold))
        if failure is not None:
            raise PartlyReadError(failure, active)
        return Answer(active, self._report(Resource.ALARMS, answer, row_count))

    async def _call(self, resource: Resource) -> dict[str, Any]:
        answer = await self._transport.counted(_PATHS[resource], "reading", resource)
        left = integer(answer, CALLS_LEFT)
        if left is not None and left <= 0:
            # This one still told something, but it was the last.
            self._transport.rest(LONGEST_WAIT)
        return answer

    def _report(self, resource: Resource, answer: Mapping[str, Any], row_count: RowCount) -> Report:
        left = integer(answer, CALLS_LEFT)
        return Report(
            resource=resource,
            rows=row_count.rows,
            rejected=row_count.rejected,
            calls_left=None if left is None else max(0, left),
        )
