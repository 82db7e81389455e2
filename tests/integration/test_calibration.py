"""Dates of calibration: entered by their owner, kept whatever happens, told of in time."""

from datetime import date, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import Download, World
from tests.metadata.files import LANGUAGES, ROOT
from tests.simulator import Fleet, Kind, Logger, Simulator

DAY = timedelta(days=1)
HALF = timedelta(hours=12)
"""Between two reads of the devices."""
TODAY = date(2026, 7, 1)


@pytest.fixture
def logger(fleet: Fleet) -> Logger:
    return fleet.add_logger(fleet.add_site("Köln"), "Kühlschrank", serial="90000001")


def due(serial: str) -> str:
    return f"{serial}_calibration_due"


async def enter(world: World, serial: str, on: date) -> None:
    """Enter a date as a user does."""
    data = {"entity_id": world.entity_id(due(serial)), "date": on.isoformat()}
    await world.hass.services.async_call("date", "set_value", data, blocking=True)


def shown(hass: HomeAssistant) -> ir.IssueEntry | None:
    """Return the message, which there is once at most."""
    found = [
        issue
        for issue in ir.async_get(hass).issues.values()
        if issue.translation_key == "calibration_due" and issue.active
    ]
    assert len(found) <= 1
    return found[0] if found else None


def listed(hass: HomeAssistant) -> list[str]:
    """Return the lines of the message."""
    issue = shown(hass)
    if issue is None:
        return []
    assert issue.translation_placeholders is not None
    return issue.translation_placeholders["devices"].splitlines()


async def test_they_are_off_until_somebody_wants_them(
    hass: HomeAssistant, world: World, fleet: Fleet, logger: Logger
) -> None:
    gateway = fleet.add_gateway(logger.site, "Gateway")
    radio = gateway.add_radio_sensor("Kern", kind=Kind.PRODUCT)
    twins = fleet.add_logger(logger.site, "Schrank", kind=Kind.PROBES)
    await world.add_account()
    registry = er.async_get(hass)
    dates = {it.unique_id: it for it in registry.entities.values() if it.domain == "date"}
    probes = [it.serial for it in twins.sensors]
    assert dates.keys() == {due(it) for it in (logger.serial, radio.serial, twins.serial, *probes)}
    for entity in dates.values():
        assert entity.disabled_by is er.RegistryEntryDisabler.INTEGRATION
        assert entity.entity_category == "config"
    devices = dr.async_get(hass)
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    for serial in probes:
        child = devices.async_get_child_device_by_identifier((DOMAIN, serial), entry.entry_id)
        assert child is not None
        assert dates[due(serial)].device_id == child.id


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_what_is_entered_stays(
    hass: HomeAssistant, world: World, logger: Logger, hass_storage: dict[str, Any]
) -> None:
    entry = await world.add_account()
    assert world.value(due(logger.serial)) == "unknown"
    await enter(world, logger.serial, date(2027, 3, 1))
    assert world.value(due(logger.serial)) == "2027-03-01"
    stored = hass_storage[f"{DOMAIN}.{entry.unique_id}"]["data"]["calibrations"]
    assert stored == {logger.serial: "2027-03-01"}, "saved at once: HA may crash"
    er.async_get(hass).async_update_entity(
        world.entity_id(due(logger.serial)), new_entity_id="date.fridge"
    )
    assert await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    assert world.value(due(logger.serial)) == "2027-03-01"
    assert shown(hass) is None


