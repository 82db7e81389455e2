"""The login: sent with each request, refused once, never sent again by itself."""

import asyncio
from datetime import timedelta
import json
import logging
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STARTED, MATCH_ALL
from homeassistant.core import CoreState, Event, HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.json import JSONEncoder
from homeassistant.setup import async_setup_component
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE, Download
from tests.simulator import Fleet, Gateway, Kind, RadioSensor

from .conftest import MARK, SensoristWorld

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEP = 5 * MINUTE


@pytest.mark.expect_warnings
async def test_a_refused_login_asks_once_and_is_never_repeated(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor
) -> None:
    entry = await world.add_account()
    world.simulator.users[world.simulator.email] = "another"
    await world.advance(30 * MINUTE, step=STEP)
    wrong = world.simulator.wrong_logins
    count = sum(wrong.values()) if isinstance(wrong, dict) else wrong
    assert count == 1
    await world.advance(6 * HOUR, step=STEP)
    await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    await world.advance(HOUR, step=STEP)
    again = world.simulator.wrong_logins
    assert (sum(again.values()) if isinstance(again, dict) else again) == count
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["step_id"] == "reauth_confirm_sensorist"
    typed = {"email": world.simulator.email, "password": "another"}
    result = await world.submit(flow, typed)
    assert result["reason"] == "reauth_successful"
    await world.settle()
    await world.advance(20 * MINUTE, step=STEP)
    assert world.value(world.channel(cellar.channels[0])) != "unavailable"


@pytest.mark.expect_warnings
async def test_a_request_that_was_sent_is_asked_even_if_nobody_waits_for_it(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor
) -> None:
    """Two reloads follow each other faster than the cloud answers."""
    entry = await world.add_account()
    await world.advance(50 * MINUTE, step=STEP)
    world.simulator.requests.clear()
    come, answers = asyncio.Event(), asyncio.Event()

    async def pause(_seconds: float) -> None:
        come.set()
        await answers.wait()

    world.simulator.pause = pause
    world.faults.on = {"users": {"slow": 1}}
    await hass.config_entries.async_reload(entry.entry_id)
    await come.wait()
    await hass.config_entries.async_reload(entry.entry_id)
    answers.set()
    await world.settle()
    assert len(world.requests("GET", "/users")) == 1
    await world.advance(40 * MINUTE, step=STEP)
    assert len(world.requests("GET", "/users")) == 2
    assert world.value(f"{world.account}_cloud") == "on"
    assert world.value(world.channel(cellar.channels[0])) != "unavailable"
    assert not world.simulator.early


@pytest.mark.expect_warnings
async def test_an_error_that_is_kept_is_one_failure(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor
) -> None:
    """Who asks again before it may be asked for learns nothing new."""
    assert cellar
    assert await async_setup_component(hass, "homeassistant", {})
    await world.add_account()
    world.simulator.odd.code = {"alarms": 500}
    await world.advance(20 * MINUTE, step=STEP)
    for _ in range(2):
        await world.advance(6 * MINUTE)
        entity_id = world.entity_id(f"{world.account}_active_alarms")
        data = {"entity_id": entity_id}
        await hass.services.async_call("homeassistant", "update_entity", data, blocking=True)
        await world.settle()
    assert world.value(f"{world.account}_cloud") == "on"
    await world.advance(HOUR, step=STEP)
    assert world.value(f"{world.account}_cloud") == "off"
    assert not world.simulator.early


