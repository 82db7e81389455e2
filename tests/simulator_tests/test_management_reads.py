"""What the Device Management cloud tells, and what can be wrong with that."""

import re

import pytest

from tests.simulator import Fleet, ManagementSimulator, ManualClock

from .conftest import HOUR, Client
from .management_client import Manager

FIELDS = [
    "uuid", "valid_from", "valid_until", "customer_uuid", "product_family", "customer_site",
    "serial_number", "model_code", "firmware", "sensors_connections", "capability", "name",
    "active", "measuring_cycle", "communication_cycle", "display_active",
]  # fmt: skip
GETS = {
    "/settings/global": "settings",
    "/sensors/{sensor}": "sensors",
    "/devices/{device}/alarm-configuration": "alarm_configurations",
    "/sensors/{sensor}/alarm-configuration": "alarm_configurations",
    "/measuring-objects": "measuring_objects",
    "/measuring-objects/{object}": "measuring_objects",
    "/measuring-objects/{object}/alarm-configuration": "alarm_configurations",
    "/measuring-objects/{object}/measuring-instruction-set": "measuring_objects",
}


def filled(fleet: Fleet, path: str) -> str:
    """Return a path to something of the fridge."""
    logger = fleet.logger("1001")
    return path.format(
        device=logger.uuid, sensor=logger.sensors[0].uuid, object=logger.measuring_object.uuid
    )


# --- Devices --------------------------------------------------------------------------------------


async def test_devices(manager: Manager, fleet: Fleet) -> None:
    (logger, gateway) = (await manager.told("/devices"))["devices"]
    fridge, known = fleet.logger("1001"), fleet.device("2001")
    assert list(logger) == list(gateway) == FIELDS
    assert logger == {
        "uuid": fridge.uuid,
        "valid_from": "2026-06-29T12:00:00.000Z",
        "valid_until": None,
        "customer_uuid": fleet.tenant_uuid,
        "product_family": "PF_ANY",
        "customer_site": fleet.sites[0].id,
        "serial_number": "1001",
        "model_code": "0572 2031",
        "firmware": {"firmware_version": "1.2.4", "firmware_code": "0000"},
        "sensors_connections": [
            {
                "slot_index": 0,
                "sensor_uuid": fridge.sensors[0].uuid,
                "connected": True,
                "connected_change_date": "2026-06-29T12:00:00.000Z",
            }
        ],
        "capability": {
            "powersupply": True,
            "charger": False,
            "radio": True,
            "ethernet": False,
            "display": True,
            "sum": False,
            "deactivation": True,
            "communication_cycle_min": 60_000,
            "communication_cycle_max": 86_400_000,
            "supported_battery_types": ["AA_LITHIUM", "AA_ALKALINE"],
            "display_measure_rows": 2,
            "slot_count": 2,
            "measuring_cycle_min": 60_000,
            "measuring_rate_min": 60_000,
        },
        "name": "Kühlschrank",
        "active": True,
        "measuring_cycle": 900_000,
        "communication_cycle": 900_000,
        "display_active": True,
    }
    slots = [(it["slot_index"], it["sensor_uuid"]) for it in gateway["sensors_connections"]]
    assert slots == list(enumerate(sensor.uuid for sensor in known.sensors))
    capability = gateway["capability"]
    assert (capability["slot_count"], capability["display"]) == (8, False)
    assert (capability["ethernet"], gateway["display_active"]) == (True, False)
    for row in (logger, gateway):
        assert await manager.told(f"/devices/{row['uuid']}") == row
    for uuid in ("unknown", fleet.logger("1002").uuid):
        assert (await manager.answer("GET", f"/devices/{uuid}"))[0] == 404


async def test_devices_follow_the_fleet(manager: Manager, fleet: Fleet, clock: ManualClock) -> None:
    clock.advance(HOUR)
    fleet.rename("1001", "Neu")
    fleet.set_active("1001", active=False)
    bare = fleet.add_gateway(fleet.sites[0], "Bare", serial="2002")
    rows = (await manager.told("/devices"))["devices"]
    told = (rows[0]["name"], rows[0]["active"], rows[0]["valid_from"])
    assert told == ("Neu", False, "2026-07-01T13:00:00.000Z")
    assert (rows[-1]["uuid"], rows[-1]["measuring_cycle"]) == (bare.uuid, None)


async def test_a_slot_that_is_empty(
    manager: Manager, client: Client, fleet: Fleet, clock: ManualClock
) -> None:
    clock.advance(HOUR)
    sensor = fleet.logger("1003").sensors[1]
    manager.site = fleet.sites[1].id
    for change, connected in ((manager.cloud.unplug, False), (manager.cloud.plug, True)):
        clock.advance(HOUR)
        change(sensor)
        row = await manager.told(f"/devices/{sensor.device.uuid}")
        slots = [
            (it["connected"], it["connected_change_date"]) for it in row["sensors_connections"]
        ]
        at = clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
        assert slots == [(True, "2026-06-29T12:00:00.000Z"), (connected, at)]
        assert row["valid_from"] == at
        rows = await client.rows("/v3/devices/properties")
        told = {it["sensor_uuid"]: it["sensor_is_connected"] for it in rows}
        assert told[sensor.uuid] == str(connected).lower()
        assert list(told.values()).count("false") == (not connected)


