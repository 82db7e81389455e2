"""Measuring objects and their limits (Device Management parts 3 and 6); all bodies are invented."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from .inventory import milliseconds, monitored, property_code, unit_code
from .limits import Limit
from .management_wire import bad, fields_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .channels import Channel, Sensor
    from .devices import Site
    from .faults import Row
    from .fleet import Fleet
    from .limits import Direction, MeasuringObject, Severity

SETS: Final = "measurement_alarm_condition_set"
CONDITIONS: Final = "measurement_alarm_conditions"
_DIRECTIONS: dict[str, Direction] = {"MACT_UPPER_LIMIT": "upper", "MACT_LOWER_LIMIT": "lower"}
_SEVERITIES: dict[str, Severity] = {"ASV_ALARM": "Alarm", "ASV_WARNING": "Warning"}
_TYPE_CODES = {it: code for code, it in _DIRECTIONS.items()}
_SEVERITY_CODES = {it: code for code, it in _SEVERITIES.items()}
_CONDITION = (
    "measurement_alarm_condition_type_id",
    "alarm_severity_id",
    "physical_property",
    "limit_value",
    "limit_hysteresis",
    "delay",
    "physical_unit_id",
)
_PROPERTY = "physical_value_id"
_CHANNEL = ("physical_property", "sensor_uuid", "channel_no")


class Watching(NamedTuple):
    """A measuring object: what it is called and which channels it watches."""

    uuid: str
    name: str
    channels: tuple[Channel, ...]

    @property
    def sensors(self) -> list[Sensor]:
        """The sensors of its channels."""
        return list(dict.fromkeys(channel.sensor for channel in self.channels))

    @property
    def held(self) -> MeasuringObject | None:
        """What holds its limits, None before it was given any."""
        held = self.channels[0].sensor.measuring_object
        return held if held.uuid == self.uuid else None


class MeasuringObjects:
    """The measuring objects of a fleet, and those that were created without limits yet."""

    def __init__(self, fleet: Fleet) -> None:
        """Begin with those of the fleet."""
        self._fleet = fleet
        self.created: dict[str, Watching] = {}

    def at(self, site: Site) -> Iterator[Watching]:
        """Yield the measuring objects of a site."""
        for held, sensors in monitored(self._fleet):
            device = sensors[0].device
            if device.site is site and held.uuid not in self.created:
                owner = sensors[0] if len(sensors) == 1 else device
                channels = tuple(channel for it in sensors for channel in it.channels)
                yield Watching(held.uuid, owner.name, channels)
        for watching in tuple(self.created.values()):
            device = watching.sensors[0].device
            if device.site is site and device in self._fleet.devices:
                yield watching

    def row(self, watching: Watching) -> Row:
        """Return a measuring object as it is told."""
        return {
            "uuid": watching.uuid,
            "name": watching.name,
            "logical_channels": [
                {
                    "physical_property": property_code(channel.alarm_property),
                    "sensor_uuid": channel.sensor.uuid,
                    "channel_no": channel.number,
                }
                for channel in watching.channels
            ],
        }

    def create(self, site: Site, body: Any) -> str:
        """Create a measuring object without limits; return its uuid."""
        content = fields_of(body, ("name", "logical_channels"))
        name, channels = content["name"], content["logical_channels"]
        if not isinstance(name, str) or not name.strip():
            raise bad("name")
        if not isinstance(channels, list) or not channels:
            raise bad("logical_channels")
        found = tuple(dict.fromkeys(self._channel(site, it) for it in channels))
        if len({channel.sensor.device for channel in found}) > 1:
            raise bad("sensor_uuid")
        uuid = self._fleet.uuid_of("created measuring object", len(self.created))
        self.created[uuid] = Watching(uuid, name, found)
        return uuid

    def _channel(self, site: Site, content: Any) -> Channel:
        asked = fields_of(content, _CHANNEL)
        for channel in self._fleet.channels:
            if (
                channel.sensor.device.site is site
                and channel.sensor.uuid == asked["sensor_uuid"]
                and channel.number == asked["channel_no"]
                and type(asked["channel_no"]) is int
            ):
                if asked["physical_property"] != property_code(channel.alarm_property):
                    raise bad("physical_property")
                return channel
        raise bad("sensor_uuid")

    # --- Limits -------------------------------------------------------------------------------

    def configuration(self, watching: Watching) -> Row:
        """Return the limits that hold now."""
        held = watching.held
        limits = held.limits(self._fleet.clock.now()) if held is not None else ()
        rows = dict.fromkeys(
            row for it in limits for row in self._conditions(it, watching.channels)
        )
        return {SETS: [{CONDITIONS: [_told(row) for row in rows]}]}

    def _conditions(self, limit: Limit, channels: Iterable[Channel]) -> Iterator[tuple[Any, ...]]:
        for channel in channels:
            if channel.watched_by(limit):
                yield (
                    _TYPE_CODES[limit.direction],
                    _SEVERITY_CODES[limit.severity],
                    property_code(limit.property),
                    limit.value,
                    limit.hysteresis,
                    milliseconds(limit.delay / self._fleet.speed),
                    unit_code(channel.unit),
                )

    def limits(self, watching: Watching, body: Any) -> tuple[Limit, ...]:
        """Return the limits that a body asks for."""
        found: dict[tuple[Any, ...], list[Limit]] = {}
        for one in _list(fields_of(body, (SETS,))[SETS]):
            for content in _list(fields_of(one, (CONDITIONS,))[CONDITIONS]):
                condition = fields_of(content, _CONDITION)
                limits = self._limits(watching, condition)
                key = tuple(str(condition[name]) for name in _CONDITION[:3])
                if key in found:
                    raise bad("condition_type")
                found[key] = limits
        return tuple(limit for limits in found.values() for limit in limits)

    def _limits(self, watching: Watching, condition: Row) -> list[Limit]:
        kind, importance = _CONDITION[:2]
        direction = _DIRECTIONS.get(str(condition[kind]))
        severity = _SEVERITIES.get(str(condition[importance]))
        if direction is None or severity is None:
            raise bad("condition_type")
        code = fields_of(condition["physical_property"], (_PROPERTY,))[_PROPERTY]
        unit, delay = (condition[it] for it in ("physical_unit_id", "delay"))
        watched = [it for it in watching.channels if property_code(it.alarm_property) == code]
        if not watched or unit != unit_code(watched[0].unit):
            raise bad("physical_property")
        value, hysteresis = (_number(condition[it]) for it in ("limit_value", "limit_hysteresis"))
        if type(delay) is not int or delay < 0 or hysteresis < 0:
            raise bad("delay")
        lasting = timedelta(milliseconds=delay) * self._fleet.speed
        named = watched[0].alarm_property
        limit = Limit(named, direction, severity, value, hysteresis, lasting)
        # Where one channel of several is meant, it is named.
        everything = {it for s in watching.sensors for it in s.channels if it.watched_by(limit)}
        if everything == set(watched):
            return [limit]
        numbers = dict.fromkeys(it.number for it in watched)
        return [Limit(named, direction, severity, value, hysteresis, lasting, it) for it in numbers]

    def configure(self, watching: Watching, limits: tuple[Limit, ...]) -> None:
        """Let these be the limits, from now on."""
        if watching.uuid in self.created:
            self._fleet.watch(watching.uuid, watching.sensors, limits)
        elif watching.held is not None:
            watching.held.configure(limits, self._fleet.clock.now())


def _told(row: tuple[Any, ...]) -> Row:
    """Return one condition as it is told."""
    told = dict(zip(_CONDITION, row, strict=True))
    return told | {"physical_property": {_PROPERTY: told["physical_property"]}}


def _list(content: Any) -> list[Any]:
    if not isinstance(content, list):
        raise bad("conditions")
    return content


def _number(content: Any) -> float:
    if type(content) not in {int, float}:
        raise bad("limit_value")
    return float(content)
