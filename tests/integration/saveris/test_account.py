"""The same entities as with a key, and more of them."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.kinds.table import KINDS
from tests.integration.conftest import MINUTE
from tests.simulator import (
    Fleet,
    Gateway,
    Kind,
    Logger,
    RadioSensor,
    Simulator,
    Site,
    Window,
    band,
)

from .conftest import SaverisWorld

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def radio(gateway: Gateway) -> RadioSensor:
    """Return the radio sensor."""
    (sensor,) = gateway.sensors
    assert isinstance(sensor, RadioSensor)
    return sensor


def base(logger: Logger) -> str:
    """Return the unique id of the first channel of a logger."""
    return f"{logger.serial}_{logger.sensors[0].serial}_1"


def change(fleet: Fleet, logger: Logger, *, at: tuple[int, int], to: tuple[float, float]) -> None:
    """Let the upper limit of a fridge change twice a day."""
    first, second = (hour * HOUR for hour in at)
    fleet.set_equipment(
        logger,
        windows=(
            Window(first, second, band("Temperature", alarm=(2.0, to[0]))),
            Window(second, first or DAY, band("Temperature", alarm=(2.0, to[1]))),
        ),
    )


async def test_an_account_shows_what_its_cloud_has(
    world: SaverisWorld, logger: Logger, gateway: Gateway, radio: RadioSensor
) -> None:
    entry = await world.add_account()
    assert entry.unique_id == world.fleet.tenant_uuid
    assert entry.data["kind"] == "saveris_data"
    assert float(world.value(base(logger)))
    assert float(world.value(f"{gateway.serial}_{radio.serial}_1"))
    assert world.value(f"{logger.serial}_battery") == str(logger.battery)
    assert world.value(f"{radio.serial}_battery") == str(radio.battery)
    assert world.value(f"{radio.serial}_connection") == "on"
    with pytest.raises(KeyError):
        world.entity_id(f"{gateway.serial}_battery")


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_radio_sensor_has_a_status_of_its_own(
    world: SaverisWorld, gateway: Gateway, radio: RadioSensor
) -> None:
    await world.add_account()
    assert int(world.value(f"{radio.serial}_battery_days")) > 0
    assert 0 < int(world.value(f"{radio.serial}_signal")) <= 100
    radio.battery = 3
    await world.advance(30 * MINUTE)
    assert world.value(f"{radio.serial}_battery") == "3"
    diagnosed = await world.diagnostics(world.hass.config_entries.async_entries(DOMAIN)[0])
    assert "3" in str(diagnosed["instruments"])
    assert gateway.serial not in str(diagnosed)


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_without_a_known_time_zone_that_of_home_assistant_counts(
    hass: HomeAssistant, world: SaverisWorld, fleet: Fleet, logger: Logger
) -> None:
    await hass.config.async_set_time_zone("America/New_York")
    change(fleet, logger, at=(8, 20), to=(9.0, 7.0))
    world.faults.on = {"tenants": {"refused": 403}}
    await world.add_account()
    assert float(world.value(f"{base(logger)}_upper_alarm_limit")) == 7.0


def test_the_hosts_of_the_regions() -> None:
    kind = KINDS["saveris_data"]
    data = {"region": "eu", "environment": "p", "base_url": None}
    assert kind.hosts(data) == {"reach_saveris_eu": "https://data-api.eu.p.savr.saveris.net"}
    assert kind.hosts({**data, "base_url": "https://own.example"}) == {}


async def test_without_radio_sensors_nobody_asks_for_their_status(
    world: SaverisWorld, logger: Logger
) -> None:
    assert logger.serial
    await world.add_account()
    await world.advance(HOUR)
    assert world.jobs("/v4/devices/status") >= 4
    assert world.jobs("/v4/sensors/status") == 0


async def test_a_tenant_exists_once_whichever_way_it_is_read(
    hass: HomeAssistant, world: SaverisWorld, logger: Logger
) -> None:
    """An account with a key of the same customer is the same account."""
    assert logger.serial
    await world.add_account()
    other = Simulator(world.fleet)
    other.faults.run_time = 0
    await other.start()
    try:
        result = await world.submit(
            await world.start_flow("smart_connect"),
            {
                "region": "eu",
                "api_key": other.api_key,
                "advanced": {"base_url": other.base_url},
            },
        )
    finally:
        await other.stop()
    assert result["type"] == "abort"
    assert result["reason"] == "already_configured"
    assert len(hass.config_entries.async_entries(DOMAIN)) == 1


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_the_limits_of_a_channel_are_those_in_force(
    hass: HomeAssistant, world: SaverisWorld, fleet: Fleet, site: Site
) -> None:
    """By day others than by night, in the time zone of the customer; two fridges at one site."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    fleet.connection_timeout = timedelta(days=3)
    fridge = fleet.add_logger(site, "Kühlschrank", kind=Kind.TEMPERATURE)
    freezer = fleet.add_logger(
        site, "Truhe", kind=Kind.TEMPERATURE, limits=band("Temperature", alarm=(-30.0, -15.0))
    )
    fleet.set_equipment(
        fridge,
        windows=(
            Window(6 * HOUR, 22 * HOUR, band("Temperature", alarm=(2.0, 9.0), warning=(3.0, 8.0))),
            Window(22 * HOUR, 6 * HOUR, band("Temperature", alarm=(1.0, 7.0))),
        ),
    )
    await world.add_account()
    upper = f"{base(fridge)}_upper_alarm_limit"
    assert float(world.value(upper)) == 9.0
    assert float(world.value(f"{base(fridge)}_upper_warning_limit")) == 8.0
    assert world.value(f"{base(fridge)}_warning") == "off"
    assert float(world.value(f"{base(freezer)}_upper_alarm_limit")) == -15.0
    # 22:00 in Berlin
    await world.to(world.now.replace(hour=20, minute=0, second=5))
    assert float(world.value(upper)) == 7.0
    assert world.value(f"{base(fridge)}_upper_warning_limit") == "unavailable"
    # 6:00 the next morning
    await world.to((world.now + DAY).replace(hour=4, minute=0, second=5), step=5 * MINUTE)
    assert float(world.value(upper)) == 9.0


