"""What has to be there, derived from the simulated world and not from the integration."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import isclose

from tests.simulator import Channel, Fleet, Gateway, Limit, Logger, RadioSensor, Sensor

from .cloud import Cloud

_LOOK_BACK = timedelta(seconds=150)
"""How old a shown value may be beside the truth: a poll a minute, and the job takes its time."""
_DIGITS = 3
"""How many of them tell the loggers of the demonstration apart."""
_STEP = timedelta(seconds=15)
"""The measuring cycle of the time lapse."""

type Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Expected:
    """One entity that has to be there."""

    unique_id: str
    platform: str
    test: Test
    meant: str
    """What the state should be, in words."""
    enabled: bool = True


class Truth:
    """The true values of all channels during the last minutes."""

    def __init__(self, cloud: Cloud) -> None:
        """Know nothing yet."""
        self._cloud = cloud
        self._seen: dict[str, dict[float, datetime]] = {}
        self.open_alarms: set[tuple[str, str]] = set()
        """Serial and severity of the alarms that are open now."""

    async def refresh(self) -> None:
        """Learn what the cloud knows now, at the first time also what it knew before."""
        now = datetime.now(UTC)
        if not self._seen:
            for steps in range(_LOOK_BACK // _STEP, 0, -1):
                await self._learn(now - steps * _STEP)
        await self._learn(now)
        for values in self._seen.values():
            for value in [value for value, at in values.items() if now - at > _LOOK_BACK]:
                del values[value]

    def values(self, unique_id: str) -> tuple[float, ...]:
        """Return what a channel may show."""
        return tuple(self._seen.get(unique_id, ()))

    async def _learn(self, at: datetime) -> None:
        known = await self._cloud.truth(at.strftime("%Y-%m-%dT%H:%M:%SZ"))
        for row in known["latest"]:
            unique_id = f"{row['device']}_{row['sensor']}_{row['channel']}"
            if row["value"] is not None:
                self._seen.setdefault(unique_id, {})[row["value"]] = at
        self.open_alarms = {(row["serial"], row["severity"]) for row in known["active_alarms"]}


def expected(fleet: Fleet, truth: Truth, kind: str) -> dict[str, Expected]:
    """Return every entity that an account of a kind has to have, by unique id."""
    has_login = kind == "saveris_data"
    found = [*_account(fleet.tenant_uuid, has_key=not has_login)]
    for device in fleet.devices:
        mine = [*_device(device)]
        for sensor in device.sensors:
            mine += _sensor(sensor, truth, fleet, own_limits=has_login)
            if sensor.is_radio:
                mine += _thing(sensor.serial, measures=True)
            if isinstance(sensor, RadioSensor) and has_login:
                mine += _radio(sensor)
        found += mine if device.active(datetime.now(UTC)) else [_silenced(item) for item in mine]
    return {item.unique_id: item for item in found}


def names(fleet: Fleet) -> dict[str, tuple[str, str | None]]:
    """Return name and site of every device that has to be there, by serial number."""
    found: dict[str, tuple[str, str | None]] = {fleet.tenant_uuid: (fleet.customer, None)}
    for device in fleet.devices:
        found[device.serial] = device.name, device.site.name
        for sensor in device.sensors:
            if sensor.is_radio or len(device.sensors) > 1:
                found[sensor.serial] = sensor.name, device.site.name
    called = [name for name, _ in found.values()]
    return {
        # Two of one name are told apart by the end of the serial number.
        serial: (f"{name} ({serial[-_DIGITS:]})" if called.count(name) > 1 else name, site)
        for serial, (name, site) in found.items()
    }


def parents(fleet: Fleet) -> dict[str, str]:
    """Return to which device each radio sensor and each told-apart probe belongs."""
    return {
        sensor.serial: device.serial
        for device in fleet.devices
        for sensor in device.sensors
        if sensor.is_radio or len(device.sensors) > 1
    }


def _account(tenant: str, *, has_key: bool) -> Iterator[Expected]:
    for key in ("active_alarms", "active_warnings", "loggers_offline"):
        yield Expected(f"{tenant}_{key}", "sensor", str.isdecimal, "a count")
    yield Expected(f"{tenant}_last_update", "sensor", _is_time, "a time", enabled=False)
    if has_key:
        yield Expected(f"{tenant}_key_expires", "sensor", _is_date, "a date")
    else:
        yield Expected(f"{tenant}_push", "binary_sensor", *_is("on"))
    yield Expected(f"{tenant}_cloud", "binary_sensor", *_is("on"))


def _device(device: Logger | Gateway) -> Iterator[Expected]:
    serial = device.serial
    wired = any(not sensor.is_radio for sensor in device.sensors)
    yield from _thing(serial, measures=wired)
    for key in ("last_communication", "next_communication"):
        yield Expected(f"{serial}_{key}", "sensor", _is_time, "a time", enabled=False)
    if device.last_contact(datetime.now(UTC)) is None:
        return
    yield Expected(f"{serial}_power", "binary_sensor", *_is("on" if device.mains else "off"))
    if device.battery is not None:
        yield Expected(f"{serial}_battery", "sensor", *_is(str(device.battery)))
    if isinstance(device, Logger):
        yield Expected(f"{serial}_signal", "sensor", _is_number, "a number", enabled=False)


def _radio(sensor: RadioSensor) -> Iterator[Expected]:
    """Yield what a cloud tells that knows the status of radio sensors."""
    yield Expected(f"{sensor.serial}_battery", "sensor", *_is(str(sensor.battery)))
    for key in ("signal", "battery_days"):
        yield Expected(f"{sensor.serial}_{key}", "sensor", _is_number, "a number", enabled=False)


def _thing(serial: str, *, measures: bool) -> Iterator[Expected]:
    yield Expected(f"{serial}_connection", "binary_sensor", *_is("on"))
    yield Expected(f"{serial}_system_alarm", "binary_sensor", *_is("off"))
    yield Expected(
        f"{serial}_alarms",
        "event",
        lambda state: state == "unknown" or _is_time(state),
        "a time or unknown",
    )
    if measures:
        yield Expected(f"{serial}_last_measurement", "sensor", _is_time, "a time", enabled=False)
        yield _calibration(serial)
    yield Expected(
        f"{serial}_acknowledge",
        "button",
        lambda state: state in {"unknown", "unavailable"} or _is_time(state),
        "a time, unknown or unavailable",
    )


def _calibration(serial: str) -> Expected:
    return Expected(f"{serial}_calibration_due", "date", _is_date, "a date", enabled=False)


def _sensor(sensor: Sensor, truth: Truth, fleet: Fleet, *, own_limits: bool) -> Iterator[Expected]:
    if not sensor.is_radio and len(sensor.device.sensors) > 1:
        yield _calibration(sensor.serial)
    for channel in sensor.channels:
        unique_id = f"{sensor.device.serial}_{sensor.serial}_{channel.number}"
        door = channel.alarm_property == "Door"
        values = truth.values(unique_id)
        if door:
            allowed = {"on" if value else "off" for value in values}
            yield Expected(unique_id, "binary_sensor", allowed.__contains__, f"one of {allowed}")
        else:
            meant = f"one of the true values {', '.join(map(str, values)) or '(none)'}"
            yield Expected(unique_id, "sensor", _is_one_of(values), meant)
        for severity in ("alarm", "warning"):
            usual = severity == "alarm" and not door and channel.spec.derive is None
            limits = _own(channel, fleet) if own_limits else _terms(channel)
            if usual or any(it.severity.lower() == severity for it in limits):
                yield Expected(
                    f"{unique_id}_{severity}",
                    "binary_sensor",
                    {"on", "off"}.__contains__,
                    "on or off",
                )
        if not door:
            for direction in ("lower", "upper"):
                report = f"{unique_id}_report_{direction}"
                yield Expected(report, "number", _is_number, "a number", enabled=False)
        if not door and channel.spec.derive is None:
            shared = _own(channel, fleet) if own_limits else _agreed(channel, fleet)
            for key in {f"{it.direction}_{it.severity.lower()}_limit" for it in shared}:
                yield Expected(
                    f"{unique_id}_{key}", "sensor", _is_number, "a number", enabled=False
                )


def _agreed(channel: Channel, fleet: Fleet) -> list[Limit]:
    """Return the limits on which all measuring objects of the site agree."""
    site, now = channel.sensor.device.site, datetime.now(UTC)
    found: dict[tuple[str, str], dict[float, Limit]] = {}
    for other in fleet.channels:
        if other.sensor.device.site is site:
            for limit in other.sensor.measuring_object.limits(now):
                if limit.property == channel.alarm_property:
                    values = found.setdefault((limit.direction, limit.severity), {})
                    values[limit.value] = limit
    return [limit for values in found.values() if len(values) == 1 for limit in values.values()]


def _own(channel: Channel, fleet: Fleet) -> list[Limit]:
    """Return the limits of the equipment that a channel watches, whatever the time of the day."""
    sensor = channel.sensor
    if channel.spec.derive is not None:
        return []
    equipment = fleet.equipment(sensor)
    if equipment is None:
        return _agreed(channel, fleet)
    of_day = [limit for window in equipment.windows for limit in window.limits]
    limits = of_day if equipment.windows else sensor.measuring_object.limits(datetime.now(UTC))
    mine = [it for it in limits if it.property == channel.alarm_property]
    return mine or ([] if limits else _agreed(channel, fleet))


def _terms(channel: Channel) -> list[Limit]:
    terms = (term.limit for term in channel.sensor.measuring_object.terms)
    return [limit for limit in terms if channel.watched_by(limit)]


def _silenced(item: Expected) -> Expected:
    """Return what an entity of an inactive device has to be."""
    test, meant = _is("unavailable")
    return Expected(item.unique_id, item.platform, test, meant, item.enabled)


def _is(state: str) -> tuple[Test, str]:
    return state.__eq__, state


def _is_one_of(values: tuple[float, ...]) -> Test:
    return lambda state: (
        _is_number(state)
        and any(isclose(float(state), value, rel_tol=1e-6, abs_tol=1e-6) for value in values)
    )


def _is_number(state: str) -> bool:
    return _reads(float, state)


def _is_time(state: str) -> bool:
    return _reads(datetime.fromisoformat, state)


def _is_date(state: str) -> bool:
    return _reads(date.fromisoformat, state)


def _reads(read: Callable[[str], object], state: str) -> bool:
    try:
        read(state)
    except ValueError:
        return False
    return True


def tally(entities: Mapping[str, Expected]) -> str:
    """Return how many entities of each platform are expected."""
    platforms = [item.platform for item in entities.values()]
    counts = {platform: platforms.count(platform) for platform in sorted(set(platforms))}
    return ", ".join(f"{count} {platform}" for platform, count in counts.items())
