"""What changes something: alarms, commands, callbacks; each checked, none without an id."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
import logging
import sys
from types import ModuleType
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant import components
from homeassistant.components import persistent_notification as notifications
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.core_config import async_process_ha_core_config
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import probatio
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE
from tests.simulator import Fleet, Gateway, Kind, RadioSensor, Simulator

from .conftest import MARK, SensoristWorld
from .test_alarms import told, warm

HOUR = timedelta(hours=1)
STEP = 5 * MINUTE


async def create(world: SensoristWorld, sensor: RadioSensor, **changes: Any) -> str:
    """Set an alarm; return its id."""
    entity_id = world.entity_id(world.channel(sensor.channels[0]))
    data = {"entity_id": entity_id, "direction": "above", "value": 30, "delay": 15, **changes}
    found = await world.hass.services.async_call(
        DOMAIN, "create_alarm", data, blocking=True, return_response=True
    )
    assert isinstance(found, dict)
    return str(found["alarm_id"])


@pytest.mark.parametrize("told_as", ["alone", "in a list"])
async def test_an_alarm_is_created_and_deleted(
    hass: HomeAssistant,
    world: SensoristWorld,
    cellar: RadioSensor,
    entity_registry_enabled_by_default: None,
    told_as: Any,
) -> None:
    assert entity_registry_enabled_by_default is None
    world.simulator.odd.alarm_created = told_as
    await world.add_account()
    alarm_id = await create(world, cellar)
    await world.settle()
    (mine,) = world.simulator.limits.values()
    assert (str(mine.id), mine.value, mine.direction) == (alarm_id, 30.0, "above")
    limit = f"{world.channel(cellar.channels[0])}_upper_alarm_limit"
    assert world.value(limit) == "30.0", "at once, without asking again"
    await hass.services.async_call(DOMAIN, "delete_alarm", {"alarm_id": alarm_id}, blocking=True)
    await world.settle()
    assert not world.simulator.limits
    assert world.value(limit) == "unavailable"
    assert not world.simulator.wiped
    assert not world.simulator.early


async def test_an_alarm_of_the_web_page_can_be_deleted(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor
) -> None:
    channel = cellar.channels[0]
    alarms = [world.simulator.add_alarm(channel, "above", it, delay=20) for it in (30.0, 32.0)]
    await world.add_account()
    found: Any = await hass.services.async_call(
        DOMAIN, "get_inventory", {}, blocking=True, return_response=True
    )
    assert found["limits"] == [
        {
            "site": None,
            "property": "Temperature",
            "direction": "upper",
            "severity": "alarm",
            "value": it.value,
            "unit": "°C",
            "delay": 1200.0,
            "alarm_id": str(it.id),
            "entity_id": world.entity_id(world.channel(channel)),
        }
        for it in alarms
    ]
    data = {"alarm_id": found["limits"][1]["alarm_id"]}
    await hass.services.async_call(DOMAIN, "delete_alarm", data, blocking=True)
    assert [*world.simulator.limits.values()] == alarms[:1]


@pytest.mark.parametrize("alarm_id", ["", " ", "*", "4001/../", "all", "99999999"])
async def test_nothing_is_deleted_that_is_not_known(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor, alarm_id: str
) -> None:
    world.simulator.add_alarm(cellar.channels[0], "above", 30.0)
    await world.add_account()
    with pytest.raises(ServiceValidationError) as refused:
        await hass.services.async_call(
            DOMAIN, "delete_alarm", {"alarm_id": alarm_id}, blocking=True
        )
    assert len(world.simulator.limits) == 1
    assert not world.simulator.wiped
    assert refused.value.translation_key == ("no_alarm" if alarm_id.strip() else "no_alarm_id")
    assert not [it for it in world.simulator.writes if it.method == "DELETE"]


@pytest.mark.parametrize(("polls", "max_age"), [(2, 10), (1, 900)])
@pytest.mark.parametrize("end", ["finished", "failed", "never"])
async def test_a_button_tells_how_it_ended(  # noqa: PLR0913, PLR0917  fixtures
    hass: HomeAssistant,
    world: SensoristWorld,
    gateway: Gateway,
    entity_registry_enabled_by_default: None,
    monkeypatch: pytest.MonkeyPatch,
    end: Any,
    polls: int,
    max_age: int,
) -> None:
    assert entity_registry_enabled_by_default is None
    monkeypatch.setattr(f"custom_components.{DOMAIN}.kinds.base.sleep", world.pass_by)
    world.simulator.odd.workflow_end = end
    world.simulator.odd.workflow_polls = polls
    world.simulator.odd.max_age["workflows"] = max_age
    await world.add_account()
    button = world.entity_id(f"{gateway.serial}{MARK}_reboot")
    await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
    await world.settle()
    message = notified(hass, "reboot")
    expected = {"finished": "has restarted", "failed": "did not work", "never": "not known"}[end]
    assert expected in message
    assert "Sensorist" in message


async def test_what_pairing_means_is_said(
    hass: HomeAssistant,
    world: SensoristWorld,
    gateway: Gateway,
    entity_registry_enabled_by_default: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The gateway has accepted it, which is not yet a new sensor."""
    assert entity_registry_enabled_by_default is None
    monkeypatch.setattr(f"custom_components.{DOMAIN}.kinds.base.sleep", world.pass_by)
    world.simulator.odd.max_age["workflows"] = 10
    await world.add_account()
    button = world.entity_id(f"{gateway.serial}{MARK}_pairing")
    await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
    await world.settle()
    assert "appears here within an hour" in notified(hass, "pairing")


