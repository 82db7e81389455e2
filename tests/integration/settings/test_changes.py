"""A cycle is changed: one field of what was read, once, seen afterwards, or nothing at all."""

import asyncio
from copy import deepcopy
from datetime import timedelta
from typing import Any

from homeassistant.const import EVENT_LOGBOOK_ENTRY
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockUser, async_capture_events

from custom_components.testo_smart_connect.const import DOMAIN
from tests.simulator import Fleet, Gateway, Kind, Logger, Site
from tests.simulator.management_targets import ManagementWrite

from .conftest import HOUR, MINUTE, SettingsWorld


def differing(write: ManagementWrite) -> dict[str, tuple[Any, Any]]:
    """Return what a change changes, from what to what."""
    before = write.before
    assert before is not None
    assert list(write.body) == list(before), "the whole object, as it was read"
    return {name: (before[name], it) for name, it in write.body.items() if it != before[name]}


@pytest.mark.parametrize("cycle", ["measuring_cycle", "communication_cycle"])
@pytest.mark.parametrize("seconds", [False, True])
@pytest.mark.parametrize("as_text", [False, True])
async def test_exactly_one_field_differs(
    world: SettingsWorld, fridge: Logger, *, cycle: str, seconds: bool, as_text: bool
) -> None:
    odd = world.management.odd
    # That it may have to be named is nothing that any of both hangs on.
    odd.seconds, odd.numbers_as_text, odd.sites_by = seconds, as_text, "name" if seconds else "uuid"
    await world.add_login()
    old = float(world.value(f"{fridge.serial}_{cycle}"))
    await world.set_cycle(fridge, old + 5, cycle)
    (write,) = world.puts()
    assert write.status == 200
    ((name, (before, after)),) = differing(write).items()
    assert name == cycle
    assert type(after) is type(before)
    factor = 60 if seconds else 60_000
    assert (float(before), float(after)) == (old * factor, (old + 5) * factor)
    assert float(world.value(f"{fridge.serial}_{cycle}")) == old + 5


@pytest.mark.parametrize("body", ["empty", "text"])
async def test_what_is_answered_does_not_matter(
    world: SettingsWorld, fridge: Logger, body: Any
) -> None:
    """What is there afterwards does."""
    world.management.odd.put_body = body
    await world.add_login()
    await world.set_cycle(fridge, 20)
    assert float(world.value(f"{fridge.serial}_measuring_cycle")) == 20
    assert len(world.puts()) == 1


async def test_other_names_of_fields(world: SettingsWorld, fridge: Logger) -> None:
    """Those of the interface beside it are taken as well, and sent back as they came."""
    world.management.odd.names = {
        "measuring_cycle": "device_measuring_cycle",
        "communication_cycle": "device_communication_log_time",
    }
    await world.add_login()
    await world.set_cycle(fridge, 20)
    (write,) = world.puts()
    assert list(differing(write)) == ["device_measuring_cycle"]


async def test_a_gateway(world: SettingsWorld, fleet: Fleet, site: Site) -> None:
    gateway: Gateway = fleet.add_gateway(site, "Gateway")
    gateway.add_radio_sensor("Raum", kind=Kind.CLIMATE)
    await world.add_login()
    await world.set_cycle(gateway, 30, "communication_cycle")
    (write,) = world.puts()
    assert list(differing(write)) == ["communication_cycle"]


async def test_it_is_pending_until_the_account_shows_it(
    world: SettingsWorld, fridge: Logger
) -> None:
    await world.add_login()
    measuring = f"{fridge.serial}_measuring_cycle"
    await world.set_cycle(fridge, 30)
    assert world.state(measuring).attributes["pending"] is True
    assert world.value(measuring) == "30.0"
    assert await world.hass.config_entries.async_reload(world.entry.entry_id)
    await world.settle()
    assert world.state(measuring).attributes["pending"] is True, "a restart changes nothing"
    await world.advance(3 * HOUR, step=5 * MINUTE)
    assert world.state(measuring).attributes["pending"] is False
    assert world.value(measuring) == "30.0"
    asked = len(world.requests(path="/properties"))
    await world.advance(3 * HOUR, step=10 * MINUTE)
    assert len(world.requests(path="/properties")) == asked, "nobody waits any more"


