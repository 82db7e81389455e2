"""Actions on sites: what each asks for, who may take it, what it refuses."""

from typing import Any

from homeassistant.const import EVENT_LOGBOOK_ENTRY
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockUser, async_capture_events

from custom_components.testo_smart_connect.const import DOMAIN
from tests.simulator import Fleet, Kind, Logger, Site

from .conftest import HOUR, MINUTE, SettingsWorld


async def watch(world: SettingsWorld, logger: Logger, **changes: Any) -> None:
    """Have the first channel of a logger watched."""
    sensor = logger.sensors[0]
    entity = world.entity_id(f"{logger.serial}_{sensor.serial}_{sensor.channels[0].number}")
    said: dict[str, Any] = {"site": "Apotheke Köln", "name": "X", "entity_id": entity, "upper": 8}
    await call(world, "create_measuring_object", **said | changes)


async def call(world: SettingsWorld, action: str, *, answers: bool = False, **data: Any) -> Any:
    """Take an action as an automation does."""
    answer = await world.hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=answers
    )
    await world.settle()
    return answer


@pytest.mark.parametrize("named", ["Apotheke Köln", "uuid"])
async def test_the_key_of_a_site(
    world: SettingsWorld, site: Site, fridge: Logger, named: str
) -> None:
    assert fridge
    await world.add_login(write=False)
    asked = site.id if named == "uuid" else named
    told = await call(world, "get_connect_key", answers=True, site=asked)
    assert told == {"site": site.id, "connect_key": world.management.connect_keys[site.id]}
    assert not world.management.writes


async def test_a_new_site(hass: HomeAssistant, world: SettingsWorld, fridge: Logger) -> None:
    assert fridge
    hass.config.components.add("logbook")
    written = async_capture_events(hass, EVENT_LOGBOOK_ENTRY)
    await world.add_login()
    told = await call(world, "create_site", answers=True, site=" Filiale Bonn ")
    made = world.fleet.sites[-1]
    assert made.name == "Filiale Bonn"
    key = world.management.connect_keys[made.id]
    assert told == {"site": "Filiale Bonn", "connect_key": key}
    (entry,) = written
    assert "Filiale Bonn" in entry.data["message"]
    assert key not in str(entry.data)


async def test_the_time_zone_where_it_can_be_read(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger
) -> None:
    assert fridge
    hass.config.components.add("logbook")
    written = async_capture_events(hass, EVENT_LOGBOOK_ENTRY)
    world.management.odd.readable.add("settings")
    world.management.odd.partial = "wipes"
    await world.add_login()
    await call(world, "set_site_time_zone", site="Apotheke Köln", time_zone="Europe/Vienna")
    (write,) = world.management.writes
    assert write.before is not None
    assert write.body == write.before | {"timezone": "Europe/Vienna"}
    for word in ("Europe/Berlin", "Europe/Vienna"):
        assert word in written[0].data["message"]
    await call(world, "set_site_time_zone", site="Apotheke Köln", time_zone="Europe/Vienna")
    assert (len(world.management.writes), len(written)) == (1, 1), "it is so already"


async def test_the_time_zone_where_it_cannot(world: SettingsWorld, fridge: Logger) -> None:
    assert fridge
    await world.add_login()
    with pytest.raises(HomeAssistantError) as refused:
        await call(world, "set_site_time_zone", site="Apotheke Köln", time_zone="Europe/Vienna")
    assert refused.value.translation_key == "settings_refused"
    with pytest.raises(ServiceValidationError) as wrong:
        await call(world, "set_site_time_zone", site="Apotheke Köln", time_zone="Mars/Olympus")
    assert wrong.value.translation_key == "no_time_zone"
    assert not world.management.writes


