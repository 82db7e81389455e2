"""The move to Smart Connect: nothing is lost, nothing is told twice, nothing is half done."""

from datetime import timedelta
from typing import Any

from homeassistant.components.recorder.core import Recorder
from homeassistant.components.repairs.issue_handler import RepairsFlowManager
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest

from custom_components.testo_smart_connect.account.account import Account
from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE
from tests.simulator import Fleet, Kind, Logger, Simulator, Site, band

from .conftest import MARK, Saveris2World
from .moves import begin, login, move, preview, registered, rows
from .test_alarms import extra
from .test_odd_answers import tamper

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEP = 5 * MINUTE


def new_id(logger: Logger, sensor: int = 0, channel: int = 0) -> str:
    """Return the unique id of a channel in Smart Connect."""
    its = logger.sensors[sensor]
    return f"{logger.serial}_{its.serial}_{its.channels[channel].number}"


async def test_everything_keeps_its_place(
    hass: HomeAssistant,
    world: Saveris2World,
    smart: Simulator,
    fridge: Logger,
    climate: Logger,
) -> None:
    entry = await world.add_account()
    registry = er.async_get(hass)
    shown = world.entity_id(world.channel(fridge))
    registry.async_update_entity(shown, new_entity_id="sensor.medicine", name="Medicine")
    devices = dr.async_get(hass)
    device = devices.async_get_device_by_identifier(
        (DOMAIN, f"{fridge.serial}{MARK}"), entry.entry_id
    )
    assert device is not None
    devices.async_update_device(device.id, name_by_user="The fridge", area_id="kitchen")
    before = registered(hass, entry)
    calls = len(world.requests())

    result = await move(world, entry, smart)

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "moved")
    assert len(world.requests()) == calls, "the old account is not asked at all"
    assert entry.unique_id == world.fleet.tenant_uuid
    assert entry.data["kind"] == "smart_connect"
    assert entry.title == world.fleet.customer
    after = registered(hass, entry)
    assert {*before} <= {*after}, "no entity is lost"
    assert after["sensor.medicine"] == new_id(fridge)
    moved = {
        world.channel(climate, 0): new_id(climate, channel=0),
        world.channel(climate, 1): new_id(climate, channel=1),
        f"{world.channel(fridge)}_alarm": f"{new_id(fridge)}_alarm",
        f"{fridge.serial}{MARK}_connection": f"{fridge.serial}_connection",
        f"{fridge.serial}{MARK}_alarms": f"{fridge.serial}_alarms",
        f"{world.account}_active_alarms": f"{world.fleet.tenant_uuid}_active_alarms",
    }
    by_id = {unique_id: entity_id for entity_id, unique_id in before.items()}
    for old, new in moved.items():
        assert after[by_id[old]] == new
    assert float(world.value(new_id(fridge))) == pytest.approx(
        world.fleet.latest(fridge.sensors[0].channels[0], world.now).value  # type: ignore[union-attr]  # it measures
    )
    kept = devices.async_get(device.id)
    assert kept is not None
    assert kept.identifiers == {(DOMAIN, fridge.serial)}
    assert (kept.name_by_user, kept.area_id) == ("The fridge", "kitchen")
    names = registry.async_get("sensor.medicine")
    assert names is not None
    assert names.name == "Medicine"
    issues = {issue_id for domain, issue_id in ir.async_get(hass).issues if domain == DOMAIN}
    assert not [it for it in issues if world.account in it]


async def test_only_what_counted_calls_is_left_over(
    hass: HomeAssistant, world: Saveris2World, smart: Simulator, fridge: Logger
) -> None:
    """It stays, unavailable, over days and restarts, until it is deleted."""
    assert fridge
    entry = await world.add_account()
    await move(world, entry, smart)
    left = [it for it in registered(hass, entry).values() if "saveris_2" in it]
    assert left == [f"{world.account}_calls_left"]
    await world.advance(30 * HOUR, step=10 * MINUTE)
    await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    assert world.value(left[0]) == "unavailable"
    er.async_get(hass).async_remove(world.entity_id(left[0]))
    await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    assert not [it for it in registered(hass, entry).values() if "saveris_2" in it]


