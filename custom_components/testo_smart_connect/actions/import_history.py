"""The action that imports history."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import batched, chain
from typing import Any, Final

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import DATA_INSTANCE
from homeassistant.helpers.service import async_get_config_entry
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids
from homeassistant.util import dt as dt_util
import probatio

from ..account.account import Account, TestoConfigEntry
from ..account.import_progress import show_import
from ..clouds.base import History
from ..const import ATTR_CONFIG_ENTRY_ID, DOMAIN
from ..history.hours import HOUR, hour_of
from ..monitoring.instruments import InstalledChannel
from ..monitoring.quantities import Quantity
from ..texts import day

IMPORT_HISTORY: Final = "import_history"
ATTR_END: Final = "end"
ATTR_START: Final = "start"

_MOMENT = timedelta.resolution
_DAY = timedelta(days=1)
_LONGEST = timedelta(days=3 * 365 + 1)
"""How far back history can be imported: three years, with a leap day in them."""
_LATELY = _DAY
"""What was measured since is read again in any case."""
_TOGETHER = 500
"""Channels that are looked at before others get their turn."""
_SCHEMA = probatio.Schema(
    {
        probatio.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        probatio.Required(ATTR_START): cv.datetime,
        probatio.Optional(ATTR_END): cv.datetime,
        **cv.TARGET_SERVICE_FIELDS,
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
    meant = _meant(call)
    check_history(meant)
    await _check_control(call, chain.from_iterable(meant.values()))
    start, end = _period(call)
    recorded = {account: await _recorded(account, channels) for account, channels in meant.items()}
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
        left_out = len({installed.sensor.uuid for installed in meant[account]} - sensors)
        task = account.queue.running(sensors, start, needed)
        if task is None:
            task = account.queue.add_import(sensors, start, end, left_out)
            await show_import(account, task, "import_begun")
            await account.store.save(account.memory)
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


def check_history(accounts: Iterable[Account]) -> None:
    """Refuse what needs a history for accounts whose cloud has none."""
    for account in accounts:
        if account.cloud.traits.history is History.NONE:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="not_offered",
                translation_placeholders={
                    "account": account.title,
                    "kind": account.kind.product,
                },
            )


def _period(call: ServiceCall) -> tuple[datetime, datetime]:
    """Return the full hours of a call, UTC: a part of one would be taken for the whole."""
    now = dt_util.utcnow()
    earliest = now - _LONGEST
    # Compared before anything is reckoned with them: at the ends of the calendar nobody can.
    start, end = _zoned(call.data[ATTR_START]), _zoned(call.data.get(ATTR_END, now))
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


def _zoned(moment: datetime) -> datetime:
    """Return a time with a zone; one without is one of Home Assistant's."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=dt_util.get_default_time_zone())
    return moment


def _meant(call: ServiceCall) -> dict[Account, list[InstalledChannel]]:
    """Return the measuring channels of a call; without a target all of one account."""
    wanted = call.data.get(ATTR_CONFIG_ENTRY_ID)
    selection = TargetSelection(call.data)
    if not selection.has_any_target:
        entry: TestoConfigEntry = async_get_config_entry(call.hass, DOMAIN, wanted)
        found = {entry.runtime_data: _measuring(entry.runtime_data)}
    else:
        selected = async_extract_referenced_entity_ids(call.hass, selection)
        registry = er.async_get(call.hass)
        unique_ids = {
            entity.unique_id
            for entity_id in selected.referenced | selected.indirectly_referenced
            if (entity := registry.async_get(entity_id)) is not None and entity.platform == DOMAIN
        }
        found = {
            entry.runtime_data: [
                installed
                for installed in _measuring(entry.runtime_data)
                if installed.unique_id in unique_ids
            ]
            for entry in call.hass.config_entries.async_loaded_entries(DOMAIN)
            if wanted in {None, entry.entry_id}
        }
    found = {account: channels for account, channels in found.items() if channels}
    if not found:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="import_nothing")
    return found


def _measuring(account: Account) -> list[InstalledChannel]:
    """Return the channels of an account that have statistics: a door has none."""
    channels = account.view.topology.channels.values()
    return [installed for installed in channels if installed.channel.quantity is not Quantity.DOOR]


async def _check_control(call: ServiceCall, channels: Iterable[InstalledChannel]) -> None:
    """Raise Unauthorized if the user who takes the action may not control all channels."""
    if call.context.user_id is None:
        return
    user = await call.hass.auth.async_get_user(call.context.user_id)
    if user is None:
        raise UnknownUser(context=call.context)
    if user.permissions.access_all_entities(POLICY_CONTROL):
        return
    registry = er.async_get(call.hass)
    for installed in channels:
        entity_id = registry.async_get_entity_id("sensor", DOMAIN, installed.unique_id)
        if entity_id is None or not user.permissions.check_entity(entity_id, POLICY_CONTROL):
            raise Unauthorized(context=call.context, entity_id=entity_id, permission=POLICY_CONTROL)


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
