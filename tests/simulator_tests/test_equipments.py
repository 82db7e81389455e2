"""What loggers and radio sensors watch: titles, areas, limits, times of day."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.simulator import (
    Faults,
    Fleet,
    Kind,
    Limit,
    Logger,
    ManualClock,
    RadioSensor,
    Window,
    band,
)

from .conftest import HOUR, NOON, Guest, cut

LIMITS = "lower_violation", "lower_warning", "upper_warning", "upper_violation"
TIMES = "valid_from_time", "valid_until_time"


async def equipments(guest: Guest, owner: Logger | RadioSensor) -> list[dict[str, Any]]:
    """Return the rows of the part that the properties of an owner lead to."""
    serial = "sensor_serial_no" if isinstance(owner, RadioSensor) else "device_serial_no"
    properties = await guest.rows("/v3/devices/properties")
    (keys,) = {
        (row["equipment_uuid"], row["equipment_parts_uuid"])
        for row in properties
        if row[serial] == owner.serial
    }
    rows = await guest.rows("/v4/equipments")
    found = [row for row in rows if (row["equipment_uuid"], row["equipment_parts_uuid"]) == keys]
    return sorted(found, key=lambda row: (row["valid_from_time"], row["display_unit"] or ""))


async def test_equipment_by_itself_is_what_the_fleet_has(guest: Guest, logger: Logger) -> None:
    (row,) = await equipments(guest, logger)
    assert row["equipment_title"] == "Kühlschrank"
    assert row["area_title"] == "Apotheke Köln"
    assert row["equipment_parts_title"] == "Interior"
    assert row["equipment_type_title"] == "Fridge"
    assert row["is_active"] is True
    assert row["display_unit"] == "celsius"
    assert cut(row, LIMITS) == (2.0, 3.0, 7.0, 8.0)
    assert cut(row, TIMES) == (0, 86_400_000)
    assert row["alarm_delay"] == 600_000
    assert row["measuring_rate"] == 900_000
    assert row["door_contact_delay_in_ms"] is None
    assert row["last_modified_at"] == "2026-06-29T12:00:00Z"


async def test_equipment_follows_names_and_limits(
    guest: Guest, fleet: Fleet, logger: Logger, labor: RadioSensor
) -> None:
    (before,) = await equipments(guest, labor)
    assert before["equipment_title"] == "Labor"
    fleet.rename("1001", "Neu")
    fleet.rename("3001", "Auch neu")
    fleet.set_limits(logger, band("Temperature", alarm=(None, 4.0)))
    (row,) = await equipments(guest, logger)
    assert row["equipment_title"] == "Neu"
    assert cut(row, LIMITS) == (None, None, None, 4.0)
    (after,) = await equipments(guest, labor)
    assert after["equipment_title"] == "Auch neu"
    assert after["equipment_uuid"] == before["equipment_uuid"]


async def test_changes_are_dated(
    guest: Guest, fleet: Fleet, logger: Logger, clock: ManualClock
) -> None:
    """Of limits, of names, and of the equipment itself."""
    changes: list[Callable[[], None]] = [
        lambda: fleet.set_limits(logger, band("Temperature", alarm=(None, 4.0))),
        lambda: fleet.rename("1001", "Neu"),
        lambda: fleet.set_equipment(logger, kind="Freezer"),
    ]
    for change in changes:
        clock.advance(timedelta(minutes=5))
        change()
        (row,) = await equipments(guest, logger)
        now = f"{clock.now():%Y-%m-%dT%H:%M:%SZ}"
        assert (row["last_modified_at"], row["processed_at"]) == (now, now)


async def test_limits_of_several_quantities(guest: Guest, fleet: Fleet) -> None:
    climate = fleet.logger("1002")
    fleet.set_limits(
        climate,
        (
            *band("Temperature", warning=(17.0, 24.0)),
            *band("Humidity", alarm=(30.0, 70.0), delay=timedelta(minutes=1)),
        ),
    )
    warm, damp = await equipments(guest, climate)
    assert (warm["display_unit"], damp["display_unit"]) == ("celsius", "relative humidity")
    assert cut(warm, LIMITS) == (None, 17.0, 24.0, None)
    assert cut(damp, LIMITS) == (30.0, None, None, 70.0)
    assert (warm["alarm_delay"], damp["alarm_delay"]) == (600_000, 60_000)
    assert warm["limit_values_uuid"] != damp["limit_values_uuid"]


async def test_limits_of_single_channels(guest: Guest, fleet: Fleet) -> None:
    limits = [Limit("Temperature", "upper", "Alarm", 8.0 + n, channel=n) for n in (1, 2)]
    twin = fleet.add_logger(fleet.sites[0], "Zwei", kind=Kind.TWIN, limits=limits)
    rows = await equipments(guest, twin)
    assert sorted(row["upper_violation"] for row in rows) == [9.0, 10.0]
    assert len({row["limit_values_uuid"] for row in rows}) == 2


async def test_a_unit_without_a_word_of_its_own(guest: Guest, fleet: Fleet) -> None:
    limits = band("CO2", warning=(None, 1000.0))
    air = fleet.add_logger(fleet.sites[0], "Luft", kind=Kind.AIR_QUALITY, limits=limits)
    (row,) = await equipments(guest, air)
    assert (row["display_unit"], row["upper_warning"]) == ("ppm", 1000.0)


async def test_a_door(guest: Guest, fleet: Fleet) -> None:
    door = fleet.sensor("3002")
    assert isinstance(door, RadioSensor)
    delay = timedelta(seconds=30)
    fleet.set_limits(door, [Limit("Door", "upper", "Warning", 0.5, delay=delay)])
    (row,) = await equipments(guest, door)
    assert row["door_contact_delay_in_ms"] == row["alarm_delay"] == 30_000
    assert row["display_unit"] is None
    assert cut(row, LIMITS) == (None,) * 4


async def test_a_part_without_limits(guest: Guest, fleet: Fleet) -> None:
    (row,) = await equipments(guest, fleet.logger("1002"))
    assert row["equipment_title"] == "Depot"
    assert cut(row, ("limit_values_uuid", "display_unit", "alarm_delay", *LIMITS)) == (None,) * 7
    assert cut(row, TIMES) == (0, 86_400_000)


async def test_another_unit(guest: Guest, faults: Faults, logger: Logger) -> None:
    faults.fahrenheit = True
    (row,) = await equipments(guest, logger)
    assert row["display_unit"] == "fahrenheit"
    assert cut(row, LIMITS) == pytest.approx((35.6, 37.4, 44.6, 46.4))


async def test_times_of_day(guest: Guest, fleet: Fleet, logger: Logger) -> None:
    """A window over midnight is two rows; alarms keep to the measuring object."""
    day = band("Temperature", warning=(2.0, 9.0), alarm=(0.0, 10.0))
    night = band("Temperature", warning=(2.0, 7.0))
    six, ten = 6 * HOUR, 22 * HOUR
    fleet.set_equipment(
        logger,
        title="Fridge 1",
        part="Door shelf",
        area="Kitchen",
        kind="Freezer",
        active=False,
        windows=(Window(six, ten, day), Window(ten, six, night)),
    )
    rows = await equipments(guest, logger)
    assert [(*cut(row, TIMES), *cut(row, LIMITS)) for row in rows] == [
        (0, 21_600_000, None, 2.0, 7.0, None),
        (21_600_000, 79_200_000, 0.0, 2.0, 9.0, 10.0),
        (79_200_000, 86_400_000, None, 2.0, 7.0, None),
    ]
    assert len({row["limit_values_uuid"] for row in rows}) == 3
    titles = ("equipment_title", "equipment_parts_title", "area_title", "equipment_type_title")
    assert cut(rows[0], (*titles, "is_active")) == (
        "Fridge 1",
        "Door shelf",
        "Kitchen",
        "Freezer",
        False,
    )
    logger.sensors[0].channels[0].hold(NOON - 3 * HOUR, NOON, 8.5)
    conditions = {it.limit for it in fleet.transitions(NOON - 3 * HOUR, NOON)}
    assert conditions <= set(logger.measuring_object.limits(NOON))
    assert conditions


def test_pieces_of_a_day() -> None:
    day = timedelta(days=1)
    assert Window(HOUR, 2 * HOUR).pieces() == ((HOUR, 2 * HOUR),)
    assert Window(2 * HOUR, HOUR).pieces() == ((timedelta(), HOUR), (2 * HOUR, day))
    assert Window(HOUR, HOUR).pieces() == ((timedelta(), HOUR), (HOUR, day))
    assert Window(22 * HOUR, timedelta()).pieces() == ((22 * HOUR, day),)


async def test_parts_of_one_equipment(
    guest: Guest, fleet: Fleet, logger: Logger, labor: RadioSensor
) -> None:
    """It has one title at one site; the same title elsewhere is another."""
    away = fleet.logger("1002")
    for owner, part in ((logger, "Air"), (labor, "Core"), (away, "Air")):
        fleet.set_equipment(owner, title="Fridge 1", part=part, area="Kitchen")
    (air,), (core,), (other,) = [await equipments(guest, it) for it in (logger, labor, away)]
    assert air["equipment_uuid"] == core["equipment_uuid"] != other["equipment_uuid"]
    assert air["area_uuid"] == core["area_uuid"] != other["area_uuid"]
    assert air["equipment_parts_uuid"] != core["equipment_parts_uuid"]


async def test_what_watches_no_equipment(guest: Guest, fleet: Fleet, logger: Logger) -> None:
    fleet.remove_equipment(logger)
    properties = await guest.rows("/v3/devices/properties")
    links = {
        row["device_serial_no"]: (row["equipment_uuid"], row["equipment_parts_uuid"])
        for row in properties
    }
    assert links.pop("1001") == (None, None)
    assert all(all(link) for link in links.values())
    titles = {row["equipment_title"] for row in await guest.rows("/v4/equipments")}
    assert titles == {"Depot", "Zelle", "Labor", "Tür"}
