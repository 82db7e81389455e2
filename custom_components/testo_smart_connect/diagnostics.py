"""Diagnostics: what helps to find a fault, without key, names, serials or links."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant

from .account import Account, TestoConfigEntry
from .const import CONF_BASE_URL, CONF_KEY_EXPIRES, CONF_REGION, CONF_SITES
from .monitoring.codec import dump
from .monitoring.things import Thing


async def async_get_config_entry_diagnostics(
    _hass: HomeAssistant, entry: TestoConfigEntry
) -> dict[str, Any]:
    """Return the diagnostics of an account; serials become aliases."""
    account = entry.runtime_data
    memory = account.memory
    sites = _aliases("site", memory.inventory.sites())
    channels = {(sensor.uuid, channel.number) for _, sensor, channel in memory.inventory.channels()}
    options = {**entry.options}
    if CONF_SITES in options:
        options[CONF_SITES] = [sites.get(site, "site_?") for site in options[CONF_SITES]]
    return {
        "account": {
            "region": entry.data[CONF_REGION],
            "own_address": entry.data[CONF_BASE_URL] is not None,
            "key_expires": entry.data[CONF_KEY_EXPIRES],
            "options": options,
        },
        "cloud": {
            "habits": dump(memory.habits),
            "last_good": dump(memory.good),
            "failures": account.health.failures,
            "understanding": dump(account.cloud.understanding),
        },
        "alarms": {
            "read": dump(memory.book.read),
            "known_transitions": len(memory.book.records),
            "open": {
                "alarms": account.alarm_view.alarms,
                "warnings": account.alarm_view.warnings,
            },
            "due": len(account.findings.due),
            "acknowledged": len(memory.acknowledged),
            "snoozed": len(memory.snoozed),
            "without_device": sum(
                account.shape.sources.find(episode.facts) is None
                for episode in account.findings.episodes
            ),
            "conditions": Counter(
                str(episode.facts.condition) for episode in account.findings.episodes
            ),
        },
        "history": {
            "arrival": dump(memory.arrival),
            "waiting": len(memory.spans),
            "imports": len(memory.imports),
            "gaps": [dump(replace(gap, sensor="")) for gap in memory.gaps],
        },
        "unmatched_channels": len({*memory.latest} - channels),
        "things": {
            alias: _thing(account, account.shape.things[serial], sites)
            for serial, alias in _aliases("device", account.shape.things).items()
        },
    }


def _thing(account: Account, thing: Thing, sites: dict[str, str]) -> dict[str, Any]:
    status = dump(account.status_of(thing))
    for name in ("device_uuid", "serial"):
        status.pop(name, None)
    return {
        "kind": thing.kind,
        "model": thing.model,
        "firmware": thing.firmware,
        "site": sites.get(thing.device.site or ""),
        "active": thing.device.active,
        "gap": dump(thing.device.gap(thing.sensor)),
        "offline": thing.serial in account.outlook.offline,
        "status": status,
        "channels": [
            {
                "number": spot.channel.number,
                "property": spot.channel.property_name,
                "extension": spot.channel.extension,
                "unit": spot.channel.unit,
                "quantity": spot.channel.quantity,
                "measured": dump(reading.at) if reading else None,
                "received": dump(reading.received) if reading else None,
                "stale": spot.key in account.outlook.stale,
            }
            for spot in thing.spots()
            for reading in (account.memory.latest.get(spot.key),)
        ],
    }


def _aliases(word: str, names: Iterable[str]) -> dict[str, str]:
    return {name: f"{word}_{number}" for number, name in enumerate(sorted(names), 1)}
