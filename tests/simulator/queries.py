"""What was asked: a request body, checked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
import re
from typing import TYPE_CHECKING, Any

from . import odata, texts
from .columns import Resource, columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .faults import Faults

_FORMATS = {"CSV", "ORC", "PARQUET", "AVRO", "JSON", "TEXTFILE"}
_OPTIONS = {"$filter", "$select", "$orderby"}
_ARRIVED = re.compile(r"processed_at gt '([^']+)'(?: and \([^()]*\))?")
_TIMED = {Resource.MEASUREMENTS, Resource.ALARMS, Resource.TASKS}
_HOUR = timedelta(hours=1)
_SHORTEST, _LONGEST = timedelta(minutes=5), timedelta(days=7)


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


def _check_length(length: timedelta, faults: Faults) -> None:
    if faults.strict_window and not _SHORTEST <= length <= _LONGEST:
        message = "Invalid request: the period must last 5 minutes to 7 days."
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
        _check_length(until - start, faults)
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
