"""What the readings of an hour say together, computed in memory."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.testo_smart_connect.monitoring.history import (
    HourValue,
    hour_of,
    hours_of,
    is_newer,
)
from custom_components.testo_smart_connect.monitoring.model import Reading

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def reading(uuid: str, at: datetime = NOON, value: float = 5.0, **more: Any) -> Reading:
    known = {"sensor_uuid": "s", "channel": 1, "unit": "°C", **more}
    return Reading(uuid=uuid, at=at, value=value, **known)


def test_an_hour_begins_with_its_first_moment() -> None:
    assert hour_of(NOON) == NOON
    assert hour_of(NOON + HOUR - timedelta(microseconds=1)) == NOON
    assert hour_of(NOON + HOUR) == NOON + HOUR


@pytest.mark.parametrize(
    ("known", "row", "newer"),
    [
        (None, None, True),
        (None, NOON, True),
        (NOON, None, False),
        (NOON, NOON, True),
        (NOON, NOON + MINUTE, True),
        (NOON, NOON - MINUTE, False),
    ],
)
def test_the_row_that_was_processed_later_is_right(
    known: datetime | None, row: datetime | None, *, newer: bool
) -> None:
    assert is_newer(reading("a", received=row), reading("a", received=known)) is newer


def test_each_hour_has_the_mean_and_the_bounds_of_its_readings() -> None:
    found = hours_of(
        [
            reading("d", NOON + HOUR, 9.0),
            reading("a", NOON, 1.0),
            reading("b", NOON + 59 * MINUTE, 2.0),
            reading("c", NOON + MINUTE, 6.0),
        ]
    )
    assert found == {
        ("s", 1): {
            NOON: (HourValue(start=NOON, count=3, mean=3, lowest=1, highest=6, unit="°C"),),
            NOON + HOUR: (
                HourValue(start=NOON + HOUR, count=1, mean=9, lowest=9, highest=9, unit="°C"),
            ),
        }
    }
    assert list(found["s", 1]) == [NOON, NOON + HOUR]


def test_channels_and_units_are_never_mixed() -> None:
    found = hours_of(
        [
            reading("a", value=20.0),
            reading("b", value=68.0, unit="°F"),
            reading("c", value=1.0, channel=2, unit=None),
        ]
    )
    assert {
        key: [(value.unit, value.mean) for value in hours[NOON]] for key, hours in found.items()
    } == {("s", 1): [("°C", 20.0), ("°F", 68.0)], ("s", 2): [(None, 1.0)]}


def test_each_uuid_counts_once_with_the_row_that_was_processed_last() -> None:
    found = hours_of(
        [
            reading("a", value=1.0, received=NOON),
            reading("a", NOON + HOUR, 2.0, received=NOON + MINUTE),
            reading("a", value=3.0, received=NOON - MINUTE),
            reading("a", value=4.0),
        ]
    )
    (value,) = found["s", 1].pop(NOON + HOUR)
    assert (value.count, value.mean) == (1, 2.0)
    assert found == {("s", 1): {}}


def test_the_mean_of_equal_numbers_is_that_number() -> None:
    for number in (0.1, 21.7, -1e-7, 1e17):
        found = hours_of(reading(str(each), value=number) for each in range(7))
        (value,) = found["s", 1][NOON]
        assert value.mean == value.lowest == value.highest == number


def test_nothing_has_no_hours() -> None:
    assert hours_of([]) == {}
