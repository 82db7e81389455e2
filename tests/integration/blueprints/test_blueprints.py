"""Blueprints: loaded by Home Assistant as a user's automation, and run against the cloud."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
import re
import time
from typing import Any
from urllib.parse import parse_qs, urlparse

from homeassistant.components.trace.const import DATA_TRACE
from homeassistant.components.trace.util import async_list_traces
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import floor_registry as fr
from homeassistant.helpers import label_registry as lr
from homeassistant.helpers import selector
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockUser,
)

from tests.integration.chain import Chain
from tests.integration.conftest import MINUTE, World
from tests.simulator import Fleet, Kind, Logger, Site

from .house import (
    ALARM,
    DIGEST,
    FOLDER,
    HOUR,
    MONTHLY,
    ROOT,
    TEN,
    House,
    add_fridge,
    add_probes,
    area,
    heat,
    kinds,
    phone_ids,
    press,
    probe,
    say,
    titles,
)

LANGUAGES = {"en", "de", "fr", "it", "nl", "es", "pl"}
BUSINESS = {
    "business_days": ["mon", "tue", "wed", "thu", "fri"],
    "business_start": "09:00:00",
    "business_end": "18:00:00",
    "business_delay": 60,
}


@pytest.fixture
def server_in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run the process in another zone than Home Assistant."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def plain(call: ServiceCall) -> dict[str, Any]:
    """Return what is said, with a hyphen from time to time."""
    return {key: str(value).replace("\N{EN DASH}", "-") for key, value in call.data.items()}


# The files


@pytest.mark.parametrize("name", [ALARM, DIGEST, MONTHLY])
async def test_home_assistant_loads_the_blueprint(world: World, house: House, name: str) -> None:
    await world.add_account()
    blueprint = await house.blueprint(name)
    assert blueprint.validate() is None
    meta = blueprint.metadata
    assert meta["homeassistant"]["min_version"] == "2026.10.0"
    base = "https://github.com/testo-smart-connect/home-assistant/blob/main"
    assert meta["source_url"] == f"{base}/{FOLDER}/{name}"
    assert meta["author"]
    required = {key for key, value in blueprint.inputs.items() if "default" not in value}
    assert required == {"loggers"}
    for section in meta["input"].values():
        assert section["name"]
        for key, value in section["input"].items():
            assert value["name"], key
            if "default" in value:
                check: Any = selector.selector(value["selector"])
                check(value["default"])


def test_import_buttons_lead_to_the_blueprints() -> None:
    texts = [path for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")) if path.exists()]
    text = "".join(path.read_text() for path in texts)
    links = re.findall(r"https://my\.home-assistant\.io/redirect/blueprint_import/[^)\s]*", text)
    base = "https://github.com/testo-smart-connect/home-assistant/blob/main"
    assert {parse_qs(urlparse(link).query)["blueprint_url"][0] for link in links} == {
        f"{base}/{FOLDER}/{name}" for name in (ALARM, DIGEST, MONTHLY)
    }


# Cold storage alarm


async def test_an_alarm_is_told_reminded_and_cleared(
    world: World, house: House, logger: Logger
) -> None:
    await world.add_account()
    await house.watch(
        logger, escalate_after=0, clear_actions=[{"action": "siren.turn_off", "data": {}}]
    )
    heat(logger, 30 * MINUTE, 6 * HOUR)
    await world.to(TEN + 35 * MINUTE)
    assert not house.phone
    await world.to(TEN + 50 * MINUTE)
    (call,) = house.phone
    assert call.data["title"] == "Alarm: Kühlschrank 1"
    assert call.data["message"] == ("Temperature: too high, 60 °C (limit 50 °C), since 12:40")
    await world.to(TEN + 5 * HOUR)
    assert kinds(house.phone) == ["raised", "reminder", "reminder"]
    assert titles(house.phone)[1] == "Still open: Kühlschrank 1"
    assert not house.siren
    await world.to(TEN + 9 * HOUR)
    assert kinds(house.phone) == ["raised", "reminder", "reminder", "cleared"]
    assert len(house.siren) == 1
    last = plain(house.phone[-1])
    assert last["title"] == "All clear: Kühlschrank 1"
    assert re.fullmatch(
        r"Temperature: highest 60 °C, 12:40 - 18:\d\d \(5 h \d+ min\)",
        last["message"],
    )
    assert not house.boss
    assert not house.quiet


async def test_messages_go_to_home_assistant_itself_by_default(
    world: World, house: House, logger: Logger
) -> None:
    await world.add_account()
    await house.use(ALARM, loggers=house.device(logger.serial))
    heat(logger, 30 * MINUTE, 120 * MINUTE)
    await world.to(TEN + 60 * MINUTE)
    assert [call.data["title"] for call in house.default] == ["Alarm: Kühlschrank 1"]


async def test_an_acknowledged_alarm_is_not_reminded_but_cleared(
    world: World, house: House, logger: Logger
) -> None:
    await world.add_account()
    await house.watch(logger, remind_every=0.5)
    heat(logger, 30 * MINUTE, 4 * HOUR)
    await world.to(TEN + 60 * MINUTE)
    assert kinds(house.phone) == ["raised"]
    await house.act("acknowledge_alarm", logger.serial, note="Tür stand offen")
    await world.to(TEN + 5 * HOUR)
    assert kinds(house.phone) == ["raised", "cleared"]
    assert not house.boss


async def test_nobody_acknowledges_and_reminders_have_an_end(
    world: World, house: House, logger: Logger
) -> None:
    await world.add_account()
    await house.watch(logger, remind_every=0.5, remind_max=3)
    heat(logger, 30 * MINUTE)
    await world.to(TEN + 70 * MINUTE)
    assert not house.boss
    await world.to(TEN + 80 * MINUTE)
    assert titles(house.boss) == ["Nobody has acknowledged: Kühlschrank 1"]
    assert kinds(house.boss) == ["escalation"]
    await world.to(TEN + 8 * HOUR)
    assert kinds(house.phone) == ["raised", "reminder", "reminder", "reminder"]
    assert len(house.boss) == 1


async def test_an_alarm_that_ends_before_is_not_escalated(
    world: World, house: House, logger: Logger
) -> None:
    await world.add_account()
    await house.watch(logger, escalate_after=60)
    heat(logger, 30 * MINUTE, 70 * MINUTE)
    await world.to(TEN + 4 * HOUR)
    assert kinds(house.phone) == ["raised", "cleared"]
    assert not house.boss


@pytest.mark.usefixtures("server_in_utc")
async def test_in_business_hours_the_first_message_waits(
    world: World, house: House, logger: Logger
) -> None:
    await world.add_account()
    await house.watch(logger, **BUSINESS)
    heat(logger, 30 * MINUTE)
    await world.to(TEN + 98 * MINUTE)
    assert not house.phone, "not before 13:40 in Berlin, an hour after the beginning"
    await world.to(TEN + 102 * MINUTE)
    assert kinds(house.phone) == ["raised"]
    await world.to(TEN + 125 * MINUTE)
    assert not house.boss
    await world.to(TEN + 135 * MINUTE)
    assert len(house.boss) == 1, "half an hour after the first message"


@pytest.mark.usefixtures("server_in_utc")
async def test_what_ends_while_the_message_waits_is_not_told_at_all(
    world: World, house: House, logger: Logger
) -> None:
    await world.add_account()
    await house.watch(logger, **BUSINESS)
    heat(logger, 30 * MINUTE, 75 * MINUTE)
    await world.to(TEN + 5 * HOUR)
    assert "alarm_cleared" in {event["event_type"] for event in world.events(logger.serial)}
    assert not house.phone
    assert not house.boss
    assert not house.quiet


@pytest.mark.usefixtures("server_in_utc")
@pytest.mark.parametrize(
    ("start", "told"),
    [
        (6 * HOUR + 10 * MINUTE, False),  # 16:10 UTC is 18:10 in Berlin: closed
        (5 * HOUR + 30 * MINUTE, True),  # raised 17:40, the hours end at 18:00
        (20 * HOUR + 10 * MINUTE, False),  # 08:10 on Thursday: not open yet
        (22 * HOUR, True),  # 10:00 on Thursday
        (73 * HOUR, False),  # Saturday
    ],
)
async def test_business_hours_are_local(
    world: World, house: House, logger: Logger, start: timedelta, *, told: bool
) -> None:
    await world.to(TEN + start - HOUR, step=timedelta(days=10))
    await world.add_account()
    await house.watch(logger, **BUSINESS)
    heat(logger, start, 200 * HOUR)
    await world.to(TEN + start + 8 * MINUTE)
    await world.to(TEN + start + 17 * MINUTE)
    assert not house.phone or not told
    assert kinds(house.phone) == ([] if told else ["raised"])
    closing = TEN + 6 * HOUR
    await world.to(max(closing + 2 * MINUTE, TEN + start + 72 * MINUTE))
    assert kinds(house.phone) == ["raised"]


@pytest.mark.usefixtures("server_in_utc")
async def test_hours_over_midnight_and_a_longer_day(
    world: World, house: House, logger: Logger
) -> None:
    """A shift from 22:00 on 24 October lasts nine hours: the clocks go back."""
    night = datetime(2026, 10, 25, 3, 0, tzinfo=UTC)
    await world.to(night - 6 * HOUR, step=timedelta(days=10))
    await world.add_account()
    shift = {"business_days": ["sat"], "business_start": "22:00:00", "business_end": "06:00:00"}
    await house.watch(logger, **{**BUSINESS, **shift, "business_delay": 240})
    probe(logger).hold(night, night + 30 * HOUR, 60.0)
    await world.to(night + 115 * MINUTE)
    assert not house.phone
    await world.to(night + 125 * MINUTE)
    assert kinds(house.phone) == ["raised"], "at 06:00 in Berlin, which is 05:00 UTC now"


async def test_a_snoozed_device_is_quiet_and_told_again_afterwards(
    world: World, house: House, logger: Logger
) -> None:
    await world.add_account()
    await house.watch(logger, remind_every=0.5)
    await house.act("snooze_alarms", logger.serial, hours=3)
    heat(logger, 30 * MINUTE)
    await world.to(TEN + 165 * MINUTE)
    assert [event["event_type"] for event in world.events(logger.serial)][-1] == "alarm_raised"
    assert not house.phone
    assert not house.boss
    await world.to(TEN + 175 * MINUTE)
    assert len(house.phone) == 1


async def test_a_snooze_after_the_message_ends_by_itself(
    world: World, house: House, logger: Logger
) -> None:
    other = add_fridge(world.fleet, logger.site, "Kühlschrank 2")
    await world.add_account()
    await house.watch({"area_id": [area(world, logger.site)]}, remind_every=5, escalate_after=0)
    heat(logger, 30 * MINUTE)
    await world.to(TEN + 55 * MINUTE)
    await house.act("snooze_alarms", logger.serial, hours=1)
    heat(other, 70 * MINUTE)
    await world.to(TEN + 113 * MINUTE)
    assert titles(house.phone) == ["Alarm: Kühlschrank 1", "Alarm: Kühlschrank 2"]
    await world.to(TEN + 118 * MINUTE)
    assert titles(house.phone)[2:] == ["Still open: Kühlschrank 1"]
    heat(logger, 118 * MINUTE, to=20.0)
    await house.act("snooze_alarms", logger.serial, hours=2)
    await world.to(TEN + 150 * MINUTE)
    assert len(house.phone) == 3, "no all-clear while it is snoozed"


async def test_what_was_over_before_it_was_learnt_is_an_information(
    world: World, house: House, logger: Logger
) -> None:
    heat(logger, 60 * MINUTE, 120 * MINUTE)
    logger.outage(TEN + 30 * MINUTE, TEN + 240 * MINUTE)
    await world.add_account()
    await house.watch(logger)
    await world.to(TEN + 5 * HOUR)
    assert {event["late"] for event in world.events(logger.serial)} == {True}
    assert titles(house.quiet) == ["Already over: Kühlschrank 1"]
    assert plain(house.quiet[0])["message"] == (
        "Temperature: too high, 60 °C (limit 50 °C), 13:10 - 14:00 (50 min)"
    )
    assert not house.phone
    assert not house.boss


async def test_a_late_information_can_be_switched_off(
    world: World, house: House, logger: Logger
) -> None:
    heat(logger, 60 * MINUTE, 120 * MINUTE)
    logger.outage(TEN + 30 * MINUTE, TEN + 240 * MINUTE)
    await world.add_account()
    await house.watch(logger, include_late=False)
    await world.to(TEN + 5 * HOUR)
    assert not house.quiet
    assert not house.phone


async def test_a_late_alarm_that_is_still_open_is_an_alarm(
    world: World, house: House, logger: Logger
) -> None:
    heat(logger, 60 * MINUTE)
    logger.outage(TEN + 30 * MINUTE, TEN + 240 * MINUTE)
    await world.add_account()
    await house.watch(logger)
    await world.to(TEN + 260 * MINUTE)
    assert kinds(house.phone) == ["raised"]
    assert not house.boss, "the first target gets its half hour"
    await world.to(TEN + 290 * MINUTE)
    assert len(house.boss) == 1


async def test_a_late_alarm_is_escalated_over_a_restart(
    world: World, house: House, logger: Logger
) -> None:
    heat(logger, 60 * MINUTE)
    logger.outage(TEN + 30 * MINUTE, TEN + 240 * MINUTE)
    entry = await world.add_account()
    await house.watch(logger)
    await world.to(TEN + 255 * MINUTE)
    await house.restart(entry)
    assert kinds(house.phone) == ["raised"]
    assert not house.boss
    await world.to(TEN + 290 * MINUTE)
    assert kinds(house.phone) == ["raised"]
    assert len(house.boss) == 1, "counted from when it was learnt"


@pytest.mark.expect_warnings
async def test_a_silent_cloud_is_one_message(world: World, house: House, logger: Logger) -> None:
    other = add_fridge(world.fleet, logger.site, "Kühlschrank 2")
    await world.add_account()
    await house.watch({"area_id": area(world, logger.site)}, remind_every=0.5, escalate_after=0)
    heat(other, 40 * MINUTE, 120 * MINUTE)  # begins and ends unseen
    heat(logger, 5 * MINUTE)
    await world.to(TEN + 32 * MINUTE)
    assert kinds(house.phone) == ["raised"]
    world.faults.server_error = 503
    await world.to(TEN + 4 * HOUR)
    assert kinds(house.phone) == ["raised", "cloud"]
    assert titles(house.phone)[1] == "The testo cloud is silent"
    assert "since 12:" in house.phone[1].data["message"]
    world.faults.server_error = None
    await world.to(TEN + 5 * HOUR)
    assert set(titles(house.phone)[2:]) == {"Still open: Kühlschrank 1"}
    assert titles(house.quiet) == ["Already over: Kühlschrank 2"]


@pytest.mark.expect_warnings
async def test_an_alarm_that_ended_during_a_silence_is_cleared(
    world: World, house: House, logger: Logger
) -> None:
    await world.add_account()
    await house.watch(logger, cloud_message=False, escalate_after=0)
    heat(logger, 5 * MINUTE, 60 * MINUTE)
    await world.to(TEN + 32 * MINUTE)
    world.faults.server_error = 503
    await world.to(TEN + 3 * HOUR)
    assert kinds(house.phone) == ["raised"]
    world.faults.server_error = None
    await world.to(TEN + 4 * HOUR)
    assert kinds(house.phone) == ["raised", "cleared"]


async def test_a_restart_goes_on_where_it_was(world: World, house: House, logger: Logger) -> None:
    entry = await world.add_account()
    await house.watch(logger)
    heat(logger, 30 * MINUTE, 8 * HOUR)
    await world.to(TEN + 55 * MINUTE)
    assert kinds(house.phone) == ["raised"]
    for _ in range(3):
        await house.restart(entry)
    assert not house.boss
    await world.to(TEN + 80 * MINUTE)
    assert len(house.boss) == 1
    await house.restart(entry)
    await world.to(TEN + 150 * MINUTE)
    assert kinds(house.phone) == ["raised"]
    await world.to(TEN + 170 * MINUTE)
    assert kinds(house.phone) == ["raised", "reminder"]
    await house.restart(entry)
    await world.to(TEN + 4 * HOUR)
    assert kinds(house.phone) == ["raised", "reminder"]
    assert len(house.boss) == 1


async def test_what_was_due_while_home_assistant_was_down_is_made_up_once(
    world: World, house: House, logger: Logger
) -> None:
    entry = await world.add_account()
    await house.watch(logger)
    heat(logger, 30 * MINUTE)
    await world.to(TEN + 55 * MINUTE)
    await house.restart(entry, away=7 * HOUR)
    await world.advance(30 * MINUTE)
    assert kinds(house.phone) == ["raised", "reminder"]
    assert kinds(house.boss) == ["escalation"]


async def test_an_alarm_that_ended_while_home_assistant_was_down_is_cleared(
    world: World, house: House, logger: Logger
) -> None:
    entry = await world.add_account()
    await house.watch(logger, escalate_after=0)
    heat(logger, 30 * MINUTE, 70 * MINUTE)
    await world.to(TEN + 55 * MINUTE)
    await house.restart(entry, away=HOUR)
    await world.advance(30 * MINUTE)
    assert kinds(house.phone) == ["raised", "cleared"]


async def test_alarms_that_were_open_before_the_automation_are_reminded_only(
    world: World, house: House, logger: Logger
) -> None:
    heat(logger, -3 * HOUR)
    await world.add_account()
    await house.watch(logger)
    await world.advance(2 * HOUR + 5 * MINUTE)
    assert kinds(house.phone) == ["reminder"]


async def test_warnings_only_for_those_who_ask(world: World, house: House, logger: Logger) -> None:
    await world.add_account()
    await house.watch(logger)
    await house.watch(logger, severities=["warning"], notify_actions=[say("quiet")])
    heat(logger, 30 * MINUTE, 4 * HOUR, to=45.0)
    logger.power_loss(TEN + 35 * MINUTE, TEN + 55 * MINUTE)
    await world.to(TEN + 5 * HOUR)
    assert kinds(house.quiet) == ["raised", "reminder", "cleared"]
    assert kinds(house.phone) == ["raised", "cleared"]
    assert house.phone[0].data["message"].startswith("Power lost, since 12:35")


@pytest.mark.parametrize("kind", ["entity_id", "area_id", "floor_id", "label_id", "device_id"])
async def test_every_kind_of_target_reaches_its_loggers_alone(
    hass: HomeAssistant, world: World, house: House, logger: Logger, kind: str
) -> None:
    other = add_fridge(world.fleet, world.fleet.add_site("Labor"), "Kühlschrank 2")
    await world.add_account()
    place = area(world, logger.site)
    floor = fr.async_get(hass).async_create("Erdgeschoss").floor_id
    ar.async_get(hass).async_update(place, floor_id=floor)
    label = lr.async_get(hass).async_create("Impfstoffe").label_id
    device = house.device(logger.serial)["device_id"]
    dr.async_get(hass).async_update_device(device, labels={label})
    chosen = {
        "entity_id": world.entity_id(f"{logger.serial}_alarms"),
        "area_id": place,
        "floor_id": floor,
        "label_id": label,
        "device_id": device,
    }[kind]
    await house.watch({kind: [chosen]}, escalate_after=0)
    for each in (logger, other):
        heat(each, 30 * MINUTE, 90 * MINUTE)
    await world.to(TEN + 120 * MINUTE)
    assert titles(house.phone) == ["Alarm: Kühlschrank 1", "All clear: Kühlschrank 1"]


async def test_a_probe_belongs_to_its_logger(world: World, house: House, fleet: Fleet) -> None:
    made = add_probes(fleet)
    await world.add_account()
    await house.watch(made, escalate_after=0)
    for sensor in made.sensors:
        sensor.channels[0].hold(TEN + 30 * MINUTE, TEN + 90 * MINUTE, 60.0)
    await world.to(TEN + 120 * MINUTE)
    assert sorted(titles(house.phone)) == [
        "Alarm: Schrank 1",
        "Alarm: Schrank 2",
        "All clear: Schrank",
        "All clear: Schrank",
    ]


async def test_running_it_by_hand_sends_a_test(
    hass: HomeAssistant, world: World, house: House, logger: Logger
) -> None:
    await world.add_account()
    await house.watch(logger)
    await hass.services.async_call(
        "automation", "trigger", {"entity_id": "automation.automation_0"}, blocking=True
    )
    assert titles(house.phone) == ["Test"]


@pytest.mark.expect_warnings
async def test_an_action_that_fails_does_not_hold_up_the_others(
    world: World, house: House, logger: Logger
) -> None:
    other = add_fridge(world.fleet, logger.site, "Kühlschrank 2")
    await world.add_account()
    broken = {"action": "testo_smart_connect.acknowledge_alarm", "data": {"device_id": "nothing"}}
    await house.watch({"area_id": area(world, logger.site)}, notify_actions=[say("phone"), broken])
    for each in (logger, other):
        heat(each, 30 * MINUTE)
    await world.to(TEN + 60 * MINUTE)
    assert sorted(titles(house.phone)) == ["Alarm: Kühlschrank 1", "Alarm: Kühlschrank 2"]


# Much at once


def slow_phone(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what a phone is sent that takes its time, as one behind a network does."""
    calls: list[ServiceCall] = []

    async def send(call: ServiceCall) -> None:
        for _ in range(500):
            await asyncio.sleep(0)
        calls.append(call)

    hass.services.async_register("notify", "phone", send)
    return calls


