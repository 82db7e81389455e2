"""The truth about a fleet: what was measured and raised, and when the cloud knew it."""

from datetime import datetime, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .alarms import Pace, Transition, transitions_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .channels import Channel, Reading
    from .clock import Clock
    from .devices import Gateway, Logger

_SECOND = timedelta(seconds=1)
_INSTANT = timedelta(microseconds=1)


def _local_zone() -> tzinfo:
    """Return the zone of the `*_local` columns; a small container may know no zones at all."""
    try:
        return ZoneInfo("Europe/Berlin")
    except ZoneInfoNotFoundError:
        return timezone(timedelta(hours=1))


class World:
    """Devices that measure since some time, and everything that follows from that."""

    def __init__(self, clock: Clock, *, seed: int, since: datetime, speed: float) -> None:
        """Begin at `since` (UTC) without any device."""
        self.clock = clock
        self.seed = seed
        self.speed = speed
        self.since = since
        self.lag = timedelta(seconds=3)
        """Processing time between an upload and its visibility (API part 16, question 30)."""
        self.connection_timeout = self.scaled(timedelta(hours=1))
        """How long after a missed communication the cloud raises its alarm."""
        self.local_zone: tzinfo = _local_zone()
        self.devices: list[Logger | Gateway] = []

    def scaled(self, duration: timedelta) -> timedelta:
        """Shorten a duration of the world to real time: whole seconds, at least one."""
        return max(_SECOND, timedelta(seconds=round(duration / self.speed / _SECOND)))

    def readings(
        self,
        start: datetime,
        end: datetime,
        *,
        visible_at: datetime | None = None,
        part: tuple[int, int] = (0, 1),
        arrived_after: datetime | None = None,
    ) -> Iterator[Reading]:
        """Yield the true readings with `start <= at < end` (UTC), by device, time and channel.

        `visible_at` leaves out what was not yet visible then, `arrived_after` what was visible
        before. `part` = (n, of) is one of several equal shares that together are the whole.
        """
        share, shares = part
        for index, device in enumerate(tuple(self.devices)):
            for sensor in tuple(device.sensors):
                own = ((share + index) % shares, shares)
                for reading in sensor.readings(start, end, self.lag, own, arrived_after):
                    if visible_at is not None and reading.visible_at > visible_at:
                        # Uploads keep the order of time: nothing later can be visible either.
                        break
                    yield reading

    def transitions(
        self, start: datetime, end: datetime, *, visible_at: datetime | None = None
    ) -> list[Transition]:
        """Return the true transitions with `start <= at < end` (UTC), by time.

        `visible_at` leaves out what was not yet visible then.
        """
        pace = Pace(self.lag, self.connection_timeout, self.speed)
        found = [
            transition
            for device in tuple(self.devices)
            for transition in transitions_of(device, start, end, pace)
            if visible_at is None or transition.visible_at <= visible_at
        ]
        return sorted(found, key=lambda transition: (transition.at, not transition.raised))

    def active_alarms(
        self, at: datetime, *, visible_at: datetime | None = None
    ) -> list[Transition]:
        """Return the violations that were raised until `at` (UTC) and not cleared by then."""
        open_: dict[str, Transition] = {}
        ended: set[str | None] = set()
        for transition in self.transitions(self.since, at + _INSTANT, visible_at=visible_at):
            if transition.raised:
                open_[transition.uuid] = transition
            else:
                ended.add(transition.source_uuid)
        return [transition for uuid, transition in open_.items() if uuid not in ended]

    def latest(self, channel: Channel, at: datetime) -> Reading | None:
        """Return the newest reading of a channel that is visible at `at` (UTC)."""
        device = channel.sensor.device
        back = 2 * (device.communication + channel.sensor.measuring) + self.lag
        start = at
        while start > device.since:
            start = max(device.since, start - back)
            newest = None
            for reading in channel.sensor.readings(start, at + _SECOND, self.lag):
                if reading.channel is channel and reading.visible_at <= at:
                    newest = reading
            if newest is not None:
                return newest
            back *= 4
        return None
