"""A new logger that is there: how often it measures and sends, and its limits."""

from http import HTTPStatus
from typing import Any, override

from homeassistant.const import EVENT_LOGBOOK_ENTRY
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    CLIENT_ID,
    MockUser,
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.simulator import Fleet, Kind, Logger, RequestRecord
from tests.simulator.management_targets import ManagementWrite

from .conftest import HOUR, MINUTE, SettingsWorld, cycles, suggested


async def arrived(world: SettingsWorld, **how: Any) -> tuple[dict[str, Any], Logger]:
    """Return the menu of a logger that has just come."""
    await world.add_login()
    flow = await world.wait()
    logger = await world.arrive(flow, **how)
    await world.advance(MINUTE)
    return await world.go(flow), logger


def typed_for(logger: Logger, **changes: Any) -> dict[str, Any]:
    """Return what a user types into the form for limits."""
    channel = f"{logger.serial}_{logger.sensors[0].serial}_1"
    whole = {"name": "Impfstoffe", "channel": channel, "lower": 2.0, "upper": 8.0, "delay": 5}
    return {it: value for it, value in (whole | changes).items() if value is not None}


@pytest.mark.usefixtures("fridge")
async def test_the_logbook_names_who_has_filled_the_form_in(
    hass: HomeAssistant,
    world: SettingsWorld,
    hass_client: ClientSessionGenerator,
    hass_admin_user: MockUser,
) -> None:
    hass.config.components.add("logbook")
    written = async_capture_events(hass, EVENT_LOGBOOK_ENTRY)
    await world.add_login()
    assert await async_setup_component(hass, "config", {})
    login = await hass.auth.async_create_refresh_token(hass_admin_user, CLIENT_ID)
    client = await hass_client(hass.auth.async_create_access_token(login))

    async def submit(flow: dict[str, Any], typed: dict[str, Any]) -> dict[str, Any]:
        """Submit a form as the browser of the administrator does."""
        url = f"/api/config/config_entries/subentries/flow/{flow['flow_id']}"
        answer = await client.post(url, json=typed)
        assert answer.status == HTTPStatus.OK
        await world.settle()
        return await world.go(flow)

    flow = await submit(await world.hotspot("Neu"), {})
    logger = await world.arrive(await world.go(flow, {}), site=world.fleet.sites[-1])
    await world.advance(MINUTE)
    flow = await submit(await world.go(flow, "cycles"), cycles(20, 30))
    flow = await submit(await world.go(flow, "limits"), typed_for(logger))
    assert flow["step_id"] == "arrived"
    told = [it.data["message"] for it in written]
    assert len(told) == 4
    assert all(f"by {hass_admin_user.name}" in it for it in told), told
    assert {it.context.user_id for it in written} == {hass_admin_user.id}


# --- Cycles -------------------------------------------------------------------------------------


async def test_what_stays_the_same_is_not_sent(world: SettingsWorld, fridge: Logger) -> None:
    assert fridge
    flow, logger = await arrived(world)
    flow = await world.go(flow, "cycles")
    assert suggested(flow) == cycles(15, 15)
    flow = await world.go(flow, cycles(15, 15))
    assert (flow["step_id"], world.puts()) == ("arrived", [])
    flow = await world.go(await world.go(flow, "cycles"), cycles(15, 30))
    (write,) = world.puts()
    assert write.body["communication_cycle"] == 30 * 60_000
    assert suggested(await world.go(flow, "cycles")) == cycles(15, 30)
    state = world.state(f"{logger.serial}_communication_cycle")
    assert (float(state.state), state.attributes["pending"]) == (30, True)


@pytest.mark.parametrize(("measuring", "communication"), [(0.5, 15), (15, 2000), (-1, 1e300)])
async def test_cycles_out_of_bounds(
    world: SettingsWorld, fridge: Logger, measuring: float, communication: float
) -> None:
    assert fridge
    flow, _ = await arrived(world)
    wrong = cycles(measuring, communication)
    flow = await world.go(await world.go(flow, "cycles"), wrong)
    assert set(flow["errors"].values()) == {"out_of_bounds"}
    assert set(flow["errors"]) == {it for it in wrong if wrong[it] != 15}
    assert suggested(flow) == wrong
    assert not world.puts()
    flow = await world.go(flow, cycles(20, 20))
    assert (flow["step_id"], len(world.puts())) == ("arrived", 2)