def lines(call: ServiceCall) -> list[str]:
    """Return the lines of a message."""
    message: str = call.data["message"]
    return message.splitlines()


async def test_one_more_alarm_is_told_beside_thousands(
    hass: HomeAssistant, world: World, house: House, logger: Logger
) -> None:
    chain = Chain(hass, await world.add_account(), 2600)
    chain.show(chain.numbers, world.now - 3 * HOUR)
    places = [chain.area, area(world, logger.site)]
    await house.watch({"area_id": places}, remind_every=0)
    heat(logger, 30 * MINUTE, 60 * MINUTE)
    await world.to(TEN + 48 * MINUTE)
    assert titles(house.phone) == ["Alarm: Kühlschrank 1"]
    await world.to(TEN + 80 * MINUTE)
    assert titles(house.phone) == ["Alarm: Kühlschrank 1", "All clear: Kühlschrank 1"]


async def test_a_storm_is_one_message_of_each_kind(
    hass: HomeAssistant, world: World, house: House
) -> None:
    phone = slow_phone(hass)
    chain = Chain(hass, await world.add_account(), 200)
    await house.watch(chain.target(), remind_every=0.5, remind_max=1)
    await world.advance(MINUTE)
    chain.open(chain.numbers)
    await world.advance(2 * MINUTE)
    assert titles(phone) == ["Alarm: Cold room 0000 and 199 more"]
    assert lines(phone[0]) == [f"Cold room {place:04}: 9.3 °C" for place in chain.numbers]
    assert not house.boss
    await world.advance(40 * MINUTE)
    assert titles(phone)[1:] == ["Still open: Cold room 0000 and 199 more"]
    assert titles(house.boss) == ["Nobody has acknowledged: Cold room 0000 and 199 more"]
    chain.clear(chain.numbers)
    await world.advance(2 * MINUTE)
    assert titles(phone)[2:] == ["All clear: Cold room 0000 and 199 more"]
    assert len(lines(phone[2])) == 200
    await world.advance(3 * HOUR)
    assert len(phone) == 3, "each was told once"


