"""How much of what a call is about is read at once."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from ..account.account import Account
from ..monitoring.instruments import InstalledChannel
from ..monitoring.window import Window
from .targets import Meant, by_device

_MOST: Final = 500_000
"""Readings that are held at once: about 100 MiB."""
_USUAL: Final = timedelta(minutes=15)
"""A cycle for those that do not tell theirs."""


def portions(meant: Meant, window: Window) -> Iterator[tuple[Account, list[InstalledChannel]]]:
    """Yield all channels, so many at once as memory and one job bear; never half a device."""
    for account, channels in meant.items():
        most = account.cloud.traits.most_sensors
        portion, expected = list[InstalledChannel](), 0
        for mine in by_device(account, channels).values():
            more = sum((window.end - window.start) // (it.measuring_cycle or _USUAL) for it in mine)
            sensors = {it.sensor.uuid for it in (*portion, *mine)}
            if portion and (expected + more > _MOST or len(sensors) > most):
                yield account, portion
                portion, expected = [], 0
            portion, expected = [*portion, *mine], expected + more
        yield account, portion
