"""What came out for the channels of a device: verdicts, figures, days."""

from collections.abc import Iterable, Iterator
from itertools import batched

from ..monitoring.report_model import ChannelReport, Day, DeviceReport, Direction, Extreme
from .blocks import Cell, Column, Table
from .words import NOTHING, Words, decimals, is_full

_FIGURES_BESIDE, _DAYS_BESIDE = 3, 2
"""So many channels fit beside each other on a page, with values such as 12345.67."""
_DECIMALS = 2
"""Most decimals of a reading, and those of whatever is reckoned (compliance reference, part 2)."""


class ChannelView:
    """A channel, and how its values are written."""

    def __init__(self, channel: ChannelReport, say: Words) -> None:
        """Take the channel; its readings get as many decimals as they have."""
        self.channel = channel
        self.say = say
        self._decimals = decimals(self._shown(), channel.decimals, _DECIMALS)
        self._limit_decimals = decimals(
            (it.value for it in channel.limits), self._decimals, _DECIMALS + 1
        )

    def _shown(self) -> Iterator[float]:
        figures = self.channel.figures
        yield from (it.value for it in (figures.minimum, figures.maximum) if it)
        yield from (it.extreme for it in figures.excursions)
        for day in figures.days:
            yield from (it for it in (day.minimum, day.maximum) if it is not None)

    def bare(self, value: float | None) -> str:
        """Return a reading without its unit."""
        return NOTHING if value is None else self.say.number(value, self._decimals)

    def bare_mean(self, value: float | None) -> str:
        """Return what was reckoned, without its unit."""
        if value is None:
            return NOTHING
        return self.say.number(value, max(_DECIMALS, self._decimals))

    def reading(self, value: float) -> str:
        """Return a reading with its unit."""
        return f"{self.bare(value)} {self.channel.unit}".rstrip()

    def reckoned(self, value: float | None) -> str:
        """Return what was reckoned, with its unit."""
        text = self.bare_mean(value)
        return text if value is None else f"{text} {self.channel.unit}".rstrip()

    def bare_limit(self, value: float) -> str:
        """Return a limit without its unit."""
        return self.say.number(value, self._limit_decimals)

    def limit(self, value: float) -> str:
        """Return a limit with its unit."""
        return f"{self.bare_limit(value)} {self.channel.unit}".rstrip()

    def limits(self) -> str:
        """Return all limits: both as a range, one with its sign (≤)."""
        limits = sorted(self.channel.limits, key=lambda it: it.direction)
        if [it.direction for it in limits] == ["lower", "upper"]:
            lower, upper = (it.value for it in limits)
            return self.say("range", start=self.bare_limit(lower), end=self.limit(upper))
        signs = {"lower": "≥", "upper": "≤"}
        return ", ".join(f"{signs[it.direction]} {self.limit(it.value)}" for it in limits)

    def sources(self) -> str:
        """Return who says so of the limits."""
        sources = dict.fromkeys(it.source for it in self.channel.limits)
        if len(sources) == 1:
            return self.say(f"source_{self.channel.limits[0].source}")
        return "; ".join(
            f"{self.limit(it.value)}: {self.say(f'source_{it.source}')}"
            for it in self.channel.limits
        )

    def doubts(self) -> Iterator[str]:
        """Yield why there is no limit on a side although some are configured."""
        for it in self.channel.doubts:
            yield self.say(f"doubtful_{it.direction}", why=self.say(f"why_{it.reason}"))

    def kept(self) -> Iterator[str]:
        """Yield on which sides nothing was ever out, of those that have a limit."""
        out = {it.direction for it in self.channel.figures.excursions}
        if self.channel.figures.coverage:
            sides = (it.direction for it in self.channel.limits)
            yield from (self.say(f"kept_{it}") for it in sides if it not in out)

    def is_out(self, value: float | None, direction: Direction) -> bool:
        """Tell whether a reading is beyond a limit on that side."""
        sign = 1 if direction == "upper" else -1
        return value is not None and any(
            sign * value > sign * it.value
            for it in self.channel.limits
            if it.direction == direction
        )


def verdicts(report: DeviceReport, views: Iterable[ChannelView], say: Words) -> Table:
    """Return for each channel whether it was in range, and how much of the time is known."""
    columns = (
        Column(title=say("channel"), width=0.24),
        Column(title=say("limits"), width=0.24),
        Column(title=say("result"), width=0.36),
        Column(title=say("known_time"), width=0.16, align="right"),
    )
    window = (report.end - report.start).total_seconds()
    rows = (
        (
            Cell(view.channel.name, strong=True),
            Cell(
                view.limits() or NOTHING, " ".join(filter(None, (view.sources(), *view.doubts())))
            ),
            _verdict(view, window),
            _known(view),
        )
        for view in views
    )
    return Table(columns=columns, rows=tuple(rows))


def _known(view: ChannelView) -> Cell:
    figures = view.channel.figures
    gaps = view.say("gap_count", number=str(len(figures.gaps))) if figures.gaps else ""
    return Cell(view.say.percent(figures.coverage), gaps)


