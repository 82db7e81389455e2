"""The blueprint that makes reports of the last month, over the first of a month and beyond."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from homeassistant.components.smtp.services import SERVICE_SEND_MESSAGE_SCHEMA
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from pypdf import PdfReader
import pytest

from tests.integration.conftest import World
from tests.simulator import Fleet, Kind, Logger, Site, band

from .house import MONTHLY, House, kinds

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVENING = datetime(2026, 10, 31, 20, 0, tzinfo=UTC)
"""Of the last day of a month with 31 days and an hour, in Berlin."""
EIGHT = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)
STEP = timedelta(minutes=15)
QUARTERS = 31 * 96 + 4
MEMORY = "input_text.reports"
SHORT = "input_text.short"


@pytest.fixture
def begin() -> datetime:
    return EVENING


@pytest.fixture
def site(fleet: Fleet) -> Site:
    fleet.connection_timeout = 30 * DAY
    return fleet.add_site("Apotheke Köln")


@pytest.fixture
def logger(fleet: Fleet, site: Site) -> Logger:
    return add_fridge(fleet, site, "Kühlschrank 1")


def add_fridge(fleet: Fleet, site: Site, name: str) -> Logger:
    """Add a fridge at 5 °C that was too warm for three hours of October."""
    since = EVENING - 70 * DAY
    logger = fleet.add_logger(
        site, name, kind=Kind.TEMPERATURE, limits=band("Temperature", alarm=(2.0, 8.0)), since=since
    )
    channel = logger.sensors[0].channels[0]
    channel.hold(since, EVENING + 90 * DAY, 5.0)
    channel.hold(EVENING - 10 * DAY, EVENING - 10 * DAY + 3 * HOUR, 9.5)
    return logger


class Office(House):
    """A house whose reports are looked at."""

    async def order(self, *loggers: Logger, **inputs: Any) -> None:
        """Use the blueprint for some loggers."""
        ids = [self.device(logger.serial)["device_id"] for logger in loggers]
        say = {
            "action": "notify.phone",
            "data": {
                "title": "{{ title }}",
                "message": "{{ message }}",
                "data": {
                    "kind": "{{ kind }}",
                    "files": "{{ files }}",
                    "attachments": "{{ attachments }}",
                },
            },
        }
        chosen = {"loggers": {"device_id": ids}, "report_actions": [say], **inputs}
        await self.use(MONTHLY, **chosen)

    def last_run(self) -> datetime:
        """Return when the automation ran last."""
        state = self.hass.states.get("automation.automation_0")
        assert state is not None
        found: datetime = state.attributes["last_triggered"]
        return found

    async def by_hand(self) -> None:
        """Run the actions as a user does in the menu of the automation."""
        await self.hass.services.async_call(
            "automation", "trigger", {"entity_id": "automation.automation_0"}, blocking=True
        )
        await self.world.settle()


@pytest.fixture
async def office(hass: HomeAssistant, world: World, tmp_path: Path) -> AsyncIterator[Office]:
    await hass.config.async_set_time_zone("Europe/Berlin")
    hass.config.media_dirs = {"local": str(tmp_path / "media")}
    assert await async_setup_component(
        hass, "input_text", {"input_text": {"reports": {"max": 255}, "short": {"max": 20}}}
    )
    made = Office(hass, world)
    yield made
    await made.load(empty=True)


def files(call: ServiceCall) -> list[Mapping[str, Any]]:
    """Return what was handed over."""
    found: list[Mapping[str, Any]] = call.data["data"]["files"]
    return found


def names(call: ServiceCall) -> list[str]:
    """Return what the files are called."""
    return [Path(file["path"]).name for file in files(call)]


def shown(path: str) -> str:
    """Return the text of a PDF."""
    return "\n".join(page.extract_text() for page in PdfReader(path).pages)


async def test_on_the_first_the_month_with_an_hour_more_is_reported(
    hass: HomeAssistant, world: World, office: Office, logger: Logger
) -> None:
    await world.add_account()
    await office.order(logger, csv="international")
    await world.to(EIGHT - STEP, step=STEP)
    assert not office.phone
    await world.to(EIGHT + HOUR, step=STEP)
    (call,) = office.phone
    assert call.data["title"] == "Monthly report 10/2026"
    assert call.data["message"] == "Kühlschrank 1: excursions: 1, 100.0 % of the time recorded"
    assert names(call) == [
        f"apotheke_koln_kuhlschrank_1_{logger.serial}_2026_10_{it}"
        for it in ("report.pdf", "readings.csv")
    ]
    assert kinds(office.phone) == ["report"]
    report, readings = files(call)
    assert report["media_content_type"] == "application/pdf"
    text = await hass.async_add_executor_job(shown, report["path"])
    assert "Kühlschrank 1" in text
    assert logger.serial in text
    for file in (report, readings):
        assert file["start"] == "2026-10-01T00:00:00+02:00"
        assert file["end"] == "2026-11-01T00:00:00+01:00"
        assert file["device_id"] == office.device(logger.serial)["device_id"]
    assert readings["rows"] == QUARTERS
    await world.to(EIGHT + 2 * DAY, step=HOUR)
    assert len(office.phone) == 1


async def test_without_a_choice_links_are_notified(
    world: World, office: Office, logger: Logger
) -> None:
    await world.add_account()
    await office.use(MONTHLY, loggers=office.device(logger.serial))
    await world.to(EIGHT + STEP, step=STEP)
    (call,) = office.default
    before, _, link = call.data["message"].partition('<a href="')
    assert before.startswith("Kühlschrank 1: ")
    address, _, rest = link.partition('" target="_blank">')
    assert urlparse(address).path.startswith("/api/")
    assert rest.endswith("_report.pdf</a>")


async def test_what_is_handed_over_can_be_sent_by_mail(
    world: World, office: Office, logger: Logger
) -> None:
    await world.add_account()
    await office.order(logger, format="html", csv="german", language="de")
    await office.by_hand()
    (call,) = office.phone
    assert call.data["title"] == "Monatsbericht 09/2026"
    assert call.data["message"] == (
        "Kühlschrank 1: keine Grenzwertverletzung, 100,0 % der Zeit aufgezeichnet"
    )
    report, readings = files(call)
    assert report["path"].endswith("_report.html")
    assert readings["path"].endswith("_readings.csv")
    attachments = call.data["data"]["attachments"]
    assert [it["filename"] for it in attachments] == names(call)
    checked = SERVICE_SEND_MESSAGE_SCHEMA(
        {"entity_id": ["notify.mail"], "message": "", "attachments": attachments}
    )
    assert [it["media_source"] for it in checked["attachments"]] == [
        {key: it[key] for key in ("media_content_id", "media_content_type")} for it in files(call)
    ]


async def test_a_day_without_home_assistant_is_made_up_for_once(
    world: World, office: Office, logger: Logger
) -> None:
    entry = await world.add_account()
    await office.order(logger)
    await office.by_hand()
    await office.restart(entry, away=12 * HOUR)
    await world.to(EIGHT + 23 * HOUR, step=HOUR)
    assert len(office.phone) == 1
    await world.to(EIGHT + 4 * DAY, step=HOUR)
    assert [call.data["title"] for call in office.phone] == [
        "Monthly report 09/2026",
        "Monthly report 10/2026",
    ]


@pytest.mark.parametrize("begin", [datetime(2026, 11, 10, 20, 0, tzinfo=UTC)])
async def test_an_automation_of_the_middle_of_a_month_waits_for_the_next(
    world: World, office: Office, logger: Logger
) -> None:
    await world.add_account()
    await office.order(logger, day=3)
    await world.to(EIGHT + 31 * DAY, step=DAY)
    assert not office.phone
    await world.to(EIGHT + 33 * DAY, step=6 * HOUR)
    assert [call.data["title"] for call in office.phone] == ["Monthly report 11/2026"]


async def test_what_came_late_is_made_anew_and_nothing_else(
    hass: HomeAssistant, world: World, office: Office, logger: Logger, fleet: Fleet
) -> None:
    late = add_fridge(fleet, logger.site, "Kühlschrank 2")
    late.outage(EVENING - DAY, EIGHT + 2 * DAY)
    await world.add_account()
    await office.order(logger, late, csv="international", memory=[MEMORY])
    await world.to(EIGHT + HOUR, step=HOUR)
    (first,) = office.phone
    assert "Kühlschrank 2: excursions: 1, 96." in first.data["message"]
    assert first.data["message"].endswith("% of the time recorded, not complete yet")
    assert len(files(first)) == 4
    await world.to(EIGHT + 4 * DAY - HOUR, step=4 * HOUR)
    assert len(office.phone) == 1
    await world.to(EIGHT + 4 * DAY + HOUR, step=HOUR)
    assert kinds(office.phone) == ["report", "update"]
    second = office.phone[-1]
    assert second.data["title"] == "Monthly report, new version 10/2026"
    assert second.data["message"] == ("Kühlschrank 2: excursions: 1, 100.0 % of the time recorded")
    of_late = [it for it in names(first) if late.serial in it]
    assert names(second) == [it.replace(".", "_v2.") for it in of_late]
    assert files(second)[1]["rows"] == QUARTERS
    handed = [Path(file["path"]) for call in office.phone for file in files(call)]
    assert await hass.async_add_executor_job(lambda: all(it.exists() for it in handed))
    await world.to(EIGHT + 9 * DAY, step=DAY)
    assert len(office.phone) == 2


@pytest.mark.parametrize("memory", [MEMORY, SHORT])
async def test_a_second_run_without_news_says_nothing(
    hass: HomeAssistant, world: World, office: Office, logger: Logger, memory: str
) -> None:
    other = add_fridge(world.fleet, logger.site, "Kühlschrank 2")
    await world.add_account()
    await office.order(logger, other, memory=[memory], days_later=1)
    await world.to(EIGHT + HOUR, step=HOUR)
    assert kinds(office.phone) == ["report"]
    noted = hass.states.get(memory)
    assert noted is not None
    assert noted.state.startswith("10/2026 ")
    before = office.last_run()
    await world.to(EIGHT + DAY + HOUR, step=HOUR)
    assert office.last_run() == before + DAY
    assert len(office.phone) == 1
    await office.by_hand()
    assert kinds(office.phone) == ["report", "report"]
    assert all(name.endswith("_v2.pdf") for name in names(office.phone[-1]))


async def test_more_than_the_helper_can_hold_is_made_anew_together(
    world: World, office: Office, logger: Logger, fleet: Fleet
) -> None:
    late = add_fridge(fleet, logger.site, "Kühlschrank 2")
    late.outage(EVENING - DAY, EIGHT + HOUR)
    await world.add_account()
    await office.order(logger, late, memory=[SHORT], days_later=1)
    await world.to(EIGHT + DAY + HOUR, step=HOUR)
    assert kinds(office.phone) == ["report", "update"]
    assert len(names(office.phone[-1])) == 2


@pytest.mark.parametrize("begin", [datetime(2026, 11, 27, 20, 0, tzinfo=UTC)])
async def test_a_second_run_is_in_the_same_month(
    world: World, office: Office, logger: Logger
) -> None:
    await world.add_account()
    await office.order(logger, memory=[MEMORY], day=28, days_later=20)
    await world.to(EIGHT + 27 * DAY + HOUR, step=6 * HOUR)
    assert [call.data["title"] for call in office.phone] == ["Monthly report 10/2026"]
    first = office.last_run()
    await world.to(EIGHT + 29 * DAY + HOUR, step=6 * HOUR)
    assert office.last_run().day == 30
    assert office.last_run() > first
    assert len(office.phone) == 1


@pytest.mark.expect_warnings
async def test_what_cannot_be_made_is_told(world: World, office: Office, logger: Logger) -> None:
    await world.add_account()
    await office.order(logger, csv="german", memory=[MEMORY])
    world.faults.job_outcome = "Failed"
    await office.by_hand()
    (call,) = office.phone
    assert call.data["title"] == "Monthly report failed 09/2026"
    assert call.data["message"].startswith("Not everything could be made.")
    assert files(call) == []
    world.faults.job_outcome = "Completed"
    await office.by_hand()
    assert kinds(office.phone) == ["failed", "report"]
