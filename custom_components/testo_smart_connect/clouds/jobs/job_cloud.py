"""An account of an interface of jobs: which to run, and how their rows become values.

Facts: Smart Connect reference, parts 3.1, 6 and 12; Saveris Data reference, parts 4 to 6.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, ClassVar, Final, override

from ...history.batch import Batch
from ...monitoring.model import (
    DeviceStatus,
    Inventory,
    Limit,
    Location,
    Transition,
)
from ..base import Alarms, Answer, Cloud, History, Interval, Resource, Traits
from ..count import RowCount
from ..errors import CloudError, JobFailedError, LicenceError, RefusedError
from ..fields import Row
from ..http.bounds import HELD, STREAMED
from . import rows, statuses
from .learnt import Dialect
from .readings import credible, readings
from .reuse import Reused
from .runner import Blocks, Flatten, Job, JobRunner, Reduce

PROPERTIES = "properties"
STATUS = "status"
MEASUREMENTS = "measurements"
ALARMS = "alarms"
LOCATIONS = "locations"
MEASURING_OBJECTS = "measuring objects"

# Only what the parsers read and what every known spelling of the resource has; resources
# whose names drifted (locations, measuring objects) are small and asked for whole.
COLUMNS: Mapping[str, str] = {
    PROPERTIES: (
        "tenant_uuid,customer_site,device_uuid,device_category,device_serial_no,"
        "device_model_code,device_firmware_version,device_display_name,"
        "device_is_active,device_communication_log_time,device_measuring_cycle,"
        "device_measuring_cycle_effective,sensor_uuid,sensor_serial_no,"
        "sensor_model_code,sensor_firmware_version,sensor_display_name,"
        "sensor_is_radio,sensor_measuring_cycle,sensor_measuring_cycle_effective,"
        "channel_no,channel_physical_unit,channel_physical_property_name,"
        "channel_physical_extension,channel_physical_unit_exponent"
    ),
    MEASUREMENTS: ("uuid,sensor_uuid,channel_no,timestamp,measurement,physical_unit,processed_at"),
    ALARMS: (
        "uuid,alarm_reason,alarm_status,last_status_change_time,alarm_condition_type,"
        "alarm_severity,alarm_time,alarm_value,physical_unit,physical_property_name,"
        "physical_extension,alarm_source_uuid,serial_no,customer_site,alarm_type,"
        "source_alarm_event_uuid,processed_at"
    ),
}


_BEST_AGAIN = 24 * 3600.0
"""Seconds; a refusal may have been about something that was mended since."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a resource is asked for."""

    path: str
    flatten: Flatten | None = None
    """Makes rows of an answer that comes at once; None for a job."""


_OFTEN = Interval.minutes(15, 1, 240)
"""The proven load (Smart Connect reference, part 4.2)."""
_TWICE_A_DAY = Interval.fixed(timedelta(hours=12))
TRAITS: Final = Traits(
    intervals={
        # They are worth more requests than values.
        Resource.ALARMS: Interval.minutes(5, 1, 60),
        Resource.READINGS: _OFTEN,
        Resource.STATUS: _OFTEN,
        Resource.INVENTORY: _TWICE_A_DAY,
        Resource.LOCATIONS: _TWICE_A_DAY,
        Resource.LIMITS: _TWICE_A_DAY,
    },
    names_only=frozenset({Resource.LOCATIONS, Resource.LIMITS}),
    alarms=Alarms.LOG,
    history=History.READINGS,
    # No largest range is published; seven days is the assumption (part 16, question 2).
    longest_window=timedelta(days=7),
    # More terms than this in one filter and it is cheaper to ask for all.
    most_sensors=50,
)
"""What all interfaces of jobs offer."""
WAYS: Final[Mapping[str, tuple[Way, ...]]] = {
    MEASUREMENTS: (Way("/v2/measurements"),),
    ALARMS: (Way("/v3/alarms"),),
    LOCATIONS: (Way("/v1/locations"),),
    MEASURING_OBJECTS: (Way("/v1/measuring-objects"),),
}
"""How they are asked for what there is but one way to."""


