"""The bodies of what is created; each name in them is a guess of ``names``."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from ...monitoring.quantities import Quantity
from ..managed import AlarmLimit, NewMeasuringObject
from .names import ASSUMED

SETTABLE: Final[Mapping[str, str]] = {
    Quantity.TEMPERATURE: "°C",
    Quantity.HUMIDITY: "%",
}


def measuring_object(wanted: NewMeasuringObject) -> dict[str, Any]:
    """Return an object with one logical channel, which a channel of a sensor is assigned to."""
    return {
        ASSUMED["object_name"].name: wanted.name,
        ASSUMED["logical_channels"].name: [
            {
                ASSUMED["watched_property"].name: ASSUMED[wanted.quantity].name,
                ASSUMED["assigned_sensor"].name: wanted.sensor,
                ASSUMED["assigned_channel"].name: wanted.channel,
            }
        ],
    }


def alarm_configuration(wanted: NewMeasuringObject) -> dict[str, Any]:
    """Return its limits."""
    conditions = [_condition(wanted.quantity, it) for it in wanted.limits]
    return {ASSUMED["condition_set"].name: [{ASSUMED["conditions"].name: conditions}]}


def _condition(quantity: str, limit: AlarmLimit) -> dict[str, Any]:
    return {
        ASSUMED["condition_type"].name: ASSUMED[limit.direction].name,
        ASSUMED["severity"].name: ASSUMED["alarm"].name,
        ASSUMED["property"].name: {ASSUMED["property_id"].name: ASSUMED[quantity].name},
        ASSUMED["limit"].name: limit.value,
        ASSUMED["hysteresis"].name: 0.0,
        ASSUMED["delay"].name: limit.delay // timedelta(milliseconds=1),
        ASSUMED["unit"].name: ASSUMED[SETTABLE[quantity]].name,
    }
