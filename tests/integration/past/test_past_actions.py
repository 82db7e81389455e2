"""Actions that answer what was measured and which alarms there were, compared with the truth."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.template import Template
import probatio
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.testo_smart_connect.actions import past
from custom_components.testo_smart_connect.const import DOMAIN
from custom_components.testo_smart_connect.history.ledger_file import LedgerError
from tests.integration.conftest import MINUTE, START, World
from tests.simulator import Channel, Fleet, Kind, Logger, Site, band

from .asking import DAY, HOUR, MIDNIGHT, ask, probe


def base(logger: Logger) -> str:
    """Return the unique id of the first channel."""
    return f"{logger.serial}_{logger.sensors[0].serial}_1"


def truth(world: World, channel: Channel, start: datetime, end: datetime) -> dict[datetime, float]:
    """Return what was measured and is known to the cloud."""
    return {
        it.at: it.value
        for it in world.fleet.readings(start, end, visible_at=world.now)
        if it.channel is channel and it.value is not None
    }


def told(channel: Mapping[str, Any]) -> dict[datetime, float]:
    """Return the readings of a response."""
    return {datetime.fromisoformat(it["time"]): it["value"] for it in channel["readings"]}


async def test_each_reading_with_its_own_time(world: World, logger: Logger) -> None:
    await world.add_account()
    found = await ask(world, "get_measurements", period="today")
    (channel,) = found["channels"]
    readings = told(channel)
    assert readings == truth(world, probe(logger), MIDNIGHT, world.now)
    assert list(readings) == sorted(readings)
    assert channel["readings"][0]["time"] == "2026-07-01T00:00:00+02:00"
    assert channel["entity_id"] == world.entity_id(base(logger))
    assert {key: channel[key] for key in ("serial", "name", "quantity", "unit")} == {
        "serial": logger.serial,
        "name": "Kühlschrank 1 Temperature",
        "quantity": "temperature",
        "unit": "°C",
    }
    entity = er.async_get(world.hass).async_get(channel["entity_id"])
    assert entity is not None
    assert channel["device_id"] == entity.device_id
    assert (found["start"], found["time_zone"]) == ("2026-07-01T00:00:00+02:00", "Europe/Berlin")
    assert datetime.fromisoformat(found["end"]) == world.now
    assert datetime.fromisoformat(found["data_as_of"]) == max(readings)
    assert found["complete"] is False, "the day goes on"


async def test_a_day_that_is_over_is_complete_once_something_later_is_known(
    world: World, logger: Logger
) -> None:
    logger.outage(MIDNIGHT - HOUR, MIDNIGHT + 18 * HOUR)
    await world.add_account()
    assert (await ask(world, "get_measurements", period="yesterday"))["complete"] is False
    await world.to(MIDNIGHT + 19 * HOUR, step=5 * MINUTE)
    found = await ask(world, "get_measurements", period="yesterday")
    assert found["complete"] is True
    (channel,) = found["channels"]
    assert told(channel) == truth(world, probe(logger), MIDNIGHT - DAY, MIDNIGHT)
    assert len(told(channel)) == 96


@pytest.mark.parametrize(
    ("period", "first", "after"),
    [
        ("today", "07-01", None),
        ("yesterday", "06-30", "07-01"),
        ("last_week", "06-22", "06-29"),
        ("this_month", "07-01", None),
        ("last_month", "06-01", "07-01"),
    ],
)
async def test_periods_are_local(
    world: World, logger: Logger, period: str, first: str, after: str | None
) -> None:
    assert logger.serial
    await world.add_account()
    found = await ask(world, "get_measurements", period=period, interval="day")
    assert found["start"] == f"2026-{first}T00:00:00+02:00"
    if after is None:
        assert datetime.fromisoformat(found["end"]) == world.now
    else:
        assert found["end"] == f"2026-{after}T00:00:00+02:00"


@pytest.mark.parametrize(("interval", "length"), [("hour", HOUR), ("day", DAY)])
async def test_what_readings_amount_to(
    world: World, logger: Logger, interval: str, length: timedelta
) -> None:
    probe(logger).hold(MIDNIGHT - 20 * HOUR, MIDNIGHT - 18 * HOUR - 20 * MINUTE, 9.0)
    await world.add_account()
    found = await ask(world, "get_measurements", period="yesterday", interval=interval)
    (channel,) = found["channels"]
    assert "readings" not in channel
    assert len(channel["intervals"]) == DAY // length
    known = truth(world, probe(logger), MIDNIGHT - DAY, MIDNIGHT)
    for part in channel["intervals"]:
        begin, end = (datetime.fromisoformat(part[key]) for key in ("start", "end"))
        values = [value for at, value in known.items() if begin <= at < end]
        assert end - begin == length
        assert (part["count"], part["minimum"], part["maximum"]) == (
            len(values),
            min(values),
            max(values),
        )
        assert part["mean"] == pytest.approx(sum(values) / len(values))


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({}, "period_or_start"),
        ({"period": "today", "start": "2026-06-30 00:00:00"}, "period_or_start"),
        ({"period": "today", "end": "2026-06-30 00:00:00"}, "period_or_start"),
        ({"end": "2026-06-30 00:00:00"}, "period_or_start"),
        ({"start": "2026-06-30 00:00:00", "end": "2026-06-30 00:00:00"}, "wrong_order"),
        ({"start": "2026-07-02 00:00:00"}, "wrong_order"),
        ({"start": "2025-01-01 00:00:00"}, "too_long"),
    ],
)
@pytest.mark.parametrize("action", ["get_measurements", "get_alarms", "get_report"])
async def test_periods_that_cannot_be(
    world: World, logger: Logger, action: str, data: dict[str, Any], error: str
) -> None:
    assert logger.serial
    await world.add_account()
    with pytest.raises(ServiceValidationError) as refused:
        await ask(world, action, **data)
    assert refused.value.translation_key == error


async def test_times_without_an_offset_are_local(world: World, logger: Logger) -> None:
    await world.add_account()
    found = await ask(
        world, "get_measurements", start="2026-06-30 12:00:00", end="2026-06-30T11:00:00+00:00"
    )
    (channel,) = found["channels"]
    noon = datetime(2026, 6, 30, 10, tzinfo=UTC)
    assert told(channel) == truth(world, probe(logger), noon, noon + HOUR)


async def test_too_many_are_a_file(world: World, logger: Logger) -> None:
    assert logger.serial
    await world.add_account()
    with pytest.raises(ServiceValidationError) as refused:
        await ask(world, "get_measurements", start="2026-01-01 00:00:00")
    assert refused.value.translation_key == "too_many_readings"
    placeholders = refused.value.translation_placeholders
    assert placeholders
    assert int(placeholders["number"]) > 10_000
    assert "export_measurements" in str(refused.value)


async def test_older_readings_are_fetched_and_none_counts_twice(
    world: World, logger: Logger
) -> None:
    await world.add_account()
    await world.advance(2 * HOUR, step=5 * MINUTE)
    world.simulator.requests.clear()
    start = world.now - 20 * DAY
    found = await ask(world, "get_measurements", start=start.isoformat())
    (channel,) = found["channels"]
    assert told(channel) == truth(world, probe(logger), start, world.now)
    assert any(record.path.startswith("/v2/measurements") for record in world.simulator.requests)
    world.simulator.requests.clear()
    await ask(world, "get_measurements", start=(world.now - HOUR).isoformat())
    assert not world.simulator.requests, "what is kept is not asked for again"


@pytest.mark.expect_warnings
@pytest.mark.parametrize("action", ["get_measurements", "get_alarms", "get_report"])
async def test_nothing_is_cut_if_the_cloud_fails(world: World, logger: Logger, action: str) -> None:
    assert logger.serial
    await world.add_account()
    world.faults.server_error = 503
    with pytest.raises(HomeAssistantError) as failed:
        await ask(world, action, start=(world.now - 60 * DAY).isoformat())
    assert failed.value.translation_key == "past_unread"
    world.faults.server_error = None
    assert await ask(world, action, start=(world.now - 60 * DAY).isoformat())


async def test_a_device_stands_for_its_probes_and_an_alarm_for_its_device(
    hass: HomeAssistant, world: World, fleet: Fleet, site: Site, logger: Logger
) -> None:
    probes = fleet.add_logger(site, "Schrank", kind=Kind.PROBES)
    gateway = fleet.add_gateway(site, "Funk")
    radio = gateway.add_radio_sensor("Fühler", kind=Kind.TEMPERATURE)
    await world.add_account()
    registry = er.async_get(hass)

    def device(unique_id: str) -> str:
        entity = registry.async_get(world.entity_id(unique_id))
        assert entity is not None
        assert entity.device_id is not None
        return entity.device_id

    async def serials(**target: Any) -> list[str]:
        found = await ask(world, "get_measurements", period="today", interval="day", **target)
        return sorted(it["serial"] for it in found["channels"])

    assert await serials(device_id=device(f"{probes.serial}_alarms")) == [probes.serial] * 2
    assert await serials(entity_id=world.entity_id(f"{logger.serial}_alarms")) == [logger.serial]
    assert await serials(entity_id=world.entity_id(f"{base(logger)}_alarm")) == [logger.serial]
    assert await serials(device_id=device(f"{radio.serial}_alarms")) == [radio.serial]
    with pytest.raises(ServiceValidationError) as refused:
        await serials(device_id=device(f"{gateway.serial}_alarms"))
    assert refused.value.translation_key == "measures_nothing"
    assert len(await serials()) == 4


async def test_whoever_may_not_see_is_refused(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    await world.add_account()
    user = MockUser(name="Gast").add_to_hass(hass)
    seen = {world.entity_id(base(logger)): {POLICY_READ: False}}
    user.mock_policy({"entities": {"entity_ids": seen}})
    for action, data in (
        ("get_measurements", {"period": "today"}),
        ("get_alarms", {"period": "today"}),
        ("get_report", {"period": "today"}),
        ("get_inventory", {}),
    ):
        with pytest.raises(Unauthorized):
            await ask(world, action, Context(user_id=user.id), **data)
    user.mock_policy({"entities": {"entity_ids": {world.entity_id(base(logger)): True}}})
    assert await ask(world, "get_inventory", Context(user_id=user.id))


async def test_alarms_of_a_time_and_who_acknowledged(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    probe(logger).hold(START - 5 * DAY, START - 5 * DAY + 3 * HOUR, 9.0)
    probe(logger).hold(START - HOUR, START + 20 * HOUR, 9.5)
    await world.add_account()
    (open_,) = (await ask(world, "get_alarms", period="today"))["alarms"]
    assert open_["open"] is True
    assert open_["acknowledged"] is None
    assert (open_["direction"], open_["value"], open_["limit"]) == ("upper", 9.5, 8.0)
    assert (open_["serial"], open_["name"], open_["site"]) == (
        *(logger.serial, "Kühlschrank 1", "Apotheke Köln"),
    )
    user = MockUser(name="Anna").add_to_hass(hass)
    await hass.services.async_call(
        DOMAIN,
        "acknowledge_alarm",
        {"episode_id": open_["episode_id"], "note": "Tür"},
        blocking=True,
        context=Context(user_id=user.id),
    )
    found = await ask(world, "get_alarms", start=(START - 6 * DAY).isoformat())
    before, now = found["alarms"]
    assert before["open"] is False
    assert (
        before["duration"]
        == (
            datetime.fromisoformat(before["cleared_at"])
            - datetime.fromisoformat(before["raised_at"])
        ).total_seconds()
    )
    assert now["acknowledged"] == {
        "by": "Anna",
        "at": datetime.now(UTC).astimezone(found_zone(found)).isoformat(),
        "note": "Tür",
    }


def found_zone(found: Mapping[str, Any]) -> Any:
    """Return the offset of a response."""
    return datetime.fromisoformat(found["end"]).tzinfo


async def test_alarms_that_are_forgotten_are_read_again(world: World, logger: Logger) -> None:
    begin = START - 100 * DAY
    probe(logger).hold(begin, begin + 3 * HOUR, 9.0)
    await world.add_account()
    found = await ask(
        world, "get_alarms", start=(begin - DAY).isoformat(), end=(begin + DAY).isoformat()
    )
    (alarm,) = found["alarms"]
    rows = world.fleet.transitions(begin - DAY, begin + DAY)
    assert [datetime.fromisoformat(alarm[key]) for key in ("raised_at", "cleared_at")] == [
        row.at for row in rows
    ]
    assert world.events(logger.serial) == [], "what is asked about is no news"


async def test_what_there_is(world: World, fleet: Fleet, site: Site, logger: Logger) -> None:
    gateway = fleet.add_gateway(site, "Funk")
    radio = gateway.add_radio_sensor("Fühler", kind=Kind.TEMPERATURE)
    await world.add_account()
    found = await ask(world, "get_inventory")
    assert found["sites"] == [{"name": "Apotheke Köln", "devices": 2}]
    devices = {it["serial"]: it for it in found["devices"]}
    assert devices.keys() == {logger.serial, gateway.serial}
    mine = devices[logger.serial]
    assert mine["device_id"]
    assert (mine["name"], mine["model"], mine["site"]) == (
        *("Kühlschrank 1", "Saveris 2-T1", "Apotheke Köln"),
    )
    assert (mine["measuring_cycle"], mine["communication_cycle"]) == (900.0, 900.0)
    assert (mine["battery"], mine["power"], mine["active"]) == (logger.battery, False, True)
    assert datetime.fromisoformat(mine["last_communication"]) <= world.now
    (sensor,) = mine["sensors"]
    (channel,) = sensor["channels"]
    assert channel == {
        "entity_id": world.entity_id(base(logger)),
        "number": 1,
        "property": "Temperature",
        "extension": "Air Temperature",
        "quantity": "temperature",
        "unit": "°C",
    }
    assert [(it["serial"], it["radio"]) for it in devices[gateway.serial]["sensors"]] == [
        (radio.serial, True)
    ]
    assert {(it["direction"], it["value"]) for it in found["limits"]} == {
        ("lower", 2.0),
        ("upper", 8.0),
    }


async def test_a5_figures_of_a_report(world: World, logger: Logger) -> None:
    """72 readings at 5 °C and a block of 24 at 14 °C, of a day that is over."""
    probe(logger).hold(MIDNIGHT - 14 * HOUR, MIDNIGHT - 8 * HOUR, 14.0)
    await world.add_account()
    (report,) = (await ask(world, "get_report", period="yesterday"))["reports"]
    (channel,) = report["channels"]
    assert (channel["count"], channel["coverage"], channel["mean"]) == (96, 1.0, 7.25)
    assert (channel["minimum"]["value"], channel["maximum"]["value"]) == (5.0, 14.0)
    assert datetime.fromisoformat(channel["maximum"]["time"]) == MIDNIGHT - 14 * HOUR
    assert channel["mkt"]["value"] == pytest.approx(8.2852, abs=1e-4)
    assert channel["mkt"]["activation_energy"] == 83.144
    assert channel["mkt"]["highest_24h"] == pytest.approx(8.2852, abs=1e-4)
    assert channel["mkt"]["highest_30d"] is None
    assert (channel["seconds_above"], channel["seconds_below"]) == (21_600.0, 0.0)
    (excursion,) = channel["excursions"]
    assert (excursion["seconds"], excursion["extreme"], excursion["limit"]) == (21_600.0, 14.0, 8.0)
    assert excursion["open"] is False
    assert channel["gaps"] == []
    assert channel["limits"] == [
        {"direction": "lower", "value": 2.0, "source": "testo"},
        {"direction": "upper", "value": 8.0, "source": "testo"},
    ]
    assert report["complete"] is True
    assert report["cycle_seconds"] == 900.0
    assert (report["name"], report["model"], report["site"]) == (
        *("Kühlschrank 1", "Saveris 2-T1", "Apotheke Köln"),
    )
    assert [alarm["direction"] for alarm in report["alarms"]] == ["upper"]
    assert report["alarms"][0]["device_id"] == report["device_id"]


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_limits_that_are_given_or_entered_win(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    await world.add_account()
    await hass.services.async_call(
        "number",
        "set_value",
        {"entity_id": world.entity_id(f"{base(logger)}_report_upper"), "value": 4.5},
        blocking=True,
    )

    async def limits(**data: Any) -> list[tuple[str, float, str]]:
        (report,) = (await ask(world, "get_report", period="yesterday", **data))["reports"]
        (channel,) = report["channels"]
        return [(it["direction"], it["value"], it["source"]) for it in channel["limits"]]

    assert await limits() == [("upper", 4.5, "entered")]
    # What was entered for another quantity says nothing.
    number = hass.states.get(world.entity_id(f"{base(logger)}_report_upper"))
    assert number is not None
    hass.states.async_set(number.entity_id, "9", {"unit_of_measurement": "hPa"})
    assert [source for _, _, source in await limits()] == ["testo", "testo"]
    assert await limits(lower=-1) == [("lower", -1.0, "given")]
    with pytest.raises(probatio.Invalid):
        await limits(lower=True)
    with pytest.raises(ServiceValidationError) as refused:
        await limits(lower=3, upper=2)
    assert refused.value.translation_key == "limits_crossed"


async def test_limits_of_a_site_that_differ_are_said_to_be_unclear(
    world: World, fleet: Fleet, site: Site, logger: Logger
) -> None:
    """Nothing tells which of them belongs to which logger."""
    fleet.add_logger(site, "Gefrierschrank", limits=band("Temperature", alarm=(None, -15.0)))
    await world.add_account()
    device_id = world.device_id(logger.serial)
    (report,) = (await ask(world, "get_report", period="yesterday", device_id=device_id))["reports"]
    (channel,) = report["channels"]
    assert [(it["direction"], it["value"]) for it in channel["limits"]] == [("lower", 2.0)]
    assert channel["limits_unclear"] == [{"direction": "upper", "reason": "several"}]


async def test_a_template_can_work_with_a_report(
    hass: HomeAssistant, world: World, logger: Logger
) -> None:
    await world.add_account()
    found = await ask(world, "get_report", period="yesterday")
    text = Template("{{ r.reports[0].channels[0].mean | round(1) }} {{ r.reports[0].name }}", hass)
    assert text.async_render({"r": found}) == f"5.0 {logger.name}"


async def test_values_are_in_the_unit_of_the_channel_whatever_they_came_in(
    world: World, logger: Logger
) -> None:
    """An account that switches to °F in the middle."""
    await world.add_account()
    start = world.now - HOUR
    world.faults.fahrenheit = True
    await world.advance(3 * HOUR, step=5 * MINUTE)
    found = await ask(world, "get_measurements", start=start.isoformat())
    (channel,) = found["channels"]
    wanted = truth(world, probe(logger), start, world.now)
    if channel["unit"] == "°F":
        wanted = {at: value * 1.8 + 32 for at, value in wanted.items()}
    assert told(channel) == pytest.approx(wanted)


async def test_one_quantity_alone_of_what_is_fetched(
    world: World, fleet: Fleet, site: Site
) -> None:
    """A job brings all channels of a sensor, and some rows twice."""
    climate = fleet.add_logger(site, "Raum", kind=Kind.CLIMATE)
    world.faults.duplicates = 0.5
    await world.add_account()
    start = world.now - 20 * DAY
    found = await ask(
        world,
        "get_measurements",
        start=start.isoformat(),
        entity_id=world.entity_id(base(climate)),
    )
    (channel,) = found["channels"]
    assert told(channel) == truth(world, climate.sensors[0].channels[0], start, world.now)


async def test_a_logger_that_never_measured(world: World, logger: Logger) -> None:
    logger.outage(START - 500 * DAY)
    await world.add_account()
    (report,) = (await ask(world, "get_report", period="yesterday"))["reports"]
    (channel,) = report["channels"]
    assert (channel["count"], channel["coverage"]) == (0, 0.0)
    assert (channel["minimum"], channel["mean"], channel["mkt"]) == (None, None, None)
    assert (report["data_as_of"], report["complete"]) == (None, False)
    found = await ask(world, "get_measurements", period="yesterday")
    assert (found["data_as_of"], found["complete"]) == (None, False)


async def test_old_alarms_of_a_site_that_was_not_chosen_are_nobodys(
    world: World, fleet: Fleet, logger: Logger
) -> None:
    begin = START - 100 * DAY
    other = fleet.add_logger(
        *(fleet.add_site("Lager"), "Regal"),
        limits=band("Temperature", alarm=(2.0, 8.0)),
        since=START - 400 * DAY,
    )
    for each in (logger, other):
        probe(each).hold(begin, begin + 3 * HOUR, 9.0)
    entry = await world.add_account()
    world.hass.config_entries.async_update_entry(entry, options={"sites": [logger.site.id]})
    assert await world.hass.config_entries.async_reload(entry.entry_id)
    await world.settle()
    found = await ask(
        world, "get_alarms", start=(begin - DAY).isoformat(), end=(begin + DAY).isoformat()
    )
    assert {alarm["serial"] for alarm in found["alarms"]} == {logger.serial}


async def test_a_disk_that_fails_is_told(
    world: World, logger: Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        text = "database disk image is malformed"
        raise LedgerError(text)

    await world.add_account()
    monkeypatch.setattr(past, "kept", broken)
    with pytest.raises(HomeAssistantError) as failed:
        await ask(world, "get_measurements", period="today")
    assert failed.value.translation_key == "not_readable"
    assert logger.serial


async def test_a_logger_that_came_later_has_its_past_as_well(
    world: World, fleet: Fleet, site: Site, logger: Logger
) -> None:
    """The account keeps readings for longer than it knows the logger."""
    await world.add_account()
    begin = world.now
    await world.advance(12 * DAY, step=4 * HOUR)
    later = fleet.add_logger(site, "Neu", kind=Kind.TEMPERATURE, since=START - 100 * DAY)
    await world.advance(DAY, step=HOUR)
    start = begin + DAY
    found = await ask(world, "get_measurements", start=start.isoformat())
    channels = {it["serial"]: it for it in found["channels"]}
    for each in (logger, later):
        expected = truth(world, probe(each), start, world.now)
        assert told(channels[each.serial]).items() >= {
            (at, value) for at, value in expected.items() if at < world.now - HOUR
        }
    world.simulator.requests.clear()
    await ask(world, "get_measurements", start=(world.now - 3 * DAY).isoformat())
    assert not world.simulator.requests, "what is kept is not asked for again"


@pytest.mark.parametrize("field", ["lower", "upper", "activation_energy"])
async def test_what_is_no_number_is_refused(world: World, logger: Logger, field: str) -> None:
    assert logger.serial
    await world.add_account()
    data: dict[str, Any] = {field: "nan"}
    with pytest.raises(probatio.Invalid):
        await ask(world, "get_report", period="yesterday", **data)
