"""Temperatures in the units that loggers have."""

import pytest

from custom_components.testo_smart_connect.monitoring.quantities import Quantity
from custom_components.testo_smart_connect.monitoring.temperature import in_unit, mkt_applies


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "expected"),
    [
        (5.0, "°C", "°C", 5.0),
        (5.0, None, "°C", 5.0),
        (5.0, "%", "%", 5.0),
        (41.0, "°F", "°C", 5.0),
        (5.0, "°C", "°F", 41.0),
        # On the limit, and not beyond it.
        (35.6, "°F", "°C", 2.0),
        (46.4, "°F", "°C", 8.0),
        (2.0, "°C", "°F", 35.6),
        (8.0, "°C", "°F", 46.4),
        (278.15, "K", "°C", 5.0),
        (-40.0, "°F", "°C", -40.0),
        (5.0, "%", "°C", None),
        (5.0, "°C", "%", None),
        (5.0, "°C", None, None),
    ],
)
def test_a_reading_comes_into_the_unit_of_its_channel(
    value: float, unit: str | None, wanted: str | None, expected: float | None
) -> None:
    assert in_unit(value, unit, wanted) == expected


@pytest.mark.parametrize(
    ("quantity", "unit", "applies"),
    [
        (Quantity.TEMPERATURE, "°C", True),
        (Quantity.PRODUCT_TEMPERATURE, "°F", True),
        (Quantity.DEW_POINT, "°C", False),
        (Quantity.HUMIDITY, "%", False),
        (Quantity.TEMPERATURE, None, False),
        (Quantity.OTHER, "°C", False),
    ],
)
def test_kinetic_temperatures_are_of_air_and_products(
    quantity: Quantity, unit: str | None, *, applies: bool
) -> None:
    assert mkt_applies(quantity, unit) is applies
