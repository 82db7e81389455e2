"""What the report of a device says, in a language: the same for PDF and HTML.

What has to be in it: compliance reference, part 1.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ..monitoring.report_model import DeviceReport
from . import events, results
from .blocks import Block, Cell, Column, Document, Figure, Prose, Section, Signature, Table
from .results import ChannelView
from .words import Words, clean, decimals

PRODUCT = "testo Smart Connect for Home Assistant"
_FORMULA = "T = (ΔH/R) / −ln(Σ w·exp(−ΔH/(R·T)) / Σ w)"
_CONSTANTS = {"gas": (8.3144, 4), "zero": (273.15, 2)}
"""R in J/(mol·K), and 0 °C in K, with their decimals."""


def compose(
    report: DeviceReport, *, language: str, made_at: datetime, made_by: str | None, version: str
) -> Document:
    """Return what a report says.

    `made_at` is aware, `made_by` who asked for it, `version` that of the integration.
    """
    say = Words(language, report.time_zone, maker=report.maker)
    report = _clean(report)
    views = tuple(ChannelView(channel, say) for channel in report.channels)
    period = say("range", start=say.moment(report.start), end=say.moment(report.end))
    author, made = clean(made_by), say.moment(made_at)
    creator = f"{PRODUCT} {version}"
    facts = {
        **_facts(report, made_at, say),
        "made": say("made_by", time=made, name=author) if author else made,
        "made_with": creator,
    }
    return Document(
        language=say.language,
        title=say("title"),
        subject=report.name,
        period=period,
        facts=tuple((say(key), value) for key, value in facts.items() if value),
        statement=say("statement"),
        sections=tuple(_sections(report, views, say)),
        running=f"{report.name} · {report.serial} · {period}",
        footer=f"{creator} · {made}",
        page=say("page", page="{page}", pages="{pages}"),
        creator=creator,
        author=author or PRODUCT,
        made_at=made_at.astimezone(UTC),
    )


def _clean(report: DeviceReport) -> DeviceReport:
    """Return the report with every name on one line; the cloud's names are anybody's."""
    return replace(
        report,
        name=clean(report.name),
        serial=clean(report.serial),
        model=clean(report.model),
        firmware=clean(report.firmware),
        site=clean(report.site),
        channels=tuple(
            replace(channel, name=clean(channel.name), unit=clean(channel.unit))
            for channel in report.channels
        ),
    )


def _facts(report: DeviceReport, made_at: datetime, say: Words) -> dict[str, str]:
    """Return what stands in the head by the key of its name; what is not known is empty."""
    cycle, as_of = report.cycle_seconds, report.data_as_of
    return {
        "site": report.site or "",
        "serial": report.serial,
        "model": report.model or "",
        "firmware": report.firmware or "",
        "cycle": say.duration(cycle) if cycle else "",
        "time_zone": f"{report.time_zone} ({_offsets(report, say)})",
        "data_as_of": say.moment(as_of) if as_of else "",
        "data": say("complete" if report.complete else "incomplete"),
        "calibration_due": _calibration(report, made_at, say),
    }


def _offsets(report: DeviceReport, say: Words) -> str:
    """Return the offsets that the zone has in the period, in their order."""
    days = (report.end - report.start) // timedelta(days=1)
    times = [report.start + timedelta(days=day) for day in range(days + 1)]
    # The end does not belong to the period: the clocks may change with it.
    times.append(max(report.start, report.end - timedelta(seconds=1)))
    return ", ".join(dict.fromkeys(say.offset(at) for at in times if at < report.end))


def _calibration(report: DeviceReport, made_at: datetime, say: Words) -> str:
    if report.calibration_due is None:
        return ""
    day = say.day(report.calibration_due)
    is_overdue = report.calibration_due < made_at.astimezone(say.zone).date()
    return say("overdue", day=day) if is_overdue else day


def _sections(
    report: DeviceReport, views: tuple[ChannelView, ...], say: Words
) -> Iterator[Section]:
    """Yield all sections, in the order of the compliance reference."""
    if not views:
        yield Section(heading=say("result"), blocks=(Prose(say("no_readings")),))
    else:
        yield Section(heading=say("result"), blocks=(results.verdicts(report, views, say),))
        yield Section(heading=say("figures"), blocks=tuple(results.figures(views, say)))
    for view in views:
        yield Section(heading=view.channel.name, blocks=(_figure(report, view),))
        yield events.excursions(view)
        yield events.gaps(view)
    yield events.alarms(report.alarms, say)
    yield events.reviews(report.reviews, say)
    if tables := [table for table in results.days(views, say) if table.rows]:
        yield Section(heading=say("days"), blocks=(Prose(say("days_are")), *tables))
    yield Section(heading=say("method"), blocks=(_method(views, say),))
    labels = (say("sign_name"), say("sign_date"), say("sign_signature"))
    yield Section(heading=say("sign"), blocks=(Signature(labels),))


def _figure(report: DeviceReport, view: ChannelView) -> Block:
    """Return the curve of a channel, with a line on what its marks mean."""
    say, channel = view.say, view.channel
    if not channel.values:
        return Prose(say("no_readings"))
    marks = {
        "caption_limits": channel.limits,
        "caption_excursions": channel.figures.excursions,
        "caption_gaps": channel.figures.gaps,
    }
    return Figure(
        channel=channel,
        caption=" ".join(say(key) for key, there in marks.items() if there),
        limits=tuple((it.value, view.bare_limit(it.value)) for it in channel.limits),
        start=report.start,
        end=report.end,
        say=say,
    )


def _method(views: tuple[ChannelView, ...], say: Words) -> Table:
    """Return how it was reckoned, and with which limits."""
    columns = Column(title=say("rule"), width=0.28), Column(title=say("meaning"), width=0.72)
    rules = (*_rules(views, say), *_limits(views, say), (say("rounding"), say("how_rounding")))
    rows = ((Cell(name, strong=True), Cell(text)) for name, text in rules)
    return Table(columns=columns, rows=tuple(rows))


def _rules(views: tuple[ChannelView, ...], say: Words) -> Iterator[tuple[str, str]]:
    yield say("known_time"), say("how_known")
    yield say("excursions"), say("how_out")
    yield say("mean"), say("how_mean")
    found = [view.channel.figures.mkt for view in views]
    constants = {key: say.number(*value) for key, value in _CONSTANTS.items()}
    for energy in dict.fromkeys(mkt.activation_energy for mkt in found if mkt):
        shown = say.number(energy, decimals((energy,), 0, 3))
        yield say("mkt"), say("how_mkt", formula=_FORMULA, energy=shown, **constants)
    if None in found:
        yield say("no_mkt"), say("how_no_mkt")


def _limits(views: tuple[ChannelView, ...], say: Words) -> Iterator[tuple[str, str]]:
    for view in views:
        said = f"{view.limits()} ({view.sources()})" if view.channel.limits else say("why_no_limit")
        whole = " ".join((said, *view.doubts()))
        yield say("limits_of", channel=view.channel.name), whole