async def test_the_limit_of_an_alarm_is_that_of_its_time(
    hass: HomeAssistant, world: SaverisWorld, fleet: Fleet, site: Site
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    logger = fleet.add_logger(
        site, "Kühlschrank", kind=Kind.TEMPERATURE, limits=band("Temperature", alarm=(2.0, 8.0))
    )
    noon = 12 * HOUR
    fleet.set_equipment(
        logger,
        windows=(
            Window(timedelta(), noon, band("Temperature", alarm=(2.0, 8.0))),
            Window(noon, DAY, band("Temperature", alarm=(2.0, 8.5))),
        ),
    )
    probe = logger.sensors[0].channels[0]
    await world.add_account()
    # 11:50 in Berlin, and 14:50
    probe.hold(world.now, world.now + HOUR, 9.0)
    probe.hold(world.now + 3 * HOUR, world.now + 4 * HOUR, 9.0)
    await world.advance(5 * HOUR, step=5 * MINUTE)
    raised = [it for it in world.events(logger.serial) if it["event_type"] == "alarm_raised"]
    limits = [it["limit"] for it in raised]
    assert limits[1:] == [8.5]
    assert limits[0] == (8.0 if raised[0]["raised_at"] < "2026-07-01T10:00" else 8.5)


@pytest.mark.expect_warnings
async def test_equipment_lends_its_name_where_there_is_none(
    hass: HomeAssistant, world: SaverisWorld, fleet: Fleet, site: Site
) -> None:
    """And its area to a site that nobody named."""
    logger = fleet.add_logger(site, "", kind=Kind.TEMPERATURE)
    fleet.set_equipment(logger, title="Fridge 1", part="Top shelf", area="Kitchen")
    world.faults.set({"on": {"locations": {"forbidden": True}}})
    entry = await world.add_account()
    await world.advance(5 * MINUTE)
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, logger.serial), entry.entry_id
    )
    assert device is not None
    assert device.name == "Fridge 1"
    assert "fridge_1" in world.entity_id(f"{logger.serial}_connection")
    area = ar.async_get(hass).async_get_area_by_name("Kitchen")
    assert area is not None
    assert device.area_id == area.id


@pytest.mark.parametrize("code", [400, 403, 404])
@pytest.mark.parametrize(
    "resource", ["properties", "status", "sensor_status", "equipments", "tenants"]
)
async def test_what_has_no_job_is_answered_at_once(  # noqa: PLR0913, PLR0917  fixtures
    world: SaverisWorld,
    fleet: Fleet,
    site: Site,
    logger: Logger,
    radio: RadioSensor,
    resource: str,
    code: int,
) -> None:
    """An account looks the same, and is not asked for the job again."""
    change(fleet, logger, at=(0, 12), to=(8.0, 9.0))
    world.faults.on = {resource: {"refused_async": code}}
    entry = await world.add_account()
    await world.advance(20 * MINUTE)
    assert site.name
    if resource != "properties":
        # There nothing tells which sensors send by radio.
        assert world.value(f"{radio.serial}_battery") == str(radio.battery)
    assert world.value(f"{logger.serial}_battery") == str(logger.battery)
    assert float(world.value(base(logger)))
    issues = {it.translation_key for it in ir.async_get(world.hass).issues.values()}
    assert issues <= {"deprecated_until"}
    refused = [it for it in world.requests("POST") if it.status == code]
    # A refusal of the properties may be about their columns.
    assert len(refused) <= 1 + (resource == "properties")
    assert await world.hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    assert len([it for it in world.requests("POST") if it.status == code]) == len(refused)


