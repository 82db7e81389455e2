"""In which unit a channel measures, however the cloud writes it."""

import pytest

from custom_components.testo_smart_connect.clouds.units import extension_of, unit_of


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
