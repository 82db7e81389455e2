"""Actions: acknowledge alarms and snooze devices, in Home Assistant alone."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from homeassistant.core import Context, HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.service import async_get_config_entry
from homeassistant.util import dt as dt_util
import probatio

from ..account import logbook_entries
from ..account.account import Account
from ..account.sharing import event_entity
from ..const import ATTR_CONFIG_ENTRY_ID, DOMAIN
from ..monitoring.acknowledgements import Acknowledgement, standing_on
from ..monitoring.alarm_view import channels_of
from ..monitoring.episodes import Episode
from ..monitoring.instruments import Instrument
from ..texts import minute
from .behind import Callers, shown_name
from .devices import (
    ATTR_DEVICE_ID,
    ATTR_NOTE,
    DEVICES,
    NOTE,
    SOME_DEVICES,
    DeviceTarget,
    devices_meant,
)

ACKNOWLEDGE_ALARM: Final = "acknowledge_alarm"
SNOOZE_ALARMS: Final = "snooze_alarms"

ATTR_EPISODE_ID: Final = "episode_id"
ATTR_HOURS: Final = "hours"

_LONGEST_SNOOZE = 24
"""Hours: nothing may fall silent for good."""

_ACKNOWLEDGE_SCHEMA = probatio.Schema(
    {
        probatio.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        probatio.Optional(ATTR_DEVICE_ID, default=list): DEVICES,
        probatio.Optional(ATTR_EPISODE_ID): cv.string,
        probatio.Optional(ATTR_NOTE, default=""): NOTE,
    }
)
_SNOOZE_SCHEMA = probatio.Schema(
    {
        probatio.Optional(ATTR_CONFIG_ENTRY_ID): cv.string,
        probatio.Required(ATTR_DEVICE_ID): SOME_DEVICES,
        probatio.Required(ATTR_HOURS): probatio.All(
            probatio.Coerce(float), probatio.Range(min=0, max=_LONGEST_SNOOZE)
        ),
    }
)


@callback
def async_setup_acknowledge(hass: HomeAssistant, callers: Callers) -> None:
    """Register the actions; they work on whatever accounts are loaded when called."""
    for action, work, schema in (
        (ACKNOWLEDGE_ALARM, _acknowledge, _ACKNOWLEDGE_SCHEMA),
        (SNOOZE_ALARMS, _snooze, _SNOOZE_SCHEMA),
    ):
        hass.services.async_register(DOMAIN, action, partial(work, callers), schema)


async def _acknowledge(callers: Callers, call: ServiceCall) -> None:
    by_device = bool(call.data[ATTR_DEVICE_ID])
    if by_device == bool(call.data.get(ATTR_EPISODE_ID)):
        raise ServiceValidationError(
            translation_domain=DOMAIN, translation_key="devices_or_episode"
        )
    meant = _open_on(devices_meant(call)) if by_device else _known(call)
    by = await callers.name_behind(call.context)
    for account, episodes in meant.items():
        await acknowledge_episodes(account, episodes, call.context, by, call.data[ATTR_NOTE])


async def acknowledge_episodes(
    account: Account, episodes: Iterable[Episode], context: Context, by: str, note: str = ""
) -> None:
    """Note that somebody has taken notice of episodes, also in the logbook."""
    said = Acknowledgement(by=by, at=dt_util.utcnow(), note=note.strip() or None)
    sources = account.view.topology.sources
    for episode in await account.acknowledgements.acknowledge(episodes, sources, said):
        for entity_id in _alarm_entities(account, episode):
            await logbook_entries.write(
                account.hass,
                entity_id,
                "acknowledged_with_note" if said.note else "acknowledged",
                context,
                name=await shown_name(account.hass, said.by),
                note=said.note or "",
            )


async def _snooze(callers: Callers, call: ServiceCall) -> None:
    hours = call.data[ATTR_HOURS]
    until = dt_util.utcnow() + timedelta(hours=hours)
    meant: dict[Account, dict[str, Instrument]] = {}
    for target in devices_meant(call):
        meant.setdefault(target.account, {})[target.instrument.serial] = target.instrument
    name, ends = await callers.name_behind(call.context), dt_util.as_local(until)
    is_today = ends.date() == dt_util.now().date()
    for account, found in meant.items():
        await account.acknowledgements.snooze(found, until)
        for _, instrument in sorted(found.items()):
            entity = event_entity(call.hass, instrument)
            await logbook_entries.write(
                call.hass,
                entity.entity_id if entity else None,
                "snoozed" if hours else "snooze_ended",
                call.context,
                name=await shown_name(call.hass, name),
                time=f"{ends:%H:%M}" if is_today else minute(call.hass, until),
            )


def _open_on(targets: Sequence[DeviceTarget]) -> dict[Account, list[Episode]]:
    """Return the open episodes of devices; it is an error if there are none at all."""
    meant: dict[Account, list[Episode]] = {}
    for target in targets:
        account, probe = target.account, target.probe
        meant.setdefault(account, []).extend(
            standing_on(
                account.view.alarm_state.active,
                account.view.topology.sources,
                target.instrument.serial,
                probe.uuid if probe else None,
            )
        )
    if not any(meant.values()):
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="no_open_alarm",
            translation_placeholders={"devices": ", ".join(target.name for target in targets)},
        )
    return meant


def _known(call: ServiceCall) -> dict[Account, list[Episode]]:
    """Return the one episode that a call names; it may be over meanwhile."""
    episode_id, wanted = call.data[ATTR_EPISODE_ID], call.data.get(ATTR_CONFIG_ENTRY_ID)
    entries = call.hass.config_entries.async_loaded_entries(DOMAIN)
    if wanted or not entries:
        entries = [async_get_config_entry(call.hass, DOMAIN, wanted)]
    for entry in entries:
        account: Account = entry.runtime_data
        for episode in account.view.alarm_state.episodes:
            if episode.id == episode_id and account.view.topology.sources.find(episode.facts):
                return {account: [episode]}
    raise ServiceValidationError(
        translation_domain=DOMAIN,
        translation_key="unknown_episode",
        translation_placeholders={"episode_id": episode_id},
    )


def _alarm_entities(account: Account, episode: Episode) -> list[str | None]:
    """Return the entities on which an episode is shown, None for one that is missing."""
    topology, sources = account.view.topology, account.view.topology.sources
    unique_ids = [
        f"{topology.channels[key].unique_id}_{episode.severity}"
        for key in channels_of(episode.facts, sources)
    ]
    place = sources.find(episode.facts)
    if not unique_ids and place is not None:
        unique_ids = [topology.instruments[place.owner].identity("system_alarm")]
    registry = er.async_get(account.hass)
    return [registry.async_get_entity_id("binary_sensor", DOMAIN, name) for name in unique_ids]
