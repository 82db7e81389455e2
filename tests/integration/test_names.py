"""What alarms are called: quantity and severity follow one pattern in each language."""

from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.testo_smart_connect import texts
from custom_components.testo_smart_connect.automations.targets import kind_of
from custom_components.testo_smart_connect.monitoring.quantities import Quantity
from tests.integration.conftest import MINUTE, World
from tests.simulator import Fleet, Kind, Sensor, band

HALF_A_DAY = timedelta(hours=12, minutes=40)
CHANNELS = {
    Quantity.TEMPERATURE: ("Temperature", "Air Temperature", "°C", 1),
    Quantity.PRODUCT_TEMPERATURE: ("Temperature", "Product Temperature", "°C", 1),
    Quantity.DEW_POINT: ("Temperature", "Dewpoint Temperature", "°C", 1),
    Quantity.HUMIDITY: ("Humidity", "Relative Humidity", "%rF", 1),
    Quantity.ABSOLUTE_HUMIDITY: ("Density", "Absolute Humidity", "g/m³", 1),
    Quantity.PRESSURE: ("Pressure", "Absolute Pressure", "hPa", 1),
    Quantity.CO2: ("CO2", "Unknown", "ppm", 0),
    Quantity.ILLUMINANCE: ("Illuminance", "Unknown", "lx", 0),
    Quantity.UV: ("UV", "Unknown", "mW/m²", 0),
    Quantity.VOLTAGE: ("Voltage", "Unknown", "mV", 0),
    Quantity.CURRENT: ("Current", "Unknown", "mA", 0),
    Quantity.DOOR: ("Door", "Door Contact", None, 0),
    Quantity.OTHER: ("Shock {0}", "Unknown", "foo/m", 0),
}
ENGLISH = """
Temperature alarm, Temperature warning
Product temperature alarm, Product temperature warning
Dew point alarm, Dew point warning
Humidity alarm, Humidity warning
Absolute humidity alarm, Absolute humidity warning
Pressure alarm, Pressure warning
CO₂ alarm, CO₂ warning
Illuminance alarm, Illuminance warning
UV radiation alarm, UV radiation warning
Voltage alarm, Voltage warning
Electric current alarm, Electric current warning
Door alarm, Door warning
Shock {0} alarm, Shock {0} warning
"""
GERMAN = """
Alarm Temperatur, Warnung Temperatur
Alarm Produkttemperatur, Warnung Produkttemperatur
Alarm Taupunkt, Warnung Taupunkt
Alarm Luftfeuchte, Warnung Luftfeuchte
Alarm Absolute Feuchte, Warnung Absolute Feuchte
Alarm Luftdruck, Warnung Luftdruck
Alarm CO₂, Warnung CO₂
Alarm Beleuchtungsstärke, Warnung Beleuchtungsstärke
Alarm UV-Strahlung, Warnung UV-Strahlung
Alarm Spannung, Warnung Spannung
Alarm Stromstärke, Warnung Stromstärke
Alarm Tür, Warnung Tür
Alarm Shock {0}, Warnung Shock {0}
"""
POLISH = """
Alarm: temperatura, Ostrzeżenie: temperatura
Alarm: temperatura produktu, Ostrzeżenie: temperatura produktu
Alarm: punkt rosy, Ostrzeżenie: punkt rosy
Alarm: wilgotność, Ostrzeżenie: wilgotność
Alarm: wilgotność bezwzględna, Ostrzeżenie: wilgotność bezwzględna
Alarm: ciśnienie, Ostrzeżenie: ciśnienie
Alarm: CO₂, Ostrzeżenie: CO₂
Alarm: natężenie oświetlenia, Ostrzeżenie: natężenie oświetlenia
Alarm: promieniowanie UV, Ostrzeżenie: promieniowanie UV
Alarm: napięcie, Ostrzeżenie: napięcie
Alarm: natężenie prądu, Ostrzeżenie: natężenie prądu
Alarm: drzwi, Ostrzeżenie: drzwi
Alarm: Shock {0}, Ostrzeżenie: Shock {0}
"""


