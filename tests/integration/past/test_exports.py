"""Reports and readings as files: what is returned, and what lies on the disk."""

import asyncio
from collections.abc import Callable
from hashlib import sha256
import os
from pathlib import Path
import re
import threading
from typing import Any

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components.http.auth import DATA_SIGN_SECRET
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.helpers import entity_registry as er
from pypdf import PdfReader
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.testo_smart_connect.actions import portions
from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.documents import html, pdf
from tests.integration.conftest import MINUTE, START, World
from tests.simulator import Fleet, Kind, Logger, Site

from .asking import DAY, ask

FRIDGE = "apotheke_koln_kuhlschrank_1"


@pytest.fixture
def folder(hass: HomeAssistant) -> Path:
    """Return where files go; it does not exist yet."""
    media = Path(hass.config.path("media"))
    hass.config.media_dirs = {"local": str(media), "second": hass.config.path("other")}
    hass.config.allowlist_external_dirs = {*hass.config.media_dirs.values()}
    return media / DOMAIN


async def export(
    world: World, action: str, context: Context | None = None, **data: Any
) -> list[dict[str, Any]]:
    """Take an action and return the files of its response."""
    found = await ask(world, action, context, **data)
    assert found.keys() == {"files"}
    files: list[dict[str, Any]] = found["files"]
    return files


def names(folder: Path) -> set[str]:
    """Return all that lies in the folder, hidden files too."""
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def rows_of(file: dict[str, Any]) -> list[str]:
    """Return the titles and rows of a CSV file."""
    lines = Path(file["path"]).read_text(encoding="utf-8-sig").splitlines()
    return [line for line in lines if not line.startswith("#")]


def digest(file: dict[str, Any]) -> str:
    """Return the sum of what lies on the disk."""
    return sha256(Path(file["path"]).read_bytes()).hexdigest()


def of_yesterday(
    world: World, logger: Logger, path: Path, content_type: str, url: str
) -> dict[str, Any]:
    """Return what a response has to say of a file with the readings of yesterday."""
    content = path.read_bytes()
    return {
        "path": str(path),
        "media_content_id": f"media-source://{DOMAIN}/{path.name}",
        "media_content_type": content_type,
        "url": url,
        "expires": "2026-07-02T11:50:30+02:00",
        "rows": 96,
        "bytes": len(content),
        "sha256": sha256(content).hexdigest(),
        "start": "2026-06-30T00:00:00+02:00",
        "end": "2026-07-01T00:00:00+02:00",
        "device_id": world.device_id(logger.serial),
    }


async def test_readings_become_a_file(
    hass: HomeAssistant, world: World, logger: Logger, folder: Path
) -> None:
    await world.add_account()
    (file,) = await export(world, "export_measurements", period="yesterday")
    name = f"{FRIDGE}_{logger.serial}_2026_06_30_readings.csv"
    assert file == of_yesterday(world, logger, folder / name, "text/csv", file["url"])
    assert file["url"].startswith(f"/api/{DOMAIN}/files/{name}?authSig=")
    assert hass.config.is_allowed_path(file["path"]), "so that telegram_bot may read it"
    assert names(folder) == {name}


async def test_all_channels_of_a_device_are_columns(
    world: World, fleet: Fleet, site: Site, logger: Logger, folder: Path
) -> None:
    fleet.add_logger(site, "Schrank", kind=Kind.PROBES)
    gateway = fleet.add_gateway(site, "Funk")
    gateway.add_radio_sensor("Tor", kind=Kind.DOOR, measuring=15 * MINUTE)
    await world.add_account()
    assert logger.serial
    found = await export(world, "export_measurements", period="yesterday", format="german")
    titles = {}
    for file in found:
        rows = rows_of(file)
        titles[Path(file["path"]).name.partition("_9")[0]] = rows[0].split(";")[3:]
        assert file["rows"] == len(rows) - 1
        assert re.fullmatch(r"\d\d\.06\.2026", rows[1].split(";")[1])
    assert titles == {
        FRIDGE: ["Temperature (°C)"],
        "apotheke_koln_schrank": ["Schrank 1 Temperature (°C)", "Schrank 2 Temperature (°C)"],
        "apotheke_koln_tor": ["Door"],
    }
    assert len(names(folder)) == 3


