"""Which of Home Assistant's classes fits what is measured."""

from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.components.sensor.const import DEVICE_CLASS_UNITS

from .monitoring.quantities import Quantity

_CLASSES = {
    Quantity.TEMPERATURE: SensorDeviceClass.TEMPERATURE,
    Quantity.PRODUCT_TEMPERATURE: SensorDeviceClass.TEMPERATURE,
    Quantity.DEW_POINT: SensorDeviceClass.TEMPERATURE,
    Quantity.HUMIDITY: SensorDeviceClass.HUMIDITY,
    Quantity.ABSOLUTE_HUMIDITY: SensorDeviceClass.ABSOLUTE_HUMIDITY,
    Quantity.PRESSURE: SensorDeviceClass.ATMOSPHERIC_PRESSURE,
    Quantity.CO2: SensorDeviceClass.CO2,
    Quantity.ILLUMINANCE: SensorDeviceClass.ILLUMINANCE,
    Quantity.VOLTAGE: SensorDeviceClass.VOLTAGE,
    Quantity.CURRENT: SensorDeviceClass.CURRENT,
}


def device_class_of(quantity: Quantity, unit: str | None) -> SensorDeviceClass | None:
    """Return the class that fits a quantity, unless the unit contradicts it."""
    found = _CLASSES.get(quantity)
    return found if found is not None and unit in DEVICE_CLASS_UNITS[found] else None
