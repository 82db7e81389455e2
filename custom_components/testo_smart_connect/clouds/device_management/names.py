"""Names that nobody outside testo knows: what each is taken to be, and why.

This is the one place for them (Device Management reference, parts 5 and 6). A name that is
wrong costs nothing but what it stands for: that is not offered then.
"""

from dataclasses import dataclass
from typing import Final

from ..fields import Row


@dataclass(frozen=True, slots=True)
class Assumed:
    """A guess."""

    names: tuple[str, ...]
    """The likeliest first. Only that one is ever written where nothing was read before."""
    reason: str

    @property
    def name(self) -> str:
        """Return the likeliest."""
        return self.names[0]

    def found(self, row: Row) -> str | None:
        """Return the one that is there; None if there is none, or more than one."""
        there = [name for name in self.names if name in row]
        return there[0] if len(there) == 1 else None


ASSUMED: Final = {
    "measuring_cycle": Assumed(
        ("measuring_cycle", "device_measuring_cycle"),
        "`capability` bounds it as `measuring_cycle_min`; the Data API calls it the other way",
    ),
    "communication_cycle": Assumed(
        (
            "communication_cycle",
            "device_communication_cycle",
            "communication_log_time",
            "device_communication_log_time",
        ),
        "`capability` bounds it as `communication_cycle_min`; the Data API has the last one",
    ),
    "measuring_cycle_max": Assumed(
        ("measuring_cycle_max",),
        "by the pattern of the others; without it the longest communication cycle bounds it",
    ),
    "unit_of_cycles": Assumed(
        ("milliseconds", "seconds"),
        "all other times of the platform are in ms; the one that makes sense of the bounds counts",
    ),
    "told_by_device": Assumed(
        ("valid_from", "valid_until", "sensors_connections", "firmware"),
        "versions of the record, and what a device tells of itself: they change without anybody",
    ),
    "time_zone": Assumed(
        ("timezone", "time_zone"), "documented by what it is for, not by its name"
    ),
    "measuring_object": Assumed(
        ("uuid", "measuring_object_uuid"), "what is created has to be named in the next call"
    ),
    "object_name": Assumed(("name",), "as devices, sensors and locations have it"),
    "logical_channels": Assumed(
        ("logical_channels",), "the tutorial calls them logical channels; the style is snake_case"
    ),
    "watched_property": Assumed(("physical_property",), "a logical channel states what is watched"),
    "assigned_sensor": Assumed(
        ("sensor_uuid",), "it is assigned by the uuid of a sensor; `sensors_connections` has it so"
    ),
    "assigned_channel": Assumed(("channel_no",), "the Data API's name of the number of a channel"),
    "condition_set": Assumed(
        ("measurement_alarm_condition_set",),
        "the read side has `measurementAlarmConditionSet`; this API is in snake_case",
    ),
    "conditions": Assumed(("measurement_alarm_conditions",), "as above"),
    "condition_type": Assumed(("measurement_alarm_condition_type_id",), "as above"),
    "severity": Assumed(("alarm_severity_id",), "as above"),
    "property": Assumed(("physical_property",), "as above"),
    "property_id": Assumed(("physical_value_id",), "as above"),
    "limit": Assumed(("limit_value",), "as above"),
    "hysteresis": Assumed(("limit_hysteresis",), "as above"),
    "delay": Assumed(("delay",), "as above, in ms"),
    "unit": Assumed(("physical_unit_id",), "as above"),
    "upper": Assumed(("MACT_UPPER_LIMIT",), "older rows of the read side have these codes"),
    "lower": Assumed(("MACT_LOWER_LIMIT",), "as above"),
    "alarm": Assumed(("ASV_ALARM",), "as above"),
    "temperature": Assumed(("PV_TEMPERATURE",), "as above"),
    "humidity": Assumed(("PV_HUMIDITY",), "as above"),
    "°C": Assumed(("PU_DEGREE_CELSIUS",), "as above"),
    "%": Assumed(("PU_PERCENT_HUMIDITY",), "as above"),
}
