"""The names under which a user's Home Assistant knows devices and entities.

They must never change: history, areas and automations hang on them.
"""

from collections.abc import Iterator
from typing import Final

from .sources import BOUNDS, Bound


def limit_key(bound: Bound) -> str:
    """Return what the sensor of a limit is called, after its channel: `upper_alarm_limit`."""
    direction, severity = bound
    return f"{direction}_{severity}_limit"


SUFFIXES: Final = (
    "_alarm",
    "_warning",
    *(f"_{limit_key(bound)}" for bound in BOUNDS),
    *("_report_lower", "_report_upper"),
)
"""What is appended to the unique id of a channel for what belongs to it."""


def identity(serial: str, *what: str | int, mark: str = "") -> str:
    """Return the identifier of a device by its serial, or the unique id of something on it.

    ``mark`` is that of the kind of account, which follows the first serial alone.
    """
    return "_".join((f"{serial}{mark}", *map(str, what)))


def readings_of(unique_id: str) -> Iterator[tuple[str, str]]:
    """Yield how a unique id may be read: that of a channel, and what was appended."""
    yield unique_id, ""
    for suffix in SUFFIXES:
        if unique_id.endswith(suffix):
            yield unique_id.removesuffix(suffix), suffix


def tails_of(channel_id: str, mark: str = "") -> Iterator[tuple[str, int]]:
    """Yield which sensor and channel number the unique id of a channel may end with.

    Serials may hold the sign that stands between them. The mark of the kind tells where that
    of the device ends; without one it holds no such sign, or the channel is not found.
    """
    serials, _, number = channel_id.rpartition("_")
    if number.isdecimal():
        parts = serials.split("_")
        for place in range(1, len(parts)):
            device = "_".join(parts[:place])
            if device.endswith(mark) if mark else place == 1:
                yield "_".join(parts[place:]), int(number)
