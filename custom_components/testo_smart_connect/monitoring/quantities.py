"""Which physical quantity a channel measures.

Names of properties and extensions come as the cloud tells them, because users get them in
events (contract A5); they are compared here. Rule of the data (Smart Connect reference, part
7.1): decide by extension, then by property, then by unit. Never by a part of a word: absolute
humidity and absolute pressure share one, and every dew point is a temperature too.
"""

from enum import StrEnum


class Quantity(StrEnum):
    """The quantities that have an own name; anything else is OTHER."""

    TEMPERATURE = "temperature"
    PRODUCT_TEMPERATURE = "product_temperature"
    DEW_POINT = "dew_point"
    HUMIDITY = "humidity"
    ABSOLUTE_HUMIDITY = "absolute_humidity"
    PRESSURE = "pressure"
    CO2 = "co2"
    ILLUMINANCE = "illuminance"
    UV = "uv"
    VOLTAGE = "voltage"
    CURRENT = "current"
    DOOR = "door"
    OTHER = "other"


_BY_EXTENSION = {
    "air temperature": Quantity.TEMPERATURE,
    "product temperature": Quantity.PRODUCT_TEMPERATURE,
    "dewpoint temperature": Quantity.DEW_POINT,
    "dew point temperature": Quantity.DEW_POINT,
    "dew point": Quantity.DEW_POINT,
    "dewpoint": Quantity.DEW_POINT,
    "taupunkt": Quantity.DEW_POINT,
    "relative humidity": Quantity.HUMIDITY,
    "absolute humidity": Quantity.ABSOLUTE_HUMIDITY,
    "absolute pressure": Quantity.PRESSURE,
    "door contact": Quantity.DOOR,
}
_BY_PROPERTY = {
    # Some exports have the one for the other.
    **_BY_EXTENSION,
    "temperature": Quantity.TEMPERATURE,
    "humidity": Quantity.HUMIDITY,
    "pressure": Quantity.PRESSURE,
    "door": Quantity.DOOR,
    "co2": Quantity.CO2,
    "light": Quantity.ILLUMINANCE,
    "illuminance": Quantity.ILLUMINANCE,
    "uv": Quantity.UV,
    "uv radiation": Quantity.UV,
    "voltage": Quantity.VOLTAGE,
    "current": Quantity.CURRENT,
}
_BY_UNIT = {
    "°C": Quantity.TEMPERATURE,
    "°F": Quantity.TEMPERATURE,
    "hPa": Quantity.PRESSURE,
    "g/m³": Quantity.ABSOLUTE_HUMIDITY,
    "lx": Quantity.ILLUMINANCE,
}
_BY_PROPERTY_AND_UNIT = {("density", "g/m³"): Quantity.ABSOLUTE_HUMIDITY}
_PROPERTY_SPELLINGS = {
    "relative humidity": "humidity",
    "luftfeuchte": "humidity",
    "luftdruck": "pressure",
    "co₂": "co2",
}


def normal(text: str | None) -> str | None:
    """Return a text as enumerations are compared: lower case, ``_`` as a blank.

    ``Unknown`` is the vendor's word for "not told" and becomes None.
    """
    if text is None:
        return None
    plain = " ".join(text.replace("_", " ").split()).casefold()
    return None if plain in {"", "unknown"} else plain


def property_of(text: str | None) -> str | None:
    """Return a property as properties are compared, in its one spelling."""
    plain = (normal(text) or "").removeprefix("pv ")
    return _PROPERTY_SPELLINGS.get(plain, plain) or None


def classify(property_name: str | None, extension: str | None, unit: str | None) -> Quantity:
    """Return the quantity of a channel."""
    name = property_of(property_name)
    return (
        _BY_EXTENSION.get(normal(extension) or "")
        or _BY_PROPERTY.get(name or "")
        or _BY_PROPERTY_AND_UNIT.get((name or "", unit or ""))
        or (_BY_UNIT.get(unit or "") if name is None else None)
        or Quantity.OTHER
    )
