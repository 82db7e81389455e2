"""Files that were exported: who may fetch them, where they are listed, when they are deleted."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
import logging
import os
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.components.media_player.errors import BrowseError
from homeassistant.components.media_source import (
    Unresolvable,
    async_browse_media,
    async_resolve_media,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import CLIENT_ID, MockUser
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator, WebSocketGenerator
from yarl import URL

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import START, World
from tests.simulator import Fleet, Logger, Simulator

DAY = timedelta(days=1)
SOURCE = f"media-source://{DOMAIN}"
VIEW = f"/api/{DOMAIN}/files"
OURS = "koln_fridge_1_2026_05_report.pdf"

type Client = Callable[[], Awaitable[TestClient[Any, Any]]]


@pytest.fixture(autouse=True)
def _clock_of_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    # The log of the server cannot cope with a clock that stands still.
    monkeypatch.setattr(logging.getLogger("aiohttp.access"), "disabled", True)


@pytest.fixture
def folder(hass: HomeAssistant) -> Path:
    """Return where files go; it does not exist yet."""
    media = Path(hass.config.path("media"))
    hass.config.media_dirs = {"local": str(media)}
    return media / DOMAIN


@pytest.fixture
def logger(fleet: Fleet) -> Logger:
    """Return a logger."""
    return fleet.add_logger(fleet.add_site("Köln"), "Fridge", since=START - 3 * DAY)


@pytest.fixture
def signed_in(
    hass: HomeAssistant, hass_client: ClientSessionGenerator, hass_admin_user: MockUser
) -> Client:
    """Return what makes a client whose token is of the test's time."""

    async def client() -> TestClient[Any, Any]:
        login = await hass.auth.async_create_refresh_token(hass_admin_user, CLIENT_ID)
        return await hass_client(hass.auth.async_create_access_token(login))

    return client


async def export(world: World, **data: Any) -> dict[str, Any]:
    """Export a report and return what is told of it."""
    given = {"period": "yesterday", "format": "html", **data}
    found: Any = await world.hass.services.async_call(
        DOMAIN, "export_report", given, blocking=True, return_response=True
    )
    (file,) = found["files"]
    assert isinstance(file, dict)
    return file


