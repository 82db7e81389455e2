"""Limits of single channels by the time of the day, and names of what they watch."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from custom_components.testo_smart_connect.monitoring.equipment import DailyLimit, Equipment
from custom_components.testo_smart_connect.monitoring.model import (
    Channel,
    Device,
    Inventory,
    Limit,
    Sensor,
    Transition,
)
from custom_components.testo_smart_connect.monitoring.topology import topology_of
from custom_components.testo_smart_connect.monitoring.watched import (
    next_change,
    shared_name,
    with_titles,
)

HOUR = timedelta(hours=1)
UPPER, WARNING = ("upper", "alarm"), ("upper", "warning")
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def limit(value: float, begins: float = 0, ends: float = 24, unit: str = "°C") -> DailyLimit:
    """Return an upper limit of some hours."""
    return DailyLimit(
        direction="upper",
        severity="alarm",
        value=value,
        unit=unit,
        begins=begins * HOUR,
        ends=ends * HOUR,
    )


def channel(number: int, quantity: str = "Temperature", unit: str = "°C") -> Channel:
    """Return a channel that watches the part."""
    extension = {"Temperature": "Air Temperature", "Humidity": "Relative Humidity"}.get(quantity)
    if quantity == "Dew":
        quantity, extension = "Temperature", "Dewpoint Temperature"
    return Channel(
        number=number, property_name=quantity, extension=extension, unit=unit, part="part"
    )


def inventory(*channels: Channel, name: str | None = "Logger") -> Inventory:
    """Return a logger with one sensor."""
    sensor = Sensor(uuid="u-sensor", serial="sensor", name=None, channels=channels)
    device = Device(uuid="u-device", serial="device", name=name, site="here", sensors=(sensor,))
    return Inventory(devices=(device,))


def equipment(*limits: DailyLimit, zone: str | None = "Europe/Berlin") -> Equipment:
    """Return what the channels watch."""
    return Equipment(part="part", title="Fridge", part_title="Shelf", zone=zone, limits=limits)


def test_limits_belong_to_channels_of_their_unit() -> None:
    channels = channel(1), channel(2, "Humidity", "%"), channel(3, "Dew"), channel(4, unit="°F")
    topology = topology_of(inventory(*channels), (), (), "", [equipment(limit(8.0))])
    values = {
        number: found.value
        for number in range(1, 5)
        if (found := topology.limit_at(("u-sensor", number), UPPER, NOON))
    }
    assert values == {1: 8.0, 4: 46.4}
    assert topology.rhythms == frozenset()


def test_a_channel_that_its_part_says_nothing_of_has_no_limit() -> None:
    """Those of others at the site are not its own; without any at all they may be."""
    site = Limit(
        site="here", property_name="humidity", direction="upper", severity="alarm", value=1
    )
    humid, key = channel(2, "Humidity", "%"), ("u-sensor", 2)
    devices = inventory(channel(1), humid)
    with_some = topology_of(devices, (), (site,), "", [equipment(limit(8.0))])
    assert with_some.limit_at(key, UPPER, NOON) is None
    assert not with_some.has_severity(with_some.channels[key], "alarm")
    without = topology_of(devices, (), (site,), "", [equipment()])
    found = without.limit_at(key, UPPER, NOON)
    assert found is not None
    assert found.value == 1


def test_the_one_in_force_counts() -> None:
    parts = [equipment(limit(8.0, 6, 22), limit(7.0, 22, 6))]
    topology = topology_of(inventory(channel(1)), (), (), "", parts)
    key = "u-sensor", 1
    # In Berlin it is two hours later.
    for hour, value in ((3, 7.0), (4, 8.0), (19, 8.0), (20, 7.0), (23, 7.0)):
        found = topology.limit_at(key, UPPER, NOON.replace(hour=hour))
        assert found is not None
        assert found.value == value
    assert (key, UPPER) not in topology.channel_limits, "none is that of the whole day"
    (rhythm,) = topology.rhythms
    assert next_change(rhythm, NOON) == NOON.replace(hour=20)
    assert next_change(rhythm, NOON.replace(hour=20)) == NOON.replace(day=2, hour=4)


def test_a_time_of_the_day_without_a_limit() -> None:
    topology = topology_of(inventory(channel(1)), (), (), "", [equipment(limit(8.0, 6, 22))])
    assert topology.limit_at(("u-sensor", 1), UPPER, NOON.replace(hour=23)) is None
    assert topology.limit_at(("u-sensor", 1), WARNING, NOON) is None
    assert not topology.channel_limits


@pytest.mark.parametrize(
    ("limits", "always"),
    [
        ((limit(8.0),), 8.0),
        ((limit(8.0, 0, 6), limit(8.0, 6, 24)), 8.0),
        ((limit(8.0, 0, 6), limit(9.0, 6, 24)), None),
        ((limit(8.0, 0, 6),), None),
        ((limit(8.0), limit(9.0)), None),
        ((limit(8.0, 6, 22), limit(8.0, 8, 24)), None),
    ],
)
def test_what_holds_all_day(limits: tuple[DailyLimit, ...], always: float | None) -> None:
    topology = topology_of(inventory(channel(1)), (), (), "", [equipment(*limits)])
    found = topology.channel_limits.get((("u-sensor", 1), UPPER))
    assert (found and found.value) == always


def test_clocks_that_change() -> None:
    """Of a night in which an hour is left out, or comes twice, a limit still begins once."""
    rhythm = ZoneInfo("Europe/Berlin"), frozenset({2 * HOUR + HOUR / 2})
    moment, begun = datetime(2026, 3, 28, tzinfo=UTC), []
    while moment < datetime(2026, 4, 1, tzinfo=UTC):
        moment = next_change(rhythm, moment)
        begun.append(moment)
    assert len({it.date() for it in begun}) == len(begun) == 5


def test_the_limit_of_a_transition_is_in_its_unit() -> None:
    """Two channels that do not agree say nothing."""
    facts = Transition(
        uuid="a",
        raised=True,
        at=NOON,
        condition="upper",
        property_name="Temperature",
        source_uuid="u-sensor",
        unit="°F",
    )
    one = topology_of(inventory(channel(1)), (), (), "", [equipment(limit(8.0))])
    assert one.limit_of(facts) == 46.4
    none = topology_of(inventory(channel(1)), (), (), "", [equipment(limit(8.0, 0, 2))])
    assert none.limit_of(facts) is None


def test_titles_where_there_is_no_name() -> None:
    parts = {"part": equipment()}
    (device,) = with_titles(inventory(channel(1), name=None), parts).devices
    assert (device.name, device.sensors[0].name) == ("Fridge", "Fridge Shelf")
    (device,) = with_titles(inventory(channel(1)), parts).devices
    assert device.name == "Logger"
    (device,) = with_titles(inventory(channel(1), name=None), {"other": equipment()}).devices
    assert (device.name, device.sensors[0].name) == (None, None)
    known = inventory(channel(1))
    assert with_titles(known, {}) is known


@pytest.mark.parametrize(
    ("titles", "name", "apart"),
    [
        ({}, None, {}),
        ({"a": "Fridge"}, "Fridge", {}),
        ({"a": "Fridge", "b": "Fridge"}, "Fridge", {}),
        ({"a": "Freezer left", "b": "Freezer right"}, "Freezer", {"a": "left", "b": "right"}),
        ({"a": "Fridge", "b": "Fridge 2"}, "Fridge / Fridge 2", {"a": "Fridge", "b": "Fridge 2"}),
        ({"a": "Fridge", "b": "Truhe"}, "Fridge / Truhe", {"a": "Fridge", "b": "Truhe"}),
        ({"a": "F 1", "b": "F 1", "c": "F 2"}, "F", {"c": "2"}),
    ],
)
def test_what_several_parts_are_called_together(
    titles: dict[str, str], name: str | None, apart: dict[str, str]
) -> None:
    assert shared_name(titles) == (name, apart)


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ([limit(8.0)], None),
        ([limit(8.0), limit(9.0)], "several"),
        ([limit(8.0, 6, 20)], "times"),
        ([limit(8.0, 6, 20), limit(9.0, 20, 6)], "times"),
        ([], None),
    ],
)
def test_why_there_is_no_limit_all_day(limits: list[DailyLimit], reason: str | None) -> None:
    lower = replace(limit(2.0), direction="lower")
    topology = topology_of(inventory(channel(1)), (), (), "", [equipment(lower, *limits)])
    assert topology.doubt(topology.channels["u-sensor", 1], UPPER) == reason
