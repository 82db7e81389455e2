"""The action that imports history."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Any, Final

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.recorder import DATA_INSTANCE
from homeassistant.util import dt as dt_util
import probatio

from ..account.account import Account
from ..account.import_progress import show_import
from ..const import ATTR_CONFIG_ENTRY_ID, DOMAIN
from ..history.hours import HOUR, hour_of
from ..history.imports import Import
from ..monitoring.instruments import InstalledChannel
from ..texts import day
from .period import ATTR_END, ATTR_START, zoned
from .targets import (
    TARGET_FIELDS,
    by_account,
    measuring,
    readable,
)

IMPORT_HISTORY: Final = "import_history"

_MOMENT = timedelta.resolution
_DAY = timedelta(days=1)
LONGEST_IMPORT: Final = timedelta(days=3 * 365 + 1)
"""How far back history can be imported: three years, with a leap day in them."""
_LATELY = _DAY
"""What was measured since is read again in any case."""
_TOGETHER = 500
"""Channels that are looked at before others get their turn."""
_SCHEMA = probatio.Schema(
    {
        **TARGET_FIELDS,
        probatio.Required(ATTR_START): cv.datetime,
        probatio.Optional(ATTR_END): cv.datetime,
    }
)


@callback
def async_setup_import(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.services.async_register(
        DOMAIN,
        IMPORT_HISTORY,
        _import_history,
        _SCHEMA,
        supports_response=SupportsResponse.OPTIONAL,
    )


async def _import_history(call: ServiceCall) -> dict[str, Any]:
    """Begin to import; the work is done in the background."""
    meant = await readable(call, measuring, policy=POLICY_CONTROL)
    channels = {
        account: [each for it in devices for each in it.channels]
        for account, devices in by_account(meant).items()
    }
    start, end = _period(call)
    recorded = {account: await _recorded(account, mine) for account, mine in channels.items()}
    if not all(recorded.values()):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="import_not_recorded"
        )
    needed = end
    if ATTR_END not in call.data:
        # What was measured lately comes by itself: until now means the same some hours later.
        needed = max(start, min(end, dt_util.utcnow() - _LATELY))
    imports = []
    for account, sensors in recorded.items():
        left_out = len({installed.sensor.uuid for installed in channels[account]} - sensors)
        task = account.queue.running(sensors, start, needed)
        if task is None:
            task = await _begin(account, sensors, (start, end), left_out)
        imports.append(
            {
                ATTR_CONFIG_ENTRY_ID: account.entry.entry_id,
                "import_id": task.id,
                "sensors": len(sensors),
                "not_recorded": left_out,
                "start": task.start.isoformat(),
                "end": task.end.isoformat(),
            }
        )
    return {"imports": imports}


async def _begin(
    account: Account, sensors: set[str], period: tuple[datetime, datetime], left_out: int
) -> Import:
    task = account.queue.add_import(sensors, *period, left_out)
    await show_import(account, task, "import_begun")
    await account.store.save(account.memory)
    return task


async def import_since(account: Account, start: datetime) -> None:
    """Begin to import all that is recorded, from a time (aware) until now."""
    channels = [each for it in account.instruments for each in it.channels()]
    sensors = await _recorded(account, channels)
    begin, end = hour_of(start.astimezone(UTC)), hour_of(dt_util.utcnow())
    if sensors and begin < end:
        left_out = len({installed.sensor.uuid for installed in channels} - sensors)
        await _begin(account, sensors, (begin, end), left_out)


def _period(call: ServiceCall) -> tuple[datetime, datetime]:
    """Return the full hours of a call, UTC: a part of one would be taken for the whole."""
    now = dt_util.utcnow()
    earliest = now - LONGEST_IMPORT
    # Compared before anything is reckoned with them: at the ends of the calendar nobody can.
    start, end = zoned(call.data[ATTR_START]), zoned(call.data.get(ATTR_END, now))
    if start < earliest:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="import_too_early",
            translation_placeholders={
                "earliest": day(call.hass, dt_util.as_local(earliest) + _DAY)
            },
        )
    start, end = (max(earliest, min(it, now)).astimezone(UTC) for it in (start, end))
    start, end = hour_of(start + HOUR - _MOMENT), hour_of(end)
    if start >= end:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="import_period")
    return start, end


async def _recorded(account: Account, channels: Iterable[InstalledChannel]) -> set[str]:
    """Return the sensors of some channels that the recorder makes statistics of."""
    if DATA_INSTANCE not in account.hass.data:
        return set()
    from ..statistics.writer import recorded_entity  # noqa: PLC0415 - it needs the recorder

    found = set[str]()
    for some in batched(channels, _TOGETHER, strict=False):
        found.update(
            installed.sensor.uuid for installed in some if recorded_entity(account, installed.key)
        )
        await asyncio.sleep(0)
    return found
