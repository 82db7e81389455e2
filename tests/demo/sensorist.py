# ruff: noqa: EM102, TRY003 - a DemoError is made for its text
"""An account of Sensorist: what it has to show, and an alarm that comes and goes."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from math import isclose
from time import monotonic

from tests.simulator import Channel, SensoristSimulator

from .cloud import Cloud
from .errors import DemoError
from .expect import Truth
from .home import Home
from .registry import Snapshot, look

MARK = "@sensorist"
_PATIENCE = 420.0
"""Seconds: whoever asks more often than every five minutes waits for the rest of them."""
_PAUSE = 2.0
_REFRESH = 10.0


class SensoristCheck:
    """Looks at one account."""

    def __init__(self, home: Home, cloud: Cloud, entry_id: str) -> None:
        """Know the same world once more, for the numbers that it gives to what is in it."""
        self._home, self._cloud, self._entry_id = home, cloud, entry_id
        self._ids = SensoristSimulator(cloud.fleet)
        self._asked = 0.0

    def unique_id(self, channel: Channel) -> str:
        """Return the unique id of a data source."""
        sensor = channel.sensor
        number = self._ids.source_id(channel)
        return f"{sensor.device.serial}{MARK}_{sensor.serial}_{number}"

    async def everything(self) -> Snapshot:
        """Wait until each source that measures shows a true value."""
        truth, deadline = Truth(self._cloud), monotonic() + _PATIENCE
        while True:
            await truth.refresh()
            snapshot = await look(self._home, self._entry_id)
            wrong = [*self._wrong(truth, snapshot)]
            if not wrong:
                return snapshot
            if monotonic() > deadline:
                raise DemoError(f"{wrong[0]} (and {len(wrong) - 1} more)")
            await self._refresh(snapshot)

    def _channels(self) -> Iterator[Channel]:
        for device in self._cloud.fleet.devices:
            if device.active(datetime.now(UTC)):
                for sensor in device.sensors:
                    yield from (it for it in sensor.channels if it.spec.derive is None)

    def _wrong(self, truth: Truth, snapshot: Snapshot) -> Iterator[str]:
        for channel in self._channels():
            sensor, unique_id = channel.sensor, self.unique_id(channel)
            entity = snapshot.entities.get(unique_id)
            key = f"{sensor.device.serial}_{sensor.serial}_{channel.number}"
            values = truth.values(key)
            if entity is None:
                yield f"there is no entity {unique_id} of {sensor.name}"
            elif channel.alarm_property != "Door" and not any(
                _is(entity.state, value) for value in values
            ):
                yield f"{entity.entity_id} is {entity.state}, not one of {values}"

    async def alarm(self, channel: Channel, *, harmful: float, harmless: float) -> str:
        """Let an alarm come and go; return the entity that showed it."""
        unique_id = f"{self.unique_id(channel)}_alarm"
        serial = channel.sensor.serial
        await self._cloud.hold(serial, harmless)
        await self._until(unique_id, "off")
        await self._cloud.hold(serial, harmful)
        entity_id = await self._until(unique_id, "on")
        await self._cloud.hold(serial, harmless)
        return await self._until(unique_id, "off") and entity_id

    async def patience(self) -> None:
        """Look whether nothing was asked for too early."""
        if early := await self._cloud.early():
            raise DemoError(f"{len(early)} requests came too early, the first: {early[0]}")

    async def _until(self, unique_id: str, state: str) -> str:
        deadline = monotonic() + _PATIENCE
        while True:
            snapshot = await look(self._home, self._entry_id)
            entity = snapshot.entities.get(unique_id)
            if entity is not None and entity.state == state:
                return entity.entity_id
            if monotonic() > deadline:
                raise DemoError(f"{unique_id} is {entity and entity.state}, not {state}")
            await self._refresh(snapshot)

    async def _refresh(self, snapshot: Snapshot) -> None:
        """Ask for fresh values, as often as that does something."""
        if monotonic() > self._asked + _REFRESH and snapshot.entities:
            self._asked = monotonic()
            entity = next(iter(snapshot.entities.values()))
            await self._home.post(
                "/api/services/homeassistant/update_entity", {"entity_id": entity.entity_id}
            )
        await asyncio.sleep(_PAUSE)


def _is(state: str | None, value: float) -> bool:
    try:
        return isclose(float(str(state)), value, abs_tol=0.01)
    except ValueError:
        return False
