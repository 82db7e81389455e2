"""The action that returns the figures of reports."""

from dataclasses import asdict
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse, callback
import probatio

from ..const import DOMAIN
from ..monitoring.report_model import ChannelReport, DeviceReport, Extreme
from ..texts import iso_local
from .get_alarms import alarm_response
from .period import window_of
from .report import REPORT_FIELDS, reports
from .targets import measuring, readable

GET_REPORT: Final = "get_report"
_SCHEMA = probatio.Schema(REPORT_FIELDS)


@callback
def async_setup_get_report(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.services.async_register(
        DOMAIN, GET_REPORT, _get, _SCHEMA, supports_response=SupportsResponse.ONLY
    )


async def _get(call: ServiceCall) -> dict[str, Any]:
    window = window_of(call)
    meant = await readable(call, measuring)
    return {"reports": [_told(it) async for it in reports(call, meant, window)]}


def _told(report: DeviceReport) -> dict[str, Any]:
    of = {
        "device_id": report.device_id,
        "serial": report.serial,
        "name": report.name,
        "site": report.site,
    }
    return {
        **of,
        "model": report.model,
        "start": iso_local(report.start),
        "end": iso_local(report.end),
        "time_zone": report.time_zone,
        "cycle_seconds": report.cycle_seconds,
        "data_as_of": iso_local(report.data_as_of),
        "complete": report.complete,
        "channels": [_channel(it) for it in report.channels],
        "alarms": [{**of, **alarm_response(it)} for it in report.alarms],
        "reviews": [
            {"at": iso_local(it.at), "by": it.by, "note": it.note} for it in report.reviews
        ],
    }


def _channel(channel: ChannelReport) -> dict[str, Any]:
    figures = channel.figures
    return {
        "entity_id": channel.entity_id or None,
        "name": channel.name,
        "unit": channel.unit,
        "limits": [asdict(it) for it in channel.limits],
        **({"limits_unclear": [*map(asdict, channel.doubts)]} if channel.doubts else {}),
        "count": figures.count,
        "coverage": figures.coverage,
        "minimum": _extreme(figures.minimum),
        "maximum": _extreme(figures.maximum),
        "mean": figures.mean,
        "mkt": asdict(figures.mkt) if figures.mkt else None,
        "seconds_above": figures.seconds_above,
        "seconds_below": figures.seconds_below,
        "excursions": [
            {**asdict(it), "start": iso_local(it.start), "end": iso_local(it.end)}
            for it in figures.excursions
        ],
        "gaps": [
            {"start": iso_local(it.start), "end": iso_local(it.end), "seconds": it.seconds}
            for it in figures.gaps
        ],
    }


def _extreme(extreme: Extreme | None) -> dict[str, Any] | None:
    if extreme is None:
        return None
    return {"value": extreme.value, "time": iso_local(extreme.time)}
