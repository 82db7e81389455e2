"""What is remembered of people's doings: the first word stays, what is over is forgotten."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from custom_components.testo_smart_connect.monitoring.acknowledgements import (
    Acknowledgement,
    Inherited,
    acknowledge,
    inherit,
    running,
    snooze,
    standing_on,
    still_known,
)
from custom_components.testo_smart_connect.monitoring.episodes import Episode
from custom_components.testo_smart_connect.monitoring.model import (
    Channel,
    Device,
    Inventory,
    Limit,
    Sensor,
    Transition,
)
from custom_components.testo_smart_connect.monitoring.sources import Limits, Sources

from .feed import HOUR, NOON

AIR = Channel(number=1, property_name="Temperature", extension="Air Temperature", unit="°C")
DEW = Channel(number=2, property_name="Temperature", extension="Dewpoint Temperature", unit="°C")
HUMIDITY = Channel(number=3, property_name="Humidity", extension="Relative Humidity", unit="%")
NAMELESS = Channel(number=4, unit="°C")
DOOR = Channel(number=1, property_name="Unknown", extension="Door Contact")
ONE = Sensor(uuid="u-one", serial="one", channels=(AIR,))
TWO = Sensor(uuid="u-two", serial="two", channels=(AIR,))
RADIO = Sensor(uuid="u-door", serial="door", radio=True, channels=(DOOR,))
SOURCES = Sources(
    Inventory(
        devices=(
            Device(uuid="u-logger", serial="logger", sensors=(ONE, TWO)),
            Device(uuid="u-gateway", serial="gateway", sensors=(RADIO,)),
        )
    )
)
ANNA = Acknowledgement(by="Anna", at=NOON, note="seen")
BEN = Acknowledgement(by="Ben", at=NOON + HOUR)


def episode(
    uuid: str,
    serial: str = "one",
    *,
    system: bool = False,
    of_sensor: bool = False,
    at: datetime = NOON,
) -> Episode:
    """Return an open episode of a source."""
    raised = Transition(
        uuid=uuid,
        raised=True,
        at=at,
        of_sensor=of_sensor,
        serial=serial,
        system=system,
        condition="Sensor is broken" if system else "upper",
        property_name=None if system else "Temperature",
        unit=None if system else "°C",
    )
    key = (serial, system, "upper", "alarm", "temperature")
    return Episode(key=key, raised=raised, moment=NOON)


def test_the_first_acknowledgement_stays() -> None:
    first = acknowledge({}, [episode("a")], ANNA)
    both = acknowledge(first, [episode("a"), episode("b")], BEN)
    assert both == {"a": ANNA, "b": BEN}
    assert first == {"a": ANNA}, "what a save may be reading is not changed"


def test_acknowledgements_live_as_long_as_their_episodes() -> None:
    known = {"a": ANNA, "b": BEN}
    assert still_known(known, [episode("b"), episode("c")]) == {"b": BEN}
    assert known == {"a": ANNA, "b": BEN}


def test_a_snooze_is_replaced_and_ends() -> None:
    first = snooze({}, ["one", "two"], NOON + HOUR)
    second = snooze(first, ["two"], NOON + 3 * HOUR)
    assert second == {"one": NOON + HOUR, "two": NOON + 3 * HOUR}
    assert running(second, NOON + HOUR - timedelta(seconds=1)) == second
    assert running(second, NOON + HOUR) == {"two": NOON + 3 * HOUR}
    assert running(second, NOON + 3 * HOUR) == {}
    assert first == {"one": NOON + HOUR, "two": NOON + HOUR}


def test_what_was_said_of_a_system_alarm_is_inherited_by_the_only_one_of_its_sort() -> None:
    broken = episode("broken", "one", system=True, of_sensor=True)
    power, later = (
        episode(name, "logger", system=True, at=NOON + hours * HOUR)
        for name, hours in (("power", 0), ("later", 2))
    )
    elsewhere = episode("elsewhere", "gateway", system=True)
    limit, foreign = episode("limit", "logger"), episode("foreign", "unknown", system=True)
    every = (broken, power, later, elsewhere, limit, foreign)

    def heirs(*, of_sensor: bool, episodes: Iterable[Episode] = every) -> set[str]:
        said = Inherited(serial="logger", of_sensor=of_sensor, at=NOON, said=ANNA)
        return {*inherit({}, [said], episodes, SOURCES)}

    assert heirs(of_sensor=True) == {"broken"}
    assert heirs(of_sensor=False) == {"power"}
    again = episode("again", "logger", system=True, at=NOON + timedelta(minutes=30))
    assert heirs(of_sensor=False, episodes=(*every, again)) == set()


def test_an_alarm_without_a_direction_may_be_either_but_only_one() -> None:
    said = Inherited(sensor="u-one", number=1, at=NOON, said=ANNA)
    assert inherit({}, [said], [episode("a"), episode("b", "two")], SOURCES) == {"a": ANNA}
    assert inherit({}, [said], [episode("a"), episode("b")], SOURCES) == {}
    assert inherit({"a": BEN}, [said], [episode("a")], SOURCES) == {"a": BEN}


def test_episodes_stand_on_their_thing_or_probe() -> None:
    one, two, either = episode("1"), episode("2", "two"), episode("3", "logger")
    broken, power = episode("4", "one", system=True), episode("5", "logger", system=True)
    door, foreign = episode("6", "door"), episode("7", "elsewhere")
    every = (one, two, either, broken, power, door, foreign)

    assert standing_on(every, SOURCES, "logger") == (one, two, either, broken, power)
    assert standing_on(every, SOURCES, "logger", "u-one") == (one, either, broken)
    assert standing_on(every, SOURCES, "logger", "u-two") == (two, either)
    assert standing_on(every, SOURCES, "door") == (door,)
    assert standing_on(every, SOURCES, "gateway") == ()


def test_a_limit_belongs_to_a_channel_only_if_it_can_mean_no_other() -> None:
    def limit(value: float, name: str = "Temperature", site: str = "s") -> Limit:
        return Limit(
            site=site, property_name=name, direction="upper", severity="alarm", value=value
        )

    sensor = Sensor(uuid="u", serial="s", channels=(AIR, DEW, HUMIDITY, NAMELESS))
    bound = ("upper", "alarm")
    limits = Limits([limit(8), limit(8), limit(60, "Humidity"), limit(1, "Unknown")])
    assert limits.of("s", sensor, AIR, bound) == limit(8)
    assert limits.of("s", sensor, DEW, bound) is None
    assert limits.of("s", sensor, HUMIDITY, bound) == limit(60, "Humidity")
    assert limits.of("s", sensor, NAMELESS, bound) is None
    assert limits.of("s", sensor, AIR, ("lower", "alarm")) is None
    assert limits.of("elsewhere", sensor, AIR, bound) is None
    conflict = Limits([limit(8), limit(9)])
    assert conflict.of("s", sensor, AIR, bound) is None
    assert conflict.has("s", sensor, AIR, "alarm")
    assert not conflict.has("s", sensor, DEW, "alarm")
