"""Alarms that are pushed: how long after they were sent Home Assistant knows."""

import asyncio
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID

from aiohttp import ClientSession, web
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.event import async_track_state_change_event
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.kinds import base
from tests.simulator import Fleet, Logger, RealClock, SaverisDataSimulator, band
from tests.simulator.broker import Broker, alarm_message

from .house import Loop, home

_HISTORY = timedelta(hours=2)
_SHARE = 5
"""One of so many loggers has alarms."""
_SHORT = 4.0
"""Seconds of a pause that may be left out: longer ones are those between heart-beats."""
_BREATH = 0.01
"""Seconds in which what is over for the moment would go on."""
_LATEST = 30.0
"""Seconds until something has happened at last."""
_NOTHING = "/nothing"


async def measure(loggers: int) -> dict[str, float]:
    """Return the seconds from what is pushed to its state and its event.

    First a fifth of the loggers have the first alarm of their lives, then as many alarms as there
    are loggers end and begin again on those. Beside them are the seconds of requests that are
    answered with nothing, one before each alarm, by the same server. It is in this process, so
    that the longest hold of the loop has its part in it.
    """
    setattr(base, "sleep", _pause)  # noqa: B010 - it is imported there
    fleet = Fleet(RealClock(), seed=3, since=datetime.now(UTC) - _HISTORY)
    site = fleet.add_site("Chain")
    for place in range(loggers):
        limits = band("Temperature", alarm=(2.0, 8.0))
        fleet.add_logger(site, f"Fridge {place}", limits=limits)
    simulator = SaverisDataSimulator(fleet)
    simulator.faults.run_time = 0
    broker = Broker(fleet.clock.now, simulator.token_user)
    simulator.extensions.append(lambda app: _extend(app, broker))
    await simulator.start()
    try:
        async with home() as hass:
            entry = await _add(hass, simulator)
            found = await _Watch(hass, simulator, broker).run()
            assert await hass.config_entries.async_unload(entry.entry_id)
    finally:
        await simulator.stop()
    return {"loggers": float(loggers), **found}


async def _pause(seconds: float) -> None:
    await asyncio.sleep(seconds if seconds >= _SHORT else 0)


def _extend(app: web.Application, broker: Broker) -> None:
    """Add the broker, and the shortest answer that there is."""

    async def nothing(_request: web.Request) -> web.Response:
        return web.Response(status=204)

    app.router.add_get("/web-socket", broker.handler)
    app.router.add_get(_NOTHING, nothing)


async def _add(hass: HomeAssistant, simulator: SaverisDataSimulator) -> MockConfigEntry:
    """Add the account and wait until it listens and everything was read once."""
    tenant = simulator.fleet.tenant_uuid
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Chain",
        unique_id=tenant,
        data={
            "kind": "saveris_data",
            "region": "eu",
            "environment": "p",
            "username": simulator.username,
            "password": simulator.password,
            "base_url": simulator.base_url,
        },
        options={"push": True},
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    entity_id = _entity_id(hass, "binary_sensor", f"{tenant}_push")
    await _until_on(hass, entity_id)
    await _settle(hass)
    assert entry.state is ConfigEntryState.LOADED
    return entry


async def _until_on(hass: HomeAssistant, entity_id: str) -> None:
    is_on = asyncio.Event()

    @callback
    def look(_event: Event[EventStateChangedData] | None = None) -> None:
        if hass.states.is_state(entity_id, "on"):
            is_on.set()

    stop = async_track_state_change_event(hass, [entity_id], look)
    look()
    async with asyncio.timeout(_LATEST):
        await is_on.wait()
    stop()


async def _settle(hass: HomeAssistant) -> None:
    """Wait until nothing is going on but listening."""
    every = hass._background_tasks  # noqa: SLF001 - those that end, apart from those that listen
    while working := [
        it for it in every if not (isinstance(it, asyncio.Task) and "push" in it.get_name())
    ]:
        await asyncio.wait(working)
    await hass.async_block_till_done()


def _entity_id(hass: HomeAssistant, platform: str, unique_id: str) -> str:
    entity_id = er.async_get(hass).async_get_entity_id(platform, DOMAIN, unique_id)
    assert entity_id is not None, unique_id
    return entity_id