async def test_a_fraction_of_what_the_cloud_can_take(world: SettingsWorld, fridge: Logger) -> None:
    assert fridge
    flow, _ = await arrived(world)
    await world.go(await world.go(flow, "cycles"), cycles(1.00001, 15))
    assert [it.body["measuring_cycle"] for it in world.puts()] == [60_001]


@pytest.mark.parametrize("odd", ["names", "capability"])
async def test_cycles_that_are_not_understood_are_not_offered(
    world: SettingsWorld, fridge: Logger, odd: str
) -> None:
    assert fridge
    if odd == "names":
        world.management.odd.names = {"measuring_cycle": "takt"}
    else:
        world.management.odd.capability_missing = True
    flow, _ = await arrived(world)
    if odd == "capability":
        assert flow["menu_options"] == ["limits", "done"]
        return
    flow = await world.go(flow, "cycles")
    assert list(suggested(flow)) == ["communication_cycle"]
    assert flow["description_placeholders"]["measuring_cycle"] == "–"
    flow = await world.go(flow, {"communication_cycle": 30})
    assert (flow["step_id"], len(world.puts())) == ("arrived", 1)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (403, "settings_not_allowed"),
        (400, "settings_refused"),
        (409, "settings_refused"),
        (500, "write_unclear"),
    ],
)
async def test_a_refused_change(
    world: SettingsWorld, fridge: Logger, status: int, error: str
) -> None:
    assert fridge
    flow, _ = await arrived(world)
    world.management.odd.puts_refused = status
    flow = await world.go(await world.go(flow, "cycles"), cycles(20, 30))
    assert (flow["step_id"], flow["errors"]) == ("cycles", {"base": error})
    assert suggested(flow) == cycles(20, 30)
    assert len(world.puts()) == 1
    world.management.odd.puts_refused = None
    flow = await world.go(flow, suggested(flow))
    assert (flow["step_id"], len(world.puts())) == ("arrived", 3)


