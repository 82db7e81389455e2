"""What is to be read again, in order: repairs first, then imports."""

from collections.abc import Collection, Mapping
from datetime import datetime
from itertools import filterfalse
from operator import attrgetter
from uuid import uuid4

from homeassistant.core import CALLBACK_TYPE, callback

from .clouds.smart_connect import LARGEST_WINDOW, MOST_SENSORS
from .monitoring.imports import Import, spans_for
from .monitoring.model import ChannelKey
from .monitoring.spans import Span, spans_of
from .store import Memory
from .subscriptions import nothing


class Backlog:
    """The spans of an account that wait for a job each; they survive a restart."""

    def __init__(self, memory: Memory) -> None:
        """Work on the memory of an account."""
        self._memory = memory
        self.on_new: CALLBACK_TYPE = nothing
        """Called when there is more to do."""

    @property
    def next(self) -> Span | None:
        """Return the span whose turn it is."""
        return next(iter(self._memory.spans), None)

    def import_of(self, span: Span) -> Import | None:
        """Return the import that a span belongs to."""
        return self._memory.imports.get(span.task or "")

    @callback
    def reread(self, hours: Mapping[ChannelKey, Collection[datetime]]) -> None:
        """Add whole days, because readings of some of their hours are missing."""
        memory = self._memory
        wanted = spans_of(hours, LARGEST_WINDOW, MOST_SENSORS)
        new = [span for span in wanted if span not in memory.spans]
        if new:
            repairs = filterfalse(attrgetter("task"), memory.spans)
            tasks = filter(attrgetter("task"), memory.spans)
            memory.spans = (*repairs, *new, *tasks)
            self.on_new()

    @callback
    def add_import(self, sensors: Collection[str], start: datetime, end: datetime) -> Import:
        """Add the history of some sensors: full hours, UTC."""
        memory, name = self._memory, uuid4().hex
        spans = spans_for(sensors, (start, end), name, LARGEST_WINDOW, MOST_SENSORS)
        begun = Import(id=name, start=start, end=end, jobs=len(spans))
        memory.imports = {**memory.imports, name: begun}
        memory.spans = (*memory.spans, *spans)
        self.on_new()
        return begun

    @callback
    def done(self, span: Span, brought: Import) -> Import | None:
        """Take a span off and return the import that it belongs to, as it is now."""
        memory = self._memory
        memory.spans = tuple(it for it in memory.spans if it != span)
        task = self.import_of(span)
        if task is None:
            return None
        task = task.advanced(brought)
        others = {name: it for name, it in memory.imports.items() if name != task.id}
        memory.imports = others if task.done >= task.jobs else {**others, task.id: task}
        return task

    @callback
    def cancel_imports(self) -> tuple[Import, ...]:
        """Drop all imports and return them; what they brought stays."""
        memory = self._memory
        cancelled = tuple(memory.imports.values())
        memory.imports = {}
        memory.spans = tuple(filterfalse(attrgetter("task"), memory.spans))
        return cancelled