async def test_ten_are_told_one_by_one(hass: HomeAssistant, world: World, house: House) -> None:
    chain = Chain(hass, await world.add_account(), 10)
    await house.watch(chain.target())
    await world.advance(MINUTE)
    chain.open(chain.numbers)
    await world.advance(2 * MINUTE)
    chain.clear(chain.numbers)
    await world.advance(2 * MINUTE)
    names = [f"Cold room {place:04}" for place in chain.numbers]
    assert titles(house.phone) == [
        *(f"Alarm: {name}" for name in names),
        *(f"All clear: {name}" for name in names),
    ]


async def test_all_that_was_over_before_it_was_learnt_is_one_information(
    hass: HomeAssistant, world: World, house: House
) -> None:
    chain = Chain(hass, await world.add_account(), 60)
    await house.watch(chain.target())
    chain.report_late(chain.numbers)
    await world.advance(2 * MINUTE)
    assert titles(house.quiet) == ["Already over: Cold room 0000 and 59 more"]
    assert not house.phone


async def test_what_is_shown_after_a_run_that_others_started_is_told(
    hass: HomeAssistant, world: World, house: House
) -> None:
    """States are shown one after the other; the clock may strike in between."""
    chain = Chain(hass, await world.add_account(), 4)
    await house.watch(chain.target(), escalate_after=0)
    await world.advance(30 * timedelta(seconds=1), step=timedelta(seconds=1))
    known = world.now
    chain.show([0, 1], known)
    await world.advance(timedelta(seconds=1), step=timedelta(seconds=1))
    await hass.services.async_call(
        "automation",
        "trigger",
        {"entity_id": "automation.automation_0", "skip_condition": False},
        blocking=True,
    )
    await world.advance(timedelta(seconds=1), step=timedelta(seconds=1))
    chain.show([2, 3], known)
    await world.advance(5 * MINUTE)
    told = [title for title in titles(house.phone) if title != "Test"]
    assert told == [f"Alarm: Cold room {place:04}" for place in chain.numbers]


