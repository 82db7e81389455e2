"""An account is unloaded while a setting is being changed."""

import asyncio
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.simulator import Fleet, Kind, Logger, Site

from .conftest import SettingsWorld


class Held:
    """A cloud that lets a change wait."""

    def __init__(self, world: SettingsWorld) -> None:
        """Stand before each request."""
        self.has_come, self.may_go = asyncio.Event(), asyncio.Event()
        self._misbehave = world.management._misbehave  # noqa: SLF001  it sees each request first
        world.management._misbehave = self.look  # type: ignore[method-assign]  # noqa: SLF001  as above

    async def look(self, request: Any, step: str, faults: Any) -> Any:
        """Hold a change."""
        if request.method == "PUT":
            self.has_come.set()
            await self.may_go.wait()
        return await self._misbehave(request, step, faults)


async def test_what_has_begun_comes_to_its_end_and_nothing_else_begins(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger, fleet: Fleet, site: Site
) -> None:
    other = fleet.add_logger(site, "Labor", kind=Kind.TEMPERATURE)
    await world.add_login()
    held = Held(world)
    first = asyncio.create_task(world.enter(fridge, 20))
    await held.has_come.wait()
    second = asyncio.create_task(world.enter(other, 25))
    for _ in range(5):
        await asyncio.sleep(0)
    unloading = asyncio.create_task(hass.config_entries.async_unload(world.entry.entry_id))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not unloading.done()
    held.may_go.set()
    await first
    with pytest.raises(HomeAssistantError) as refused:
        await second
    assert refused.value.translation_key == "write_failed"
    assert await unloading
    assert len(world.puts()) == 1
    assert await hass.config_entries.async_setup(world.entry.entry_id)
    await world.settle()
    assert world.issue("settings_differ") is None
    assert float(world.value(f"{fridge.serial}_measuring_cycle")) == 20


async def test_what_does_not_come_to_its_end_stops_all(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock of the event loop stands still here, so that no patience would ever end."""
    turns = "custom_components.testo_smart_connect.account.companion_turns"
    monkeypatch.setattr(f"{turns}._LONGEST", 0.0)
    await world.add_login()
    held = Held(world)
    change = asyncio.create_task(world.enter(fridge, 20))
    await held.has_come.wait()
    assert await hass.config_entries.async_unload(world.entry.entry_id)
    held.may_go.set()
    await asyncio.gather(change, return_exceptions=True)
    assert await hass.config_entries.async_setup(world.entry.entry_id)
    await world.settle()
    assert world.issue("settings_differ") is not None


@pytest.mark.usefixtures("fridge")
async def test_it_is_stopped_where_it_was_changed(
    hass: HomeAssistant, world: SettingsWorld, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A login may change other sites than its own."""
    turns = "custom_components.testo_smart_connect.account.companion_turns"
    monkeypatch.setattr(f"{turns}._LONGEST", 0.0)
    other = fleet.add_site("Lager")
    fleet.add_logger(other, "Labor", kind=Kind.TEMPERATURE)
    world.management.odd.readable.add("settings")
    await world.add_login()
    held = Held(world)
    said = {"site": other.id, "time_zone": "Europe/London"}
    change = hass.async_create_task(
        hass.services.async_call(DOMAIN, "set_site_time_zone", said, blocking=True)
    )
    await held.has_come.wait()
    assert await hass.config_entries.async_unload(world.entry.entry_id)
    held.may_go.set()
    await asyncio.gather(change, return_exceptions=True)
    assert await hass.config_entries.async_setup(world.entry.entry_id)
    await world.settle()
    issue = world.issue("settings_differ")
    assert issue is not None
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["site"] == "Lager"
