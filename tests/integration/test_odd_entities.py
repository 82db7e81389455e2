"""Entities in odd circumstances: units, namesakes, doors that are none."""

from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.util.unit_system import US_CUSTOMARY_SYSTEM
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE, START, World
from tests.simulator import Fleet, Kind, band

HOUR = timedelta(hours=1)
HALF_A_DAY = timedelta(hours=12, minutes=40)


@pytest.mark.parametrize(
    ("language", "name", "added"),
    [
        ("en", "Outdoor freezer", " Door"),
        ("en", "Cold room door", ""),
        ("de", "Kühlraumtür", ""),
        ("de", "Türkontakt Lager", ""),
        ("fr", "Transporteur", " Porte"),
        ("it", "Frigo portatile", " Porta"),
    ],
)
async def test_only_a_door_is_called_so(
    world: World, fleet: Fleet, language: str, name: str, added: str
) -> None:
    hass = world.hass
    hass.config.language = language
    gateway = fleet.add_gateway(fleet.add_site("Köln"), "Gateway")
    sensor = gateway.add_radio_sensor(name, kind=Kind.DOOR)
    await world.add_account()
    (entity_id,) = [
        it.entity_id
        for it in er.async_get(hass).entities.values()
        if sensor.serial in it.unique_id and it.translation_key == "door"
    ]
    state = hass.states.get(entity_id)
    assert state is not None
    assert state.attributes["friendly_name"] == f"{name}{added}"


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_report_limit_is_in_the_unit_that_its_user_reads(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    """An American sees 41 °F; a limit of 46 means °F as well."""
    hass.config.units = US_CUSTOMARY_SYSTEM
    logger = fleet.add_logger(fleet.add_site("Boston"), "Fridge")
    await world.add_account()
    channel = f"{logger.serial}_{logger.sensors[0].serial}_1"
    unit = world.state(channel).attributes["unit_of_measurement"]
    assert unit == "°F"
    assert world.state(f"{channel}_report_upper").attributes["unit_of_measurement"] == unit


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize(
    ("channel", "unit", "expected"),
    [
        (("Temperature", "Air Temperature", "°C", 1), "°F", {"8 °C", "46.4 °F"}),
        (("Temperature", "Air Temperature", "°C", 1), "foo", {"8 °C", "unknown foo"}),
        (("UV", "Unknown", "mW/m²", 0), "W/m²", {"8 mW/m²", "unknown W/m²"}),
    ],
)
async def test_a_report_limit_means_what_it_meant(
    world: World, fleet: Fleet, channel: tuple[str, str, str, int], unit: str, expected: set[str]
) -> None:
    """A customer switches the unit in testo."""
    hass = world.hass
    logger = fleet.add_logger(fleet.add_site("Köln"), "Kühlschrank", kind=Kind.of(channel))
    entry = await world.add_account()
    upper = f"{logger.serial}_{logger.sensors[0].serial}_1_report_upper"
    await hass.services.async_call(
        "number", "set_value", {"entity_id": world.entity_id(upper), "value": 8}, blocking=True
    )
    fleet.set_unit(logger.sensors[0].channels[0], unit)
    await world.advance(HALF_A_DAY, step=30 * MINUTE)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    state = world.state(upper)
    told = f"{state.state.removesuffix('.0')} {state.attributes['unit_of_measurement']}"
    assert told in expected


async def test_humidity_has_a_peak(world: World, fleet: Fleet) -> None:
    logger = fleet.add_logger(
        *(fleet.add_site("Köln"), "Klima"),
        kind=Kind.of(("Humidity", "Relative Humidity", "%rF", 1)),
        measuring=5 * MINUTE,
        communication=5 * MINUTE,
        limits=band("Humidity", alarm=(30.0, 60.0)),
    )
    channel = logger.sensors[0].channels[0]
    channel.hold(START - 24 * HOUR, START + HOUR, 50.0)
    channel.hold(START + HOUR, START + 1.5 * HOUR, 65.0)
    channel.hold(START + 1.5 * HOUR, START + 2 * HOUR, 80.0)
    channel.hold(START + 2 * HOUR, START + 40 * HOUR, 50.0)
    await world.add_account()
    await world.advance(4 * HOUR)
    _, cleared = world.events(logger.serial)
    assert (cleared["peak"], cleared["unit"]) == (80.0, "%")


async def test_digits_go_with_the_last_namesake(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    site = fleet.add_site("Köln")
    loggers = [fleet.add_logger(site, "Kühlschrank") for _ in range(3)]
    entry = await world.add_account()
    registry = dr.async_get(hass)

    def names() -> list[str | None]:
        found = [
            registry.async_get_device_by_identifier((DOMAIN, it.serial), entry.entry_id)
            for it in loggers
        ]
        return [it.name if it else None for it in found]

    assert len(set(names())) == 3
    for gone in loggers[1:]:
        fleet.remove(gone.serial)
    await world.advance(3 * HALF_A_DAY, step=30 * MINUTE)
    assert names() == ["Kühlschrank", None, None]


async def test_probes_of_one_name_are_told_apart(world: World, fleet: Fleet) -> None:
    logger = fleet.add_logger(fleet.add_site("Köln"), "Schrank", kind=Kind.PROBES)
    for sensor in logger.sensors:
        sensor.name = "Fühler"
    await world.add_account()
    names = [
        world.state(f"{logger.serial}_{it.serial}_1").attributes["friendly_name"]
        for it in logger.sensors
    ]
    assert len(set(names)) == len(names), names
