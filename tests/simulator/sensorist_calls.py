"""Callbacks of the Sensorist cloud: what is posted when something happens (part 4)."""

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import aiohttp
from aiohttp import web

from .alarms import BATTERY, TIMEOUT, system_transitions
from .background import each_second
from .sensorist_alarms import entries
from .sensorist_tree import pace_of, stamp
from .sensorist_values import newest, pressed_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .sensorist_account import SensoristAccount
    from .sensorist_odd import DeliveryBody
    from .sensorist_writes import Callback

type EventKind = Literal["button", "alarm", "system"]

EVENT_TYPES: dict[EventKind, int] = {"button": 1, "alarm": 2, "system": 4}
_PATIENCE = aiohttp.ClientTimeout(total=10)


class Delivery(NamedTuple):
    """One POST to a callback; `status` is None if nobody answered."""

    at: datetime
    callback: Callback
    kind: EventKind
    status: int | None


async def deliver(
    cloud: SensoristAccount, kind: EventKind, content: dict[str, Any]
) -> list[Delivery]:
    """Post an event once to each callback that wants its type; nothing is tried again."""
    bit, now = EVENT_TYPES[kind], cloud.fleet.clock.now()
    wanted = [it for it in tuple(cloud.callbacks.values()) if it.type & bit]
    body = _body(cloud.odd.delivery, {"type": bit, "date": stamp(now), **content})
    made: list[Delivery] = []
    async with aiohttp.ClientSession(timeout=_PATIENCE) as http:
        for callback in wanted:
            status: int | None = None
            with suppress(aiohttp.ClientError, TimeoutError):
                async with http.post(callback.url, **body) as response:
                    status = response.status
            made.append(Delivery(now, callback, kind, status))
    cloud.deliveries += made
    return made


def _body(form: DeliveryBody, content: dict[str, Any]) -> dict[str, Any]:
    if form == "json":
        return {"json": content}
    if form == "form":
        return {"data": {name: str(value) for name, value in content.items()}}
    return {"data": b"something happened" if form == "text" else b""}


class Announcing:
    """Delivers what happens in a world that lives by itself, as soon as the cloud knows it."""

    def __init__(self, cloud: SensoristAccount) -> None:
        """Prepare a cloud that has not been started yet."""
        self._cloud = cloud
        cloud.extensions.append(self._mount)

    async def announce(self, since: datetime, until: datetime) -> int:
        """Deliver what became known after `since` and until `until` (UTC); return how much."""
        if not self._cloud.callbacks:
            return 0
        found = [it for it in self._events(since, until) if since < it[0] <= until]
        for _, kind, content in sorted(found, key=lambda it: it[0]):
            await self._cloud.deliver(kind, **content)
        return len(found)

    def _events(
        self, since: datetime, until: datetime
    ) -> Iterator[tuple[datetime, EventKind, dict[str, Any]]]:
        cloud = self._cloud
        for alarm in tuple(cloud.limits.values()):
            last = newest(cloud, alarm.source, until)
            # A whole log is only worked out when there is something new to judge.
            if last is None or last.stored_at <= since:
                continue
            for it in entries(cloud, alarm, until):
                about = {"alarm": alarm.id, "data_source": alarm.source.id, "state": it.state}
                yield it.stored_at, "alarm", about
        for device in cloud.tree.gateways(cloud.odd):
            about = {"gateway": cloud.tree.gateway_id(device)}
            for change in system_transitions(device, pace_of(cloud.fleet)):
                if change.raised and change.condition in {BATTERY, TIMEOUT}:
                    yield change.visible_at, "system", about
        for sensor, presses in tuple(cloud.presses.items()):
            about = {"sensor": cloud.tree.sensor_id(sensor)}
            for at in tuple(presses):
                yield pressed_at(cloud, sensor, at), "button", about

    def _mount(self, app: web.Application) -> None:
        each_second(app, self._cloud.fleet.clock, self.announce)