@pytest.mark.expect_warnings
async def test_a_refusal_is_known_at_once_after_a_restart(
    hass: HomeAssistant, world: SensoristWorld, cellar: RadioSensor
) -> None:
    """Nothing is asked for that."""
    assert cellar
    entry = await world.add_account()
    world.simulator.users[world.simulator.email] = "another"
    await world.advance(20 * MINUTE, step=STEP)
    assert await hass.config_entries.async_unload(entry.entry_id)
    for flow in hass.config_entries.flow.async_progress_by_handler(DOMAIN):
        hass.config_entries.flow.async_abort(flow["flow_id"])
    hass.set_state(CoreState.not_running)
    assert await hass.config_entries.async_setup(entry.entry_id)
    world.simulator.requests.clear()
    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await world.settle()
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["step_id"] == "reauth_confirm_sensorist"
    assert world.value(f"{world.account}_cloud") == "off"
    assert not world.requests()


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"password": "wrong"}, {"base": "invalid_auth"}),
        ({"email": " "}, {"email": "missing"}),
        ({"email": "jens.example.com"}, {"email": "invalid_email"}),
        ({"email": "jens@"}, {"email": "invalid_email"}),
        ({"email": "@example.com"}, {"email": "invalid_email"}),
        ({"email": "jens @example.com"}, {"email": "invalid_email"}),
        ({"password": ""}, {"password": "missing"}),
        ({"advanced": {"base_url": "ftp://x"}}, {"base": "invalid_url"}),
    ],
)
async def test_what_is_wrong_is_said(
    world: SensoristWorld, cellar: RadioSensor, changes: dict[str, Any], errors: dict[str, str]
) -> None:
    assert cellar
    result = await world.submit(await world.start_flow(), world.typed(**changes))
    assert (result["type"], result["errors"]) == (FlowResultType.FORM, errors)
    asked = len(world.requests())
    assert bool(asked) == (errors == {"base": "invalid_auth"}), "the rest is seen from here"
    result = await world.submit(result, world.typed())
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"server_error": 503}, "cloud_error"),
        ({"html": True}, "cloud_error"),
        ({"connection_reset": True}, "cannot_connect"),
        ({"rate_limit": True}, "rate_limited"),
        ({"on": {"gateways": {"refused": 403}}}, "invalid_auth"),
    ],
)
async def test_a_fault_is_no_refusal(
    world: SensoristWorld, cellar: RadioSensor, fault: dict[str, Any], error: str
) -> None:
    assert cellar
    world.faults.set(fault)
    result = await world.submit(await world.start_flow(), world.typed())
    assert result["errors"] == {"base": error}


@pytest.mark.parametrize(
    ("code", "error"),
    [(401, "invalid_auth"), (403, "invalid_auth"), (500, "cloud_error"), (404, "cloud_error")],
)
async def test_the_code_in_the_answer_counts(
    world: SensoristWorld, cellar: RadioSensor, code: int, error: str
) -> None:
    """It may differ from the status."""
    assert cellar
    world.simulator.odd.code = {"gateways": code}
    result = await world.submit(await world.start_flow(), world.typed())
    assert result["errors"] == {"base": error}


@pytest.mark.expect_warnings
@pytest.mark.parametrize("payload", ["missing", "null", "other"])
@pytest.mark.parametrize("resource", ["gateways", "alarms", "history", "measurements"])
async def test_an_answer_without_its_list_says_nothing(
    world: SensoristWorld, cellar: RadioSensor, resource: str, payload: Any
) -> None:
    world.simulator.add_alarm(cellar.channels[0], "above", 30.0)
    cellar.channels[0].hold(world.now - HOUR, world.now + DAY, 33.0)
    await world.add_account()
    alarm = f"{world.channel(cellar.channels[0])}_alarm"
    assert world.value(alarm) == "on"
    world.simulator.odd.payload = {resource: payload}
    await world.advance(3 * HOUR, step=STEP)
    assert world.value(alarm) in {"on", "unavailable"}
    world.simulator.odd.payload = {}
    await world.advance(2 * HOUR, step=STEP)
    assert world.value(alarm) == "on"
    assert not world.simulator.early


@pytest.mark.expect_warnings
@pytest.mark.parametrize("resource", ["alarms", "history"])
async def test_alarms_that_nobody_understands_hide_nothing_else(
    world: SensoristWorld, cellar: RadioSensor, resource: str
) -> None:
    """Nobody knows how they are told; that the cloud answers shows that it is up again."""
    world.simulator.add_alarm(cellar.channels[0], "above", 30.0)
    entry = await world.add_account()
    world.faults.on = {"sync": {"server_error": 500}}
    await world.advance(3 * HOUR, step=STEP)
    assert world.value(world.channel(cellar.channels[0])) == "unavailable"
    world.faults.on = {}
    world.simulator.odd.payload = {resource: "null"}
    await world.advance(35 * MINUTE, step=STEP)
    assert world.value(f"{world.account}_cloud") == "on"
    assert world.value(world.channel(cellar.channels[0])) != "unavailable"
    assert world.value(f"{world.channel(cellar.channels[0])}_alarm") == "unavailable"
    told = (await world.diagnostics(entry))["cloud"]
    assert told["reports"]["alarms"]["rejected"] in ({"no_alarms": 1}, {"no_log": 1})
    assert "nothing of the answer is understood" in told["errors"]["alarms"]


