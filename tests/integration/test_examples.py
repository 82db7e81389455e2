"""The examples of README and docs, as they stand: two alarms in one read, and a reload."""

import asyncio
from datetime import UTC, datetime, timedelta
import re
from typing import Any

from homeassistant.components.recorder.core import Recorder
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Event, HomeAssistant, ServiceCall, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import label_registry as lr
from homeassistant.setup import async_setup_component
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE, World
from tests.integration.documented import (
    ACTIONS,
    DOCUMENTS,
    EXAMPLES,
    OF_SENSORIST,
    OF_SETTINGS,
    run_actions,
)
from tests.integration.house import House
from tests.simulator import Fleet, Kind, Logger, Site, band

TEN = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIVE = 5 * MINUTE
RAISED, CLEARED = TEN + 30 * MINUTE, TEN + 150 * MINUTE
SILENT, HEARD = TEN + 3 * HOUR, TEN + 6 * HOUR

MORNING = "Yesterday in the fridge"
"""What needs a recorder."""
AUTOMATIONS = {it["alias"]: it for it in EXAMPLES if "triggers" in it and it["alias"] != MORNING}

FRIDGES = ("Kühlschrank 1", "Kühlschrank 2")
MESSAGES = {
    "Cold storage message": [rf"{it} Alarms\|60\.0 °C since 10:\d\d" for it in FRIDGES],
    "All alarms in one message": [r"2 alarms\|Kühlschrank [12] Alarms, Kühlschrank [12] Alarms"],
    "Siren in the kitchen": ["turn_off", "turn_off", "turn_on", "turn_on"],
    "Summary of an excursion": [
        rf"{it} Alarms: all clear\|lasted 1[12]\d minutes reached 60\.0 °C" for it in FRIDGES
    ],
    "A logger is offline": [rf"\|{it} Connection is off" for it in FRIDGES],
    "Door left open": [r"\|Tor 1 Door has been open for 10 minutes", r"\|Tor 2 Door has .*"],
    "All clear": [rf"{it} Alarms\|Back within its limits after 1[12]\d minutes" for it in FRIDGES],
    "Cold storage is too warm or too cold": [
        rf"{it} Alarms\|Temperature 60\.0 °C since 2026-07-01 .*" for it in FRIDGES
    ],
    "A logger is silent": [rf"\|{it} Connection: no data for too long" for it in FRIDGES],
    "A logger is back": [rf"\|{it} Connection: back again" for it in FRIDGES],
    "Remind every two hours": [r"\|An alarm in the cold room is still open"],
}
"""What each automation says of two alarms, two silent loggers and two doors."""


@pytest.fixture
def site(fleet: Fleet) -> Site:
    """Return the site of the examples."""
    fleet.customer = "My company"
    fleet.connection_timeout = timedelta(days=3)
    return fleet.add_site("Apotheke Köln")


@pytest.fixture
def fridges(fleet: Fleet, site: Site) -> list[Logger]:
    """Return two fridges that are too warm, and later silent, at the same time."""
    made = [
        fleet.add_logger(
            site,
            name,
            kind=Kind.TEMPERATURE,
            measuring=FIVE,
            communication=FIVE,
            limits=band("Temperature", alarm=(-50, 50)),
        )
        for name in FRIDGES
    ]
    for logger in made:
        logger.sensors[0].channels[0].hold(TEN - 40 * HOUR, RAISED, 5.0)
        logger.sensors[0].channels[0].hold(RAISED, CLEARED, 60.0)
        logger.sensors[0].channels[0].hold(CLEARED, TEN + 40 * HOUR, 5.0)
        logger.outage(SILENT, HEARD)
    return made


@pytest.fixture
def doors(fleet: Fleet, site: Site) -> None:
    """Have two doors that open at the same time."""
    gateway = fleet.add_gateway(site, "Gateway", communication=FIVE)
    for number in (1, 2):
        door = gateway.add_radio_sensor(f"Tor {number}", kind=Kind.DOOR, measuring=FIVE)
        channel = door.channels[0]
        channel.hold(TEN - 40 * HOUR, RAISED, 0)
        channel.hold(RAISED, CLEARED, 1)
        channel.hold(CLEARED, TEN + 40 * HOUR, 0)


