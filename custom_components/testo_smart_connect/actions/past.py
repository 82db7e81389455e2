"""What was measured: kept readings, and older ones that are fetched while the call waits."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from homeassistant.exceptions import HomeAssistantError

from ..account.account import Account
from ..clouds.errors import AuthenticationError, CloudError, LicenceError
from ..const import DOMAIN, LOGGER
from ..errors import error_key
from ..history.batch import Batch, moment_of
from ..history.kept import Measured, kept, known_before
from ..history.ledger import Ledger
from ..history.ledger_file import LedgerError
from ..history.ranges import windows
from ..monitoring.holding import Series
from ..monitoring.instruments import InstalledChannel
from ..monitoring.model import ChannelKey
from ..monitoring.temperature import in_unit
from ..monitoring.window import Window

_USUAL = timedelta(days=1)
"""A longest cycle for those that do not tell theirs."""


def unread(account: Account, err: CloudError) -> HomeAssistantError:
    """Return what to raise where something could not be read from a cloud.

    To try again later helps against all but a login that is refused, or may not read it.
    """
    refused = isinstance(err, AuthenticationError | LicenceError)
    return HomeAssistantError(
        translation_domain=DOMAIN,
        translation_key=error_key(err) if refused else "past_unread",
        translation_placeholders={"detail": str(err), "maker": account.kind.maker},
    )


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
        raise unread(account, err) from err
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
    floor = await work(lambda: account.ledger.floor) or end
    since = min(max(floor, start), end)
    # What is kept comes first: while the cloud is asked, the oldest of it may go.
    found = await work(partial(kept, account.ledger, units, since, end))
    fetched = [await _fetch(account, channels, start, since)]
    if new := await work(partial(_came_later, account.ledger, found, (floor, since, end))):
        late = [it for it in channels if it.key in new]
        fetched.append(await _fetch(account, late, since, max(new.values())))
    return await work(partial(_together, found, fetched, units))


def _came_later(
    ledger: Ledger, found: Mapping[ChannelKey, Measured], times: tuple[datetime, datetime, datetime]
) -> dict[ChannelKey, datetime]:
    """Return the channels that are younger than what is kept, with when their readings begin.

    Of a logger or site that was added later, the time before is known to the cloud alone.
    """
    floor, since, end = times
    firsts = {key: min(it.at, default=end.timestamp()) for key, it in found.items()}
    soon = (since + _USUAL).timestamp()
    silent = [key for key, first in firsts.items() if first > soon]
    known = known_before(ledger, silent, floor, since)
    return {key: moment_of(firsts[key]) for key in silent if key not in known}


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
    found: dict[ChannelKey, Measured],
    fetched: Iterable[_Fetched],
    units: dict[ChannelKey, str | None],
) -> dict[ChannelKey, Series]:
    for each in fetched:
        each.add_to(found)
    return {key: _series(measured, units[key]) for key, measured in found.items()}


def _series(measured: Measured, wanted: str | None) -> Series:
    if {*measured.units} <= {None, wanted}:
        return Series.of(measured.at, measured.values)
    values = map(partial(in_unit, wanted=wanted), measured.values, measured.units, strict=True)
    known = [(at, it) for at, it in zip(measured.at, values, strict=True) if it is not None]
    return Series.of((at for at, _ in known), (value for _, value in known))
