"""What is to be read again, in order: repairs first, then imports."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..clouds.base import Traits
from ..history.imports import Import, jobs_of
from ..history.ranges import ReadRange, queued
from .memory import Memory
from .subscriptions import Signal


class RereadQueue:
    """What waits for jobs of an account; it survives a restart.

    Repairs are listed as read ranges, imports tell their next one.
    """

    def __init__(self, hass: HomeAssistant, memory: Memory, traits: Traits) -> None:
        """Work on the memory of an account."""
        self._hass = hass
        self._memory = memory
        self._changing = asyncio.Lock()
        """One after the other: what was derived from fewer read ranges must not come last."""
        self.grown = Signal()
        """There is more to do."""
        self._bounds = traits.longest_window, traits.most_sensors
        _take_over(memory, *self._bounds)

    @property
    def next(self) -> ReadRange | None:
        """Return the read range whose turn it is."""
        for read_range in self._memory.ranges:
            return read_range
        for task in self._memory.imports.values():
            return task.next_range(*self._bounds)
        return None

    def sensors_between(self, start: datetime, end: datetime) -> set[str]:
        """Return the sensors of which something between two moments is to be read again."""
        found = [(it.sensors, it.start, it.end) for it in self._memory.ranges]
        found += [(it.sensors, it.start, it.end) for it in self._memory.imports.values()]
        return {
            sensor
            for sensors, begin, until in found
            if begin < end and until > start
            for sensor in sensors
        }

    async def reread(self, hours: Mapping[str, Iterable[datetime]]) -> None:
        """Add whole days of sensors, because readings of some of their hours are missing."""
        memory, now = self._memory, dt_util.utcnow()
        async with self._changing:
            memory.ranges = await self._hass.async_add_executor_job(
                queued, memory.ranges, hours, now, *self._bounds
            )
        if hours:
            self.grown.send()

    def running(self, sensors: Collection[str], start: datetime, end: datetime) -> Import | None:
        """Return an import that brings full hours of some sensors already."""
        tasks = self._memory.imports.values()
        return next((it for it in tasks if it.includes(sensors, start, end)), None)

    @callback
    def add_import(
        self, sensors: Collection[str], start: datetime, end: datetime, left_out: int = 0
    ) -> Import:
        """Add the history of some sensors: full hours, UTC."""
        memory = self._memory
        begun = Import(
            id=uuid4().hex,
            start=start,
            end=end,
            jobs=jobs_of(sensors, (start, end), *self._bounds),
            sensors=tuple(sorted(sensors)),
            left_out=left_out,
        )
        memory.imports = {**memory.imports, begun.id: begun}
        self.grown.send()
        return begun

    async def done(self, read_range: ReadRange, brought: Import) -> Import | None:
        """Take a read range off and return the import that it belongs to, as it is now."""
        memory = self._memory
        task = memory.imports.get(read_range.task or "")
        if task is not None:
            task = task.advanced(brought)
            # In their order: the first one goes on.
            tasks = {**memory.imports, task.id: task}
            memory.imports = {name: it for name, it in tasks.items() if it.done < it.jobs}
        else:
            async with self._changing:
                memory.ranges = tuple(it for it in memory.ranges if it != read_range)
        return task

    @callback
    def cancel_imports(self) -> tuple[Import, ...]:
        """Drop all imports and return them; what they brought stays."""
        memory = self._memory
        cancelled = tuple(memory.imports.values())
        memory.imports = {}
        return cancelled


def _take_over(memory: Memory, longest: timedelta, most_sensors: int) -> None:
    """Let imports of the first release, whose jobs were listed as read ranges, go on."""
    tasks = {}
    for name, task in memory.imports.items():
        if left := [read_range for read_range in memory.ranges if read_range.task == name]:
            end = max(read_range.end for read_range in left)
            sensors = tuple(
                sorted({sensor for read_range in left for sensor in read_range.sensors})
            )
            jobs = jobs_of(sensors, (task.start, end), longest, most_sensors)
            tasks[name] = replace(task, end=end, sensors=sensors, jobs=jobs, done=0)
        elif task.sensors:
            tasks[name] = task
    memory.imports = tasks
    memory.ranges = tuple(read_range for read_range in memory.ranges if read_range.task is None)