def add_loggers(fleet: Fleet) -> dict[Quantity, Sensor]:
    """Add a logger for each quantity, with limits for alarms and warnings."""
    site = fleet.add_site("Labor")
    sensors = {}
    for quantity, channel in CHANNELS.items():
        limits = band(channel[0], warning=(3, 7), alarm=(2, 8))
        logger = fleet.add_logger(site, f"Schrank {quantity}", kind=Kind.of(channel), limits=limits)
        (sensors[quantity],) = logger.sensors
    return sensors


def name_of(world: World, sensor: Sensor, severity: str, number: int = 1) -> str:
    """Return what an alarm is called, without the name of its device."""
    state = world.state(f"{sensor.device.serial}_{sensor.serial}_{number}_{severity}")
    return str(state.attributes["friendly_name"]).removeprefix(f"{sensor.device.name} ")


@pytest.mark.quality_rule("entity-translations")
@pytest.mark.parametrize(
    ("language", "table"),
    # A language without texts of ours shows English ones.
    [("en", ENGLISH), ("de", GERMAN), ("pl", POLISH), ("sv", ENGLISH)],
)
async def test_each_quantity_and_severity(
    hass: HomeAssistant, world: World, fleet: Fleet, language: str, table: str
) -> None:
    assert list(CHANNELS) == list(Quantity)
    hass.config.language = language
    sensors = add_loggers(fleet)
    await world.add_account()
    found = [
        f"{name_of(world, sensor, 'alarm')}, {name_of(world, sensor, 'warning')}"
        for sensor in sensors.values()
    ]
    assert found == table.strip().splitlines()


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", ["Alarm Temperatur 1", "Warnung Temperatur 2"]),
        ("pl", ["Alarm: temperatura 1", "Ostrzeżenie: temperatura 2"]),
    ],
)
async def test_the_number_follows(
    hass: HomeAssistant, world: World, fleet: Fleet, language: str, expected: list[str]
) -> None:
    hass.config.language = language
    limits = band("Temperature", warning=(3, 7), alarm=(2, 8))
    logger = fleet.add_logger(fleet.add_site("Labor"), "Doppelt", kind=Kind.TWIN, limits=limits)
    await world.add_account()
    (sensor,) = logger.sensors
    assert [name_of(world, sensor, "alarm", 1), name_of(world, sensor, "warning", 2)] == expected


async def test_a_change_of_the_language_while_running(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    """Entities that come later find their words."""
    site = fleet.add_site("Labor")
    fleet.add_logger(site, "Alt", kind=Kind.TEMPERATURE)
    await world.add_account()
    hass.config.language = "de"
    logger = fleet.add_logger(site, "Neu", kind=Kind.TEMPERATURE)
    await world.advance(HALF_A_DAY, step=30 * MINUTE)
    assert name_of(world, logger.sensors[0], "alarm") == "Alarm Temperatur"


async def test_without_texts(world: World, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be read costs the words, not the alarm."""
    monkeypatch.setattr(texts, "async_get_cached_translations", lambda *_: {})
    logger = fleet.add_logger(fleet.add_site("Labor"), "Schrank", kind=Kind.TEMPERATURE)
    await world.add_account()
    assert name_of(world, logger.sensors[0], "alarm") == "Temperature alarm"


async def test_what_the_first_release_registered(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    """It had a key for each quantity; triggers and conditions go by the new ones."""
    logger = fleet.add_logger(fleet.add_site("Labor"), "Schrank", kind=Kind.TEMPERATURE)
    entry = await world.add_account()
    (sensor,) = logger.sensors
    entity_id = world.entity_id(f"{logger.serial}_{sensor.serial}_1_alarm")
    er.async_get(hass).async_update_entity(entity_id, translation_key="temperature_alarm")
    assert kind_of(hass, entity_id) == "temperature_alarm"
    await hass.config_entries.async_reload(entry.entry_id)
    assert kind_of(hass, entity_id) == "alarm"
