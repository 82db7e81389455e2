"""One kind of reading, repeated: due times, backing off, trying again."""

from abc import abstractmethod
import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
import random
from typing import override

from homeassistant.core import CALLBACK_TYPE, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator, UpdateFailed
from homeassistant.util import dt as dt_util

from ..account.account import Account, TestoConfigEntry
from ..account.issues import async_show_issues
from ..account.reauth import ask_for_login
from ..account.subscriptions import ACCOUNT, nothing
from ..clouds.base import Answer, Resource
from ..clouds.errors import AuthenticationError, CloudError
from ..const import DOMAIN, LOGGER
from ..errors import error_key
from ..monitoring.moments import is_recent

_FIRST_RETRY = timedelta(minutes=5)
_LONGEST_RETRY = timedelta(minutes=30)
_BLIND_RETRY = timedelta(hours=1)
"""How often one tries by itself while another probes a cloud that is down."""
_JITTER = 0.05


class Coordinator(DataUpdateCoordinator[None]):
    """One kind of reading, repeated; backs off while it fails.

    Entities do not hang on it: they listen to the account, and a failed read alone
    changes nothing for them.
    """

    config_entry: TestoConfigEntry
    resources: tuple[Resource, ...]
    """What it judges the cloud by; one without looks by itself when it can work."""
    probes = False
    """Whether it goes on trying while the cloud is down, for all the others."""

    def __init__(self, account: Account, name: str, interval: timedelta) -> None:
        """Prepare; ``start`` lets it run."""
        self.account = account
        self.interval = interval
        self._failed = 0
        self._tried: datetime | None = None
        self._rests: tuple[datetime, timedelta] | None = None
        """Since when, and for how long, nobody reads because the last read failed."""
        self._hinted: datetime | None = None
        self._later: CALLBACK_TYPE = nothing
        """Takes back what will see to the last hint."""
        self._working: asyncio.Task[object] | None = None
        super().__init__(
            account.hass,
            LOGGER,
            config_entry=account.entry,
            name=f"{account.title} {name}",
            update_interval=interval,
        )

    @callback
    def start(self, *, now: bool = False) -> None:
        """Run when due: at once, or when the interval since the last read is over."""
        read = min(
            (
                self.account.memory.good.get(it)
                for it in self.resources
                if self.account.cloud.traits.offers(it)
            ),
            key=lambda at: at.timestamp() if at else 0.0,
            default=None,
        )
        tried = self.account.memory.tried.get(self.resources[0]) if self.resources else None
        if read and tried:
            read = max(read, tried)
        wait = read + self.due_after - dt_util.utcnow() if read else timedelta()
        if timedelta() < wait <= self.due_after and not now:
            self.update_interval = wait
        else:
            self._run()
        # Nobody else listens, and a coordinator without a listener does not run.
        self.config_entry.async_on_unload(self.async_add_listener(nothing))

    @property
    def due_after(self) -> timedelta:
        """Return how long after a read the next one is due: as chosen, or as the calls allow."""
        return self.account.pace.of(self.interval)

    async def stop(self) -> None:
        """End for good; nothing is under way any more when this returns."""
        self._later()
        await self.async_shutdown()
        if self._working is not None:
            self._working.cancel()
            await asyncio.wait((self._working,))

    @abstractmethod
    async def work(self) -> CloudError | None:
        """Read what it is for; return what else could not be read, which changes no pace."""

    @override
    async def _async_update_data(self) -> None:
        now = dt_util.utcnow()
        account = self.account
        if (
            account.health.is_down
            and self.resources
            and not self.probes
            and is_recent(self._tried, now, _BLIND_RETRY)
        ):
            err = CloudError("reading", self.name, "the cloud is down")
            self._rests = now, _BLIND_RETRY
            raise _failure(err, _BLIND_RETRY, account.kind.maker)
        self._tried = now
        if account.cloud.traits.counts_calls:
            account.memory.tried = {**account.memory.tried, self.resources[0]: now}
        self._working = asyncio.current_task()
        try:
            beside = await self.work()
        except CloudError as err:
            self._failed += 1
            pause = min(
                min(self.interval, _FIRST_RETRY) * 2 ** min(self._failed - 1, 8),
                _LONGEST_RETRY,
            )
            if isinstance(err, AuthenticationError) and err.credential == account.kind.credential:
                ask_for_login(account, now)
                # The second time shows that the cloud is no more to be read.
                pause = _LONGEST_RETRY if self._failed > 1 else pause
            if account.cloud.traits.counts_calls:
                pause = max(pause, self.due_after)
            if err.retry_after:
                pause = max(pause, _after(err.retry_after))
            # After a restart as well: a login that was refused is not tried again, a cloud that
            # asked to wait is left alone, and nothing is asked again before its time.
            account.store.save_soon(account.memory)
            self._rests = dt_util.utcnow(), pause
            await account.subscriptions.publish({ACCOUNT})
            async_show_issues(account)
            raise _failure(err, pause, account.kind.maker) from err
        finally:
            self._working = None
            self.update_interval = self.due_after * (1 + _jitter())
        # Not after a cancellation: an account that is unloaded tells nothing any more.
        async_show_issues(account)
        self._failed = 0
        self._rests = None
        self.remember()
        if beside is not None:
            raise _failure(beside, None, account.kind.maker)

    @callback
    def remember(self) -> None:
        """Keep what was learnt."""
        self.account.store.save_soon(self.account.memory)

    @callback
    def _run(self) -> None:
        self.config_entry.async_create_background_task(self.hass, self.async_refresh(), self.name)

    @callback
    def ask(self) -> None:
        """Run now because somebody wants to know, unless it is too early for that."""
        now = dt_util.utcnow()
        if not self._left(now):
            self._tried = now
            self._run()

    @callback
    def hint(self) -> None:
        """Run because something has happened: now, or once for all hints when it may be."""
        self._later()
        self._later = nothing
        self._hinted = now = dt_util.utcnow()
        if left := self._left(now):
            self._later = async_call_later(self.hass, left, self._see_to_hint)
        else:
            self.ask()

    @callback
    def _see_to_hint(self, _now: datetime) -> None:
        self._later = nothing
        # Whatever was read since knows of it.
        if self._hinted and (self._tried is None or self._tried <= self._hinted):
            self.hint()

    def _left(self, now: datetime) -> timedelta:
        """Return for how long nobody may ask: it was just tried, or waits after a failure."""
        tried = (self._tried, self._shortest_wait) if self._tried else None
        return max(
            (
                since + pause - now
                for since, pause in filter(None, (tried, self._rests))
                if is_recent(since, now, pause)
            ),
            default=timedelta(),
        )

    @property
    def _shortest_wait(self) -> timedelta:
        """Return the time between two reads, however often somebody asks."""
        traits = self.account.cloud.traits
        if not traits.counts_calls:
            return traits.least_wait
        intervals = (it for name, it in traits.intervals.items() if name in self.resources)
        return self.account.pace.of(max(it.least for it in intervals))

    @callback
    def recover(self) -> None:
        """Try again now that the cloud is known to work."""
        if self._failed:
            self._tried = None
            self._run()

    async def attempt[T](self, resource: Resource, read: Callable[[], Awaitable[T]]) -> T:
        """Read one resource and remember how it went."""
        account = self.account
        try:
            result = await read()
        except CloudError as err:
            account.pace.note_failure(err)
            self._judge(partial(account.health.note_failure, resource, err))
            raise
        finally:
            account.memory.secret = {**account.cloud.secret}
            account.memory.learnt = {**account.cloud.learnt}
        self._judge(partial(account.health.note_good, resource))
        return result

    def _judge(self, note: Callable[[], None]) -> None:
        """Remember how a read went; all others try again once the cloud is no longer down."""
        was_down = self.account.health.is_down
        note()
        if was_down and not self.account.health.is_down:
            self.account.recovered.send()

    def note[T](self, answer: Answer[T]) -> T:
        """Take note of what a read told of itself, and return what else it brought."""
        report = answer.report
        self.account.health.note_report(report)
        if report.calls_left is not None:
            self.account.pace.note(report.calls_left)
        return answer.value


def _jitter() -> float:
    return random.uniform(0, _JITTER)  # noqa: S311  no secret hangs on it


def _after(seconds: float) -> timedelta:
    """Return a pause that is surely over then, and not for all coordinators at once."""
    return timedelta(seconds=1 + seconds * (1 + _jitter()))


def _failure(err: CloudError, pause: timedelta | None, maker: str) -> UpdateFailed:
    return UpdateFailed(
        translation_domain=DOMAIN,
        translation_key=error_key(err),
        translation_placeholders={"maker": maker, "detail": str(err)},
        retry_after=pause.total_seconds() if pause else None,
    )
