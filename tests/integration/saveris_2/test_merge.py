"""Statistics: they go on after a move, and are carried over where both accounts exist."""

from datetime import datetime, timedelta
from typing import Any

from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.models import StatisticMeanType
from homeassistant.components.recorder.statistics import (
    async_import_statistics,
    statistics_during_period,
)
from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import get_instance
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from tests.integration.conftest import MINUTE, START
from tests.simulator import Kind, Logger, Simulator, Site

from .conftest import Saveris2World
from .moves import begin, login, move, rows
from .test_move import new_id

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FIRST = datetime.fromisoformat("2026-06-01T00:00:00+00:00")


async def write(
    hass: HomeAssistant, entity_id: str, values: dict[datetime, float], unit: str = "°C"
) -> None:
    """Put hours into the statistics of an entity."""
    async_import_statistics(
        hass,
        {
            "mean_type": StatisticMeanType.ARITHMETIC,
            "has_sum": False,
            "name": None,
            "source": "recorder",
            "statistic_id": entity_id,
            "unit_class": "temperature" if unit.startswith("°") else None,
            "unit_of_measurement": unit,
        },
        [
            {"start": at, "mean": value, "min": value - 1, "max": value + 1}
            for at, value in values.items()
        ],
    )
    await async_wait_recording_done(hass)


async def hours(
    hass: HomeAssistant, entity_id: str, unit: str = "°C"
) -> dict[datetime, tuple[float, ...]]:
    """Return the hours in the statistics of an entity."""
    await async_wait_recording_done(hass)
    found = await get_instance(hass).async_add_executor_job(
        lambda: statistics_during_period(
            hass,
            FIRST - DAY,
            None,
            {entity_id},
            "hour",
            {"temperature": unit},
            {"mean", "min", "max"},
        )
    )
    return {
        datetime.fromtimestamp(row["start"], tz=FIRST.tzinfo): (row["mean"], row["min"], row["max"])  # type: ignore[misc]  # all were asked for
        for row in found.get(entity_id, [])
    }


async def add_smart(world: Saveris2World, smart: Simulator) -> ConfigEntry[Any]:
    """Add the Smart Connect account beside the old one."""
    form = await world.start_flow("smart_connect")
    result = await world.submit(form, login(smart))
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    await world.settle()
    entry: ConfigEntry[Any] = result["result"]
    return entry


async def merge(world: Saveris2World, entry: ConfigEntry[Any]) -> ConfigFlowResult:
    """Carry the statistics over."""
    form = await begin(world, entry)
    assert form["step_id"] == "merge"
    return await world.submit(form, {})


async def test_statistics_go_on_after_a_move(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    world: Saveris2World,
    smart: Simulator,
    fridge: Logger,
) -> None:
    """They belong to the entity, and the entity is the same."""
    assert recorder_mock
    entry = await world.add_account()
    entity_id = world.entity_id(world.channel(fridge))
    old = {FIRST + n * HOUR: 4.0 + n / 10 for n in range(5)}
    await write(hass, entity_id, old)
    before = await hours(hass, entity_id)
    await move(world, entry, smart)
    assert world.entity_id(new_id(fridge)) == entity_id
    await world.advance(3 * HOUR, step=5 * MINUTE)
    after = await hours(hass, entity_id)
    assert {at: after[at] for at in before} == before
    assert len(before) == 5


async def test_hours_before_the_first_common_one_are_carried_over(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    world: Saveris2World,
    smart: Simulator,
    fridge: Logger,
) -> None:
    """Each once, in the unit that is stored there, and never over what is there."""
    assert recorder_mock
    entry = await world.add_account()
    await add_smart(world, smart)
    old, new = world.entity_id(world.channel(fridge)), world.entity_id(new_id(fridge))
    assert old != new
    await write(hass, old, {FIRST + n * HOUR: 4.0 + n for n in range(10)})
    await write(hass, new, {FIRST + n * HOUR: 50.0 for n in range(6, 9)}, unit="°F")

    result = await merge(world, entry)

    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "merged")
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert (placeholders["hours"], placeholders["sensors"]) == ("6", "1")
    found = await hours(hass, new, "°F")
    fahrenheit = {FIRST + n * HOUR: (4.0 + n) * 1.8 + 32 for n in range(6)}
    assert {at: round(row[0], 6) for at, row in found.items() if at < FIRST + DAY} == {
        **{at: round(value, 6) for at, value in fahrenheit.items()},
        **{FIRST + n * HOUR: 50.0 for n in range(6, 9)},
    }
    again = await merge(world, entry)
    assert again["description_placeholders"]["hours"] == "0"  # type: ignore[index]  # as above
    assert await hours(hass, new, "°F") == found
    await hass.config_entries.async_remove(entry.entry_id)
    await world.settle()
    assert world.value(new_id(fridge)) != "unavailable"
    assert await hours(hass, new, "°F") == found