@pytest.mark.expect_warnings  # its readings go with it, which may be noticed
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_logger_that_was_away_for_long_has_its_date_again(
    world: World, fleet: Fleet, logger: Logger
) -> None:
    """Home Assistant would have forgotten the state of an entity after a week."""
    fleet.add_logger(logger.site, "Regal")
    await world.add_account()
    await enter(world, logger.serial, date(2027, 3, 1))
    fleet.remove(logger.serial)
    await world.advance(2 * DAY, step=HALF)
    with pytest.raises(KeyError):
        world.entity_id(due(logger.serial))
    await world.advance(10 * DAY, step=HALF)
    fleet.add_logger(logger.site, "Kühlschrank", serial=logger.serial)
    await world.advance(DAY, step=HALF)
    assert world.value(due(logger.serial)) == "2027-03-01"


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_the_date_of_a_probe_goes_with_it(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    site = fleet.add_site("Köln")
    one, two = (fleet.add_logger(site, name, kind=Kind.PROBES) for name in ("Eins", "Zwei"))
    entry = await world.add_account()
    probe = one.sensors[1]
    await enter(world, probe.serial, TODAY + 30 * DAY)
    entity_id = world.entity_id(due(probe.serial))
    assert listed(hass) == [f"- Eins, Eins 2 ({probe.serial}): 2026-07-31"]
    fleet.move(probe.serial, two.serial)
    for _ in range(2):
        await world.advance(HALF, step=HALF)
        assert world.entity_id(due(probe.serial)) == entity_id
        assert world.value(due(probe.serial)) == "2026-07-31"
        child = dr.async_get(hass).async_get_child_device_by_identifier(
            (DOMAIN, probe.serial), entry.entry_id
        )
        entity = er.async_get(hass).async_get(entity_id)
        assert child is not None
        assert entity is not None
        assert entity.device_id == child.id
    assert listed(hass) == [f"- Zwei, Eins 2 ({probe.serial}): 2026-07-31"]
    await enter(world, probe.serial, date(2028, 1, 1))
    assert shown(hass) is None


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_it_is_told_in_time_and_again_and_goes_with_a_new_date(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    """60 days before, 14 days before, and once it has passed."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    entry = await world.add_account(key_expires="2027-06-30")
    await enter(world, logger.serial, TODAY + 61 * DAY)
    assert shown(hass) is None
    await world.advance(DAY, step=HALF)
    first = shown(hass)
    assert first is not None
    assert first.severity is ir.IssueSeverity.WARNING
    assert not first.is_fixable
    assert first.translation_placeholders == {
        "account": entry.title,
        "maker": "testo",
        "devices": "- Kühlschrank (90000001): 2026-08-31",
    }
    page, _, heading = str(first.learn_more_url).partition("#")
    assert page.endswith("/docs/troubleshooting.md")
    assert (
        f"### {heading.replace('-', ' ').capitalize()}\n"
        in (ROOT / "docs/troubleshooting.md").read_text()
    )
    ir.async_ignore_issue(hass, DOMAIN, first.issue_id, ignore=True)

    await world.advance(45 * DAY, step=15 * DAY)
    same = shown(hass)
    assert same is not None
    assert same.issue_id == first.issue_id
    await world.advance(DAY, step=DAY)
    near = shown(hass)
    assert near is not None
    assert near.issue_id != first.issue_id, "who ignored the first is told again"
    assert near.severity is ir.IssueSeverity.ERROR
    ir.async_ignore_issue(hass, DOMAIN, near.issue_id, ignore=True)
    await world.advance(14 * DAY, step=7 * DAY)
    still = shown(hass)
    assert still is not None
    assert still.issue_id == near.issue_id, "today is not too late"
    await world.advance(DAY, step=DAY)
    overdue = shown(hass)
    assert overdue is not None
    assert overdue.issue_id != near.issue_id
    assert overdue.severity is ir.IssueSeverity.ERROR

    await enter(world, logger.serial, TODAY + 400 * DAY)
    assert shown(hass) is None


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_one_message_lists_all_and_is_new_with_each_device(
    hass: HomeAssistant, world: World, fleet: Fleet, logger: Logger
) -> None:
    other = fleet.add_logger(logger.site, "Regal *A*", serial="90000002")
    entry = await world.add_account()
    await enter(world, logger.serial, TODAY - DAY)
    first = shown(hass)
    assert first is not None
    ir.async_ignore_issue(hass, DOMAIN, first.issue_id, ignore=True)
    await enter(world, other.serial, TODAY + 20 * DAY)
    both = shown(hass)
    assert both is not None
    assert both.dismissed_version is None, "who ignored one is told of the other"
    assert both.severity is ir.IssueSeverity.ERROR
    assert listed(hass) == [
        "- Kühlschrank (90000001): 2026-06-30",
        "- Regal \\*A\\* (90000002): 2026-07-21",
    ]
    assert await hass.config_entries.async_reload(entry.entry_id)
    again = shown(hass)
    assert again is not None
    assert again.issue_id == both.issue_id
    await hass.config_entries.async_remove(entry.entry_id)
    assert shown(hass) is None


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_house_full_of_dates_begins_with_the_first(
    hass: HomeAssistant, world: World, fleet: Fleet
) -> None:
    site = fleet.add_site("Köln")
    loggers = [fleet.add_logger(site, f"Logger {number:02}") for number in range(22)]
    await world.add_account()
    for number, logger in enumerate(reversed(loggers)):
        await enter(world, logger.serial, TODAY + number * DAY)
    lines = listed(hass)
    assert lines[0] == f"- Logger 21 ({loggers[21].serial}): 2026-07-01"
    assert (len(lines), lines[-1]) == (21, "- …")


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_what_is_not_in_use_asks_for_nothing(
    hass: HomeAssistant, world: World, fleet: Fleet, logger: Logger, diagnose: Download
) -> None:
    other = fleet.add_logger(logger.site, "Regal", serial="90000002")
    entry = await world.add_account()
    for it in (logger, other):
        await enter(world, it.serial, TODAY)

    async def known() -> list[str | None]:
        found = (await diagnose(entry))["instruments"]
        return [found[f"device_{number}"]["calibration_due"] for number in (1, 2)]

    assert await known() == ["2026-07-01", "2026-07-01"]
    er.async_get(hass).async_update_entity(
        world.entity_id(due(other.serial)), disabled_by=er.RegistryEntryDisabler.USER
    )
    fleet.set_active(logger.serial, active=False)
    await world.advance(DAY, step=HALF)
    assert shown(hass) is None
    assert world.value(due(logger.serial)) == "2026-07-01", "it is still to be seen"
    assert await known() == ["2026-07-01", None]


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_logger_and_its_probes_are_due_with_the_first_of_them(
    world: World, fleet: Fleet, diagnose: Download
) -> None:
    twins = fleet.add_logger(fleet.add_site("Köln"), "Schrank", kind=Kind.PROBES)
    entry = await world.add_account()
    await enter(world, twins.serial, date(2028, 1, 1))
    await enter(world, twins.sensors[0].serial, date(2027, 5, 1))
    await enter(world, twins.sensors[1].serial, date(2027, 6, 1))
    (found,) = (await diagnose(entry))["instruments"].values()
    assert found["calibration_due"] == "2027-05-01"


@pytest.mark.expect_warnings  # as above
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_logger_of_two_accounts_has_one_date(
    hass: HomeAssistant, world: World, fleet: Fleet, logger: Logger, second: Simulator
) -> None:
    """That of the account it belongs to; what the other one remembers is not shown."""
    fleet.add_logger(logger.site, "Regal")
    second.fleet.add_logger(second.fleet.sites[0], "Zweitkonto", serial=logger.serial)
    await world.add_account()
    await world.add_account(api_key=second.api_key, advanced={"base_url": second.base_url})
    await enter(world, logger.serial, TODAY)
    assert listed(hass) == ["- Kühlschrank (90000001): 2026-07-01"]
    fleet.remove(logger.serial)
    await world.advance(2 * DAY, step=HALF)
    assert world.value(due(logger.serial)) == "unknown", "the other account was never told"
    fleet.add_logger(logger.site, "Kühlschrank", serial=logger.serial)
    await world.advance(DAY, step=HALF)
    assert shown(hass) is None
    await enter(world, logger.serial, TODAY + 30 * DAY)
    assert listed(hass) == ["- Zweitkonto (90000001): 2026-07-31"]


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_days_are_written_as_the_language_does(
    hass: HomeAssistant, world: World, logger: Logger, language: str
) -> None:
    hass.config.language = language
    await world.add_account()
    await enter(world, logger.serial, date(2026, 7, 4))
    written = {"en": "2026-07-04", "de": "04.07.2026", "pl": "04.07.2026", "nl": "04-07-2026"}
    assert listed(hass) == [f"- Kühlschrank (90000001): {written.get(language, '04/07/2026')}"]
