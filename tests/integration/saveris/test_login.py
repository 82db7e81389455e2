"""One login for each life of a token, and none that is repeated by itself."""

from datetime import timedelta
from typing import Any

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntry, ConfigFlowResult
from homeassistant.core import HomeAssistant
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE
from tests.simulator import (
    CHALLENGE_USER,
    NO_LICENCE_USER,
    TOKENLESS_USER,
    Fleet,
    Logger,
    SaverisDataSimulator,
)

from .conftest import SaverisWorld

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def entry(world: SaverisWorld, logger: Logger) -> ConfigEntry[Any]:
    """Return an account."""
    assert logger.serial
    return await world.add_account()


def flows(hass: HomeAssistant) -> list[Any]:
    """Return the forms that wait for somebody."""
    return [*hass.config_entries.flow.async_progress_by_handler(DOMAIN)]


async def start_reconfigure(hass: HomeAssistant, entry: ConfigEntry[Any]) -> ConfigFlowResult:
    """Open the form that changes the connection."""
    return await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    )


async def test_setting_up_takes_one_login(world: SaverisWorld, entry: ConfigEntry[Any]) -> None:
    assert entry.data["username"] == world.simulator.username
    assert world.logins == 1


@pytest.mark.parametrize(
    ("fault", "most"),
    [({"token_life": 3600}, 51), ({"token_life": 86_400}, 3), ({"token_without_exp": True}, 51)],
)
async def test_days_with_restarts_take_one_login_for_each_life_of_a_token(
    world: SaverisWorld, logger: Logger, fault: dict[str, Any], most: int
) -> None:
    assert logger.serial
    world.faults.set(fault)
    entry = await world.add_account()
    for _ in range(2):
        await world.advance(DAY, step=10 * MINUTE)
        assert await world.hass.config_entries.async_reload(entry.entry_id)
        await world.settle()
    assert most - 4 <= world.logins <= most
    assert not flows(world.hass)


@pytest.mark.parametrize("name", ["IdToken", "idToken", "id_token", "token", "access_token"])
async def test_the_token_has_several_names(world: SaverisWorld, logger: Logger, name: str) -> None:
    world.faults.token_name = name
    await world.add_account()
    assert world.value(f"{logger.serial}_{logger.sensors[0].serial}_1")


@pytest.mark.parametrize("step", ["submit", "poll"])
async def test_a_token_that_ends_early_is_mended_and_no_result_lost(
    world: SaverisWorld, entry: ConfigEntry[Any], step: str
) -> None:
    await world.advance(30 * MINUTE)
    assert entry.state.value == "loaded"
    before, jobs = world.logins, world.jobs("/v3/alarms")
    if step == "submit":
        world.simulator.revoke_tokens()
    else:
        world.faults.set(
            {
                "only": ["poll"],
                "on": {"alarms": {"gateway_problem": "EXPIRED_TOKEN"}},
                "fail_times": 1,
            }
        )
    await world.advance(6 * MINUTE)
    assert world.logins == before + 1
    assert 1 <= world.jobs("/v3/alarms") - jobs <= 3
    done = [it for it in world.requests("GET", "/v3/alarms/") if it.status == 200]
    assert done
    assert world.value(f"{world.fleet.tenant_uuid}_cloud") == "on"
    assert not flows(world.hass)


