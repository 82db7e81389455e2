"""One read that fails says nothing of the others, and nothing goes on after the end."""

import asyncio
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.testo_smart_connect.clouds.jobs.smart_connect import SmartConnect
from custom_components.testo_smart_connect.history.ledger import Ledger
from custom_components.testo_smart_connect.history.ledger_file import LedgerError
from tests.integration.conftest import MINUTE, World
from tests.simulator import Fleet, Kind, Logger


@pytest.fixture
def logger(fleet: Fleet) -> Logger:
    return fleet.add_logger(fleet.add_site("Köln"), "Saal", kind=Kind.CLIMATE)


def broken(*_: Any) -> Any:
    message = "a fault of ours"
    raise RuntimeError(message)


@pytest.mark.expect_warnings
async def test_a_full_disk_is_told_once_whatever_else_fails(
    world: World,
    logger: Logger,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await world.add_account()
    await world.advance(20 * MINUTE)

    def full(*_: Any) -> Any:
        message = "database or disk is full"
        raise LedgerError(message)

    caplog.set_level("INFO")
    monkeypatch.setattr(Ledger, "add", full)
    for _ in range(3):
        await world.advance(20 * MINUTE)
        world.faults.set({"on": {"measurements": {"server_error": 500}}})
        await world.advance(40 * MINUTE)
        world.faults.on = {}
        await world.advance(40 * MINUTE)
    said = [it for it in caplog.messages if "cannot be kept" in it or "kept again" in it]
    assert len(said) == 1
    assert logger.serial


@pytest.mark.expect_warnings
async def test_a_fault_of_ours_in_one_read_hides_nothing_of_the_other(
    world: World, logger: Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.add_account()
    await world.advance(20 * MINUTE)
    monkeypatch.setattr(Ledger, "floor", property(broken))
    logger.battery = 12
    await world.advance(60 * MINUTE)
    assert world.value(f"{logger.serial}_battery") == "12"


@pytest.mark.expect_warnings
async def test_nothing_goes_on_after_an_unload(
    hass: HomeAssistant, world: World, logger: Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither after a fault of ours in the read beside it."""
    entry: ConfigEntry[Any] = await world.add_account()
    await world.advance(10 * MINUTE)
    running, ended = asyncio.Event(), asyncio.Event()

    async def endless(_cloud: SmartConnect) -> None:
        running.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    monkeypatch.setattr(SmartConnect, "status", endless)
    monkeypatch.setattr(Ledger, "floor", property(broken))
    await world.pass_by(timedelta(minutes=10).total_seconds())
    async_fire_time_changed(hass, world.now)
    async with asyncio.timeout(10):
        await running.wait()
    for _ in range(1000):
        await asyncio.sleep(0)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert ended.is_set()
    assert logger.serial


@pytest.mark.expect_warnings
@pytest.mark.parametrize(
    "fault",
    [
        {"server_error": 500},
        {"connection_reset": True},
        {"unauthorized": True},
        {"rate_limit": True, "retry_after": 600},
    ],
    ids=str,
)
async def test_who_asks_every_minute_asks_no_cloud_that_fails(
    hass: HomeAssistant, world: World, logger: Logger, fault: dict[str, Any]
) -> None:
    """A wish waits as long as a read that failed is not to be tried again."""
    assert await async_setup_component(hass, "homeassistant", {})
    await world.add_account()
    await world.advance(20 * MINUTE)
    entity_id = world.entity_id(f"{logger.serial}_connection")
    world.faults.on = {"submit": fault}
    world.simulator.requests.clear()
    for _ in range(4 * 60):
        await hass.services.async_call(
            "homeassistant", "update_entity", {"entity_id": entity_id}, blocking=True
        )
        await world.advance(MINUTE)
    times = [it.at for it in world.requests()]
    hour = timedelta(hours=1)
    assert max(sum(at <= it < at + hour for it in times) for at in times) <= 60
    world.faults.on = {}
    await world.advance(35 * MINUTE)
    assert world.value(f"{world.fleet.tenant_uuid}_cloud") == "on"
