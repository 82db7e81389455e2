"""What was measured: kept readings, and older ones that are fetched while the call waits."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from homeassistant.exceptions import HomeAssistantError

from ..account.account import Account
from ..clouds.errors import CloudError
from ..const import DOMAIN, LOGGER
from ..history.batch import Batch
from ..history.kept import Measured, kept
from ..history.ledger_file import LedgerError
from ..history.ranges import windows
from ..monitoring.holding import Series
from ..monitoring.instruments import InstalledChannel
from ..monitoring.model import ChannelKey
from ..monitoring.temperature import in_unit
from ..monitoring.window import Window

_USUAL = timedelta(days=1)
"""A longest cycle for those that do not tell theirs."""


@dataclass(slots=True)
class _Fetched:
    """Readings by uuid: of one that comes again, what was processed last counts."""

    wanted: Collection[ChannelKey]
    end: float
    rows: dict[str, tuple[float, ChannelKey, float, float, str | None]] = field(
        default_factory=dict
    )

    def take(self, batches: Iterable[Batch]) -> None:
        """Take the wanted ones; in a worker thread."""
        for batch in batches:
            for uuid, key, at, value, unit, received in zip(
                *(batch.uuids, batch.keys, batch.at, batch.values, batch.units, batch.received),
                strict=True,
            ):
                if key in self.wanted and at < self.end:
                    row = received or 0.0, key, at, value, unit
                    before = self.rows.get(uuid, row)
                    self.rows[uuid] = row if row[0] >= before[0] else before

    def add_to(self, found: dict[ChannelKey, Measured]) -> None:
        """Add them to others."""
        for _, key, at, value, unit in self.rows.values():
            found[key].add(at, value, unit)


async def past(
    account: Account, channels: Collection[InstalledChannel], window: Window
) -> dict[ChannelKey, Series]:
    """Return the readings of channels in and around a window, in the units of the channels.

    It reaches as far beyond the window as readings hold into it. Raises a HomeAssistantError
    that says why if something cannot be read: nothing is left out silently.
    """
    longest = max((it.measuring_cycle or _USUAL for it in channels), default=_USUAL)
    start, end = window.start - 1.5 * longest, window.end + 0.5 * longest
    try:
        return await _past(account, channels, start, end)
    except CloudError as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="past_unread",
            translation_placeholders={"detail": str(err), "maker": account.kind.maker},
        ) from err
    except LedgerError as err:
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="not_readable",
            translation_placeholders={"detail": str(err)},
        ) from err


async def _past(
    account: Account, channels: Collection[InstalledChannel], start: datetime, end: datetime
) -> dict[ChannelKey, Series]:
    work = account.hass.async_add_executor_job
    units = {it.key: it.channel.unit for it in channels}
    floor = await work(lambda: account.ledger.floor)
    since = min(max(floor or end, start), end)
    fetched = await _fetch(account, channels, start, since)
    found = await work(partial(kept, account.ledger, units, since, end))
    return await work(partial(_together, found, fetched, units))


async def _fetch(
    account: Account, channels: Collection[InstalledChannel], start: datetime, end: datetime
) -> _Fetched:
    """Return what is older than the kept readings: one job after the other."""
    fetched = _Fetched({it.key for it in channels}, end.timestamp())
    sensors = sorted({it.sensor.uuid for it in channels})
    for since, until in windows(start, end, account.cloud.traits.longest_window):
        answer = await account.cloud.readings(since, until, fetched.take, sensors)
        account.health.note_report(answer.report)
        LOGGER.debug("%s: fetched readings from %s to %s", account.title, since, until)
    return fetched


def _together(
    found: dict[ChannelKey, Measured], fetched: _Fetched, units: dict[ChannelKey, str | None]
) -> dict[ChannelKey, Series]:
    fetched.add_to(found)
    return {key: _series(measured, units[key]) for key, measured in found.items()}


def _series(measured: Measured, wanted: str | None) -> Series:
    if {*measured.units} <= {None, wanted}:
        return Series.of(measured.at, measured.values)
    values = map(partial(in_unit, wanted=wanted), measured.values, measured.units, strict=True)
    known = [(at, it) for at, it in zip(measured.at, values, strict=True) if it is not None]
    return Series.of((at for at, _ in known), (value for _, value in known))
