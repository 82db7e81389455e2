"""What can be odd about answers of the Sensorist API (Sensorist parts 8 to 10)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .spans import Span

type Early = Literal["same", "fresh", "refused"]
type Payload = Literal["missing", "null", "other"]
type Created = Literal["alone", "in a list", "not told"]
type HistoryForm = Literal["history", "logs", "alarms", "keyed"]
type WorkflowForm = Literal["state", "status", "other words", "result alone"]
type WorkflowEnd = Literal["finished", "failed", "never"]
type DeliveryBody = Literal["json", "form", "text", "empty"]


@dataclass(slots=True)
class SensoristOddities:
    """Switches beside the faults that every cloud has; they may change at any time and combine.

    What was answered before stays what an early request gets: with `early="same"` a switch of the
    content shows in a URL once the max-age of its last answer has run out. Resources are called as
    in `Faults`, data sources and alarms told by their id, gateways and sensors by their serial.
    """

    # Requests
    early: Early = "same"
    """What a request gets that comes before max-age ran out: the answer before, a new one, 429."""
    max_age: dict[str, int] = field(default_factory=dict)
    """Seconds on the fleet's clock, by resource; others have 900, shortened by the speed."""
    no_cache_header: bool = False
    """Only the envelope tells max-age."""
    age_in_body: int | None = None
    """What the envelope tells as max-age instead; the header tells the truth."""
    code: dict[str, int] = field(default_factory=dict)
    """By resource: a `code` in the body, without payload, while the HTTP status is 200."""
    payload: dict[str, Payload] = field(default_factory=dict)
    """By resource: the payload is not there, null, or of another type."""
    locks_after: int | None = None
    """403 for an account, whatever the password, after so many wrong ones in a row."""

    # Gateways and sensors
    without_loggers: bool = False
    """Only the gateways of the fleet are gateways; else loggers are, with sensors of their own."""
    masters: Mapping[str, str] = field(default_factory=dict)
    """The masters of slave gateways; a slave is listed only when `with_slaves` asks for it."""
    current_gateways: Mapping[str, str] = field(default_factory=dict)
    """What `current_gateway_id` of sensors tells, instead of the gateway they are listed below."""
    one_gateway_is: Literal["place", "current"] = "place"
    """What must be one gateway in a request: where sensors are listed, or what they tell."""
    fahrenheit: bool = False
    """The account has °F: units, values and alarms in °C come in °F."""
    may_set_interval: bool = False
    """The account may change the interval of sensors; else that is a 403."""

    # Measurements
    without_value: set[int] = field(default_factory=set)
    """Data sources that never measured: missing from the newest values, empty elsewhere."""
    blank: Mapping[int, Span] = field(default_factory=dict)
    """Rows of a time that are of type 20 and have no value."""
    interpolated: Mapping[int, Span] = field(default_factory=dict)
    """Rows of a time that are of type 30 and whose value is 1 more than was measured."""
    page: int = 5_000
    """How many raw rows come at once."""
    next_inside: bool = False
    """`next` stands inside `measurements`."""
    next_as_text: bool = False
    no_next_at_end: bool = False
    """The last page has no `next`; else it is null."""
    repeats_page: bool = False
    """Raw rows always begin anew, whatever the offset: the paging has no end."""
    raw_untidy: bool = False
    """Raw rows come the newest first, and the newest of each data source twice."""
    same_seq: bool = False
    """All rows that were stored at once share their sequence number."""
    min_max_rows: bool = False
    """Extremes come as two rows in an array."""
    unknown_source_refused: bool = False
    """400 for an unknown data source; else it is missing from the answer."""

    # Alarms
    states: Mapping[int, str] = field(default_factory=dict)
    """What alarms give as their state, instead of `in` or `out`."""
    alarms_spelt_oddly: bool = False
    """Ids and values as texts, data sources as objects, other capitals, nulls and gaps."""
    extra_alarms: list[dict[str, Any]] = field(default_factory=list)
    """Come after the true ones, just as they are."""
    alarm_created: Created = "alone"
    history_form: HistoryForm = "history"
    """The key of the history, or (keyed) an object by alarm id."""
    history_without_ids: bool = False
    history_untidy: bool = False
    """The newest comes first, and twice."""

    # Callbacks and workflows
    callbacks_key: str = "callbacks"
    delivery: DeliveryBody = "json"
    workflow_polls: int = 2
    """How many polls find a workflow running."""
    workflow_end: WorkflowEnd = "finished"
    """How new workflows end; those of a gateway without connection fail in any case."""
    workflow_form: WorkflowForm = "state"

    # Everywhere
    broken_rows: bool = False
    """Lists begin with what is no object, and with objects that lack what matters."""
