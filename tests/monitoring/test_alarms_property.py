"""Whatever way a cloud delivers its log, each transition is told once and states are true."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.testo_smart_connect.monitoring.model import (
    Channel,
    Device,
    Inventory,
    Sensor,
    Transition,
)
from custom_components.testo_smart_connect.monitoring.topology import topology_of
from tests.simulator import Fleet, Kind, Limit, ManualClock, band

from .feed import DAY, HOUR, MINUTE, NOON, SLOWEST, Cloud, Fact, Habits, Poll, Topic, follow

_TIMEOUT = "Connection timeout, device did not communicated in expected time"
_CLIMATE = (
    Channel(number=1, property_name="Temperature", extension="Air Temperature", unit="°C"),
    Channel(number=2, property_name="Humidity", extension="Relative Humidity", unit="%"),
)
_DOOR = (Channel(number=1, property_name="Unknown", extension="Door Contact"),)
INVENTORY = Inventory(
    devices=(
        Device(
            uuid="u-logger",
            serial="logger",
            sensors=(
                Sensor(uuid="u-one", serial="one", channels=_CLIMATE),
                Sensor(uuid="u-two", serial="two", channels=_CLIMATE),
            ),
        ),
        Device(
            uuid="u-gateway",
            serial="gateway",
            category="GATEWAY",
            sensors=(Sensor(uuid="u-door", serial="door", radio=True, channels=_DOOR),),
        ),
    )
)
SHAPE = topology_of(INVENTORY, (), ())
"""A logger with two probes, whose alarms may be those of either."""
TOPICS: tuple[Topic, ...] = (
    ("one", False, "upper", "alarm", "Temperature"),
    ("one", False, "upper", "alarm", "Humidity"),
    ("one", False, "upper", "warning", "Temperature"),
    ("one", False, "lower", "alarm", "Temperature"),
    ("one", False, "upper", "critical", "Temperature"),
    ("one", True, "Sensor is broken", "alarm", None),
    ("two", False, "upper", "alarm", "Temperature"),
    ("logger", False, "upper", "alarm", "Temperature"),
    ("logger", True, _TIMEOUT, "warning", None),
    ("door", False, "upper", "warning", "Door"),
)

TWO_CHANNELS: Topic = ("logger", False, "upper", "alarm", "Temperature")

# Hypothesis warns of a generator of its own when it is given a seed.
pytestmark = pytest.mark.filterwarnings("ignore:It looks like `register_random`")

habits = st.builds(
    Habits,
    in_place=st.booleans(),
    by_processing=st.booleans(),
    told_ends=st.sampled_from((1.0, 0.5, 0.0)),
    unknown=st.sampled_from((0.0, 0.3)),
    processed=st.booleans(),
    flaky=st.sampled_from((0.0, 0.5)),
)
seeds = st.integers(0, 2**32)


@st.composite
def logs(draw: st.DrawFn) -> tuple[Fact, ...]:
    """Draw a true log of up to two weeks: each topic is violated and recovers in turn."""
    facts: list[Fact] = []
    waits = st.sampled_from((1, 2, 15, 60, 24 * 60)).flatmap(lambda most: st.integers(1, most))
    for topic in draw(st.lists(st.sampled_from(TOPICS), min_size=1, max_size=5, unique=True)):
        ahead = draw(st.sampled_from((timedelta(), timedelta(), 5 * HOUR, 20 * HOUR)))
        for _ in range(2 if topic == TWO_CHANNELS else 1):
            at, uuid = NOON, ""
            for number, wait in enumerate(draw(st.lists(waits, min_size=1, max_size=8))):
                at += wait * MINUTE
                raised = number % 2 == 0
                ends, uuid = uuid, str(UUID(int=len(facts) + 1))
                fact = _fact(topic, at, uuid, None if raised else ends)
                # The clock of a logger is set right, or goes wrong, at any time.
                is_wrong = ahead and draw(st.booleans())
                facts.append(replace(fact, ahead=ahead) if is_wrong else fact)
    return tuple(sorted(facts, key=lambda fact: fact.transition.at))


def _fact(topic: Topic, at: datetime, uuid: str, ends: str | None) -> Fact:
    owner, system, condition, severity, property_name = topic
    row = Transition(
        uuid=uuid,
        raised=ends is None,
        at=at,
        system=system,
        condition=condition,
        severity=severity,
        property_name=property_name,
        extension="Unknown",
        source_uuid=f"u-{owner}",
        serial=owner,
        ends=ends,
        value=None if system else 8.5,
        reason="Alarm condition is violated" if ends is None else "Alarm condition is adhered",
    )
    return Fact(
        topic=topic,
        transition=row,
        visible=at + 5 * timedelta(seconds=1),
        several=topic == TWO_CHANNELS,
    )


@st.composite
def polls(draw: st.DrawFn) -> list[Poll]:
    """Draw when the feed is read, from somewhere within the log on, and what goes wrong."""
    waits = st.sampled_from((5, 30, 24 * 60, 5 * 24 * 60)).flatmap(
        lambda most: st.integers(1, most)
    )
    at, mute = NOON, False
    found = []
    for wait in draw(st.lists(waits, min_size=2, max_size=16)):
        at += wait * MINUTE
        # Two days is how long somebody who could be told may be missing.
        mute = not mute and draw(st.integers(0, 5)) == 0
        found.append(
            Poll(
                at=at,
                mute=mute,
                crash=draw(st.integers(0, 7)) == 0,
                restart=draw(st.integers(0, 3)) == 0,
            )
        )
    return found


@given(logs(), habits, polls(), seeds)
def test_any_log_is_told_once_and_in_order(
    log: tuple[Fact, ...], kind: Habits, times: list[Poll], seed: int
) -> None:
    follow(Cloud(log, kind, seed), times, SHAPE)


@given(st.integers(0, 7), habits, polls(), seeds)
def test_log_of_a_fleet_is_told_once_and_in_order(
    fleet_seed: int, kind: Habits, times: list[Poll], seed: int
) -> None:
    facts, inventory = _fleet_log(fleet_seed)
    follow(Cloud(facts, kind, seed), times, topology_of(inventory, (), ()))


@cache
def _fleet_log(seed: int) -> tuple[tuple[Fact, ...], Inventory]:
    """Return what truly happened in ten days of a fleet with seeded excursions."""
    clock = ManualClock(NOON + 10 * DAY)
    fleet = Fleet(clock, seed=seed, since=NOON, incidents=True)
    site = fleet.add_site("Apotheke Köln")
    fridge = (*band("Temperature", warning=(3.0, 7.0), alarm=(2.0, 8.0), hysteresis=0.2),)
    room = (*band("Temperature", alarm=(15.0, 26.0)), *band("Humidity", warning=(38.0, 60.0)))
    door = (Limit("Door", "upper", "Warning", 0.5, delay=timedelta()),)
    logger = fleet.add_logger(site, "Fridge", limits=fridge)
    fleet.add_logger(site, "Room", kind=Kind.CLIMATE, limits=room, communication=HOUR)
    fleet.add_logger(
        site, "Freezer", kind=Kind.PROBES, limits=band("Temperature", alarm=(None, -16))
    )
    gateway = fleet.add_gateway(site, "Gateway")
    gateway.add_radio_sensor("Lab", kind=Kind.PRODUCT, limits=fridge)
    gateway.add_radio_sensor("Door", kind=Kind.DOOR, limits=door, measuring=5 * MINUTE)
    cold = logger.sensors[0].channels[0]
    cold.hold(NOON + 2 * DAY, NOON + 2 * DAY + (seed + 1) * HOUR, 0.5)
    cold.hold(NOON + 5 * DAY, NOON + 5 * DAY + 3 * HOUR, 9.0)
    logger.outage(NOON + 5 * DAY + HOUR, NOON + 5 * DAY + 11 * HOUR)
    logger.low_battery(NOON + 7 * DAY, *((NOON + 8 * DAY,) if seed % 2 else ()))
    gateway.power_loss(NOON + 3 * DAY + seed * HOUR, NOON + 4 * DAY)
    fleet.loggers[2].break_sensor(NOON + 6 * DAY, NOON + 6 * DAY + 90 * MINUTE)
    facts = tuple(
        Fact(
            topic=(
                it.serial,
                it.channel is None,
                _condition(it.condition),
                it.severity.casefold(),
                it.channel.alarm_property if it.channel else None,
            ),
            visible=it.visible_at,
            transition=Transition(
                uuid=it.uuid,
                raised=it.raised,
                at=it.at,
                system=it.channel is None,
                condition=_condition(it.condition),
                severity=it.severity.casefold(),
                property_name=it.channel.alarm_property if it.channel else None,
                extension=it.channel.alarm_extension if it.channel else None,
                value=it.value,
                unit=it.channel.unit if it.channel else None,
                source_uuid=it.sensor.uuid if it.sensor else it.device.uuid,
                serial=it.serial,
                site=it.device.site.id,
                ends=it.source_uuid,
                reason=it.reason,
            ),
        )
        for it in fleet.transitions(NOON, clock.now(), visible_at=clock.now())
    )
    return facts, _inventory(fleet)


def _condition(text: str) -> str:
    return {"Upper limit": "upper", "Lower limit": "lower"}.get(text, text)


def _inventory(fleet: Fleet) -> Inventory:
    return Inventory(
        devices=tuple(
            Device(
                uuid=device.uuid,
                serial=device.serial,
                category=device.category,
                sensors=tuple(
                    Sensor(
                        uuid=sensor.uuid,
                        serial=sensor.serial,
                        radio=sensor.is_radio,
                        channels=tuple(
                            Channel(
                                number=channel.number,
                                property_name=channel.property,
                                extension=channel.extension,
                                unit=channel.unit,
                            )
                            for channel in sensor.channels
                        ),
                    )
                    for sensor in device.sensors
                ),
            )
            for device in fleet.devices
        )
    )


def test_fleet_logs_are_worth_their_name() -> None:
    """They hold all bands, system alarms, open ends, several episodes of a kind."""
    facts = [fact for seed in range(8) for fact in _fleet_log(seed)[0]]
    topics = {fact.topic[1:] for fact in facts}
    assert {severity for _, _, severity, _ in topics} == {"warning", "alarm"}
    assert {name for _, _, _, name in topics} == {"Temperature", "Humidity", "Door", None}
    assert {"upper", "lower", _TIMEOUT, "Sensor is broken"} <= {cond for _, cond, _, _ in topics}
    assert len(facts) > 8 * 40
    assert max(fact.visible - fact.transition.at for fact in facts) < SLOWEST
