"""A person signs in, looks around and is told an alarm."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
import re

from playwright.sync_api import Locator, Page, expect
import pytest

from .alarm import AUTOMATION, EVENTS, LOGGER, SENSOR, act, hold, picture
from .conftest import Demo

pytestmark = pytest.mark.browser

STORE = "Getränkelager"
MOMENT = "%Y-%m-%dT%H:%M:%SZ"
DETAILS = r"""
- list "Entity":
  - listitem: State Problem
- list "Attributes":
  - listitem: Acknowledged Yes
  - listitem: /Acknowledged at .+/
  - listitem: Acknowledged by Demo
  - listitem: Direction Too high
  - listitem: /Episode ID [0-9a-f-]{36}/
  - listitem: Limit 26
  - listitem: Note Window was open, closed it
  - listitem: Severity Alarm
  - listitem: /Since .+/
  - listitem: /Snoozed until .+/
  - listitem: Unit °C
  - listitem: Value 29.4
"""

type OpenPage = Callable[[str], Page]


def expect_message(page: Page, title: str, text: str) -> None:
    """Find a notification of Home Assistant in its drawer."""
    page.get_by_text("Notifications", exact=True).first.click()
    told = page.locator("notification-item-template").filter(
        has=page.get_by_text(title, exact=True)
    )
    expect(told).to_have_count(1)
    expect(told).to_contain_text(text)


def below(page: Page, logger: str) -> Locator:
    """Return the cards that follow the name of a logger on the dashboard."""
    return page.locator(f".card:has(:text-is('{logger}')) ~ .card")


def handle_alarm(page: Page, screenshots: Path) -> None:
    """Acknowledge and snooze what a dialog shows, look at the details, and end the snooze."""
    dialog = page.locator("ha-more-info-dialog")
    expect(dialog.get_by_text("Problem", exact=True).first).to_be_visible()
    picture(dialog, screenshots / "alarm.png")
    act(page, "acknowledge_alarm", note="Window was open, closed it")
    act(page, "snooze_alarms", hours=1)
    dialog.get_by_role("button", name="Menu").click()
    dialog.get_by_role("menuitem", name="Details").click()
    expect(dialog).to_match_aria_snapshot(DETAILS)
    expect(dialog.get_by_text("Unknown", exact=True)).to_have_count(0)
    picture(dialog, screenshots / "more_info.png")
    page.keyboard.press("Escape")
    act(page, "snooze_alarms", hours=0)


def expect_logbook(page: Page, since: datetime, screenshots: Path) -> None:
    """Find the alarm, its events, what was done about it and the automation in the logbook."""
    page.set_viewport_size({"width": 900, "height": 1040})
    until = datetime.now(UTC) + timedelta(minutes=1)
    period = f"start_date={since:{MOMENT}}&end_date={until:{MOMENT}}"
    page.goto(f"/logbook?entity_id={SENSOR},{EVENTS},{AUTOMATION}&{period}")
    for entry in (
        "Temperature alarm→Problem",
        "Alarms→Alarm raised",
        "Temperature alarm acknowledged by Demo: Window was open, closed it",
        "Alarms snooze ended by Demo",
        "Temperature alarm→OK",
        "Alarms→Alarm cleared",
    ):
        expect(page.get_by_role("button", name=entry).first).to_be_visible()
    runs = page.get_by_role("button", name="Cold storage alarm→Triggered")
    expect(runs.nth(1)).to_be_visible()
    page.get_by_role("button", name="Sources: 3").click()
    page.screenshot(path=screenshots / "logbook.png", animations="disabled")


def test_the_dashboard_shows_every_site(open_page: OpenPage, screenshots: Path) -> None:
    page = open_page("en")
    for text in ("Apotheke Köln", "Kantine Lörrach", "Museum Bern", "Active alarms"):
        expect(page.get_by_text(text, exact=True).first).to_be_visible()
    expect(page.get_by_text("Tür Kühlraum", exact=True).last).to_be_visible()
    value = page.get_by_role("button", name=re.compile(r"^Temperature -?\d+\.\d\s°C · \w+ \d+, 20"))
    expect(value.first).to_be_visible()
    expect(page.get_by_text("Max today", exact=True).first).to_be_visible()
    flaws = "not found", "(?i:configuration error|strategy)"
    for flaw in (r"^(binary_)?sensor\.", r"^(?i:unknown|unavailable)$", *flaws):
        expect(page.get_by_text(re.compile(flaw))).to_have_count(0)
    page.screenshot(path=screenshots / "dashboard.png")


def test_an_alarm_is_acknowledged_on_the_dashboard(open_page: OpenPage, demo: Demo) -> None:
    page = open_page("de")
    hold(page, demo.cloud, STORE, 29.4)
    needing_attention = below(page, STORE)
    button = needing_attention.get_by_role("button", name="Drücken", exact=True).first
    expect(button).to_be_visible()
    expect(page.get_by_role("heading", name="Bitte prüfen")).to_be_visible()
    button.click()
    who = needing_attention.get_by_role("button", name="Quittiert von Demo").first
    expect(who).to_be_visible()
    hold(page, demo.cloud, STORE, 21.0)


def test_an_alarm_is_shown_told_and_handled(
    open_page: OpenPage, demo: Demo, screenshots: Path
) -> None:
    page = open_page("en-GB")  # with the hours as messages have them
    # The fridge whose alarm comes and goes would start the automation as well.
    hold(page, demo.cloud, "Kühlschrank Impfstoffe", 5.0)
    hold(page, demo.cloud, LOGGER, 29.4)
    card = below(page, LOGGER).get_by_role("button", name=re.compile("^Temperature alarm")).first
    expect(card).to_be_visible()
    raised = datetime.now(UTC)
    expect_message(page, f"Alarm: {LOGGER}", "Temperature: too high, 29.4 °C (limit 26 °C), since")
    page.screenshot(path=screenshots / "notifications.png", animations="disabled")
    page.keyboard.press("Escape")

    card.click()
    handle_alarm(page, screenshots)
    hold(page, demo.cloud, LOGGER, 21.0)
    expect(card).to_be_hidden()
    expect_message(page, f"All clear: {LOGGER}", "Temperature: highest 29.4 °C")
    expect_logbook(page, raised - timedelta(seconds=20), screenshots)
