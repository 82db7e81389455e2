"""The testo Smart Connect API: which jobs to run and how its rows become values.

Facts: Smart Connect reference, parts 2, 3.1, 6 and 12.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, ClassVar, Literal, override

from ...history.batch import Batch
from ...monitoring.codec import NOT_UNDERSTOOD, dump, load
from ...monitoring.model import (
    DeviceStatus,
    Inventory,
    Limit,
    Location,
    Transition,
)
from ..base import Alarms, Answer, Cloud, History, Interval, Resource, Traits
from ..errors import JobFailedError, LicenceError, RefusedError
from ..http.bounds import HELD, STREAMED
from . import rows
from .count import RowCount
from .fields import Row
from .readings import credible, readings
from .reuse import Reused
from .runner import Blocks, Job, JobRunner, Reduce

REGIONS = ("eu", "am", "ap")
KEY_HEADER = "x-custom-api-key"
_VERSION = 1
"""Of the learnt dialect; the first release did not tell it."""

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


_OFTEN = Interval.minutes(15, 1, 240)
"""The proven load (part 4.2)."""
_TWICE_A_DAY = Interval.fixed(timedelta(hours=12))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What was learnt about an account's interface, worth keeping over a restart."""

    status_version: _StatusVersion = "v4"
    select_works: tuple[str, ...] = ()
    select_refused: tuple[str, ...] = ()


def dialect_of(learnt: Mapping[str, Any]) -> Dialect:
    """Return a dialect from data; what another release learnt is learnt anew."""
    try:
        if learnt.get("version", _VERSION) == _VERSION:
            return load(Dialect, learnt)
    except NOT_UNDERSTOOD:
        pass
    return Dialect()


def base_url(region: str) -> str:
    """Return the address of a region."""
    return f"https://data-api.{region}.smartconnect.testo.com"


class SmartConnect(Cloud):
    """One account of the Smart Connect API."""

    traits: ClassVar = Traits(
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
        # Documented in its form, but not proven live (part 9).
        by_arrival=True,
        # No largest range is published; seven days is the assumption (part 16, question 2).
        longest_window=timedelta(days=7),
        # More terms than this in one filter and it is cheaper to ask for all.
        most_sensors=50,
    )

    def __init__(self, runner: JobRunner, dialect: Dialect | None = None) -> None:
        """Start with what was learnt before."""
        self._runner = runner
        self.dialect = dialect or Dialect()
        self._statuses = Reused(rows.status, "device_uuid")

    @property
    @override
    def learnt(self) -> Mapping[str, Any]:
        """Return the dialect as data."""
        return {"version": _VERSION, **dump(self.dialect)}

    @override
    async def inventory(self) -> Answer[Inventory]:
        """Return all devices (device properties, one row per channel)."""

        def work(found: Blocks, row_count: RowCount) -> Inventory:
            return rows.inventory(chain.from_iterable(found), row_count)

        return await self._run(_PROPERTIES, work)

    @override
    async def locations(self) -> Answer[tuple[Location, ...]]:
        """Return the named places."""
        return await self._run(_LOCATIONS, _parsed(rows.location, tuple))

    @override
    async def limits(self) -> Answer[tuple[Limit, ...]]:
        """Return the limits of the measuring objects."""
        return await self._run(_MEASURING_OBJECTS, _parsed(rows.limits, tuple))

    @override
    async def status(self) -> Answer[dict[str, DeviceStatus]]:
        """Return the newest status by device uuid, from whichever version answers."""
        known = self.dialect.status_version
        other = next(version for version in _STATUS_PATHS if version != known)
        try:
            return await self._status(known)
        except (LicenceError, RefusedError) as refusal:
            try:
                answer = await self._status(other)
            except LicenceError, RefusedError:
                raise refusal from None
        self.dialect = replace(self.dialect, status_version=other)
        return answer

    @override
    async def transitions(self, start: datetime, end: datetime) -> Answer[tuple[Transition, ...]]:
        """Return the alarm transitions of a window, unsorted, possibly repeated."""
        return await self._run(_ALARMS, _parsed(rows.transition, tuple), _window(start, end))

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
        body = _window(start, end)
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

        return await self._run(_MEASUREMENTS, work, body)

    async def _status(self, version: _StatusVersion) -> Answer[dict[str, DeviceStatus]]:
        self._statuses.begin()
        work = _parsed(self._statuses, rows.newest_status)
        return await self._run(_STATUS, work, path=_STATUS_PATHS[version])

    async def _run[T](
        self,
        resource: str,
        reduce: Reduce[T],
        body: dict[str, Any] | None = None,
        path: str | None = None,
    ) -> Answer[T]:
        """Run a job, asking for the used columns only as long as the cloud likes it."""
        job = Job(
            resource=resource,
            path=path or _PATHS[resource],
            body={"options": {"result_file_format": "JSON"}, **(body or {})},
            bounds=STREAMED if resource == _MEASUREMENTS else HELD,
        )
        dialect, columns = self.dialect, _COLUMNS.get(resource)
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
            refused = _with(self.dialect.select_refused, resource)
            self.dialect = replace(self.dialect, select_refused=refused)
        else:
            if not proven:
                works = _with(self.dialect.select_works, resource)
                self.dialect = replace(self.dialect, select_works=works)
        return answer


def _parsed[V, T](
    parser: Callable[[Row], Iterable[V]], reduce: Callable[[Iterable[V]], T]
) -> Reduce[T]:
    """Return what parses row by row and reduces what that brings."""

    def work(found: Blocks, row_count: RowCount) -> T:
        return reduce(row_count.parse(chain.from_iterable(found), parser))

    return work


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
