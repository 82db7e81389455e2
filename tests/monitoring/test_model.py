"""The small rules that the values themselves know."""

from datetime import date, timedelta

import pytest

from custom_components.testo_smart_connect.monitoring.model import (
    Channel,
    Device,
    Inventory,
    KeyLife,
    Reading,
    Sensor,
    Transition,
)
from custom_components.testo_smart_connect.monitoring.quantities import Quantity

from .feed import DAY, HOUR, MINUTE, NOON


@pytest.mark.parametrize(
    ("measuring", "communication", "expected"),
    [
        (None, None, 15 * MINUTE),
        (5 * MINUTE, None, 5 * MINUTE),
        (None, HOUR, HOUR),
        (None, MINUTE, 15 * MINUTE),
        (15 * MINUTE, DAY, DAY),
        (HOUR, 15 * MINUTE, HOUR),
    ],
)
def test_gap_is_the_longer_cycle(
    measuring: timedelta | None, communication: timedelta | None, expected: timedelta
) -> None:
    device = Device(
        uuid="d", serial="1", measuring_cycle=measuring, communication_cycle=communication
    )
    assert device.gap() == expected
    assert device.gap(Sensor(uuid="s", serial="2")) == expected


def test_cycle_of_the_sensor_goes_before_that_of_the_device() -> None:
    device = Device(uuid="d", serial="1", measuring_cycle=HOUR, communication_cycle=MINUTE)
    assert device.gap(Sensor(uuid="s", serial="2", measuring_cycle=5 * MINUTE)) == 5 * MINUTE


def test_device_with_radio_sensors_is_a_gateway_whatever_its_category() -> None:
    wired, radio = Sensor(uuid="w", serial="2"), Sensor(uuid="r", serial="3", radio=True)
    device = Device(uuid="d", serial="1", category="LOGGER", sensors=(wired, radio))
    assert device.is_gateway
    assert (device.wired, device.radio) == ((wired,), (radio,))
    assert Device(uuid="d", serial="1", category="GATEWAY").is_gateway
    assert not Device(uuid="d", serial="1", category="LOGGER", sensors=(wired,)).is_gateway


def test_inventory_of_chosen_sites() -> None:
    channel = Channel(number=1, unit="°C")
    here = Device(
        uuid="a",
        serial="1",
        site="here",
        sensors=(Sensor(uuid="s", serial="2", channels=(channel,)),),
    )
    there = Device(uuid="b", serial="3", site="there")
    nowhere = Device(uuid="c", serial="4")
    inventory = Inventory(tenant="t", devices=(here, there, nowhere, here))
    assert inventory.sites() == {"here": 2, "there": 1}
    assert inventory.only(None) is inventory
    assert inventory.only(frozenset({"there"})) == Inventory(tenant="t", devices=(there,))
    assert list(inventory.channels()) == [(here, here.sensors[0], channel)] * 2
    assert channel.quantity is Quantity.TEMPERATURE


def test_direction_is_that_of_limits_only() -> None:
    def direction(condition: str | None) -> str | None:
        return Transition(uuid="u", raised=True, at=NOON, condition=condition).direction

    assert [direction(it) for it in ("upper", "lower", "Sensor is broken", None)] == [
        "upper",
        "lower",
        None,
        None,
    ]


def test_reading_belongs_to_its_channel() -> None:
    assert Reading(uuid="r", sensor_uuid="s", channel=2, at=NOON, value=1.0).key == ("s", 2)


def test_key_lives_a_year_if_nothing_else_is_known() -> None:
    entered = date(2026, 7, 1)
    assert KeyLife(entered=entered).ends == date(2027, 7, 1)
    assert KeyLife(entered=entered, expires=date(2026, 8, 1)).ends == date(2026, 8, 1)
