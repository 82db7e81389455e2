"""The action that returns what there is: sites, devices, sensors, channels and limits."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceCall, SupportsResponse, callback
from homeassistant.helpers import device_registry as dr
import probatio

from ..account.account import Account
from ..const import DOMAIN
from ..monitoring.identity import identity
from ..monitoring.instruments import InstalledChannel
from ..monitoring.model import Device, Limit, Sensor
from ..monitoring.models import model_name
from ..texts import iso_local
from .targets import TARGET_FIELDS, by_account, entity_of, everything, readable

GET_INVENTORY: Final = "get_inventory"
_SCHEMA = probatio.Schema(TARGET_FIELDS)


@callback
def async_setup_get_inventory(hass: HomeAssistant) -> None:
    """Register the action."""
    hass.services.async_register(
        DOMAIN, GET_INVENTORY, _get, _SCHEMA, supports_response=SupportsResponse.ONLY
    )


async def _get(call: ServiceCall) -> dict[str, Any]:
    meant = await readable(call, everything, history=False)
    devices, limits = list[dict[str, Any]](), list[dict[str, Any]]()
    for account, mine in by_account(meant).items():
        channels = [each for it in mine for each in it.channels]
        found = {it.instrument.device.uuid: it.instrument.device for it in mine}
        devices += [_device(call, account, it, channels) for it in found.values()]
        sites = {it.site for it in found.values()}
        limits += [_limit(account, it) for it in account.memory.limits if it.site in sites]
        if account.cloud.traits.sets_alarms:
            limits += _set_by_users(call, account, channels)
    counts = Counter(it["site"] for it in devices)
    return {
        "sites": [{"name": name, "devices": count} for name, count in counts.items()],
        "devices": devices,
        "limits": limits,
    }


def _device(
    call: ServiceCall, account: Account, device: Device, channels: Iterable[InstalledChannel]
) -> dict[str, Any]:
    status = account.memory.statuses.get(device.uuid)
    registered = dr.async_get(account.hass).async_get_device_by_identifier(
        (DOMAIN, identity(device.serial, mark=account.kind.mark)), account.entry.entry_id
    )
    mine = [it for it in channels if it.device.uuid == device.uuid]
    return {
        "device_id": registered.id if registered else None,
        "serial": device.serial,
        "name": device.name,
        "model": model_name(device.model),
        "firmware": device.firmware,
        "category": device.category,
        "site": account.site_name(device.site),
        "active": device.active,
        "measuring_cycle": _seconds(device.measuring_cycle),
        "communication_cycle": _seconds(device.communication_cycle),
        "battery": status.battery if status else None,
        "signal": status.signal if status else None,
        "power": status.mains if status else None,
        "last_communication": iso_local(status.last_communication) if status else None,
        "next_communication": iso_local(status.next_communication) if status else None,
        "sensors": [
            _sensor(call, it, [each for each in mine if each.sensor.uuid == it.uuid])
            for it in {each.sensor.uuid: each.sensor for each in mine}.values()
        ],
    }


def _sensor(call: ServiceCall, sensor: Sensor, channels: Iterable[InstalledChannel]) -> object:
    return {
        "serial": sensor.serial,
        "name": sensor.name,
        "model": model_name(sensor.model),
        "firmware": sensor.firmware,
        "radio": sensor.radio,
        "channels": [
            {
                "entity_id": entity_of(call, it),
                "number": it.channel.number,
                "property": it.channel.property_name,
                "extension": it.channel.extension,
                "quantity": str(it.channel.quantity),
                "unit": it.channel.unit,
            }
            for it in channels
        ],
    }


def _limit(account: Account, limit: Limit) -> dict[str, Any]:
    return {
        "site": account.site_name(limit.site),
        "property": limit.property_name,
        "direction": limit.direction,
        "severity": limit.severity,
        "value": limit.value,
        "unit": limit.unit,
        "delay": _seconds(limit.delay),
    }


def _set_by_users(
    call: ServiceCall, account: Account, channels: Iterable[InstalledChannel]
) -> Iterator[dict[str, Any]]:
    """Yield the alarms of channels, each with the id by which it can be deleted."""
    parts = {it.part: it.limits for it in account.memory.equipments}
    for installed in channels:
        channel = installed.channel
        for it in parts.get(channel.part or "", ()):
            limit = Limit(
                site=installed.device.site,
                property_name=channel.property_name or "",
                direction=it.direction,
                severity=it.severity,
                value=it.value,
                unit=it.unit,
                delay=it.delay,
            )
            named = {"alarm_id": it.alarm_id, "entity_id": entity_of(call, installed)}
            yield {**_limit(account, limit), **named}


def _seconds(duration: timedelta | None) -> float | None:
    return None if duration is None else duration.total_seconds()
