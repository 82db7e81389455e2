"""The account of a Sensorist cloud: what it holds, and what tests know and do about it."""

from collections import defaultdict
from datetime import timedelta
import itertools
from typing import TYPE_CHECKING, Any, Final

from .curves import salt_of
from .host import CloudHost
from .saveris_data import GOOD_PASSWORD
from .sensorist_alarms import Alarms
from .sensorist_calls import deliver
from .sensorist_odd import SensoristOddities
from .sensorist_sources import BATTERY, WIRELESS, Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from .channels import Channel, Sensor
    from .devices import Device
    from .faults import Faults
    from .fleet import Fleet
    from .limits import Limit
    from .sensorist_age import EarlyRequest
    from .sensorist_alarms import UserAlarm, Way
    from .sensorist_calls import Delivery, EventKind
    from .sensorist_writes import Callback, Wipe, Workflow, Write

GOOD_EMAIL: Final = "simulator@example.com"
_MAX_AGE = timedelta(seconds=900)
_MINUTE = timedelta(minutes=1)


class SensoristAccount(CloudHost):
    """The fleet as an account of this cloud has it."""

    def __init__(
        self,
        fleet: Fleet,
        *,
        faults: Faults | None = None,
        users: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare a cloud; `users` are the passwords of the good accounts by e-mail address."""
        super().__init__(fleet, faults)
        self.odd = SensoristOddities()
        self.users = dict(users or {GOOD_EMAIL: GOOD_PASSWORD})
        self.user_ids: dict[str, int] = {}
        """Ids of accounts that are not to follow from their address."""
        self.tree = Tree(fleet)
        self.alarms = Alarms()
        self.presses: dict[Sensor, list[datetime]] = defaultdict(list)
        self.workflows: dict[int, Workflow] = {}
        self.callbacks: dict[int, Callback] = {}
        self.callback_ids = itertools.count(5001)
        # What tests look up
        self.early: list[EarlyRequest] = []
        """Requests that came before the max-age of the last answer to their URL had run out."""
        self.wiped: list[Wipe] = []
        """Each DELETE that named no id and so took everything."""
        self.writes: list[Write] = []
        """Each change that was asked for, also a refused one, with its form fields."""
        self.deliveries: list[Delivery] = []
        self.wrong_logins: dict[str, int] = {}
        """How many wrong passwords in a row, by e-mail address."""

    @property
    def email(self) -> str:
        """The first good account."""
        return next(iter(self.users))

    @property
    def password(self) -> str:
        """The password of the first good account."""
        return next(iter(self.users.values()))

    @property
    def limits(self) -> dict[int, UserAlarm]:
        """The alarms that are set now, by id."""
        return self.alarms.limits

    def user_id(self, email: str | None = None) -> int:
        """Return the id of an account, by default the first."""
        email = email or self.email
        return self.user_ids.get(email, 1001 + salt_of("user", email) % 10**6)

    def gateway_id(self, device: Device) -> int:
        """Return the id of a gateway, or of a logger that is one here."""
        return self.tree.gateway_id(device)

    def sensor_id(self, sensor: Sensor) -> int:
        """Return the id of a sensor, the middle one of the three kinds of `devices`."""
        return self.tree.sensor_id(sensor)

    def source_id(self, channel: Channel) -> int:
        """Return the id of a channel; KeyError for a computed one, which is no data source."""
        return self.tree.source_id(channel)

    def battery_id(self, sensor: Sensor) -> int:
        """Return the id of the battery of a sensor."""
        return self.tree.technical_id(sensor, BATTERY)

    def signal_id(self, sensor: Sensor) -> int:
        """Return the id of the radio quality of a sensor."""
        return self.tree.technical_id(sensor, WIRELESS)

    def add_alarm(
        self,
        channel: Channel,
        direction: Way,
        value: float,
        *,
        delay: int = 0,
        since: datetime | None = None,
    ) -> UserAlarm:
        """Have an alarm set by the user; without `since` (UTC) it has been there ever since.

        `value` is in the unit of the channel, `delay` in minutes of the world.
        """
        source = self.tree.all_sources(self.odd)[self.source_id(channel)]
        return self.alarms.add(source, direction, value, delay, since or self.fleet.since)

    def adopt_limits(self) -> None:
        """Set an alarm for the outermost limit of each direction that the fleet has now."""
        now = self.fleet.clock.now()
        for source in self.tree.all_sources(self.odd).values():
            channel = source.channel
            if channel is None:
                continue
            limits = channel.sensor.measuring_object.limits(now)
            watching = [it for it in limits if channel.watched_by(it)]
            upper = [it for it in watching if it.direction == "upper"]
            lower = [it for it in watching if it.direction == "lower"]
            outermost: list[tuple[Way, Limit]] = []
            if upper:
                outermost.append(("above", max(upper, key=lambda it: it.value)))
            if lower:
                outermost.append(("below", min(lower, key=lambda it: it.value)))
            for way, it in outermost:
                self.add_alarm(channel, way, it.value, delay=it.delay // _MINUTE)

    def press(self, sensor: Sensor, at: datetime | None = None) -> None:
        """Press the button of a sensor (UTC, default: now): it measures and sends at once."""
        self.presses[sensor].append(at or self.fleet.clock.now())

    async def deliver(self, kind: EventKind, **content: Any) -> list[Delivery]:
        """Post an event once to each callback that wants its type; return what became of it."""
        return await deliver(self, kind, content)

    def max_age(self, resource: str) -> int:
        """Return for how many seconds an answer is good."""
        usual = int(self.fleet.scaled(_MAX_AGE).total_seconds())
        return self.odd.max_age.get(resource, usual)
