"""The action that notes who looked: in the logbook, kept for reports, no signature."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_LOGBOOK_ENTRY
from homeassistant.core import Context, Event, HomeAssistant
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.translation import async_load_integrations
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockUser, async_capture_events

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE, START, Download, World
from tests.integration.test_actions import call
from tests.metadata.files import LANGUAGES
from tests.simulator import Fleet, Kind, Logger, Simulator

DAY = timedelta(days=1)
REVIEW = "confirm_review"


@pytest.fixture
def logger(fleet: Fleet) -> Logger:
    return fleet.add_logger(fleet.add_site("Köln"), "Kühlschrank", serial="90000001")


@pytest.fixture
def written(hass: HomeAssistant) -> Sequence[Event]:
    """Return what is written into the logbook."""
    hass.config.components.add("logbook")
    return async_capture_events(hass, EVENT_LOGBOOK_ENTRY)


def kept(hass_storage: dict[str, Any], entry: ConfigEntry[Any]) -> list[dict[str, Any]]:
    """Return the reviews on disk."""
    reviews: list[dict[str, Any]] = hass_storage[f"{DOMAIN}.{entry.unique_id}"]["data"]["reviews"]
    return reviews


async def test_who_looked_is_written_down_and_kept(
    world: World,
    fleet: Fleet,
    logger: Logger,
    written: Sequence[Event],
    hass_storage: dict[str, Any],
) -> None:
    other = fleet.add_logger(logger.site, "Regal")
    entry = await world.add_account()
    anna = MockUser(name="Anna", is_owner=True).add_to_hass(world.hass)
    devices = [world.device_id(it.serial) for it in (logger, other, logger)]
    await call(world, REVIEW, Context(user_id=anna.id), device_id=devices, note="  all in\nrange ")
    assert [
        (it.data["entity_id"], it.data["name"], it.data["message"], it.context.user_id)
        for it in written
    ] == [
        (
            world.entity_id(f"{it.serial}_alarms"),
            f"{it.name} Alarms",
            "reviewed by Anna: all in range",
            anna.id,
        )
        for it in (logger, other)
    ]
    first = {
        "at": START.isoformat(),
        "by": "Anna",
        "note": "all in\nrange",
        "serials": [logger.serial, other.serial],
    }
    assert kept(hass_storage, entry) == [first], "saved at once: HA may crash"

    await world.advance(DAY, step=DAY)
    await call(world, REVIEW, device_id=devices[1])
    assert written[-1].data["message"] == "reviewed by an automation"
    at = world.now.isoformat()
    second = {"at": at, "by": "automation", "serials": [other.serial]}
    assert await world.hass.config_entries.async_reload(entry.entry_id)
    assert kept(hass_storage, entry) == [first, second]


async def test_they_are_forgotten_after_400_days(
    world: World, logger: Logger, hass_storage: dict[str, Any], diagnose: Download
) -> None:
    """With the next one, or with the next start."""
    entry = await world.add_account(key_expires="2029-01-01")
    device = world.device_id(logger.serial)
    await call(world, REVIEW, device_id=device, note="one")
    await world.advance(400 * DAY, step=200 * DAY)
    await call(world, REVIEW, device_id=device, note="two")
    assert [it["note"] for it in kept(hass_storage, entry)] == ["one", "two"]
    await world.advance(DAY, step=DAY)
    await call(world, REVIEW, device_id=device, note="three")
    assert [it["note"] for it in kept(hass_storage, entry)] == ["two", "three"]
    assert await world.hass.config_entries.async_unload(entry.entry_id)
    await world.advance(400 * DAY, step=200 * DAY)
    assert await world.hass.config_entries.async_setup(entry.entry_id)
    assert (await diagnose(entry))["alarms"]["reviews"] == 1


async def test_a_probe_stands_for_itself(
    world: World,
    fleet: Fleet,
    written: Sequence[Event],
    hass_storage: dict[str, Any],
) -> None:
    logger = fleet.add_logger(fleet.add_site("Köln"), "Schrank", kind=Kind.PROBES)
    entry = await world.add_account()
    probe = logger.sensors[1]
    for note in ("door ajar", ""):
        await call(world, REVIEW, device_id=world.device_id(probe.serial), note=note)
    assert [it.data["message"] for it in written] == [
        "reviewed by an automation: Schrank 2: door ajar",
        "reviewed by an automation: Schrank 2",
    ]
    assert [it["serials"] for it in kept(hass_storage, entry)] == [[probe.serial]] * 2


async def test_reports_list_who_looked_in_their_time(world: World, fleet: Fleet) -> None:
    """At a probe: with its name in the report of the logger, and not in that of another probe."""
    logger = fleet.add_logger(fleet.add_site("Köln"), "Schrank", kind=Kind.PROBES)
    await world.add_account()
    one, two = (world.device_id(it.serial) for it in logger.sensors)
    whole = world.device_id(logger.serial)
    await call(world, REVIEW, device_id=whole, note="yesterday")
    await world.advance(DAY, step=DAY / 2)
    await call(world, REVIEW, device_id=[one], note="door ajar")
    await call(world, REVIEW, device_id=whole)
    await world.advance(MINUTE)

    async def said(device: str) -> list[tuple[str, str | None]]:
        answer = await world.hass.services.async_call(
            DOMAIN,
            "get_report",
            {"device_id": device, "period": "today"},
            blocking=True,
            return_response=True,
        )
        assert answer is not None
        reports: Any = answer["reports"]
        (report,) = reports
        return [(it["by"], it["note"]) for it in report["reviews"]]

    assert await said(whole) == [("automation", "Schrank 1: door ajar"), ("automation", None)]
    assert await said(one) == [("automation", "door ajar"), ("automation", None)]
    assert await said(two) == [("automation", None)]


async def test_a_device_whose_entities_are_gone_is_reviewed_all_the_same(
    world: World, logger: Logger, written: Sequence[Event]
) -> None:
    await world.add_account()
    er.async_get(world.hass).async_remove(world.entity_id(f"{logger.serial}_alarms"))
    await call(world, REVIEW, device_id=world.device_id(logger.serial))
    (line,) = written
    assert line.data == {
        "name": "testo Smart Connect",
        "message": "reviewed by an automation",
        "domain": DOMAIN,
    }


async def test_only_who_may_control_the_sensors_may_say_so(  # noqa: PLR0913, PLR0917 - fixtures
    hass: HomeAssistant,
    world: World,
    fleet: Fleet,
    logger: Logger,
    hass_read_only_user: MockUser,
    hass_admin_user: MockUser,
    hass_storage: dict[str, Any],
) -> None:
    gateway = fleet.add_gateway(logger.site, "Gateway")
    door = gateway.add_radio_sensor("Tür", kind=Kind.DOOR)
    other = fleet.add_logger(logger.site, "Schrank", kind=Kind.PROBES)
    entry = await world.add_account()
    theirs = [
        world.entity_id(it)
        for it in (
            f"{logger.serial}_{logger.sensors[0].serial}_1",
            f"{gateway.serial}_{door.serial}_1",
            f"{other.serial}_{other.sensors[0].serial}_1",
        )
    ]
    may = {"entities": {"entity_ids": {entity_id: {"control": True} for entity_id in theirs}}}
    hass_read_only_user.mock_policy(may)

    async def as_user(user_id: str, *serials: str) -> None:
        ids = [world.device_id(serial) for serial in serials]
        await call(world, REVIEW, Context(user_id=user_id), device_id=ids)

    reader = hass_read_only_user.id
    for serials in (
        [gateway.serial],
        [other.serial],
        [other.sensors[1].serial],
        [logger.serial, other.serial],
    ):
        with pytest.raises(Unauthorized):
            await as_user(reader, *serials)
    with pytest.raises(UnknownUser):
        await as_user("nobody", logger.serial)
    assert f"{DOMAIN}.{entry.unique_id}" not in hass_storage or not kept(hass_storage, entry)
    await as_user(reader, logger.serial, door.serial, other.sensors[0].serial)
    await as_user(hass_admin_user.id, gateway.serial)
    assert len(kept(hass_storage, entry)) == 2
    assert hass.config_entries.async_entries(DOMAIN) == [entry]


@pytest.mark.quality_rule("action-exceptions")
@pytest.mark.quality_rule("exception-translations")
async def test_wrong_use_is_explained(
    hass: HomeAssistant,
    world: World,
    fleet: Fleet,
    logger: Logger,
    written: Sequence[Event],
) -> None:
    entry = await world.add_account()
    await async_load_integrations(hass, {DOMAIN, "homeassistant"})
    ours, account = (world.device_id(it) for it in (logger.serial, fleet.tenant_uuid))

    async def refused(**data: Any) -> str:
        with pytest.raises(ServiceValidationError) as caught:
            await call(world, REVIEW, **data)
        assert caught.value.translation_key
        return str(caught.value)

    assert "nowhere" in await refused(device_id=[ours, "nowhere"])
    assert "is not a logger, gateway or sensor" in await refused(device_id=[ours, account])
    assert "x" in await refused(device_id=ours, config_entry_id="x")
    wrong: list[dict[str, Any]] = [{}, {"device_id": []}, {"device_id": ours, "note": "x" * 501}]
    for data in wrong:
        with pytest.raises(probatio.Invalid):
            await call(world, REVIEW, **data)
    await hass.config_entries.async_unload(entry.entry_id)
    assert "not loaded" in await refused(device_id=ours)
    assert not written, "all or nothing"


async def test_each_account_keeps_its_own(
    world: World,
    logger: Logger,
    second: Simulator,
    written: Sequence[Event],
    hass_storage: dict[str, Any],
) -> None:
    entry = await world.add_account()
    other = await world.add_account(api_key=second.api_key, advanced={"base_url": second.base_url})
    theirs = second.fleet.loggers[0]
    devices = [world.device_id(logger.serial, entry), world.device_id(theirs.serial, other)]
    with pytest.raises(ServiceValidationError) as caught:
        await call(world, REVIEW, device_id=devices, config_entry_id=entry.entry_id)
    assert caught.value.translation_key == "other_account"
    await call(world, REVIEW, device_id=devices, note="x" * 500)
    assert len(written) == 2
    for account, serial in ((entry, logger.serial), (other, theirs.serial)):
        assert [it["serials"] for it in kept(hass_storage, account)] == [[serial]]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_logbook_speaks_the_language_of_home_assistant(
    hass: HomeAssistant, world: World, logger: Logger, written: Sequence[Event], language: str
) -> None:
    hass.config.language = language
    await world.add_account()
    user = MockUser(name="Zoë", is_owner=True).add_to_hass(hass)
    device = world.device_id(logger.serial)
    await call(world, REVIEW, Context(user_id=user.id), device_id=device, note="{x} 100 %")
    await call(world, REVIEW, device_id=device)
    with_note, without = (it.data["message"] for it in written)
    assert "Zoë" in with_note
    assert with_note.endswith(": {x} 100 %")
    assert {
        "en": "reviewed by an automation",
        "de": "von einer Automation durchgesehen",
        "fr": "contrôle effectué par une automatisation",
        "it": "controllo confermato da un'automazione",
        "nl": "gecontroleerd door een automatisering",
        "es": "revisión confirmada por una automatización",
        "pl": "sprawdzono (automatyzacja)",
    }[language] == without
