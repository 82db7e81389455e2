"""The newest readings, and what their ages mean."""

from datetime import datetime

from custom_components.testo_smart_connect.monitoring.latest import (
    Outlook,
    Watch,
    merged,
    newest,
    outlook,
    watch,
)
from custom_components.testo_smart_connect.monitoring.model import (
    Channel,
    ChannelKey,
    Device,
    DeviceStatus,
    Inventory,
    Reading,
    Sensor,
)
from custom_components.testo_smart_connect.monitoring.things import things

from .feed import DAY, HOUR, MINUTE, NOON

QUARTER = 15 * MINUTE
TEMPERATURE, HUMIDITY = Channel(number=1, unit="°C"), Channel(number=2, unit="%")
WIRED = Sensor(uuid="wired", serial="W", channels=(TEMPERATURE, HUMIDITY))
RADIO = Sensor(uuid="radio", serial="R", radio=True, channels=(TEMPERATURE,))


def logger(*, active: bool = True) -> Device:
    return Device(
        uuid="logger",
        serial="L",
        active=active,
        measuring_cycle=QUARTER,
        communication_cycle=QUARTER,
        sensors=(WIRED,),
    )


GATEWAY = Device(
    uuid="gateway", serial="G", category="GATEWAY", communication_cycle=QUARTER, sensors=(RADIO,)
)


def reading(sensor: str, channel: int, at: datetime, value: float = 5.0) -> Reading:
    return Reading(
        uuid=f"{sensor}{channel}{at}", sensor_uuid=sensor, channel=channel, at=at, value=value
    )


def watches(device: Device) -> list[Watch]:
    return [watch(thing) for thing in things(Inventory(devices=(device,)))]


def judged(
    now: datetime,
    *readings: Reading,
    device: Device | None = None,
    status: DeviceStatus | None = None,
) -> Outlook:
    latest = {item.key: item for item in readings}
    statuses = {status.device_uuid: status} if status else {}
    return outlook(watches(device or logger()), latest, statuses, None, now)


def test_newest_reading_wins_in_whatever_order_they_come() -> None:
    rows = [reading("wired", 1, NOON - number * MINUTE, number) for number in (2, 0, 1)]
    other = reading("wired", 2, NOON - HOUR)
    assert newest([*rows, other], NOON) == {("wired", 1): rows[1], ("wired", 2): other}


def test_future_reading_neither_shows_nor_hides_what_is_shown() -> None:
    good, future = reading("wired", 1, NOON), reading("wired", 1, NOON + 11 * MINUTE)
    for rows in ([future, good], [good, future]):
        assert newest(rows, NOON) == {("wired", 1): good}
    assert newest([future], NOON + MINUTE) == {("wired", 1): future}


def test_state_never_goes_back() -> None:
    key: ChannelKey = ("wired", 1)
    old, new = reading("wired", 1, NOON), reading("wired", 1, NOON + MINUTE)
    again = reading("wired", 1, NOON + MINUTE, 99.0)
    assert merged({}, {key: old}) == ({key: old}, {key})
    assert merged({key: old}, {key: new}) == ({key: new}, {key})
    assert merged({key: new}, {key: old}) == ({key: new}, set())
    assert merged({key: new}, {key: again}) == ({key: new}, set())
    other = reading("wired", 2, NOON)
    assert merged({key: new}, {key: old, other.key: other}) == (
        {key: new, other.key: other},
        {other.key},
    )


def test_silent_logger_turns_stale_and_offline_at_its_deadline() -> None:
    last = reading("wired", 1, NOON)
    before = judged(NOON + 45 * MINUTE, last)
    assert before == Outlook(
        known=frozenset({"L"}), measured={"L": NOON}, changes=NOON + 45 * MINUTE
    )
    after = judged(NOON + 46 * MINUTE, last)
    assert after == Outlook(
        stale=frozenset({("wired", 1)}),
        offline=frozenset({"L"}),
        known=frozenset({"L"}),
        measured={"L": NOON},
    )


def test_one_silent_channel_does_not_make_the_logger_offline() -> None:
    found = judged(NOON + HOUR, reading("wired", 1, NOON + HOUR), reading("wired", 2, NOON))
    assert found.stale == {("wired", 2)}
    assert found.offline == frozenset()
    assert found.measured == {"L": NOON + HOUR}
    assert found.changes == NOON + HOUR + 45 * MINUTE


def test_probe_is_stale_while_the_logger_communicates() -> None:
    status = DeviceStatus(
        device_uuid="logger",
        last_communication=NOON + 2 * HOUR,
        next_communication=NOON + 2 * HOUR + QUARTER,
    )
    found = judged(NOON + 2 * HOUR, reading("wired", 1, NOON), status=status)
    assert found.stale == {("wired", 1)}
    assert found.offline == {"L"}


def test_chosen_tolerance_applies_to_readings_and_things() -> None:
    last = reading("wired", 1, NOON)
    found = outlook(watches(logger()), {last.key: last}, {}, 5 * MINUTE, NOON + 21 * MINUTE)
    assert found.stale == {("wired", 1)}
    assert found.offline == {"L"}


def test_inactive_logger_is_never_offline() -> None:
    found = judged(NOON + DAY, reading("wired", 1, NOON), device=logger(active=False))
    assert found.offline == frozenset()
    assert found.stale == {("wired", 1)}


def test_logger_that_never_measured_is_judged_by_what_it_told() -> None:
    assert judged(NOON) == Outlook()
    assert judged(NOON, status=DeviceStatus(device_uuid="logger")) == Outlook()
    status = DeviceStatus(device_uuid="logger", last_measurement=NOON - DAY)
    assert judged(NOON, status=status) == Outlook(known=frozenset({"L"}), offline=frozenset({"L"}))


def test_gateway_is_judged_by_contacts_and_its_sensors_by_readings() -> None:
    status = DeviceStatus(
        device_uuid="gateway", last_communication=NOON, last_measurement=NOON + HOUR
    )
    silent = judged(NOON + QUARTER, reading("radio", 1, NOON - HOUR), device=GATEWAY, status=status)
    assert silent.known == {"G", "R"}
    assert silent.offline == {"R"}
    assert silent.stale == {("radio", 1)}
    assert silent.measured == {"R": NOON - HOUR}
    assert silent.changes == NOON + 45 * MINUTE

    lost = judged(NOON + HOUR, reading("radio", 1, NOON + HOUR), device=GATEWAY, status=status)
    assert lost.offline == {"G"}


def test_nothing_is_known_of_a_gateway_without_status() -> None:
    """What its device last measured is no sign of life of a radio sensor either."""
    assert judged(NOON, device=GATEWAY) == Outlook()
    status = DeviceStatus(device_uuid="gateway", last_measurement=NOON)
    assert judged(NOON, device=GATEWAY, status=status) == Outlook()
