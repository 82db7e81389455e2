"""Queries and jobs: what was asked, how long it takes, and which rows answer it."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
import itertools
import re
from typing import TYPE_CHECKING, Any

from . import odata, texts
from .columns import TIME_COLUMNS, Resource, columns
from .curves import salt_of
from .encode import csv_chunks, json_chunks
from .feeds import alarm_rows, measurement_rows, status_rows
from .inventory import location_rows, measuring_object_rows, property_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .faults import Faults, Row
    from .fleet import Fleet

_FORMATS = {"CSV", "ORC", "PARQUET", "AVRO", "JSON", "TEXTFILE"}
_OPTIONS = {"$filter", "$select", "$orderby"}
_ARRIVED = re.compile(r"processed_at gt '([^']+)'(?: and \([^()]*\))?")
_TIMED = {Resource.MEASUREMENTS, Resource.ALARMS}
_REPEATED = {Resource.MEASUREMENTS, Resource.ALARMS, Resource.STATUS}
_HOUR = timedelta(hours=1)
_QUEUED = 0.2


class BodyError(ValueError):
    """The gateway's validator refuses the body."""


class QueryError(ValueError):
    """The service itself refuses the query."""


@dataclass(frozen=True, slots=True)
class Query:
    """A request body, checked; the period is `start <= t < until` in UTC."""

    resource: Resource
    version: int
    start: datetime
    until: datetime
    format: str
    columns: list[str]
    predicate: odata.Predicate | None
    order: list[tuple[str, bool]]
    selects: bool
    arrived_after: datetime | None
    schema_names: bool


def _check_age(age: timedelta, kept_days: int | None) -> None:
    if kept_days is not None and age > timedelta(days=kept_days):
        message = "Invalid request: nothing is kept from that time."
        raise QueryError(message)


def parse_query(
    resource: Resource, version: int, body: Any, *, now: datetime, faults: Faults
) -> Query:
    """Check a decoded request body (API part 3.2).

    Raises:
        BodyError: the body does not fit the schema.
        QueryError: it fits, but cannot be carried out.
    """
    if not isinstance(body, dict):
        message = "[instance type does not match any allowed primitive type]"
        raise BodyError(message)
    options, given = _object(body, "options"), _object(body, "odata")
    format_ = options.get("result_file_format", "CSV")
    if format_ not in _FORMATS:
        message = f"[instance value ({format_!r}) not found in enum]"
        raise BodyError(message)
    if unknown := sorted(set(given) - _OPTIONS):
        message = f"[object has properties which are not allowed by the schema: {unknown}]"
        raise BodyError(message)
    if not all(isinstance(value, str) for value in given.values()):
        message = "[instance type of odata member is not string]"
        raise BodyError(message)
    start, until = now - _HOUR, now
    if resource in _TIMED:
        start = _instant(body, "date_time_from") or start
        until = _instant(body, "date_time_until") or start + _HOUR
        if start >= until:
            message = "Invalid request: date_time_from must be before date_time_until."
            raise QueryError(message)
    _check_age(now - start, faults.kept_days)
    if faults.refuse_select and "$select" in given:
        message = "Invalid request: $select is not supported."
        raise QueryError(message)
    filter_ = given.get("$filter", "")
    if refused := sorted(name for name in faults.refuse_filter if name in filter_):
        message = f"Invalid request: cannot filter by {refused[0]}."
        raise QueryError(message)
    known = columns(resource, version, schema_names=faults.schema_names)
    try:
        return Query(
            resource=resource,
            version=version,
            start=start,
            until=until,
            format=format_,
            columns=odata.select(given["$select"], known) if "$select" in given else known,
            predicate=odata.predicate(given["$filter"], known) if "$filter" in given else None,
            order=odata.order(given["$orderby"], known) if "$orderby" in given else [],
            selects="$select" in given,
            arrived_after=_arrived_after(filter_),
            schema_names=faults.schema_names,
        )
    except odata.ODataError as error:
        message = f"Invalid request: {error}"
        raise QueryError(message) from error


def _arrived_after(filter_: str) -> datetime | None:
    """Return from when on only arrivals can match, if a filter begins with that.

    Searching weeks for what came in the last minutes would take long otherwise.
    """
    found = _ARRIVED.fullmatch(filter_)
    return texts.parse(found[1]) if found else None


def _object(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name, {})
    if not isinstance(value, dict):
        message = f'[instance type of "{name}" is not object]'
        raise BodyError(message)
    return value


def _instant(body: Mapping[str, Any], name: str) -> datetime | None:
    if name not in body:
        return None
    try:
        return texts.parse(body[name])
    except (TypeError, ValueError) as error:
        message = f'[string "{body[name]}" is invalid against requested date format(s)]'
        raise BodyError(message) from error


@dataclass(slots=True)
class Job:
    """A submitted query; it answers with what was visible when it was submitted (UTC)."""

    uuid: str
    query: Query
    submitted_at: datetime
    run_time: timedelta
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
        query, now = self.query, self.submitted_at
        period = (query.start, query.until)
        match query.resource:
            case Resource.MEASUREMENTS:
                found = fleet.readings(
                    *period, visible_at=now, part=part, arrived_after=query.arrived_after
                )
                return measurement_rows(fleet, faults, found)
            case Resource.ALARMS:
                rows = iter(self._alarms(fleet, faults))
            case Resource.STATUS:
                rows = status_rows(fleet, now, query.version)
            case Resource.PROPERTIES:
                rows = property_rows(fleet, faults, now)
            case Resource.LOCATIONS:
                rows = location_rows(fleet, faults)
            case Resource.MEASURING_OBJECTS:
                rows = measuring_object_rows(fleet, faults, now)
        return itertools.islice(rows, part[0], None, part[1])

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
        if salt_of(row.get("uuid") or row.get("device_uuid")) & 0xFFFF < threshold:
            yield row


def _with_bad_time(rows: Iterator[Row], column: str) -> Iterator[Row]:
    for number, row in enumerate(rows):
        if number == 0:
            changed = {column: "31.02.2026 25:61"}
            if "uuid" in row:
                changed["uuid"] = f"bad{row['uuid'][3:]}"
            yield row | changed
        yield row
