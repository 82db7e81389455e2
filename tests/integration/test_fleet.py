"""A growing and changing fleet: nothing needs a reload, nothing a user chose is lost."""

from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE, START, World
from tests.simulator import ChannelSpec, Fleet, Kind, Logger, Site, band

CYCLE = timedelta(hours=13)
"""Longer than the time between two inventories."""
QUARTER = 15 * MINUTE
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def site(fleet: Fleet) -> Site:
    """Return the site of all loggers."""
    return fleet.add_site("Apotheke Köln")


def base(logger: Logger, sensor: int = 0, channel: int = 1) -> str:
    """Return the unique id of a channel."""
    return f"{logger.serial}_{logger.sensors[sensor].serial}_{channel}"


def device_of(hass: HomeAssistant, entity_id: str) -> dr.AnyDeviceEntry:
    """Return the device that an entity stands on."""
    entity = er.async_get(hass).async_get(entity_id)
    assert entity is not None
    assert entity.device_id is not None
    device = dr.async_get(hass).async_get(entity.device_id)
    assert device is not None
    return device


@pytest.mark.quality_rule("dynamic-devices")
async def test_new_loggers_sensors_channels_and_sites_appear(
    world: World, fleet: Fleet, site: Site
) -> None:
    """Within one inventory, with a value, and in the area of their site."""
    logger = fleet.add_logger(site, "Kühlzelle", kind=Kind.PRODUCT)
    gateway = fleet.add_gateway(site, "Gateway")
    await world.add_account()

    climate = fleet.add_logger(site, "Lager", kind=Kind.CLIMATE)
    door = gateway.add_radio_sensor("Tür", kind=Kind.DOOR)
    branch = fleet.add_logger(fleet.add_site("Filiale Bonn"), "Vitrine")
    # A product of more channels: those of the climate logger grow by one.
    extra = fleet.add_logger(site, "Ersatz", kind=Kind.PRODUCT).sensors[0]
    fleet.move(extra.serial, logger.serial)
    await world.advance(CYCLE, step=QUARTER)

    for number in (1, 2, 3, 4):
        assert float(world.value(base(climate, channel=number)))
    assert world.value(f"{gateway.serial}_{door.serial}_1") in {"on", "off"}
    assert float(world.value(f"{logger.serial}_{extra.serial}_1"))
    device = device_of(world.hass, world.entity_id(base(branch)))
    assert device.area_id is not None
    area = ar.async_get(world.hass).async_get_area(device.area_id)
    assert area is not None
    assert area.name == "Filiale Bonn"


async def test_a_channel_that_comes_later_has_its_entities(
    world: World, fleet: Fleet, site: Site
) -> None:
    logger = fleet.add_logger(site, "Raum", kind=Kind.CLIMATE)
    sensor = logger.sensors[0]
    later = sensor.channels[1:]
    del sensor.channels[1:]
    await world.add_account()
    with pytest.raises(KeyError):
        world.entity_id(base(logger, channel=2))
    sensor.channels += later
    await world.advance(CYCLE, step=QUARTER)
    # Its first value comes with the read that follows that of the devices.
    await world.advance(2 * QUARTER)
    assert float(world.value(base(logger, channel=2)))
    assert world.value(f"{base(logger, channel=2)}_alarm") == "off"


async def test_what_a_user_named_keeps_its_name(
    hass: HomeAssistant, world: World, fleet: Fleet, site: Site
) -> None:
    ours, theirs = fleet.add_logger(site, "Eins"), fleet.add_logger(site, "Zwei")
    await world.add_account()
    devices, areas = dr.async_get(hass), ar.async_get(hass)
    device = device_of(hass, world.entity_id(base(ours)))
    devices.async_update_device(
        device.id, name_by_user="Mein Kühlschrank", area_id=areas.async_create("Labor").id
    )
    er.async_get(hass).async_update_entity(
        world.entity_id(base(ours)), name="Innen", new_entity_id="sensor.innen"
    )
    fleet.rename(ours.serial, "Uno")
    fleet.rename(theirs.serial, "Due")
    await world.advance(CYCLE, step=QUARTER)

    assert world.entity_id(base(ours)) == "sensor.innen"
    # From 2026.11 on Home Assistant puts the device before it.
    assert world.state(base(ours)).attributes["friendly_name"].endswith("Innen")
    assert world.state(base(theirs)).attributes["friendly_name"] == "Due Temperature"
    found = device_of(hass, "sensor.innen")
    assert (found.name_by_user, found.name) == ("Mein Kühlschrank", "Uno")
    assert found.area_id == areas.async_get_or_create("Labor").id


