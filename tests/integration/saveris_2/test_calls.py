"""Calls are counted: they last, nobody wastes them, and none is made once they are gone."""

from datetime import timedelta
from math import exp
from typing import Any, Literal

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.hypothesis_profiles import is_night
from tests.integration.conftest import MINUTE
from tests.simulator import Logger

from .conftest import Saveris2World

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
QUARTER = 15 * MINUTE


def issue(hass: HomeAssistant, world: Saveris2World) -> ir.IssueEntry | None:
    """Return what is said of calls that run out."""
    return ir.async_get(hass).async_get_issue(DOMAIN, f"calls_running_out_{world.account}")


async def quicken(hass: HomeAssistant, world: Saveris2World, entry: ConfigEntry[Any]) -> None:
    """Read as often as may be chosen."""
    options = {"alarm_interval": 15, "measurement_interval": 15}
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()


async def made_in(world: Saveris2World, duration: timedelta) -> int:
    """Let time pass; return how many calls that took."""
    before = len(world.requests())
    await world.advance(duration, step=QUARTER / 3)
    return len(world.requests()) - before


async def test_ten_thousand_calls_last_for_sixty_days(
    hass: HomeAssistant, world: Saveris2World, fridge: Logger
) -> None:
    """At the shortest intervals, which alone would use them up in 52.

    By day it lives through the last fifth of them, with what is left by then.
    """
    days = 60 if is_night() else 12
    world.simulator.calls_left = round(10_000 * exp(-(60 - days) / 60))
    entry = await world.add_account()
    await quicken(hass, world, entry)
    await world.advance(days * DAY, step=QUARTER)
    assert world.simulator.calls_left > 3000
    assert issue(hass, world) is None
    assert world.value(world.channel(fridge)) != "unavailable"


async def test_a_hundred_calls_last_for_sixty_days_as_well(
    world: Saveris2World, fridge: Logger
) -> None:
    """A value is shown for as long as it would be if it were read daily, and no longer.

    By day it lives through the first fifth of them.
    """
    days = 60 if is_night() else 12
    await world.add_account()
    world.simulator.calls_left = 100
    await world.advance(HOUR, step=QUARTER / 3)
    left = world.simulator.calls_left
    seen = set()
    for _ in range(days * 8):
        await world.advance(3 * HOUR, step=QUARTER)
        seen.add(world.value(world.channel(fridge)) == "unavailable")
    assert left - world.simulator.calls_left <= days * 100 / 60 + 3
    assert seen == {True, False}


async def test_with_few_calls_it_reads_seldom_and_says_so(
    hass: HomeAssistant, world: Saveris2World, fridge: Logger
) -> None:
    world.simulator.calls_left = 600
    await world.add_account()
    await world.advance(HOUR, step=QUARTER)
    assert await made_in(world, 3 * DAY) <= 3 * 600 / 60 + 6
    found = issue(hass, world)
    assert found is not None
    assert found.translation_placeholders is not None
    assert found.translation_placeholders["days"] in {"5", "6"}
    assert world.value(world.channel(fridge)) != "unavailable", "six hours old at most"
    world.simulator.renew_calls()
    await world.advance(8 * HOUR, step=QUARTER)
    assert issue(hass, world) is None
    assert await made_in(world, DAY) > 80


async def test_who_else_makes_calls_is_reckoned_with(
    hass: HomeAssistant, world: Saveris2World, fridge: Logger
) -> None:
    """Another program takes 140 a day, which leaves 26 of the 166 that would last."""
    assert fridge
    await world.add_account()
    for _ in range(3 * 24):
        await world.advance(HOUR, step=QUARTER)
        world.simulator.calls_left -= 6
    assert await made_in(world, DAY) < 60
    assert issue(hass, world) is None


@pytest.mark.expect_warnings
@pytest.mark.parametrize("at_zero", [429, 403, 402, 200])
async def test_at_zero_one_try_a_day(
    hass: HomeAssistant, world: Saveris2World, fridge: Logger, at_zero: Literal[429, 403, 402, 200]
) -> None:
    world.simulator.odd.at_zero = at_zero
    await world.add_account()
    world.simulator.calls_left = 1
    await world.advance(2 * HOUR, step=QUARTER)
    assert world.value(f"{world.account}_calls_left") == "0"
    assert await made_in(world, 5 * DAY) <= 6
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN), "the token is good"
    assert world.value(world.channel(fridge)) == "unavailable", "nobody knows"
    assert world.value(f"{world.channel(fridge)}_alarm") == "unavailable", "never off"
    found = issue(hass, world)
    assert found is not None
    assert found.severity is ir.IssueSeverity.ERROR
    world.simulator.renew_calls()
    await world.advance(26 * HOUR, step=QUARTER)
    assert world.value(world.channel(fridge)) != "unavailable"
    assert issue(hass, world) is None


