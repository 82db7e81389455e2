"""What is measured, and when the cloud knows it."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.simulator import Fleet, Kind, Logger, ManualClock, RealClock, demo_fleet

from .conftest import NOON, Client, period

HOUR = timedelta(hours=1)
QUARTER = timedelta(minutes=15)


def fingerprint(fleet: Fleet) -> list[tuple[str, datetime, float | None]]:
    """Return every reading of the last day in a form that compares across fleets."""
    day = fleet.readings(NOON - timedelta(days=1), NOON)
    return [(reading.uuid, reading.at, reading.value) for reading in day]


def test_seed_decides() -> None:
    """The same seed gives the same world, another seed another one."""
    first, same, other = (demo_fleet(ManualClock(NOON), seed=seed) for seed in (1, 1, 2))
    assert fingerprint(first) == fingerprint(same)
    assert first.tenant_uuid == same.tenant_uuid != other.tenant_uuid
    assert {uuid for uuid, _, _ in fingerprint(first)}.isdisjoint(
        uuid for uuid, _, _ in fingerprint(other)
    )
    month = (NOON - timedelta(days=30), NOON)
    uuids = [[it.uuid for it in fleet.transitions(*month)] for fleet in (first, same, other)]
    assert uuids[0] == uuids[1] != uuids[2]
    assert uuids[0]


def test_windows_agree(fleet: Fleet) -> None:
    """Any window shows the same readings, and shares of it add up to it."""
    whole = list(fleet.readings(NOON - HOUR * 4, NOON))
    halves = [
        *fleet.readings(NOON - HOUR * 4, NOON - HOUR * 2),
        *fleet.readings(NOON - HOUR * 2, NOON),
    ]
    shares = [
        it for part in range(3) for it in fleet.readings(NOON - HOUR * 4, NOON, part=(part, 3))
    ]
    assert set(whole) == set(halves) == set(shares)
    assert len(whole) == len(halves) == len(shares)


def test_natural_values_keep_inside_the_limits(fleet: Fleet) -> None:
    """Without a script or incidents nothing is ever raised."""
    values = [
        reading.value
        for reading in fleet.readings(NOON - timedelta(days=2), NOON)
        if reading.channel.sensor.device.serial == "1001"
    ]
    assert all(value is not None and 3.0 < value < 7.0 for value in values)
    assert len(set(values)) > 100
    assert fleet.transitions(NOON - timedelta(days=2), NOON) == []


def test_dew_point_fits(fleet: Fleet) -> None:
    """Derived channels follow from temperature and humidity of the same instant."""
    temperature, humidity, dew, water = fleet.logger("1002").sensors[0].channels
    temperature.hold(NOON - HOUR, NOON, 20.0)
    humidity.hold(NOON - HOUR, NOON, 50.0)
    assert dew.value(NOON - HOUR) == pytest.approx(9.27, abs=0.05)
    assert water.value(NOON - HOUR) == pytest.approx(8.65, abs=0.05)
    humidity.hold(NOON - HOUR, NOON, None)
    assert dew.value(NOON - HOUR) is None


def test_latest_hold_wins(logger: Logger) -> None:
    """Holds may lie over each other; the bounds are start inclusive, end exclusive."""
    channel = logger.sensors[0].channels[0]
    channel.hold(NOON, NOON + HOUR, 5.5)
    channel.hold(NOON + QUARTER, NOON + 2 * QUARTER, 6.5)
    values = [channel.value(NOON + number * QUARTER) for number in range(4)]
    assert values == [5.5, 6.5, 5.5, 5.5]
    assert channel.value(NOON + HOUR) != 5.5


async def test_visible_after_upload_and_lag(
    client: Client, fleet: Fleet, clock: ManualClock
) -> None:
    """A reading appears with the next communication, once it is processed."""
    fleet.lag = timedelta(seconds=90)
    slow = fleet.add_logger(fleet.sites[0], "Slow", serial="1009", communication=HOUR)
    serial = slow.sensors[0].serial

    async def newest() -> str:
        rows = await client.rows("/v2/measurements", **period(NOON - HOUR, NOON + 3 * HOUR))
        return max(str(row["timestamp"])[11:16] for row in rows if row["serial_no"] == serial)

    assert await newest() == "11:00"
    clock.advance(timedelta(seconds=89))
    assert await newest() == "11:00"
    clock.advance(timedelta(seconds=1))
    assert await newest() == "12:00"
    clock.move_to(NOON + timedelta(minutes=59))
    assert await newest() == "12:00"


async def test_outage_uploads_late(
    client: Client, fleet: Fleet, logger: Logger, clock: ManualClock
) -> None:
    """Nothing arrives during an outage; afterwards the buffer does, with a late `processed_at`."""
    logger.outage(NOON - 2 * HOUR, NOON + timedelta(minutes=5))
    serial = logger.sensors[0].serial
    window = period(NOON - 3 * HOUR, NOON + HOUR)

    async def rows() -> list[dict[str, str]]:
        found = await client.rows("/v2/measurements", **window)
        return [row for row in found if row["serial_no"] == serial]

    assert max(row["timestamp"] for row in await rows()) == "2026-07-01T09:45:00Z"
    clock.move_to(NOON + timedelta(minutes=14))
    assert len(await rows()) == 4
    clock.move_to(NOON + QUARTER)
    found = await rows()
    assert len(found) == 14
    late = [row for row in found if row["timestamp"] >= "2026-07-01T10:00:00Z"]
    assert {row["processed_at"] for row in late} == {"2026-07-01T12:15:00Z"}
    truth = fleet.readings(NOON - 3 * HOUR, NOON + HOUR, visible_at=clock.now())
    assert len([it for it in truth if it.channel.sensor.serial == serial]) == 14


def test_radio_sensors_follow_their_gateway(fleet: Fleet) -> None:
    """A gateway's outage holds back its sensors; a lost radio link only one of them."""
    gateway, (core, door) = fleet.gateways[0], fleet.gateways[0].sensors
    gateway.outage(NOON, NOON + HOUR)
    assert core.upload(NOON) == door.upload(NOON) == NOON + HOUR
    fleet.sensor("3001").outage(NOON + 2 * HOUR, NOON + 3 * HOUR)  # type: ignore[attr-defined]  # it is a radio sensor
    assert core.upload(NOON + 2 * HOUR) == NOON + 3 * HOUR
    assert door.upload(NOON + 2 * HOUR) == NOON + 2 * HOUR


