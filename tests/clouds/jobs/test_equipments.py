"""Rows of equipments, tasks and answers that come at once, as the vendor's samples have them."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.testo_smart_connect.clouds.count import RowCount
from custom_components.testo_smart_connect.clouds.jobs import rows, statuses
from custom_components.testo_smart_connect.clouds.jobs.equipments import (
    equipments,
    flattened,
    zone,
)
from custom_components.testo_smart_connect.clouds.jobs.saveris_data import own_push_url, push_url
from custom_components.testo_smart_connect.clouds.jobs.synchronous import listed, properties
from custom_components.testo_smart_connect.clouds.jobs.tasks import task
from custom_components.testo_smart_connect.monitoring.equipment import DailyLimit

HOUR = timedelta(hours=1)


def row(**changes: Any) -> dict[str, Any]:
    """Return a row of equipments."""
    return {
        "tenant_uuid": "tenant",
        "equipment_parts_uuid": "part",
        "equipment_parts_title": "Shelf",
        "equipment_title": "Fridge 1",
        "area_title": "Kitchen",
        "is_active": True,
        "display_unit": "celsius",
        "alarm_delay": 900_000,
        "lower_violation": 0,
        "upper_violation": 8,
        "valid_from_time": 0,
        "valid_until_time": 86_400_000,
        **changes,
    }


def only(made: Iterable[dict[str, Any]]) -> tuple[DailyLimit, ...]:
    """Return the limits of the only equipment of some rows."""
    (found,) = equipments(made, RowCount())
    return found.limits


def test_a_part_with_names_and_limits() -> None:
    (found,) = equipments([row(), row()], RowCount())
    assert (found.title, found.part_title, found.area) == ("Fridge 1", "Shelf", "Kitchen")
    assert [(it.direction, it.severity, it.value) for it in found.limits] == [
        ("lower", "alarm", 0.0),
        ("upper", "alarm", 8.0),
    ]
    assert {(it.unit, it.delay, it.is_daily) for it in found.limits} == {
        ("°C", timedelta(minutes=15), False)
    }


@pytest.mark.parametrize(
    ("told", "unit"),
    [("celsius", "°C"), ("Fahrenheit", "°F"), ("relative humidity", "%"), ("bar", "bar")],
)
def test_units(told: str, unit: str) -> None:
    assert {it.unit for it in only([row(display_unit=told)])} == {unit}


def test_without_a_unit_a_number_says_nothing() -> None:
    assert only([row(display_unit=None)]) == ()


@pytest.mark.parametrize(
    ("begins", "ends", "at", "holds"),
    [
        (6, 22, 12, True),
        (6, 22, 22, False),
        (6, 22, 6, True),
        (22, 6, 23, True),
        (22, 6, 5, True),
        (22, 6, 12, False),
        (0, 0, 12, True),
        (8, 8, 12, True),
        (None, None, 3, True),
        (-5, 99, 3, True),
    ],
)
def test_times_of_the_day(begins: int | None, ends: int | None, at: int, *, holds: bool) -> None:
    hour = 3_600_000
    limit = only(
        [
            row(
                lower_violation=None,
                valid_from_time=None if begins is None else begins * hour,
                valid_until_time=None if ends is None else ends * hour,
            )
        ]
    )[0]
    assert limit.holds(at * HOUR) is holds


def test_what_is_switched_off_or_nameless_is_left_out() -> None:
    row_count = RowCount()
    assert equipments([row(is_active="0"), row(equipment_parts_uuid=None)], row_count) == ()
    assert row_count.rejected == {"no_equipment_parts_uuid": 1}


def test_answers_that_come_at_once_hold_the_same() -> None:
    part = {"equipment_parts_uuid": "part", "alarm_configurations": [row(), row()]}
    answer = {"equipments": [{"is_active": "1", "equipment_parts": [part]}, {}]}
    assert len([*flattened(answer)]) == 2
    part["alarm_configurations"] = []
    (bare,) = equipments(flattened(answer), RowCount())
    assert (bare.part, bare.limits) == ("part", ())
    assert [*flattened({"equipments": None})] == []
    assert [*listed("tenants")({"tenants": None})] == []


def test_properties_that_come_at_once() -> None:
    channel = {"channel_no": "1", "physical_unit": "CELSIUS", "equipment_parts_uuid": "part"}
    sensor = {"sensor_uuid": "s", "sensor_serial_no": "2", "channels": [channel]}
    device = {
        "device_uuid": "d",
        "device_serial_no": "1",
        "communication_log_time": "900000",
        "sensors": [sensor, {"sensor_uuid": "t", "channels": []}],
    }
    found = rows.inventory(
        properties({"probes": [device, {"device_uuid": "e", "device_serial_no": "9"}]}), RowCount()
    )
    first, second = found.devices
    assert first.communication_cycle == timedelta(minutes=15)
    (one,) = first.sensors[0].channels
    assert (one.number, one.unit, one.part) == (1, "°C", "part")
    assert (second.serial, second.sensors) == ("9", ())
    assert [*properties({"probes": None})] == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Europe/Berlin", [("t", "Europe/Berlin")]), ("Mars", []), (None, []), ("../etc", [])],
)
def test_time_zones(name: str | None, expected: list[tuple[str, str]]) -> None:
    assert [*zone({"tenant_uuid": "t", "main_timezone": name})] == expected


def test_a_wired_sensor_has_no_status_of_its_own() -> None:
    told = {"sensor_uuid": "s", "battery_level_percent": None, "radio_level_percent": None}
    assert [*statuses.sensor_status(told)] == []
    (found,) = statuses.sensor_status({**told, "radio_level_percent": 0})
    assert (found.device_uuid, found.signal, found.battery) == ("s", 0, None)


@pytest.mark.parametrize(
    "changes", [{"marked_as_deleted": True}, {"task_status": "PAUSED"}, {"task_status": None}]
)
def test_steps_that_do_not_count(changes: dict[str, Any]) -> None:
    told = {"uuid": "u", "task_status": "FINISHED", "timestamp": "2026-07-01T08:00:00Z"}
    (found,) = task(told)
    assert found.at == datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert [*task({**told, **changes})] == []


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: push_url("eu", "p"), "wss://tds-real-time-api.eu.p.savr.saveris.net/web-socket"),
        (lambda: own_push_url("https://a.example/v1/x"), "wss://a.example/web-socket"),
        (lambda: own_push_url("http://127.0.0.1:80/x"), "ws://127.0.0.1/web-socket"),
        (lambda: own_push_url("http://127.0.0.1:8480"), "ws://127.0.0.1:8480/web-socket"),
    ],
)
def test_where_alarms_are_pushed_from(make: Callable[[], str], expected: str) -> None:
    assert make() == expected
