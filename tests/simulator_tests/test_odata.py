"""`$filter`, `$select` and `$orderby` (API part 9)."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from .conftest import NOON, Client, period

if TYPE_CHECKING:
    from tests.simulator import Fleet, Logger

PROPERTIES = "/v3/devices/properties"


@pytest.mark.parametrize(
    ("text", "serials"),
    [
        ("device_serial_no eq '1001'", {"1001"}),
        ("device_serial_no ne '1001'", {"1002", "1003", "2001"}),
        ("device_category eq 'LOGGER' and device_is_active eq 'true'", {"1001", "1002", "1003"}),
        ("device_is_active eq true and device_category eq 'GATEWAY'", {"2001"}),
        ("not device_is_active eq false and channel_no gt 3", {"1002"}),
        ("channel_no ge 2 and channel_no le 2.0", {"1002"}),
        ("channel_id lt 8100002", {"1001"}),
        ("device_serial_no eq '1001' or device_serial_no eq '2001' and channel_no gt 5", {"1001"}),
        ("(device_serial_no eq '1001' or channel_no eq 4) and channel_no gt 1", {"1002"}),
        ("contains(device_display_name,'schrank')", {"1001"}),
        ("startswith(device_display_name, 'Gate')", {"2001"}),
        ("endswith(device_display_name,'pot')", {"1002"}),
        ("device_display_name eq 'O''Brien'", {"1003"}),
        ("contains(device_display_name,'O''B') or channel_physical_unit eq null", {"1003", "2001"}),
        ("channel_physical_unit ne null and channel_no eq 3", {"1002"}),
        ("device_last_modified ge '2026-07-01T12:00:00.000Z'", {"1003"}),
        ("device_category eq 'logger'", set()),
        ("device_serial_no gt null", set()),
        ("device_display_name lt 5", set()),
    ],
)
async def test_filter(client: Client, fleet: Fleet, text: str, serials: set[str]) -> None:
    """Operators, functions, literals and their precedence."""
    fleet.rename("1003", "O'Brien")
    rows = await client.rows(PROPERTIES, odata={"$filter": text})
    assert {row["device_serial_no"] for row in rows} == serials


@pytest.mark.parametrize(
    "odata",
    [
        {"$filter": "nothing eq 1"},
        {"$filter": "channel_no eq"},
        {"$filter": "channel_no is 1"},
        {"$filter": "channel_no eq 1 channel_no eq 2"},
        {"$filter": "(channel_no eq 1"},
        {"$filter": "channel_no eq §"},
        {"$filter": "tolower(device_display_name) eq 'x'"},
        {"$select": "channel_no,nothing"},
        {"$orderby": "nothing desc"},
        {"$orderby": "channel_no upwards"},
        {"$orderby": "channel_no asc,"},
    ],
)
async def test_refused(client: Client, odata: dict[str, str]) -> None:
    """What the service cannot apply is refused by name."""
    status, answer = await client.post(PROPERTIES, {"odata": odata})
    assert (status, answer["status"]) == (400, "Error")


async def test_names_as_delivered(client: Client) -> None:
    """Only the names of the delivered columns are known."""
    body = {"odata": {"$filter": "physical_value eq 'Temperature'"}}
    assert (await client.post("/v3/alarms", body))[0] == 400
    client.simulator.faults.schema_names = True
    assert (await client.post("/v3/alarms", body))[0] == 200


async def test_alarm_value_is_compared_as_number(client: Client, logger: Logger) -> None:
    """A number meets the text of `alarm_value`."""
    channel = logger.sensors[0].channels[0]
    channel.hold(NOON - timedelta(hours=3), NOON - timedelta(hours=2), 12.5)
    day = period(NOON - timedelta(days=1), NOON)
    rows = await client.rows("/v3/alarms", odata={"$filter": "alarm_value gt 9"}, **day)
    assert [row["alarm_status"] for row in rows] == ["Alarm", "Alarm"]


async def test_select(client: Client) -> None:
    """Columns come as asked for, in that order."""
    odata = {"$select": "channel_no, device_serial_no", "$filter": "channel_id eq 8100001"}
    rows = await client.rows(PROPERTIES, odata=odata)
    assert [list(row.items()) for row in rows] == [
        [("channel_no", 1), ("device_serial_no", "1001")]
    ]


async def test_order(client: Client) -> None:
    """One CSV file is sorted as a whole, by several columns, null first."""
    _, rows = await client.table(
        PROPERTIES, odata={"$orderby": "channel_physical_unit,channel_id desc"}
    )
    keys = [(row["channel_physical_unit"], -int(row["channel_id"])) for row in rows]
    assert keys == sorted(keys)
    assert keys[0][0] == ""
