"""Measurements of the Sensorist API: the newest, all of them, groups and extremes (part 3.3)."""

from datetime import datetime, timedelta
import heapq
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from .channels import RadioSensor
from .sensorist_ask import RefusedError
from .sensorist_tree import current_gateway, stamp
from .spans import EPOCH, first_outside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from .channels import Sensor
    from .faults import Row
    from .sensorist_account import SensoristAccount
    from .sensorist_ask import Asked
    from .sensorist_sources import Source

REGULAR, BUTTON, GROUPED, BLANK, INTERPOLATED = 1, 5, 10, 20, 30
_MICROSECOND = timedelta(microseconds=1)
_GROUPS = 168
"""A week makes groups of an hour."""


class Point(NamedTuple):
    """One measurement that is stored; times in UTC. Its value is worked out when it is needed."""

    at: datetime
    stored_at: datetime
    source: Source
    button: bool

    @property
    def seq(self) -> int:
        """The storing time in microseconds, a little more for each that was stored at once."""
        source = self.source
        before = (self.at - source.sensor.device.since) // source.grid.cycle
        return (self.stored_at - EPOCH) // _MICROSECOND + before

    def kind(self, cloud: SensoristAccount) -> int:
        """Return the type code."""
        odd, id_ = cloud.odd, self.source.id
        if id_ in odd.interpolated and self.at in odd.interpolated[id_]:
            return INTERPOLATED
        blank = id_ in odd.blank and self.at in odd.blank[id_]
        if blank or self.source.value(self.at) is None:
            return BLANK
        return BUTTON if self.button else REGULAR

    def row(self, cloud: SensoristAccount) -> Row:
        """Return the measurement as it is told."""
        kind, value = self.kind(cloud), None
        measured = self.source.value(self.at)
        if kind != BLANK and measured is not None:
            value = self.source.shown(measured + (kind == INTERPOLATED), cloud.odd)
        seq = (self.stored_at - EPOCH) // _MICROSECOND if cloud.odd.same_seq else self.seq
        return {
            "date": stamp(self.at),
            "value": value,
            "type": kind,
            "seq": seq,
            "min": None,
            "max": None,
        }


# --- What is stored -------------------------------------------------------------------------------


def stored_at(cloud: SensoristAccount, source: Source, at: datetime) -> datetime:
    """Return when the cloud stores what was measured at an instant (UTC)."""
    return source.sensor.upload(at) + cloud.fleet.lag


def points(
    cloud: SensoristAccount, source: Source, start: datetime, end: datetime, now: datetime
) -> Iterator[Point]:
    """Yield what was measured in `start <= t < end` and is stored by now (UTC), by time."""
    if source.id in cloud.odd.without_value:
        return
    regular = _regular(cloud, source, start, end, now)
    pressed = _pressed(cloud, source, start, end, now)
    yield from heapq.merge(regular, pressed, key=lambda it: it.at)


def _regular(
    cloud: SensoristAccount, source: Source, start: datetime, end: datetime, now: datetime
) -> Iterator[Point]:
    for at in source.instants(start, end):
        stored = stored_at(cloud, source, at)
        if stored > now:
            # Uploads keep the order of time: nothing later can be stored either.
            return
        yield Point(at, stored, source, button=False)


def pressed_at(cloud: SensoristAccount, sensor: Sensor, at: datetime) -> datetime:
    """Return when the cloud stores what a press of the button sent: at once, if it can."""
    silent = (*sensor.device.outages, *sensor.device.inactive)
    if isinstance(sensor, RadioSensor):
        silent += sensor.lost
    sent = at if first_outside(at, silent) == at else sensor.upload(at)
    return sent + cloud.fleet.lag


def _pressed(
    cloud: SensoristAccount, source: Source, start: datetime, end: datetime, now: datetime
) -> Iterator[Point]:
    if source.channel is None:
        return
    for at in sorted(cloud.presses.get(source.sensor, ())):
        stored = pressed_at(cloud, source.sensor, at)
        if start <= at < end and stored <= now:
            yield Point(at, stored, source, button=True)


def newest(cloud: SensoristAccount, source: Source, now: datetime) -> Point | None:
    """Return the newest measurement that is stored by now (UTC)."""
    device = source.sensor.device
    back = 2 * (device.communication + source.grid.cycle) + cloud.fleet.lag
    start = now
    while start > device.since:
        start = max(device.since, start - back)
        found = None
        for found in points(cloud, source, start, now + _MICROSECOND, now):  # noqa: B007 - the last one counts
            pass
        if found is not None:
            return found
        back *= 4
    return None


# --- What is told ---------------------------------------------------------------------------------


