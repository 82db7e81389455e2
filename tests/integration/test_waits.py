"""A cloud that asks to wait is left alone by the whole account."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from tests.integration.conftest import MINUTE, World
from tests.simulator import Fleet, Logger

HOUR = timedelta(hours=1)


@pytest.fixture
def logger(fleet: Fleet) -> Logger:
    return fleet.add_logger(fleet.add_site("Köln"), "Kühlschrank", serial="90000001")


@pytest.mark.expect_warnings
@pytest.mark.parametrize(
    ("place", "switches"),
    [
        ("alarms.submit", {"rate_limit": True}),
        ("alarms.poll", {"rate_limit": True}),
        ("measurements.download", {"rate_limit": True}),
        ("status.submit", {"server_error": 503}),
    ],
)
@pytest.mark.parametrize("reloads", [False, True])
async def test_nothing_is_asked_until_the_time_is_over(  # noqa: PLR0913, PLR0917 - fixtures
    hass: HomeAssistant,
    world: World,
    fleet: Fleet,
    logger: Logger,
    place: str,
    switches: dict[str, Any],
    *,
    reloads: bool,
) -> None:
    entry = await world.add_account()
    world.faults.on = {place: {**switches, "retry_after": 3600}}
    while not [it for it in world.simulator.requests if it.status in {429, 503}]:
        await world.advance(MINUTE)
    told = world.simulator.requests[-1].at
    world.faults.on = {}
    world.simulator.requests.clear()
    if reloads:
        assert await hass.config_entries.async_reload(entry.entry_id)
    await world.to(told + HOUR - timedelta(seconds=5))
    assert not world.simulator.requests

    # Everything goes on soon, but not at once.
    await world.advance(6 * MINUTE, step=timedelta(seconds=10))
    assert world.requests("POST", "/alarms")
    assert world.requests("POST", "/measurements")
    assert min(it.at for it in world.simulator.requests) >= told + HOUR
    assert len(world.requests("POST")) <= 12
    assert world.value(f"{fleet.tenant_uuid}_cloud") == "on"
    newest = fleet.latest(logger.sensors[0].channels[0], world.now - 10 * MINUTE)
    assert newest is not None
    assert float(world.value(f"{logger.serial}_{logger.sensors[0].serial}_1")) == newest.value
