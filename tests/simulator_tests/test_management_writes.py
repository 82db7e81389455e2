"""What a Device Management account changes about devices and sensors, and what follows from it."""

from datetime import timedelta
from typing import Any

import pytest

from tests.simulator import Fleet, Gateway, Logger, ManagementWrite, ManualClock, RadioSensor

from .conftest import NOON, Client
from .management_client import Manager

MINUTE = timedelta(minutes=1)
FIVE, TEN = 300_000, 600_000


@pytest.fixture
def path(logger: Logger) -> str:
    """Return the path of the fridge."""
    return f"/devices/{logger.uuid}"


async def columns(client: Client, serial: str) -> dict[str, Any]:
    """Return a row of the properties of a device."""
    rows = await client.rows("/v3/devices/properties")
    return next(row for row in rows if row["device_serial_no"] == serial)


async def cycles(client: Client, serial: str = "1001") -> tuple[int, ...]:
    """Return what the account tells: communication, measuring and what counts of that."""
    row = await columns(client, serial)
    names = ("communication_log_time", "measuring_cycle", "measuring_cycle_effective")
    return tuple(row[f"device_{name}"] for name in names)


# --- Devices --------------------------------------------------------------------------------------


async def test_cycles(
    manager: Manager, client: Client, clock: ManualClock, logger: Logger, path: str
) -> None:
    """Configured at once, lived by after the next communication."""
    clock.move_to(NOON + MINUTE)
    before = await manager.told(path)
    body = before | {"measuring_cycle": FIVE, "communication_cycle": 2 * FIVE}
    told = await manager.put(path, body)
    assert told == body | {"valid_from": "2026-07-01T12:01:00.000Z"} == await manager.told(path)
    assert manager.cloud.writes == [
        ManagementWrite(clock.now(), "PUT", path, str(manager.site), before, body, 200)
    ]
    assert await cycles(client) == (2 * FIVE, FIVE, 3 * FIVE)
    clock.move_to(NOON + 15 * MINUTE)
    assert await cycles(client) == (2 * FIVE, FIVE, FIVE)
    row = await columns(client, "1001")
    assert row["sensor_measuring_cycle"] == row["sensor_measuring_cycle_effective"] == FIVE
    assert row["device_last_modified"] == row["sensor_last_modified"] == "2026-07-01T12:01:00Z"
    assert logger.contact(NOON + 16 * MINUTE) == NOON + 20 * MINUTE


async def test_cycles_of_a_gateway(
    manager: Manager, client: Client, clock: ManualClock, gateway: Gateway
) -> None:
    """One cycle alone leaves the other as it is."""
    url = f"/devices/{gateway.uuid}"
    await manager.put(url, await manager.told(url) | {"communication_cycle": TEN})
    assert await cycles(client, "2001") == (TEN, 900_000, 900_000)
    await manager.put(url, await manager.told(url) | {"measuring_cycle": FIVE})
    assert await cycles(client, "2001") == (TEN, FIVE, 900_000)
    clock.advance(15 * MINUTE)
    assert await cycles(client, "2001") == (TEN, FIVE, FIVE)
    assert {sensor.measuring for sensor in gateway.sensors} == {5 * MINUTE}


async def test_other_fields(manager: Manager, client: Client, logger: Logger, path: str) -> None:
    before = await manager.told(path)
    asked = {"name": "Køleskab", "active": False, "display_active": False}
    assert await manager.put(path, before | asked) == before | asked | {
        "valid_from": "2026-07-01T12:00:00.000Z"
    }
    assert (logger.name, logger.active(NOON), logger.display_active) == ("Køleskab", False, False)
    row = await columns(client, "1001")
    assert (row["device_display_name"], row["device_is_active"]) == ("Køleskab", "false")
    await manager.put(path, await manager.told(path) | {"active": True})
    assert logger.active(NOON)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("measuring_cycle", [59_999, 0, -FIVE, 86_400_001, str(FIVE), 300_000.0, None, True]),
        ("communication_cycle", [59_999, 86_400_001, "often"]),
        ("name", ["", " ", None, 7]),
        ("active", [1, None, "false"]),
        ("display_active", [0, None]),
        ("uuid", ["other"]),
        ("valid_from", ["2026-07-01T12:00:00.000Z"]),
        ("valid_until", ["2026-07-01T12:00:00.000Z"]),
        ("customer_uuid", ["other"]),
        ("customer_site", ["other"]),
        ("serial_number", ["1002"]),
        ("firmware", [{}]),
        ("sensors_connections", [[]]),
        ("capability", [{}, None]),
    ],
)
async def test_what_cannot_be(manager: Manager, path: str, field: str, values: list[Any]) -> None:
    before = await manager.told(path)
    await manager.refused(path, *(before | {field: value} for value in values))
    assert await manager.told(path) == before
    writes = manager.cloud.writes
    assert [(it.status, it.before) for it in writes] == [(400, before)] * len(values)


