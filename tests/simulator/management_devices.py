"""Devices and sensors as Device Management has them (Device Management part 5).

Fields after `capability`, and all of sensors, are invented.
"""

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from . import texts
from .channels import Sensor
from .devices import Gateway
from .inventory import milliseconds
from .management_wire import Change, bad

if TYPE_CHECKING:
    from .devices import Device, Logger
    from .faults import Row
    from .fleet import Fleet
    from .management_odd import ManagementOddities

type Owner = Logger | Gateway | Sensor

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)
_FLAGS = {"active", "display_active"}
_CHANGEABLE = {
    True: {"name", "measuring_cycle", "communication_cycle", *_FLAGS},
    False: {"name", "measuring_cycle"},
}


class Holdings:
    """What is stored of devices and sensors: the fleet, and where it is told otherwise."""

    def __init__(self, fleet: Fleet) -> None:
        """Begin with nothing that is told otherwise."""
        self._fleet = fleet
        self._instead: defaultdict[Owner, Row] = defaultdict(dict)
        self._old: dict[Owner, tuple[Row, int]] = {}

    def row(self, owner: Owner, odd: ManagementOddities) -> Row:
        """Return the stored object, by the true names."""
        if isinstance(owner, Sensor):
            return self._sensor(owner, odd) | self._instead[owner]
        row = self._device(owner, odd) | self._instead[owner]
        if odd.capability_missing:
            row.pop("capability", None)
        return row

    def told(self, owner: Owner, odd: ManagementOddities) -> Row:
        """Return the object that is told for now, by the true names."""
        return self._old[owner][0] if owner in self._old else self.row(owner, odd)

    def read(self, owner: Owner, odd: ManagementOddities) -> Row:
        """Return the same, and count this as one time."""
        row = self.told(owner, odd)
        if owner in self._old:
            left = self._old[owner][1] - 1
            self._old[owner] = (row, left)
            if left <= 0:
                del self._old[owner]
        return row

    def keep(self, owner: Owner, row: Row, times: int) -> None:
        """Go on telling an object as it was, so many times."""
        if times > 0:
            self._old[owner] = (row, times)

    # --- What is told -------------------------------------------------------------------------

    def _device(self, device: Logger | Gateway, odd: ManagementOddities) -> Row:
        cycles = [sensor.measuring for sensor in device.sensors]
        return {
            "uuid": device.uuid,
            "valid_from": texts.utc_ms(device.modified_at),
            "valid_until": None,
            "customer_uuid": self._fleet.tenant_uuid,
            "product_family": "PF_ANY",
            "customer_site": _site(device, odd),
            "serial_number": device.serial,
            "model_code": device.model,
            "firmware": {"firmware_version": device.firmware, "firmware_code": "0000"},
            "sensors_connections": [
                _connection(slot, sensor) for slot, sensor in enumerate(device.sensors)
            ],
            "capability": self._capability(device),
            "name": device.name,
            "active": device.active(self._fleet.clock.now()),
            # Where nothing measures there is no such cycle.
            "measuring_cycle": milliseconds(min(cycles)) if cycles else None,
            "communication_cycle": milliseconds(device.communication),
            "display_active": device.display_active,
        }

    def _capability(self, device: Logger | Gateway) -> Row:
        wired, scaled = isinstance(device, Gateway), self._fleet.scaled
        has_battery = device.battery is not None
        return {
            "powersupply": True,
            "charger": False,
            "radio": True,
            "ethernet": wired,
            "display": not wired,
            "sum": False,
            "deactivation": True,
            "communication_cycle_min": milliseconds(scaled(_MINUTE)),
            "communication_cycle_max": milliseconds(scaled(_DAY)),
            "supported_battery_types": ["AA_LITHIUM", "AA_ALKALINE"] if has_battery else [],
            "display_measure_rows": 0 if wired else 2,
            "slot_count": max(8 if wired else 2, len(device.sensors)),
            "measuring_cycle_min": milliseconds(scaled(_MINUTE)),
            "measuring_rate_min": milliseconds(scaled(_MINUTE)),
        }

    def _sensor(self, sensor: Sensor, odd: ManagementOddities) -> Row:
        return {
            "uuid": sensor.uuid,
            "valid_from": texts.utc_ms(sensor.modified_at),
            "valid_until": None,
            "customer_site": _site(sensor.device, odd),
            "serial_number": sensor.serial,
            "model_code": sensor.model,
            "name": sensor.name,
            "measuring_cycle": milliseconds(sensor.measuring),
        }

    # --- What is changed ----------------------------------------------------------------------

    def check(self, owner: Owner, change: Change) -> None:
        """Refuse values that cannot be."""
        changeable = _CHANGEABLE[not isinstance(owner, Sensor)]
        for name, value in change.values.items():
            if name not in changeable:
                possible = False
            elif name in _FLAGS:
                lacking = name == "display_active" and isinstance(owner, Gateway)
                possible = isinstance(value, bool) and not lacking
            elif name == "name":
                possible = isinstance(value, str) and bool(value.strip())
            else:
                possible = self._is_cycle(owner, name, value)
            if not possible:
                raise bad(name)

    def _is_cycle(self, owner: Owner, name: str, value: Any) -> bool:
        shortest, longest = (milliseconds(self._fleet.scaled(it)) for it in (_MINUTE, _DAY))
        idle = name == "measuring_cycle" and not isinstance(owner, Sensor) and not owner.sensors
        return type(value) is int and shortest <= value <= longest and not idle

    def apply(self, owner: Owner, change: Change) -> None:
        """Change the fleet, from now on; what is to be null is only told so."""
        now, values = self._fleet.clock.now(), change.values
        told, known = self._instead[owner], _CHANGEABLE[not isinstance(owner, Sensor)]
        for name, value in values.items():
            if name in known:
                told.pop(name, None)
            else:
                told[name] = value
        told.update(dict.fromkeys(change.wiped))
        owner.modified_at = now
        if "name" in values:
            self._fleet.rename(owner.serial, values["name"])
        if isinstance(owner, Sensor):
            if "measuring_cycle" in values:
                cycle = timedelta(milliseconds=values["measuring_cycle"])
                owner.device.ask_cycles(now, measuring=cycle, sensors=[owner])
            return
        if "active" in values:
            self._fleet.set_active(owner.serial, values["active"])
        owner.display_active = values.get("display_active", owner.display_active)
        if "communication_cycle" in values:
            cycle = timedelta(milliseconds=values["communication_cycle"])
            owner.ask_cycles(now, communication=cycle)
        if "measuring_cycle" in values:
            cycle = timedelta(milliseconds=values["measuring_cycle"])
            owner.ask_cycles(now, measuring=cycle)
            for sensor in owner.sensors:
                sensor.modified_at = now


def _site(device: Device, odd: ManagementOddities) -> str:
    return device.site.name if odd.sites_by == "name" else device.site.id


def _connection(slot: int, sensor: Sensor) -> Row:
    changed = sensor.connection_changed_at or sensor.device.since
    return {
        "slot_index": slot,
        "sensor_uuid": sensor.uuid,
        "connected": sensor.connected,
        "connected_change_date": texts.utc_ms(changed),
    }
