"""A client whose answers come without their reports, which are kept beside it."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime

from custom_components.testo_smart_connect.clouds.base import Answer
from custom_components.testo_smart_connect.clouds.errors import CloudError
from custom_components.testo_smart_connect.clouds.http.credentials import Key
from custom_components.testo_smart_connect.clouds.http.transport import Transport
from custom_components.testo_smart_connect.clouds.jobs.learnt import Dialect
from custom_components.testo_smart_connect.clouds.jobs.runner import JobRunner
from custom_components.testo_smart_connect.clouds.jobs.smart_connect import (
    KEY_HEADER,
    SmartConnect,
)
from custom_components.testo_smart_connect.clouds.report import Report
from custom_components.testo_smart_connect.history.batch import Batch
from custom_components.testo_smart_connect.history.ranges import windows
from custom_components.testo_smart_connect.monitoring.model import (
    DeviceStatus,
    Inventory,
    Limit,
    Location,
    Transition,
)

LONGEST_WINDOW = SmartConnect.traits.longest_window
MOST_SENSORS = SmartConnect.traits.most_sensors


def key_of(key: str) -> Key:
    """Return a key as the cloud wants it."""
    return Key(name="api_key", header=KEY_HEADER, key=key)


class Reader:
    """Reads a cloud."""

    def __init__(self, transport: Transport, dialect: Dialect | None = None) -> None:
        """Read over a transport."""
        self.cloud = SmartConnect(JobRunner(transport), dialect)
        self.reports: dict[str, Report] = {}
        """The last one of each resource, also of those that failed."""

    @property
    def dialect(self) -> Dialect:
        """Return what the cloud learnt."""
        return self.cloud.dialect

    @property
    def deprecated(self) -> dict[str, datetime | None]:
        """Return what ends, and when."""
        return {name: it.sunset for name, it in self.reports.items() if it.deprecated}

    async def inventory(self) -> Inventory:
        """Read the devices."""
        return await self._value(self.cloud.inventory)

    async def locations(self) -> tuple[Location, ...]:
        """Read the places."""
        return await self._value(self.cloud.locations)

    async def limits(self) -> tuple[Limit, ...]:
        """Read the limits."""
        return await self._value(self.cloud.limits)

    async def status(self) -> dict[str, DeviceStatus]:
        """Read the statuses."""
        return await self._value(self.cloud.status)

    async def transitions(self, start: datetime, end: datetime) -> tuple[Transition, ...]:
        """Read a window of any length."""
        found: list[Transition] = []
        for since, until in windows(start, end, LONGEST_WINDOW):
            found += await self._value(self.cloud.transitions, since, until)
        return tuple(found)

    async def readings[T](
        self,
        start: datetime,
        end: datetime,
        reduce: Callable[[Iterable[Batch]], T],
        sensors: Iterable[str] | None = None,
        arrived_after: datetime | None = None,
    ) -> T:
        """Read readings."""
        reading = self.cloud.readings(start, end, reduce, sensors, arrived_after)
        return await self._value(lambda: reading)

    async def _value[**P, T](
        self,
        read: Callable[P, Awaitable[Answer[T]]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        try:
            answer = await read(*args, **kwargs)
        except CloudError as err:
            if err.report is not None:
                self.reports[err.report.resource] = err.report
            raise
        self.reports[answer.report.resource] = answer.report
        return answer.value