def test_phase_moves_the_grids(fleet: Fleet) -> None:
    """A phase moves measuring and communication off the quarter hours."""
    phase = timedelta(minutes=7, seconds=12)
    shifted = fleet.add_logger(fleet.sites[0], "Shifted", phase=phase).sensors[0]
    assert next(shifted.instants(NOON, NOON + HOUR)) == NOON + phase
    assert shifted.upload(NOON) == NOON + phase


def test_broken_and_inactive_measure_nothing(
    fleet: Fleet, logger: Logger, clock: ManualClock
) -> None:
    """A broken sensor and an inactive logger have no readings; both can come back."""
    sensor = logger.sensors[0]
    logger.break_sensor(NOON, NOON + HOUR)
    assert list(sensor.instants(NOON, NOON + HOUR)) == []
    clock.move_to(NOON + 2 * HOUR)
    fleet.set_active("1001", active=False)
    clock.move_to(NOON + 3 * HOUR)
    fleet.set_active("1001", active=True)
    assert len(list(sensor.instants(NOON + 2 * HOUR, NOON + 4 * HOUR))) == 4
    assert logger.last_contact(NOON + 3 * HOUR - timedelta(minutes=1)) == NOON + 2 * HOUR - QUARTER


async def test_changes_show(client: Client, fleet: Fleet, clock: ManualClock) -> None:
    """Names, units, activity and removal reach the inventory."""
    clock.advance(HOUR)
    fleet.rename("1001", "Neuer Name")
    fleet.rename("3001", "Neues Labor")
    fleet.set_active("1002", active=False)
    fleet.set_unit(fleet.logger("1003").sensors[0].channels[0], "K")
    fleet.remove("2001")
    rows = await client.rows("/v3/devices/properties")
    by_serial = {row["device_serial_no"]: row for row in rows}
    assert by_serial.keys() == {"1001", "1002", "1003"}
    assert by_serial["1001"]["device_display_name"] == "Neuer Name"
    assert by_serial["1001"]["device_last_modified"] == "2026-07-01T13:00:00Z"
    assert by_serial["1002"]["device_is_active"] == "false"
    assert {row["channel_physical_unit"] for row in rows} >= {"K", "°C"}
    for lookup in (fleet.sensor, fleet.logger, fleet.device):
        with pytest.raises(KeyError):
            lookup("3001" if lookup == fleet.sensor else "2001")
    with pytest.raises(ValueError, match="taken"):
        fleet.add_logger(fleet.sites[0], "Twice", serial="1001")