@pytest.mark.expect_warnings
async def test_a_list_of_which_nothing_is_understood_is_not_empty(
    world: SensoristWorld, cellar: RadioSensor
) -> None:
    world.simulator.odd.extra_alarms = [{"id": 1, "limit": 30, "source": "cellar"}]
    await world.add_account()
    await world.advance(HOUR, step=STEP)
    assert world.value(f"{world.channel(cellar.channels[0])}_alarm") == "unavailable"
    assert world.value(f"{world.account}_cloud") == "on"
    assert world.value(world.channel(cellar.channels[0])) != "unavailable"


async def test_new_hardware_comes_without_a_reload(
    hass: HomeAssistant, world: SensoristWorld, fleet: Fleet, gateway: Gateway, cellar: RadioSensor
) -> None:
    entry = await world.add_account()
    attic = gateway.add_radio_sensor("Loft", kind=Kind.TEMPERATURE)
    second = fleet.add_gateway(gateway.site, "Zweites")
    roof = second.add_radio_sensor("Dach", kind=Kind.TEMPERATURE)
    await world.advance(2 * HOUR, step=STEP)
    for sensor in (attic, roof):
        assert world.value(world.channel(sensor.channels[0])) != "unavailable"
    fleet.remove(attic.serial)
    await world.advance(3 * HOUR, step=STEP)
    registry, identifier = dr.async_get(hass), (DOMAIN, f"{attic.serial}{MARK}")
    assert registry.async_get_device_by_identifier(identifier, entry.entry_id) is None
    assert world.value(world.channel(cellar.channels[0])) != "unavailable"
    asked = [it.path for it in world.requests("GET", "/measurements")]
    assert asked
    assert not world.simulator.early


@pytest.mark.parametrize("is_place", ["place", "current"])
async def test_a_sensor_behind_a_slave(
    world: SensoristWorld, fleet: Fleet, gateway: Gateway, is_place: Any
) -> None:
    slave = fleet.add_gateway(gateway.site, "Slave")
    sensor = slave.add_radio_sensor("Dahinter", kind=Kind.TEMPERATURE)
    world.simulator.odd.masters = {slave.serial: gateway.serial}
    world.simulator.odd.one_gateway_is = is_place
    await world.add_account()
    assert world.value(world.channel(sensor.channels[0])) != "unavailable"


@pytest.mark.expect_warnings
async def test_nothing_private_is_told(
    hass: HomeAssistant,
    world: SensoristWorld,
    cellar: RadioSensor,
    caplog: pytest.LogCaptureFixture,
    diagnose: Download,
) -> None:
    caplog.set_level(logging.DEBUG)
    heard: list[str] = []

    @callback
    def hear(event: Event[Any]) -> None:
        heard.append(json.dumps(event.as_dict(), cls=JSONEncoder, default=str))

    hass.bus.async_listen(MATCH_ALL, hear)
    password = "p4ss W0rd/+="
    world.simulator.users[world.simulator.email] = password
    entry = await world.add_account(password=password)
    found = json.dumps(await diagnose(entry), ensure_ascii=False)
    for word in (cellar.name, cellar.serial, "Gateway", world.simulator.email, "203.0.113"):
        assert word not in found
    world.simulator.users[world.simulator.email] = "another"
    await world.advance(HOUR, step=STEP)
    issues = [str(it.to_json()) for it in ir.async_get(hass).issues.values()]
    log = [it.getMessage() for it in caplog.records if "Writing data" not in it.getMessage()]
    log = [it for it in log if "Loading data" not in it]
    for text in (*heard, *issues, *log, found):
        assert password not in text
        assert json.dumps(password)[1:-1] not in text
