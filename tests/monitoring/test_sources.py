"""Where an alarm or a limit belongs (Smart Connect reference, parts 6.5, 6.7 and 7.2)."""

from typing import Any

import pytest

from custom_components.testo_smart_connect.monitoring.model import (
    Channel,
    Device,
    Inventory,
    Limit,
    Sensor,
    Transition,
)
from custom_components.testo_smart_connect.monitoring.sources import (
    Limits,
    Place,
    Sources,
    matching_channels,
    place_channels,
)

from .feed import MINUTE, NOON

AIR = Channel(number=1, property_name="Temperature", extension="Air Temperature", unit="°C")
HUMIDITY = Channel(number=2, property_name="Humidity", extension="Relative Humidity", unit="%")
DEW = Channel(number=3, property_name="Temperature", extension="Dewpoint Temperature", unit="°C")
PRODUCT = Channel(number=4, property_name="Temperature", extension="Product Temperature", unit="°C")
DOOR = Channel(number=5, property_name="Unknown", extension="Door Contact")
WATER = Channel(number=6, property_name="Density", extension="Absolute Humidity", unit="g/m³")
SHOCK = Channel(number=7, property_name="Shock", extension="Unknown", unit="mg")
AIR_TOO = Channel(number=8, property_name="Temperature", extension="Air Temperature", unit="°C")
BARE = Channel(number=9, property_name="Temperature", extension="Unknown", unit="°C")
SPIN = Channel(number=10, property_name="Spin", extension="Left", unit="rpm")

ONE = Sensor(uuid="u-one", serial="one", channels=(AIR,))
TWO = Sensor(uuid="u-two", serial="two", channels=(AIR, HUMIDITY))
LOGGER = Device(uuid="u-logger", serial="logger", site="here", sensors=(ONE, TWO))
LAB = Sensor(uuid="u-lab", serial="lab", radio=True, channels=(PRODUCT,))
GATEWAY = Device(uuid="u-gateway", serial="gateway", category="GATEWAY", sensors=(LAB,))
BUILT_IN = Sensor(uuid="u-built-in", serial="shared", channels=(AIR,))
SHARED = Device(uuid="u-shared", serial="shared", sensors=(BUILT_IN,))
SOURCES = Sources(Inventory(devices=(LOGGER, GATEWAY, SHARED)))


def row(serial: str | None = None, uuid: str | None = None) -> Transition:
    return Transition(uuid="x", raised=True, at=NOON, serial=serial, source_uuid=uuid)


@pytest.mark.parametrize(
    ("serial", "uuid", "place"),
    [
        ("one", None, Place(device=LOGGER, sensor=ONE)),
        (None, "u-one", Place(device=LOGGER, sensor=ONE)),
        ("one", "u-one", Place(device=LOGGER, sensor=ONE)),
        ("logger", None, Place(device=LOGGER)),
        (None, "u-logger", Place(device=LOGGER)),
        ("logger", "u-logger", Place(device=LOGGER)),
        # The logger detected it, at the probe: it is not an alarm of the other probe.
        ("logger", "u-two", Place(device=LOGGER, sensor=TWO)),
        ("two", "u-logger", Place(device=LOGGER, sensor=TWO)),
        ("gateway", "u-lab", Place(device=GATEWAY, sensor=LAB)),
        ("lab", None, Place(device=GATEWAY, sensor=LAB)),
        (None, "u-gateway", Place(device=GATEWAY)),
        ("stranger", "u-one", Place(device=LOGGER, sensor=ONE)),
        ("one", "u-stranger", Place(device=LOGGER, sensor=ONE)),
        # A built-in sensor that shares the serial of its logger leads to both.
        ("shared", None, Place(device=SHARED, sensor=BUILT_IN)),
        ("shared", "u-shared", Place(device=SHARED, sensor=BUILT_IN)),
        (None, "u-shared", Place(device=SHARED)),
    ],
)
def test_source_is_found_by_serial_or_uuid_of_sensor_or_device(
    serial: str | None, uuid: str | None, place: Place
) -> None:
    assert SOURCES.find(row(serial, uuid)) == place
    assert SOURCES.source(row(serial, uuid)) == place.name


@pytest.mark.parametrize(
    ("place", "name", "owner"),
    [
        (Place(device=LOGGER), "logger", "logger"),
        (Place(device=LOGGER, sensor=ONE), "one", "logger"),
        (Place(device=GATEWAY), "gateway", "gateway"),
        (Place(device=GATEWAY, sensor=LAB), "lab", "lab"),
    ],
)
def test_users_see_radio_sensors_and_devices(place: Place, name: str, owner: str) -> None:
    assert (place.name, place.owner) == (name, owner)


@pytest.mark.parametrize(
    ("serial", "uuid", "source"),
    [
        ("stranger", "u-stranger", "stranger"),
        (None, "u-stranger", "u-stranger"),
        (None, None, ""),
    ],
)
def test_source_that_is_not_known_still_has_a_name(
    serial: str | None, uuid: str | None, source: str
) -> None:
    assert SOURCES.find(row(serial, uuid)) is None
    assert SOURCES.source(row(serial, uuid)) == source


def test_place_covers_its_sensor_or_all_wired_ones() -> None:
    assert place_channels(Place(device=LOGGER, sensor=TWO)) == ((TWO, AIR), (TWO, HUMIDITY))
    assert place_channels(Place(device=LOGGER)) == ((ONE, AIR), (TWO, AIR), (TWO, HUMIDITY))
    assert place_channels(Place(device=GATEWAY)) == ()