async def test_the_second_of_two_changes_fails(world: SettingsWorld, fridge: Logger) -> None:
    """What is made is made; only the rest is sent again."""
    assert fridge
    flow, _ = await arrived(world)
    flow = await world.go(flow, "cycles")
    world.management.writes = _RefusesTheNext(world)
    flow = await world.go(flow, cycles(20, 30))
    assert (flow["step_id"], flow["errors"]) == ("cycles", {"base": "settings_refused"})
    world.management.odd.puts_refused = None
    flow = await world.go(flow, suggested(flow))
    assert flow["step_id"] == "arrived"
    changed = [it.body["communication_cycle"] // 60_000 for it in world.puts()]
    assert changed == [15, 30, 30]


async def test_what_else_changes_stops_all_writing(world: SettingsWorld, fridge: Logger) -> None:
    assert fridge
    flow, logger = await arrived(world)
    world.management.odd.spills = {"name": "Anders"}
    flow = await world.go(await world.go(flow, "cycles"), cycles(20, 30))
    assert (flow["step_id"], flow["errors"]) == ("cycles", {"base": "settings_differ"})
    assert world.issue("settings_differ") is not None
    world.management.odd.spills = {}
    flow = await world.go(flow, suggested(flow))
    assert (flow["errors"], len(world.puts())) == ({"base": "settings_differ"}, 1)
    world.abort(flow)
    flow = await world.go(await world.begin("onboard"), "go_on")
    assert flow["menu_options"] == ["done"], "until somebody has looked"
    assert logger.name == "Anders"


async def test_what_was_changed_elsewhere(world: SettingsWorld, fridge: Logger) -> None:
    assert fridge
    flow, logger = await arrived(world)
    flow = await world.go(flow, "cycles")
    world.management.changed_on_web(logger, measuring_cycle=7 * 60_000)
    flow = await world.go(flow, cycles(20, 15))
    assert (flow["step_id"], flow["errors"]) == ("cycles", {"base": "changed_elsewhere"})
    assert (suggested(flow), world.puts()) == (cycles(7, 15), [])
    flow = await world.go(flow, cycles(20, 15))
    assert (flow["step_id"], len(world.puts())) == ("arrived", 1)


@pytest.mark.expect_warnings
async def test_what_was_changed_elsewhere_cannot_be_read(
    world: SettingsWorld, fridge: Logger
) -> None:
    """What was typed stays then."""
    assert fridge
    flow, logger = await arrived(world)
    world.management.odd.readable.discard("devices")
    flow = await world.go(await world.go(flow, "cycles"), cycles(20, 15))
    assert (flow["errors"], suggested(flow)) == ({"base": "settings_refused"}, cycles(20, 15))
    world.management.odd.readable.add("devices")
    world.management.changed_on_web(logger, measuring_cycle=7 * 60_000)
    world.management.requests = _FailsAfter(world, len(world.management.requests) + 1)
    flow = await world.go(flow, cycles(20, 15))
    assert (flow["errors"], suggested(flow)) == ({"base": "changed_elsewhere"}, cycles(20, 15))


async def test_a_change_that_is_ignored(world: SettingsWorld, fridge: Logger) -> None:
    assert fridge
    flow, _ = await arrived(world)
    world.management.odd.ignores = True
    flow = await world.go(await world.go(flow, "cycles"), cycles(20, 15))
    assert (flow["errors"], suggested(flow)) == ({"base": "not_taken"}, cycles(20, 15))


async def test_a_dialog_that_is_closed_leaves_no_change_half_made(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger
) -> None:
    assert fridge
    flow, logger = await arrived(world)
    flow = await world.go(flow, "cycles")
    flows = hass.config_entries.subentries
    await flows.async_configure(flow["flow_id"], cycles(20, 15))
    world.abort(flow)
    await world.settle()
    assert len(world.puts()) == 1
    state = world.state(f"{logger.serial}_measuring_cycle")
    assert (float(state.state), state.attributes["pending"]) == (20, True)


async def test_changing_is_no_longer_allowed(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger
) -> None:
    assert fridge
    flow, logger = await arrived(world)
    flow = await world.go(flow, "cycles")
    other = await world.go(await world.begin("onboard"), "go_on")
    other = await world.go(other, "limits")
    assert (await world.go(await world.reconfigure(), world.login(write=False)))["reason"]
    await world.settle()
    flow = await world.go(flow, cycles(20, 15))
    assert (flow["errors"], suggested(flow)) == ({"base": "read_only"}, cycles(20, 15))
    other = await world.go(other, typed_for(logger))
    assert other["errors"] == {"base": "read_only"}
    assert not world.management.writes
    assert hass.config_entries.subentries.async_progress()


# --- Limits -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"lower": 8.0, "upper": 2.0}, {"base": "limits_swapped"}),
        ({"lower": 5.0, "upper": 5.0}, {"base": "limits_swapped"}),
        ({"lower": None, "upper": None}, {"base": "no_limit"}),
        ({"lower": -1001.0}, {"lower": "too_far"}),
        ({"upper": 1e300}, {"upper": "too_far"}),
        ({"name": "   "}, {"name": "no_name"}),
        ({"name": "x" * 101}, {"name": "no_name"}),
        ({"delay": 1441}, {"delay": "out_of_bounds"}),
        ({"delay": -1}, {"delay": "out_of_bounds"}),
    ],
)
async def test_limits_that_cannot_be(
    world: SettingsWorld, fridge: Logger, changes: dict[str, Any], errors: dict[str, str]
) -> None:
    assert fridge
    flow, logger = await arrived(world)
    flow = await world.go(flow, "limits")
    wrong = typed_for(logger, **changes)
    flow = await world.go(flow, wrong)
    assert (flow["step_id"], flow["errors"]) == ("limits", errors)
    assert suggested(flow) == wrong
    assert not world.management.writes
    flow = await world.go(flow, typed_for(logger, lower=None))
    assert flow["step_id"] == "arrived"
    (created, limits) = world.management.writes
    assert created.body["name"] == "Impfstoffe"
    assert "MACT_LOWER_LIMIT" not in str(limits.body)


@pytest.mark.parametrize(
    ("faults", "error"),
    [
        ({"forbidden": True}, "settings_not_allowed"),
        ({"refused": 404}, "settings_refused"),
        ({"server_error": 500}, "write_unclear"),
        ({"connection_reset": True}, "write_unclear"),
        ({"html": True}, "write_unclear"),
        ({"rate_limit": True}, "rate_limited"),
        ({"on": {"alarm_configurations": {"forbidden": True}}}, "half_created"),
    ],
)
async def test_limits_that_cannot_be_set(
    world: SettingsWorld, fridge: Logger, faults: dict[str, Any], error: str
) -> None:
    assert fridge
    flow, logger = await arrived(world)
    flow = await world.go(flow, "limits")
    world.management.faults.set(faults)
    flow = await world.go(flow, typed_for(logger))
    assert (flow["step_id"], flow["errors"]) == ("limits", {"base": error})
    assert suggested(flow) == typed_for(logger)


