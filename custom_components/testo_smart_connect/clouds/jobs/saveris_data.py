"""The testo Saveris Data API: that of Smart Connect with a login, and more of it.

Facts: Saveris Data reference.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any, ClassVar, override

from aiohttp import ClientSession
from yarl import URL

from ...monitoring.equipment import Equipment
from ...monitoring.model import DeviceStatus, Task, Transition
from ..base import Answer, PushState, Resource
from ..count import RowCount
from ..errors import AuthenticationError, CloudError, LicenceError, RefusedError
from ..http.login import LoginCredentials
from ..http.transport import Sleep
from ..report import Report
from ..stomp.alarm_message import QUEUE, alarm
from ..stomp.connection import Address, Message
from ..stomp.listener import Listener, Subscription
from . import statuses
from .equipments import equipments, flattened, zone
from .job_cloud import (
    COLUMNS,
    PROPERTIES,
    STATUS,
    TRAITS,
    WAYS,
    JobCloud,
    Way,
    parsed,
    window,
)
from .learnt import Dialect
from .runner import Blocks, JobRunner, Reduce
from .synchronous import listed, properties
from .tasks import task

REGIONS = ("eu", "am", "ap")
ENVIRONMENTS = ("p", "i")

_SENSOR_STATUS = "sensor status"
_EQUIPMENTS = "equipments"
_TENANTS = "tenants"
_TASKS = "tasks"
_PUSHED = "pushed alarms"
_PUSH_PATH = "/web-socket"


def base_url(region: str, environment: str) -> str:
    """Return the address of a region."""
    return f"https://data-api.{region}.{environment}.savr.saveris.net"


def push_url(region: str, environment: str) -> str:
    """Return where alarms are pushed from."""
    return f"wss://tds-real-time-api.{region}.{environment}.savr.saveris.net{_PUSH_PATH}"


def own_push_url(address: str) -> str:
    """Return the same at an address of one's own: its origin, whatever its path."""
    url = URL(address)
    scheme = "ws" if url.scheme == "http" else "wss"
    return str(url.origin().with_scheme(scheme).with_path(_PUSH_PATH))


@dataclass(frozen=True, slots=True, kw_only=True)
class PushWay:
    """What alarms are pushed by."""

    session: ClientSession
    url: str
    sleep: Sleep
    now: Callable[[], datetime]


class SaverisData(JobCloud):
    """One account of the Saveris Data API."""

    traits: ClassVar = replace(
        TRAITS,
        intervals={
            **TRAITS.intervals,
            Resource.SENSOR_STATUS: TRAITS.intervals[Resource.STATUS],
            Resource.EQUIPMENTS: TRAITS.intervals[Resource.LIMITS],
        },
        names_only=TRAITS.names_only | {Resource.EQUIPMENTS, Resource.SENSOR_STATUS},
        tasks=True,
        push=True,
    )
    ways: ClassVar = {
        **WAYS,
        PROPERTIES: (
            Way("/v3/devices/properties"),
            Way("/v1/devices/properties", properties),
        ),
        STATUS: (
            Way("/v4/devices/status"),
            Way("/v2/devices/status-sync", listed("devices_status")),
            Way("/v1/devices/status", listed("devices_status")),
        ),
        _SENSOR_STATUS: (
            Way("/v4/sensors/status"),
            Way("/v2/sensors/status-sync", listed("sensors_status")),
        ),
        _EQUIPMENTS: (
            Way("/v4/equipments"),
            Way("/v2/equipments-sync", flattened),
            Way("/v1/equipments", flattened),
        ),
        _TENANTS: (
            Way("/v3/tenants"),
            Way("/v3/tenants-sync", listed("tenants")),
            Way("/v1/tenants", listed("tenants")),
        ),
        _TASKS: (Way("/v3/tasks"),),
    }
    columns: ClassVar = {**COLUMNS, PROPERTIES: f"{COLUMNS[PROPERTIES]},equipment_parts_uuid"}

    def __init__(
        self,
        runner: JobRunner,
        credentials: LoginCredentials,
        push: PushWay,
        dialect: Dialect | None = None,
    ) -> None:
        """Start with what was learnt before."""
        super().__init__(runner, dialect)
        self.credentials = credentials
        self._push = push
        self._zones: Mapping[str, str] | None = None

    @property
    @override
    def is_refused(self) -> bool:
        """Tell whether the login was refused."""
        return self.credentials.is_refused

    @property
    @override
    def secret(self) -> Mapping[str, Any]:
        """Return the token."""
        return self.credentials.secret

    @override
    async def sensor_status(self) -> Answer[dict[str, DeviceStatus]]:
        """Return the newest status of the radio sensors by sensor uuid."""
        return await self.read(
            _SENSOR_STATUS, parsed(statuses.sensor_status, statuses.newest_status)
        )

    @override
    async def equipments(self) -> Answer[tuple[Equipment, ...]]:
        """Return what is watched, with the time zones where limits hang on the time of the day."""

        def work(found: Blocks, row_count: RowCount) -> tuple[Equipment, ...]:
            return equipments(chain.from_iterable(found), row_count)

        answer = await self.read(_EQUIPMENTS, work)
        denied: tuple[str, ...] = ()
        if any(limit.is_daily for it in answer.value for limit in it.limits):
            denied = await self._read_zones()
        zones = self._zones or {}
        value = tuple(replace(it, zone=zones.get(it.zone or "")) for it in answer.value)
        return Answer(value, replace(answer.report, denied=denied))

    async def _read_zones(self) -> tuple[str, ...]:
        """Read the time zones by tenant; return what of it the account may not read.

        What was read once stays. Without any, an equipment goes by Home Assistant's.
        """
        zones: Reduce[dict[str, str]] = parsed(zone, dict)
        try:
            self._zones = (await self.read(_TENANTS, zones)).value
        except LicenceError:
            return (_TENANTS,)
        except RefusedError:
            return ()
        except CloudError as err:
            if self._zones is None or isinstance(err, AuthenticationError):
                raise
        return ()

    @override
    async def pushed(
        self,
        take: Callable[[Transition], None],
        told: Callable[[PushState, CloudError | None], None],
        note: Callable[[Report], None],
    ) -> None:
        """Listen to the queue of alarms."""

        def on_message(message: Message) -> None:
            row_count = RowCount()
            if (found := alarm(message.body, row_count)) is not None:
                take(found)
            note(Report(resource=_PUSHED, rows=1, rejected=row_count.rejected))

        await Listener(
            self._push.session,
            Subscription(
                address=Address(
                    url=self._push.url, resource=_PUSHED, credential=self.credentials.name
                ),
                username=self.credentials.username,
                queues=(QUEUE,),
            ),
            self.credentials,
            expires=lambda: self.credentials.ends,
            on_message=on_message,
            on_state=lambda status: told(PushState(status.state), status.error),
            sleep=self._push.sleep,
            now=self._push.now,
        ).run()

    @override
    async def tasks(self, start: datetime, end: datetime) -> Answer[tuple[Task, ...]]:
        """Return the finished steps of quality tasks of a window, unsorted, possibly repeated."""
        return await self.read(_TASKS, parsed(task, tuple), window(start, end))
