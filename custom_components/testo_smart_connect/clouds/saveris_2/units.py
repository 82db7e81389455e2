"""What a channel measures, told by its unit alone. Facts: Saveris 2 reference, parts 5 and 11."""

from typing import Final

from ..units import extension_of, unit_of

_TEMPERATURE: Final = "Temperature"
_PROPERTIES: Final = {
    "°C": _TEMPERATURE,
    "°F": _TEMPERATURE,
    "K": _TEMPERATURE,
    "%": "Humidity",
    "g/m³": "Absolute Humidity",
    "hPa": "Pressure",
    "ppm": "CO2",
}


def property_of_unit(told: str | None) -> tuple[str | None, str | None, str | None]:
    """Return property, extension and unit of a channel; an unknown unit tells no property."""
    unit = unit_of(told)
    return _PROPERTIES.get(unit or ""), extension_of(None, told), unit
