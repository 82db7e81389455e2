"""The action that returns testo's own alarms."""

from dataclasses import asdict
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse, callback
import probatio

from ..const import DOMAIN
from ..monitoring.report_model import ReportAlarm
from ..texts import iso_local
from .as_of import head
from .episodes import alarm_of, episodes_of, is_whole
from .period import PERIOD_FIELDS, window_of
from .targets import TARGET_FIELDS, by_account, described, everything, readable

GET_ALARMS: Final = "get_alarms"
_SCHEMA = probatio.Schema({**TARGET_FIELDS, **PERIOD_FIELDS})


@callback
def async_setup_get_alarms(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.services.async_register(
        DOMAIN, GET_ALARMS, _get, _SCHEMA, supports_response=SupportsResponse.ONLY
    )


async def _get(call: ServiceCall) -> dict[str, Any]:
    window = window_of(call)
    meant = await readable(call, everything, history=False)
    every = by_account(meant)
    alarms = [
        {**described(device), **alarm_response(alarm_of(account, episode))}
        for account, devices in every.items()
        for episode, device in await episodes_of(account, devices, window)
    ]
    said = head(meant, window)
    complete = said["complete"] and all(is_whole(account, window) for account in every)
    return {**said, "complete": complete, "alarms": alarms}


def alarm_response(alarm: ReportAlarm) -> dict[str, Any]:
    """Return an alarm as it stands in a response."""
    said, raised, cleared = alarm.acknowledged, alarm.raised_at, alarm.cleared_at
    lasted = (cleared - raised).total_seconds() if raised and cleared else None
    return {
        **asdict(alarm),
        "raised_at": iso_local(raised),
        "cleared_at": iso_local(cleared),
        "duration": None if lasted is None else max(lasted, 0.0),
        "acknowledged": said and {"by": said.by, "at": iso_local(said.at), "note": said.note},
    }
