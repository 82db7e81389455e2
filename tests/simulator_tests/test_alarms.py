"""Limits, system conditions and the transitions they make."""

from datetime import timedelta

import pytest

from tests.simulator import (
    Channel,
    Fleet,
    Kind,
    Limit,
    Logger,
    ManualClock,
    Transition,
    band,
    demo_fleet,
)

from .conftest import FRIDGE, NOON

HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)
DAY = (NOON - timedelta(days=1), NOON + timedelta(days=1))

type Brief = tuple[str, bool, str, str]


def brief(transitions: list[Transition]) -> list[Brief]:
    """Return (time, raised, severity, condition) of transitions."""
    return [(f"{it.at:%H:%M}", it.raised, it.severity, it.condition) for it in transitions]


@pytest.fixture
def channel(logger: Logger) -> Channel:
    """Return the temperature of the fridge."""
    return logger.sensors[0].channels[0]


def test_bands_are_independent(fleet: Fleet, channel: Channel) -> None:
    """Crossing both limits gives two violations and two recoveries, after the delay."""
    channel.hold(NOON, NOON + QUARTER, 7.5)
    channel.hold(NOON + QUARTER, NOON + HOUR, 8.5)
    channel.hold(NOON + HOUR, NOON + 5 * QUARTER, 7.5)
    assert brief(fleet.transitions(*DAY)) == [
        ("12:15", True, "Warning", "Upper limit"),
        ("12:30", True, "Alarm", "Upper limit"),
        ("13:00", False, "Alarm", "Upper limit"),
        ("13:15", False, "Warning", "Upper limit"),
    ]
    raised, _, _, cleared = fleet.transitions(*DAY)
    assert (raised.value, cleared.source_uuid) == (8.5, raised.uuid)
    assert raised.limit == Limit("Temperature", "upper", "Warning", 7.0)


def test_short_violation_is_no_alarm(fleet: Fleet, channel: Channel) -> None:
    """A violation that ends within the delay raises nothing."""
    channel.hold(NOON, NOON + QUARTER, 9.0)
    assert fleet.transitions(*DAY) == []


def test_lower_limit(fleet: Fleet, channel: Channel) -> None:
    """Lower limits work the other way round."""
    channel.hold(NOON, NOON + HOUR, 2.5)
    assert brief(fleet.transitions(*DAY)) == [
        ("12:15", True, "Warning", "Lower limit"),
        ("13:00", False, "Warning", "Lower limit"),
    ]


def test_hysteresis(fleet: Fleet) -> None:
    """Inside the hysteresis an alarm stays, and a new one is not raised."""
    limits = band("Temperature", alarm=(None, 8.0), hysteresis=0.5, delay=timedelta())
    logger = fleet.add_logger(fleet.sites[0], "Hysteresis", limits=limits)
    channel = logger.sensors[0].channels[0]
    for number, value in enumerate((8.2, 7.8, 8.1, 7.6, 7.5, 7.8)):
        channel.hold(NOON + number * QUARTER, NOON + (number + 1) * QUARTER, value)
    assert brief(fleet.transitions(*DAY)) == [
        ("12:00", True, "Alarm", "Upper limit"),
        ("13:00", False, "Alarm", "Upper limit"),
    ]


def test_natural_violation(fleet: Fleet) -> None:
    """A limit that the curve itself crosses is evaluated all the way."""
    logger = fleet.add_logger(fleet.sites[0], "Warm")
    limit = Limit("Temperature", "upper", "Alarm", -50.0)
    fleet.set_limits(logger, [limit], at=NOON - HOUR)
    (raised,) = fleet.transitions(*DAY)
    assert raised.at == NOON - HOUR + QUARTER
    assert fleet.transitions(NOON, NOON + HOUR) == []
    assert fleet.active_alarms(NOON) == [raised]
    assert fleet.active_alarms(NOON - HOUR) == []


def test_limit_removed(fleet: Fleet, logger: Logger, channel: Channel) -> None:
    """With its limit an alarm ends; others go on."""
    channel.hold(NOON, NOON + 2 * HOUR, 9.0)
    kept = tuple(limit for limit in FRIDGE if limit.severity == "Warning")
    fleet.set_limits(logger, kept, at=NOON + timedelta(minutes=50))
    ends = [it for it in fleet.transitions(*DAY) if not it.raised]
    assert brief(ends) == [
        ("12:50", False, "Alarm", "Upper limit"),
        ("14:00", False, "Warning", "Upper limit"),
    ]
    assert ends[0].reason == "The alarm condition does no longer exist"
    assert (ends[0].value, ends[0].visible_at) == (None, NOON + timedelta(minutes=50))


def test_limits_come_and_go(fleet: Fleet, logger: Logger, channel: Channel) -> None:
    """A limit counts only while it is configured."""
    channel.hold(NOON, NOON + 6 * HOUR, 9.0)
    fleet.set_limits(logger, (), at=NOON - HOUR)
    fleet.set_limits(logger, FRIDGE[3:], at=NOON + HOUR)
    assert brief(fleet.transitions(*DAY)) == [
        ("13:15", True, "Alarm", "Upper limit"),
        ("18:00", False, "Alarm", "Upper limit"),
    ]


