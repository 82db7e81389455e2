"""An object of a device → its cycles and slots. Facts: Device Management reference, part 5."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
import re
from typing import Any

from ..fields import Row, boolean, identifier, integer, moment, needed, number
from ..managed import Cycle, CycleSetting, ManagedDevice, Slot
from .names import ASSUMED

_MOST_SLOTS = 64
_DEEPEST = 4
_NAME = re.compile(r"[A-Za-z_]+\d{0,2}")


def device(row: Row) -> Iterator[ManagedDevice]:
    """Parse one device."""
    yield ManagedDevice(
        uuid=needed(row, "uuid"),
        serial=needed(row, "serial_number"),
        cycles=tuple(_cycles(row)),
        slots=tuple(_slots(row.get("sensors_connections"))),
    )


def unmistakable(devices: Sequence[ManagedDevice]) -> Iterator[ManagedDevice]:
    """Yield each serial once; one that is told twice without cycles: nobody knows which counts."""
    times = Counter(it.serial for it in devices)
    first = {it.serial: it for it in reversed(devices)}
    for it in reversed(first.values()):
        yield it if times[it.serial] == 1 else replace(it, cycles=())


def _cycles(row: Row) -> Iterator[CycleSetting]:
    """Yield the cycles that are told with their bounds."""
    capability = row.get("capability")
    if not isinstance(capability, Mapping):
        return
    longest = number(capability, "communication_cycle_max")
    for cycle in Cycle:
        name = ASSUMED[cycle].found(row)
        value = number(row, name) if name else None
        least = number(capability, f"{cycle}_min")
        own = ASSUMED["measuring_cycle_max"] if cycle is Cycle.MEASURING else None
        most = (number(capability, *own.names) if own else None) or longest
        if value is not None and least is not None and most is not None:
            yield CycleSetting(cycle=cycle, value=value, least=least, most=most)


def _slots(told: Any) -> Iterator[Slot]:
    seen = set[int]()
    for row in told[:_MOST_SLOTS] if isinstance(told, list) else ():
        if not isinstance(row, dict):
            continue
        index = integer(row, "slot_index")
        if index is None or index < 0 or index in seen:
            continue
        seen.add(index)
        yield Slot(
            index=index,
            sensor=identifier(row, "sensor_uuid"),
            connected=boolean(row, "connected"),
            changed=moment(row, "connected_change_date"),
        )


def outline(told: Any, depth: int = 0) -> Any:
    """Return the names of an object, and of what kind each member is; values of bounds alone."""
    if isinstance(told, Mapping) and depth < _DEEPEST:
        return {
            str(name): it if name == "capability" and _is_plain(it) else outline(it, depth + 1)
            for name, it in told.items()
            # An identifier may be a name as well.
            if _NAME.fullmatch(str(name))
        }
    if isinstance(told, list) and depth < _DEEPEST:
        return [outline(it, depth + 1) for it in told[:1]]
    return type(told).__name__


def _is_plain(capability: Any) -> bool:
    """Tell whether it holds what a model can do, and no text that may name anybody."""
    return isinstance(capability, Mapping) and all(
        isinstance(it, (bool, int, float, type(None))) or name == "supported_battery_types"
        for name, it in capability.items()
    )
