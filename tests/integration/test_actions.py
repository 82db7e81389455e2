"""Acknowledging and snoozing: what people do about alarms, in Home Assistant alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.auth.models import User
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_LOGBOOK_ENTRY
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_load_integrations
from homeassistant.setup import async_setup_component
import probatio
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE, START, World
from tests.simulator import Fleet, Kind, Logger, Sensor, Simulator, band

TEN = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LONG = TEN + 60 * HOUR
HANDLING = ("acknowledged", "acknowledged_by", "acknowledged_at", "note", "snoozed_until")
UNTOUCHED = (False, None, None, None, None)


@pytest.fixture
def logger(fleet: Fleet) -> Logger:
    """Return a fridge with a temperature that is too high."""
    return fridge(fleet, "Kühlschrank 1")


def fridge(fleet: Fleet, name: str, kind: Kind = Kind.TEMPERATURE) -> Logger:
    """Add a fridge that is too warm for a long time."""
    fleet.connection_timeout = timedelta(days=3)
    site = fleet.sites[0] if fleet.sites else fleet.add_site("Apotheke Köln")
    logger = fleet.add_logger(
        site,
        name,
        kind=kind,
        measuring=5 * MINUTE,
        communication=5 * MINUTE,
        limits=band("Temperature", alarm=(-50, 50)),
    )
    for sensor in logger.sensors:
        sensor.channels[0].hold(START - HOUR, LONG, 60.0)
    return logger


def alarm(sensor: Logger | Sensor) -> str:
    """Return the unique id of the alarm of the first channel."""
    probe = sensor.sensors[0] if isinstance(sensor, Logger) else sensor
    return f"{probe.device.serial}_{probe.serial}_1_alarm"


def acknowledgements(world: World, unique_id: str) -> tuple[Any, ...]:
    """Return what an alarm entity says was done."""
    attributes = world.state(unique_id).attributes
    told = {name: attributes[name] for name in HANDLING}
    for name in ("acknowledged_at", "snoozed_until"):
        if told[name] is not None:
            told[name] = datetime.fromisoformat(told[name])
    return tuple(told.values())


async def call(world: World, action: str, context: Context | None = None, **data: Any) -> None:
    """Call an action, as an automation does unless a context is given."""
    await world.hass.services.async_call(DOMAIN, action, data, blocking=True, context=context)


async def restart(world: World, entry: ConfigEntry[Any], pause: timedelta = 5 * MINUTE) -> None:
    """Let Home Assistant be down for a while."""
    assert await world.hass.config_entries.async_unload(entry.entry_id)
    await world.advance(pause)
    assert await world.hass.config_entries.async_setup(entry.entry_id)
    await world.settle()


@pytest.mark.quality_rule("action-setup")
async def test_actions_exist_without_an_account(hass: HomeAssistant, world: World) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    for action in ("acknowledge_alarm", "snooze_alarms", "confirm_review"):
        assert hass.services.has_service(DOMAIN, action)
    with pytest.raises(ServiceValidationError) as caught:
        await call(world, "acknowledge_alarm", episode_id="x")
    assert caught.value.translation_key == "service_found_no_config_entry_for_domain"


async def test_all_open_alarms_of_a_device_are_acknowledged(
    world: World, logger: Logger, hass_admin_user: User
) -> None:
    logger.low_battery(START - HOUR)
    await world.add_account()
    system = f"{logger.serial}_system_alarm"
    assert acknowledgements(world, alarm(logger)) == acknowledgements(world, system) == UNTOUCHED
    changed = len(world.changes)

    await call(
        world,
        "acknowledge_alarm",
        Context(user_id=hass_admin_user.id),
        device_id=world.device_id(logger.serial),
        note="  Door was left open ",
    )
    done = (True, hass_admin_user.name, world.now, "Door was left open", None)
    assert acknowledgements(world, alarm(logger)) == acknowledgements(world, system) == done
    touched = {entity_id for entity_id, _ in world.changes[changed:]}
    assert touched == {world.entity_id(alarm(logger)), world.entity_id(system)}
    assert world.value(alarm(logger)) == world.value(system) == "on"
    assert world.value(f"{world.fleet.tenant_uuid}_active_alarms") == "1"


async def test_one_episode_is_acknowledged_by_its_id(world: World, fleet: Fleet) -> None:
    one, two = fridge(fleet, "Eins"), fridge(fleet, "Zwei")
    await world.add_account()
    episode = world.state(alarm(one)).attributes["episode_id"]
    await call(world, "acknowledge_alarm", episode_id=episode)
    assert acknowledgements(world, alarm(one)) == (True, "automation", world.now, None, None)
    assert acknowledgements(world, alarm(two)) == UNTOUCHED


async def test_the_first_acknowledgement_stays(world: World, logger: Logger) -> None:
    await world.add_account()
    device = world.device_id(logger.serial)
    await call(world, "acknowledge_alarm", device_id=[device, device], note="first")
    first = acknowledgements(world, alarm(logger))
    await world.advance(5 * MINUTE)
    await call(world, "acknowledge_alarm", device_id=device, note="second")
    await call(world, "acknowledge_alarm", episode_id=episode_of(world, logger), note="third")
    assert acknowledgements(world, alarm(logger)) == first


def episode_of(world: World, logger: Logger) -> str:
    """Return the id of the open episode of a logger."""
    episode: str = world.state(alarm(logger)).attributes["episode_id"]
    return episode


async def test_a_probe_is_acknowledged_without_its_neighbour(world: World, fleet: Fleet) -> None:
    logger = fridge(fleet, "Schrank", Kind.PROBES)
    await world.add_account()
    one, two = logger.sensors
    await call(world, "acknowledge_alarm", device_id=world.device_id(two.serial))
    assert acknowledgements(world, alarm(one)) == UNTOUCHED
    assert acknowledgements(world, alarm(two))[0] is True
    await call(world, "acknowledge_alarm", device_id=world.device_id(logger.serial))
    assert acknowledgements(world, alarm(one))[0] is True


async def test_the_next_alarm_is_not_acknowledged(world: World, fleet: Fleet) -> None:
    limits = band("Temperature", alarm=(-50, 50))
    logger = fleet.add_logger(fleet.add_site("A"), "B", kind=Kind.TEMPERATURE, limits=limits)
    channel = logger.sensors[0].channels[0]
    channel.hold(START - HOUR, TEN + HOUR, 60.0)
    channel.hold(TEN + 3 * HOUR, TEN + 5 * HOUR, 60.0)
    await world.add_account()
    episode = episode_of(world, logger)
    await call(world, "acknowledge_alarm", device_id=world.device_id(logger.serial))
    await world.to(TEN + 2 * HOUR)
    assert world.value(alarm(logger)) == "off"
    assert acknowledgements(world, alarm(logger)) == UNTOUCHED
    # Somebody reads the message late: harmless.
    await call(world, "acknowledge_alarm", episode_id=episode)
    await world.to(TEN + 4 * HOUR)
    assert world.value(alarm(logger)) == "on"
    assert episode_of(world, logger) != episode
    assert acknowledgements(world, alarm(logger)) == UNTOUCHED


async def test_acknowledgements_survive_a_restart_as_long_as_their_episode(
    world: World, fleet: Fleet, hass_storage: dict[str, Any]
) -> None:
    limits = band("Temperature", alarm=(-50, 50))
    logger = fleet.add_logger(fleet.add_site("A"), "B", kind=Kind.TEMPERATURE, limits=limits)
    logger.sensors[0].channels[0].hold(START - HOUR, TEN + HOUR, 60.0)
    entry = await world.add_account()
    store = f"{DOMAIN}.{entry.unique_id}"
    await call(
        world, "acknowledge_alarm", device_id=world.device_id(logger.serial), note="Küche weiß"
    )
    stored = hass_storage[store]["data"]["acknowledged"]
    assert list(stored) == [episode_of(world, logger)], "saved at once: HA may crash"
    before = acknowledgements(world, alarm(logger))
    await restart(world, entry)
    assert acknowledgements(world, alarm(logger)) == before
    await world.advance(34 * 24 * HOUR, step=12 * HOUR)
    assert await world.hass.config_entries.async_unload(entry.entry_id)
    assert hass_storage[store]["data"]["acknowledged"] == {}, "the episode is long forgotten"


async def test_a_snooze_ends_by_itself(world: World, logger: Logger) -> None:
    await world.add_account()
    assert world.value(alarm(logger)) == "on"
    system = f"{logger.serial}_system_alarm"
    start = world.now
    await call(world, "snooze_alarms", device_id=world.device_id(logger.serial), hours=1.5)
    for key in (alarm(logger), system):
        assert acknowledgements(world, key) == (False, None, None, None, start + 1.5 * HOUR)
    await world.to(start + 1.5 * HOUR - MINUTE)
    assert acknowledgements(world, alarm(logger))[-1] == start + 1.5 * HOUR
    # The feed is read every five minutes; the timer must not wait for that.
    await world.advance(MINUTE, step=timedelta(seconds=30))
    assert acknowledgements(world, alarm(logger)) == acknowledgements(world, system) == UNTOUCHED
    assert world.value(alarm(logger)) == "on"


async def test_events_and_states_go_on_during_a_snooze(world: World, fleet: Fleet) -> None:
    limits = band("Temperature", alarm=(-50, 50))
    logger = fleet.add_logger(fleet.add_site("A"), "B", kind=Kind.TEMPERATURE, limits=limits)
    logger.sensors[0].channels[0].hold(TEN + HOUR, LONG, 60.0)
    await world.add_account()
    await call(world, "snooze_alarms", device_id=world.device_id(logger.serial), hours=24)
    await world.to(TEN + 2 * HOUR)
    assert world.value(alarm(logger)) == "on"
    assert acknowledgements(world, alarm(logger))[-1] == START + 24 * HOUR
    assert [event["event_type"] for event in world.events(logger.serial)] == ["alarm_raised"]


async def test_snoozes_end_one_after_the_other(world: World, fleet: Fleet) -> None:
    one, two, three = (fridge(fleet, name) for name in ("Eins", "Zwei", "Drei"))
    await world.add_account()
    first, second = world.device_id(one.serial), world.device_id(two.serial)
    await call(world, "snooze_alarms", device_id=[first, second], hours=2)
    await call(world, "snooze_alarms", device_id=first, hours=1)
    assert [acknowledgements(world, alarm(it))[-1] for it in (one, two, three)] == [
        START + HOUR,
        START + 2 * HOUR,
        None,
    ]
    await world.to(START + HOUR)
    assert [acknowledgements(world, alarm(it))[-1] for it in (one, two)] == [None, START + 2 * HOUR]
    await call(world, "snooze_alarms", device_id=[first, second], hours=0)
    assert [acknowledgements(world, alarm(it))[-1] for it in (one, two)] == [None, None]


async def test_a_probe_snoozes_its_whole_logger(world: World, fleet: Fleet) -> None:
    logger = fridge(fleet, "Schrank", Kind.PROBES)
    await world.add_account()
    await call(world, "snooze_alarms", device_id=world.device_id(logger.sensors[1].serial), hours=1)
    for sensor in logger.sensors:
        assert acknowledgements(world, alarm(sensor))[-1] == START + HOUR


async def test_a_gateway_does_not_snooze_its_radio_sensors(world: World, fleet: Fleet) -> None:
    gateway = fleet.add_gateway(fleet.add_site("Halle"), "Gateway")
    core = gateway.add_radio_sensor("Kern", kind=Kind.PRODUCT)
    await world.add_account()
    await call(world, "snooze_alarms", device_id=world.device_id(gateway.serial), hours=1)
    assert acknowledgements(world, f"{gateway.serial}_system_alarm")[-1] == START + HOUR
    assert acknowledgements(world, alarm(core))[-1] is None
    await call(world, "snooze_alarms", device_id=world.device_id(core.serial), hours=2)
    assert acknowledgements(world, alarm(core))[-1] == START + 2 * HOUR


@pytest.mark.parametrize(("pause", "left"), [(30 * MINUTE, HOUR), (2 * HOUR, None)])
async def test_a_snooze_survives_a_restart_but_not_its_end(
    world: World, logger: Logger, pause: timedelta, left: timedelta | None
) -> None:
    entry = await world.add_account()
    await call(world, "snooze_alarms", device_id=world.device_id(logger.serial), hours=1)
    await restart(world, entry, pause)
    until = None if left is None else START + left
    assert acknowledgements(world, alarm(logger))[-1] == until
    await world.to(START + 3 * HOUR)
    assert acknowledgements(world, alarm(logger)) == UNTOUCHED


async def test_stores_of_older_versions_are_read(
    hass: HomeAssistant, world: World, logger: Logger, hass_storage: dict[str, Any]
) -> None:
    entry = await world.add_account()
    await hass.config_entries.async_unload(entry.entry_id)
    stored = hass_storage[f"{DOMAIN}.{entry.unique_id}"]["data"]
    del stored["acknowledged"], stored["snoozed"]
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert world.value(alarm(logger)) == "on"
    assert acknowledgements(world, alarm(logger)) == UNTOUCHED


@pytest.mark.quality_rule("action-exceptions")
@pytest.mark.quality_rule("exception-translations")
async def test_wrong_use_is_explained(
    hass: HomeAssistant, world: World, logger: Logger, fleet: Fleet
) -> None:
    calm = fleet.add_logger(logger.site, "Ruhig", kind=Kind.TEMPERATURE)
    entry = await world.add_account()
    await async_load_integrations(hass, {DOMAIN, "homeassistant"})
    ours, quiet = world.device_id(logger.serial), world.device_id(calm.serial)
    account = world.device_id(fleet.tenant_uuid)
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)
    foreign = dr.async_get(hass).async_get_or_create(
        config_entry_id=other.entry_id, identifiers={("other", "x")}, name="Lamp"
    )

    async def refused(action: str, **data: Any) -> str:
        with pytest.raises(ServiceValidationError) as caught:
            await call(world, action, **data)
        assert caught.value.translation_key
        return str(caught.value)

    both = "Select devices or enter an episode ID, not both"
    acknowledge = "acknowledge_alarm"
    assert await refused(acknowledge) == both
    assert await refused(acknowledge, device_id=[], episode_id="") == both
    assert await refused(acknowledge, device_id=ours, episode_id="x") == both
    assert await refused(acknowledge, device_id=quiet) == "There is no open alarm for Ruhig"
    assert (await refused(acknowledge, episode_id="x")).startswith(
        "There is no alarm with the episode ID x"
    )
    assert "x" in await refused(acknowledge, episode_id="y", config_entry_id="x")
    for action, more in ((acknowledge, {}), ("snooze_alarms", {"hours": 1})):
        assert "nowhere" in await refused(action, device_id=[ours, "nowhere"], **more)
        assert "Lamp" in await refused(action, device_id=foreign.id, **more)
        assert await refused(action, device_id=[ours, account], **more) == (
            f"{entry.title} is not a logger, gateway or sensor of the account at present"
        )
        wrong = await refused(action, device_id=ours, config_entry_id=other.entry_id, **more)
        assert DOMAIN in wrong
    assert acknowledgements(world, alarm(logger)) == UNTOUCHED, "all or nothing"
    await hass.config_entries.async_unload(entry.entry_id)
    assert "not loaded" in await refused(acknowledge, episode_id="x")
    assert "not loaded" in await refused("snooze_alarms", device_id=ours, hours=1)


@pytest.mark.parametrize("hours", [-1, 24.1, "nan", "soon", None])
async def test_hours_are_limited(world: World, logger: Logger, hours: object) -> None:
    await world.add_account()
    with pytest.raises(probatio.Invalid):
        await call(world, "snooze_alarms", device_id=world.device_id(logger.serial), hours=hours)
    assert acknowledgements(world, alarm(logger)) == UNTOUCHED


async def test_one_of_several_accounts(world: World, logger: Logger, second: Simulator) -> None:
    entry = await world.add_account()
    other = await world.add_account(api_key=second.api_key, advanced={"base_url": second.base_url})
    device, episode = world.device_id(logger.serial, entry), episode_of(world, logger)
    with pytest.raises(ServiceValidationError) as caught:
        await call(world, "acknowledge_alarm", device_id=device, config_entry_id=other.entry_id)
    assert caught.value.translation_key == "other_account"
    with pytest.raises(ServiceValidationError) as caught:
        await call(world, "acknowledge_alarm", episode_id=episode, config_entry_id=other.entry_id)
    assert caught.value.translation_key == "unknown_episode"
    await call(world, "acknowledge_alarm", episode_id=episode)
    assert acknowledgements(world, alarm(logger))[0] is True
    await call(world, "snooze_alarms", device_id=device, config_entry_id=entry.entry_id, hours=1)
    assert acknowledgements(world, alarm(logger))[-1] == START + HOUR


async def test_an_alarm_of_an_unknown_device_cannot_be_acknowledged(
    world: World, fleet: Fleet, logger: Logger
) -> None:
    await world.add_account()
    unknown = fridge(fleet, "Neu")
    await world.advance(HOUR)
    (row,) = (
        row
        for row in fleet.transitions(START - HOUR, world.now)
        if row.serial == unknown.sensors[0].serial
    )
    with pytest.raises(ServiceValidationError) as caught:
        await call(world, "acknowledge_alarm", episode_id=row.uuid)
    assert caught.value.translation_key == "unknown_episode"
    assert logger.serial


@pytest.mark.usefixtures("recorder_mock")
async def test_the_logbook_tells_who_did_what(
    hass: HomeAssistant,
    world: World,
    logger: Logger,
    hass_admin_user: User,
    hass_ws_client: WebSocketGenerator,
) -> None:
    assert await async_setup_component(hass, "logbook", {})
    logger.low_battery(START - HOUR)
    await world.add_account()
    device = world.device_id(logger.serial)
    user = Context(user_id=hass_admin_user.id)
    episode = episode_of(world, logger)
    await call(world, "acknowledge_alarm", user, episode_id=episode, note="{note} 100 %")
    await call(world, "acknowledge_alarm", user, device_id=device)
    await call(world, "acknowledge_alarm", user, device_id=device)
    await call(world, "snooze_alarms", user, device_id=device, hours=1.5)
    await call(world, "snooze_alarms", device_id=device, hours=0)
    await world.advance(MINUTE)
    await async_wait_recording_done(hass)

    client = await hass_ws_client()
    await client.send_json_auto_id(
        {"type": "logbook/get_events", "start_time": (world.now - HOUR).isoformat()}
    )
    answer = await client.receive_json()
    assert answer["success"], answer
    name = hass_admin_user.name
    assert [
        (entry["entity_id"], entry["name"], entry["message"])
        for entry in answer["result"]
        if entry.get("domain") == DOMAIN
    ] == [
        (
            world.entity_id(alarm(logger)),
            "Kühlschrank 1 Temperature alarm",
            f"acknowledged by {name}: {{note}} 100 %",
        ),
        (
            world.entity_id(f"{logger.serial}_system_alarm"),
            "Kühlschrank 1 System alarm",
            f"acknowledged by {name}",
        ),
        (
            world.entity_id(f"{logger.serial}_alarms"),
            "Kühlschrank 1 Alarms",
            f"snoozed by {name} until 04:20",
        ),
        (
            world.entity_id(f"{logger.serial}_alarms"),
            "Kühlschrank 1 Alarms",
            "snooze ended by an automation",
        ),
    ]


@pytest.mark.parametrize(
    ("language", "said"),
    [("de", "von einer Automation quittiert"), ("sv", "acknowledged by an automation")],
)
async def test_the_logbook_speaks_the_language_of_home_assistant(
    hass: HomeAssistant, world: World, logger: Logger, language: str, said: str
) -> None:
    hass.config.components.add("logbook")
    hass.config.language = language
    await world.add_account()
    entries = async_capture_events(hass, EVENT_LOGBOOK_ENTRY)
    await call(world, "acknowledge_alarm", device_id=world.device_id(logger.serial))
    assert [entry.data["message"] for entry in entries] == [said]


async def test_who_pressed_a_button_is_known_for_a_while(
    hass: HomeAssistant, world: World, fleet: Fleet, hass_admin_user: User
) -> None:
    """An automation acts in a context that only names the press; of many, the last are known."""
    loggers = [fridge(fleet, name) for name in ("Eins", "Zwei")]
    await world.add_account()
    presses = [Context(user_id=hass_admin_user.id) for _ in range(101)]
    for press in (*presses, Context()):
        hass.bus.async_fire("mobile_app_notification_action", {"action": "x"}, context=press)
    for logger, press in zip(loggers, (presses[0], presses[-1]), strict=True):
        context, device = Context(parent_id=press.id), world.device_id(logger.serial)
        await call(world, "acknowledge_alarm", context, device_id=device)
    said = [acknowledgements(world, alarm(logger))[1] for logger in loggers]
    assert said == ["automation", hass_admin_user.name]


async def test_a_snooze_until_tomorrow_has_a_day(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    hass.config.components.add("logbook")
    hass.config.language = "de"
    await world.add_account()
    entries = async_capture_events(hass, EVENT_LOGBOOK_ENTRY)
    await call(world, "snooze_alarms", device_id=world.device_id(logger.serial), hours=24)
    (entry,) = entries
    assert entry.data["message"].startswith("von einer Automation bis 02.07.2026 ")


async def test_an_alarm_shown_twice_is_acknowledged_on_both(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    logger = fridge(fleet, "Doppelt", Kind.TWIN)
    await world.add_account()
    hass.config.components.add("logbook")
    entries = async_capture_events(hass, EVENT_LOGBOOK_ENTRY)
    await call(world, "acknowledge_alarm", episode_id=episode_of(world, logger))
    ids = [alarm(logger), alarm(logger).replace("_1_alarm", "_2_alarm")]
    assert [entry.data["entity_id"] for entry in entries] == [world.entity_id(it) for it in ids]
    assert [acknowledgements(world, it)[0] for it in ids] == [True, True]


async def test_the_logbook_knows_an_alarm_without_an_entity(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    await world.add_account()
    episode = episode_of(world, logger)
    er.async_get(hass).async_remove(world.entity_id(alarm(logger)))
    hass.config.components.add("logbook")
    entries = async_capture_events(hass, EVENT_LOGBOOK_ENTRY)
    await call(world, "acknowledge_alarm", episode_id=episode)
    (entry,) = entries
    assert entry.data == {
        "name": "testo Smart Connect",
        "message": "acknowledged by an automation",
        "domain": DOMAIN,
    }


async def test_without_a_logbook_nothing_is_missing(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    await world.add_account()
    entries = async_capture_events(hass, EVENT_LOGBOOK_ENTRY)
    device = world.device_id(logger.serial)
    await call(world, "acknowledge_alarm", device_id=device)
    await call(world, "snooze_alarms", device_id=device, hours=1)
    assert entries == []
    assert acknowledgements(world, alarm(logger))[0] is True


async def test_history_cannot_be_imported_without_a_recorder(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    fleet.add_logger(fleet.add_site("Apotheke Köln"), "Kühlschrank 1")
    entry = await world.add_account()
    with pytest.raises(ServiceValidationError) as error:
        await hass.services.async_call(
            DOMAIN, "import_history", {"start": "2026-06-30 00:00:00"}, blocking=True
        )
    assert error.value.translation_key == "import_not_recorded"
    assert await world.imports(entry) == 0
