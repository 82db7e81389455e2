"""Result files in every form, down to the rows that could not be understood."""

import errno
import gzip
import os
from typing import Any

import orjson
import pytest

from custom_components.testo_smart_connect.clouds.errors import BadDataError, TooLargeError
from custom_components.testo_smart_connect.clouds.jobs import decode
from tests.clouds.conftest import NOON
from tests.clouds.desk import Desk, listed
from tests.clouds.reader import Reader
from tests.simulator import Faults, Fleet

ROWS = [{"location_uuid": f"id {number}", "name": "Köln ≤ 8 °C, [1]"} for number in range(4)]
LINES = [orjson.dumps(row) for row in ROWS]
PRETTY = [orjson.dumps(row, option=orjson.OPT_INDENT_2) for row in ROWS]
BOM = b"\xef\xbb\xbf"
HTML = b"<html>\n<body>Sorry</body>\n</html>\n"

FORMS: dict[str, bytes] = {
    "lines": b"\n".join(LINES),
    "last line ended": b"\n".join(LINES) + b"\n",
    "CRLF": b"\r\n".join(LINES) + b"\r\n",
    "BOM": BOM + b"\n".join(LINES),
    "BOM and CRLF": BOM + b"\r\n".join(LINES),
    "blank lines": b"\n \n" + b"\n\n\t\n".join(LINES) + b"\n\n",
    "array on one line": b"[" + b",".join(LINES) + b"]",
    "array on lines": b"[" + b",\n".join(LINES) + b"]\n",
    "array with brackets on lines of their own": b"[\n" + b"\n,".join(LINES) + b"\n]\n",
    "array with a BOM": BOM + b"[" + b",\r\n".join(LINES) + b"]",
    "array of pretty objects": orjson.dumps(ROWS, option=orjson.OPT_INDENT_2),
    "pretty objects": b"\n".join(PRETTY),
    "pretty objects with CRLF": b"\r\n".join(PRETTY).replace(b"\n", b"\r\n"),
    "several objects on a line": b" ".join(LINES),
    "objects without anything between": b"".join(LINES),
    "line ends within an array": b"[" + LINES[0] + b"\n,\n" + b",".join(LINES[1:]) + b"\n]",
}
SWALLOWED: list[tuple[bytes, dict[str, int]]] = [
    (b'{"a": [\n' + b"\n".join(LINES), {"bad_json": 1}),
    (b'{\n"a":\n1,\n"b":\n' + b"\n".join(LINES), {"bad_json": 1}),
]
GARBAGE: list[tuple[bytes, dict[str, int]]] = [
    (b'{"uuid": "torn\n' + b"\n".join(LINES), {"bad_json": 1}),
    (b"\n".join([*LINES[:2], b"torn", b'{"a": 1', *LINES[2:]]), {"bad_json": 2}),
    (b"[" + b",".join(LINES) + b', {"a": torn}, {"b": 2}]', {"bad_json": 1}),
    (b'42\nnull\n"text"\n[1, 2]\n[[]]\n' + b"\n".join(LINES), {"not_an_object": 5}),
    (b'["a", "b"]\n' + b"\n".join(LINES), {"not_an_object": 2}),
    (HTML + b"\n".join(LINES), {"bad_json": 3}),
    (b"\xff\xfe\n" + b"\n".join(LINES), {"bad_json": 1}),
    (b'{"name": "K\xf6ln"}\n' + b"\n".join(LINES), {"bad_json": 1}),
    (b'{"name":\n"K\xf6ln"}\n' + b"\n".join(LINES), {"bad_json": 1}),
]


def ids(found: Any) -> list[str]:
    return [location.id for location in found]


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("form", FORMS)
async def test_forms(reader: Reader, desk: Desk, form: str, *, zipped: bool) -> None:
    desk.files = [gzip.compress(FORMS[form]) if zipped else FORMS[form]]
    found = await reader.locations()
    assert ids(found) == [row["location_uuid"] for row in ROWS]
    assert {it.name for it in found} == {ROWS[0]["name"]}
    assert reader.reports["locations"].rows == 4
    assert reader.reports["locations"].rejected == {}


@pytest.mark.parametrize("content", [LINES[0], PRETTY[0], b"[" + LINES[0] + b"]", BOM + PRETTY[0]])
async def test_a_single_object(reader: Reader, desk: Desk, content: bytes) -> None:
    desk.files = [content]
    assert ids(await reader.locations()) == ["id 0"]


async def test_nested_values_over_several_lines(reader: Reader, desk: Desk) -> None:
    row = {"location_uuid": "a", "list": [[1, 2], ["x"]], "object": {"a": {}, "b": [{}]}}
    desk.files = [orjson.dumps([row, row], option=orjson.OPT_INDENT_2)]
    assert ids(await reader.locations()) == ["a", "a"]


