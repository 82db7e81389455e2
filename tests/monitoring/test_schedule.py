"""How old a reading may be before it is no value any more (contract A6, scenario A3)."""

from datetime import datetime, timedelta

import pytest

from custom_components.testo_smart_connect.monitoring.schedule import Schedule

from .feed import DAY, HOUR, MINUTE, NOON

QUARTER = 15 * MINUTE


def at(text: str) -> datetime:
    hour, minute = text.split(":")
    return NOON.replace(hour=int(hour), minute=int(minute))


def test_quarter_hourly_logger_is_stale_half_an_hour_after_it_was_due() -> None:
    schedule = Schedule(gap=QUARTER, next_communication=at("10:15"))
    assert schedule.due(at("10:00")) == at("10:15")
    assert schedule.deadline(at("10:00")) == at("10:45")


def test_schedule_is_enough_where_the_cloud_announces_nothing() -> None:
    assert Schedule(gap=QUARTER).deadline(at("10:00")) == at("10:45")


def test_daily_uploader_keeps_its_value_until_hours_after_the_next_contact() -> None:
    schedule = Schedule(
        gap=DAY, last_communication=NOON - 21 * HOUR, next_communication=NOON + 3 * HOUR
    )
    measured = NOON - 21 * HOUR - MINUTE
    assert schedule.due(measured) == NOON + 3 * HOUR
    assert schedule.deadline(measured) == NOON + 9 * HOUR


def test_announced_contact_puts_off_what_is_due() -> None:
    schedule = Schedule(gap=QUARTER, last_communication=at("10:01"), next_communication=at("10:30"))
    assert schedule.due(at("10:00")) == at("10:30")
    assert schedule.deadline(at("10:00")) == at("11:00")


@pytest.mark.parametrize(
    ("contact", "due"), [("10:01", "12:01"), (None, "12:00")], ids=["known", "never told"]
)
def test_contact_announced_for_years_ahead_counts_two_cycles(contact: str | None, due: str) -> None:
    schedule = Schedule(
        gap=QUARTER,
        communication=HOUR,
        last_communication=at(contact) if contact else None,
        next_communication=NOON + 3650 * DAY,
    )
    assert schedule.due(at("10:00")) == at(due)


def test_contact_in_the_future_is_no_reason_to_wait() -> None:
    ahead = NOON + 3650 * DAY
    schedule = Schedule(gap=QUARTER, last_communication=ahead, next_communication=ahead + QUARTER)
    assert schedule.due(at("10:00")) == at("10:15")


def test_silent_probe_goes_stale_although_the_logger_goes_on_communicating() -> None:
    for hour in range(11, 16):
        schedule = Schedule(
            gap=QUARTER,
            last_communication=at(f"{hour}:00"),
            next_communication=at(f"{hour}:15"),
        )
        assert schedule.deadline(at("10:00")) == at("10:45")


def test_contact_at_the_very_moment_is_no_proof_of_silence() -> None:
    schedule = Schedule(gap=QUARTER, last_communication=at("10:15"), next_communication=at("10:30"))
    assert schedule.due(at("10:00")) == at("10:30")


def test_past_announcement_does_not_shorten_the_wait() -> None:
    assert Schedule(gap=HOUR, next_communication=at("10:15")).due(at("10:00")) == at("11:00")


@pytest.mark.parametrize(
    ("gap", "patience"),
    [
        (MINUTE, 30 * MINUTE),
        (QUARTER, 30 * MINUTE),
        (16 * MINUTE, 32 * MINUTE),
        (HOUR, 2 * HOUR),
        (3 * HOUR, 6 * HOUR),
        (DAY, 6 * HOUR),
    ],
)
def test_tolerance_is_two_gaps_within_bounds(gap: timedelta, patience: timedelta) -> None:
    assert Schedule(gap=gap).patience == patience


@pytest.mark.parametrize("chosen", [5 * MINUTE, DAY])
def test_chosen_tolerance_knows_no_bounds(chosen: timedelta) -> None:
    schedule = Schedule(gap=QUARTER, tolerance=chosen)
    assert schedule.deadline(at("10:00")) == at("10:15") + chosen
