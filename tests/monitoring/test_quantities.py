"""What a channel measures (Smart Connect reference, part 7.1)."""

import pytest

from custom_components.testo_smart_connect.monitoring.quantities import (
    Quantity,
    classify,
    normal,
    property_of,
)


@pytest.mark.parametrize(
    ("property_name", "extension", "unit", "expected"),
    [
        ("Temperature", "Air Temperature", "°C", Quantity.TEMPERATURE),
        ("Temperature", "Product Temperature", "°C", Quantity.PRODUCT_TEMPERATURE),
        ("Temperature", "Dewpoint Temperature", "°C", Quantity.DEW_POINT),
        ("Temperature", "Dew Point Temperature", "°C", Quantity.DEW_POINT),
        ("Temperature", "Unknown", "°C", Quantity.TEMPERATURE),
        ("Humidity", "Relative Humidity", "%", Quantity.HUMIDITY),
        ("Humidity", None, None, Quantity.HUMIDITY),
        ("Density", "Absolute Humidity", "g/m³", Quantity.ABSOLUTE_HUMIDITY),
        ("Pressure", "Absolute Pressure", "hPa", Quantity.PRESSURE),
        ("Door", "Door Contact", None, Quantity.DOOR),
        ("Unknown", "Door Contact", None, Quantity.DOOR),
        ("CO2", "Unknown", "ppm", Quantity.CO2),
        ("CO₂", None, "ppm", Quantity.CO2),
        ("Illuminance", "Unknown", "lx", Quantity.ILLUMINANCE),
        ("Light", None, None, Quantity.ILLUMINANCE),
        ("UV Radiation", None, "mW/m²", Quantity.UV),
        ("Voltage", None, "V", Quantity.VOLTAGE),
        ("Current", None, "mA", Quantity.CURRENT),
        ("AIR_TEMPERATURE", "air_temperature", None, Quantity.TEMPERATURE),
        ("Temperature", "Dew Point", "°C", Quantity.DEW_POINT),
        ("Temperature", "Dewpoint", "°C", Quantity.DEW_POINT),
        ("Temperature", "Taupunkt", "°C", Quantity.DEW_POINT),
        ("Taupunkt", "Unknown", "°C", Quantity.DEW_POINT),
        ("Relative Humidity", "Unknown", "%", Quantity.HUMIDITY),
        ("Luftfeuchte", None, "%", Quantity.HUMIDITY),
        ("Luftdruck", "Unknown", "hPa", Quantity.PRESSURE),
        ("Density", "Unknown", "g/m³", Quantity.ABSOLUTE_HUMIDITY),
        ("PV_TEMPERATURE", "Unknown", "°C", Quantity.TEMPERATURE),
        ("PV_DENSITY", "Unknown", "g/m³", Quantity.ABSOLUTE_HUMIDITY),
        ("Unknown", "Unknown", "°C", Quantity.TEMPERATURE),
        (None, None, "°F", Quantity.TEMPERATURE),
        (None, None, "hPa", Quantity.PRESSURE),
        (None, None, "g/m³", Quantity.ABSOLUTE_HUMIDITY),
        (None, None, "lx", Quantity.ILLUMINANCE),
        # A named quantity that is not known is never guessed from its unit.
        ("Surface", None, "°C", Quantity.OTHER),
        ("Density", None, "kg/m³", Quantity.OTHER),
        ("Shock", "Unknown", "mg", Quantity.OTHER),
        (None, None, "foo/m", Quantity.OTHER),
        (None, None, "%", Quantity.OTHER),
        (None, None, None, Quantity.OTHER),
    ],
)
def test_quantity_by_extension_then_property_then_unit(
    property_name: str | None, extension: str | None, unit: str | None, expected: Quantity
) -> None:
    assert classify(property_name, extension, unit) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PV_TEMPERATURE", "temperature"),
        ("Luftfeuchte", "humidity"),
        ("Relative Humidity", "humidity"),
        ("Luftdruck", "pressure"),
        ("Surface", "surface"),
        ("Unknown", None),
        (None, None),
    ],
)
def test_properties_have_one_spelling(text: str | None, expected: str | None) -> None:
    assert property_of(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Relative_Humidity", "relative humidity"),
        ("  Relative   Humidity ", "relative humidity"),
        ("UNKNOWN", None),
        ("  ", None),
        (None, None),
    ],
)
def test_enumerations_are_compared_without_case_and_underscores(
    text: str | None, expected: str | None
) -> None:
    assert normal(text) == expected