async def test_loggers_that_raise_and_clear_in_one_read(
    hass: HomeAssistant, world: World, house: House, site: Site
) -> None:
    """The way through testo's feed, for more loggers than runs may be waiting."""
    phone = slow_phone(hass)
    fridges = [add_fridge(world.fleet, site, f"Fridge {place:02}") for place in range(60)]
    await world.add_account()
    await house.watch({"area_id": area(world, site)}, remind_every=0, escalate_after=0)
    for each in fridges:
        heat(each, 5 * MINUTE, 30 * MINUTE)
    await world.to(TEN + 25 * MINUTE)
    assert kinds(phone) == ["raised"]
    assert titles(phone)[0].endswith("and 59 more")
    await world.to(TEN + 60 * MINUTE)
    assert kinds(phone) == ["raised", "cleared"]
    assert titles(phone)[1].endswith("and 59 more")


# Phones


@pytest.mark.parametrize(
    "choice",
    [
        ("normal", {}),
        (
            "time_sensitive",
            {
                "ttl": 0,
                "priority": "high",
                "channel": "testo Smart Connect",
                "push": {"interruption-level": "time-sensitive"},
            },
        ),
        (
            "critical",
            {
                "ttl": 0,
                "priority": "high",
                "channel": "alarm_stream",
                "push": {
                    "interruption-level": "critical",
                    "sound": {"name": "default", "critical": 1, "volume": 1.0},
                },
            },
        ),
    ],
)
async def test_the_all_clear_replaces_the_alarm_on_a_phone(
    world: World,
    house: House,
    logger: Logger,
    phones: dict[str, list[ServiceCall]],
    choice: tuple[str, dict[str, Any]],
) -> None:
    urgency, data = choice
    await world.add_account()
    await house.watch(logger, phones=phone_ids(house.hass), urgency=urgency, escalate_after=0)
    heat(logger, 30 * MINUTE, 70 * MINUTE)
    await world.to(TEN + 120 * MINUTE)
    (episode,) = {
        event["episode_id"] for event in world.events(logger.serial) if event["severity"] == "alarm"
    }
    for calls in phones.values():
        assert titles(calls) == ["Alarm: Kühlschrank 1", "All clear: Kühlschrank 1"]
        alarm, clear = (dict(call.data["data"]) for call in calls)
        buttons = alarm.pop("actions")
        assert [button["title"] for button in buttons] == ["Acknowledge", "Silence 1 h"]
        assert all(episode in button["action"] for button in buttons)
        place = {"tag": f"testo-{episode}", "group": "testo Smart Connect"}
        assert alarm == {**data, **place}
        assert clear == place, "nobody is woken up by an all-clear"


