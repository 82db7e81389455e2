"""Which entities there are, and how they are named, classed and measured."""

from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE, START, World
from tests.simulator import Fleet, Kind, Sensor, band


def channel_id(sensor: Sensor, number: int = 1) -> str:
    """Return the unique id of a channel."""
    return f"{sensor.device.serial}_{sensor.serial}_{number}"


@pytest.mark.quality_rule("entity-device-class")
@pytest.mark.quality_rule("entity-translations")
async def test_each_quantity_has_its_name_class_and_unit(world: World, fleet: Fleet) -> None:
    site = fleet.add_site("Museum Bern")
    climate = fleet.add_logger(site, "Saal", kind=Kind.CLIMATE)
    station = fleet.add_logger(site, "Station", kind=Kind.AIR_QUALITY)
    odd = fleet.add_logger(
        site,
        "Odd",
        kind=Kind.of(
            ("Shock", "Unknown", "foo/m", 2),
            ("Voltage", "Unknown", "mV", 0),
            ("Temperature", "Air Temperature", "furlong", 1),
            ("Unknown", "Unknown", "CELSIUS", 1),
            ("Unknown", "Unknown", None, 0),
        ),
    )
    await world.add_account()

    def shown(sensor: Sensor, number: int) -> tuple[object, ...]:
        state = world.state(channel_id(sensor, number))
        name, unit, kind = (
            state.attributes.get(key)
            for key in ("friendly_name", "unit_of_measurement", "device_class")
        )
        assert state.attributes["state_class"] == "measurement"
        return name, unit, kind

    saal, air, strange = climate.sensors[0], station.sensors[0], odd.sensors[0]
    assert [shown(saal, n) for n in range(1, 5)] == [
        ("Saal Temperature", "°C", "temperature"),
        ("Saal Humidity", "%", "humidity"),
        ("Saal Dew point", "°C", "temperature"),
        ("Saal Absolute humidity", "g/m³", "absolute_humidity"),
    ]
    assert {shown(air, channel.number) for channel in air.channels} >= {
        ("Station Pressure", "hPa", "atmospheric_pressure"),
        ("Station CO₂", "ppm", "carbon_dioxide"),
        ("Station Illuminance", "lx", "illuminance"),
    }
    assert [shown(strange, n) for n in range(1, 6)] == [
        ("Odd Shock", "foo/m", None),
        ("Odd Voltage", "mV", "voltage"),
        ("Odd Temperature 3", "furlong", None),
        ("Odd Temperature 4", "°C", "temperature"),
        ("Odd Channel 5", None, None),
    ]


