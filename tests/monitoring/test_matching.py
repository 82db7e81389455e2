"""Which channel is which, whatever both clouds have: never one for two, never another serial."""

from collections.abc import Iterable
from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.testo_smart_connect.monitoring.instruments import (
    InstalledChannel,
    instruments,
)
from custom_components.testo_smart_connect.monitoring.matching import Why, matched
from custom_components.testo_smart_connect.monitoring.model import (
    Channel,
    Device,
    Inventory,
    Sensor,
)

type Spec = tuple[str, str, int, str]
"""Serial of the device and of the sensor, number, unit."""
PROPERTIES = {"°C": "Temperature", "%": "Humidity", "ppm": None}


def installed(specs: Iterable[Spec], *, radio: bool = False) -> list[InstalledChannel]:
    """Return channels as an account has them."""
    devices: dict[str, dict[str, list[Channel]]] = {}
    for device, sensor, number, unit in specs:
        channel = Channel(number=number, property_name=PROPERTIES.get(unit), unit=unit)
        channels = devices.setdefault(device, {}).setdefault(sensor, [])
        if number not in {it.number for it in channels}:
            channels.append(channel)
    inventory = Inventory(
        devices=tuple(
            Device(
                uuid=f"d{serial}",
                serial=serial,
                measuring_cycle=timedelta(minutes=15),
                sensors=tuple(
                    Sensor(uuid=f"{serial}s{it}", serial=it, radio=radio, channels=tuple(found))
                    for it, found in sensors.items()
                ),
            )
            for serial, sensors in devices.items()
        )
    )
    return [it for each in instruments(inventory) for it in each.channels()]


def nobody_knows(_old: InstalledChannel, _new: InstalledChannel) -> None:
    """Know nothing of what was measured."""


OLD = [("90000001", "90000001", 0, "°C")]


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ([("90000001", "91000001", 1, "°C")], Why.SERIAL),
        ([("90000002", "90000001", 1, "°C")], Why.SERIAL),
        ([("90000001", "91", 1, "°C"), ("90000002", "90000001", 1, "°C")], Why.SERIAL),
        ([("90000001", "91", 1, "%")], Why.OTHER_UNIT),
        ([("90000002", "91", 1, "°C")], Why.NOT_THERE),
        ([("90000001", "91", 1, "°C"), ("90000001", "92", 1, "°C")], Why.AMBIGUOUS),
        ([("90000001", "91", 1, "°C"), ("90000001", "91", 2, "°C")], Why.AMBIGUOUS),
        ([], Why.NOT_THERE),
    ],
)
def test_one_channel(new: list[Spec], why: Why) -> None:
    (match,) = matched(installed(OLD), installed(new), nobody_knows)
    assert match.why is why
    assert (match.new is not None) is (why is Why.SERIAL)
    if match.new is not None and match.new.device.serial != "90000001":
        assert match.new.sensor.serial == "90000001"


def test_a_radio_sensor_is_found_by_its_own_serial() -> None:
    new = installed([("90000009", "90000001", 1, "°C")], radio=True)
    (match,) = matched(installed(OLD), new, nobody_knows)
    assert match.new is new[0]


def test_order_within_one_sensor() -> None:
    old = installed([("90000001", "90000001", number, "°C") for number in (1, 0)])
    new = installed([("90000001", "91", number, "°C") for number in (7, 3)])
    found = {
        it.old.channel.number: it.new and it.new.channel.number
        for it in matched(old, new, nobody_knows)
    }
    assert found == {0: 3, 1: 7}


@pytest.mark.parametrize("agrees", [True, False, None])
def test_what_was_measured_confirms_or_refutes(*, agrees: bool | None) -> None:
    new = installed([("90000001", "91", 1, "°C")])
    (match,) = matched(installed(OLD), new, lambda _old, _new: agrees)
    assert (match.new is None) is (agrees is False)
    assert match.why is (Why.OTHER_VALUE if agrees is False else Why.SERIAL)


SERIALS = st.sampled_from(["90000001", "90000002", "90000003", "no_serial"])
SPECS = st.lists(
    st.tuples(SERIALS, SERIALS, st.integers(0, 3), st.sampled_from([*PROPERTIES])), max_size=10
)


@given(SPECS, SPECS, st.randoms(use_true_random=False))
def test_none_is_taken_twice(old: list[Spec], new: list[Spec], chance: Random) -> None:
    said: dict[tuple[str, str], bool | None] = {}

    def agree(one: InstalledChannel, other: InstalledChannel) -> bool | None:
        return said.setdefault((one.unique_id, other.unique_id), chance.choice([True, False, None]))

    # As Saveris 2 has them: the sensor is the logger.
    before = installed([(serial, serial, number, unit) for serial, _, number, unit in old])
    found = matched(before, installed(new), agree)
    assert [it.old for it in found] == before
    taken = [it.new.unique_id for it in found if it.new]
    assert len(taken) == len({*taken})
    for it in found:
        if it.new is not None:
            assert it.old.device.serial in {it.new.device.serial, it.new.sensor.serial}
            assert it.old.channel.quantity is it.new.channel.quantity
            assert said.get((it.old.unique_id, it.new.unique_id)) is not False
