"""Around the blueprints: a busy house, snoozes, phones that left, odd names."""

from datetime import timedelta

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import floor_registry as fr
import pytest
from pytest_homeassistant_custom_component.common import MockUser, async_mock_service

from tests.integration.chain import Chain
from tests.integration.conftest import MINUTE, World
from tests.simulator import Fleet, Kind, Logger, Site

from .house import (
    HOUR,
    TEN,
    House,
    add_fridge,
    add_probes,
    area,
    heat,
    kinds,
    phone_ids,
    press,
    say,
    titles,
)


async def test_a_phone_that_is_gone_does_not_silence_the_others(
    hass: HomeAssistant, world: World, house: House, logger: Logger
) -> None:
    other = add_fridge(world.fleet, logger.site, "Kühlschrank 2")
    ben = async_mock_service(hass, "notify", "mobile_app_ben")
    await world.add_account()
    ids = phone_ids(hass)
    dr.async_get(hass).async_remove_device(ids[0])
    place = {"area_id": area(world, logger.site)}
    await house.watch(place, phones=ids, escalate_after=0, remind_every=0)
    for each in (logger, other):
        heat(each, 30 * MINUTE)
    await world.to(TEN + 60 * MINUTE)
    assert sorted(titles(house.phone)) == ["Alarm: Kühlschrank 1", "Alarm: Kühlschrank 2"]
    assert sorted(titles(ben)) == ["Alarm: Kühlschrank 1", "Alarm: Kühlschrank 2"]


@pytest.mark.expect_warnings
async def test_an_action_that_does_not_exist_does_not_silence_the_phones(
    hass: HomeAssistant, world: World, house: House, logger: Logger
) -> None:
    other = add_fridge(world.fleet, logger.site, "Kühlschrank 2")
    ben = async_mock_service(hass, "notify", "mobile_app_ben")
    await world.add_account()
    await house.watch(
        {"area_id": area(world, logger.site)},
        phones=phone_ids(hass)[1:],
        notify_actions=[say("somebody_who_left")],
        escalate_after=0,
        remind_every=0,
    )
    for each in (logger, other):
        heat(each, 30 * MINUTE)
    await world.to(TEN + 60 * MINUTE)
    assert sorted(titles(ben)) == ["Alarm: Kühlschrank 1", "Alarm: Kühlschrank 2"]


async def test_who_acknowledges_a_silenced_alarm_is_heard(
    hass: HomeAssistant,
    world: World,
    house: House,
    logger: Logger,
    phones: dict[str, list[ServiceCall]],
) -> None:
    await world.add_account()
    await house.watch(logger, phones=phone_ids(hass), escalate_after=0)
    heat(logger, 30 * MINUTE)
    await world.to(TEN + 45 * MINUTE)
    await press(hass, world, phones["anna"][0], "Silence 1 h", "")
    user = MockUser(name="Ben").add_to_hass(hass)
    await world.advance(2 * MINUTE)
    await press(hass, world, phones["ben"][0], "Acknowledge", user.id)
    alarm = house.alarm(logger)
    assert alarm["acknowledged_by"] == "Ben"


@pytest.mark.parametrize("kind", ["area_id", "floor_id"])
async def test_a_probe_is_where_its_logger_is(
    hass: HomeAssistant, world: World, house: House, fleet: Fleet, kind: str
) -> None:
    made = add_probes(fleet)
    await world.add_account()
    place = area(world, made.site)
    floor = fr.async_get(hass).async_create("Erdgeschoss").floor_id
    ar.async_get(hass).async_update(place, floor_id=floor)
    await house.watch({kind: {"area_id": place, "floor_id": floor}[kind]}, escalate_after=0)
    for sensor in made.sensors:
        sensor.channels[0].hold(TEN + 30 * MINUTE, TEN + 90 * MINUTE, 60.0)
    await world.to(TEN + 80 * MINUTE)
    assert sorted(titles(house.phone)) == ["Alarm: Schrank 1", "Alarm: Schrank 2"]


async def test_a_logger_that_sends_once_a_day_is_told_offline(
    world: World, house: House, fleet: Fleet, site: Site
) -> None:
    daily = fleet.add_logger(
        site,
        "Lager",
        kind=Kind.TEMPERATURE,
        measuring=15 * MINUTE,
        communication=timedelta(days=1),
    )
    await world.add_account()
    await house.follow(daily, digest_days=[])
    daily.outage(TEN + MINUTE)
    await world.to(TEN + timedelta(days=4), step=10 * MINUTE)
    assert world.value(f"{daily.serial}_connection") == "off"
    assert titles(house.phone) == ["Offline: Lager"]


async def test_what_becomes_due_while_home_assistant_hangs_is_made_up(
    world: World, house: House, logger: Logger
) -> None:
    await world.add_account()
    await house.watch(logger, remind_every=0)
    # As after a restart: a new automation does not know itself before.
    await house.load(empty=True)
    await house.load()
    heat(logger, 30 * MINUTE)
    await world.to(TEN + 72 * MINUTE)
    assert kinds(house.phone) == ["raised"]
    assert not house.boss
    await world.to(TEN + 80 * MINUTE, step=8 * MINUTE)
    await world.to(TEN + 120 * MINUTE)
    assert len(house.boss) == 1