async def test_it_is_pending_for_as_long_as_it_takes(world: SettingsWorld, fridge: Logger) -> None:
    """A logger may be offline for days, or send once a day; nobody asks more often for so long."""
    await world.add_login()
    measuring = f"{fridge.serial}_measuring_cycle"
    await world.advance(24 * HOUR, step=HOUR)
    usual = len(world.requests(path="/properties"))
    fridge.outage(world.now, world.now + 60 * HOUR)
    await world.set_cycle(fridge, 30)
    await world.advance(30 * HOUR, step=HOUR)
    asked = len(world.requests(path="/properties"))
    await world.advance(24 * HOUR, step=HOUR)
    assert world.state(measuring).attributes["pending"] is True
    assert len(world.requests(path="/properties")) - asked <= usual
    await world.advance(24 * HOUR, step=HOUR)
    assert world.state(measuring).attributes["pending"] is False
    assert world.value(measuring) == "30.0"
    assert await pending(world) == 0


async def test_a_logger_that_is_missing_for_once_is_still_waited_for(
    world: SettingsWorld, fridge: Logger
) -> None:
    await world.add_login()
    fridge.outage(world.now, world.now + 60 * HOUR)
    await world.set_cycle(fridge, 30)
    for names in ({"serial_number": "nummer"}, {"measuring_cycle": "takt"}):
        world.management.odd.names = names
        await world.advance(65 * MINUTE, step=5 * MINUTE)
        assert world.value(f"{fridge.serial}_measuring_cycle") == "unavailable"
        world.management.odd.names = {}
        await world.advance(65 * MINUTE, step=5 * MINUTE)
        state = world.state(f"{fridge.serial}_measuring_cycle")
        assert (state.state, state.attributes["pending"]) == ("30.0", True)


async def test_a_logger_that_is_gone_is_waited_for_no_more(
    world: SettingsWorld, fleet: Fleet, site: Site, fridge: Logger
) -> None:
    fleet.add_logger(site, "Labor", kind=Kind.TEMPERATURE)
    await world.add_login()
    fridge.outage(world.now)
    await world.set_cycle(fridge, 30)
    fleet.devices.remove(fridge)
    await world.advance(65 * MINUTE, step=5 * MINUTE)
    assert await pending(world) == 1
    await world.advance(3 * 24 * HOUR, step=HOUR)
    assert await pending(world) == 0


async def pending(world: SettingsWorld) -> int:
    """Return how many changes are waited for."""
    number: int = (await world.diagnostics(world.entry))["settings"][0]["pending"]
    return number