def put(folder: Path, name: str = OURS, age: timedelta = timedelta()) -> Path:
    """Put a file into the folder, as old as it should be."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(b"content")
    changed = (datetime.now(UTC) - age).timestamp()
    os.utime(path, (changed, changed))
    return path


def left(folder: Path) -> set[str]:
    """Return what lies in the folder."""
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("ending", "kind"), [("html", "text/html"), ("pdf", "application/pdf"), ("csv", "text/csv")]
)
@pytest.mark.expect_warnings  # Home Assistant warns of whoever comes without a login
@pytest.mark.usefixtures("logger")
async def test_whoever_has_the_link_gets_the_file(
    world: World, folder: Path, hass_client_no_auth: ClientSessionGenerator, ending: str, kind: str
) -> None:
    await world.add_account()
    file = await export(world)
    name = Path(file["path"]).name
    content = Path(file["path"]).read_bytes()  # noqa: ASYNC240  a small file
    if ending != "html":
        name = f"koln_fridge_1_2026_05_{'report' if ending == 'pdf' else 'readings'}.{ending}"
        content = b"content"
        put(folder, name)
    client = await hass_client_no_auth()
    assert (await client.get(f"{VIEW}/{name}")).status == 401
    link = (await async_resolve_media(world.hass, f"{SOURCE}/{name}", None)).url
    response = await client.get(link)
    assert response.status == 200
    assert await response.read() == content
    assert response.headers["Content-Type"] == kind
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    policy = response.headers["Content-Security-Policy"]
    assert policy == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert response.headers["Cache-Control"] == "private, no-store"


@pytest.mark.expect_warnings
@pytest.mark.usefixtures("folder", "logger")
async def test_a_link_is_for_one_file_and_for_a_day(
    world: World, hass_client_no_auth: ClientSessionGenerator
) -> None:
    await world.add_account()
    first, second = await export(world), await export(world)
    client = await hass_client_no_auth()
    assert (await client.get(first["url"])).status == 200
    assert datetime.fromisoformat(first["expires"]) == world.now + DAY
    borrowed = f"{URL(second['url']).path}?{URL(first['url']).query_string}"
    assert (await client.get(borrowed)).status == 401
    await world.advance(DAY - timedelta(minutes=1), step=DAY)
    assert (await client.get(first["url"])).status == 200
    await world.advance(timedelta(minutes=2), step=DAY)
    assert (await client.get(first["url"])).status == 401


@pytest.mark.parametrize(
    "name",
    [
        "koln_fridge_1_2026_04_report.pdf",
        "secret.txt",
        "secret_2026_05_report.txt",
        "../secret_2026_05_report.pdf",
        "..%2Fsecret_2026_05_report.pdf",
        "%2E%2E%2Fsecret_2026_05_report.pdf",
        "..%5Csecret_2026_05_report.pdf",
        "sub%2Fsecret_2026_05_report.pdf",
        "link_2026_05_report.pdf",
        "folder_2026_05_report.pdf",
        ".testo_smart_connect.1.tmp",
        "koln_fridge_1_2026_05_report.pdf%00",
        "koln_fridge_1_2026_05_report.pdf%0A",
        "KOLN_fridge_1_2026_05_report.pdf",
        "%2Fetc%2Fpasswd",
        "",
    ],
)
@pytest.mark.expect_warnings  # Home Assistant itself refuses some, and says so
async def test_nothing_else_is_served(
    world: World, folder: Path, signed_in: Client, name: str
) -> None:
    await world.add_account()
    prepare(folder)
    client = await signed_in()
    assert (await client.get(f"{VIEW}/{OURS}")).status == 200
    response = await client.get(URL(f"{VIEW}/{name}", encoded=True))
    assert response.status in {400, 404}
    assert b"content" not in await response.read()


def prepare(folder: Path) -> None:
    """Put files into and around the folder."""
    put(folder)
    for name in ("secret.txt", "secret_2026_05_report.txt", ".testo_smart_connect.1.tmp"):
        put(folder, name)
    secret = put(folder.parent, "secret_2026_05_report.pdf")
    put(folder / "sub", "secret_2026_05_report.pdf")
    (folder / "link_2026_05_report.pdf").symlink_to(secret)
    (folder / "folder_2026_05_report.pdf").mkdir()


async def test_without_a_media_folder_there_is_nothing(
    hass: HomeAssistant, world: World, signed_in: Client
) -> None:
    hass.config.media_dirs = {}
    await world.add_account()
    client = await signed_in()
    assert (await client.get(f"{VIEW}/{OURS}")).status == 404
    assert (await async_browse_media(hass, SOURCE)).children == []


@pytest.mark.usefixtures("logger")
async def test_media_source_finds_the_file(
    hass: HomeAssistant,
    world: World,
    folder: Path,
    hass_ws_client: WebSocketGenerator,
    signed_in: Client,
) -> None:
    await world.add_account()
    file = await export(world)
    found = await async_resolve_media(hass, file["media_content_id"], None)
    assert found.path == folder / Path(file["path"]).name
    assert found.mime_type == "text/html"
    assert await async_setup_component(hass, "websocket_api", {})
    client = await signed_in()
    token = client.session.headers["Authorization"].removeprefix("Bearer ")
    socket = await hass_ws_client(hass, token)
    wanted = {"type": "media_source/resolve_media", "media_content_id": file["media_content_id"]}
    await socket.send_json_auto_id(wanted)
    answer = await socket.receive_json()
    assert answer["result"]["mime_type"] == "text/html"
    assert (await client.get(answer["result"]["url"])).status == 200


@pytest.mark.parametrize(
    "name",
    ["koln_fridge_1_2026_04_report.pdf", "../secret_2026_05_report.pdf", "koln_fridge_1", ""],
)
async def test_media_source_does_not_find_others(
    hass: HomeAssistant, world: World, folder: Path, name: str
) -> None:
    await world.add_account()
    prepare(folder)
    with pytest.raises(Unresolvable) as failed:
        await async_resolve_media(hass, f"{SOURCE}/{name}".removesuffix("/"), None)
    assert failed.value.translation_key == "unknown_file"
    assert failed.value.translation_placeholders == {"name": name}
    assert name in str(failed.value)


async def test_media_source_lists_devices_and_their_files(
    hass: HomeAssistant, world: World, folder: Path
) -> None:
    await world.add_account()
    assert (await async_browse_media(hass, SOURCE)).children == []
    prepare(folder)
    put(folder, "koln_fridge_1_2026_05_report_v2.pdf", -1 * timedelta(minutes=1))
    put(folder, "koln_fridge_1_2026_05_01_to_2026_05_03_readings.csv", DAY)
    put(folder, "bern_2026_2_2026_05_01_0000_to_2026_05_01_1150_readings.csv")
    root = await async_browse_media(hass, SOURCE)
    assert root.children
    assert [(it.title, it.can_expand) for it in root.children] == [
        ("bern_2026_2", True),
        ("koln_fridge_1", True),
    ]
    fridge = await async_browse_media(hass, f"{SOURCE}/koln_fridge_1")
    assert fridge.title == "koln_fridge_1"
    assert fridge.children
    assert [it.title for it in fridge.children] == [
        "koln_fridge_1_2026_05_report_v2.pdf",
        OURS,
        "koln_fridge_1_2026_05_01_to_2026_05_03_readings.csv",
    ]
    newest = fridge.children[0]
    assert newest.media_content_id == f"{SOURCE}/{newest.title}"
    assert newest.media_content_type == "application/pdf"
    assert (newest.can_play, newest.can_expand) == (False, False), "no player takes a PDF"
    everything = await async_browse_media(hass, None)
    assert everything.children
    assert "testo Smart Connect" in {it.title for it in everything.children}
    for name in ("nowhere", OURS, ".."):
        with pytest.raises(BrowseError) as failed:
            await async_browse_media(hass, f"{SOURCE}/{name}")
        assert failed.value.translation_key == "unknown_file"


async def set_days(world: World, entry: ConfigEntry[Any], days: int | None) -> None:
    """Choose in the options for how long files are kept."""
    form = await world.hass.config_entries.options.async_init(entry.entry_id)
    typed = {"alarm_interval": 5, "measurement_interval": 15}
    if days is not None:
        typed["export_days"] = days
    await world.hass.config_entries.options.async_configure(form["flow_id"], typed)
    await world.settle()


@pytest.mark.usefixtures("logger")
async def test_old_files_go_at_start_daily_and_after_an_export(world: World, folder: Path) -> None:
    others = {"mine.pdf", "holiday_2026_05.pdf", "sub"}
    entry = await world.add_account()
    for name in ("mine.pdf", "holiday_2026_05.pdf"):
        put(folder, name, 5000 * DAY)
    put(folder / "sub", OURS, 5000 * DAY)
    old, young = "koln_a_1_2026_05_readings.csv", "koln_b_1_2026_05_report.html"
    put(folder, old, 31 * DAY)
    put(folder, young, 28 * DAY)
    await world.advance(2 * DAY, step=DAY)
    assert left(folder) == {old, young, *others}, "all are kept until the user says otherwise"
    await set_days(world, entry, 30)
    assert left(folder) == {young, *others}
    await world.advance(2 * DAY, step=DAY)
    assert left(folder) == others
    put(folder, old, 31 * DAY)
    file = await export(world)
    assert left(folder) == {Path(file["path"]).name, *others}
    await set_days(world, entry, None)
    put(folder, old, 5000 * DAY)
    await world.hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    assert old in left(folder)


async def test_the_most_patient_account_decides(
    world: World, fleet: Fleet, second: Simulator, folder: Path
) -> None:
    assert fleet.tenant_uuid
    first = await world.add_account()
    other = await world.add_account(api_key="second key", advanced={"base_url": second.base_url})
    put(folder, age=100 * DAY)
    await set_days(world, first, 30)
    assert left(folder) == {OURS}
    await set_days(world, other, 101)
    assert left(folder) == {OURS}
    await set_days(world, other, 99)
    assert left(folder) == set()


async def test_what_a_crash_left_half_written_goes(world: World, folder: Path) -> None:
    entry = await world.add_account()
    put(folder, ".testo_smart_connect.old.tmp", 2 * DAY)
    put(folder, ".testo_smart_connect.new.tmp", DAY / 2)
    put(folder, ".other.tmp", 2 * DAY)
    await world.hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    assert left(folder) == {".testo_smart_connect.new.tmp", ".other.tmp"}


@pytest.mark.expect_warnings
async def test_what_cannot_be_deleted_is_said_in_the_log(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await world.add_account()
    put(folder, age=31 * DAY)

    def refuse(_path: Path, *, missing_ok: bool = False) -> None:
        raise PermissionError(13, f"Permission denied {missing_ok}")

    monkeypatch.setattr(Path, "unlink", refuse)
    await set_days(world, entry, 30)
    monkeypatch.undo()
    said = f"Old files in {folder} cannot be deleted: Permission denied"
    assert said in caplog.text
    assert world.hass.config_entries.async_loaded_entries(DOMAIN) == [entry]


@pytest.mark.expect_warnings
async def test_one_file_that_cannot_be_deleted_keeps_no_other(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    entry = await world.add_account()
    names = {put(folder, f"{town}_{OURS}", 31 * DAY).name for town in ("bern", "bonn", "graz")}
    stuck, unlink = sorted(names)[1], Path.unlink

    def refuse(path: Path, *, missing_ok: bool = False) -> None:
        if path.name == stuck:
            raise PermissionError(13, "Permission denied")
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    await set_days(world, entry, 30)
    monkeypatch.undo()
    assert left(folder) == {stuck}
    assert caplog.text.count("cannot be deleted") == 1


@pytest.mark.expect_warnings
async def test_a_folder_that_cannot_be_read_is_said_in_the_log(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    entry, read = await world.add_account(), Path.iterdir

    def refuse(path: Path) -> Iterator[Path]:
        if path == folder:
            raise PermissionError(13, "Permission denied")
        return read(path)

    put(folder, age=31 * DAY)
    monkeypatch.setattr(Path, "iterdir", refuse)
    await set_days(world, entry, 30)
    monkeypatch.undo()
    assert f"Old files in {folder} cannot be deleted: Permission denied" in caplog.text


async def test_diagnostics_tell_the_option(world: World, folder: Path) -> None:
    entry = await world.add_account()
    await set_days(world, entry, 365)
    found = await world.diagnostics(entry)
    assert found["account"]["options"]["export_days"] == 365
    assert str(folder) not in str(found)