@pytest.fixture
def said(hass: HomeAssistant) -> list[str]:
    """Return what the examples do: messages, and what they switch."""
    done: list[str] = []

    async def note(call: ServiceCall) -> None:
        for _ in range(20):  # a phone takes its time, and another alarm comes meanwhile
            await asyncio.sleep(0)
        text = f"{call.data.get('title', '')}|{' '.join(call.data['message'].split())}"
        done.append(text)

    @callback
    def switch(call: ServiceCall) -> None:
        done.append(call.service)

    hass.services.async_register("notify", "notify", note)
    hass.services.async_register("switch", "turn_on", switch)
    hass.services.async_register("switch", "turn_off", switch)
    return done


async def home(world: World) -> ConfigEntry[Any]:
    """Add the account, and what the examples name besides."""
    entry = await world.add_account()
    label = lr.async_get(world.hass).async_create("Vaccines").label_id
    registry = dr.async_get(world.hass)
    for device in dr.async_entries_for_config_entry(registry, entry.entry_id):
        if device.name in FRIDGES:
            registry.async_update_device(device.id, labels={label})
    return entry


async def turn_off(hass: HomeAssistant) -> None:
    """Let automations wait for nothing any more."""
    await hass.services.async_call("automation", "turn_off", {"entity_id": "all"}, blocking=True)


def test_every_automation_is_run() -> None:
    assert AUTOMATIONS.keys() == MESSAGES.keys()
    assert len(EXAMPLES) == len(AUTOMATIONS) + len(ACTIONS) + 1, "a name twice"


@pytest.mark.usefixtures("doors")
@pytest.mark.quality_rule("docs-triggers")
@pytest.mark.quality_rule("docs-conditions")
@pytest.mark.quality_rule("docs-examples")
@pytest.mark.parametrize("name", AUTOMATIONS)
async def test_two_at_once_and_none_on_reload(
    hass: HomeAssistant, world: World, fridges: list[Logger], said: list[str], name: str
) -> None:
    await hass.config.async_set_time_zone("UTC")
    entry = await home(world)
    runs: list[Event] = []
    hass.bus.async_listen("automation_triggered", runs.append)
    assert await async_setup_component(hass, "door", {})
    assert await async_setup_component(hass, "automation", {"automation": [AUTOMATIONS[name]]})
    await world.settle()
    assert fridges
    (automation,) = hass.states.async_all("automation")
    assert automation.state == "on"
    assert automation.attributes["mode"] == "queued"

    async def reload() -> None:
        before = len(runs)
        assert await hass.config_entries.async_reload(entry.entry_id)
        await world.settle()
        await world.advance(7 * MINUTE)
        assert len(runs) == before, "a reload repeats nothing"

    for moment in (RAISED + 35 * MINUTE, CLEARED + 15 * MINUTE, HEARD - HOUR, HEARD + 25 * MINUTE):
        await world.to(moment)
        await reload()
    await turn_off(hass)
    assert len(said) == len(MESSAGES[name]), said
    for text, meant in zip(sorted(said), sorted(MESSAGES[name]), strict=True):
        assert re.fullmatch(meant, text), text


async def test_actions_on_an_open_alarm(
    hass: HomeAssistant, world: World, fridges: list[Logger]
) -> None:
    await home(world)
    await world.to(RAISED + 15 * MINUTE)
    alarm = world.entity_id(f"{fridges[0].serial}_{fridges[0].sensors[0].serial}_1_alarm")
    names = ("acknowledge_alarm", "snooze_alarms", "confirm_review")
    await run_actions(hass, *names)
    found = hass.states.get(alarm)
    assert found is not None
    assert found.attributes["note"] == "Door was left open, goods checked"
    assert datetime.fromisoformat(found.attributes["snoozed_until"]) == world.now + 1.5 * HOUR
    asked = {"entity_id": alarm, "start": (world.now - HOUR).isoformat()}
    await world.advance(MINUTE)
    answer: Any = await hass.services.async_call(
        DOMAIN, "get_report", asked, blocking=True, return_response=True
    )
    (review,) = answer["reports"][0]["reviews"]
    assert review["note"] == "All in range, seals checked"