@pytest.fixture
def several(fleet: Fleet, site: Site, fridge: Logger, freezer_pair: Logger) -> dict[str, Logger]:
    """Return loggers of all sorts."""
    return {
        "fridge": fridge,
        "pair": freezer_pair,
        "twin": fleet.add_logger(site, "Zwei Fühler", kind=Kind.TWIN),
        "odd": fleet.add_logger(site, "Ohne Nummer"),
        "lost": fleet.add_logger(site, "Altes Lager"),
    }


async def test_the_preview_says_what_and_why(
    hass: HomeAssistant, world: Saveris2World, smart: Simulator, several: dict[str, Logger]
) -> None:
    name = world.simulator.channel_name(several["odd"].sensors[0].channels[0])
    world.simulator.odd.odd_names = {name: "Fühler"}
    entry = await world.add_account()
    world.fleet.remove(several["lost"].serial)
    before = registered(hass, entry)

    form = await preview(world, entry, smart)

    assert {entity: why for entity, _, why in rows(form)} == {
        "Kühlschrank 1 Temperature": "same serial number",
        "Tiefkühler Temperature 1": "same serial number, same value at the same time",
        "Tiefkühler Temperature 2": "same serial number, same value at the same time",
        "Zwei Fühler Temperature 1": "same serial number, same place",
        "Zwei Fühler Temperature 2": "same serial number, same place",
        "Ohne Nummer Temperature": "its name has no serial number",
        "Altes Lager Temperature": "no such serial number there",
    }
    assert (
        f"({several['pair'].sensors[1].serial}/1)"
        in rows(form)[[row[0] for row in rows(form)].index("Tiefkühler Temperature 2")][1]
    )
    placeholders = form["description_placeholders"]
    assert placeholders is not None
    assert (placeholders["matched"], placeholders["channels"]) == ("5", "7")
    # Who closes the form has changed nothing.
    hass.config_entries.flow.async_abort(form["flow_id"])
    assert registered(hass, entry) == before
    assert entry.unique_id == world.account


async def test_two_probes_are_never_mixed_up(
    world: Saveris2World, smart: Simulator, freezer_pair: Logger
) -> None:
    """Both have the number one there: what they measured tells which is which."""
    entry = await world.add_account()
    by_id = {uid: eid for eid, uid in registered(world.hass, entry).items()}
    shown = [by_id[world.channel(freezer_pair, it)] for it in (0, 1)]
    before = [world.hass.states.get(it).state for it in shown]  # type: ignore[union-attr]  # both are there
    await move(world, entry, smart)
    after = registered(world.hass, entry)
    assert [after[it] for it in shown] == [new_id(freezer_pair, sensor=it) for it in (0, 1)]
    assert [world.hass.states.get(it).state for it in shown] == before  # type: ignore[union-attr]  # the same
    assert before[0] != before[1]


async def test_what_measured_the_same_is_not_guessed(
    world: Saveris2World, smart: Simulator, freezer_pair: Logger, fridge: Logger
) -> None:
    assert fridge
    for sensor in freezer_pair.sensors:
        sensor.channels[0].hold(world.now - DAY, world.now + DAY, -18.0)
    entry = await world.add_account()
    form = await preview(world, entry, smart)
    assert [row[2] for row in rows(form) if row[0].startswith("Tief")] == [
        "several there may be meant",
        "several there may be meant",
    ]


async def test_a_serial_that_measures_something_else_is_not_it(
    world: Saveris2World, smart: Simulator, fridge: Logger, climate: Logger
) -> None:
    assert climate
    entry = await world.add_account()
    channel = fridge.sensors[0].channels[0]
    channel.hold(world.now - DAY, world.now + DAY, 55.0)
    form = await preview(world, entry, smart)
    why = {row[0]: row[2] for row in rows(form)}
    assert why["Kühlschrank 1 Temperature"] == "measured something else at the same time"