@pytest.mark.expect_warnings
@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_refused_login_asks_once_and_is_never_repeated(
    hass: HomeAssistant, world: SaverisWorld, entry: ConfigEntry[Any], status: int
) -> None:
    world.faults.login_status = status
    world.simulator.users[world.simulator.username] = "another"
    world.simulator.revoke_tokens()
    before = world.logins
    await world.advance(6 * HOUR, step=5 * MINUTE)
    assert world.logins == before + 1
    (flow,) = flows(hass)
    assert flow["step_id"] == "reauth_confirm_saveris_data"
    # Nor after a restart.
    assert await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    await world.advance(2 * HOUR, step=5 * MINUTE)
    assert world.logins == before + 1
    (flow,) = flows(hass)
    result = await world.submit(flow, {"username": world.simulator.username, "password": "another"})
    assert (result["type"], result["reason"]) == ("abort", "reauth_successful")
    await world.settle()
    await world.advance(20 * MINUTE)
    assert world.logins == before + 2, "the form has logged in"
    assert world.value(f"{world.fleet.tenant_uuid}_cloud") == "on"
    assert not flows(hass)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"password": "wrong"}, "invalid_auth"),
        ({"username": " "}, "invalid_auth"),
        ({"username": CHALLENGE_USER}, "sign_in_needed"),
        ({"username": TOKENLESS_USER}, "sign_in_needed"),
        ({"username": NO_LICENCE_USER}, "no_permission"),
        ({"advanced": {"environment": "p", "base_url": "http://example.com"}}, "invalid_url"),
    ],
)
async def test_what_is_wrong_is_said_and_can_be_mended(
    world: SaverisWorld, logger: Logger, changes: dict[str, Any], error: str
) -> None:
    assert logger.serial
    form = await world.submit(await world.start_flow(), world.typed(**changes))
    assert form["type"] == "form"
    assert error in (form["errors"] or {}).values()
    shown = form["data_schema"]
    assert shown is not None
    result = await world.submit(form, world.typed())
    assert result["type"] == "create_entry"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"server_error": 503}, "cloud_error"),
        ({"gateway_problem": "WAF_FILTERED"}, "cloud_error"),
        ({"rate_limit": True}, "rate_limited"),
        ({"connection_reset": True}, "cannot_connect"),
        ({"unknown_path": True}, "cloud_error"),
        ({"html": True}, "cloud_error"),
    ],
)
async def test_a_login_that_fails_for_another_reason_is_not_refused(
    world: SaverisWorld, logger: Logger, fault: dict[str, Any], error: str
) -> None:
    assert logger.serial
    world.faults.on = {"token": fault}
    form = await world.submit(await world.start_flow(), world.typed())
    assert form["errors"] == {"base": error}
    world.faults.on = {}
    result = await world.submit(form, world.typed())
    assert result["type"] == "create_entry"


@pytest.mark.expect_warnings
async def test_a_login_that_cannot_be_asked_for_is_asked_for_again(
    world: SaverisWorld, entry: ConfigEntry[Any]
) -> None:
    assert entry.entry_id
    world.faults.on = {"token": {"server_error": 503}}
    world.simulator.revoke_tokens()
    await world.advance(2 * HOUR, step=5 * MINUTE)
    assert world.value(f"{world.fleet.tenant_uuid}_cloud") == "off"
    assert not flows(world.hass)
    world.faults.on = {}
    await world.advance(HOUR, step=5 * MINUTE)
    assert world.value(f"{world.fleet.tenant_uuid}_cloud") == "on"


@pytest.mark.expect_warnings
async def test_a_resource_that_refuses_good_logins_is_no_reason_for_more_of_them(
    world: SaverisWorld, entry: ConfigEntry[Any]
) -> None:
    """One more login shows that it is about the resource; nobody is asked for another one."""
    assert entry.entry_id
    world.faults.token_life = 86_400
    world.simulator.revoke_tokens()
    await world.advance(HOUR, step=5 * MINUTE)
    before = world.logins
    world.faults.on = {"status": {"unauthorized": True}, "locations": {"unauthorized": True}}
    await world.advance(12 * HOUR, step=5 * MINUTE)
    assert world.logins - before <= 2


@pytest.mark.expect_warnings
async def test_a_login_that_is_good_again_is_kept_by_an_account_at_rest(
    hass: HomeAssistant, world: SaverisWorld, entry: ConfigEntry[Any]
) -> None:
    """A user that was locked for a while."""
    name, password = world.simulator.username, world.simulator.password
    world.simulator.users[name] = "locked"
    world.simulator.revoke_tokens()
    await world.advance(20 * MINUTE)
    assert await hass.config_entries.async_unload(entry.entry_id)
    world.simulator.users[name] = password
    for flow in flows(hass):
        hass.config_entries.flow.async_abort(flow["flow_id"])
    form = await start_reconfigure(hass, entry)
    result = await world.submit(form, world.typed(password=password))
    assert result["reason"] == "reconfigure_successful"
    await world.settle()
    await world.advance(30 * MINUTE)
    assert world.value(f"{world.fleet.tenant_uuid}_cloud") == "on"
    assert not flows(hass)