def test_windows_of_transitions_agree(clock: ManualClock) -> None:
    """Any window shows the same transitions as one long query, each pair complete."""
    fleet = demo_fleet(clock)
    fleet.loggers[0].break_sensor(NOON - timedelta(days=4), NOON - timedelta(days=3))
    whole = fleet.transitions(fleet.since, NOON)
    pieces = [
        transition
        for hour in range(31 * 24)
        for transition in fleet.transitions(
            fleet.since + hour * HOUR, fleet.since + (hour + 1) * HOUR
        )
    ]
    assert len(whole) > 50
    assert sorted(it.uuid for it in pieces) == sorted(it.uuid for it in whole)


def test_transitions_alternate(clock: ManualClock) -> None:
    """For each channel, limit and direction a violation is followed by its recovery."""
    fleet = demo_fleet(clock, loggers=50)
    last: dict[object, Transition] = {}
    for it in fleet.transitions(fleet.since, NOON):
        key = (it.channel, it.condition, it.severity)
        before = last.get(key)
        if it.raised:
            assert before is None or not before.raised
            assert it.source_uuid is None
        else:
            assert before is not None
            assert it.source_uuid == before.uuid
        last[key] = it
    assert last


def test_alarms_travel_with_the_upload(fleet: Fleet, logger: Logger, channel: Channel) -> None:
    """During an outage the cloud learns of nothing but the silence itself."""
    channel.hold(NOON, NOON + HOUR, 7.5)
    logger.outage(NOON, NOON + 3 * HOUR)
    seen = fleet.transitions(*DAY, visible_at=NOON + 2 * HOUR)
    timeout = "Connection timeout, device did not communicated in expected time"
    assert brief(seen) == [("13:00", True, "Warning", timeout)]
    assert brief(fleet.transitions(*DAY)) == [
        ("12:15", True, "Warning", "Upper limit"),
        ("13:00", True, "Warning", timeout),
        ("13:00", False, "Warning", "Upper limit"),
        ("15:00", False, "Warning", timeout),
    ]
    assert {it.visible_at for it in fleet.transitions(*DAY)} == {NOON + HOUR, NOON + 3 * HOUR}


def test_short_outage_is_no_alarm(fleet: Fleet, logger: Logger) -> None:
    """A contact within the timeout, or an outage between two contacts, raises nothing."""
    logger.outage(NOON, NOON + timedelta(minutes=50))
    logger.outage(NOON + timedelta(minutes=61), NOON + timedelta(minutes=74))
    assert fleet.transitions(*DAY) == []


def test_system_conditions(fleet: Fleet, logger: Logger) -> None:
    """Battery, supply and sensor are noted at once and travel with the next contact."""
    logger.low_battery(NOON + timedelta(minutes=1), NOON + HOUR)
    logger.power_loss(NOON + timedelta(minutes=2), NOON + HOUR)
    logger.break_sensor(NOON + timedelta(minutes=3), NOON + HOUR)
    transitions = fleet.transitions(*DAY)
    assert brief(transitions[:3]) == [
        ("12:01", True, "Warning", "The battery of the device is nearly empty"),
        ("12:02", True, "Alarm", "Lost external power supply for device"),
        ("12:03", True, "Alarm", "Sensor is broken"),
    ]
    assert [it.kind for it in transitions[:3]] == ["device", "device", "sensor"]
    assert {it.visible_at for it in transitions[:3]} == {NOON + QUARTER}
    assert [it.source_uuid for it in transitions[3:]] == [it.uuid for it in transitions[:3]]
    assert len(fleet.active_alarms(NOON + timedelta(minutes=30))) == 3
    assert fleet.active_alarms(NOON + timedelta(minutes=14), visible_at=NOON) == []
    assert fleet.active_alarms(NOON + HOUR) == []


def test_door_alarm(fleet: Fleet) -> None:
    """A door is watched under the name that alarms use."""
    limits = [Limit("Door", "upper", "Warning", 0.5, delay=timedelta())]
    sensor = fleet.gateways[0].add_radio_sensor("Tor", kind=Kind.DOOR, limits=limits)
    sensor.channels[0].hold(NOON, NOON + HOUR, 1)
    raised, cleared = fleet.transitions(*DAY)
    assert (raised.at, cleared.at) == (NOON, NOON + HOUR)
    assert raised.serial == sensor.serial
    assert raised.channel is sensor.channels[0]
    assert (raised.channel.alarm_property, raised.channel.property) == ("Door", "Unknown")


def test_derived_channels_need_their_number(fleet: Fleet) -> None:
    """A temperature limit does not watch the dew point, unless it names that channel."""
    limits = band("Temperature", alarm=(15.0, None))
    dew = Limit("Temperature", "upper", "Alarm", -40.0, channel=3)
    room = fleet.add_logger(fleet.sites[0], "Room", kind=Kind.CLIMATE, limits=limits)
    assert fleet.transitions(*DAY) == []
    fleet.set_limits(room, (*limits, dew), at=NOON)
    (raised,) = fleet.transitions(*DAY)
    assert raised.channel is room.sensors[0].channels[2]


def test_delay_at_speed(clock: ManualClock) -> None:
    """The delay shrinks with the world."""
    fleet = Fleet(clock, speed=60)
    logger = fleet.add_logger(fleet.add_site("Site"), "Fast", limits=FRIDGE)
    logger.sensors[0].channels[0].hold(NOON, NOON + timedelta(minutes=1), 7.5)
    raised, cleared = fleet.transitions(NOON, NOON + HOUR)
    assert raised.at == NOON + timedelta(seconds=15)
    assert cleared.at == NOON + timedelta(minutes=1)