async def test_alarms_are_not_told_again_and_stay_acknowledged(
    hass: HomeAssistant, world: Saveris2World, smart: Simulator, fridge: Logger
) -> None:
    entry = await world.add_account()
    fridge.sensors[0].channels[0].hold(world.now, world.now + 6 * HOUR, 12.0)
    await world.advance(2 * HOUR, step=STEP)
    button = world.entity_id(f"{fridge.serial}{MARK}_acknowledge")
    await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
    assert world.told(fridge) == ["alarm_raised"]
    await move(world, entry, smart)
    await world.advance(HOUR, step=STEP)
    alarm = world.state(f"{new_id(fridge)}_alarm")
    assert (alarm.state, alarm.attributes["acknowledged"]) == ("on", True)
    told = [it["event_type"] for it in world.events(fridge.serial)]
    assert told == ["alarm_raised"]
    await world.advance(6 * HOUR, step=STEP)
    told = [it["event_type"] for it in world.events(fridge.serial)]
    assert told == ["alarm_raised", "alarm_cleared"]


async def test_what_happens_between_the_last_read_and_the_move_is_told(
    world: Saveris2World, smart: Simulator, fridge: Logger, freezer_pair: Logger
) -> None:
    """Saveris 2 was read for the last time before it, Smart Connect for the first time after."""
    entry = await world.add_account()
    fridge.sensors[0].channels[0].hold(world.now, world.now + 2 * HOUR, 12.0)
    while world.told(fridge) != ["alarm_raised"]:
        await world.advance(MINUTE)
    # Both within the half hour in which nobody asks the old cloud.
    left = fridge.sensors[0].channels[0]
    left.hold(world.now - 5 * MINUTE, world.now + DAY, 5.0)
    freezer_pair.sensors[0].channels[0].hold(world.now - 5 * MINUTE, world.now + DAY, 12.0)
    await world.advance(25 * MINUTE)
    assert world.told(fridge) == ["alarm_raised"]
    await move(world, entry, smart)
    await world.advance(HOUR, step=STEP)
    told = [it["event_type"] for it in world.events(fridge.serial)]
    assert told == ["alarm_raised", "alarm_cleared"]
    assert [it["event_type"] for it in world.events(freezer_pair.serial)] == ["alarm_raised"]


async def test_what_people_entered_comes_along(
    hass: HomeAssistant,
    world: Saveris2World,
    smart: Simulator,
    fridge: Logger,
    entity_registry_enabled_by_default: None,
) -> None:
    assert entity_registry_enabled_by_default is None
    entry = await world.add_account()
    date = world.entity_id(f"{fridge.serial}{MARK}_calibration_due")
    await hass.services.async_call(
        "date", "set_value", {"entity_id": date, "date": "2027-01-31"}, blocking=True
    )
    await move(world, entry, smart)
    assert world.value(f"{fridge.serial}_calibration_due") == "2027-01-31"
    assert world.entity_id(f"{fridge.serial}_calibration_due") == date


async def test_an_account_that_has_none_of_the_loggers(
    world: Saveris2World, second: Simulator, fridge: Logger, hass: HomeAssistant
) -> None:
    assert fridge
    entry = await world.add_account()
    before = registered(hass, entry)
    form = await begin(world, entry)
    result = await world.submit(form, login(second))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "nothing_matches")
    assert registered(hass, entry) == before
    assert entry.unique_id == world.account


async def test_loggers_that_are_there_but_not_for_certain(
    world: Saveris2World, smart: Simulator, freezer_pair: Logger, hass: HomeAssistant
) -> None:
    """What ends the form says why of each channel."""
    assert freezer_pair
    smart.faults.on = {"measurements": {"server_error": 500}}
    entry = await world.add_account()
    before = registered(hass, entry)
    result = await preview(world, entry, smart)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "nothing_certain")
    assert rows(result) == [
        [f"Tiefkühler Temperature {number}", "–", "several there may be meant"] for number in (1, 2)
    ]
    assert registered(hass, entry) == before


async def test_a_wrong_key_changes_nothing(
    world: Saveris2World, smart: Simulator, fridge: Logger
) -> None:
    entry = await world.add_account()
    form = await begin(world, entry)
    result = await world.submit(form, login(smart, api_key="wrong"))
    assert (result["step_id"], result["errors"]) == ("migrate", {"base": "invalid_auth"})
    assert world.value(world.channel(fridge)) != "unavailable"
    assert entry.unique_id == world.account