async def test_a_button_on_the_phone_acknowledges_in_the_name_of_its_user(
    hass: HomeAssistant,
    world: World,
    house: House,
    logger: Logger,
    phones: dict[str, list[ServiceCall]],
) -> None:
    await world.add_account()
    ids = phone_ids(hass)
    await house.watch(logger, phones=ids, remind_every=0.5, escalation_phones=ids[1:])
    await house.watch(logger, phones=ids[:1], notify_actions=[])
    heat(logger, 30 * MINUTE, 4 * HOUR)
    await world.to(TEN + 60 * MINUTE)
    user = MockUser(name="Anna").add_to_hass(hass)
    await press(hass, world, phones["anna"][0], "Acknowledge", user.id)
    alarm = house.alarm(logger)
    assert (alarm["acknowledged"], alarm["acknowledged_by"]) == (True, "Anna")
    await world.to(TEN + 6 * HOUR)
    assert kinds(house.phone) == ["raised", "cleared"]
    assert not house.boss
    assert len(phones["ben"]) == 2


async def test_a_button_on_the_phone_silences_for_an_hour(
    hass: HomeAssistant,
    world: World,
    house: House,
    logger: Logger,
    phones: dict[str, list[ServiceCall]],
) -> None:
    other = add_fridge(world.fleet, logger.site, "Kühlschrank 2")
    await world.add_account()
    site = {"area_id": area(world, logger.site)}
    await house.watch(site, phones=phone_ids(hass), remind_every=0.25, escalate_after=0)
    for each in (logger, other):
        heat(each, 30 * MINUTE)
    await world.to(TEN + 45 * MINUTE)
    (first,) = (call for call in phones["anna"] if call.data["title"] == "Alarm: Kühlschrank 1")
    await press(hass, world, first, "Silence 1 h", "")
    silenced = world.now
    until = house.alarm(logger)
    assert datetime.fromisoformat(until["snoozed_until"]) == silenced + HOUR
    await world.to(silenced + 58 * MINUTE)
    assert titles(phones["anna"]).count("Still open: Kühlschrank 1") == 0
    assert titles(phones["anna"]).count("Still open: Kühlschrank 2") == 3
    await world.to(silenced + 65 * MINUTE)
    assert titles(phones["anna"])[-1] == "Still open: Kühlschrank 1"


