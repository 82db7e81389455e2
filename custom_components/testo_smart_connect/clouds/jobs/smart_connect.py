"""The testo Smart Connect API: which jobs to run and how its rows become values.

Facts: Smart Connect reference, parts 2, 3.1, 6 and 12.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, Literal

from ...history.batch import Batch
from ...monitoring.model import (
    DeviceStatus,
    Inventory,
    Limit,
    Location,
    ReadReport,
    Transition,
)
from ..base import JobFailedError, LicenceError, RefusedError
from ..http.bounds import HELD, STREAMED
from . import rows
from .fields import Row
from .readings import credible, readings
from .reuse import Reused
from .runner import Job, JobRunner

type Blocks = Iterator[list[Row]]

REGIONS = ("eu", "am", "ap")
LARGEST_WINDOW = timedelta(days=7)
"""No largest range is published; seven days is the assumption (part 16, question 2)."""
MOST_SENSORS = 50
"""More terms than this in one filter and it is cheaper to ask for all."""

_PROPERTIES = "properties"
_STATUS = "status"
_MEASUREMENTS = "measurements"
_ALARMS = "alarms"
_LOCATIONS = "locations"
_MEASURING_OBJECTS = "measuring objects"

_PATHS = {
    _PROPERTIES: "/v3/devices/properties",
    _MEASUREMENTS: "/v2/measurements",
    _ALARMS: "/v3/alarms",
    _LOCATIONS: "/v1/locations",
    _MEASURING_OBJECTS: "/v1/measuring-objects",
}
_StatusVersion = Literal["v4", "v3"]
_STATUS_PATHS: dict[_StatusVersion, str] = {
    "v4": "/v4/devices/status",
    "v3": "/v3/devices/status",
}

# Only what the parsers read and what every known spelling of the resource has; resources
# whose names drifted (locations, measuring objects) are small and asked for whole.
_COLUMNS = {
    _PROPERTIES: (
        "tenant_uuid,customer_site,device_uuid,device_category,device_serial_no,"
        "device_model_code,device_firmware_version,device_display_name,"
        "device_is_active,device_communication_log_time,device_measuring_cycle,"
        "device_measuring_cycle_effective,sensor_uuid,sensor_serial_no,"
        "sensor_model_code,sensor_firmware_version,sensor_display_name,"
        "sensor_is_radio,sensor_measuring_cycle,sensor_measuring_cycle_effective,"
        "channel_no,channel_physical_unit,channel_physical_property_name,"
        "channel_physical_extension,channel_physical_unit_exponent"
    ),
    _MEASUREMENTS: ("uuid,sensor_uuid,channel_no,timestamp,measurement,physical_unit,processed_at"),
    _ALARMS: (
        "uuid,alarm_reason,alarm_status,last_status_change_time,alarm_condition_type,"
        "alarm_severity,alarm_time,alarm_value,physical_unit,physical_property_name,"
        "physical_extension,alarm_source_uuid,serial_no,customer_site,alarm_type,"
        "source_alarm_event_uuid,processed_at"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What was learnt about an account's interface, worth keeping over a restart."""

    status_version: _StatusVersion = "v4"
    select_works: tuple[str, ...] = ()
    select_refused: tuple[str, ...] = ()


def base_url(region: str) -> str:
    """Return the address of a region."""
    return f"https://data-api.{region}.smartconnect.testo.com"


