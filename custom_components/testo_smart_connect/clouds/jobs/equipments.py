"""Rows of equipments → what is watched, with the limits of each time of the day.

Facts: Saveris Data reference, parts 6.7 and 6.8.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ...monitoring.equipment import DailyLimit, Equipment
from ..count import RowCount
from ..fields import Row, boolean, duration, identifier, needed, number, text
from ..units import unit_of

_DAY = timedelta(days=1)
_NO_LIMITS: tuple[Row, ...] = ({},)
_SEVERITIES = {"violation": "alarm", "warning": "warning"}


def equipments(rows: Iterable[Row], row_count: RowCount) -> tuple[Equipment, ...]:
    """Build what is watched from one row per configuration; repeated rows do no harm.

    The zone of each is the uuid of its tenant.
    """
    facts: dict[str, dict[str, str | None]] = {}
    limits: dict[str, dict[DailyLimit, None]] = {}

    def take(row: Row) -> Iterator[None]:
        part = needed(row, "equipment_parts_uuid")
        if boolean(row, "is_active") is not False:
            facts[part] = {
                "title": text(row, "equipment_title"),
                "part_title": text(row, "equipment_parts_title"),
                "area": text(row, "area_title"),
                "zone": identifier(row, "tenant_uuid"),
            }
            limits.setdefault(part, {}).update(dict.fromkeys(_limits(row)))
        yield None

    for _ in row_count.parse(rows, take):
        pass
    return tuple(
        Equipment(part=part, limits=tuple(limits[part]), **told) for part, told in facts.items()
    )


def _limits(row: Row) -> Iterator[DailyLimit]:
    unit = unit_of(text(row, "display_unit"))
    if unit is None:
        return
    begins = _of_day(row, "valid_from_time", timedelta())
    ends = _of_day(row, "valid_until_time", _DAY)
    delay = duration(row, "alarm_delay") or timedelta()
    for direction, (name, severity) in product(("lower", "upper"), _SEVERITIES.items()):
        value = number(row, f"{direction}_{name}")
        if value is not None:
            yield DailyLimit(
                direction=direction,
                severity=severity,
                value=value,
                unit=unit,
                delay=delay,
                begins=begins,
                ends=ends,
            )


def _of_day(row: Row, name: str, otherwise: timedelta) -> timedelta:
    """Return a time of the day from its milliseconds."""
    value = number(row, name)
    if value is None or not 0 <= value <= _DAY / timedelta(milliseconds=1):
        return otherwise
    return timedelta(milliseconds=value)


def zone(row: Row) -> Iterator[tuple[str, str]]:
    """Parse a tenant: its uuid and its time zone, where that is one."""
    name = text(row, "main_timezone") or ""
    try:
        ZoneInfo(name)
    except ZoneInfoNotFoundError, ValueError, OSError:
        return
    yield needed(row, "tenant_uuid"), name


def flattened(answer: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the rows of an answer that holds configurations in parts in equipments."""
    for equipment in answer["equipments"] or ():
        for part in equipment.get("equipment_parts") or ():
            for configuration in part.get("alarm_configurations") or _NO_LIMITS:
                yield {**equipment, **part, **configuration}
