"""A person signs in, looks around, is told an alarm and adds a second account."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import re
from typing import Any

from playwright.sync_api import Locator, Page, expect
import pytest

from .alarm import AUTOMATION, EVENTS, LOGGER, SENSOR, act, hold, picture
from .conftest import ROOT, Demo
from .second_cloud import CUSTOMER, KEY, SITES

pytestmark = pytest.mark.browser

NAME = "testo Smart Connect"
WORKING = 60_000
"""Milliseconds that a job of the cloud may take."""
ALARMED = 150_000
"""Milliseconds from a wrong temperature to its alarm: measured, sent and read once a minute."""

MOMENT = "%Y-%m-%dT%H:%M:%SZ"
DETAILS = r"""
- list "Entity":
  - listitem: State Problem
- list "Attributes":
  - listitem: Acknowledged true
  - listitem: /Acknowledged at .+/
  - listitem: Acknowledged by Demo
  - listitem: Direction Too high
  - listitem: /Episode [0-9a-f-]{36}/
  - listitem: Limit 26
  - listitem: Note Window was open, closed it
  - listitem: Severity Alarm
  - listitem: /Since .+/
  - listitem: /Snoozed until .+/
  - listitem: Unit °C
  - listitem: Value 29.4
"""

type OpenPage = Callable[[str], Page]


def texts(language: str) -> dict[str, Any]:
    folder = ROOT / "custom_components/testo_smart_connect/translations"
    loaded: dict[str, Any] = json.loads((folder / f"{language}.json").read_text())["config"]
    return loaded


def plain(text: str) -> str:
    """Return a text as the form shows it, up to its first link."""
    return text.partition("[")[0].strip()


def open_form(page: Page, *, settings: str, devices: str, add: str) -> Locator:
    """Open the form as a person finds it."""
    page.get_by_role("link", name=settings).or_(
        page.get_by_text(settings, exact=True)
    ).first.click()
    page.get_by_text(devices).first.click()
    page.get_by_role("button", name=add).click()
    brands = page.locator("dialog-add-integration")
    brands.locator("input").fill("testo")
    brands.get_by_text(NAME, exact=True).click()
    return page.locator("dialog-data-entry-flow")


def expect_message(page: Page, title: str, text: str) -> None:
    """Find a notification of Home Assistant in its drawer."""
    page.get_by_text("Notifications", exact=True).first.click()
    told = page.locator("notification-item-template").filter(
        has=page.get_by_text(title, exact=True)
    )
    expect(told).to_have_count(1)
    expect(told).to_contain_text(text)


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
    expect(page.get_by_text("Tür Kühlraum", exact=True)).to_be_visible()
    value = page.get_by_role("button", name=re.compile(r"^Temperature -?\d+\.\d\s°C$"))
    expect(value.first).to_be_visible()
    for flaw in (r"^(binary_)?sensor\.", r"^(?i:unknown|unavailable)$", "not found"):
        expect(page.get_by_text(re.compile(flaw))).to_have_count(0)
    page.screenshot(path=screenshots / "dashboard.png")


def test_an_alarm_is_shown_told_and_handled(
    open_page: OpenPage, demo: Demo, screenshots: Path
) -> None:
    page = open_page("en-GB")  # with the hours as messages have them
    # The fridge whose alarm comes and goes would start the automation as well.
    hold(page, demo.cloud, "Kühlschrank Impfstoffe", 5.0)
    hold(page, demo.cloud, LOGGER, 29.4)
    card = page.get_by_role("button", name=re.compile(f"^{LOGGER} · Temperature alarm"))
    expect(card).to_be_visible(timeout=ALARMED)
    raised = datetime.now(UTC)
    expect_message(page, LOGGER, "Temperature alarm. Too high: 29.4 °C (limit 26.0 °C), since")
    page.screenshot(path=screenshots / "notifications.png", animations="disabled")
    page.keyboard.press("Escape")

    card.click()
    handle_alarm(page, screenshots)
    hold(page, demo.cloud, LOGGER, 21.0)
    expect(card).to_be_hidden(timeout=ALARMED)
    expect_message(page, f"All-clear: {LOGGER}", "Temperature: 21.0 °C, since")
    expect_logbook(page, raised - timedelta(seconds=20), screenshots)


def test_a_second_account_after_a_wrong_key(
    open_page: OpenPage, second_cloud: str, screenshots: Path
) -> None:
    said = texts("en")
    page = open_page("en")
    dialog = open_form(
        page, settings="Settings", devices="Devices & services", add="Add integration"
    )
    expect(dialog.get_by_text(said["step"]["user"]["title"])).to_be_visible()
    expect(dialog.get_by_role("radio", name="Europe (eu)")).to_be_checked()
    expect(
        dialog.get_by_text(said["step"]["user"]["data_description"]["key_expires"])
    ).to_be_visible()
    page.screenshot(path=screenshots / "form.png")

    key = dialog.locator("input[name=api_key]")
    address = dialog.locator("input[name=base_url]")
    key.fill("wrong-key")
    dialog.get_by_text("Advanced").click()
    address.fill(second_cloud)
    dialog.get_by_role("button", name="Submit").click()
    expect(dialog.get_by_text(said["error"]["invalid_auth"])).to_be_visible(timeout=WORKING)
    expect(dialog.get_by_role("radio", name="Europe (eu)")).to_be_checked()
    expect(key).to_have_value("wrong-key")
    expect(address).to_have_value(second_cloud)
    page.screenshot(path=screenshots / "wrong_key.png")

    key.fill(KEY)
    dialog.get_by_role("button", name="Submit").click()
    expect(dialog.get_by_text(said["progress"]["check"])).to_be_visible()
    page.screenshot(path=screenshots / "progress.png")
    expect(dialog.get_by_text(said["step"]["sites"]["title"])).to_be_visible(timeout=WORKING)
    for site in SITES:
        expect(dialog.get_by_role("checkbox", name=f"{site} (1)")).to_be_checked()
    page.screenshot(path=screenshots / "sites.png")
    dialog.get_by_role("button", name="Submit").click()
    expect(dialog.locator("input").first).to_have_value(CUSTOMER, timeout=WORKING)
    page.screenshot(path=screenshots / "success.png")
    dialog.get_by_role("button", name=re.compile("^(Finish|Skip and finish)$")).click()

    page.goto("/config/integrations/integration/testo_smart_connect")
    expect(page.get_by_text(CUSTOMER, exact=True).first).to_be_visible()
    expect(page.get_by_text("Muster Monitoring GmbH", exact=True).first).to_be_visible()
    page.screenshot(path=screenshots / "accounts.png")


def test_the_form_in_german(open_page: OpenPage, screenshots: Path) -> None:
    said = texts("de")["step"]["user"]
    page = open_page("de")
    dialog = open_form(
        page, settings="Einstellungen", devices="Geräte & Dienste", add="Integration hinzufügen"
    )
    expect(dialog.get_by_text(said["title"])).to_be_visible()
    expect(dialog.get_by_text(plain(said["description"]))).to_be_visible()
    expect(dialog.get_by_role("textbox", name=said["data"]["api_key"])).to_be_visible()
    expect(dialog.get_by_text(said["data_description"]["api_key"])).to_be_visible()
    expect(dialog.get_by_text(said["sections"]["advanced"]["name"])).to_be_visible()
    page.screenshot(path=screenshots / "form_de.png")
