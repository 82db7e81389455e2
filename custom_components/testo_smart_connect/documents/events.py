"""What happened: excursions and gaps of a channel, the maker's own alarms, reviews."""

from ..monitoring.quantities import Quantity, classify
from ..monitoring.report_model import (
    AUTOMATION,
    Acknowledged,
    Excursion,
    ReportAlarm,
    ReportGap,
    Review,
)
from .blocks import Block, Cell, Column, Prose, Section, Table
from .results import ChannelView
from .words import NOTHING, Words, clean, decimals

_CONDITIONS = (
    *("battery", "power supply", "timeout", "broken", "calibration"),
    *("supervision unknown", "unknown"),
)
"""What testo calls a fault has these words. Facts: Smart Connect reference, part 7."""


def excursions(view: ChannelView) -> Section:
    """Return the times at which a channel was out of a limit."""
    say, found, remarks = view.say, view.channel.figures.excursions, [*view.doubts()]
    blocks: list[Block] = []
    if found:
        columns = (
            *_columns(say, number=0.06, start=0.24, end=0.24, duration=0.18),
            Column(title=say("limit"), width=0.15, align="right"),
            Column(title=say("extreme"), width=0.13, align="right"),
        )
        rows = (_excursion(number, it, view) for number, it in enumerate(found, 1))
        blocks.append(Table(columns=columns, rows=tuple(rows)))
    elif view.channel.limits:
        remarks = [*view.kept(), *remarks] if remarks else [say("no_excursions")]
    else:
        remarks = [say("no_limit"), *remarks]
    if remarks:
        blocks.append(Prose(" ".join(remarks)))
    return Section(heading=_of(view, "excursions"), level=2, blocks=tuple(blocks))


def _of(view: ChannelView, key: str) -> str:
    """Return a heading that says of which channel: it may begin a page."""
    return f"{view.say(key)}: {view.channel.name}"


def _excursion(number: int, excursion: Excursion, view: ChannelView) -> tuple[Cell, ...]:
    """Return a row; what has not ended has lasted so long *so far*."""
    say, duration = view.say, view.say.duration(excursion.seconds)
    sign = ">" if excursion.direction == "upper" else "<"
    return (
        Cell(str(number)),
        Cell(say.moment(excursion.start)),
        Cell(say("open") if excursion.open else say.moment(excursion.end)),
        Cell(say("so_far", duration=duration) if excursion.open else duration),
        Cell(f"{sign} {view.limit(excursion.limit)}"),
        Cell(view.reading(excursion.extreme)),
    )


def gaps(view: ChannelView) -> Section:
    """Return the times of which nothing is known."""
    say, found = view.say, view.channel.figures.gaps
    block: Block
    if not found:
        block = Prose(say("no_gaps"))
    else:
        columns = _columns(say, number=0.06, start=0.24, end=0.24, duration=0.18)
        rows = [_gap(number, gap, say) for number, gap in enumerate(found, 1)]
        if len(rows) > 1:
            total = say.duration(sum(gap.seconds for gap in found))
            cells = ("", say("total"), "", total)
            rows.append(tuple(Cell(text, strong=True) for text in cells))
        block = Table(columns=columns, rows=tuple(rows))
    return Section(heading=_of(view, "gaps"), level=2, blocks=(block,))


def _gap(number: int, gap: ReportGap, say: Words) -> tuple[Cell, ...]:
    start, end = say.moment(gap.start), say.moment(gap.end)
    return Cell(str(number)), Cell(start), Cell(end), Cell(say.duration(gap.seconds))


def alarms(found: tuple[ReportAlarm, ...], say: Words) -> Section:
    """Return the maker's own alarms, labelled as such."""
    blocks: tuple[Block, ...] = (Prose(say("no_alarms")),)
    if found:
        columns = (
            *_columns(say, raised=0.18, cleared=0.18, alarm=0.2),
            Column(title=say("value"), width=0.11, align="right"),
            Column(title=say("limit"), width=0.13, align="right"),
            Column(title=say("acknowledged"), width=0.2),
        )
        rows = tuple(_alarm(alarm, say) for alarm in found)
        blocks = Prose(say("alarms_are")), Table(columns=columns, rows=rows)
    return Section(heading=say("alarms"), blocks=blocks)


def _alarm(alarm: ReportAlarm, say: Words) -> tuple[Cell, ...]:
    raised, cleared = (
        say.moment(at) if at else NOTHING for at in (alarm.raised_at, alarm.cleared_at)
    )
    return (
        Cell(raised),
        Cell(say("open") if alarm.open else cleared),
        Cell(_what(alarm, say), say("warning" if alarm.severity == "warning" else "alarm")),
        Cell(_value(alarm.value, alarm.unit, say)),
        Cell(_value(alarm.limit, alarm.unit, say)),
        _acknowledged(alarm.acknowledged, say),
    )


def _what(alarm: ReportAlarm, say: Words) -> str:
    """Return what an alarm is about: a quantity beyond its limit, or what is told of it."""
    told = clean(alarm.property or alarm.extension)
    quantity = classify(alarm.property, alarm.extension, alarm.unit)
    if told and quantity is not Quantity.OTHER:
        told = say(f"quantity_{quantity}")
    if alarm.direction:
        what = say(f"beyond_{alarm.direction}")
    else:
        what = _condition(clean(alarm.reason), say)
    return f"{told}: {what}" if told else what


def _condition(reason: str, say: Words) -> str:
    """Return what is wrong with a device; what is not known is said as it is told."""
    lower = reason.casefold()
    known = next((it for it in _CONDITIONS if it in lower), None)
    if known is not None:
        return say(f"condition_{known.replace(' ', '_')}")
    return reason or say("system_alarm")


def _by(name: str, say: Words) -> str:
    """Return who did something; of an automation nobody knows more than that."""
    return say(AUTOMATION) if name == AUTOMATION else clean(name)


def _value(value: float | None, unit: str | None, say: Words) -> str:
    if value is None:
        return NOTHING
    return f"{say.number(value, decimals((value,), 1, 2))} {clean(unit)}".rstrip()


def _acknowledged(by: Acknowledged | None, say: Words) -> Cell:
    if by is None:
        return Cell(NOTHING)
    note = clean(by.note)
    return Cell(_by(by.by, say), f"{say.moment(by.at)}: {note}" if note else say.moment(by.at))


def reviews(found: tuple[Review, ...], say: Words) -> Section:
    """Return who looked, and when."""
    blocks: tuple[Block, ...] = (Prose(say("no_reviews")),)
    if found:
        rows = tuple(
            (Cell(say.moment(it.at)), Cell(_by(it.by, say)), Cell(clean(it.note))) for it in found
        )
        columns = _columns(say, reviewed=0.24, reviewer=0.26, note=0.5)
        blocks = Prose(say("reviews_are")), Table(columns=columns, rows=rows)
    return Section(heading=say("reviews"), blocks=blocks)


def _columns(say: Words, **widths: float) -> tuple[Column, ...]:
    return tuple(Column(title=say(f"title_{key}"), width=it) for key, it in widths.items())
