"""The limits configured in testo as sensors: only where exactly one can be meant."""

from datetime import timedelta

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from tests.integration.conftest import MINUTE, World
from tests.simulator import Fleet, Kind, Limit, Logger, Sensor, band

HALF_A_DAY = timedelta(hours=12, minutes=40)
FOUR = [
    f"{direction}_{severity}_limit"
    for direction in ("upper", "lower")
    for severity in ("alarm", "warning")
]


@pytest.fixture
def logger(fleet: Fleet) -> Logger:
    """Return a climate logger with all limits of temperature and some of humidity."""
    limits = (
        *band("Temperature", warning=(3, 7), alarm=(2, 8)),
        *band("Humidity", alarm=(None, 65)),
    )
    return fleet.add_logger(fleet.add_site("Labor"), "Schrank", kind=Kind.CLIMATE, limits=limits)


def channel_id(sensor: Sensor, number: int = 1) -> str:
    """Return the unique id of a channel."""
    return f"{sensor.device.serial}_{sensor.serial}_{number}"


def limits_of(world: World, sensor: Sensor, number: int = 1) -> dict[str, er.RegistryEntry]:
    """Return the limit sensors of a channel."""
    registry, found = er.async_get(world.hass), {}
    for key in FOUR:
        try:
            entity_id = world.entity_id(f"{channel_id(sensor, number)}_{key}")
        except KeyError:
            continue
        entry = registry.async_get(entity_id)
        assert entry is not None
        found[key] = entry
    return found


async def enable(world: World, entry: ConfigEntry, sensor: Sensor, number: int = 1) -> None:
    """Enable the limit sensors of a channel, as a user does."""
    for found in limits_of(world, sensor, number).values():
        er.async_get(world.hass).async_update_entity(found.entity_id, disabled_by=None)
    await world.hass.config_entries.async_reload(entry.entry_id)
    await world.settle()


@pytest.mark.quality_rule("entity-disabled-by-default")
@pytest.mark.quality_rule("entity-category")
async def test_they_are_off_and_diagnostic(world: World, logger: Logger) -> None:
    await world.add_account()
    (sensor,) = logger.sensors
    assert set(limits_of(world, sensor)) == set(FOUR)
    assert set(limits_of(world, sensor, 2)) == {"upper_alarm_limit"}
    for entry in limits_of(world, sensor).values():
        assert entry.disabled_by is er.RegistryEntryDisabler.INTEGRATION
        assert entry.entity_category == "diagnostic"


async def test_values_units_and_classes(world: World, logger: Logger) -> None:
    entry = await world.add_account()
    (sensor,) = logger.sensors
    await enable(world, entry, sensor)
    await enable(world, entry, sensor, 2)

    def shown(number: int, key: str) -> tuple[float, str, str]:
        state = world.state(f"{channel_id(sensor, number)}_{key}")
        assert "state_class" not in state.attributes
        unit, kind = (state.attributes[it] for it in ("unit_of_measurement", "device_class"))
        return float(state.state), unit, kind

    assert [shown(1, key) for key in FOUR] == [
        (8, "°C", "temperature"),
        (7, "°C", "temperature"),
        (2, "°C", "temperature"),
        (3, "°C", "temperature"),
    ]
    assert shown(2, "upper_alarm_limit") == (65, "%", "humidity")


@pytest.mark.quality_rule("entity-translations")
@pytest.mark.parametrize(
    ("language", "names"),
    [
        (
            "en",
            {
                "Schrank Temperature upper alarm limit",
                "Schrank Temperature upper warning limit",
                "Schrank Temperature lower alarm limit",
                "Schrank Temperature lower warning limit",
                "Schrank Humidity upper alarm limit",
            },
        ),
        (
            "de",
            {
                "Schrank Obere Alarmgrenze Temperatur",
                "Schrank Obere Warngrenze Temperatur",
                "Schrank Untere Alarmgrenze Temperatur",
                "Schrank Untere Warngrenze Temperatur",
                "Schrank Obere Alarmgrenze Luftfeuchte",
            },
        ),
    ],
)
async def test_names_tell_the_quantity(
    hass: HomeAssistant, world: World, logger: Logger, language: str, names: set[str]
) -> None:
    hass.config.language = language
    entry = await world.add_account()
    (sensor,) = logger.sensors
    await enable(world, entry, sensor)
    await enable(world, entry, sensor, 2)
    assert {
        world.state(found.unique_id).attributes["friendly_name"]
        for number in (1, 2)
        for found in limits_of(world, sensor, number).values()
    } == names


