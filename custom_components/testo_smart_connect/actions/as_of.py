"""Until when something is known, and whether that is all there will be."""

from collections.abc import Iterable
from datetime import datetime

from homeassistant.util import dt as dt_util

from ..account.account import Account
from ..monitoring.instruments import InstalledChannel
from ..monitoring.window import Window
from ..texts import iso_local
from .targets import Meant, by_account, with_channels


def data_as_of(account: Account, channels: Iterable[InstalledChannel]) -> datetime | None:
    """Return when the slowest of some channels measured last, as far as the cloud has told (UTC).

    None if one of those that are switched on has told nothing yet.
    """
    latest = account.memory.latest
    newest = [latest.get(it.key) for it in channels if it.device.active or it.key in latest]
    if not all(newest):
        return None
    return min((reading.at for reading in newest if reading), default=None)


def is_complete(account: Account, channels: Iterable[InstalledChannel], window: Window) -> bool:
    """Tell whether nothing more can come: all have measured after the window, and uploaded that.

    A logger uploads in order of time. One that is switched off in the cloud owes nothing. What
    is about to be read once more may bring something.
    """
    latest, asked = account.memory.latest, [*channels]
    waiting = account.queue.sensors_between(window.start, window.end)
    return waiting.isdisjoint(it.sensor.uuid for it in asked) and all(
        (reading := latest.get(it.key)) is not None and reading.at >= window.end
        for it in asked
        if it.device.active
    )


def head(meant: Meant, window: Window) -> dict[str, object]:
    """Return what each response says of its time; what measures nothing says nothing."""
    found = {
        account: [each for it in devices for each in it.channels]
        for account, devices in by_account(with_channels(meant)).items()
    }
    known = [data_as_of(account, channels) for account, channels in found.items()]
    return {
        "start": iso_local(window.start),
        "end": iso_local(window.end),
        "time_zone": window.zone.key,
        "data_as_of": iso_local(min(it for it in known if it)) if known and all(known) else None,
        "complete": all(
            is_complete(account, channels, window) for account, channels in found.items()
        )
        and window.end <= dt_util.utcnow(),
    }
