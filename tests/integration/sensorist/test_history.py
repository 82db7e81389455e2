"""The past of an account with an e-mail address: statistics, imports, reports, files."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from homeassistant.components.persistent_notification import async_register_callback
from homeassistant.components.recorder.core import Recorder
from homeassistant.core import HomeAssistant, callback
from homeassistant.setup import async_setup_component
import pytest

from custom_components.testo_smart_connect.const import DOMAIN
from tests.integration.conftest import MINUTE
from tests.integration.house import House, assert_alike
from tests.simulator import Channel, Fleet, Gateway, Kind, RadioSensor

from .conftest import MARK, SensoristWorld

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEP, QUARTER = 5 * MINUTE, 15 * MINUTE
TEN = datetime(2026, 7, 1, 10, tzinfo=UTC)
TODAY = datetime(2026, 7, 1, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("recorder_mock")


@pytest.fixture
def enable_statistics() -> bool:
    """Let the recorder compile as it does in a house."""
    return True


@pytest.fixture(autouse=True)
async def _time_zone(hass: HomeAssistant) -> None:
    await hass.config.async_set_time_zone("UTC")


@pytest.fixture
async def house(hass: HomeAssistant, world: SensoristWorld, recorder_mock: Recorder) -> House:
    """Return a house."""
    assert await async_setup_component(hass, "sensor", {})
    return House(hass, world, recorder_mock)  # type: ignore[arg-type]  # any cloud will do


@pytest.fixture
def folder(hass: HomeAssistant) -> Path:
    """Return where files go; it does not exist yet."""
    media = Path(hass.config.path("media"))
    hass.config.media_dirs = {"local": str(media)}
    return media / DOMAIN


async def ask(world: SensoristWorld, action: str, **data: Any) -> dict[str, Any]:
    """Take an action and return its response."""
    found: Any = await world.hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=True
    )
    assert isinstance(found, dict)
    return found


def values_asked(world: SensoristWorld) -> list[Mapping[str, list[str]]]:
    """Return what each request for values asked for, in order."""
    found = world.requests("GET", "/measurements")
    return [parse_qs(urlsplit(it.path).query) for it in found]


def begin_of(asked: Mapping[str, list[str]]) -> datetime:
    """Return the begin of the window of a request."""
    return datetime.fromisoformat(asked["from"][0])


def truth(
    world: SensoristWorld, channel: Channel, start: datetime, end: datetime
) -> dict[datetime, float]:
    """Return what a channel measured, as far as it is stored."""
    readings = world.fleet.readings(start, end, visible_at=world.now)
    return {it.at: it.value for it in readings if it.channel is channel and it.value is not None}


@pytest.mark.parametrize("same_seq", [False, True])
async def test_what_is_uploaded_days_late_counts_in_its_own_hours(
    world: SensoristWorld,
    house: House,
    cellar: RadioSensor,
    same_seq: bool,  # noqa: FBT001  a parameter of the test
) -> None:
    """It is asked for by sequence number: no request goes back to when it was measured."""
    world.simulator.odd.same_seq = same_seq
    await world.add_account()
    channel = cellar.channels[0]
    entity_id = world.entity_id(world.channel(channel))
    await house.to(TEN + 3 * HOUR, QUARTER)
    silent, back = TEN + 3 * HOUR, TEN + 2 * DAY + 5 * HOUR
    cellar.outage(silent, back)
    channel.hold(silent + 10 * HOUR, silent + 11.5 * HOUR, 27.0)
    await house.to(back - QUARTER, HOUR)
    begin = silent + 2 * HOUR
    found = await house.hours(entity_id, begin, back)
    assert {it for it in found if it < back - 3 * HOUR} == set(), "nothing is invented meanwhile"
    before = len(values_asked(world))
    await house.to(back + 4 * HOUR)
    late = await house.hours(entity_id, silent, back)
    assert_alike(late, house.truth(silent, back, channel))
    assert late[silent + 10 * HOUR] == pytest.approx((27.0, 27.0, 27.0))
    asked = values_asked(world)[before:]
    assert asked
    assert all("seq_from" in it for it in asked)
    assert not world.simulator.early


async def test_weeks_before_the_installation_come_page_by_page(
    hass: HomeAssistant, world: SensoristWorld, house: House, cellar: RadioSensor
) -> None:
    messages: list[str] = []

    @callback
    def note(_kind: Any, notifications: dict[str, Any]) -> None:
        messages.extend(it["message"] for it in notifications.values())

    async_register_callback(hass, note)
    entry = await world.add_account()
    await house.to(TEN + 2 * HOUR)
    world.simulator.odd.page = 500
    world.simulator.requests.clear()
    begin, end = TODAY - 24 * DAY, TODAY - 3 * DAY
    found = await ask(world, "import_history", start=begin.isoformat(), end=end.isoformat())
    (begun,) = found["imports"]
    assert (begun["config_entry_id"], begun["sensors"]) == (entry.entry_id, 1)
    await house.to(TEN + 2 * HOUR + 20 * MINUTE, MINUTE)
    assert await world.imports(entry) == 0
    assert "is imported" in messages[-1]
    for channel in cellar.channels[:2]:
        entity_id = world.entity_id(world.channel(channel))
        hours = await house.hours(entity_id, begin, end)
        assert_alike(hours, house.truth(begin, end, channel))
        assert len(hours) == 21 * 24
    weeks: dict[str, list[int]] = {}
    for it in values_asked(world):
        if begin_of(it) < end and "seq_from" not in it:
            weeks.setdefault(it["from"][0], []).append(int(it.get("offset", ["0"])[0]))
    assert len(weeks) == 3, "three weeks"
    for offsets in weeks.values():
        assert len(offsets) > 2
        assert offsets == [500 * number for number in range(len(offsets))]
    assert not world.simulator.early


@pytest.mark.expect_warnings
async def test_an_import_goes_on_although_nobody_understands_the_alarms(
    world: SensoristWorld, cellar: RadioSensor, house: House
) -> None:
    entry = await world.add_account()
    world.simulator.odd.payload = {"history": "null", "alarms": "missing"}
    await house.to(world.now + 40 * MINUTE, STEP)
    begin, end = TODAY - 10 * DAY, TODAY - 3 * DAY
    await ask(world, "import_history", start=begin.isoformat(), end=end.isoformat())
    await house.to(world.now + 10 * MINUTE, MINUTE)
    assert await world.imports(entry) == 0
    entity_id = world.entity_id(world.channel(cellar.channels[0]))
    true = house.truth(begin, end, cellar.channels[0])
    assert_alike(await house.hours(entity_id, begin, end), true)


async def test_an_import_twice_is_one(
    world: SensoristWorld, house: House, cellar: RadioSensor
) -> None:
    """The answers are still good: nothing is asked again, and nothing counts twice."""
    entry = await world.add_account()
    await house.to(TEN + 2 * HOUR)
    world.simulator.odd.page = 500
    entity_id = world.entity_id(world.channel(cellar.channels[0]))
    begin, end = TODAY - 10 * DAY, TODAY - 3 * DAY
    true = house.truth(begin, end, cellar.channels[0])
    asked: list[int] = []
    for _ in range(2):
        await ask(world, "import_history", start=begin.isoformat(), end=end.isoformat())
        await house.to(world.now + 5 * MINUTE, MINUTE)
        assert await world.imports(entry) == 0
        assert_alike(await house.hours(entity_id, begin, end), true)
        asked.append(sum("seq_from" not in it and begin_of(it) < end for it in values_asked(world)))
    assert asked[0] == asked[1]
    assert not world.simulator.early


async def test_a_report_tells_what_was_measured(
    world: SensoristWorld, cellar: RadioSensor, house: House
) -> None:
    assert house
    channel = cellar.channels[0]
    channel.hold(TODAY - 2 * DAY, TODAY - 14 * HOUR, 20.0)
    channel.hold(TODAY - 14 * HOUR, TODAY - 8 * HOUR, 33.0)
    channel.hold(TODAY - 8 * HOUR, TODAY + DAY, 20.0)
    world.simulator.add_alarm(channel, "above", 30.0)
    await world.add_account()
    entity_id = world.entity_id(world.channel(channel))
    found = await ask(world, "get_report", period="yesterday", entity_id=entity_id)
    (report,) = found["reports"]
    assert (report["serial"], report["name"]) == (cellar.serial, cellar.name)
    assert report["complete"] is True
    (told,) = report["channels"]
    true = truth(world, channel, TODAY - DAY, TODAY)
    assert (told["count"], told["coverage"]) == (len(true), 1.0)
    assert told["mean"] == pytest.approx(sum(true.values()) / len(true))
    assert (told["minimum"]["value"], told["maximum"]["value"]) == (20.0, 33.0)
    assert told["gaps"] == []
    (excursion,) = told["excursions"]
    assert (excursion["seconds"], excursion["extreme"], excursion["limit"]) == (21_600, 33.0, 30.0)
    assert [(it["direction"], it["value"]) for it in told["limits"]] == [("upper", 30.0)]
    assert not world.simulator.early


async def test_an_export_holds_each_reading(
    world: SensoristWorld, cellar: RadioSensor, house: House, folder: Path
) -> None:
    assert house
    await world.add_account()
    channel = cellar.channels[0]
    entity_id = world.entity_id(world.channel(channel))
    found = await ask(world, "export_measurements", period="yesterday", entity_id=entity_id)
    (file,) = found["files"]
    path = Path(file["path"])
    assert path.parent == folder
    assert cellar.serial in path.name
    assert MARK not in path.name
    true = truth(world, channel, TODAY - DAY, TODAY)
    assert file["rows"] == len(true)
    text = path.read_text(encoding="utf-8-sig")  # noqa: ASYNC240  a small file
    _, *rows = [line for line in text.splitlines() if not line.startswith("#")]
    assert len(rows) == len(true)
    reports = await ask(
        *(world, "export_report"), period="yesterday", format="html", entity_id=entity_id
    )
    (file,) = reports["files"]
    page = Path(file["path"]).read_text(encoding="utf-8")  # noqa: ASYNC240  a small file
    assert cellar.name in page
    assert not world.simulator.early


async def test_a_report_says_which_limit_it_cannot_know(
    world: SensoristWorld, cellar: RadioSensor, house: House, folder: Path
) -> None:
    """And it speaks of who made the sensors, of nobody else."""
    assert house
    assert folder
    channel = cellar.channels[0]
    world.simulator.add_alarm(channel, "below", 2.0)
    for value in (30.0, 32.0):
        world.simulator.add_alarm(channel, "above", value)
    await world.add_account()
    asked = {"period": "yesterday", "entity_id": world.entity_id(world.channel(channel))}
    (report,) = (await ask(world, "get_report", **asked))["reports"]
    (told,) = report["channels"]
    assert told["limits"] == [{"direction": "lower", "value": 2.0, "source": "testo"}]
    assert told["limits_unclear"] == [{"direction": "upper", "reason": "several"}]
    (file,) = (await ask(world, "export_report", **asked, format="html"))["files"]
    page = Path(file["path"]).read_text(encoding="utf-8")  # noqa: ASYNC240  a small file
    assert "Upper limit: Sensorist has several alarm limits" in page
    assert "In range" not in page
    assert "Sensorist remains the system of record" in page
    assert "testo" not in page.replace("testo Smart Connect for Home Assistant", "")
    given = await ask(world, "get_report", **asked, upper=25)
    assert "limits_unclear" not in given["reports"][0]["channels"][0]


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_several_alarms_at_one_value_are_one_limit(
    world: SensoristWorld, cellar: RadioSensor, house: House
) -> None:
    """They differ in when they tell."""
    assert house
    channel = cellar.channels[0]
    for delay in (0, 30):
        world.simulator.add_alarm(channel, "above", 30.0, delay=delay)
    await world.add_account()
    assert world.value(f"{world.channel(channel)}_upper_alarm_limit") == "30.0"
    asked = {"period": "yesterday", "entity_id": world.entity_id(world.channel(channel))}
    (report,) = (await ask(world, "get_report", **asked))["reports"]
    assert [it["value"] for it in report["channels"][0]["limits"]] == [30.0]


async def test_a_report_of_weeks_before_the_installation(
    world: SensoristWorld, cellar: RadioSensor, house: House
) -> None:
    """What is not kept is asked for, page by page, and counted once."""
    assert house
    await world.add_account()
    world.simulator.odd.page = 500
    begin, end = TODAY - 24 * DAY, TODAY - 3 * DAY
    entity_id = world.entity_id(world.channel(cellar.channels[0]))
    period = {"start": begin.isoformat(), "end": end.isoformat()}
    for _ in range(2):
        found = await ask(world, "get_report", **period, entity_id=entity_id)
        (report,) = found["reports"]
        (told,) = report["channels"]
        true = truth(world, cellar.channels[0], begin, end)
        assert told["count"] == len(true)
        assert told["mean"] == pytest.approx(sum(true.values()) / len(true))
    assert not world.simulator.early


async def test_an_unknown_kind_is_a_plain_sensor(
    world: SensoristWorld, house: House, fleet: Fleet, gateway: Gateway
) -> None:
    """Neither kind nor unit is known to anybody; value and statistics are as with others."""
    kind = Kind.of(("Radiation", "Strange", "zorkmid", 2))
    odd = gateway.add_radio_sensor("Ukendt", kind=kind)
    await world.add_account()
    channel = odd.channels[0]
    state = world.state(world.channel(channel))
    reading = fleet.latest(channel, world.now)
    assert reading is not None
    assert float(state.state) == pytest.approx(reading.value)
    assert "device_class" not in state.attributes
    assert state.attributes["unit_of_measurement"] == "zorkmid"
    assert state.attributes["state_class"] == "measurement"
    assert state.attributes["measured_at"] == reading.at.isoformat()
    assert state.attributes["friendly_name"].startswith("Ukendt")
    await house.to(TEN + 4 * HOUR + 20 * MINUTE, STEP)
    found = await house.hours(state.entity_id, TEN, TEN + 3 * HOUR)
    assert_alike(found, house.truth(TEN, TEN + 3 * HOUR, channel))


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_two_limits_of_one_direction_are_no_limit_to_show(
    world: SensoristWorld, cellar: RadioSensor
) -> None:
    """None of the two is the limit; each alarm is told once, and one limit is left in the end."""
    channel = cellar.channels[0]
    first = world.simulator.add_alarm(channel, "above", 30.0)
    await world.add_account()
    limit = f"{world.channel(channel)}_upper_alarm_limit"
    assert world.value(limit) == "30.0"
    second = world.simulator.add_alarm(channel, "above", 32.0, since=world.now)
    await world.advance(65 * MINUTE, step=STEP)
    assert world.value(limit) == "unavailable"
    channel.hold(world.now, world.now + 2 * HOUR, 33.0)
    await world.advance(4 * HOUR, step=STEP)
    assert world.value(limit) == "unavailable"
    events = world.events(f"{cellar.serial}{MARK}")
    told = sorted((it["event_type"], it["limit"]) for it in events)
    assert told == [
        ("alarm_cleared", 30.0),
        ("alarm_cleared", 32.0),
        ("alarm_raised", 30.0),
        ("alarm_raised", 32.0),
    ]
    assert {first.value, second.value} == {it["limit"] for it in events}
    world.simulator.alarms.remove([first.id], world.now)
    await world.advance(65 * MINUTE, step=STEP)
    assert world.value(limit) == "32.0"
    assert len(world.events(f"{cellar.serial}{MARK}")) == 4
    assert not world.simulator.early
