"""What the readings of an hour say together, computed in memory."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import chain
from math import fsum
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.testo_smart_connect.history.batch import Batch
from custom_components.testo_smart_connect.history.hours import (
    Hours,
    HourValue,
    hour_of,
)
from custom_components.testo_smart_connect.monitoring.model import ChannelKey, Reading

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
KEY = ("s", 1)


def reading(uuid: str, at: datetime = NOON, value: float = 5.0, **more: Any) -> Reading:
    known = {"sensor_uuid": "s", "channel": 1, "unit": "°C", **more}
    return Reading(uuid=uuid, at=at, value=value, **known)


def hours_of(*readings: Reading) -> list[tuple[ChannelKey, HourValue]]:
    hours = Hours()
    hours.add(Batch.of(readings))
    return sorted(hours.taken(), key=lambda pair: (pair[0], pair[1].start, pair[1].unit or ""))


def test_an_hour_begins_with_its_first_moment() -> None:
    assert hour_of(NOON) == NOON
    assert hour_of(NOON + HOUR - timedelta(microseconds=1)) == NOON
    assert hour_of(NOON + HOUR) == NOON + HOUR


def test_each_hour_has_the_mean_and_the_bounds_of_its_readings() -> None:
    assert hours_of(
        reading("d", NOON + HOUR, 9.0),
        reading("a", NOON, 1.0),
        reading("b", NOON + 59 * MINUTE, 2.0),
        reading("c", NOON + MINUTE, 6.0),
    ) == [
        (KEY, HourValue(start=NOON, count=3, mean=3, lowest=1, highest=6, unit="°C")),
        (KEY, HourValue(start=NOON + HOUR, count=1, mean=9, lowest=9, highest=9, unit="°C")),
    ]


def test_channels_and_units_are_never_mixed() -> None:
    found = hours_of(
        reading("a", value=20.0),
        reading("b", value=68.0, unit="°F"),
        reading("c", value=1.0, channel=2, unit=None),
        reading("d", value=2.0, sensor_uuid="t"),
        reading("e", value=3.0),
    )
    assert [(key, value.unit, value.mean) for key, value in found] == [
        (KEY, "°C", 11.5),
        (KEY, "°F", 68.0),
        (("s", 2), None, 1.0),
        (("t", 1), "°C", 2.0),
    ]


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
def test_of_each_uuid_the_row_counts_that_was_processed_later(
    known: datetime | None, row: datetime | None, *, newer: bool
) -> None:
    ((_, value),) = hours_of(
        reading("a", value=1.0, received=known), reading("a", NOON + HOUR, 2.0, received=row)
    )
    assert (value.start, value.count) == (NOON + newer * HOUR, 1)
    assert value.mean == (2.0 if newer else 1.0)


@pytest.mark.parametrize("channel", [-(2**31) + 1, -1, 0, 2**31 - 1])
def test_a_channel_may_have_any_number(channel: int) -> None:
    ((key, _),) = hours_of(reading("a", channel=channel))
    assert key == ("s", channel)


def test_it_does_not_matter_how_the_readings_come() -> None:
    rows = [reading(str(each), NOON + each * MINUTE, each) for each in range(99)]
    hours = Hours()
    for begin in range(0, 99, 7):
        hours.add(Batch.of(rows[begin : begin + 10]))
    assert sorted(hours.taken()) == hours_of(*rows)
    assert [*hours.taken()] == []


def test_the_mean_of_equal_numbers_is_that_number() -> None:
    for number in (0.1, 52.3477, -1e-7, 1e17):
        ((_, value),) = hours_of(*(reading(str(each), value=number) for each in range(7)))
        assert value.mean == value.lowest == value.highest == number


def plainly(readings: Iterable[Reading]) -> dict[tuple[ChannelKey, datetime, str | None], Any]:
    """Sum up one reading after the other: of each uuid the one that was processed last."""
    newest: dict[tuple[str, str], Reading] = {}
    for it in readings:
        known = newest.get((it.sensor_uuid, it.uuid))
        if known is None or _processed(it) >= _processed(known):
            newest[it.sensor_uuid, it.uuid] = it
    hours: dict[tuple[ChannelKey, datetime, str | None], list[float]] = {}
    for it in newest.values():
        hours.setdefault((it.key, hour_of(it.at), it.unit), []).append(it.value)
    return {
        place: (len(values), fsum(values) / len(values), min(values), max(values))
        for place, values in hours.items()
    }


def _processed(it: Reading) -> float:
    return it.received.timestamp() if it.received else float("-inf")


@given(
    st.lists(
        st.lists(
            st.builds(
                Reading,
                uuid=st.sampled_from("abcdefgh"),
                sensor_uuid=st.sampled_from(["s", "t"]),
                channel=st.integers(min_value=0, max_value=1),
                at=st.integers(min_value=0, max_value=240).map(lambda it: NOON + it * MINUTE),
                value=st.integers(min_value=-400, max_value=400).map(lambda it: it / 10),
                unit=st.sampled_from(["°C", "°F", None]),
                received=st.none()
                | st.integers(min_value=0, max_value=9).map(lambda it: NOON + it * HOUR),
            ),
            max_size=20,
        ),
        max_size=4,
    )
)
def test_sums_are_those_of_the_plain_way(batches: list[list[Reading]]) -> None:
    hours = Hours()
    for some in batches:
        hours.add(Batch.of(some))
    found = {
        (key, value.start, value.unit): (value.count, value.mean, value.lowest, value.highest)
        for key, value in hours.taken()
    }
    expected = plainly(chain.from_iterable(batches))
    assert found.keys() == expected.keys()
    for place, (count, mean, lowest, highest) in expected.items():
        assert found[place][1] == pytest.approx(mean, abs=1e-9)
        assert (found[place][0], *found[place][2:]) == (count, lowest, highest)
