"""Jobs: how long they take, and which rows answer them."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
import itertools
from typing import TYPE_CHECKING

from . import odata
from .columns import TIME_COLUMNS, Resource
from .curves import salt_of
from .encode import csv_chunks, json_chunks
from .equipments import equipment_rows
from .feeds import alarm_rows, measurement_rows, status_rows
from .inventory import location_rows, measuring_object_rows, property_rows
from .sensors import sensor_status_rows
from .tasks import task_rows
from .tenants import tenant_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .faults import Faults, Row
    from .fleet import Fleet
    from .queries import Query

_REPEATED = {
    Resource.MEASUREMENTS,
    Resource.ALARMS,
    Resource.STATUS,
    Resource.SENSOR_STATUS,
    Resource.TASKS,
}
_HOUR = timedelta(hours=1)
_QUEUED = 0.2


@dataclass(slots=True)
class Job:
    """A submitted query; it answers with what was visible when it was submitted (UTC)."""

    uuid: str
    query: Query
    submitted_at: datetime
    run_time: timedelta
    equipment: bool = False
    """Properties name the equipment of a channel."""
    files: dict[str, tuple[int, int]] | None = field(default=None)
    """File name -> (part, parts); set when the job is first seen completed."""
    alarms: list[Row] | None = field(default=None, repr=False)

    def status(self, now: datetime, faults: Faults) -> str:
        """Return the status word of a poll."""
        run_time = self.run_time
        if faults.run_time is not None:
            run_time = timedelta(seconds=faults.run_time)
        elapsed = now - self.submitted_at
        if elapsed < run_time or faults.job_outcome == "never":
            queued = elapsed < run_time * _QUEUED
            return "Submitted" if queued else "In Progress"
        if faults.select_fails_job and self.query.selects:
            return "Error"
        if faults.filter_fails_job and self.query.arrived_after is not None:
            return "Error"
        # The other formats are known by name only, so the simulator cannot deliver them.
        if self.query.format not in {"CSV", "JSON"}:
            return "Error"
        return faults.job_outcome

    def forget(self, now: datetime) -> None:
        """Let go of what can be computed again, once hardly anybody will ask any more."""
        if now - self.submitted_at > _HOUR:
            self.alarms = None

    def prepare(self, fleet: Fleet, faults: Faults) -> None:
        """Decide which files there are; runs in a thread, as a filter may have to search long."""
        faults = self._settled(faults)
        if self.query.format == "CSV":
            self.files = {f"{self.uuid}.csv": (0, 1)}
            return
        parts = 1 if faults.one_file else faults.parts or 2 + int(self.uuid[0], 16) % 2
        # Without rows there is no file; shares that came out empty are left out, too.
        filled = [
            part
            for part in range(parts)
            if any(True for _ in self._matching(fleet, faults, (part, parts)))
        ]
        if not filled and faults.empty_file:
            filled = [0]
        extension = "json" if faults.plain_json else "gz"
        stem = f"{self.uuid}/{self.submitted_at:%Y%m%d_%H%M%S}_00001"
        self.files = {
            f"{stem}_part_{chr(ord('a') + part)}.{extension}": (part, parts) for part in filled
        }

    def chunks(self, fleet: Fleet, faults: Faults, part: tuple[int, int]) -> Iterator[bytes]:
        """Yield one file; nothing is computed before it is asked for."""
        query, faults = self.query, self._settled(faults)
        rows: Iterator[Row] = self._matching(fleet, faults, part)
        if query.order:
            rows = iter(odata.sort(rows, query.order))
        if faults.bad_time:
            rows = _with_bad_time(rows, TIME_COLUMNS[query.resource])
        names = [name for name in query.columns if name not in faults.missing_columns]
        extra = dict(faults.extra_columns)
        if query.selects or faults.missing_columns or extra:
            rows = ({name: row[name] for name in names} | extra for row in rows)
        if query.format == "CSV":
            header = names + [name for name in extra if name not in names]
            return csv_chunks(header, rows, faults)
        return json_chunks(rows, faults)

    def _settled(self, faults: Faults) -> Faults:
        """Keep to the names that the query was checked against."""
        return replace(faults, schema_names=self.query.schema_names)

    def _matching(self, fleet: Fleet, faults: Faults, part: tuple[int, int]) -> Iterator[Row]:
        rows = self._rows(fleet, faults, part)
        dropped = faults.drop_rows
        if callable(dropped):
            rows = (row for row in rows if not dropped(row))
        elif dropped:
            rows = (row for row in rows if row.get("uuid") not in dropped)
        if self.query.predicate is not None:
            rows = filter(self.query.predicate, rows)
        if faults.filter_misses and self.query.arrived_after is not None:
            rows = (row for row in rows if int(row["uuid"][:4], 16) >= faults.filter_misses * 65536)
        if faults.duplicates and self.query.resource in _REPEATED:
            rows = _with_duplicates(rows, faults.duplicates)
        return rows

    def _rows(self, fleet: Fleet, faults: Faults, part: tuple[int, int]) -> Iterator[Row]:
        query = self.query
        if query.resource is not Resource.MEASUREMENTS:
            return itertools.islice(self._few(fleet, faults), part[0], None, part[1])
        found = fleet.readings(
            query.start,
            query.until,
            visible_at=self.submitted_at,
            part=part,
            arrived_after=query.arrived_after,
        )
        return measurement_rows(fleet, faults, found)

    def _few(self, fleet: Fleet, faults: Faults) -> Iterator[Row]:
        """Return the rows of anything that is not much, whole for each of the files."""
        query, now = self.query, self.submitted_at
        match query.resource:
            case Resource.ALARMS:
                rows = iter(self._alarms(fleet, faults))
            case Resource.TASKS:
                rows = task_rows(fleet, now, (query.start, query.until))
            case Resource.STATUS:
                rows = status_rows(fleet, now, query.version)
            case Resource.SENSOR_STATUS:
                rows = sensor_status_rows(fleet, faults, now, query.version)
            case Resource.PROPERTIES:
                rows = property_rows(fleet, faults, now, equipment=self.equipment)
            case Resource.LOCATIONS:
                rows = location_rows(fleet, faults)
            case Resource.MEASURING_OBJECTS:
                rows = measuring_object_rows(fleet, faults, now)
            case Resource.EQUIPMENTS:
                rows = equipment_rows(fleet, faults, now)
            case _:  # tenants; measurements are not few
                rows = tenant_rows(fleet)
        return rows

    def _alarms(self, fleet: Fleet, faults: Faults) -> list[Row]:
        """Return the alarm rows; they are few, but take long to find for each of the files."""
        if self.alarms is None:
            period = (self.query.start, self.query.until)
            self.alarms = list(alarm_rows(fleet, faults, self.submitted_at, period))
        return self.alarms


def _with_duplicates(rows: Iterator[Row], share: float) -> Iterator[Row]:
    """Repeat a share of the rows, picked by their uuid, so that it is the same in every query."""
    threshold = int(share * 0x1_0000)
    for row in rows:
        yield row
        known_by = row.get("uuid") or row.get("device_uuid") or row.get("sensor_uuid")
        if salt_of(known_by) & 0xFFFF < threshold:
            yield row


def _with_bad_time(rows: Iterator[Row], column: str) -> Iterator[Row]:
    for number, row in enumerate(rows):
        if number == 0:
            changed = {column: "31.02.2026 25:61"}
            if "uuid" in row:
                changed["uuid"] = f"bad{row['uuid'][3:]}"
            yield row | changed
        yield row
