"""An account of testo Saveris has a login of its own, and may have a second one for settings."""

from collections.abc import AsyncIterator
from typing import Any, override

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.simulator import Fleet, Logger, SaverisDataSimulator

from .conftest import HOUR, MINUTE, SettingsWorld, beside


class SaverisSettingsWorld(SettingsWorld[SaverisDataSimulator]):
    """The world of such an account."""

    kind = "saveris_data"

    @override
    def typed(self, **changes: Any) -> dict[str, Any]:
        """Return what a user types to connect to the simulator."""
        return {
            "region": "eu",
            "username": self.simulator.username,
            "password": self.simulator.password,
            "advanced": {"environment": "p", "base_url": self.simulator.base_url},
            **changes,
        }


@pytest.fixture
async def world(  # noqa: PLR0913, PLR0917  fixtures
    hass: HomeAssistant,
    freezer: FrozenDateTimeFactory,
    fleet: Fleet,
    socket_enabled: None,  # noqa: ARG001  it allows sockets
    entity_registry_enabled_by_default: None,  # noqa: ARG001  what it brings is off by default
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[SaverisSettingsWorld]:
    """Return both clouds beside Home Assistant."""
    freezer.move_to(fleet.clock.now())
    simulator = SaverisDataSimulator(fleet)
    simulator.faults.run_time = 0
    async with beside(SaverisSettingsWorld(hass, freezer, simulator), monkeypatch) as made:
        yield made


async def test_settings_are_read_and_changed(world: SaverisSettingsWorld, fridge: Logger) -> None:
    await world.add_login()
    await world.set_cycle(fridge, 20)
    (write,) = world.puts()
    assert write.status == 200
    assert float(world.value(f"{fridge.serial}_measuring_cycle")) == 20


@pytest.mark.expect_warnings
async def test_each_login_is_refused_for_itself(
    hass: HomeAssistant, world: SaverisSettingsWorld, fridge: Logger
) -> None:
    """Both have a password, and only that of the account is asked for as the account's."""
    await world.add_login()
    world.management.users[world.management.username] = "another one"
    world.management.revoke_tokens()
    await world.advance(2 * HOUR, step=10 * MINUTE)
    assert world.issue("settings_login") is not None
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert world.value(f"{fridge.serial}_connection") == "on"
    world.simulator.users[world.simulator.username] = "another one, too"
    world.simulator.revoke_tokens()
    await world.advance(HOUR, step=10 * MINUTE)
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["context"]["source"] == "reauth"
