"""What is stored comes back as it was, and what is broken is refused."""

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
import pytest

from custom_components.testo_smart_connect.clouds.report import Report
from custom_components.testo_smart_connect.monitoring.codec import dump, load
from custom_components.testo_smart_connect.monitoring.model import (
    Channel,
    Device,
    DeviceStatus,
    Inventory,
    KeyLife,
    Limit,
    Location,
    Reading,
    Sensor,
    Transition,
)
from custom_components.testo_smart_connect.monitoring.register import DeviceRegister
from custom_components.testo_smart_connect.monitoring.revisions import Record

from .feed import HOUR, MINUTE, NOON

# Hypothesis warns of a generator of its own when it is given a seed.
pytestmark = pytest.mark.filterwarnings("ignore:It looks like `register_random`")

KINDS: tuple[type[Any], ...] = (
    Channel,
    Sensor,
    Device,
    Inventory,
    DeviceRegister,
    DeviceStatus,
    Reading,
    Location,
    Limit,
    Transition,
    Record,
    KeyLife,
)
LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    datetime: st.datetimes(timezones=st.just(UTC)),
    timedelta: st.timedeltas(timedelta(), timedelta(days=3650)),
    float: st.floats(allow_nan=False, allow_infinity=False),
}
REFUSALS = (TypeError, ValueError, KeyError, AttributeError)


def anything(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Return any value of a kind, its optional members included."""
    return st.builds(kind, **{spec.name: member(spec.type) for spec in fields(kind)})


def member(kind: Any) -> st.SearchStrategy[Any]:
    """Return any value that a member of a type may have."""
    if (leaf := LEAVES.get(kind)) is not None:
        return leaf
    if kind in KINDS:
        return st.deferred(lambda: anything(kind))
    parts = [part for part in getattr(kind, "__args__", ()) if part is not ...]
    if not parts:
        return st.from_type(kind)
    if type(None) in parts:
        return st.one_of([member(part) for part in parts])
    return st.lists(member(parts[0]), max_size=2).map(tuple)


def through_json(value: Any) -> Any:
    return json.loads(json.dumps(dump(value), allow_nan=False))


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_every_value_comes_back_as_it_was(kind: type[Any], data: st.DataObject) -> None:
    value = data.draw(anything(kind))
    assert load(kind, through_json(value)) == value


@given(
    anything(Device),
    st.integers(),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
    | st.sampled_from((1e300, -1e300, 10**400, "2026-13-01T00:00:00", [None], {"uuid": 1})),
)
def test_broken_data_is_a_value_or_is_refused(device: Device, place: int, junk: Any) -> None:
    data = through_json(device)
    data[sorted(data)[place % len(data)]] = junk
    try:
        found = load(Device, data)
    except REFUSALS:
        return
    assert isinstance(found, Device)


def test_only_what_differs_from_the_default_is_stored() -> None:
    status = DeviceStatus(device_uuid="d", battery=0, mains=False, at=NOON)
    assert dump(status) == {
        "device_uuid": "d",
        "battery": 0,
        "mains": False,
        "at": "2026-07-01T12:00:00+00:00",
    }


def test_values_are_plain_data() -> None:
    assert dump({"a": frozenset({HOUR}), "b": [date(2026, 7, 1)], "c": (None, 1.5, "x")}) == {
        "a": [3600.0],
        "b": ["2026-07-01"],
        "c": [None, 1.5, "x"],
    }
    assert dump(Report(resource="alarms", rows=2, rejected={"no_uuid": 1})) == {
        "resource": "alarms",
        "rows": 2,
        "rejected": {"no_uuid": 1},
    }


def test_members_of_a_newer_version_are_left_out() -> None:
    assert load(Location, {"id": "x", "colour": "red"}) == Location(id="x")


def test_whole_numbers_are_good_floats() -> None:
    limit = {"site": None, "property_name": "t", "direction": "upper", "severity": "alarm"}
    found = load(Limit, {**limit, "value": 8, "delay": 60})
    assert (found.value, found.delay) == (8.0, MINUTE)
    assert isinstance(found.value, float)


@pytest.mark.parametrize(
    ("kind", "data", "error"),
    [
        (Location, [], AttributeError),
        (Location, None, AttributeError),
        (Location, {}, TypeError),
        (Location, {"id": 5}, TypeError),
        (Location, {"id": None}, TypeError),
        (Location, {"id": "x", "name": ["y"]}, TypeError),
        (Inventory, {"devices": 5}, TypeError),
        (Inventory, {"devices": ["x"]}, AttributeError),
        (datetime, "yesterday", ValueError),
        (datetime, 5, TypeError),
        (date, "2026-07-01T00:00:00", ValueError),
        (timedelta, "60", TypeError),
        (timedelta, 1e300, ValueError),
        (float, "much", ValueError),
        (float, None, TypeError),
        (float, 10**400, ValueError),
        (int, "5", TypeError),
    ],
)
def test_data_of_another_form_is_refused(
    kind: type[Any], data: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        load(kind, data)
