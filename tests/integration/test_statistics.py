"""Long-term statistics: each sensor's own graph shows what the logger measured."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
import logging
from pathlib import Path
from typing import Any
from uuid import uuid4

from homeassistant.components import persistent_notification
from homeassistant.components.recorder.core import Recorder
from homeassistant.components.recorder.db_schema import StatisticsRuns
from homeassistant.components.recorder.models import StatisticMeanType
from homeassistant.components.recorder.statistics import (
    async_import_statistics,
    import_statistics,
)
from homeassistant.const import EVENT_RECORDER_HOURLY_STATISTICS_GENERATED, UnitOfTemperature
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.recorder import session_scope
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from sqlalchemy import update

from custom_components.testo_smart_connect.account.store import ledger_path
from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.monitoring.model import Reading
from custom_components.testo_smart_connect.statistics import recorder as recorded
from custom_components.testo_smart_connect.statistics import writer as statistics
from tests.integration import postgresql
from tests.integration.conftest import MINUTE, START, World
from tests.integration.house import HOUSE, Hour, House, assert_alike
from tests.simulator import Channel, Fleet, Kind, Logger

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TEN = datetime(2026, 7, 1, 10, tzinfo=UTC)
NOON = TEN + 2 * HOUR
pytestmark = pytest.mark.usefixtures("recorder_mock")


@pytest.fixture(scope="module")
def postgresql_folder() -> Iterator[str]:
    """Return where a PostgreSQL server listens."""
    programs = postgresql.find()
    if programs is None:
        pytest.skip("no PostgreSQL server found (looked for initdb)")
    with postgresql.running(programs) as folder:
        yield folder


@pytest.fixture(params=["sqlite", "postgresql"])
def recorder_db_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return an empty database of each kind that users have."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'home-assistant.db'}"
        return
    folder = request.getfixturevalue("postgresql_folder")
    with postgresql.database(folder, f"test_{uuid4().hex}") as address:
        yield address


@pytest.fixture
def enable_statistics() -> bool:
    """Let the recorder compile as it does in a house."""
    return True


@pytest.fixture
def logger(fleet: Fleet) -> Logger:
    """Return a fridge that measures and sends each quarter of an hour."""
    fleet.connection_timeout = timedelta(days=30)
    return fleet.add_logger(fleet.add_site("Apotheke Köln"), "Kühlschrank 1")


def probe(logger: Logger) -> Channel:
    """Return the only channel of a logger."""
    return logger.sensors[0].channels[0]


def channel_id(logger: Logger) -> str:
    """Return the unique id of the first channel."""
    return f"{logger.serial}_{logger.sensors[0].serial}_1"


@pytest.fixture
async def house(hass: HomeAssistant, world: World, recorder_mock: Recorder) -> House:
    """Return a house."""
    assert await async_setup_component(hass, "sensor", {})
    return House(hass, world, recorder_mock)


def in_fahrenheit(values: Hour) -> Hour:
    mean, lowest, highest = (value * 1.8 + 32 for value in values)
    return mean, lowest, highest


async def test_a4_hours_of_an_outage_are_what_was_measured(
    world: World, house: House, logger: Logger
) -> None:
    """Scenario A4, twelve hours later."""
    probe(logger).hold(START - 2 * DAY, START + 2 * DAY, 5.0)
    probe(logger).hold(TEN + 5 * HOUR, TEN + 6.5 * HOUR, 9.0)
    logger.outage(TEN + 250 * MINUTE, TEN + 460 * MINUTE)
    await world.add_account()
    entity_id = world.entity_id(channel_id(logger))
    await house.to(TEN + 9.5 * HOUR)
    found = await house.hours(entity_id, TEN, TEN + 8 * HOUR)
    assert found[TEN + 5 * HOUR] == pytest.approx((9.0, 9.0, 9.0))
    assert found[TEN + 6 * HOUR] == pytest.approx((7.0, 5.0, 9.0))
    assert_alike(found, house.truth(TEN, TEN + 8 * HOUR, probe(logger)))
    await house.to(TEN + 11.5 * HOUR)
    assert await house.hours(entity_id, TEN, TEN + 8 * HOUR) == found


async def test_no_hour_is_written_before_the_recorder_compiled_it(
    world: World, house: House, logger: Logger
) -> None:
    """Such an hour would be lost for every sensor of the house."""
    await world.add_account()
    entity_id = world.entity_id(channel_id(logger))
    await house.to(TEN + 3 * HOUR + 20 * MINUTE)
    ours, theirs = [await house.hours(name, TEN, TEN + DAY) for name in (entity_id, HOUSE)]
    assert set(theirs) == {TEN, TEN + HOUR, TEN + 2 * HOUR}
    assert set(ours) == set(theirs)
    truth = house.truth(TEN, TEN + 2 * HOUR, probe(logger))
    assert_alike({hour: ours[hour] for hour in truth}, truth)
    assert ours[TEN + 2 * HOUR] != pytest.approx(
        house.truth(TEN + 2 * HOUR, TEN + 3 * HOUR, probe(logger))[TEN + 2 * HOUR]
    ), "the hour just compiled is still the recorder's own"
    await house.to(TEN + 6 * HOUR + 20 * MINUTE)
    assert len(await house.hours(HOUSE, TEN, TEN + DAY)) == 6


async def test_hours_of_another_account_are_left_to_it(
    hass: HomeAssistant, world: World, house: House, logger: Logger
) -> None:
    """Until its entity is taken over; then none of them is missing."""
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)
    registry = er.async_get(hass)
    theirs = registry.async_get_or_create(
        "sensor",
        DOMAIN,
        channel_id(logger),
        config_entry=other,
        capabilities={"state_class": "measurement"},
    )
    await world.add_account()
    await house.to(TEN + 4 * HOUR + 20 * MINUTE)
    assert not await house.hours(theirs.entity_id, TEN, TEN + DAY)
    registry.async_remove(theirs.entity_id)
    await house.to(TEN + 6 * HOUR + 20 * MINUTE)
    entity_id = world.entity_id(channel_id(logger))
    truth = house.truth(TEN, TEN + 5 * HOUR, probe(logger))
    found = await house.hours(entity_id, TEN, TEN + DAY)
    assert_alike({hour: found[hour] for hour in truth}, truth)


async def test_hours_before_the_installation_come_from_an_import(
    hass: HomeAssistant, world: World, house: House, logger: Logger
) -> None:
    await world.add_account()
    entity_id = world.entity_id(channel_id(logger))
    await house.to(TEN + 2 * HOUR)
    begin, end = START.replace(hour=0, minute=0, second=0) - 9 * DAY, TEN - 3 * DAY
    await hass.services.async_call(
        DOMAIN,
        "import_history",
        {"start": begin.isoformat(), "end": end.isoformat()},
        blocking=True,
    )
    await house.to(TEN + 2 * HOUR + 10 * MINUTE, MINUTE)
    assert_alike(await house.hours(entity_id, begin, end), house.truth(begin, end, probe(logger)))


async def call_import(hass: HomeAssistant, begin: datetime, end: datetime) -> Any:
    return await hass.services.async_call(
        DOMAIN,
        "import_history",
        {"start": begin.isoformat(), "end": end.isoformat()},
        blocking=True,
        return_response=True,
    )


async def test_deleted_hours_come_back_with_an_import_and_not_before(  # noqa: PLR0913, PLR0917 - fixtures
    hass: HomeAssistant,
    world: World,
    house: House,
    fleet: Fleet,
    logger: Logger,
    recorder_mock: Recorder,
) -> None:
    """Those that were deleted on purpose stay so until somebody asks for them."""
    for number in range(2, 4):
        fleet.add_logger(logger.site, f"Kühlschrank {number}")
    await world.add_account()
    entity_id = world.entity_id(channel_id(logger))
    await house.to(TEN + 4 * HOUR + 20 * MINUTE)
    end = TEN + 3 * HOUR
    recorder_mock.async_clear_statistics([entity_id])
    await house.to(TEN + 6 * HOUR + 20 * MINUTE)
    found = await house.hours(entity_id, TEN, end)
    assert found == {}
    await call_import(hass, TEN - 3 * HOUR, end)
    await house.to(TEN + 7 * HOUR + 20 * MINUTE)
    begin = TEN - 3 * HOUR
    truth = house.truth(begin, end, probe(logger))
    assert len(truth) == 6
    assert_alike(await house.hours(entity_id, begin, end), truth)


async def test_a_new_database_gets_all_that_is_kept(
    world: World, house: House, fleet: Fleet, logger: Logger, recorder_mock: Recorder
) -> None:
    """Somebody moved to another server, or the old file was damaged and begun anew."""
    other = fleet.add_logger(logger.site, "Labor", kind=Kind.CLIMATE)
    await world.add_account()
    entity_ids = [world.entity_id(channel_id(it)) for it in (logger, other)]
    await house.to(TEN + 4 * HOUR + 20 * MINUTE)
    assert len(await house.hours(entity_ids[0], TEN - DAY, TEN + DAY)) > 20
    recorder_mock.async_clear_statistics([*await house.ids()])
    await house.to(TEN + 7 * HOUR + 20 * MINUTE)
    begin, end = TEN - 22 * HOUR, TEN + 6 * HOUR
    for entity_id, it in zip(entity_ids, (logger, other), strict=True):
        truth = house.truth(begin, end, probe(it))
        found = await house.hours(entity_id, begin, end)
        assert_alike(found, truth)


async def test_a_unit_that_is_changed_while_it_is_written(  # noqa: PLR0913, PLR0917 - fixtures
    hass: HomeAssistant,
    world: World,
    house: House,
    logger: Logger,
    recorder_mock: Recorder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By a user who settles what the recorder asked: the next hours come in the new unit."""
    await world.add_account()
    entity_id = world.entity_id(channel_id(logger))
    await house.to(TEN + 2 * HOUR - 5 * MINUTE)
    assert (await house.ids())[entity_id] == "°C"

    changes = iter([UnitOfTemperature.FAHRENHEIT])

    known = recorded.metadata_of

    def known_and_changed(*given: Any) -> Any:
        found = known(*given)
        for unit in changes:
            hass.loop.call_soon_threadsafe(
                partial(
                    recorder_mock.async_change_statistics_unit,
                    entity_id,
                    new_unit_of_measurement=unit,
                    old_unit_of_measurement="°C",
                )
            )
        return found

    with monkeypatch.context() as patch:
        patch.setattr(statistics, "metadata_of", known_and_changed)
        await house.to(TEN + 2 * HOUR + 5 * MINUTE)
    await house.to(TEN + 5 * HOUR + 20 * MINUTE)
    assert (await house.ids())[entity_id] == "°F"
    begin, end = TEN - 20 * HOUR, TEN + 4 * HOUR
    found = await house.hours(entity_id, begin, end, "°C")
    assert_alike(found, house.truth(begin, end, probe(logger)))