class _Watch:
    """Pushes alarms one after the other, and looks when each is seen."""

    def __init__(
        self, hass: HomeAssistant, simulator: SaverisDataSimulator, broker: Broker
    ) -> None:
        self._hass = hass
        self._simulator = simulator
        self._broker = broker
        self._seen: dict[str, asyncio.Future[float]] = {}
        """When what is waited for changed, by entity."""
        self._pushed = 0

    async def run(self) -> dict[str, float]:
        """Return median and worst of both rounds, and the longest hold of the loop in each."""
        session = async_get_clientsession(self._hass)
        await self._exchange(session)  # which opens the connection
        loggers = self._simulator.fleet.loggers
        some = loggers[: len(loggers) // _SHARE]
        rounds = [some, some * _SHARE]
        stop = self._hass.bus.async_listen(EVENT_STATE_CHANGED, self._note)
        found: dict[str, float] = {}
        for name, due in zip(("first", "next"), rounds, strict=True):
            times: dict[str, list[float]] = {"exchange": [], "state": [], "event": []}
            loop = Loop()
            with loop.watched():
                for logger in due:
                    times["exchange"].append(await self._exchange(session))
                    state, event = await self._push(logger)
                    times["state"].append(state)
                    times["event"].append(event)
                    await self._rest()
            found[f"{name}_alarms"] = float(len(due))
            found[f"{name}_hold"] = loop.hold
            found[f"{name}_hold_cpu"] = loop.hold_cpu
            for what, seconds in times.items():
                found[f"{name}_{what}_median"] = median(seconds)
                found[f"{name}_{what}_worst"] = max(seconds)
        stop()
        return found

    async def _rest(self) -> None:
        """Wait until what follows an alarm is done as well: the next one would wait for it."""
        await _settle(self._hass)
        await asyncio.sleep(_BREATH)
        await _settle(self._hass)

    async def _exchange(self, session: ClientSession) -> float:
        begun = perf_counter()
        async with session.get(self._simulator.base_url + _NOTHING) as answer:
            await answer.read()
        seconds = perf_counter() - begun
        assert answer.status == 204
        return seconds

    async def _push(self, logger: Logger) -> tuple[float, float]:
        """Push the begin or the end of an alarm; return when its state and its event came."""
        unique_id = f"{logger.serial}_{logger.sensors[0].serial}_1_alarm"
        alarm = _entity_id(self._hass, "binary_sensor", unique_id)
        event = _entity_id(self._hass, "event", f"{logger.serial}_alarms")
        raised = self._hass.states.is_state(alarm, "off")
        self._pushed += 1
        row = _row(logger, self._simulator.fleet.tenant_uuid, self._pushed, raised=raised)
        message = alarm_message(row)
        new = asyncio.get_running_loop().create_future
        self._seen = {alarm: new(), event: new()}
        begun = perf_counter()
        self._broker.publish(self._simulator.username, "alarms", message)
        async with asyncio.timeout(_LATEST):
            seen = await asyncio.gather(*self._seen.values())
        state, told = self._hass.states.get(alarm), self._hass.states.get(event)
        assert state is not None
        assert told is not None
        wanted = ("on", "alarm_raised") if raised else ("off", "alarm_cleared")
        assert (state.state, told.attributes["event_type"]) == wanted
        return seen[0] - begun, seen[1] - begun

    @callback
    def _note(self, event: Event[EventStateChangedData]) -> None:
        waiting = self._seen.get(event.data["entity_id"])
        if waiting is not None and not waiting.done():
            waiting.set_result(perf_counter())


def _row(logger: Logger, tenant: str, number: int, *, raised: bool) -> dict[str, Any]:
    """Return the row of the feed that tells that a logger is too warm now, or no longer."""
    (channel,) = logger.sensors[0].channels
    # Finer than the cloud does: begin and end may fall into one second here.
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "uuid": str(UUID(int=number)),
        "tenant_uuid": tenant,
        "alarm_reason": f"Alarm condition is {'violated' if raised else 'adhered'}",
        "alarm_status": "Alarm" if raised else "Ok",
        "alarm_time": now,
        "alarm_time_local": now.replace("Z", "+00:00"),
        "last_status_change_time": now,
        "alarm_condition_type": "Upper limit",
        "alarm_severity": "Alarm",
        "alarm_value": "9.5" if raised else "7.5",
        "alarm_source_uuid": logger.sensors[0].uuid,
        "alarm_type": "measurement alarm",
        "serial_no": logger.sensors[0].serial,
        "physical_unit": channel.unit,
        "physical_property_name": channel.alarm_property,
        "physical_extension": channel.alarm_extension,
        "processed_at": now,
    }
