"""However much a cloud delivers, neither memory nor disk is filled, and it is told plainly."""

import asyncio
from collections.abc import AsyncGenerator
import gzip
import io
from itertools import chain
import tracemalloc

import orjson
import pytest

from custom_components.testo_smart_connect.clouds.count import RowCount
from custom_components.testo_smart_connect.clouds.errors import BadDataError, TooLargeError
from custom_components.testo_smart_connect.clouds.http import transport
from custom_components.testo_smart_connect.clouds.http.bounds import (
    HELD,
    LONGEST_IDENTIFIER,
    LONGEST_LINE,
    LONGEST_NAME,
    LONGEST_ROW,
    MOST_LINKS,
    STREAMED,
    Bounds,
)
from custom_components.testo_smart_connect.clouds.jobs import decode, job_cloud
from custom_components.testo_smart_connect.clouds.jobs import runner as jobs
from custom_components.testo_smart_connect.clouds.jobs.decode import OverfullError, read_rows
from tests.clouds.conftest import NOON, Maker
from tests.clouds.desk import Desk, Said, listed
from tests.clouds.reader import LONGEST_WINDOW, Reader

MIB = 1 << 20
SMALL = Bounds(downloaded=MIB, unzipped=MIB, rows=10)
CHANNELS = 10_400
READINGS = CHANNELS * LONGEST_WINDOW.days * 24 * 12


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let little be too much."""
    monkeypatch.setattr(job_cloud, "HELD", SMALL)


@pytest.fixture
async def endless(socket_enabled: None) -> AsyncGenerator[str]:  # noqa: ARG001 - it allows sockets
    """Return the address of a server whose every answer never ends."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        try:
            while True:
                writer.write(b" " * (1 << 16))
                await writer.drain()
        except ConnectionError:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    await server.wait_closed()


def test_the_largest_account_is_far_from_the_bounds() -> None:
    assert STREAMED.rows > READINGS * 4
    assert STREAMED.unzipped > READINGS * 600 * 4
    assert STREAMED.downloaded > READINGS * 600, "even if nothing were zipped"
    assert HELD.rows > CHANNELS * 50
    assert HELD.downloaded > CHANNELS * 2_000 * 10
    assert CHANNELS * 1_500 < LONGEST_LINE


async def test_an_answer_that_never_ends(client: Maker, endless: str) -> None:
    cloud = client(endless, "key")
    text = "^submission of locations failed: an answer of more than 4,194,304 bytes$"
    with pytest.raises(TooLargeError, match=text):
        await cloud.locations()


