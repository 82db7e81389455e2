"""The action that imports history: in the background, over restarts, told in notifications."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from homeassistant.components.persistent_notification import async_register_callback
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import area_registry as ar
from homeassistant.helpers.translation import async_load_integrations
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.history.hours import HourValue
from custom_components.testo_smart_connect.monitoring.model import ChannelKey
from custom_components.testo_smart_connect.statistics import writer as statistics
from tests.integration.conftest import MINUTE, START, World
from tests.simulator import Fleet, Kind, Logger

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MIDNIGHT = datetime(2026, 7, 1, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("recorder_mock")


@pytest.fixture(autouse=True)
def _waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is imported wait in the ledger, where it can be looked at."""
    monkeypatch.setattr(statistics, "written_until", lambda _hass: None)


@pytest.fixture
def logger(fleet: Fleet) -> Logger:
    """Return a climate logger with a history of a month."""
    fleet.connection_timeout = timedelta(days=30)
    return fleet.add_logger(fleet.add_site("Apotheke Köln"), "Schrank", kind=Kind.CLIMATE)


class Notes:
    """What Home Assistant shows in its notifications."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Listen."""
        self.messages: list[str] = []
        self.titles: set[str] = set()
        self.ids: set[str] = set()
        async_register_callback(hass, self._note)

    @callback
    def _note(self, _kind: Any, notifications: dict[str, Any]) -> None:
        for name, notification in notifications.items():
            self.ids.add(name)
            self.titles.add(notification["title"])
            self.messages.append(notification["message"])


@pytest.fixture
async def notes(hass: HomeAssistant) -> Notes:
    """Return the notifications of a house in Berlin."""
    await hass.config.async_set_time_zone("Europe/Berlin")
    await async_load_integrations(hass, {DOMAIN})
    return Notes(hass)


async def start(world: World, **data: Any) -> dict[str, Any]:
    """Take the action."""
    answer: Any = await world.hass.services.async_call(
        DOMAIN, "import_history", data, blocking=True, return_response=True
    )
    found: dict[str, Any] = answer
    return found


async def kept(
    world: World, entry: ConfigEntry[Any], begin: datetime, end: datetime
) -> dict[tuple[ChannelKey, datetime], HourValue]:
    """Return what is to be written of some hours."""
    pending = await world.unwritten(end, entry)
    return {(key, value.start): value for key, value in pending if value.start >= begin}


def assert_true(
    world: World, found: Mapping[tuple[ChannelKey, datetime], HourValue], *period: datetime
) -> None:
    """Compare hours with what was measured."""
    truth: dict[tuple[ChannelKey, datetime], list[float]] = {}
    for it in world.fleet.readings(*period):
        hour = it.at.replace(minute=0, second=0, microsecond=0)
        assert it.value is not None
        key = (it.channel.sensor.uuid, it.channel.number)
        truth.setdefault((key, hour), []).append(it.value)
    assert found.keys() == truth.keys()
    for place, values in truth.items():
        value = found[place]
        assert (value.count, value.lowest, value.highest) == (
            len(values),
            min(values),
            max(values),
        )
        assert value.mean == pytest.approx(sum(values) / len(values))


async def test_history_from_before_the_installation(
    world: World, logger: Logger, notes: Notes
) -> None:
    entry = await world.add_account()
    answer = await start(world, start="2026-06-10 02:00:00", end="2026-06-28T00:00:00+00:00")
    (begun,) = answer["imports"]
    assert begun["config_entry_id"] == entry.entry_id
    assert begun["sensors"] == 1
    assert begun["start"] == "2026-06-10T00:00:00+00:00"
    assert begun["end"] == "2026-06-28T00:00:00+00:00"
    world.simulator.requests.clear()
    await world.advance(10 * MINUTE)
    begin, end = MIDNIGHT - 21 * DAY, MIDNIGHT - 3 * DAY
    assert_true(world, await kept(world, entry, begin, end), begin, end)
    only = f"sensor_uuid eq '{logger.sensors[0].uuid}'"
    asked = [
        record.at
        for record in world.requests("POST", "/v2/measurements")
        if record.body.get("odata", {}).get("$filter") == only
    ]
    assert len(asked) == 3, "three weeks are three jobs"
    assert min(after - before for before, after in pairwise(asked)) >= MINUTE
    assert notes.titles == {"History of Muster Monitoring GmbH"}
    assert len(notes.ids) == 1, "one notification that changes"
    assert notes.messages[0].startswith("The history from 2026-06-10 02:00 to 2026-06-28 02:00 is")
    assert ": 33%." in notes.messages[1]
    rows = len(list(world.fleet.readings(begin, end)))
    for line in (f"Readings: {rows}", f"Hours of statistics: {4 * 18 * 24}", "or more: 0"):
        assert line in notes.messages[-1]
    assert await world.imports(entry) == 0