async def test_a_time_zone_of_another_form(world: SettingsWorld, fridge: Logger) -> None:
    """A wrong guess only ever means that it is not offered."""
    assert fridge
    world.management.odd.readable.add("settings")
    await world.add_login()
    settings = world.management.documents
    await call(world, "set_site_time_zone", site="Apotheke Köln", time_zone="Europe/Vienna")
    for stored in settings.__dict__.values():
        for document in stored.values() if isinstance(stored, dict) else ():
            document["zone"] = document.pop("timezone", None)
    with pytest.raises(HomeAssistantError) as refused:
        await call(world, "set_site_time_zone", site="Apotheke Köln", time_zone="Europe/Paris")
    assert refused.value.translation_key == "settings_not_offered"
    assert len(world.management.writes) == 1


async def test_something_to_be_watched(
    world: SettingsWorld, fleet: Fleet, site: Site, fridge: Logger
) -> None:
    assert fridge
    fresh = fleet.add_logger(site, "Neu", kind=Kind.CLIMATE, limits=())
    await world.add_login()
    channel = fresh.sensors[0].channels[0]
    value = f"{fresh.serial}_{fresh.sensors[0].serial}_{channel.number}"
    await call(
        world,
        "create_measuring_object",
        site="Apotheke Köln",
        name="Impfstoffe",
        entity_id=world.entity_id(value),
        lower=2,
        upper=8,
        delay=10,
    )
    post, put = world.management.writes
    assert (post.method, post.status, put.method, put.status) == ("POST", 200, "PUT", 200)
    assert post.body["name"] == "Impfstoffe"
    (watched,) = post.body["logical_channels"]
    assert watched["sensor_uuid"] == fresh.sensors[0].uuid
    (conditions,) = put.body["measurement_alarm_condition_set"]
    told = [
        (it["measurement_alarm_condition_type_id"], it["limit_value"], it["delay"])
        for it in conditions["measurement_alarm_conditions"]
    ]
    assert told == [("MACT_LOWER_LIMIT", 2.0, 600_000), ("MACT_UPPER_LIMIT", 8.0, 600_000)]
    channel.hold(world.now, world.now + 10 * HOUR, 30.0)
    await world.advance(2 * HOUR, step=5 * MINUTE)
    assert world.value(f"{value}_alarm") == "on"


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"lower": 8, "upper": 2}, "limits_swapped"),
        ({}, "no_limit"),
        ({"entity_id": "sensor.nowhere", "upper": 8}, "no_channel"),
        ({"entity_id": "door", "upper": 8}, "not_settable"),
    ],
)
async def test_what_cannot_be_watched(
    world: SettingsWorld, fleet: Fleet, fridge: Logger, changes: dict[str, Any], key: str
) -> None:
    door = fleet.add_logger(fridge.site, "Tür", kind=Kind.DOOR)
    await world.add_login()
    meant = door if changes.get("entity_id") == "door" else fridge
    sensor = meant.sensors[0]
    entity = world.entity_id(f"{meant.serial}_{sensor.serial}_{sensor.channels[0].number}")
    data = {"site": "Apotheke Köln", "name": "X"} | changes
    if meant is door or "entity_id" not in changes:
        data["entity_id"] = entity
    with pytest.raises(ServiceValidationError) as refused:
        await call(world, "create_measuring_object", **data)
    assert refused.value.translation_key == key
    assert not world.management.writes


async def test_a_delay_is_whole_minutes(world: SettingsWorld, fridge: Logger) -> None:
    """Nobody gets another one than was asked for."""
    await world.add_login()
    with pytest.raises(probatio.Invalid):
        await watch(world, fridge, delay=2.5)
    assert not world.management.writes
    await watch(world, fridge, delay="3.0")
    (conditions,) = world.management.writes[-1].body["measurement_alarm_condition_set"]
    assert conditions["measurement_alarm_conditions"][0]["delay"] == 180_000