class JobCloud(Cloud):
    """One account of an interface of jobs."""

    ways: ClassVar[Mapping[str, tuple[Way, ...]]]
    """How each resource is asked for, the best way first: not every account has all."""
    columns: ClassVar[Mapping[str, str]] = COLUMNS
    """Which columns to ask for, where they are known."""

    def __init__(self, runner: JobRunner, dialect: Dialect | None = None) -> None:
        """Start with what was learnt before."""
        self._runner = runner
        self.dialect = dialect or Dialect()
        self._best_again: dict[str, float] = {}
        """When the best way to a resource is tried again, by the clock of the event loop."""
        self._statuses = Reused(statuses.status, "device_uuid")

    @property
    @override
    def learnt(self) -> Mapping[str, Any]:
        """Return the dialect as data."""
        return self.dialect.data

    @override
    async def inventory(self) -> Answer[Inventory]:
        """Return all devices (device properties, one row per channel)."""

        def work(found: Blocks, row_count: RowCount) -> Inventory:
            return rows.inventory(chain.from_iterable(found), row_count)

        return await self.read(PROPERTIES, work)

    @override
    async def locations(self) -> Answer[tuple[Location, ...]]:
        """Return the named places."""
        return await self.read(LOCATIONS, parsed(rows.location, tuple))

    @override
    async def limits(self) -> Answer[tuple[Limit, ...]]:
        """Return the limits of the measuring objects."""
        return await self.read(MEASURING_OBJECTS, parsed(rows.limits, tuple))

    @override
    async def status(self) -> Answer[dict[str, DeviceStatus]]:
        """Return the newest status by device uuid, from whichever version answers."""
        self._statuses.begin()
        return await self.read(STATUS, parsed(self._statuses, statuses.newest_status))

    @override
    async def transitions(self, start: datetime, end: datetime) -> Answer[tuple[Transition, ...]]:
        """Return the alarm transitions of a window, unsorted, possibly repeated."""
        return await self.read(ALARMS, parsed(rows.transition, tuple), window(start, end))

    @override
    async def readings[T](
        self,
        start: datetime,
        end: datetime,
        reduce: Callable[[Iterable[Batch]], T],
        sensors: Iterable[str] | None = None,
        arrived_after: datetime | None = None,
    ) -> Answer[T]:
        """Reduce the readings of a window."""
        body = window(start, end)
        terms = []
        if arrived_after is not None:
            terms.append(f"processed_at gt '{_stamp(arrived_after)}'")
        wanted = None if sensors is None else frozenset(sensors)
        if wanted and len(wanted) <= self.traits.most_sensors:
            names = (f"sensor_uuid eq '{name.replace("'", "''")}'" for name in sorted(wanted))
            either = " or ".join(names)
            terms.append(f"({either})" if terms else either)
        if terms:
            body["odata"] = {"$filter": " and ".join(terms)}

        def work(found: Blocks, row_count: RowCount) -> T:
            batches = credible(readings(found, row_count), datetime.now(UTC), row_count)
            if wanted is not None:
                batches = (batch.of_sensors(wanted) for batch in batches)
            return reduce(batches)

        return await self.read(MEASUREMENTS, work, body)

    async def read[T](
        self, resource: str, reduce: Reduce[T], body: dict[str, Any] | None = None
    ) -> Answer[T]:
        """Ask for a resource by the way that worked last, else by the others; learn which works."""
        refusal: CloudError | None = None
        for way in self._in_order(resource):
            try:
                answer = await self._ask(resource, way, reduce, body)
            except (LicenceError, RefusedError) as err:
                refusal = refusal or err
                continue
            self._learn(resource, way)
            return answer
        assert refusal is not None  # noqa: S101  there is a way to each resource
        raise refusal from None

    def _in_order(self, resource: str) -> tuple[Way, ...]:
        """Return the ways in which to ask: the best one comes first again once a day."""
        ways, known, now = self.ways[resource], self.dialect.ways, asyncio.get_running_loop().time()
        if now >= self._best_again.setdefault(resource, now + _BEST_AGAIN):
            self._best_again[resource] = now + _BEST_AGAIN
            return ways
        # A sort keeps the order of the others.
        return tuple(sorted(ways, key=lambda way: way.path not in known))

    def _learn(self, resource: str, way: Way) -> None:
        """Remember the way that worked; of the best one that needs no mention."""
        paths = [it.path for it in self.ways[resource]]
        known = next((it for it in paths if it in self.dialect.ways), paths[0])
        if way.path != known:
            self.dialect = self.dialect.with_way(way.path, paths)

    async def _ask[T](
        self, resource: str, way: Way, reduce: Reduce[T], body: dict[str, Any] | None
    ) -> Answer[T]:
        """Run a job, asking for the used columns only as long as the cloud likes it."""
        job = Job(
            resource=resource,
            path=way.path,
            body={"options": {"result_file_format": "JSON"}, **(body or {})},
            bounds=STREAMED if resource == MEASUREMENTS else HELD,
        )
        if way.flatten is not None:
            return await self._runner.ask(job, way.flatten, reduce)
        columns, dialect = self.columns.get(resource), self.dialect
        if columns is None or resource in dialect.select_refused:
            return await self._runner.run(job, reduce)
        odata = {**job.body.get("odata", {}), "$select": columns}
        narrow = replace(job, body={**job.body, "odata": odata})
        proven = resource in dialect.select_works
        try:
            answer = await self._runner.run(narrow, reduce)
        except (RefusedError, JobFailedError) as err:
            # Once it has worked, a job that fails has failed for another reason.
            if proven and isinstance(err, JobFailedError):
                raise
            answer = await self._runner.run(job, reduce)
            self.dialect = self.dialect.with_select(resource, works=False)
        else:
            if not proven:
                self.dialect = self.dialect.with_select(resource, works=True)
        return answer


def parsed[V, T](
    parser: Callable[[Row], Iterable[V]], reduce: Callable[[Iterable[V]], T]
) -> Reduce[T]:
    """Return what parses row by row and reduces what that brings."""

    def work(found: Blocks, row_count: RowCount) -> T:
        return reduce(row_count.parse(chain.from_iterable(found), parser))

    return work


def window(start: datetime, end: datetime) -> dict[str, Any]:
    """Return both bounds: without the second one the cloud takes start + 1 h."""
    return {
        "date_time_from": _stamp(start),
        "date_time_until": _stamp(end),
    }


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