async def test_twice_is_once_and_gaps_are_counted(
    world: World, logger: Logger, notes: Notes
) -> None:
    logger.break_sensor(MIDNIGHT - 5 * DAY, MIDNIGHT - 4 * DAY)
    entry = await world.add_account()
    begin, end = MIDNIGHT - 6 * DAY, MIDNIGHT - 3 * DAY
    found = []
    for _ in range(2):
        await start(world, start=begin.isoformat(), end=end.isoformat())
        await world.advance(3 * MINUTE)
        found.append(await kept(world, entry, begin, end))
    assert found[0] == found[1]
    assert_true(world, found[0], begin, end)
    assert notes.messages[-1].count("Gaps of an hour or more: 4") == 1


async def test_until_now_if_no_end_is_given(world: World, logger: Logger, notes: Notes) -> None:
    entry = await world.add_account()
    await start(world, start=(MIDNIGHT - DAY).isoformat())
    await world.advance(5 * MINUTE)
    begin, end = MIDNIGHT - DAY, START.replace(minute=0, second=0)
    assert_true(world, await kept(world, entry, begin, end), begin, end)
    assert logger.sensors
    assert "is imported" in notes.messages[-1]


async def test_it_goes_on_after_a_restart_and_ends_with_a_reload(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    world: World,
    logger: Logger,
    notes: Notes,
) -> None:
    entry = await world.add_account()
    begin, end = MIDNIGHT - 28 * DAY, MIDNIGHT - 7 * DAY
    await start(world, start=begin.isoformat(), end=end.isoformat())
    await world.advance(2 * MINUTE, step=MINUTE / 4)
    data = hass_storage[f"{DOMAIN}.{entry.unique_id}"]["data"]
    (task,) = data["imports"].values()
    assert 1 <= task["done"] < task["jobs"] == 3
    assert data["spans"] == [], "jobs are derived, not listed"
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert "because the account was reloaded" in notes.messages[-1]
    await world.advance(5 * MINUTE)
    assert await world.imports(entry) == 0
    assert "is imported" not in notes.messages[-1]
    assert logger.sensors


@pytest.mark.expect_warnings
async def test_a_cloud_that_fails_only_delays_it(
    world: World, logger: Logger, notes: Notes
) -> None:
    entry = await world.add_account()
    begin, end = MIDNIGHT - 20 * DAY, MIDNIGHT - 10 * DAY
    world.faults.server_error = 503
    await start(world, start=begin.isoformat(), end=end.isoformat())
    await world.advance(30 * MINUTE)
    assert "is imported" not in notes.messages[-1]
    world.faults.server_error = None
    await world.advance(65 * MINUTE)
    assert "is imported" in notes.messages[-1]
    assert_true(world, await kept(world, entry, begin, end), begin, end)
    assert logger.sensors


