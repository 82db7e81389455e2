"""The time that a report is about, and its local days."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from custom_components.testo_smart_connect.monitoring.window import Window, micros, moment

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
HOUR = 3_600_000_000


def test_times_are_exact_to_the_microsecond() -> None:
    at = NOON + timedelta(microseconds=1)
    assert micros(at) == micros(NOON) + 1
    assert moment(micros(at)) == at


@pytest.mark.parametrize(
    ("zone", "first", "last", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 28), date(2026, 3, 30), [24, 23, 24]),
        ("Europe/Berlin", date(2026, 10, 24), date(2026, 10, 26), [24, 25, 24]),
        # Clocks change at midnight: a day that begins at one, and one whose last hour recurs.
        ("America/Santiago", date(2025, 9, 6), date(2025, 9, 8), [24, 23, 24]),
        ("America/Santiago", date(2025, 4, 4), date(2025, 4, 6), [24, 25, 24]),
        ("Australia/Lord_Howe", date(2026, 4, 5), date(2026, 4, 5), [24.5]),
        ("Asia/Kolkata", date(2026, 1, 1), date(2026, 1, 1), [24]),
    ],
)
def test_days_have_their_hours(zone: str, first: date, last: date, hours: list[float]) -> None:
    local = ZoneInfo(zone)
    start = datetime(first.year, first.month, first.day, tzinfo=local)
    after = last + timedelta(days=1)
    end = datetime(after.year, after.month, after.day, tzinfo=local)
    days = [*Window(start=start.astimezone(UTC), end=end, zone=local).days()]
    assert [(end - begin) / HOUR for _, begin, end in days] == hours
    assert (days[0][0], days[-1][0]) == (first, last)


def test_days_end_with_the_window() -> None:
    window = Window(start=NOON, end=NOON + timedelta(hours=13), zone=ZoneInfo("UTC"))
    assert [(day.day, (end - begin) / HOUR) for day, begin, end in window.days()] == [
        (1, 12),
        (2, 1),
    ]


def test_a_day_that_a_zone_left_out_is_none() -> None:
    """Samoa went over the date line on 30 December 2011."""
    zone = ZoneInfo("Pacific/Apia")
    start = datetime(2011, 12, 29, tzinfo=zone)
    window = Window(start=start, end=datetime(2012, 1, 1, tzinfo=zone), zone=zone)
    assert [day.day for day, _, _ in window.days()] == [29, 31]