async def test_the_repair_opens_the_form(
    hass: HomeAssistant, world: Saveris2World, smart: Simulator, fridge: Logger
) -> None:
    assert fridge
    assert await async_setup_component(hass, "repairs", {})
    entry = await world.add_account()
    manager: RepairsFlowManager = hass.data["repairs"]["flow_manager"]
    issue_id = f"move_to_smart_connect_{world.account}"
    step = await manager.async_init(DOMAIN, data={"issue_id": issue_id})
    assert step["step_id"] == "confirm"
    done = await manager.async_configure(step["flow_id"], {})
    kind, flow_id = done["next_flow"]
    assert (done["type"], kind) == (FlowResultType.ABORT, "config_flow")
    form = await hass.config_entries.flow.async_configure(flow_id)
    assert form["step_id"] == "migrate"
    shown = await world.submit(form, login(smart))
    await world.submit(shown, {})
    await world.settle()
    assert entry.data["kind"] == "smart_connect"


async def test_history_before_the_move_is_imported(
    recorder_mock: Recorder, world: Saveris2World, smart: Simulator, fridge: Logger
) -> None:
    assert recorder_mock
    assert fridge
    entry = await world.add_account()
    await world.advance(2 * HOUR, step=STEP)
    await move(world, entry, smart, import_since="2026-06-20")
    assert await world.imports(entry) == 1
    await world.advance(2 * HOUR, step=STEP)
    assert await world.imports(entry) == 0


async def test_an_account_that_does_not_run_is_not_moved(
    hass: HomeAssistant, world: Saveris2World, fridge: Logger
) -> None:
    assert fridge
    entry = await world.add_account()
    await hass.config_entries.async_unload(entry.entry_id)
    result = await begin(world, entry)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_loaded")


@pytest.fixture
def seldom(fleet: Fleet, site: Site) -> Logger:
    """Return a logger that sends every three hours what it measured meanwhile."""
    limits = band("Temperature", alarm=(2.0, 8.0))
    return fleet.add_logger(site, "Truhe", limits=limits, communication=3 * HOUR)


async def after_a_contact(world: Saveris2World, logger: Logger) -> None:
    """Let time pass until a logger has just sent."""

    def sent() -> str:
        told: str = world.state(world.channel(logger)).attributes["measured_at"]
        return told

    before = sent()
    while sent() == before:
        await world.advance(STEP, step=STEP)


@pytest.mark.parametrize("was_open", [False, True])
async def test_what_was_uploaded_late_is_told_after_the_move(
    world: Saveris2World, smart: Simulator, seldom: Logger, *, was_open: bool
) -> None:
    """It happened before the last read of Saveris 2, which could not know of it."""
    entry = await world.add_account()
    channel = seldom.sensors[0].channels[0]
    if was_open:
        channel.hold(world.now, world.now + 10 * DAY, 12.0)
    await world.advance(9 * HOUR, step=STEP)
    await after_a_contact(world, seldom)
    channel.hold(world.now + STEP, world.now + 20 * DAY, 5.0 if was_open else 12.0)
    while bool(world.fleet.active_alarms(world.now, visible_at=world.now)) is was_open:
        await world.advance(MINUTE)
    told = ["alarm_raised"] if was_open else []
    assert world.told(seldom) == told
    await move(world, entry, smart)
    await world.advance(2 * HOUR, step=STEP)
    assert [it["event_type"] for it in world.events(seldom.serial)] == [
        *told,
        "alarm_cleared" if was_open else "alarm_raised",
    ]


async def test_another_form_has_moved_it_meanwhile(
    recorder_mock: Recorder, world: Saveris2World, smart: Simulator, fridge: Logger
) -> None:
    assert recorder_mock
    assert fridge
    entry = await world.add_account()
    key, shown = await begin(world, entry), await preview(world, entry, smart)
    await move(world, entry, smart)
    for flow, typed in ((key, login(smart)), (shown, {})):
        result = await world.submit(flow, typed)
        assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_what_has_changed_since_is_shown_once_more(
    world: Saveris2World, smart: Simulator, fridge: Logger, climate: Logger
) -> None:
    assert climate
    entry = await world.add_account()
    form = await preview(world, entry, smart)
    world.fleet.remove(fridge.serial)
    await world.advance(3 * DAY, step=3 * STEP)
    again = await world.submit(form, {})
    assert again["step_id"] == "migrate_preview"
    assert len(rows(again)) == len(rows(form)) - 1
    result = await world.submit(again, {})
    await world.settle()
    assert result["reason"] == "moved"


