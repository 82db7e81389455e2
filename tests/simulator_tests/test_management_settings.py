"""Settings that only the Device Management cloud knows."""

from datetime import timedelta
from typing import Any

import pytest

from tests.simulator import Fleet, Logger

from .management_client import Manager


async def test_settings_of_a_site(manager: Manager, fleet: Fleet) -> None:
    path, odd = "/settings/global", manager.cloud.odd
    odd.readable = {"settings"}
    before = await manager.told(path)
    assert (before["timezone"], len(before)) == ("Europe/Berlin", 3)
    await manager.refused(path, {"timezone": "Europe/Vienna"}, before | {"more": 1})
    for zone in ("Nowhere", "", None, "../secret"):
        await manager.refused(path, before | {"timezone": zone})
    body = before | {"timezone": "Europe/Vienna"}
    assert await manager.put(path, body) == body == await manager.told(path)
    odd.partial = "wipes"
    wiped = await manager.put(path, {"timezone": "Europe/Paris"})
    assert wiped == dict.fromkeys(before) | {"timezone": "Europe/Paris"}
    assert await manager.told(path) == wiped
    assert await manager.put(path, body) == body
    manager.site = fleet.sites[1].id
    assert await manager.told(path) == before


@pytest.mark.parametrize("kind", ["device", "sensor"])
async def test_system_alarms(manager: Manager, logger: Logger, kind: str) -> None:
    manager.cloud.odd.readable = {"alarm_configurations"}
    uuid = logger.uuid if kind == "device" else logger.sensors[0].uuid
    path = f"/{kind}s/{uuid}/alarm-configuration"
    before = await manager.told(path)
    first, *others = before["system_alarm_conditions"]
    assert (before["uuid"], set(first)) == (uuid, {"condition_type", "severity", "active"})

    def other(**changed: Any) -> Any:
        return before | {"system_alarm_conditions": [first | changed, *others]}

    body = other(severity="ASV_ALARM", active=False)
    assert await manager.put(path, body) == body == await manager.told(path)
    await manager.refused(
        path,
        other(severity="high"),
        other(active=1),
        other(condition_type="other"),
        other(more=1),
        body | {"uuid": "other"},
        body | {"system_alarm_conditions": others},
        body | {"system_alarm_conditions": {}},
        body | {"system_alarm_conditions": [1, *others]},
        {"uuid": uuid},
    )
    assert await manager.told(path) == body
    path = f"/{kind}s/unknown/alarm-configuration"
    assert (await manager.answer("PUT", path, body))[0] == 404


async def test_measuring_instructions(manager: Manager, logger: Logger) -> None:
    """They are stored, and nothing follows from them."""
    manager.cloud.odd.readable = {"measuring_objects"}
    path = f"/measuring-objects/{logger.measuring_object.uuid}/measuring-instruction-set"
    before = await manager.told(path)
    body = before | {"active": True, "measuring_cycle": 300_000}
    assert await manager.put(path, body) == body == await manager.told(path)
    await manager.refused(path, body | {"measuring_cycle": 0}, body | {"measuring_cycle": "1"}, {})
    assert logger.measuring == timedelta(minutes=15)
