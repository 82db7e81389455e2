"""How an account shows its alarms: where, with which facts, and whether they come late."""

from datetime import timedelta
from typing import Any

from homeassistant.helpers import entity_registry as er

from ..const import DOMAIN
from ..monitoring.alarm_state import AlarmEvent
from ..monitoring.episodes import Episode
from ..monitoring.instruments import InstalledChannel, Instrument
from ..monitoring.quantities import Quantity
from ..texts import iso
from .account import Account

_LATE_MARGIN = timedelta(minutes=5)
_SELDOM = {Quantity.DOOR, Quantity.DEW_POINT, Quantity.ABSOLUTE_HUMIDITY}
"""Quantities for which hardly anybody sets limits."""


def may_alarm(account: Account, installed: InstalledChannel, severity: str) -> bool:
    """Tell whether a channel has an alarm entity of a severity.

    What people set limits for always has one for alarms; all else comes once it is
    configured or seen, and stays where it once was.
    """
    seldom = installed.channel.technical or installed.channel.quantity in _SELDOM
    if severity == "alarm" and not seldom:
        return True
    registry = er.async_get(account.hass)
    unique_id = f"{installed.unique_id}_{severity}"
    if registry.async_get_entity_id("binary_sensor", DOMAIN, unique_id) is not None:
        return True
    if (installed.key, severity) in account.memory.seen:
        return True
    return account.view.topology.has_severity(installed, severity)


def is_late(account: Account, event: AlarmEvent, instrument: Instrument) -> bool:
    """Tell whether an alarm was learnt later than regular delivery explains."""
    gap = instrument.device.gap(instrument.sensor)
    return event.late(gap + account.settings.alarm_interval + _LATE_MARGIN)


def episode_attributes(account: Account, episode: Episode | None) -> dict[str, Any]:
    """Return the facts of an open episode; the same names, empty, without one."""
    facts = episode.facts if episode else None
    return {
        "property": facts.property_name if facts else None,
        "extension": facts.extension if facts else None,
        "direction": facts.direction if facts else None,
        "value": facts.value if facts else None,
        "unit": facts.unit if facts else None,
        "limit": account.view.topology.limit_of(facts) if facts else None,
        **episode_times(account, episode),
    }


def episode_times(account: Account, episode: Episode | None) -> dict[str, Any]:
    """Return since when an open episode is true and known; empty without one."""
    return {
        "since": iso(episode.facts.at) if episode else None,
        "known_since": iso(account.memory.known_since.get(episode.id)) if episode else None,
        "episode_id": episode.id if episode else None,
    }