async def test_a_user_may_be_exchanged(
    hass: HomeAssistant, world: SaverisWorld, entry: ConfigEntry[Any]
) -> None:
    """The password stays where it is not typed; another account is refused."""
    world.simulator.users["second"] = "secret of the second"
    form = await start_reconfigure(hass, entry)
    assert form["step_id"] == "reconfigure_saveris_data"
    typed = world.typed(username="second", password="secret of the second")
    result = await world.submit(form, typed)
    assert result["reason"] == "reconfigure_successful"
    await world.settle()
    assert entry.data["username"] == "second"
    form = await start_reconfigure(hass, entry)
    typed = world.typed(username="second")
    typed.pop("password")
    result = await world.submit(form, typed)
    assert result["reason"] == "reconfigure_successful"
    await world.settle()
    assert entry.data["password"] == "secret of the second"


async def test_another_account_is_refused(
    hass: HomeAssistant, world: SaverisWorld, entry: ConfigEntry[Any], fleet: Fleet
) -> None:
    fleet.tenant_uuid = "7e57ab1e-0000-4000-8000-000000000001"
    form = await start_reconfigure(hass, entry)
    result = await world.submit(form, world.typed())
    assert result["reason"] == "wrong_account"


@pytest.mark.expect_warnings
async def test_a_form_that_was_left_behind_does_not_keep_it_from_asking(
    hass: HomeAssistant, world: SaverisWorld, entry: ConfigEntry[Any]
) -> None:
    """Who closes the browser while changing the connection has not answered."""
    await start_reconfigure(hass, entry)
    world.simulator.users = {"somebody": "else"}
    world.simulator.revoke_tokens()
    await world.advance(10 * MINUTE)
    assert [flow["context"]["source"] for flow in flows(hass)] == ["reconfigure"]
    await world.advance(90 * MINUTE)
    assert [flow["context"]["source"] for flow in flows(hass)] == ["reauth"]


@pytest.mark.expect_warnings
async def test_a_refused_login_is_soon_no_connection(
    world: SaverisWorld, entry: ConfigEntry[Any]
) -> None:
    assert entry.entry_id
    world.simulator.users = {"somebody": "else"}
    world.simulator.revoke_tokens()
    await world.advance(15 * MINUTE)
    assert world.value(f"{world.fleet.tenant_uuid}_cloud") == "off"


@pytest.mark.expect_warnings
async def test_the_form_that_asks_again_knows_the_user(
    hass: HomeAssistant, world: SaverisWorld, entry: ConfigEntry[Any]
) -> None:
    entry.async_start_reauth(hass)
    await hass.async_block_till_done()
    (flow,) = flows(hass)
    form = await hass.config_entries.flow.async_configure(flow["flow_id"])
    schema = form["data_schema"]
    assert schema is not None
    told = {str(it): (it.description or {}).get("suggested_value") for it in schema.schema}
    assert told == {"username": world.simulator.username, "password": None}


async def test_a_kept_password_is_not_sent_to_a_new_address(
    hass: HomeAssistant, world: SaverisWorld, entry: ConfigEntry[Any], fleet: Fleet
) -> None:
    other = SaverisDataSimulator(fleet)
    other.faults.run_time = 0
    await other.start()
    form = await start_reconfigure(hass, entry)
    typed = world.typed(advanced={"environment": "p", "base_url": other.base_url})
    result = await world.submit(form, {**typed, "password": ""})
    assert result["errors"] == {"password": "secret_needed"}
    assert not other.requests
    result = await world.submit(result, typed)
    assert result["reason"] == "reconfigure_successful"
    await world.settle()
    await hass.config_entries.async_unload(entry.entry_id)
    await other.stop()