@pytest.mark.parametrize(
    "action", ["", None, "testo", "testo:automation.other:acknowledge:until:9"]
)
async def test_buttons_of_others_are_left_alone(
    hass: HomeAssistant, world: World, house: House, logger: Logger, action: str | None
) -> None:
    await world.add_account()
    await house.watch(logger)
    heat(logger, 30 * MINUTE)
    await world.to(TEN + 60 * MINUTE)
    hass.bus.async_fire("mobile_app_notification_action", {"action": action})
    hass.bus.async_fire("mobile_app_notification_action", {})
    await world.settle()
    assert kinds(house.phone) == ["raised"]
    alarm = house.alarm(logger)
    assert alarm["acknowledged"] is False
    assert alarm["snoozed_until"] is None


async def test_a_storm_fits_into_push_messages_and_one_thumb_acknowledges_it(
    hass: HomeAssistant,
    world: World,
    house: House,
    site: Site,
    phones: dict[str, list[ServiceCall]],
) -> None:
    fridges = [add_fridge(world.fleet, site, f"Fridge {place:02}") for place in range(30)]
    await world.add_account()
    await house.watch({"area_id": area(world, site)}, phones=phone_ids(hass)[:1], remind_every=0.25)
    for each in fridges:
        heat(each, 5 * MINUTE, 200 * MINUTE)
    await world.to(TEN + 25 * MINUTE)
    pushed = phones["anna"]
    assert [line for call in pushed for line in lines(call)] == [
        f"{each.name}: 60 °C" for each in fridges
    ]
    assert all(len(str(dict(call.data)).encode()) < 3000 for call in pushed)
    assert [call.data["data"]["tag"] for call in pushed] == ["testo-many", "testo-many-2"]
    user = MockUser(name="Anna").add_to_hass(hass)
    await press(hass, world, pushed[0], "Acknowledge", user.id)
    for each in fridges:
        attributes = house.alarm(each)
        assert attributes["acknowledged_by"] == "Anna"
    await world.to(TEN + 3 * HOUR)
    assert kinds(house.phone) == ["raised"]
    await world.to(TEN + 4 * HOUR)
    assert [call.data["data"]["tag"] for call in pushed[2:]] == ["testo-many", "testo-many-2"]


# Languages