CLIMATE = (AIR, HUMIDITY, DEW, WATER)


@pytest.mark.parametrize(
    ("channels", "words", "expected"),
    [
        # The vendor's own table.
        ((PRODUCT, HUMIDITY), ("Temperature", "Product Temperature"), (PRODUCT,)),
        (CLIMATE, ("Temperature", "Unknown"), (AIR,)),
        ((DOOR, AIR), ("Door", "Door Contact"), (DOOR,)),
        # Never the dew point for an air temperature, nor anything for what is not there.
        ((DEW, HUMIDITY), ("Temperature", "Air Temperature"), ()),
        ((DEW, AIR), ("Temperature", "Dewpoint Temperature"), (DEW,)),
        (CLIMATE, ("Pressure", "Absolute Pressure"), ()),
        (CLIMATE, ("Shock", "Unknown"), ()),
        # Unknown is a wildcard on either side.
        ((PRODUCT, HUMIDITY), ("Temperature", "Unknown"), (PRODUCT,)),
        ((BARE, HUMIDITY), ("Temperature", "Product Temperature"), (BARE,)),
        ((BARE, PRODUCT), ("Temperature", "Product Temperature"), (PRODUCT,)),
        (CLIMATE, ("Humidity", None), (HUMIDITY,)),
        (CLIMATE, ("DENSITY", "absolute_humidity"), (WATER,)),
        ((SHOCK, SPIN), ("Shock", "Unknown"), (SHOCK,)),
        ((SHOCK, SPIN), ("Spin", "Left"), (SPIN,)),
        ((SHOCK, SPIN), ("Spin", "Right"), ()),
        # An alarm that tells nothing is that of the only channel.
        ((SHOCK,), (None, None), (SHOCK,)),
        ((SHOCK, SPIN), ("Unknown", "Unknown"), ()),
        ((SHOCK,), (None, "Left"), ()),
        # Several that fit are all meant: better one too many than none.
        ((AIR, AIR_TOO, DEW), ("Temperature", "Unknown"), (AIR, AIR_TOO)),
        ((), ("Temperature", "Unknown"), ()),
    ],
)
def test_channels_that_an_alarm_speaks_of(
    channels: tuple[Channel, ...],
    words: tuple[str | None, str | None],
    expected: tuple[Channel, ...],
) -> None:
    assert matching_channels(channels, *words, None) == expected


def test_unit_tells_the_channel_where_nothing_else_does() -> None:
    assert matching_channels(CLIMATE, "Unknown", "Unknown", "°C") == (AIR,)
    assert matching_channels(CLIMATE, None, None, "g/m³") == (WATER,)
    assert matching_channels(CLIMATE, None, None, "rpm") == ()


def limit(value: float = 8.0, **facts: Any) -> Limit:
    defaults = {
        "site": "here",
        "property_name": "temperature",
        "direction": "upper",
        "severity": "alarm",
    }
    return Limit(**{**defaults, **facts}, value=value)


def test_limit_on_which_all_objects_of_the_site_agree() -> None:
    limits = Limits([limit(delay=MINUTE), limit(delay=2 * MINUTE), limit(2.0, direction="lower")])
    found = limits.find("here", "Temperature", "upper", "alarm")
    assert found is not None
    assert found.value == 8.0
    lower = limits.find("here", "TEMPERATURE", "lower", "alarm")
    assert lower is not None
    assert lower.value == 2.0
    assert limits.find("here", "Temperature", "upper", "warning") is None
    assert limits.find("here", "Humidity", "upper", "alarm") is None
    assert limits.find("here", None, "upper", "alarm") is None
    assert limits.find("there", "Temperature", "upper", "alarm") is None


@pytest.mark.parametrize("other", [limit(9.0), limit(8.0, unit="°F")])
def test_conflicting_limits_are_none(other: Limit) -> None:
    limits = Limits([limit(), other])
    assert limits.find("here", "Temperature", "upper", "alarm") is None
    assert limits.has("here", ONE, AIR, "alarm")


def test_limits_of_another_site_are_no_conflict() -> None:
    limits = Limits([limit(), limit(9.0, site="there"), limit(7.0, site=None)])
    sites = ("here", "there", None)
    found = [limits.find(site, "Temperature", "upper", "alarm") for site in sites]
    assert [it.value if it else None for it in found] == [8.0, 9.0, 7.0]


def test_which_channels_have_a_severity_configured() -> None:
    climate = Sensor(uuid="c", serial="c", channels=CLIMATE)
    door = Sensor(uuid="d", serial="d", channels=(DOOR,))
    limits = Limits(
        [
            limit(severity="warning"),
            limit(60.0, property_name="PV_HUMIDITY".removeprefix("PV_"), direction="lower"),
            limit(0.5, property_name="Door", severity="warning"),
        ]
    )
    assert limits.has("here", climate, AIR, "warning")
    assert not limits.has("here", climate, AIR, "alarm")
    assert not limits.has("here", climate, DEW, "warning")
    assert limits.has("here", climate, HUMIDITY, "alarm")
    assert not limits.has("here", climate, WATER, "alarm")
    assert limits.has("here", door, DOOR, "warning")
    assert not limits.has("here", door, DOOR, "alarm")
    assert not limits.has("there", climate, AIR, "warning")
