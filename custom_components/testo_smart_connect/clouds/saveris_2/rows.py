"""Rows of the three answers → values. Facts: Saveris 2 reference, part 5."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from ...monitoring.equipment import Equipment
from ...monitoring.model import Reading, Transition
from ..errors import BadDataError
from ..fields import (
    LARGEST_NUMBER,
    Row,
    RowError,
    identifier,
    moment,
    needed,
    needed_moment,
    text,
)
from .channel_name import ChannelName
from .known import KnownChannels
from .units import property_of_unit

ALARM: Final = "alarm"
WARNING: Final = "warning"
_AHEAD = timedelta(days=1)
_BROKEN = "Sensor failure"
"""What an alarm without a limit is, by the log of the web application."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueRow:
    """The newest value of a channel, or that there is none."""

    name: str
    point: str
    unit: str | None
    at: datetime | None
    value: float | None

    @property
    def reading(self) -> Reading | None:
        """Return the reading, None without a value."""
        if self.at is None or self.value is None:
            return None
        place = ChannelName.of(self.name, self.point)
        return Reading(
            uuid=f"{self.name} {self.at.isoformat()}",
            sensor_uuid=place.serial,
            channel=place.number,
            at=self.at,
            value=self.value,
            unit=property_of_unit(self.unit)[2],
        )


def rows_of(answer: Mapping[str, Any], name: str, doing: str, resource: str) -> list[Any]:
    """Return a list of an answer; one that is null is empty.

    Raises BadDataError where it is missing or no list: that says nothing.
    """
    if name in answer and answer[name] is None:
        return []
    found = answer.get(name)
    if not isinstance(found, list):
        raise BadDataError(doing, resource, f"the answer holds no list {name}")
    return found


def value_row(now: datetime, row: Row) -> Iterator[ValueRow]:
    """Parse a value; what says that there is none leaves the channel without one.

    One from more than a day ahead is evidence of nothing.
    """
    value, unit = _value(row, "isoValue", "isoUnit", "value", "unit")
    at = None if value is None else needed_moment(row, "timestamp")
    if at is not None and at > now + _AHEAD:
        message = "ahead_of_time"
        raise RowError(message)
    yield ValueRow(
        name=needed(row, "channelName"),
        point=needed(row, "measuringPointId"),
        unit=unit,
        at=at,
        value=value,
    )


def point(row: Row) -> Iterator[Equipment]:
    """Parse a measuring point: something that is watched, with a name and a place."""
    yield Equipment(
        part=needed(row, "id"),
        title=text(row, "name"),
        area=text(row, "area", "group"),
    )


def alarm(known: KnownChannels, now: datetime, row: Row) -> Iterator[Transition]:
    """Parse an open alarm; one without a limit is a sensor failure, without a direction.

    Whatever of it is missing, it is one: only a row that tells no place is none.
    """
    where, name = identifier(row, "measuringPointId"), identifier(row, "channelName")
    if not (where or name):
        message = "no_place"
        raise RowError(message)
    at = moment(row, "timestamp")
    place = ChannelName.of(name, where or "") if name else None
    serial = place.serial if place else known.serial_at(where or "")
    limit, value, unit = _violation(row)
    property_name, extension, unit = property_of_unit(unit)
    failed = limit is None
    # A channel is the same whichever measuring point it is shown at.
    channel: tuple[str | None, str | None] = (
        (place.serial, str(place.number)) if place else (where, None)
    )
    yield Transition(
        uuid=_identity(ALARM, *channel, limit, at),
        raised=True,
        at=_past(at, now),
        system=failed,
        of_sensor=failed,
        condition=_BROKEN if failed else _direction(value, limit),
        property_name=property_name,
        extension=extension,
        value=None if failed else value,
        limit=limit,
        unit=unit,
        channel=place.number if place else None,
        source_uuid=serial or where,
        serial=serial,
        reason=_BROKEN if failed else None,
    )


def warning(known: KnownChannels, now: datetime, row: Row) -> Iterator[Transition]:
    """Parse a system warning: the text is free, and its measuring point may be missing.

    It may name anybody, so it is a reason and no condition.
    """
    message, where = text(row, "message"), identifier(row, "measuringPointId")
    at, serial = moment(row, "timestamp"), known.serial_at(where) if where else None
    yield Transition(
        uuid=_identity(WARNING, where, message, None, at),
        raised=True,
        at=_past(at, now),
        system=True,
        severity="warning",
        source_uuid=serial or where,
        serial=serial,
        reason=message,
    )


def _past(at: datetime | None, now: datetime) -> datetime:
    """Return when an alarm began: what is still to come, or not told, has begun by now."""
    return now if at is None else min(at, now)


def _identity(
    kind: str, where: str | None, what: str | None, limit: float | None, at: datetime | None
) -> str:
    """Return by what an alarm is known again: the cloud gives it no name."""
    parts = (kind, where, what, None if limit is None else f"{limit:g}", at and at.isoformat())
    return "|".join(part or "" for part in parts)


def _direction(value: float | None, limit: float | None) -> str | None:
    if value is None or limit is None or value == limit:
        return None
    return "upper" if value > limit else "lower"


def _violation(row: Row) -> tuple[float | None, float | None, str | None]:
    """Return limit, value and unit of an alarm, all of them standard or all as shown.

    The units may differ, so that one of each must not be compared. A limit alone is one, too.
    """
    iso_unit = text(row, "isoUnit")
    standard = _number(row, "isoLimitValue"), _number(row, "isoLimitViolationValue"), iso_unit
    shown = (
        _number(row, "limitValue"),
        _number(row, "limitViolationValue"),
        text(row, "limitUnit") or iso_unit,
    )
    if (whole := next((it for it in (standard, shown) if None not in it), None)) is not None:
        return whole
    return shown if iso_unit is None or standard[0] is None else standard


def _value(row: Row, *names: str) -> tuple[float | None, str | None]:
    """Return a number with its unit: those in the standard unit where both are there."""
    iso_value, iso_unit, value, unit = names
    if text(row, iso_unit) and (number := _number(row, iso_value)) is not None:
        return number, text(row, iso_unit)
    return _number(row, value), text(row, unit) or text(row, iso_unit)


def _number(row: Row, name: str) -> float | None:
    """Return a number from text, with a decimal comma perhaps; None where it says there is none."""
    told = (text(row, name) or "").replace(",", ".")
    try:
        value = float(told)
    except ValueError:
        return None
    return value if abs(value) <= LARGEST_NUMBER else None