@pytest.mark.parametrize(
    "told",
    [
        (
            "de",
            "Alarm: Kühlschrank 1",
            "Temperatur: zu hoch, 60,5 °C (Grenze 50 °C), seit 12:40",
            r"Temperatur: höchster Wert 60,5 °C, 12:40 - 13:50 \(1 h 10 min\)",
        ),
        (
            "fr",
            "Alarme : Kühlschrank 1",
            "Température : valeur trop haute, 60,5 °C (limite 50 °C), depuis 12:40",
            r"Température : maximum 60,5 °C, 12:40 - 13:50 \(1 h 10 min\)",
        ),
        (
            "pl",
            "Alarm: Kühlschrank 1",
            "Temperatura: za wysoko, 60,5 °C (limit 50 °C), od 12:40",
            r"Temperatura: najwyższa wartość 60,5 °C, 12:40 - 13:50 \(1 h 10 min\)",
        ),
    ],
)
async def test_messages_speak_the_chosen_language(
    world: World,
    house: House,
    logger: Logger,
    told: tuple[str, str, str, str],
) -> None:
    language, title, message, clear = told
    await world.add_account()
    await house.watch(logger, language=language, escalate_after=0)
    heat(logger, 30 * MINUTE, 110 * MINUTE, to=60.5)
    await world.to(TEN + 3 * HOUR)
    first, last = house.phone
    assert (first.data["title"], first.data["message"]) == (title, message)
    assert re.fullmatch(clear, plain(last)["message"]), last


@pytest.mark.parametrize("name", [ALARM, DIGEST, MONTHLY])
async def test_every_language_has_every_text(world: World, house: House, name: str) -> None:
    await world.add_account()
    blueprint = await house.blueprint(name)
    texts = blueprint.data["variables"]["texts"]
    options = blueprint.inputs["language"]["selector"]["select"]["options"]
    assert set(texts) == {it["value"] for it in options} == LANGUAGES

    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shape(inner) for key, inner in value.items()}
        return str(value).count("#")

    for language, words in texts.items():
        assert shape(words) == shape(texts["en"]), language


async def test_a_day_is_told_where_it_is_not_today(
    world: World, house: House, logger: Logger
) -> None:
    await world.add_account()
    await house.watch(logger, language="de", remind_every=6)
    heat(logger, 30 * MINUTE)
    await world.to(TEN + 13 * HOUR)
    assert house.phone[-1].data["message"].endswith("seit 01.07.2026 12:40")


# Traces and what is hidden


@pytest.mark.parametrize("name", [ALARM, DIGEST])
async def test_a_quiet_night_leaves_no_trace(
    hass: HomeAssistant, world: World, house: House, logger: Logger, name: str
) -> None:
    await world.add_account()
    inputs = {"loggers": house.device(logger.serial)}
    await house.use(name, **inputs, **({"digest_days": []} if name == DIGEST else {}))
    assert await async_setup_component(hass, "trace", {})
    await world.to(TEN + 3 * HOUR)
    traces = await async_list_traces(hass, "automation", None)
    assert not traces


async def test_one_alarm_leaves_few_traces(
    hass: HomeAssistant, world: World, house: House, logger: Logger
) -> None:
    await world.add_account()
    await house.use(
        ALARM, loggers=house.device(logger.serial), notify_actions=[say("phone")], remind_every=1
    )
    runs: list[dict[str, Any]] = []
    real = hass.data[DATA_TRACE]
    heat(logger, 30 * MINUTE, 150 * MINUTE)
    assert real is not None
    seen: set[str] = set()
    while world.now < TEN + 4 * HOUR:
        await world.advance(MINUTE)
        for trace in await async_list_traces(hass, "automation", None):
            if trace["run_id"] not in seen:
                seen.add(trace["run_id"])
                runs.append(trace)
    assert kinds(house.phone) == ["raised", "reminder", "cleared"]
    assert len(runs) <= 5, [(run["trigger"], run["script_execution"]) for run in runs]


@pytest.mark.parametrize("kind", ["area_id", "device_id", "label_id"])
async def test_a_hidden_entity_is_not_silent(
    hass: HomeAssistant, world: World, house: House, logger: Logger, kind: str
) -> None:
    await world.add_account()
    label = lr.async_get(hass).async_create("Impfstoffe").label_id
    registry = er.async_get(hass)
    for key in ("alarms", f"{logger.sensors[0].serial}_1_alarm"):
        registry.async_update_entity(
            world.entity_id(f"{logger.serial}_{key}"),
            hidden_by=er.RegistryEntryHider.USER,
            labels={label},
        )
    target = {
        "area_id": area(world, logger.site),
        "device_id": house.device(logger.serial)["device_id"],
        "label_id": label,
    }[kind]
    await house.watch({kind: target})
    heat(logger, 30 * MINUTE, 60 * MINUTE)
    await world.to(TEN + 2 * HOUR)
    assert kinds(house.phone) == ["raised", "cleared"]


# Loggers offline and batteries


async def test_a_silent_logger_is_told_and_so_is_its_return(
    world: World, house: House, logger: Logger
) -> None:
    other = add_fridge(world.fleet, logger.site, "Kühlschrank 2")
    await world.add_account()
    await house.follow(logger, other)
    for each in (logger, other):
        each.outage(TEN + MINUTE, TEN + 3 * HOUR)
    await world.to(TEN + 2 * HOUR)
    assert titles(house.phone) == ["Offline: Kühlschrank 1, Kühlschrank 2"]
    assert house.phone[0].data["message"] == (
        "Offline: Kühlschrank 1 (last measurement 2026-07-01 12:00)\n"
        "Offline: Kühlschrank 2 (last measurement 2026-07-01 12:00)"
    )
    await world.to(TEN + 4 * HOUR)
    assert titles(house.phone)[1:] == ["Back online: Kühlschrank 1, Kühlschrank 2"]