@pytest.mark.parametrize("step", ["submit", "poll"])
async def test_an_answer_that_is_too_large(
    reader: Reader, desk: Desk, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setattr(transport, "LARGEST_ANSWER", 1000)
    answer = {"status": "Completed", "request_uuid": "1", "data_urls": []}
    desk.next[step] = [Said({**answer, "more": "x" * 2000})]
    with pytest.raises(TooLargeError, match=r"an answer of more than 1,000 bytes$"):
        await reader.locations()
    desk.next[step] = [Said({**answer, "more": "x" * 900})]
    assert await reader.locations() == ()


@pytest.mark.usefixtures("small")
async def test_a_file_that_never_ends(reader: Reader, desk: Desk, endless: str) -> None:
    desk.next["poll"] = [Said({"status": "Completed", "data_urls": [f"{endless}/?secret"]})]
    text = "^download of locations failed: more than 1,048,576 bytes$"
    with pytest.raises(TooLargeError, match=text):
        await reader.locations()


@pytest.mark.usefixtures("small")
async def test_files_that_are_too_large_together(reader: Reader, desk: Desk) -> None:
    desk.files = [b" " * 600_000, b" " * 600_000]
    text = "^download of locations failed: more than 1,048,576 bytes$"
    with pytest.raises(TooLargeError, match=text):
        await reader.locations()
    desk.files = [b" " * 500_000, b" " * 500_000]
    assert await reader.locations() == ()


async def test_too_many_files(reader: Reader, desk: Desk) -> None:
    links = [f"{desk.url}/files/0"] * (MOST_LINKS + 1)
    desk.next["poll"] = [Said({"status": "Completed", "data_urls": links})]
    with pytest.raises(TooLargeError, match=r"^poll of locations failed: more than 500 files$"):
        await reader.locations()


async def test_a_job_with_an_absurd_name(reader: Reader, desk: Desk) -> None:
    desk.next["submit"] = [Said({"request_uuid": "j" * (LONGEST_IDENTIFIER + 1)})]
    with pytest.raises(BadDataError, match=r"the answer names no job$"):
        await reader.locations()


@pytest.mark.usefixtures("small")
async def test_too_many_rows(reader: Reader, desk: Desk) -> None:
    rows = [{"location_uuid": str(number)} for number in range(11)]
    desk.files = [b"\n".join(map(orjson.dumps, part)) for part in (rows[:5], rows[5:])]
    with pytest.raises(TooLargeError, match=r"^reading of locations failed: more than 10 rows$"):
        await reader.locations()
    desk.put(*rows[:10])
    assert len(await reader.locations()) == 10
    # Readings are never held, so there may be far more of them.
    desk.put(*rows)
    assert await reader.readings(NOON, NOON, listed) == []


@pytest.mark.usefixtures("small")
async def test_files_that_unfold(reader: Reader, desk: Desk) -> None:
    desk.files = [gzip.compress(b"{}\n" * 200_000)] * 2
    with pytest.raises(TooLargeError, match=r"more than (1,048,576 bytes unzipped|10 rows)$"):
        await reader.locations()
    desk.files = [gzip.compress((b" " * 1000 + b"\n") * 600)] * 2
    with pytest.raises(TooLargeError, match=r"more than 1,048,576 bytes unzipped$"):
        await reader.locations()


def test_a_bomb_does_not_fill_the_memory() -> None:
    """A single line of 400 MB within 400 kB."""
    part = b" " * MIB
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=1) as file:
        for _ in range(400):
            file.write(part)
    tracemalloc.start()
    try:
        with pytest.raises(OverfullError, match=r"^more than 16,777,216 bytes in a line$"):
            list(read_rows([packed], RowCount(), HELD))
        assert tracemalloc.get_traced_memory()[1] < 4 * LONGEST_LINE
    finally:
        tracemalloc.stop()


def test_a_file_of_nothing_does_not_fill_the_memory() -> None:
    packed = io.BytesIO(gzip.compress(b"") * 200_000)
    tracemalloc.start()
    try:
        assert list(read_rows([packed], RowCount(), HELD)) == []
        assert tracemalloc.get_traced_memory()[1] < MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("zipped", [False, True])
def test_a_line_that_is_too_long(monkeypatch: pytest.MonkeyPatch, *, zipped: bool) -> None:
    monkeypatch.setattr(decode, "LONGEST_LINE", 100)
    for length, good in ((101, True), (102, False)):  # with the line break
        line = b'{"a": "' + b"x" * (length - 10) + b'"}\n'
        file = io.BytesIO(gzip.compress(line) if zipped else line)
        if good:
            assert len([*chain.from_iterable(read_rows([file], RowCount(), HELD))]) == 1
        else:
            with pytest.raises(OverfullError):
                list(read_rows([file], RowCount(), HELD))


async def test_a_row_that_is_too_long_is_counted_and_costs_nothing_else(
    reader: Reader, desk: Desk
) -> None:
    good = {"location_uuid": "a"}
    desk.put(good, {"location_uuid": "b", "name": "x" * LONGEST_ROW}, good)
    assert [it.id for it in await reader.locations()] == ["a", "a"]
    assert reader.reports["locations"].rejected == {"too_long": 1}


async def test_long_names_are_cut_and_long_identifiers_rejected(reader: Reader, desk: Desk) -> None:
    desk.put(
        {"location_uuid": "a" * LONGEST_IDENTIFIER, "name": "ü" * (LONGEST_NAME + 1)},
        {"location_uuid": "b" * (LONGEST_IDENTIFIER + 1)},
        {"location_uuid": "c", "tenant_uuid": "t" * 1000},
        {"location_uuid": "d", "name": "n" * (LONGEST_NAME - 1) + " n"},
    )
    first, second = await reader.locations()
    assert first.name == "ü" * LONGEST_NAME
    assert (second.id, second.name) == ("d", "n" * (LONGEST_NAME - 1))
    assert reader.reports["locations"].rejected == {
        "long_location_uuid": 1,
        "long_tenant_uuid": 1,
    }


def test_the_bounds_of_readings_are_those_of_a_stream() -> None:
    assert jobs.Job(resource="x", path="/x", body={}).bounds is HELD
