"""The most extreme reading of a stretch of time."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from ..monitoring.model import ChannelKey
from ..monitoring.temperature import in_unit
from .kept import kept
from .ledger_file import LedgerFile

_MOMENT = timedelta(milliseconds=1)


def extreme(
    ledger: LedgerFile,
    keys: Iterable[ChannelKey],
    times: tuple[datetime, datetime],
    unit: str | None,
    *,
    highest: bool,
) -> float | None:
    """Return the highest or lowest reading of some channels between two moments (UTC).

    It is one in the given unit, or one that can be converted to it; None if there are none.
    Raises LedgerError.
    """
    start, end = times
    values = [
        value
        for measured in kept(ledger, keys, start, end + _MOMENT).values()
        for it in zip(measured.values, measured.units, strict=True)
        if (value := in_unit(*it, unit)) is not None
    ]
    return (max if highest else min)(values, default=None)