async def test_what_cannot_be_carried_over_is_named(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    world: Saveris2World,
    smart: Simulator,
    site: Site,
) -> None:
    assert recorder_mock
    fridge = world.fleet.add_logger(site, "Kühlschrank")
    climate = world.fleet.add_logger(site, "Lager", kind=Kind.CLIMATE)
    entry = await world.add_account()
    await add_smart(world, smart)
    old = world.entity_id(world.channel(fridge))
    await write(hass, old, {FIRST: 4.0}, unit="apples")
    result = await merge(world, entry)
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert placeholders["hours"] == "0"
    assert f"{old} (other unit)" in placeholders["refused"]
    humidity = world.entity_id(world.channel(climate, 1))
    assert f"{humidity} (no statistics)" in placeholders["refused"]


async def test_a_new_entity_without_statistics_gets_those_that_are_done(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    world: Saveris2World,
    smart: Simulator,
    fridge: Logger,
) -> None:
    """None of an hour that the recorder has still to compile."""
    assert recorder_mock
    entry = await world.add_account()
    await add_smart(world, smart)
    old, new = world.entity_id(world.channel(fridge)), world.entity_id(new_id(fridge))
    now = START.replace(minute=0, second=0)
    await write(hass, old, {now - n * HOUR: 4.0 for n in range(-1, 6)})
    await merge(world, entry)
    assert max(await hours(hass, new), default=now - DAY) < now


async def test_without_a_recorder_there_is_nothing_to_carry_over(
    world: Saveris2World, smart: Simulator, fridge: Logger
) -> None:
    assert fridge
    entry = await world.add_account()
    await add_smart(world, smart)
    result = await begin(world, entry)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "no_recorder")


async def test_the_same_key_leads_to_the_merge(
    recorder_mock: Recorder,
    hass: HomeAssistant,
    world: Saveris2World,
    smart: Simulator,
    fridge: Logger,
) -> None:
    """An account of the same tenant is never set up twice."""
    assert recorder_mock
    entry = await world.add_account()
    form = await begin(world, entry)
    await add_smart(world, smart)
    shown = await world.submit(form, login(smart))
    assert shown["step_id"] == "merge"
    assert [row[2] for row in rows(shown)] == ["same serial number"]
    assert world.entity_id(world.channel(fridge))
    assert er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)


async def test_an_account_whose_chosen_sites_have_none_of_the_loggers(
    recorder_mock: Recorder, world: Saveris2World, smart: Simulator, fridge: Logger
) -> None:
    """They are there, but not in Home Assistant: nothing can be carried over."""
    assert recorder_mock
    assert fridge
    entry = await world.add_account()
    form = await begin(world, entry)
    world.fleet.add_logger(world.fleet.add_site("Anderswo"), "Woanders")
    sites = await world.submit(await world.start_flow("smart_connect"), login(smart))
    schema = sites["data_schema"]
    assert schema is not None
    (field,) = schema.schema.values()
    (other,) = (it["value"] for it in field.config["options"] if "Anderswo" in it["label"])
    await world.submit(sites, {"sites": [other]})
    await world.settle()
    result = await world.submit(form, login(smart))
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "nothing_matches")


async def test_entities_that_may_be_one_another_are_not_merged(
    recorder_mock: Recorder, world: Saveris2World, smart: Simulator, freezer_pair: Logger
) -> None:
    assert recorder_mock
    for sensor in freezer_pair.sensors:
        sensor.channels[0].hold(world.now - DAY, world.now + DAY, -20.0)
    entry = await world.add_account()
    await add_smart(world, smart)
    result = await begin(world, entry)
    assert (result["type"], result["reason"]) == (FlowResultType.ABORT, "nothing_certain")
    assert [row[1:] for row in rows(result)] == [["–", "several there may be meant"]] * 2