@pytest.mark.expect_warnings
async def test_a_dead_token_does_not_close_the_form(
    world: Saveris2World, smart: Simulator, fridge: Logger
) -> None:
    assert fridge
    entry = await world.add_account()
    world.simulator.set_tokens(["ey.another.token"])
    await world.advance(HOUR, step=STEP)
    form = await preview(world, entry, smart)
    await world.advance(3 * HOUR, step=STEP)
    result = await world.submit(form, {})
    await world.settle()
    assert result["reason"] == "moved"


@pytest.mark.parametrize(("day", "begins"), [("0001-01-01", True), ("2099-01-01", False)])
async def test_odd_days_to_import_from(  # noqa: PLR0913, PLR0917  fixtures
    recorder_mock: Recorder,
    hass: HomeAssistant,
    world: Saveris2World,
    smart: Simulator,
    fridge: Logger,
    day: str,
    begins: bool,  # noqa: FBT001  whether it does
) -> None:
    assert recorder_mock
    assert fridge
    await hass.config.async_set_time_zone("Europe/Berlin")
    entry = await world.add_account()
    await world.advance(HOUR, step=STEP)
    form = await preview(world, entry, smart)
    result = await world.submit(form, {"import_since": day})
    if not begins:
        assert result["errors"] == {"import_since": "future_date"}
        result = await world.submit(result, {})
    await world.settle()
    assert result["reason"] == "moved"
    assert await world.imports(entry) == int(begins)


async def test_nothing_is_left_of_a_moved_account_that_is_removed(
    hass: HomeAssistant, world: Saveris2World, smart: Simulator, fridge: Logger, hass_storage: Any
) -> None:
    assert fridge
    entry = await world.add_account()
    await move(world, entry, smart)
    await world.advance(HOUR, step=STEP)
    await hass.config_entries.async_remove(entry.entry_id)
    await world.settle()
    assert [it for it in hass_storage if it.startswith(DOMAIN)] == []


async def test_an_account_that_is_added_again_keeps_what_is_its_own(
    hass: HomeAssistant,
    world: Saveris2World,
    smart: Simulator,
    fridge: Logger,
    entity_registry_enabled_by_default: None,
) -> None:
    assert entity_registry_enabled_by_default is None
    entry = await world.add_account()
    await move(world, entry, smart)
    again = await world.add_account()
    date = world.entity_id(f"{fridge.serial}{MARK}_calibration_due")
    await hass.services.async_call(
        "date", "set_value", {"entity_id": date, "date": "2027-01-31"}, blocking=True
    )
    for it in (entry, again):
        assert await hass.config_entries.async_unload(it.entry_id)
    hass.set_state(CoreState.starting)
    for it in (entry, again):
        assert await hass.config_entries.async_setup(it.entry_id)
    hass.set_state(CoreState.running)
    await world.settle()
    assert hass.states.get(date).state == "2027-01-31"  # type: ignore[union-attr]  # it is there


async def test_what_is_not_in_its_place_disproves_the_others(
    world: Saveris2World, smart: Simulator, fleet: Fleet, site: Site
) -> None:
    """Two channels are exchanged between the clouds, and one of them has no value."""
    twin = fleet.add_logger(site, "Zwei", kind=Kind.TWIN)
    fleet.add_logger(site, "Daneben")
    first, second = (world.simulator.channel_name(it) for it in twin.sensors[0].channels)
    world.simulator.odd.odd_names = {first: second, second: first}
    world.simulator.odd.missing_value = {first: "hashes"}
    entry = await world.add_account()
    form = await preview(world, entry, smart)
    found = {row[0]: row[1:] for row in rows(form)}
    (right,) = (it for it in found if it.startswith("Zwei") and found[it][0] != "–")
    assert found[right][1] == "same serial number, same value at the same time"