async def test_readings_are_those_that_were_measured(
    world: World, logger: Logger, folder: Path
) -> None:
    await world.add_account()
    (file,) = await export(
        world, "export_measurements", start="2026-06-30 12:00:00", end="2026-06-30 13:00:00"
    )
    name = f"{FRIDGE}_{logger.serial}_2026_06_30_1200_to_2026_06_30_1300_readings.csv"
    assert file["path"] == str(folder / name)
    assert rows_of(file) == [
        "Time (ISO 8601),Temperature (°C)",
        "2026-06-30T12:00:00+02:00,5.0",
        "2026-06-30T12:15:00+02:00,5.0",
        "2026-06-30T12:30:00+02:00,5.0",
        "2026-06-30T12:45:00+02:00,5.0",
    ]


@pytest.mark.parametrize(
    ("data", "period"),
    [
        ({"period": "last_month"}, "2026_06"),
        ({"period": "last_week"}, "2026_06_22_to_2026_06_28"),
        ({"period": "today"}, "2026_07_01_0000_to_2026_07_01_1150"),
    ],
)
async def test_the_name_says_the_period(
    world: World, logger: Logger, folder: Path, data: dict[str, Any], period: str
) -> None:
    await world.add_account()
    (file,) = await export(world, "export_measurements", **data)
    assert file["path"] == str(folder / f"{FRIDGE}_{logger.serial}_{period}_readings.csv")


async def test_long_and_odd_names_are_cut_for_the_file(
    world: World, fleet: Fleet, folder: Path
) -> None:
    site = fleet.add_site("../" * 80)
    fleet.add_logger(site, "x" * 255, serial="12/34" + "5" * 200)
    await world.add_account()
    (file,) = await export(world, "export_measurements", period="yesterday")
    (name,) = names(folder)
    assert file["path"] == str(folder / name)
    assert re.fullmatch(r"unknown_x{60}_12_345{55}_2026_06_30_readings\.csv", name)


@pytest.mark.parametrize("ending", ["pdf", "html"])
async def test_a_report_becomes_a_file(
    hass_admin_user: MockUser,
    world: World,
    logger: Logger,
    folder: Path,
    ending: str,
) -> None:
    hass_admin_user.name = "Anna Müller"
    await world.add_account()
    context = Context(user_id=hass_admin_user.id)
    (file,) = await export(
        world, "export_report", context, period="yesterday", format=ending, upper=4.5, lower=1
    )
    name = f"{FRIDGE}_{logger.serial}_2026_06_30_report.{ending}"
    path = folder / name
    kind = {"pdf": "application/pdf", "html": "text/html"}[ending]
    assert file == of_yesterday(world, logger, path, kind, file["url"])
    text = written_in(path)
    for said in ("Kühlschrank 1", "Anna Müller", "Temperature", "4.5", "Out of range"):
        assert said in text, said
    assert names(folder) == {name}


def written_in(path: Path) -> str:
    """Return what stands in a report."""
    if path.suffix == ".html":
        return path.read_text(encoding="utf-8")
    return " ".join(page.extract_text() for page in PdfReader(path).pages)


@pytest.mark.usefixtures("logger")
async def test_pdf_in_the_language_of_home_assistant_unless_another_is_asked_for(
    hass: HomeAssistant, world: World, folder: Path
) -> None:
    hass.config.language = "pl"
    await world.add_account()
    (polish,) = await export(world, "export_report", period="yesterday")
    (german,) = await export(world, "export_report", period="yesterday", language="de")
    assert names(folder) == {Path(it["path"]).name for it in (polish, german)}
    assert "Temperatura" in written_in(Path(polish["path"]))
    text = written_in(Path(german["path"]))
    assert "Temperatur" in text
    assert "Temperatura" not in text
    assert "Grenzwertverletzungen" in text


