"""Quality tasks, as an action returns them."""

from datetime import timedelta
from typing import Any

from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE
from tests.simulator import Fleet, Logger, Simulator, Site, Step

from .conftest import SaverisWorld

DAY = timedelta(days=1)


async def ask(world: SaverisWorld, context: Context | None = None, **data: Any) -> list[Any]:
    """Take the action."""
    found: Any = await world.hass.services.async_call(
        DOMAIN, "get_tasks", data, blocking=True, return_response=True, context=context
    )
    tasks: list[Any] = found["tasks"]
    return tasks


@pytest.fixture(autouse=True)
def tasks(fleet: Fleet, site: Site, logger: Logger) -> None:
    """Let people work for three weeks."""
    assert logger.serial
    now = fleet.clock.now()
    for days in (20, 10, 1):
        fleet.add_task(
            "Wareneingang",
            site,
            start=now - days * DAY,
            lasting=timedelta(minutes=10),
            username="anna.muster",
            steps=(Step("4.7"), Step("alles gut", kind="make comment")),
        )
    fleet.add_task("Nicht fertig", site, start=now - DAY, username="anna.muster", status="PAUSED")


async def test_each_step_once_and_in_order(world: SaverisWorld) -> None:
    await world.add_account()
    world.faults.duplicates = 1.0
    found = await ask(world, start=(world.now - 25 * DAY).isoformat())
    assert [it["result"] for it in found] == ["4.7", "alles gut"] * 3
    assert [it["step"] for it in found] == [1, 2] * 3
    assert sorted(it["time"] for it in found) == [it["time"] for it in found]
    assert {it["task"] for it in found} == {"Wareneingang"}
    assert "anna" not in str(found)
    assert len(await ask(world, start=(world.now - 15 * DAY).isoformat())) == 4
    assert await ask(world, start=(world.now - timedelta(hours=1)).isoformat()) == []


async def test_names_are_told_on_request_alone(world: SaverisWorld) -> None:
    await world.add_account()
    found = await ask(world, start=(world.now - 2 * DAY).isoformat(), with_names=True)
    assert {it["user"] for it in found} == {"anna.muster"}
    (entry,) = world.hass.config_entries.async_entries(DOMAIN)
    assert "anna" not in str(await world.diagnostics(entry))


async def test_what_cannot_be_read_is_said(world: SaverisWorld) -> None:
    await world.add_account()
    world.faults.on = {"tasks": {"server_error": 500}}
    with pytest.raises(HomeAssistantError) as failed:
        await ask(world, period="yesterday")
    assert failed.value.translation_key == "past_unread"


async def test_a_permission_that_is_missing_is_named(world: SaverisWorld) -> None:
    """To try again later would not help."""
    await world.add_account()
    world.faults.on = {"tasks": {"refused": 403}}
    with pytest.raises(HomeAssistantError) as failed:
        await ask(world, period="today")
    assert failed.value.translation_key == "no_permission"


@pytest.mark.expect_warnings
async def test_a_refused_login_is_named(world: SaverisWorld) -> None:
    """To try again later would never help."""
    await world.add_account()
    world.simulator.users = {"somebody": "else"}
    world.simulator.revoke_tokens()
    await world.advance(10 * MINUTE)
    with pytest.raises(HomeAssistantError) as failed:
        await ask(world, period="yesterday")
    assert failed.value.translation_key == "invalid_auth"


async def test_whoever_may_not_see_the_account_is_refused(
    hass: HomeAssistant, world: SaverisWorld
) -> None:
    await world.add_account()
    user = MockUser(name="Gast").add_to_hass(hass)
    user.mock_policy({"entities": {"entity_ids": {"sensor.other": True}}})
    with pytest.raises(Unauthorized):
        await ask(world, Context(user_id=user.id), period="yesterday")


async def test_an_account_with_a_key_has_none(world: SaverisWorld, fleet: Fleet) -> None:
    other = Simulator(fleet)
    other.faults.run_time = 0
    await other.start()
    try:
        await world.submit(
            await world.start_flow("smart_connect"),
            {"region": "eu", "api_key": other.api_key, "advanced": {"base_url": other.base_url}},
        )
        await world.settle()
        with pytest.raises(ServiceValidationError) as refused:
            await ask(world, period="yesterday")
    finally:
        await other.stop()
    assert refused.value.translation_key == "not_offered"