def test_twin_has_one_property_twice(fleet: Fleet) -> None:
    """Two channels of one sensor may measure the same."""
    (sensor,) = fleet.add_logger(fleet.sites[0], "Twin", kind=Kind.TWIN).sensors
    assert [channel.number for channel in sensor.channels] == [1, 2]
    assert len({channel.property for channel in sensor.channels}) == 1


def test_lookups_respect_kinds(fleet: Fleet) -> None:
    """A serial number of another kind of thing is not found."""
    for lookup, serial in ((fleet.logger, "2001"), (fleet.sensor, "1001"), (fleet.device, "3001")):
        with pytest.raises(KeyError):
            lookup(serial)
    assert fleet.device("2001") is fleet.gateways[0]


def test_speed(clock: ManualClock) -> None:
    """A time lapse divides cycles, delays and days, and keeps the time stamps true."""
    fleet = demo_fleet(clock, speed=60)
    fridge = fleet.loggers[0]
    assert fridge.measuring == timedelta(seconds=15)
    assert fleet.since == NOON - timedelta(hours=2)
    instants = list(fridge.sensors[0].instants(NOON, NOON + timedelta(minutes=1)))
    assert instants == [NOON + number * timedelta(seconds=15) for number in range(4)]
    shown = [
        transition
        for transition in fleet.transitions(NOON - HOUR, NOON)
        if transition.sensor is fridge.sensors[0] and transition.severity == "Alarm"
    ]
    assert [transition.raised for transition in shown] == [True, False] * (len(shown) // 2)
    assert 26 <= len(shown) <= 34
    door = fleet.gateways[0].sensors[1].channels[0]
    values = {
        reading.value
        for reading in door.sensor.readings(NOON - HOUR, NOON, fleet.lag)
        if reading.channel is door
    }
    assert values == {0.0, 1.0}


async def test_speed_in_rows(clock: ManualClock, client: Client) -> None:
    """The cycles in the rows are those a client has to expect."""
    client.simulator.fleet.devices[:] = demo_fleet(clock, speed=60).devices
    rows = await client.rows("/v3/devices/properties")
    assert rows[0]["device_measuring_cycle_effective"] == 15_000
    assert rows[0]["device_communication_log_time"] == 15_000


@pytest.mark.parametrize("loggers", [4, 12, 250])
def test_demo_sizes(clock: ManualClock, loggers: int) -> None:
    """The demonstration works in any size and shows every sort of thing early."""
    fleet = demo_fleet(clock, loggers=loggers)
    assert len(fleet.loggers) == loggers
    assert len(fleet.sites) == 3
    assert len(fleet.gateways) == 1 + (loggers - 1) // 200
    extensions = {channel.extension for channel in fleet.channels}
    assert extensions >= {"Door Contact", "Product Temperature", "Absolute Humidity", "Unknown"}


async def test_demo_over_http(client: Client, clock: ManualClock) -> None:
    """The whole demonstration fleet can be read."""
    client.simulator.fleet = demo_fleet(clock)
    rows = await client.rows("/v2/measurements", **period(NOON - timedelta(days=1), NOON))
    assert len({row["sensor_uuid"] for row in rows}) == 14
    assert {"true", "false"} == {
        row["device_is_active"] for row in await client.rows("/v3/devices/properties")
    }


def test_latest(fleet: Fleet, logger: Logger) -> None:
    """The newest visible reading is found however far back it is."""
    channel = logger.sensors[0].channels[0]
    newest = fleet.latest(channel, NOON)
    assert newest is not None
    assert newest.at == NOON
    logger.outage(NOON - 30 * HOUR)
    newest = fleet.latest(channel, NOON)
    assert newest is not None
    assert newest.at == NOON - 30 * HOUR - QUARTER
    fleet.set_active("1001", active=False)
    silent = fleet.add_logger(fleet.sites[0], "Silent", active=False)
    assert fleet.latest(silent.sensors[0].channels[0], NOON) is None


def test_real_clock() -> None:
    """The real clock tells UTC."""
    assert RealClock().now().tzinfo is UTC
