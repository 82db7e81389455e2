"""Open episodes where a user looks for them."""

from typing import Any

from custom_components.testo_smart_connect.monitoring.alarm_view import (
    AlarmView,
    alarm_view,
    channels_of,
)
from custom_components.testo_smart_connect.monitoring.episodes import Episode
from custom_components.testo_smart_connect.monitoring.model import Inventory, Transition
from custom_components.testo_smart_connect.monitoring.sources import Sources

from .feed import MINUTE, NOON
from .test_sources import GATEWAY, LOGGER, SHARED

SOURCES = Sources(Inventory(devices=(LOGGER, GATEWAY, SHARED)))


def episode(uuid: str = "x", serial: str = "two", **facts: Any) -> Episode:
    defaults = {"at": NOON, "condition": "upper", "property_name": "Temperature"}
    row = Transition(uuid=uuid, raised=True, serial=serial, **{**defaults, **facts})
    key = (serial, row.system, row.condition, row.severity, row.property_name)
    return Episode(key=key, raised=row, moment=row.at)


def view(*active: Episode, seen: tuple[Episode, ...] = ()) -> AlarmView:
    return alarm_view(active, seen, SOURCES)


def test_alarm_stands_on_its_channel_and_severity() -> None:
    alarm, warning = episode("a"), episode("w", severity="warning")
    assert view(alarm, warning) == AlarmView(
        by_channel={(("u-two", 1), "alarm"): alarm, (("u-two", 1), "warning"): warning},
        alarms=1,
        warnings=1,
    )


def test_unknown_severity_counts_as_an_alarm() -> None:
    strange = episode(severity="critical")
    assert view(strange) == AlarmView(by_channel={(("u-two", 1), "alarm"): strange}, alarms=1)


def test_alarm_of_the_logger_stands_on_every_channel_that_fits() -> None:
    assert channels_of(episode(serial="logger").facts, SOURCES) == (("u-one", 1), ("u-two", 1))


def test_newest_of_several_episodes_is_shown() -> None:
    old, new = episode("o"), episode("n", at=NOON + MINUTE, condition="lower")
    assert view(old, new).by_channel == {(("u-two", 1), "alarm"): new}
    assert view(old, new).alarms == 2


def test_system_alarm_stands_on_its_thing() -> None:
    battery = episode("b", "logger", system=True, severity="warning", property_name=None)
    radio = episode("r", "lab", system=True, property_name=None)
    assert view(battery, radio) == AlarmView(
        by_instrument={"logger": battery, "lab": radio}, alarms=1, warnings=1
    )


def test_alarm_of_a_quantity_that_no_channel_has_stands_on_the_thing() -> None:
    shock = episode(property_name="Shock")
    assert view(shock) == AlarmView(by_instrument={"logger": shock}, alarms=1)


def test_alarm_of_a_device_that_is_not_known_is_left_out() -> None:
    strange = episode(serial="stranger")
    assert view(strange, seen=(strange,)) == AlarmView()
    assert channels_of(strange.facts, SOURCES) == ()


def test_severities_ever_seen_by_channel() -> None:
    over = episode(severity="warning", property_name="Humidity")
    found = view(seen=(over, episode("s", system=True)))
    assert found == AlarmView(seen=frozenset({(("u-two", 2), "warning")}))
