"""Answers that come at once → the rows that jobs bring. All of them are deprecated.

Facts: Saveris Data reference, parts 5 and 6.4.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..fields import Row
from .runner import Flatten

_NONE: tuple[Row, ...] = ({},)
"""What stands for what is not there."""
# What a device and a channel tell, by the name that jobs bring.
_DEVICE = {
    "device_communication_log_time": "communication_log_time",
    "device_is_active": "is_active",
}
_CHANNEL = {
    "channel_physical_unit": "physical_unit",
    "channel_physical_property_name": "physical_property_name",
    "channel_physical_extension": "physical_extension",
    "channel_physical_unit_exponent": "physical_unit_exponent",
    "sensor_measuring_cycle": "channel_measurement_log_time",
}


def listed(name: str) -> Flatten:
    """Return what takes the rows of a list with a name."""

    def rows(answer: Mapping[str, Any]) -> Iterable[Row]:
        found: Iterable[Row] = answer[name] or ()
        return found

    return rows


def properties(answer: Mapping[str, Any]) -> Iterator[Row]:
    """Yield a row for each channel; what has no sensors or channels has one of its own."""
    for device in answer["probes"] or ():
        for sensor in device.get("sensors") or _NONE:
            for channel in sensor.get("channels") or _NONE:
                yield {
                    **_renamed(device, _DEVICE),
                    **sensor,
                    **_renamed(channel, _CHANNEL),
                }


def _renamed(told: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {**told, **{name: told.get(other) for name, other in names.items()}}