@pytest.mark.parametrize("way", ["no uuid", "refused"])
async def test_something_that_is_only_half_created(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger, way: str
) -> None:
    hass.config.components.add("logbook")
    written = async_capture_events(hass, EVENT_LOGBOOK_ENTRY)
    await world.add_login()
    world.management.odd.no_uuid = way == "no uuid"
    world.management.odd.puts_refused = None if way == "no uuid" else 403
    with pytest.raises(HomeAssistantError) as refused:
        await watch(world, fridge, name="Impfstoffe")
    assert refused.value.translation_key == "half_created"
    (entry,) = written
    for words in ("Impfstoffe", "its limits could not be confirmed"):
        assert words in entry.data["message"]


async def test_an_answer_that_nobody_understands_says_that_it_was_taken(
    world: SettingsWorld, fridge: Logger
) -> None:
    await world.add_login()
    world.management.odd.put_body = "text"
    sensor = fridge.sensors[0]
    entity = world.entity_id(f"{fridge.serial}_{sensor.serial}_{sensor.channels[0].number}")
    said: dict[str, Any] = {"site": "Apotheke Köln", "name": "X", "entity_id": entity}
    await call(world, "create_measuring_object", upper=8, **said)
    assert [it.status for it in world.management.writes] == [200, 200]


async def test_limits_are_meant_in_the_unit_that_is_shown(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger
) -> None:
    world.faults.fahrenheit = True
    await world.add_login()
    sensor = fridge.sensors[0]
    entity = world.entity_id(f"{fridge.serial}_{sensor.serial}_{sensor.channels[0].number}")
    state = hass.states.get(entity)
    assert state is not None
    upper = 46.4 if state.attributes["unit_of_measurement"] == "°F" else 8
    await call(
        world,
        "create_measuring_object",
        site="Apotheke Köln",
        name="X",
        entity_id=entity,
        upper=upper,
    )
    conditions = world.management.writes[-1].body["measurement_alarm_condition_set"][0]
    (condition,) = conditions["measurement_alarm_conditions"]
    assert condition["limit_value"] == pytest.approx(8.0)
    assert condition["physical_unit_id"] == "PU_DEGREE_CELSIUS"


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("create_site", {}),
        ("set_site_time_zone", {"time_zone": "Europe/Vienna"}),
        ("create_measuring_object", {"name": "X", "entity_id": "sensor.x", "upper": 8}),
    ],
)
async def test_without_the_option_nothing_is_written(
    world: SettingsWorld, fridge: Logger, action: str, more: dict[str, Any]
) -> None:
    assert fridge
    await world.add_login(write=False)
    with pytest.raises(ServiceValidationError) as refused:
        await call(world, action, site="Apotheke Köln", **more)
    assert refused.value.translation_key == "read_only"
    assert not world.management.writes


async def test_without_a_login(world: SettingsWorld, fridge: Logger) -> None:
    assert fridge
    await world.add_account()
    with pytest.raises(ServiceValidationError) as refused:
        await call(world, "get_connect_key", answers=True, site="Apotheke Köln")
    assert refused.value.translation_key == "no_settings_login"


async def test_a_cloud_that_fails(world: SettingsWorld, fridge: Logger) -> None:
    assert fridge
    await world.add_login()
    world.management.faults.server_error = 500
    for action, key in (("get_connect_key", "write_failed"), ("create_site", "write_unclear")):
        with pytest.raises(HomeAssistantError) as refused:
            await call(world, action, answers=True, site="Apotheke Köln")
        assert refused.value.translation_key == key
    world.management.faults.server_error = None
    world.management.odd.key_name = "account_id"
    with pytest.raises(HomeAssistantError) as refused:
        await call(world, "get_connect_key", answers=True, site="Apotheke Köln")
    assert refused.value.translation_key == "settings_not_offered"


