"""What can be odd about answers of the Saveris 2 API (Saveris 2 parts 5, 8 and 13)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

type NoValue = Literal["row", "hashes", "dots", "empty", "null"]
type Spelling = Literal["missing", "null", "empty"]
type AtZero = Literal[429, 403, 402, 200]


@dataclass(slots=True)
class Oddities:
    """Switches beside the faults that every cloud has; they may change at any time and combine.

    Channels are told by their true name (`Saveris2Simulator.channel_name`), points by their id.
    """

    # Calls
    at_zero: AtZero = 429
    """What comes once no call is left: a refusal, or (200) the data as before."""
    failures_cost: bool = True
    """Calls that end in a server error, a cut connection or the client's impatience count, too."""

    # Measuring points
    twin_ids: bool = False
    """The ids of the first two points differ only in case."""
    same_names: bool = False
    """All points are called like the first."""
    area: Mapping[str, str] = field(default_factory=dict)
    """The areas of points by id; others have none."""
    points_key_missing: bool = False
    """`measuringPoints` is missing, from the list as from the values."""

    # Values
    odd_names: Mapping[str, str] = field(default_factory=dict)
    """What channels are called instead, in values as in alarms."""
    missing_value: dict[str, NoValue] = field(default_factory=dict)
    """Channels without a value: no row at all, or what stands for the value and its iso value."""
    fahrenheit: bool = False
    """Values and limits in °C come in °F; what is iso stays in °C."""
    no_iso: bool = False
    """No iso values in values and alarms, though `isoUnit` stays."""
    decimal_comma: bool = False
    """Numbers have a comma instead of a point."""

    # Alarms
    failure_spelling: Spelling = "missing"
    """How the limit of a sensor failure is not told."""
    loose_warning: str | None = None
    """The message of one more system warning, which names no point."""
    extra_alarms: list[dict[str, Any]] = field(default_factory=list)
    """Come after the true ones, just as they are."""
    extra_warnings: list[dict[str, Any]] = field(default_factory=list)
    """As above, of system warnings."""
    warnings_key_missing: bool = False
    alarms_key_missing: bool = False
    alarms_null: bool = False
    alarms_not_a_list: bool = False

    # Everywhere
    broken_rows: bool = False
    """Points, values and alarms begin with what is no object, or lacks its id or time."""