@pytest.mark.parametrize(
    "content", [b"", b"\n", b" \r\n\t", BOM, b"[]", b"[\n]\n", gzip.compress(b"")]
)
async def test_empty_files(reader: Reader, desk: Desk, content: bytes) -> None:
    desk.files = [content]
    assert await reader.locations() == ()
    assert reader.reports["locations"].rows == 0
    assert reader.reports["locations"].rejected == {}


async def test_many_files_of_different_forms(reader: Reader, desk: Desk) -> None:
    desk.files = [LINES[0], gzip.compress(LINES[1]), b"", b"[" + LINES[2] + b"]", PRETTY[3]]
    assert ids(await reader.locations()) == [row["location_uuid"] for row in ROWS]


async def test_files_that_the_store_declares_as_compressed(reader: Reader, desk: Desk) -> None:
    desk.files = [gzip.compress(b"\n".join(LINES))]
    desk.file_headers = {"Content-Encoding": "gzip"}
    assert len(await reader.locations()) == 4


@pytest.mark.parametrize(("content", "rejected"), GARBAGE, ids=range(len(GARBAGE)))
async def test_garbage_is_counted_and_costs_nothing_else(
    reader: Reader, desk: Desk, content: bytes, rejected: dict[str, int]
) -> None:
    desk.files = [content]
    assert ids(await reader.locations()) == [row["location_uuid"] for row in ROWS]
    assert reader.reports["locations"].rejected == rejected


@pytest.mark.parametrize(("content", "rejected"), SWALLOWED, ids=range(len(SWALLOWED)))
async def test_garbage_may_cost_the_next_row(
    reader: Reader, desk: Desk, content: bytes, rejected: dict[str, int]
) -> None:
    desk.files = [content]
    assert ids(await reader.locations()) == [row["location_uuid"] for row in ROWS[1:]]
    assert reader.reports["locations"].rejected == rejected


async def test_an_object_that_never_ends_does_not_fill_the_memory(
    reader: Reader, desk: Desk
) -> None:
    desk.files = [b'{"rows": [\n' + b",\n".join(LINES * 1000) + b"\n"]
    found = await reader.locations()
    lost = 4000 - len(found)
    assert 0 < lost < 1300
    assert reader.reports["locations"].rejected["bad_json"] == 1


async def test_a_large_array_on_one_line(reader: Reader, desk: Desk) -> None:
    desk.files = [b"[" + b",".join(LINES * 5000) + b"]"]
    assert len(await reader.locations()) == 20_000


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("cut", [-1, -8, -12, 40])
async def test_a_file_that_breaks_off(reader: Reader, desk: Desk, cut: int) -> None:
    desk.files = [LINES[0], gzip.compress(b"\n".join(LINES))[:cut]]
    text = "^reading of locations failed: the file breaks off$"
    with pytest.raises(BadDataError, match=text):
        await reader.locations()


@pytest.mark.parametrize("end", [b'{"uuid": "torn', b'{"uuid": "torn",', b'{"uuid": tr', b"tor"])
async def test_a_file_that_breaks_off_within_a_line(reader: Reader, desk: Desk, end: bytes) -> None:
    """Nobody knows how many rows were to follow."""
    desk.files = [b"\n".join([*LINES, end])]
    with pytest.raises(BadDataError, match="the file breaks off"):
        await reader.locations()


@pytest.mark.parametrize("content", [HTML, b"\xff\xfe\n", b"Internal error\n", b"a\nb\n"])
async def test_a_file_that_is_no_result(reader: Reader, desk: Desk, content: bytes) -> None:
    """It must not pass for an empty one."""
    desk.files = [LINES[0], content]
    with pytest.raises(BadDataError, match="the file is no result"):
        await reader.locations()


async def test_a_web_page_in_place_of_a_file(reader: Reader, desk: Desk) -> None:
    """The other files need not be asked for."""
    desk.files = [HTML, LINES[0]]
    desk.file_headers = {"Content-Type": "text/html; charset=utf-8"}
    with pytest.raises(BadDataError, match="download of locations failed: a web page came"):
        await reader.locations()
    assert desk.steps() == ["submit", "poll", "download"]