async def test_a_reload_leaves_no_press_without_a_word(
    hass: HomeAssistant,
    world: SensoristWorld,
    gateway: Gateway,
    entity_registry_enabled_by_default: None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert entity_registry_enabled_by_default is None

    async def sleep(_seconds: float) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(f"custom_components.{DOMAIN}.kinds.base.sleep", sleep)
    entry = await world.add_account()
    button = world.entity_id(f"{gateway.serial}{MARK}_reboot")
    await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    assert "the account was reloaded" in notified(hass, "reboot")


def notified(hass: HomeAssistant, command: str) -> str:
    """Return what a notification says of a command."""
    found = notifications._async_get_or_create_notifications(hass)  # noqa: SLF001  as a page reads them
    (message,) = (it["message"] for it in found.values() if command in it["notification_id"])
    return message


async def test_only_a_channel_can_have_an_alarm(
    world: SensoristWorld, gateway: Gateway, cellar: RadioSensor
) -> None:
    await world.add_account()
    entity_id = world.entity_id(f"{gateway.serial}{MARK}_connection")
    with pytest.raises(ServiceValidationError) as refused:
        await create(world, cellar, entity_id=entity_id)
    assert refused.value.translation_key == "no_channel"


@pytest.mark.parametrize("number", ["battery", "door"])
async def test_what_nobody_watches_by_a_limit_has_no_alarm(
    world: SensoristWorld, gateway: Gateway, cellar: RadioSensor, number: str
) -> None:
    kind = Kind.of(("Door", "Door contact", None, 0))
    door = gateway.add_radio_sensor("Dør", kind=kind)
    await world.add_account()
    ids = {
        "battery": world.source(cellar, world.simulator.battery_id(cellar)),
        "door": world.channel(door.channels[0]),
    }
    with pytest.raises(ServiceValidationError) as refused:
        await create(world, cellar, entity_id=world.entity_id(ids[number]))
    assert refused.value.translation_key == "not_watchable"
    assert not world.simulator.limits


async def test_the_same_alarm_is_not_set_twice(world: SensoristWorld, cellar: RadioSensor) -> None:
    """Another delay, value, side or channel makes another one."""
    await world.add_account()
    alarm_id = await create(world, cellar)
    with pytest.raises(ServiceValidationError) as refused:
        await create(world, cellar)
    assert refused.value.translation_key == "alarm_exists"
    assert (refused.value.translation_placeholders or {})["alarm"] == alarm_id
    damp = world.entity_id(world.channel(cellar.channels[1]))
    changes: list[dict[str, Any]] = [{"delay": 0}, {"value": 31}, {"direction": "below"}]
    for change in [*changes, {"entity_id": damp}]:
        await create(world, cellar, **change)
    assert len(world.simulator.limits) == 5


async def test_an_account_that_is_named_has_to_be_that_of_the_sensor(
    world: SensoristWorld, cellar: RadioSensor
) -> None:
    entry = await world.add_account()
    with pytest.raises(ServiceValidationError) as refused:
        await create(world, cellar, config_entry_id="another")
    assert refused.value.translation_key == "no_channel"
    assert not world.simulator.limits
    assert await create(world, cellar, config_entry_id=entry.entry_id)


async def test_a_delay_is_whole_minutes(world: SensoristWorld, cellar: RadioSensor) -> None:
    await world.add_account()
    with pytest.raises(probatio.Invalid):
        await create(world, cellar, delay=2.5)
    assert not world.simulator.limits
    await create(world, cellar, delay="3.0")
    (mine,) = world.simulator.limits.values()
    assert mine.delay == 3


async def test_an_alarm_or_a_limit_stands_for_its_value(
    world: SensoristWorld, cellar: RadioSensor, entity_registry_enabled_by_default: None
) -> None:
    assert entity_registry_enabled_by_default is None
    world.simulator.add_alarm(cellar.channels[0], "above", 30.0)
    await world.add_account()
    for value, ending in enumerate(("_alarm", "_upper_alarm_limit"), 40):
        entity_id = world.entity_id(f"{world.channel(cellar.channels[0])}{ending}")
        await create(world, cellar, entity_id=entity_id, value=value)
    assert {it.value for it in world.simulator.limits.values()} == {30.0, 40.0, 41.0}


async def reachable(hass: HomeAssistant) -> None:
    """Let Home Assistant have an address that can be reached from outside."""
    assert await async_setup_component(hass, "webhook", {})
    await async_process_ha_core_config(hass, {"external_url": "https://example.com"})


async def switch_on(hass: HomeAssistant, world: SensoristWorld, entry: ConfigEntry[Any]) -> Any:
    """Choose to be called."""
    form = await hass.config_entries.options.async_init(entry.entry_id)
    typed = {"alarm_interval": 60, "measurement_interval": 240, "push": True}
    result = await hass.config_entries.options.async_configure(form["flow_id"], typed)
    await world.settle()
    return result


async def test_a_call_is_a_hint_to_read(
    hass: HomeAssistant,
    world: SensoristWorld,
    cellar: RadioSensor,
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The log of the server cannot cope with a clock that stands still.
    monkeypatch.setattr(logging.getLogger("aiohttp.access"), "disabled", True)
    await reachable(hass)
    world.simulator.add_alarm(cellar.channels[0], "above", 30.0)
    entry = await world.add_account()
    assert (await switch_on(hass, world, entry))["type"] == "create_entry"
    (mine,) = world.simulator.callbacks.values()
    assert mine.url.startswith("https://example.com/api/webhook/")
    assert world.value(f"{world.account}_push") == "on"
    warm(world, cellar)
    await world.advance(25 * MINUTE, step=STEP)
    assert told(world, cellar) == []
    client = await hass_client_no_auth()
    for body in (b"", b"\xff{", b'{"alarm": 1}'):
        answer = await client.post(mine.url.removeprefix("https://example.com"), data=body)
        assert answer.status == 200
    await world.settle()
    assert told(world, cellar) == ["alarm_raised"]
    before = len(world.simulator.callbacks)
    await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    assert len(world.simulator.callbacks) == before
    await hass.config_entries.async_unload(entry.entry_id)
    assert not world.simulator.callbacks
    assert not world.simulator.wiped
    assert not world.simulator.early


async def called(hass: HomeAssistant, world: SensoristWorld, client: TestClient[Any, Any]) -> None:
    """Let the cloud call, and somebody ask for fresh values as well."""
    (mine,) = world.simulator.callbacks.values()
    await client.post(mine.url.removeprefix("https://example.com"))
    entity_id = world.entity_id(f"{world.account}_active_alarms")
    await hass.services.async_call(
        "homeassistant", "update_entity", {"entity_id": entity_id}, blocking=True
    )
    await world.settle()


@pytest.mark.expect_warnings
@pytest.mark.parametrize(
    ("fault", "most"),
    [
        ({}, 40),
        ({"sync": {"server_error": 500}}, 12),
        ({"sync": {"connection_reset": True}}, 20),
        ({"measurements": {"server_error": 500}}, 30),
        ({"history": {"server_error": 500}}, 30),
        ({"measurements": {"empty_body": True}, "history": {"empty_body": True}}, 20),
    ],
    ids=str,
)
async def test_whoever_calls_every_minute_costs_little(  # noqa: PLR0913, PLR0917  fixtures
    hass: HomeAssistant,
    world: SensoristWorld,
    cellar: RadioSensor,
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
    fault: dict[str, Any],
    most: int,
) -> None:
    assert cellar
    monkeypatch.setattr(logging.getLogger("aiohttp.access"), "disabled", True)
    assert await async_setup_component(hass, "homeassistant", {})
    await reachable(hass)
    await switch_on(hass, world, await world.add_account())
    client = await hass_client_no_auth()
    await world.advance(30 * MINUTE, step=STEP)
    world.faults.on = fault
    world.simulator.requests.clear()
    for _ in range(4 * 60):
        await called(hass, world, client)
        await world.advance(MINUTE)
    times = [it.at for it in world.requests()]
    busiest = max(sum(at <= it < at + HOUR for it in times) for at in times)
    assert busiest <= most
    assert not world.simulator.early


async def test_calls_that_come_at_once_are_one_read(
    hass: HomeAssistant,
    world: SensoristWorld,
    cellar: RadioSensor,
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Soon after a read it comes later, and none is lost."""
    assert cellar
    monkeypatch.setattr(logging.getLogger("aiohttp.access"), "disabled", True)
    assert await async_setup_component(hass, "homeassistant", {})
    await reachable(hass)
    entry = await world.add_account()
    await switch_on(hass, world, entry)
    await world.advance(20 * MINUTE, step=STEP)
    client = await hass_client_no_auth()
    world.simulator.requests.clear()

    def reads() -> int:
        return len(world.requests("GET", "/alarms/history"))

    for _ in range(3):
        await called(hass, world, client)
    assert reads() == 1
    await world.advance(MINUTE)
    for _ in range(3):
        await called(hass, world, client)
    await world.advance(3 * MINUTE)
    assert reads() == 1
    await world.advance(2 * MINUTE)
    assert reads() == 2
    await world.advance(20 * MINUTE)
    assert reads() == 2, "both have been seen to"
    # One that waits goes with the account.
    for _ in range(2):
        await called(hass, world, client)
    await hass.config_entries.async_unload(entry.entry_id)
    await world.advance(10 * MINUTE)
    assert reads() == 3


async def test_without_an_address_it_is_said_at_once(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor
) -> None:
    assert cellar
    entry = await world.add_account()
    result = await switch_on(hass, world, entry)
    assert result["errors"] == {"push": "no_address"}
    assert not world.simulator.callbacks


async def test_what_no_cloud_lets_users_do_is_refused(
    hass: HomeAssistant, world: SensoristWorld, fleet: Fleet, gateway: Gateway
) -> None:
    logger = fleet.add_logger(gateway.site, "Kühlschrank")
    simulator = Simulator(fleet)
    simulator.faults.run_time = 0
    await simulator.start()
    form = await world.start_flow("smart_connect")
    typed = {
        "region": "eu",
        "api_key": simulator.api_key,
        "advanced": {"base_url": simulator.base_url},
    }
    entry = (await world.submit(form, typed))["result"]
    await world.settle()
    entity_id = world.entity_id(f"{logger.serial}_{logger.sensors[0].serial}_1")
    calls: dict[str, dict[str, Any]] = {
        "create_alarm": {"entity_id": entity_id, "direction": "above", "value": 5},
        "delete_alarm": {"alarm_id": "1"},
    }
    for action, data in calls.items():
        with pytest.raises(ServiceValidationError) as refused:
            await hass.services.async_call(DOMAIN, action, data, blocking=True)
        assert refused.value.translation_key == "not_offered"
    await hass.config_entries.async_unload(entry.entry_id)
    await simulator.stop()


async def test_an_entity_that_is_none_of_ours_has_no_alarm(
    world: SensoristWorld, cellar: RadioSensor
) -> None:
    await world.add_account()
    with pytest.raises(ServiceValidationError) as refused:
        await create(world, cellar, entity_id="sensor.somebody_elses")
    assert refused.value.translation_key == "no_channel"


async def test_an_alarm_is_set_although_the_list_cannot_be_read(
    world: SensoristWorld, cellar: RadioSensor
) -> None:
    """What is shown follows later."""
    entry = await world.add_account()
    options = {"alarm_interval": 60, "measurement_interval": 240}
    world.hass.config_entries.async_update_entry(entry, options=options)
    await world.hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    await world.advance(20 * MINUTE, step=STEP)
    world.faults.on = {"alarms.sync": {"server_error": 500}}
    assert await create(world, cellar)
    assert len(world.simulator.limits) == 1


@pytest.mark.expect_warnings
@pytest.mark.parametrize("resource", ["alarms", "commands"])
@pytest.mark.parametrize(
    ("fault", "key"),
    [
        ({"server_error": 500}, "write_unclear"),
        ({"connection_reset": True}, "write_unclear"),
        ({"html": True}, "write_unclear"),
        ({"rate_limit": True}, "write_rate_limited"),
        ({"refused": 403}, "write_not_allowed"),
        ({"refused": 400}, "write_failed"),
        ({"unauthorized": True}, "invalid_auth"),
    ],
    ids=str,
)
async def test_what_the_cloud_cannot_do_is_said(  # noqa: PLR0913, PLR0917  fixtures
    hass: HomeAssistant,
    world: SensoristWorld,
    gateway: Gateway,
    cellar: RadioSensor,
    entity_registry_enabled_by_default: None,
    resource: str,
    fault: dict[str, Any],
    key: str,
) -> None:
    """Nobody tries it again, and nothing else is promised."""
    assert entity_registry_enabled_by_default is None
    await world.add_account()
    world.faults.on = {f"{resource}.write": fault}
    button = world.entity_id(f"{gateway.serial}{MARK}_pairing")
    press = hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
    work = {"alarms": create(world, cellar), "commands": press}
    with pytest.raises(HomeAssistantError) as failed:
        await work.pop(resource)
    for other in work.values():
        other.close()
    assert failed.value.translation_key == key
    assert "keeps trying" not in str(failed.value)


@pytest.mark.expect_warnings
async def test_what_fails_before_a_deletion_has_changed_nothing(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor
) -> None:
    mine = world.simulator.add_alarm(cellar.channels[0], "above", 30.0)
    entry = await world.add_account()
    options = {"alarm_interval": 60, "measurement_interval": 240}
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    await world.advance(20 * MINUTE, step=STEP)
    world.faults.on = {"alarms.sync": {"server_error": 500}}
    with pytest.raises(HomeAssistantError) as failed:
        await hass.services.async_call(
            DOMAIN, "delete_alarm", {"alarm_id": str(mine.id)}, blocking=True
        )
    assert failed.value.translation_key == "write_failed"
    assert len(world.simulator.limits) == 1


async def test_a_callback_that_cannot_be_registered_is_tried_again(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor
) -> None:
    assert cellar
    await reachable(hass)
    entry = await world.add_account()
    world.faults.on = {"callbacks": {"server_error": 500}}
    await switch_on(hass, world, entry)
    push = f"{world.account}_push"
    assert world.value(push) == "off"
    world.faults.on = {}
    await world.advance(40 * MINUTE, step=STEP)
    assert world.value(push) == "on"
    # And one that cannot be removed keeps nobody from unloading.
    world.faults.on = {"callbacks": {"server_error": 500}}
    assert await hass.config_entries.async_unload(entry.entry_id)
    world.faults.on = {}
    await hass.config_entries.async_setup(entry.entry_id)
    await world.advance(40 * MINUTE, step=STEP)
    assert world.value(push) == "on"
    assert len(world.simulator.callbacks) == 1, "it is found again"


@pytest.mark.parametrize("key", ["callbacks", "items"])
@pytest.mark.parametrize("is_lost", [False, True])
async def test_whoever_is_told_to_be_called_is(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor, key: str, *, is_lost: bool
) -> None:
    """What was removed is registered anew, whether the answer to the removal came or not."""
    assert cellar
    world.simulator.odd.callbacks_key = key
    await reachable(hass)
    entry = await world.add_account()
    await switch_on(hass, world, entry)
    if is_lost:
        world.faults.on = {"callbacks.write": {"cut_body": True}}
    await hass.config_entries.async_unload(entry.entry_id)
    assert not world.simulator.callbacks
    world.faults.on = {}
    await hass.config_entries.async_setup(entry.entry_id)
    await world.settle()
    await world.advance((40 if is_lost else 1) * MINUTE, step=STEP)
    assert world.value(f"{world.account}_push") == "on"
    assert len(world.simulator.callbacks) == 1
    assert not world.simulator.early


async def test_an_address_that_is_gone_is_a_repair(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor
) -> None:
    assert cellar
    await reachable(hass)
    entry = await world.add_account()
    await switch_on(hass, world, entry)
    hass.config.external_url = None
    await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"push_refused_{world.account}")
    assert issue is not None
    assert issue.translation_key == "no_address"
    assert not world.simulator.callbacks


@pytest.fixture
def hooks(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Return what Home Assistant Cloud has addresses for.

    It needs a subscription, so that its own component cannot serve here.
    """
    asked: list[str] = []

    async def hook(_hass: HomeAssistant, webhook_id: str) -> str:
        asked.append(webhook_id)
        return "https://hooks.example.com/abc"

    async def let_go(_hass: HomeAssistant, webhook_id: str) -> None:
        asked.remove(webhook_id)

    module = ModuleType("homeassistant.components.cloud")
    module.async_active_subscription = lambda _hass: True  # type: ignore[attr-defined]  # as there
    module.async_get_or_create_cloudhook = hook  # type: ignore[attr-defined]  # as there
    module.async_delete_cloudhook = let_go  # type: ignore[attr-defined]  # as there
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(components, "cloud", module, raising=False)
    hass.config.components.add("cloud")
    yield asked
    hass.config.components.remove("cloud")


async def test_home_assistant_cloud_gives_an_address(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor, hooks: list[str]
) -> None:
    assert cellar
    assert await async_setup_component(hass, "webhook", {})
    entry = await world.add_account()
    await switch_on(hass, world, entry)
    (mine,) = world.simulator.callbacks.values()
    assert mine.url == "https://hooks.example.com/abc"
    assert len(hooks[0]) == 64
    await hass.config_entries.async_remove(entry.entry_id)
    assert not hooks, "it would go on for nobody"


async def test_an_account_without_an_address_leaves_those_of_others(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor, hooks: list[str]
) -> None:
    assert cellar
    hooks.append("somebody else's")
    entry = await world.add_account()
    await hass.config_entries.async_remove(entry.entry_id)
    assert hooks == ["somebody else's"]
    assert not world.simulator.writes


async def test_what_fails_halfway_is_not_done_again(
    world: SensoristWorld, cellar: RadioSensor
) -> None:
    await world.add_account()
    world.faults.on = {"alarms.write": {"cut_body": True}}
    with pytest.raises(HomeAssistantError):
        await create(world, cellar)
    assert len(world.simulator.limits) == 1


@pytest.mark.parametrize("fault", ["status", "code"])
async def test_who_may_not_do_something_may_still_read(  # noqa: PLR0913, PLR0917  fixtures
    hass: HomeAssistant,
    world: SensoristWorld,
    gateway: Gateway,
    cellar: RadioSensor,
    entity_registry_enabled_by_default: None,
    fault: str,
) -> None:
    assert entity_registry_enabled_by_default is None
    await world.add_account()
    if fault == "status":
        world.faults.on = {"commands.write": {"refused": 403}}
    else:
        world.simulator.odd.code = {"commands": 403}
    button = world.entity_id(f"{gateway.serial}{MARK}_reboot")
    with pytest.raises(HomeAssistantError) as refused:
        await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
    assert refused.value.translation_key == "write_not_allowed"
    await world.advance(HOUR, step=STEP)
    assert world.value(world.channel(cellar.channels[0])) != "unavailable"
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)


async def test_an_alarm_that_could_not_be_deleted_stays(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor
) -> None:
    """Its answer says so in its body."""
    mine = world.simulator.add_alarm(cellar.channels[0], "above", 30.0)
    await world.add_account()
    warm(world, cellar, 24 * HOUR)
    await world.advance(HOUR, step=STEP)
    world.simulator.odd.code = {"alarms": 403}
    with pytest.raises(HomeAssistantError):
        await hass.services.async_call(
            DOMAIN, "delete_alarm", {"alarm_id": str(mine.id)}, blocking=True
        )
    world.simulator.odd.code = {}
    world.simulator.limits[mine.id] = mine
    await world.advance(2 * HOUR, step=STEP)
    assert world.value(f"{world.channel(cellar.channels[0])}_alarm") == "on"


async def test_a_value_is_meant_in_the_unit_that_is_shown(
    hass: HomeAssistant,
    world: SensoristWorld,
    gateway: Gateway,
) -> None:
    kind = Kind.of(("Pressure", "Unknown", "hPa", 1))
    air = gateway.add_radio_sensor("Loft", kind=kind)
    await world.add_account()
    entity_id = world.entity_id(world.channel(air.channels[0]))
    assert entity_id == "sensor.loft_pressure"
    er.async_get(hass).async_update_entity_options(
        entity_id, "sensor", {"unit_of_measurement": "kPa"}
    )
    await world.settle()
    await create(world, air, entity_id=entity_id, direction="below", value=95)
    (mine,) = world.simulator.limits.values()
    assert mine.value == 950.0


async def test_a_unit_in_another_spelling_is_the_same_unit(
    world: SensoristWorld, gateway: Gateway
) -> None:
    """Home Assistant writes the micro of all units in one way."""
    kind = Kind.of(("Dust", "Unknown", "\N{MICRO SIGN}g/m³", 0))
    dust = gateway.add_radio_sensor("Støv", kind=kind)
    await world.add_account()
    shown = world.state(world.channel(dust.channels[0])).attributes["unit_of_measurement"]
    assert shown == "\N{GREEK SMALL LETTER MU}g/m³"
    await create(world, dust, value=40)
    (mine,) = world.simulator.limits.values()
    assert mine.value == 40.0


async def test_an_empty_answer_to_a_deletion_is_one(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor
) -> None:
    mine = world.simulator.add_alarm(cellar.channels[0], "above", 30.0)
    await world.add_account()
    world.faults.on = {"alarms.write": {"empty_body": True}}
    await hass.services.async_call(
        DOMAIN, "delete_alarm", {"alarm_id": str(mine.id)}, blocking=True
    )


@pytest.mark.parametrize("address", ["https://example.com", "https://example.org"])
async def test_one_callback_is_enough(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor, address: str
) -> None:
    """Of an address of before, or of requests whose answers were lost, none is left over."""
    assert cellar
    await reachable(hass)
    entry = await world.add_account()
    await switch_on(hass, world, entry)
    (mine,) = world.simulator.callbacks.values()
    await world.advance(20 * MINUTE, step=STEP)
    await hass.config_entries.async_unload(entry.entry_id)
    world.simulator.callbacks |= {it: replace(mine, id=it) for it in (901, 902)}
    await async_process_ha_core_config(hass, {"external_url": address})
    await world.advance(20 * MINUTE, step=STEP)
    await hass.config_entries.async_setup(entry.entry_id)
    await world.settle()
    (found,) = world.simulator.callbacks.values()
    assert found.url.startswith(f"{address}/")
    assert found.url.rpartition("/")[2] == mine.url.rpartition("/")[2]
