"""How clouds write units, and what they mean: past this there is one spelling of each.

Facts: Smart Connect reference, part 7.1.
"""

import re

from ..monitoring.quantities import normal

_DEW_POINT_UNIT = re.compile(r"\s*(.*[CF])\s*td\s*", re.IGNORECASE)
"""As the old web interface writes it: ``°C td``."""
_UNIT_SPELLINGS = {
    "c": "°C",
    "℃": "°C",
    "°c": "°C",
    "deg c": "°C",
    "celsius": "°C",
    "degree celsius": "°C",
    "f": "°F",
    "℉": "°F",
    "°f": "°F",
    "deg f": "°F",
    "fahrenheit": "°F",
    "degree fahrenheit": "°F",
    "k": "K",
    "kelvin": "K",
    "%rf": "%",
    "%rh": "%",
    "% rf": "%",
    "% rh": "%",
    "%": "%",
    "percent": "%",
    "percent humidity": "%",
    "relative humidity": "%",
    "hpa": "hPa",
    "pressure hectopascal": "hPa",
    "hectopascal": "hPa",
    "mbar": "mbar",
    "pa": "Pa",
    "g/m³": "g/m³",
    "g/m3": "g/m³",
    "ppm": "ppm",
    "lx": "lx",
    "lux": "lx",
    "mw/m²": "mW/m²",
    "mw/m2": "mW/m²",
    "v": "V",
    "mv": "mV",
    "ma": "mA",
}


def unit_of(text: str | None) -> str | None:
    """Return a unit in its standard spelling; unknown ones stay as delivered."""
    if text is not None and (dew_point := _DEW_POINT_UNIT.fullmatch(text)):
        text = dew_point[1]
    plain = normal(text)
    if text is None or plain is None:
        return None
    return _UNIT_SPELLINGS.get(plain.removeprefix("pu "), text.strip())


def extension_of(text: str | None, unit: str | None) -> str | None:
    """Return the extension that is told, else what the delivered unit tells in its place."""
    if normal(text) is None and unit is not None and _DEW_POINT_UNIT.fullmatch(unit):
        return "Dewpoint Temperature"
    return text
