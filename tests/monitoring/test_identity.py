"""Unique ids: made in one place, and read back whatever signs the serials hold."""

from dataclasses import replace
from itertools import product

import pytest

from custom_components.testo_smart_connect.monitoring.identity import SUFFIXES, identity
from custom_components.testo_smart_connect.monitoring.model import (
    Channel,
    Device,
    Inventory,
    Sensor,
)
from custom_components.testo_smart_connect.monitoring.topology import Topology, topology_of

AIR = Channel(number=1, property_name="Temperature", unit="°C")


def house(*loggers: tuple[str, str], mark: str = "") -> Topology:
    """Return loggers with one sensor each, by their serials."""
    devices = tuple(
        Device(
            uuid=f"device {device}",
            serial=device,
            sensors=(Sensor(uuid=f"sensor {sensor}", serial=sensor, channels=(AIR,)),),
        )
        for device, sensor in loggers
    )
    return topology_of(Inventory(devices=devices), (), (), mark)


def test_identities() -> None:
    assert identity("77") == "77"
    assert identity("77", "battery") == "77_battery"
    assert identity("77", "78", 1) == "77_78_1"
    assert identity("77", "77", 0, mark="@saveris_2") == "77@saveris_2_77_0"


@pytest.mark.parametrize("mark", ["", "@plain"])
@pytest.mark.parametrize(
    ("device", "sensor"),
    list(
        product(["77", "T 3_9", "_", "a_1", "gw_1_1"], ["78", "T 3_9_2", "_", "1", "1_alarm", "ü"])
    ),
)
def test_what_was_made_is_read_back(device: str, sensor: str, mark: str) -> None:
    topology = house((device, sensor), mark=mark)
    (installed,) = topology.channels.values()
    for suffix in ("", *SUFFIXES):
        assert topology.read_back(installed.unique_id + suffix) == (installed, suffix)


@pytest.mark.parametrize(("device", "mark"), [("old_1", "@plain"), ("old 1", "")])
def test_a_sensor_that_moved_is_known_by_its_serial(device: str, mark: str) -> None:
    (before,) = house((device, "T_3"), mark=mark).channels.values()
    after = house(("new 2", "T_3"), mark=mark)
    (installed,) = after.channels.values()
    assert after.read_back(f"{before.unique_id}_warning") == (installed, "_warning")


@pytest.mark.parametrize("mark", ["@plain", ""])
def test_what_ends_like_another_is_not_that(mark: str) -> None:
    topology = house(("a", "T_3"), ("b", "3"), mark=mark)
    found = topology.read_back(f"elsewhere{mark}_T_3_1")
    assert found is not None
    assert found[0].sensor.serial == "T_3"
    found = topology.read_back(f"elsewhere{mark}_3_1")
    assert found is not None
    assert found[0].sensor.serial == "3"
    assert topology.read_back(f"gone{mark}_7_3_1_warning") is None


@pytest.mark.parametrize(
    "unique_id",
    ["77_battery", "77_system_alarm", "77_slot_1", "78_1", "77_99_1", "77_78_2", "77_78_x"],
)
def test_what_is_of_no_channel_is_not_taken_for_one(unique_id: str) -> None:
    topology = house(("77", "78"))
    assert topology.read_back(unique_id) is None


def test_a_device_is_found_by_any_of_its_identifiers() -> None:
    probes = tuple(Sensor(uuid=name, serial=name, channels=(AIR,)) for name in ("p 1", "p_2"))
    logger = Device(uuid="l", serial="l_1", sensors=probes)
    topology = topology_of(Inventory(devices=(logger, replace(logger, serial="m"))), (), (), "@x")
    instrument = topology.instruments["l_1"]
    assert instrument.identifiers == ("l_1@x", "p 1@x", "p_2@x")
    assert topology.find({"l_1@x"}) == (instrument, None)
    assert topology.find({"other", "p_2@x"}) == (instrument, probes[1])
    assert topology.find({"l_1"}) is None