async def test_nothing_is_written_over(world: World, logger: Logger, folder: Path) -> None:
    await world.add_account()
    made = [await export(world, "export_measurements", period="yesterday") for _ in range(3)]
    stem = f"{FRIDGE}_{logger.serial}_2026_06_30_readings"
    assert [Path(file["path"]).name for (file,) in made] == [
        f"{stem}.csv",
        f"{stem}_v2.csv",
        f"{stem}_v3.csv",
    ]
    make_link(folder / f"{stem}.csv", folder / "nowhere")
    (file,) = await export(world, "export_measurements", period="yesterday")
    assert Path(file["path"]).name == f"{stem}_v4.csv"
    assert "nowhere" not in names(folder)


def make_link(path: Path, target: Path) -> None:
    """Put a link where a file was."""
    path.unlink()
    path.symlink_to(target)


@pytest.mark.usefixtures("logger")
async def test_two_at_once_get_two_names(world: World, folder: Path) -> None:
    await world.add_account()
    calls = (export(world, "export_report", period="yesterday", format="html") for _ in range(5))
    found = [file for (file,) in await asyncio.gather(*calls)]
    assert len({file["path"] for file in found}) == 5
    assert names(folder) == {Path(file["path"]).name for file in found}
    for file in found:
        assert digest(file) == file["sha256"]


