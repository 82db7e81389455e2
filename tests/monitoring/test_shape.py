"""What hangs on inventory, locations and limits."""

from dataclasses import replace

from custom_components.testo_smart_connect.monitoring.model import Inventory, Location
from custom_components.testo_smart_connect.monitoring.shape import Shape, shape_of

from .test_sources import GATEWAY, LAB, LOGGER, limit, row


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