async def test_a_logger_that_is_switched_off_in_testo_is_silent(
    world: World, fleet: Fleet, site: Site
) -> None:
    logger = fleet.add_logger(site, "Eins")
    fleet.add_logger(site, "Zwei")
    await world.add_account()
    fleet.set_active(logger.serial, active=False)
    await world.advance(CYCLE, step=QUARTER)
    for unique_id in (base(logger), f"{base(logger)}_alarm", f"{logger.serial}_connection"):
        assert world.value(unique_id) == "unavailable"
    assert world.value(f"{fleet.tenant_uuid}_loggers_offline") == "0", "it is no fault"
    fleet.set_active(logger.serial, active=True)
    await world.advance(CYCLE, step=QUARTER)
    assert float(world.value(base(logger)))
    assert world.value(f"{logger.serial}_connection") == "on"


async def test_a_logger_that_is_registered_anew_goes_on(
    hass: HomeAssistant, world: World, fleet: Fleet, site: Site
) -> None:
    """Its serial is what identifies it, although the cloud gave it new uuids."""
    logger = fleet.add_logger(site, "Eins", kind=Kind.CLIMATE)
    entry = await world.add_account()
    entity_id = world.entity_id(base(logger))
    device = device_of(hass, entity_id)
    for _ in range(2):
        fleet.register_anew(logger.serial)
        await world.advance(CYCLE, step=QUARTER)
        # By now and not only after the next start.
        channel = logger.sensors[0].channels[0]
        # What was read last; the next cycle may be due any moment.
        newest = {fleet.latest(channel, world.now - wait) for wait in (0 * MINUTE, QUARTER)}
        assert float(world.value(base(logger))) in {reading.value for reading in newest if reading}
        assert world.value(f"{logger.serial}_connection") == "on"
    assert world.entity_id(base(logger)) == entity_id
    assert device_of(hass, entity_id).id == device.id
    logger.sensors[0].channels[0].hold(world.now, world.now + CYCLE, 12.5)
    await world.advance(2 * QUARTER)
    assert world.value(base(logger)) == "12.5"
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert world.value(base(logger)) == "12.5"


async def test_a_probe_in_another_logger_takes_its_entities_along(
    hass: HomeAssistant, world: World, fleet: Fleet, site: Site
) -> None:
    """They belong to the probe, as its readings do, also those that come late."""
    two = fleet.add_logger(site, "Zwei Fühler", kind=Kind.PROBES)
    one = fleet.add_logger(site, "Ein Fühler", kind=Kind.PRODUCT)
    await world.add_account()
    stays, other = base(two, 0), base(one)
    ids = {unique_id: world.entity_id(unique_id) for unique_id in (stays, base(two, 1), other)}
    moved, entity_id = two.sensors[1], ids[base(two, 1)]
    er.async_get(hass).async_update_entity(entity_id, name="Mein Fühler")
    world.changes.clear()
    for to, back in ((one, two), (two, one)):
        fleet.move(moved.serial, to.serial)
        await world.advance(CYCLE, step=QUARTER)
        new = f"{to.serial}_{moved.serial}_1"
        assert world.entity_id(new) == entity_id
        assert world.entity_id(f"{new}_alarm").startswith("binary_sensor.")
        assert world.state(new).attributes["friendly_name"].endswith("Mein Fühler")
        assert float(world.value(new))
        # One of the two loggers has several probes now, and the other one a single one.
        parts = {sensor.serial for sensor in to.sensors}
        for unique_id in (stays, other, new):
            found = device_of(hass, world.entity_id(unique_id)).identifiers
            logger, probe, _ = unique_id.split("_")
            assert found == {(DOMAIN, probe if probe in parts else logger)}
            assert world.entity_id(unique_id) == ids.get(unique_id, entity_id)
            assert float(world.value(unique_id))
        with pytest.raises(KeyError):
            world.entity_id(f"{back.serial}_{moved.serial}_1")
    states = {state.state for changed, state in world.changes if changed in ids.values()}
    assert states.isdisjoint({"unavailable", "unknown"})