async def test_only_what_is_targeted(
    hass: HomeAssistant, world: World, fleet: Fleet, logger: Logger
) -> None:
    other = fleet.add_logger(fleet.add_site("Labor"), "Regal")
    entry = await world.add_account()
    begin, end = MIDNIGHT - 4 * DAY, MIDNIGHT - 3 * DAY
    area = ar.async_get(hass).async_get_area_by_name("Labor")
    assert area is not None
    sensor = f"{logger.serial}_{logger.sensors[0].serial}_1"
    for target, uuid in (
        ({"area_id": area.id}, other.sensors[0].uuid),
        ({"entity_id": world.entity_id(sensor)}, logger.sensors[0].uuid),
    ):
        before = set(await kept(world, entry, begin, end))
        await start(world, start=begin.isoformat(), end=end.isoformat(), **target)
        await world.advance(2 * MINUTE)
        new = set(await kept(world, entry, begin, end)) - before
        assert {key[0] for key, _ in new} == {uuid}


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"start": "2027-01-01 00:00:00"}, "import_period"),
        ({"start": "2026-06-02 00:00:00", "end": "2026-06-01 00:00:00"}, "import_period"),
        ({"start": "2026-06-02 00:10:00", "end": "2026-06-02 01:50:00"}, "import_period"),
        ({"start": "2026-06-02 00:00:00", "end": "0001-01-01 00:00:00"}, "import_period"),
        ({"start": "9999-12-31T23:59:59-12:00"}, "import_period"),
        ({"start": "2026-06-02 00:00:00", "entity_id": "sensor.none"}, "foreign_targets"),
        ({"start": "0001-01-01 00:00:00"}, "import_too_early"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "import_too_early"),
        ({"start": "2000-01-01 00:00:00"}, "import_too_early"),
        ({"start": "2023-06-29 00:00:00"}, "import_too_early"),
    ],
)
@pytest.mark.usefixtures("logger")
async def test_what_cannot_be_imported_is_said(
    world: World, data: dict[str, Any], key: str
) -> None:
    entry = await world.add_account()
    with pytest.raises(ServiceValidationError) as error:
        await start(world, **data)
    assert error.value.translation_key == key
    assert await world.imports(entry) == 0


async def test_an_account_can_be_ruled_out(world: World, logger: Logger) -> None:
    await world.add_account()
    sensor = world.entity_id(f"{logger.serial}_{logger.sensors[0].serial}_1")
    with pytest.raises(ServiceValidationError) as error:
        await start(world, start="2026-06-02 00:00:00", entity_id=sensor, config_entry_id="another")
    assert error.value.translation_key == "service_config_entry_not_found"


async def test_three_years_can_be_imported(world: World, logger: Logger) -> None:
    entry = await world.add_account()
    (begun,) = (await start(world, start="2023-07-01 10:00:00", end="2024-01-01 00:00:00"))[
        "imports"
    ]
    assert begun["start"] == "2023-07-01T17:00:00+00:00"
    assert await world.imports(entry) == 1
    with pytest.raises(ServiceValidationError) as error:
        await start(world, start="2023-06-30 00:00:00")
    assert error.value.translation_placeholders == {"earliest": "2023-07-02"}
    assert logger.sensors


@pytest.mark.expect_warnings
async def test_a_repetition_joins_the_running_import(
    world: World, logger: Logger, notes: Notes
) -> None:
    entry = await world.add_account()
    begin = (MIDNIGHT - 20 * DAY).isoformat()
    first = await start(world, start=begin)
    assert await start(world, start=begin) == first
    world.faults.server_error = 503
    # In the next hour, now is another one.
    await world.advance(HOUR, step=10 * MINUTE)
    assert await start(world, start=begin) == first
    world.faults.server_error = None
    assert await world.imports(entry) == 1
    assert len(notes.ids) == 1
    assert logger.sensors


@pytest.mark.expect_warnings
async def test_something_else_does_not_join(
    world: World, fleet: Fleet, logger: Logger, hass_storage: dict[str, Any]
) -> None:
    other = fleet.add_logger(fleet.add_site("Labor"), "Regal")
    entry = await world.add_account()
    world.faults.server_error = 503
    days = [(MIDNIGHT - number * DAY).isoformat() for number in (20, 10, 9)]
    one = world.entity_id(f"{other.serial}_{other.sensors[0].serial}_1")
    ids = [
        (await start(world, **data))["imports"][0]["import_id"]
        for data in (
            {"start": days[0], "end": days[1], "entity_id": one},
            {"start": days[0], "end": days[1], "entity_id": one},
            {"start": days[1], "end": days[2], "entity_id": one},
            {"start": days[0], "end": days[1]},
            {"start": days[0], "end": days[1], "entity_id": one},
            {"start": days[1]},
            {"start": days[1], "end": days[2]},
        )
    ]
    assert ids[0] == ids[1] == ids[4]
    assert ids[5] == ids[6]
    assert len({*ids}) == 4
    await world.advance(MINUTE)
    stored = hass_storage[f"{DOMAIN}.{entry.unique_id}"]["data"]["imports"]
    assert [*stored] == list(dict.fromkeys(ids)), "one after the other"
    world.faults.server_error = None
    assert logger.sensors