async def test_what_was_raised_while_the_automation_was_off(
    hass: HomeAssistant, world: World, house: House, logger: Logger
) -> None:
    await world.add_account()
    await house.watch(logger, remind_every=0)
    await world.to(TEN + 30 * MINUTE)
    me = {"entity_id": "automation.automation_0"}
    await hass.services.async_call("automation", "trigger", me, blocking=True)
    house.phone.clear()
    await hass.services.async_call("automation", "turn_off", me, blocking=True)
    heat(logger, 30 * MINUTE)
    await world.to(TEN + 55 * MINUTE)
    await hass.services.async_call("automation", "turn_on", me, blocking=True)
    await world.to(TEN + 60 * MINUTE)
    assert kinds(house.phone) == ["raised"]
    await world.to(TEN + 100 * MINUTE)
    assert len(house.boss) == 1


async def test_what_a_snooze_held_back_is_told_though_others_were_told_meanwhile(
    world: World, house: House, logger: Logger
) -> None:
    other = add_fridge(world.fleet, logger.site, "Kühlschrank 2")
    await world.add_account()
    await house.watch({"area_id": area(world, logger.site)}, remind_every=0, escalate_after=30)
    await house.act("snooze_alarms", logger.serial, hours=2)
    heat(logger, 30 * MINUTE)
    heat(other, 50 * MINUTE, 100 * MINUTE)
    await world.to(TEN + 240 * MINUTE)
    assert [it for it in titles(house.phone) if "1" in it] == ["Alarm: Kühlschrank 1"]
    assert [it for it in titles(house.boss) if "1" in it] == [
        "Nobody has acknowledged: Kühlschrank 1"
    ]


async def test_a_snooze_does_not_eat_the_escalation(
    world: World, house: House, logger: Logger
) -> None:
    other = add_fridge(world.fleet, logger.site, "Kühlschrank 2")
    await world.add_account()
    await house.watch({"area_id": area(world, logger.site)}, escalate_after=30)
    heat(logger, 30 * MINUTE)
    await world.to(TEN + 50 * MINUTE)
    await house.act("snooze_alarms", logger.serial, hours=1)
    heat(other, 70 * MINUTE, 100 * MINUTE)
    await world.to(TEN + 240 * MINUTE)
    assert titles(house.boss) == ["Nobody has acknowledged: Kühlschrank 1"]


async def test_a_new_name_is_no_reminder(
    hass: HomeAssistant, world: World, house: House, logger: Logger
) -> None:
    await world.add_account()
    await house.watch(logger, escalate_after=0)
    heat(logger, 30 * MINUTE)
    await world.to(TEN + 60 * MINUTE)
    device = house.device(logger.serial)["device_id"]
    dr.async_get(hass).async_update_device(device, name_by_user="Impfstoffe")
    await world.to(TEN + 90 * MINUTE)
    assert kinds(house.phone) == ["raised"]


async def test_one_thumb_acknowledges_nothing_that_nobody_was_told_of(
    hass: HomeAssistant,
    world: World,
    house: House,
    site: Site,
    phones: dict[str, list[ServiceCall]],
) -> None:
    """In business hours the first message of one waits, while a storm of others is told."""
    fridges = [add_fridge(world.fleet, site, f"Fridge {place:02}") for place in range(12)]
    late = add_fridge(world.fleet, site, "Waits")
    await world.add_account()
    await house.watch(
        {"area_id": area(world, site)},
        phones=phone_ids(hass)[:1],
        remind_every=0,
        business_days=["wed"],
        business_delay=60,
    )
    for each in fridges:
        heat(each, 30 * MINUTE)
    heat(late, 80 * MINUTE)
    await world.to(TEN + 103 * MINUTE)
    (storm,) = phones["anna"][:1]
    user = MockUser(name="Anna").add_to_hass(hass)
    await press(hass, world, storm, "Acknowledge", user.id)
    alarm = world.state(f"{late.serial}_{late.sensors[0].serial}_1_alarm")
    assert alarm.state == "on"
    assert alarm.attributes["acknowledged"] is False
    await world.to(TEN + 160 * MINUTE)
    assert titles(house.phone)[-1] == "Alarm: Waits"


NAMES = ['It\'s "cold" {{ 1 + 1 }} {% if %}', "Zeile\\n 🧊 'x'", "[1, 2]", "<b>&amp;</b> # 5"]


@pytest.mark.parametrize("name", NAMES)
async def test_names_are_told_as_they_are(
    world: World, house: House, site: Site, name: str
) -> None:
    fridge = add_fridge(world.fleet, site, name)
    await world.add_account()
    await house.watch(fridge, escalate_after=0)
    heat(fridge, 30 * MINUTE, 60 * MINUTE)
    await world.to(TEN + 120 * MINUTE)
    assert titles(house.phone) == [f"Alarm: {name}", f"All clear: {name}"]


