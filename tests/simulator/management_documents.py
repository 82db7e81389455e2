"""Settings that only this API knows; nothing follows from them, and all fields are invented."""

from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .management_wire import Change, bad

if TYPE_CHECKING:
    from .faults import Row

SETTINGS: Final = "settings"
DEVICE_ALARMS: Final = "device alarms"
SENSOR_ALARMS: Final = "sensor alarms"
INSTRUCTIONS: Final = "instructions"

_SYSTEM_ALARMS = {
    DEVICE_ALARMS: ("SACT_BATTERY_LOW", "SACT_POWER_LOST", "SACT_CONNECTION_TIMEOUT"),
    SENSOR_ALARMS: ("SACT_SENSOR_BROKEN", "SACT_CALIBRATION_DUE"),
}
_SEVERITIES = {"ASV_ALARM", "ASV_WARNING"}


class Documents:
    """What is stored beside the fleet, by kind and by the uuid of what it belongs to."""

    def __init__(self) -> None:
        """Begin with what everything has from the start."""
        self._stored: dict[tuple[str, str], Row] = {}

    def row(self, kind: str, uuid: str) -> Row:
        """Return what is stored."""
        return self._stored.get((kind, uuid)) or _at_first(kind, uuid)

    def check(self, kind: str, uuid: str, change: Change) -> None:
        """Refuse values that cannot be."""
        first = _at_first(kind, uuid)
        for name, value in change.values.items():
            if name == "uuid" or not _alike(first[name], value):
                raise bad(name)
            if name == "timezone":
                _check_zone(value)

    def apply(self, kind: str, uuid: str, change: Change) -> None:
        """Store a change."""
        row = self.row(kind, uuid) | change.values
        self._stored[kind, uuid] = row | dict.fromkeys(change.wiped)


def _at_first(kind: str, uuid: str) -> Row:
    if kind == SETTINGS:
        return {"timezone": "Europe/Berlin", "language": "de", "temperature_unit": "°C"}
    if kind == INSTRUCTIONS:
        return {"uuid": uuid, "active": False, "measuring_cycle": 900_000}
    conditions = [
        {"condition_type": it, "severity": "ASV_WARNING", "active": True}
        for it in _SYSTEM_ALARMS[kind]
    ]
    return {"uuid": uuid, "system_alarm_conditions": conditions}


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except ZoneInfoNotFoundError, ValueError:
        raise bad("timezone") from None


def _alike(known: Any, value: Any) -> bool:
    """Tell whether a value has the form of a known one."""
    if isinstance(known, list):
        return (
            isinstance(value, list)
            and len(value) == len(known)
            and all(map(_alike, known, value, strict=True))
        )
    if isinstance(known, dict):
        if not isinstance(value, dict) or value.keys() != known.keys():
            return False
        fixed = value.get("condition_type") == known.get("condition_type")
        return fixed and all(_alike(it, value[name]) for name, it in known.items())
    if known in _SEVERITIES:
        return value in _SEVERITIES
    if type(known) is not type(value):
        return False
    return bool(value > 0) if type(value) is int else value != ""