async def test_one_that_is_taken_back_elsewhere_waits_no_more(
    world: SettingsWorld, fridge: Logger
) -> None:
    await world.add_login()
    old = fridge.measuring
    await world.set_cycle(fridge, 30)
    world.management.changed_on_web(fridge, measuring_cycle=old // timedelta(milliseconds=1))
    await world.advance(65 * MINUTE, step=5 * MINUTE)
    state = world.state(f"{fridge.serial}_measuring_cycle")
    assert (float(state.state), state.attributes["pending"]) == (old / MINUTE, False)


async def test_the_same_value_is_no_change(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger
) -> None:
    hass.config.components.add("logbook")
    written = async_capture_events(hass, EVENT_LOGBOOK_ENTRY)
    await world.add_login()
    await world.set_cycle(fridge, fridge.measuring / MINUTE)
    assert not world.puts()
    assert not written


async def test_two_at_once_are_put_one_after_the_other(
    world: SettingsWorld,
    fridge: Logger,
    fleet: Fleet,
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = fleet.add_logger(site, "Labor", kind=Kind.TEMPERATURE)
    await world.add_login()
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        await asyncio.sleep(0)

    monkeypatch.setattr("custom_components.testo_smart_connect.kinds.base.sleep", pause)
    await asyncio.gather(
        world.enter(fridge, 20),
        world.enter(fridge, 30, "communication_cycle"),
        world.enter(other, 25),
    )
    await world.settle()
    first, second, third = world.puts()
    assert [len(differing(it)) for it in (first, second, third)] == [1, 1, 1]
    order = [
        (it.method, it.path)
        for it in world.management.requests
        if it.method == "PUT" or it.path.startswith("/devices/")
    ]
    methods = [method for method, _ in order]
    assert methods == ["GET", "PUT", "GET"] * 3, "none begins before another has ended"
    assert float(world.value(f"{fridge.serial}_measuring_cycle")) == 20
    assert float(world.value(f"{fridge.serial}_communication_cycle")) == 30
    assert sum(pauses) >= 2 * 5 * 0.99, "writes are five seconds apart"


# --- What is not done ---------------------------------------------------------------------------


async def test_without_the_option_nothing_is_written(world: SettingsWorld, fridge: Logger) -> None:
    await world.add_login(write=False)
    with pytest.raises(ServiceValidationError) as refused:
        await world.set_cycle(fridge, 20)
    assert refused.value.translation_key == "read_only"
    assert not world.management.writes


@pytest.mark.parametrize("minutes", [0, 1441])
async def test_bounds(world: SettingsWorld, fridge: Logger, minutes: int) -> None:
    await world.add_login()
    with pytest.raises(ServiceValidationError):
        await world.set_cycle(fridge, minutes)
    assert not world.management.writes


async def test_what_was_changed_elsewhere_is_not_overwritten(
    world: SettingsWorld, fridge: Logger
) -> None:
    await world.add_login()
    world.management.changed_on_web(fridge, measuring_cycle=7 * 60_000)
    with pytest.raises(HomeAssistantError) as refused:
        await world.set_cycle(fridge, 20)
    assert refused.value.translation_key == "changed_elsewhere"
    assert not world.puts()
    await world.advance(MINUTE)
    assert float(world.value(f"{fridge.serial}_measuring_cycle")) == 7, "it is shown at once"
    await world.set_cycle(fridge, 20)
    assert len(world.puts()) == 1


async def test_what_else_was_changed_elsewhere_stays(world: SettingsWorld, fridge: Logger) -> None:
    await world.add_login()
    world.management.changed_on_web(fridge, name="Impfstoffe", display_active=False)
    await world.set_cycle(fridge, 20)
    (write,) = world.puts()
    assert list(differing(write)) == ["measuring_cycle"]
    assert (fridge.name, fridge.display_active) == ("Impfstoffe", False)


@pytest.mark.parametrize(
    ("status", "key"),
    [(403, "settings_not_allowed"), (400, "settings_refused"), (409, "settings_refused")],
)
async def test_a_refused_change(
    world: SettingsWorld, fridge: Logger, status: int, key: str
) -> None:
    await world.add_login()
    world.management.odd.puts_refused = status
    with pytest.raises(HomeAssistantError) as refused:
        await world.set_cycle(fridge, 20)
    assert refused.value.translation_key == key
    assert float(world.value(f"{fridge.serial}_measuring_cycle")) == fridge.measuring / MINUTE
    assert world.issue("settings_differ") is None
    assert len(world.puts()) == 1, "it is not tried again"


@pytest.mark.parametrize("way", ["500", "cut"])
async def test_a_change_that_may_have_failed_is_looked_at(
    world: SettingsWorld, fridge: Logger, way: str
) -> None:
    await world.add_login()
    if way == "500":
        world.management.odd.puts_refused = 500
    else:
        world.management.faults.on = {"devices.write": {"cut_body": True}}
    if way == "500":
        with pytest.raises(HomeAssistantError) as refused:
            await world.set_cycle(fridge, 20)
        assert refused.value.translation_key == "write_unclear"
    else:
        await world.set_cycle(fridge, 20)
        assert float(world.value(f"{fridge.serial}_measuring_cycle")) == 20
    assert len(world.puts()) == 1


async def test_a_change_that_is_ignored(world: SettingsWorld, fridge: Logger) -> None:
    await world.add_login()
    world.management.odd.ignores = True
    with pytest.raises(HomeAssistantError) as refused:
        await world.set_cycle(fridge, 20)
    assert refused.value.translation_key == "not_taken"
    assert world.issue("settings_differ") is None


async def test_a_change_that_is_told_late(world: SettingsWorld, fridge: Logger) -> None:
    await world.add_login()
    world.management.odd.slow_store = 2
    await world.set_cycle(fridge, 20)
    assert float(world.value(f"{fridge.serial}_measuring_cycle")) == 20
    assert world.issue("settings_differ") is None


@pytest.mark.parametrize("absent", [404, 403, 405])
async def test_what_cannot_be_read_is_not_written(
    world: SettingsWorld, fridge: Logger, absent: int
) -> None:
    """One of the list may be there, and each for itself not."""
    await world.add_login()
    world.management.odd.readable.clear()
    world.management.odd.absent_status = absent
    with pytest.raises(HomeAssistantError):
        await world.set_cycle(fridge, 20)
    assert not world.puts()


# --- What stops all -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spills",
    [{"name": "Anders"}, {"display_active": False}, {"communication_cycle": 3_600_000}],
)
async def test_a_difference_beyond_the_field_stops_all_writing(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger, spills: dict[str, Any], mend: Any
) -> None:
    await world.add_login()
    world.management.odd.spills = spills
    with pytest.raises(HomeAssistantError) as refused:
        await world.set_cycle(fridge, 20)
    assert refused.value.translation_key == "settings_differ"
    issue = world.issue("settings_differ")
    assert issue is not None
    assert issue.translation_placeholders is not None
    found = issue.translation_placeholders["found"].replace("\\", "")
    assert found == f"not as expected: {next(iter(spills))}"
    world.management.odd.spills = {}
    for _ in range(2):
        with pytest.raises(ServiceValidationError) as stopped:
            await world.set_cycle(fridge, 25, "communication_cycle")
        assert stopped.value.translation_key == "settings_stopped"
        assert await hass.config_entries.async_reload(world.entry.entry_id)
        await world.settle()
        assert world.issue("settings_differ") is not None, "a restart allows nothing"
    assert len(world.puts()) == 1
    assert world.value(f"{fridge.serial}_connection") == "on"
    shown, then = await mend(issue.issue_id)
    assert (shown["step_id"], then["type"]) == ("confirm", "create_entry")
    await world.settle()
    assert world.issue("settings_differ") is None
    await world.advance(MINUTE)
    await world.set_cycle(fridge, 25, "communication_cycle")
    assert len(world.puts()) == 2


async def test_what_cannot_be_read_again_stops_all_writing(
    world: SettingsWorld, fridge: Logger
) -> None:
    await world.add_login()
    reads = 0
    misbehave = world.management._misbehave  # noqa: SLF001  after the first read nothing answers

    async def later(request: Any, step: str, faults: Any) -> Any:
        nonlocal reads
        reads += request.method == "GET"
        faults.server_error = 500 if request.method == "GET" and reads > 1 else None
        return await misbehave(request, step, faults)

    world.management._misbehave = later  # type: ignore[method-assign]  # noqa: SLF001  as above
    with pytest.raises(HomeAssistantError) as refused:
        await world.set_cycle(fridge, 20)
    assert refused.value.translation_key == "settings_differ"
    issue = world.issue("settings_differ")
    assert issue is not None
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["found"] == "what is there now is not known"
    with pytest.raises(ServiceValidationError):
        await world.set_cycle(fridge, 25)


# --- Who did what -------------------------------------------------------------------------------


async def test_each_change_is_in_the_logbook(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger, hass_admin_user: MockUser
) -> None:
    hass.config.components.add("logbook")
    written = async_capture_events(hass, EVENT_LOGBOOK_ENTRY)
    await world.add_login()
    await world.enter(fridge, 20, context=Context(user_id=hass_admin_user.id))
    (entry,) = written
    message = entry.data["message"]
    old = f"{fridge.measuring / MINUTE:g} min"
    for word in ("Measuring cycle", fridge.serial, hass_admin_user.name, old, "20 min"):
        assert str(word) in message
    assert entry.data["entity_id"] == world.entity_id(f"{fridge.serial}_measuring_cycle")
    world.management.odd.spills = {"name": "Anders"}
    with pytest.raises(HomeAssistantError):
        await world.set_cycle(fridge, 30)
    assert "could not be confirmed" in written[-1].data["message"]
    assert len(written) == 2


async def test_the_logbook_speaks_german(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger
) -> None:
    hass.config.language = "de"
    hass.config.components.add("logbook")
    written = async_capture_events(hass, EVENT_LOGBOOK_ENTRY)
    await world.add_login()
    await world.enter(fridge, 20)
    (entry,) = written
    assert entry.data["message"] == (
        f"Messtakt von {fridge.serial} wurde von einer Automation geändert: 15 min → 20 min"
    )


@pytest.mark.expect_warnings
async def test_a_login_that_is_refused_is_named(world: SettingsWorld, fridge: Logger) -> None:
    """The account has one as well, which is good."""
    await world.add_login()
    world.management.users[world.management.username] = "another one"
    world.management.revoke_tokens()
    with pytest.raises(HomeAssistantError) as refused:
        await world.set_cycle(fridge, 20)
    assert refused.value.translation_key == "settings_login_rejected"
    told = refused.value.translation_placeholders
    assert told is not None
    assert told["login"] == "Apotheke Köln"


@pytest.mark.parametrize(
    ("odd", "told"),
    [
        ({"puts_refused": 400}, 0),
        ({"puts_refused": 403}, 0),
        ({"puts_refused": 500}, 1),
        ({"ignores": True}, 1),
    ],
)
async def test_a_change_that_may_have_been_made_is_in_the_logbook(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger, odd: dict[str, Any], told: int
) -> None:
    hass.config.components.add("logbook")
    written = async_capture_events(hass, EVENT_LOGBOOK_ENTRY)
    await world.add_login()
    for name, value in odd.items():
        setattr(world.management.odd, name, value)
    with pytest.raises(HomeAssistantError):
        await world.set_cycle(fridge, 20)
    assert len(written) == told
    assert all("could not be confirmed" in it.data["message"] for it in written)


async def test_a_kill_in_the_middle_of_a_change_stops_all_writing(
    hass: HomeAssistant, hass_storage: dict[str, Any], world: SettingsWorld, fridge: Logger
) -> None:
    """What is on the disk while the change is under way is what a power cut leaves."""
    await world.add_login()
    name = f"{DOMAIN}.{world.fleet.tenant_uuid}"
    left: list[Any] = []
    misbehave = world.management._misbehave  # noqa: SLF001  it sees each request first

    async def look(request: Any, step: str, faults: Any) -> Any:
        if request.method == "PUT":
            left.append(deepcopy(hass_storage[name]))
        return await misbehave(request, step, faults)

    world.management._misbehave = look  # type: ignore[method-assign]  # noqa: SLF001  as above
    await world.set_cycle(fridge, 20)
    assert world.issue("settings_differ") is None
    assert await hass.config_entries.async_unload(world.entry.entry_id)
    (hass_storage[name],) = left
    assert await hass.config_entries.async_setup(world.entry.entry_id)
    await world.settle()
    assert world.issue("settings_differ") is not None
    with pytest.raises(ServiceValidationError) as stopped:
        await world.set_cycle(fridge, 25)
    assert stopped.value.translation_key == "settings_stopped"


async def test_what_is_outdated_is_read_while_a_logger_is_waited_for_elsewhere(
    world: SettingsWorld, fridge: Logger
) -> None:
    await world.add_login()
    flow = await world.go(await world.begin("onboard"), {"site": "Bonn"})
    flow = await world.go(flow, {})
    assert flow["step_id"] == "hotspot"
    await world.advance(5 * MINUTE)
    world.management.changed_on_web(fridge, measuring_cycle=7 * 60_000)
    with pytest.raises(HomeAssistantError):
        await world.set_cycle(fridge, 20)
    await world.advance(MINUTE)
    assert float(world.value(f"{fridge.serial}_measuring_cycle")) == 7
