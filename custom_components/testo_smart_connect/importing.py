"""The action that imports history, and telling how far it is."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from homeassistant.components import persistent_notification
from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.service import async_get_config_entry
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids
from homeassistant.util import dt as dt_util
import probatio

from .account import Account
from .const import ATTR_CONFIG_ENTRY_ID, DOMAIN
from .monitoring.history import HOUR, hour_of
from .monitoring.imports import Import
from .texts import escaped, minute, text

IMPORT_HISTORY: Final = "import_history"
ATTR_END: Final = "end"
ATTR_START: Final = "start"

_MOMENT = timedelta.resolution
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
    now = dt_util.utcnow()
    start, end = _utc(call.data[ATTR_START]), _utc(call.data.get(ATTR_END, now))
    # Full hours only: a part of one would be taken for the whole.
    start, end = hour_of(start + HOUR - _MOMENT), hour_of(min(end, now))
    if start >= end:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="import_period")
    imports = []
    for account, sensors in _sensors(call).items():
        begun = account.backlog.add_import(sensors, start, end)
        await show(account, begun, "import_begun")
        await account.store.save(account.memory)
        imports.append(
            {
                ATTR_CONFIG_ENTRY_ID: account.entry.entry_id,
                "import_id": begun.id,
                "sensors": len(sensors),
                "start": begun.start.isoformat(),
                "end": begun.end.isoformat(),
            }
        )
    return {"imports": imports}


def _utc(moment: datetime) -> datetime:
    """Return a time in UTC; one without a zone is one of Home Assistant's."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt_util.get_default_time_zone())
    return moment.astimezone(UTC)


def _sensors(call: ServiceCall) -> dict[Account, set[str]]:
    """Return the uuids of the sensors that a call means; without a target all of one account."""
    wanted = call.data.get(ATTR_CONFIG_ENTRY_ID)
    selection = TargetSelection(call.data)
    if not selection.has_any_target:
        account: Account = async_get_config_entry(call.hass, DOMAIN, wanted).runtime_data
        return {account: {uuid for uuid, _ in account.shape.spots}}
    selected = async_extract_referenced_entity_ids(call.hass, selection)
    registry = er.async_get(call.hass)
    unique_ids = {
        entity.unique_id
        for entity_id in selected.referenced | selected.indirectly_referenced
        if (entity := registry.async_get(entity_id)) is not None and entity.platform == DOMAIN
    }
    found: dict[Account, set[str]] = {}
    for entry in call.hass.config_entries.async_loaded_entries(DOMAIN):
        if wanted in {None, entry.entry_id}:
            account = entry.runtime_data
            sensors = {
                key[0] for key, spot in account.shape.spots.items() if spot.unique_id in unique_ids
            }
            if sensors:
                found[account] = sensors
    if not found:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="import_nothing")
    return found


async def async_cancel_imports(account: Account) -> None:
    """End all imports of an account that is reloaded or removed, and say so."""
    for task in account.backlog.cancel_imports():
        await show(account, task, "import_cancelled")


async def show(account: Account, task: Import, key: str) -> None:
    """Tell how far an import is, or how it ended."""
    hass = account.hass
    words: Mapping[str, str] = {
        "account": escaped(account.title),
        "start": minute(task.start),
        "end": minute(task.end),
        "percent": str(task.percent),
        "rows": str(task.rows),
        "hours": str(task.hours),
        "gaps": str(task.gaps),
    }
    persistent_notification.async_create(
        hass,
        await text(hass, key, **words),
        await text(hass, "import_title", **words),
        f"{DOMAIN}_import_{task.id}",
    )
