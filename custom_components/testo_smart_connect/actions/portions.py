"""How much of what a call is about is read at once."""

from collections.abc import AsyncGenerator, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ..account.account import Account
from ..monitoring.holding import Series
from ..monitoring.model import ChannelKey
from ..monitoring.window import Window
from .past import past
from .targets import Meant, MeantDevice, by_account

_MOST: Final = 500_000
"""Readings that are held at once: about 100 MiB."""
_USUAL: Final = timedelta(minutes=15)
"""A cycle for those that do not tell theirs."""


@dataclass(frozen=True, slots=True)
class Portion:
    """Some devices of one account, with what was measured in and around a window."""

    account: Account
    devices: Meant
    series: Mapping[ChannelKey, Series]


async def portions(meant: Meant, window: Window) -> AsyncGenerator[Portion]:
    """Yield all devices with their readings, so many at once as memory and one job bear.

    Never half a device. Raises a HomeAssistantError if something cannot be read.
    """
    for account, devices in by_account(meant).items():
        for some in _parts(devices, window, account.cloud.traits.most_sensors):
            channels = [each for it in some for each in it.channels]
            yield Portion(account, some, await past(account, channels, window))


def _parts(devices: Meant, window: Window, most_sensors: int) -> Iterator[Meant]:
    part, expected, sensors = list[MeantDevice](), 0, set[str]()
    for it in devices:
        more = sum(
            (window.end - window.start) // (each.measuring_cycle or _USUAL) for each in it.channels
        )
        sensors |= {each.sensor.uuid for each in it.channels}
        if part and (expected + more > _MOST or len(sensors) > most_sensors):
            yield part
            part, expected, sensors = [], 0, {each.sensor.uuid for each in it.channels}
        part.append(it)
        expected += more
    yield part
