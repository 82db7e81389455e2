"""What a report says of channels and devices: figures, excursions, gaps, alarms, reviews.

Names are those of the contract (A8). Times are UTC, durations in seconds, values in the unit of the
channel. Facts: compliance reference, parts 1 and 2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

type Direction = Literal["upper", "lower"]
type LimitSource = Literal["given", "entered", "testo"]
"""Of limits of the cloud it is ``testo``, whoever made it."""
type DoubtReason = Literal["several", "times"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportLimit:
    """A limit, and who says so."""

    direction: Direction
    value: float
    source: LimitSource


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitDoubt:
    """Why there is no limit on a side although some are configured: no one of them is meant.

    They are `several`, or change with the `times` of the day.
    """

    direction: Direction
    reason: DoubtReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Extreme:
    """The lowest or highest reading, and the first time at which it was measured."""

    value: float
    time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Mkt:
    """The mean kinetic temperature, with the activation energy (kJ/mol) it was reckoned with.

    The highest ones are those of full rolling windows; None if the time is too short for one,
    or mostly unknown.
    """

    value: float
    activation_energy: float
    highest_24h: float | None
    highest_30d: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Excursion:
    """A time out of a limit; `open` if the last reading of the window is still out."""

    start: datetime
    end: datetime
    seconds: float
    direction: Direction
    extreme: float
    limit: float
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportGap:
    """A time of which nothing is known."""

    start: datetime
    end: datetime
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What was measured on one local day; None where there is no reading."""

    day: date
    count: int
    minimum: float | None
    mean: float | None
    maximum: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelFigures:
    """All that is reckoned from the readings of one channel in a window."""

    cycle: timedelta | None
    """By which a reading holds; None where neither the cloud nor the readings tell it."""
    count: int
    coverage: float
    """Known time as a part of the window, 0 to 1."""
    minimum: Extreme | None
    maximum: Extreme | None
    mean: float | None
    mkt: Mkt | None
    seconds_above: float
    seconds_below: float
    excursions: tuple[Excursion, ...]
    gaps: tuple[ReportGap, ...]
    days: tuple[Day, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelReport:
    """One channel in a report: what it is called, its limits, figures and curve."""

    entity_id: str
    name: str
    unit: str
    decimals: int
    limits: tuple[ReportLimit, ...]
    figures: ChannelFigures
    times: Sequence[datetime]
    """Of the readings inside the window, ascending."""
    values: Sequence[float]
    doubts: tuple[LimitDoubt, ...] = ()
    """Of the sides that have no limit for that reason."""


AUTOMATION: Final = "automation"
"""Who acknowledged or reviewed where no user stood behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """Who took notice of an alarm in Home Assistant."""

    by: str
    at: datetime
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportAlarm:
    """One of the maker's own alarms. They have delay and hysteresis, so they are no excursions."""

    episode_id: str
    property: str | None
    extension: str | None
    direction: Direction | None
    severity: str
    value: float | None
    unit: str | None
    limit: float | None
    reason: str | None
    raised_at: datetime | None
    cleared_at: datetime | None
    open: bool
    acknowledged: Acknowledged | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Somebody looked."""

    at: datetime
    by: str
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceReport:
    """A report of one device."""

    maker: str
    """Whose cloud it comes from."""
    device_id: str | None
    serial: str
    name: str
    model: str | None
    firmware: str | None
    site: str | None
    start: datetime
    end: datetime
    time_zone: str
    """IANA name of the zone in which days are counted and times are printed."""
    cycle_seconds: float | None
    data_as_of: datetime | None
    complete: bool
    calibration_due: date | None
    channels: tuple[ChannelReport, ...]
    alarms: tuple[ReportAlarm, ...]
    reviews: tuple[Review, ...]