@pytest.mark.parametrize("lines", [1, 30_000])
async def test_a_file_that_unzips_to_too_much(reader: Reader, desk: Desk, lines: int) -> None:
    """Neither one endless line nor endless lines fill memory or time."""
    size = 60_000_000
    desk.files = [gzip.compress((b" " * (size // lines) + b"\n") * lines)]
    expected = "in a line" if lines == 1 else "the file unzips to too much"
    with pytest.raises(TooLargeError if lines == 1 else BadDataError, match=expected):
        await reader.locations()


async def test_a_disk_that_fails_while_a_file_is_read(
    reader: Reader, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written last may not have found space."""

    def full(*_: Any) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(decode, "partial", lambda *_: full)
    desk.files = [LINES[0]]
    with pytest.raises(BadDataError, match="the disk says No space left on device"):
        await reader.locations()


@pytest.mark.usefixtures("engine")
async def test_a_file_in_several_parts(reader: Reader, desk: Desk) -> None:
    """As tools leave it that join files or pad them to the blocks of a disk."""
    zeros = b"\0" * 300_000
    parts = [gzip.compress(line + b"\n") for line in LINES]
    desk.files = [parts[0] + parts[1] + zeros + parts[2] + b"\0" + parts[3] + zeros]
    assert ids(await reader.locations()) == [row["location_uuid"] for row in ROWS]
    desk.files = [parts[0] + zeros + b"torn"]
    with pytest.raises(BadDataError, match="the file breaks off"):
        await reader.locations()


@pytest.mark.usefixtures("engine")
async def test_a_large_file(reader: Reader, desk: Desk) -> None:
    names = [f"{number:06} {'x' * (number % 99)}" for number in range(30_000)]
    desk.put(*({"location_uuid": name} for name in names))
    assert ids(await reader.locations()) == [name.rstrip() for name in names]


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("damage", [b"not gzip at all", b"\x1f\x8b\x08\x00" + b"\xff" * 40])
async def test_a_file_that_is_not_what_it_seems(reader: Reader, desk: Desk, damage: bytes) -> None:
    desk.files = [(b"" if damage.startswith(b"\x1f") else gzip.compress(LINES[0])) + damage]
    with pytest.raises(BadDataError, match="the file breaks off"):
        await reader.locations()


async def test_a_truncated_result_of_the_cloud(cloud: Reader, faults: Faults) -> None:
    faults.truncated_gzip = True
    with pytest.raises(BadDataError, match=r"^reading of properties failed: the file breaks off$"):
        await cloud.inventory()


@pytest.mark.parametrize(
    "switches",
    [
        {"plain_json": True},
        {"plain_json": True, "json_array": True},
        {"json_array": True, "one_file": True},
        {"omit_null": True, "extra_columns": {"future": {"a": [1]}, "more": None}},
        {"duplicates": 1, "local_time_with_z": True},
        {"run_time": 0, "submit_status": "In Progress"},
    ],
    ids=str,
)
async def test_forms_of_the_cloud_that_change_nothing(
    cloud: Reader, faults: Faults, fleet: Fleet, switches: dict[str, Any]
) -> None:
    start = NOON.replace(hour=10)
    inventory, status = await cloud.inventory(), await cloud.status()
    transitions = set(await cloud.transitions(fleet.since, NOON))
    readings = set(await cloud.readings(start, NOON, listed))
    for name, value in switches.items():
        setattr(faults, name, value)
    assert await cloud.inventory() == inventory
    assert set(await cloud.readings(start, NOON, listed)) == readings
    assert set(await cloud.transitions(fleet.since, NOON)) == transitions
    assert set(await cloud.status()) == set(status)
    assert all(not it.rejected for it in cloud.reports.values())


@pytest.mark.parametrize("empty_file", [False, True])
async def test_an_empty_result(cloud: Reader, faults: Faults, *, empty_file: bool) -> None:
    faults.empty_file = empty_file
    assert await cloud.readings(NOON.replace(minute=1), NOON.replace(hour=13), listed) == []
    assert cloud.reports["measurements"].rows == 0


async def test_garbage_of_the_cloud(cloud: Reader, faults: Faults, fleet: Fleet) -> None:
    faults.garbage_line = True
    faults.one_file = True
    assert len((await cloud.inventory()).devices) == len(fleet.devices)
    assert cloud.reports["properties"].rejected == {"bad_json": 1}


async def test_bad_times_of_the_cloud(cloud: Reader, faults: Faults, fleet: Fleet) -> None:
    faults.one_file = True
    good = await cloud.readings(NOON.replace(hour=6), NOON, listed)
    faults.bad_time = True
    assert await cloud.readings(NOON.replace(hour=6), NOON, listed) == good
    assert cloud.reports["measurements"].rejected == {"no_timestamp": 1}
    assert len(await cloud.transitions(fleet.since, NOON)) == 7
    assert cloud.reports["alarms"].rejected == {"no_alarm_time": 1}


@pytest.mark.parametrize(
    ("column", "reason"),
    [
        ("sensor_uuid", "no_sensor_uuid"),
        ("channel_no", "no_channel_no"),
        ("timestamp", "no_timestamp"),
    ],
)
async def test_missing_columns_of_the_cloud(
    cloud: Reader, faults: Faults, column: str, reason: str
) -> None:
    faults.missing_columns = {column}
    assert await cloud.readings(NOON.replace(hour=11), NOON, listed) == []
    understanding = cloud.reports["measurements"]
    assert understanding.rejected == {reason: understanding.rows}
    assert understanding.rows > 0
