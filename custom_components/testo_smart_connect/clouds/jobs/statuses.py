"""Rows of device and sensor status → values of the model.

Facts: Smart Connect reference, part 6.2; Saveris Data reference, parts 6.5 and 6.6.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from ...monitoring.model import DeviceStatus
from ..fields import Row, boolean, identifier, integer, moment, needed, text

_PERCENT = range(101)


def status(row: Row) -> Iterator[DeviceStatus]:
    """Parse a device status, version 3 or 4."""
    yield _status(row, "device_uuid")


def sensor_status(row: Row) -> Iterator[DeviceStatus]:
    """Parse the status of a sensor, version 3 or 4; a wired one has none of its own."""
    found = _status(row, "sensor_uuid")
    if (found.battery, found.signal) != (None, None):
        yield found


def _status(row: Row, name: str) -> DeviceStatus:
    """Return a status.

    A device whose clock is ahead was not heard of later than the cloud noted it.
    """
    processed = moment(row, "processed_at")

    def past(at: datetime | None) -> datetime | None:
        return at if at is None or processed is None else min(at, processed)

    return DeviceStatus(
        device_uuid=needed(row, name),
        serial=identifier(row, "serial_no"),
        battery=_percent(row, "battery_level_percent"),
        signal=_percent(row, "radio_level_percent"),
        mains=boolean(row, "is_powersupply_on"),
        firmware=text(row, "fw_version", "firmware_version"),
        last_communication=past(moment(row, "last_communication_time", "last_communication")),
        next_communication=moment(row, "next_communication_time", "next_communication"),
        last_measurement=past(moment(row, "last_measurement_time")),
        at=past(moment(row, "status_time")) or processed,
        days_left=integer(row, "battery_predicted_remaining_operating_days"),
    )


def newest_status(rows: Iterable[DeviceStatus]) -> dict[str, DeviceStatus]:
    """Keep the newest row of each device; rows are delivered at least once."""
    newest: dict[str, DeviceStatus] = {}
    for row in rows:
        known = newest.get(row.device_uuid)
        if known is None or known.at is None or (row.at is not None and row.at >= known.at):
            newest[row.device_uuid] = row
    return newest


def _percent(row: Row, name: str) -> int | None:
    value = integer(row, name)
    return value if value in _PERCENT else None