@pytest.mark.expect_warnings
async def test_a_restart_makes_no_more_calls_than_none(
    hass: HomeAssistant, world: Saveris2World, fridge: Logger
) -> None:
    assert fridge
    entry = await world.add_account()
    world.simulator.calls_left = 0
    await world.advance(2 * HOUR, step=QUARTER)
    before = len(world.requests())
    for _ in range(10):
        await hass.config_entries.async_reload(entry.entry_id)
        await world.settle()
        await world.advance(QUARTER, step=QUARTER)
    assert len(world.requests()) == before


async def test_a_restart_takes_no_alarm_away(
    hass: HomeAssistant, world: Saveris2World, fridge: Logger
) -> None:
    """Where alarms are read seldom, what was read hours ago still counts."""
    world.simulator.calls_left = 600
    entry = await world.add_account()
    for _ in range(24):
        await world.advance(HOUR, step=QUARTER)
        await hass.config_entries.async_reload(entry.entry_id)
        await world.settle()
        assert world.value(f"{world.channel(fridge)}_alarm") == "off"


async def test_who_takes_the_calls_away_takes_no_value_away(
    world: Saveris2World, fridge: Logger
) -> None:
    """A value is read every twelve hours then, and judged by that."""
    await world.add_account()
    await world.advance(2 * HOUR, step=QUARTER)
    world.simulator.calls_left = 240
    seen = []
    for _ in range(30 * 4):
        await world.advance(QUARTER, step=QUARTER)
        seen.append(world.value(world.channel(fridge)))
    assert "unavailable" not in seen


@pytest.mark.expect_warnings
async def test_a_restart_brings_nothing_back_that_nobody_knows(
    hass: HomeAssistant, world: Saveris2World, fridge: Logger
) -> None:
    entry = await world.add_account()
    await world.advance(HOUR, step=QUARTER)
    world.simulator.calls_left = 0
    await world.advance(6 * HOUR, step=QUARTER)
    for _ in range(2):
        assert world.value(world.channel(fridge)) == "unavailable"
        assert world.value(f"{world.channel(fridge)}_alarm") == "unavailable"
        await hass.config_entries.async_reload(entry.entry_id)
        await world.settle()


@pytest.mark.expect_warnings
async def test_restarts_do_not_repeat_what_failed(
    hass: HomeAssistant, world: Saveris2World, fridge: Logger
) -> None:
    assert fridge
    entry = await world.add_account()
    world.faults.server_error = 500
    await world.advance(40 * MINUTE, step=QUARTER / 3)
    before = len(world.requests())
    for _ in range(10):
        await hass.config_entries.async_reload(entry.entry_id)
        await world.settle()
    assert len(world.requests()) - before <= 10, "the list of points alone, as somebody asks"


async def test_who_asks_every_minute_gets_a_value_every_quarter_of_an_hour(
    hass: HomeAssistant, world: Saveris2World, fridge: Logger
) -> None:
    assert await async_setup_component(hass, "homeassistant", {})
    await world.add_account()
    entity_id = world.entity_id(world.channel(fridge))
    before = len(world.requests())
    for _ in range(3 * 60):
        await world.advance(MINUTE)
        await hass.services.async_call(
            "homeassistant", "update_entity", {"entity_id": entity_id}, blocking=True
        )
        await world.settle()
    assert len(world.requests()) - before <= 2 * 3 * 4 + 2


@pytest.mark.expect_warnings
@pytest.mark.parametrize("fault", ["server_error", "connection_reset"])
async def test_what_fails_is_not_repeated_before_its_time(
    world: Saveris2World, fridge: Logger, fault: str
) -> None:
    assert fridge
    await world.add_account()
    setattr(world.faults, fault, 500 if fault == "server_error" else True)
    assert await made_in(world, DAY) <= 2 * 48 + 2


@pytest.mark.expect_warnings
async def test_a_new_token_is_asked_at_once(
    hass: HomeAssistant, world: Saveris2World, fridge: Logger
) -> None:
    entry = await world.add_account()
    world.simulator.calls_left = 0
    await world.advance(2 * HOUR, step=QUARTER)
    other = f"{world.simulator.token}2"
    world.simulator.set_tokens([other])
    world.simulator.renew_calls()
    form = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": "reconfigure", "entry_id": entry.entry_id}
    )
    form = await world.submit(form, {"next_step_id": "reconfigure_saveris_2"})
    result = await world.submit(form, world.typed(token=other))
    assert result["reason"] == "reconfigure_successful"
    await world.settle()
    assert world.value(f"{world.account}_calls_left") == str(world.simulator.calls_left)
    assert world.value(world.channel(fridge)) != "unavailable"