async def test_what_has_no_counterpart_stays_for_days(
    hass: HomeAssistant, world: Saveris2World, smart: Simulator, several: dict[str, Logger]
) -> None:
    """Unavailable, and an alarm that was acknowledged on it is nobody's any more."""
    lost = several["lost"]
    entry = await world.add_account()
    world.simulator.odd.extra_alarms = [extra(world, lost), extra(world, several["fridge"])]
    await world.advance(HOUR, step=STEP)
    for logger in (lost, several["fridge"]):
        button = world.entity_id(f"{logger.serial}{MARK}_acknowledge")
        await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
    several["twin"].sensors[0].channels[0].hold(world.now, world.now + DAY, 3.0)
    world.fleet.remove(lost.serial)
    before = registered(hass, entry)
    await move(world, entry, smart)
    await world.advance(2 * DAY, step=3 * STEP)
    await hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    assert {*before} <= {*registered(hass, entry)}
    assert world.value(world.channel(lost)) == "unavailable"
    assert world.value(f"{world.channel(lost)}_alarm") == "unavailable"


async def test_another_open_alarm_is_not_acknowledged_by_the_move(
    hass: HomeAssistant, world: Saveris2World, smart: Simulator, fridge: Logger, seldom: Logger
) -> None:
    entry = await world.add_account()
    for logger in (fridge, seldom):
        logger.sensors[0].channels[0].hold(world.now, world.now + DAY, 12.0)
    await world.advance(5 * HOUR, step=STEP)
    button = world.entity_id(f"{fridge.serial}{MARK}_acknowledge")
    await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
    await move(world, entry, smart)
    await world.advance(HOUR, step=STEP)
    said = [
        world.state(f"{new_id(it)}_alarm").attributes["acknowledged"] for it in (fridge, seldom)
    ]
    assert said == [True, False]


@pytest.mark.parametrize("wrong", ["break_sensor", "outage", "low_battery"])
async def test_an_acknowledged_system_alarm_stays_acknowledged(
    hass: HomeAssistant, world: Saveris2World, smart: Simulator, fridge: Logger, wrong: str
) -> None:
    entry = await world.add_account()
    getattr(fridge, wrong)(world.now)
    await world.advance(5 * HOUR, step=STEP)
    button = world.entity_id(f"{fridge.serial}{MARK}_acknowledge")
    await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
    await move(world, entry, smart)
    await world.advance(HOUR, step=STEP)
    system_alarm = world.state(f"{fridge.serial}_system_alarm")
    assert (system_alarm.state, system_alarm.attributes["acknowledged"]) == ("on", True)


