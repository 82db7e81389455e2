"""What hangs on inventory, locations and limits."""

from dataclasses import replace
from typing import Any

import pytest

from custom_components.testo_smart_connect.monitoring.model import Inventory, Location
from custom_components.testo_smart_connect.monitoring.shape import Shape, shape_of

from .test_sources import GATEWAY, LAB, LOGGER, limit, row

SHAPE = shape_of(Inventory(devices=(LOGGER, GATEWAY)), (), ())


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
    assert SHAPE.several(replace(row(source), condition="upper", **facts)) is several


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
        shape = shape_of(Inventory(devices=devices), (), limits)
        assert shape.several(alarm) is several
        assert shape.several(replace(alarm, condition="lower")) is False


def test_everything_of_an_account_is_found() -> None:
    inventory = Inventory(devices=(LOGGER, replace(GATEWAY, active=False)))
    locations = (Location(id="here", name="Köln"), Location(id="there"))
    shape = shape_of(inventory, locations, (limit(),))
    assert shape.inventory is inventory
    assert list(shape.things) == ["logger", "gateway", "lab"]
    assert shape.things["lab"].sensor == LAB
    assert shape.owner == {
        ("u-one", 1): "logger",
        ("u-two", 1): "logger",
        ("u-two", 2): "logger",
        ("u-lab", 4): "lab",
    }
    assert {key: spot.key for key, spot in shape.spots.items()} == {key: key for key in shape.owner}
    assert shape.watches.dwellers == {"u-logger": ["logger"], "u-gateway": ["gateway", "lab"]}
    assert shape.expected == shape.owner.keys() - {("u-lab", 4)}
    assert shape.site_names == {"here": "Köln"}
    assert shape.sources.source(row(uuid="u-one")) == "one"
    assert shape.limits.find("here", "Temperature", "upper", "alarm") == limit()


def test_account_without_inventory_has_an_empty_shape() -> None:
    shape = Shape()
    assert not shape.things
    assert shape.sources.find(row("one")) is None
    assert shape.limits.find("here", "Temperature", "upper", "alarm") is None