async def test_names_in_a_storm(world: World, house: House, site: Site) -> None:
    fridges = [add_fridge(world.fleet, site, NAMES[it % 4] + str(it)) for it in range(12)]
    await world.add_account()
    await house.watch({"area_id": area(world, site)}, escalate_after=0)
    for each in fridges:
        heat(each, 30 * MINUTE, 60 * MINUTE)
    await world.to(TEN + 120 * MINUTE)
    assert kinds(house.phone) == ["raised", "cleared"]
    assert all(each.name in house.phone[0].data["message"] for each in fridges)


async def test_a_renamed_automation_hears_the_buttons_of_before(
    hass: HomeAssistant,
    world: World,
    house: House,
    logger: Logger,
    phones: dict[str, list[ServiceCall]],
) -> None:
    await world.add_account()
    await house.watch(logger, phones=phone_ids(hass))
    heat(logger, 30 * MINUTE)
    await world.to(TEN + 60 * MINUTE)
    er.async_get(hass).async_update_entity(
        "automation.automation_0", new_entity_id="automation.kuehlung"
    )
    await world.advance(MINUTE)
    user = MockUser(name="Anna").add_to_hass(hass)
    await press(hass, world, phones["anna"][0], "Acknowledge", user.id)
    alarm = house.alarm(logger)
    assert alarm["acknowledged_by"] == "Anna"


async def test_a_logger_that_falls_silent_while_home_assistant_hangs(
    world: World, house: House, logger: Logger
) -> None:
    await world.add_account()
    await house.follow(logger, digest_days=[])
    await house.load(empty=True)
    await house.load()
    logger.outage(TEN + MINUTE)
    while world.value(f"{logger.serial}_connection") == "on":
        await world.advance(MINUTE)
    await world.advance(12 * MINUTE)
    assert not house.phone
    await world.advance(10 * MINUTE, step=10 * MINUTE)
    await world.advance(30 * MINUTE)
    assert titles(house.phone) == ["Offline: Kühlschrank 1"]


async def test_an_all_clear_of_some_leaves_the_alarm_of_the_others_on_the_phone(
    hass: HomeAssistant, world: World, house: House, phones: dict[str, list[ServiceCall]]
) -> None:
    chain = Chain(hass, await world.add_account(), 24)
    await house.watch(chain.target(), phones=phone_ids(hass)[:1], escalate_after=0, remind_every=0)
    await world.advance(MINUTE)
    chain.open(chain.numbers)
    await world.advance(2 * MINUTE)
    chain.clear(range(12))
    await world.advance(2 * MINUTE)
    alarm, clear = phones["anna"]
    assert alarm.data["data"]["tag"] != clear.data["data"]["tag"], "half of them are still open"


async def test_an_information_does_not_replace_an_alarm_on_the_phone(
    hass: HomeAssistant, world: World, house: House, phones: dict[str, list[ServiceCall]]
) -> None:
    chain = Chain(hass, await world.add_account(), 24)
    await house.watch(chain.target(), phones=phone_ids(hass)[:1], escalate_after=0, remind_every=0)
    await world.advance(MINUTE)
    chain.open(range(12))
    await world.advance(2 * MINUTE)
    chain.report_late(range(12, 24))
    await world.advance(2 * MINUTE)
    alarm, late = phones["anna"]
    assert titles([late]) == ["Already over: Cold room 0012 and 11 more"]
    assert alarm.data["data"]["tag"] != late.data["data"]["tag"]


@pytest.mark.expect_warnings
async def test_an_action_that_does_not_exist_does_not_silence_the_phones_of_the_digest(
    hass: HomeAssistant,
    world: World,
    house: House,
    logger: Logger,
    phones: dict[str, list[ServiceCall]],
) -> None:
    await world.add_account()
    missing = [say("somebody_who_left")]
    await house.follow(logger, digest_days=[], phones=phone_ids(hass), notify_actions=missing)
    logger.outage(TEN + MINUTE)
    await world.to(TEN + 2 * HOUR)
    assert titles(phones["ben"]) == ["Offline: Kühlschrank 1"]


@pytest.mark.parametrize(
    "told",
    [
        (
            "es",
            "Temperatura: valor demasiado alto, 60 °C (límite 50 °C), desde las 12:40",
            "desde el",
        ),
        ("fr", "Température : valeur trop haute, 60 °C (limite 50 °C), depuis 12:40", "depuis le"),
        ("it", "Temperatura: valore troppo alto, 60 °C (limite 50 °C), dalle 12:40", "dal"),
    ],
)
async def test_a_sentence_agrees_with_what_it_speaks_of(
    world: World, house: House, logger: Logger, told: tuple[str, str, str]
) -> None:
    language, today, later = told
    await world.add_account()
    await house.watch(logger, language=language, remind_every=13, escalate_after=0)
    heat(logger, 30 * MINUTE)
    await world.to(TEN + 50 * MINUTE)
    await world.to(TEN + 15 * HOUR, step=2 * MINUTE)
    first, last = house.phone
    assert first.data["message"] == today
    assert last.data["message"].endswith(f"{later} 01/07/2026 12:40")