async def test_a_radio_sensor_at_another_gateway_stays_the_same(
    hass: HomeAssistant, world: World, fleet: Fleet, site: Site
) -> None:
    """It measures the same place, so that its entities keep ids, names and history."""
    here, there = (fleet.add_gateway(site, f"Gateway {number}") for number in (1, 2))
    sensor = here.add_radio_sensor("Laborkühlschrank", kind=Kind.PRODUCT)
    await world.add_account()
    old, new = (f"{gateway.serial}_{sensor.serial}_1" for gateway in (here, there))
    entity_id, alarm_id = world.entity_id(old), world.entity_id(f"{old}_alarm")
    er.async_get(hass).async_update_entity(entity_id, name="Im Kühlschrank")
    device = device_of(hass, entity_id)
    world.changes.clear()
    fleet.move(sensor.serial, there.serial)
    await world.advance(CYCLE, step=QUARTER)

    assert world.entity_id(new) == entity_id
    assert world.entity_id(f"{new}_alarm") == alarm_id
    assert "unavailable" not in {
        state.state for changed, state in world.changes if changed == entity_id
    }
    found = device_of(hass, entity_id)
    assert found.id == device.id
    assert isinstance(found, dr.DeviceEntry)
    gateway = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, there.serial), found.config_entry_id
    )
    assert gateway is not None
    assert found.via_device_id == gateway.id
    sensor.channels[0].hold(world.now, world.now + CYCLE, 12.5)
    await world.advance(2 * QUARTER)
    assert world.value(new) == "12.5"
    state = world.state(new)
    assert state.attributes["friendly_name"].endswith("Im Kühlschrank")


async def test_a_channel_that_is_gone_takes_its_entities_along(
    world: World, fleet: Fleet, site: Site
) -> None:
    """Not with the first inventory that lacks it, and whoever returns is as before."""
    limits = band("Density", alarm=(0.0, 50.0))
    logger = fleet.add_logger(site, "Raum", kind=Kind.CLIMATE, limits=limits)
    await world.add_account()
    gone = base(logger, channel=4)
    entity_id = world.entity_id(gone)
    humidity = logger.sensors[0].channels.pop()
    await world.advance(CYCLE, step=QUARTER)
    assert world.value(gone) == "unavailable"
    assert world.value(f"{gone}_alarm") == "unavailable"
    await world.advance(CYCLE, step=QUARTER)
    for unique_id in (gone, f"{gone}_alarm"):
        with pytest.raises(KeyError):
            world.entity_id(unique_id)
    logger.sensors[0].channels.append(humidity)
    await world.advance(CYCLE, step=QUARTER)
    assert world.entity_id(gone) == entity_id
    assert float(world.value(gone))


async def test_a_built_in_sensor_may_share_the_serial_of_its_logger(
    hass: HomeAssistant, world: World, fleet: Fleet, site: Site
) -> None:
    logger = fleet.add_logger(site, "Zwei Fühler", kind=Kind.PROBES)
    logger.sensors[0].serial = logger.serial
    await world.add_account()
    own, probe = base(logger, 0), base(logger, 1)
    assert float(world.value(own))
    names = [device_of(hass, world.entity_id(unique_id)).identifiers for unique_id in (own, probe)]
    assert names == [{(DOMAIN, logger.serial)}, {(DOMAIN, logger.sensors[1].serial)}]


def assert_newest(world: World, logger: Logger, channel: int = 1) -> None:
    """Compare a channel with what was read last; the next cycle may be due any moment."""
    found = logger.sensors[0].channel(channel)
    newest = {world.fleet.latest(found, world.now - wait) for wait in (0 * MINUTE, QUARTER)}
    values = {reading.value for reading in newest if reading}
    assert float(world.value(base(logger, channel=channel))) in values


@pytest.mark.expect_warnings  # what was read of a uuid before belongs to another sensor now
async def test_sensors_that_exchange_their_uuids_keep_their_values(
    world: World, fleet: Fleet, site: Site
) -> None:
    """Also twice, which leads back to the first ones, and with their alarms."""
    limits = band("Temperature", alarm=(None, 30.0))
    one, two = (fleet.add_logger(site, name, limits=limits) for name in ("Eins", "Zwei"))
    hot = one.sensors[0].channels[0]
    await world.add_account()
    for _ in range(3):
        first, second = one.sensors[0], two.sensors[0]
        first.uuid, second.uuid = second.uuid, first.uuid
        await world.advance(CYCLE, step=QUARTER)
        hot.hold(world.now, world.now + 2 * HOUR, 40.0)
        await world.advance(HOUR)
        assert world.value(base(one)) == "40.0"
        assert world.value(f"{base(one)}_alarm") == "on"
        assert world.value(f"{base(two)}_alarm") == "off"
        assert_newest(world, two)
        await world.advance(2 * HOUR)
        assert world.value(f"{base(one)}_alarm") == "off"
        assert_newest(world, one)