async def test_many_are_read_some_at_a_time(  # noqa: PLR0913, PLR0917  fixtures
    world: World,
    fleet: Fleet,
    site: Site,
    logger: Logger,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fleet.add_logger(site, "Klima", kind=Kind.CLIMATE)
    fleet.add_logger(site, "Schrank", kind=Kind.PROBES)
    await world.add_account()
    assert logger.serial
    at_once = await export(world, "export_report", period="yesterday", format="html")
    monkeypatch.setattr(portions, "_MOST", 1)
    one_by_one = await export(world, "export_report", period="yesterday", format="html")
    said = [("rows", "device_id", "sha256")] * 3
    facts = [
        [{key: file[key] for key in keys} for keys, file in zip(said, files, strict=True)]
        for files in (at_once, one_by_one)
    ]
    assert facts[0] == facts[1]
    assert len(names(folder)) == 6


@pytest.mark.usefixtures("logger", "folder")
async def test_old_alarms_are_read_once_for_all(
    world: World, fleet: Fleet, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.add_logger(site, "Klima", kind=Kind.CLIMATE)
    await world.add_account()
    begin = START - 50 * DAY
    start, end = begin.isoformat(), (begin + DAY).isoformat()

    async def asked() -> int:
        world.simulator.requests.clear()
        files = await export(world, "export_report", start=start, end=end, format="html")
        assert len(files) == 2
        return len(world.requests("POST", "alarms"))

    at_once = await asked()
    monkeypatch.setattr(portions, "_MOST", 1)
    assert await asked() == at_once > 0


class Watch:
    """Notes in which threads something is done, or lets it fail."""

    def __init__(self, done: Callable[..., Any], fail_at: int | None = None) -> None:
        """Take what is done, and which time fails."""
        self._done, self._fail_at = done, fail_at
        self.threads: list[int] = []

    def __call__(self, *args: Any, **data: Any) -> Any:
        """Do it."""
        self.threads.append(threading.get_ident())
        if len(self.threads) == self._fail_at:
            raise OSError(28, "No space left on device")
        return self._done(*args, **data)

    def method(self) -> Callable[..., Any]:
        """Return it as a function, which a class takes for a method."""

        def call(*args: Any, **data: Any) -> Any:
            return self(*args, **data)

        return call


@pytest.mark.usefixtures("logger")
async def test_nothing_slow_runs_on_the_event_loop(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.add_account()
    watched = []
    for owner, name in (
        (pdf, "render"),
        (html, "render"),
        (os, "fsync"),
        (Path, "mkdir"),
        (Path, "rename"),
    ):
        watch = Watch(getattr(owner, name))
        monkeypatch.setattr(owner, name, watch.method())
        watched.append(watch)
    for ending in ("pdf", "html"):
        await export(world, "export_report", period="yesterday", format=ending)
    await export(world, "export_measurements", period="yesterday")
    monkeypatch.undo()
    for watch in watched:
        assert watch.threads
        assert threading.get_ident() not in watch.threads
    assert len(names(folder)) == 3


@pytest.mark.parametrize(
    ("owner", "what", "time"),
    [(os, "fsync", 1), (os, "fsync", 2), (Path, "rename", 1), (Path, "rename", 2)],
)
async def test_a_failure_in_the_middle_leaves_nothing(  # noqa: PLR0913, PLR0917  fixtures
    world: World,
    fleet: Fleet,
    site: Site,
    logger: Logger,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    owner: Any,
    what: str,
    time: int,
) -> None:
    fleet.add_logger(site, "Klima", kind=Kind.CLIMATE)
    await world.add_account()
    assert logger.serial
    watch = Watch(getattr(owner, what), fail_at=time)
    with monkeypatch.context() as patch:
        patch.setattr(owner, what, watch.method())
        with pytest.raises(HomeAssistantError) as failed:
            await export(world, "export_measurements", period="yesterday")
    assert failed.value.translation_key == "not_written"
    assert failed.value.translation_placeholders == {
        "folder": str(folder),
        "detail": "No space left on device",
    }
    assert names(folder) == set()
    assert len(await export(world, "export_measurements", period="yesterday")) == 2


@pytest.mark.usefixtures("logger")
async def test_who_stops_in_the_middle_leaves_nothing(
    hass: HomeAssistant,
    world: World,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await world.add_account()
    begun, may_go_on = threading.Event(), threading.Event()
    fsync = os.fsync

    def wait(file: int) -> None:
        begun.set()
        may_go_on.wait(10)
        fsync(file)

    monkeypatch.setattr(os, "fsync", wait)
    call = hass.async_create_task(export(world, "export_measurements", period="yesterday"))
    await asyncio.get_running_loop().run_in_executor(None, begun.wait, 10)
    assert len(names(folder)) == 1
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    may_go_on.set()
    await hass.async_add_executor_job(until, lambda: not names(folder))


def until(is_so: Callable[[], bool]) -> None:
    """Wait for what a thread does that nobody waits for any more."""
    for _ in range(200):
        if is_so():
            return
        threading.Event().wait(0.05)
    pytest.fail("it never happened")


async def test_letters_that_no_font_has_are_named(
    world: World, fleet: Fleet, site: Site, folder: Path
) -> None:
    fleet.add_logger(site, "냉장고 1")
    fleet.add_logger(site, "Kühlschrank")
    await world.add_account()
    with pytest.raises(ServiceValidationError) as refused:
        await export(world, "export_report", period="yesterday")
    assert refused.value.translation_key == "unprintable"
    assert refused.value.translation_placeholders == {"name": "냉장고 1", "characters": "냉장고"}
    assert "html" in str(refused.value)
    assert names(folder) == set(), "not even that of the other logger"
    found = await export(world, "export_report", period="yesterday", format="html")
    assert any("냉장고 1" in written_in(Path(file["path"])) for file in found)


@pytest.mark.usefixtures("logger")
async def test_without_a_media_folder_it_says_what_to_do(hass: HomeAssistant, world: World) -> None:
    hass.config.media_dirs = {}
    await world.add_account()
    with pytest.raises(HomeAssistantError) as failed:
        await export(world, "export_report", period="yesterday")
    assert failed.value.translation_key == "no_media_folder"
    assert "media_dirs" in str(failed.value)


@pytest.mark.usefixtures("logger")
async def test_a_folder_that_cannot_be_made_is_named(world: World, folder: Path) -> None:
    await world.add_account()
    folder.parent.write_text("a file where the folder should be")
    with pytest.raises(HomeAssistantError) as failed:
        await export(world, "export_report", period="yesterday")
    assert failed.value.translation_key == "not_written"
    assert str(folder) in str(failed.value)


def below(public: Path, *, is_link: bool) -> str:
    """Return a folder that lies below another one, or is a link to it."""
    if not is_link:
        return str(public / "media")
    public.mkdir()
    media = public.parent / "media"
    media.symlink_to(public)
    return str(media)


@pytest.mark.parametrize("is_link", [False, True])
@pytest.mark.usefixtures("logger")
async def test_never_where_anybody_can_read(
    hass: HomeAssistant, world: World, *, is_link: bool
) -> None:
    public = Path(hass.config.path("www"))
    hass.config.media_dirs = {"local": below(public, is_link=is_link)}
    await world.add_account()
    for action in ("export_report", "export_measurements"):
        with pytest.raises(HomeAssistantError) as failed:
            await export(world, action, period="yesterday")
        assert failed.value.translation_key == "public_folder"
    assert names(public) == set()


async def test_whoever_may_not_see_is_refused(
    hass: HomeAssistant, world: World, logger: Logger, folder: Path
) -> None:
    await world.add_account()
    unique_id = f"{logger.serial}_{logger.sensors[0].serial}_1"
    entity_id = er.async_get(hass).async_get_entity_id("sensor", DOMAIN, unique_id)
    assert entity_id is not None
    user = MockUser(name="Gast").add_to_hass(hass)
    context = Context(user_id=user.id)
    user.mock_policy({"entities": {"entity_ids": {entity_id: {POLICY_READ: False}}}})
    for action in ("export_report", "export_measurements"):
        with pytest.raises(Unauthorized):
            await export(world, action, context, period="yesterday")
    assert names(folder) == set()
    user.mock_policy({"entities": {"entity_ids": {entity_id: {POLICY_READ: True}}}})
    assert await export(world, "export_measurements", context, period="yesterday")


@pytest.mark.parametrize("action", ["export_report", "export_measurements"])
@pytest.mark.parametrize(
    ("data", "error"), [({}, "period_or_start"), ({"start": "2025-01-01 00:00:00"}, "too_long")]
)
@pytest.mark.usefixtures("logger")
async def test_times_are_checked_as_everywhere(
    world: World, folder: Path, action: str, data: dict[str, Any], error: str
) -> None:
    await world.add_account()
    with pytest.raises(ServiceValidationError) as refused:
        await export(world, action, **data)
    assert refused.value.translation_key == error
    assert names(folder) == set()


@pytest.mark.expect_warnings
@pytest.mark.usefixtures("logger")
async def test_if_the_cloud_fails_there_is_no_file(world: World, folder: Path) -> None:
    await world.add_account()
    world.faults.server_error = 503
    for action in ("export_report", "export_measurements"):
        with pytest.raises(HomeAssistantError) as failed:
            await export(world, action, start=(world.now - 20 * DAY).isoformat())
        assert failed.value.translation_key == "past_unread"
    assert names(folder) == set()


async def test_it_works_without_a_response(
    hass: HomeAssistant, world: World, logger: Logger, folder: Path
) -> None:
    await world.add_account()
    entity_id = world.entity_id(f"{logger.serial}_alarms")
    data = {"period": "yesterday", "format": "html", "entity_id": entity_id}
    await hass.services.async_call(DOMAIN, "export_report", data, blocking=True)
    assert names(folder) == {f"{FRIDGE}_{logger.serial}_2026_06_30_report.html"}


@pytest.mark.usefixtures("logger")
async def test_no_link_is_logged(
    hass: HomeAssistant,
    world: World,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    await world.add_account()
    (file,) = await export(world, "export_report", period="yesterday", format="html")
    signature = file["url"].partition("authSig=")[2]
    assert len(signature) > 50
    assert names(folder)
    assert signature not in caplog.text
    assert hass.data[DATA_SIGN_SECRET] not in caplog.text


async def test_a_year_of_two_channels(world: World, fleet: Fleet, site: Site, folder: Path) -> None:
    logger = fleet.add_logger(
        site, "Schrank", kind=Kind.PROBES, measuring=15 * MINUTE, since=START - 400 * DAY
    )
    await world.add_account()
    year: dict[str, Any] = {"start": "2025-07-01 00:00:00", "end": "2026-07-01 00:00:00"}
    (table,) = await export(world, "export_measurements", **year)
    assert table["rows"] == 365 * 96
    (report,) = await export(world, "export_report", **year)
    assert report["rows"] == 2 * 365 * 96
    stem = f"apotheke_koln_schrank_{logger.serial}_2025_07_01_to_2026_06_30"
    assert names(folder) == {f"{stem}_readings.csv", f"{stem}_report.pdf"}
    assert 1 <= len(PdfReader(report["path"]).pages) <= 20