async def test_the_job_is_tried_again_once_a_day(
    world: SaverisWorld, logger: Logger, radio: RadioSensor
) -> None:
    """A refusal may have been about something else: radio sensors come back."""
    assert logger.serial
    world.faults.on = {"properties": {"refused_async": 403}}
    entry = await world.add_account()
    await world.advance(DAY, step=15 * MINUTE)
    with pytest.raises(KeyError):
        world.entity_id(f"{radio.serial}_battery")
    world.faults.on = {}
    await world.advance(3 * DAY, step=15 * MINUTE)
    assert world.value(f"{radio.serial}_battery") == str(radio.battery)
    refused = [it for it in world.requests("POST", "/v3/devices/properties") if it.status == 403]
    assert len(refused) <= 4
    assert len(world.requests("GET", "/v1/devices/properties")) <= 5
    assert await world.hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    assert world.value(f"{radio.serial}_battery") == str(radio.battery)


@pytest.mark.parametrize("code", [400, 403])
async def test_one_refusal_moves_no_radio_sensor(
    hass: HomeAssistant, world: SaverisWorld, logger: Logger, radio: RadioSensor, code: int
) -> None:
    """The answer that comes at once does not tell which ones send by radio."""
    assert logger.serial
    entry = await world.add_account()
    await world.advance(HOUR)
    world.faults.on = {"properties": {"refused_async": code}}
    await world.advance(26 * HOUR, step=15 * MINUTE)
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, radio.serial), entry.entry_id
    )
    assert device is not None
    assert world.value(f"{radio.serial}_battery") == str(radio.battery)


@pytest.mark.expect_warnings
async def test_readings_go_on_where_the_status_of_radio_sensors_is_refused(
    world: SaverisWorld, logger: Logger, radio: RadioSensor
) -> None:
    assert logger.serial
    assert radio.serial
    world.faults.on = {"sensor_status": {"refused": 403}}
    await world.add_account()
    await world.advance(HOUR)
    before = world.jobs("/v2/measurements")
    await world.advance(4 * HOUR)
    assert world.jobs("/v2/measurements") - before >= 14
    assert world.jobs("/v4/sensors/status") <= 2
    (issue,) = ir.async_get(world.hass).issues.values()
    assert issue.translation_key == "no_permission_login"
    world.faults.on = {}
    await world.advance(7 * HOUR, step=5 * MINUTE)
    assert world.value(f"{radio.serial}_battery") == str(radio.battery)
    assert not ir.async_get(world.hass).issues


@pytest.mark.expect_warnings
@pytest.mark.parametrize("minutes", [15, 60])
async def test_a_status_that_is_refused_changes_no_pace(
    hass: HomeAssistant, world: SaverisWorld, logger: Logger, minutes: int
) -> None:
    """Readings are read as often as the user has chosen, neither more nor less often."""
    assert logger.serial
    entry = await world.add_account()
    options = {**entry.options, "measurement_interval": minutes}
    hass.config_entries.async_update_entry(entry, options=options)
    world.faults.on = {"status": {"refused": 403}}
    await hass.config_entries.async_reload(entry.entry_id)
    await world.advance(2 * HOUR)
    before = world.jobs("/v2/measurements")
    await world.advance(6 * HOUR)
    expected = 6 * 60 / minutes
    assert 0.85 * expected <= world.jobs("/v2/measurements") - before <= expected + 2
    (issue,) = ir.async_get(hass).issues.values()
    assert issue.translation_key == "no_permission_login"


@pytest.mark.expect_warnings
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_time_zones_that_may_not_be_read_are_named(
    world: SaverisWorld, fleet: Fleet, logger: Logger
) -> None:
    change(fleet, logger, at=(8, 20), to=(9.0, 7.0))
    world.faults.on = {"tenants": {"refused": 403}}
    await world.add_account()
    assert float(world.value(f"{base(logger)}_upper_alarm_limit")) in {9.0, 7.0}
    (issue,) = ir.async_get(world.hass).issues.values()
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["resources"] == "time zones"