async def test_odd_devices(manager: Manager) -> None:
    odd, before = manager.cloud.odd, (await manager.told("/devices"))["devices"]
    odd.bare_list = True
    assert await manager.told("/devices") == before
    odd.bare_list = False
    odd.names = {"measuring_cycle": "cycle", "slot_count": "slots"}
    odd.seconds = odd.numbers_as_text = True
    row = (await manager.told("/devices"))["devices"][0]
    assert (row["cycle"], row["communication_cycle"]) == ("900", "900")
    assert (row["active"], row["valid_until"]) == (True, None)
    bounds = ("communication_cycle_min", "communication_cycle_max", "measuring_cycle_min", "slots")
    assert [row["capability"][it] for it in bounds] == ["60", "86400", "60", "2"]
    assert not {"measuring_cycle", "slot_count"} & {*row, *row["capability"]}
    assert row["sensors_connections"][0]["slot_index"] == "0"
    odd.capability_missing = True
    row = (await manager.told("/devices"))["devices"][0]
    assert "capability" not in row


# --- What can be read, and what can go wrong ------------------------------------------------------


@pytest.mark.parametrize("path", GETS)
async def test_what_can_be_read(manager: Manager, fleet: Fleet, path: str) -> None:
    odd, url = manager.cloud.odd, filled(fleet, path)
    for absent, type_ in ((404, "RESOURCE_NOT_FOUND"), (403, "MISSING_AUTHENTICATION_TOKEN")):
        odd.absent_status = absent
        status, told = await manager.answer("GET", url)
        assert (status, told["type"]) == (absent, type_)
    odd.absent_status = 405
    assert (await manager.answer("GET", url))[0] == 405
    odd.readable = {GETS[path]}  # type: ignore[arg-type]  # they are among those
    assert await manager.told(url)
    assert (await manager.answer("GET", "/devices"))[0] == 405
    if "{" in path:
        unknown = re.sub("{.*}", "unknown", path)
        assert (await manager.answer("GET", unknown))[0] == 404


@pytest.mark.parametrize(
    ("resource", "method", "path"),
    [
        ("devices", "GET", "/devices"),
        ("devices", "GET", "/devices/{device}"),
        ("devices", "PUT", "/devices/{device}"),
        ("connect_keys", "GET", "/connect-keys"),
        ("connect_keys", "POST", "/connect-keys"),
        ("settings", "PUT", "/settings/global"),
        ("sensors", "PUT", "/sensors/{sensor}"),
        ("alarm_configurations", "PUT", "/devices/{device}/alarm-configuration"),
        ("alarm_configurations", "PUT", "/sensors/{sensor}/alarm-configuration"),
        ("alarm_configurations", "PUT", "/measuring-objects/{object}/alarm-configuration"),
        ("measuring_objects", "POST", "/measuring-objects"),
        ("measuring_objects", "PUT", "/measuring-objects/{object}/measuring-instruction-set"),
    ],
)
async def test_faults(
    manager: Manager, fleet: Fleet, resource: str, method: str, path: str
) -> None:
    """Of one step of one resource, and of nothing else."""
    faults, url = manager.cloud.faults, filled(fleet, path)
    usual = (await manager.answer(method, url))[0]
    step, other = ("sync", "write") if method == "GET" else ("write", "sync")
    faults.only = {f"{resource}.{step}"}
    faults.rate_limit = True
    assert (await manager.answer(method, url))[0] == 429
    faults.only = {f"{resource}.{other}", "token"}
    assert (await manager.answer(method, url))[0] == usual
    assert (await manager.answer("POST", "/token", {}))[0] == 429
    faults.only, faults.rate_limit = set(), False
    faults.on = {resource: {"refused": 403}}
    assert (await manager.answer(method, url))[1]["type"] == "ACCESS_DENIED"


async def test_unknown_paths_and_requests(manager: Manager, fleet: Fleet) -> None:
    for method, path in (("DELETE", "/connect-keys"), ("GET", "/devcies"), ("POST", "/devices")):
        assert (await manager.answer(method, path))[0] == 403
    assert [it.path for it in manager.cloud.requests][-2:] == [
        f"{path}?site={fleet.sites[0].id}" for path in ("/devcies", "/devices")
    ]
    other = ManagementSimulator(fleet, users={"chef": "salt"})
    assert (other.username, other.password) == ("chef", "salt")