def _verdict(view: ChannelView, window: float) -> Cell:
    """Return the verdict; it is never "in range" without a word on time that is not known.

    Nor where one side has limits of which none can be meant.
    """
    say, figures = view.say, view.channel.figures
    unknown = ""
    if figures.coverage > 0 and not is_full(figures.coverage):
        unknown = say("unknown_time", duration=say.duration((1 - figures.coverage) * window))
    if not view.channel.limits:
        return Cell(say("cannot_tell"), say("no_limit"), strong=True, tone="unsure")
    if figures.excursions:
        remarks = " ".join(filter(None, (*_time_out(view), unknown)))
        return Cell(say("out_of_range"), remarks, strong=True, tone="bad")
    if not figures.coverage:
        return Cell(say("cannot_tell"), say("no_readings"), strong=True, tone="unsure")
    if view.channel.doubts:
        remarks = " ".join(filter(None, (*view.kept(), unknown)))
        return Cell(say("cannot_tell"), remarks, strong=True, tone="unsure")
    if unknown:
        return Cell(say("in_range_while_known"), unknown, strong=True, tone="unsure")
    return Cell(say("in_range"), strong=True, tone="good")


def _time_out(view: ChannelView) -> Iterator[str]:
    figures = view.channel.figures
    for side, seconds in (("above", figures.seconds_above), ("below", figures.seconds_below)):
        if seconds:
            yield view.say(f"time_{side}", duration=view.say.duration(seconds))
    if any(excursion.open for excursion in figures.excursions):
        yield view.say("out_at_the_end")


def figures(views: Iterable[ChannelView], say: Words) -> Iterator[Table]:
    """Yield the figures of the channels, some of them side by side."""
    for group in batched(views, _FIGURES_BESIDE, strict=False):
        columns = [Column(title=say("value"), width=0.37)]
        columns += (Column(title=it.channel.name, width=0.21, align="right") for it in group)
        by_channel = [dict(_figures(view)) for view in group]
        keys = dict.fromkeys(key for found in by_channel for key in found)
        rows = (
            (Cell(say(key)), *(found.get(key, Cell(NOTHING)) for found in by_channel))
            for key in keys
        )
        yield Table(columns=tuple(columns), rows=tuple(rows))


def _figures(view: ChannelView) -> Iterator[tuple[str, Cell]]:
    """Yield the figures of a channel by the key of their name; MKT only where it was reckoned."""
    say, figures = view.say, view.channel.figures
    yield "readings", Cell(str(figures.count))
    yield "minimum", _extreme(figures.minimum, view)
    yield "maximum", _extreme(figures.maximum, view)
    yield "mean", Cell(view.reckoned(figures.mean))
    if mkt := figures.mkt:
        yield "mkt", Cell(view.reckoned(mkt.value))
        yield "highest_24h", Cell(view.reckoned(mkt.highest_24h))
        yield "highest_30d", Cell(view.reckoned(mkt.highest_30d))
    # Where nothing is known, nothing is out, and nothing is in either.
    sides = {it.direction for it in view.channel.limits} if figures.coverage else set()
    above, below = (say.duration(it) for it in (figures.seconds_above, figures.seconds_below))
    yield "above", Cell(above if "upper" in sides else NOTHING)
    yield "below", Cell(below if "lower" in sides else NOTHING)
    # None on one side says nothing of the other.
    told = figures.excursions or (sides and not view.channel.doubts)
    yield "excursions", Cell(str(len(figures.excursions)) if told else NOTHING)


def _extreme(extreme: Extreme | None, view: ChannelView) -> Cell:
    if extreme is None:
        return Cell(NOTHING)
    return Cell(view.reading(extreme.value), view.say.moment(extreme.time))


def days(views: Iterable[ChannelView], say: Words) -> Iterator[Table]:
    """Yield what was measured on each local day; what is beyond a limit is bold."""
    titles = [say(f"short_{it}") for it in ("readings", "minimum", "mean", "maximum")]
    for group in batched(views, _DAYS_BESIDE, strict=False):
        width = min(0.12, 0.86 / len(group) / len(titles))
        columns = [Column(title=say("day"), width=0.14)]
        columns += (Column(title=it, width=width, align="right") for _ in group for it in titles)
        by_day = [{day.day: day for day in view.channel.figures.days} for view in group]
        rows = []
        for on in sorted({on for found in by_day for on in found}):
            cells = [_day(view, it.get(on)) for view, it in zip(group, by_day, strict=True)]
            rows.append((Cell(say.day(on)), *(cell for found in cells for cell in found)))
        groups = ("", 1), *((view.channel.name, len(titles)) for view in group)
        yield Table(columns=tuple(columns), rows=tuple(rows), groups=groups)


def _day(view: ChannelView, day: Day | None) -> tuple[Cell, ...]:
    if day is None:
        return (Cell(NOTHING),) * 4
    return (
        Cell(str(day.count)),
        Cell(view.bare(day.minimum), strong=view.is_out(day.minimum, "lower")),
        Cell(view.bare_mean(day.mean)),
        Cell(view.bare(day.maximum), strong=view.is_out(day.maximum, "upper")),
    )