async def test_only_who_may_control_the_sensors_may_import(  # noqa: PLR0913, PLR0917 - fixtures
    hass: HomeAssistant,
    world: World,
    fleet: Fleet,
    logger: Logger,
    hass_read_only_user: MockUser,
    hass_admin_user: MockUser,
) -> None:
    other = fleet.add_logger(fleet.add_site("Labor"), "Regal")
    entry = await world.add_account()
    mine, theirs = (
        world.entity_id(f"{it.serial}_{it.sensors[0].serial}_1") for it in (logger, other)
    )
    hass_read_only_user.mock_policy({"entities": {"entity_ids": {mine: {"control": True}}}})
    period = {"start": (MIDNIGHT - DAY).isoformat(), "end": MIDNIGHT.isoformat()}

    async def as_user(user_id: str, **target: Any) -> None:
        await hass.services.async_call(
            DOMAIN,
            "import_history",
            {**period, **target},
            blocking=True,
            context=Context(user_id=user_id),
        )

    for target in ({}, {"entity_id": theirs}, {"entity_id": [mine, theirs]}):
        with pytest.raises(Unauthorized):
            await as_user(hass_read_only_user.id, **target)
    with pytest.raises(UnknownUser):
        await as_user("nobody")
    assert await world.imports(entry) == 0
    await as_user(hass_read_only_user.id, entity_id=mine)
    assert await world.imports(entry) == 1
    await as_user(hass_admin_user.id)
    assert await world.imports(entry) == 2


async def test_a_time_that_is_to_be_read_again_is_not_complete(
    world: World, logger: Logger
) -> None:
    await world.add_account()
    await world.advance(2 * DAY, step=15 * MINUTE)

    async def is_complete(period: str) -> bool:
        found: Any = await world.hass.services.async_call(
            *(DOMAIN, "get_measurements", {"period": period, "interval": "day"}),
            blocking=True,
            return_response=True,
        )
        return bool(found["complete"])

    assert logger.serial
    assert await is_complete("yesterday") is True
    world.faults.set({"on": {"measurements": {"job_outcome": "never"}}})
    await start(world, start=(MIDNIGHT - 2 * DAY).isoformat())
    assert await is_complete("yesterday") is False
    assert await is_complete("today") is False


async def test_a_door_has_no_history(world: World, fleet: Fleet, logger: Logger) -> None:
    gateway = fleet.add_gateway(logger.site, "Gateway")
    door = gateway.add_radio_sensor("Tür", kind=Kind.DOOR)
    await world.add_account()
    entity_id = world.entity_id(f"{gateway.serial}_{door.serial}_1")
    with pytest.raises(ServiceValidationError) as error:
        await start(world, start=(MIDNIGHT - DAY).isoformat(), entity_id=entity_id)
    assert error.value.translation_key == "measures_nothing"


async def test_an_import_of_the_first_release_goes_on(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    world: World,
    logger: Logger,
    notes: Notes,
) -> None:
    """It had listed its jobs, of which the first was done; so does one that derives them."""
    uuid = logger.sensors[0].uuid
    entry = await world.add_account()
    assert await hass.config_entries.async_unload(entry.entry_id)
    begin, end = MIDNIGHT - 21 * DAY, MIDNIGHT
    data = hass_storage[f"{DOMAIN}.{entry.unique_id}"]["data"]
    period = {"start": begin.isoformat(), "end": end.isoformat()}
    data["imports"] = {
        name: {"id": name, **period, "jobs": 3, "done": 1, "rows": 7} for name in ("task", "lost")
    }
    data["imports"]["ours"] = {
        "id": "ours",
        "start": (begin - DAY).isoformat(),
        "end": begin.isoformat(),
        "jobs": 1,
        "sensors": [uuid],
    }
    weeks = ((MIDNIGHT - 14 * DAY, MIDNIGHT - 7 * DAY), (begin, MIDNIGHT - 14 * DAY))
    data["spans"] = [
        {"sensors": [uuid], "start": start.isoformat(), "end": end.isoformat(), "task": "task"}
        for start, end in weeks
    ]
    assert await hass.config_entries.async_setup(entry.entry_id)
    await world.advance(5 * MINUTE)
    assert await world.imports(entry) == 0
    begin, end = begin - DAY, MIDNIGHT - 7 * DAY
    assert_true(world, await kept(world, entry, begin, end), begin, end)
    assert notes.ids == {f"{DOMAIN}_import_task", f"{DOMAIN}_import_ours"}
    assert "is imported" in notes.messages[-1]
