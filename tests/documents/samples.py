"""Reports as they come from real fridges: a day and a night, a door left open, an outage.

The figures are reckoned here by the rules of the contract (A8), slowly and in plain sight.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
import math
from zoneinfo import ZoneInfo

from custom_components.testo_smart_connect.monitoring.report_model import (
    Acknowledged,
    ChannelFigures,
    ChannelReport,
    Day,
    DeviceReport,
    Direction,
    Excursion,
    Extreme,
    Mkt,
    ReportAlarm,
    ReportGap,
    ReportLimit,
    Review,
)

BERLIN = ZoneInfo("Europe/Berlin")
CYCLE = timedelta(minutes=15)
START = datetime(2026, 10, 1, tzinfo=BERLIN).astimezone(UTC)
END = datetime(2026, 11, 1, tzinfo=BERLIN).astimezone(UTC)
MADE = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)

type Curve = Callable[[datetime], float]
type Span = tuple[datetime, datetime]


def local(month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """Return a time in Berlin as UTC."""
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


def fridge(at: datetime) -> float:
    """Return a temperature (°C): the compressor, the day, and a door left open on 12 October."""
    minutes = at.timestamp() / 60
    value = 4.9 + 0.6 * math.sin(minutes / 38) + 0.5 * _wandering(minutes)
    opened = (at - local(10, 12, 10, 30)) / timedelta(hours=1)
    if 0 <= opened < 4:
        value += 6.5 * math.sin(math.pi * opened / 4)
    return round(value, 1)


def room(at: datetime) -> float:
    """Return a temperature (°C) of a room."""
    minutes = at.timestamp() / 60
    day = math.sin(2 * math.pi * (minutes - 500) / 1440)
    return round(21.3 + (0.9 + 0.3 * _wandering(minutes / 3)) * day + _wandering(minutes / 2), 1)


def humidity(at: datetime) -> float:
    """Return a relative humidity (%)."""
    minutes = at.timestamp() / 60
    day = math.sin(2 * math.pi * minutes / 1440)
    return round(48 + 4.5 * _wandering(minutes / 4) + 1.5 * day, 1)


def _wandering(minutes: float) -> float:
    """Return something between -1.5 and 1.5 that looks like weather and is the same each time."""
    days = minutes / 1440
    return 0.7 * math.sin(2.1 * days) + 0.5 * math.sin(5.3 * days + 1) + 0.3 * math.sin(17 * days)


def limit(direction: Direction, value: float) -> ReportLimit:
    """Return a limit that was given."""
    return ReportLimit(direction=direction, value=value, source="given")


COLD = (limit("lower", 2.0), limit("upper", 8.0))


def channel(
    curve: Curve = fridge,
    limits: tuple[ReportLimit, ...] = COLD,
    window: Span = (START, END),
    outages: Iterable[Span] = (),
) -> ChannelReport:
    """Return a temperature measured every 15 minutes but during outages."""
    start, end = window
    count = (end - start) // CYCLE
    times = [
        at
        for at in (start + number * CYCLE for number in range(count))
        if not any(begin <= at < stop for begin, stop in outages)
    ]
    values = [curve(at) for at in times]
    figures = reckon(times, values, limits, window)
    if values:
        weights = [math.exp(-10_000 / (value + 273.15)) for value in values]
        mean = 10_000 / -math.log(sum(weights) / len(weights)) - 273.15
        mkt = Mkt(value=mean, activation_energy=83.144, highest_24h=mean + 0.8, highest_30d=None)
        figures = replace(figures, mkt=mkt)
    return ChannelReport(
        entity_id="sensor.kuehlschrank_1_temperatur",
        name="Temperatur",
        unit="°C",
        decimals=1,
        limits=limits,
        figures=figures,
        times=times,
        values=values,
    )


def reckon(
    times: list[datetime],
    values: list[float],
    limits: tuple[ReportLimit, ...],
    window: Span,
) -> ChannelFigures:
    """Return the figures of readings inside the window, but for the MKT."""
    start, end = window
    gaps = gaps_of(times, start, end)
    excursions = [it for limit in limits for it in excursions_of(times, values, limit, end)]
    unknown = sum(gap.seconds for gap in gaps)
    low = min(values, default=None)
    high = max(values, default=None)
    return ChannelFigures(
        cycle=CYCLE,
        count=len(values),
        coverage=1 - unknown / (end - start).total_seconds(),
        minimum=None if low is None else Extreme(value=low, time=times[values.index(low)]),
        maximum=None if high is None else Extreme(value=high, time=times[values.index(high)]),
        mean=sum(values) / len(values) if values else None,
        mkt=None,
        seconds_above=sum(it.seconds for it in excursions if it.direction == "upper"),
        seconds_below=sum(it.seconds for it in excursions if it.direction == "lower"),
        excursions=tuple(sorted(excursions, key=lambda it: it.start)),
        gaps=tuple(gaps),
        days=tuple(days_of(times, values, start, end)),
    )


def gaps_of(times: list[datetime], start: datetime, end: datetime) -> list[ReportGap]:
    """Return where readings are further apart than 1.5 cycles."""
    found = []
    known = start
    for at in [*times, end]:
        if at - known > CYCLE / 2:
            found.append(ReportGap(start=known, end=at, seconds=(at - known).total_seconds()))
        known = at + CYCLE
    return found


def excursions_of(
    times: list[datetime], values: list[float], limit: ReportLimit, end: datetime
) -> list[Excursion]:
    """Return where readings are beyond a limit, one after the other without a gap."""
    sign = 1 if limit.direction == "upper" else -1
    runs: list[list[int]] = []
    for index, value in enumerate(values):
        if sign * value > sign * limit.value:
            if runs and runs[-1][-1] == index - 1 and times[index] - times[index - 1] <= CYCLE:
                runs[-1].append(index)
            else:
                runs.append([index])
    return [
        Excursion(
            start=times[run[0]],
            end=min(times[run[-1]] + CYCLE, end),
            seconds=(min(times[run[-1]] + CYCLE, end) - times[run[0]]).total_seconds(),
            direction=limit.direction,
            extreme=sign * max(sign * values[index] for index in run),
            limit=limit.value,
            open=run[-1] == len(values) - 1,
        )
        for run in runs
    ]


def days_of(
    times: list[datetime], values: list[float], start: datetime, end: datetime
) -> Iterable[Day]:
    """Return what was measured on each local day of the window."""
    by_day: dict[date, list[float]] = {}
    at = start
    while at < end:
        by_day.setdefault(at.astimezone(BERLIN).date(), [])
        at += timedelta(hours=1)
    for time, value in zip(times, values, strict=True):
        by_day[time.astimezone(BERLIN).date()].append(value)
    for day, found in by_day.items():
        yield Day(
            day=day,
            count=len(found),
            minimum=min(found, default=None),
            mean=sum(found) / len(found) if found else None,
            maximum=max(found, default=None),
        )


ALARM = ReportAlarm(
    episode_id="e1",
    property="Temperature",
    extension="Air Temperature",
    direction="upper",
    severity="alarm",
    value=9.4,
    unit="°C",
    limit=8.0,
    reason="alarm condition is violated",
    raised_at=local(10, 12, 11, 15),
    cleared_at=local(10, 12, 14, 0),
    open=False,
    acknowledged=Acknowledged(by="Demo", at=local(10, 12, 11, 40), note="Tür war offen"),
)
SYSTEM_ALARM = replace(
    ALARM,
    episode_id="e2",
    property=None,
    extension=None,
    direction=None,
    severity="warning",
    value=None,
    limit=None,
    reason="Connection timeout",
    raised_at=local(10, 20, 2, 30),
    cleared_at=None,
    open=True,
    acknowledged=None,
)
NAMELESS = replace(
    SYSTEM_ALARM, episode_id="e3", reason=None, severity="alarm", raised_at=None, open=False
)
TOO_DAMP = replace(
    ALARM,
    episode_id="e4",
    property="Frost depth",
    extension=None,
    unit=None,
    value=-3.25,
    direction="lower",
    acknowledged=Acknowledged(by="Demo", at=local(10, 12, 11, 40), note=None),
)
OTHER_ALARMS = (NAMELESS, TOO_DAMP)
OUTAGE = (local(10, 20, 1, 45), local(10, 20, 14, 15))


def report(*channels: ChannelReport, window: Span = (START, END)) -> DeviceReport:
    """Return the report of a device; without channels, of the fridge in October."""
    return DeviceReport(
        device_id="d1",
        maker="testo",
        serial="12345678",
        name="Kühlschrank 1",
        model="testo 160 T",
        firmware="1.4.2",
        site="Apotheke Köln",
        start=window[0],
        end=window[1],
        time_zone="Europe/Berlin",
        cycle_seconds=CYCLE.total_seconds(),
        data_as_of=local(11, 1, 6, 15),
        complete=True,
        calibration_due=date(2027, 4, 30),
        channels=channels or (channel(outages=[OUTAGE]),),
        alarms=(ALARM, SYSTEM_ALARM),
        reviews=(
            Review(at=local(10, 12, 15, 0), by="Demo", note="Ware geprüft, in Ordnung"),
            Review(at=local(10, 31, 18, 5), by="Dr. Müller", note=None),
        ),
    )


def climate(window: Span = (START, END)) -> DeviceReport:
    """Return the report of a logger with temperature and humidity."""
    warm = channel(room, (limit("upper", 25.0),), window, [OUTAGE])
    damp = channel(humidity, (limit("lower", 42.0), limit("upper", 60.0)), window, [OUTAGE])
    figures = replace(damp.figures, mkt=None)
    damp = replace(damp, name="Luftfeuchte", unit="%", figures=figures)
    found = report(warm, damp, window=window)
    return replace(found, name="Lager 2", model="testo 160 TH", alarms=(), reviews=())
