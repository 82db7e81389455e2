"""The Sensorist REST API as a cloud. Facts: Sensorist reference."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from math import isclose
from operator import attrgetter
from typing import Any, ClassVar, Final, override

from ...history.batch import Batch
from ...monitoring.equipment import Equipment
from ...monitoring.model import DeviceStatus, Inventory, Transition
from ..base import SIDES, Answer, Cloud, CommandEnd, Interval, NewAlarm, Resource, Traits
from ..count import RowCount
from ..errors import BadDataError, RefusedError, UnknownAlarmError
from ..fields import identifier
from .alarms import UserAlarm, entries, equipments, transitions, user_alarm
from .cached import CachedTransport
from .callbacks import register, unregister
from .commands import Commands
from .known import KnownAlarms
from .login import BasicLogin
from .reports import check_understood, report
from .shapes import created
from .tree import Source, Tree, grouped, tree
from .values import batch, by_source, next_offset, seq_of

BASE_URL: Final = "https://api.sensorist.com"
PREFIX: Final = "/v1"
_MOST_PAGES: Final = 400
"""Of 5,000 values each: what a gateway with forty sources measures in a year."""
_ALARMS: Final = "/alarms?"
ALARM: Final = "alarm"
_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


class Sensorist(Cloud):
    """One account."""

    traits: ClassVar = Traits(
        intervals={
            Resource.INVENTORY: Interval.fixed(timedelta(hours=1)),
            Resource.EQUIPMENTS: Interval.fixed(timedelta(hours=1)),
            Resource.STATUS: Interval.minutes(15, 15, 240),
            Resource.READINGS: Interval.minutes(15, 15, 240),
            Resource.ALARMS: Interval.minutes(15, 15, 60),
        },
        names_only=frozenset({Resource.EQUIPMENTS}),
        system_alarms=False,
        by_arrival=True,
        longest_window=timedelta(days=7),
        most_sensors=1000,
        # A request for each gateway, and anybody who knows the address may call.
        least_wait=timedelta(minutes=5),
        callbacks=True,
        commands=("reboot", "pairing"),
        sets_alarms=True,
    )

    def __init__(
        self,
        transport: CachedTransport,
        login: BasicLogin,
        now: Callable[[], datetime],
        learnt: Mapping[str, Any],
    ) -> None:
        """Read over a transport; know the time (UTC) and what is still good of the answers."""
        self._transport = transport
        self._login = login
        self._now = now
        self._transport.cache.learn(learnt.get("cache"), login.mark)
        self._commands = Commands(transport)
        self._known = KnownAlarms(learnt.get("alarms"))

    @property
    @override
    def learnt(self) -> Mapping[str, Any]:
        """Return the answers that are still good, and which alarms there are and were."""
        return {
            "cache": self._transport.cache.stored(self._now()),
            "alarms": self._known.stored,
        }

    @property
    @override
    def secret(self) -> Mapping[str, Any]:
        """Return whether the login was refused."""
        return self._login.secret

    @property
    @override
    def is_refused(self) -> bool:
        """Tell whether the login was refused."""
        return self._login.is_refused

    @override
    async def inventory(self) -> Answer[Inventory]:
        """Return gateways and sensors."""
        user = await self._get("/users", {}, Resource.INVENTORY)
        told = user.get("user")
        tenant = identifier(told, "id") if isinstance(told, dict) else None
        row_count = RowCount()
        found = await self._tree(tenant, row_count)
        return Answer(found.inventory, report(Resource.INVENTORY, row_count))

    @override
    async def status(self) -> Answer[dict[str, DeviceStatus]]:
        """Return who is connected, gateways and sensors alike."""
        row_count = RowCount()
        found = await self._tree(None, row_count)
        return Answer({**found.statuses}, report(Resource.STATUS, row_count))

    @override
    async def equipments(self) -> Answer[tuple[Equipment, ...]]:
        """Return the limits that users have set."""
        row_count = RowCount()
        alarms = await self._alarms(Resource.EQUIPMENTS, row_count)
        found = equipments(alarms.values(), (await self._tree(None, RowCount())).sources)
        return Answer(found, report(Resource.EQUIPMENTS, row_count))

    @override
    async def transitions(self, start: datetime, end: datetime) -> Answer[tuple[Transition, ...]]:
        """Return what the log of the alarms has of a window."""
        row_count = RowCount()
        await self._alarms(Resource.ALARMS, RowCount())
        sources = (await self._tree(None, RowCount())).sources
        params = {"from": start.strftime(_MOMENT), "to": end.strftime(_MOMENT)}
        rows = entries(await self._get("/alarms/history", params, Resource.ALARMS))
        if rows is None:
            row_count.reject("no_log")
        found = transitions(rows or (), self._known.alarms, sources, row_count)
        check_understood(Resource.ALARMS, row_count)
        self._known.told(found)
        return Answer(
            (*(it for _, it in found if start <= it.at < end), *self._known.endings()),
            report(Resource.ALARMS, row_count),
        )

    @override
    async def readings[T](
        self,
        start: datetime,
        end: datetime,
        reduce: Callable[[Iterable[Batch]], T],
        sensors: Iterable[str] | None = None,
        arrived_after: datetime | None = None,
    ) -> Answer[T]:
        """Reduce the readings of a window; one request and more for each gateway."""
        sources = (await self._tree(None, RowCount())).sources
        wanted = None if sensors is None else {*sensors}
        meant = [it for it in sources.values() if wanted is None or it.sensor in wanted]
        row_count = RowCount()
        found: list[Batch] = []

        async def read(group: Iterable[Source]) -> None:
            ids = (it.id for it in group)
            found.extend(await self._raw(ids, sources, (start, end), arrived_after, row_count))

        for group in grouped(meant, attrgetter("gateway")):
            try:
                await read(group)
            except RefusedError:
                # One that is taken for another gateway's would keep all others from being read.
                by_place = [*grouped(group, attrgetter("parent"))]
                if len(by_place) == 1 and group[0].parent == group[0].gateway:
                    raise
                for part in by_place:
                    await read(part)
        value = await _beside(lambda: reduce(iter(found)))
        return Answer(value, report(Resource.READINGS, row_count))

    # --- What changes something -------------------------------------------------------------------

    @override
    async def command(self, gateway: str, name: str) -> Awaitable[CommandEnd]:
        """Tell a gateway to do something; its end is waited for ten minutes."""
        return await self._commands.give(gateway, name)

    @override
    async def create_alarm(self, alarm: NewAlarm) -> str | None:
        """Set an alarm; the one that is there then has to be the one that was meant."""
        _, number = alarm.channel
        form = {
            "data_source": str(number),
            "value": repr(alarm.value),
            "direction": alarm.direction,
            "delay": str(alarm.delay // timedelta(minutes=1)),
        }
        answer = await self._transport.ask("POST", "/alarms", "creating", ALARM, form=form)
        row = created(answer, "alarm")
        if row is None:
            return None
        # What is not told is as it was meant.
        row = {**form, **{name: it for name, it in row.items() if it is not None}}
        found = next(RowCount().parse((row,), user_alarm), None)
        if (
            found is None
            or (found.source, found.direction) != (number, SIDES[alarm.direction])
            or found.delay != alarm.delay
            or not isclose(found.value, alarm.value, rel_tol=1e-6)
        ):
            raise BadDataError("creating", ALARM, "the alarm that was created is another one")
        self._transport.cache.change(_ALARMS, "alarms", add=row)
        return found.id

    @override
    async def delete_alarm(self, alarm_id: str) -> None:
        """Delete one alarm that is known; without an id all of them would be deleted."""
        alarms = await self._alarms(Resource.ALARMS, RowCount())
        if alarm_id not in alarms:
            raise UnknownAlarmError("deleting", ALARM, "there is no such alarm")
        await self._transport.delete("/alarms", alarm_id, "deleting", ALARM)
        self._known.deleted(alarm_id, self._now())
        self._transport.cache.change(_ALARMS, "alarms", drop=alarm_id)

    @override
    def ended(self) -> tuple[Transition, ...]:
        """Return the ends of what was open when its alarm was deleted."""
        return tuple(self._known.endings())

    @override
    async def register(self, url: str) -> str:
        """Let all events be posted to an address; one that is registered already stays."""
        return await register(self._transport, url)

    @override
    async def unregister(self, callback_id: str) -> None:
        """Let nothing be posted to the address any more."""
        await unregister(self._transport, callback_id)

    async def _raw(
        self,
        ids: Iterable[int],
        sources: Mapping[int, Source],
        window: tuple[datetime, datetime],
        arrived_after: datetime | None,
        row_count: RowCount,
    ) -> list[Batch]:
        """Return all that a gateway has of a window, page by page."""
        start, end = window
        params = {
            "data_sources": ",".join(map(str, sorted(ids))),
            "type": "raw",
            "from": start.strftime(_MOMENT),
            "to": (end + timedelta(seconds=1)).strftime(_MOMENT),
        }
        if arrived_after is not None:
            params["seq_from"] = str(seq_of(arrived_after))
        found: list[Batch] = []
        before: Any = None
        for _ in range(_MOST_PAGES):
            answer = await self._get("/measurements", params, Resource.READINGS)
            rows = by_source(answer, "reading", Resource.READINGS)
            # One that comes again, or is empty, is the end.
            if rows == before or not any(rows.values()):
                break
            page = partial(batch, rows, sources, self._now(), row_count, window)
            found.append(await _beside(page))
            offset, before = next_offset(answer), rows
            if offset is None:
                break
            params["offset"] = str(offset)
        return found

    async def _alarms(self, resource: Resource, row_count: RowCount) -> dict[str, UserAlarm]:
        rows = (await self._get("/alarms", {}, Resource.ALARMS)).get("alarms")
        if not isinstance(rows, list):
            row_count.reject("no_alarms")
            rows = []
        found = {it.id: it for it in row_count.parse(row_count.objects(rows), user_alarm)}
        check_understood(resource, row_count)
        self._known.listed(
            (it for it in rows if isinstance(it, dict)),
            found.values(),
            self._transport.asked_at(_ALARMS),
        )
        return found

    async def _tree(self, tenant: str | None, row_count: RowCount) -> Tree:
        params = {"with_slaves": "1"}
        rows = (await self._get("/gateways", params, Resource.INVENTORY)).get("gateways")
        if not isinstance(rows, list):
            raise BadDataError("reading", Resource.INVENTORY, "the answer holds no gateways")
        return await _beside(partial(tree, rows, tenant, row_count))

    async def _get(
        self, path: str, params: Mapping[str, str], resource: Resource
    ) -> dict[str, Any]:
        return await self._transport.get(path, params, "reading", resource)


async def _beside[T](work: Callable[[], T]) -> T:
    """Do in a thread what would hold the loop: a page has 5,000 rows."""
    return await asyncio.get_running_loop().run_in_executor(None, work)