async def test_an_inventory_that_comes_between_takes_no_acknowledgement_away(
    hass: HomeAssistant,
    world: Saveris2World,
    smart: Simulator,
    fridge: Logger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What it brings is worked out from the alarms of before, when those of now are known."""
    entry = await world.add_account()
    fridge.break_sensor(world.now)
    await world.advance(5 * HOUR, step=STEP)
    button = world.entity_id(f"{fridge.serial}{MARK}_acknowledge")
    await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
    derive = Account.derive_alarms

    async def derive_late(account: Account) -> set[Any]:
        account._note_alarms()  # noqa: SLF001  as it ends whatever is derived meanwhile
        return await derive(account)

    monkeypatch.setattr(Account, "derive_alarms", derive_late)
    await move(world, entry, smart)
    await world.advance(HOUR, step=STEP)
    assert world.state(f"{fridge.serial}_system_alarm").attributes["acknowledged"] is True


async def test_an_acknowledged_alarm_without_a_direction_stays_acknowledged(
    hass: HomeAssistant, world: Saveris2World, smart: Simulator, fridge: Logger
) -> None:
    def change(resource: str, body: dict[str, Any]) -> None:
        if resource == "alarms":
            for row in body["alarms"]:
                row["limitViolationValue"] = row["isoLimitViolationValue"] = row["isoLimitValue"]

    tamper(world, change)
    entry = await world.add_account()
    fridge.sensors[0].channels[0].hold(world.now, world.now + DAY, 12.0)
    await world.advance(HOUR, step=STEP)
    assert world.state(f"{world.channel(fridge)}_alarm").attributes["direction"] is None
    button = world.entity_id(f"{fridge.serial}{MARK}_acknowledge")
    await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
    await move(world, entry, smart)
    await world.advance(HOUR, step=STEP)
    alarm = world.state(f"{new_id(fridge)}_alarm").attributes
    assert (alarm["direction"], alarm["acknowledged"]) == ("upper", True)


async def test_what_may_be_one_of_several_is_not_acknowledged_by_the_move(
    hass: HomeAssistant, world: Saveris2World, smart: Simulator, freezer_pair: Logger
) -> None:
    """Both probes break, and one of them works again when the account moves."""
    entry = await world.add_account()
    for sensor, lasting in ((0, HOUR), (1, 5 * DAY)):
        freezer_pair.break_sensor(world.now, world.now + lasting, sensor=sensor)
    await world.advance(40 * MINUTE, step=STEP)
    button = world.entity_id(f"{freezer_pair.serial}{MARK}_acknowledge")
    await hass.services.async_call("button", "press", {"entity_id": button}, blocking=True)
    await move(world, entry, smart)
    await world.advance(2 * HOUR, step=STEP)
    system_alarm = world.state(f"{freezer_pair.serial}_system_alarm")
    assert (system_alarm.state, system_alarm.attributes["acknowledged"]) == ("on", False)


async def test_two_old_devices_that_are_one_there(
    hass: HomeAssistant, world: Saveris2World, smart: Simulator, freezer_pair: Logger
) -> None:
    """Each was called by the serial of its probe: the entities move, and one of the devices."""
    names = {
        world.simulator.channel_name(sensor.channels[0]): f"T1_{sensor.serial}_0"
        for sensor in freezer_pair.sensors
    }
    world.simulator.odd.odd_names = names
    entry = await world.add_account()
    before = registered(hass, entry)
    await move(world, entry, smart)
    after = registered(hass, entry)
    for number, sensor in enumerate(freezer_pair.sensors):
        old = f"{sensor.serial}{MARK}_{sensor.serial}_0"
        (entity_id,) = (it for it, unique_id in before.items() if unique_id == old)
        assert after[entity_id] == new_id(freezer_pair, sensor=number)


@pytest.mark.parametrize("fault", ["server_error", "none measured"])
async def test_without_readings_the_serial_is_enough(
    world: Saveris2World, smart: Simulator, fridge: Logger, fault: str
) -> None:
    if fault == "none measured":
        name = world.simulator.channel_name(fridge.sensors[0].channels[0])
        world.simulator.odd.missing_value = {name: "hashes"}
    else:
        smart.faults.on = {"measurements": {"server_error": 500}}
    entry = await world.add_account()
    form = await preview(world, entry, smart)
    assert [row[2] for row in rows(form)] == ["same serial number"]


async def test_an_account_that_is_there_but_does_not_run(
    hass: HomeAssistant, world: Saveris2World, smart: Simulator, fridge: Logger
) -> None:
    assert fridge
    entry = await world.add_account()
    form = await world.start_flow("smart_connect")
    other = (await world.submit(form, login(smart)))["result"]
    await world.settle()
    await hass.config_entries.async_unload(other.entry_id)
    result = await preview(world, entry, smart)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "already_configured")


async def test_an_account_that_cannot_be_stopped_is_not_moved(
    hass: HomeAssistant,
    world: Saveris2World,
    smart: Simulator,
    fridge: Logger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert fridge
    entry = await world.add_account()
    before = registered(hass, entry)

    async def refuse(_entry_id: str) -> bool:
        return False

    form = await preview(world, entry, smart)
    with monkeypatch.context() as held:
        held.setattr(hass.config_entries, "async_unload", refuse)
        result = await world.submit(form, {})
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "not_unloaded")
    assert registered(hass, entry) == before
    assert entry.unique_id == world.account


async def test_without_a_recorder_nothing_is_imported(
    world: Saveris2World, smart: Simulator, fridge: Logger
) -> None:
    assert fridge
    entry = await world.add_account()
    result = await move(world, entry, smart, import_since="2026-06-20")
    assert result["reason"] == "moved"
    assert await world.imports(entry) == 0


@pytest.mark.expect_warnings
async def test_a_journal_that_cannot_be_read_keeps_nobody_from_starting(
    hass: HomeAssistant, world: Saveris2World, smart: Simulator, fridge: Logger, hass_storage: Any
) -> None:
    entry = await world.add_account()
    await move(world, entry, smart)
    assert await hass.config_entries.async_unload(entry.entry_id)
    journal = f"{DOMAIN}.{entry.entry_id}.move"
    hass_storage[journal]["data"] = {"entry_id": 5}
    assert await hass.config_entries.async_setup(entry.entry_id)
    await world.settle()
    assert journal not in hass_storage
    assert world.value(new_id(fridge)) != "unavailable"
