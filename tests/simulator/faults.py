"""What can be switched away from the default behaviour (API part 13)."""

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

type Row = dict[str, Any]
type Problem = Literal[
    "ACCESS_DENIED",
    "AUTHORIZER_FAILURE",
    "EXPIRED_TOKEN",
    "INTEGRATION_TIMEOUT",
    "REQUEST_TOO_LARGE",
    "WAF_FILTERED",
]
type Outcome = Literal["Completed", "Error", "Failed", "Archived", "never"]


@dataclass(slots=True)
class Faults:
    """The simulator's switches; they may change at any time and combine freely.

    Scope: without more, a switch holds everywhere. `only` limits all switches to some resources
    (`properties`, `status`, `measurements`, `alarms`, `locations`, `measuring_objects`, and with
    Saveris Data `sensor_status`, `equipments`, `tenants`, `tasks`, `token`) or steps (`submit`,
    `poll`, `download`, and with Saveris Data `sync`, `login`); `alarms.poll` means one step of one
    resource. `on` sets further switches for such a place: `on={"alarms": {"server_error": 500},
    "download": {"slow": 1.0}}`. Switches of files and rows go with a resource. Saveris 2 has the
    resources `measuring_points`, `values` and `alarms`, all of them at step `sync`. Sensorist has
    `users`, `gateways`, `measurements`, `alarms`, `history`, `workflows` and `callbacks` at step
    `sync`, and `users`, `gateways`, `commands`, `sensors`, `alarms` and `callbacks` at step
    `write`. Device Management has `token` at step `login`; `devices`, `connect_keys`, `settings`,
    `sensors`, `alarm_configurations` and `measuring_objects` at steps `sync` and `write`.
    """

    only: Collection[str] = field(default_factory=set)
    on: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    # Requests
    unauthorized: bool = False
    """401 for every key."""
    forbidden: bool = False
    """403, licence or permission missing."""
    unknown_path: bool = False
    """What comes for a path that is not known."""
    server_error: int | None = None
    """This status (500, 502, 504 …) instead of an answer."""
    rate_limit: bool = False
    """429 instead of an answer."""
    retry_after: int | None = None
    """Seconds in the `Retry-After` header of a 429 or server error."""
    connection_reset: bool = False
    """The connection is cut before any answer."""
    html: bool = False
    """A page for people instead of an answer, with status 200."""
    empty_body: bool = False
    """Nothing instead of an answer, with status 200."""
    redirect: bool = False
    """302 to such a page on the other host."""
    gateway_problem: Problem | None = None
    """This problem document of the gateway instead of an answer of its host."""
    fail_times: int | None = None
    """How many more requests the ten faults above hit, in all places together; None: all."""
    refused: int | None = None
    """403, 404 or 400 for good, in whatever way a resource is asked for."""
    refused_async: int | None = None
    """The same, but only for jobs: a synchronous path to the same resource goes on."""
    slow: float = 0.0
    """Seconds before every answer."""
    drip: float = 0.0
    """Seconds before each of about fifty parts of an answer."""
    cut_body: bool = False
    """The connection is cut in the middle of every answer."""
    wrong_type: bool = False
    """Every answer claims to be a picture."""
    cookie: str | None = None
    """Every answer sets this cookie."""
    older_errors: bool = False
    """Error bodies of spring 2026 (`{"message": …}`)."""
    unknown_path_status: int = 403
    status_v4_absent: bool = False
    """403 on the v4 status path, as for any unknown path."""
    strict_window: bool = False
    """400 for a window shorter than five minutes or longer than seven days."""
    kept_days: int | None = None
    """400 for a window that begins longer ago."""
    refuse_select: bool = False
    """400 for any `$select`."""
    sunset: str | None = None
    """Every answer announces the end of its interface, at this HTTP date ("": without one)."""

    # Logins (Saveris Data, Device Management)
    login_status: int = 400
    """Answer to a wrong password."""
    token_name: str = "IdToken"
    """What the token is called in the answer of a login."""
    empty_token: bool = False
    """A good login brings an empty token, as for who has to change the password first."""
    token_life: int | None = None
    """Seconds on the fleet's clock for which a new token is good; None: as usual with a cloud."""
    token_without_exp: bool = False
    """New tokens do not say when they end."""
    sync_limit: int = 6 * 1024 * 1024
    """413 for a synchronous answer of more bytes."""

    # Jobs
    submit_status: str = "Submitted"
    wrong_uuid: bool = False
    """The answer to a submission names a job that nobody knows."""
    run_time: float | None = None
    """Seconds on the fleet's clock until a job is done; None: 2 to 8 by seed."""
    job_outcome: Outcome = "Completed"
    failure_message: str | None = None
    """`message` in the poll answer of a failed job."""
    refuse_filter: Collection[str] = field(default_factory=set)
    """400 for a `$filter` that names one of these columns."""
    filter_fails_job: bool = False
    """Jobs filtered by `processed_at` end in `Error`."""
    filter_misses: float = 0.0
    """Share of measurements that a job filtered by `processed_at` does not find."""
    select_fails_job: bool = False
    """Jobs with a `$select` end in `Error`."""
    unknown_request_status: int = 404
    """Answer for an unknown request uuid; 200 gives a body with `Error`."""

    # Links
    link_lifetime: int = 3600
    """Seconds on the fleet's clock; 0 and below: expired at once."""
    link_host: str | None = None
    """Where links lead instead of to the own host: scheme and host, "ftp://example.invalid"."""
    key_on_link: Literal["refuse", "ignore"] = "refuse"
    """What becomes of a download that carries the key or an `Authorization` header."""

    # Files
    plain_json: bool = False
    """JSON without gzip."""
    json_array: bool = False
    """One JSON array in each file instead of lines."""
    one_file: bool = False
    parts: int | None = None
    """How many files a JSON result is spread over, if it has so many rows; None: 2 or 3 by seed."""
    empty_file: bool = False
    """An empty JSON result is one empty file instead of no file."""
    truncated_gzip: bool = False
    """The file stops in the middle (JSON only)."""
    gzip_bomb: bool = False
    """Small files that unzip to 256 MiB each (JSON only)."""
    half_line: bool = False
    """The file stops within its last line, but is well zipped (JSON only)."""
    bad_utf8: bool = False
    """Texts are in Latin-1 (JSON only)."""
    csv_unquoted: bool = False
    csv_crlf: bool = False
    csv_bom: bool = False
    garbage_line: bool = False
    """One more line in each file that is no row at all."""

    # Rows
    schema_names: bool = False
    """Column names, types and enumerations of the published schema instead of the live ones."""
    duplicates: float = 0.01
    """Share of measurements, alarms and status rows that come twice."""
    missing_columns: Collection[str] = field(default_factory=set)
    extra_columns: Mapping[str, Any] = field(default_factory=dict)
    omit_null: bool = False
    """JSON rows lack their null members."""
    bad_time: bool = False
    """One more row in each file whose time is no time."""
    drop_rows: Collection[str] | Callable[[Row], bool] = field(default_factory=set)
    """Rows not delivered for now: their uuids, or a predicate on the row."""
    local_time_with_z: bool = False
    """`*_local` columns are local digits with a `Z`."""
    fahrenheit: bool = False
    """Everything in °C is delivered in °F."""
    in_place_alarms: bool = False
    """One alarm row that is updated on recovery, instead of two rows."""
    without_source_event: bool = False
    """Recoveries do not name their violation."""
    sensorless_gateway: bool = False
    """Gateways without sensors have a properties row with nulls."""
    wired_sensors: bool = False
    """The status of sensors has rows for wired ones, too, with nulls."""

    def at(self, resource: str, step: str) -> Faults:
        """Return the switches as they hold for one step of one resource."""
        places = (step, resource, f"{resource}.{step}")
        applies = not self.only or any(place in self.only for place in places)
        found = self if applies else Faults(on=self.on)
        for place in places:
            if place in self.on:
                found = replace(found, **self.on[place])
        return found

    def strike(self) -> bool:
        """Count one request as failed; tell whether it is to fail."""
        if self.fail_times is None:
            return True
        if self.fail_times <= 0:
            return False
        self.fail_times -= 1
        return True

    def set(self, values: Mapping[str, Any]) -> None:
        """Set switches from decoded JSON; ValueError for an unknown name or a wrong type."""
        known = {entry.name: entry for entry in fields(self)}
        fresh = Faults()
        for name, value in values.items():
            if name not in known:
                message = f"unknown fault: {name}"
                raise ValueError(message)
            setattr(fresh, name, _checked(name, getattr(fresh, name), value))
        for name in values:
            setattr(self, name, getattr(fresh, name))

    def plain(self) -> dict[str, Any]:
        """Return all switches in a form that JSON can express."""
        return {entry.name: _plain(getattr(self, entry.name)) for entry in fields(self)}


def _plain(value: object) -> object:
    if callable(value):
        return "(predicate)"
    if isinstance(value, set | frozenset | tuple):
        return sorted(value)
    return value


def _checked(name: str, default: object, value: Any) -> Any:
    """Return a decoded JSON value as the switch wants it."""
    wrong = ValueError(f"wrong value for fault {name}: {value!r}")
    if isinstance(default, set):
        if isinstance(value, str):
            return {value}
        if not isinstance(value, list):
            raise wrong
        return set(value)
    if isinstance(default, float) and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if default is not None and type(default) is not type(value):
        raise wrong
    return value
