"""The fast way of reading measurements brings what the plain way does, whatever the rows."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from custom_components.testo_smart_connect.clouds.count import RowCount
from custom_components.testo_smart_connect.clouds.jobs.readings import reading, readings
from custom_components.testo_smart_connect.monitoring.model import Reading

_UUID = st.sampled_from(
    [
        "00000000-0000-4000-8000-000000000001",
        "00000000-0000-4000-8000-000000000002",
        # As long as one, but to be cut or refused.
        " 0000000-0000-4000-8000-00000000000 ",
        "ü0000000-0000-4000-8000-000000000003",
        "short",
        "",
        None,
        7,
    ]
)
_TIME = st.sampled_from(
    [
        "2026-07-01T10:15:00Z",
        "2026-07-01T10:15:00.250Z",
        "2026-07-01 10:15:00Z",
        "2026-07-01T12:15:00+02:00",
        "2026-07-01T10:15:00",
        "2026-W27-3T10:15:00Z",
        "1969-12-31T23:59:59Z",
        "2101-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "today",
        "",
        None,
        1_782_900_900,
    ]
)
_VALUE = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(min_value=-(10**31), max_value=10**31),
    st.sampled_from(["5.5", "open", "Closed", "true", "", "warm", None, True, False, [5.5]]),
)
_UNIT = st.sampled_from(["°C", "%rF", "PU_CELSIUS", "°C td", " °F ", "", None, 7])
_CHANNEL = st.sampled_from([0, 1, 2, "1", 1.0, -1, 2**31, True, None, "one"])
_USUAL = {
    "uuid": "00000000-0000-4000-8000-00000000000a",
    "sensor_uuid": "00000000-0000-4000-8000-00000000000b",
    "channel_no": 1,
    "timestamp": "2026-07-01T10:00:00Z",
    "measurement": 4.5,
    "physical_unit": "°C",
    "processed_at": "2026-07-01T10:05:00Z",
}
_ODD = st.fixed_dictionaries(
    {},
    optional={
        "uuid": _UUID,
        "sensor_uuid": _UUID,
        "channel_no": _CHANNEL,
        "timestamp": _TIME,
        "measurement": _VALUE,
        "physical_unit": _UNIT,
        "processed_at": _TIME,
    },
)
ROWS = st.lists(
    st.one_of(st.just(_USUAL), _ODD.map(lambda odd: {**_USUAL, **odd}), _ODD), max_size=40
)


def plainly(rows: Sequence[dict[str, Any]]) -> tuple[list[Reading], dict[str, int], int]:
    """Read one row after the other."""
    count = RowCount()
    found = [*count.parse(rows, reading)]
    return found, count.rejected, count.rows


@given(ROWS)
def test_both_ways_bring_the_same(rows: list[dict[str, Any]]) -> None:
    count = RowCount()
    found = [*chain.from_iterable(readings([rows], count))]
    assert (found, count.rejected, count.rows) == plainly(rows)


def test_usual_rows_go_the_fast_way() -> None:
    """Else the property would say nothing about it."""
    (batch,) = readings([[_USUAL] * 100], RowCount())
    assert isinstance(batch.uuids, tuple), "the columns of the rows themselves"