FILE = r"apotheke_koln_kuhlschrank_1_\d+_2026_06_30"
ANSWERED = {
    "get_measurements": r"(Kühlschrank [12] Temperature: 5\.0 to 5\.0 °C ?){2}",
    "get_alarms": "0 alarms last week",
    "get_inventory": "Kühlschrank 3",
    "get_report": r"\d+\.\d % known, 0 min too warm",
    "export_measurements": rf"/media/\w+/{FILE}_readings\.csv: 288 readings",
    "export_report": rf"media-source://\w+/{FILE}_report\.pdf application/pdf",
}
"""What is sent of each answer."""


def test_every_action_is_run() -> None:
    done = {"acknowledge_alarm", "snooze_alarms", "confirm_review", "import_history"}
    assert ACTIONS.keys() == {*done, *ANSWERED, *OF_SENSORIST, *OF_SETTINGS}


@pytest.mark.parametrize("name", ANSWERED)
async def test_what_an_action_answers_can_be_sent(  # noqa: PLR0913, PLR0917  fixtures
    hass: HomeAssistant,
    world: World,
    fleet: Fleet,
    site: Site,
    fridges: list[Logger],
    said: list[str],
    name: str,
) -> None:
    await hass.config.async_set_time_zone("UTC")
    hass.config.media_dirs = {"local": hass.config.path("media")}

    @callback
    def attach(call: ServiceCall) -> None:
        (it,) = (file["media_source"] for file in call.data["attachments"])
        said.append(f"|{it['media_content_id']} {it['media_content_type']}")

    @callback
    def send(call: ServiceCall) -> None:
        path = call.data["file"].removeprefix(hass.config.config_dir)
        said.append(f"|{path}: {call.data['caption']}")

    hass.services.async_register("smtp", "send_message", attach)
    hass.services.async_register("telegram_bot", "send_document", send)
    fleet.add_logger(site, "Kühlschrank 3", active=False)
    assert fridges
    await home(world)
    await run_actions(hass, name)
    (text,) = said
    assert re.fullmatch(ANSWERED[name], text.partition("|")[2]), text


async def test_what_is_imported_can_be_sent_every_morning(
    hass: HomeAssistant,
    recorder_mock: Recorder,
    world: World,
    fridges: list[Logger],
    said: list[str],
) -> None:
    house = House(hass, world, recorder_mock)
    channel = fridges[0].sensors[0].channels[0]
    channel.hold(TEN - 20 * HOUR, TEN - 19 * HOUR, 11.0)
    await home(world)
    runs: list[Event] = []
    hass.bus.async_listen("automation_triggered", runs.append)
    (morning,) = (it for it in EXAMPLES if it.get("alias") == MORNING)
    assert await async_setup_component(hass, "automation", {"automation": [morning]})
    await run_actions(hass, "import_history")
    await house.to(TEN + 5 * HOUR)
    await turn_off(hass)
    assert len(runs) == 1, "07:00 in the time zone of the tests is 14:00"
    (text,) = said
    assert re.fullmatch(r"Fridge, yesterday\|5\.0 to 11\.0 °C, on average 5\.\d °C", text)


@pytest.mark.parametrize("language", ["en", "de"])
async def test_entity_ids_are_those_of_home_assistant(
    hass: HomeAssistant, world: World, fridges: list[Logger], language: str
) -> None:
    hass.config.language = language
    await home(world)
    assert fridges
    named = {
        found
        for path in DOCUMENTS
        for found in re.findall(r"\b(?:binary_sensor|sensor|event)\.\w+", path.read_text("utf-8"))
    }
    german = {it for it in named if it.endswith("_alarm_temperatur")}
    assert german
    expected = german if language == "de" else named - german
    assert {it for it in expected if hass.states.get(it) is None} == set()