@pytest.mark.parametrize(
    ("cycle", "minutes"), [("measuring_cycle", 1), ("communication_cycle", 1440)]
)
async def test_bounds_are_possible(manager: Manager, path: str, cycle: str, minutes: int) -> None:
    await manager.put(path, await manager.told(path) | {cycle: minutes * 60_000})
    assert (await manager.told(path))[cycle] == minutes * 60_000


async def test_a_fast_world_has_other_bounds(manager: Manager, fleet: Fleet) -> None:
    fleet.speed = 60
    (row, _) = (await manager.told("/devices"))["devices"]
    capability, url = row["capability"], f"/devices/{row['uuid']}"
    bounds = [capability[f"communication_cycle_{it}"] for it in ("min", "max")]
    assert bounds == [1000, 1_440_000]
    await manager.refused(url, row | {"communication_cycle": 1_440_001})
    await manager.put(url, row | {"communication_cycle": 1000})


async def test_a_gateway_lacks_a_display_and_may_lack_sensors(
    manager: Manager, fleet: Fleet, gateway: Gateway
) -> None:
    url = f"/devices/{gateway.uuid}"
    await manager.refused(url, await manager.told(url) | {"display_active": True})
    bare = f"/devices/{fleet.add_gateway(fleet.sites[0], 'Bare').uuid}"
    before = await manager.told(bare)
    await manager.refused(bare, before | {"measuring_cycle": FIVE})
    assert (await manager.put(bare, before | {"communication_cycle": FIVE}))["name"] == "Bare"


async def test_the_whole_object_is_needed(
    manager: Manager, logger: Logger, fleet: Fleet, path: str
) -> None:
    before = await manager.told(path)
    for field in before:
        await manager.refused(path, {name: it for name, it in before.items() if name != field})
    await manager.refused(path, before | {"more": 1}, {}, [], None, "text")
    assert await manager.told(path) == before
    for uuid in ("unknown", fleet.logger("1002").uuid):
        assert (await manager.answer("PUT", f"/devices/{uuid}", before))[0] == 404
    manager.cloud.odd.partial = "wipes"
    wiped = await manager.put(path, {"measuring_cycle": FIVE})
    assert wiped == dict.fromkeys(before) | {"measuring_cycle": FIVE} == await manager.told(path)
    assert (logger.name, logger.measuring) == ("Kühlschrank", 5 * MINUTE)
    await manager.put(path, wiped | {"name": "Neu"})
    assert (await manager.told(path))["name"] == "Neu"


async def test_a_change_on_the_web_page(
    manager: Manager, client: Client, clock: ManualClock, logger: Logger, path: str
) -> None:
    before = await manager.told(path)
    clock.advance(MINUTE)
    manager.cloud.changed_on_web(logger, measuring_cycle=FIVE, name="Web")
    after = await manager.told(path)
    version = {"valid_from": "2026-07-01T12:01:00.000Z"}
    assert after == before | {"measuring_cycle": FIVE, "name": "Web"} | version
    assert (await cycles(client))[1] == FIVE
    await manager.refused(path, before | {"measuring_cycle": TEN})
    for wrong in ({"measuring_cycle": 1}, {"uuid": "other"}, {"unknown": 1}):
        with pytest.raises(ValueError, match="not possible"):
            manager.cloud.changed_on_web(logger, **wrong)
    assert len(manager.cloud.writes) == 1


# --- Odd writes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [400, 403, 409, 500])
async def test_no_put_is_permitted(manager: Manager, path: str, status: int) -> None:
    before = await manager.told(path)
    manager.cloud.odd.puts_refused = status
    for url in (path, "/settings/global"):
        assert (await manager.answer("PUT", url, before))[0] == status
    assert [it.status for it in manager.cloud.writes] == [status, status]
    assert await manager.told(path) == before
    assert (await manager.answer("POST", "/connect-keys"))[0] == 200


async def test_a_put_that_changes_nothing(manager: Manager, path: str) -> None:
    before = await manager.told(path)
    manager.cloud.odd.ignores = True
    body = before | {"measuring_cycle": FIVE}
    assert await manager.put(path, body) == body
    assert await manager.told(path) == before
    await manager.refused(path, before | {"measuring_cycle": 1})


