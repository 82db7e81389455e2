"""What a channel measures (Smart Connect reference, part 7.1) and in which unit."""

import pytest

from custom_components.testo_smart_connect.monitoring.quantities import (
    Quantity,
    classify,
    extension_of,
    normal,
    property_of,
    unit_of,
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
    ("delivered", "expected"),
    [
        ("°C", "°C"),
        ("CELSIUS", "°C"),
        ("C", "°C"),
        ("DEG_C", "°C"),
        ("PU_DEGREE_CELSIUS", "°C"),
        ("℃", "°C"),
        ("FAHRENHEIT", "°F"),
        ("PU_DEGREE_FAHRENHEIT", "°F"),
        ("%rF", "%"),
        ("%RH", "%"),
        (" % rF ", "%"),
        ("PU_PERCENT_HUMIDITY", "%"),
        ("hPa", "hPa"),
        ("PU_PRESSURE_HECTOPASCAL", "hPa"),
        ("g/m3", "g/m³"),
        ("lux", "lx"),
        ("Kelvin", "K"),
        (" foo/m ", "foo/m"),
        ("PU_FURLONG", "PU_FURLONG"),
        ("°C td", "°C"),
        ("°Ctd", "°C"),
        (" °F Td ", "°F"),
        ("td", "td"),
        ("Unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_units_have_one_spelling(delivered: str | None, expected: str | None) -> None:
    assert unit_of(delivered) == expected


@pytest.mark.parametrize(
    ("extension", "unit", "expected"),
    [
        ("Unknown", "°C td", "Dewpoint Temperature"),
        (None, " °C td", "Dewpoint Temperature"),
        ("Taupunkt", "°C td", "Taupunkt"),
        ("Unknown", "°C", "Unknown"),
        (None, None, None),
    ],
)
def test_a_unit_may_tell_the_dew_point(
    extension: str | None, unit: str | None, expected: str | None
) -> None:
    assert extension_of(extension, unit) == expected


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