@pytest.mark.parametrize("answer", ["of another form", "web page", "cut"])
async def test_a_creation_whose_answer_cannot_be_read(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger, answer: str
) -> None:
    """It was sent: nobody may say that nothing was changed."""
    hass.config.components.add("logbook")
    written = async_capture_events(hass, EVENT_LOGBOOK_ENTRY)
    await world.add_login()
    world.management.odd.key_name = "account_id"
    if answer != "of another form":
        world.management.faults.set({"html": True} if answer == "web page" else {"cut_body": True})
    with pytest.raises(HomeAssistantError) as refused:
        await call(world, "create_site", answers=True, site="Bonn")
    assert refused.value.translation_key == "write_unclear"
    if answer != "of another form":
        with pytest.raises(HomeAssistantError) as refused:
            await watch(world, fridge)
        assert refused.value.translation_key == "write_unclear"
        assert "Measuring object X" in written[-1].data["message"]
    assert "Site Bonn" in written[0].data["message"]
    assert all("the result could not be confirmed" in it.data["message"] for it in written)


async def test_a_creation_that_is_refused_is_not_in_the_logbook(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger
) -> None:
    hass.config.components.add("logbook")
    written = async_capture_events(hass, EVENT_LOGBOOK_ENTRY)
    await world.add_login()
    world.management.faults.forbidden = True
    with pytest.raises(HomeAssistantError):
        await call(world, "create_site", answers=True, site="Bonn")
    with pytest.raises(HomeAssistantError):
        await watch(world, fridge)
    assert not written


@pytest.mark.parametrize(
    ("asked", "named"), [("Bonn", "Bonn"), ("id", "Lager"), ("Lager", "Lager")]
)
async def test_a_failure_names_the_site_that_was_asked_for(
    world: SettingsWorld, fleet: Fleet, fridge: Logger, asked: str, named: str
) -> None:
    """It need not be that of the login, which is named where the login is meant."""
    assert fridge
    other = fleet.add_site("Lager")
    fleet.add_logger(other, "Labor", kind=Kind.TEMPERATURE)
    await world.add_login()
    site = other.id if asked == "id" else asked
    world.management.faults.forbidden = True
    with pytest.raises(HomeAssistantError) as refused:
        await call(world, "get_connect_key", answers=True, site=site)
    assert refused.value.translation_key == "settings_not_allowed"
    told = refused.value.translation_placeholders
    assert told is not None
    assert (told["site"], told["login"]) == (named, "Apotheke Köln")
    world.management.faults.forbidden = False
    await world.go(await world.reconfigure(), world.login(write=False))
    await world.settle()
    with pytest.raises(ServiceValidationError) as closed:
        await call(world, "create_site", answers=True, site=site)
    assert closed.value.translation_placeholders == {"site": named}


async def test_what_is_watched_is_told_by_the_name_of_the_site(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger
) -> None:
    hass.config.components.add("logbook")
    written = async_capture_events(hass, EVENT_LOGBOOK_ENTRY)
    await world.add_login()
    await watch(world, fridge)
    assert "Apotheke Köln" in written[0].data["message"]


@pytest.mark.parametrize("action", ["create_site", "set_site_time_zone"])
async def test_a_site_without_a_login_is_changed_by_one_that_may(
    world: SettingsWorld, fleet: Fleet, fridge: Logger, action: str
) -> None:
    """Not by whichever was added first."""
    assert fridge
    other, third = fleet.add_site("Lager"), fleet.add_site("Bonn")
    for site in (other, third):
        fleet.add_logger(site, "Labor", kind=Kind.TEMPERATURE)
    world.management.odd.readable.add("settings")
    await world.add_login(write=False)
    await world.go(await world.begin(), world.login(site=other.id))
    await world.settle()
    said: dict[str, Any] = {"site": third.id}
    if action == "set_site_time_zone":
        said["time_zone"] = "Europe/Vienna"
    await call(world, action, **said)
    assert [it.status for it in world.management.writes] == [200]


async def test_only_administrators_get_keys(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger, hass_read_only_user: MockUser
) -> None:
    assert fridge
    await world.add_login()
    for action in ("get_connect_key", "create_site"):
        with pytest.raises(Unauthorized):
            await hass.services.async_call(
                DOMAIN,
                action,
                {"site": "Apotheke Köln"},
                blocking=True,
                return_response=True,
                context=Context(user_id=hass_read_only_user.id),
            )
    assert not world.management.connect_keys