async def test_a_put_that_changes_more(manager: Manager, logger: Logger, path: str) -> None:
    before = await manager.told(path)
    manager.cloud.odd.spills = {"communication_cycle": TEN, "product_family": "PF", "new": 1}
    body = before | {"measuring_cycle": FIVE}
    version = {"valid_from": "2026-07-01T12:00:00.000Z"}
    assert await manager.put(path, body) == body | version
    assert await manager.told(path) == body | manager.cloud.odd.spills | version
    assert logger.communication == 10 * MINUTE


async def test_a_change_that_takes_its_time(manager: Manager, logger: Logger, path: str) -> None:
    before = await manager.told(path)
    manager.cloud.odd.slow_store = 2
    told = await manager.put(path, before | {"measuring_cycle": FIVE})
    assert (told["measuring_cycle"], logger.measuring) == (FIVE, 5 * MINUTE)
    assert await manager.told(path) == before
    assert (await manager.told("/devices"))["devices"][0] == before
    assert await manager.told(path) == told
    await manager.put(path, told | {"measuring_cycle": TEN})
    assert await manager.put(path, told | {"name": "Neu"})
    assert (logger.measuring, logger.name) == (10 * MINUTE, "Neu")


@pytest.mark.parametrize(("body", "content"), [("empty", b""), ("text", b"OK")])
async def test_what_a_put_is_answered_with(
    manager: Manager, path: str, body: Any, content: bytes
) -> None:
    manager.cloud.odd.put_body = body
    before = await manager.told(path)
    assert await manager.put(path, before | {"measuring_cycle": FIVE}) == content
    assert (await manager.told(path))["measuring_cycle"] == FIVE


async def test_odd_words(manager: Manager, logger: Logger, path: str) -> None:
    """Names, units and types are those of the answers; others are not understood."""
    odd = manager.cloud.odd
    odd.names, odd.seconds = {"measuring_cycle": "rate", "name": "title"}, True
    before = await manager.told(path)
    body = before | {"rate": 300, "title": "Neu"}
    assert (await manager.put(path, body))["rate"] == 300
    assert (logger.measuring, logger.name) == (5 * MINUTE, "Neu")
    assert manager.cloud.writes[-1].before == before
    before = await manager.told(path)
    await manager.refused(path, before | {"rate": FIVE}, before | {"measuring_cycle": 600})
    old = {name: it for name, it in before.items() if name != "rate"}
    await manager.refused(path, old | {"measuring_cycle": 600})
    odd.numbers_as_text = True
    before = await manager.told(path)
    wrong = (600, "ten", "²", "-600", "59")
    await manager.refused(path, *(before | {"rate": it} for it in wrong))
    assert (await manager.put(path, before | {"rate": "600"}))["rate"] == "600"
    assert logger.measuring == 10 * MINUTE
    odd.capability_missing = True
    await manager.put(path, await manager.told(path) | {"rate": "300"})
    assert logger.measuring == 5 * MINUTE


# --- Sensors --------------------------------------------------------------------------------------


async def test_a_sensor(
    manager: Manager, client: Client, labor: RadioSensor, gateway: Gateway
) -> None:
    manager.cloud.odd.readable = {"sensors"}
    url = f"/sensors/{labor.uuid}"
    before = await manager.told(url)
    assert before == {
        "uuid": labor.uuid,
        "valid_from": "2026-06-29T12:00:00.000Z",
        "valid_until": None,
        "customer_site": gateway.site.id,
        "serial_number": "3001",
        "model_code": "0572 2213",
        "name": "Labor",
        "measuring_cycle": 900_000,
    }
    body = before | {"name": "Neu", "measuring_cycle": FIVE}
    assert await manager.put(url, body) == body | {"valid_from": "2026-07-01T12:00:00.000Z"}
    assert [it.measuring for it in gateway.sensors] == [5 * MINUTE, 15 * MINUTE]
    told = {row["sensor_serial_no"]: row for row in await client.rows("/v3/devices/properties")}
    found = [told["3001"][f"sensor_measuring_cycle{it}"] for it in ("", "_effective")]
    assert (found, told["3001"]["sensor_display_name"]) == ([FIVE, 900_000], "Neu")
    before = await manager.told(url)
    await manager.refused(
        url, before | {"serial_number": "1"}, before | {"measuring_cycle": 1}, {"name": "x"}
    )
    assert (await manager.answer("PUT", "/sensors/unknown", before))[0] == 404
    manager.cloud.odd.spills = {"serial_number": "1"}
    await manager.put(url, before | {"name": "Alt"})
    assert (await manager.told(url))["serial_number"] == "3001"
    manager.site = 'Archive, wing "B"'
    assert (await manager.answer("PUT", url, before))[0] == 404