def measurements(cloud: SensoristAccount, asked: Asked) -> Row:
    """Return measurements of data sources of one gateway."""
    reply = _REPLIES.get(asked.text("type"))
    if reply is None:
        raise RefusedError(400)
    known = cloud.tree.all_sources(cloud.odd)
    wanted = dict.fromkeys(asked.ids("data_sources"))
    sources = [known[id_] for id_ in wanted if id_ in known]
    if len(sources) < len(wanted) and cloud.odd.unknown_source_refused:
        raise RefusedError(400)
    by_place = cloud.odd.one_gateway_is == "place"
    places = {it.sensor.device if by_place else current_gateway(cloud, it.sensor) for it in sources}
    if len(places) > 1:
        raise RefusedError(400)
    return reply(cloud, asked, sources)


def _latest(cloud: SensoristAccount, asked: Asked, sources: Iterable[Source]) -> Row:
    found = ((source, newest(cloud, source, asked.now)) for source in sources)
    rows: dict[str, Any] = {
        str(source.id): point.row(cloud) for source, point in found if point is not None
    }
    if cloud.odd.broken_rows:
        rows = {"nonsense": 1, "1": "torn", "2": {"value": 1}, **rows}
    return {"measurements": rows}


def _raw(cloud: SensoristAccount, asked: Asked, sources: Iterable[Source]) -> Row:
    """Return a page of all that was measured, by time over all data sources."""
    odd, (start, end) = cloud.odd, asked.period()
    offset = 0 if odd.repeats_page else asked.whole("offset", 0)
    first, last = asked.whole("seq_from", 0), asked.whole("seq_to", 10**18)
    found = heapq.merge(
        *(points(cloud, it, start, end, asked.now) for it in sources), key=lambda it: it.at
    )
    chosen = (it for it in found if first <= it.seq <= last)
    page = list(islice(chosen, offset, offset + odd.page))
    more = next(chosen, None) is not None or (odd.repeats_page and bool(page))
    rows: dict[str, Any] = {}
    for point in page:
        rows.setdefault(str(point.source.id), []).append(point.row(cloud))
    for key, told in rows.items():
        if odd.raw_untidy:
            rows[key] = [told[-1], *reversed(told)]
        if odd.broken_rows:
            rows[key][:0] = ["torn", {"value": 1}, {"date": "yesterday", "value": 1, "type": 1}]
    return _paged(cloud, rows, offset + len(page) if more else None)


def _paged(cloud: SensoristAccount, rows: dict[str, Any], following: int | None) -> Row:
    odd = cloud.odd
    if following is None and odd.no_next_at_end:
        return {"measurements": rows}
    told = str(following) if following is not None and odd.next_as_text else following
    if odd.next_inside:
        return {"measurements": {**rows, "next": told}}
    return {"measurements": rows, "next": told}


def _measured(
    cloud: SensoristAccount, source: Source, period: tuple[datetime, datetime], now: datetime
) -> Iterator[tuple[datetime, float]]:
    """Yield times and values, as shown, of what was truly measured."""
    for point in points(cloud, source, *period, now):
        row = point.row(cloud)
        if row["type"] in {REGULAR, BUTTON}:
            yield point.at, row["value"]


def _range(cloud: SensoristAccount, asked: Asked, sources: Iterable[Source]) -> Row:
    """Return averages of groups that begin at even times."""
    period = asked.period()
    ticks, width = asked.whole("ticks", _GROUPS), timedelta(minutes=asked.whole("interval", 0))
    if not width:
        minutes = (period[1] - period[0]) / timedelta(minutes=1)
        width = timedelta(minutes=max(1, round(minutes / max(1, ticks))))
    rows: dict[str, Any] = {}
    for source in sources:
        groups: dict[int, list[float]] = {}
        for at, value in _measured(cloud, source, period, asked.now):
            groups.setdefault((at - EPOCH) // width, []).append(value)
        if groups:
            rows[str(source.id)] = [
                _group(EPOCH + number * width, values) for number, values in groups.items()
            ]
    return {"measurements": rows}


def _group(start: datetime, values: list[float]) -> Row:
    return {
        "date": stamp(start),
        "value": sum(values) / len(values),
        "type": GROUPED,
        "seq": (start - EPOCH) // _MICROSECOND,
        "min": min(values),
        "max": max(values),
    }


def _min_max(cloud: SensoristAccount, asked: Asked, sources: Iterable[Source]) -> Row:
    rows: dict[str, Any] = {}
    for source in sources:
        found = list(_measured(cloud, source, asked.period(), asked.now))
        if not found:
            continue
        extremes = {name: pick(found, key=lambda it: it[1]) for name, pick in _PICKS.items()}
        told = {name: {"date": stamp(at), "value": it} for name, (at, it) in extremes.items()}
        rows[str(source.id)] = list(told.values()) if cloud.odd.min_max_rows else told
    return {"measurements": rows}


_PICKS: Mapping[str, Callable[..., tuple[datetime, float]]] = {"min": min, "max": max}
_REPLIES: Mapping[str, Callable[[SensoristAccount, Asked, Iterable[Source]], Row]] = {
    "latest": _latest,
    "raw": _raw,
    "range": _range,
    "min_max": _min_max,
}
