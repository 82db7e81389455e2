"""What the ages of the newest readings mean."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.testo_smart_connect.monitoring.freshness import (
    Facts,
    Freshness,
    freshness,
    supervised,
)
from custom_components.testo_smart_connect.monitoring.instruments import instruments
from custom_components.testo_smart_connect.monitoring.model import (
    Channel,
    Device,
    DeviceStatus,
    Inventory,
    Reading,
    Sensor,
)

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


# Hypothesis warns of a generator of its own when it is given a seed.
pytestmark = pytest.mark.filterwarnings("ignore:It looks like `register_random`")

GATEWAY = Device(
    uuid="gateway", serial="G", category="GATEWAY", communication_cycle=QUARTER, sensors=(RADIO,)
)


def reading(sensor: str, channel: int, at: datetime, value: float = 5.0) -> Reading:
    return Reading(
        uuid=f"{sensor}{channel}{at}", sensor_uuid=sensor, channel=channel, at=at, value=value
    )


def facts(
    now: datetime,
    *readings: Reading,
    device: Device | None = None,
    status: DeviceStatus | None = None,
    tolerance: timedelta | None = None,
) -> Facts:
    return Facts(
        supervised=supervised(instruments(Inventory(devices=(device or logger(),)))),
        latest={item.key: item for item in readings},
        statuses={status.device_uuid: status} if status else {},
        tolerance=tolerance,
        now=now,
    )


def judged(now: datetime, *readings: Reading, **known: Any) -> Freshness:
    return freshness(facts(now, *readings, **known))


def test_silent_logger_turns_stale_and_offline_at_its_deadline() -> None:
    last = reading("wired", 1, NOON)
    before = judged(NOON + 45 * MINUTE, last)
    assert before == Freshness(
        known=frozenset({"L"}), measured={"L": NOON}, changes=NOON + 45 * MINUTE
    )
    after = judged(NOON + 46 * MINUTE, last)
    assert after == Freshness(
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
    found = judged(NOON + 21 * MINUTE, last, tolerance=5 * MINUTE)
    assert found.stale == {("wired", 1)}
    assert found.offline == {"L"}


def test_inactive_logger_is_never_offline() -> None:
    found = judged(NOON + DAY, reading("wired", 1, NOON), device=logger(active=False))
    assert found.offline == frozenset()
    assert found.stale == {("wired", 1)}


def test_logger_that_never_measured_is_judged_by_what_it_told() -> None:
    assert judged(NOON) == Freshness()
    assert judged(NOON, status=DeviceStatus(device_uuid="logger")) == Freshness()
    status = DeviceStatus(device_uuid="logger", last_measurement=NOON - DAY)
    assert judged(NOON, status=status) == Freshness(
        known=frozenset({"L"}), offline=frozenset({"L"})
    )


@pytest.mark.parametrize(("ago", "offline"), [(8 * DAY, {"L"}), (MINUTE, set())])
def test_logger_of_which_no_measurement_is_told_is_judged_by_its_contacts(
    ago: timedelta, offline: set[str]
) -> None:
    status = DeviceStatus(device_uuid="logger", last_communication=NOON - ago)
    found = judged(NOON, status=status)
    assert found.known == {"L"}
    assert found.offline == offline
    told = replace(status, last_measurement=NOON - 9 * DAY)
    assert judged(NOON, status=told).offline == {"L"}, "what it measured tells more"


def test_contact_announced_for_years_ahead_does_not_keep_a_dead_logger_alive() -> None:
    status = DeviceStatus(
        device_uuid="logger",
        last_communication=NOON,
        next_communication=NOON + 3650 * DAY,
    )
    last, deadline = reading("wired", 1, NOON), NOON + HOUR
    assert judged(deadline, last, status=status).offline == set()
    dead = judged(deadline + MINUTE, last, status=status)
    assert dead.offline == {"L"}
    assert dead.stale == {("wired", 1)}


@pytest.mark.parametrize("device", [logger(), GATEWAY], ids=["logger", "gateway"])
def test_contact_in_the_future_is_no_sign_of_life(device: Device) -> None:
    ahead = NOON + 3650 * DAY
    status = DeviceStatus(
        device_uuid=device.uuid, last_communication=ahead, next_communication=ahead
    )
    found = judged(NOON, device=device, status=status)
    assert not found.known
    assert not found.offline
    assert found.changes == ahead - 10 * MINUTE, "by then it is one of the past"
    assert judged(ahead, device=device, status=status).known == {device.serial}


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
    assert judged(NOON, device=GATEWAY) == Freshness()
    status = DeviceStatus(device_uuid="gateway", last_measurement=NOON)
    assert judged(NOON, device=GATEWAY, status=status) == Freshness()


# --- From one judgement to the next --------------------------------------------------------


def test_what_did_not_change_is_not_judged_anew() -> None:
    both = Inventory(devices=(logger(), GATEWAY))
    wired, radio = reading("wired", 1, NOON), reading("radio", 1, NOON)
    known = replace(
        facts(NOON),
        supervised=supervised(instruments(both)),
        latest={wired.key: wired, radio.key: radio},
    )
    before = freshness(known)
    newer = reading("wired", 1, NOON + MINUTE)
    after = freshness(replace(known, latest={**known.latest, newer.key: newer}), before)
    assert after.verdicts["L"] is not before.verdicts["L"]
    assert after.verdicts["R"] is before.verdicts["R"]
    assert after.measured == {"L": NOON + MINUTE, "R": NOON}


def test_a_sensor_that_two_devices_name_is_judged_with_both() -> None:
    """As a cloud may tell for a while after a probe has moved."""
    second = replace(logger(), uuid="other", serial="M")
    known = replace(
        facts(NOON), supervised=supervised(instruments(Inventory(devices=(logger(), second))))
    )
    before = freshness(replace(known, latest={("wired", 1): reading("wired", 1, NOON - DAY)}))
    assert before.offline == {"L", "M"}
    after = freshness(replace(known, latest={("wired", 1): reading("wired", 1, NOON)}), before)
    assert (after.stale, after.offline) == (frozenset(), frozenset())


def test_a_thing_that_was_changed_by_the_user_is_judged_anew() -> None:
    known = facts(NOON, reading("wired", 1, NOON - HOUR))
    before = freshness(known)
    inactive = supervised(instruments(Inventory(devices=(logger(active=False),))))
    assert before.offline == {"L"}
    assert freshness(replace(known, supervised=inactive), before).offline == frozenset()
    assert freshness(replace(known, tolerance=DAY), before).offline == frozenset()


STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["wired", "radio"]), st.sampled_from([1, 2]), st.integers(-180, 180)
        ),
        st.tuples(
            st.sampled_from(["logger", "gateway"]), st.integers(-180, 180), st.integers(-180, 180)
        ),
        st.integers(-60, 180),
        st.none(),
    ),
    max_size=12,
)


@given(steps=STEPS)
def test_an_outlook_after_another_one_is_as_one_made_anew(steps: list[Any]) -> None:
    both = replace(GATEWAY, sensors=(RADIO, WIRED))
    known = replace(
        facts(NOON), supervised=supervised(instruments(Inventory(devices=(logger(), both))))
    )
    before = freshness(known)
    for step in steps:
        match step:
            case "logger" | "gateway" as uuid, int() as contact, int() as upcoming:
                status = DeviceStatus(
                    device_uuid=uuid,
                    last_communication=NOON + contact * MINUTE,
                    next_communication=NOON + upcoming * MINUTE,
                    last_measurement=NOON + contact * MINUTE,
                )
                known = replace(known, statuses={**known.statuses, uuid: status})
            case str() as sensor, int() as channel, int() as minutes:
                new = reading(sensor, channel, NOON + minutes * MINUTE)
                known = replace(known, latest={**known.latest, new.key: new})
            case int() as minutes:
                known = replace(known, now=known.now + minutes * MINUTE)
            case _:
                known = replace(known, latest={}, statuses={})
        before = freshness(known, before)
        assert before == freshness(known)
