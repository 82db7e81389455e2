"""The action that notes that somebody looked: in Home Assistant alone, and no signature."""

from functools import partial
from itertools import chain
from typing import Final

from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
import probatio

from ..account import logbook_entries
from ..account.account import Account
from ..account.sharing import event_entity
from ..const import ATTR_CONFIG_ENTRY_ID, DOMAIN
from ..monitoring.reviews import GivenReview, still_kept
from .behind import Callers, shown_name
from .devices import ATTR_DEVICE_ID, ATTR_NOTE, NOTE, SOME_DEVICES, DeviceTarget, devices_meant
from .permission import check_entities
from .targets import entity_of

CONFIRM_REVIEW: Final = "confirm_review"

_SCHEMA = probatio.Schema(
    {
        probatio.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        probatio.Required(ATTR_DEVICE_ID): SOME_DEVICES,
        probatio.Optional(ATTR_NOTE, default=""): NOTE,
    }
)


@callback
def async_setup_review(hass: HomeAssistant, callers: Callers) -> None:
    """Register the action."""
    hass.services.async_register(DOMAIN, CONFIRM_REVIEW, partial(_confirm_review, callers), _SCHEMA)


async def _confirm_review(callers: Callers, call: ServiceCall) -> None:
    """Remember who looked at some devices, and write it into the logbook."""
    meant: dict[Account, dict[str, DeviceTarget]] = {}
    for target in devices_meant(call):
        serial = target.probe.serial if target.probe else target.instrument.serial
        meant.setdefault(target.account, {})[serial] = target
    targets = [target for found in meant.values() for target in found.values()]
    looked_at = chain.from_iterable(_entities_of(call, target) for target in targets)
    await check_entities(call, looked_at, POLICY_CONTROL)
    at, by = dt_util.utcnow(), await callers.name_behind(call.context)
    note = call.data[ATTR_NOTE].strip() or None
    for account, found in meant.items():
        review = GivenReview(at=at, by=by, note=note, serials=tuple(found))
        account.memory.reviews = still_kept((*account.memory.reviews, review), at)
        await account.store.save(account.memory)
    for target in targets:
        await _write(call, target, by, note)


def _entities_of(call: ServiceCall, target: DeviceTarget) -> list[str | None]:
    """Return what shows the readings of a device; a gateway has none, but alarms."""
    channels = [it for it in target.instrument.channels() if target.probe in {None, it.probe}]
    return [entity_of(call, it) for it in channels] or [_place(call.hass, target)]


def _place(hass: HomeAssistant, target: DeviceTarget) -> str | None:
    """Return the entity whose logbook has the line: that of a measuring sensor is not shown."""
    entity = event_entity(hass, target.instrument)
    return entity.entity_id if entity else None


async def _write(call: ServiceCall, target: DeviceTarget, by: str, note: str | None) -> None:
    """Write into the logbook of the logger; a probe is named, as in reports."""
    said = ": ".join(filter(None, (target.name if target.probe else None, note)))
    await logbook_entries.write(
        call.hass,
        _place(call.hass, target),
        "reviewed_with_note" if said else "reviewed",
        call.context,
        name=await shown_name(call.hass, by),
        note=said,
    )