@pytest.mark.expect_warnings
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize("fault", [{"server_error": 503}, {"refused": 403}, {"refused": 404}])
async def test_limits_go_on_where_time_zones_cannot_be_read_any_more(
    hass: HomeAssistant, world: SaverisWorld, fleet: Fleet, logger: Logger, fault: dict[str, int]
) -> None:
    """Those that were read once stay: eleven in the morning in Berlin is night in New York."""
    await hass.config.async_set_time_zone("America/New_York")
    change(fleet, logger, at=(8, 20), to=(9.0, 7.0))
    await world.add_account()
    upper = f"{base(logger)}_upper_alarm_limit"
    assert float(world.value(upper)) == 9.0
    world.faults.on = {"tenants": fault}
    change(fleet, logger, at=(8, 20), to=(8.5, 7.5))
    await world.to(world.now.replace(hour=9, minute=0, second=5) + DAY, step=5 * MINUTE)
    assert float(world.value(upper)) == 8.5


@pytest.mark.expect_warnings
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_time_zone_that_cannot_be_read_once_stays(
    hass: HomeAssistant, world: SaverisWorld, fleet: Fleet, logger: Logger
) -> None:
    """Eleven in the morning in Berlin is night in New York."""
    await hass.config.async_set_time_zone("America/New_York")
    change(fleet, logger, at=(8, 20), to=(9.0, 7.0))
    entry = await world.add_account()
    assert float(world.value(f"{base(logger)}_upper_alarm_limit")) == 9.0
    world.faults.on = {"tenants": {"server_error": 503}}
    await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    assert float(world.value(f"{base(logger)}_upper_alarm_limit")) == 9.0


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_limit_ends_where_none_begins(
    hass: HomeAssistant, world: SaverisWorld, fleet: Fleet, logger: Logger
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    # 12:07 in Berlin
    end = 12 * HOUR + 7 * MINUTE
    fleet.set_equipment(
        logger, windows=(Window(6 * HOUR, end, band("Temperature", alarm=(2.0, 9.0))),)
    )
    await world.add_account()
    assert float(world.value(f"{base(logger)}_upper_alarm_limit")) == 9.0
    await world.to(world.now.replace(hour=10, minute=8, second=0))
    assert world.value(f"{base(logger)}_upper_alarm_limit") == "unavailable"


@pytest.mark.expect_warnings
async def test_what_an_account_may_not_read_is_named_and_the_rest_goes_on(
    world: SaverisWorld, logger: Logger, radio: RadioSensor
) -> None:
    world.faults.on = {"sensor_status": {"refused": 403}, "equipments": {"refused": 403}}
    await world.add_account()
    await world.advance(45 * MINUTE)
    (issue,) = ir.async_get(world.hass).issues.values()
    assert issue.translation_key == "no_permission_login"
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["resources"] == (
        "limits and names of equipment, status of the radio sensors"
    )
    assert float(world.value(base(logger)))
    assert world.value(f"{world.fleet.tenant_uuid}_cloud") == "on"
    assert radio.serial
    asked = len(world.requests("POST")) + len(world.requests("GET"))
    await world.advance(timedelta(hours=2), step=5 * MINUTE)
    more = len(world.requests("POST")) + len(world.requests("GET")) - asked
    assert more < 2 * 120


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_switched_off_equipment_and_odd_units_say_nothing(
    world: SaverisWorld, fleet: Fleet, logger: Logger
) -> None:
    fleet.set_equipment(logger, active=False)
    await world.add_account()
    # Those of the measuring objects count then.
    assert float(world.value(f"{base(logger)}_upper_alarm_limit")) == 8.0


async def test_reports_name_the_limits_of_the_channel(
    world: SaverisWorld, fleet: Fleet, logger: Logger, site: Site
) -> None:
    """One that changes in the course of the day is no single limit."""
    other = fleet.add_logger(site, "Bar", kind=Kind.TEMPERATURE)
    change(fleet, other, at=(0, 12), to=(8.0, 9.0))
    await world.add_account()
    found: Any = await world.hass.services.async_call(
        DOMAIN, "get_report", {"period": "today"}, blocking=True, return_response=True
    )
    limits = {
        it["serial"]: {limit["direction"]: limit["value"] for limit in it["channels"][0]["limits"]}
        for it in found["reports"]
    }
    assert limits == {logger.serial: {"lower": 2.0, "upper": 8.0}, other.serial: {"lower": 2.0}}
