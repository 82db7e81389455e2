"""Repair issues: what only a person can mend is told once, with what to do, and goes by itself."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import (
    async_fire_time_changed,
)

from custom_components.testo_smart_connect.clouds.http.bounds import Bounds
from custom_components.testo_smart_connect.clouds.jobs import job_cloud
from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import Download, World
from tests.metadata.files import ROOT
from tests.simulator import Fleet, band

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

pytestmark = pytest.mark.quality_rule("repair-issues")


@pytest.fixture
def shop(fleet: Fleet) -> Fleet:
    """Return an account with one logger."""
    fleet.add_logger(fleet.add_site("Apotheke Köln"), "Kühlschrank", serial="12345678")
    return fleet


def told(hass: HomeAssistant) -> dict[str, ir.IssueEntry]:
    """Return what is shown, by the name of its text."""
    issues = ir.async_get(hass).issues.values()
    return {
        str(issue.translation_key): issue
        for issue in issues
        if issue.domain == DOMAIN and issue.active
    }


def words(hass: HomeAssistant, key: str) -> dict[str, str]:
    """Return what the text of an issue is filled with."""
    found = told(hass)[key].translation_placeholders
    assert found is not None
    return found


async def test_a7_the_end_of_a_key_is_told_in_time_and_mended_in_place(
    hass: HomeAssistant, world: World, shop: Fleet, mend: Any
) -> None:
    """30 days before, again 7 days before, and not any more once it is changed."""
    entry = await world.add_account(key_expires="2026-08-01")
    assert not told(hass)
    await world.advance(DAY, step=6 * HOUR)
    issue = told(hass)["key_expires"]
    assert issue.severity is ir.IssueSeverity.WARNING
    assert words(hass, "key_expires")["date"] == "2026-08-01"
    ir.async_ignore_issue(hass, DOMAIN, issue.issue_id, ignore=True)

    await world.advance(22 * DAY, step=11 * DAY)
    assert told(hass)["key_expires"].issue_id == issue.issue_id
    await world.advance(DAY, step=DAY)
    (again,) = told(hass).values()
    assert again.issue_id != issue.issue_id, "who ignored the first is told again"
    assert again.severity is ir.IssueSeverity.ERROR

    shown, then = await mend(again.issue_id)
    assert shown["step_id"] == "confirm"
    assert shown["description_placeholders"]["date"] == "2026-08-01"
    assert shown["description_placeholders"]["account"] == entry.title
    assert (then["type"], then["reason"]) == ("abort", "continues")
    kind, flow_id = then["next_flow"]
    assert kind == "config_flow"
    assert told(hass), "not mended before the new key works"
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["flow_id"] == flow_id
    assert flow["context"]["source"] == SOURCE_RECONFIGURE

    world.simulator.keys = ("new key",)
    known = {entity: hass.states.get(entity) for entity in hass.states.async_entity_ids("sensor")}
    result = await world.submit(flow, world.typed(api_key="new key", key_expires="2027-07-24"))
    assert result["reason"] == "reconfigure_successful"
    await world.settle()
    assert not told(hass)
    assert set(hass.states.async_entity_ids("sensor")) == set(known)
    assert world.value(f"{shop.tenant_uuid}_key_expires") == "2027-07-24"


async def test_without_a_date_a_key_is_told_of_after_eleven_months(
    hass: HomeAssistant, world: World, shop: Fleet
) -> None:
    typed = world.typed()
    del typed["key_expires"]
    result = await world.submit(await world.start_flow(), typed)
    entry = result["result"]
    await world.to(datetime(2027, 5, 30, 10, tzinfo=UTC), step=166 * DAY)
    assert not told(hass)
    await world.to(datetime(2027, 6, 1, 10, tzinfo=UTC), step=DAY)
    assert words(hass, "key_age") == {
        "account": entry.title,
        "date": "2027-07-01",
        "entered": "2026-07-01",
        "maker": "testo",
    }
    assert shop.loggers


@pytest.mark.expect_warnings
async def test_a_missing_add_on_is_told_until_it_is_back(
    hass: HomeAssistant, world: World, shop: Fleet
) -> None:
    entry = await world.add_account()
    world.faults.forbidden = True
    await world.advance(20 * MINUTE)
    assert words(hass, "no_permission") == {
        "account": entry.title,
        "resources": "alarms, device status, readings",
        "maker": "testo",
    }
    assert not told(hass)["no_permission"].is_fixable
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN), "the key is good"
    world.faults.forbidden = False
    await world.advance(90 * MINUTE)
    assert not told(hass)
    assert world.value(f"{shop.tenant_uuid}_cloud") == "on"


@pytest.mark.expect_warnings
async def test_an_outage_is_no_missing_add_on(
    hass: HomeAssistant, world: World, shop: Fleet
) -> None:
    await world.add_account()
    world.faults.server_error = 503
    await world.advance(HOUR)
    assert world.value(f"{shop.tenant_uuid}_cloud") == "off"
    assert not told(hass)


@pytest.mark.parametrize(
    ("sunset", "date"),
    [("Wed, 13 Jan 2027 00:00:00 GMT", "2027-01-13"), ("", ""), ("soon", "")],
)
async def test_the_end_of_an_interface_is_told(
    hass: HomeAssistant, world: World, shop: Fleet, sunset: str, date: str
) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    entry = await world.add_account()
    world.faults.on = {"alarms": {"sunset": sunset}}
    await world.advance(20 * MINUTE)
    key = "deprecated_until" if date else "deprecated"
    assert words(hass, key) == {
        "account": entry.title,
        "maker": "testo",
        "resources": "alarms",
        "date": date,
    }
    world.faults.on = {}
    await world.advance(20 * MINUTE)
    assert not told(hass)
    assert shop.loggers


async def test_rows_that_are_never_understood_are_told(
    hass: HomeAssistant, world: World, shop: Fleet
) -> None:
    entry = await world.add_account()
    world.faults.bad_time = True
    world.faults.one_file = True
    await world.advance(16 * MINUTE)
    assert "misread" not in told(hass) or "readings" not in words(hass, "misread")["reasons"]
    await world.advance(16 * MINUTE)
    found = words(hass, "misread")
    assert found["account"] == entry.title
    assert "- readings: value missing (no_timestamp: 1)" in found["reasons"].splitlines()
    world.faults.bad_time = False
    await world.advance(HOUR)
    assert not told(hass)
    assert shop.loggers


async def test_a_single_broken_line_is_nobodys_business(
    hass: HomeAssistant, world: World, shop: Fleet
) -> None:
    await world.add_account()
    world.faults.on = {"measurements": {"garbage_line": True}}
    await world.advance(15 * MINUTE)
    world.faults.on = {}
    await world.advance(HOUR)
    assert not told(hass)
    assert shop.loggers


@pytest.mark.expect_warnings
async def test_too_much_data_is_told_until_it_is_less(
    hass: HomeAssistant, world: World, shop: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = await world.add_account()
    with monkeypatch.context() as patch:
        patch.setattr(job_cloud, "STREAMED", Bounds(downloaded=1 << 20, unzipped=50, rows=9))
        await world.advance(16 * MINUTE)
        assert not told(hass), "once is no habit"
        await world.advance(16 * MINUTE)
        assert words(hass, "too_large") == {
            "account": entry.title,
            "reasons": "- readings",
            "maker": "testo",
        }
        assert str(told(hass)["too_large"].learn_more_url).endswith("#too-much-data")
    await world.advance(HOUR)
    assert not told(hass)
    assert world.value(f"{shop.tenant_uuid}_cloud") == "on"


async def test_limits_that_differ_are_nobodys_business(
    hass: HomeAssistant, world: World, fleet: Fleet, diagnose: Download
) -> None:
    """A fridge and a freezer at one site are normal; what cannot be told is in diagnostics."""
    site = fleet.add_site("Köln")
    fleet.add_logger(site, "Kühlschrank", limits=band("Temperature", alarm=(None, 8.0)))
    fleet.add_logger(site, "Gefrierschrank", limits=band("Temperature", alarm=(None, -15.0)))
    entry = await world.add_account()
    await world.advance(6 * MINUTE)
    assert not told(hass)
    (conflict,) = (await diagnose(entry))["alarms"]["conflicting_limits"]
    assert (conflict["site"], conflict["values"]) == ("site_1", [-15.0, 8.0])
    assert conflict["bound"] == ["upper", "alarm"]


@pytest.mark.parametrize("how", ["removed", "disabled"])
async def test_an_account_that_is_not_used_asks_for_nothing(
    hass: HomeAssistant, world: World, shop: Fleet, how: str
) -> None:
    entry = await world.add_account(key_expires="2026-07-05")
    assert told(hass)
    if how == "removed":
        await hass.config_entries.async_remove(entry.entry_id)
    else:
        await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    assert not told(hass)
    assert shop.loggers


async def test_a_read_that_is_cancelled_tells_nothing_any_more(
    hass: HomeAssistant, world: World, shop: Fleet
) -> None:
    entry = await world.add_account(key_expires="2026-07-05")
    assert told(hass)
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def pause(_seconds: float) -> None:
        asked.set()
        await go_on.wait()

    world.simulator.pause = pause
    world.faults.slow = 1.0
    await world.pass_by(20 * 60)
    async_fire_time_changed(hass, world.now)
    await asked.wait()
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    go_on.set()
    await world.settle()
    assert not told(hass)
    assert shop.loggers


async def test_what_is_ignored_stays_so_over_a_reload(
    hass: HomeAssistant, world: World, shop: Fleet
) -> None:
    entry = await world.add_account(key_expires="2026-07-20")
    (issue,) = told(hass).values()
    ir.async_ignore_issue(hass, DOMAIN, issue.issue_id, ignore=True)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await world.advance(20 * MINUTE)
    (again,) = told(hass).values()
    assert again.issue_id == issue.issue_id
    assert again.dismissed_version is not None
    assert shop.loggers


@pytest.mark.expect_warnings
async def test_every_issue_leads_to_its_section_of_the_documentation(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    site = fleet.add_site("Köln")
    for upper in (8.0, 26.0):
        fleet.add_logger(site, f"Bis {upper}", limits=band("Temperature", alarm=(None, upper)))
    await world.add_account(key_expires="2026-07-05")
    world.faults.on = {
        "alarms": {"sunset": ""},
        "measurements": {"bad_time": True},
        "status": {"forbidden": True},
    }
    await world.advance(HOUR)
    assert set(told(hass)) == {
        "key_expires",
        "deprecated",
        "misread",
        "no_permission",
    }
    headings = {
        line.lstrip("# ").lower().replace(" ", "-")
        for line in (ROOT / "docs/troubleshooting.md").read_text().splitlines()
        if line.startswith("#")
    }
    for issue in told(hass).values():
        page, _, heading = str(issue.learn_more_url).partition("#")
        assert page.endswith("/blob/main/docs/troubleshooting.md")
        assert heading in headings, issue.issue_id
