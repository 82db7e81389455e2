"""An alarm that is pushed is the alarm that is polled."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from custom_components.testo_smart_connect.clouds.count import RowCount
from custom_components.testo_smart_connect.clouds.jobs.rows import transition
from custom_components.testo_smart_connect.clouds.stomp.alarm_message import QUEUE, alarm
from custom_components.testo_smart_connect.clouds.stomp.frames import Decoder
from custom_components.testo_smart_connect.monitoring.model import Transition
from tests.clouds.conftest import DAY, NOON
from tests.simulator import Faults, Fleet
from tests.simulator.broker import alarm_message
from tests.simulator.feeds import alarm_rows

UPPER = Transition(
    uuid="b02b61c4-a3d7-4628-ace6-6fa2fd5166e6",
    raised=True,
    at=datetime(2026, 7, 1, 6, 25, tzinfo=UTC),
    received=datetime(2026, 7, 1, 6, 27, 25, tzinfo=UTC),
    changed=datetime(2026, 7, 1, 6, 25, 3, tzinfo=UTC),
    condition="upper",
    severity="warning",
    property_name="Temperature",
    extension="Air Temperature",
    value=7.4375,
    unit="°C",
    source_uuid="9acc0b21-284b-4a6d-835a-d17fb1345b3f",
    serial="91000201",
    reason="Alarm condition is violated",
)
SYSTEM = Transition(
    uuid="0e51f30d-c6a7-4e39-84b0-32ccd7c524a5",
    raised=True,
    at=UPPER.at,
    received=UPPER.received,
    changed=UPPER.changed,
    system=True,
    condition="Connection timeout, device did not communicated in expected time",
    severity="alarm",
    source_uuid="694be636-625b-4d60-82a2-ee97441927cd",
    serial="90000102",
    reason="Alarm condition is violated",
)
OK = replace(
    UPPER,
    uuid="5304317f-af42-412f-b838-b3268e944239",
    raised=False,
    at=datetime(2026, 7, 1, 7, 10, tzinfo=UTC),
    received=datetime(2026, 7, 1, 7, 12, 20, tzinfo=UTC),
    changed=datetime(2026, 7, 1, 7, 10, 2, tzinfo=UTC),
    value=6.8125,
    reason="Alarm condition is adhered",
)


def body_of(sample: bytes) -> bytes:
    """Return the body of a frame, which is one of the alarm queue."""
    decoder = Decoder()
    decoder.feed(sample)
    frame = decoder.frame()
    assert frame is not None
    assert frame.headers["destination"].endswith(f"/{QUEUE}")
    return frame.body


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("10_message_alarm", UPPER),
        ("11_message_alarm_ok", OK),
        ("12_message_alarm_system", SYSTEM),
        ("15_message_alarm_redelivered_UNCONFIRMED", UPPER),
        (
            "16_message_alarm_without_source",
            replace(
                UPPER,
                uuid="3f8e5a17-60c2-4b9d-a4d1-7e25c90b6f11",
                at=datetime(2026, 7, 1, 6, 40, tzinfo=UTC),
                received=datetime(2026, 7, 1, 6, 42, 25, tzinfo=UTC),
                changed=datetime(2026, 7, 1, 6, 40, 3, tzinfo=UTC),
                severity="alarm",
                extension="Unknown",
                value=8.40625,
                source_uuid=None,
            ),
        ),
    ],
)
def test_samples_of_the_vendor(samples: dict[str, bytes], name: str, expected: Transition) -> None:
    count = RowCount()
    assert alarm(body_of(samples[name]), count) == expected
    assert (count.rows, count.rejected) == (1, {})


@pytest.mark.parametrize("name", ["10_message_alarm", "11_message_alarm_ok"])
def test_polled_row_of_the_same_alarm(samples: dict[str, bytes], name: str) -> None:
    """The row of 6.2 in its live names, beside the message of appendix A."""
    body = body_of(samples[name])
    row: dict[str, Any] = orjson.loads(body)
    row["serial_no"] = row.pop("serial_number")
    row["physical_property_name"] = row.pop("physical_value")
    row["physical_extension"] = row.pop("physical_value_extension")
    del row["alarm_delay"]
    row |= {"customer_site": "site 1", "source_alarm_event_uuid": None}
    (polled,) = transition(row)
    pushed = alarm(body, RowCount())
    assert pushed is not None
    assert (pushed.uuid, pushed.raised) == (polled.uuid, polled.raised)
    assert pushed == replace(polled, site=None)


@pytest.mark.parametrize("schema_names", [False, True])
def test_rows_of_a_fleet_are_pushed_alike(fleet: Fleet, schema_names: bool) -> None:  # noqa: FBT001 - of pytest
    """Only the site, the link to the violation and what a system alarm is about are missing."""
    faults = Faults(schema_names=schema_names)
    rows = [*alarm_rows(fleet, faults, NOON, (NOON - 10 * DAY, NOON + timedelta(hours=1)))]
    assert {row["alarm_type"].split()[0].split("_")[0] for row in rows} == {"measurement", "device"}
    count = RowCount()
    for row in rows:
        (polled,) = transition(row)
        pushed = alarm(orjson.dumps(alarm_message(row)), count)
        missing: dict[str, Any] = {"site": None, "ends": None}
        if polled.system:
            missing |= {"property_name": None, "extension": None}
        assert pushed == replace(polled, **missing)
    assert (count.rows, count.rejected) == (len(rows), {})


GOOD = {
    "uuid": "a1",
    "alarm_status": "Alarm",
    "alarm_time": "2026-07-01T06:25:00Z",
    "serial_number": "1001",
}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (orjson.dumps(GOOD | {"alarm_status": "Unknown"}), "unknown_alarm_status"),
        (orjson.dumps(GOOD | {"alarm_status": None}), "unknown_alarm_status"),
        (orjson.dumps(GOOD | {"alarm_time": "soon"}), "no_alarm_time"),
        (orjson.dumps(GOOD | {"uuid": ""}), "no_uuid"),
        (orjson.dumps([GOOD]), "not_an_object"),
        (orjson.dumps(GOOD)[:-1], "bad_json"),
        (b"\xff", "bad_json"),
        (b"", "bad_json"),
    ],
)
def test_what_is_not_understood_is_counted(body: bytes, reason: str) -> None:
    count = RowCount()
    assert alarm(body, count) is None
    assert count.rejected == {reason: 1}


def test_name_of_the_row_is_understood_as_well() -> None:
    row = GOOD | {"serial_no": "1001"}
    del row["serial_number"]
    pushed, other = alarm(orjson.dumps(row), RowCount()), alarm(orjson.dumps(GOOD), RowCount())
    assert pushed == other
    assert pushed is not None
    assert pushed.serial == "1001"