@pytest.mark.parametrize("active", [0, 1])
async def test_of_two_registrations_of_a_serial_the_active_one_counts(
    world: World, fleet: Fleet, site: Site, active: int
) -> None:
    both = [fleet.add_logger(site, name) for name in ("Eins", "Zwei")]
    both.sort(key=lambda it: it.uuid)
    counts, old = both[active], both[1 - active]
    old.serial, old.sensors[0].serial = counts.serial, counts.sensors[0].serial
    fleet.set_active(old.serial, active=False)
    old.set_active(START - DAY, active=False)
    counts.set_active(START, active=True)
    await world.add_account()
    await world.advance(HOUR)
    assert_newest(world, counts)
    assert world.value(f"{counts.serial}_connection") == "on"
    device = device_of(world.hass, world.entity_id(base(counts)))
    assert device.name == counts.name


async def test_a_channel_that_measures_something_else_is_made_anew(
    hass: HomeAssistant, world: World, fleet: Fleet, site: Site
) -> None:
    logger = fleet.add_logger(site, "Raum")
    await world.add_account()
    entity_id = world.entity_id(base(logger))
    assert world.state(base(logger)).attributes["friendly_name"] == "Raum Temperature"
    channel = logger.sensors[0].channels[0]
    channel.spec = ChannelSpec("Humidity", "Relative Humidity", "%rF", 0, base=50.0)
    channel.unit = "%rF"
    await world.advance(CYCLE, step=QUARTER)
    state = world.state(base(logger))
    assert state.attributes["friendly_name"] == "Raum Humidity"
    assert state.attributes["device_class"] == "humidity"
    assert state.attributes["unit_of_measurement"] == "%"
    assert float(state.state)
    assert world.entity_id(base(logger)) == entity_id
    entity = er.async_get(hass).async_get(entity_id)
    assert entity is not None
    assert (entity.original_name, entity.original_device_class) == ("Humidity", "humidity")
    alarm = world.state(f"{base(logger)}_alarm").attributes["friendly_name"]
    assert alarm == "Raum Humidity alarm"
    await world.advance(HOUR)
    assert_newest(world, logger)


async def test_a_channel_that_becomes_a_door_is_no_sensor_any_more(
    hass: HomeAssistant, world: World, fleet: Fleet, site: Site
) -> None:
    logger = fleet.add_logger(site, "Raum")
    await world.add_account()
    sensor = world.entity_id(base(logger))
    channel = logger.sensors[0].channels[0]
    channel.spec, channel.unit = ChannelSpec("Door", "Door Contact", None, 0), None
    channel.hold(world.now, world.now + 3 * CYCLE, 1)
    await world.advance(CYCLE, step=QUARTER)
    registry = er.async_get(hass)
    door = registry.async_get_entity_id("binary_sensor", DOMAIN, base(logger))
    assert door is not None
    assert (shown := hass.states.get(door)) is not None
    assert shown.state == "on"
    assert (old := hass.states.get(sensor)) is not None
    assert old.state == "unavailable"
    await world.advance(CYCLE, step=QUARTER)
    assert registry.async_get(sensor) is None


async def test_a_probe_whose_place_is_filled_already_is_not_moved_there(
    hass: HomeAssistant, world: World, fleet: Fleet, site: Site
) -> None:
    """As after a time in which the cloud named it at two loggers."""
    one, two = (fleet.add_logger(site, name, kind=Kind.PRODUCT) for name in ("Eins", "Zwei"))
    probe = one.sensors[0]
    entry = await world.add_account()
    registry = er.async_get(hass)
    old, new = base(one), f"{two.serial}_{probe.serial}_1"
    registry.async_get_or_create("sensor", DOMAIN, new, config_entry=entry)
    entity_id = world.entity_id(old)
    fleet.move(probe.serial, two.serial)
    await world.advance(CYCLE, step=QUARTER)
    assert float(world.value(new))
    assert world.entity_id(old) == entity_id
    await world.advance(CYCLE, step=QUARTER)
    assert registry.async_get(entity_id) is None


async def test_a_sensor_that_is_told_twice_of_one_logger_is_one(
    world: World, fleet: Fleet, site: Site
) -> None:
    """Under the uuid of before beside the new one."""
    logger = fleet.add_logger(site, "Zwei Fühler", kind=Kind.PROBES)
    logger.sensors[1].serial = logger.sensors[0].serial
    await world.add_account()
    assert float(world.value(base(logger)))