class SmartConnect:
    """One account of the Smart Connect API. Implements ``base.Cloud``."""

    @property
    def lost_readings(self) -> bool:
        """Tell whether lines of the last result of readings could not be read."""
        found = self.understanding.get(_MEASUREMENTS, ReadReport())
        return rows.LOST_LINE in found.rejected

    def __init__(self, runner: JobRunner, dialect: Dialect | None = None) -> None:
        """Start with what was learnt before."""
        self._runner = runner
        self.dialect = dialect or Dialect()
        self.understanding: dict[str, ReadReport] = {}
        """What was read and rejected at the last run of each resource."""
        self._statuses = Reused(rows.status, "device_uuid")
        self.deprecated = runner.deprecated
        self.timings = runner.timings

    async def inventory(self) -> Inventory:
        """Return all devices (device properties, one row per channel)."""
        row_count = rows.RowCount()

        def work(found: Blocks) -> Inventory:
            return rows.inventory(chain.from_iterable(found), row_count)

        return await self._run(_PROPERTIES, work, row_count)

    async def locations(self) -> tuple[Location, ...]:
        """Return the named places."""
        return await self._parsed(_LOCATIONS, rows.location, tuple)

    async def limits(self) -> tuple[Limit, ...]:
        """Return the limits of the measuring objects."""
        return await self._parsed(_MEASURING_OBJECTS, rows.limits, tuple)

    async def status(self) -> dict[str, DeviceStatus]:
        """Return the newest status by device uuid, from whichever version answers."""
        known = self.dialect.status_version
        other = next(version for version in _STATUS_PATHS if version != known)
        try:
            return await self._status(known)
        except (LicenceError, RefusedError) as refusal:
            try:
                result = await self._status(other)
            except LicenceError, RefusedError:
                raise refusal from None
        self.dialect = replace(self.dialect, status_version=other)
        return result

    async def transitions(self, start: datetime, end: datetime) -> tuple[Transition, ...]:
        """Return the alarm transitions of a window, unsorted, possibly repeated."""
        found: list[Transition] = []
        while start < end:
            until = min(start + LARGEST_WINDOW, end)
            found += await self._parsed(_ALARMS, rows.transition, tuple, _window(start, until))
            start = until
        return tuple(found)

    async def readings[T](
        self,
        start: datetime,
        end: datetime,
        reduce: Callable[[Iterable[Batch]], T],
        sensors: Iterable[str] | None = None,
        arrived_after: datetime | None = None,
    ) -> T:
        """Reduce the readings of a window of at most ``LARGEST_WINDOW``.

        The filter by arrival is documented in its form, but not proven live (part 9).
        """
        body = _window(start, end)
        terms = []
        if arrived_after is not None:
            terms.append(f"processed_at gt '{_stamp(arrived_after)}'")
        wanted = None if sensors is None else frozenset(sensors)
        if wanted and len(wanted) <= MOST_SENSORS:
            names = (f"sensor_uuid eq '{name.replace("'", "''")}'" for name in sorted(wanted))
            either = " or ".join(names)
            terms.append(f"({either})" if terms else either)
        if terms:
            body["odata"] = {"$filter": " and ".join(terms)}
        row_count = rows.RowCount()

        def work(found: Blocks) -> T:
            batches = credible(readings(found, row_count), datetime.now(UTC), row_count)
            if wanted is not None:
                batches = (batch.of_sensors(wanted) for batch in batches)
            return reduce(batches)

        return await self._run(_MEASUREMENTS, work, row_count, body)

    async def _status(self, version: _StatusVersion) -> dict[str, DeviceStatus]:
        self._statuses.begin()
        return await self._parsed(
            _STATUS, self._statuses, rows.newest_status, path=_STATUS_PATHS[version]
        )

    async def _parsed[V, T](
        self,
        resource: str,
        parser: Callable[[Row], Iterable[V]],
        reduce: Callable[[Iterable[V]], T],
        body: dict[str, Any] | None = None,
        path: str | None = None,
    ) -> T:
        row_count = rows.RowCount()

        def work(found: Blocks) -> T:
            return reduce(row_count.parse(chain.from_iterable(found), parser))

        return await self._run(resource, work, row_count, body, path)

    async def _run[T](
        self,
        resource: str,
        reduce: Callable[[Blocks], T],
        row_count: rows.RowCount,
        body: dict[str, Any] | None = None,
        path: str | None = None,
    ) -> T:
        """Run a job, asking for the used columns only as long as the cloud likes it."""
        job = Job(
            resource=resource,
            path=path or _PATHS[resource],
            body={"options": {"result_file_format": "JSON"}, **(body or {})},
            bounds=STREAMED if resource == _MEASUREMENTS else HELD,
        )
        try:
            result = await self._selected(job, reduce, row_count)
        finally:
            found = ReadReport(rows=row_count.rows, rejected=dict(row_count.rejected))
            self.understanding[resource] = found.after(
                self.understanding.get(resource), datetime.now(UTC)
            )
        return result

    async def _selected[T](
        self, job: Job, reduce: Callable[[Blocks], T], row_count: rows.RowCount
    ) -> T:
        resource, dialect = job.resource, self.dialect
        columns = _COLUMNS.get(resource)
        if columns is None or resource in dialect.select_refused:
            return await self._runner.run(job, reduce, row_count)
        odata = {**job.body.get("odata", {}), "$select": columns}
        narrow = replace(job, body={**job.body, "odata": odata})
        proven = resource in dialect.select_works
        try:
            result = await self._runner.run(narrow, reduce, row_count)
        except (RefusedError, JobFailedError) as err:
            # Once it has worked, a job that fails has failed for another reason.
            if proven and isinstance(err, JobFailedError):
                raise
            result = await self._runner.run(job, reduce, row_count)
            refused = _with(self.dialect.select_refused, resource)
            self.dialect = replace(self.dialect, select_refused=refused)
        else:
            if not proven:
                works = _with(self.dialect.select_works, resource)
                self.dialect = replace(self.dialect, select_works=works)
        return result


def _with(known: tuple[str, ...], resource: str) -> tuple[str, ...]:
    """Add a resource; jobs side by side may learn the same."""
    return known if resource in known else (*known, resource)


def _window(start: datetime, end: datetime) -> dict[str, Any]:
    """Return both bounds: without the second one the cloud takes start + 1 h."""
    return {
        "date_time_from": _stamp(start),
        "date_time_until": _stamp(end),
    }


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