async def test_the_precision_is_that_of_testo(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    logger = fleet.add_logger(fleet.add_site("A"), "B", kind=Kind.TEMPERATURE)
    await world.add_account()
    entry = er.async_get(hass).async_get(world.entity_id(channel_id(logger.sensors[0])))
    assert entry is not None
    assert entry.options["sensor"]["suggested_display_precision"] == 1


@pytest.mark.quality_rule("devices")
@pytest.mark.quality_rule("entity-unique-id")
async def test_probes_of_one_logger_are_devices_below_it(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    logger = fleet.add_logger(fleet.add_site("Labor"), "Schrank", kind=Kind.PROBES)
    entry = await world.add_account()
    devices = dr.async_get(hass)
    parent = devices.async_get_device_by_identifier((DOMAIN, logger.serial), entry.entry_id)
    assert parent is not None
    for sensor in logger.sensors:
        child = devices.async_get_child_device_by_identifier(
            (DOMAIN, sensor.serial), entry.entry_id
        )
        assert child is not None
        assert child.parent_device_id == parent.id
        state = world.state(channel_id(sensor))
        assert state.attributes["friendly_name"].endswith(" Temperature")
        entity = er.async_get(hass).async_get(state.entity_id)
        assert entity is not None
        assert entity.device_id == child.id
        assert world.value(f"{channel_id(sensor)}_alarm") == "off"


async def test_two_channels_of_one_probe_are_numbered(world: World, fleet: Fleet) -> None:
    logger = fleet.add_logger(fleet.add_site("Labor"), "Doppelt", kind=Kind.TWIN)
    await world.add_account()
    names = {
        world.state(channel_id(logger.sensors[0], channel.number)).attributes["friendly_name"]
        for channel in logger.sensors[0].channels
    }
    assert names == {"Doppelt Temperature 1", "Doppelt Temperature 2"}


async def test_radio_sensors_hang_on_their_gateway(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    gateway = fleet.add_gateway(fleet.add_site("Halle"), "Gateway")
    door = gateway.add_radio_sensor("Kühlzelle Tür", kind=Kind.DOOR)
    core = gateway.add_radio_sensor("Kühlzelle Kern", kind=Kind.PRODUCT)
    door.channels[0].hold(START - 60 * MINUTE, START + 30 * MINUTE, 0)
    door.channels[0].hold(START + 30 * MINUTE, START + 300 * MINUTE, 1)
    entry = await world.add_account()
    devices = dr.async_get(hass)
    above = devices.async_get_device_by_identifier((DOMAIN, gateway.serial), entry.entry_id)
    below = devices.async_get_device_by_identifier((DOMAIN, door.serial), entry.entry_id)
    assert above is not None
    assert below is not None
    assert below.via_device_id == above.id

    state = world.state(channel_id(door))
    assert (state.state, state.attributes["device_class"]) == ("off", "door")
    assert state.attributes["raw_value"] == 0
    await world.advance(timedelta(hours=1))
    assert world.value(channel_id(door)) == "on"
    product = world.state(channel_id(core))
    assert product.attributes["friendly_name"] == "Kühlzelle Kern Product temperature"
    for absent in (
        f"{channel_id(door)}_alarm",
        f"{channel_id(door)}_warning",
        f"{door.serial}_battery",
        f"{door.serial}_last_communication",
        f"{door.serial}_power",
        f"{gateway.serial}_battery",
        f"{gateway.serial}_last_measurement",
    ):
        with pytest.raises(KeyError):
            world.entity_id(absent)


@pytest.mark.quality_rule("entity-disabled-by-default")
@pytest.mark.quality_rule("entity-category")
async def test_rarely_needed_entities_are_off(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    logger = fleet.add_logger(fleet.add_site("A"), "B", kind=Kind.TEMPERATURE, mains=True)
    await world.add_account()
    registry = er.async_get(hass)
    for key in ("signal", "last_communication", "next_communication"):
        entry = registry.async_get(world.entity_id(f"{logger.serial}_{key}"))
        assert entry is not None
        assert entry.disabled_by is er.RegistryEntryDisabler.INTEGRATION
        assert entry.entity_category == "diagnostic"
    assert world.value(f"{logger.serial}_power") == "on"


async def test_disabled_entities_work_once_enabled(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    logger = fleet.add_logger(fleet.add_site("A"), "B", kind=Kind.TEMPERATURE)
    entry = await world.add_account()
    registry = er.async_get(hass)
    for key in ("signal", "last_communication", "next_communication"):
        registry.async_update_entity(world.entity_id(f"{logger.serial}_{key}"), disabled_by=None)
    await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    assert world.state(f"{logger.serial}_signal").attributes["unit_of_measurement"] == "%"
    assert world.value(f"{logger.serial}_last_communication") < world.now.isoformat()
    assert world.value(f"{logger.serial}_next_communication") > world.now.isoformat()


async def test_fahrenheit_is_read_as_fahrenheit(world: World, fleet: Fleet) -> None:
    logger = fleet.add_logger(fleet.add_site("A"), "B", kind=Kind.TEMPERATURE)
    world.faults.fahrenheit = True
    await world.add_account()
    reading = fleet.latest(logger.sensors[0].channels[0], world.now)
    assert reading is not None
    assert reading.value is not None
    state = world.state(channel_id(logger.sensors[0]))
    assert state.attributes["unit_of_measurement"] == "°C"
    assert float(state.state) == pytest.approx(reading.value, abs=0.01)


async def test_an_inactive_logger_stays_unavailable(world: World, fleet: Fleet) -> None:
    site = fleet.add_site("A")
    logger = fleet.add_logger(site, "Alt", kind=Kind.TEMPERATURE, active=False)
    await world.add_account()
    for key in (channel_id(logger.sensors[0]), f"{logger.serial}_connection"):
        assert world.value(key) == "unavailable"
    assert world.value(f"{fleet.tenant_uuid}_loggers_offline") == "0"


async def test_warnings_have_an_entity_where_they_are_configured(
    world: World, fleet: Fleet
) -> None:
    site = fleet.add_site("A")
    limits = band("Temperature", warning=(2, 8), alarm=(0, 10))
    logger = fleet.add_logger(site, "Mit", kind=Kind.CLIMATE, limits=limits)
    await world.add_account()
    sensor = logger.sensors[0]
    assert world.value(f"{channel_id(sensor, 1)}_warning") == "off"
    for number in (2, 3, 4):
        with pytest.raises(KeyError):
            world.entity_id(f"{channel_id(sensor, number)}_warning")
    assert world.value(f"{channel_id(sensor, 2)}_alarm") == "off"
    for number in (3, 4):  # dew point and absolute humidity, of which nobody asks for alarms
        with pytest.raises(KeyError):
            world.entity_id(f"{channel_id(sensor, number)}_alarm")


async def test_a_climate_logger_has_few_entities_that_are_on(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    limits = band("Temperature", warning=(2, 8), alarm=(0, 10))
    logger = fleet.add_logger(fleet.add_site("A"), "Saal", kind=Kind.CLIMATE, limits=limits)
    await world.add_account()
    await world.advance(20 * MINUTE)
    registry = er.async_get(hass)
    ours = [it for it in registry.entities.values() if it.unique_id.startswith(logger.serial)]
    assert len([it for it in ours if not it.disabled]) <= 16


async def test_each_sensor_tells_when_it_was_measured(world: World, fleet: Fleet) -> None:
    logger = fleet.add_logger(fleet.add_site("A"), "Saal", kind=Kind.CLIMATE)
    await world.add_account()
    reading = fleet.latest(logger.sensors[0].channel(1), world.now)
    assert reading is not None
    told = world.state(channel_id(logger.sensors[0])).attributes["measured_at"]
    assert told == reading.at.isoformat()
