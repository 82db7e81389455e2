"""The action that returns readings, or what they amount to by hour or day."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
import probatio

from ..account.names import channel_name, device_name
from ..const import DOMAIN
from ..monitoring.holding import Series
from ..monitoring.instruments import InstalledChannel
from ..monitoring.model import ChannelKey
from ..monitoring.report import plain_mean
from ..monitoring.window import Window, moment
from ..texts import iso_local
from .as_of import head
from .period import PERIOD_FIELDS, window_of
from .portions import portions
from .targets import (
    TARGET_FIELDS,
    MeantDevice,
    entity_of,
    readable,
    with_channels,
)

GET_MEASUREMENTS: Final = "get_measurements"
ATTR_INTERVAL: Final = "interval"
_INTERVALS: Final = ("raw", "hour", "day")
_MOST: Final = 10_000
"""Readings in one response: more of them is a file."""
_HOUR = timedelta(hours=1)
_SCHEMA = probatio.Schema(
    {
        **TARGET_FIELDS,
        **PERIOD_FIELDS,
        probatio.Optional(ATTR_INTERVAL, default="raw"): probatio.In(_INTERVALS),
    }
)


@callback
def async_setup_get_measurements(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.services.async_register(
        DOMAIN, GET_MEASUREMENTS, _get, _SCHEMA, supports_response=SupportsResponse.ONLY
    )


async def _get(call: ServiceCall) -> dict[str, Any]:
    window = window_of(call)
    meant = await readable(call, with_channels)
    interval, count, found = call.data[ATTR_INTERVAL], 0, list[dict[str, Any]]()
    async for portion in portions(meant, window):
        inside = {key: it.inside(window.begins, window.ends) for key, it in portion.series.items()}
        count += sum(map(len, inside.values()))
        if interval == "raw" and count > _MOST:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="too_many_readings",
                translation_placeholders={"number": str(count), "most": str(_MOST)},
            )
        values = await call.hass.async_add_executor_job(partial(_values, inside, window, interval))
        found += [
            {**_described(call, it, each), **values[each.key]}
            for it in portion.devices
            for each in it.channels
        ]
    return {**head(meant, window), "channels": found}


def _described(call: ServiceCall, of: MeantDevice, installed: InstalledChannel) -> dict[str, Any]:
    """Return which channel something is about."""
    entity_id = entity_of(call, installed)
    entity = er.async_get(call.hass).async_get(entity_id) if entity_id else None
    device = dr.async_get(call.hass).async_get(entity.device_id or "") if entity else None
    return {
        "entity_id": entity_id,
        "device_id": entity.device_id if entity else None,
        "serial": of.instrument.serial,
        "name": _name(device, channel_name(call.hass, installed)),
        "quantity": str(installed.channel.quantity),
        "unit": installed.channel.unit,
    }


def _name(device: dr.AnyDeviceEntry | None, channel: str) -> str:
    of = device_name(device)
    return f"{of} {channel}" if of else channel


def _values(
    inside: Mapping[ChannelKey, Series], window: Window, interval: str
) -> dict[ChannelKey, dict[str, Any]]:
    if interval == "raw":
        return {
            key: {
                "readings": [
                    {"time": iso_local(at), "value": value}
                    for at, value in zip(series.times, series.values, strict=True)
                ]
            }
            for key, series in inside.items()
        }
    parts = [*(_hours(window) if interval == "hour" else _days(window))]
    return {key: {"intervals": [*_summed(series, parts)]} for key, series in inside.items()}


def _hours(window: Window) -> Iterator[tuple[int, int]]:
    """Yield the full hours that a window touches; they are those of any zone's statistics."""
    hour = _HOUR // timedelta(microseconds=1)
    for begin in range(window.begins // hour * hour, window.ends, hour):
        yield max(begin, window.begins), min(begin + hour, window.ends)


def _days(window: Window) -> Iterator[tuple[int, int]]:
    return ((begin, end) for _, begin, end in window.days())


def _summed(series: Series, parts: Iterable[tuple[int, int]]) -> Iterator[dict[str, Any]]:
    """Yield what the readings of each part amount to; one without readings is left out."""
    for begin, end in parts:
        values = series.inside(begin, end).values
        if values:
            yield {
                "start": iso_local(moment(begin)),
                "end": iso_local(moment(end)),
                "count": len(values),
                "mean": plain_mean(values),
                "minimum": min(values),
                "maximum": max(values),
            }
