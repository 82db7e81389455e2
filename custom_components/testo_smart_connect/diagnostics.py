"""Diagnostics: what helps to find a fault, without key, names, serials or links."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import AnyDeviceEntry
from homeassistant.loader import async_get_loaded_integration
from homeassistant.util import dt as dt_util

from .account.account import Account, TestoConfigEntry
from .account.calibrations import calibration_due
from .account.companion import Companion
from .account.memory import Memory
from .account.store import MemoryStore
from .clouds.base import History
from .const import CONF_SITES, DOMAIN
from .history.coverage import counts
from .history.hours import hour_of
from .history.ledger_file import LedgerError
from .kinds.table import kind_of
from .monitoring.codec import dump
from .monitoring.episodes import Episode
from .monitoring.instruments import InstalledChannel, Instrument
from .monitoring.model import ChannelKey

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Coverage:
    """How many readings of the last full 24 hours are known; None if that is not known."""

    counted: Mapping[ChannelKey, int] | None

    @classmethod
    async def of(cls, account: Account) -> _Coverage:
        """Count; without a history there is nothing to count."""
        if account.cloud.traits.history is History.NONE:
            return cls(None)
        end = hour_of(dt_util.utcnow())
        try:
            return cls(
                await account.hass.async_add_executor_job(counts, account.ledger, end - _DAY, end)
            )
        except LedgerError:
            return cls(None)

    def __call__(self, installed: InstalledChannel) -> dict[str, int | None]:
        """Return what is known of a channel and what its cycle makes one expect."""
        cycle = installed.measuring_cycle
        return {
            "counted": None if self.counted is None else self.counted.get(installed.key, 0),
            "expected": _DAY // cycle if cycle else None,
        }


async def async_get_config_entry_diagnostics(
    hass: HomeAssistant, entry: TestoConfigEntry
) -> dict[str, Any]:
    """Return the diagnostics of an account; serials become aliases."""
    if entry.state is not ConfigEntryState.LOADED:
        return await _at_rest(hass, entry)
    account = entry.runtime_data
    coverage = await _Coverage.of(account)
    sites = _sites(account.memory)
    return {
        **_account(account),
        "alarms": _alarms(account),
        "history": _history(account),
        "settings": [_companion(account, it) for it in account.companions],
        "unmatched_channels": len({*account.memory.latest} - {*_channels(account)}),
        "instruments": {
            alias: _instrument(account, account.view.topology.instruments[serial], sites, coverage)
            for serial, alias in _aliases("device", account.view.topology.instruments).items()
        },
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: TestoConfigEntry, device: AnyDeviceEntry
) -> dict[str, Any]:
    """Return the diagnostics of a device; that of a probe are those of its logger."""
    if entry.state is not ConfigEntryState.LOADED:
        return await _at_rest(hass, entry)
    account = entry.runtime_data
    identifiers = {name for domain, name in device.identifiers if domain == DOMAIN}
    if account.tenant in identifiers:
        return await async_get_config_entry_diagnostics(hass, entry)
    told = _account(account)
    found = account.view.topology.find(identifiers)
    if found is None:
        # It is still in the registry, but the account has it no more.
        return {**told, "device": None, "episodes": []}
    instrument, _ = found
    return {
        **told,
        "device": _instrument(
            account, instrument, _sites(account.memory), await _Coverage.of(account)
        ),
        "episodes": [
            _episode(episode)
            for episode in account.view.alarm_state.episodes
            if (place := account.view.topology.sources.find(episode.facts)) is not None
            and place.owner == instrument.serial
        ],
    }


async def _at_rest(hass: HomeAssistant, entry: TestoConfigEntry) -> dict[str, Any]:
    """Return what is known of an account that is not loaded: how it is set up, what is kept."""
    memory = await MemoryStore(hass, str(entry.unique_id)).load()
    return {
        **_settings(hass, entry, memory),
        "cloud": {
            "learnt": kind_of(entry.data).shown(memory.learnt),
            "last_good": dump(memory.good),
        },
        "known_devices": len(memory.inventory.devices),
    }


def _settings(hass: HomeAssistant, entry: TestoConfigEntry, memory: Memory) -> dict[str, Any]:
    """Return how an account is set up."""
    options, kind = {**entry.options}, kind_of(entry.data)
    if CONF_SITES in options:
        sites = _sites(memory)
        options[CONF_SITES] = [sites.get(site, "site_?") for site in options[CONF_SITES]]
    return {
        "version": str(async_get_loaded_integration(hass, DOMAIN).version),
        "state": entry.state.value,
        "account": {
            "kind": kind.name,
            **kind.public(entry.data),
            "options": options,
        },
    }


def _account(account: Account) -> dict[str, Any]:
    """Return what is true of all devices: the connection and how it goes."""
    memory = account.memory
    return {
        **_settings(account.hass, account.entry, memory),
        "cloud": {
            "learnt": account.kind.shown(memory.learnt),
            "last_good": dump(memory.good),
            "failures": account.health.failures,
            "errors": {name: str(err) for name, err in account.health.errors.items()},
            "traits": dump(account.cloud.traits),
            "reports": dump(account.health.reports),
            "push": account.push,
            "equipments": len(memory.equipments),
            "own_limits": len(account.view.topology.watched),
        },
    }


def _companion(account: Account, companion: Companion) -> dict[str, Any]:
    """Return how reading settings goes, and the names in it: nobody has published them."""
    kept = companion.kept
    return {
        "write": companion.may_write,
        "failures": companion.failures,
        "error": str(companion.error) if companion.error else None,
        "read": dump(kept.read),
        "devices": len(kept.devices),
        "matched": sum(account.instrument(it.serial) is not None for it in kept.devices),
        "cycles": sum(len(it.cycles) for it in kept.devices),
        "slots": sum(len(it.slots) for it in kept.devices),
        "pending": len(kept.pending),
        "stopped": dump(kept.stopped),
        "waiting": companion.is_waiting,
        "outline": companion.management.outline,
    }


def _alarms(account: Account) -> dict[str, Any]:
    memory, episodes = account.memory, account.view.alarm_state.episodes
    return {
        "read": dump(memory.alarm_log.read),
        "known_transitions": len(memory.alarm_log.records),
        "open": {
            "alarms": account.view.alarms.alarms,
            "warnings": account.view.alarms.warnings,
        },
        "due": len(account.view.alarm_state.due),
        "acknowledged": len(memory.acknowledged),
        "snoozed": len(memory.snoozed),
        "reviews": len(memory.reviews),
        "without_device": sum(
            account.view.topology.sources.find(episode.facts) is None for episode in episodes
        ),
        "conditions": Counter(str(episode.facts.condition) for episode in episodes),
        # Of these no alarm can tell its limit.
        "conflicting_limits": [
            {**dump(conflict), "site": _sites(memory).get(conflict.site or "")}
            for conflict in account.view.topology.conflicts
        ],
    }


def _history(account: Account) -> dict[str, Any]:
    memory = account.memory
    return {
        "arrival": dump(memory.arrival),
        "waiting": len(memory.ranges),
        "imports": len(memory.imports),
        "gaps": [dump(replace(gap, sensor="")) for gap in memory.gaps],
    }


def _instrument(
    account: Account, instrument: Instrument, sites: Mapping[str, str], coverage: _Coverage
) -> dict[str, Any]:
    status = dump(account.status_of(instrument))
    for name in ("device_uuid", "serial"):
        status.pop(name, None)
    return {
        "kind": instrument.kind,
        "model": instrument.model,
        "firmware": instrument.firmware,
        "site": sites.get(instrument.device.site or ""),
        "active": instrument.device.active,
        "calibration_due": dump(calibration_due(account, instrument)),
        "gap": dump(instrument.device.gap(instrument.sensor)),
        "offline": instrument.serial in account.view.freshness.offline,
        "status": status,
        "channels": [
            {
                "number": installed.channel.number,
                "property": installed.channel.property_name,
                "extension": installed.channel.extension,
                "unit": installed.channel.unit,
                "quantity": installed.channel.quantity,
                "measured": dump(reading.at) if reading else None,
                "received": dump(reading.received) if reading else None,
                "stale": installed.key in account.view.freshness.stale,
                "last_24_hours": coverage(installed),
            }
            for installed in instrument.channels()
            for reading in (account.memory.latest.get(installed.key),)
        ],
    }


def _episode(episode: Episode) -> dict[str, Any]:
    """Return the course of an alarm without what identifies it."""
    facts = episode.facts
    return {
        "system": facts.system,
        "condition": facts.condition,
        "severity": episode.severity,
        "property": facts.property_name,
        "extension": facts.extension,
        "raised": dump(episode.raised.at) if episode.raised else None,
        "cleared": dump(episode.cleared.at) if episode.cleared else None,
    }


def _channels(account: Account) -> Iterable[ChannelKey]:
    for _, sensor, channel in account.memory.inventory.channels():
        yield sensor.uuid, channel.number


def _sites(memory: Memory) -> dict[str, str]:
    return _aliases("site", memory.inventory.sites())


def _aliases(word: str, names: Iterable[str]) -> dict[str, str]:
    return {name: f"{word}_{number}" for number, name in enumerate(sorted(names), 1)}