async def test_names_of_repeated_and_unknown_quantities(world: World, fleet: Fleet) -> None:
    limit = Limit("Temperature", "upper", "Alarm", 8.0)
    twin = fleet.add_logger(fleet.add_site("A"), "Doppelt", kind=Kind.TWIN, limits=[limit])
    shock = Limit("Shock", "upper", "Alarm", 3.0)
    odd = fleet.add_logger(
        fleet.add_site("B"),
        "Odd",
        kind=Kind.of(("Shock", "Unknown", "foo/m", 2)),
        limits=[shock],
    )
    entry = await world.add_account()
    (pair,), (strange,) = twin.sensors, odd.sensors
    for sensor, number in ((pair, 1), (pair, 2), (strange, 1)):
        await enable(world, entry, sensor, number)
    assert [
        world.state(f"{channel_id(sensor, number)}_upper_alarm_limit").attributes["friendly_name"]
        for sensor, number in ((pair, 1), (pair, 2), (strange, 1))
    ] == [
        "Doppelt Temperature 1 upper alarm limit",
        "Doppelt Temperature 2 upper alarm limit",
        "Odd Shock upper alarm limit",
    ]


async def test_a_limit_of_temperature_is_not_one_of_the_dew_point(
    world: World, logger: Logger
) -> None:
    await world.add_account()
    assert limits_of(world, logger.sensors[0], 3) == {}
    assert limits_of(world, logger.sensors[0], 4) == {}


async def test_a_door_has_none(world: World, fleet: Fleet) -> None:
    gateway = fleet.add_gateway(fleet.add_site("Halle"), "Gateway")
    limit = Limit("Door", "upper", "Alarm", 0.5)
    door = gateway.add_radio_sensor("Tor", kind=Kind.DOOR, limits=[limit])
    await world.add_account()
    assert limits_of(world, door) == {}


async def test_none_where_measuring_objects_contradict_each_other(
    world: World, fleet: Fleet, logger: Logger
) -> None:
    other = band("Temperature", warning=(3, 7), alarm=(2, 9))
    fleet.add_logger(logger.site, "Anderer", kind=Kind.TEMPERATURE, limits=other)
    await world.add_account()
    assert set(limits_of(world, logger.sensors[0])) == set(FOUR) - {"upper_alarm_limit"}


async def test_they_follow_the_configuration(world: World, fleet: Fleet, logger: Logger) -> None:
    entry = await world.add_account()
    (sensor,) = logger.sensors
    await enable(world, entry, sensor)
    upper = f"{channel_id(sensor)}_upper_alarm_limit"
    assert float(world.value(upper)) == 8

    other = fleet.add_logger(
        logger.site, "Anderer", kind=Kind.TEMPERATURE, limits=band("Temperature", alarm=(None, 9))
    )
    await world.advance(HALF_A_DAY, step=30 * MINUTE)
    assert world.value(upper) == "unavailable"
    assert float(world.value(f"{channel_id(sensor)}_lower_alarm_limit")) == 2

    fleet.set_limits(other, ())
    fleet.set_limits(logger, band("Temperature", alarm=(2, 10)))
    await world.advance(HALF_A_DAY, step=30 * MINUTE)
    assert float(world.value(upper)) == 10
    assert world.value(f"{channel_id(sensor)}_upper_warning_limit") == "unavailable"