async def test_a_login_that_fails_sends_nothing(world: SettingsWorld, fridge: Logger) -> None:
    """Then it may be tried again without looking first."""
    assert fridge
    flow, logger = await arrived(world)
    flow = await world.go(flow, "limits")
    world.management.revoke_tokens()
    world.management.faults.on = {"token": {"server_error": 500}}
    flow = await world.go(flow, typed_for(logger))
    assert (flow["errors"], world.management.writes) == ({"base": "cloud_error"}, [])


async def test_both_channels_one_after_the_other(world: SettingsWorld, fridge: Logger) -> None:
    assert fridge
    flow, logger = await arrived(world)
    flow = await world.go(await world.go(flow, "limits"), typed_for(logger))
    humid = f"{logger.serial}_{logger.sensors[0].serial}_2"
    flow = await world.go(flow, "limits")
    assert "name" not in suggested(flow), "it is another one"
    flow = await world.go(flow, typed_for(logger, channel=humid, lower=None, upper=60.0))
    assert (flow["step_id"], len(world.management.measuring_objects)) == ("arrived", 2)


async def test_a_probe_that_goes_while_it_is_chosen(
    hass: HomeAssistant, world: SettingsWorld, fridge: Logger
) -> None:
    """The form is shown again with what is there."""
    assert fridge
    flow, logger = await arrived(world, kind=Kind.PROBES)
    flow = await world.go(flow, "limits")
    wrong = typed_for(logger)
    logger.sensors.pop(0)
    for _ in range(2):
        # What is missing once may be there all the same.
        await world.advance(2 * MINUTE)
        assert await hass.config_entries.async_reload(world.entry.entry_id)
        await world.settle()
    flow = await world.go(flow, wrong)
    assert (flow["step_id"], world.management.writes) == ("limits", [])
    flow = await world.go(flow, typed_for(logger))
    assert (flow["step_id"], len(world.management.measuring_objects)) == ("arrived", 1)


@pytest.mark.expect_warnings
async def test_the_account_does_not_list_it_yet(world: SettingsWorld, fridge: Logger) -> None:
    """Until it does, limits can wait."""
    assert fridge
    await world.add_login()
    world.faults.on = {"properties": {"server_error": 500}}
    flow = await world.wait()
    logger = await world.arrive(flow)
    flow = await world.go(await world.go(flow), "limits")
    assert (flow["step_id"], flow["menu_options"]) == ("not_listed", ["limits", "done"])
    await world.advance(MINUTE)
    assert (await world.go(flow, "limits"))["step_id"] == "not_listed"
    world.faults.on = {}
    await world.advance(HOUR, step=5 * MINUTE)
    flow = await world.go(flow, "limits")
    assert flow["step_id"] == "limits"
    flow = await world.go(flow, typed_for(logger))
    assert (flow["step_id"], len(world.management.measuring_objects)) == ("arrived", 1)


@pytest.mark.parametrize("chosen", [False, True])
async def test_an_account_of_chosen_sites(
    hass: HomeAssistant, world: SettingsWorld, fleet: Fleet, fridge: Logger, *, chosen: bool
) -> None:
    """A logger at another one is none of it; that is said."""
    assert fridge
    fleet.add_logger(fleet.add_site("Lager"), "Regal")
    await world.add_login()
    if chosen:
        options = {"sites": [it.id for it in fleet.sites]}
        hass.config_entries.async_update_entry(world.entry, options=options)
        await hass.config_entries.async_reload(world.entry.entry_id)
        await world.settle()
    flow = await world.go(await world.hotspot("Neu"), {})
    flow = await world.go(flow, {})
    await world.arrive(flow, site=fleet.sites[-1])
    await world.advance(2 * HOUR, step=5 * MINUTE)
    flow = await world.go(await world.go(flow), "limits")
    assert flow["step_id"] == ("not_listed" if chosen else "limits")


class _RefusesTheNext(list[ManagementWrite]):
    """Lets nothing more be changed once something was."""

    def __init__(self, world: SettingsWorld) -> None:
        super().__init__()
        self._world = world

    @override
    def append(self, write: ManagementWrite) -> None:
        super().append(write)
        self._world.management.odd.puts_refused = 400


class _FailsAfter(list[RequestRecord]):
    """Lets every request fail after so many."""

    def __init__(self, world: SettingsWorld, most: int) -> None:
        super().__init__(world.management.requests)
        self._world, self._most = world, most

    @override
    def append(self, record: RequestRecord) -> None:
        super().append(record)
        if len(self) > self._most:
            self._world.management.faults.server_error = 500