async def test_hours_are_written_once_a_busy_database_has_time(
    world: World, house: House, logger: Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.add_account()
    entity_id = world.entity_id(channel_id(logger))
    await house.to(TEN + 2 * HOUR - 5 * MINUTE)
    busy = iter([False])

    def sometimes(*given: Any) -> bool:
        return next(busy, True) and import_statistics(*given)

    monkeypatch.setattr(recorded, "import_statistics", sometimes)
    await house.to(TEN + 2 * HOUR + 5 * MINUTE)
    found = await house.hours(entity_id, TEN, TEN + HOUR)
    assert_alike(found, house.truth(TEN, TEN + HOUR, probe(logger)))
    assert next(busy, None) is None


async def test_a_house_that_counts_in_fahrenheit(
    hass: HomeAssistant, world: World, house: House, logger: Logger
) -> None:
    await hass.config.async_update(unit_system="us_customary")
    await world.add_account()
    entity_id = world.entity_id(channel_id(logger))
    await house.to(TEN + 4 * HOUR + 20 * MINUTE)
    assert (await house.ids())[entity_id] == "°F"
    truth = house.truth(TEN, TEN + 3 * HOUR, probe(logger))
    assert_alike(
        await house.hours(entity_id, TEN, TEN + 3 * HOUR, "°F"),
        {hour: in_fahrenheit(values) for hour, values in truth.items()},
    )


async def test_the_unit_of_what_is_stored_is_kept(
    hass: HomeAssistant, world: World, house: House, logger: Logger
) -> None:
    """A user may change the unit of a sensor at any time; its statistics stay as they are."""
    await world.add_account()
    entity_id = world.entity_id(channel_id(logger))
    await house.to(TEN + 2 * HOUR + 20 * MINUTE)
    er.async_get(hass).async_update_entity_options(
        entity_id, "sensor", {"unit_of_measurement": UnitOfTemperature.FAHRENHEIT}
    )
    await house.to(TEN + 5 * HOUR + 20 * MINUTE)
    assert world.state(channel_id(logger)).attributes["unit_of_measurement"] == "°F"
    assert (await house.ids())[entity_id] == "°C"
    end = TEN + 4 * HOUR
    assert_alike(await house.hours(entity_id, TEN, end, "°C"), house.truth(TEN, end, probe(logger)))


async def test_a_renamed_sensor_goes_on_with_its_history(
    hass: HomeAssistant, world: World, house: House, logger: Logger
) -> None:
    await world.add_account()
    entity_id = world.entity_id(channel_id(logger))
    await house.to(TEN + 3 * HOUR + 20 * MINUTE)
    er.async_get(hass).async_update_entity(entity_id, new_entity_id="sensor.vaccines")
    await house.to(TEN + 6 * HOUR + 20 * MINUTE)
    assert entity_id not in await house.ids()
    end = TEN + 5 * HOUR
    assert_alike(
        await house.hours("sensor.vaccines", TEN, end), house.truth(TEN, end, probe(logger))
    )


async def test_a_sensor_that_is_renamed_while_it_is_written(
    hass: HomeAssistant,
    world: World,
    house: House,
    logger: Logger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What comes after the renaming must not begin new statistics under the old name."""
    await world.add_account()
    entity_id = world.entity_id(channel_id(logger))
    await house.to(TEN + 2 * HOUR - 5 * MINUTE)
    registry = er.async_get(hass)

    def rename() -> None:
        if registry.async_get(entity_id):
            registry.async_update_entity(entity_id, new_entity_id="sensor.vaccines")

    known = recorded.metadata_of

    def known_and_renamed(*given: Any) -> Any:
        hass.loop.call_soon_threadsafe(rename)
        return known(*given)

    with monkeypatch.context() as patch:
        patch.setattr(statistics, "metadata_of", known_and_renamed)
        await house.to(TEN + 2 * HOUR + 5 * MINUTE)
    await house.to(TEN + 3 * HOUR + 20 * MINUTE)
    assert entity_id not in await house.ids()
    end = TEN + 2 * HOUR
    assert_alike(
        await house.hours("sensor.vaccines", TEN, end), house.truth(TEN, end, probe(logger))
    )


async def test_readings_without_a_unit_have_that_of_their_channel(
    hass: HomeAssistant, world: World, house: House, logger: Logger
) -> None:
    entry = await world.add_account()
    logger.sensors[0].break_sensor(TEN)
    units = ("°C", None, "°F")
    readings = [
        Reading(
            uuid=f"{number}",
            sensor_uuid=logger.sensors[0].uuid,
            channel=1,
            at=TEN + number * MINUTE,
            value=value,
            unit=unit,
        )
        for number, (value, unit) in enumerate(zip((1.0, 3.0, 50.0), units, strict=True))
    ]
    assert await hass.config_entries.async_unload(entry.entry_id)
    await world.keep(readings)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await house.to(TEN + 2 * HOUR + 5 * MINUTE)
    found = await house.hours(world.entity_id(channel_id(logger)), TEN, TEN + HOUR)
    assert found == {TEN: pytest.approx((14 / 3, 1.0, 10.0))}


async def test_a_disabled_sensor_is_made_up_for_once_it_is_enabled(
    hass: HomeAssistant, world: World, house: House, logger: Logger
) -> None:
    entry = await world.add_account()
    entity_id = world.entity_id(channel_id(logger))
    registry = er.async_get(hass)
    registry.async_update_entity(entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    await hass.config_entries.async_reload(entry.entry_id)
    await house.to(TEN + 4 * HOUR + 20 * MINUTE)
    assert await house.hours(entity_id, TEN - DAY, TEN + DAY) == {}
    registry.async_update_entity(entity_id, disabled_by=None)
    await hass.config_entries.async_reload(entry.entry_id)
    await house.to(TEN + 6 * HOUR + 20 * MINUTE)
    end = TEN + 5 * HOUR
    assert_alike(await house.hours(entity_id, TEN, end), house.truth(TEN, end, probe(logger)))


async def test_nothing_is_written_for_a_removed_sensor(
    hass: HomeAssistant, world: World, house: House, logger: Logger
) -> None:
    await world.add_account()
    entity_id = world.entity_id(channel_id(logger))
    er.async_get(hass).async_remove(entity_id)
    await house.to(TEN + 3 * HOUR + 20 * MINUTE)
    assert entity_id not in await house.ids()


async def test_a_correction_replaces_what_was_written(
    hass: HomeAssistant, world: World, house: House, logger: Logger
) -> None:
    entry = await world.add_account()
    entity_id = world.entity_id(channel_id(logger))
    await house.to(TEN + 3 * HOUR + 20 * MINUTE)
    (known,) = [
        it for it in world.fleet.readings(TEN, TEN + 15 * MINUTE) if it.channel is probe(logger)
    ]
    corrected = Reading(
        uuid=known.uuid,
        sensor_uuid=logger.sensors[0].uuid,
        channel=1,
        at=known.at,
        value=50.0,
        unit="°C",
        received=world.now,
    )
    assert await hass.config_entries.async_unload(entry.entry_id)
    await world.keep([corrected])
    assert await hass.config_entries.async_setup(entry.entry_id)
    await house.to(TEN + 4 * HOUR + 20 * MINUTE)
    found = await house.hours(entity_id, TEN, TEN + HOUR)
    assert found[TEN][2] == pytest.approx(50.0)


async def test_a_restart_loses_nothing(
    hass: HomeAssistant, world: World, house: House, logger: Logger
) -> None:
    entry = await world.add_account()
    entity_id = world.entity_id(channel_id(logger))
    await house.to(TEN + 2 * HOUR + 50 * MINUTE)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await house.to(TEN + 4 * HOUR + 20 * MINUTE)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await house.to(TEN + 6 * HOUR + 20 * MINUTE)
    end = TEN + 5 * HOUR
    assert_alike(await house.hours(entity_id, TEN, end), house.truth(TEN, end, probe(logger)))


async def test_a_sensor_that_has_no_value_gets_its_history_as_well(
    hass: HomeAssistant, world: World, house: House, fleet: Fleet, logger: Logger
) -> None:
    """The recorder knows nothing of it yet: not even whether it compiled any hour."""
    silent = fleet.add_logger(logger.site, "Archiv", kind=Kind.CLIMATE)
    odd = fleet.add_logger(logger.site, "Odd", kind=Kind.of(("Shock", "Unknown", "foo/m", 2)))
    for each in (silent, odd):
        each.outage(START - 10 * DAY)
    entry = await world.add_account()
    begin, end = TEN - 14 * DAY, TEN - 13 * DAY
    await hass.services.async_call(
        DOMAIN,
        "import_history",
        {"start": begin.isoformat(), "end": end.isoformat()},
        blocking=True,
    )
    await house.to(START + 3 * MINUTE, MINUTE)
    assert await world.imports(entry) == 0
    units = {}
    await house.to(TEN + 80 * MINUTE)
    for channel in (*silent.sensors[0].channels, *odd.sensors[0].channels):
        entity_id = world.entity_id(
            f"{channel.sensor.device.serial}_{channel.sensor.serial}_{channel.number}"
        )
        assert world.hass.states.get(entity_id)
        assert_alike(await house.hours(entity_id, begin, end), house.truth(begin, end, channel))
        units[entity_id] = (await house.ids())[entity_id]
    assert list(units.values()) == ["°C", "%", "°C", "g/m³", "foo/m"]


@pytest.mark.expect_warnings
async def test_a_unit_that_cannot_be_converted_is_left_alone(
    hass: HomeAssistant, world: World, house: House, fleet: Fleet, logger: Logger
) -> None:
    """Somebody else wrote something else under that name."""
    odd = fleet.add_logger(logger.site, "Odd", kind=Kind.of(("Shock", "Unknown", "foo/m", 2)))
    await world.add_account()
    entity_id = world.entity_id(channel_id(odd))
    async_import_statistics(
        hass,
        {
            "mean_type": StatisticMeanType.ARITHMETIC,
            "has_sum": False,
            "name": None,
            "source": "recorder",
            "statistic_id": entity_id,
            "unit_class": None,
            "unit_of_measurement": "bar/s",
        },
        [{"start": TEN, "mean": 1.0, "min": 1.0, "max": 1.0}],
    )
    await house.to(TEN + 3 * HOUR + 20 * MINUTE)
    assert await house.hours(entity_id, TEN - DAY, TEN + DAY) == {TEN: (1.0, 1.0, 1.0)}


async def test_two_signals_at_once_write_each_hour_once(
    hass: HomeAssistant, world: World, house: House, logger: Logger
) -> None:
    """The recorder may say it while the hours before are still being written."""
    await world.add_account()
    entity_id = world.entity_id(channel_id(logger))
    await house.to(TEN + HOUR + 20 * MINUTE)
    for _ in range(3):
        hass.bus.async_fire(EVENT_RECORDER_HOURLY_STATISTICS_GENERATED)
    await house.to(TEN + 3 * HOUR + 20 * MINUTE)
    assert len(await house.hours(entity_id, TEN, TEN + DAY)) == 3


@pytest.mark.expect_warnings
async def test_what_cannot_be_kept_leaves_the_hours_of_the_recorder(
    hass: HomeAssistant,
    world: World,
    house: House,
    logger: Logger,
    caplog: pytest.LogCaptureFixture,
) -> None:
    entry = await world.add_account()
    entity_id = world.entity_id(channel_id(logger))
    await house.to(TEN + HOUR + 20 * MINUTE)
    assert await world.asking_by_arrival(entry) == "works"
    assert await hass.config_entries.async_unload(entry.entry_id)
    path = ledger_path(hass, world.fleet.tenant_uuid)
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    path.mkdir()
    assert await hass.config_entries.async_setup(entry.entry_id)
    await house.to(TEN + 4 * HOUR + 20 * MINUTE)
    assert len(await house.hours(entity_id, TEN, TEN + DAY)) == 4
    assert world.value(f"{world.fleet.tenant_uuid}_cloud") == "on"
    assert not [it for it in caplog.records if it.levelno >= logging.WARNING and it.exc_info]


@pytest.mark.parametrize("not_recorded", [{"exclude": {"entity_globs": "sensor.*kuhlschrank*"}}])
async def test_nothing_is_written_of_what_the_user_does_not_record(
    world: World, house: House, logger: Logger
) -> None:
    await world.add_account()
    entity_id = world.entity_id(channel_id(logger))
    await house.to(TEN + 3 * HOUR + 20 * MINUTE)
    found = await house.ids()
    assert HOUSE in found
    assert entity_id not in found


@pytest.mark.parametrize("not_recorded", [{"exclude": {"entity_globs": "sensor.*kuhlschrank*"}}])
async def test_an_import_says_that_nothing_is_recorded(
    hass: HomeAssistant, world: World, house: House, logger: Logger
) -> None:
    entry = await world.add_account()
    await house.settle()
    with pytest.raises(ServiceValidationError) as error:
        await call_import(hass, TEN - 5 * DAY, TEN - 4 * DAY)
    assert error.value.translation_key == "import_not_recorded"
    assert await world.imports(entry) == 0
    assert logger.sensors


@pytest.mark.parametrize("not_recorded", [{"exclude": {"entity_globs": "sensor.*kuhlschrank*"}}])
async def test_an_import_says_what_it_leaves_out(
    hass: HomeAssistant, world: World, house: House, fleet: Fleet, logger: Logger
) -> None:
    lab = fleet.add_logger(logger.site, "Labor")
    messages: list[str] = []

    @callback
    def note(_kind: Any, notifications: dict[str, Any]) -> None:
        messages.extend(it["message"] for it in notifications.values())

    await world.add_account()
    persistent_notification.async_register_callback(hass, note)
    await house.settle()
    begin, end = TEN - 5 * DAY, TEN - 4 * DAY
    (begun,) = (await call_import(hass, begin, end))["imports"]
    assert (begun["sensors"], begun["not_recorded"]) == (1, 1)
    await house.to(START + 3 * MINUTE, MINUTE)
    assert len(messages) == 2
    for message in messages:
        assert "does not record them" in message
        assert message.endswith("disabled entities): 1.")
    await house.to(TEN + 80 * MINUTE)
    entity_id = world.entity_id(channel_id(lab))
    assert_alike(await house.hours(entity_id, begin, end), house.truth(begin, end, probe(lab)))


async def test_nothing_is_written_before_the_recorder_has_compiled_anything(
    hass: HomeAssistant, world: World, house: House, logger: Logger, recorder_mock: Recorder
) -> None:
    """All its runs may be in the future, if the clock was wrong when it made them."""
    entry = await world.add_account()

    def shift() -> None:
        with session_scope(hass=hass) as session:
            session.execute(update(StatisticsRuns).values(start=datetime(2030, 1, 1)))  # noqa: DTZ001 - as the recorder stores it

    await house.settle()
    await recorder_mock.async_add_executor_job(shift)
    begin, end = TEN - 5 * DAY, TEN - 4 * DAY
    call = {"start": begin.isoformat(), "end": end.isoformat()}
    await hass.services.async_call(DOMAIN, "import_history", call, blocking=True)
    await house.to(START + 3 * MINUTE, MINUTE)
    assert await world.imports(entry) == 0
    entity_id = world.entity_id(channel_id(logger))
    assert await house.hours(entity_id, begin, end) == {}
    await house.to(TEN + 70 * MINUTE)
    assert_alike(await house.hours(entity_id, begin, end), house.truth(begin, end, probe(logger)))
