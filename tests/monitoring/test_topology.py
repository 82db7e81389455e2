"""What hangs on inventory, locations and limits."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.testo_smart_connect.monitoring.model import Device, Inventory, Location
from custom_components.testo_smart_connect.monitoring.sources import Place
from custom_components.testo_smart_connect.monitoring.topology import Topology, topology_of

from .test_sources import GATEWAY, LAB, LOGGER, ONE, TWO, limit, row

SHAPE = topology_of(Inventory(devices=(LOGGER, GATEWAY)), (), ())


@pytest.mark.parametrize(
    ("source", "facts", "several"),
    [
        ("logger", {"property_name": "Temperature"}, True),
        ("logger", {"property_name": "Humidity"}, False),
        ("logger", {"property_name": "Unknown"}, True),
        ("two", {"property_name": "Temperature"}, False),
        ("two", {"property_name": "Unknown"}, True),
        ("lab", {"property_name": "Unknown"}, False),
        ("stranger", {"property_name": "Unknown"}, False),
        ("logger", {"system": True}, False),
        ("logger", {"system": True, "of_sensor": True}, True),
        ("two", {"system": True, "of_sensor": True}, False),
        ("gateway", {"system": True, "of_sensor": True}, False),
    ],
)
def test_what_a_transition_may_mean(source: str, facts: dict[str, Any], *, several: bool) -> None:
    meant = SHAPE.meant(replace(row(source), condition="upper", **facts))
    assert (len(meant) > 1) is several


def test_a_sensor_may_have_several_limits() -> None:
    """Objects and sensors are not linked: it must, if there are more of them than channels."""
    objects = [limit(measuring_object=name, value=value) for name, value in (("a", 8), ("b", 10))]
    alone = replace(LOGGER, sensors=LOGGER.sensors[:1])
    alarm = replace(row("one"), condition="upper", severity="alarm", property_name="Temperature")
    for devices, limits, several in (
        ((alone,), objects, True),
        ((alone,), objects[:1], False),
        ((LOGGER,), objects, False),
        ((alone,), (), False),
    ):
        topology = topology_of(Inventory(devices=devices), (), limits)
        assert (len(topology.meant(alarm)) > 1) is several
        assert len(topology.meant(replace(alarm, condition="lower"))) == 1


def test_everything_of_an_account_is_found() -> None:
    inventory = Inventory(devices=(LOGGER, replace(GATEWAY, active=False)))
    locations = (Location(id="here", name="Köln"), Location(id="there"))
    topology = topology_of(inventory, locations, (limit(),))
    assert topology.inventory is inventory
    assert list(topology.instruments) == ["logger", "gateway", "lab"]
    assert topology.instruments["lab"].sensor == LAB
    assert topology.owner == {
        ("u-one", 1): "logger",
        ("u-two", 1): "logger",
        ("u-two", 2): "logger",
        ("u-lab", 4): "lab",
    }
    assert {key: installed.key for key, installed in topology.channels.items()} == {
        key: key for key in topology.owner
    }
    assert topology.supervised.by_device == {
        "u-logger": ["logger"],
        "u-gateway": ["gateway", "lab"],
        "u-lab": ["lab"],
    }
    assert topology.expected == topology.owner.keys() - {("u-lab", 4)}
    assert topology.site_names == {"here": "Köln"}
    assert topology.sources.source(row(uuid="u-one")) == "one"
    assert topology.limits.find("here", "Temperature", "upper", "alarm") == limit()


def test_account_without_inventory_has_an_empty_shape() -> None:
    topology = Topology()
    assert not topology.instruments
    assert topology.sources.find(row("one")) is None
    assert topology.limits.find("here", "Temperature", "upper", "alarm") is None


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_registrations_of_a_serial_the_active_one_counts(order: int) -> None:
    old = replace(
        LOGGER,
        uuid="u-old",
        active=False,
        sensors=(replace(ONE, uuid="u-old-one"), replace(TWO, uuid="u-old-two")),
    )
    topology = topology_of(Inventory(devices=(old, LOGGER)[::order]), (), ())
    assert topology.instruments["logger"].device is LOGGER
    assert {key for key, _ in topology.channels} == {"u-one", "u-two"}
    assert topology.keys["logger_one_1"] == ("u-one", 1)
    assert topology.supervised.by_device == {"u-logger": ["logger"]}
    for told in (row("one"), row(uuid="u-old-one"), row(uuid="u-one")):
        assert topology.sources.find(told) == Place(device=LOGGER, sensor=ONE)
    for told in (row("logger"), row(uuid="u-old"), row(uuid="u-logger")):
        assert topology.sources.find(told) == Place(device=LOGGER)


@pytest.mark.parametrize("order", [1, -1])
def test_radio_sensor_of_two_gateways_belongs_to_the_active_one(order: int) -> None:
    old = Device(uuid="u-old", serial="old", category="GATEWAY", active=False, sensors=(LAB,))
    topology = topology_of(Inventory(devices=(old, GATEWAY)[::order]), (), ())
    assert topology.instruments["lab"].device is GATEWAY
    assert [*topology.instruments][-1] == "lab", "after its gateway"
    assert topology.channels["u-lab", 4].device is GATEWAY
    assert topology.sources.find(row("lab")) == Place(device=GATEWAY, sensor=LAB)
    assert topology.sources.find(row(uuid="u-lab")) == Place(device=GATEWAY, sensor=LAB)


def test_channel_is_found_wherever_its_sensor_is() -> None:
    moved = Device(uuid="u-other", serial="other", sensors=(replace(ONE, uuid="u-anew"),))
    topology = topology_of(Inventory(devices=(moved,)), (), ())
    installed = topology.channel_of("logger_one_1", ("one", 1))
    assert installed is not None
    assert (installed.unique_id, installed.key) == ("other_one_1", ("u-anew", 1))
    assert topology.channel_of("logger_two_1", ("two", 1)) is None


def test_sensors_of_one_serial_are_not_taken_for_each_other() -> None:
    both = (Device(uuid=name, serial=name, sensors=(replace(ONE, uuid=name),)) for name in "ab")
    topology = topology_of(Inventory(devices=tuple(both)), (), ())
    assert topology.channel_of("a_one_1", ("one", 1)) is topology.channels["a", 1]
    assert topology.channel_of("gone_one_1", ("one", 1)) is None


@pytest.mark.parametrize(("site", "value"), [(None, 8.0), ("here", None)])
def test_limit_without_a_site_counts_only_where_no_site_is_told(
    site: str | None, value: float | None
) -> None:
    bare = replace(LOGGER, uuid="bare", serial="bare", site=None)
    devices = (bare, replace(LOGGER, site=site))
    topology = topology_of(
        Inventory(devices=devices), (), (limit(site=None), limit(9.0, site="there"))
    )
    found = {it.value for it in topology.channel_limits.values()}
    assert found == ({value} if value else set())
    assert topology.conflicts == ()


def test_instruments_of_one_name_are_told_apart() -> None:
    """By as many digits of the serial as it takes, and only those."""
    devices = tuple(
        Device(uuid=serial, serial=serial, name=name)
        for serial, name in (
            ("90000101", "Kühlschrank"),
            ("90000102", "Kühlschrank"),
            ("80010101", "Kühlschrank"),
            ("90000103", "Lager"),
            ("1", "Tür"),
            ("11", "Tür"),
        )
    )
    names = topology_of(Inventory(devices=devices), (), ()).names
    assert names == {
        "90000101": "Kühlschrank (00101)",
        "90000102": "Kühlschrank (102)",
        "80010101": "Kühlschrank (10101)",
        "90000103": "Lager",
        "1": "Tür (1)",
        "11": "Tür (11)",
    }
