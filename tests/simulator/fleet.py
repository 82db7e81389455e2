"""The world: one account with its sites, loggers and gateways, and the truth about them."""

from datetime import datetime, timedelta
import itertools
from typing import TYPE_CHECKING

from .channels import Channel, RadioSensor, Sensor
from .curves import Curve, salt_of
from .devices import Gateway, Logger, Site
from .kinds import Kind, SensorSpec
from .limits import Limit, MeasuringObject, Term
from .nature import incident, natural_curve
from .premises import Premises
from .spans import FAR, Grid, Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .clock import Clock
    from .faults import Row

QUARTER = timedelta(minutes=15)


class Fleet(Premises):
    """One account of the cloud: what is in it and how it changes.

    A reading is a pure function of seed, channel and instant, plus what was scripted; nothing is
    stored. `speed` makes the world live that many times faster: every cycle, delay and curve is
    divided by it, while time stamps and scripted periods stay true UTC wall-clock times.
    `incidents` adds seeded excursions to every new channel that has upper limits or is a door.
    """

    def __init__(  # noqa: PLR0913 - the public settings of a world
        self,
        clock: Clock,
        *,
        seed: int = 1,
        tenant_uuid: str | None = None,
        since: datetime | None = None,
        speed: float = 1.0,
        incidents: bool = False,
    ) -> None:
        """Start an empty account; loggers have measured since `since` (default: 31 days ago)."""
        since = since or clock.now() - timedelta(days=31)
        super().__init__(clock, seed=seed, since=since.replace(microsecond=0), speed=speed)
        self.incidents = incidents
        self.customer = "Muster Monitoring GmbH"
        self.tenant_uuid = tenant_uuid or self.uuid_of("tenant")
        self.customer_uuid = self.uuid_of("customer")
        self.sites: list[Site] = []
        self.alarm_log: list[Row] = []
        """Alarm rows written by hand, delivered beside the true ones once they are processed."""
        self.alarms_by_processing = False
        """Windows are filtered by when these rows were processed, not by the time of the alarm."""
        self._numbers = itertools.count(1)
        self._sensor_numbers = itertools.count(1)
        self._channel_ids = itertools.count(8_100_001)
        self._by_serial: dict[str, Logger | Gateway | Sensor] = {}

    # --- Building ---------------------------------------------------------------------------

    def add_site(self, name: str, *, since: datetime | None = None) -> Site:
        """Add a measurement site; it has been there as long as the account, or `since` (UTC)."""
        uuid = self.uuid_of("site", len(self.sites), name)
        site = Site(uuid, name, since or self.since)
        self.sites.append(site)
        return site

    def add_logger(  # noqa: PLR0913 - a logger has that many settings
        self,
        site: Site,
        name: str,
        *,
        kind: Kind = Kind.TEMPERATURE,
        serial: str | None = None,
        measuring: timedelta = QUARTER,
        communication: timedelta = QUARTER,
        phase: timedelta = timedelta(),
        limits: Iterable[Limit] | None = None,
        active: bool = True,
        battery: int | None = 87,
        mains: bool = False,
        firmware: str = "1.2.4",
        since: datetime | None = None,
    ) -> Logger:
        """Add a logger with the sensors of its kind.

        Cycles are those of the product, shortened by the speed. `phase` moves both grids, which
        else start at the epoch and so hit the full quarter hours. `limits` are watched from
        `since` (UTC) on; natural values keep inside them.
        """
        serial = serial or f"{90_000_100 + next(self._numbers):08d}"
        since = since or self.since
        logger = Logger(
            serial=serial,
            name=name,
            site=site,
            uuid=self.uuid_of("device", serial),
            model=kind.model,
            firmware=firmware,
            grid=Grid(self.scaled(communication), phase),
            since=since,
            modified_at=since,
            battery=battery,
            mains=mains,
            inactive=() if active else (Span(since),),
            measuring_object=self._measuring_object(serial, limits, since),
        )
        for position, spec in enumerate(kind.sensors, start=1):
            sensor = Sensor(
                device=logger,
                serial=f"{91_000_200 + next(self._sensor_numbers):08d}",
                name=name if len(kind.sensors) == 1 else f"{name} {position}",
                uuid=self.uuid_of("sensor", serial, position),
                model=spec.model,
                grid=Grid(self.scaled(measuring), phase),
                measuring_object=logger.measuring_object,
                modified_at=since,
            )
            self._equip(sensor, spec)
            logger.sensors.append(sensor)
        self._register(logger)
        return logger

    def add_gateway(  # noqa: PLR0913 - see add_logger
        self,
        site: Site,
        name: str,
        *,
        serial: str | None = None,
        communication: timedelta = QUARTER,
        phase: timedelta = timedelta(),
        since: datetime | None = None,
    ) -> Gateway:
        """Add a gateway on Ethernet and mains, for now without radio sensors."""
        serial = serial or f"{90_000_100 + next(self._numbers):08d}"
        since = since or self.since
        gateway = Gateway(
            serial=serial,
            name=name,
            site=site,
            uuid=self.uuid_of("device", serial),
            model="0572 2041",
            firmware="2.0.1",
            grid=Grid(self.scaled(communication), phase),
            since=since,
            modified_at=since,
            mains=True,
            factory=self._radio_sensor,
        )
        self._register(gateway)
        return gateway

    # --- Finding and changing ----------------------------------------------------------------

    @property
    def loggers(self) -> list[Logger]:
        """All loggers, in the order they were added."""
        return [device for device in self.devices if isinstance(device, Logger)]

    @property
    def gateways(self) -> list[Gateway]:
        """All gateways, in the order they were added."""
        return [device for device in self.devices if isinstance(device, Gateway)]

    @property
    def channels(self) -> Iterator[Channel]:
        """All channels, by device, sensor and number."""
        for device in self.devices:
            for sensor in device.sensors:
                yield from sensor.channels

    def logger(self, serial: str) -> Logger:
        """Return a logger; KeyError if there is none with that serial number."""
        found = self._by_serial[serial]
        if not isinstance(found, Logger):
            raise KeyError(serial)
        return found

    def device(self, serial: str) -> Logger | Gateway:
        """Return a logger or gateway; KeyError if there is none with that serial number."""
        found = self._by_serial[serial]
        if isinstance(found, Sensor):
            raise KeyError(serial)
        return found

    def sensor(self, serial: str) -> Sensor:
        """Return a sensor; KeyError if there is none with that serial number."""
        found = self._by_serial[serial]
        if not isinstance(found, Sensor):
            raise KeyError(serial)
        return found

    def remove(self, serial: str) -> None:
        """Take a device or a sensor out of the account, with everything it ever measured."""
        found = self._by_serial.pop(serial)
        if isinstance(found, Sensor):
            found.device.sensors.remove(found)
            return
        self.devices.remove(found)
        for sensor in found.sensors:
            del self._by_serial[sensor.serial]

    def move(self, serial: str, device: str) -> None:
        """Plug a probe into another logger, or let another gateway receive a radio sensor."""
        sensor, to = self.sensor(serial), self.device(device)
        sensor.device.sensors.remove(sensor)
        sensor.device = to
        to.sensors.append(sensor)
        sensor.modified_at = self.clock.now()

    def register_anew(self, serial: str) -> None:
        """Take a device out of the account and bring it back: all its uuids are new ones."""
        device, now = self.device(serial), self.clock.now()
        device.uuid, device.modified_at = self.uuid_of("device", serial, now), now
        for sensor in device.sensors:
            sensor.uuid, sensor.modified_at = self.uuid_of("sensor", sensor.serial, now), now
            for channel in sensor.channels:
                channel.identify(self.uuid_of("channel", sensor.uuid, channel.number))

    def rename(self, serial: str, name: str) -> None:
        """Give a device or a sensor another name."""
        found = self._by_serial[serial]
        found.name = name
        found.modified_at = self.clock.now()

    def set_active(self, serial: str, active: bool) -> None:  # noqa: FBT001 - reads well
        """Stop or resume a device, from now on."""
        device = self.device(serial)
        device.set_active(self.clock.now(), active=active)
        device.modified_at = self.clock.now()

    def set_unit(self, channel: Channel, unit: str | None) -> None:
        """Give a channel another unit text; the numbers stay as they are."""
        channel.unit = unit

    # --- Inside ---------------------------------------------------------------------------------

    def _register(self, device: Logger | Gateway) -> None:
        self._claim(device.serial, device)
        for sensor in device.sensors:
            self._claim(sensor.serial, sensor)
        self.devices.append(device)

    def _claim(self, serial: str, owner: Logger | Gateway | Sensor) -> None:
        if serial in self._by_serial:
            message = f"serial number {serial} is taken"
            raise ValueError(message)
        self._by_serial[serial] = owner

    def _measuring_object(
        self, serial: str, limits: Iterable[Limit] | None, since: datetime
    ) -> MeasuringObject:
        terms = tuple(Term(limit, Span(since, FAR)) for limit in limits or ())
        return MeasuringObject(self.uuid_of("measuring object", serial), since, since, terms)

    def _radio_sensor(  # noqa: PLR0913 - see RadioSensorFactory
        self,
        gateway: Gateway,
        name: str,
        *,
        kind: Kind,
        serial: str | None,
        measuring: timedelta,
        limits: Iterable[Limit] | None,
    ) -> RadioSensor:
        serial = serial or f"{91_000_200 + next(self._sensor_numbers):08d}"
        sensor = RadioSensor(
            device=gateway,
            serial=serial,
            name=name,
            uuid=self.uuid_of("sensor", serial),
            model=kind.sensors[0].model,
            grid=Grid(self.scaled(measuring), gateway.grid.phase),
            measuring_object=self._measuring_object(serial, limits, gateway.since),
            modified_at=gateway.since,
        )
        self._equip(sensor, kind.sensors[0])
        self._claim(serial, sensor)
        gateway.sensors.append(sensor)
        return sensor

    def _equip(self, sensor: Sensor, spec: SensorSpec) -> None:
        for number, channel_spec in enumerate(spec.channels, start=1):
            salt = salt_of(self.seed, sensor.uuid, number)
            channel = Channel(
                sensor=sensor,
                number=number,
                id=next(self._channel_ids),
                uuid=self.uuid_of("channel", sensor.uuid, number),
                spec=channel_spec,
                unit=channel_spec.unit,
                curve=Curve(0, 0, 0, salt),
            )
            channel.curve = natural_curve(channel, salt, self.speed)
            sensor.channels.append(channel)
            if self.incidents:
                channel.rhythm = incident(channel, self.speed)
