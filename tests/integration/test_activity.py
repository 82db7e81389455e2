"""Activity: what somebody reads in the morning of a night with one excursion."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import CLIENT_ID, MockUser
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from tests.integration.conftest import MINUTE, START, World
from tests.simulator import Fleet, Kind, Logger, band

HOUR = timedelta(hours=1)


@pytest.fixture
def loggers(fleet: Fleet) -> list[Logger]:
    """Return four loggers, of which the first gets too warm at night."""
    site = fleet.add_site("Apotheke Köln")
    found = [
        fleet.add_logger(
            *(site, f"Kühlschrank {number}"),
            kind=Kind.TEMPERATURE,
            measuring=15 * MINUTE,
            communication=15 * MINUTE,
            limits=band("Temperature", alarm=(2.0, 8.0)),
        )
        for number in range(1, 5)
    ]
    for logger in found:
        logger.sensors[0].channels[0].hold(START - 48 * HOUR, START + 48 * HOUR, 5.0)
    found[0].sensors[0].channels[0].hold(START + 5 * HOUR, START + 7 * HOUR, 12.0)
    return found


type Read = Callable[[datetime], Awaitable[list[tuple[str, Any]]]]


@pytest.fixture
def read(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, hass_admin_user: MockUser
) -> Read:
    """Return what reads Activity from a time on: entities and what became of them."""

    async def lines(since: datetime) -> list[tuple[str, Any]]:
        await async_wait_recording_done(hass)
        # A token lives for half an hour of the test's time.
        login = await hass.auth.async_create_refresh_token(hass_admin_user, CLIENT_ID)
        socket = await hass_ws_client(hass, hass.auth.async_create_access_token(login))
        await socket.send_json_auto_id(
            {"type": "logbook/get_events", "start_time": since.isoformat()}
        )
        answer = await socket.receive_json()
        await socket.close()
        return [(it["entity_id"], it["state"]) for it in answer["result"] if "state" in it]

    return lines


@pytest.mark.usefixtures("recorder_mock")
async def test_a_night_with_one_excursion_is_short_to_read(
    hass: HomeAssistant,
    world: World,
    loggers: list[Logger],
    read: Read,
) -> None:
    """As few lines as Home Assistant allows: it writes one at each change of a state.

    The event and the alarm, each when it begins and when it ends, and the button that can be
    pressed between.
    """
    assert await async_setup_component(hass, "logbook", {})
    await world.add_account()
    await world.advance(HOUR, step=5 * MINUTE)
    begin = world.now
    await world.advance(12 * HOUR, step=5 * MINUTE)
    serial, sensor = loggers[0].serial, loggers[0].sensors[0].serial
    found = Counter(entity_id for entity_id, _ in await read(begin))
    assert found == {
        world.entity_id(f"{serial}_alarms"): 2,
        world.entity_id(f"{serial}_{sensor}_1_alarm"): 2,
        world.entity_id(f"{serial}_acknowledge"): 2,
    }


@pytest.mark.usefixtures("recorder_mock")
async def test_a_reload_writes_no_old_event(
    hass: HomeAssistant,
    world: World,
    loggers: list[Logger],
    read: Read,
) -> None:
    assert await async_setup_component(hass, "logbook", {})
    entry: ConfigEntry[Any] = await world.add_account()
    await world.advance(6 * HOUR, step=5 * MINUTE)
    events = world.entity_id(f"{loggers[0].serial}_alarms")
    (raised,) = world.events(loggers[0].serial)
    begin = world.now
    await world.advance(MINUTE)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await world.advance(10 * MINUTE)
    told = [state for entity_id, state in await read(begin) if entity_id == events]
    assert told == ["unavailable", "unknown"]
    await world.advance(3 * HOUR, step=5 * MINUTE)
    assert world.events(loggers[0].serial)[-1]["event_type"] == "alarm_cleared"
    assert world.events(loggers[0].serial)[:-1] == [raised]