async def test_a_short_silence_is_not_told(world: World, house: House, logger: Logger) -> None:
    await world.add_account()
    await house.follow(logger, offline_after=60)
    logger.outage(TEN + MINUTE, TEN + 70 * MINUTE)
    await world.to(TEN + 4 * HOUR)
    assert f"{world.value(f'{logger.serial}_connection')}" == "on"
    assert not house.phone


@pytest.mark.expect_warnings
async def test_a3_a_dead_cloud_is_one_message_in_total(
    world: World, house: House, logger: Logger
) -> None:
    other = add_fridge(world.fleet, logger.site, "Kühlschrank 2")
    await world.add_account()
    await house.follow(logger, other)
    await world.to(TEN + 8 * MINUTE)
    world.faults.server_error = 503
    other.outage(TEN + 30 * MINUTE)
    await world.to(TEN + 4 * HOUR)
    assert world.value(f"{logger.serial}_connection") == "off"
    assert titles(house.phone) == ["The testo cloud is silent"]
    world.faults.server_error = None
    await world.to(TEN + 6 * HOUR)
    assert titles(house.phone)[1:] == ["Offline: Kühlschrank 2"], "which is really silent"


async def test_the_digest_tells_what_needs_attention(
    hass: HomeAssistant, world: World, house: House, logger: Logger
) -> None:
    weak = world.fleet.add_logger(logger.site, "Lager", kind=Kind.TEMPERATURE, battery=12)
    await world.add_account()
    await house.follow(logger, weak, offline_after=1440, digest_time="14:00:00")
    logger.outage(TEN + MINUTE)
    await world.to(TEN + 3 * HOUR)
    (call,) = house.phone
    assert call.data["title"] == "Loggers: what needs attention"
    assert call.data["message"] == (
        "Offline: Kühlschrank 1 (last measurement 2026-07-01 12:00)\nBattery low: Lager 12 %"
    )
    await hass.services.async_call(
        "automation", "trigger", {"entity_id": "automation.automation_0"}, blocking=True
    )
    assert kinds(house.phone) == ["digest", "digest"]


@pytest.mark.parametrize(
    ("inputs", "texts"),
    [
        ({}, []),
        ({"digest_always": True}, ["All loggers are online, no battery is low."]),
        ({"digest_always": True, "digest_days": ["tue"]}, []),
        ({"battery_below": 90}, ["Battery low: Kühlschrank 1 87 %"]),
    ],
)
async def test_a_digest_with_nothing_to_say(
    world: World, house: House, logger: Logger, inputs: dict[str, Any], texts: list[str]
) -> None:
    await world.add_account()
    await house.follow(logger, digest_time="14:00:00", **inputs)
    await world.to(TEN + 3 * HOUR)
    assert [call.data["message"] for call in house.phone] == texts


@pytest.mark.expect_warnings
async def test_a_digest_while_the_cloud_is_silent_blames_no_logger(
    world: World, house: House, logger: Logger
) -> None:
    await world.add_account()
    await house.follow(logger, digest_time="15:00:00", cloud_message=False)
    await world.to(TEN + 8 * MINUTE)
    world.faults.server_error = 503
    await world.to(TEN + 4 * HOUR)
    (call,) = house.phone
    assert call.data["message"].startswith("The testo cloud is silent: ")
    assert "Kühlschrank" not in call.data["message"]


async def test_a_restart_repeats_a_silence_once_at_most(
    world: World, house: House, logger: Logger
) -> None:
    entry = await world.add_account()
    await house.follow(logger, digest_days=[])
    logger.outage(TEN + MINUTE)
    await world.to(TEN + 2 * HOUR)
    assert len(house.phone) == 1
    await house.restart(entry)
    await world.to(TEN + 3 * HOUR)
    await world.to(TEN + 30 * HOUR, step=15 * MINUTE)
    told = len(house.phone)
    assert titles(house.phone) in (["Offline: Kühlschrank 1"], ["Offline: Kühlschrank 1"] * 2)
    await house.restart(entry)
    await world.advance(HOUR)
    assert len(house.phone) == told, "what has been silent for a day is left to the digest"


async def test_hundreds_that_fall_silent_and_return_are_one_message_each(
    hass: HomeAssistant, world: World, house: House
) -> None:
    phone = slow_phone(hass)
    chain = Chain(hass, await world.add_account(), 200)
    await house.use(
        DIGEST, loggers=chain.target(), notify_actions=[say("phone")], digest_time="14:00:00"
    )
    await world.to(TEN + 20 * MINUTE)
    chain.connect(chain.numbers, "off")
    await world.to(TEN + 60 * MINUTE)
    names = [f"Cold room {place:04}" for place in chain.numbers]
    assert titles(phone) == [f"Offline: {', '.join(names[:3])} and 197 more"]
    listed = [f"Offline: {name}" for name in names]
    assert lines(phone[0]) == listed
    await world.to(TEN + 125 * MINUTE)
    assert kinds(phone)[1:] == ["digest"]
    assert lines(phone[1]) == listed
    chain.connect(chain.numbers, "on")
    await world.to(TEN + 130 * MINUTE)
    assert titles(phone)[2:] == [f"Back online: {', '.join(names[:3])} and 197 more"]
    assert lines(phone[2]) == [f"Back online: {name}" for name in names]
