"""Temperatures in the units that loggers have."""

from .quantities import Quantity

ZERO = 273.15
"""0 °C in kelvin, also for a mean kinetic temperature (compliance reference, part 2)."""
_FREEZING = {"°C": 0.0, "°F": 32.0, "K": ZERO}
_DEGREES = {"°C": 1.0, "°F": 1.8, "K": 1.0}
"""How many there are in one kelvin."""
_DIGITS = 9
"""Finer than any logger, coarse enough that 35.6 °F is no less than 2 °C."""


def mkt_applies(quantity: Quantity, unit: str | None) -> bool:
    """Tell whether a mean kinetic temperature says something: of air and products alone."""
    return unit in _FREEZING and quantity in {Quantity.TEMPERATURE, Quantity.PRODUCT_TEMPERATURE}


def freezing_point(unit: str) -> float:
    """Return 0 °C in a unit; a ``KeyError`` if that is none of temperature."""
    return _FREEZING[unit]


def kelvin(value: float, unit: str) -> float:
    """Return a temperature in kelvin; a ``KeyError`` as above."""
    return (value - _FREEZING[unit]) / _DEGREES[unit] + ZERO


def from_kelvin(value: float, unit: str) -> float:
    """Return a temperature in another unit; a ``KeyError`` as above."""
    return (value - ZERO) * _DEGREES[unit] + _FREEZING[unit]


def in_unit(value: float, unit: str | None, wanted: str | None) -> float | None:
    """Return a reading in the unit of its channel; None if that cannot be.

    One that came without a unit has that of its channel. All but temperatures are only
    comparable in the same unit.
    """
    if unit is None or unit == wanted:
        return value
    if unit not in _FREEZING or wanted not in _FREEZING:
        return None
    return round(from_kelvin(kelvin(value, unit), wanted), _DIGITS)
