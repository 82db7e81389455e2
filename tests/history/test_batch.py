"""Readings side by side."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.testo_smart_connect.history.batch import Batch, gathered
from custom_components.testo_smart_connect.monitoring.model import Reading
from tests.monitoring.feed import MINUTE, NOON

# Hypothesis warns of a generator of its own when it is given a seed.
pytestmark = pytest.mark.filterwarnings("ignore:It looks like `register_random`")

TIMES = st.datetimes(
    datetime(1970, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    datetime(2100, 12, 31),  # noqa: DTZ001 - likewise
    timezones=st.just(UTC),
)


def reading(number: int, *, sensor: str = "s") -> Reading:
    return Reading(
        uuid=str(number), sensor_uuid=sensor, channel=1, at=NOON + number * MINUTE, value=number
    )


@given(at=TIMES, received=st.none() | TIMES)
def test_a_reading_comes_out_as_it_went_in(at: datetime, received: datetime | None) -> None:
    row = Reading(
        uuid="u", sensor_uuid="s", channel=2, at=at, value=4.5, unit="°C", received=received
    )
    assert [*Batch.of([row])] == [row]


def test_readings_are_picked_by_mark_or_sensor() -> None:
    rows = [reading(0), reading(1, sensor="t"), reading(2)]
    batch = Batch.of(rows)
    assert [*batch.picked([False, True, True])] == rows[1:]
    assert [*batch.of_sensors({"s"})] == [rows[0], rows[2]]
    assert batch.of_sensors({"s", "t"}) is batch
    assert len(batch.of_sensors(())) == 0
    assert [*batch.keys] == [("s", 1), ("t", 1), ("s", 1)]


def test_batches_are_gathered_until_there_is_enough() -> None:
    batches = [Batch.of([reading(0)] * size) for size in (2, 3, 0, 5, 1, 0)]
    found = [[len(batch) for batch in some] for some in gathered(iter(batches), 5)]
    assert found == [[2, 3], [0, 5], [1, 0]]
    assert [*gathered([], 5)] == []
